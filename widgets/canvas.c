/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widgets/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

_Static_assert(ROLE_COUNT <= 64, "a role fits its bits of a cell");

void canvas_init(struct canvas *c, int cols, int rows)
{
    *c = (struct canvas){0};
    canvas_resize(c, cols, rows);
}

void canvas_release(struct canvas *c)
{
    free(c->cells);
    c->cells = NULL;
}

void canvas_resize(struct canvas *c, int cols, int rows)
{
    c->cols = KF_MAX(cols, 1);
    c->rows = KF_MAX(rows, 1);
    c->cells = xreallocarray(c->cells, (size_t)c->cols * (size_t)c->rows, sizeof(*c->cells));
    canvas_clear(c);
}

static const struct cell blank = {.text = " ", .len = 1, .role = ROLE_TEXT};

void canvas_clear(struct canvas *c)
{
    size_t n = (size_t)c->cols * (size_t)c->rows;

    for (size_t i = 0; i < n; i++)
        c->cells[i] = blank;
    c->cursor_x = -1;
    c->cursor_y = 0;
}

/* Half a wide character must not stay behind: blanks both columns of one that x lies in. */
static void break_wide(struct canvas *c, int x, int y)
{
    struct cell *at = canvas_at(c, x, y);

    if (at->len == 0 && x > 0) {
        canvas_at(c, x - 1, y)->text[0] = ' ';
        canvas_at(c, x - 1, y)->len = 1;
    }
    if (x + 1 < c->cols && canvas_at(c, x + 1, y)->len == 0) {
        canvas_at(c, x + 1, y)->text[0] = ' ';
        canvas_at(c, x + 1, y)->len = 1;
    }
}

static void put(struct canvas *c, int x, int y, enum role role, uint32_t cp, int columns)
{
    struct cell *at = canvas_at(c, x, y);

    break_wide(c, x, y);
    at->len = (uint8_t)utf8_encode(cp, at->text);
    at->role = role;
    if (columns == 2) {
        break_wide(c, x + 1, y);
        at[1].len = 0;
        at[1].role = role;
    }
}

static void combine(struct canvas *c, int x, int y, uint32_t cp)
{
    struct cell *at = canvas_at(c, x, y);
    char mark[4];
    size_t n = utf8_encode(cp, mark);

    if (at->len == 0 && x > 0)
        at = canvas_at(c, x - 1, y);
    if (at->len > 0 && at->len + n <= CELL_BYTES) {
        memcpy(at->text + at->len, mark, n);
        at->len = (uint8_t)(at->len + n);
    }
}

int canvas_text(struct canvas *c, int x, int y, int width, enum role role, const char *p, size_t n)
{
    int used = 0;

    if (y < 0 || y >= c->rows || x < 0)
        return 0;
    width = KF_MIN(width, c->cols - x);
    for (size_t i = 0; i < n && used < width;) {
        uint32_t cp;
        int columns;

        i += utf8_decode(p + i, n - i, &cp);
        if (cp == '\t') {
            do
                put(c, x + used++, y, role, ' ', 1);
            while (used < width && used % 8 != 0);
            continue;
        }
        cp = utf8_harmless(cp);
        if (cp == 0)
            continue;
        columns = utf8_width(cp);
        if (columns == 0 && used > 0) {
            combine(c, x + used - 1, y, cp);
        } else if (columns > 0) {
            if (used + columns > width)
                break;
            put(c, x + used, y, role, cp, columns);
            used += columns;
        }
    }
    return used;
}

int canvas_str(struct canvas *c, int x, int y, int width, enum role role, const char *s)
{
    return canvas_text(c, x, y, width, role, s, strlen(s));
}

void canvas_right(struct canvas *c, int x, int y, int width, enum role role, const char *s)
{
    size_t n = strlen(s);
    int columns = utf8_columns(s, n);

    canvas_text(c, x + KF_MAX(width - columns, 0), y, KF_MIN(columns, width), role, s, n);
}

int canvas_printf(
    struct canvas *c, int x, int y, int width, enum role role, const char *format, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    return canvas_str(c, x, y, width, role, text);
}

static struct rect clip(const struct canvas *c, struct rect r)
{
    long x2 = KF_MIN((long)r.x + r.w, (long)c->cols), y2 = KF_MIN((long)r.y + r.h, (long)c->rows);

    r.x = KF_MAX(r.x, 0);
    r.y = KF_MAX(r.y, 0);
    r.w = (int)(x2 - r.x);
    r.h = (int)(y2 - r.y);
    return r;
}

void canvas_fill(struct canvas *c, struct rect r, enum role role, const char *s)
{
    struct rect in = clip(c, r);
    uint32_t cp;

    utf8_decode(s, strlen(s), &cp);
    for (int y = in.y; y < in.y + in.h; y++)
        for (int x = in.x; x < in.x + in.w; x++) {
            put(c, x, y, role, cp, 1);
            canvas_at(c, x, y)->under = UNDER_NONE;
        }
}

void canvas_under(struct canvas *c, struct rect r, enum canvas_under under)
{
    struct rect in = clip(c, r);

    for (int y = in.y; y < in.y + in.h; y++)
        for (int x = in.x; x < in.x + in.w; x++)
            canvas_at(c, x, y)->under = under;
}

void canvas_tint(struct canvas *c, struct rect r, enum role role)
{
    struct rect in = clip(c, r);

    for (int y = in.y; y < in.y + in.h; y++)
        for (int x = in.x; x < in.x + in.w; x++)
            canvas_at(c, x, y)->role = role;
}

void canvas_meter(struct canvas *c, int x, int y, int width, double part, enum role role)
{
    static const char *const eighths[] = {"·", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int full, rest;

    part = part < 0 ? 0 : part > 1 ? 1 : part;
    rest = (int)(part * width * 8 + 0.5);
    full = rest / 8;
    rest %= 8;
    for (int i = 0; i < width; i++)
        if (i < full)
            canvas_str(c, x + i, y, 1, role, "█");
        else if (i == full && rest)
            canvas_str(c, x + i, y, 1, role, eighths[rest]);
        else
            canvas_str(c, x + i, y, 1, ROLE_METER_REST, "·");
}

void canvas_spark(
    struct canvas *c, int x, int y, int width, const uint32_t *values, int count, enum role role)
{
    static const char *const levels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    uint32_t most = 1;

    count = KF_MIN(count, width);
    for (int i = 0; i < count; i++)
        most = KF_MAX(most, values[i]);
    for (int i = 0; i < count; i++)
        canvas_str(c, x + width - count + i, y, 1, role,
            levels[(uint64_t)values[i] * (KF_LEN(levels) - 1) / most]);
}

static void end_line(struct buf *out, size_t line)
{
    while (out->len > line && out->p[out->len - 1] == ' ')
        out->len--;
    buf_addc(out, '\n');
}

void canvas_dump(const struct canvas *c, struct buf *out)
{
    for (int y = 0; y < c->rows; y++) {
        size_t line = out->len;

        for (int x = 0; x < c->cols; x++)
            buf_add(out, canvas_at(c, x, y)->text, canvas_at(c, x, y)->len);
        end_line(out, line);
    }
}

void canvas_dump_roles(const struct canvas *c, struct buf *out)
{
    for (int y = 0; y < c->rows; y++) {
        size_t line = out->len;

        for (int x = 0; x < c->cols; x++) {
            const struct cell *at = canvas_at(c, x, y);
            bool empty = at->len == 1 && at->text[0] == ' ';

            if (empty && at->under != UNDER_NONE)
                buf_addc(out, at->under == UNDER_DIALOG     ? 'd'
                              : at->under == UNDER_SELECTED ? '>'
                                                            : ')');
            else
                buf_addc(out, empty ? ' ' : role_letter((enum role)at->role));
        }
        end_line(out, line);
    }
}
