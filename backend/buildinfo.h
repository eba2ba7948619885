/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILDINFO_H
#define KFARM_BACKEND_BUILDINFO_H
/*
 * What the screen is told of a build among many, and which ones it wants to be told of.
 *
 * WIRE_LOG_BUILDS (screen → helper; replaces the set, what is in both goes on): u32 n, n ×
 *     { u32 job_id, u32 uid, u32 restarts, u8 running, i64 start, i64 end (epoch seconds; 0: not yet), i64 submit,
 *     str command (its script and arguments), str owner, str key, str stdout, str stderr ("" for none;
 *     equal for one file) }
 * WIRE_LOG_BUILD (helper → screen; when anything in it changed): u32 job_id, u32 restarts, u8 result,
 *     u8 cause, u8 phase, u8 basis, u8 complete, u32 errno (0: it can be read), i64 mtime_s, i64 steps,
 *     i64 warnings, i64 errors, i32 rate (steps a minute, -1: not known), i64 total (0), i64 eta
 *     (epoch seconds, 0: not known), u32 learned, i64 spread, u8 its
 *     stream, i64 its line in that file (0: none), str first, str its words, str last
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/build.h"
#include "backend/logproto.h"
#include "backend/wire.h"

#define BUILDINFO_MAX 512 /* builds that are followed at a time */

struct buildinfo {
    uint32_t job_id, restarts;
    enum build_result result;
    enum log_cause cause;
    enum build_phase phase;
    enum build_basis basis;
    bool complete; /* the files have been read to their end */
    int error; /* errno if none of the files can be read; ENOENT: not there yet */
    int64_t mtime_s; /* of the file that changed last; 0: not known */
    int64_t steps, warnings, errors;
    int32_t rate; /* steps a minute of late; -1: not known */
    int64_t total; /* steps that earlier builds of its kind made; 0: not known */
    int64_t eta_s; /* when it will have ended, by those, epoch seconds; 0: not known */
    uint32_t learned; /* the two rest on so many of them, … */
    int64_t spread_s; /* … whose words differ by so many seconds from it; 0 with one */
    enum log_stream first_stream; /* the file that the first root error stands in, … */
    int64_t first_line; /* … and its line there, from 1; 0: there is none */
    char first[256]; /* the first root error in one line: "kernel/fork.c:133: expected …"; "" */
    char message[160]; /* its own words, as they stand in its line of the log; "" */
    char last[BUILD_STEP_MAX]; /* what was made last; "" */
};

/* One of WIRE_LOG_BUILDS. */
struct buildinfo_job {
    uint32_t job_id;
    uint32_t uid; /* whose job it is: as that user its files are read */
    uint32_t restarts;
    bool running;
    int64_t start_s, end_s; /* 0: not yet */
    int64_t submit_s;
    char *command; /* path of the script, and its arguments; "" */
    char *owner, *key; /* builddb.h */
    char *out, *err;
};

void buildinfo_put_jobs(struct buf *b, const struct buildinfo_job *jobs, uint32_t count);
/* 0 or -EBADMSG; buildinfo_free_jobs() them. */
int buildinfo_get_jobs(
    const struct wire_frame *f, struct buildinfo_job **ret_jobs, uint32_t *ret_count);
/* The same run of a job, with the same files: what its log was taken for stays. */
bool buildinfo_same_run(const struct buildinfo_job *a, const struct buildinfo_job *b);
void buildinfo_release_job(struct buildinfo_job *j);
/* Takes NULL; returns NULL. */
struct buildinfo_job *buildinfo_free_jobs(struct buildinfo_job *jobs, uint32_t count);
void buildinfo_put(struct buf *b, const struct buildinfo *i);
/* 0 or -EBADMSG. */
int buildinfo_get(const struct wire_frame *f, struct buildinfo *ret);
/* What is the same of two is shown alike. */
bool buildinfo_same(const struct buildinfo *a, const struct buildinfo *b);

#endif
