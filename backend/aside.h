/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_ASIDE_H
#define KFARM_BACKEND_ASIDE_H
/*
 * Something that may hang, as reading a file whose server does not answer, done by a thread: whoever asked for it goes
 * on. Only few run at once, as each that hangs keeps its thread: what is asked for meanwhile waits for its turn.
 */
#include <stdbool.h>

#include "base/buf.h"

struct aside;

/* What the thread does: it has the question for itself, and appends what comes of it to `answer`. */
typedef void aside_work(void *question, struct buf *answer);

/* Begins with it if few others run. `release` frees the question, in whichever thread is done with it last. */
struct aside *aside_new(aside_work *work, void *question, void (*release)(void *question));
/* Takes NULL; returns NULL. What hangs goes on by itself, and ends unheard. */
struct aside *aside_free(struct aside *a);

/* Readable when the answer is there. */
int aside_fd(const struct aside *a);
/* Tries to begin, if it has not; true if it has. */
bool aside_begin(struct aside *a);
/* The answer, there until aside_free(); NULL: not yet. Waits for it up to so many milliseconds, if it has begun. */
const struct buf *aside_answer(struct aside *a, int wait_ms);

#endif
