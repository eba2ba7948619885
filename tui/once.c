/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/once.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "backend/process.h"
#include "backend/source.h"
#include "base/alloc.h"
#include "base/harmless.h"
#include "base/ownfile.h"
#include "tui/builds.h"
#include "tui/print.h"
#include "tui/print_messages.h"
#include "tui/refresh.h"
#include "tui/why.h"

/* libslurm's own patience with a controller that hangs is 10 s (MessageTimeout). */
#define ANSWER_MS 12000
#define LOGS_MS   10000 /* for all logs together */

struct once {
    uv_loop_t loop;
    uv_timer_t deadline;
    struct clock clock;
    struct source *source;
    struct assembly assembly;
    struct snapshot *snapshot;
    uint32_t want; /* enum refresh_want */
    struct progress *progress; /* what the logs say; NULL: they are not asked */
    uint32_t builds; /* so many are awaited */
    bool begun, over;
    char failure[512];
    struct buf words; /* lines of the helper's standard error */
    bool unrecorded; /* what came is not in the recording, which is said */
};

static void fail(struct once *o, const char *why)
{
    if (o->failure[0] == '\0')
        snprintf(o->failure, sizeof(o->failure), "%s", why);
    o->over = true;
}

static int take_build(struct once *o, const struct wire_frame *frame)
{
    int err = o->progress ? progress_take(o->progress, frame) : 0;
    uint32_t read = 0;

    for (uint32_t i = 0; o->progress && i < o->progress->count; i++)
        read += o->progress->v[i].complete;
    o->over = o->over || (o->snapshot->generation && o->builds && read == o->builds);
    return err;
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct once *o = user;
    struct snapshot *next = NULL;
    struct diag d = DIAG_INIT;
    enum section_id failed;

    if (frame->head.type == WIRE_LOG_BUILD)
        return take_build(o, frame);
    if (assembly_take(&o->assembly, frame, o->snapshot, &next, &d) < 0)
        fail(o, d.text);
    if (next == NULL)
        return 0;
    snapshot_free(o->snapshot);
    o->snapshot = next;
    failed = snapshot_failed(next);
    if (failed != SECTION_COUNT)
        fail(o, next->health[failed].message);
    o->over = true;
    return 0;
}

static void on_lost(void *user, enum source_role role, const char *words, uint64_t retry_ms)
{
    const struct why_trouble *trouble = why_lost(words);
    struct once *o = user;

    (void)retry_ms;
    if (role == SOURCE_BUILDS) { /* what Slurm says is there all the same */
        harmless_error("kfarm-top: the logs could not be read: %s",
            strrchr(words, '\n') ? strrchr(words, '\n') + 1 : words);
        o->over = true;
        return;
    }
    if (trouble && trouble->plain)
        words = trouble->advice;
    else if (strrchr(words, '\n'))
        words = strrchr(words, '\n') + 1;
    fail(o, words[0] ? words : "the process that asks Slurm ended without a word");
}

static void on_started(void *user, enum source_role role)
{
    (void)user;
    (void)role;
}

static void on_words(void *user, enum source_role role, const char *line)
{
    struct once *o = user;

    (void)role;
    buf_addf(&o->words, "%s\n", line);
}

static void on_logs_deadline(uv_timer_t *timer)
{
    struct once *o = timer->data;

    o->over = true;
    harmless_error("kfarm-top: not all logs could be read in %d s", LOGS_MS / 1000);
}

static void on_deadline(uv_timer_t *timer)
{
    fail(timer->data, "the controller does not answer");
}

static void ask(struct once *o)
{
    struct buf frame = BUF_INIT;

    refresh_frame(&frame, o->want, 1, clock_ms(&o->clock));
    source_send(o->source, &frame);
    buf_release(&frame);
    for (int64_t ms = 0; !o->over && source_is_replay(o->source) && ms < 60000; ms += 1000)
        source_advance(o->source, ms ? 1000 : 0);
    if (source_is_replay(o->source) && !o->over)
        fail(o, "the recording's first minute holds no answer of Slurm");
}

static void on_unrecorded(void *user, const char *why)
{
    struct once *o = user;

    harmless_error("kfarm-top: %s", why);
    o->unrecorded = true;
}

/* libslurm's own complaints, as squeue prints them, then what went wrong in our words. */
static void print_failure(struct once *o)
{
    const char *at = buf_str(&o->words);

    while (*at) {
        size_t n = strcspn(at, "\n");

        if (strncmp(at, o->failure, n) != 0 || o->failure[n] != '\0')
            harmless_error("%.*s", (int)n, at);
        at += n + 1;
    }
    harmless_error("kfarm-top: %s", o->failure);
}

/* A recording holds what the logs said then. */
static void read_logs(struct once *o)
{
    struct buf frame = BUF_INIT;

    o->builds = builds_frame(o->snapshot, &frame);
    if (o->builds && !source_is_replay(o->source)) {
        o->over = false;
        uv_timer_start(&o->deadline, on_logs_deadline, LOGS_MS, 0);
        source_send(o->source, &frame);
        while (!o->over)
            uv_run(&o->loop, UV_RUN_ONCE);
    }
    buf_release(&frame);
    o->snapshot->progress = o->progress;
}

static void get_snapshot(struct once *o)
{
    uv_timer_init(&o->loop, &o->deadline);
    o->deadline.data = o;
    uv_timer_start(&o->deadline, on_deadline, ANSWER_MS, 0);
    ask(o);
    while (!o->over)
        uv_run(&o->loop, UV_RUN_ONCE);
    uv_timer_stop(&o->deadline);
    if (o->progress && o->failure[0] == '\0')
        read_logs(o);
    uv_close((uv_handle_t *)&o->deadline, NULL);
    o->source = source_free(o->source);
    uv_run(&o->loop, UV_RUN_DEFAULT);
}

static int start(struct once *o, const struct options *options, struct diag *d)
{
    static const struct source_events events = {.frame = on_frame,
        .lost = on_lost,
        .started = on_started,
        .words = on_words,
        .unrecorded = on_unrecorded};
    struct diag why = DIAG_INIT;
    int fd = -1;

    if (options->record) {
        fd = ownfile_open_path(options->record, 0, OWNFILE_ANEW, &why);
        if (fd < 0)
            return diag_set(d, fd, "--record: %.480s", why.text);
    }
    if (process_loop_init(&o->loop, d) < 0)
        return -EINVAL;
    o->begun = true;
    o->snapshot = snapshot_new();
    o->source = options->replay ? source_replay(options->replay, &o->clock, &events, o, d)
                                : source_farm(&o->loop, &events, o);
    if (o->source == NULL)
        return -EINVAL;
    return fd >= 0 ? source_record(o->source, fd, options->record, d) : 0;
}

/* Frees what start() made before it failed. */
static void give_up(struct once *o)
{
    source_free(o->source);
    snapshot_free(o->snapshot);
    if (o->begun) {
        uv_run(&o->loop, UV_RUN_DEFAULT);
        uv_loop_close(&o->loop);
    }
}

struct snapshot *once_snapshot(const struct options *options, uint32_t want,
    struct progress *progress, int64_t *ret_now_ms, int *ret_status)
{
    struct once o = {.want = want, .progress = progress};
    struct diag d = DIAG_INIT;
    struct snapshot *snapshot = NULL;

    *ret_status = 0;
    if (start(&o, options, &d) < 0) {
        harmless_error("kfarm-top: %s", d.text);
        *ret_status = 2;
        give_up(&o);
        return NULL;
    }
    get_snapshot(&o);
    if (o.failure[0]) {
        print_failure(&o);
        *ret_status = 3;
    } else {
        snapshot = o.snapshot;
        o.snapshot = NULL;
        *ret_now_ms = clock_ms(&o.clock);
        *ret_status = o.unrecorded ? 1 : 0;
    }
    buf_release(&o.words);
    assembly_release(&o.assembly);
    snapshot_free(o.snapshot);
    uv_loop_close(&o.loop);
    return snapshot;
}

int once_main(const struct options *options)
{
    struct print p;
    struct progress progress = {.names = options->config ? options->config->build_names : NULL};
    struct diag d = DIAG_INIT;
    struct snapshot *s;
    int64_t now_ms;
    int status, err;

    if (print_plan(&p, options, &d) < 0) {
        harmless_error("kfarm-top: %s", d.text);
        print_release(&p);
        return 2;
    }
    if (p.messages) {
        print_release(&p);
        return print_messages(options, stdout);
    }
    s = once_snapshot(options, p.needs, p.logs ? &progress : NULL, &now_ms, &status);
    if (s && (err = print_snapshot(&p, s, now_ms, stdout)) < 0)
        status = print_unwritten(err);
    print_release(&p);
    snapshot_free(s);
    progress_release(&progress);
    return status;
}
