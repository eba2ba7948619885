/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_PRINT_MESSAGES_H
#define KFARM_TUI_PRINT_MESSAGES_H
/*
 * --once messages: what was done to the farm, and what came of it, as the audit file has it (audit.h), a row for each
 * target. Slurm is not asked.
 */
#include <stdio.h>

#include "tui/options.h"

/* Prints it, complaints to standard error. The exit status: 0, 1 if it cannot be written, 2 if there is nothing that
   could be read. */
int print_messages(const struct options *o, FILE *out);

#endif
