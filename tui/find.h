/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_FIND_H
#define KFARM_TUI_FIND_H
/*
 * Finding rows: a filter and chosen columns for each table, and a search. All three are typed in the
 * last line of the screen, take effect with each letter, and are as before after Esc.
 */
#include <stdbool.h>

#include "base/diag.h"
#include "tui/filter.h"
#include "tui/history.h"
#include "widgets/textview.h"

struct app;

#define FIND_TEXT 512

/* What was chosen for the rows of a table. */
struct find_rows {
    char filter_text[FIND_TEXT]; /* "": all rows */
    struct filter *filter;
    char columns[2][FIND_TEXT]; /* beside others, alone; "": the usual ones */
};

struct find {
    struct find_rows jobs, nodes;
    /* the search */
    struct filter *wanted; /* NULL: none */
    char wanted_text[FIND_TEXT];
    uint64_t home; /* the row selected when the prompt was opened */
    char before[FIND_TEXT]; /* filter or columns, for Esc */
    struct history filters, searches, columns;
    struct textview log_home; /* where the log was when a search in it began */
};

void find_release(struct find *f);

/* Filters the rows of jobs or nodes; "" takes the filter off. -EINVAL and why in d: nothing changes. */
int find_filter(struct app *a, enum column_set_id set, const char *text, struct diag *d);
/* Shows these columns, "" the usual ones; `alone`: where the table has the screen for itself. */
int find_columns(
    struct app *a, enum column_set_id set, bool alone, const char *names, struct diag *d);
/* Selects the next row (by 1) or the previous one (-1) that the search is for, going round at the
   ends; false if there is none. */
bool find_next(struct app *a, int by);
/* Searches for a pattern from the selected row on; "" ends the search. */
int find_search(struct app *a, const char *pattern, struct diag *d);

/* The prompts. */
void find_ask_filter(struct app *a);
void find_ask_search(struct app *a);
void find_ask_columns(struct app *a);

/* The focused table has the screen for itself: there is more room, and another choice of columns. */
bool find_alone(const struct app *a);
/* The table that has the focus: its columns; COLUMNS_COUNT if none has. */
enum column_set_id find_focus(const struct app *a);
const struct find_rows *find_rows_of(const struct app *a, enum column_set_id set);
/* A search is on, in the pane that has the focus. */
bool find_searching(const struct app *a);

#endif
