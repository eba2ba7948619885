/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widgets/textview.h"

#include "base/alloc.h"
#include "base/utf8.h"

static uint64_t last_top(const struct textview *v, const struct text_source *s)
{
    uint64_t page = (uint64_t)KF_MAX(v->page, 1);

    return s->end - s->first > page ? s->end - page : s->first;
}

static uint64_t top_now(const struct textview *v, const struct text_source *s)
{
    uint64_t last = last_top(v, s);

    if (v->following || v->top > last)
        return last;
    return KF_MAX(v->top, s->first);
}

void textview_move(struct textview *v, const struct text_source *s, int64_t lines, bool can_follow)
{
    uint64_t top = top_now(v, s), last = last_top(v, s);

    if (lines < 0)
        top = top - s->first > (uint64_t)-lines ? top - (uint64_t)-lines : s->first;
    else
        top = KF_MIN(top + (uint64_t)lines, last);
    v->top = top;
    v->following = can_follow && lines > 0 && top == last;
}

void textview_home(struct textview *v, const struct text_source *s)
{
    v->top = s->first;
    v->following = false;
    v->left = 0;
}

void textview_end(struct textview *v, const struct text_source *s, bool can_follow)
{
    v->top = last_top(v, s);
    v->following = can_follow;
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
    while (n > 0 && column < 0) { /* what is scrolled out of sight */
        uint32_t cp;
        size_t used = utf8_decode(p, n, &cp);
        int width = cp == '\t' ? 8 - (column & 7) : utf8_width(cp);

        column += width < 0 ? 1 : width;
        p += used;
        n -= used;
    }
    if (n == 0 || column >= r.w)
        return column;
    return column + canvas_text(c, r.x + column, r.y, r.w - column, role, p, n);
}

static void draw_line(const struct text_line *line, int left, struct canvas *c, struct rect r)
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
    if (column >= r.w && left == 0 && r.w > 1 &&
        utf8_columns(line->p, KF_MIN(line->n, (size_t)r.w * 4 + 4)) > r.w)
        canvas_str(c, r.x + r.w - 1, r.y, 1, ROLE_DIM, "…");
}

void textview_draw(struct textview *v, const struct text_source *s, struct canvas *c, struct rect r)
{
    v->page = r.h;
    v->top = top_now(v, s);
    for (uint64_t n = v->top; n < s->end && r.h > 0; n++) {
        struct text_line line = {.p = "", .role = ROLE_TEXT};
        struct rect row = rect_top(&r, 1);

        s->line(s->user, n, &line);
        draw_line(&line, v->left, c, row);
        if (v->has_marked && v->marked == n)
            canvas_under(c, row, UNDER_SELECTED);
    }
}
