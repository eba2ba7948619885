/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/submit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "tui/app.h"

#define ANSWER_MS 60000
#define JOBS_SEEN 2000 /* of the queue, newest first, are looked at for their scripts */

/* One sbatch under way. */
struct submission {
    struct app *app;
    struct process *process;
    char script[PATH_MAX];
};

static void offer_scripts_of_jobs(struct app *a)
{
    const struct snapshot *s = a->snapshot;
    uint32_t last = s->job_count > JOBS_SEEN ? s->job_count - JOBS_SEEN : 0;

    for (uint32_t i = s->job_count; i-- > last;) {
        const char *command = job_str(s, s->jobs[i].command);

        if (s->jobs[i].batch && command[0] == '/')
            dialog_offer(&a->dialog, command);
    }
}

/* A directory can lie on a file server that does not answer, so libuv's threads look into it. */
struct scan {
    uv_fs_t request;
    struct app *app;
    char directory[PATH_MAX];
};

static void on_scanned(uv_fs_t *request)
{
    struct scan *scan = request->data;
    struct dialog *d = scan->app ? &scan->app->dialog : NULL;
    uv_dirent_t entry;
    char path[PATH_MAX + 256];

    /* the dialog may have been answered meanwhile */
    while (d && d->kind == DIALOG_PICK && uv_fs_scandir_next(request, &entry) == 0) {
        size_t n = strlen(entry.name);

        if (n < 4 || strcmp(entry.name + n - 3, ".sh") != 0 || entry.type == UV_DIRENT_DIR)
            continue;
        snprintf(path, sizeof(path), "%s/%s", scan->directory, entry.name);
        dialog_offer(d, path);
    }
    if (d && d->kind == DIALOG_PICK && d->choice < 0 && d->choice_count && d->edit.len == 0) {
        d->choice = 0;
        lineedit_set(&d->edit, d->choices[0]);
    }
    if (scan->app) {
        scan->app->submit.scan = NULL;
        scan->app->reactions |= REACT_PAINT;
    }
    uv_fs_req_cleanup(request);
    free(scan);
}

static void offer_scripts_here(struct app *a)
{
    struct scan *scan;

    if (a->submit.scan) /* one that does not end is enough */
        return;
    scan = xcalloc(1, sizeof(*scan));
    scan->app = a;
    scan->request.data = scan;
    if (getcwd(scan->directory, sizeof(scan->directory)) == NULL ||
        uv_fs_scandir(a->loop, &scan->request, scan->directory, 0, on_scanned) < 0)
        free(scan);
    else
        a->submit.scan = scan;
}

static void on_ended(void *user, const struct process_end *end)
{
    struct submission *sub = user;
    struct app *a = sub->app;
    unsigned long id = strtoul(end->output, NULL, 10); /* "42" or "42;cluster" */

    if (a == NULL) {
        process_free(sub->process);
        free(sub);
        return;
    }
    if (end->timed_out)
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED,
            "sent, outcome unknown: sbatch did not end within %d s — sbatch --parsable %s",
            ANSWER_MS / 1000, sub->script);
    else if (end->exit_status || end->signal || id == 0)
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "not submitted: %s — sbatch %s",
            end->errors[0] ? end->errors : "sbatch failed without a word", sub->script);
    else {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_DONE,
            "submitted as job %lu — sbatch --parsable %s", id, sub->script);
        app_select_job(a, (uint32_t)id);
    }
    refresh_now(&a->refresh, app_now_ms(a));
    a->reactions |= REACT_PAINT;
    a->submit.under_way = NULL;
    process_free(sub->process); /* last: `end` lies in it */
    free(sub);
}

static const char *accept_script(struct app *a, const char *text)
{
    static const struct process_events events = {.ended = on_ended};
    struct submission *sub;
    struct diag d = DIAG_INIT;
    char here[PATH_MAX], directory[PATH_MAX], *slash;
    const char *argv[] = {"sbatch", "--parsable", NULL, NULL};

    if (text[0] == '\0')
        return "type the path of a batch script";
    sub = xcalloc(1, sizeof(*sub));
    sub->app = a;
    if (text[0] == '/' || getcwd(here, sizeof(here)) == NULL)
        snprintf(sub->script, sizeof(sub->script), "%s", text);
    else
        snprintf(sub->script, sizeof(sub->script), "%.*s/%s", (int)(sizeof(here) / 2), here, text);
    snprintf(directory, sizeof(directory), "%s", sub->script);
    slash = strrchr(directory, '/');
    if (slash)
        *slash = '\0';
    argv[2] = sub->script;
    sub->process =
        process_command(a->loop, argv, directory[0] ? directory : "/", ANSWER_MS, &events, sub, &d);
    if (sub->process == NULL) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "not submitted: %s — sbatch %s",
            d.text, sub->script);
        free(sub);
        return NULL;
    }
    a->submit.under_way = sub;
    return NULL;
}

void submit_release(struct submit *s)
{
    if (s->under_way)
        s->under_way->app = NULL;
    if (s->scan)
        s->scan->app = NULL;
    *s = (struct submit){0};
}

void submit_ask(struct app *a)
{
    struct dialog *d = &a->dialog;

    if (a->submit.under_way) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING,
            "job-submit: sbatch %s has not answered yet", a->submit.under_way->script);
        return;
    }
    *d = (struct dialog){.kind = DIALOG_PICK, .accept = accept_script, .choice = -1};
    snprintf(d->question, sizeof(d->question),
        "Submit which script? It runs in its own directory; its log is written there.");
    snprintf(d->yes, sizeof(d->yes), "submit");
    snprintf(d->no, sizeof(d->no), "do not");
    offer_scripts_of_jobs(a);
    if (d->choice_count > 0) {
        d->choice = 0;
        lineedit_set(&d->edit, d->choices[0]);
    }
    offer_scripts_here(a);
}
