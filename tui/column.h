/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_COLUMN_H
#define KFARM_TUI_COLUMN_H
/*
 * What can be shown of a job, a node, a partition: tables of columns. One getter a column gives the
 * value; its kind says how that reads on the screen, in CSV and in JSON, and how it sorts. Tables and
 * --once draw from the same rows, so that they cannot disagree.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/snapshot.h"
#include "base/diag.h"
#include "tui/order.h"
#include "widgets/table.h"

enum column_set_id { COLUMNS_JOBS, COLUMNS_NODES, COLUMNS_PARTITIONS, COLUMNS_COUNT };

enum column_kind {
    COLUMN_TEXT,
    COLUMN_LABEL, /* text that sorts by the number that comes with it */
    COLUMN_LIST, /* text, parts separated by commas: an array in JSON */
    COLUMN_PATH, /* text with a path in front (path_fit()) */
    COLUMN_NUMBER,
    COLUMN_HUNDREDTHS, /* number is 100 times the value */
    COLUMN_SPAN, /* seconds */
    COLUMN_TIME, /* epoch seconds */
    COLUMN_MIB
};

/* A row and all that is needed to read it. */
struct row {
    const struct snapshot *snapshot;
    const struct order *order; /* may be NULL: what runs on a node is not known then, and a job
                                  is shown as its record */
    int64_t now_s;
    uint32_t index; /* in its section */
    union {
        const struct job *job;
        const struct node *node;
        const struct partition *partition;
        const void *any;
    };
};

#define VALUE_SCRATCH 4608

struct value {
    bool present;
    int64_t number;
    const char *text; /* points into the snapshot or to scratch */
    char scratch[VALUE_SCRATCH];
};

struct column {
    const char *name, *title, *help;
    enum column_kind kind;
    int min, max, priority; /* as in struct table_column */
    bool right;
    void (*get)(const struct row *r, struct value *out);
    enum role (*role)(const struct row *r); /* NULL: ROLE_TEXT */
    double (*meter)(const struct row *r); /* NULL: no bar */
};

/* What columns show besides their own section: names separated by commas, and enum refresh_want. */
struct column_need {
    const char *columns;
    uint32_t sections;
};

#define COLUMN_NEEDS_MAX 4

struct column_set {
    const char *name; /* "jobs" */
    uint32_t section; /* enum refresh_want: its rows */
    struct column_need needs[COLUMN_NEEDS_MAX]; /* up to the first without columns */
    const struct column *columns;
    int count;
    const char *text, *json; /* default columns for people, for JSON */
    const char *detail; /* what is said of one row in full */
};

/* Columns chosen from a set, in order. */
struct column_list {
    const struct column_set *set;
    int at[TABLE_COLUMNS_MAX];
    int count;
};

const struct column_set *column_set(enum column_set_id id);
/* The row `index` of a section. */
struct row column_row(enum column_set_id id, const struct snapshot *s, const struct order *o,
    int64_t now_s, uint32_t index);
uint32_t column_rows(enum column_set_id id, const struct snapshot *s);

/* Number of the column with this name, -1 if there is none. */
int column_find(const struct column_set *set, const char *name, size_t n);
/* As somebody types it: also the title above the column, or as much of the name as only it begins
   with; the case does not matter. -1: none, or several. */
int column_find_typed(const struct column_set *set, const char *text, size_t n);
/* Reads "job,name,user"; unknown names: -EINVAL and the known ones in d. */
int column_list_parse(
    struct column_list *l, const struct column_set *set, const char *names, struct diag *d);

/* The job in this row of its section as squeue names it: 42, 44_3, 44_[0-9]; with an order a folded array as a whole. */
void column_job_name(
    const struct snapshot *s, const struct order *o, uint32_t row, char *out, size_t size);
/* The sections of a snapshot (enum refresh_want) without which column number `column` is not what it should be. */
uint32_t column_needs(const struct column_set *set, int column);
/* Is it said by a job's log, and not by Slurm? */
bool column_of_log(const struct column *c);
/* Is the value text, rather than a number? */
bool column_is_text(const struct column *c);
/* The value of one column of a row. */
void column_value(const struct column *c, const struct row *r, struct value *out);
/* The value as people read it; "" if absent. */
void column_text(const struct column *c, const struct row *r, char *out, size_t size);
/* How a table shows it; the caller sets how the rows are sorted. */
struct table_column column_of_table(const struct column *c);
/* A cell of a table: a number that is too wide for the column in a shorter form, a list without its last parts. */
void column_cell(const struct column *c, const struct row *r, struct table_cell *out);

/* Sorts row numbers by a column; equal rows by their place in the section. `o` as in struct row. */
void column_sort(const struct column_set *set, int column, bool descending,
    const struct snapshot *s, const struct order *o, int64_t now_s, uint32_t *rows, uint32_t count);

extern const struct column_set columns_jobs, columns_nodes, columns_partitions;

#endif
