/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILDKIND_H
#define KFARM_BACKEND_BUILDKIND_H
/*
 * What a build is of: the directory that its log names and that has a kernel's .config, and what that says
 * (architecture and configuration); and what its script tells make to do (targets). Two builds that are alike in
 * both make the same steps.
 */
#include <stdint.h>

#include "backend/aside.h"

#define BUILDKIND_BYTES 512

struct buildkind {
    /* "DIRECTORY HASH". "" if it cannot be told: no directory is named, none of them has a .config that can be read, or it
       was written after the build had ended. */
    char config[BUILDKIND_BYTES];
    /* A word for the commands that are make's (batch_makes()) in the script that the job runs. "" if they cannot be told:
       the script cannot be read, has none, or was written, or put there, after the job was submitted, when Slurm took a
       copy. */
    char makes[BUILDKIND_BYTES];
};

struct buildkind_question {
    const char *const *places; /* directories that its log names, NULL at the end */
    int64_t end_s; /* of the build, seconds since the epoch; 0: it runs */
    const char *command; /* as Slurm has it: the script's path and its arguments */
    /* Likewise; 0 of a job that was requeued: nobody knows when Slurm took its copy (scontrol(1), requeue). */
    int64_t submit_s;
};

/* Reads files, whose server may hang. */
void buildkind_find(const struct buildkind_question *q, struct buildkind *ret);

/* Lets a thread find it; the question is copied. Call it once the configuration is done. */
struct aside *buildkind_ask(const struct buildkind_question *q);
/* What it found, there until aside_free(); NULL: nothing yet. Waits up to so long. */
const struct buildkind *buildkind_answer(struct aside *a, int wait_ms);

#endif
