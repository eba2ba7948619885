/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_E2E_ASK_H
#define KFARM_TESTS_E2E_ASK_H
/* Requests to the controller of an end-to-end test's farm, made by the program's own helper. */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/action.h"
#include "backend/process.h"

static inline int e2e_take_result(void *user, const struct wire_frame *f)
{
    return action_get_result(f, user);
}

static inline void e2e_run_helper(const char *program, int fd, bool nobody)
{
    if (dup2(fd, PROCESS_HELPER_FD) < 0 || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
        _exit(126);
    if (nobody)
        execlp("setpriv", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program,
            "--helper", "act", (char *)NULL);
    else
        execl(program, program, "--helper", "act", (char *)NULL);
    _exit(127);
}

/* Lets the helper ask; the last thing it says of the target. */
static inline struct action_result e2e_ask(struct e2e *e, enum action_verb verb,
    const struct action_target *target, const char *argument, bool nobody)
{
    struct action_result r = {.outcome = ACTION_OUTCOME_COUNT};
    struct wire_stream stream = {0};
    struct action_target one = *target;
    struct buf b = BUF_INIT;
    int ends[2], status;
    pid_t pid;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    pid = fork();
    if (pid == 0)
        e2e_run_helper(e->top, ends[1], nobody);
    close(ends[1]);
    action_put(&b, &(struct action_order){
                       .verb = verb, .argument = (char *)argument, .targets = &one, .count = 1});
    assert_int_equal(wire_write(ends[0], b.p, b.len), 0);
    while (wire_read(ends[0], &stream, e2e_take_result, &r) == 0)
        continue;
    buf_release(&b);
    wire_stream_release(&stream);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return r;
}

#endif
