/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_FOLLOW_H
#define KFARM_BENCH_FOLLOW_H
/*
 * What the parts of bench_follow share. Each measure_… adds its rows to the report and returns false,
 * after a word on stderr, if it could not measure; a figure beyond its limit is no failure. It leaves no
 * job running and no large file behind.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/report.h"

/* The limits. */
#define LIMIT_OPEN_MS       100.0 /* from the key to the end of a large log on the screen */
#define LIMIT_FOLLOW_MB     80.0 /* all processes, while it is followed and read */
#define LIMIT_LOCAL_MS      50.0 /* from a line's write(2) to the screen, with file events */
#define LIMIT_POLLED_MS     1200.0 /* …, without */
#define LIMIT_MANY_PERCENT  3.0 /* of one CPU, for many logs at rest */
#define LIMIT_ESTIMATE_PART 20.0 /* per cent of the build's time, from half-way on */

#define RECORDED SOURCE_DIR "/tests/builds/good-tiny/out"

struct follow {
    const char *program;
    const char *only; /* the one part that is measured; NULL: all */
    int mb; /* of the large log, 10^6 bytes */
    int lines; /* appended, for each latency */
    int jobs; /* followed at once */
    int seconds; /* how long they are */
    int pace; /* seconds of the first build that is learned from */
    char dir[64]; /* the farm's */
    char work[96]; /* a directory in it, for logs and scripts */
    struct report report;
};

/* A path in f->work. */
struct follow_path {
    char text[256];
};
struct follow_path follow_path(const struct follow *f, const char *name);
/* Writes a script there. */
bool follow_script(const struct follow *f, const char *name, const char *text);
/* Submits a script of f->work under a name, with a log that is appended to, for one CPU and 1 MB; `export` is
   sbatch's (NULL: ALL). */
bool follow_submit(const struct follow *f, const char *script, const char *name, const char *log,
    const char *export, uint32_t *ret_job);
/* Waits until this many of the farm's jobs are in a state that squeue knows. */
bool follow_wait_jobs(const char *state, int count, int deadline_s);
/* Cancels all jobs, and waits until none runs. */
bool follow_cancel(void);
/* A word on stderr about what did not come about; returns false. */
bool follow_failed(const char *what);

/* ---- follow_log.c: one log ---- */

/* A large one: until its end is on the screen, what is kept of it, and until all of it has been read. */
bool measure_large(struct follow *f);
/* Until a new line is on the screen. */
bool measure_latency(struct follow *f);

/* ---- follow_estimate.c: how long a build will take, told by an earlier one ---- */

bool measure_estimate(struct follow *f);

/* ---- follow_many.c: many logs at once ---- */

bool measure_many(struct follow *f);

#endif
