/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SOURCE_H
#define KFARM_BACKEND_SOURCE_H
/*
 * Where frames come from. The screen sends requests and is handed frames; whether the helper
 * processes answer, or a recording does, it cannot tell.
 *
 * A recording is the frames as they came, and those WIRE_LOG_FOLLOW that the screen sent, one behind
 * the other. A replay hands them out at their recorded times on its own clock; log frames go to
 * whoever follows the same file, at whatever moment he asks.
 */
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "backend/wire.h"
#include "base/clock.h"
#include "base/diag.h"

/* The log on the screen and those of all builds have a process each: a file server that hangs under one of
   the latter does not take the former away. */
enum source_role { SOURCE_SLURM, SOURCE_LOGS, SOURCE_BUILDS, SOURCE_ROLE_COUNT };

/* Whether a frame is one that this helper has to say, by wire.h. The helpers `logs` and `builds` pass on what processes
   of other users wrote, which must not be taken for the controller's word, nor for another helper's. */
bool source_may_bring(enum source_role role, const struct wire_frame *frame);

struct source_events {
    /* A frame came. A negative return ends the helper it came from; it is started again. */
    int (*frame)(void *user, const struct wire_frame *frame);
    /* A helper is gone with these last words; it is started again in retry_ms. */
    void (*lost)(void *user, enum source_role role, const char *words, uint64_t retry_ms);
    /* A helper was started (again): what was asked of the former must be asked anew. */
    void (*started)(void *user, enum source_role role);
    /* A line of a helper's standard error, where libslurm writes its complaints. */
    void (*words)(void *user, enum source_role role, const char *line);
    /* The recording is not complete, for this reason, and nothing is added to it any more. May come from source_free(). May be
       NULL. */
    void (*unrecorded)(void *user, const char *why);
};

struct source;

/* The real farm. Helpers are started by the first request to each; events come from the loop. */
struct source *source_farm(uv_loop_t *loop, const struct source_events *events, void *user);

/*
 * A recording. The clock is set to the time of its first frame and from then on moved by
 * source_advance() alone. NULL with the reason in d if the file cannot be read or is no recording.
 */
struct source *source_replay(const char *path, struct clock *clock,
    const struct source_events *events, void *user, struct diag *d);

/* Takes NULL; returns NULL. */
struct source *source_free(struct source *s);

/* Sends a frame that wire_end() has finished to the helper that answers its type. */
void source_send(struct source *s, const struct buf *frame);
/* Kills a helper that does not answer; `lost` follows. Nothing for a replay. */
void source_kill(struct source *s, enum source_role role);
/* Moves a replay's clock on by ms and hands out what has become due; for a farm nothing. */
void source_advance(struct source *s, int64_t ms);
/* True for a replay: time stands still unless source_advance() moves it. */
bool source_is_replay(const struct source *s);
/* Appends every frame from now on to this descriptor, which it takes over, without waiting for its disk (recorder.h). `path`
   is for the words. 0, or a negative errno with the reason in d. To be called once. */
int source_record(struct source *s, int fd, const char *path, struct diag *d);

#endif
