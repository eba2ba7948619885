/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widgets/textview.h"

#include "base/alloc.h"
#include "base/utf8.h"

/* A place to begin at: a line, and a row in it. */
struct place {
    uint64_t line;
    int skip;
};

static bool is_hidden(const struct text_source *s, uint64_t number)
{
    return s->hidden && s->hidden(s->user, number);
}

/* The bytes of the character at p, which is drawn from *column on; moves that behind it. */
static size_t pass_character(const char *p, size_t n, int *column)
{
    uint32_t cp;
    size_t used = utf8_decode(p, n, &cp);
    int width = cp == '\t' ? 8 - (*column & 7) : utf8_width(cp);

    *column += width < 0 ? 1 : width;
    return used;
}

/* The columns of n bytes, as they are drawn. */
static int columns_of(const char *p, size_t n)
{
    int column = 0;

    for (size_t used; n > 0; p += used, n -= used)
        used = pass_character(p, n, &column);
    return column;
}

static int rows_of(const struct textview *v, const struct text_source *s, uint64_t number)
{
    struct text_line line = {.p = "", .role = ROLE_TEXT};
    int width = KF_MAX(v->width, 1);

    if (!v->wrap)
        return 1;
    s->line(s->user, number, &line);
    return KF_MAX((columns_of(line.p, line.n) + width - 1) / width, 1);
}

/* One row on or back; false at the end or the beginning. */
static bool next_row(const struct textview *v, const struct text_source *s, struct place *p)
{
    uint64_t n = p->line;

    if (p->skip + 1 < rows_of(v, s, n)) {
        p->skip++;
        return true;
    }
    for (n++; n < s->end; n++)
        if (!is_hidden(s, n)) {
            *p = (struct place){n, 0};
            return true;
        }
    return false;
}

static bool previous_row(const struct textview *v, const struct text_source *s, struct place *p)
{
    if (p->skip > 0) {
        p->skip--;
        return true;
    }
    for (uint64_t n = p->line; n > s->first; n--)
        if (!is_hidden(s, n - 1)) {
            *p = (struct place){n - 1, rows_of(v, s, n - 1) - 1};
            return true;
        }
    return false;
}

static bool is_before(struct place a, struct place b)
{
    return a.line < b.line || (a.line == b.line && a.skip < b.skip);
}

/* From where on everything to the end just fills the view. */
static struct place last_place(const struct textview *v, const struct text_source *s)
{
    struct place p = {s->end, 0};

    for (int rows = KF_MAX(v->page, 1); rows > 0 && previous_row(v, s, &p); rows--)
        ;
    return p.line < s->end ? p : (struct place){s->first, 0};
}

static struct place place_now(const struct textview *v, const struct text_source *s)
{
    struct place p = {v->top, v->skip}, last = last_place(v, s);

    if (v->following || is_before(last, p))
        return last;
    if (p.line < s->first)
        return (struct place){s->first, 0};
    for (uint64_t n = p.line; n < s->end && is_hidden(s, n);)
        p = (struct place){++n, 0};
    if (p.line >= s->end)
        return last;
    p.skip = p.skip ? KF_MIN(p.skip, rows_of(v, s, p.line) - 1) : 0;
    return p;
}

bool textview_at_top(const struct textview *v, const struct text_source *s)
{
    struct place p = place_now(v, s);

    return s->first == s->end || !previous_row(v, s, &p);
}

static void set_place(struct textview *v, struct place p)
{
    v->top = p.line;
    v->skip = p.skip;
}

void textview_move(struct textview *v, const struct text_source *s, int64_t rows, bool can_follow)
{
    struct place p = place_now(v, s), last = last_place(v, s);

    for (int64_t i = 0; i < -rows && previous_row(v, s, &p); i++)
        ;
    for (int64_t i = 0; i < rows && is_before(p, last) && next_row(v, s, &p); i++)
        ;
    v->following = can_follow && rows > 0 && !is_before(p, last);
    set_place(v, p);
}

void textview_home(struct textview *v, const struct text_source *s)
{
    set_place(v, (struct place){s->first, 0});
    v->following = false;
    v->left = 0;
}

void textview_end(struct textview *v, const struct text_source *s, bool can_follow)
{
    set_place(v, last_place(v, s));
    v->following = can_follow;
}

void textview_go(struct textview *v, const struct text_source *s, uint64_t number)
{
    struct place p = {number, 0};

    for (int above = KF_MAX(v->page, 1) / 3; above > 0 && previous_row(v, s, &p); above--)
        ;
    set_place(v, p);
    v->following = false;
    v->has_marked = true;
    v->marked = v->bottom = number; /* until it is drawn: at least that one is in sight */
}

void textview_pan(struct textview *v, int columns)
{
    v->left = KF_MAX(v->left + columns, 0);
}

/* Writes a piece of a line whose first column would be `column`, shifted left; returns where the
   next piece begins. */
static int draw_piece(
    struct canvas *c, struct rect r, int column, enum role role, const char *p, size_t n)
{
    for (size_t used; n > 0 && column < 0; p += used, n -= used) /* what is scrolled out of sight */
        used = pass_character(p, n, &column);
    if (n == 0 || column >= r.w)
        return column;
    return column + canvas_text(c, r.x + column, r.y, r.w - column, role, p, n);
}

/* If `cut`, a line that goes on beyond the edge says so. */
static void draw_line(
    const struct text_line *line, int left, bool cut, struct canvas *c, struct rect r)
{
    size_t at = 0;
    int column = -left;

    for (int i = 0; i < line->span_count; i++) {
        const struct text_span *s = &line->spans[i];

        if (s->start < at || s->start > line->n || s->length > line->n - s->start)
            continue;
        column = draw_piece(c, r, column, line->role, line->p + at, s->start - at);
        column = draw_piece(c, r, column, s->role, line->p + s->start, s->length);
        at = s->start + s->length;
    }
    column = draw_piece(c, r, column, line->role, line->p + at, line->n - at);
    if (cut && column >= r.w && left == 0 && r.w > 1 &&
        utf8_columns(line->p, KF_MIN(line->n, (size_t)r.w * 4 + 4)) > r.w)
        canvas_str(c, r.x + r.w - 1, r.y, 1, ROLE_DIM, "…");
}

void textview_draw(struct textview *v, const struct text_source *s, struct canvas *c, struct rect r)
{
    struct place p;

    v->page = r.h;
    v->width = r.w;
    if (s->first == s->end)
        return;
    p = place_now(v, s);
    set_place(v, p);
    for (bool more = true; more && r.h > 0; more = next_row(v, s, &p)) {
        struct text_line line = {.p = "", .role = ROLE_TEXT};
        struct rect row = rect_top(&r, 1);

        if (is_hidden(s, p.line)) /* all of them are */
            return;
        v->bottom = p.line;
        s->line(s->user, p.line, &line);
        draw_line(&line, v->wrap ? p.skip * r.w : v->left, !v->wrap, c, row);
        if (v->has_marked && v->marked == p.line)
            canvas_under(c, row, UNDER_SELECTED);
    }
}
