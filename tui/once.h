/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_ONCE_H
#define KFARM_TUI_ONCE_H
#include "backend/progress.h"
#include "tui/options.h"

/*
 * --once: gets one snapshot and prints it to standard output. Returns the exit status: 0; 2 for a
 * view or column that does not exist; 3 if Slurm does not answer, with the reason on standard error
 * and nothing on standard output.
 */
int once_main(const struct options *o);

/* One snapshot of the sections in `want` (enum refresh_want), of the farm or of the recording that the
   options name. NULL, the reason on standard error and the exit status (2, 3) in *ret_status if there is
   none; else *ret_now_ms is the time of whoever looks. snapshot_free() it. With `progress` the logs of its
   builds are read too, within ten seconds; those that could not be are told on standard error. */
struct snapshot *once_snapshot(const struct options *o, uint32_t want, struct progress *progress,
    int64_t *ret_now_ms, int *ret_status);

#endif
