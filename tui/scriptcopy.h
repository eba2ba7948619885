/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_SCRIPTCOPY_H
#define KFARM_TUI_SCRIPTCOPY_H
/*
 * What sbatch reads is what was judged. sbatch is handed a path and opens it itself, and until then whoever may change
 * the file could put another script there:
 *
 *   - The operator's own script (base/stranger.h) is read in its place. It is compared with what was judged when Enter
 *     is pressed, and again behind the operator's y. In the moment between that and sbatch's reading only the operator
 *     and root can change it.
 *   - Of any other, sbatch gets a private copy of the bytes that were judged, in a new directory below that of the kept
 *     scripts: submit-XXXXXX/NAME, NAME as the original's, since Slurm names a job after it. The file is compared once,
 *     when Enter is pressed, so that the operator hears of a new one; what its owner does to it from then on does not
 *     matter.
 *
 * A file that changed is not submitted: the form reads and judges it anew, and waits for another Enter.
 */
#include <stdbool.h>
#include <uv.h>

#include "base/buf.h"

#define SCRIPTCOPY_IN                                                                              \
    "kfarm-top/scripts/" /* below the directory for state: copies and kept scripts */

struct scriptcopy;

struct scriptcopy_answer {
    const char *path; /* for sbatch; NULL: something is wrong */
    const char *wrong; /* what, in words; "" if nothing is */
    bool changed; /* the file is not what was judged any more */
};

/* Called from the loop. What the answer points to lives until it returns. */
typedef void scriptcopy_fn(void *user, const struct scriptcopy_answer *answer);

/* Compares the file with the text in a thread, and makes a private copy if that is wanted: that is then the caller's,
   for scriptcopy_remove(). NULL if no thread can be started: fn is not called. */
struct scriptcopy *scriptcopy_start(uv_loop_t *loop, const char *script, const struct buf *text,
    bool copy, scriptcopy_fn *fn, void *user);
/* Nobody waits for it any more: fn is not called, and its copy is removed. Takes NULL; returns NULL. */
struct scriptcopy *scriptcopy_forget(struct scriptcopy *c);
/* Removes a copy and its directory, in a thread. */
void scriptcopy_remove(uv_loop_t *loop, const char *path);

/* Writes all of the text and closes the file; 0 or a negative errno. */
int scriptcopy_fill(int fd, const struct buf *text);

#endif
