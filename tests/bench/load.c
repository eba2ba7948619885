/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/load.h"

#include <errno.h>
#include <malloc.h>
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/bench/control.h"

struct load {
    pid_t pid;
    int fd;
    uint32_t jobs, nodes;
};

struct answer {
    bool ok, unchanged;
    uint32_t jobs, nodes;
    double ms[LOAD_MAX];
};

/* ---- the process ---- */

struct tables {
    time_t jobs_time, nodes_time;
};

static double cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Loads what is newer than the times given. An error other than "nothing has changed" is one. */
static bool load_since(struct tables *since, struct answer *a)
{
    job_info_msg_t *jobs = NULL;
    node_info_msg_t *nodes = NULL;

    if (slurm_load_jobs(since->jobs_time, &jobs, SHOW_ALL | SHOW_LOCAL) != SLURM_SUCCESS &&
        errno != SLURM_NO_CHANGE_IN_DATA)
        return slurm_failed("loading the jobs");
    if (slurm_load_node(since->nodes_time, &nodes, SHOW_ALL) != SLURM_SUCCESS &&
        errno != SLURM_NO_CHANGE_IN_DATA)
        return slurm_failed("loading the nodes");
    a->unchanged = jobs == NULL && nodes == NULL;
    if (jobs) {
        since->jobs_time = jobs->last_update;
        a->jobs = jobs->record_count;
        slurm_free_job_info_msg(jobs);
    }
    if (nodes) {
        since->nodes_time = nodes->last_update;
        a->nodes = nodes->record_count;
        slurm_free_node_info_msg(nodes);
    }
    return true;
}

static _Noreturn void serve(int fd)
{
    struct tables last = {0};
    int n;

    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    slurm_init(NULL);
    while (read(fd, &n, sizeof(n)) == sizeof(n)) { /* loads of everything; 0: one of what is new */
        struct answer a = {.ok = true};

        for (int i = 0; i < KF_MAX(n, 1) && a.ok; i++) {
            double before = cpu_ms();

            if (n > 0)
                last = (struct tables){0};
            a.ok = load_since(&last, &a);
            a.ms[i] = cpu_ms() - before;
        }
        if (write(fd, &a, sizeof(a)) != sizeof(a))
            break;
    }
    _exit(0);
}

/* ---- its owner ---- */

static bool ask(struct load *l, int n, struct answer *a)
{
    return write(l->fd, &n, sizeof(n)) == sizeof(n) &&
           recv(l->fd, a, sizeof(*a), MSG_WAITALL) == sizeof(*a) && a->ok;
}

struct load *load_start(double *ret_first_ms)
{
    struct load *l = xcalloc(1, sizeof(*l));
    int64_t start = clock_monotonic_us();
    struct answer a;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        free(l);
        return NULL;
    }
    l->pid = fork();
    if (l->pid == 0) {
        close(pair[0]);
        serve(pair[1]);
    }
    close(pair[1]);
    l->fd = pair[0];
    if (l->pid < 0 || !ask(l, 1, &a))
        return load_stop(l);
    if (ret_first_ms)
        *ret_first_ms = (double)(clock_monotonic_us() - start) / 1e3;
    if (!ask(l, LOAD_WARM_UP - 1, &a))
        return load_stop(l);
    l->jobs = a.jobs;
    l->nodes = a.nodes;
    return l;
}

struct load *load_stop(struct load *l)
{
    if (l) {
        close(l->fd); /* it ends at the end of the stream */
        while (l->pid > 0 && waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    free(l);
    return NULL;
}

pid_t load_pid(const struct load *l)
{
    return l->pid;
}

uint32_t load_jobs(const struct load *l)
{
    return l->jobs;
}

uint32_t load_nodes(const struct load *l)
{
    return l->nodes;
}

bool load_tables(struct load *l, int n, double *ret_ms)
{
    struct answer a;

    if (!ask(l, KF_MIN(n, LOAD_MAX), &a))
        return false;
    for (int i = 0; i < n && i < LOAD_MAX; i++)
        ret_ms[i] = a.ms[i];
    return true;
}

bool load_unchanged(struct load *l, bool *ret_unchanged, double *ret_ms)
{
    struct answer a;

    if (!ask(l, 0, &a))
        return false;
    if (ret_ms)
        *ret_ms = a.ms[0];
    *ret_unchanged = a.unchanged;
    return true;
}
