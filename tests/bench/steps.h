/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_STEPS_H
#define KFARM_BENCH_STEPS_H
/*
 * Logs of any length, made of the steps of a recorded build with a diagnostic now and then.
 */
#include <stdbool.h>
#include <stdint.h>

#define STEPS_MAX 2000

struct steps {
    char *v[STEPS_MAX]; /* each with its newline */
    int count;
};

struct steps_log {
    bool verbose; /* as V=1 prints them, of a length that is usual */
    int64_t bytes; /* at least */
    const char *last; /* its last line, without a newline; NULL */
};

/* Reads those of the file; false if it has none. */
bool steps_read(struct steps *s, const char *path);
void steps_release(struct steps *s);
/* Writes a log; its bytes, or -1 with errno set. ret_lines may be NULL. */
int64_t steps_write(
    const struct steps *s, const char *path, const struct steps_log *log, int64_t *ret_lines);

#endif
