/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_SHELL_H
#define KFARM_TUI_SHELL_H
/*
 * Programs that get the terminal: a shell on the selected node, a pager or an editor on the log. Here is what is
 * started and what is said of it; who has a terminal (loop.c) sees REACT_SHELL, starts argv in the
 * foreground, and reports its end.
 *
 * A shell asks nothing: opening it changes nothing, and what is typed into it is between the operator
 * and the node. Read-only mode forbids it all the same.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct app;

struct shell {
    struct buf line; /* the command line; "" while none is open */
    char node[96]; /* "": it is no shell, but a pager or an editor */
    char **argv; /* owned */
    int64_t started_us;
    unsigned long number; /* for the audit file */
    bool open;
};

/* Why there can be none on the selected node, in plain words, or NULL. */
const char *shell_blocked(const struct app *a);
/* Opens one: returns enum reaction. */
unsigned shell_open(struct app *a);
/* Opens $PAGER (less) on the files of the log that is followed, at the first root error: returns enum
   reaction. */
unsigned shell_open_pager(struct app *a);
/* Opens $VISUAL, $EDITOR or vi where the chosen diagnostic points, else on the log at the line that was gone to
   last: returns enum reaction. */
unsigned shell_open_editor(struct app *a);
/* It has ended with this status as of waitpid(2), or could not be started (`failed` says why, else
   NULL). True if that was so soon and so badly that what it has printed should be read before the
   screen comes back; `words` is what to say of it. */
bool shell_ended(struct app *a, int status, const char *failed, char *words, size_t size);
void shell_release(struct app *a);

#endif
