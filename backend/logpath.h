/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGPATH_H
#define KFARM_BACKEND_LOGPATH_H
/*
 * The files a batch job writes, worked out from the pattern that Slurm stores. libslurm's own
 * slurm_get_job_stdout() differs from release to release and leaves %N and widths alone before
 * 25.11, so this follows what slurmstepd does on the node (src/slurmd/common/fname.c,
 * _batch_path_check; sbatch(1), "filename pattern").
 */
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

#define LOGPATH_NO_TASK UINT32_MAX

/* Strings may be NULL or "" where Slurm has none. */
struct logpath_job {
    uint32_t job_id;
    uint32_t array_job_id; /* 0: not of an array */
    uint32_t
        array_task_id; /* LOGPATH_NO_TASK: not of an array, or the record of its pending tasks */
    uint32_t restarts;
    const char *name;
    const char *user;
    const char *work_dir; /* as Slurm has it, so as the job's user has set it */
    const char *batch_host; /* for %N; while "" a pattern with %N has no path yet */
    const char *std_out; /* pattern as submitted; "" means Slurm's default */
    const char *std_err; /* ditto; "" means the same file as std_out */
};

enum logpath_which { LOGPATH_STDOUT, LOGPATH_STDERR };

/*
 * Writes the absolute path into out. Known are %A %a %b %J %j %N %n %r %s %t %u %x %%, with a
 * zero-padded width up to 10; %b and %r as the releases that have them (24.11, 25.11) do it.
 * Returns 0; -ENODATA if the path is not known, or not yet (%a %b %J %j in the record of an array's
 * pending tasks, %N before the job has a node, %u or %x without a name, and %S, 25.11's SLUID, which
 * no job record tells), -ENAMETOOLONG if it does not fit, -EINVAL for a relative pattern without an
 * absolute work_dir. On failure out is "".
 */
int logpath_expand(const struct logpath_job *job, enum logpath_which which, char *out, size_t size);

#endif
