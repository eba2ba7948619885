/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_FILE_H
#define KFARM_BASE_FILE_H
/* Reading regular files whose names came from outside, and their locks. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens a regular file for reading. Opening a FIFO or a device can have effects, and what a name leads to can change
 * at any moment, so every call first gets a descriptor that only stands for the file (O_PATH, open(2)), looks at that,
 * and then opens the very same file. The descriptor, with *ret as fstat(2) gives it; or a negative errno: -EISDIR,
 * -ENOTSUP if it is neither a file nor a directory, -EPERM if file_serve() forbids it, or why not.
 */
int file_open_regular(const char *path, struct stat *ret);

/*
 * From now on this process opens only files that belong to `owner`, or that everybody may read where they lie: for a
 * process that reads on behalf of `owner` and may not become that user. Like umask(2) it is a property of the process,
 * so that no way of opening can forget it; to be called once, before the first file and the first thread.
 */
void file_serve(uid_t owner);

/* The path of an open file without symbolic links, as the kernel knows it. 0 or a negative errno; -ENOENT if it has
   been removed. */
int file_path_of(int fd, char *out, size_t size);

/* pread(2), whatever signal comes; the bytes read, or a negative errno. */
ssize_t file_read_at(int fd, void *out, size_t n, int64_t offset);
/* All bytes of an open file, a NUL behind them, for free(). NULL, with a positive errno in *ret_error: EFBIG if it has
   more than `max`. */
char *file_read_open(int fd, const struct stat *st, size_t max, size_t *ret_size, int *ret_error);
/* The same of a regular file by its name. */
char *file_read_all(
    const char *path, size_t max, struct stat *ret, size_t *ret_size, int *ret_error);

/* flock(2) that does not wait for ever, but until that time of clock_monotonic_us(). 0; -EWOULDBLOCK if somebody else
   still holds it; or another negative errno, as where there are no locks. */
int file_lock(int fd, int operation, int64_t until_us);

#endif
