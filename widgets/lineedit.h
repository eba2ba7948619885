/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_WIDGETS_LINEEDIT_H
#define KFARM_WIDGETS_LINEEDIT_H
/* One line of text being typed: UTF-8, a cursor, the usual editing. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "widgets/canvas.h"

#define LINEEDIT_BYTES 512

struct lineedit {
    char text[LINEEDIT_BYTES]; /* terminated */
    size_t len, cursor; /* bytes; the cursor stands before a character */
    bool selected; /* all of it, as in lineedit_suggest() */
};

enum lineedit_move {
    LINEEDIT_LEFT,
    LINEEDIT_RIGHT,
    LINEEDIT_HOME,
    LINEEDIT_END,
    LINEEDIT_ERASE_BACK, /* backspace */
    LINEEDIT_ERASE, /* delete */
    LINEEDIT_ERASE_WORD, /* Ctrl-W */
    LINEEDIT_ERASE_ALL /* Ctrl-U */
};

void lineedit_set(struct lineedit *e, const char *text);
/* As lineedit_set(), with all of the text selected, and shown so: what is typed takes its place; once the cursor was moved or
   something erased it is a text as any other. For a field that opens with what is in force. */
void lineedit_suggest(struct lineedit *e, const char *text);
/* Inserts a code point, in the place of a selected text; false if there is no room, or for a control character. */
bool lineedit_insert(struct lineedit *e, uint32_t cp);
void lineedit_move(struct lineedit *e, enum lineedit_move move);
/* Draws the text, its cursor always in sight, and places the terminal's cursor. */
void lineedit_draw(const struct lineedit *e, struct canvas *c, struct rect r, enum role role);

#endif
