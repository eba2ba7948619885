/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/helper_act.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/slurm_act.h"
#include "backend/slurm_client.h"
#include "base/diag.h"

struct act {
    int fd;
    struct wire_stream stream;
    bool stop;
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

static int on_stop(void *user, const struct wire_frame *frame)
{
    struct act *a = user;

    a->stop = a->stop || frame->head.type == WIRE_ACTION_STOP;
    return 0;
}

/* Looks, without waiting, whether the screen has said so. */
static bool is_stopped(void *user)
{
    struct act *a = user;
    struct pollfd p = {.fd = a->fd, .events = POLLIN};

    while (!a->stop && poll(&p, 1, 0) > 0)
        if (wire_read(a->fd, &a->stream, on_stop, a) < 0)
            a->stop = true; /* the screen is gone */
    return a->stop;
}

/* Takes the request out of the stream: it is acted on when the stream is at rest, because the stop is
   read from it meanwhile. */
struct order {
    struct act *act;
    bool arrived;
    enum action_verb verb;
    struct action_target *targets;
    uint32_t count;
    char argument[512];
};

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct order *o = user;
    int err;

    if (frame->head.type == WIRE_ACTION_STOP)
        return on_stop(o->act, frame);
    if (frame->head.type != WIRE_ACTION || o->arrived)
        return -EPROTO;
    err = action_get(frame, &o->verb, o->argument, sizeof(o->argument), &o->targets, &o->count);
    o->arrived = err == 0;
    return err;
}

int helper_act_main(int fd)
{
    static const struct slurm_act_events events = {
        .result = on_result, .flush = on_flush, .stopped = is_stopped};
    struct act a = {.fd = fd};
    struct order o = {.act = &a};
    struct diag d = DIAG_INIT;
    struct slurm_client *client = slurm_client_new(&d); /* checks the configuration first */
    int err = 0;

    if (client == NULL) {
        fprintf(stderr, "%s\n", d.text);
        return 1;
    }
    while (err == 0 && !o.arrived)
        err = wire_read(fd, &a.stream, on_frame, &o);
    if (err == 0)
        err = slurm_act(o.verb, o.targets, o.count, o.argument, &events, &a);
    free(o.targets);
    buf_release(&a.results);
    wire_stream_release(&a.stream);
    slurm_client_free(client);
    return err ? 1 : 0;
}
