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
#include "tests/held_job.h"

static _Noreturn void submit_all(const char *name, const char *work, unsigned count)
{
    char name_of[256];
    uint32_t id;
    bool ok = true;

    slurm_init(NULL);
    for (unsigned i = 0; i < count && ok; i++) {
        snprintf(name_of, sizeof(name_of), "%s%u", name, i);
        ok = held_job_submit(name_of, work, &id);
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
