/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_PRINT_H
#define KFARM_TUI_PRINT_H
/* A snapshot as text for people, as CSV (RFC 4180) or as JSON (RFC 8259) for scripts. */
#include <stdio.h>

#include "backend/snapshot.h"
#include "tui/column.h"
#include "tui/filter.h"
#include "tui/options.h"

/* What to print: settled before Slurm is asked, so that a wrong name fails at once. */
struct print {
    enum output_format format;
    bool farm; /* summary, nodes and jobs; otherwise one section … */
    bool messages; /* … or print_messages.h, and no snapshot */
    const char *name; /* of the section, in JSON */
    enum column_set_id set;
    bool builds; /* of the jobs only those that are builds */
    bool logs; /* something in it is said by the logs of builds: they are read */
    uint32_t needs; /* enum refresh_want: what must be loaded */
    struct column_list columns;
    int sort; /* column, -1: our own order */
    bool descending;
    struct filter *filter; /* NULL: all rows */
};

/* 0, or -EINVAL with what is wrong in d. */
int print_plan(struct print *p, const struct options *o, struct diag *d);
void print_release(struct print *p);
/* A field of CSV, in quotes if it has to be. */
void print_csv_field(struct buf *out, const char *text);
/* Reports that standard output cannot be written (err: a negative errno), unless its reader has seen enough: head(1).
   Returns the exit status. */
int print_unwritten(int err);
/* Writes it all, or -errno. */
int print_snapshot(const struct print *p, const struct snapshot *s, int64_t now_ms, FILE *out);

#endif
