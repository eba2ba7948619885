/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/farm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tests/bench/procs.h"

static bool farm_command(const struct farm *farm, bool start)
{
    const char *const up[] = {SOURCE_DIR "/farm/up", "--dir", farm->dir, "--jobs", farm->jobs,
        "--nodes", farm->nodes, NULL};
    const char *const down[] = {SOURCE_DIR "/farm/down", "--dir", farm->dir, NULL};

    if (command_run(start ? up : down, true, NULL) == 0)
        return true;
    fprintf(stderr, "bench: farm/%s does not work\n", start ? "up" : "down");
    return false;
}

static void set_environment(const char *conf)
{
    static const char *const prefixes[] = {
        "SLURM_", "SBATCH_", "SQUEUE_", "SINFO_", "SCANCEL_", "SCONTROL_", "KFARM_"};

    for (size_t i = 0; environ && environ[i];) {
        char *name = xmemdup0(environ[i], strcspn(environ[i], "="));
        bool drop = false;

        for (size_t k = 0; k < KF_LEN(prefixes); k++)
            drop = drop || strncmp(name, prefixes[k], strlen(prefixes[k])) == 0;
        if (drop)
            unsetenv(name);
        else
            i++;
        free(name);
    }
    setenv("SLURM_CONF", conf, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
}

bool farm_start(struct farm *farm)
{
    const char *tmp = getenv("TMPDIR");
    const char *status[] = {SOURCE_DIR "/farm/status", "--dir", NULL, NULL};

    if (farm->conf == NULL) {
        snprintf(farm->own_dir, sizeof(farm->own_dir), "%s/kfarm-speed.%u.%sx%s",
            tmp && *tmp ? tmp : "/tmp", (unsigned)geteuid(), farm->jobs, farm->nodes);
        farm->dir = farm->dir ? farm->dir : farm->own_dir;
        snprintf(farm->own_conf, sizeof(farm->own_conf), "%s/etc/slurm.conf", farm->dir);
        status[2] = farm->dir;
        farm->started = command_run(status, false, NULL) != 0;
        if (!farm_command(farm, true))
            return false;
    }
    set_environment(farm->conf ? farm->conf : farm->own_conf);
    return true;
}

bool farm_end(const struct farm *farm)
{
    return !farm->started || farm->keep || farm_command(farm, false);
}
