/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_WIDGETS_PIECES_H
#define KFARM_WIDGETS_PIECES_H
/*
 * A line of pieces, one behind the other. Where there is no room for all of them, those that matter least give way: a
 * piece with a number in it stands there whole or not at all, a text may be cut, and then ends with "…".
 */
#include "widgets/canvas.h"

#define PIECES_MAX  32
#define PIECE_BYTES 512

struct pieces {
    struct piece {
        char text[PIECE_BYTES];
        enum role role;
        int priority; /* those of the highest number give way first, of equal ones the last */
        int min; /* > 0: it may be cut to so many columns before it is left out */
    } v[PIECES_MAX];
    int count;
};

/* Adds a piece that is shown whole or not at all. More than PIECES_MAX are dropped. */
void pieces_add(struct pieces *p, int priority, enum role role, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds a text that may be cut to `min` columns, the sign included. */
void pieces_text(struct pieces *p, int priority, int min, enum role role, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Draws what fits into the first row of r; returns the columns used. */
int pieces_draw(const struct pieces *p, struct canvas *c, struct rect r);
/* A text that is cut with the sign if it is wider than `width`; returns the columns used. */
int pieces_cut(struct canvas *c, int x, int y, int width, enum role role, const char *text);

#endif
