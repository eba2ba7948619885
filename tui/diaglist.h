/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_DIAGLIST_H
#define KFARM_TUI_DIAGLIST_H
/*
 * The diagnostics of the log on the screen, one a row below it: whoever goes through the list sees each in its
 * place in the log, and the lines of the source that it is about. Told by the logs helper (backend/logproto.h).
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/logproto.h"
#include "tui/lines.h"
#include "widgets/canvas.h"
#include "widgets/textview.h"

struct app;
struct wire_frame;

struct diaglist_row {
    enum log_level level;
    bool first; /* the first root error */
    enum log_stream stream;
    int64_t line; /* in that file, from 1 */
    char *source, *message, *flag; /* "": not named */
    int64_t source_line, column, count;
};

struct diaglist {
    bool open;
    bool drawn; /* and there was room for it */
    bool known; /* a list has come */
    bool complete; /* the log has been read to its end */
    int64_t errors, warnings;
    struct diaglist_row *rows;
    uint32_t count, selected;
    struct lines text; /* of the rows, for the view */
    struct textview view;

    uint32_t asked; /* number of the last question for a source, … */
    bool source_known; /* … and its answer: */
    char source_path[4096]; /* "": not found, … */
    uint32_t source_uid; /* whose file it is */
    int source_error; /* … for this reason */
    int64_t source_first; /* number of its first line, from 1 */
    struct lines source;
};

void diaglist_release(struct diaglist *d);
/* Another log is followed from now on: nothing is known. */
void diaglist_restart(struct app *a);
/* Opens it at the first root error, or closes it. */
void diaglist_toggle(struct app *a);
/* Takes a WIRE_LOG_DIAG_LIST or WIRE_LOG_SOURCE_LINES. 0 or -EBADMSG. */
int diaglist_take(struct app *a, const struct wire_frame *frame);
/* Selects another row, and shows it in the log. */
void diaglist_move(struct app *a, int64_t rows);
/* The selected row; NULL if the list is closed, or empty. */
const struct diaglist_row *diaglist_selected(const struct app *a);
/* Draws it at the bottom of a pane, and cuts what it took off *r; nothing if it is closed. */
void diaglist_draw(struct app *a, struct canvas *c, struct rect *r);

#endif
