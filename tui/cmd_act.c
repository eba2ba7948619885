/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about the selected job or node. */
#include <stdio.h>
#include <string.h>

#include "backend/action_argument.h"
#include "base/alloc.h"
#include "tui/app.h"
#include "tui/cmd.h"

unsigned cmd_details(struct app *a, int unused)
{
    (void)unused;
    detail_open(a);
    return REACT_PAINT;
}

const char *cmd_details_blocked(const struct app *a, int unused)
{
    (void)unused;
    if (app_focus(a) == PANE_NODES)
        return app_node(a) ? NULL : "no node is selected";
    return app_job(a) ? NULL : "no job is selected";
}

unsigned cmd_submit(struct app *a, int unused)
{
    (void)unused;
    act_ask_script(a);
    return REACT_PAINT;
}

const char *cmd_submit_blocked(const struct app *a, int unused)
{
    (void)unused;
    return act_forbidden(a);
}

unsigned cmd_resubmit(struct app *a, int unused)
{
    (void)unused;
    act_resubmit(a);
    return REACT_PAINT;
}

const char *cmd_resubmit_blocked(const struct app *a, int unused)
{
    const char *why = act_forbidden(a);
    const struct job *j = app_job(a);

    (void)unused;
    if (why)
        return why;
    if (j == NULL)
        return "no job is selected";
    if (!j->batch)
        return "only a batch job has a script";
    return NULL;
}

unsigned cmd_action(struct app *a, int verb)
{
    act_ask(a, (enum action_verb)verb);
    return REACT_PAINT;
}

const char *cmd_action_blocked(const struct app *a, int verb)
{
    return act_blocked(a, (enum action_verb)verb);
}

const char *cmd_submit_take(struct app *a, int unused, const char *text)
{
    (void)unused;
    submit_open(a, text, NULL);
    return NULL;
}

const char *cmd_action_take(struct app *a, int verb, const char *text)
{
    enum action_argument kind = action_info((enum action_verb)verb)->argument;
    char argument[ACT_ARGUMENT];
    const char *wrong = action_argument_read(kind, text, argument, sizeof(argument));
    struct targets t;

    if (wrong)
        return wrong;
    t = targets_gather(a, (enum action_verb)verb);
    act_ask_targets(a, (enum action_verb)verb, &t, argument);
    return NULL;
}

void cmd_action_offer(struct app *a, int verb)
{
    enum action_argument kind = action_info((enum action_verb)verb)->argument;
    const char *const *choices = action_argument_choices(kind);
    char word[64];

    for (; choices && *choices; choices++) {
        snprintf(word, sizeof(word), "%.*s", (int)strcspn(*choices, ": "), *choices);
        cmdline_offer(a, word);
    }
}

/* ---- one place up or down in the queue ---- */

#define PRIORITY_MAX 4294967293u /* NO_VAL - 1 (slurm.h) */

/* The waiting job next to this one in the order in which Slurm takes them: above it, or below. */
static const struct job *neighbour(const struct snapshot *s, const struct job *j, int up)
{
    const struct job *best = NULL;

    for (uint32_t i = 0; i < s->job_count; i++) {
        const struct job *k = &s->jobs[i];
        bool above =
            k->priority > j->priority || (k->priority == j->priority && k->job_id < j->job_id);

        if (k == j || k->state != JOB_STATE_PENDING || k->priority == 0 || above != (up > 0))
            continue;
        if (best == NULL ||
            (up > 0 ? k->priority < best->priority ||
                          (k->priority == best->priority && k->job_id > best->job_id)
                    : k->priority > best->priority ||
                          (k->priority == best->priority && k->job_id < best->job_id)))
            best = k;
    }
    return best;
}

const char *cmd_priority_step_blocked(const struct app *a, int up)
{
    const char *why = act_blocked(a, ACTION_JOB_PRIORITY);
    const struct job *j = app_job(a), *next;

    if (why)
        return why;
    if (marks_count(&a->job_marks) > 0 || j == NULL)
        return "it works on one job: take the marks off first";
    why = action_blocked_job(ACTION_JOB_PRIORITY, j, &a->snapshot->cluster);
    if (why)
        return why;
    if (up > 0 && action_powerless(&a->snapshot->cluster))
        return "needs root or SlurmUser";
    next = neighbour(a->snapshot, j, up);
    if (next == NULL)
        return up > 0 ? "it is the first in the queue already"
                      : "it is the last in the queue already";
    if (up > 0 ? next->priority >= PRIORITY_MAX : next->priority <= 1)
        return "there is no priority beyond that of the next job";
    return NULL;
}

unsigned cmd_priority_step(struct app *a, int up)
{
    const struct job *j = app_job(a), *next = neighbour(a->snapshot, j, up);
    struct action_target target = action_target_job(a->snapshot, j);
    struct targets t = targets_of(&target);
    char priority[16];

    t.tasks = job_tasks(a->snapshot, j);
    snprintf(priority, sizeof(priority), "%u", up > 0 ? next->priority + 1 : next->priority - 1);
    target = action_target_job(a->snapshot, next);
    act_ask_targets(a, ACTION_JOB_PRIORITY, &t, priority);
    dialog_note(&a->dialog, "from %u, to pass %s %s", j->priority, target.id, target.name);
    return REACT_PAINT;
}

/* ---- what is under way ---- */

unsigned cmd_take_back(struct app *a, int unused)
{
    (void)unused;
    act_take_back(a);
    return REACT_PAINT;
}

unsigned cmd_send_now(struct app *a, int unused)
{
    (void)unused;
    act_send_now(a);
    return REACT_PAINT;
}

unsigned cmd_stop(struct app *a, int unused)
{
    (void)unused;
    if (act_under_way(a))
        act_stop(a);
    else
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "there was nothing left to stop; q leaves kfarm-top");
    return REACT_PAINT;
}

unsigned cmd_pager(struct app *a, int unused)
{
    (void)unused;
    return shell_open_pager(a);
}

const char *cmd_pager_blocked(const struct app *a, int unused)
{
    const char *why = cmd_log_blocked(a, unused);

    return why ? why : shell_pager_blocked(a);
}

const char *cmd_log_blocked(const struct app *a, int unused)
{
    (void)unused;
    if (a->log_why[0])
        return a->log_why;
    return a->log_paths[0][0] ? NULL : "no log is open";
}

unsigned cmd_shell(struct app *a, int unused)
{
    (void)unused;
    return shell_open(a);
}

const char *cmd_shell_blocked(const struct app *a, int unused)
{
    (void)unused;
    return shell_blocked(a);
}
