/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_WIDGETS_TABLE_H
#define KFARM_WIDGETS_TABLE_H
/*
 * A table of rows that are not there: it asks for the few it shows. The selection is an id, so it
 * stays on its job when rows come, go or change places. Columns are as wide as what has been shown
 * of them so far, within their bounds, and do not shrink while data ticks. Text that is cut ends with "…", never within a
 * number: "node[1-…" may be anything, "node[1-2…" passes for something else.
 */
#include <stdbool.h>
#include <stdint.h>

#include "widgets/canvas.h"
#include "widgets/marks.h"

#define TABLE_COLUMNS_MAX 32
#define TABLE_CELL_BYTES  512

struct table_cell {
    char text[TABLE_CELL_BYTES]; /* terminated */
    enum role role;
    double meter; /* ≥ 0: draw a bar of that part behind which text stands right */
};

struct table_column {
    const char *title;
    int min, max; /* width in columns of the screen; max 0: takes what is left over */
    int priority; /* 1 stays longest when there is no room for all */
    bool right; /* numbers */
    bool whole; /* a number, a time, a size: it is shown whole or not at all, "…" */
    bool path; /* begins with a path, whose directories give way first (path_fit()) */
    bool sorted; /* the rows are in its order: the title shows it */
    bool descending;
};

struct table_source {
    void *user;
    uint32_t count; /* rows */
    uint64_t (*id)(void *user, uint32_t row);
    /* Fills a cell; it comes zeroed, with ROLE_TEXT and no meter. */
    void (*cell)(void *user, uint32_t row, int column, struct table_cell *out);
    const struct marks *marks; /* marked ids; may be NULL */
};

struct table {
    uint64_t selected; /* id; meaningful while has_selected */
    bool has_selected;
    uint32_t cursor; /* row of the selection */
    uint32_t top; /* first row shown */
    int page; /* rows shown at the last draw */
    struct rect shown; /* where the selected row was drawn last; w 0: it was not */
    int widths[TABLE_COLUMNS_MAX]; /* grown so far */
    int width_for; /* width of the pane and number of columns they were grown for */
    int columns_for;
};

/* Call after the rows changed: finds the selection again. If its row is gone, the row that took its
   place is selected; with nothing selected, the first. */
void table_sync(struct table *t, const struct table_source *s);
/* Moves the selection by rows; clamped. */
void table_move(struct table *t, const struct table_source *s, int64_t rows);
/* Selects the row with this id; false if there is none. */
bool table_select(struct table *t, const struct table_source *s, uint64_t id);

/* Draws titles and rows into r. `focused` says whether the keys go here. */
void table_draw(struct table *t, const struct table_source *s, const struct table_column *columns,
    int column_count, struct canvas *c, struct rect r, bool focused);

#endif
