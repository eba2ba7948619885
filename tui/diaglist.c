/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/diaglist.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/given.h"
#include "base/path.h"
#include "tui/app.h"
#include "tui/joblog.h"
#include "widgets/pieces.h"

#define ROWS_MIN   3
#define PLACE_MAX  40 /* columns of a path in the list: the message stands behind it */
#define SOURCE_MIN 24 /* rows of a pane from which on there is room for the source */

static void release_rows(struct diaglist *d)
{
    for (uint32_t i = 0; i < d->count; i++) {
        free(d->rows[i].source);
        free(d->rows[i].message);
        free(d->rows[i].flag);
    }
    free(d->rows);
    d->rows = NULL;
    d->count = 0;
}

void diaglist_release(struct diaglist *d)
{
    release_rows(d);
    lines_release(&d->text);
    lines_release(&d->source);
}

/* ---- to the helper ---- */

static void want(struct app *a, bool wanted)
{
    size_t offset = joblog_begin(a, WIRE_LOG_DIAGS);

    wire_put_u8(&a->request, wanted);
    joblog_send(a, offset);
}

static void forget_source(struct diaglist *d)
{
    d->source_known = false;
    d->source_path[0] = '\0';
    d->source_error = 0;
    lines_clear(&d->source);
}

static void ask_source(struct app *a)
{
    const struct job *j = joblog_job(a);
    const struct diaglist_row *r = diaglist_selected(a);
    size_t offset;

    forget_source(&a->diags);
    if (r == NULL || r->source[0] == '\0' || r->source_line == 0)
        return;
    offset = joblog_begin(a, WIRE_LOG_SOURCE);
    wire_put_u32(&a->request, ++a->diags.asked);
    wire_put_str(&a->request, r->source);
    wire_put_i64(&a->request, r->source_line);
    wire_put_str(&a->request, j ? job_str(a->snapshot, j->work_dir) : "");
    joblog_send(a, offset);
}

/* ---- the list ---- */

void diaglist_restart(struct app *a)
{
    uint32_t asked = a->diags.asked;

    diaglist_release(&a->diags);
    a->diags = (struct diaglist){.asked = asked};
}

void diaglist_toggle(struct app *a)
{
    if (source_is_replay(a->source)) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "a recording holds only the lines that were on the screen");
        return;
    }
    a->diags.open = !a->diags.open;
    a->diags.known = false; /* nobody tells of it while it is closed */
    want(a, a->diags.open);
}

const struct diaglist_row *diaglist_selected(const struct app *a)
{
    const struct diaglist *d = &a->diags;

    return d->open && d->selected < d->count ? &d->rows[d->selected] : NULL;
}

static enum role row_role(const struct diaglist_row *r)
{
    return r->level == LOG_WARNING ? ROLE_LOG_WARNING : ROLE_LOG_ERROR;
}

/* "▶ ✗ kernel/fork.c:133: expected … [-Wx] (3 times)" */
static void add_row(struct lines *l, const struct diaglist_row *r)
{
    char place[320], line[24] = "", times[40] = "";

    path_fit(r->source, PLACE_MAX, place, sizeof(place));
    if (r->source[0] && r->source_line)
        snprintf(line, sizeof(line), ":%" PRId64 ": ", r->source_line);
    else if (r->source[0])
        snprintf(line, sizeof(line), ": ");
    if (r->count > 1)
        snprintf(times, sizeof(times), " (%" PRId64 " times)", r->count);
    lines_add(l, row_role(r), "%s %s %s%s%s%s%s%s%s", r->first ? "▶" : " ",
        r->level == LOG_WARNING ? "⚠" : "✗", place, line, r->message, r->flag[0] ? " [" : "",
        r->flag, r->flag[0] ? "]" : "", times);
}

static void read_row(struct wire_reader *r, struct diaglist_row *row)
{
    uint8_t level = wire_get_u8(r), stream;

    row->level = level < LOG_LEVEL_COUNT ? (enum log_level)level : LOG_TEXT;
    row->first = wire_get_u8(r) != 0;
    stream = wire_get_u8(r);
    row->stream = stream < LOG_STREAM_COUNT ? (enum log_stream)stream : LOG_STDOUT;
    row->line = wire_get_number(r);
    row->source = wire_get_str(r);
    row->source_line = wire_get_number(r);
    row->column = wire_get_number(r);
    row->message = wire_get_str(r);
    row->flag = wire_get_str(r);
    row->count = wire_get_number(r);
}

struct place {
    enum log_stream stream;
    int64_t line;
};

/* The row of this place; the number of rows if there is none. */
static uint32_t row_at(const struct diaglist *d, const struct place *p)
{
    uint32_t i = 0;

    while (i < d->count && (d->rows[i].stream != p->stream || d->rows[i].line != p->line))
        i++;
    return i;
}

static int take_list(struct app *a, struct wire_reader *r)
{
    struct diaglist *d = &a->diags;
    struct place was = {LOG_STDOUT, -1};
    int64_t errors = wire_get_number(r), warnings = wire_get_number(r);
    bool complete = wire_get_u8(r) != 0, before = d->known;
    uint32_t n = wire_get_u32(r), first = 0;

    if (r->bad || n > LOG_DIAGS_MAX)
        return -EBADMSG;
    if (d->selected < d->count)
        was = (struct place){d->rows[d->selected].stream, d->rows[d->selected].line};
    release_rows(d);
    lines_clear(&d->text);
    d->rows = xcalloc(KF_MAX(n, 1u), sizeof(*d->rows));
    for (; d->count < n; d->count++) {
        read_row(r, &d->rows[d->count]);
        first = d->rows[d->count].first ? d->count : first;
        add_row(&d->text, &d->rows[d->count]);
    }
    d->known = !r->bad;
    d->complete = complete;
    d->errors = errors;
    d->warnings = warnings;
    d->selected = before ? row_at(d, &was) : first;
    if (d->open && n > 0 && (!before || d->selected == n)) {
        d->selected = before ? 0 : first;
        diaglist_move(a, 0);
    }
    return r->bad ? -EBADMSG : 0;
}

static int take_source(struct app *a, struct wire_reader *r)
{
    struct diaglist *d = &a->diags;
    uint32_t asked = wire_get_u32(r), n;

    if (asked != d->asked)
        return 0;
    forget_source(d);
    wire_get_text(r, d->source_path, sizeof(d->source_path));
    d->source_uid = wire_get_u32(r);
    d->source_error = (int)wire_get_u32(r);
    d->source_first = wire_get_number(r);
    n = wire_get_u32(r);
    for (uint32_t i = 0; i < n && !r->bad; i++) {
        size_t len;
        const char *p = wire_get_bytes(r, &len);
        char number[16];
        int digits = snprintf(number, sizeof(number), "%6" PRId64, d->source_first + i);

        if (!r->bad) {
            lines_add(&d->source, ROLE_TEXT, "%s  %.*s", number, (int)len, p);
            lines_head(&d->source, digits, ROLE_DIM);
        }
    }
    d->source_known = !r->bad;
    return r->bad ? -EBADMSG : 0;
}

int diaglist_take(struct app *a, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    uint32_t follow = wire_get_u32(&r);

    if (r.bad)
        return -EBADMSG;
    if (follow != a->log.follow)
        return 0;
    a->log_asked_ms = 0;
    return frame->head.type == WIRE_LOG_DIAG_LIST ? take_list(a, &r) : take_source(a, &r);
}

void diaglist_move(struct app *a, int64_t rows)
{
    struct diaglist *d = &a->diags;
    const struct diaglist_row *r;
    int64_t to = (int64_t)d->selected + rows;

    if (d->count == 0)
        return;
    d->selected = (uint32_t)KF_MAX(0, KF_MIN(to, (int64_t)d->count - 1));
    r = &d->rows[d->selected];
    if (r->line > 0)
        loglook_go_to_line(a, r->stream, r->line);
    ask_source(a);
}

/* ---- drawing ---- */

/* "─ …/kernel/fork.c:133 ──" */
static void draw_source_title(
    struct canvas *c, struct rect title, enum role role, const char *path, const char *more)
{
    char whole[PATH_MAX + 160], fitted[PATH_MAX + 160];

    snprintf(whole, sizeof(whole), "%s%s ", path, more);
    canvas_str(c, title.x + 2, title.y, 1, role, " ");
    pieces_cut(c, title.x + 3, title.y, title.w - 4, role,
        path_fit(whole, title.w - 4, fitted, sizeof(fitted)));
}

static void draw_source(struct app *a, struct canvas *c, struct rect r)
{
    const struct diaglist_row *row = diaglist_selected(a);
    struct diaglist *d = &a->diags;
    struct text_source s = lines_source(&d->source);
    struct textview v = {0};
    struct rect title = rect_top(&r, 1);
    char more[128];

    canvas_fill(c, title, ROLE_BORDER, "─");
    if (row == NULL)
        return;
    if (row->source[0] == '\0' || row->source_line == 0) {
        canvas_printf(c, title.x + 2, title.y, title.w - 3, ROLE_DIM, " no %s is named ",
            row->source[0] ? "line of the source" : "source");
    } else if (!d->source_known) {
        draw_source_title(c, title, ROLE_DIM, row->source, "");
    } else if (d->source_path[0] == '\0') {
        snprintf(more, sizeof(more), ": %s",
            d->source_error == ERANGE      ? "has no such line: is it another version?"
            : d->source_error == EXDEV     ? "is outside the tree that the log names"
            : d->source_error == ETIMEDOUT ? "its file server does not answer"
                                           : given_strerror(d->source_error));
        draw_source_title(c, title, ROLE_DIM, row->source, more);
    } else {
        snprintf(more, sizeof(more), ":%" PRId64, row->source_line);
        draw_source_title(c, title, ROLE_TITLE, d->source_path, more);
        v.page = r.h; /* so that the line comes to the middle */
        textview_go(&v, &s, (uint64_t)KF_MAX(row->source_line - d->source_first, 0));
        v.top = v.marked > (uint64_t)r.h / 2 ? v.marked - (uint64_t)r.h / 2 : 0;
        textview_draw(&v, &s, c, r);
    }
}

static void draw_list(struct app *a, struct canvas *c, struct rect r)
{
    struct diaglist *d = &a->diags;
    struct text_source s = lines_source(&d->text);
    struct rect title = rect_top(&r, 1);
    struct pieces p = {0};

    canvas_fill(c, title, ROLE_BORDER, "─");
    pieces_add(&p, 1, ROLE_TITLE_FOCUS, " %" PRId64 " error%s, %" PRId64 " warning%s", d->errors,
        d->errors == 1 ? "" : "s", d->warnings, d->warnings == 1 ? "" : "s");
    pieces_add(&p, 1, ROLE_TITLE_FOCUS, "%s ",
        !d->known      ? ": reading"
        : !d->complete ? " so far"
                       : "");
    pieces_draw(&p, c, (struct rect){title.x + 2, title.y, title.w - 3, 1});
    if (d->known && d->count == 0)
        canvas_str(c, r.x + 1, r.y, r.w - 1, ROLE_DIM, "Nothing broke, and nothing warns.");
    d->view.page = r.h;
    if (d->count > 0 && (d->selected < d->view.top || d->selected >= d->view.top + (uint64_t)r.h))
        textview_go(&d->view, &s, d->selected);
    d->view.has_marked = d->count > 0;
    d->view.marked = d->selected;
    textview_draw(&d->view, &s, c, r);
}

void diaglist_draw(struct app *a, struct canvas *c, struct rect *r)
{
    int height = r->h, rows = (int)KF_MIN(a->diags.count, 100u) + 1;
    struct rect source;

    a->diags.drawn = a->diags.open && height >= 2 * ROWS_MIN;
    if (!a->diags.drawn)
        return;
    source = rect_bottom(r, height >= SOURCE_MIN ? KF_MIN(height / 3, LOG_SOURCE_LINES + 1) : 0);
    draw_list(a, c, rect_bottom(r, KF_MAX(ROWS_MIN, KF_MIN(rows, height / 4))));
    if (source.h > 1)
        draw_source(a, c, source);
}
