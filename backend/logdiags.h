/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGDIAGS_H
#define KFARM_BACKEND_LOGDIAGS_H
/*
 * The diagnostics of the build that is followed, and the sources they name. Answers WIRE_LOG_DIAGS and
 * WIRE_LOG_SOURCE of logproto.h. Nothing is read before the screen asks for it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/logproto.h"
#include "backend/logrule.h"
#include "backend/wire.h"

struct logdiags;

/* rules must outlive it; NULL: there are no diagnostics. */
struct logdiags *logdiags_new(const struct logrule_set *rules);
/* Takes NULL; returns NULL. */
struct logdiags *logdiags_free(struct logdiags *d);

/* Other files are followed from now on; the paths must stay as long. */
void logdiags_follow(
    struct logdiags *d, uint32_t follow, const char *const paths[LOG_STREAM_COUNT]);
/* Takes one of the two frames; one of another follow is passed over. 0, or -EPROTO. */
int logdiags_take(struct logdiags *d, const struct wire_frame *frame);
/* A file has changed. */
void logdiags_changed(struct logdiags *d);

/* Works a step, and appends what there is to tell to out. True if there is more to do at once. */
bool logdiags_work(struct logdiags *d, int64_t now_ms, struct buf *out);
/* Readable when there is something to do, too; -1 if nothing is awaited. */
int logdiags_fd(const struct logdiags *d);
/* When there is something to do later (same clock); INT64_MAX if nothing. */
int64_t logdiags_due(const struct logdiags *d);

#endif
