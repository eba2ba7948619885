/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_TERM_H
#define KFARM_TUI_TERM_H
/*
 * The terminal: the only place that knows curses. It shows canvases and reads keys, and puts the
 * terminal back as it was on every way out, fatal signals included.
 *
 * While it is open, standard error goes to a file in memory (a library's message would spoil the
 * screen); term_close() prints what was collected.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "tui/theme.h"
#include "widgets/canvas.h"

struct term;

/*
 * Takes the terminal on standard input and output. `ascii` avoids every character beyond ASCII;
 * without a UTF-8 locale that is so in any case. NULL with the reason in d.
 */
struct term *term_open(const struct theme *theme, bool ascii, struct diag *d);
/* Takes NULL; returns NULL. */
struct term *term_close(struct term *t);

/* Size in columns and rows, asked of the terminal anew. */
void term_size(struct term *t, int *ret_cols, int *ret_rows);
/* Brings the canvas to the terminal; only what differs is sent. */
void term_show(struct term *t, const struct canvas *c);
/* The next key (keys.h) without waiting; 0 if there is none. */
uint32_t term_key(struct term *t);
/* In how many milliseconds term_key() may have one though nothing comes: a lone Esc. -1: none waits. */
int64_t term_key_wait_ms(const struct term *t);
/* Forgets what the terminal shows: the next term_show() draws all. */
void term_redraw(struct term *t);
/* Leaves the screen to another program: nothing may be shown and no key read before term_return(). */
void term_lend(struct term *t);
void term_return(struct term *t);
/* Gives the terminal back, stops this process as Ctrl-Z does, and takes it again afterwards. */
void term_suspend(struct term *t);
/* Puts text into the terminal's clipboard (OSC 52). */
void term_copy(struct term *t, const char *text);

#endif
