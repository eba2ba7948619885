/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILDKIND_H
#define KFARM_BACKEND_BUILDKIND_H
/*
 * What a build is of: the directory that its log names and that has a kernel's .config, and what that says
 * (architecture and configuration); and what its script tells make to do (targets). Two builds that are alike in
 * both make the same steps.
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/build.h"

#define BUILDKIND_BYTES 512

/*
 * Writes it into out: "DIRECTORY HASH". "" if it cannot be told: no directory is named, none of them has a .config
 * that can be read, or it was written after the build had ended (end_s, seconds since the epoch; 0: it runs).
 * Reads files: call it once the configuration is done.
 */
void buildkind_of(const struct build *b, int64_t end_s, char out[BUILDKIND_BYTES]);
/*
 * Likewise a word for the commands that are make's (batch_makes()) in the script that a job runs: `command` as Slurm
 * has it, the script's path and its arguments. "" if they cannot be told: the script cannot be read, has none, or was
 * written, or put there, after the job was submitted (seconds since the epoch), when Slurm took a copy. Of a job that
 * was requeued nobody knows when that was: scontrol(1), requeue.
 */
void buildkind_makes(const char *command, int64_t submit_s, char out[BUILDKIND_BYTES]);

#endif
