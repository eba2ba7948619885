/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILDPAST_H
#define KFARM_BACKEND_BUILDPAST_H
/*
 * What a reader of builds and the builds helper say to each other about earlier builds. Those are kept in the operator's
 * file (builddb.h), which the helper has open; the reader belongs to the user whose builds it reads, and says of a
 * build by its number what it has found. Under which key that is kept is the helper's to know, so that a reader has
 * no say in the estimates of other users' builds.
 *
 * WIRE_BUILD_ASK (reader → helper): u32 job_id, u32 restarts, kind
 * WIRE_BUILD_PAST (helper → reader; the answer): u32 job_id, u32 restarts, u32 n, n × build; the latest first
 * WIRE_BUILD_LESSON (reader → helper): u32 job_id, u32 restarts, kind, build
 *     kind: u8 scratch, str config, str makes
 *     build: i64 steps, i64 seconds, u8 has_curve, if so BUILDDB_POINTS × u32
 */
#include <stdint.h>

#include "backend/builddb.h"
#include "backend/buildkind.h"
#include "backend/wire.h"

struct buildpast_ask {
    uint32_t job_id, restarts;
    struct builddb_kind kind; /* put: borrowed; got: its strings are these: */
    char config[BUILDKIND_BYTES], makes[BUILDKIND_BYTES];
};

struct buildpast_answer {
    uint32_t job_id, restarts;
    struct builddb_past past;
};

struct buildpast_lesson {
    uint32_t job_id, restarts;
    struct builddb_kind kind; /* as above */
    char config[BUILDKIND_BYTES], makes[BUILDKIND_BYTES];
    struct builddb_build build;
};

/* Append a frame to b. */
void buildpast_put_ask(struct buf *b, const struct buildpast_ask *ask);
void buildpast_put_answer(struct buf *b, const struct buildpast_answer *answer);
void buildpast_put_lesson(struct buf *b, const struct buildpast_lesson *lesson);

/* 0 or -EBADMSG. *ret must stay where it is while its kind is used. */
int buildpast_get_ask(const struct wire_frame *f, struct buildpast_ask *ret);
int buildpast_get_answer(const struct wire_frame *f, struct buildpast_answer *ret);
int buildpast_get_lesson(const struct wire_frame *f, struct buildpast_lesson *ret);

#endif
