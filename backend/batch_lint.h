/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BATCH_LINT_H
#define KFARM_BACKEND_BATCH_LINT_H
/*
 * Mistakes in the commands of a batch script that builds with make: seen in the text, nothing is run.
 * It knows enough of the shell to find commands and simple assignments; what it does not understand it
 * says nothing about.
 *
 *   faults    a comment or a blank behind a backslash cuts a command in two; a target that the
 *             architecture does not have
 *   warnings  make -j against the CPUs that the job gets; a failed make that nobody would notice; make
 *             on several nodes
 */
#include <stddef.h>

#include "backend/request.h"
#include "base/buf.h"

void batch_lint(const char *text, size_t size, const struct request *r, struct findings *findings);

/* The commands of a script that are make's, a line each: with the variables that are set for them, before or behind the
   word make or exported earlier, and without what changes no line of the log: -j and the like. */
void batch_makes(const char *text, size_t size, struct buf *out);

#endif
