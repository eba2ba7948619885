/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SLURM_REQUEST_H
#define KFARM_BACKEND_SLURM_REQUEST_H
/* The requests themselves: one function of libslurm a verb. Private to the act helper; several
   threads may ask at once, as scancel does. */
#include "backend/slurm_now.h"

/*
 * Asks the controller. Returns 0, or Slurm's errno; where Slurm's words are not those of
 * slurm_strerror(3), they are in words (else ""). `now` is the target as it is.
 */
int slurm_request(enum action_verb verb, const struct action_target *t, const char *argument,
    const struct slurm_now *now, char *words, size_t size);

#endif
