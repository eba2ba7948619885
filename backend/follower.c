/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One loop: wait for word or for the next build that is due, and look at that one. A read of a log on a hung
 * network file system blocks here.
 */
#include "backend/follower.h"

#include <errno.h>
#include <poll.h>

#include "backend/builds.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/clock.h"

struct follower {
    int fd;
    const struct clock clock;
    struct wire_stream in;
    const struct logrule_set *rules;
    struct builds *builds; /* NULL until some are asked for */
    int64_t alive_ms; /* when it tells that it does not hang */
    struct buf told;
};

static int64_t now(void)
{
    return clock_monotonic_us() / 1000;
}

static int tell(struct follower *f)
{
    int err = f->told.len ? wire_write(f->fd, f->told.p, f->told.len) : 0;

    buf_clear(&f->told);
    return err;
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct follower *f = user;

    if (frame->head.type == WIRE_BUILD_PAST && f->builds)
        return builds_past(f->builds, frame);
    if (frame->head.type != WIRE_LOG_BUILDS)
        return -EPROTO;
    if (f->builds == NULL)
        f->builds = builds_new(f->rules);
    return builds_set(f->builds, frame, now());
}

static int wait_and_read(struct follower *f)
{
    struct pollfd fd = {.fd = f->fd, .events = POLLIN};
    int64_t due = f->builds ? KF_MIN(builds_due(f->builds), f->alive_ms) : INT64_MAX;
    int n = poll(&fd, 1, due == INT64_MAX ? -1 : (int)KF_MAX(due - now(), 0));

    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    return fd.revents ? wire_read(f->fd, &f->in, on_frame, f) : 0;
}

static void work(struct follower *f)
{
    int64_t now_ms = now();

    if (f->builds == NULL)
        return;
    builds_work(f->builds, now_ms, &f->told);
    if (now_ms >= f->alive_ms) {
        size_t frame = wire_begin(&f->told, WIRE_LOG_ALIVE, 0, clock_ms(&f->clock));

        wire_put_u8(&f->told, true);
        wire_end(&f->told, frame);
        f->alive_ms = now_ms + LOG_ALIVE_MS;
    }
}

int follower_main(int fd, const void *rules)
{
    struct follower f = {.fd = fd, .rules = rules};
    int err = 0;

    while ((err = tell(&f)) == 0 && (err = wait_and_read(&f)) == 0)
        work(&f);
    builds_free(f.builds);
    buf_release(&f.told);
    wire_stream_release(&f.in);
    return err == -EPIPE || err == -ECONNRESET ? 0 : 1;
}
