/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of backend/snapshot.h and of all that is shown of a snapshot: frames from a peer that
 * cannot be trusted, then every column of every row, sorted, printed and drawn as a table.
 * The input: byte 0 says how, byte 1 the size of the pieces, then a stream of frames. Without bit 0 of
 * byte 0, the rest is instead made into sound frames: its bytes fill records of jobs, nodes and
 * partitions (references brought into the pool), so that strange values get past the checks.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/snapshots.h"
#include "tui/column.h"
#include "tui/print.h"
#include "tui/summary.h"
#include "widgets/table.h"

#define NOW      1795390267
#define ROWS_MAX 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct shown {
    const struct snapshot *snapshot;
    const struct order *order;
    enum column_set_id set;
};

static void get_cell(void *user, uint32_t row, int column, struct table_cell *out)
{
    const struct shown *s = user;
    struct row r = column_row(s->set, s->snapshot, s->order, NOW, row);

    column_cell(&column_set(s->set)->columns[column], &r, out);
    if (out->role >= ROLE_COUNT || !memchr(out->text, '\0', sizeof(out->text)))
        abort();
}

static uint64_t get_id(void *user, uint32_t row)
{
    (void)user;
    return row;
}

static void draw_table(struct shown *s, uint32_t rows, struct canvas *c)
{
    const struct column_set *set = column_set(s->set);
    struct table_column columns[TABLE_COLUMNS_MAX];
    struct table_source source = {s, rows, get_id, get_cell, NULL};
    struct table t = {0};
    int n = KF_MIN(set->count, TABLE_COLUMNS_MAX);

    for (int i = 0; i < n; i++)
        columns[i] = (struct table_column){.title = set->columns[i].title,
            .min = set->columns[i].min,
            .max = set->columns[i].max,
            .priority = set->columns[i].priority,
            .right = set->columns[i].right};
    table_sync(&t, &source);
    table_draw(&t, &source, columns, n, c, (struct rect){0, 0, c->cols, c->rows}, true);
}

static void format_all(const struct shown *s, uint32_t rows)
{
    const struct column_set *set = column_set(s->set);
    uint32_t sorted[ROWS_MAX];
    char text[4608];

    for (uint32_t row = 0; row < rows; row++)
        for (int i = 0; i < set->count; i++) {
            struct row r = column_row(s->set, s->snapshot, s->order, NOW, row);

            column_text(&set->columns[i], &r, text, sizeof(text));
        }
    for (int i = 0; i < set->count; i++) {
        for (uint32_t row = 0; row < rows; row++)
            sorted[row] = row;
        column_sort(set, i, i & 1, s->snapshot, NULL, NOW, sorted, rows);
    }
}

static void print_all(const struct snapshot *s, FILE *out)
{
    static const char *const views[] = {"farm", "jobs", "nodes", "partitions"};

    for (size_t i = 0; i < KF_LEN(views); i++)
        for (int format = FORMAT_TEXT; format <= FORMAT_JSON; format++) {
            struct options o = {.view = views[i], .format = (enum output_format)format};
            struct print p;

            if (print_plan(&p, &o, NULL) < 0)
                abort();
            print_snapshot(&p, s, NOW * 1000ll, out);
        }
}

static void show(const struct snapshot *s)
{
    static const struct order_by own = {.jobs = -1, .nodes = -1};
    struct summary sum = summary_of(s);
    struct order o = {0};
    struct canvas c;
    char *printed = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&printed, &n);

    if (sum.jobs != s->job_count || sum.nodes != s->node_count ||
        sum.busy + sum.idle + sum.draining + sum.down + sum.off != sum.nodes)
        abort();
    order_build(&o, s, &own, NOW, REFRESH_ALL);
    canvas_init(&c, 90, 12);
    for (int set = 0; set < COLUMNS_COUNT; set++) {
        struct shown shown = {s, &o, (enum column_set_id)set};
        uint32_t rows = KF_MIN(column_rows(shown.set, s), (uint32_t)ROWS_MAX);

        format_all(&shown, rows);
        canvas_clear(&c);
        draw_table(&shown, rows, &c);
    }
    if (s->job_count + s->node_count + s->partition_count <= ROWS_MAX)
        print_all(s, out);
    fclose(out);
    free(printed);
    canvas_release(&c);
    order_release(&o);
}

/* One record of size bytes from the input; its references, which stand at its end, into the pool. */
static void add_record(
    struct draft *d, const uint8_t **data, size_t *size, size_t refs, size_t ref_count)
{
    _Alignas(8) unsigned char record[sizeof(struct job) + sizeof(struct node)] = {0};
    size_t n = KF_MIN(*size, (size_t)d->record_size);

    memcpy(record, *data, n);
    *data += n;
    *size -= n;
    for (size_t i = 0; i < ref_count; i++) {
        uint32_t ref;

        memcpy(&ref, record + refs + i * sizeof(ref), sizeof(ref));
        ref %= (uint32_t)d->pool.len;
        memcpy(record + refs + i * sizeof(ref), &ref, sizeof(ref));
    }
    if (d->record_size == sizeof(struct job)) { /* ascending */
        uint32_t id = (d->count + 1) * 3;

        memcpy(record, &id, sizeof(id));
    }
    draft_add(d, record);
}

static void write_sound(const uint8_t *data, size_t size, struct buf *out)
{
    struct draft drafts[] = {draft_new(sizeof(struct job)), draft_new(sizeof(struct node)),
        draft_new(sizeof(struct partition))};
    static const enum wire_type types[] = {WIRE_JOBS, WIRE_NODES, WIRE_PARTITIONS};
    static const size_t refs[] = {
        offsetof(struct job, name), offsetof(struct node, name), offsetof(struct partition, name)};
    static const size_t counts[] = {17, 10, 5};
    size_t pool = KF_MIN(size, (size_t)64);

    for (size_t i = 0; i < KF_LEN(drafts); i++) {
        buf_add(&drafts[i].pool, data, pool); /* strings of any bytes */
        buf_adds(&drafts[i].pool, "0-9,3");
        buf_addc(&drafts[i].pool, '\0');
    }
    data += pool;
    size -= pool;
    for (size_t i = 0; size > 0; i = (i + 1) % KF_LEN(drafts))
        add_record(&drafts[i], &data, &size, refs[i], counts[i]);
    for (size_t i = 0; i < KF_LEN(drafts); i++) {
        draft_write(&drafts[i], types[i], 1000, out);
        draft_release(&drafts[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum section_result loaded[SECTION_COUNT] = {
        SECTION_LOADED, SECTION_LOADED, SECTION_LOADED, SECTION_LOADED};
    struct snapshot *empty = snapshot_new();
    struct assembly a = {0};
    struct feeding f = {.assembly = &a, .before = empty};
    struct buf b = BUF_INIT;

    if (size > 2) {
        if (data[0] & 1)
            buf_add(&b, data + 2, size - 2);
        else
            write_sound(data + 2, size - 2, &b);
        write_health(loaded, "", 1000, &b);
        feed_bytes(&f, b.p, b.len, (size_t)data[1] * 8 + 1);
        if (f.next)
            show(f.next);
        snapshot_free(f.next);
    }
    assembly_release(&a);
    snapshot_free(empty);
    buf_release(&b);
    return 0;
}
