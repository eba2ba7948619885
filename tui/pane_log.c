/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The followed build: a title, what is known of it, its log. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fmt.h"
#include "base/given.h"
#include "tui/joblog.h"
#include "tui/screen.h"
#include "tui/why.h"

/* "/undefined 17 lines": of those that are held, or of the whole file as far as it was searched. */
static void draw_wanted(const struct app *a, struct canvas *c, struct rect r)
{
    const struct logwhole *w = &a->whole;
    int64_t n = !w->open                        ? (int64_t)a->log.wanted_count
                : w->target == LOG_SEEK_PATTERN ? w->hits
                                                : -1;

    if (a->log.wanted == NULL)
        return;
    if (n < 0)
        canvas_printf(c, r.x, r.y, r.w, ROLE_WARN, "/%s ", a->log.wanted_text);
    else
        canvas_printf(c, r.x, r.y, r.w, ROLE_WARN, "/%s %s%" PRId64 " line%s ", a->log.wanted_text,
            w->open && !w->hits_complete ? "≥" : "", n, n == 1 ? "" : "s");
}

static void draw_title(struct app *a, const struct job *j, struct canvas *c, struct rect r)
{
    bool focused = app_focus(a) == PANE_LOG && !a->detail.open;
    const struct snapshot *s = a->snapshot;
    char words[256];
    int x = r.x + 2;

    canvas_fill(c, r, ROLE_BORDER, "─");
    x += canvas_str(c, x, r.y, r.w - 3, focused ? ROLE_TITLE_FOCUS : ROLE_TITLE, " Log ");
    if (j == NULL)
        return;
    if (j->has & JOB_HAS_TASK)
        x += canvas_printf(
            c, x, r.y, r.x + r.w - x, ROLE_TEXT, "of %u_%u", j->array_job_id, j->array_task_id);
    else
        x += canvas_printf(c, x, r.y, r.x + r.w - x, ROLE_TEXT, "of %u", j->job_id);
    x += canvas_printf(c, x, r.y, r.x + r.w - x, ROLE_TEXT, " %s", job_str(s, j->name));
    if (j->node_list)
        x += canvas_printf(c, x, r.y, r.x + r.w - x, ROLE_TEXT, " on %s", job_str(s, j->node_list));
    x += canvas_str(c, x, r.y, r.x + r.w - x, ROLE_TEXT, " ");
    loglook_words(a, words, sizeof(words));
    x += canvas_str(c, x, r.y, r.x + r.w - x, ROLE_HINT, words);
    draw_wanted(a, c, (struct rect){x, r.y, r.x + r.w - x, 1});
}

static int put(struct canvas *c, struct rect r, int x, enum role role, const char *text)
{
    return x + canvas_str(c, x, r.y, r.x + r.w - x, role, text);
}

/* "steps 1843  CC 1500  AR 200 …   warnings 3  errors 0"; "≥" until the whole files were counted. */
static void draw_counts(const struct app *a, const struct job *j, struct canvas *c, struct rect r)
{
    const struct buildinfo *i = progress_of(a->snapshot, j);
    const struct logbuf *l = &a->log;
    const char *least = l->complete || (i && i->complete) ? "" : "≥";
    /* of what is told more than once, the builds are told of once */
    int64_t errors = i ? i->errors : l->counts[LOG_ERROR];
    int64_t warnings = i ? i->warnings : l->counts[LOG_WARNING];
    char text[96];
    int x = r.x + 1;

    snprintf(text, sizeof(text), "steps %s%" PRId64, least, l->counts[LOG_STEP]);
    x = put(c, r, x, ROLE_BRIGHT, text);
    snprintf(text, sizeof(text), "   warnings %s%" PRId64, least, warnings);
    x = put(c, r, x, warnings ? ROLE_WARN : ROLE_DIM, text);
    snprintf(text, sizeof(text), "   errors %s%" PRId64, least, errors);
    x = put(c, r, x, errors ? ROLE_BAD : ROLE_DIM, text) + 2;
    for (int k = 0; k < l->tag_count && x < r.x + r.w - 12; k++) {
        snprintf(text, sizeof(text), " %s %" PRId64, l->tags[k].tag, l->tags[k].count);
        x = put(c, r, x, ROLE_DIM, text);
    }
}

/* "✗ kernel/fork.c:133: expected …"; true if there is something to say. */
static bool draw_first_error(
    const struct app *a, const struct job *j, struct canvas *c, struct rect r)
{
    const struct buildinfo *i = progress_of(a->snapshot, j);

    if (i == NULL || i->first[0] == '\0')
        return false;
    canvas_printf(c, r.x + 1, r.y, r.w - 1, ROLE_BAD, "✗ %s%s",
        outcome_of(j, i).hidden ? "Slurm calls it completed: " : "", i->first);
    return true;
}

/* What mends it; true if there is something to say. */
static bool draw_advice(const struct app *a, const struct job *j, struct canvas *c, struct rect r)
{
    struct outcome o = outcome_of(j, progress_of(a->snapshot, j));
    const char *words = why_mend(o.cause);

    if (!job_has_log(j) || words[0] == '\0' || act_forbidden(a))
        return false;
    canvas_printf(c, r.x + 1, r.y, r.w - 1, ROLE_HINT, "→ %s", words);
    return true;
}

static enum role state_role(const struct job *j)
{
    return !job_finished(j) ? ROLE_BUSY : j->state == JOB_STATE_COMPLETED ? ROLE_GOOD : ROLE_BAD;
}

/* " ±20s of 3 builds", " of one build": what the time that is left rests on. */
static void confidence(const struct buildinfo *i, char *out, size_t size)
{
    char age[FMT_SIZE];

    if (i->learned > 1)
        snprintf(out, size, " ±%s by %u builds", fmt_age(age, i->spread_s), i->learned);
    else
        snprintf(out, size, " by one build");
}

static void draw_state(const struct app *a, const struct job *j, struct canvas *c, struct rect r)
{
    char text[FMT_SIZE + 64], span[FMT_SIZE];
    int64_t limit = (int64_t)j->time_limit_min * 60, used = job_elapsed(j, app_now_s(a));
    const struct logbuf_file *f = a->log.files;
    int64_t newest = KF_MAX(f[LOG_STDOUT].mtime_s, f[LOG_STDERR].mtime_s);
    const struct buildinfo *i = progress_of(a->snapshot, j);
    int x = r.x + 1;

    snprintf(text, sizeof(text), "%s %s",
        job_finished(j) ? (j->state == JOB_STATE_COMPLETED ? "✓" : "✗") : "◐", job_state_name(j));
    x = put(c, r, x, state_role(j), text);
    if (i && i->phase != PHASE_NONE && i->phase != PHASE_DONE)
        x = put(c, r, put(c, r, x, ROLE_TEXT, " "), ROLE_BRIGHT, build_phase_name(i->phase));
    if (j->state != JOB_STATE_PENDING) {
        snprintf(text, sizeof(text), "   %s", fmt_span(span, used));
        x = put(c, r, x, ROLE_TEXT, text);
    }
    if (j->has & JOB_HAS_LIMIT) {
        snprintf(text, sizeof(text), " of %s", fmt_span(span, limit));
        x = put(c, r, x, ROLE_DIM, text);
    }
    if (i && i->eta_s && j->state == JOB_STATE_RUNNING) {
        snprintf(
            text, sizeof(text), "   ETA %s", fmt_span(span, KF_MAX(i->eta_s - app_now_s(a), 0)));
        x = put(c, r, x, j->end_time && i->eta_s > j->end_time ? ROLE_BAD : ROLE_BRIGHT, text);
        confidence(i, text, sizeof(text));
        x = put(c, r, x, ROLE_DIM, text);
    }
    if (newest && j->state == JOB_STATE_RUNNING) {
        snprintf(text, sizeof(text), "   last line %s ago", fmt_age(span, app_now_s(a) - newest));
        x = put(c, r, x, app_now_s(a) - newest > 600 ? ROLE_WARN : ROLE_DIM, text);
    }
    if (a->log_heard_ms && a->log_paths[0][0] &&
        app_steady_ms(a) - a->log_heard_ms > LOG_SILENT_MS && !source_is_replay(a->source)) {
        snprintf(text, sizeof(text), "   no word for %s: its file server does not answer",
            fmt_age(span, (app_steady_ms(a) - a->log_heard_ms) / 1000));
        x = put(c, r, x, ROLE_BAD, text);
    }
    if (f[LOG_STDOUT].polled || f[LOG_STDERR].polled)
        x = put(c, r, x, ROLE_DIM, "   polled");
    if (!a->log_view.following)
        put(c, r, x, ROLE_WARN,
            a->whole.open ? "   the whole file: f follows" : "   paused: f follows");
}

/* A line for a file that cannot be shown; true if it was needed. The file is read as the job's user, who is named: root
   would wonder at being denied anything. */
static bool draw_trouble(
    const struct app *a, const struct job *j, int stream, struct canvas *c, struct rect r)
{
    static const char *const names[] = {
        [LOG_STDOUT] = "standard output", [LOG_STDERR] = "standard error"};
    const struct logbuf_file *f = &a->log.files[stream];
    bool forbidden = f->error == EACCES || f->error == EPERM;

    if (f->state == LOG_WAITING)
        canvas_printf(c, r.x + 1, r.y, r.w - 1, ROLE_DIM, "waiting for %s", a->log_paths[stream]);
    else if (f->state == LOG_UNREADABLE)
        canvas_printf(c, r.x + 1, r.y, r.w - 1, ROLE_BAD, "%s: %s%s%s: %s", names[stream],
            f->error == EPERM ? "another user's file, not readable" : given_strerror(f->error),
            forbidden ? " for " : "", forbidden ? job_str(a->snapshot, j->user) : "",
            a->log_paths[stream]);
    else
        return false;
    return true;
}

void pane_log_draw(struct app *a, struct canvas *c, struct rect r)
{
    const struct job *j = joblog_job(a);
    struct text_source s = loglook_source(a);

    draw_title(a, j, c, rect_top(&r, 1));
    if (j == NULL) {
        canvas_str(
            c, r.x + 1, r.y, r.w - 1, ROLE_DIM, a->queue.has_selected ? "" : "No job is selected.");
        return;
    }
    if (r.h > 3) {
        struct rect row = rect_top(&r, 1);

        draw_state(a, j, c, row);
        if (app_stale(a))
            canvas_tint(c, row, ROLE_DIM);
    }
    if (a->log_why[0]) {
        canvas_str(c, r.x + 1, r.y, r.w - 1, ROLE_DIM, a->log_why);
        rect_top(&r, 1);
    } else if (a->log.known) {
        if (r.h > 3)
            draw_counts(a, j, c, rect_top(&r, 1));
        if (r.h > 3 && draw_first_error(a, j, c, r))
            rect_top(&r, 1);
        if (r.h > 3 && draw_advice(a, j, c, r))
            rect_top(&r, 1);
        for (int i = 0; i < LOG_STREAM_COUNT; i++)
            if (draw_trouble(a, j, i, c, r))
                rect_top(&r, 1);
    }
    if (!a->log_why[0] && !a->log.known && a->log_paths[0][0])
        canvas_printf(c, r.x + 1, r.y, r.w - 1, ROLE_DIM, "%s %s",
            source_is_replay(a->source) ? "not in this recording:" : "opening", a->log_paths[0]);
    if (a->view == VIEW_LOG)
        diaglist_draw(a, c, &r);
    textview_draw(&a->log_view, &s, c, r);
    if (s.first == s.end && a->whole.open && a->whole.complete)
        canvas_str(c, r.x + 1, r.y, r.w - 1, ROLE_DIM, "No line of it is to be shown.");
}
