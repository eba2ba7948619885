/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/held_job.h"

#include <stdlib.h>
#include <unistd.h>

#include "backend/slurm_compat.h"
#include "base/alloc.h"

bool held_job_submit(const char *name, const char *work_dir, uint32_t *ret_id)
{
    char script[] = "#!/bin/sh\nexit 0\n", null[] = "/dev/null", path[] = "PATH=/usr/bin:/bin";
    char *environment[] = {path, NULL}, *own_name = xstrdup(name), *own_dir = xstrdup(work_dir);
    submit_response_msg_t *response = NULL;
    job_desc_msg_t job;
    bool ok;

    slurm_init_job_desc_msg(&job);
    job.name = own_name;
    job.script = script;
    job.environment = environment;
    job.env_size = 1;
    job.work_dir = own_dir;
    job.std_in = job.std_out = job.std_err = null;
    job.user_id = geteuid();
    job.group_id = getegid();
    job.num_tasks = job.min_cpus = 1;
    job.time_limit = 10;
    job.priority = 0; /* held */
    ok = slurm_submit_batch_job(&job, &response) == SLURM_SUCCESS;
    free(own_name);
    free(own_dir);
    if (ok) {
        *ret_id = compat_submitted(response);
        slurm_free_submit_response_response_msg(response);
    }
    return ok;
}
