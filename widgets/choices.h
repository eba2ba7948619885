/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_WIDGETS_CHOICES_H
#define KFARM_WIDGETS_CHOICES_H
/*
 * A list to choose from, narrowed by what is typed: shown are the rows that have each of the typed words in them, whatever
 * the case, in the order in which they were added. All zero is an empty list.
 */
#include <stdbool.h>
#include <stddef.h>

#include "widgets/canvas.h"
#include "widgets/lineedit.h"

#define CHOICES_MAX  200
#define CHOICES_ROWS 10 /* that are drawn at most */

struct choices {
    char **all; /* texts; owned, like `shown` */
    int *shown; /* indices into all */
    int count, shown_count;
    int chosen; /* the index of the chosen row + 1; 0: none is */
    int before; /* the same of the last one that was */
    char typed[LINEEDIT_BYTES]; /* what the list is narrowed by; rows that come later, too */
    bool narrowed; /* by something, whether or not rows are left out */
};

/* Frees the rows; the list is empty then, and can be filled again. */
void choices_release(struct choices *c);
/* Adds a row, unless it is there already or there are CHOICES_MAX. */
void choices_add(struct choices *c, const char *text);

/* Shows only the rows that have the words of `text` in them. With `choose` the row is chosen that fits best (its name is
   the text, or begins with it), without text the one that was; else none is, until one is moved to. */
void choices_narrow(struct choices *c, const char *text, bool choose);
/* Chooses the row with this index in the order of adding, which has to be shown. */
void choices_choose(struct choices *c, int index);
/* Chooses the row so many further down among those shown, at most the last or the first; if none was chosen, the first for
   1. With `round`, the first follows the last. */
void choices_move(struct choices *c, int by, bool round);
/* The text of the chosen row, valid until the list changes; NULL: none is. */
const char *choices_chosen(const struct choices *c);

/* Draws as many rows as the rectangle has, the chosen one among them; if no row fits, that is said. */
void choices_draw(const struct choices *c, struct canvas *canvas, struct rect r);

#endif
