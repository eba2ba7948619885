/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_BUILDS_H
#define KFARM_TUI_BUILDS_H
/* Which builds are followed, and what is told of them: the screen's side of the builds helper. */
#include <stdbool.h>
#include <stdint.h>

#include "backend/fileserver.h"
#include "backend/snapshot.h"
#include "base/buf.h"

struct app;
struct wire_frame;

/* What is going on between the screen and the helper that follows all builds. Times are steady time, ms (clock.h). */
struct builds_link {
    struct buf asked; /* the frame that asked for them; "": nothing was asked yet */
    int64_t heard_ms; /* its last word, or when it was asked first; 0: it was not */
    int64_t news_ms; /* when something came that is not on the screen yet; 0: nothing */
    int64_t ordered_ms; /* when rows were last put in order for such news */
    struct builds_silence {
        uint32_t servers; /* so many do not answer; the first of them, and since when: */
        char server[FILESERVER_MAX]; /* or "this machine", and whose */
        int64_t since_ms;
    } silent;
};

/* A WIRE_LOG_BUILDS for the builds of a snapshot, in out, emptied first; how many they are. */
uint32_t builds_frame(const struct snapshot *s, struct buf *out);
/* Asks for the builds of the present snapshot, if they are not those that were asked for last. */
void builds_ask(struct app *a);
/* The helper was started again. */
void builds_restart(struct app *a);
/* Takes a WIRE_LOG_BUILD, WIRE_LOG_SILENT or WIRE_LOG_ALIVE. 0 or -EBADMSG. */
int builds_take(struct app *a, const struct wire_frame *frame);
/* Brings what came to the screen, if it is time. */
void builds_tick(struct app *a);
/* When that is, steady time in ms; 0 if nothing came. */
int64_t builds_due_ms(const struct app *a);
/* Whose builds there is no word of, since when and why, in out; false and "" if of all there is. */
bool builds_silent(const struct app *a, char *out, size_t size);

#endif
