/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/progress.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define LAUNCH_SIGNAL 53 /* slurmstepd could not open the output file (src/common/slurm_errno.h) */

void progress_release(struct progress *p)
{
    free(p->v);
    *p = (struct progress){0};
}

/* Where a job is, or belongs. */
static uint32_t place_of(const struct progress *p, uint32_t job_id)
{
    uint32_t lo = 0, hi = p->count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (p->v[mid].job_id < job_id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

int progress_take(struct progress *p, const struct wire_frame *f)
{
    struct buildinfo info;
    int err = buildinfo_get(f, &info);
    uint32_t at;

    if (err)
        return err;
    at = place_of(p, info.job_id);
    if (at == p->count || p->v[at].job_id != info.job_id) {
        if (p->count == p->room) {
            p->room = KF_MAX(2 * p->room, 16u);
            p->v = xreallocarray(p->v, p->room, sizeof(*p->v));
        }
        memmove(p->v + at + 1, p->v + at, (p->count - at) * sizeof(*p->v));
        p->count++;
    }
    p->v[at] = info;
    p->changed = true;
    return 0;
}

void progress_retain(struct progress *p, const struct snapshot *s)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < p->count; i++)
        if (snapshot_job(s, p->v[i].job_id))
            p->v[kept++] = p->v[i];
    p->count = kept;
}

const struct buildinfo *progress_of(const struct snapshot *s, const struct job *j)
{
    const struct progress *p = s->progress;
    uint32_t at;

    if (p == NULL || !job_has_log(j))
        return NULL;
    at = place_of(p, j->job_id);
    return at < p->count && p->v[at].job_id == j->job_id && p->v[at].restarts == j->restarts
               ? &p->v[at]
               : NULL;
}

bool job_has_log(const struct job *j)
{
    return j->batch && j->state != JOB_STATE_PENDING && j->start_time != 0 && j->node_list != 0;
}

static bool is_named(const struct progress *p, const char *name)
{
    for (char *const *pattern = p->names; pattern && *pattern; pattern++)
        if (fnmatch(*pattern, name, 0) == 0)
            return true;
    return false;
}

/* With make -s, and of one that ends before its first step, there are no steps. */
static bool log_has_build(const struct buildinfo *i)
{
    return i->steps > 0 || i->result == BUILD_SUCCESS ||
           (i->result == BUILD_FAILED && (i->basis == BASIS_MAKE || i->cause == CAUSE_COMPILE ||
                                             i->cause == CAUSE_LINK || i->cause == CAUSE_MODPOST ||
                                             i->cause == CAUSE_CONFIG || i->cause == CAUSE_MAKE));
}

enum is_build job_is_build(const struct snapshot *s, const struct job *j)
{
    const struct buildinfo *i = progress_of(s, j);

    if (!job_has_log(j))
        return IS_NO_BUILD;
    if ((s->progress && is_named(s->progress, job_str(s, j->name))) || (i && log_has_build(i)))
        return IS_BUILD;
    if (i == NULL || !i->complete || (i->error && i->error != ENOTSUP)) /* no file: /dev/null */
        return IS_PERHAPS_BUILD;
    return IS_NO_BUILD;
}

/* A job that Slurm calls failed: its log knows why, else the way it ended does. */
static enum log_cause why_failed(const struct job *j, const struct buildinfo *info)
{
    if (info && info->cause != CAUSE_NONE)
        return info->cause;
    if (j->exit_signal == LAUNCH_SIGNAL)
        return CAUSE_IO_ERROR;
    return CAUSE_SCRIPT;
}

struct outcome outcome_of(const struct job *j, const struct buildinfo *info)
{
    /* what Slurm stopped and then calls completed was a step, or an earlier run */
    bool failed = info && info->result == BUILD_FAILED && info->basis != BASIS_SLURM;

    switch ((enum job_state)j->state) {
    case JOB_STATE_PENDING:
    case JOB_STATE_RUNNING:
    case JOB_STATE_SUSPENDED:
        return (struct outcome){.result = BUILD_RUNNING};
    case JOB_STATE_COMPLETED:
        return (struct outcome){.result = failed ? BUILD_FAILED : BUILD_SUCCESS,
            .cause = failed ? info->cause : CAUSE_NONE,
            .hidden = failed};
    case JOB_STATE_CANCELLED:
        return (struct outcome){.result = BUILD_CANCELLED, .cause = CAUSE_CANCELLED};
    case JOB_STATE_TIMEOUT:
    case JOB_STATE_DEADLINE:
        return (struct outcome){.result = BUILD_FAILED, .cause = CAUSE_TIME_LIMIT};
    case JOB_STATE_NODE_FAIL:
    case JOB_STATE_BOOT_FAIL:
        return (struct outcome){.result = BUILD_FAILED, .cause = CAUSE_NODE_FAIL};
    case JOB_STATE_PREEMPTED:
        return (struct outcome){.result = BUILD_FAILED, .cause = CAUSE_PREEMPTED};
    case JOB_STATE_OUT_OF_MEMORY:
        return (struct outcome){.result = BUILD_FAILED, .cause = CAUSE_OOM};
    case JOB_STATE_FAILED:
        return (struct outcome){.result = BUILD_FAILED, .cause = why_failed(j, info)};
    case JOB_STATE_UNKNOWN:
    case JOB_STATE_COUNT:
        break;
    }
    return (struct outcome){.result = BUILD_UNKNOWN};
}

/* ---- suspects ---- */

/* What a node can be to blame for. */
static bool may_be_the_node(enum log_cause cause)
{
    return cause == CAUSE_DISK_FULL || cause == CAUSE_IO_ERROR || cause == CAUSE_OOM ||
           cause == CAUSE_NODE_FAIL || cause == CAUSE_INTERNAL_COMPILER_ERROR ||
           cause == CAUSE_MISSING_TOOL;
}

struct ended {
    const struct job *job;
    const char *node; /* its text: two references may stand for the same one (strpool.h) */
    enum log_cause cause; /* CAUSE_NONE: it went well, or failed of something else */
};

/* Of one node together, the latest first. */
static int by_node(const void *a, const void *b)
{
    const struct ended *x = a, *y = b;

    int order = x->node == y->node ? 0 : strcmp(x->node, y->node);

    if (order)
        return order;
    if (x->job->end_time != y->job->end_time)
        return x->job->end_time > y->job->end_time ? -1 : 1;
    return x->job->job_id > y->job->job_id ? -1 : 1;
}

static void accuse(struct progress *p, const char *node, uint32_t failed, enum log_cause cause)
{
    struct suspect *e = &p->suspects[p->suspect_count];

    if (failed < SUSPECT_AFTER || p->suspect_count == SUSPECTS_MAX)
        return;
    *e = (struct suspect){.failed = failed, .cause = cause};
    snprintf(e->node, sizeof(e->node), "%s", node);
    p->suspect_count++;
}

void progress_suspect(struct progress *p, const struct snapshot *s)
{
    struct ended *v = xcalloc(KF_MAX(s->job_count, 1u), sizeof(*v));
    uint32_t count = 0;

    p->changed = false;
    p->suspect_count = 0;
    for (uint32_t i = 0; i < s->job_count; i++) {
        const struct job *j = &s->jobs[i];
        struct outcome o = outcome_of(j, progress_of(s, j));

        if (!job_has_log(j) || j->nodes != 1 || !job_finished(j) || o.result == BUILD_CANCELLED)
            continue;
        v[count++] = (struct ended){j, job_str(s, j->node_list),
            o.result == BUILD_FAILED && may_be_the_node(o.cause) ? o.cause : CAUSE_NONE};
    }
    qsort(v, count, sizeof(*v), by_node);
    for (uint32_t i = 0, failed, next; i < count; i = next) {
        for (failed = 0; i + failed < count && v[i + failed].cause != CAUSE_NONE &&
                         strcmp(v[i + failed].node, v[i].node) == 0;)
            failed++;
        for (next = i + 1; next < count && strcmp(v[next].node, v[i].node) == 0;)
            next++;
        accuse(p, v[i].node, failed, v[i].cause);
    }
    free(v);
}

const struct suspect *suspect_of(const struct snapshot *s, const char *node)
{
    const struct progress *p = s->progress;

    for (int i = 0; p && i < p->suspect_count; i++)
        if (strcmp(p->suspects[i].node, node) == 0)
            return &p->suspects[i];
    return NULL;
}
