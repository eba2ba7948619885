/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LOGFIND_H
#define KFARM_TUI_LOGFIND_H
/*
 * Finding lines of the log on the screen: errors, warnings, the first root error, a pattern. At the live end
 * among the lines that the screen holds (logbuf.h), else in the whole file, and then the answer comes later
 * (loglook.h); the line that was found is marked, and the next search goes on from it.
 */
#include <stdbool.h>

#include "base/diag.h"

struct app;

enum logfind_what { LOGFIND_ERROR, LOGFIND_WARNING, LOGFIND_PATTERN };

/* Goes to the next (by 1) or the previous (-1) line of the kind; false if there is none that way. */
bool logfind_go(struct app *a, enum logfind_what what, int by);
/* Goes to the first root error of the build; false if it is not among the lines that are held. */
bool logfind_first(struct app *a);
/* Looks for a pattern from the present place on; "" takes it off. -EINVAL and why in d: nothing changes. */
int logfind_search(struct app *a, const char *pattern, struct diag *d);
/* Asks for the pattern. */
void logfind_ask(struct app *a);
/* The log is on the screen alone, and a pattern is looked for in it. */
bool logfind_searching(const struct app *a);

#endif
