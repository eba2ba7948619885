/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The followed build: a title, what is known of it, its log. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fmt.h"
#include "base/given.h"
#include "base/path.h"
#include "tui/joblog.h"
#include "tui/screen.h"
#include "tui/why.h"
#include "widgets/pieces.h"

/* "/undefined 17 lines": of those that are held, or of the whole file as far as it was searched. */
static void add_wanted(const struct app *a, struct pieces *p)
{
    const struct logwhole *w = &a->whole;
    int64_t n = !w->open                        ? (int64_t)a->log.wanted_count
                : w->target == LOG_SEEK_PATTERN ? w->hits
                                                : -1;

    if (a->log.wanted == NULL)
        return;
    pieces_text(p, 3, 10, ROLE_WARN, "/%s ", a->log.wanted_text);
    if (n >= 0)
        pieces_add(p, 3, ROLE_WARN, "%s%" PRId64 " line%s ",
            w->open && !w->hits_complete ? "≥" : "", n, n == 1 ? "" : "s");
}

static void draw_title(struct app *a, const struct job *j, struct canvas *c, struct rect r)
{
    bool focused = app_focus(a) == PANE_LOG && !a->detail.open;
    const struct snapshot *s = a->snapshot;
    struct pieces p = {0};
    char words[256];

    canvas_fill(c, r, ROLE_BORDER, "─");
    pieces_add(&p, 1, focused ? ROLE_TITLE_FOCUS : ROLE_TITLE, " Log ");
    if (j) {
        if (j->has & JOB_HAS_TASK)
            pieces_add(&p, 1, ROLE_TEXT, "of %u_%u", j->array_job_id, j->array_task_id);
        else
            pieces_add(&p, 1, ROLE_TEXT, "of %u", j->job_id);
        pieces_text(&p, 4, 8, ROLE_TEXT, " %s", job_str(s, j->name));
        if (j->node_list)
            pieces_text(&p, 5, 12, ROLE_TEXT, " on %s", job_str(s, j->node_list));
        pieces_add(&p, 1, ROLE_TEXT, " ");
        loglook_words(a, words, sizeof(words));
        pieces_text(&p, 2, 12, ROLE_HINT, "%s", words);
        add_wanted(a, &p);
    }
    pieces_draw(&p, c, (struct rect){r.x + 2, r.y, r.w - 2, 1});
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
    struct pieces p = {0};

    pieces_add(&p, 1, ROLE_BRIGHT, "steps %s%" PRId64, least, l->counts[LOG_STEP]);
    pieces_add(&p, 1, warnings ? ROLE_WARN : ROLE_DIM, "   warnings %s%" PRId64, least, warnings);
    pieces_add(&p, 1, errors ? ROLE_BAD : ROLE_DIM, "   errors %s%" PRId64, least, errors);
    for (int k = 0; k < l->tag_count; k++)
        pieces_add(
            &p, 2, ROLE_DIM, "%s %s %" PRId64, k ? "" : "  ", l->tags[k].tag, l->tags[k].count);
    pieces_draw(&p, c, (struct rect){r.x + 1, r.y, r.w - 1, 1});
}

/* A line that begins with a path, perhaps behind words: its directories give way first. */
static void draw_path_line(
    struct canvas *c, struct rect r, enum role role, const char *before, const char *text)
{
    int x = r.x + 1, end = r.x + r.w;
    char fitted[PATH_MAX + 512];

    x += pieces_cut(c, x, r.y, end - x, role, before);
    pieces_cut(c, x, r.y, end - x, role, path_fit(text, end - x, fitted, sizeof(fitted)));
}

/* "✗ kernel/fork.c:133: expected …"; true if there is something to say. */
static bool draw_first_error(
    const struct app *a, const struct job *j, struct canvas *c, struct rect r)
{
    const struct buildinfo *i = progress_of(a->snapshot, j);

    if (i == NULL || i->first[0] == '\0')
        return false;
    draw_path_line(
        c, r, ROLE_BAD, outcome_of(j, i).hidden ? "✗ Slurm calls it completed: " : "✗ ", i->first);
    return true;
}

/* What mends it; true if there is something to say. */
static bool draw_advice(const struct app *a, const struct job *j, struct canvas *c, struct rect r)
{
    struct outcome o = outcome_of(j, progress_of(a->snapshot, j));
    const char *words = why_mend(o.cause);
    char advice[160];

    snprintf(advice, sizeof(advice), "→ %s", words);
    if (!job_has_log(j) || words[0] == '\0' || act_forbidden(a))
        return false;
    pieces_cut(c, r.x + 1, r.y, r.w - 1, ROLE_HINT, advice);
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

/* How long it has run, and how long it may. */
static void add_times(const struct app *a, const struct job *j, struct pieces *p)
{
    int64_t limit = (int64_t)j->time_limit_min * 60, used = job_elapsed(j, app_now_s(a));
    char span[FMT_SIZE];

    if (j->state != JOB_STATE_PENDING)
        pieces_add(p, 4, ROLE_TEXT, "   %s", fmt_span(span, used));
    if (j->has & JOB_HAS_LIMIT)
        pieces_add(p, 6, ROLE_DIM, " of %s", fmt_span(span, limit));
}

/* When it will be done, and on what that rests. */
static void add_estimate(
    const struct app *a, const struct job *j, const struct buildinfo *i, struct pieces *p)
{
    bool late = j->end_time && i->eta_s > j->end_time;
    char span[FMT_SIZE], by[FMT_SIZE + 64];

    pieces_add(p, 3, late ? ROLE_BAD : ROLE_BRIGHT, "   ETA %s",
        fmt_span(span, KF_MAX(i->eta_s - app_now_s(a), 0)));
    confidence(i, by, sizeof(by));
    pieces_add(p, 8, ROLE_DIM, "%s", by);
}

/* What is known of its files. */
static void add_files(const struct app *a, const struct job *j, struct pieces *p)
{
    const struct logbuf_file *f = a->log.files;
    int64_t newest = KF_MAX(f[LOG_STDOUT].mtime_s, f[LOG_STDERR].mtime_s), now_s = app_now_s(a);
    bool late = now_s - newest > 600;
    char span[FMT_SIZE];

    if (newest && j->state == JOB_STATE_RUNNING)
        pieces_add(p, late ? 3 : 7, late ? ROLE_WARN : ROLE_DIM, "   last line %s ago",
            fmt_age(span, now_s - newest));
    if (a->log_heard_ms && a->log_paths[0][0] &&
        app_steady_ms(a) - a->log_heard_ms > LOG_SILENT_MS && !source_is_replay(a->source))
        pieces_text(p, 1, 20, ROLE_BAD, "   no word for %s: its file server does not answer",
            fmt_age(span, (app_steady_ms(a) - a->log_heard_ms) / 1000));
    if (f[LOG_STDOUT].polled || f[LOG_STDERR].polled)
        pieces_add(p, 9, ROLE_DIM, "   polled");
}

static void draw_state(const struct app *a, const struct job *j, struct canvas *c, struct rect r)
{
    const struct buildinfo *i = progress_of(a->snapshot, j);
    struct pieces p = {0};

    pieces_add(&p, 1, state_role(j), "%s %s",
        job_finished(j) ? (j->state == JOB_STATE_COMPLETED ? "✓" : "✗") : "◐", job_state_name(j));
    if (i && i->phase != PHASE_NONE && i->phase != PHASE_DONE)
        pieces_add(&p, 5, ROLE_BRIGHT, " %s", build_phase_name(i->phase));
    add_times(a, j, &p);
    if (i && i->eta_s && j->state == JOB_STATE_RUNNING)
        add_estimate(a, j, i, &p);
    add_files(a, j, &p);
    if (!a->log_view.following)
        pieces_add(
            &p, 2, ROLE_WARN, "   %s: f follows", a->whole.open ? "the whole file" : "paused");
    pieces_draw(&p, c, (struct rect){r.x + 1, r.y, r.w - 1, 1});
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

    char text[PATH_MAX + 256];

    if (f->state == LOG_WAITING) {
        draw_path_line(c, r, ROLE_DIM, "waiting for ", a->log_paths[stream]);
        return true;
    }
    if (f->state != LOG_UNREADABLE)
        return false;
    snprintf(text, sizeof(text), "%s: %s%s%s: ", names[stream],
        f->error == EPERM ? "another user's file, not readable" : given_strerror(f->error),
        forbidden ? " for " : "", forbidden ? job_str(a->snapshot, j->user) : "");
    draw_path_line(c, r, ROLE_BAD, text, a->log_paths[stream]);
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
        pieces_cut(c, r.x + 1, r.y, r.w - 1, ROLE_DIM, a->log_why);
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
        draw_path_line(c, r, ROLE_DIM,
            source_is_replay(a->source) ? "not in this recording: " : "opening ", a->log_paths[0]);
    if (a->view == VIEW_LOG)
        diaglist_draw(a, c, &r);
    textview_draw(&a->log_view, &s, c, r);
    if (s.first == s.end && a->whole.open && a->whole.complete)
        canvas_str(c, r.x + 1, r.y, r.w - 1, ROLE_DIM, "No line of it is to be shown.");
}
