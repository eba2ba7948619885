/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/helper_act.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/slurm_act.h"
#include "backend/slurm_client.h"
#include "base/diag.h"

struct act {
    int fd;
    uint32_t target; /* number of the one being worked on */
    bool over;
};

static int send_result(const struct act *a, struct action_result r)
{
    struct buf b = BUF_INIT;
    int err;

    r.target = a->target;
    action_put_result(&b, &r);
    err = wire_write(a->fd, b.p, b.len);
    buf_release(&b);
    return err;
}

static int on_sending(void *user)
{
    return send_result(user, (struct action_result){.outcome = ACTION_SENDING});
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct act *a = user;
    enum action_verb verb;
    struct action_target *targets;
    char argument[512];
    uint32_t count;
    int err;

    if (frame->head.type != WIRE_ACTION)
        return -EPROTO;
    err = action_get(frame, &verb, argument, sizeof(argument), &targets, &count);
    for (a->target = 0; !err && a->target < count; a->target++)
        err = send_result(a, slurm_act(verb, &targets[a->target], argument, on_sending, a));
    if (err != -EBADMSG)
        free(targets);
    a->over = true;
    return err;
}

int helper_act_main(int fd)
{
    struct wire_stream stream = {0};
    struct act a = {.fd = fd};
    struct diag d = DIAG_INIT;
    struct slurm_client *client = slurm_client_new(&d); /* checks the configuration first */
    int err = 0;

    if (client == NULL) {
        fprintf(stderr, "%s\n", d.text);
        return 1;
    }
    while (err == 0 && !a.over)
        err = wire_read(fd, &stream, on_frame, &a);
    wire_stream_release(&stream);
    slurm_client_free(client);
    return err ? 1 : 0;
}
