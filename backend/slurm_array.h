/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SLURM_ARRAY_H
#define KFARM_BACKEND_SLURM_ARRAY_H
/*
 * Requests about tasks of an array, where Slurm's own answer is not enough. Most requests answer with an
 * error for each group of tasks; those that kill and signal have one for all (22.05 job_mgr.c,
 * job_str_signal()): the largest of them, and for a signal "try again later" whenever tasks of the array
 * wait, though it was sent to those that run. So it is looked first which tasks can take it, and only
 * these are named. Private to the act helper.
 */
#include <stdbool.h>

#include "backend/action.h"
#include "backend/slurm_compat.h"

/* Is the target an array, or named as tasks of one? */
bool slurm_array_is(const struct action_target *t);
/* Sends a signal (flags as of slurm_kill_job2()) to those of the tasks that it can be sent to. Returns 0 if
   there were any and Slurm did it, else Slurm's errno; in words those it was not sent to, and why. */
int slurm_array_signal(const char *id, uint16_t signal, uint16_t flags, char *words, size_t size);
/* Moves all that waits of an array to the top: Slurm takes no list of tasks there. 0 or Slurm's errno. */
int slurm_array_top(const char *id);
/* The answer of the other requests: 0 if it was done for any of the tasks, and in words those that were
   refused; else the first error. Of a whole array those that have ended are not worth a word. */
int slurm_array_result(const job_array_resp_msg_t *resp, bool whole, char *words, size_t size);

#endif
