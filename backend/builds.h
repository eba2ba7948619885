/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILDS_H
#define KFARM_BACKEND_BUILDS_H
/*
 * Follows the logs of many builds at once, each from its first byte, in bounded steps: a little of one,
 * then of the next. A running one is looked at every BUILDS_LOOK_MS; one that has ended until its files
 * have been read and rest, and then never again.
 *
 * The earlier builds are the operator's, and kept elsewhere (buildpast.h): what is to be learned is sent there, and what
 * they were like is asked for and comes when it comes.
 */
#include "backend/buildinfo.h"

#define BUILDS_LOOK_MS 2000

struct builds;

struct builds *builds_new(const struct logrule_set *rules);
/* Takes NULL; returns NULL. */
struct builds *builds_free(struct builds *b);

/* Takes a WIRE_LOG_BUILDS. 0 or -EBADMSG. */
int builds_set(struct builds *b, const struct wire_frame *f, int64_t now_ms);
/* Takes a WIRE_BUILD_PAST, the answer to a WIRE_BUILD_ASK. 0 or -EBADMSG. */
int builds_past(struct builds *b, const struct wire_frame *f);
/* Looks at one build that is due; appends a WIRE_LOG_BUILD to `out` if something is new, and the questions and lessons of
   buildpast.h. now_ms is any clock that only goes forward. */
void builds_work(struct builds *b, int64_t now_ms, struct buf *out);
/* When there is something to do next, on the same clock; INT64_MAX: never. */
int64_t builds_due(const struct builds *b);

#endif
