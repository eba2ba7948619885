/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SLURM_ACT_H
#define KFARM_BACKEND_SLURM_ACT_H

#include "backend/action.h"

struct slurm_act_events {
    /* What becomes of a target: first ACTION_SENDING, when its request is about to leave (a negative
       return keeps it back), then the outcome. Called by one thread at a time. */
    int (*result)(void *user, const struct action_result *r);
    /* A thread has nothing more to send: what result() has kept back must be passed on now, as before a
       request leaves; likewise. */
    int (*flush)(void *user);
    /* Waits for the word to send, for so many ms at most, -1: as long as it takes; false if it has not come
       by then. A stop is a word, too. Called by the one thread before it starts others. */
    bool (*awaited)(void *user, int timeout_ms);
    /* Has the operator stopped it? Asked before each request; likewise. */
    bool (*stopped)(void *user);
};

/*
 * Reads the targets' state again and asks the controller for those that are still what was
 * confirmed: one after the other if there are few, several at a time if there are many. What has to
 * wait for a word is read at the beginning; again half a second before the word is expected, so that
 * it can leave at once then; or when the word comes, if that is earlier. Blocks as
 * libslurm does; only for a helper process. slurm_init() must have been called. Words are those of
 * slurm_strerror(3). Returns 0, or what result() returned.
 */
int slurm_act(const struct action_order *order, const struct slurm_act_events *events, void *user);

#endif
