/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a question about one task to one about the whole array or some of its tasks. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/app.h"

/* Asks again, about these targets of the same array. */
static const char *ask_about(struct app *a, const struct taskset *tasks)
{
    struct act_ask *ask = &a->actions.ask;
    const struct array *of = targets_array(a, &ask->targets);
    struct diag d = DIAG_INIT;
    struct targets t;

    if (of == NULL)
        return "it is gone";
    if (targets_of_array(a, ask->verb, of, tasks, &t, &d) < 0) {
        snprintf(a->actions.wrong, sizeof(a->actions.wrong), "%s", d.text);
        return a->actions.wrong;
    }
    act_ask_targets(a, ask->verb, &t, ask->argument);
    return NULL;
}

static const char *accept_whole(struct app *a, const char *text)
{
    (void)text;
    return ask_about(a, NULL);
}

static const char *accept_tasks(struct app *a, const char *text)
{
    struct taskset tasks = {0};
    struct diag d = DIAG_INIT;
    const char *wrong;

    if (strcmp(text, "all") == 0)
        return ask_about(a, NULL);
    if (taskset_parse(&tasks, text, &d) < 0) {
        snprintf(a->actions.wrong, sizeof(a->actions.wrong), "%s", d.text);
        return a->actions.wrong;
    }
    wrong = ask_about(a, &tasks);
    taskset_release(&tasks);
    return wrong;
}

/* The prompt for some tasks. What it is about stays in a->actions.ask. */
static const char *ask_tasks(struct app *a, const char *text)
{
    const struct act_ask *ask = &a->actions.ask;
    const struct array *of = targets_array(a, &ask->targets);
    struct dialog d = {.kind = DIALOG_PROMPT,
        .place = DIALOG_AT_JOB,
        .yes = "ask about these",
        .no = "keep",
        .accept = accept_tasks,
        .grave = action_info(ask->verb)->risk == ACTION_DESTROYS};
    struct taskset all;
    char list[128];

    (void)text;
    if (of == NULL)
        return "it is gone";
    all = arrays_all_tasks(&a->order.arrays, a->snapshot, of);
    if (!taskset_text(&all, list, sizeof(list)))
        snprintf(list, sizeof(list), "%u to %u, not all of them", all.v[0].from,
            all.v[all.count - 1].to);
    taskset_release(&all);
    snprintf(d.question, sizeof(d.question),
        "Which tasks of array %u? (%s) As 2-5,9 or 0-8:2, or all:", of->id, list);
    a->dialog = d;
    return NULL;
}

void act_offer_tasks(const struct app *a, struct dialog *d)
{
    const struct act_ask *ask = &a->actions.ask;
    const struct array *of = targets_array(a, &ask->targets);
    const struct action_target *t = &ask->targets.v[0];
    bool confirm = d->kind == DIALOG_CONFIRM;
    struct targets whole;
    struct taskset all;
    char what[sizeof(d->others[0].what)];

    if (of == NULL)
        return;
    all = arrays_all_tasks(&a->order.arrays, a->snapshot, of);
    if (taskset_count(&all) < 2) {
        taskset_release(&all);
        return;
    }
    taskset_release(&all);
    if (confirm && (t->job_id || strchr(t->id, '_')) &&
        targets_of_array(a, ask->verb, of, NULL, &whole, NULL) == 0) {
        snprintf(what, sizeof(what), "the whole array %u (%u tasks)", of->id, whole.tasks);
        if (whole.tasks > ask->targets.tasks)
            dialog_answer(d, "a", what, accept_whole);
        targets_release(&whole);
    }
    if (ask->verb != ACTION_JOB_TOP) /* Slurm moves all that wait of an array together */
        dialog_answer(d, confirm ? "t" : "Ctrl-T", "some of its tasks", ask_tasks);
}
