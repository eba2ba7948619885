/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

#define LOCK_US 5000 /* between two tries */

/* Set by file_serve() before the process has a second thread. */
static struct {
    bool only;
    uid_t owner;
} serve;

void file_serve(uid_t owner)
{
    serve.only = true;
    serve.owner = owner;
}

static int open_again(const char *path, int flags)
{
    int fd;

    do
        fd = open(path, flags | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

int file_path_of(int fd, char *out, size_t size)
{
    static const char gone[] = " (deleted)"; /* proc(5), /proc/PID/fd */
    char link[32];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, out, size);
    if (n < 0)
        return -errno;
    if ((size_t)n >= size)
        return -ENAMETOOLONG;
    out[n] = '\0';
    if (out[0] != '/' ||
        ((size_t)n >= sizeof(gone) && strcmp(out + n - (sizeof(gone) - 1), gone) == 0))
        return -ENOENT;
    return 0;
}

/* Everybody may pass through the directories above the file, or they are the owner's. */
static bool everybody_gets_to(int fd)
{
    char path[PATH_MAX];
    struct stat st;

    if (file_path_of(fd, path, sizeof(path)) < 0)
        return false;
    for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
        *slash = '\0';
        if (stat(path[0] ? path : "/", &st) < 0 ||
            (!(st.st_mode & S_IXOTH) && st.st_uid != serve.owner))
            return false;
    }
    return true;
}

static int check(int fd, const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return S_ISDIR(st->st_mode) ? -EISDIR : -ENOTSUP;
    if (!serve.only || st->st_uid == serve.owner)
        return 0;
    return (st->st_mode & S_IROTH) && everybody_gets_to(fd) ? 0 : -EPERM;
}

int file_open_regular(const char *path, struct stat *ret)
{
    int mark = open_again(path, O_PATH), fd, err;
    char same[32];

    if (mark < 0)
        return mark;
    err = fstat(mark, ret) < 0 ? -errno : check(mark, ret);
    snprintf(same, sizeof(same), "/proc/self/fd/%d", mark);
    fd = err ? err : open_again(same, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    close(mark);
    /* the open asks an NFS server anew: its word on size and time counts */
    err = fd < 0 ? fd : fstat(fd, ret) < 0 ? -errno : 0;
    if (err && fd >= 0)
        close(fd);
    return err ? err : fd;
}

ssize_t file_read_at(int fd, void *out, size_t n, int64_t offset)
{
    ssize_t got;

    do
        got = pread(fd, out, n, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

char *file_read_open(int fd, const struct stat *st, size_t max, size_t *ret_size, int *ret_error)
{
    size_t size = (size_t)st->st_size, n = 0;
    ssize_t got = 1;
    char *text;

    *ret_error = st->st_size > (off_t)max ? EFBIG : 0;
    if (*ret_error)
        return NULL;
    text = xcalloc(size + 1, 1);
    while (n < size && (got = file_read_at(fd, text + n, size - n, (int64_t)n)) > 0)
        n += (size_t)got;
    if (got < 0) {
        *ret_error = (int)-got;
        free(text);
        return NULL;
    }
    *ret_size = n;
    return text;
}

char *file_read_all(
    const char *path, size_t max, struct stat *ret, size_t *ret_size, int *ret_error)
{
    int fd = file_open_regular(path, ret);
    char *text;

    if (fd < 0) {
        *ret_error = -fd;
        return NULL;
    }
    text = file_read_open(fd, ret, max, ret_size, ret_error);
    close(fd);
    return text;
}

int file_lock(int fd, int operation, int64_t until_us)
{
    while (flock(fd, operation | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -errno;
        if (clock_monotonic_us() >= until_us)
            return -EWOULDBLOCK;
        usleep(LOCK_US);
    }
    return 0;
}
