/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_CONTROL_H
#define KFARM_BENCH_CONTROL_H
/*
 * The benchmark's own connection to the controller: it changes a job and a node, and asks the
 * controller how many loads of jobs and of nodes it has answered (what sdiag shows). The latter is
 * how refreshes are counted: exactly, and without any cost in the processes that are measured.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the configuration that SLURM_CONF names. */
void control_start(void);

/* Renames a job and sets the comment of a node: the controller will send both tables whole to
   whoever asks next. False, after a word on stderr, if it refused. */
bool control_change(uint32_t job, const char *name, const char *node, const char *comment);

/* The name of a job. */
bool control_name(uint32_t job, char *out, size_t size);

/* Has `count` held jobs of this name, and tells their numbers: those that have ended since the last
   time are put back into the queue, what is missing is submitted. They never run; whoever calls this
   cancels them all again. False, after a word on stderr, if that failed. */
bool control_held_jobs(const char *name, uint32_t *ret_ids, uint32_t count);

struct counts {
    uint32_t jobs, nodes; /* answered loads of the whole table, "nothing has changed" included */
};

bool control_counts(struct counts *ret);

/* A word on stderr about what Slurm refused, with Slurm's reason; returns false. */
bool slurm_failed(const char *what);

#endif
