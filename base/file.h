/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_FILE_H
#define KFARM_BASE_FILE_H
/* Reading regular files whose names came from outside. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens a regular file to be read. To open a FIFO or a device can have effects, so what it is is asked before;
 * `seen`: it was one a moment ago, and that is not asked again (on NFS that is a call less). The descriptor, with
 * *ret as fstat(2) gives it; or a negative errno: -EISDIR, -ENOTSUP if it is neither, or why not.
 */
int file_open_regular(const char *path, bool seen, struct stat *ret);
/* pread(2), whatever signal comes; the bytes read, or a negative errno. */
ssize_t file_read_at(int fd, void *out, size_t n, int64_t offset);
/* All bytes of a regular file, a NUL behind them, for free(). NULL, with a positive errno in *ret_error: EFBIG if it has
   more than `max`. */
char *file_read_all(
    const char *path, size_t max, struct stat *ret, size_t *ret_size, int *ret_error);

#endif
