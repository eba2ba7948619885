/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/helper_act.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/slurm_act.h"
#include "backend/slurm_client.h"
#include "base/alloc.h"
#include "base/diag.h"
#include "base/harmless.h"

struct act {
    int fd;
    struct wire_stream stream;
    struct action_order order; /* count 0: not here yet */
    bool send, stop; /* the screen has said so */
    struct buf results; /* not written yet */
};

static int on_flush(void *user)
{
    struct act *a = user;
    int err = a->results.len ? wire_write(a->fd, a->results.p, a->results.len) : 0;

    buf_clear(&a->results);
    return err;
}

/* "It is being sent" must be known before it is; an outcome may wait the moment until then, so that a
   thousand requests wake the screen a thousand times and not two thousand. */
static int on_result(void *user, const struct action_result *r)
{
    struct act *a = user;

    action_put_result(&a->results, r);
    return r->outcome == ACTION_SENDING ? on_flush(a) : 0;
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct act *a = user;

    switch (frame->head.type) {
    case WIRE_ACTION:
        return a->order.count ? -EPROTO : action_get(frame, &a->order);
    case WIRE_ACTION_SEND:
        a->send = true;
        return 0;
    case WIRE_ACTION_STOP:
        a->stop = true;
        return 0;
    default:
        return -EPROTO;
    }
}

/* Takes what has come within that time; false if nothing has. */
static bool hear(struct act *a, int timeout_ms)
{
    struct pollfd p = {.fd = a->fd, .events = POLLIN};

    if (poll(&p, 1, timeout_ms) <= 0)
        return false;
    if (wire_read(a->fd, &a->stream, on_frame, a) < 0)
        a->stop = true; /* the screen is gone */
    return true;
}

static bool is_stopped(void *user)
{
    struct act *a = user;

    while (!a->stop && hear(a, 0))
        continue;
    return a->stop;
}

static bool await_word(void *user, int timeout_ms)
{
    struct act *a = user;

    while (!a->send && !a->stop && hear(a, timeout_ms))
        continue;
    return a->send || a->stop;
}

int helper_act_main(int fd)
{
    static const struct slurm_act_events events = {
        .result = on_result, .flush = on_flush, .awaited = await_word, .stopped = is_stopped};
    struct act a = {.fd = fd};
    struct diag d = DIAG_INIT;
    struct slurm_client *client = slurm_client_new(&d); /* checks the configuration first */
    int err = 0;

    alloc_keep_freed();
    if (client == NULL) {
        harmless_error("%s", d.text);
        return 1;
    }
    while (err == 0 && a.order.count == 0)
        err = wire_read(fd, &a.stream, on_frame, &a);
    if (err == 0)
        err = slurm_act(&a.order, &events, &a);
    action_order_release(&a.order);
    buf_release(&a.results);
    wire_stream_release(&a.stream);
    slurm_client_free(client);
    return err ? 1 : 0;
}
