/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logcopy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ownfile.h"

#define PIPE_BYTES                                                                                 \
    (1 << 20) /* what the reader can write ahead; where that may not be, it is 64 KiB */
#define PIECE (64u << 10)

/* What the process keeps open. */
enum { COPY_WORDS = 3, COPY_PIPE, COPY_FIRST_FREE };

/* ---- the process ---- */

struct copy {
    struct ownfile place;
    int fd; /* of the file */
    dev_t device;
    ino_t inode;
    int64_t bytes;
    int64_t said_us; /* the last word */
};

/* False if nobody listens any more. */
static bool say(struct copy *c, enum logcopy_event event, int error, const char *why)
{
    struct logcopy_word w = {.event = event, .error = error, .bytes = c->bytes};

    snprintf(w.why, sizeof(w.why), "%s", why);
    c->said_us = clock_monotonic_us();
    return send(COPY_WORDS, &w, sizeof(w), MSG_NOSIGNAL) == (ssize_t)sizeof(w);
}

/* A log may be for its owner's eyes alone: so is the copy. And its owner has no say in where it is made: by a link on the
   way, as a file of root's among those that are run, say. */
static int make_file(struct copy *c, const char *path, struct diag *d)
{
    int err = ownfile_init(&c->place, path, 0, d);
    struct stat st;

    if (err)
        return err;
    c->fd = ownfile_open(&c->place, OWNFILE_NEW, d);
    if (c->fd < 0)
        return c->fd;
    if (fstat(c->fd, &st) < 0)
        return diag_set(d, -errno, "%.300s: %s", path, strerror(errno));
    c->device = st.st_dev;
    c->inode = st.st_ino;
    return 0;
}

/* 1: there is more; 0: that was all; or a negative errno. */
static int copy_piece(struct copy *c, char *piece)
{
    struct pollfd from = {.fd = COPY_PIPE, .events = POLLIN};
    ssize_t n;
    int err;

    if (poll(&from, 1, LOGCOPY_ALIVE_MS / 2) <= 0)
        return 1;
    n = read(COPY_PIPE, piece, PIECE);
    if (n <= 0)
        return n < 0 && errno != EINTR ? -errno : n < 0;
    err = ownfile_write(c->fd, piece, (size_t)n);
    c->bytes += err ? 0 : n;
    return err ? err : 1;
}

static int copy_all(struct copy *c)
{
    static char piece[PIECE];
    int more = 1;

    while (more > 0) {
        bool due = clock_monotonic_us() - c->said_us >= LOGCOPY_ALIVE_MS * 1000 / 2;

        /* a reader may hold the pipe open for as long as it likes */
        more = due && !say(c, LOGCOPY_ALIVE, 0, "") ? -ECANCELED : copy_piece(c, piece);
    }
    close(COPY_PIPE); /* whoever still writes is told */
    if (close(c->fd) < 0 && !more) /* NFS tells of a full disk here */
        more = -errno;
    return more;
}

static void remove_file(const struct copy *c)
{
    struct stat st;

    if (fstatat(c->place.directory, c->place.name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        st.st_dev == c->device && st.st_ino == c->inode)
        unlinkat(c->place.directory, c->place.name, 0);
}

/* The process that makes the copy. It has a session of its own, so that it is not killed with the helper that started it;
   that the helper has ended it learns from the end of file on the socket. Every other descriptor of the helper's is closed,
   because this process may sleep for a long time in a file server. */
static _Noreturn void be_copy(int words, int from, const char *path)
{
    struct copy c = {.fd = -1, .place.directory = -1};
    struct diag d = DIAG_INIT;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), err;
    char keep;

    setsid();
    signal(SIGPIPE, SIG_IGN);
    for (int fd = 0; fd < COPY_WORDS; fd++)
        if (dup2(null, fd) < 0)
            _exit(1);
    /* out of the way of the two numbers first */
    words = fcntl(words, F_DUPFD_CLOEXEC, COPY_FIRST_FREE);
    from = fcntl(from, F_DUPFD_CLOEXEC, COPY_FIRST_FREE);
    if (dup2(words, COPY_WORDS) < 0 || dup2(from, COPY_PIPE) < 0)
        _exit(1);
    close_range(COPY_FIRST_FREE, ~0u, 0);
    err = make_file(&c, path, &d);
    if (!err) {
        say(&c, LOGCOPY_MADE, 0, "");
        err = copy_all(&c);
    }
    if (err && c.inode) /* before anybody reads that it failed */
        remove_file(&c);
    say(&c, LOGCOPY_ENDED, -err, d.text);
    if (!err && c.inode && recv(COPY_WORDS, &keep, 1, 0) != 1)
        remove_file(&c);
    _exit(0);
}

/* ---- the helper ---- */

static int fork_copy(struct logcopy *c, const int words[2], const int ends[2], const char *path)
{
    pid_t pid;

    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    fflush(NULL); /* or the child would write it once more */
    pid = fork();
    if (pid == 0)
        be_copy(words[1], ends[0], path);
    if (pid < 0)
        return -errno;
    c->fd = words[0];
    c->pipe = ends[1];
    c->process = (int)syscall(SYS_pidfd_open, pid, 0);
    return 0;
}

int logcopy_start(struct logcopy *c, const char *path)
{
    int words[2] = {-1, -1}, ends[2] = {-1, -1}, err = 0;

    *c = LOGCOPY_NONE;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, words) < 0 ||
        pipe2(ends, O_CLOEXEC) < 0)
        err = -errno;
    if (!err)
        err = fork_copy(c, words, ends, path);
    for (int i = err ? 0 : 1; i < 2; i++) {
        if (words[i] >= 0)
            close(words[i]);
        if (ends[1 - i] >= 0)
            close(ends[1 - i]);
    }
    return err;
}

void logcopy_read(const struct logcopy *c, struct logcopy_word *ret)
{
    ssize_t n;

    do
        n = recv(c->fd, ret, sizeof(*ret), 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(*ret))
        *ret = (struct logcopy_word){.event = LOGCOPY_ENDED, .error = EIO};
}

void logcopy_close_pipe(struct logcopy *c)
{
    if (c->pipe >= 0)
        close(c->pipe);
    c->pipe = -1;
}

int logcopy_end(struct logcopy *c, bool keep)
{
    int process = c->process;

    if (c->fd >= 0 && keep)
        (void)!send(c->fd, "", 1, MSG_NOSIGNAL);
    if (c->fd >= 0)
        close(c->fd);
    logcopy_close_pipe(c);
    *c = LOGCOPY_NONE;
    return process;
}

bool logcopy_is_over(int process)
{
    struct pollfd p = {.fd = process, .events = POLLIN};

    if (process >= 0 && poll(&p, 1, 0) <= 0)
        return false;
    if (process >= 0)
        close(process);
    return true;
}
