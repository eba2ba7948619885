/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LOCALFARM_H
#define KFARM_TUI_LOCALFARM_H
/*
 * The farm that farm/quickstart has started on this machine, for a program that is started without a word about which
 * farm is meant. farm/quickstart leaves the path of that farm's slurm.conf, one line, in
 * $XDG_STATE_HOME/kfarm-top/quickstart (usually ~/.local/state). It counts only where Slurm's own commands would find
 * nothing: SLURM_CONF and SLURM_CONF_SERVER are not set, and there is no slurm.conf in Slurm's usual place, nor one that a
 * slurmd fetched. Slurm's configuration names programs and libraries that are run, so neither file is used if anybody but
 * the user and root could have written it (base/stranger.h).
 */
#include "base/diag.h"

enum localfarm {
    LOCALFARM_NONE, /* it is configured otherwise, or there is no such farm */
    LOCALFARM_USED, /* SLURM_CONF names it from now on, for all helpers and commands */
    LOCALFARM_REFUSED /* somebody else could have written it */
};

/* Sets SLURM_CONF if there is such a farm; before the first thread. What was done, or why not, is put in words in d. Reads the
   user's files: blocks. */
enum localfarm localfarm_use(struct diag *d);

#endif
