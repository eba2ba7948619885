/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILDKIND_H
#define KFARM_BACKEND_BUILDKIND_H
/*
 * What a build is of: kernel, architecture, configuration and compiler, all of which the .config says that lies in a
 * directory that the log names; and the targets that make is called with. Two builds with the same configuration and the same targets run the same steps.
 * Where tree and objects lie does not matter: that may be another place for each job.
 */
#include <stdint.h>

#include "backend/aside.h"

#define BUILDKIND_BYTES 512

struct buildkind {
    /* "Linux/x86 6.1 HASH". "" if it cannot be told: no directory is named, none of them has a .config that can be read, or
       it was written after the build had ended. */
    char config[BUILDKIND_BYTES];
    /* A word for the targets that the log names, or else for the commands that are make's (batch_makes()) in the script
       that the job runs. "" if neither can be told: the script cannot be read, has none, or was written, or put there,
       after the job was submitted, when Slurm took a copy. */
    char makes[BUILDKIND_BYTES];
};

struct buildkind_question {
    const char *const *places; /* directories that its log names, NULL at the end */
    const char *targets; /* that its log names; NULL: none */
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
