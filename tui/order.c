/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our own order. Jobs: what runs, the newest first; what waits, as Slurm will take it (highest
 * priority first); what has ended, the latest first. An array stands where the first of its records
 * would, with its head on top and the others below it by their tasks' numbers, or folded into the head.
 * Nodes: what needs a person, what works, what is idle, what is off; each in Slurm's order.
 */
#include "tui/order.h"

#include <stdlib.h>
#include <string.h>

#include "backend/progress.h"
#include "base/alloc.h"
#include "tui/column.h"
#include "tui/filter.h"

void order_release(struct order *o)
{
    free(o->jobs);
    free(o->nodes);
    free(o->partitions);
    free(o->node_start);
    free(o->on_nodes);
    arrays_release(&o->arrays);
    *o = (struct order){0};
}

static int compare_keys(const void *a, const void *b)
{
    const struct order_key *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

void order_sort(struct order_key *keys, uint32_t count)
{
    uint32_t i = 1;

    /* Slurm hands rows out in an order that often is the one wanted */
    while (i < count && compare_keys(&keys[i - 1], &keys[i]) < 0)
        i++;
    if (i >= count)
        return;
    qsort(keys, count, sizeof(*keys), compare_keys);
}

enum { GROUP_RUNNING, GROUP_PENDING, GROUP_HELD, GROUP_FINISHED };

static uint64_t job_key(const struct job *j)
{
    const uint64_t low = (1ull << 60) - 1;

    switch ((enum job_state)j->state) {
    case JOB_STATE_PENDING:
        if (j->priority == 0)
            return (uint64_t)GROUP_HELD << 60 | j->job_id;
        return (uint64_t)GROUP_PENDING << 60 | (uint64_t)(UINT32_MAX - j->priority) << 28 |
               (j->job_id & 0xFFFFFFF);
    case JOB_STATE_RUNNING:
    case JOB_STATE_SUSPENDED:
        return (uint64_t)GROUP_RUNNING << 60 | ((low - (uint64_t)j->start_time) & low);
    default:
        if (j->flags & JOB_FLAG_COMPLETING)
            return (uint64_t)GROUP_RUNNING << 60 | ((low - (uint64_t)j->start_time) & low);
        return (uint64_t)GROUP_FINISHED << 60 | ((low - (uint64_t)j->end_time) & low);
    }
}

int order_node_rank(const struct node *n)
{
    /* asleep on purpose, unless somebody drained it: then it does not wake up by itself */
    if ((n->flags & (NODE_FLAG_POWERED_DOWN | NODE_FLAG_POWERING_DOWN)) &&
        !(n->flags & (NODE_FLAG_DRAIN | NODE_FLAG_FAIL)))
        return 3;
    if (!node_usable(n) && !node_awaited(n))
        return 0;
    return n->state == NODE_STATE_ALLOCATED_ || n->state == NODE_STATE_MIXED_ ||
                   (n->flags & NODE_FLAG_COMPLETING)
               ? 1
               : 2;
}

static void take_rows(
    const struct order_key *keys, uint32_t count, bool reversed, uint32_t **rows, uint32_t *n)
{
    *rows = xreallocarray(*rows, KF_MAX(count, 1u), sizeof(**rows));
    for (uint32_t i = 0; i < count; i++)
        (*rows)[reversed ? count - 1 - i : i] = keys[i].row;
    *n = count;
}

static uint32_t all_rows(uint32_t count, uint32_t **rows)
{
    *rows = xreallocarray(*rows, KF_MAX(count, 1u), sizeof(**rows));
    for (uint32_t i = 0; i < count; i++)
        (*rows)[i] = i;
    return count;
}

static uint32_t build_rows(const struct snapshot *s, uint32_t **rows)
{
    uint32_t n = 0;

    *rows = xreallocarray(*rows, KF_MAX(s->job_count, 1u), sizeof(**rows));
    for (uint32_t i = 0; i < s->job_count; i++)
        if (job_is_build(s, &s->jobs[i]) != IS_NO_BUILD)
            (*rows)[n++] = i;
    return n;
}

/* Leaves of the rows those that are to be seen: of a folded array its head. */
static uint32_t fold_rows(const struct arrays *arrays, uint32_t *rows, uint32_t count)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct array *of = arrays_of(arrays, rows[i]);

        if (of == NULL || !of->folded || of->head == rows[i])
            rows[kept++] = rows[i];
    }
    return kept;
}

/* The first of the keys of each array's records, by its place in the index. */
static uint64_t *array_keys(
    const struct order *o, const struct snapshot *s, const uint32_t *rows, uint32_t count)
{
    uint64_t *keys = xcalloc(KF_MAX(o->arrays.count, 1u), sizeof(*keys));

    memset(keys, 0xFF, o->arrays.count * sizeof(*keys));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t of = o->arrays.of[rows[i]];

        if (of)
            keys[of - 1] = KF_MIN(keys[of - 1], job_key(&s->jobs[rows[i]]));
    }
    return keys;
}

/* The records below an array's head, by task; those of several tasks first. Returns how many. */
static uint32_t put_below(
    const struct arrays *a, const struct array *of, const struct snapshot *s, uint32_t *rows)
{
    struct order_key *keys = xcalloc(of->count, sizeof(*keys));
    uint32_t count = 0;

    for (uint32_t i = 0; i < of->count; i++) {
        uint32_t row = a->rows[of->first + i];
        const struct job *j = &s->jobs[row];

        if (row != of->head && arrays_shown(a, row))
            keys[count++] =
                (struct order_key){j->has & JOB_HAS_TASK ? (uint64_t)j->array_task_id + 1 : 0, row};
    }
    order_sort(keys, count);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = keys[i].row;
    free(keys);
    return count;
}

/* Our own order: jobs and whole arrays are sorted, then arrays that are not folded spread out. */
static void sort_own(
    struct order *o, const struct snapshot *s, bool reversed, uint32_t *rows, uint32_t count)
{
    struct order_key *keys = xcalloc(KF_MAX(count, 1u), sizeof(*keys));
    uint64_t *of_arrays = array_keys(o, s, rows, count);
    uint32_t n = 0, at = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct array *of = arrays_of(&o->arrays, rows[i]);

        if (of == NULL || !(of->folded || of->spread))
            keys[n++] = (struct order_key){job_key(&s->jobs[rows[i]]), rows[i]};
        else if (of->head == rows[i])
            keys[n++] = (struct order_key){of_arrays[of - o->arrays.v], rows[i]};
    }
    order_sort(keys, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = keys[reversed ? n - 1 - i : i].row;
        const struct array *of = arrays_of(&o->arrays, row);

        rows[at++] = row;
        if (of && of->spread)
            at += put_below(&o->arrays, of, s, rows + at);
    }
    o->job_count = at;
    free(of_arrays);
    free(keys);
}

static void build_jobs(
    struct order *o, const struct snapshot *s, const struct order_by *by, int64_t now_s)
{
    uint32_t count = by->builds ? build_rows(s, &o->jobs) : all_rows(s->job_count, &o->jobs);

    count = filter_rows(by->job_filter, s, now_s, o->jobs, count);
    o->job_matches = count;
    arrays_build(&o->arrays, s, o->jobs, count, by->folds);
    if (by->jobs < 0) {
        sort_own(o, s, by->jobs_descending, o->jobs, count);
        return;
    }
    o->job_count = fold_rows(&o->arrays, o->jobs, count);
    column_sort(&columns_jobs, by->jobs, by->jobs_descending, s, o, now_s, o->jobs, o->job_count);
}

static void build_nodes(
    struct order *o, const struct snapshot *s, const struct order_by *by, int64_t now_s)
{
    uint32_t count = all_rows(s->node_count, &o->nodes);
    struct order_key *keys;

    count = filter_rows(by->node_filter, s, now_s, o->nodes, count);
    keys = xcalloc(count, sizeof(*keys));
    for (uint32_t i = 0; i < count; i++) {
        const struct node *n = &s->nodes[o->nodes[i]];

        keys[i] = (struct order_key){
            by->nodes < 0 ? (uint64_t)order_node_rank(n) << 32 | n->index : 0, o->nodes[i]};
    }
    if (by->nodes < 0)
        order_sort(keys, count);
    take_rows(keys, count, by->nodes < 0 && by->nodes_descending, &o->nodes, &o->node_count);
    free(keys);
    if (by->nodes >= 0)
        column_sort(&columns_nodes, by->nodes, by->nodes_descending, s, NULL, now_s, o->nodes,
            o->node_count);
}

/* The row of the node at this place of Slurm's table; they ascend. -1 if there is none (hidden). */
static int64_t node_row(const struct snapshot *s, uint32_t place)
{
    uint32_t lo = 0, hi = s->node_count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (s->nodes[mid].index < place)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->node_count && s->nodes[lo].index == place ? (int64_t)lo : -1;
}

typedef void each_node_fn(struct order *o, uint32_t node, uint32_t job);

/* Calls fn for each node of a job: "0-1,4" are places in Slurm's table. */
static void each_node(struct order *o, const struct snapshot *s, uint32_t job, each_node_fn *fn)
{
    const char *at = job_str(s, s->jobs[job].node_index);

    while (*at) {
        char *end;
        unsigned long from = strtoul(at, &end, 10), to = from;

        if (*end == '-')
            to = strtoul(end + 1, &end, 10);
        for (unsigned long place = from; place <= to && place - from < s->node_count; place++) {
            int64_t row = node_row(s, (uint32_t)place);

            if (row >= 0)
                fn(o, (uint32_t)row, job);
        }
        at = *end == ',' ? end + 1 : "";
    }
}

static void count_on_node(struct order *o, uint32_t node, uint32_t job)
{
    (void)job;
    o->node_start[node + 1]++;
}

static void put_on_node(struct order *o, uint32_t node, uint32_t job)
{
    o->on_nodes[o->node_start[node]++] = job;
}

static bool occupies(const struct job *j)
{
    return j->state == JOB_STATE_RUNNING || j->state == JOB_STATE_SUSPENDED ||
           (j->flags & JOB_FLAG_COMPLETING);
}

/* Two passes: count, then place; afterwards the starts have moved to their ends and are moved back. */
static void build_on_nodes(struct order *o, const struct snapshot *s)
{
    uint32_t n = s->node_count;

    o->node_start = xreallocarray(o->node_start, n + 2, sizeof(*o->node_start));
    memset(o->node_start, 0, (n + 2) * sizeof(*o->node_start));
    for (uint32_t i = 0; i < s->job_count; i++)
        if (occupies(&s->jobs[i]))
            each_node(o, s, i, count_on_node);
    for (uint32_t i = 0; i < n; i++)
        o->node_start[i + 1] += o->node_start[i];
    o->on_nodes = xreallocarray(o->on_nodes, KF_MAX(o->node_start[n], 1u), sizeof(*o->on_nodes));
    for (uint32_t i = 0; i < s->job_count; i++)
        if (occupies(&s->jobs[i]))
            each_node(o, s, i, put_on_node);
    memmove(o->node_start + 1, o->node_start, n * sizeof(*o->node_start));
    o->node_start[0] = 0;
}

void order_build(struct order *o, const struct snapshot *s, const struct order_by *by,
    int64_t now_s, uint32_t which)
{
    if (which & REFRESH_JOBS)
        build_jobs(o, s, by, now_s);
    if (which & REFRESH_NODES)
        build_nodes(o, s, by, now_s);
    if (which & (REFRESH_JOBS | REFRESH_NODES) || o->node_start == NULL)
        build_on_nodes(o, s);
    o->partitions =
        xreallocarray(o->partitions, KF_MAX(s->partition_count, 1u), sizeof(*o->partitions));
    for (uint32_t i = 0; i < s->partition_count; i++)
        o->partitions[i] = i;
    o->partition_count = s->partition_count;
}
