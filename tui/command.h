/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_COMMAND_H
#define KFARM_TUI_COMMAND_H
/*
 * Everything the operator can do, one row each. The table drives the keys, the footer, the help,
 * --list-commands and the README's table of keys.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "tui/app.h"

enum command_flag {
    COMMAND_MUTATES = 1, /* changes the farm */
    COMMAND_CONFIRMS = 2, /* asks first */
    COMMAND_QUIET = 4, /* not worth a place in the footer, … */
    COMMAND_LISTS = 8, /* … but while the list of errors is open */
};

struct command {
    const char *name;
    const char *keys; /* "c F9": names as of keys.h, separated by blanks */
    const char *hint; /* for the footer: "cancel" */
    const char *help; /* one sentence */
    unsigned views; /* where it can be given, by key or by name: bits 1 << enum view_id; 0: all */
    unsigned
        panes; /* which of the panes there must have the focus: bits 1 << enum pane_id; 0: any */
    unsigned flags;
    /* Its keys mean it only while this is so, and something else otherwise; NULL: always. */
    bool (*active)(const struct app *a);
    /* Why it cannot work now, in plain words, or NULL; NULL pointer: it always can. */
    const char *(*blocked)(const struct app *a, int argument);
    unsigned (*run)(struct app *a, int argument); /* returns enum reaction */
    int argument;
    /* In the command line: runs it with the text behind its name. NULL, or what is wrong with that; NULL
       pointer: it takes none. */
    const char *(*take)(struct app *a, int argument, const char *text);
    /* And what a word of that text could be: calls cmdline_offer() for each; NULL: anything. */
    void (*offer)(struct app *a, int argument);
    const char *separators; /* that part the words of the text; NULL: it is one word */
};

extern const struct command commands[];
extern const int command_count;

/* The command this key means in the present view; NULL if it means none. */
const struct command *command_for_key(const struct app *a, uint32_t key);
#define COMMAND_WHY 256
/* Whether it cannot be given here and now, and the reason in plain words: another view or pane is shown than
   those it is for, or its own `blocked` says so. To be asked before run() and take(), which rely on it. */
bool command_blocked(const struct app *a, const struct command *c, char why[COMMAND_WHY]);
/* Runs it, or says why not. */
void command_run(struct app *a, const struct command *c);
/* The first key of a command as text for the footer. */
void command_first_key(const struct command *c, char *out, size_t size);
/* --list-commands: name, default keys, views, help, one command a line, separated by tabs. */
void command_list(struct buf *out);
/* The table holds together: no key means two things in one view, names are unique, every key has a
   known name, and what mutates asks first. 0, or -EINVAL with the row in d. */
int command_check(struct diag *d);

/* "farm", "nodes", … */
const char *view_name(enum view_id view);

#endif
