/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static _Noreturn void child(const struct program *p, int out, int err)
{
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);

    setsid();
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
        _exit(126);
    if (p->env == NULL)
        setenv("LC_ALL", "C.UTF-8", 1);
    if (p->prepare)
        p->prepare(p->user);
    if (p->env)
        environ = (char **)(uintptr_t)p->env;
    execv(p->argv[0], (char *const *)(uintptr_t)p->argv);
    _exit(127);
}

/* A terminal that adds nothing to what is written. */
static void open_terminal(int *ret_master, int *ret_slave)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    struct termios modes;

    assert_int_equal(openpty(ret_master, ret_slave, NULL, NULL, &size), 0);
    assert_int_equal(fcntl(*ret_master, F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(fcntl(*ret_slave, F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(tcgetattr(*ret_slave, &modes), 0);
    cfmakeraw(&modes);
    assert_int_equal(tcsetattr(*ret_slave, TCSANOW, &modes), 0);
}

/* Reads both to their ends; false at the deadline. A terminal ends with EIO. */
static bool read_both(int fds[2], struct buf *to[2], int64_t end_us)
{
    char piece[4096];

    while (fds[0] >= 0 || fds[1] >= 0) {
        struct pollfd p[2] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};
        int64_t left_ms = (end_us - clock_monotonic_us()) / 1000;

        if (left_ms <= 0)
            return false;
        poll(p, 2, (int)left_ms);
        for (int i = 0; i < 2; i++) {
            ssize_t n = p[i].revents ? read(fds[i], piece, sizeof(piece)) : 0;

            if (p[i].revents == 0)
                continue;
            if (n > 0) {
                buf_add(to[i], piece, (size_t)n);
            } else {
                close(fds[i]);
                fds[i] = -1;
            }
        }
    }
    return true;
}

int program_run(const struct program *p, struct buf *out, struct buf *err)
{
    int64_t end_us = clock_monotonic_us() + (p->deadline_ms ? p->deadline_ms : PROGRAM_MS) * 1000ll;
    int outs[2], errs[2] = {-1, -1}, fds[2], status;
    bool over;
    pid_t pid;

    buf_clear(out);
    buf_clear(err);
    if (p->terminal) {
        open_terminal(&outs[0], &outs[1]);
    } else {
        assert_int_equal(pipe2(outs, O_CLOEXEC), 0);
        assert_int_equal(pipe2(errs, O_CLOEXEC), 0);
    }
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        child(p, outs[1], p->terminal ? outs[1] : errs[1]);
    close(outs[1]);
    if (errs[1] >= 0)
        close(errs[1]);
    fds[0] = outs[0];
    fds[1] = errs[0];
    over = read_both(fds, (struct buf *[]){out, err}, end_us);
    if (!over)
        kill(-pid, SIGKILL);
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    if (!over)
        return PROGRAM_HUNG;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
