/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LOOP_H
#define KFARM_TUI_LOOP_H
#include "tui/app.h"
#include "tui/options.h"

/* Makes the source that the options ask for and hands it to the app; 0, or a negative errno with
   what is wrong in d. */
int loop_attach(struct app *a, const struct options *o, struct diag *d);
/* Frees the app and lets the loop's handles close. False: something hangs, as a thread in a file server that does not
   answer. Then only _exit() ends the program, since exit() waits for libuv's threads. */
bool loop_finish(struct app *a, uv_loop_t *loop);

/* The dashboard on the terminal, until it is left. Returns the exit status: 0; 2 if there is no
   terminal that can show it. */
int loop_main(const struct options *o);

#endif
