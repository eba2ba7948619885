/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGSAVE_H
#define KFARM_BACKEND_LOGSAVE_H
/* A copy of a log, or of some of its lines, written step by step into the pipe of the process that has made the file
   (logcopy.h). That one may wait for its file server: a step waits for it a moment only. */
#include <stdbool.h>
#include <stdint.h>

#include "backend/logindex.h"
#include "base/buf.h"

struct logsave {
    bool open;
    char *path; /* of the copy, for the answer; for free() */
    int from, to; /* descriptors; from -1: the lines of an index */
    int64_t done; /* of these */
    uint32_t restarts; /* of the index, when it began */
    int64_t bytes; /* taken from the log */
    struct buf piece; /* of these, what is to be written next, … */
    size_t piece_done; /* … and how much of that was */
    int64_t limit; /* of the file so many at most; -1: all */
};

/*
 * Begins to copy into the pipe `to`, which does not block and which it closes, and whose name it keeps (`path`, for free()): the file `source`,
 * as it is, up to a limit (-1: none); or, if that is NULL, the lines that pass of x. 0 or a negative errno;
 * logsave_end() it either way.
 */
int logsave_begin(struct logsave *s, char *path, int to, const char *source, int64_t limit,
    const struct logindex *x);
/* Goes on. 1: there is more; 0: all is written; or a negative errno, -ESTALE if x began anew. */
int logsave_step(struct logsave *s, struct logindex *x);
/* Ends it. */
void logsave_end(struct logsave *s);

#endif
