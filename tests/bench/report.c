/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

/* ---- repeated measurements ---- */

void series_add(struct series *s, double value)
{
    if (s->n == s->size) {
        s->size = s->size ? s->size * 2 : 32;
        s->values = xreallocarray(s->values, s->size, sizeof(*s->values));
    }
    s->values[s->n++] = value;
}

void series_release(struct series *s)
{
    free(s->values);
    *s = (struct series){0};
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double nth(struct series *s, size_t i)
{
    if (s->n == 0)
        return 0;
    qsort(s->values, s->n, sizeof(*s->values), compare);
    return s->values[i];
}

double series_min(struct series *s)
{
    return nth(s, 0);
}

double series_median(struct series *s)
{
    return (nth(s, s->n / 2) + nth(s, s->n ? (s->n - 1) / 2 : 0)) / 2;
}

double series_max(struct series *s)
{
    return nth(s, s->n ? s->n - 1 : 0);
}

/* ---- the table ---- */

#define FORMAT_INTO(out, format)                                                                   \
    do {                                                                                           \
        va_list ap;                                                                                \
                                                                                                   \
        va_start(ap, format);                                                                      \
        vsnprintf(out, sizeof(out), format, ap);                                                   \
        va_end(ap);                                                                                \
    } while (0)

struct report_row *report_row(struct report *r, const char *what, ...)
{
    struct report_row *row = &r->rows[r->n];

    if (r->n + 1 < REPORT_ROWS) /* else the last is written over: the table is too small */
        r->n++;
    *row = (struct report_row){.verdict = ""};
    FORMAT_INTO(row->what, what);
    return row;
}

void row_limit(struct report_row *row, const char *format, ...)
{
    FORMAT_INTO(row->limit, format);
}

void row_measured(struct report_row *row, const char *format, ...)
{
    FORMAT_INTO(row->measured, format);
}

void row_comparison(struct report_row *row, const char *format, ...)
{
    FORMAT_INTO(row->comparison, format);
}

/* How many decimals show three digits. */
static int decimals(double value)
{
    return value >= 100 ? 0 : value >= 10 ? 1 : 2;
}

void row_series(struct report_row *row, struct series *s, const char *unit)
{
    double min = series_min(s), median = series_median(s), max = series_max(s);

    row_measured(row, "%.*f  %.*f  %.*f %s", decimals(min), min, decimals(median), median,
        decimals(max), max, unit);
}

void row_judge(struct report_row *row, double value, double limit)
{
    row->verdict = value <= limit ? "ok" : "over";
}

static void print_row(const int width[3], const char *what, const char *limit, const char *measured,
    const char *verdict, const char *comparison)
{
    printf("%-*s  %-*s  %-*s  %-4s  %s\n", width[0], what, width[1], limit, width[2], measured,
        verdict, comparison);
}

void report_print(const struct report *r)
{
    static const char *const titles[] = {"what", "limit", "measured (min median max)"};
    int width[3];

    for (int i = 0; i < 3; i++)
        width[i] = (int)strlen(titles[i]);
    for (size_t i = 0; i < r->n; i++) {
        const struct report_row *row = &r->rows[i];

        width[0] = KF_MAX(width[0], (int)strlen(row->what));
        width[1] = KF_MAX(width[1], (int)strlen(row->limit));
        width[2] = KF_MAX(width[2], (int)strlen(row->measured));
    }
    print_row(width, titles[0], titles[1], titles[2], "", "comparison");
    for (size_t i = 0; i < r->n; i++) {
        const struct report_row *row = &r->rows[i];

        if (row->what[0])
            print_row(width, row->what, row->limit, row->measured, row->verdict, row->comparison);
        else
            putchar('\n');
    }
}

void report_load(const char *when)
{
    double load[3] = {0};

    if (getloadavg(load, 3) > 0)
        printf("load average %s: %.2f %.2f %.2f (%ld CPUs)\n", when, load[0], load[1], load[2],
            sysconf(_SC_NPROCESSORS_ONLN));
}
