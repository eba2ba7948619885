/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/joblog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend/sandbox.h"
#include "base/alloc.h"
#include "tui/app.h"
#include "tui/builds.h"
#include "tui/column.h"

#define SETTLE_MS 120 /* a selection that moves on within this does not open its log */
#define SILENT_MS 5000 /* whoever reads logs and says nothing for so long hangs in a file server */

const struct job *joblog_job(const struct app *a)
{
    return a->log_job ? snapshot_job(a->snapshot, a->log_job) : NULL;
}

/* ---- to the process that reads logs ---- */

size_t joblog_begin(struct app *a, enum wire_type type)
{
    size_t offset;

    buf_clear(&a->request);
    offset = wire_begin(&a->request, type, 0, app_now_ms(a));
    wire_put_u32(&a->request, a->log.follow);
    return offset;
}

void joblog_send(struct app *a, size_t offset)
{
    wire_end(&a->request, offset);
    source_send(a->source, &a->request);
}

void joblog_ask(struct app *a, size_t offset)
{
    joblog_send(a, offset);
    a->log_asked_ms = app_steady_ms(a);
}

/* ---- what is followed ---- */

static void follow_paths(struct app *a, const char *out, const char *err, uint32_t uid)
{
    size_t offset;

    logbuf_restart(&a->log, a->log.follow + 1);
    loglook_restart(a);
    snprintf(a->log_paths[0], sizeof(a->log_paths[0]), "%s", out);
    snprintf(a->log_paths[1], sizeof(a->log_paths[1]), "%s", err);
    offset = joblog_begin(a, WIRE_LOG_FOLLOW);
    wire_put_str(&a->request, out);
    wire_put_str(&a->request, err);
    wire_put_u32(&a->request, uid);
    joblog_send(a, offset);
    memset(a->log_places, 0, sizeof(a->log_places));
    a->log_places_known = false;
    a->shell.wanted = SHELL_NONE;
    diaglist_restart(a);
    a->log_heard_ms = 0;
    if (out[0]) {
        a->log_alone = a->log_fresh;
        a->log_fresh = false;
    }
    a->log_asked_ms = out[0] && !source_is_replay(a->source) ? app_steady_ms(a) : 0;
}

/* The process that reads logs sleeps in a file server that does not answer. It is ended. If the file may not be to
   blame, but the one that was followed before, another process tries it; else it is not tried again before another
   one was selected: each try would leave a process. */
static void give_up(struct app *a)
{
    a->log_asked_ms = 0;
    if (a->log_alone)
        snprintf(a->log_why, sizeof(a->log_why), "Its file server does not answer: %.200s",
            a->log_paths[0]);
    source_kill(a->source, SOURCE_LOGS);
    a->reactions |= REACT_PAINT;
}

/* Why a job has no log yet, or never will; "" if it has. */
static void explain_no_log(struct app *a, const struct job *j, const char *out)
{
    a->log_why[0] = '\0';
    if (!j->batch)
        snprintf(a->log_why, sizeof(a->log_why),
            "Not a batch job: its output goes to whoever started it.");
    else if (j->state == JOB_STATE_PENDING && j->restarts == 0)
        snprintf(a->log_why, sizeof(a->log_why), "The log is written once the job runs.");
    else if (out[0] == '\0')
        snprintf(a->log_why, sizeof(a->log_why), "The path of its log is not known yet.");
}

/* The job whose log belongs to the selection: of an array that is folded, the task that matters most. */
static const struct job *job_to_follow(const struct app *a)
{
    const struct job *j = app_selected_job(a);
    const struct array *array =
        j ? arrays_folded(&a->order.arrays, (uint32_t)(j - a->snapshot->jobs)) : NULL;

    return array ? &a->snapshot->jobs[array->worst] : j;
}

void joblog_follow(struct app *a)
{
    const struct job *j = job_to_follow(a);
    struct value out, err;
    struct row r;
    bool same;

    a->log_settle_ms = 0;
    if (j == NULL) {
        if (a->log_job)
            follow_paths(a, "", "", 0);
        a->log_job = 0;
        return;
    }
    r = column_row(
        COLUMNS_JOBS, a->snapshot, NULL, app_now_s(a), (uint32_t)(j - a->snapshot->jobs));
    column_value(&columns_jobs.columns[column_find(&columns_jobs, "stdout", 6)], &r, &out);
    column_value(&columns_jobs.columns[column_find(&columns_jobs, "stderr", 6)], &r, &err);
    if (j->state == JOB_STATE_PENDING && j->restarts == 0) /* an older job's file of that name? */
        out.text = err.text = "";
    same = j->job_id == a->log_job && strcmp(out.text, a->log_paths[0]) == 0 &&
           strcmp(err.text, a->log_paths[1]) == 0;
    if (!same || a->log.known) /* else what was said of its file server still holds */
        explain_no_log(a, j, out.text);
    if (same)
        return;
    a->log_job = j->job_id;
    follow_paths(a, out.text, err.text, j->uid);
}

void joblog_moved(struct app *a)
{
    const struct job *j = job_to_follow(a);

    if (a->log_job != (j ? j->job_id : 0))
        a->log_settle_ms = app_steady_ms(a) + SETTLE_MS;
}

void joblog_open(struct app *a)
{
    if (a->log_settle_ms)
        joblog_follow(a);
}

/* ---- from the process that reads logs ---- */

/* A path that does not begin with a slash would be an option to the program that opens it. */
static int take_places(struct app *a, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    uint32_t follow = wire_get_u32(&r);
    struct log_place places[2];

    for (size_t i = 0; i < KF_LEN(places); i++) {
        wire_get_text(&r, places[i].path, sizeof(places[i].path));
        places[i].uid = wire_get_u32(&r);
        if (places[i].path[0] != '/')
            places[i].path[0] = '\0';
    }
    if (r.bad)
        return -EBADMSG;
    if (follow != a->log.follow)
        return 0;
    memcpy(a->log_places, places, sizeof(places));
    a->log_places_known = true;
    shell_places_known(a);
    return 0;
}

int joblog_take(struct app *a, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    int err = 0;

    switch (frame->head.type) {
    case WIRE_LOG_ALIVE:
        if (wire_get_u8(&r))
            return builds_take(a, frame);
        break;
    case WIRE_LOG_VIEW_STATE:
    case WIRE_LOG_PAGE:
    case WIRE_LOG_FOUND:
        err = loglook_take(a, frame);
        break;
    case WIRE_LOG_DIAG_LIST:
    case WIRE_LOG_SOURCE_LINES:
        err = diaglist_take(a, frame);
        break;
    case WIRE_LOG_PLACES:
        err = take_places(a, frame);
        break;
    case WIRE_LOG_SAVED:
        err = loglook_saved(a, frame);
        break;
    case WIRE_LOG_LINES:
    case WIRE_LOG_STATE:
        err = logbuf_take(&a->log, frame);
        if (a->log.known)
            a->log_asked_ms = 0;
        break;
    default:
        return 1;
    }
    a->log_heard_ms = app_steady_ms(a);
    a->reactions |= REACT_PAINT;
    return err;
}

void joblog_lost(struct app *a)
{
    a->log.known = false;
    a->whole.open = false;
    a->log_asked_ms = 0;
    a->log_lost = true;
}

/* Once, with the first process that reads logs. */
static void tell_confinement(struct app *a)
{
    static const struct {
        unsigned means;
        const char *lacks;
    } rows[] = {{SANDBOX_LANDLOCK, "Landlock"}, {SANDBOX_SECCOMP, "seccomp"}};
    unsigned has = sandbox_has();
    int64_t now_ms = app_now_ms(a);

    if (a->log_confined)
        return;
    a->log_confined = true;
    if (geteuid() != 0)
        messages_add_aside(&a->messages, now_ms, MESSAGE_NOTE,
            "not run as root: of another user's logs and sources only that user's own files are "
            "opened, and what "
            "everybody may read");
    for (size_t i = 0; i < KF_LEN(rows); i++)
        if (!(has & rows[i].means))
            messages_add_aside(&a->messages, now_ms, MESSAGE_WARNING,
                "the processes that read logs are less confined: this kernel has no %s",
                rows[i].lacks);
}

void joblog_started(struct app *a)
{
    tell_confinement(a);
    a->log_fresh = true;
    if (!a->log_lost || a->log_why[0])
        return;
    a->log_lost = false;
    a->log_job = 0;
    a->log_settle_ms = app_steady_ms(a);
}

/* ---- time ---- */

void joblog_tick(struct app *a)
{
    int64_t now_ms = app_steady_ms(a);

    if (a->log_settle_ms && now_ms >= a->log_settle_ms)
        joblog_follow(a);
    if (a->log_asked_ms && now_ms - a->log_asked_ms >= SILENT_MS)
        give_up(a);
}

int64_t joblog_due_ms(const struct app *a)
{
    int64_t silent = a->log_asked_ms ? a->log_asked_ms + SILENT_MS : 0;

    return a->log_settle_ms && silent ? KF_MIN(a->log_settle_ms, silent)
                                      : a->log_settle_ms + silent;
}
