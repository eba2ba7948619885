/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_REPORT_H
#define KFARM_BENCH_REPORT_H
/*
 * What the benchmark prints: a table of what was measured beside its limit and what it is compared
 * with. Nothing here decides whether the benchmark passes: a figure beyond its limit reads "over".
 */
#include <stdbool.h>
#include <stddef.h>

/* ---- repeated measurements ---- */

struct series {
    double *values; /* in order of size once asked for a statistic */
    size_t n, size;
};

void series_add(struct series *s, double value);
void series_release(struct series *s);
/* Statistics; 0 without values. */
double series_min(struct series *s);
double series_median(struct series *s);
double series_max(struct series *s);

/* ---- the table ---- */

#define REPORT_ROWS 96

struct report_row {
    char what[64], limit[32], measured[48], comparison[112];
    const char *verdict; /* "ok", "over" or "" */
};

struct report {
    struct report_row rows[REPORT_ROWS]; /* an empty `what` is a line between groups */
    size_t n;
};

/* Adds a row and returns it, valid as long as the report; the texts are printf's. */
struct report_row *report_row(struct report *r, const char *what, ...)
    __attribute__((format(printf, 2, 3)));
void row_limit(struct report_row *row, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void row_measured(struct report_row *row, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void row_comparison(struct report_row *row, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "min median max UNIT", numbers of a sensible length. */
void row_series(struct report_row *row, struct series *s, const char *unit);
/* "ok" if value is at most limit, else "over". */
void row_judge(struct report_row *row, double value, double limit);
/* Prints the table to standard output. */
void report_print(const struct report *r);
/* Prints how busy the machine is, "before" or "after". */
void report_load(const char *when);

#endif
