/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/helper_slurm.h"

#include <errno.h>
#include <stdio.h>

#include "backend/slurm_client.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/harmless.h"

struct reader {
    int fd;
    struct slurm_client *client;
};

static int emit(void *user, const struct buf *frame)
{
    return wire_write(((struct reader *)user)->fd, frame->p, frame->len);
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct reader *r = user;
    struct wire_reader in = wire_reader(frame);
    uint32_t want = wire_get_u32(&in);

    if (frame->head.type != WIRE_REFRESH || in.bad)
        return -EPROTO;
    return slurm_client_refresh(r->client, want, frame->head.sequence, emit, r);
}

static int say_hello(int fd)
{
    struct buf b = BUF_INIT;
    char version[32];
    const struct clock clock = {0};
    size_t offset = wire_begin(&b, WIRE_HELLO, 0, clock_ms(&clock));
    int err;

    wire_put_str(&b, "slurm");
    slurm_client_library(version, sizeof(version));
    wire_put_str(&b, version);
    wire_end(&b, offset);
    err = wire_write(fd, b.p, b.len);
    buf_release(&b);
    return err;
}

int helper_slurm_main(int fd)
{
    struct wire_stream stream = {0};
    struct reader r = {.fd = fd};
    struct diag d = DIAG_INIT;
    int err;

    alloc_keep_freed();
    r.client = slurm_client_new(&d);
    if (r.client == NULL) {
        harmless_error("%s", d.text);
        return 1;
    }
    err = say_hello(fd);
    while (err == 0)
        err = wire_read(fd, &stream, on_frame, &r);
    wire_stream_release(&stream);
    slurm_client_free(r.client);
    return err == -EPIPE ? 0 : 1;
}
