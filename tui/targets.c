/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fmt.h"
#include "base/quote.h"
#include "tui/app.h"

/* Columns of what a question says of one job or node: with them all it has two lines of 76. */
#define ID_COLS     40
#define USER_COLS   32
#define NODES_COLS  24
#define REASON_COLS 40

void targets_release(struct targets *t)
{
    free(t->v);
    *t = (struct targets){0};
}

struct targets targets_of(const struct action_target *t)
{
    struct targets all = {.v = xcalloc(1, sizeof(*t)), .count = 1, .tasks = 1};

    all.v[0] = *t;
    return all;
}

/* Calls fn for each row the verb is meant for, until it returns false; false if there is none. */
typedef bool each_fn(void *user, enum action_verb verb, const struct app *a, const void *row);

static bool each_job(const struct app *a, enum action_verb verb, each_fn *fn, void *user)
{
    const struct job *selected = app_job(a);
    bool any = false;

    if (marks_count(&a->job_marks) == 0) {
        if (selected)
            fn(user, verb, a, selected);
        return selected != NULL;
    }
    for (uint32_t i = 0; i < a->snapshot->job_count; i++) {
        const struct job *j = &a->snapshot->jobs[i];

        if (!marks_has(&a->job_marks, j->job_id))
            continue;
        any = true;
        if (!fn(user, verb, a, j))
            break;
    }
    return any;
}

static bool each_node(const struct app *a, enum action_verb verb, each_fn *fn, void *user)
{
    const struct node *selected = app_node(a);
    bool any = false;

    if (marks_count(&a->node_marks) == 0) {
        if (selected)
            fn(user, verb, a, selected);
        return selected != NULL;
    }
    for (uint32_t i = 0; i < a->snapshot->node_count; i++) {
        const struct node *n = &a->snapshot->nodes[i];

        if (!marks_has(&a->node_marks, app_node_id(a, n)))
            continue;
        any = true;
        if (!fn(user, verb, a, n))
            break;
    }
    return any;
}

static bool each(const struct app *a, enum action_verb verb, each_fn *fn, void *user)
{
    return action_info(verb)->object == ACTION_ON_JOB ? each_job(a, verb, fn, user)
                                                      : each_node(a, verb, fn, user);
}

/* The array that a job's row stands for as a whole, or NULL. */
static const struct array *folded(const struct app *a, const struct job *j)
{
    return arrays_folded(&a->order.arrays, (uint32_t)(j - a->snapshot->jobs));
}

static const struct job *member(const struct app *a, const struct array *of, uint32_t i)
{
    return &a->snapshot->jobs[a->order.arrays.rows[of->first + i]];
}

/* Why a verb can work on none of an array's records, the reason of the first; NULL if it can. */
static const char *blocked_array(enum action_verb verb, const struct app *a, const struct array *of)
{
    const char *why = NULL;

    for (uint32_t i = 0; i < of->count; i++) {
        const char *this = action_blocked_job(verb, member(a, of, i), &a->snapshot->cluster);

        if (this == NULL)
            return NULL;
        why = why ? why : this;
    }
    return why;
}

static const char *blocked(enum action_verb verb, const struct app *a, const void *row)
{
    const struct array *of;

    if (action_info(verb)->object == ACTION_ON_NODE)
        return action_blocked_node(verb, row, &a->snapshot->cluster);
    of = folded(a, row);
    return of ? blocked_array(verb, a, of) : action_blocked_job(verb, row, &a->snapshot->cluster);
}

static void add(struct targets *t, const struct action_target *target)
{
    if ((t->count & (t->count - 1)) == 0)
        t->v = xreallocarray(t->v, KF_MAX(t->count * 2, 1u), sizeof(*t->v));
    t->v[t->count++] = *target;
}

/* All of an array that the verb can work on. */
static void take_array(
    struct targets *t, enum action_verb verb, const struct app *a, const struct array *of)
{
    const struct job *first = member(a, of, 0);
    struct action_target target = action_target_array(a->snapshot, first, NULL);

    for (uint32_t i = 0; i < of->count; i++) {
        const struct job *j = member(a, of, i);
        uint32_t tasks = job_tasks(a->snapshot, j);

        if (action_blocked_job(verb, j, &a->snapshot->cluster))
            continue;
        t->tasks += tasks;
        if (!arrays_shown(&a->order.arrays, a->order.arrays.rows[of->first + i]))
            t->hidden += tasks;
    }
    add(t, &target);
}

static void leave_out(struct targets *t, const char *why, uint32_t count, const char *name)
{
    struct left_out *l = t->left;
    size_t n;

    while (l < t->left + t->left_count && strcmp(l->why, why) != 0)
        l++;
    if (l == t->left + TARGETS_REASONS)
        (--l)->why = "for other reasons";
    else if (l == t->left + t->left_count) {
        *l = (struct left_out){.why = why};
        t->left_count++;
    }
    t->left_out += count;
    l->count += count;
    n = strlen(l->names);
    if (n + strlen(name) + strlen(", , …") < sizeof(l->names))
        snprintf(l->names + n, sizeof(l->names) - n, "%s%s", n ? ", " : "", name);
    else if (strstr(l->names, "…") == NULL)
        snprintf(l->names + n, sizeof(l->names) - n, "%s…", n ? ", " : "");
}

/* A row as the table names it. */
static void name_row(const struct app *a, bool job, const void *row, char *out, size_t size)
{
    if (job)
        column_job_name(a->snapshot, &a->order,
            (uint32_t)((const struct job *)row - a->snapshot->jobs), out, size);
    else
        snprintf(out, size, "%s", node_str(a->snapshot, ((const struct node *)row)->name));
}

static bool take(void *user, enum action_verb verb, const struct app *a, const void *row)
{
    bool jobs = action_info(verb)->object == ACTION_ON_JOB;
    const struct array *of = jobs ? folded(a, row) : NULL;
    const char *why = blocked(verb, a, row);
    struct targets *t = user;
    struct action_target target;
    char name[128];

    if (why) {
        name_row(a, jobs, row, name, sizeof(name));
        leave_out(t, why, 1, name);
        return true;
    }
    if (t->count == ACTION_TARGETS_MAX) /* beyond every real queue */
        return false;
    if (of) {
        take_array(t, verb, a, of);
        return true;
    }
    target = jobs ? action_target_job(a->snapshot, row) : action_target_node(a->snapshot, row);
    add(t, &target);
    t->tasks += jobs ? job_tasks(a->snapshot, row) : 1;
    return true;
}

/* Those of the marked rows that are not in sight. */
static uint32_t count_hidden(const struct app *a, enum action_verb verb, uint32_t count)
{
    bool jobs = action_info(verb)->object == ACTION_ON_JOB;
    uint32_t rows = jobs ? a->order.job_count : a->order.node_count, shown = 0;

    for (uint32_t i = 0; i < rows; i++) {
        const struct job *j = jobs ? &a->snapshot->jobs[a->order.jobs[i]] : NULL;
        const struct node *n = jobs ? NULL : &a->snapshot->nodes[a->order.nodes[i]];

        if (jobs ? marks_has(&a->job_marks, j->job_id) && !blocked(verb, a, j)
                 : marks_has(&a->node_marks, app_node_id(a, n)) && !blocked(verb, a, n))
            shown++;
    }
    return count - KF_MIN(shown, count);
}

struct targets targets_gather(const struct app *a, enum action_verb verb)
{
    struct targets t = {0};

    each(a, verb, take, &t);
    if (marks_count(action_info(verb)->object == ACTION_ON_JOB ? &a->job_marks : &a->node_marks))
        t.hidden += count_hidden(a, verb, t.count);
    return t;
}

/* ---- an array, or some of its tasks ---- */

const struct array *targets_array(const struct app *a, const struct targets *t)
{
    const struct job *j;

    if (t->count != 1)
        return NULL;
    if (t->v[0].array_job_id)
        return arrays_find(&a->order.arrays, t->v[0].array_job_id);
    j = t->v[0].job_id ? snapshot_job(a->snapshot, t->v[0].job_id) : NULL;
    return j ? arrays_of(&a->order.arrays, (uint32_t)(j - a->snapshot->jobs)) : NULL;
}

/* Those of the wanted tasks of an array that a verb can work on; the others go to what t leaves out. */
static struct taskset able_tasks(const struct app *a, enum action_verb verb, const struct array *of,
    const struct taskset *wanted, struct targets *t)
{
    struct taskset able = {0}, both;
    char list[64], name[96];

    for (uint32_t i = 0; i < of->count; i++) {
        const char *why = action_blocked_job(verb, member(a, of, i), &a->snapshot->cluster);
        struct taskset these = {0};

        if (why == NULL) {
            arrays_tasks(a->snapshot, member(a, of, i), &able);
            continue;
        }
        arrays_tasks(a->snapshot, member(a, of, i), &these);
        both = taskset_both(&these, wanted);
        if (both.count) {
            bool one = taskset_count(&both) == 1;

            if (!taskset_text(&both, list, sizeof(list)))
                snprintf(list, sizeof(list), "…");
            snprintf(name, sizeof(name), one ? "%u_%s" : "%u_[%s]", of->id, list);
            leave_out(t, why, (uint32_t)taskset_count(&both), name);
        }
        taskset_release(&both);
        taskset_release(&these);
    }
    both = taskset_both(&able, wanted);
    taskset_release(&able);
    return both;
}

/* -EINVAL if the array has not all of these tasks. */
static int check_tasks(
    const struct app *a, const struct array *of, const struct taskset *wanted, struct diag *d)
{
    struct taskset all = arrays_all_tasks(&a->order.arrays, a->snapshot, of);
    struct taskset unknown = taskset_without(wanted, &all);
    char has[64];
    int err = 0;

    if (!taskset_text(&all, has, sizeof(has)))
        snprintf(has, sizeof(has), "others");
    if (unknown.count)
        err = diag_set(
            d, -EINVAL, "array %u has no task %u; it has %s", of->id, unknown.v[0].from, has);
    taskset_release(&unknown);
    taskset_release(&all);
    return err;
}

int targets_of_array(const struct app *a, enum action_verb verb, const struct array *of,
    const struct taskset *tasks, struct targets *ret_targets, struct diag *d)
{
    struct action_target target;
    struct targets t = {0};
    struct taskset able;
    const char *why;
    char list[sizeof(target.id) - 16]; /* what stands around it has at most 13 characters */
    bool fits;

    if (tasks == NULL) {
        why = blocked_array(verb, a, of);
        if (why)
            return diag_set(d, -EINVAL, "%s", why);
        take_array(&t, verb, a, of);
        *ret_targets = t;
        return 0;
    }
    if (check_tasks(a, of, tasks, d) < 0)
        return -EINVAL;
    able = able_tasks(a, verb, of, tasks, &t);
    t.tasks = (uint32_t)taskset_count(&able);
    fits = taskset_text(&able, list, sizeof(list));
    taskset_release(&able);
    if (t.tasks == 0)
        return diag_set(
            d, -EINVAL, "%s", t.left_count ? t.left[0].why : "none of them is there any more");
    if (!fits)
        return diag_set(d, -EINVAL, "their list is too long: name fewer that are not in a row");
    target = action_target_array(a->snapshot, member(a, of, 0), list);
    add(&t, &target);
    *ret_targets = t;
    return 0;
}

/* ---- whether a verb can work ---- */

/* Stops at the first row that lets it. */
static bool look(void *user, enum action_verb verb, const struct app *a, const void *row)
{
    const char **why = user, *this = blocked(verb, a, row);

    *why = this ? (*why ? *why : this) : NULL;
    return this != NULL;
}

const char *targets_blocked(const struct app *a, enum action_verb verb)
{
    const char *why = NULL;

    if (!each(a, verb, look, &why))
        return action_info(verb)->object == ACTION_ON_JOB ? "no job is selected"
                                                          : "no node is selected";
    return why;
}

uint32_t targets_marked(const struct app *a, enum action_verb verb)
{
    return marks_count(action_info(verb)->object == ACTION_ON_JOB ? &a->job_marks : &a->node_marks);
}

static void describe_job(const struct app *a, const struct action_target *t, char *out, size_t size)
{
    const struct snapshot *s = a->snapshot;
    const struct array *of = arrays_find(&a->order.arrays, t->array_job_id);
    const struct job *j = of ? member(a, of, 0) : snapshot_job(s, t->job_id);
    char id[64], name[QUOTE_BYTES], user[64], nodes[64], span[FMT_SIZE];
    int n;

    quote_cut(t->id, ID_COLS, id, sizeof(id));
    if (j == NULL) {
        snprintf(out, size, "%s %s", id, quote(t->name, QUOTE_NAME, name, sizeof(name)));
        return;
    }
    quote(job_str(s, j->name), QUOTE_NAME, name, sizeof(name));
    quote_cut(job_str(s, j->user), USER_COLS, user, sizeof(user));
    quote_cut(job_str(s, j->node_list), NODES_COLS, nodes, sizeof(nodes));
    n = snprintf(out, size, "%s %s of %s", id, name, user);
    if (n < 0 || (size_t)n >= size || t->array_job_id)
        return;
    if (j->state == JOB_STATE_RUNNING)
        snprintf(out + n, size - (size_t)n, " on %s, running %s", nodes,
            fmt_span(span, job_elapsed(j, app_now_s(a))));
    else
        snprintf(out + n, size - (size_t)n, ", %s", job_state_name(j));
}

void targets_describe(const struct app *a, enum action_object object, const struct action_target *t,
    char *out, size_t size)
{
    char reason[QUOTE_BYTES + 2] = "";
    const struct node *n;

    if (object == ACTION_ON_JOB) {
        describe_job(a, t, out, size);
        return;
    }
    n = snapshot_node(a->snapshot, t->id);
    if (n && node_str(a->snapshot, n->reason)[0])
        quote(node_str(a->snapshot, n->reason), REASON_COLS, reason, sizeof(reason));
    snprintf(out, size, "%s%s%s%s%s%s", t->id, n ? " (" : "",
        n ? node_str(a->snapshot, n->state_text) : "", reason[0] ? ": " : "", reason, n ? ")" : "");
}
