/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SLURM_NOW_H
#define KFARM_BACKEND_SLURM_NOW_H
/*
 * What the targets of an action are like now, as the controller says, and whether that still is what
 * the operator confirmed. Private to slurm_*.c of the act helper.
 */
#include <stddef.h>

#include "backend/action.h"

/* A job or node as the controller knows it now; slurm_now_release() it. */
struct slurm_now {
    int error; /* Slurm's errno if it could not be read */
    bool found;
    uint32_t uid, state, flags, restarts, time_limit_min; /* ACTION_UNLIMITED: none */
    bool held;
    char *
        tasks; /* of the record of an array's waiting tasks: which they are, "1-4,8-9"; else NULL */
    int64_t submit_time; /* of a node: since when it is drained or down */
    int64_t eligible_time;
    char name[128], state_name[32], reason[64];
};

void slurm_now_release(struct slurm_now *now);
/* One target; a question to the controller. */
struct slurm_now slurm_now_read(enum action_object object, const struct action_target *t);

/*
 * The whole table at once, for many targets. If the controller says that no job has changed since
 * `since_s` (its own time, 0: no such time), nothing is loaded, and each target is taken to be what it
 * was then: 20 000 jobs cost as much as 300 requests. It errs on the safe side: a change within the
 * same second counts as one (slurmctld/proc_req.c, _slurm_rpc_dump_jobs).
 */
struct slurm_table;
/* NULL with Slurm's errno in *ret_error. */
struct slurm_table *slurm_table_load(enum action_object object, int64_t since_s, int *ret_error);
struct slurm_table *slurm_table_free(struct slurm_table *table);
struct slurm_now slurm_table_find(const struct slurm_table *table, const struct action_target *t);

/* Is it something else than was confirmed, as far as the verb is concerned? Says what in words; *ret_same
   is true if at least it still is the same job or node, so that the operator can be asked again. */
bool slurm_now_changed(enum action_verb verb, const struct action_target *t,
    const struct slurm_now *now, char *words, size_t size, bool *ret_same);

#endif
