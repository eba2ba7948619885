/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widgets/table.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/path.h"
#include "base/utf8.h"

#define GAP      1 /* columns between two columns of the table */
#define TEXT_MIN 2 /* less of a text says nothing: a letter and the sign that it is cut */

static void go_to(struct table *t, const struct table_source *s, uint32_t row)
{
    t->cursor = row;
    t->has_selected = s->count > 0;
    if (t->has_selected)
        t->selected = s->id(s->user, row);
}

bool table_select(struct table *t, const struct table_source *s, uint64_t id)
{
    for (uint32_t row = 0; row < s->count; row++)
        if (s->id(s->user, row) == id) {
            go_to(t, s, row);
            return true;
        }
    return false;
}

void table_sync(struct table *t, const struct table_source *s)
{
    if (t->has_selected && t->cursor < s->count && s->id(s->user, t->cursor) == t->selected)
        return;
    if (t->has_selected && table_select(t, s, t->selected))
        return;
    go_to(t, s, s->count ? KF_MIN(t->cursor, s->count - 1) : 0);
}

void table_move(struct table *t, const struct table_source *s, int64_t rows)
{
    int64_t to = (int64_t)t->cursor + rows;

    if (s->count == 0)
        return;
    to = to < 0 ? 0 : KF_MIN(to, (int64_t)s->count - 1);
    go_to(t, s, (uint32_t)to);
}

/* Keeps the cursor in sight, and no empty rows below the last one. */
static void scroll(struct table *t, const struct table_source *s)
{
    uint32_t page = (uint32_t)KF_MAX(t->page, 1);

    if (t->cursor < t->top)
        t->top = t->cursor;
    if (t->cursor >= t->top + page)
        t->top = t->cursor - page + 1;
    if (t->top + page > s->count)
        t->top = s->count > page ? s->count - page : 0;
}

static void get_cell(
    const struct table_source *s, uint32_t row, int column, struct table_cell *cell)
{
    *cell = (struct table_cell){.role = ROLE_TEXT, .meter = -1};
    s->cell(s->user, row, column, cell);
}

static void grow_widths(struct table *t, const struct table_source *s,
    const struct table_column *columns, int count, int page)
{
    struct table_cell cell;

    for (int k = 0; k < count; k++) {
        int title = utf8_columns(columns[k].title, strlen(columns[k].title));

        t->widths[k] = KF_MAX(t->widths[k], KF_MAX(columns[k].min, title));
        for (uint32_t row = t->top; row < s->count && row < t->top + (uint32_t)page; row++) {
            if (columns[k].max == 0)
                break;
            get_cell(s, row, k, &cell);
            t->widths[k] = KF_MAX(t->widths[k], utf8_columns(cell.text, strlen(cell.text)));
        }
        if (columns[k].max > 0)
            t->widths[k] = KF_MIN(t->widths[k], KF_MAX(columns[k].max, title));
    }
}

/* What goes beyond the edge though nothing more may be left out: text is cut there, numbers are left out. The first
   column stays, whatever it is. */
static void clip(const struct table_column *columns, int count, int width, int *out)
{
    int x = 0;

    for (int k = 0; k < count; k++) {
        bool fits = x + out[k] <= width;

        if (out[k] == 0)
            continue;
        if (!fits && x > 0 && (columns[k].whole || width - x < TEXT_MIN))
            out[k] = 0;
        else if (!fits)
            out[k] = width - x;
        x += out[k] ? out[k] + GAP : 0;
    }
}

/* Decides which columns fit and how wide: out[k] is 0 for one left out. Those of the highest
   priority number go first; what is left over goes to the one without a maximum. */
static void fit(
    const struct table *t, const struct table_column *columns, int count, int width, int *out)
{
    int total = -GAP, worst;

    for (int k = 0; k < count; k++) {
        out[k] = t->widths[k];
        total += out[k] + GAP;
    }
    for (int left = count; total > width && left > 1; left--) {
        worst = 0;
        for (int k = 1; k < count; k++)
            if (out[k] && (!out[worst] || columns[k].priority >= columns[worst].priority))
                worst = k;
        if (columns[worst].priority <= 1)
            break;
        total -= out[worst] + GAP;
        out[worst] = 0;
    }
    for (int k = 0; k < count && total < width; k++)
        if (out[k] && columns[k].max == 0) {
            out[k] += width - total;
            total = width;
        }
    clip(columns, count, width, out);
}

static void draw_title(const struct table_column *column, struct canvas *c, int x, int y, int width)
{
    enum role role = column->sorted ? ROLE_BRIGHT : ROLE_HEADER;
    const char *sign = !column->sorted ? "" : column->descending ? "▾" : "▴";
    char text[64];

    snprintf(text, sizeof(text), "%s%s", column->title, sign);
    if (column->right) /* the sign stands in the gap, the title over its numbers */
        canvas_right(c, x, y, width - (column->sorted ? 0 : GAP), role, text);
    else
        canvas_str(c, x, y, width, role, text);
}

static void draw_titles(const struct table_column *columns, int count, const int *widths,
    struct canvas *c, struct rect r)
{
    int x = r.x;

    for (int k = 0; k < count; k++) {
        if (widths[k] == 0)
            continue;
        draw_title(&columns[k], c, x, r.y, KF_MIN(widths[k] + GAP, r.x + r.w - x));
        x += widths[k] + GAP;
    }
}

/* Cuts a text to so many columns, the sign included; a number in it goes as a whole. */
static void cut(char *text, int columns)
{
    size_t n = strlen(text), at = 0, digits, len;
    uint32_t cp;

    for (int used = 0; at < n; at += len) {
        len = utf8_decode(text + at, n - at, &cp);
        used += utf8_columns(text + at, len);
        if (used > columns - 1)
            break;
    }
    for (digits = at; digits > 0 && ascii_is_digit(text[at]) && ascii_is_digit(text[digits - 1]);)
        digits--;
    at = digits;
    snprintf(text + at, TABLE_CELL_BYTES - at, "…");
}

static void draw_cell(struct table_cell *cell, const struct table_column *column, struct canvas *c,
    int x, int y, int width)
{
    int columns = utf8_columns(cell->text, strlen(cell->text));
    char text[TABLE_CELL_BYTES];

    if (columns > width && (column->whole || cell->meter >= 0)) {
        snprintf(cell->text, sizeof(cell->text), "…");
    } else if (columns > width) {
        snprintf(text, sizeof(text), "%s", cell->text);
        if (column->path)
            path_fit(cell->text, width, text, sizeof(text));
        if (utf8_columns(text, strlen(text)) > width)
            cut(text, width);
        snprintf(cell->text, sizeof(cell->text), "%s", text);
    }
    if (cell->meter >= 0) {
        int bar = width - columns - 1;

        if (bar >= 4)
            canvas_meter(c, x, y, bar, cell->meter, ROLE_METER);
    }
    if (column->right || cell->meter >= 0)
        canvas_right(c, x, y, width, cell->role, cell->text);
    else
        canvas_str(c, x, y, width, cell->role, cell->text);
}

static void draw_row(const struct table_source *s, uint32_t row, const struct table_column *columns,
    int count, const int *widths, struct canvas *c, struct rect r)
{
    struct table_cell cell;
    int x = r.x;

    for (int k = 0; k < count && x < r.x + r.w; k++) {
        if (widths[k] == 0)
            continue;
        get_cell(s, row, k, &cell);
        draw_cell(&cell, &columns[k], c, x, r.y, KF_MIN(widths[k], r.x + r.w - x));
        x += widths[k] + GAP;
    }
}

void table_draw(struct table *t, const struct table_source *s, const struct table_column *columns,
    int column_count, struct canvas *c, struct rect r, bool focused)
{
    int widths[TABLE_COLUMNS_MAX] = {0};
    struct rect line;

    t->shown = (struct rect){0};
    if (r.w < 4 || r.h < 1)
        return;
    column_count = KF_MIN(column_count, TABLE_COLUMNS_MAX);
    if (t->width_for != r.w || t->columns_for != column_count) {
        memset(t->widths, 0, sizeof(t->widths));
        t->width_for = r.w;
        t->columns_for = column_count;
    }
    t->page = r.h - 1;
    scroll(t, s);
    grow_widths(t, s, columns, column_count, t->page);
    /* one column for the mark of the selection, which must not depend on colour alone */
    fit(t, columns, column_count, r.w - 1, widths);
    line = rect_top(&r, 1);
    rect_left(&line, 1);
    draw_titles(columns, column_count, widths, c, line);
    for (uint32_t row = t->top; row < s->count && r.h > 0; row++) {
        struct rect whole = rect_top(&r, 1), cells = whole;

        rect_left(&cells, 1);
        bool marked = s->marks && marks_has(s->marks, s->id(s->user, row));

        draw_row(s, row, columns, column_count, widths, c, cells);
        if (marked)
            canvas_str(c, whole.x, whole.y, 1, ROLE_MARKED, "■");
        if (t->has_selected && row == t->cursor) {
            t->shown = whole;
            canvas_str(c, whole.x, whole.y, 1,
                marked    ? ROLE_MARKED
                : focused ? ROLE_BRIGHT
                          : ROLE_DIM,
                marked ? "◆" : "▸");
            canvas_under(c, whole, focused ? UNDER_SELECTED : UNDER_SELECTED_BLUR);
        }
    }
}
