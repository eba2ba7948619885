/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/detail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/action.h"
#include "backend/process.h"
#include "base/alloc.h"
#include "tui/app.h"

#define NAME_WIDTH 16
#define ANSWER_MS  15000
#define TEXT_MAX   (1u << 20)

void detail_close(struct detail *d)
{
    d->asking = process_free(d->asking);
    d->open = false;
}

void detail_release(struct detail *d)
{
    detail_close(d);
    lines_release(&d->text);
    buf_release(&d->slurm);
}

static void add_columns(struct app *a, enum column_set_id id, uint32_t index)
{
    const struct column_set *set = column_set(id);
    struct row r = column_row(id, a->snapshot, &a->order, app_now_s(a), index);
    struct column_list shown;
    char text[VALUE_SCRATCH];

    column_list_parse(&shown, set, set->detail, NULL);
    for (int i = 0; i < shown.count; i++) {
        const struct column *c = &set->columns[shown.at[i]];

        column_text(c, &r, text, sizeof(text));
        if (text[0] == '\0')
            continue;
        lines_add(&a->detail.text, ROLE_TEXT, "%-*s%s", NAME_WIDTH, c->name, text);
        lines_head(&a->detail.text, NAME_WIDTH, ROLE_DIM);
    }
}

static void add_slurm(struct detail *d)
{
    const char *at = buf_str(&d->slurm);

    lines_add(&d->text, ROLE_TEXT, "%s", "");
    lines_add(&d->text, ROLE_TITLE, "── scontrol show %s %s", d->kind, d->id);
    if (d->asking)
        lines_add(&d->text, ROLE_DIM, "   asking Slurm …");
    else if (d->failure[0])
        lines_add(&d->text, ROLE_BAD, "   %s", d->failure);
    else if (*at == '\0')
        lines_add(&d->text, ROLE_DIM, "   not in a recording");
    while (*at) {
        size_t n = strcspn(at, "\n");

        lines_add(&d->text, ROLE_TEXT, "%.*s", (int)n, at);
        at += n + (at[n] == '\n');
    }
}

void detail_rebuild(struct app *a)
{
    struct detail *d = &a->detail;
    const struct job *j = NULL;
    const struct node *n = NULL;

    if (!d->open)
        return;
    d->text.text.max = TEXT_MAX;
    lines_clear(&d->text);
    if (d->job_id)
        j = snapshot_job(a->snapshot, d->job_id);
    else
        n = snapshot_node(a->snapshot, d->id);
    if (j)
        add_columns(a, COLUMNS_JOBS, (uint32_t)(j - a->snapshot->jobs));
    else if (n)
        add_columns(a, COLUMNS_NODES, (uint32_t)(n - a->snapshot->nodes));
    else
        lines_add(&d->text, ROLE_WARN, "Slurm does not know %s %s any more", d->kind, d->id);
    add_slurm(d);
}

static void on_ended(void *user, const struct process_end *end)
{
    struct app *a = user;
    struct detail *d = &a->detail;

    buf_clear(&d->slurm);
    d->failure[0] = '\0';
    if (end->timed_out)
        snprintf(d->failure, sizeof(d->failure), "scontrol did not answer within %d s",
            ANSWER_MS / 1000);
    else if (end->exit_status || end->signal)
        snprintf(d->failure, sizeof(d->failure), "%s",
            end->errors[0] ? end->errors : "scontrol failed without a word");
    else
        buf_adds(&d->slurm, end->output);
    d->asking = process_free(d->asking);
    detail_rebuild(a);
    a->reactions |= REACT_PAINT;
}

static void ask(struct app *a)
{
    static const struct process_events events = {.ended = on_ended};
    struct detail *d = &a->detail;
    const char *const argv[] = {"scontrol", "show", d->kind, d->id, NULL};
    struct diag diag = DIAG_INIT;

    if (source_is_replay(a->source))
        return;
    d->asking = process_command(a->loop, argv, NULL, ANSWER_MS, &events, a, &diag);
    snprintf(d->failure, sizeof(d->failure), "%s", diag.text);
}

void detail_open(struct app *a)
{
    struct detail *d = &a->detail;
    const struct job *j = app_job(a);
    const struct node *n = app_node(a);

    if (app_focus(a) == PANE_NODES ? n == NULL : j == NULL)
        return;
    detail_close(d);
    buf_clear(&d->slurm);
    d->failure[0] = '\0';
    d->view = (struct textview){0};
    d->open = true;
    if (app_focus(a) == PANE_NODES) {
        d->job_id = 0;
        snprintf(d->kind, sizeof(d->kind), "node");
        snprintf(d->id, sizeof(d->id), "%s", node_str(a->snapshot, n->name));
    } else {
        snprintf(d->kind, sizeof(d->kind), "job");
        d->job_id = j->job_id;
        /* a task by array and task: one of them bears the array's number, which would show them all */
        if (j->has & JOB_HAS_TASK)
            snprintf(d->id, sizeof(d->id), "%u_%u", j->array_job_id, j->array_task_id);
        else
            snprintf(d->id, sizeof(d->id), "%u", j->job_id);
    }
    ask(a);
    detail_rebuild(a);
}
