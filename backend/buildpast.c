/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/buildpast.h"

#include <errno.h>

#include "base/clock.h"

static size_t begin(struct buf *b, enum wire_type type, uint32_t job_id, uint32_t restarts)
{
    const struct clock clock = {0};
    size_t frame = wire_begin(b, type, 0, clock_ms(&clock));

    wire_put_u32(b, job_id);
    wire_put_u32(b, restarts);
    return frame;
}

static void put_kind(struct buf *b, const struct builddb_kind *kind)
{
    wire_put_u8(b, kind->scratch);
    wire_put_str(b, kind->config);
    wire_put_str(b, kind->makes);
}

static void put_build(struct buf *b, const struct builddb_build *build)
{
    wire_put_i64(b, build->steps);
    wire_put_i64(b, build->duration_s);
    wire_put_u8(b, build->has_curve);
    for (int i = 0; i < BUILDDB_POINTS && build->has_curve; i++)
        wire_put_u32(b, build->curve_s[i]);
}

static void get_kind(struct wire_reader *r, struct builddb_kind *kind, char config[BUILDKIND_BYTES],
    char makes[BUILDKIND_BYTES])
{
    bool scratch = wire_get_u8(r) != 0;

    wire_get_text(r, config, BUILDKIND_BYTES);
    wire_get_text(r, makes, BUILDKIND_BYTES);
    *kind = (struct builddb_kind){scratch, config, makes};
}

static void get_build(struct wire_reader *r, struct builddb_build *build)
{
    *build = (struct builddb_build){.steps = wire_get_number(r)};
    build->duration_s = wire_get_number(r);
    build->has_curve = wire_get_u8(r) != 0;
    for (int i = 0; i < BUILDDB_POINTS && build->has_curve; i++)
        build->curve_s[i] = wire_get_u32(r);
}

void buildpast_put_ask(struct buf *b, const struct buildpast_ask *ask)
{
    size_t frame = begin(b, WIRE_BUILD_ASK, ask->job_id, ask->restarts);

    put_kind(b, &ask->kind);
    wire_end(b, frame);
}

void buildpast_put_answer(struct buf *b, const struct buildpast_answer *answer)
{
    size_t frame = begin(b, WIRE_BUILD_PAST, answer->job_id, answer->restarts);

    wire_put_u32(b, (uint32_t)answer->past.count);
    for (int i = 0; i < answer->past.count; i++)
        put_build(b, &answer->past.v[i]);
    wire_end(b, frame);
}

void buildpast_put_lesson(struct buf *b, const struct buildpast_lesson *lesson)
{
    size_t frame = begin(b, WIRE_BUILD_LESSON, lesson->job_id, lesson->restarts);

    put_kind(b, &lesson->kind);
    put_build(b, &lesson->build);
    wire_end(b, frame);
}

int buildpast_get_ask(const struct wire_frame *f, struct buildpast_ask *ret)
{
    struct wire_reader r = wire_reader(f);

    ret->job_id = wire_get_u32(&r);
    ret->restarts = wire_get_u32(&r);
    get_kind(&r, &ret->kind, ret->config, ret->makes);
    return r.bad ? -EBADMSG : 0;
}

int buildpast_get_answer(const struct wire_frame *f, struct buildpast_answer *ret)
{
    struct wire_reader r = wire_reader(f);
    uint32_t count;

    *ret = (struct buildpast_answer){.job_id = wire_get_u32(&r)};
    ret->restarts = wire_get_u32(&r);
    count = wire_get_u32(&r);
    if (r.bad || count > BUILDDB_BUILDS)
        return -EBADMSG;
    for (; ret->past.count < (int)count; ret->past.count++)
        get_build(&r, &ret->past.v[ret->past.count]);
    return r.bad ? -EBADMSG : 0;
}

/* A build of no steps, or of no time, would be divided by. */
int buildpast_get_lesson(const struct wire_frame *f, struct buildpast_lesson *ret)
{
    struct wire_reader r = wire_reader(f);

    ret->job_id = wire_get_u32(&r);
    ret->restarts = wire_get_u32(&r);
    get_kind(&r, &ret->kind, ret->config, ret->makes);
    get_build(&r, &ret->build);
    return r.bad || ret->build.steps <= 0 || ret->build.duration_s <= 0 ? -EBADMSG : 0;
}
