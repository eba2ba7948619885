/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGSOURCE_H
#define KFARM_BACKEND_LOGSOURCE_H
/*
 * The lines of a source around the one that a diagnostic names. The kernel's tree may lie on another file server than
 * the log, and that may hang: so a thread reads, and the log goes on meanwhile.
 *
 * The log chooses that file, so its writer does. It is read only if it lies, once all links are followed, in
 * the tree that is built: below a directory of the list, or below the one that the link `source` there leads to, which
 * kbuild makes in a separate build directory.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct logsource;

struct logsource *logsource_new(void);
/* Takes NULL; returns NULL. A thread that hangs goes on by itself. */
struct logsource *logsource_free(struct logsource *s);

/* A source as a diagnostic names it. */
struct logsource_place {
    const char *source; /* absolute, or below one of the directories */
    const char *const *directories; /* absolute, NULL at the end */
    int64_t line; /* from 1 */
};

/* Looks for the first such file that has the line, instead of what was looked for before. All is copied. now_ms is any
   clock that only goes forward. */
void logsource_look(struct logsource *s, const struct logsource_place *place, int64_t now_ms);
/* What is looked for is not wanted any more. */
void logsource_forget(struct logsource *s);

/* Readable when there is an answer; -1 if none is awaited. */
int logsource_fd(const struct logsource *s);
/* Appends the answer as WIRE_LOG_SOURCE_LINES has it, from the path on. False, and nothing is appended, if there is none
   yet, or none more. After a while that is ETIMEDOUT, and the lines are still told if they come. */
bool logsource_take(struct logsource *s, int64_t now_ms, struct buf *out);
/* When logsource_take() will have something to say though nothing came (same clock); INT64_MAX. */
int64_t logsource_due(const struct logsource *s);

#endif
