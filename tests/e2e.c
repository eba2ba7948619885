/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The farm of a test program, and commands in it. The keeper, a process that hangs from nobody,
 * waits for the end of a pipe that only the test program holds: then, however that came about, it
 * runs farm/down and removes the directory. e2e_end() closes the pipe and waits for the keeper.
 */
#include "tests/e2e.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/parse.h"

#define POLL_MS 50 /* between two questions to Slurm */

/* ---- the keeper ---- */

static int keeper_run(const char *const *argv)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        signal(SIGTERM, SIG_DFL);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Never returns. The answer on done_fd is one byte: did farm/down succeed? */
static _Noreturn void keeper(const struct e2e *e, int hold_fd, int done_fd)
{
    char down[E2E_PATH], byte;
    const char *const down_argv[] = {down, "--dir", e->dir, NULL};
    /* of a test that crashed: what it has mounted cannot be removed */
    const char *const umount_argv[] = {"sh", "-c",
        "awk -v d=\"$1/\" 'index($2, d) == 1 { print $2 }' /proc/mounts | xargs -r umount -l", "sh",
        e->dir, NULL};
    const char *const rm_argv[] = {"rm", "-rf", "--", e->dir, NULL};
    ssize_t n;

    setsid();
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_IGN); /* it bears the test's name, and may be meant with it */
    if (fork() != 0)
        _exit(0);
    snprintf(down, sizeof(down), "%s/farm/down", e->source_dir);
    do
        n = read(hold_fd, &byte, 1);
    while (n > 0 || (n < 0 && errno == EINTR));
    keeper_run(umount_argv);
    byte = keeper_run(down_argv) == 0 ? 'y' : 'n';
    if (byte == 'y' && getenv("KFARM_E2E_KEEP") == NULL)
        keeper_run(rm_argv);
    (void)!write(done_fd, &byte, 1);
    _exit(0);
}

static int keeper_start(struct e2e *e)
{
    int hold[2], done[2];
    pid_t pid;

    if (pipe2(hold, O_CLOEXEC) < 0 || pipe2(done, O_CLOEXEC) < 0)
        return -errno;
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        close(hold[1]);
        close(done[0]);
        keeper(e, hold[0], done[1]);
    }
    close(hold[0]);
    close(done[1]);
    e->hold_fd = hold[1];
    e->done_fd = done[0];
    if (pid < 0)
        return -errno;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

/* ---- starting and ending ---- */

/* What a person's shell may have set must change neither the program nor Slurm's commands. */
static void set_environment(const struct e2e *e)
{
    static const char *const prefixes[] = {
        "SLURM_", "SBATCH_", "SQUEUE_", "SINFO_", "SCANCEL_", "SACCT_", "XDG_", "KFARM_", "LC_"};
    bool found = true;

    while (found) {
        found = false;
        for (char **p = environ; *p && !found; p++)
            for (size_t i = 0; i < KF_LEN(prefixes) && !found; i++) {
                size_t n = strcspn(*p, "=");
                char name[128];

                found = strncmp(*p, prefixes[i], strlen(prefixes[i])) == 0 && n < sizeof(name) &&
                        strncmp(*p, "KFARM_E2E_", 10) != 0;
                if (found) {
                    snprintf(name, sizeof(name), "%.*s", (int)n, *p);
                    unsetenv(name);
                }
            }
    }
    setenv("SLURM_CONF", e->conf, 1);
    setenv("HOME", e->work, 1);
    setenv("LANG", "C.UTF-8", 1);
    setenv("SLURM_TIME_FORMAT", "standard", 1);
}

static int make_directories(struct e2e *e)
{
    snprintf(e->dir, sizeof(e->dir), "/tmp/kfarm-e2e.XXXXXX");
    if (mkdtemp(e->dir) == NULL || chmod(e->dir, 0755) < 0)
        return -errno;
    snprintf(e->work, sizeof(e->work), "%s/jobs", e->dir);
    snprintf(e->conf, sizeof(e->conf), "%s/etc/slurm.conf", e->dir);
    snprintf(e->top, sizeof(e->top), "%s/kfarm-top", e->dir);
    if (mkdir(e->work, 0777) < 0 || chmod(e->work, 01777) < 0)
        return -errno;
    return 0;
}

int e2e_start(void **state, const char *source_dir, const char *program)
{
    struct e2e *e = xcalloc(1, sizeof(*e));
    char up[E2E_PATH];
    struct e2e_result r;

    e->hold_fd = e->done_fd = -1;
    e->source_dir = source_dir;
    *state = e;
    if (make_directories(e) < 0 || keeper_start(e) < 0) {
        print_error("no directory for the farm: %s\n", strerror(errno));
        return -1;
    }
    set_environment(e);
    snprintf(up, sizeof(up), "%s/farm/up", source_dir);
    r = e2e_command(
        e, &(struct e2e_command){
               .argv = (const char *const[]){up, "--dir", e->dir, NULL}, .deadline_ms = 150000});
    if (r.status != 0 || strstr(r.out, e->conf) == NULL) {
        print_error(
            "there is no farm to test on: farm/up ended with %d: %s%s\n", r.status, r.out, r.err);
        return -1;
    }
    /* the build's own directory may be closed to others */
    r = e2e_run(e, "install", "-m", "755", "--", program, e->top);
    if (r.status != 0)
        print_error("kfarm-top cannot be copied: %s\n", r.err);
    return r.status == 0 ? 0 : -1;
}

int e2e_end(void **state)
{
    struct e2e *e = *state;
    char byte = 'n';
    ssize_t n = 0;

    if (e == NULL)
        return -1;
    vt_free(e->vt);
    vt_free(e->other);
    close(e->hold_fd);
    if (e->done_fd >= 0) {
        do
            n = read(e->done_fd, &byte, 1);
        while (n < 0 && errno == EINTR);
        close(e->done_fd);
    }
    if (n != 1 || byte != 'y')
        print_error("farm/down --dir %s failed\n", e->dir);
    for (int i = 0; i < E2E_RESULTS; i++) {
        buf_release(&e->results[i][0]);
        buf_release(&e->results[i][1]);
    }
    free(e);
    *state = NULL;
    return byte == 'y' ? 0 : -1;
}

/* A list of job numbers for scancel would need a limit; the states do not. A test may have ended
   with its controller away: then there is nothing to cancel yet. */
int e2e_end_test(void **state)
{
    static const char *const states[] = {"--state=PENDING", "--state=RUNNING", "--state=SUSPENDED"};
    struct e2e *e = *state;

    e->vt = vt_free(e->vt);
    e->other = vt_free(e->other);
    for (size_t i = 0; i < KF_LEN(states); i++)
        e2e_run(e, "scancel", "--quiet", states[i]);
    return 0;
}

int e2e_end_controller_test(void **state)
{
    struct e2e *e = *state;

    e->vt = vt_free(e->vt);
    e2e_farm(e, "ctl", "start");
    return e2e_end_test(state);
}

/* ---- commands ---- */

static _Noreturn void child(const struct e2e *e, const struct e2e_command *c, int out, int err)
{
    int null = open("/dev/null", O_RDONLY);

    setpgid(0, 0);
    for (const char *const *p = c->env; p && *p; p++) {
        char name[128];

        snprintf(name, sizeof(name), "%.*s", (int)strcspn(*p, "="), *p);
        if (strchr(*p, '='))
            setenv(name, strchr(*p, '=') + 1, 1);
        else
            unsetenv(name);
    }
    signal(SIGPIPE, SIG_DFL);
    if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
        chdir(c->cwd ? c->cwd : e->work) < 0)
        _exit(126);
    execvp(c->argv[0], (char *const *)c->argv);
    dprintf(2, "%s: %s\n", c->argv[0], strerror(errno));
    _exit(127);
}

/* Reads both pipes to their ends; false at the deadline. */
static bool read_all(int fds[2], struct buf *into, int64_t until_us)
{
    char chunk[16384];

    while (fds[0] >= 0 || fds[1] >= 0) {
        struct pollfd p[2] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};
        int64_t left_ms = (until_us - clock_monotonic_us()) / 1000;

        if (left_ms <= 0)
            return false;
        if (poll(p, 2, (int)left_ms) < 0 && errno != EINTR)
            return false;
        for (int i = 0; i < 2; i++) {
            ssize_t n;

            if (fds[i] < 0 || p[i].revents == 0)
                continue;
            n = read(fds[i], chunk, sizeof(chunk));
            if (n > 0) {
                buf_add(&into[i], chunk, (size_t)n);
            } else if (n == 0 || errno != EINTR) {
                close(fds[i]);
                fds[i] = -1;
            }
        }
    }
    return true;
}

struct e2e_result e2e_command(struct e2e *e, const struct e2e_command *c)
{
    struct buf *into = e->results[e->next_result++ % E2E_RESULTS];
    int out[2], err[2], fds[2], status = 0;
    int64_t begin = clock_monotonic_us();
    int64_t until = begin + (int64_t)(c->deadline_ms ? c->deadline_ms : E2E_MS) * 1000;
    bool ended;
    pid_t pid;

    buf_clear(&into[0]);
    buf_clear(&into[1]);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        child(e, c, out[1], err[1]);
    close(out[1]);
    close(err[1]);
    fds[0] = out[0];
    fds[1] = err[0];
    ended = read_all(fds, into, until);
    if (!ended)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (!ended)
        fail_msg("%s did not end in time: %s%s", c->argv[0], buf_str(&into[0]), buf_str(&into[1]));
    return (struct e2e_result){
        .status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
        .out = buf_str(&into[0]),
        .err = buf_str(&into[1]),
        .out_len = into[0].len,
        .took_ms = (clock_monotonic_us() - begin) / 1000};
}

const char *e2e_output_list(struct e2e *e, const char *const *argv)
{
    struct e2e_result r = e2e_command(e, &(struct e2e_command){.argv = argv});

    if (r.status != 0)
        fail_msg("%s ended with %d: %s", argv[0], r.status, r.err);
    return r.out;
}

void e2e_farm(struct e2e *e, const char *name, const char *verb)
{
    char path[E2E_PATH];
    const char *const with[] = {path, verb, "--dir", e->dir, NULL};
    const char *const without[] = {path, "--dir", e->dir, NULL};
    struct e2e_command c = {.argv = verb ? with : without, .deadline_ms = 90000};
    struct e2e_result r;

    snprintf(path, sizeof(path), "%s/farm/%s", e->source_dir, name);
    r = e2e_command(e, &c);
    if (r.status != 0)
        fail_msg("farm/%s %s ended with %d: %s", name, verb ? verb : "", r.status, r.err);
}

const char *e2e_file(struct e2e *e, char out[E2E_PATH], const char *name, const char *text)
{
    FILE *f;

    snprintf(out, E2E_PATH, "%s/%s", e->work, name);
    f = fopen(out, "we");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fchmod(fileno(f), 0755), 0);
    assert_int_equal(fclose(f), 0);
    return out;
}

/* ---- waiting ---- */

void e2e_pause(struct e2e *e, int ms)
{
    if (e->vt)
        vt_run(e->vt, ms);
    else
        poll(NULL, 0, ms);
}

bool e2e_wait(struct e2e *e, e2e_condition_fn *fn, void *user, int deadline_ms)
{
    int64_t until = clock_monotonic_us() + (int64_t)deadline_ms * 1000;

    while (!fn(e, user)) {
        if (clock_monotonic_us() >= until)
            return false;
        e2e_pause(e, POLL_MS);
    }
    return true;
}

static bool is_reconfigured(struct e2e *e, void *unused)
{
    (void)unused;
    return e2e_run(e, "scontrol", "reconfigure").status == 0;
}

void e2e_reconfigure(struct e2e *e)
{
    if (!e2e_wait(e, is_reconfigured, NULL, E2E_MS))
        fail_msg("scontrol reconfigure fails");
}
