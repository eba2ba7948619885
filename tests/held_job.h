/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_HELD_JOB_H
#define KFARM_TESTS_HELD_JOB_H
#include <stdbool.h>
#include <stdint.h>

/* Submits a job of one task that waits for ever, held by priority 0, in one message to the controller.
   False: refused, with Slurm's error in errno. */
bool held_job_submit(const char *name, const char *work_dir, uint32_t *ret_id);

#endif
