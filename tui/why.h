/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_WHY_H
#define KFARM_TUI_WHY_H
/* Slurm's reasons and results in plain words. */
#include <stddef.h>
#include <stdint.h>

#include "backend/logrule.h"
#include "backend/snapshot.h"

/* Why a pending job waits, and when Slurm expects to start it: "waits for CPUs or memory, starts
   ~14:41". Unknown reasons in Slurm's own word. */
void why_pending(
    const struct snapshot *s, const struct job *j, int64_t now_s, char *out, size_t size);
/* What is known of libslurm's last words. */
struct why_trouble {
    const char *slurm; /* stands in them */
    const char *plain; /* in our words; NULL: Slurm's are plain */
    const char *advice; /* what to do, in one line of 79 columns */
};
/* NULL if nothing is known of them. */
const struct why_trouble *why_lost(const char *words);
/* What mends a build that failed of this, with the keys that do it; "" if only its source can be mended. */
const char *why_mend(enum log_cause cause);
/* How a finished job ended: "exit 2", "signal 9", "out of memory", "time limit". */
void why_ended(const struct snapshot *s, const struct job *j, char *out, size_t size);

#endif
