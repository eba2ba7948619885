/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_SCRIPT_H
#define KFARM_TUI_SCRIPT_H
#include "tui/options.h"

/*
 * --script: drives the dashboard without a terminal. One step a line, `#` starts a comment:
 *
 *     keys j j Enter     press keys, by the names of --list-commands
 *     type TEXT          type the rest of the line
 *     wait TEXT          until the screen shows it; 30 s (of the recording's time) at most
 *     gone TEXT          until it does not
 *     advance 1.5        let so many seconds pass
 *     size 120x40        change the size of the screen
 *     dump               print the screen as text
 *     roles              print the screen's roles as letters (widgets/role.h)
 *
 * On a recording time moves only by `wait`, `gone` and `advance`: the same script prints the same
 * screens each time. Returns the exit status: 0; 1 with FILE:LINE and the screen on standard error
 * if a wait ran out; 2 for a script that cannot be read.
 */
int script_main(const struct options *o);

#endif
