/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_HOLES_H
#define KFARM_BACKEND_HOLES_H
/* Holes of sparse files (lseek(2), SEEK_DATA): they read as NULs, and need not be read. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Whether the file may have holes. */
bool holes_in(const struct stat *st);
/* The first byte from `offset` on that is stored; the size of the file if there is none. `offset` itself where the
   file system does not tell. */
int64_t holes_data(int fd, const struct stat *st, int64_t offset);
/* The first byte from `offset`, which is stored, on that is not. */
int64_t holes_end(int fd, const struct stat *st, int64_t offset);

#endif
