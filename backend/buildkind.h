/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILDKIND_H
#define KFARM_BACKEND_BUILDKIND_H
/*
 * What a build is of: the directory that its log names and that has a kernel's .config, and what that says
 * (architecture and configuration). Two builds of one kind make the same steps.
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

#endif
