/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/source.h"

#include <errno.h>
#include <string.h>

#include "backend/recorder.h"
#include "backend/source_impl.h"

#define OF(role) (1u << (role))

/* Who says what; 0 what the screen says, and what helpers say to each other. */
static const uint8_t brought_by[WIRE_TYPE_COUNT] = {
    [WIRE_HELLO] = OF(SOURCE_SLURM) | OF(SOURCE_LOGS) | OF(SOURCE_BUILDS),
    [WIRE_CLUSTER] = OF(SOURCE_SLURM),
    [WIRE_JOBS] = OF(SOURCE_SLURM),
    [WIRE_NODES] = OF(SOURCE_SLURM),
    [WIRE_PARTITIONS] = OF(SOURCE_SLURM),
    [WIRE_HEALTH] = OF(SOURCE_SLURM),
    [WIRE_LOG_STATE] = OF(SOURCE_LOGS),
    [WIRE_LOG_LINES] = OF(SOURCE_LOGS),
    [WIRE_LOG_VIEW_STATE] = OF(SOURCE_LOGS),
    [WIRE_LOG_PAGE] = OF(SOURCE_LOGS),
    [WIRE_LOG_FOUND] = OF(SOURCE_LOGS),
    [WIRE_LOG_DIAG_LIST] = OF(SOURCE_LOGS),
    [WIRE_LOG_SOURCE_LINES] = OF(SOURCE_LOGS),
    [WIRE_LOG_SAVED] = OF(SOURCE_LOGS),
    [WIRE_LOG_PLACES] = OF(SOURCE_LOGS),
    [WIRE_LOG_BUILD] = OF(SOURCE_BUILDS),
    [WIRE_LOG_SILENT] = OF(SOURCE_BUILDS),
    [WIRE_LOG_ALIVE] = OF(SOURCE_LOGS) | OF(SOURCE_BUILDS), /* each of itself: */
};

bool source_may_bring(enum source_role role, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);

    if (frame->head.type >= WIRE_TYPE_COUNT || !(brought_by[frame->head.type] & OF(role)))
        return false;
    return frame->head.type != WIRE_LOG_ALIVE || wire_get_u8(&r) == (role == SOURCE_BUILDS);
}

/* What was only told because somebody asked is not for whoever sees the recording. */
static bool is_recorded(uint16_t type)
{
    return type <= WIRE_ACTION_STOP;
}

/* What could not be written is said once: from then on there is no recorder. */
static void end_recording(struct source *s)
{
    struct diag d = DIAG_INIT;
    int err = recorder_end(s->recorder, &d);

    s->recorder = NULL;
    if (err && s->events.unrecorded)
        s->events.unrecorded(s->user, d.text);
}

static void record(struct source *s, const struct wire_head *head, const char *payload)
{
    struct diag d = DIAG_INIT;

    if (s->recorder == NULL || !is_recorded(head->type) ||
        recorder_add(s->recorder, head, sizeof(*head), payload, head->length, &d) == 0)
        return;
    s->recorder = recorder_forget(s->recorder);
    if (s->events.unrecorded)
        s->events.unrecorded(s->user, d.text);
}

int source_deliver(struct source *s, const struct wire_frame *frame)
{
    record(s, &frame->head, frame->payload);
    return s->events.frame(s->user, frame);
}

void source_send(struct source *s, const struct buf *frame)
{
    struct wire_head head;

    memcpy(&head, frame->p, sizeof(head));
    if (head.type == WIRE_LOG_FOLLOW)
        record(s, &head, frame->p + sizeof(head));
    s->ops->send(s, frame);
}

void source_kill(struct source *s, enum source_role role)
{
    if (s->ops->kill)
        s->ops->kill(s, role);
}

void source_advance(struct source *s, int64_t ms)
{
    if (s->ops->advance)
        s->ops->advance(s, ms);
}

bool source_is_replay(const struct source *s)
{
    return s->ops->advance != NULL;
}

int source_record(struct source *s, int fd, const char *path, struct diag *d)
{
    s->recorder = recorder_new(fd, path, d);
    return s->recorder ? 0 : -EAGAIN;
}

struct source *source_free(struct source *s)
{
    if (s) {
        end_recording(s);
        s->ops->free(s);
    }
    return NULL;
}
