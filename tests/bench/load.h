/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_LOAD_H
#define KFARM_BENCH_LOAD_H
/*
 * What kfarm-top is compared with: the least that any program can do that shows all jobs and nodes.
 * A process of its own calls slurm_load_jobs and slurm_load_node for the whole tables, frees them,
 * and keeps freed memory; its first calls (new memory) are made and forgotten when it starts.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct load;

/* Starts the process. NULL, after a word on stderr, if Slurm does not answer it. *ret_first_ms (may
   be NULL) is the time from its start to its first tables, ms; LOAD_WARM_UP loads are made. */
#define LOAD_WARM_UP 2
struct load *load_start(double *ret_first_ms);
/* Ends it. Takes NULL; returns NULL. */
struct load *load_stop(struct load *l);

pid_t load_pid(const struct load *l);
uint32_t load_jobs(const struct load *l); /* how many there are on the farm */
uint32_t load_nodes(const struct load *l);

/* Loads both tables whole, n times (at most LOAD_MAX) one behind the other; CPU ms of each. */
#define LOAD_MAX 8
bool load_tables(struct load *l, int n, double *ret_ms);

/* Has neither table changed since the last call of this or of load_tables()? *ret_ms (may be NULL)
   is the CPU that the question cost, ms. */
bool load_unchanged(struct load *l, bool *ret_unchanged, double *ret_ms);

#endif
