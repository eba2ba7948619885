/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/buildlog.h"
#include "backend/sandbox.h"
#include "backend/watch.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/given.h"
#include "base/harmless.h"
#include "tui/print.h"

#define CHUNK    (512u << 10) /* bytes per read */
#define STEP     (8u << 20) /* bytes of one file before it is the other's turn */
#define LOOK_MS  500 /* between two looks at a file that is followed */
#define QUIET_MS 5000 /* a build that has failed says nothing for so long */
#define DONE_MS  60000 /* one that went well: modules, a copy may follow */
#define REST_MS  1
#define TAGS_MAX 8 /* kinds of steps that are told */
#define DESCRIPTORS                                                                                \
    8 /* of rules and logs; with too few, the rules of the user would be passed over */

enum { NOT_FINISHED = 4 };

struct log {
    const struct options *o;
    struct logrule_set *rules;
    struct buildlog *files;
    struct build *build; /* of these */
    size_t told; /* diagnostics that were printed while following */
    enum build_phase phase; /* likewise */
    unsigned forgotten; /* of the build, then */
    int64_t heard_ms; /* when the last line came */
};

static int64_t monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

/* ---- reading ---- */

/* Reads what is there. */
static void look(struct log *l, int64_t now_ms)
{
    struct buildlog_news news;

    do {
        news = buildlog_look(l->files, now_ms);
        if (news.heard)
            l->heard_ms = now_ms;
    } while (news.more);
}

/* The first file that cannot be read, in words; one that is not there yet is waited for. */
static bool unreadable(const struct log *l)
{
    for (int i = 0; i < buildlog_files(l->files); i++) {
        const struct logtail_state *s = buildlog_file(l->files, i);
        int error = s && s->state == LOG_WAITING && !l->o->follow ? ENOENT : s ? s->error : 0;

        if (error == 0)
            continue;
        harmless_error("kfarm-top: %s: %s", l->o->logs[i], given_strerror(error));
        return true;
    }
    return false;
}

/* ---- for people ---- */

/* What a build ended of, in words. */
static const char *const cause_words[] = {
    [CAUSE_NONE] = "",
    [CAUSE_COMPILE] = "a source does not compile",
    [CAUSE_LINK] = "it does not link",
    [CAUSE_MODPOST] = "modpost refuses a module",
    [CAUSE_CONFIG] = "the configuration is not valid",
    [CAUSE_MAKE] = "make cannot make it",
    [CAUSE_MISSING_TOOL] = "a program is missing",
    [CAUSE_OOM] = "out of memory",
    [CAUSE_DISK_FULL] = "the disk is full",
    [CAUSE_QUOTA] = "the disk quota is exceeded",
    [CAUSE_TIME_LIMIT] = "its time limit was reached",
    [CAUSE_CANCELLED] = "it was cancelled",
    [CAUSE_NODE_FAIL] = "its node failed",
    [CAUSE_PREEMPTED] = "another job took its place",
    [CAUSE_INTERNAL_COMPILER_ERROR] = "the compiler itself failed",
    [CAUSE_IO_ERROR] = "a file could not be read or written",
    [CAUSE_SCRIPT] = "the batch script failed",
};
_Static_assert(KF_LEN(cause_words) == CAUSE_COUNT, "words for every cause");

static const char *const basis_words[] = {
    [BASIS_NONE] = "",
    [BASIS_ERROR] = "first error",
    [BASIS_MAKE] = "no error is told, but make gave up",
    [BASIS_SLURM] = "Slurm says",
    [BASIS_LINE] = "no error is told; the last line",
};
_Static_assert(KF_LEN(basis_words) == BUILD_BASIS_COUNT, "words for every basis");

static void put_name(const struct log *l, int file, struct buf *out)
{
    harmless_add(out, l->o->logs[file], strlen(l->o->logs[file]));
}

static void put_place(struct buf *out, const struct build_diag *d)
{
    if (d->source[0])
        buf_addf(out, "%s", d->source);
    if (d->source[0] && d->source_line)
        buf_addf(out, ":%lld", (long long)d->source_line);
    if (d->source[0] && d->column)
        buf_addf(out, ":%lld", (long long)d->column);
    if (d->source[0])
        buf_adds(out, ": ");
}

static void put_diag(struct buf *out, const struct build_diag *d)
{
    buf_addf(out, "  %-7s  ", log_level_name(d->level));
    put_place(out, d);
    buf_adds(out, d->message);
    if (d->flag[0])
        buf_addf(out, " [%s]", d->flag);
    if (d->count > 1)
        buf_addf(out, " (%llu times)", (unsigned long long)d->count);
    if (d->target[0] && d->level == LOG_ERROR)
        buf_addf(out, " -> %s", d->target);
    buf_addc(out, '\n');
}

/* All of the first error, as it stands in the log. */
static void put_first(const struct log *l, const struct build_report *r, struct buf *out)
{
    const char *line = r->first->context;

    buf_addf(out, "  %s, ", basis_words[r->basis]);
    put_name(l, r->first->file, out);
    buf_addf(out, ":%lld:\n", (long long)r->first->line);
    while (line) {
        const char *end = strchrnul(line, '\n');

        buf_addf(out, "    %.*s\n", (int)(end - line), line);
        line = *end ? end + 1 : NULL;
    }
    if (r->first->fatal && r->first->target[0])
        buf_addf(out, "    make gave up on %s\n", r->first->target);
}

static void put_steps(const struct log *l, const struct build_report *r, struct buf *out)
{
    struct logcount *all = xcalloc(1, sizeof(*all));

    build_steps(l->build, all);
    buf_addf(out, "  phase    %s, %lld steps", build_phase_name(r->phase),
        (long long)all->level[LOG_STEP]);
    for (int i = 0; i < all->tags && i < TAGS_MAX; i++)
        buf_addf(
            out, "%s%s %lld", i == 0 ? ": " : ", ", all->tag[i].name, (long long)all->tag[i].n);
    if (all->tags > TAGS_MAX)
        buf_adds(out, " …");
    buf_addc(out, '\n');
    free(all);
}

static void put_text(const struct log *l, const struct build_report *r, struct buf *out)
{
    for (int i = 0; l->o->logs[i]; i++) {
        buf_adds(out, i ? ", " : "");
        put_name(l, i, out);
    }
    buf_addf(out, ": %s%s%s\n", build_result_name(r->result), r->cause ? ": " : "",
        cause_words[r->cause]);
    put_steps(l, r, out);
    if (r->image)
        buf_addf(out, "  image    %s\n", r->image);
    buf_addf(out, "  found    %llu error%s, %llu warning%s%s\n", (unsigned long long)r->errors,
        r->errors == 1 ? "" : "s", (unsigned long long)r->warnings, r->warnings == 1 ? "" : "s",
        r->full ? "; not all of them are kept" : "");
    if (r->first)
        put_first(l, r, out);
    for (size_t i = l->told; i < build_diag_count(l->build); i++)
        if (build_diag(l->build, i)->level != LOG_MAKE && build_diag(l->build, i) != r->first)
            put_diag(out, build_diag(l->build, i));
}

/* ---- following ---- */

static int tell_news(struct log *l, const struct build_report *r)
{
    struct buf out = BUF_INIT;
    int err = 0;

    if (r->forgotten != l->forgotten) /* what was told is not of this run */
        l->told = 0;
    l->forgotten = r->forgotten;
    if (l->o->format == FORMAT_TEXT) {
        if (r->phase > l->phase)
            buf_addf(&out, "  phase    %s\n", build_phase_name(r->phase));
        for (l->told = KF_MIN(l->told, build_diag_count(l->build));
             l->told < build_diag_count(l->build); l->told++)
            if (build_diag(l->build, l->told)->level != LOG_MAKE)
                put_diag(&out, build_diag(l->build, l->told));
        err = harmless_write(&out, stdout);
    }
    l->phase = r->phase;
    buf_release(&out);
    return err;
}

static bool is_over(const struct log *l, const struct build_report *r)
{
    int64_t quiet_ms = monotonic_ms() - l->heard_ms;

    return r->result != BUILD_UNKNOWN && r->result != BUILD_RUNNING &&
           (r->ended || quiet_ms > (r->result == BUILD_SUCCESS ? DONE_MS : QUIET_MS));
}

static int follow(struct log *l)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    int err = 0;

    for (;;) {
        struct build_report r;

        look(l, monotonic_ms());
        r = build_judge(l->build);
        err = tell_news(l, &r);
        if (err || is_over(l, &r) || unreadable(l))
            return err;
        nanosleep(&pause, NULL);
    }
}

/* ---- */

static int open_files(struct log *l)
{
    for (int i = 0; l->o->logs[i]; i++) {
        /* only who waits for more can wait for what another node has not sent yet */
        bool remote = l->o->follow && watch_fs_of(l->o->logs[i]) == WATCH_FS_REMOTE;

        if (buildlog_add(l->files, l->o->logs[i], remote) < 0) {
            harmless_error("kfarm-top: log: more than %d files", BUILD_FILES_MAX);
            return -E2BIG;
        }
    }
    return 0;
}

static int report(struct log *l)
{
    struct build_report r = build_judge(l->build);
    struct buf out = BUF_INIT;
    int err = 0;

    if (l->o->format == FORMAT_JSON) {
        log_json(l->o, l->build, &r, &out);
        err = harmless_data(&out, stdout);
    } else {
        put_text(l, &r, &out);
        err = harmless_write(&out, stdout);
    }
    buf_release(&out);
    if (err)
        return print_unwritten(err);
    return r.result == BUILD_SUCCESS                                 ? 0
           : r.result == BUILD_FAILED || r.result == BUILD_CANCELLED ? 1
                                                                     : NOT_FINISHED;
}

int log_main(const struct options *o)
{
    struct diag d = DIAG_INIT;
    struct log l = {.o = o, .rules = logrule_set_load(&d)};
    int status = 2;

    if (l.rules == NULL || descriptors_left(DESCRIPTORS, &d) < 0 ||
        sandbox_enter(sandbox_has(), &d) < 0) {
        harmless_error("kfarm-top: %s", d.text);
        logrule_set_free(l.rules);
        return 2;
    }
    l.files = buildlog_new(
        l.rules, &(struct logtail_conf){.chunk = CHUNK, .step = STEP, .rest_ms = REST_MS});
    l.build = buildlog_build(l.files);
    l.heard_ms = monotonic_ms();
    if (open_files(&l) == 0) {
        int err = o->follow ? follow(&l) : 0;

        look(&l, monotonic_ms());
        look(&l, monotonic_ms() + REST_MS); /* a last line without its end has rested then */
        buildlog_end(l.files);
        if (err)
            status = print_unwritten(err);
        else if (!unreadable(&l))
            status = report(&l);
    }
    buildlog_free(l.files);
    logrule_set_free(l.rules);
    return status;
}
