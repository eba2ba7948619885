/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/logfind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tui/app.h"
#include "tui/joblog.h"

#define AGAIN_MAX 100
#define BUDGET_US 50000 /* of CPU: a pattern that tries too many ways does not hold a key up */

/* Where a search begins: behind the line that was found last, if it still is in sight, else at the edge of
   what is in sight. */
static int64_t start_of(const struct app *a, int by)
{
    const struct textview *v = &a->log_view;
    int64_t top = (int64_t)v->top, bottom = (int64_t)KF_MAX(v->bottom, v->top);
    int64_t marked = (int64_t)v->marked;

    if (v->has_marked && marked >= top && marked <= bottom)
        return marked + by;
    return by > 0 ? top : bottom;
}

static void go_to(struct app *a, uint64_t number)
{
    struct text_source s = logbuf_source(&a->log);

    textview_go(&a->log_view, &s, number);
}

/* The same in the whole file, where the lines are with the helper: it tells when it has found one. */
static void seek_whole(struct app *a, enum logfind_what what, int by, bool again)
{
    static const enum log_seek targets[] = {[LOGFIND_ERROR] = LOG_SEEK_ERROR,
        [LOGFIND_WARNING] = LOG_SEEK_WARNING,
        [LOGFIND_PATTERN] = LOG_SEEK_PATTERN};
    struct logwhole *w = &a->whole;
    int64_t place = start_of(a, by), number = -1;

    if (again && w->seeking && w->target == targets[what] && w->back == (by < 0)) {
        w->again += w->again < AGAIN_MAX; /* a key that repeats goes from one to the next */
        return;
    }
    w->again = 0;

    if (place >= w->places)
        number = w->lines;
    else if (place >= 0)
        number = logwhole_number(w, (uint64_t)place);
    if (place >= 0 && number < 0 && (a->look.lines != LOG_PICK_ALL || a->look.pattern[0]))
        return; /* the line is not here yet; without a pick its number is its place */
    if (place >= 0 && number < 0)
        number = place;
    loglook_seek(
        a, targets[what], by < 0, number - by, what == LOGFIND_PATTERN ? a->log.wanted_text : "");
}

static bool is_it(const struct app *a, enum logfind_what what, uint64_t number)
{
    if (logbuf_hidden(&a->log, number))
        return false;
    switch (what) {
    case LOGFIND_ERROR:
        return logbuf_level(&a->log, number) == LOG_ERROR ||
               logbuf_level(&a->log, number) == LOG_SLURM;
    case LOGFIND_WARNING:
        return logbuf_level(&a->log, number) == LOG_WARNING;
    case LOGFIND_PATTERN:
        return logbuf_has(&a->log, number, a->log.wanted);
    }
    return false;
}

static bool go(struct app *a, enum logfind_what what, int by, bool again)
{
    const struct logbuf *l = &a->log;
    int64_t start_us = clock_cpu_us();

    if (a->whole.open) {
        seek_whole(a, what, by, again);
        return true;
    }
    for (int64_t at = KF_MAX(start_of(a, by), (int64_t)l->first);
         at >= (int64_t)l->first && at < (int64_t)l->end && clock_cpu_us() - start_us < BUDGET_US;
         at += by)
        if (is_it(a, what, (uint64_t)at)) {
            go_to(a, (uint64_t)at);
            return true;
        }
    return false;
}

bool logfind_go(struct app *a, enum logfind_what what, int by)
{
    return go(a, what, by, true);
}

bool logfind_first(struct app *a)
{
    const struct job *j = joblog_job(a);
    const struct buildinfo *i = j ? progress_of(a->snapshot, j) : NULL;

    for (uint64_t at = a->log.first; i && i->message[0] && at < a->log.end && !a->whole.open; at++)
        if (logbuf_contains(&a->log, at, i->message) && !logbuf_hidden(&a->log, at)) {
            go_to(a, at);
            return true;
        }
    if (i == NULL || i->first_line == 0 || source_is_replay(a->source))
        return false;
    loglook_go_to_line(a, (enum log_stream)i->first_stream, i->first_line);
    return true;
}

/* ---- a pattern ---- */

bool logfind_searching(const struct app *a)
{
    return a->view == VIEW_LOG && a->log.wanted;
}

static void count(struct app *a)
{
    int64_t start_us = clock_cpu_us();

    a->log.wanted_count = 0;
    for (uint64_t at = a->log.first; at < a->log.end && clock_cpu_us() - start_us < BUDGET_US; at++)
        a->log.wanted_count +=
            !logbuf_hidden(&a->log, at) && logbuf_has(&a->log, at, a->log.wanted);
}

int logfind_search(struct app *a, const char *text, struct diag *d)
{
    struct pattern *p = text[0] ? pattern_new(text, d) : NULL;

    if (text[0] && p == NULL)
        return -EINVAL;
    pattern_free(a->log.wanted);
    a->log.wanted = p;
    a->whole.seeking = false; /* what is found for the one before is of no interest any more */
    a->whole.again = 0;
    snprintf(a->log.wanted_text, sizeof(a->log.wanted_text), "%s", text);
    if (p)
        count(a);
    return 0;
}

static void back_home(struct app *a)
{
    a->log_view = a->find.log_home;
}

static void search_changed(struct app *a, const char *text)
{
    struct diag d = DIAG_INIT;

    a->dialog.error[0] = '\0';
    back_home(a);
    if (logfind_search(a, text, &d) < 0)
        snprintf(a->dialog.error, sizeof(a->dialog.error), "%s", d.text);
    else if (text[0] && a->whole.open)
        go(a, LOGFIND_PATTERN, 1, false); /* what is being typed is another pattern each time */
    else if (text[0] && a->log.wanted_count == 0)
        snprintf(a->dialog.error, sizeof(a->dialog.error), "no line has it");
    else if (text[0] && !logfind_go(a, LOGFIND_PATTERN, 1))
        logfind_go(a, LOGFIND_PATTERN, -1);
}

static const char *search_accepted(struct app *a, const char *text)
{
    return a->log.wanted || text[0] == '\0' ? NULL : "";
}

static void search_cancelled(struct app *a)
{
    logfind_search(a, "", NULL);
    back_home(a);
}

void logfind_ask(struct app *a)
{
    a->find.log_home = a->log_view;
    a->dialog = (struct dialog){.kind = DIALOG_LINE,
        .question = "search: ",
        .yes = "Enter, then n and N",
        .example = "a pattern: undefined, \\.ko$, fs/ext4",
        .accept = search_accepted,
        .changed = search_changed,
        .cancelled = search_cancelled,
        .history = &a->find.searches};
}
