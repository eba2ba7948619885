/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_JOBLOG_H
#define KFARM_TUI_JOBLOG_H
/*
 * The log of the selected job: which files that is, and the process that reads them: what it is asked, what it
 * says, and what is done if it says nothing.
 */
#include <stddef.h>
#include <stdint.h>

#include "backend/wire.h"

struct app;
struct job;

/* A file that is being read, as the process that reads it has found it. */
struct log_place {
    char path[4096]; /* without symbolic links; "": none is read */
    uint32_t uid; /* whose it is */
};

/* The job whose log is followed; NULL. */
const struct job *joblog_job(const struct app *a);

/* Begins a frame about the files that are followed in a->request; its offset, for the next two. */
size_t joblog_begin(struct app *a, enum wire_type type);
/* Ends and sends it. */
void joblog_send(struct app *a, size_t offset);
/* The same, and an answer is awaited. */
void joblog_ask(struct app *a, size_t offset);

/* Follows what the selected job writes, unless that is followed already. A job that was requeued keeps its paths but
   starts them anew: the process that reads them sees that by itself. */
void joblog_follow(struct app *a);
/* The selection moved: its log is opened once it rests … */
void joblog_moved(struct app *a);
/* … or now. */
void joblog_open(struct app *a);

/* Takes a frame; 1 if it is not about logs, 0, or -EBADMSG. */
int joblog_take(struct app *a, const struct wire_frame *frame);
/* The process that reads logs has ended; another one has begun. */
void joblog_lost(struct app *a);
void joblog_started(struct app *a);

void joblog_tick(struct app *a);
/* Steady time in milliseconds at which joblog_tick() has something to do; 0: nothing. */
int64_t joblog_due_ms(const struct app *a);

#endif
