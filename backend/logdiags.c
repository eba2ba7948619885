/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logdiags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/buildlog.h"
#include "backend/logsource.h"
#include "backend/watch.h"
#include "base/alloc.h"
#include "base/clock.h"

#define TELL_MS  200 /* at least, between two lists */
#define AGAIN_MS 1000
#define CHUNK    (64u << 10)

struct logdiags {
    const struct logrule_set *rules;
    uint32_t follow;
    const char *paths[LOG_STREAM_COUNT];
    struct buildlog *log; /* NULL: not asked for */
    bool reading; /* there is more of it */
    struct buf last; /* the list that was told */
    int64_t next_ms;
    bool due;
    int64_t again_ms; /* when to look again, though nothing was heard; 0: not */

    struct logsource *source;
    struct asked {
        bool open;
        uint32_t number;
        char *source, *directory;
        int64_t line;
    } asked;
};

struct logdiags *logdiags_new(const struct logrule_set *rules)
{
    struct logdiags *d = xcalloc(1, sizeof(*d));

    d->rules = rules;
    d->source = logsource_new();
    return d;
}

static void forget_question(struct logdiags *d)
{
    logsource_forget(d->source);
    free(d->asked.source);
    free(d->asked.directory);
    d->asked = (struct asked){0};
}

static void stop(struct logdiags *d)
{
    d->log = buildlog_free(d->log);
    d->reading = d->due = false;
    d->next_ms = d->again_ms = 0;
    buf_clear(&d->last);
}

struct logdiags *logdiags_free(struct logdiags *d)
{
    if (d) {
        stop(d);
        forget_question(d);
        logsource_free(d->source);
        buf_release(&d->last);
        free(d);
    }
    return NULL;
}

void logdiags_follow(struct logdiags *d, uint32_t follow, const char *const paths[LOG_STREAM_COUNT])
{
    stop(d);
    forget_question(d);
    d->follow = follow;
    for (int i = 0; i < LOG_STREAM_COUNT; i++)
        d->paths[i] = paths[i];
}

void logdiags_changed(struct logdiags *d)
{
    d->reading = d->log != NULL;
}

/* ---- from the screen ---- */

static void start(struct logdiags *d)
{
    if (d->log || d->rules == NULL || d->paths[0] == NULL)
        return;
    d->log = buildlog_new(d->rules, &(struct logtail_conf){.chunk = CHUNK});
    for (int i = 0; i < LOG_STREAM_COUNT; i++)
        buildlog_add(d->log, d->paths[i], watch_fs_of(d->paths[i]) == WATCH_FS_REMOTE);
    d->reading = true;
}

int logdiags_take(struct logdiags *d, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    uint32_t follow = wire_get_u32(&r);

    if (frame->head.type == WIRE_LOG_DIAGS) {
        bool wanted = wire_get_u8(&r) != 0;

        if (!r.bad && follow == d->follow && wanted)
            start(d);
        else if (!r.bad && follow == d->follow)
            stop(d);
    } else if (follow == d->follow) {
        forget_question(d);
        d->asked.number = wire_get_u32(&r);
        d->asked.source = wire_get_str(&r);
        d->asked.line = wire_get_number(&r);
        d->asked.directory = wire_get_str(&r);
        d->asked.open = !r.bad;
    }
    return r.bad ? -EPROTO : 0;
}

/* ---- the list ---- */

static void put_diag(struct buf *b, const struct build_diag *d, bool first)
{
    wire_put_u8(b, (uint8_t)d->level);
    wire_put_u8(b, first);
    wire_put_u8(b, (uint8_t)d->file);
    wire_put_i64(b, d->line);
    wire_put_str(b, d->source);
    wire_put_i64(b, d->source_line);
    wire_put_i64(b, d->column);
    wire_put_str(b, d->message);
    wire_put_str(b, d->flag);
    wire_put_i64(b, (int64_t)d->count);
}

/* make's and Slurm's own lines are no diagnostics, unless there is nothing else to begin with. */
static bool is_listed(const struct build_diag *d, const struct build_diag *first)
{
    return d == first || d->level == LOG_ERROR || d->level == LOG_WARNING;
}

static void put_list(struct logdiags *d, struct buf *b)
{
    struct build *build = buildlog_build(d->log);
    struct build_report r = build_judge(build);
    uint32_t n = 0, warnings = 0;
    bool listed = false;
    size_t count;

    wire_put_i64(b, (int64_t)r.errors);
    wire_put_i64(b, (int64_t)r.warnings);
    wire_put_u8(b, !d->reading && !d->again_ms);
    count = b->len;
    wire_put_u32(b, 0);
    for (size_t i = 0; i < build_diag_count(build) && n < LOG_DIAGS_MAX; i++) {
        const struct build_diag *diag = build_diag(build, i);

        /* of many warnings some are left out, so that an error behind them is in the list */
        if (!is_listed(diag, r.first) ||
            (diag->level == LOG_WARNING && warnings++ >= LOG_DIAGS_MAX * 4 / 5))
            continue;
        listed |= diag == r.first;
        put_diag(b, diag, diag == r.first);
        n++;
    }
    if (r.first && !listed && n < LOG_DIAGS_MAX) { /* made up of a line that is none */
        put_diag(b, r.first, true);
        n++;
    }
    memcpy(b->p + count, &n, sizeof(n));
}

static void tell(struct logdiags *d, struct buf *out)
{
    static const struct clock clock;
    struct buf b = BUF_INIT;
    size_t frame;

    put_list(d, &b);
    if (b.len != d->last.len || memcmp(b.p, d->last.p, b.len) != 0) {
        frame = wire_begin(out, WIRE_LOG_DIAG_LIST, 0, clock_ms(&clock));
        wire_put_u32(out, d->follow);
        buf_add(out, b.p, b.len);
        wire_end(out, frame);
        buf_clear(&d->last);
        buf_add(&d->last, b.p, b.len);
    }
    buf_release(&b);
}

/* ---- sources ---- */

/* It may be below the directories that the log names, or that of the job. */
static void look_for_source(struct logdiags *d, int64_t now_ms)
{
    const char *directories[BUILD_PLACES_MAX + 2] = {0}, *place;
    size_t n = 0;

    for (size_t i = 0; d->log && (place = build_place(buildlog_build(d->log), i)) != NULL; i++)
        if (place[0] == '/')
            directories[n++] = place;
    if (d->asked.directory[0] == '/')
        directories[n++] = d->asked.directory;
    logsource_look(d->source,
        &(struct logsource_place){
            .source = d->asked.source, .directories = directories, .line = d->asked.line},
        now_ms);
    d->asked.open = false;
}

static void answer(struct logdiags *d, int64_t now_ms, struct buf *out)
{
    static const struct clock clock;
    size_t before = out->len, frame = wire_begin(out, WIRE_LOG_SOURCE_LINES, 0, clock_ms(&clock));

    wire_put_u32(out, d->follow);
    wire_put_u32(out, d->asked.number);
    if (logsource_take(d->source, now_ms, out))
        wire_end(out, frame);
    else
        out->len = before;
}

bool logdiags_work(struct logdiags *d, int64_t now_ms, struct buf *out)
{
    if (d->asked.open)
        look_for_source(d, now_ms);
    answer(d, now_ms, out);
    if (d->log == NULL)
        return false;
    if (d->again_ms && now_ms >= d->again_ms)
        d->reading = true;
    if (d->reading) {
        d->reading = buildlog_look(d->log, now_ms).more;
        /* what was held back, since it may still be on its way */
        d->again_ms = !d->reading && buildlog_behind(d->log) ? now_ms + AGAIN_MS : 0;
    }
    d->due = now_ms < d->next_ms;
    if (!d->due) {
        tell(d, out);
        d->next_ms = now_ms + TELL_MS;
    }
    return d->reading;
}

int64_t logdiags_due(const struct logdiags *d)
{
    int64_t due = logsource_due(d->source);

    if (d->log && d->due)
        due = KF_MIN(due, d->next_ms);
    return d->log && d->again_ms ? KF_MIN(due, d->again_ms) : due;
}

int logdiags_fd(const struct logdiags *d)
{
    return logsource_fd(d->source);
}
