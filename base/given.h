/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_GIVEN_H
#define KFARM_BASE_GIVEN_H
/*
 * Reading a file that the person who runs the program names: a configuration, a theme, rules, a recording. It is a
 * regular file, or /dev/null for an empty one. A pipe is read only where the shell hands one over on purpose, as
 * /dev/stdin or /dev/fd/N: a FIFO may have no writer, and a device no end.
 */
#include <stddef.h>

#include "base/buf.h"
#include "base/diag.h"

/*
 * Reads all of it. Returns 0, with *ret for buf_release(); or a negative errno with "PATH: what, and what would be
 * right" in d: -EISDIR, -ENOTSUP, -EFBIG beyond `max` bytes, -ENOMEM, -ENOENT and the like.
 */
int given_read(const char *path, size_t max, struct buf *ret, struct diag *d);

/* strerror(), but with what would be right for EISDIR and ENOTSUP (file_open_regular()). */
const char *given_strerror(int error);

#endif
