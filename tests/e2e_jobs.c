/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs by the thousand: sbatch costs 20 ms each, a message of libslurm two. The messages are sent by a
 * child, because libslurm ends the process that has read a bad configuration.
 */
#include <setjmp.h>
#include <slurm/slurm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/e2e.h"

static bool submit_held(char *name, char *dir)
{
    char script[] = "#!/bin/sh\nexit 0\n", null[] = "/dev/null";
    char path[] = "PATH=/usr/bin:/bin", *environment[] = {path, NULL};
    submit_response_msg_t *response = NULL;
    job_desc_msg_t job;

    slurm_init_job_desc_msg(&job);
    job.name = name;
    job.script = script;
    job.environment = environment;
    job.env_size = 1;
    job.work_dir = dir;
    job.std_in = job.std_out = job.std_err = null;
    job.user_id = geteuid();
    job.group_id = getegid();
    job.num_tasks = job.min_cpus = 1;
    job.time_limit = 10;
    job.priority = 0; /* held */
    if (slurm_submit_batch_job(&job, &response) != SLURM_SUCCESS)
        return false;
    slurm_free_submit_response_response_msg(response);
    return true;
}

static _Noreturn void submit_all(const char *name, const char *work, unsigned count)
{
    char name_of[256], dir[E2E_PATH];
    bool ok = true;

    snprintf(dir, sizeof(dir), "%s", work);
    slurm_init(NULL);
    for (unsigned i = 0; i < count && ok; i++) {
        snprintf(name_of, sizeof(name_of), "%s%u", name, i);
        ok = submit_held(name_of, dir);
    }
    _exit(ok ? 0 : 1);
}

void e2e_submit_many(struct e2e *e, const char *name, unsigned count)
{
    int status;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        submit_all(name, e->work, count);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}
