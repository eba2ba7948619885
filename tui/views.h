/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_VIEWS_H
#define KFARM_TUI_VIEWS_H
/*
 * Saved views: rows, filter, columns and order under a name. They come from the configuration
 * (config.h); those saved here go into a file of their own, which is read anew before it is written,
 * since another kfarm-top of the same user may have saved one too. A thread of libuv's does that,
 * because the file server of a home directory may hang.
 * A file that is a symbolic link of the user's or root's stays one.
 */
#include "tui/config.h"
#include "tui/find.h"

struct app;
struct views_write;

struct views {
    char path[4096]; /* of the file; "": there is no home to have it in */
    struct config *written; /* what the file held when it was written last; NULL: never yet */
    struct views_write *under_way;
    int64_t late_ms; /* when it is said that this takes too long; 0: it was */
    char name[CONFIG_NAME + 1]; /* of the view shown or saved last */
    char asked[CONFIG_NAME + 1]; /* of the one that would be replaced */
    struct views_before { /* what was shown before a view: of jobs, of nodes */
        bool known; /* a view is shown */
        char filter[FIND_TEXT], columns[FIND_TEXT];
        int sort;
        bool descending;
    } before[2];
};

/* For app_new(): knows the place of the file, and says so if it could not be read. */
void views_init(struct app *a);
/* They are being written down. */
bool views_busy(const struct app *a);
/* Time passed: says that a view is not saved yet, if its file server does not answer. */
void views_tick(struct app *a);
/* What views_busy() still writes is left to itself. */
void views_release(struct app *a);

/* The i-th view there is, in the order of the list; NULL behind the last. Valid until the next one is
   saved. */
const struct saved_view *views_at(const struct app *a, int i);
const struct saved_view *views_find(const struct app *a, const char *name);
/* Shows the queue or the nodes as the view has them. */
void views_show(struct app *a, const struct saved_view *v);
/* Shows these rows as before a view was shown of them; false if none is. */
bool views_leave(struct app *a, enum column_set_id rows);
/* Saves what is shown of the focused table; how that went becomes a message. */
void views_save(struct app *a, const char *name);
/* Why none can be saved now, or NULL. */
const char *views_blocked(const struct app *a);

/* Saves it under a name that was typed, or asks first if there is one of that name. NULL, or what is wrong
   with the name. */
const char *views_take_name(struct app *a, const char *name);

/* The questions. */
void views_ask(struct app *a);
void views_ask_save(struct app *a);

#endif
