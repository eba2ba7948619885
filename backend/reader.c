/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backend/owner.h"
#include "backend/process.h"
#include "backend/sandbox.h"
#include "base/harmless.h"

#define WORDS_STEPS 16 /* of 4096 bytes, before something else has its turn */

/* It keeps nothing of the helper's open: a reader that hangs in a file server would hold it as long. It ends without the
   helper's exit handlers, among them those of libraries that would look for what the sandbox forbids. */
static _Noreturn void be_reader(int fd, int words, uid_t owner, reader_main *main, const void *with)
{
    struct diag d = DIAG_INIT;
    int status = 1;

    if (dup2(words, STDERR_FILENO) < 0 || dup2(fd, PROCESS_HELPER_FD) < 0)
        _exit(status);
    close_range(PROCESS_HELPER_FD + 1, ~0u, 0);
    if (owner_become(owner, &d) == 0) {
        process_bind_to_parent(); /* a change of user takes that back */
        if (sandbox_enter(sandbox_has(), &d) == 0)
            status = main(PROCESS_HELPER_FD, with);
    }
    if (d.text[0])
        harmless_error("logs of user %u are not read: %s", owner, d.text);
    fflush(NULL);
    _exit(status);
}

static int fork_reader(struct reader *r, const int fds[2], const int words[2], uid_t owner,
    reader_main *main, const void *with)
{
    pid_t pid;
    int err;

    fflush(NULL); /* or the child would write it once more */
    pid = fork();
    if (pid == 0)
        be_reader(fds[1], words[1], owner, main, with);
    err = pid < 0 ? -errno : 0;
    close(fds[1]);
    close(words[1]);
    r->fd = fds[0];
    r->words = words[0];
    r->in.frame_max = READER_FRAME_MAX;
    /* by a number a process that has ended could be taken for another one; Linux before 5.3 has only that */
    r->process = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    return err;
}

int reader_start(struct reader *r, uid_t owner, reader_main *main, const void *with)
{
    int fds[2], words[2], err;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return -errno;
    if (pipe2(words, O_CLOEXEC) < 0) {
        err = -errno;
        close(fds[0]);
        close(fds[1]);
        return err;
    }
    fcntl(words[0], F_SETFL, O_NONBLOCK);
    return fork_reader(r, fds, words, owner, main, with);
}

void reader_pass_words(struct reader *r)
{
    char text[4096];
    ssize_t n = -1;

    for (int i = 0;
         i < WORDS_STEPS && r->words >= 0 && (n = read(r->words, text, sizeof(text))) > 0; i++)
        (void)!write(STDERR_FILENO, text, (size_t)n);
    if (n == 0) {
        close(r->words);
        r->words = -1;
    }
}

void reader_close(struct reader *r)
{
    if (r->fd >= 0)
        close(r->fd);
    if (r->words >= 0)
        close(r->words);
    if (r->process >= 0) {
        syscall(SYS_pidfd_send_signal, r->process, SIGKILL, NULL, 0);
        close(r->process);
    }
    r->fd = r->words = r->process = -1;
    wire_stream_release(&r->in);
}
