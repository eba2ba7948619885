/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_WIDGETS_CANVAS_H
#define KFARM_WIDGETS_CANVAS_H
/*
 * The picture of a screen: a grid of cells with a role each. Widgets draw here and nowhere else;
 * tui/term.c brings it to the terminal, tests dump it as text.
 *
 * This is the one place that makes text of strangers harmless: canvas_text() shows control
 * characters as the signs of U+2400, and invalid UTF-8, C1 controls and the invisible characters
 * that turn text around (bidi) as U+FFFD. Nothing else can get into a cell.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "widgets/rect.h"
#include "widgets/role.h"

#define CELL_BYTES 14 /* a character and its combining marks; further marks are left out */

struct cell {
    char text[CELL_BYTES]; /* UTF-8, not terminated */
    uint8_t len; /* bytes of text; 0 in the second column of a wide character */
    uint8_t role : 6; /* enum role */
    uint8_t under : 2; /* enum canvas_under */
};

/* What lies under the text: the background, and nothing else about the look. */
enum canvas_under { UNDER_NONE, UNDER_SELECTED, UNDER_SELECTED_BLUR, UNDER_DIALOG };

struct canvas {
    int cols, rows;
    struct cell *cells;
    int cursor_x, cursor_y; /* where the terminal's cursor shows; x < 0: nowhere */
};

void canvas_init(struct canvas *c, int cols, int rows);
void canvas_release(struct canvas *c);
/* Everything blank, no cursor. */
void canvas_clear(struct canvas *c);
/* New size; content is lost. */
void canvas_resize(struct canvas *c, int cols, int rows);

static inline struct cell *canvas_at(const struct canvas *c, int x, int y)
{
    return &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];
}

/*
 * Writes n bytes of text from column x of row y on, over at most `width` columns, clipped to the
 * canvas; a tab goes to the next multiple of eight from x. Returns the columns used.
 */
int canvas_text(struct canvas *c, int x, int y, int width, enum role role, const char *p, size_t n);
int canvas_str(struct canvas *c, int x, int y, int width, enum role role, const char *s);
/* As canvas_str(), the text's end at the right edge of the field. */
void canvas_right(struct canvas *c, int x, int y, int width, enum role role, const char *s);
int canvas_printf(struct canvas *c, int x, int y, int width, enum role role, const char *format,
    ...) __attribute__((format(printf, 6, 7)));
/* Puts the one-column character s into each cell of the rectangle. */
void canvas_fill(struct canvas *c, struct rect r, enum role role, const char *s);
/* Lays a background under a rectangle. */
void canvas_under(struct canvas *c, struct rect r, enum canvas_under under);
/* Gives every cell of the rectangle that role: for data that is stale. */
void canvas_tint(struct canvas *c, struct rect r, enum role role);
/* A bar of `width` columns, `part` (0…1) of it full, in eighths of a column. */
void canvas_meter(struct canvas *c, int x, int y, int width, double part, enum role role);
/* One column per value, highest of them full height, oldest left; count ≤ width shown. */
void canvas_spark(
    struct canvas *c, int x, int y, int width, const uint32_t *values, int count, enum role role);

/* The picture as lines of text without trailing blanks. */
void canvas_dump(const struct canvas *c, struct buf *out);
/* The roles as lines of letters (role.h), upper half of the look the text does not show. */
void canvas_dump_roles(const struct canvas *c, struct buf *out);

#endif
