/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_BENCH_H
#define KFARM_BENCH_BENCH_H
/*
 * What the parts of the benchmark share. Each measure_… adds its rows to the report and returns
 * false, after a word on stderr, if it could not measure; a figure beyond its limit is no failure.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/load.h"
#include "tests/bench/procs.h"
#include "tests/bench/report.h"
#include "tests/bench/top.h"

/* The limits. */
#define LIMIT_LOOPS         2.5 /* CPU of a refresh, in loads of a bare loop */
#define LIMIT_TOOLS         0.2 /* …, in runs of squeue -a and sinfo */
#define LIMIT_UNCHANGED_MS  3.0 /* CPU of a refresh when nothing has changed */
#define LIMIT_KEY_MS        16.0 /* from a key to the screen */
#define LIMIT_BULK          1.0 /* many jobs cancelled, in times of scancel */
#define LIMIT_FRAME_MS      50.0 /* from the start to the first frame */
#define LIMIT_DATA_MS       400.0 /* from the start to the first job */
#define LIMIT_IDLE_PERCENT  0.5 /* of one CPU */
#define LIMIT_REFRESH_BYTES 100.0 /* to the terminal, of a refresh when nothing has changed */
#define LIMIT_MEMORY_MB     90.0 /* all processes */

#define BENCH_NODE "node2" /* its comment changes; every farm of farm/up has it */

struct bench {
    const char *program;
    const char *only; /* the one part that is measured; NULL: all */
    int rounds, keys, starts, bulks; /* how often */
    int bulk; /* jobs that are cancelled at once */
    int seconds; /* how long one window of time is */
    struct report report;
    struct load *load;
    uint32_t job; /* the queue's first row: it is renamed for every change */
    char job_name[64];
    unsigned changes;
    char name[32]; /* what the last change named it */
    double loop_ms, tools_ms; /* medians of what measure_rounds() compared with */
};

/* Changes a job (its new name is b->name then) and a node. */
bool bench_change(struct bench *b);

/* ---- refreshes.c: refreshes that are asked for, one by one, with F5 ---- */

/* Refreshes of a changed farm beside the bare loop and Slurm's own tools, in turn; memory;
   refreshes of an unchanged farm; keys during refreshes. */
bool measure_rounds(struct bench *b);

/* ---- windows.c: the program left to its clock ---- */

bool measure_starts(struct bench *b);
bool measure_idle(struct bench *b);
bool measure_clock(struct bench *b);

/* ---- finding.c: keys that look at every row ---- */

bool measure_finding(struct bench *b);

/* ---- bulk.c: many jobs cancelled at once, beside scancel ---- */

bool measure_bulk(struct bench *b);

#endif
