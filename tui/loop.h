/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LOOP_H
#define KFARM_TUI_LOOP_H
#include "tui/app.h"
#include "tui/options.h"

/* Makes the source that the options ask for and hands it to the app; 0, or a negative errno with
   what is wrong in d. */
int loop_attach(struct app *a, const struct options *o, struct diag *d);
/* Frees the app and lets the loop's handles close. */
void loop_finish(struct app *a, uv_loop_t *loop);

/* At the end of the program: lets the loop run while something is being written, as `busy` says; two seconds at most, as
   it is a local file as a rule. */
void loop_wait_written(uv_loop_t *loop, bool (*busy)(const void *user), const void *user);

/* The dashboard on the terminal, until it is left. Returns the exit status: 0; 2 if there is no
   terminal that can show it. */
int loop_main(const struct options *o);

#endif
