/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One loop between the screen and the processes that follow the builds. Nothing here touches a log, once the
 * rules are read. What earlier builds were like is the operator's file, and is asked here.
 */
#include "backend/helper_builds.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "backend/followers.h"
#include "backend/logproto.h"
#include "backend/logrule.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/harmless.h"
#include "base/path.h"

struct helper {
    int fd;
    const struct clock clock;
    struct wire_stream in;
    struct logrule_set *rules; /* NULL if they could not be read: nothing is followed */
    char builds[4096]; /* the file of earlier ones */
    struct followers *followers; /* NULL until builds are asked for */
    bool asked; /* for builds */
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
    path_xdg(
        "XDG_STATE_HOME", ".local/state", "kfarm-top/builds.sqlite", h->builds, sizeof(h->builds));
    if (h->builds[0] == '\0')
        harmless_error("there is no home directory; nothing is learned from builds");
    h->followers = followers_new(h->rules, h->builds[0] ? h->builds : NULL);
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct helper *h = user;

    if (frame->head.type != WIRE_LOG_BUILDS)
        return -EPROTO;
    h->asked = true;
    if (h->rules && h->followers == NULL)
        start(h);
    return h->rules ? followers_set(h->followers, frame, NULL) : 0;
}

static void tell_alive(struct helper *h, int64_t now_ms)
{
    size_t frame;

    if (!h->asked || now_ms < h->alive_ms)
        return;
    frame = wire_begin(&h->told, WIRE_LOG_ALIVE, 0, clock_ms(&h->clock));
    wire_put_u8(&h->told, true);
    wire_end(&h->told, frame);
    h->alive_ms = now_ms + LOG_ALIVE_MS;
}

static int wait_and_work(struct helper *h)
{
    struct pollfd fds[1 + FOLLOWERS_FDS] = {{.fd = h->fd, .events = POLLIN}};
    int64_t due = h->asked ? h->alive_ms : INT64_MAX;
    nfds_t count = h->followers ? KF_LEN(fds) : 1;
    int err = 0;

    if (h->followers) {
        due = KF_MIN(due, followers_due(h->followers));
        followers_fds(h->followers, fds + 1);
    }
    if (poll(fds, count, due == INT64_MAX ? -1 : (int)KF_MAX(due - now(), 0)) < 0)
        return errno == EINTR ? 0 : -errno;
    if (fds[0].revents)
        err = wire_read(h->fd, &h->in, on_frame, h);
    if (err == 0 && h->followers)
        followers_work(h->followers, fds + 1, now(), &h->told);
    if (err == 0)
        tell_alive(h, now());
    return err;
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
    while ((err = tell(&h)) == 0 && (err = wait_and_work(&h)) == 0)
        ;
    followers_free(h.followers);
    buf_release(&h.told);
    logrule_set_free(h.rules);
    wire_stream_release(&h.in);
    return err == -EPIPE || err == -ECONNRESET ? 0 : 1;
}
