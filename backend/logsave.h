/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGSAVE_H
#define KFARM_BACKEND_LOGSAVE_H
/* A copy of a log, or of some of its lines, written step by step into a file that another process has made. */
#include <stdbool.h>
#include <stdint.h>

#include "backend/logindex.h"

struct logsave {
    bool open;
    char *path; /* of the copy, for the answer; for free() */
    int from, to; /* descriptors; from -1: the lines of an index */
    int64_t done; /* of these */
    uint32_t restarts; /* of the index, when it began */
    int64_t bytes; /* written */
    int64_t limit; /* of the file so many at most; -1: all */
};

/*
 * Begins to copy into the open file `to`, which it closes, and whose name it keeps (`path`, for free()): the file `source`,
 * as it is, up to a limit (-1: none); or, if that is NULL, the lines that pass of x. 0 or a negative errno;
 * logsave_end() it either way.
 */
int logsave_begin(struct logsave *s, char *path, int to, const char *source, int64_t limit,
    const struct logindex *x);
/* Goes on. 1: there is more; 0: all is written; or a negative errno, -ESTALE if x began anew. */
int logsave_step(struct logsave *s, struct logindex *x);
/* Ends it with what it came to. That, or what closing the file told, is returned. */
int logsave_end(struct logsave *s, int err);

#endif
