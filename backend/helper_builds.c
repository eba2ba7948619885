/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One loop: wait for the screen or for the next build that is due, and look at that one. A read of a log on a
 * hung network file system blocks here: the log on the screen has another process.
 */
#include "backend/helper_builds.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "backend/builds.h"
#include "backend/logrule.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/path.h"

struct helper {
    int fd;
    const struct clock clock;
    struct wire_stream in;
    struct logrule_set *rules; /* NULL if they could not be read: nothing is followed */
    struct builds *builds; /* NULL until some are asked for */
    struct builddb *db; /* NULL if it cannot be kept */
    int64_t alive_ms; /* when it tells that it does not hang */
    struct buf told;
};

static int64_t now(void)
{
    return clock_monotonic_us() / 1000;
}

static void say_hello(struct helper *h)
{
    size_t frame = wire_begin(&h->told, WIRE_HELLO, 0, clock_ms(&h->clock));

    wire_put_str(&h->told, "builds");
    wire_put_str(&h->told, "");
    wire_end(&h->told, frame);
}

static int tell(struct helper *h)
{
    int err = h->told.len ? wire_write(h->fd, h->told.p, h->told.len) : 0;

    buf_clear(&h->told);
    return err;
}

static void start(struct helper *h)
{
    struct diag d = DIAG_INIT;
    char path[4096];

    path_xdg("XDG_STATE_HOME", ".local/state", "kfarm-top/builds.sqlite", path, sizeof(path));
    if (path[0])
        h->db = builddb_open(path, &d);
    if (h->db == NULL)
        fprintf(stderr, "%s; nothing is learned from builds\n",
            path[0] ? d.text : "there is no home directory");
    h->builds = builds_new(h->rules, h->db);
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct helper *h = user;

    if (frame->head.type != WIRE_LOG_BUILDS)
        return -EPROTO;
    if (h->builds == NULL && h->rules)
        start(h);
    return h->builds ? builds_set(h->builds, frame, now()) : 0;
}

static int wait_and_read(struct helper *h)
{
    struct pollfd fd = {.fd = h->fd, .events = POLLIN};
    int64_t due = h->builds ? KF_MIN(builds_due(h->builds), h->alive_ms) : INT64_MAX;
    int n = poll(&fd, 1, due == INT64_MAX ? -1 : (int)KF_MAX(due - now(), 0));

    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    return fd.revents ? wire_read(h->fd, &h->in, on_frame, h) : 0;
}

static void work(struct helper *h)
{
    int64_t now_ms = now();

    if (h->builds == NULL)
        return;
    builds_work(h->builds, now_ms, &h->told);
    if (now_ms >= h->alive_ms) {
        size_t frame = wire_begin(&h->told, WIRE_LOG_ALIVE, 0, clock_ms(&h->clock));

        wire_put_u8(&h->told, true);
        wire_end(&h->told, frame);
        h->alive_ms = now_ms + LOG_ALIVE_MS;
    }
}

int helper_builds_main(int fd)
{
    struct helper h = {.fd = fd};
    struct diag d = DIAG_INIT;
    int err = 0;

    signal(SIGPIPE, SIG_IGN);
    h.rules = logrule_set_load(&d);
    if (h.rules == NULL) /* the other helper tells of it */
        h.rules = logrule_set_builtin(&d);
    say_hello(&h);
    while ((err = tell(&h)) == 0 && (err = wait_and_read(&h)) == 0)
        work(&h);
    builds_free(h.builds);
    builddb_close(h.db);
    buf_release(&h.told);
    logrule_set_free(h.rules);
    wire_stream_release(&h.in);
    return err == -EPIPE || err == -ECONNRESET ? 0 : 1;
}
