/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static void add_children(struct procs *p, const char *path)
{
    FILE *f = fopen(path, "re");
    long child;

    while (f && fscanf(f, "%ld", &child) == 1)
        if (p->n < PROCS_MAX)
            p->pids[p->n++] = (pid_t)child;
    if (f)
        fclose(f);
}

void procs_of(struct procs *p, pid_t root)
{
    char path[300];
    struct dirent *entry;
    DIR *dir;

    *p = (struct procs){.pids = {root}, .n = 1};
    for (size_t i = 0; i < p->n; i++) {
        snprintf(path, sizeof(path), "/proc/%ld/task", (long)p->pids[i]);
        dir = opendir(path);
        while (dir && (entry = readdir(dir)) != NULL)
            if (entry->d_name[0] != '.') {
                snprintf(path, sizeof(path), "/proc/%ld/task/%s/children", (long)p->pids[i],
                    entry->d_name);
                add_children(p, path);
            }
        if (dir)
            closedir(dir);
    }
}

double procs_cpu_ms(const struct procs *p)
{
    double sum = 0;

    for (size_t i = 0; i < p->n; i++) {
        struct timespec t;
        clockid_t clock;

        if (clock_getcpuclockid(p->pids[i], &clock) != 0 || clock_gettime(clock, &t) < 0)
            return -1;
        sum += (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
    }
    return sum;
}

/* The number behind `key` ("Rss:") in a file of /proc that counts in KiB, in MB; -1 without one. */
static double read_mb(pid_t pid, const char *file, const char *key)
{
    char path[64], line[256];
    double mb = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, file);
    f = fopen(path, "re");
    while (f && mb < 0 && fgets(line, sizeof(line), f))
        if (strncmp(line, key, strlen(key)) == 0)
            mb = strtod(line + strlen(key), NULL) * 1024 / 1e6;
    if (f)
        fclose(f);
    return mb;
}

bool procs_memory(const struct procs *p, struct procs_memory *ret)
{
    struct procs_memory sum = {0};

    for (size_t i = 0; i < p->n; i++) {
        double rss = read_mb(p->pids[i], "smaps_rollup", "Rss:");
        double pss = read_mb(p->pids[i], "smaps_rollup", "Pss:");
        double peak = read_mb(p->pids[i], "status", "VmHWM:");

        if (rss < 0 || pss < 0 || peak < 0)
            return false;
        sum.rss += rss;
        sum.pss += pss;
        sum.peak += peak;
    }
    *ret = sum;
    return true;
}

double proc_waited_ms(pid_t pid)
{
    unsigned long long ran, waited = 0;
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/schedstat", (long)pid);
    f = fopen(path, "re");
    if (f && fscanf(f, "%llu %llu", &ran, &waited) != 2)
        waited = 0;
    if (f)
        fclose(f);
    return (double)waited / 1e6;
}

double proc_reaped_ms(pid_t pid)
{
    unsigned long long user = 0, system = 0;
    char path[64], line[1024];
    const char *at = NULL;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    f = fopen(path, "re");
    if (f && fgets(line, sizeof(line), f))
        at = strrchr(line, ')'); /* the name before it may hold anything */
    if (f)
        fclose(f);
    if (at == NULL || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %llu %llu",
                          &user, &system) != 2)
        return 0;
    return (double)(user + system) * 1e3 / (double)sysconf(_SC_CLK_TCK);
}

static double ms_of(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static int wait_for(pid_t pid, struct rusage *ret_usage)
{
    int status;

    while (wait4(pid, &status, 0, ret_usage) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int command_run(const char *const *argv, bool show, struct command_cost *ret)
{
    posix_spawn_file_actions_t actions;
    int64_t start = clock_monotonic_us();
    struct rusage usage = {0};
    int status, err;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (show) {
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    } else {
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    }
    err = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (err)
        return -1;
    status = wait_for(pid, &usage);
    if (ret && status >= 0)
        *ret = (struct command_cost){.wall_ms = (double)(clock_monotonic_us() - start) / 1e3,
            .cpu_ms = ms_of(usage.ru_utime) + ms_of(usage.ru_stime),
            .peak_mb = (double)usage.ru_maxrss * 1024 / 1e6};
    return status;
}

int command_output(const char *const *argv, struct buf *out)
{
    posix_spawn_file_actions_t actions;
    int fds[2], err;
    char chunk[4096];
    pid_t pid;
    ssize_t n;

    buf_clear(out);
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
    err = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    while (!err && ((n = read(fds[0], chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            buf_add(out, chunk, (size_t)n);
    close(fds[0]);
    return err ? -1 : wait_for(pid, &(struct rusage){0});
}
