/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/builds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/logtail.h"
#include "backend/watch.h"
#include "base/alloc.h"
#include "base/clock.h"

#define CHUNK      (16u << 10) /* bytes per read: each file keeps so much */
#define STEP       (1u << 20) /* bytes of one file before it is another's turn */
#define RESTS      3 /* looks at an ended build in a row that find nothing new: it has been read */
#define ETA_SAME_S 3
#define LATE_S     60 /* after a job's end its log is not written to any more */
#define SAMPLES    16 /* of the number of steps */
#define SAMPLE_MS  5000 /* between two of them: the rate is that of the last 75 s */

struct watched {
    struct buildinfo_job job; /* paths are our own */
    struct logtail *tail[LOG_STREAM_COUNT]; /* NULL: no such file, or read for good */
    struct build *build;
    int file[LOG_STREAM_COUNT]; /* its number in the build */
    char *rest[LOG_STREAM_COUNT]; /* the unfinished last line; NULL */
    size_t rest_len[LOG_STREAM_COUNT];
    struct buildinfo told; /* last */
    int64_t due_ms; /* INT64_MAX: read for good */
    int rests;
    bool heard; /* something came since the last look */
    bool caught_up; /* once: from then on steps come as they are made */
    struct {
        int64_t ms, steps;
    } sample[SAMPLES]; /* oldest first */
    int samples;
    struct builddb_samples *curve; /* of a running one; NULL */
    struct builddb_past past; /* earlier ones of its kind */
};

/* What a line is handed over with. */
struct into {
    struct builds *builds;
    struct watched *watched;
    int stream;
};

struct builds {
    const struct logrule_set *rules;
    struct builddb *db;
    struct watched *v;
    uint32_t count;
};

struct builds *builds_new(const struct logrule_set *rules, struct builddb *db)
{
    struct builds *b = xcalloc(1, sizeof(*b));

    b->rules = rules;
    b->db = db;
    return b;
}

static void stop_reading(struct watched *w)
{
    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        w->tail[i] = logtail_free(w->tail[i]);
        free(w->rest[i]);
        w->rest[i] = NULL;
    }
    w->build = build_free(w->build);
    free(w->curve);
    w->curve = NULL;
    w->due_ms = INT64_MAX;
}

static void release(struct watched *w)
{
    stop_reading(w);
    free(w->job.out);
    free(w->job.err);
    free(w->job.key);
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

static void start(struct builds *b, struct watched *w, int64_t now_ms)
{
    const struct logtail_conf conf = {.tail_max = SIZE_MAX, .chunk = CHUNK, .step = STEP};
    const char *const paths[] = {w->job.out, w->job.err};

    w->build = build_new(b->rules);
    if (b->db)
        builddb_past(b->db, w->job.key, &w->past);
    if (w->job.running)
        w->curve = xcalloc(1, sizeof(*w->curve));
    w->due_ms = now_ms;
    w->told = (struct buildinfo){.job_id = w->job.job_id, .restarts = w->job.restarts, .rate = -1};
    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        w->file[i] = build_add_file(w->build);
        if (paths[i][0] == '\0' || (i == LOG_STDERR && strcmp(paths[0], paths[1]) == 0))
            continue;
        w->tail[i] = logtail_new(paths[i], &conf);
        logtail_set_remote(w->tail[i], watch_fs_of(paths[i]) == WATCH_FS_REMOTE);
    }
    if (w->tail[LOG_STDOUT] && w->tail[LOG_STDERR])
        logtail_set_twin(w->tail[LOG_STDERR], w->tail[LOG_STDOUT]);
}

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
    if (old == NULL || old->job.out == NULL || old->job.restarts != j->restarts ||
        strcmp(old->job.out, j->out) != 0 || strcmp(old->job.err, j->err) != 0)
        return false;
    *w = *old;
    *old = (struct watched){0};
    if (w->job.running != j->running && w->build) {
        w->rests = 0;
        w->due_ms = now_ms;
    }
    w->job.running = j->running;
    w->job.end_s = j->end_s;
    w->job.start_s = j->start_s;
    return true;
}

int builds_set(struct builds *b, const struct wire_frame *f, int64_t now_ms)
{
    struct wire_reader r = wire_reader(f);
    uint32_t count = wire_get_u32(&r);
    struct builds next = {.rules = b->rules, .db = b->db};

    if (r.bad || count > BUILDINFO_MAX)
        return -EBADMSG;
    next.v = xcalloc(KF_MAX(count, 1u), sizeof(*next.v));
    for (uint32_t i = 0; i < count && !r.bad; i++) {
        struct watched *w = &next.v[next.count];
        struct buildinfo_job j = {.job_id = wire_get_u32(&r)};

        j.restarts = wire_get_u32(&r);
        j.running = wire_get_u8(&r);
        j.start_s = wire_get_i64(&r);
        j.end_s = wire_get_i64(&r);
        j.key = wire_get_str(&r);
        j.out = wire_get_str(&r);
        j.err = wire_get_str(&r);
        if (!r.bad && go_on(find(b, j.job_id), w, &j, now_ms)) {
            free(j.out);
            free(j.err);
            free(j.key);
        } else {
            w->job = j;
            start(b, w, now_ms);
        }
        next.count++;
    }
    for (uint32_t i = 0; i < b->count; i++)
        release(&b->v[i]);
    free(b->v);
    *b = next;
    return r.bad ? -EBADMSG : 0;
}

/* ---- reading ---- */

static void take(struct into *to, const char *text, size_t len)
{
    struct log_match m;

    logrule_match(to->builds->rules, text, len, &m);
    build_line(to->watched->build, to->watched->file[to->stream], text, len, &m);
}

static void keep_rest(struct into *to, const char *text, size_t len)
{
    struct watched *w = to->watched;

    free(w->rest[to->stream]);
    w->rest[to->stream] = text ? xmemdup0(text, len) : NULL;
    w->rest_len[to->stream] = len;
}

static void on_line(void *user, const struct logtail_line *line)
{
    struct into *to = user;

    to->watched->heard = true;
    keep_rest(to, NULL, 0);
    if (line->flags & LOG_LINE_RESTART) {
        build_restart(to->watched->build, to->watched->file[to->stream]);
        to->watched->samples = 0;
        to->watched->caught_up = false;
        if (to->watched->curve)
            *to->watched->curve = (struct builddb_samples){0};
    } else if (line->flags & LOG_LINE_PARTIAL) {
        keep_rest(to, line->text, line->len);
    } else if (!(line->flags & LOG_LINE_SKIPPED)) {
        take(to, line->text, line->len);
    }
}

static size_t on_quick(void *user, const char *p, size_t n)
{
    struct into *to = user;
    size_t took = build_quick(to->watched->build, to->watched->file[to->stream], p, n);

    to->watched->heard |= took > 0;
    return took;
}

/* Of an ended build: its last line is complete, newline or not. */
static void take_rests(struct builds *b, struct watched *w)
{
    for (int i = 0; i < LOG_STREAM_COUNT; i++)
        if (w->rest[i])
            take(&(struct into){b, w, i}, w->rest[i], logsplit_strip(w->rest[i], w->rest_len[i]));
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

/* What earlier builds tell of it; only of one that is clean, and runs. */
static void put_estimate(struct buildinfo *i, struct watched *w, const struct build_report *r)
{
    const struct clock clock = {0};
    int64_t now_s = clock_s(&clock), elapsed_s = now_s - w->job.start_s;
    struct builddb_estimate e;

    if (!w->job.running || !r->clean)
        return;
    if (w->caught_up && w->curve)
        builddb_sample(w->curve, elapsed_s, i->steps);
    e = builddb_estimate(&w->past, i->steps, elapsed_s);
    i->total = e.total;
    i->learned = (uint32_t)e.builds;
    if (e.left_s >= 0)
        i->eta_s = now_s + e.left_s;
    /* it is not told anew for a second more or less */
    if (i->eta_s && w->told.eta_s && llabs(i->eta_s - w->told.eta_s) < ETA_SAME_S)
        i->eta_s = w->told.eta_s;
}

/* A clean build that went well is an example for others. */
static void learn(struct builds *b, const struct watched *w, const struct buildinfo *i)
{
    struct build_report r = build_judge(w->build);
    struct builddb_build kept = {.steps = i->steps, .duration_s = w->job.end_s - w->job.start_s};
    struct diag d = DIAG_INIT;

    if (i->mtime_s > w->job.end_s + LATE_S) /* the file was written to by somebody else since */
        return;
    if (b->db == NULL || !r.clean || r.result != BUILD_SUCCESS || w->job.start_s == 0 ||
        kept.duration_s <= 0)
        return;
    if (w->curve)
        builddb_curve(w->curve, &kept);
    if (builddb_add(b->db, w->job.key, w->job.job_id, w->job.start_s, &kept, &d) < 0)
        fprintf(stderr, "%s\n", d.text);
}

static void put_first(struct buildinfo *i, const struct watched *w, const struct build_diag *d)
{
    int n = 0;

    i->first_stream = d->file == w->file[LOG_STDERR] ? LOG_STDERR : LOG_STDOUT;
    i->first_line = d->line;

    snprintf(i->message, sizeof(i->message), "%s", d->level == LOG_MAKE ? d->context : d->message);
    if (d->level == LOG_MAKE) {
        snprintf(i->first, sizeof(i->first), "%.100s: %s", d->target, d->message);
        return;
    }
    if (d->source[0])
        n = snprintf(i->first, sizeof(i->first), "%.100s:", d->source);
    if (d->source[0] && d->source_line)
        n += snprintf(
            i->first + n, sizeof(i->first) - (size_t)n, "%lld:", (long long)d->source_line);
    snprintf(i->first + n, sizeof(i->first) - (size_t)n, "%s%s", n ? " " : "", d->message);
}

static void put_files(struct buildinfo *i, const struct watched *w)
{
    int error = ENOENT;

    for (int k = 0; k < LOG_STREAM_COUNT; k++) {
        const struct logtail_state *s = w->tail[k] ? logtail_state(w->tail[k]) : NULL;

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

static struct buildinfo info_of(struct watched *w, int64_t now_ms, bool complete)
{
    struct build_report r = build_judge(w->build);
    struct buildinfo i = {.job_id = w->job.job_id,
        .restarts = w->job.restarts,
        .result = r.result,
        .cause = r.cause,
        .phase = r.phase,
        .basis = r.basis,
        .complete = complete,
        .steps = build_step_count(w->build),
        .warnings = (int64_t)r.warnings,
        .errors = (int64_t)r.errors};

    put_files(&i, w);
    i.rate = rate_of(w, now_ms, i.steps);
    put_estimate(&i, w, &r);
    if (r.first)
        put_first(&i, w, r.first);
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

/* There is something that has not been read: held back, as NFS may not have sent it yet, or not readable. */
static bool is_behind(const struct watched *w)
{
    for (int i = 0; i < LOG_STREAM_COUNT; i++)
        if (w->tail[i] && logtail_state(w->tail[i])->state == LOG_OPEN &&
            logtail_behind(w->tail[i]) > 0)
            return true;
    return false;
}

static void look(struct builds *b, struct watched *w, int64_t now_ms, struct buf *out)
{
    bool more = false;
    struct buildinfo i;

    w->heard = false;
    for (int k = 0; k < LOG_STREAM_COUNT; k++) {
        struct into to = {b, w, k};

        if (w->tail[k] == NULL)
            continue;
        logtail_set_quick(w->tail[k], on_quick, &to);
        more |= logtail_poll(w->tail[k], now_ms, on_line, &to);
        logtail_set_quick(w->tail[k], NULL, NULL);
    }
    w->caught_up |= !more;
    w->rests = w->heard || more || is_behind(w) ? 0 : w->rests + 1;
    w->due_ms = more ? now_ms : now_ms + BUILDS_LOOK_MS;
    if (!w->job.running && w->rests >= RESTS)
        take_rests(b, w);
    i = info_of(w, now_ms, !more);
    tell(w, &i, out);
    if (!w->job.running && w->rests >= RESTS) {
        learn(b, w, &i);
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
