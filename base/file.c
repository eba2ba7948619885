/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

static int check_kind(const struct stat *st)
{
    return S_ISREG(st->st_mode) ? 0 : S_ISDIR(st->st_mode) ? -EISDIR : -ENOTSUP;
}

int file_open_regular(const char *path, bool seen, struct stat *ret)
{
    int fd, err;

    if (!seen) {
        err = stat(path, ret) != 0 ? -errno : check_kind(ret);
        if (err)
            return err;
    }
    do
        fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return -errno;
    err = fstat(fd, ret) != 0 ? -errno : check_kind(ret);
    if (err)
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

char *file_read_all(
    const char *path, size_t max, struct stat *ret, size_t *ret_size, int *ret_error)
{
    int fd = file_open_regular(path, false, ret);
    size_t size, n = 0;
    char *text = NULL;
    ssize_t got = 1;

    *ret_error = fd < 0 ? -fd : ret->st_size > (off_t)max ? EFBIG : 0;
    if (*ret_error == 0) {
        size = (size_t)ret->st_size;
        text = xcalloc(size + 1, 1);
        while (n < size && (got = file_read_at(fd, text + n, size - n, (int64_t)n)) > 0)
            n += (size_t)got;
        *ret_error = got < 0 ? (int)-got : 0;
    }
    if (fd >= 0)
        close(fd);
    if (*ret_error) {
        free(text);
        return NULL;
    }
    *ret_size = n;
    return text;
}
