/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/column.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "base/fmt.h"
#include "base/utf8.h"

#define LABEL_LIST 16 /* columns of a list of tasks or jobs, though one number may need more */

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

uint32_t column_needs(const struct column_set *set, int column)
{
    const char *name = set->columns[column].name;
    uint32_t sections = set->section;

    for (int i = 0; i < COLUMN_NEEDS_MAX && set->needs[i].columns; i++)
        for (const char *at = set->needs[i].columns; *at;) {
            size_t n = strcspn(at, ",");

            if (strlen(name) == n && memcmp(name, at, n) == 0)
                sections |= set->needs[i].sections;
            at += n + (at[n] == ',');
        }
    return sections;
}

int column_find_typed(const struct column_set *set, const char *text, size_t n)
{
    int found = column_find(set, text, n), begin = 0;

    for (int i = 0; i < set->count && found < 0; i++)
        if (strlen(set->columns[i].title) == n &&
            ascii_ncasecmp(set->columns[i].title, text, n) == 0)
            found = i;
    if (found >= 0 || n == 0)
        return found;
    for (int i = 0; i < set->count; i++)
        if (ascii_ncasecmp(set->columns[i].name, text, n) == 0) {
            found = i;
            begin++;
        }
    return begin == 1 ? found : -1;
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

void column_job_name(
    const struct snapshot *s, const struct order *o, uint32_t row, char *out, size_t size)
{
    const struct column *job = &columns_jobs.columns[column_find(&columns_jobs, "job", 3)];
    struct row r = column_row(COLUMNS_JOBS, s, o, 0, row);
    char text[VALUE_SCRATCH];

    column_text(job, &r, text, sizeof(text));
    snprintf(out, size, "%s", text + strspn(text, " ")); /* a task below its array is indented */
}

bool column_of_log(const struct column *c)
{
    const struct column *first = &columns_jobs.columns[column_find(&columns_jobs, "build", 5)];

    return c >= first && c < columns_jobs.columns + columns_jobs.count;
}

/* The kinds of text that sort by their letters. */
static bool sorts_as_text(const struct column *c)
{
    return c->kind == COLUMN_TEXT || c->kind == COLUMN_LIST || c->kind == COLUMN_PATH;
}

bool column_is_text(const struct column *c)
{
    return c->kind == COLUMN_LABEL || sorts_as_text(c);
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
    case COLUMN_PATH:
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

/* What a cell may be wide before it is shortened. */
static int limit_of(const struct column *c)
{
    return c->kind == COLUMN_LABEL ? KF_MIN(c->max, LABEL_LIST) : c->max;
}

/* "9_[0-9,11-14,…": a list that is too wide loses parts, and none of them is cut. */
static void shorten_list(char *text, int columns)
{
    size_t end = 0;

    for (const char *comma = strchr(text, ','); comma; comma = strchr(comma + 1, ','))
        if (utf8_columns(text, (size_t)(comma + 1 - text)) < columns)
            end = (size_t)(comma + 1 - text);
    if (end)
        snprintf(text + end, TABLE_CELL_BYTES - end, "…");
}

/* What is too wide for the column, in fewer columns. */
static void shorten(const struct column *c, const struct row *r, struct table_cell *out)
{
    char text[FMT_SIZE];
    struct value v;

    column_value(c, r, &v);
    switch (c->kind) {
    case COLUMN_LABEL:
    case COLUMN_LIST:
        shorten_list(out->text, limit_of(c));
        return;
    case COLUMN_NUMBER:
        fmt_count(text, v.number, c->max);
        break;
    case COLUMN_HUNDREDTHS:
        fmt_count(text, v.number / 100, c->max);
        break;
    case COLUMN_MIB:
        fmt_count(text, v.number / 1024, c->max);
        break;
    case COLUMN_SPAN:
        fmt_span_short(text, v.number);
        break;
    case COLUMN_TEXT:
    case COLUMN_PATH:
    case COLUMN_TIME:
        return;
    }
    snprintf(out->text, sizeof(out->text), "%s", text);
}

void column_cell(const struct column *c, const struct row *r, struct table_cell *out)
{
    column_text(c, r, out->text, sizeof(out->text));
    if (c->max > 0 && utf8_columns(out->text, strlen(out->text)) > limit_of(c))
        shorten(c, r, out);
    if (c->role)
        out->role = c->role(r);
    if (c->meter)
        out->meter = c->meter(r);
}

struct table_column column_of_table(const struct column *c)
{
    return (struct table_column){.title = c->title,
        .min = c->min,
        .max = c->max,
        .priority = c->priority,
        .right = c->right,
        .whole = !column_is_text(c) || c->meter,
        .path = c->kind == COLUMN_PATH};
}

/* A key that sorts as the value does: signed numbers with the sign turned, text by its first eight
   bytes. Absent values come last, either way round. */
static uint64_t key_of(const struct column *c, const struct value *v)
{
    uint64_t key = 0;

    if (sorts_as_text(c)) {
        for (int i = 0, n = (int)strnlen(v->text, 8); i < 8; i++)
            key = key << 8 | (i < n ? (unsigned char)v->text[i] : 0);
        return key;
    }
    return (uint64_t)v->number ^ 1ull << 63;
}

/* A row of texts: its key decides most comparisons, the text the others. */
struct text_key {
    uint64_t key;
    const char *text; /* in the snapshot, or `own` */
    char *own;
    uint32_t row;
};

static int compare_rows(const struct text_key *x, const struct text_key *y)
{
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Equal rows keep their order, either way round. */
static int compare_text(const void *a, const void *b, void *user)
{
    const bool *descending = user;
    const struct text_key *x = a, *y = b;
    int order;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->text == y->text) /* most states, users and reasons are one text each in the snapshot */
        return compare_rows(x, y);
    order = strcmp(x->text, y->text);
    if (order == 0)
        return compare_rows(x, y);
    return *descending ? -order : order;
}

static uint64_t sort_key(const struct column *c, const struct value *v, bool descending)
{
    uint64_t key = key_of(c, v);

    if (!v->present || (key == 0 && sorts_as_text(c)))
        return UINT64_MAX;
    return descending ? ~key : key;
}

/* Each text is read once: a getter costs more than all comparisons of its row. */
static struct text_key text_key(const struct value *v, uint64_t key, uint32_t row)
{
    bool scratch = v->text >= v->scratch && v->text < v->scratch + sizeof(v->scratch);
    struct text_key k = {.key = key, .own = scratch ? xstrdup(v->text) : NULL, .row = row};

    k.text = k.own ? k.own : v->text;
    return k;
}

void column_sort(const struct column_set *set, int column, bool descending,
    const struct snapshot *s, const struct order *o, int64_t now_s, uint32_t *rows, uint32_t count)
{
    const struct column *c = &set->columns[column];
    bool text = sorts_as_text(c);
    struct text_key *texts = text ? xcalloc(count, sizeof(*texts)) : NULL;
    struct order_key *keys = text ? NULL : xcalloc(count, sizeof(*keys));
    enum column_set_id id = COLUMNS_JOBS;
    struct value v;

    while (sets[id] != set)
        id++;
    for (uint32_t i = 0; i < count; i++) {
        struct row r = column_row(id, s, o, now_s, rows[i]);
        uint64_t key;

        column_value(c, &r, &v);
        key = sort_key(c, &v, descending);
        if (text)
            texts[i] = text_key(&v, key, rows[i]);
        else
            keys[i] = (struct order_key){key, rows[i]};
    }
    if (text)
        qsort_r(texts, count, sizeof(*texts), compare_text, &descending);
    else
        order_sort(keys, count);
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = text ? texts[i].row : keys[i].row;
        if (text)
            free(texts[i].own);
    }
    free(texts);
    free(keys);
}
