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
struct log_place;

enum shell_program { SHELL_NONE, SHELL_PAGER, SHELL_EDITOR, SHELL_PROGRAM_COUNT };

struct shell {
    enum shell_program wanted; /* its key was pressed before it was known where the files are */
    struct buf line; /* the command line; "" while none is open */
    char node[96]; /* "": it is no shell, but a pager or an editor */
    char **argv; /* owned */
    int64_t started_us;
    unsigned long number; /* for the audit file */
    bool open;
    bool
        recording; /* open, but to be started once its line is in the audit file: keys wait for it */
};

/* Why there can be none on the selected node, in plain words, or NULL. */
const char *shell_blocked(const struct app *a);
/* Opens one: returns enum reaction. If it must be written down first, REACT_SHELL comes to the app later. */
unsigned shell_open(struct app *a);
/*
 * A pager or an editor runs with the operator's rights, on a file that the job's user has named, or whoever wrote its log.
 * So it opens that user's own files only, by the path that the reader of the log has found (joblog.h), and none that a
 * recording names. Why it does not open these, in plain words, or NULL. As long as the reader has not said where they are,
 * nothing is opened; it is once that is known, unless another key is pressed before.
 */
const char *shell_pager_blocked(const struct app *a);
const char *shell_editor_blocked(const struct app *a);
/* Opens $PAGER (less) on the files of the log that is followed, at the first root error: returns enum
   reaction. */
unsigned shell_open_pager(struct app *a);
/* Opens $VISUAL, $EDITOR or vi where the chosen diagnostic points, else on the log at the line that was gone to
   last: returns enum reaction. */
unsigned shell_open_editor(struct app *a);
/* The reader has said where the files are: opens what waits for it, or says why not. */
void shell_places_known(struct app *a);
/* The environment of what is to be opened, for free(); the strings are not its own. A pager starts neither a shell nor an
   editor, and reads no other file: LESSSECURE of less(1), PAGERSECURE of more(1). */
char **shell_environment(const struct app *a);
/* It has ended with this status as of waitpid(2), or could not be started (`failed` says why, else
   NULL). True if that was so soon and so badly that what it has printed should be read before the
   screen comes back; `words` is what to say of it. */
bool shell_ended(struct app *a, int status, const char *failed, char *words, size_t size);
void shell_release(struct app *a);

#endif
