/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_FOLLOWERS_H
#define KFARM_BACKEND_FOLLOWERS_H
/*
 * The builds that are followed, shared out among processes (follower.h): one for each file server, so that one
 * that hangs keeps nobody else's builds waiting. What they tell is passed on. One that dies is started again, with
 * a pause that grows with each failure in a row.
 */
#include <poll.h>
#include <stdint.h>

#include "backend/logrule.h"
#include "backend/wire.h"

#define FOLLOWERS_MAX 8 /* servers beyond these share the last one */

struct followers;

/* The rules must live as long. */
struct followers *followers_new(const struct logrule_set *rules);
/* Ends them all; one that hangs dies when it can. Takes NULL; returns NULL. */
struct followers *followers_free(struct followers *f);

/* Takes a WIRE_LOG_BUILDS. 0 or -EBADMSG. A build that was followed already stays with its process. */
int followers_set(struct followers *f, const struct wire_frame *frame);
/* What to wait for; how many they are. */
int followers_fds(const struct followers *f, struct pollfd fds[FOLLOWERS_MAX]);
/* When to call followers_work() at the latest, by the clock below; INT64_MAX: never. */
int64_t followers_due(const struct followers *f);
/*
 * Passes on what has come, to `out`: WIRE_LOG_BUILD, and WIRE_LOG_SILENT when that changes. `fds` as poll(2) has
 * left them. now_ms is any clock that only goes forward. A new follower is a fork of this process: of that there is
 * to be one thread.
 */
void followers_work(
    struct followers *f, const struct pollfd *fds, int count, int64_t now_ms, struct buf *out);

#endif
