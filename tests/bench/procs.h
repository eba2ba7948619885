/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_PROCS_H
#define KFARM_BENCH_PROCS_H
/*
 * What processes cost. CPU time is the kernel's own sum per process, in nanoseconds, threads that
 * have ended included: the clock of clock_getcpuclockid(3), which is made of the same numbers as
 * /proc/PID/task/TID/schedstat (those forget a thread that ends). Memory is /proc/PID/smaps_rollup
 * and /proc/PID/status.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

#define PROCS_MAX 64

struct procs {
    pid_t pids[PROCS_MAX];
    size_t n;
};

/* The process and all its descendants now. */
void procs_of(struct procs *p, pid_t root);
/* CPU ms that they have used; -1 if one of them has ended. */
double procs_cpu_ms(const struct procs *p);

struct procs_memory {
    double rss, pss, peak; /* MB (10^6 bytes), summed over the processes; peak: of each one's own */
};

bool procs_memory(const struct procs *p, struct procs_memory *ret);

/* Milliseconds that the main thread of a process was ready to run but had no CPU; 0 if unknown. */
double proc_waited_ms(pid_t pid);

/* CPU ms of the children that a process has waited for; in whole ticks of the kernel's clock. */
double proc_reaped_ms(pid_t pid);

struct command_cost {
    double wall_ms; /* from its start until its end was seen */
    double cpu_ms; /* user and system, of it and what it waited for */
    double peak_mb; /* of its largest process */
};

/* Runs a command (looked up in PATH; argv ends with NULL), its output thrown away unless `show`.
   Returns its exit status, or -1 if it could not be run or was killed. ret may be NULL. */
int command_run(const char *const *argv, bool show, struct command_cost *ret);
/* The same with its standard output in out, emptied first; standard error is left as it is. */
int command_output(const char *const *argv, struct buf *out);

#endif
