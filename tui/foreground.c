/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Not uv_spawn(): that can give a child a session of its own, without this terminal, or leave it in
 * our process group, where Ctrl-C would reach us too. libuv only waits for children it has started
 * itself, so this one is waited for here.
 */
#include "tui/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tui/fatal.h"

#define LAST_SIGNAL   31
#define HUNG_UP_MS    3000 /* srun has its step killed on the node, and ends when that has ended */
#define HUNG_UP_STEPS 300

/* The kernel stops a process that is in the background and asks for this, unless it ignores the
   signal. */
static void take_terminal(pid_t group)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;

    sigaction(SIGTTOU, &ignore, &before);
    tcsetpgrp(STDIN_FILENO, group);
    sigaction(SIGTTOU, &before, NULL);
}

static void restore_modes(const struct foreground *f)
{
    if (f->have_modes)
        tcsetattr(STDIN_FILENO, TCSANOW, &f->modes);
    if (f->flags >= 0)
        fcntl(STDIN_FILENO, F_SETFL, f->flags);
}

/* The child has ended. */
static void take_back(struct foreground *f)
{
    f->pid = 0;
    fatal_lent_to(0);
    uv_signal_stop(&f->child_ended);
    take_terminal(getpgrp());
    restore_modes(f);
}

static void on_child(uv_signal_t *handle, int signum)
{
    struct foreground *f = handle->data;
    int status = 0;
    pid_t pid;

    (void)signum;
    if (f->pid == 0)
        return;
    pid = waitpid(f->pid, &status, WNOHANG | WUNTRACED);
    if (pid != f->pid)
        return;
    if (WIFSTOPPED(status)) { /* there is no shell to go back to */
        kill(-f->pid, SIGCONT);
        return;
    }
    take_back(f);
    f->ended(f->user, status);
}

void foreground_init(struct foreground *f, uv_loop_t *loop)
{
    *f = (struct foreground){.flags = -1};
    uv_signal_init(loop, &f->child_ended);
    f->child_ended.data = f;
}

/* After fork() in a process with threads: nothing but what a signal handler may call. */
static _Noreturn void child(char *const argv[], char *const env[], int failed_fd)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;
    int err;

    setpgid(0, 0);
    take_terminal(getpid());
    for (int i = 1; i <= LAST_SIGNAL; i++)
        sigaction(i, &usual, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(STDOUT_FILENO, STDERR_FILENO); /* ours goes to memory while the screen is up */
    execvpe(argv[0], argv, env);
    err = errno;
    (void)!write(failed_fd, &err, sizeof(err));
    _exit(127);
}

/* 0, or the errno with which the child could not become argv[0]. */
static int wait_for_exec(int fd)
{
    int err = 0;
    ssize_t n;

    do
        n = read(fd, &err, sizeof(err));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(err) ? err : 0;
}

int foreground_start(struct foreground *f, char *const argv[], char *const env[],
    void (*ended)(void *user, int status), void *user, struct diag *d)
{
    int failed[2], err;

    if (pipe2(failed, O_CLOEXEC) < 0)
        return diag_set(d, -errno, "cannot start %s: %s", argv[0], strerror(errno));
    f->ended = ended;
    f->user = user;
    f->have_modes = tcgetattr(STDIN_FILENO, &f->modes) == 0;
    f->flags = fcntl(STDIN_FILENO, F_GETFL);
    if (f->flags >= 0) /* libuv's poll made it non-blocking, for whoever shares it */
        fcntl(STDIN_FILENO, F_SETFL, f->flags & ~O_NONBLOCK);
    uv_signal_start(&f->child_ended, on_child, SIGCHLD); /* before there is a child */
    f->pid = fork();
    if (f->pid == 0)
        child(argv, env, failed[1]);
    err = f->pid < 0 ? errno : 0;
    close(failed[1]);
    if (f->pid > 0) {
        setpgid(f->pid, f->pid); /* whoever of the two comes first */
        fatal_lent_to(f->pid);
        err = wait_for_exec(failed[0]);
    }
    close(failed[0]);
    if (err == 0)
        return 0;
    if (f->pid > 0)
        while (waitpid(f->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    take_back(f);
    return diag_set(d, -err, "cannot start %s: %s", argv[0], strerror(err));
}

/* Until it has ended it may write to the terminal and set its modes; the terminal is its own so long,
   or that would stop it. */
static void wait_hung_up(struct foreground *f)
{
    int status = 0;
    pid_t pid;

    for (int i = 0; i < HUNG_UP_STEPS; i++) {
        pid = waitpid(f->pid, &status, WNOHANG | WUNTRACED);
        if (pid < 0 || (pid > 0 && !WIFSTOPPED(status)))
            return;
        if (pid > 0)
            kill(-f->pid, SIGCONT);
        usleep(HUNG_UP_MS * 1000 / HUNG_UP_STEPS);
    }
}

void foreground_close(struct foreground *f)
{
    if (f->pid > 0) {
        kill(-f->pid, SIGHUP);
        kill(-f->pid, SIGCONT);
        wait_hung_up(f);
        take_back(f);
    }
    uv_close((uv_handle_t *)&f->child_ended, NULL);
}
