/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_TOP_H
#define KFARM_BENCH_TOP_H
/*
 * kfarm-top in a terminal of 120 x 40.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tests/vt.h"

#define TOP_WAIT_MS 20000 /* what is not there then never comes */

/* Starts the program with up to five arguments (NULL: none); NULL, after a word on stderr, if that failed.
   vt_free() it. */
struct vt *top_open(const char *program, const char *const *args);
/* The job that is selected on the screen; false if none is. */
bool top_selected(struct vt *vt, uint32_t *ret_job);
/* Waits until a job is selected on the screen, and tells which. */
bool top_see_job(struct vt *vt, uint32_t *ret_job);
/* Goes to the queue and selects this job there. */
bool top_select(struct vt *vt, uint32_t job);
/* Ends the program with its key q. */
bool top_quit(struct vt *vt);

#endif
