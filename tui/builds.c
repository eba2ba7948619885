/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which builds the helper is to follow: those that run, then those that ended last, so many as it takes.
 * It is told anew only when that changes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/buildinfo.h"
#include "backend/progress.h"
#include "base/alloc.h"
#include "base/fmt.h"
#include "tui/app.h"
#include "tui/builds.h"
#include "tui/column.h"

#define SHOW_MS  200 /* from the first word about a build until the screen is drawn */
#define ORDER_MS 1000 /* at least, between two orders of the rows for such words */

/* Running ones first, then by the time of their end, the latest first. */
static uint64_t key_of(const struct job *j)
{
    const uint64_t low = (1ull << 60) - 1;

    return job_finished(j) ? 1ull << 60 | ((low - (uint64_t)j->end_time) & low) : j->job_id;
}

static char *path_of(const struct snapshot *s, uint32_t row, const char *column)
{
    struct row r = column_row(COLUMNS_JOBS, s, NULL, 0, row);
    struct value v;

    column_value(&columns_jobs.columns[column_find(&columns_jobs, column, strlen(column))], &r, &v);
    return xstrdup(v.present ? v.text : "");
}

static char *owner_text(const struct snapshot *s, const struct job *j)
{
    struct buf b = BUF_INIT;

    buf_addf(&b, "%s|%s", s->cluster.name, job_str(s, j->user));
    return b.p;
}

/* How a build was submitted: by which script, under which name, in which place; of an array, as which task. Only builds of
   which nobody knows what they are of are compared by it. */
static char *key_text(const struct snapshot *s, const struct job *j)
{
    struct buf b = BUF_INIT;
    char *key;

    buf_addf(&b, "%s|%s|%s", job_str(s, j->name), job_str(s, j->command), job_str(s, j->work_dir));
    if (j->has & JOB_HAS_TASK)
        buf_addf(&b, "|%u", j->array_task_id);
    key = xstrdup(buf_str(&b));
    buf_release(&b);
    return key;
}

uint32_t builds_frame(const struct snapshot *s, struct buf *out)
{
    struct order_key *keys = xcalloc(KF_MAX(s->job_count, 1u), sizeof(*keys));
    struct buildinfo_job *jobs;
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->job_count; i++)
        if (job_has_log(&s->jobs[i]))
            keys[count++] = (struct order_key){key_of(&s->jobs[i]), i};
    order_sort(keys, count);
    count = KF_MIN(count, (uint32_t)BUILDINFO_MAX);
    jobs = xcalloc(KF_MAX(count, 1u), sizeof(*jobs));
    for (uint32_t i = 0; i < count; i++) {
        const struct job *j = &s->jobs[keys[i].row];

        jobs[i] = (struct buildinfo_job){.job_id = j->job_id,
            .uid = j->uid,
            .restarts = j->restarts,
            .running = !job_finished(j) || (j->flags & JOB_FLAG_COMPLETING),
            .start_s = j->start_time,
            .end_s = job_finished(j) ? j->end_time : 0,
            .submit_s = j->submit_time,
            .command = xstrdup(job_str(s, j->command)),
            .owner = owner_text(s, j),
            .key = key_text(s, j),
            .out = path_of(s, keys[i].row, "stdout"),
            .err = path_of(s, keys[i].row, "stderr")};
    }
    buf_clear(out);
    buildinfo_put_jobs(out, jobs, count);
    buildinfo_free_jobs(jobs, count);
    free(keys);
    return count;
}

/* ---- to and from the helper ---- */

/* The helper itself says nothing any more. */
static bool is_silent(const struct app *a)
{
    return a->builds.heard_ms && app_steady_ms(a) - a->builds.heard_ms > LOG_SILENT_MS &&
           !source_is_replay(a->source);
}

bool builds_silent(const struct app *a, char *out, size_t size)
{
    const struct builds_link *l = &a->builds;
    char age[FMT_SIZE], more[32] = "";
    bool all = is_silent(a);

    out[0] = '\0';
    if (!all && l->silent.servers == 0)
        return false;
    fmt_age(age, (app_steady_ms(a) - (all ? l->heard_ms : l->silent.since_ms)) / 1000);
    if (l->silent.servers > 1)
        snprintf(more, sizeof(more), " and %u more", l->silent.servers - 1);
    if (all)
        snprintf(out, size, "no word of the logs for %s: their process does not answer", age);
    else
        snprintf(out, size, "no word of the logs on %s%s for %s: it does not answer",
            l->silent.server[0] ? l->silent.server : "this machine", more, age);
    return true;
}

static int take_silent(struct app *a, const struct wire_frame *frame)
{
    struct builds_link *l = &a->builds;
    struct wire_reader r = wire_reader(frame);
    struct builds_silence s = {.servers = wire_get_u32(&r)};

    if (s.servers > 0) {
        int64_t since;

        wire_get_text(&r, s.server, sizeof(s.server));
        since = wire_get_number(&r); /* wall time: the age counts from here on */
        s.since_ms = app_steady_ms(a) - KF_MAX(app_now_ms(a) - since, (int64_t)0);
    }
    if (r.bad)
        return -EBADMSG;
    l->silent = s;
    return 0;
}

void builds_ask(struct app *a)
{
    const size_t head = sizeof(struct wire_head);
    struct builds_link *l = &a->builds;
    struct buf b = BUF_INIT;

    progress_retain(&a->progress, a->snapshot);
    if (a->source == NULL)
        return;
    if (is_silent(a)) { /* what it cannot take would only pile up */
        buf_clear(&l->asked);
        return;
    }
    builds_frame(a->snapshot, &b);
    if (b.len != l->asked.len || memcmp(b.p + head, buf_str(&l->asked) + head, b.len - head) != 0) {
        source_send(a->source, &b);
        buf_clear(&l->asked);
        buf_add(&l->asked, b.p, b.len);
        l->heard_ms = l->heard_ms ? l->heard_ms : app_steady_ms(a);
    }
    buf_release(&b);
}

void builds_restart(struct app *a)
{
    buf_clear(&a->builds.asked); /* with the next snapshot it is asked again */
    a->builds.heard_ms = 0;
    a->builds.silent.servers = 0;
}

int builds_take(struct app *a, const struct wire_frame *frame)
{
    a->builds.heard_ms = app_steady_ms(a);
    if (frame->head.type == WIRE_LOG_ALIVE)
        return 0;
    if (frame->head.type == WIRE_LOG_SILENT) {
        a->reactions |= REACT_PAINT;
        return take_silent(a, frame);
    }
    if (source_is_replay(a->source)) /* where time stands still */
        a->reactions |= a->view == VIEW_BUILDS ? REACT_PAINT | REACT_REBUILD_JOBS : REACT_PAINT;
    else if (a->builds.news_ms == 0)
        a->builds.news_ms = app_steady_ms(a);
    return progress_take(&a->progress, frame);
}

/* What is said of hundreds of builds at once is shown at once, too. */
void builds_tick(struct app *a)
{
    struct builds_link *l = &a->builds;
    int64_t now_ms = app_steady_ms(a);

    if (l->news_ms == 0 || now_ms < l->news_ms + SHOW_MS)
        return;
    l->news_ms = 0;
    a->reactions |= REACT_PAINT;
    /* rows may be chosen, or in order, by what the logs say */
    if (a->view != VIEW_BUILDS && a->order_by.jobs < 0 && a->find.jobs.filter == NULL)
        return;
    if (now_ms < l->ordered_ms + ORDER_MS) { /* then, if nothing else comes */
        l->news_ms = l->ordered_ms + ORDER_MS - SHOW_MS;
        return;
    }
    a->reactions |= REACT_REBUILD_JOBS;
    l->ordered_ms = now_ms;
    app_apply(a);
}

int64_t builds_due_ms(const struct app *a)
{
    return a->builds.news_ms ? a->builds.news_ms + SHOW_MS : 0;
}
