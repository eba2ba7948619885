/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_ONCE_H
#define KFARM_TUI_ONCE_H
#include "tui/options.h"

/*
 * --once: gets one snapshot and prints it to standard output. Returns the exit status: 0; 2 for a
 * view or column that does not exist; 3 if Slurm does not answer, with the reason on standard error
 * and nothing on standard output.
 */
int once_main(const struct options *o);

#endif
