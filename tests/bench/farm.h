/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_FARM_H
#define KFARM_BENCH_FARM_H
/*
 * The farm that a benchmark measures on: one that it starts with farm/up and ends with farm/down, one
 * that is up already and left up, or one that is not farm/up's.
 */
#include <stdbool.h>

struct farm {
    const char *dir; /* NULL: one in TMPDIR or /tmp, named after the next two */
    const char *jobs, *nodes; /* farm/up's options */
    const char *conf; /* use the farm of this slurm.conf as it is; NULL */
    bool keep; /* do not end it */
    /* What follows is farm_start()'s. */
    bool started;
    char own_dir[128], own_conf[192];
};

/* Has everything that is run from here on talk to this farm, and in one language. False, after a word on
   stderr, if there is none. */
bool farm_start(struct farm *farm);
/* Ends it if farm_start() started it. */
bool farm_end(const struct farm *farm);

#endif
