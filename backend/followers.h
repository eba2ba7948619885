/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_FOLLOWERS_H
#define KFARM_BACKEND_FOLLOWERS_H
/*
 * The builds that are followed, shared out among processes (follower.h, reader.h): one for each user and file server, so
 * that each reads as the user whose builds it follows, and one that hangs keeps nobody else's builds waiting. What they
 * tell is passed on, what they write to standard error to ours; what they ask about earlier builds is answered. One
 * that dies is started again, with a pause that grows with each failure in a row; one that has no builds any more ends.
 */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>

#include "backend/logrule.h"
#include "backend/wire.h"

/* Processes at most. If more users have builds, the last ones are not followed; the helper reports that once. */
#define FOLLOWERS_MAX 64
/* So many servers of one user have a process each, beside this machine's own; those beyond share the last one. */
#define FOLLOWERS_SERVERS 7
#define FOLLOWERS_FDS     (2 * FOLLOWERS_MAX)

struct followers;

/* The rules must live as long, and so must `builds`, the path of the file of earlier builds. It may be NULL: then nothing is
   learned; nor is while the file cannot be used, which is said to standard error. From now on no child of this process
   is waited for (SIGCHLD is ignored). */
struct followers *followers_new(const struct logrule_set *rules, const char *builds);
/* Ends them all; one that hangs dies when it can. Takes NULL; returns NULL. */
struct followers *followers_free(struct followers *f);

/* Takes a WIRE_LOG_BUILDS. 0 or -EBADMSG. A build that was followed already stays with its process. `mounts` as in
   fileservers_read(). */
int followers_set(struct followers *f, const struct wire_frame *frame, FILE *mounts);
/* What to wait for. */
void followers_fds(const struct followers *f, struct pollfd fds[FOLLOWERS_FDS]);
/* When to call followers_work() at the latest, by the clock below; INT64_MAX: never. */
int64_t followers_due(const struct followers *f);
/*
 * Passes on what has come, to `out`: WIRE_LOG_BUILD, and WIRE_LOG_SILENT when that changes. `fds` as poll(2) has
 * left them. now_ms is any clock that only goes forward. A new follower is a fork of this process: of that there is
 * to be one thread.
 */
void followers_work(
    struct followers *f, const struct pollfd fds[FOLLOWERS_FDS], int64_t now_ms, struct buf *out);

#endif
