/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_SCREEN_H
#define KFARM_TUI_SCREEN_H
/* The pieces the screen is made of. screen.c puts them together; each draws into its rectangle.
   Private to screen*.c and pane_*.c; everybody else calls app_draw(). */
#include "tui/app.h"

#define SCREEN_MIN_COLS 40
#define SCREEN_MIN_ROWS 10

void header_draw(struct app *a, struct canvas *c, struct rect r);
void footer_draw(struct app *a, struct canvas *c, struct rect r);
/* A pane with its title line. */
void pane_draw(struct app *a, enum pane_id pane, struct canvas *c, struct rect r);
/* What is known of the followed build, in one or two lines, then its log. */
void pane_log_draw(struct app *a, struct canvas *c, struct rect r);
/* The nodes as a strip of signs, for when there is no room for a line each. */
void nodes_strip_draw(struct app *a, struct canvas *c, struct rect r);

#endif
