/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_HELPER_SLURM_H
#define KFARM_BACKEND_HELPER_SLURM_H

/*
 * The long-lived reader: answers each WIRE_REFRESH that comes on fd with the farm's sections and a
 * WIRE_HEALTH. Returns the exit status when the screen is gone (0) or libslurm cannot start (1, with
 * the reason on standard error, where the screen reads it).
 */
int helper_slurm_main(int fd);

#endif
