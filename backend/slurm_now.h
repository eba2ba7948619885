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

/* What a target was when it was confirmed. */
struct slurm_now slurm_now_confirmed(const struct action_target *t);
/*
 * Many targets by one question, for the whole table; now[i] is the i-th target. If the controller says
 * that no job has changed since *since_s (its own time, 0: no such time), nothing is loaded and now[]
 * stays what it is, for 20 000 jobs cost as much as 300 requests; else *since_s is the time of what
 * was read. It errs on the safe side: a change within the same second counts as one
 * (slurmctld/proc_req.c, _slurm_rpc_dump_jobs). Returns 0 or Slurm's errno.
 */
int slurm_now_read_all(enum action_object object, const struct action_target *targets,
    uint32_t count, int64_t *since_s, struct slurm_now *now);

/* Is it something else than was confirmed, as far as the verb is concerned? Says what in words; *ret_same
   is true if at least it still is the same job or node, so that the operator can be asked again. */
bool slurm_now_changed(enum action_verb verb, const struct action_target *t,
    const struct slurm_now *now, char *words, size_t size, bool *ret_same);

#endif
