/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/builds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/buildkind.h"
#include "backend/buildlog.h"
#include "backend/buildpast.h"
#include "backend/watch.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/path.h"

#define NAME_COLUMNS 100 /* of a source in the first error */
#define CHUNK        (16u << 10) /* bytes per read: each file keeps so much */
#define DIAGS        400 /* kept of a build, … */
#define CONTEXT      512 /* … and bytes of each: there are hundreds of builds */
#define STEP         (1u << 20) /* bytes of one file before it is another's turn */
#define RESTS        3 /* looks at an ended build in a row that find nothing new: it has been read */
#define KIND_MS      50 /* in which what kind it is is found, as a rule */
#define KIND_LOOKS   15 /* such looks at an ended build, and its server is not waited for any more */
#define ETA_SAME_S   3
#define LATE_S       60 /* before its start and after its end a job's log is not written to */
#define SAMPLES      16 /* of the number of steps */
#define SAMPLE_MS    5000 /* between two of them: the rate is that of the last 75 s */

struct watched {
    struct buildinfo_job job; /* paths are our own */
    struct buildlog *log; /* its files are enum log_stream; NULL: not begun, or read for good */
    struct buildinfo told; /* last */
    int64_t due_ms; /* INT64_MAX: read for good */
    int rests;
    bool ended; /* its log has been read to the end; what kind it was may still be missing */
    int kind_looks; /* since, that found no answer yet */
    bool caught_up; /* once: from then on steps come as they are made */
    struct {
        int64_t ms, steps;
    } sample[SAMPLES]; /* oldest first */
    int samples;
    struct builddb_samples *curve; /* of a running one; NULL */
    struct aside *asked; /* what kind it is, once it is a clean one; NULL: not asked, or answered */
    bool kind_known; /* and so are these: */
    struct buildkind kind;
    struct builddb_past past; /* earlier ones of its kind */
};

struct builds {
    const struct logrule_set *rules;
    struct watched *v;
    uint32_t count;
};

struct builds *builds_new(const struct logrule_set *rules)
{
    struct builds *b = xcalloc(1, sizeof(*b));

    b->rules = rules;
    return b;
}

static void stop_reading(struct watched *w)
{
    w->log = buildlog_free(w->log);
    free(w->curve);
    w->curve = NULL;
    w->asked = aside_free(w->asked);
    w->due_ms = INT64_MAX;
}

static void release(struct watched *w)
{
    stop_reading(w);
    buildinfo_release_job(&w->job);
}

struct builds *builds_free(struct builds *b)
{
    if (b == NULL)
        return NULL;
    for (uint32_t i = 0; i < b->count; i++)
        release(&b->v[i]);
    free(b->v);
    free(b);
    return NULL;
}

/* ---- the set ---- */

static struct watched *find(struct builds *b, uint32_t job_id)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (b->v[i].job.job_id == job_id)
            return &b->v[i];
    return NULL;
}

/* Goes on with what was followed already, if it is the same run of the same job. */
static bool go_on(
    struct watched *old, struct watched *w, const struct buildinfo_job *j, int64_t now_ms)
{
    if (old == NULL || old->job.out == NULL || !buildinfo_same_run(&old->job, j))
        return false;
    *w = *old;
    *old = (struct watched){0};
    if (w->job.running != j->running && w->due_ms != INT64_MAX) {
        w->rests = 0;
        w->due_ms = now_ms;
        w->asked = aside_free(w->asked); /* anew: what is written after its end does not count */
    }
    w->job.running = j->running;
    w->job.end_s = j->end_s;
    w->job.start_s = j->start_s;
    return true;
}

int builds_set(struct builds *b, const struct wire_frame *f, int64_t now_ms)
{
    struct builds next = {.rules = b->rules};
    struct buildinfo_job *jobs;
    int err = buildinfo_get_jobs(f, &jobs, &next.count);

    if (err < 0)
        return err;
    next.v = xcalloc(KF_MAX(next.count, 1u), sizeof(*next.v));
    for (uint32_t i = 0; i < next.count; i++) {
        struct watched *w = &next.v[i];
        const struct buildinfo_job *j = &jobs[i];

        if (go_on(find(b, j->job_id), w, j, now_ms)) {
            buildinfo_release_job(&jobs[i]);
            continue;
        }
        w->job = *j;
        w->due_ms = now_ms;
        w->told = (struct buildinfo){.job_id = j->job_id, .restarts = j->restarts, .rate = -1};
    }
    free(jobs); /* what they hold is the watched builds' */
    for (uint32_t i = 0; i < b->count; i++)
        release(&b->v[i]);
    free(b->v);
    *b = next;
    return 0;
}

/* ---- what is told ---- */

/* Steps a minute over the samples; the first was taken when all there was had been read. */
static int32_t rate_of(struct watched *w, int64_t now_ms, int64_t steps)
{
    int last = w->samples - 1;
    int64_t ms;

    if (!w->caught_up || !w->job.running)
        return -1;
    if (last < 0 || now_ms - w->sample[last].ms >= SAMPLE_MS) {
        if (w->samples == SAMPLES)
            memmove(w->sample, w->sample + 1, (SAMPLES - 1) * sizeof(w->sample[0]));
        else
            w->samples++;
        last = w->samples - 1;
        w->sample[last].ms = now_ms;
        w->sample[last].steps = steps;
    }
    ms = now_ms - w->sample[0].ms;
    return ms < SAMPLE_MS ? -1 : (int32_t)((steps - w->sample[0].steps) * 60000 / ms);
}

/* Once it is known to be a clean one its configuration has been made, too. */
static void ask_kind(struct watched *w)
{
    const char *places[BUILD_PLACES_MAX + 1] = {0};
    const struct build *build = buildlog_build(w->log);

    for (size_t i = 0; i < BUILD_PLACES_MAX && (places[i] = build_place(build, i)) != NULL;)
        i++;
    w->asked = buildkind_ask(&(struct buildkind_question){.places = places,
        .targets = build_targets(build),
        .end_s = w->job.end_s,
        .command = w->job.command,
        .submit_s = w->job.restarts ? 0 : w->job.submit_s});
}

static void ask_past(const struct watched *w, const struct build_report *r, struct buf *out)
{
    buildpast_put_ask(out, &(struct buildpast_ask){.job_id = w->job.job_id,
                               .restarts = w->job.restarts,
                               .kind = {r->scratch, w->kind.config, w->kind.makes}});
}

/* Another build has just been kept: those that run and know of no earlier one ask once more. When kfarm-top starts beside
   a running build, the one before it is often read only after that build has asked. */
static void ask_again(struct builds *b, struct buf *out)
{
    for (uint32_t i = 0; i < b->count; i++) {
        struct watched *w = &b->v[i];

        if (w->log && w->job.running && w->kind_known && w->past.count == 0) {
            struct build_report r = build_judge(buildlog_build(w->log));

            ask_past(w, &r, out);
        }
    }
}

/* The answer comes at once as a rule. When the tree's file server hangs, or the script's, the builds are followed all the
   same; only the kinds of others may have to wait, if as many hang as aside.h lets run. */
static void find_kind(struct watched *w, const struct build_report *r, struct buf *out)
{
    int wait_ms = w->asked ? 0 : KIND_MS;
    const struct buildkind *answer;

    if (w->kind_known || !r->clean)
        return;
    if (w->asked == NULL)
        ask_kind(w);
    answer = buildkind_answer(w->asked, wait_ms);
    if (answer == NULL)
        return;
    w->kind = *answer;
    w->kind_known = true;
    w->asked = aside_free(w->asked);
    ask_past(w, r, out);
}

int builds_past(struct builds *b, const struct wire_frame *f)
{
    struct buildpast_answer answer;
    int err = buildpast_get_answer(f, &answer);
    struct watched *w = err ? NULL : find(b, answer.job_id);

    if (w && w->job.restarts == answer.restarts && w->kind_known) {
        w->past = answer.past;
        if (w->due_ms != INT64_MAX) /* the estimate is shown at once */
            w->due_ms = 0;
    }
    return err;
}

/* What earlier builds tell of it; only of one that is clean, and runs. */
static void put_estimate(struct buildinfo *i, struct watched *w, const struct build_report *r)
{
    const struct clock clock = {0};
    int64_t now_s = clock_s(&clock), elapsed_s = now_s - w->job.start_s;
    struct builddb_estimate e;

    if (!w->job.running)
        return;
    /* from the first step on: whether it is a clean one shows later */
    if (w->caught_up && w->curve)
        builddb_sample(w->curve, elapsed_s, i->steps);
    if (!r->clean)
        return;
    e = builddb_estimate(&w->past, i->steps, elapsed_s);
    i->total = e.total;
    i->learned = (uint32_t)e.builds;
    i->spread_s = e.spread_s;
    if (e.left_s >= 0)
        i->eta_s = now_s + e.left_s;
    /* it is not told anew for a second more or less */
    if (i->eta_s && w->told.eta_s && llabs(i->eta_s - w->told.eta_s) < ETA_SAME_S)
        i->eta_s = w->told.eta_s;
}

/* The file was written to last when the job did not run: what stands in it is another one's. */
static bool is_anothers(const struct watched *w, const struct buildinfo *i)
{
    return !w->job.running && i->mtime_s &&
           (i->mtime_s > w->job.end_s + LATE_S ||
               (w->job.start_s && i->mtime_s < w->job.start_s - LATE_S));
}

/* A clean build that went well is an example for others. Whether this is one. */
static bool learn(const struct watched *w, const struct buildinfo *i, struct buf *out)
{
    struct build_report r = build_judge(buildlog_build(w->log));
    struct builddb_build kept = {.steps = i->steps, .duration_s = w->job.end_s - w->job.start_s};

    if (!w->kind_known || is_anothers(w, i) || !r.clean || r.result != BUILD_SUCCESS ||
        w->job.start_s == 0 || kept.duration_s <= 0)
        return false;
    if (w->curve)
        builddb_curve(w->curve, &kept);
    buildpast_put_lesson(out, &(struct buildpast_lesson){.job_id = w->job.job_id,
                                  .restarts = w->job.restarts,
                                  .kind = {r.scratch, w->kind.config, w->kind.makes},
                                  .build = kept});
    return true;
}

/* The first root error in one line; of what is too long the directories in front are left out, not the name. */
static void put_first(struct buildinfo *i, const struct build *b, const struct build_diag *d)
{
    char name[4 * NAME_COLUMNS + 4], line[24] = "";

    i->first_stream = (enum log_stream)d->file;
    i->first_line = d->line;
    snprintf(i->message, sizeof(i->message), "%s", d->level == LOG_MAKE ? d->context : d->message);
    path_fit(
        d->level == LOG_MAKE ? d->target : build_source(b, d), NAME_COLUMNS, name, sizeof(name));
    if (d->level != LOG_MAKE && d->source[0] && d->source_line)
        snprintf(line, sizeof(line), "%lld:", (long long)d->source_line);
    if (d->level == LOG_MAKE || d->source[0])
        snprintf(i->first, sizeof(i->first), "%s:%s %s", name, line, d->message);
    else
        snprintf(i->first, sizeof(i->first), "%s", d->message);
}

static void put_files(struct buildinfo *i, const struct watched *w)
{
    int error = ENOENT;

    for (int k = 0; k < LOG_STREAM_COUNT; k++) {
        const struct logtail_state *s = buildlog_file(w->log, k);

        if (s == NULL)
            continue;
        i->mtime_s = KF_MAX(i->mtime_s, s->mtime_s);
        if (s->state == LOG_OPEN)
            error = 0;
        else if (error == ENOENT && s->error)
            error = s->error;
    }
    i->error = error;
}

static struct buildinfo info_of(struct watched *w, int64_t now_ms, bool complete, struct buf *out)
{
    struct build *build = buildlog_build(w->log);
    struct build_report r = build_judge(build);
    struct buildinfo i = {.job_id = w->job.job_id,
        .restarts = w->job.restarts,
        .result = r.result,
        .cause = r.cause,
        .phase = r.phase,
        .basis = r.basis,
        .complete = complete,
        .steps = build_step_count(build),
        .warnings = (int64_t)r.warnings,
        .errors = (int64_t)r.errors};

    put_files(&i, w);
    if (is_anothers(w, &i)) {
        i.result = BUILD_UNKNOWN;
        i.cause = CAUSE_NONE;
        i.basis = BASIS_NONE;
        i.steps = i.warnings = i.errors = 0;
        return i;
    }
    find_kind(w, &r, out);
    i.rate = rate_of(w, now_ms, i.steps);
    put_estimate(&i, w, &r);
    if (r.first)
        put_first(&i, build, r.first);
    snprintf(i.last, sizeof(i.last), "%s", r.last_step);
    return i;
}

static void tell(struct watched *w, const struct buildinfo *i, struct buf *out)
{
    if (buildinfo_same(&w->told, i))
        return;
    w->told = *i;
    buildinfo_put(out, i);
}

/* ---- work ---- */

/* Once it is its turn: the file system may take its time. */
static void begin(struct builds *b, struct watched *w)
{
    const char *const paths[] = {[LOG_STDOUT] = w->job.out, [LOG_STDERR] = w->job.err};

    w->log = buildlog_new(b->rules, &(struct logtail_conf){.chunk = CHUNK, .step = STEP});
    build_set_room(buildlog_build(w->log), DIAGS, CONTEXT);
    if (w->job.running)
        w->curve = xcalloc(1, sizeof(*w->curve));
    for (int i = 0; i < LOG_STREAM_COUNT; i++)
        buildlog_add(w->log, paths[i], watch_fs_of(paths[i]) == WATCH_FS_REMOTE);
}

/* What was learned from the run before is not of this one. */
static void begin_anew(struct watched *w)
{
    w->samples = 0;
    w->caught_up = w->kind_known = false;
    w->asked = aside_free(w->asked);
    w->past = (struct builddb_past){0};
    if (w->curve)
        *w->curve = (struct builddb_samples){0};
}

/* Reads on; whether there is more to be read at once. */
static bool read_on(struct builds *b, struct watched *w, int64_t now_ms)
{
    struct buildlog_news news;

    if (w->log == NULL)
        begin(b, w);
    news = buildlog_look(w->log, now_ms);
    if (news.restarted)
        begin_anew(w);
    w->caught_up |= !news.more;
    w->rests = news.heard || news.more || buildlog_behind(w->log) ? 0 : w->rests + 1;
    w->ended = !w->job.running && w->rests >= RESTS;
    if (w->ended)
        buildlog_end(w->log);
    return news.more;
}

/* What kind an ended build was is waited for as long as others keep it waiting, but not for ever if its own server
   hangs: then nothing is learned from it. */
static bool waits_for_kind(struct watched *w)
{
    if (w->asked == NULL)
        return false;
    w->kind_looks += aside_begin(w->asked);
    return w->kind_looks < KIND_LOOKS;
}

static void look(struct builds *b, struct watched *w, int64_t now_ms, struct buf *out)
{
    bool more = !w->ended && read_on(b, w, now_ms);
    struct buildinfo i = info_of(w, now_ms, !more, out);

    w->due_ms = more ? now_ms : now_ms + BUILDS_LOOK_MS;
    tell(w, &i, out);
    if (w->ended && !waits_for_kind(w)) {
        if (learn(w, &i, out))
            ask_again(b, out);
        stop_reading(w);
    }
}

int64_t builds_due(const struct builds *b)
{
    int64_t due = INT64_MAX;

    for (uint32_t i = 0; i < b->count; i++)
        due = KF_MIN(due, b->v[i].due_ms);
    return due;
}

void builds_work(struct builds *b, int64_t now_ms, struct buf *out)
{
    struct watched *next = NULL;

    for (uint32_t i = 0; i < b->count; i++)
        if (b->v[i].due_ms <= now_ms && (next == NULL || b->v[i].due_ms < next->due_ms))
            next = &b->v[i];
    if (next)
        look(b, next, now_ms, out);
}
