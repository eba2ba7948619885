/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_HELP_H
#define KFARM_TUI_HELP_H
/* The help screen, made from the table of commands. */
#include "tui/lines.h"

void help_build(struct lines *l);

#endif
