/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/column.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fmt.h"

static const struct column_set *const sets[] = {
    [COLUMNS_JOBS] = &columns_jobs,
    [COLUMNS_NODES] = &columns_nodes,
    [COLUMNS_PARTITIONS] = &columns_partitions,
};
_Static_assert(KF_LEN(sets) == COLUMNS_COUNT, "a set for every section with rows");

const struct column_set *column_set(enum column_set_id id)
{
    return sets[id];
}

uint32_t column_rows(enum column_set_id id, const struct snapshot *s)
{
    switch (id) {
    case COLUMNS_JOBS:
        return s->job_count;
    case COLUMNS_NODES:
        return s->node_count;
    case COLUMNS_PARTITIONS:
        return s->partition_count;
    case COLUMNS_COUNT:
        break;
    }
    return 0;
}

struct row column_row(enum column_set_id id, const struct snapshot *s, const struct order *o,
    int64_t now_s, uint32_t index)
{
    struct row r = {.snapshot = s, .order = o, .now_s = now_s, .index = index};

    switch (id) {
    case COLUMNS_JOBS:
        r.job = &s->jobs[index];
        break;
    case COLUMNS_NODES:
        r.node = &s->nodes[index];
        break;
    case COLUMNS_PARTITIONS:
        r.partition = &s->partitions[index];
        break;
    case COLUMNS_COUNT:
        break;
    }
    return r;
}

int column_find(const struct column_set *set, const char *name, size_t n)
{
    for (int i = 0; i < set->count; i++)
        if (strlen(set->columns[i].name) == n && memcmp(set->columns[i].name, name, n) == 0)
            return i;
    return -1;
}

int column_list_parse(
    struct column_list *l, const struct column_set *set, const char *names, struct diag *d)
{
    struct column_list list = {.set = set};

    for (const char *at = names; *at;) {
        size_t n = strcspn(at, ",");
        int k = column_find(set, at, n);

        if (k < 0) {
            return diag_set(d, -EINVAL,
                "there is no column \"%.*s\" of %s; kfarm-top --list-columns names them all",
                (int)n, at, set->name);
        }
        if (list.count == TABLE_COLUMNS_MAX)
            return diag_set(d, -E2BIG, "more than %d columns", TABLE_COLUMNS_MAX);
        list.at[list.count++] = k;
        at += n + (at[n] == ',');
    }
    if (list.count == 0)
        return diag_set(d, -EINVAL, "--columns \"%s\": no column of %s is named", names, set->name);
    *l = list;
    return 0;
}

bool column_is_text(const struct column *c)
{
    return c->kind == COLUMN_TEXT || c->kind == COLUMN_LABEL || c->kind == COLUMN_LIST;
}

void column_value(const struct column *c, const struct row *r, struct value *out)
{
    out->present = true;
    out->number = 0;
    out->text = "";
    out->scratch[0] = '\0';
    c->get(r, out);
}

static void format(
    const struct column *c, const struct value *v, int64_t now_s, char *out, size_t size)
{
    char text[FMT_SIZE];

    out[0] = '\0';
    if (!v->present)
        return;
    switch (c->kind) {
    case COLUMN_TEXT:
    case COLUMN_LABEL:
    case COLUMN_LIST:
        snprintf(out, size, "%s", v->text);
        break;
    case COLUMN_NUMBER:
        snprintf(out, size, "%" PRId64, v->number);
        break;
    case COLUMN_HUNDREDTHS:
        snprintf(out, size, "%" PRId64 ".%" PRId64, v->number / 100, v->number / 10 % 10);
        break;
    case COLUMN_SPAN:
        snprintf(out, size, "%s", fmt_span(text, v->number));
        break;
    case COLUMN_TIME:
        snprintf(out, size, "%s", fmt_when(text, v->number, now_s));
        break;
    case COLUMN_MIB:
        snprintf(out, size, "%s", fmt_gib(text, (uint64_t)v->number));
        break;
    }
}

void column_text(const struct column *c, const struct row *r, char *out, size_t size)
{
    struct value v;

    column_value(c, r, &v);
    format(c, &v, r->now_s, out, size);
}

void column_cell(const struct column *c, const struct row *r, struct table_cell *out)
{
    column_text(c, r, out->text, sizeof(out->text));
    if (c->role)
        out->role = c->role(r);
    if (c->meter)
        out->meter = c->meter(r);
}

/* A key that sorts as the value does: signed numbers with the sign turned, text by its first eight
   bytes. Absent values come last, either way round. */
static uint64_t key_of(const struct column *c, const struct value *v)
{
    uint64_t key = 0;

    if (c->kind == COLUMN_TEXT || c->kind == COLUMN_LIST) {
        for (int i = 0, n = (int)strnlen(v->text, 8); i < 8; i++)
            key = key << 8 | (i < n ? (unsigned char)v->text[i] : 0);
        return key;
    }
    return (uint64_t)v->number ^ 1ull << 63;
}

struct sort {
    const struct column *column;
    bool descending;
    const struct snapshot *snapshot;
    const struct order *order;
    enum column_set_id id;
    int64_t now_s;
};

static int compare_text(const void *a, const void *b, void *user)
{
    const struct sort *s = user;
    const struct order_key *x = a, *y = b;
    struct value v, w;
    struct row r;
    int order;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    r = column_row(s->id, s->snapshot, s->order, s->now_s, x->row);
    column_value(s->column, &r, &v);
    r = column_row(s->id, s->snapshot, s->order, s->now_s, y->row);
    column_value(s->column, &r, &w);
    order = strcmp(v.text, w.text);
    if (order == 0) /* equal rows keep their order, either way round */
        return x->row < y->row ? -1 : x->row > y->row;
    return s->descending ? -order : order;
}

void column_sort(const struct column_set *set, int column, bool descending,
    const struct snapshot *s, const struct order *o, int64_t now_s, uint32_t *rows, uint32_t count)
{
    struct order_key *keys = xcalloc(count, sizeof(*keys));
    struct sort sort = {.column = &set->columns[column],
        .descending = descending,
        .snapshot = s,
        .order = o,
        .now_s = now_s};
    bool text = sort.column->kind == COLUMN_TEXT || sort.column->kind == COLUMN_LIST;
    struct value v;

    while (sets[sort.id] != set)
        sort.id++;
    for (uint32_t i = 0; i < count; i++) {
        struct row r = column_row(sort.id, s, o, now_s, rows[i]);

        column_value(sort.column, &r, &v);
        keys[i] = (struct order_key){key_of(sort.column, &v), rows[i]};
        if (descending)
            keys[i].key = ~keys[i].key;
        if (!v.present || (text && v.text[0] == '\0'))
            keys[i].key = UINT64_MAX;
    }
    if (text)
        qsort_r(keys, count, sizeof(*keys), compare_text, &sort);
    else
        order_sort(keys, count);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = keys[i].row;
    free(keys);
}
