/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SLURM_ACT_H
#define KFARM_BACKEND_SLURM_ACT_H

#include "backend/action.h"

/* Tells that the request is about to leave; a negative return stops the action unsent. */
typedef int slurm_act_sending(void *user);

/*
 * Reads the target's state again and, if it is still what was confirmed, asks the controller. Blocks
 * as libslurm does; only for a helper process. slurm_init() must have been called. The words are
 * those of slurm_strerror(3).
 */
struct action_result slurm_act(enum action_verb verb, const struct action_target *t,
    const char *argument, slurm_act_sending *sending, void *user);

#endif
