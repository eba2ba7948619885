/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_SUMMARY_H
#define KFARM_TUI_SUMMARY_H
/* The farm in a few numbers: the header of the screen, and --once farm. */
#include <stdint.h>

#include "backend/snapshot.h"

struct summary {
    /* nodes by what they are to an operator; they add up to all */
    uint32_t nodes, busy, idle, draining, down, off;
    uint32_t silent, rebooting; /* Slurm waits for them: node_awaited() */
    /* jobs likewise */
    uint32_t jobs, running, pending, held, completing, suspended, done, failed;
    /* What jobs have (alloc, as A in `sinfo -o %C`), wherever that is; what they have or could have (usable, A + I), and
       what there is (total, T). What is free on a node that is down, drained or silent can be had by nobody (O), while
       what jobs have on one that drains is in use: so usable is never less than alloc, and the rest of it is free. */
    uint64_t cpus_alloc, cpus_usable, cpus_total;
    uint64_t mem_alloc_mb, mem_usable_mb, mem_total_mb;
    double load;
    uint32_t load_known; /* nodes that reported a load */
};

struct summary summary_of(const struct snapshot *s);

#endif
