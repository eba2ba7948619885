/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_CMDLINE_H
#define KFARM_TUI_CMDLINE_H
/*
 * The command line: every command by its name, or as much of it as means one, and what it works on behind
 * it: "job-priority 100", "filter state:pend", "sort-by time", "views failed"; a number alone goes to that
 * job. It is typed in the last line of the screen, with completion and history.
 */
#include "tui/history.h"
#include "widgets/lineedit.h"

struct app;

struct cmdline {
    struct history history;
    char before[LINEEDIT_BYTES], word[LINEEDIT_BYTES]; /* of the line that is being completed */
    char wrong[256];
};

void cmdline_ask(struct app *a);
/* Runs a line. NULL, or what is wrong with it, valid until the next call. */
const char *cmdline_run(struct app *a, const char *line);
/* For a command's offer(): something that the word before the cursor could become. */
void cmdline_offer(struct app *a, const char *candidate);
/* The same, whatever is typed: what could stand in the place of cmdline.word. */
void cmdline_offer_whole(struct app *a, const char *words);

#endif
