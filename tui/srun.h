/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_SRUN_H
#define KFARM_TUI_SRUN_H
/*
 * How something gets onto a node at once, through srun. Seen with Slurm 22.05:
 *
 *   - A node with a free CPU and some free memory takes a new job of one task in some 30 ms. Without
 *     --mem it would want the partition's DefMemPerCPU, which a partly used node may not have.
 *   - On a node that is full or drained, a step that shares the resources of a job starts as fast:
 *     --jobid=J --overlap. But only a job's own user may do that, not even root: "Unable to create step
 *     for job 8: Access/permission denied"; and as that user (--uid) root is told "Invalid job
 *     credential".
 *   - While other jobs wait for resources or for their turn, a new one starts only when the backfill
 *     scheduler comes round, seconds later; a step beside a job does not care.
 *   - Otherwise srun waits, until --immediate's seconds have passed: "Requested nodes are busy".
 *   - SIGTERM makes srun end its step and its job before it ends itself, also while it waits. After
 *     SIGKILL a step beside others stays.
 *
 * Command lines are made as text (words.h) that says the same to words_split() and to a shell.
 */
#include <stddef.h>

#include "base/buf.h"

struct app;

/* Appends the command line that runs `command` (as words_split() takes it) on the node, as the snapshot
   has the farm now. */
void srun_run(const struct app *a, const char *node, const char *command, struct buf *out);
/* The same for a shell: the words of `template`, with the node's name for {}. If the first is srun,
   the options that get it onto the node come next, before the template's own, which overrule them. */
void srun_shell(const struct app *a, const char *node, const char *template, struct buf *out);
/* What is particular about the way onto this node, in plain words; "" if nothing is. */
void srun_note(const struct app *a, const char *node, char *out, size_t size);

/* Our environment without what tells srun of another job, cluster or option: SLURM_* other than
   SLURM_CONF and SLURM_JWT, and SRUN_*. For free(); the strings are those of `environ`. */
char **srun_environment(void);

#endif
