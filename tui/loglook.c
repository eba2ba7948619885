/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/loglook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fmt.h"
#include "base/given.h"
#include "base/parse.h"
#include "base/path.h"
#include "tui/app.h"
#include "tui/joblog.h"

static const char *const stream_names[] = {
    [LOG_STDOUT] = "standard output", [LOG_STDERR] = "standard error"};

static bool has_file(const struct app *a, enum log_stream stream)
{
    return a->log_paths[stream][0] != '\0' &&
           (stream == LOG_STDOUT || strcmp(a->log_paths[0], a->log_paths[1]) != 0);
}

/* The file that stands for the log when only one can be shown. */
static enum log_stream main_stream(const struct app *a)
{
    const struct logbuf_file *f = a->log.files;

    if (a->look.stream < LOG_STREAM_COUNT)
        return (enum log_stream)a->look.stream;
    return has_file(a, LOG_STDERR) && f[LOG_STDOUT].size <= 0 && f[LOG_STDERR].size > 0
               ? LOG_STDERR
               : LOG_STDOUT;
}

/* ---- to the helper ---- */

/* Of the view of the whole file. */
static size_t begin_frame(struct app *a, enum wire_type type)
{
    size_t offset = joblog_begin(a, type);

    wire_put_u32(&a->request, a->whole.view);
    return offset;
}

static void open_whole(struct app *a, enum log_stream stream)
{
    size_t offset;

    logwhole_restart(&a->whole, stream);
    a->log_view.top = 0;
    a->log_view.skip = 0;
    a->log_view.following = false;
    a->log_view.has_marked = false;
    offset = begin_frame(a, WIRE_LOG_VIEW);
    wire_put_u8(&a->request, (uint8_t)stream);
    wire_put_u8(&a->request, (uint8_t)a->look.lines);
    wire_put_str(&a->request, a->look.pattern);
    joblog_ask(a, offset);
}

void loglook_seek(struct app *a, enum log_seek target, bool back, int64_t from, const char *pattern)
{
    size_t offset = begin_frame(a, WIRE_LOG_SEEK);
    struct logwhole *w = &a->whole;

    w->seeking = true;
    w->tail = 0;
    w->target = target;
    w->back = back;
    wire_put_u32(&a->request, ++w->seek);
    wire_put_u8(&a->request, (uint8_t)target);
    wire_put_u8(&a->request, back);
    wire_put_i64(&a->request, from);
    wire_put_str(&a->request, pattern);
    joblog_ask(a, offset);
}

void loglook_ask_lines(struct app *a)
{
    int64_t first;
    uint32_t count;
    size_t offset;

    if (!a->whole.open ||
        !logwhole_wants(&a->whole, a->log_view.top, a->log_view.page, &first, &count))
        return;
    offset = begin_frame(a, WIRE_LOG_PAGE_ASK);
    wire_put_i64(&a->request, first);
    wire_put_u32(&a->request, count);
    joblog_ask(a, offset);
}

/* ---- the live end, and the whole file ---- */

void loglook_restart(struct app *a)
{
    bool wrap = a->log_view.wrap;

    logwhole_release(&a->whole);
    a->whole = (struct logwhole){.view = a->whole.view, .seek = a->whole.seek};
    a->log_view = (struct textview){.following = true, .wrap = wrap};
    a->look.stream = LOG_STREAM_COUNT;
    a->look.pattern[0] = '\0';
    a->log.pick.lines = a->look.lines;
}

struct text_source loglook_source(struct app *a)
{
    return a->whole.open ? logwhole_source(&a->whole, a->log.wanted) : logbuf_source(&a->log);
}

bool loglook_whole(struct app *a)
{
    enum log_stream stream = main_stream(a);

    if (source_is_replay(a->source)) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "a recording holds only the lines that were on the screen");
        return false;
    }
    if (!has_file(a, stream))
        return false;
    open_whole(a, stream);
    return true;
}

void loglook_live(struct app *a, bool following)
{
    struct text_source s;

    if (a->whole.open) {
        size_t offset = begin_frame(a, WIRE_LOG_VIEW);

        wire_put_u8(&a->request, LOG_STREAM_COUNT);
        wire_put_u8(&a->request, LOG_PICK_ALL);
        wire_put_str(&a->request, "");
        joblog_send(a, offset);
        logwhole_release(&a->whole);
        a->whole = (struct logwhole){.view = a->whole.view, .seek = a->whole.seek};
        a->log_view.has_marked = false;
    }
    s = logbuf_source(&a->log);
    textview_end(&a->log_view, &s, following);
}

void loglook_before(struct app *a)
{
    int64_t shown = 0;

    if (a->whole.open || !logbuf_starts_late(&a->log))
        return;
    for (uint64_t n = a->log.first; n < a->log.end; n++)
        shown += logbuf_stream(&a->log, n) == main_stream(a) && !logbuf_hidden(&a->log, n);
    if (loglook_whole(a))
        a->whole.tail = KF_MAX(shown, 1);
}

bool loglook_move_tail(struct app *a, int64_t rows)
{
    struct logwhole *w = &a->whole;

    if (w->tail == 0)
        return false;
    w->tail = KF_MIN(KF_MAX(w->tail - rows, 1), WIRE_NUMBER_MAX);
    return true;
}

void loglook_go_to_line(struct app *a, enum log_stream stream, int64_t line)
{
    if (source_is_replay(a->source))
        return;
    if (!has_file(a, stream))
        stream = LOG_STDOUT;
    if (!a->whole.open || a->whole.stream != stream)
        open_whole(a, stream);
    loglook_seek(a, LOG_SEEK_LINE, false, line - 1, "");
}

/* ---- which lines ---- */

/* The pick is another one: the live lines follow it at once, the whole file is read anew and its present
   place found again. */
static void apply(struct app *a)
{
    struct logbuf_pick *p = &a->log.pick;
    struct diag d = DIAG_INIT;
    int64_t number;

    p->streams = a->look.stream < LOG_STREAM_COUNT ? (uint8_t)(1u << a->look.stream) : 0;
    p->lines = a->look.lines;
    pattern_free(p->pattern);
    p->pattern = a->look.pattern[0] ? pattern_new(a->look.pattern, &d) : NULL;
    logbuf_pick_changed(&a->log);
    if (!a->whole.open)
        return;
    number = logwhole_number(&a->whole, a->log_view.top);
    open_whole(a, a->whole.stream);
    if (number > 0)
        loglook_seek(a, LOG_SEEK_LINE, false, number, "");
}

void loglook_next_stream(struct app *a)
{
    if (!has_file(a, LOG_STDERR)) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "standard output and standard error of this job are one file");
        return;
    }
    if (a->whole.open) {
        open_whole(a, a->whole.stream == LOG_STDOUT ? LOG_STDERR : LOG_STDOUT);
        return;
    }
    a->look.stream = (uint8_t)((a->look.stream + 1) % (LOG_STREAM_COUNT + 1));
    apply(a);
}

void loglook_next_lines(struct app *a)
{
    a->look.lines = (enum log_pick)((a->look.lines + 1) % LOG_PICK_COUNT);
    apply(a);
}

int loglook_filter(struct app *a, const char *text, struct diag *d)
{
    struct pattern *p = text[0] ? pattern_new(text, d) : NULL;

    if (text[0] && p == NULL)
        return -EINVAL;
    pattern_free(p);
    snprintf(a->look.pattern, sizeof(a->look.pattern), "%s", text);
    apply(a);
    return 0;
}

bool loglook_clear(struct app *a)
{
    if (a->look.pattern[0] == '\0' && a->look.lines == LOG_PICK_ALL)
        return false;
    a->look.pattern[0] = '\0';
    a->look.lines = LOG_PICK_ALL;
    apply(a);
    return true;
}

/* ---- questions ---- */

const char *loglook_accept_filter(struct app *a, const char *text)
{
    struct diag d = DIAG_INIT;

    if (loglook_filter(a, text, &d) == 0)
        return NULL;
    snprintf(a->look.wrong, sizeof(a->look.wrong), "%s", d.text);
    return a->look.wrong;
}

void loglook_ask_filter(struct app *a)
{
    a->dialog = (struct dialog){.kind = DIALOG_LINE,
        .question = "only lines with: ",
        .yes = "Enter, empty for all",
        .example = "a pattern: warning, fs/ext4",
        .accept = loglook_accept_filter,
        .history = &a->find.searches};
    lineedit_suggest(&a->dialog.edit, a->look.pattern);
}

const char *loglook_accept_place(struct app *a, const char *text)
{
    size_t n = strlen(text);
    bool percent = n > 0 && text[n - 1] == '%';
    char number[32];
    int64_t value;

    snprintf(number, sizeof(number), "%.*s", (int)KF_MIN(n - percent, sizeof(number) - 1), text);
    if (parse_i64(number, percent ? 0 : 1, percent ? 100 : WIRE_NUMBER_MAX, &value) < 0)
        return "the number of a line, from 1 on, or 0% to 100%";
    if (!a->whole.open && !loglook_whole(a))
        return NULL;
    loglook_seek(
        a, percent ? LOG_SEEK_PERCENT : LOG_SEEK_LINE, false, percent ? value : value - 1, "");
    return NULL;
}

void loglook_ask_place(struct app *a)
{
    a->dialog = (struct dialog){.kind = DIALOG_LINE,
        .question = "go to line: ",
        .yes = "Enter",
        .example = "a number, or a part of it all: 1200, 50%",
        .accept = loglook_accept_place,
        .history = &a->find.searches};
}

const char *loglook_accept_save(struct app *a, const char *text)
{
    char path[4096];
    size_t offset;

    if (text[0] == '\0' || path_expand(text, path, sizeof(path)) < 0)
        return "the name of a file that is not there yet";
    if (!a->whole.open && !loglook_whole(a))
        return NULL;
    offset = begin_frame(a, WIRE_LOG_SAVE);
    wire_put_str(&a->request, path);
    joblog_send(a, offset); /* it may take its time */
    return NULL;
}

void loglook_ask_save(struct app *a)
{
    static const char *const questions[] = {
        [LOG_STDOUT] = "save standard output to: ", [LOG_STDERR] = "save standard error to: "};
    enum log_stream stream = a->whole.open ? a->whole.stream : main_stream(a);

    a->dialog = (struct dialog){.kind = DIALOG_LINE,
        .yes = "Enter",
        .example = "the name of a new file",
        .accept = loglook_accept_save,
        .history = &a->find.searches};
    snprintf(a->dialog.question, sizeof(a->dialog.question), "%s", questions[stream]);
}

int loglook_saved(struct app *a, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    uint32_t error;
    char path[4096], why[512], size[FMT_SIZE];
    int64_t bytes;

    wire_get_u32(&r); /* it is told whichever log is followed by now */
    wire_get_u32(&r);
    error = wire_get_u32(&r);
    bytes = wire_get_number(&r);
    wire_get_text(&r, path, sizeof(path));
    wire_get_text(&r, why, sizeof(why));
    if (r.bad)
        return -EBADMSG;
    a->log_asked_ms = 0;
    if (error == ETIMEDOUT)
        messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING,
            "not saved yet: %s: its file server does not answer", path);
    else if (error)
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "not saved: %s%s%s",
            why[0] ? "" : path, why[0] ? "" : ": ",
            why[0]            ? why
            : error == EEXIST ? "File exists; name one that is not there"
                              : strerror((int)error));
    else
        messages_add(&a->messages, app_now_ms(a), MESSAGE_DONE, "saved %s: %s%s", path,
            fmt_bytes(size, (uint64_t)KF_MAX(bytes, 0)), bytes < 1024 ? " bytes" : "");
    return 0;
}

/* ---- places ---- */

enum log_stream loglook_line(const struct app *a, int64_t *ret_line)
{
    const struct textview *v = &a->log_view;
    uint64_t at = v->has_marked ? v->marked : v->top;
    const struct job *j = joblog_job(a);
    const struct buildinfo *i = j ? progress_of(a->snapshot, j) : NULL;

    *ret_line = 0;
    if (a->whole.open) {
        *ret_line = logwhole_number(&a->whole, at) + 1;
        return a->whole.stream;
    }
    /* the live end does not know its numbers */
    if (i && i->first_line && (!v->has_marked || logbuf_contains(&a->log, at, i->message))) {
        *ret_line = i->first_line;
        return has_file(a, i->first_stream) ? i->first_stream : LOG_STDOUT;
    }
    return main_stream(a);
}

void loglook_place(const struct app *a, struct buf *out)
{
    const struct diaglist_row *r = diaglist_selected(a);
    const struct textview *v = &a->log_view;
    const char *text, *path;
    int64_t line;
    size_t n;

    buf_clear(out);
    if (r && r->source[0]) {
        buf_adds(out, r->source);
        if (r->source_line)
            buf_addf(out, ":%lld", (long long)r->source_line);
        return;
    }
    text = !v->has_marked  ? NULL
           : a->whole.open ? logwhole_source_of(&a->whole, v->marked, &n)
                           : logbuf_source_of(&a->log, v->marked, &n);
    if (text) {
        buf_add(out, text, n);
        return;
    }
    path = a->log_paths[loglook_line(a, &line)];
    buf_adds(out, path);
    if (line > 0)
        buf_addf(out, ":%lld", (long long)line);
}

/* ---- answers ---- */

static void tell_nothing(struct app *a)
{
    static const char *const names[] = {[LOG_SEEK_LINE] = "line",
        [LOG_SEEK_PERCENT] = "line",
        [LOG_SEEK_ERROR] = "error",
        [LOG_SEEK_WARNING] = "warning",
        [LOG_SEEK_PATTERN] = "match"};
    const struct logwhole *w = &a->whole;

    messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE, "no %s %s in %s", names[w->target],
        w->target <= LOG_SEEK_PERCENT ? "there"
        : w->back                     ? "above"
                                      : "below",
        stream_names[w->stream]);
}

/* The end is known: the view goes to where the live end began. */
static void go_before_tail(struct app *a)
{
    int64_t top = a->whole.places - a->whole.tail - KF_MAX(a->log_view.page, 1);

    a->whole.tail = 0;
    a->log_view.top = (uint64_t)KF_MAX(top, 0);
}

/* Whoever answers about this log does not hang, be it about a view that has been closed since. */
static bool is_of_this_log(const struct app *a, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);

    return wire_get_u32(&r) == a->log.follow && !r.bad;
}

int loglook_take(struct app *a, const struct wire_frame *frame)
{
    struct text_source s;
    int64_t place;
    int news = logwhole_take(&a->whole, frame, a->log.follow, &place);

    if (news >= 0 && is_of_this_log(a, frame))
        a->log_asked_ms = 0;
    if (news <= 0)
        return news;
    if (a->whole.tail && a->whole.complete)
        go_before_tail(a);
    if (news != LOGWHOLE_FOUND)
        return 0;
    if (place < 0) {
        a->whole.again = 0;
        tell_nothing(a);
        return 0;
    }
    s = loglook_source(a);
    textview_go(&a->log_view, &s, (uint64_t)place);
    if (a->whole.again > 0) {
        a->whole.again--;
        loglook_seek(a, a->whole.target, a->whole.back, a->whole.found_number,
            a->whole.target == LOG_SEEK_PATTERN ? a->log.wanted_text : "");
    }
    return 0;
}

/* ---- words ---- */

void loglook_words(const struct app *a, char *out, size_t size)
{
    static const char *const lines[] = {[LOG_PICK_ALL] = "",
        [LOG_PICK_NO_STEPS] = "without steps",
        [LOG_PICK_TROUBLE] = "only trouble"};
    const struct logwhole *w = &a->whole;
    uint8_t stream = w->open ? (uint8_t)w->stream : a->look.stream;
    bool one = stream < LOG_STREAM_COUNT && has_file(a, LOG_STDERR);
    int n = 0;

    out[0] = '\0';
    if (one)
        n += snprintf(out, size, "· %s ", stream_names[stream]);
    if (a->look.lines != LOG_PICK_ALL)
        n += snprintf(out + n, size - (size_t)n, "· %s ", lines[a->look.lines]);
    if (a->look.pattern[0])
        n += snprintf(out + n, size - (size_t)n, "· &%.60s ", a->look.pattern);
    if (!w->open || !w->known)
        return;
    if (w->error)
        n += snprintf(out + n, size - (size_t)n, "· %s ", given_strerror(w->error));
    else if (w->places > 0)
        n += snprintf(out + n, size - (size_t)n, "· %lld of %lld ", (long long)a->log_view.top + 1,
            (long long)w->places);
    else
        n += snprintf(out + n, size - (size_t)n, "· no line ");
    if (!w->complete && w->size > 0)
        snprintf(out + n, size - (size_t)n, "(%d %% read) ",
            (int)((double)w->read * 100 / (double)w->size));
}
