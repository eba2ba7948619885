/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real farm: three helper processes, each started when something is first asked of it and, when it
 * ends for whatever reason, again after a pause that grows with each failure in a row.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/process.h"
#include "backend/source_impl.h"
#include "base/alloc.h"

#define PAUSE_FIRST_MS 500u
#define PAUSE_LAST_MS  30000u

struct farm;

struct helper {
    struct farm *farm;
    enum source_role role;
    struct process *process; /* NULL between its end and its next start */
    uv_timer_t restart;
    uint64_t pause_ms;
};

struct farm {
    struct source source;
    uv_loop_t *loop;
    struct helper helpers[SOURCE_ROLE_COUNT];
    int closing;
};

static const char *const role_names[] = {
    [SOURCE_SLURM] = "slurm", [SOURCE_LOGS] = "logs", [SOURCE_BUILDS] = "builds"};
_Static_assert(KF_LEN(role_names) == SOURCE_ROLE_COUNT, "a name for every role");

static void start(struct helper *h);

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct helper *h = user;

    if (!source_may_bring(h->role, frame)) {
        h->farm->source.events.words(h->farm->source.user, h->role,
            "a frame came that is not this process's to send; the process is ended");
        return -EPROTO;
    }
    h->pause_ms = PAUSE_FIRST_MS; /* it works */
    return source_deliver(&h->farm->source, frame);
}

static void on_words(void *user, const char *line)
{
    struct helper *h = user;

    h->farm->source.events.words(h->farm->source.user, h->role, line);
}

static void on_restart(uv_timer_t *timer)
{
    start(timer->data);
}

static void wait_and_restart(struct helper *h, const char *words)
{
    uint64_t pause = h->pause_ms;

    h->pause_ms = KF_MIN(pause * 2, (uint64_t)PAUSE_LAST_MS);
    uv_timer_start(&h->restart, on_restart, pause, 0);
    h->farm->source.events.lost(h->farm->source.user, h->role, words, pause);
}

static void on_ended(void *user, const struct process_end *end)
{
    struct helper *h = user;
    char *words = xstrdup(end->errors);

    h->process = process_free(h->process);
    wait_and_restart(h, words);
    free(words);
}

static void start(struct helper *h)
{
    static const struct process_events events = {
        .frame = on_frame, .error_line = on_words, .ended = on_ended};
    struct diag d = DIAG_INIT;

    h->process = process_helper(h->farm->loop, role_names[h->role], 0, &events, h, &d);
    if (h->process)
        h->farm->source.events.started(h->farm->source.user, h->role);
    else
        wait_and_restart(h, d.text);
}

static enum source_role role_of(uint16_t type)
{
    switch (type) {
    case WIRE_LOG_FOLLOW:
    case WIRE_LOG_VIEW:
    case WIRE_LOG_PAGE_ASK:
    case WIRE_LOG_SEEK:
    case WIRE_LOG_SAVE:
    case WIRE_LOG_DIAGS:
    case WIRE_LOG_SOURCE:
        return SOURCE_LOGS;
    case WIRE_LOG_BUILDS:
        return SOURCE_BUILDS;
    default:
        return SOURCE_SLURM;
    }
}

static void farm_send(struct source *s, const struct buf *frame)
{
    struct farm *f = (struct farm *)s;
    struct wire_head head;
    struct helper *h;

    memcpy(&head, frame->p, sizeof(head));
    h = &f->helpers[role_of(head.type)];
    if (h->process == NULL && !uv_is_active((uv_handle_t *)&h->restart))
        start(h);
    if (h->process)
        process_send(h->process, frame);
}

/* Its exit is not waited for: a process that sleeps in a dead file server's hands dies when it can. */
static void farm_kill(struct source *s, enum source_role role)
{
    struct helper *h = &((struct farm *)s)->helpers[role];

    if (h->process == NULL)
        return;
    h->process = process_free(h->process);
    wait_and_restart(h, "it did not answer any more");
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct helper *h = handle->data;

    if (--h->farm->closing == 0)
        free(h->farm);
}

static void farm_free(struct source *s)
{
    struct farm *f = (struct farm *)s;

    for (int i = 0; i < SOURCE_ROLE_COUNT; i++) {
        process_free(f->helpers[i].process);
        uv_close((uv_handle_t *)&f->helpers[i].restart, on_timer_closed);
    }
}

struct source *source_farm(uv_loop_t *loop, const struct source_events *events, void *user)
{
    static const struct source_ops ops = {.send = farm_send, .kill = farm_kill, .free = farm_free};
    struct farm *f = xcalloc(1, sizeof(*f));

    f->source = (struct source){.ops = &ops, .events = *events, .user = user};
    f->loop = loop;
    f->closing = SOURCE_ROLE_COUNT;
    for (int i = 0; i < SOURCE_ROLE_COUNT; i++) {
        struct helper *h = &f->helpers[i];

        h->farm = f;
        h->role = (enum source_role)i;
        h->pause_ms = PAUSE_FIRST_MS;
        uv_timer_init(loop, &h->restart);
        h->restart.data = h;
    }
    return &f->source;
}
