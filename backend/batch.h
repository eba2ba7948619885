/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BATCH_H
#define KFARM_BACKEND_BATCH_H
/*
 * A batch script as sbatch(1) reads it (src/sbatch/opt.c, sbatch.c; each case tried on 22.05): the
 * first line names an interpreter, and #SBATCH lines count up to the first line that is a command.
 * On such a line arguments are separated by blanks; quotes keep them together, a backslash takes the
 * next character as it is, and # begins a comment. An empty argument ("") ends the line.
 */
#include <stddef.h>
#include <stdint.h>

#include "backend/findings.h"

/* Slurm's default for max_script_size (SchedulerParameters, slurm.conf(5)). */
#define BATCH_BYTES_MAX (4u << 20)

struct batch_argument {
    char *text;
    uint32_t line;
};

struct batch {
    struct batch_argument *arguments; /* of the #SBATCH lines, in order */
    uint32_t count;
    uint32_t commands_from; /* the line of the first command; 0: there is none */
};

/* Reads the `size` bytes of a script. What sbatch would refuse, and lines that look like #SBATCH and
   are not, are added to `findings`. batch_release() it. */
void batch_read(struct batch *b, const char *text, size_t size, struct findings *findings);
void batch_release(struct batch *b);

#endif
