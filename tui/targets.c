/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fmt.h"
#include "tui/app.h"

void targets_release(struct targets *t)
{
    free(t->v);
    *t = (struct targets){0};
}

struct targets targets_of(const struct action_target *t)
{
    struct targets all = {.v = xcalloc(1, sizeof(*t)), .count = 1};

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

static const char *blocked(enum action_verb verb, const struct app *a, const void *row)
{
    return action_info(verb)->object == ACTION_ON_JOB
               ? action_blocked_job(verb, row, &a->snapshot->cluster)
               : action_blocked_node(verb, row, &a->snapshot->cluster);
}

static bool take(void *user, enum action_verb verb, const struct app *a, const void *row)
{
    struct targets *t = user;
    const char *why = blocked(verb, a, row);

    if (why) {
        t->why = t->why ? t->why : why;
        t->left_out++;
        return true;
    }
    if (t->count == ACTION_TARGETS_MAX) /* beyond every real queue */
        return false;
    if ((t->count & (t->count - 1)) == 0)
        t->v = xreallocarray(t->v, KF_MAX(t->count * 2, 1u), sizeof(*t->v));
    t->v[t->count++] = action_info(verb)->object == ACTION_ON_JOB
                           ? action_target_job(a->snapshot, row)
                           : action_target_node(a->snapshot, row);
    return true;
}

/* Targets among the rows that are shown. */
static uint32_t count_shown(const struct app *a, enum action_verb verb)
{
    bool jobs = action_info(verb)->object == ACTION_ON_JOB;
    uint32_t shown = 0, count = jobs ? a->order.job_count : a->order.node_count;

    for (uint32_t i = 0; i < count; i++) {
        const struct job *j = jobs ? &a->snapshot->jobs[a->order.jobs[i]] : NULL;
        const struct node *n = jobs ? NULL : &a->snapshot->nodes[a->order.nodes[i]];

        if (jobs ? marks_has(&a->job_marks, j->job_id) && !blocked(verb, a, j)
                 : marks_has(&a->node_marks, app_node_id(a, n)) && !blocked(verb, a, n))
            shown++;
    }
    return shown;
}

struct targets targets_gather(const struct app *a, enum action_verb verb)
{
    struct targets t = {0};

    each(a, verb, take, &t);
    if (marks_count(action_info(verb)->object == ACTION_ON_JOB ? &a->job_marks : &a->node_marks))
        t.hidden = t.count - KF_MIN(count_shown(a, verb), t.count);
    if (t.count == 1 && t.v[0].job_id)
        t.tasks = job_tasks(a->snapshot, snapshot_job(a->snapshot, t.v[0].job_id));
    return t;
}

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

static void describe_job(const struct app *a, const struct action_target *t, char *out, size_t size)
{
    const struct snapshot *s = a->snapshot;
    const struct job *j = snapshot_job(s, t->job_id ? t->job_id : t->array_job_id);
    char span[FMT_SIZE];
    int n;

    if (j == NULL) {
        snprintf(out, size, "%s %s", t->id, t->name);
        return;
    }
    n = snprintf(out, size, "%s %s of %s", t->id, job_str(s, j->name), job_str(s, j->user));
    if (n < 0 || (size_t)n >= size || t->array_job_id)
        return;
    if (j->state == JOB_STATE_RUNNING)
        snprintf(out + n, size - (size_t)n, " on %s, running %s", job_str(s, j->node_list),
            fmt_span(span, job_elapsed(j, app_now_s(a))));
    else
        snprintf(out + n, size - (size_t)n, ", %s", job_state_name(j));
}

void targets_describe(const struct app *a, enum action_object object, const struct action_target *t,
    char *out, size_t size)
{
    const struct node *n;
    const char *reason;

    if (object == ACTION_ON_JOB) {
        describe_job(a, t, out, size);
        return;
    }
    n = snapshot_node(a->snapshot, t->id);
    reason = n ? node_str(a->snapshot, n->reason) : "";
    snprintf(out, size, "%s%s%s%s%s%s", t->id, n ? " (" : "",
        n ? node_str(a->snapshot, n->state_text) : "", reason[0] ? ": " : "", reason, n ? ")" : "");
}
