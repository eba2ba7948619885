/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/buildinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

void buildinfo_put_jobs(struct buf *b, const struct buildinfo_job *jobs, uint32_t count)
{
    const struct clock clock = {0};
    size_t offset = wire_begin(b, WIRE_LOG_BUILDS, 0, clock_ms(&clock));

    wire_put_u32(b, count);
    for (uint32_t i = 0; i < count; i++) {
        wire_put_u32(b, jobs[i].job_id);
        wire_put_u32(b, jobs[i].uid);
        wire_put_u32(b, jobs[i].restarts);
        wire_put_u8(b, jobs[i].running);
        wire_put_i64(b, jobs[i].start_s);
        wire_put_i64(b, jobs[i].end_s);
        wire_put_i64(b, jobs[i].submit_s);
        wire_put_str(b, jobs[i].command);
        wire_put_str(b, jobs[i].owner);
        wire_put_str(b, jobs[i].key);
        wire_put_str(b, jobs[i].out);
        wire_put_str(b, jobs[i].err);
    }
    wire_end(b, offset);
}

int buildinfo_get_jobs(
    const struct wire_frame *f, struct buildinfo_job **ret_jobs, uint32_t *ret_count)
{
    struct wire_reader r = wire_reader(f);
    uint32_t count = wire_get_u32(&r);
    struct buildinfo_job *jobs;

    if (r.bad || count > BUILDINFO_MAX)
        return -EBADMSG;
    jobs = xcalloc(KF_MAX(count, 1u), sizeof(*jobs));
    for (uint32_t i = 0; i < count; i++) {
        struct buildinfo_job *j = &jobs[i];

        j->job_id = wire_get_u32(&r);
        j->uid = wire_get_u32(&r);
        j->restarts = wire_get_u32(&r);
        j->running = wire_get_u8(&r);
        j->start_s = wire_get_number(&r);
        j->end_s = wire_get_number(&r);
        j->submit_s = wire_get_number(&r);
        j->command = wire_get_str(&r);
        j->owner = wire_get_str(&r);
        j->key = wire_get_str(&r);
        j->out = wire_get_str(&r);
        j->err = wire_get_str(&r);
    }
    if (r.bad) {
        buildinfo_free_jobs(jobs, count);
        return -EBADMSG;
    }
    *ret_jobs = jobs;
    *ret_count = count;
    return 0;
}

bool buildinfo_same_run(const struct buildinfo_job *a, const struct buildinfo_job *b)
{
    return a->job_id == b->job_id && a->uid == b->uid && a->restarts == b->restarts &&
           strcmp(a->out, b->out) == 0 && strcmp(a->err, b->err) == 0;
}

void buildinfo_release_job(struct buildinfo_job *j)
{
    free(j->command);
    free(j->owner);
    free(j->key);
    free(j->out);
    free(j->err);
}

struct buildinfo_job *buildinfo_free_jobs(struct buildinfo_job *jobs, uint32_t count)
{
    for (uint32_t i = 0; jobs && i < count; i++)
        buildinfo_release_job(&jobs[i]);
    free(jobs);
    return NULL;
}

void buildinfo_put(struct buf *b, const struct buildinfo *i)
{
    const struct clock clock = {0};
    size_t offset = wire_begin(b, WIRE_LOG_BUILD, 0, clock_ms(&clock));

    wire_put_u32(b, i->job_id);
    wire_put_u32(b, i->restarts);
    wire_put_u8(b, (uint8_t)i->result);
    wire_put_u8(b, (uint8_t)i->cause);
    wire_put_u8(b, (uint8_t)i->phase);
    wire_put_u8(b, (uint8_t)i->basis);
    wire_put_u8(b, i->complete);
    wire_put_u32(b, (uint32_t)i->error);
    wire_put_i64(b, i->mtime_s);
    wire_put_i64(b, i->steps);
    wire_put_i64(b, i->warnings);
    wire_put_i64(b, i->errors);
    wire_put_u32(b, (uint32_t)i->rate);
    wire_put_i64(b, i->total);
    wire_put_i64(b, i->eta_s);
    wire_put_u32(b, i->learned);
    wire_put_i64(b, i->spread_s);
    wire_put_u8(b, (uint8_t)i->first_stream);
    wire_put_i64(b, i->first_line);
    wire_put_str(b, i->first);
    wire_put_str(b, i->message);
    wire_put_str(b, i->last);
    wire_end(b, offset);
}

int buildinfo_get(const struct wire_frame *f, struct buildinfo *ret)
{
    struct wire_reader r = wire_reader(f);
    struct buildinfo i = {.job_id = wire_get_u32(&r)};
    uint8_t result, cause, phase, basis, stream;

    i.restarts = wire_get_u32(&r);
    result = wire_get_u8(&r);
    cause = wire_get_u8(&r);
    phase = wire_get_u8(&r);
    basis = wire_get_u8(&r);
    i.complete = wire_get_u8(&r);
    i.error = (int)wire_get_u32(&r);
    i.mtime_s = wire_get_number(&r);
    i.steps = wire_get_number(&r);
    i.warnings = wire_get_number(&r);
    i.errors = wire_get_number(&r);
    i.rate = (int32_t)wire_get_u32(&r);
    i.total = wire_get_number(&r);
    i.eta_s = wire_get_number(&r);
    i.learned = wire_get_u32(&r);
    i.spread_s = wire_get_number(&r);
    stream = wire_get_u8(&r);
    i.first_line = wire_get_number(&r);
    wire_get_text(&r, i.first, sizeof(i.first));
    wire_get_text(&r, i.message, sizeof(i.message));
    wire_get_text(&r, i.last, sizeof(i.last));
    if (r.bad || result >= BUILD_RESULT_COUNT || cause >= CAUSE_COUNT ||
        phase >= BUILD_PHASE_COUNT || basis >= BUILD_BASIS_COUNT || stream >= LOG_STREAM_COUNT)
        return -EBADMSG;
    i.result = (enum build_result)result;
    i.first_stream = (enum log_stream)stream;
    i.cause = (enum log_cause)cause;
    i.phase = (enum build_phase)phase;
    i.basis = (enum build_basis)basis;
    *ret = i;
    return 0;
}

bool buildinfo_same(const struct buildinfo *a, const struct buildinfo *b)
{
    return a->job_id == b->job_id && a->restarts == b->restarts && a->result == b->result &&
           a->cause == b->cause && a->phase == b->phase && a->basis == b->basis &&
           a->complete == b->complete && a->error == b->error && a->mtime_s == b->mtime_s &&
           a->steps == b->steps && a->warnings == b->warnings && a->errors == b->errors &&
           a->rate == b->rate && a->total == b->total && a->eta_s == b->eta_s &&
           a->learned == b->learned && a->spread_s == b->spread_s &&
           a->first_stream == b->first_stream && a->first_line == b->first_line &&
           strcmp(a->first, b->first) == 0 && strcmp(a->message, b->message) == 0 &&
           strcmp(a->last, b->last) == 0;
}
