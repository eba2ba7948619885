/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/given.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PIECE (64u << 10)

const char *given_strerror(int error)
{
    switch (error) {
    case EISDIR:
        return "this is a directory; a regular file is needed";
    case ENOTSUP:
        return "this is a pipe, a socket or a device; a regular file is needed";
    default:
        return strerror(error);
    }
}

static bool is_handed_over(const char *path)
{
    return strcmp(path, "/dev/stdin") == 0 || strncmp(path, "/dev/fd/", 8) == 0 ||
           strncmp(path, "/proc/self/fd/", 14) == 0;
}

static bool is_null(const struct stat *st)
{
    return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3); /* null(4) */
}

static int check(const char *path, const struct stat *st, size_t max)
{
    if (S_ISDIR(st->st_mode))
        return -EISDIR;
    if (S_ISREG(st->st_mode))
        return st->st_size > (off_t)max ? -EFBIG : 0;
    return is_null(st) || (S_ISFIFO(st->st_mode) && is_handed_over(path)) ? 0 : -ENOTSUP;
}

/* As file_open_regular(): what the descriptor stands for is checked before it is opened for reading. */
static int open_checked(const char *path, size_t max, struct stat *ret)
{
    int mark = open(path, O_PATH | O_CLOEXEC), err, fd = -1;
    char same[32];

    if (mark < 0)
        return -errno;
    err = fstat(mark, ret) < 0 ? -errno : check(path, ret, max);
    snprintf(same, sizeof(same), "/proc/self/fd/%d", mark);
    if (err == 0) /* without waiting for the writer of a pipe: it may have come and gone */
        fd = open(same, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    err = err ? err : fd < 0 ? -errno : 0;
    close(mark);
    if (fd >= 0)
        fcntl(fd, F_SETFL, 0);
    return err ? err : fd;
}

/* Too little memory for a large file is its own mistake, and not the end of the program. */
static bool has_memory(size_t size)
{
    void *p = malloc(size);

    free(p);
    return p != NULL;
}

static int read_all(int fd, struct buf *text)
{
    ssize_t n = 1;

    while (n > 0) {
        char piece[PIECE];

        do
            n = read(fd, piece, sizeof(piece));
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return -errno;
        if (!buf_add(text, piece, (size_t)n))
            return -EFBIG;
    }
    return 0;
}

int given_read(const char *path, size_t max, struct buf *ret, struct diag *d)
{
    struct buf text = {.max = max};
    struct stat st;
    int fd = open_checked(path, max, &st), err = fd < 0 ? fd : 0;

    if (!err && S_ISREG(st.st_mode)) {
        if (!has_memory((size_t)st.st_size + 1))
            err = -ENOMEM;
        else
            buf_reserve(&text, (size_t)st.st_size);
    }
    if (!err)
        err = read_all(fd, &text);
    if (fd >= 0)
        close(fd);
    if (err == 0) {
        *ret = text;
        return 0;
    }
    buf_release(&text);
    if (err == -ENOENT && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
        return diag_set(d, err, "%s: this symbolic link leads nowhere; mend or remove it", path);
    return err == -EFBIG ? diag_set(d, err, "%s: larger than %zu bytes", path, max)
                         : diag_set(d, err, "%s: %s", path, given_strerror(-err));
}
