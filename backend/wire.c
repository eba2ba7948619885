/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"

#define HEAD_SIZE sizeof(struct wire_head)
#define READ_MIN  4096u
#define READ_MAX  (1u << 20)
/* A stream's memory is given back once it is this large and idle, so that one large answer does not
   stay allocated between refreshes. */
#define KEEP_MAX (256u << 10)

_Static_assert(sizeof(struct wire_head) == 24, "the head has no padding");

size_t wire_begin(struct buf *b, enum wire_type type, uint32_t sequence, int64_t time_ms)
{
    struct wire_head head = {.magic = WIRE_MAGIC,
        .version = WIRE_VERSION,
        .type = (uint16_t)type,
        .sequence = sequence,
        .time_ms = time_ms};
    size_t offset = b->len;

    buf_add(b, &head, HEAD_SIZE);
    return offset;
}

bool wire_end(struct buf *b, size_t offset)
{
    static const char zeros[8];
    uint32_t length;

    /* whole frames of eight bytes, so that the next one's payload is aligned too */
    buf_add(b, zeros, (8 - (b->len - offset) % 8) % 8);
    if (b->overflow || b->len < offset + HEAD_SIZE ||
        b->len - offset - HEAD_SIZE > WIRE_FRAME_MAX) {
        b->len = KF_MIN(b->len, offset); /* what was finished before stays whole */
        return false;
    }
    length = (uint32_t)(b->len - offset - HEAD_SIZE);
    memcpy(b->p + offset + offsetof(struct wire_head, length), &length, sizeof(length));
    return true;
}

void wire_put_u8(struct buf *b, uint8_t value)
{
    buf_add(b, &value, sizeof(value));
}

void wire_put_u32(struct buf *b, uint32_t value)
{
    buf_add(b, &value, sizeof(value));
}

void wire_put_i64(struct buf *b, int64_t value)
{
    buf_add(b, &value, sizeof(value));
}

void wire_put_bytes(struct buf *b, const void *p, size_t n)
{
    wire_put_u32(b, (uint32_t)n);
    buf_add(b, p, n);
}

void wire_put_str(struct buf *b, const char *s)
{
    wire_put_bytes(b, s, s ? strlen(s) : 0);
}

struct wire_reader wire_reader(const struct wire_frame *f)
{
    return (struct wire_reader){.p = f->payload, .left = f->head.length};
}

static const char *take(struct wire_reader *r, size_t n)
{
    const char *p = r->p;

    if (r->bad || n > r->left) {
        r->bad = true;
        return NULL;
    }
    r->p += n;
    r->left -= n;
    return p;
}

static void take_into(struct wire_reader *r, void *out, size_t n)
{
    const char *p = take(r, n);

    if (p)
        memcpy(out, p, n);
}

uint8_t wire_get_u8(struct wire_reader *r)
{
    uint8_t value = 0;

    take_into(r, &value, sizeof(value));
    return value;
}

uint32_t wire_get_u32(struct wire_reader *r)
{
    uint32_t value = 0;

    take_into(r, &value, sizeof(value));
    return value;
}

int64_t wire_get_i64(struct wire_reader *r)
{
    int64_t value = 0;

    take_into(r, &value, sizeof(value));
    return value;
}

int64_t wire_get_number(struct wire_reader *r)
{
    int64_t value = wire_get_i64(r);

    return KF_MAX(-WIRE_NUMBER_MAX, KF_MIN(value, WIRE_NUMBER_MAX));
}

const char *wire_get_bytes(struct wire_reader *r, size_t *ret_n)
{
    size_t n = wire_get_u32(r);
    const char *p = take(r, n);

    *ret_n = p ? n : 0;
    return p ? p : "";
}

char *wire_get_str(struct wire_reader *r)
{
    size_t n;
    const char *p = wire_get_bytes(r, &n);

    return xmemdup0(p, n);
}

void wire_get_text(struct wire_reader *r, char *out, size_t size)
{
    size_t n;
    const char *p = wire_get_bytes(r, &n);

    n = KF_MIN(n, size - 1);
    memcpy(out, p, n);
    out[n] = '\0';
}

void wire_stream_release(struct wire_stream *s)
{
    buf_release(&s->pending);
}

bool wire_time_sound(const struct wire_head *head)
{
    return head->time_ms >= -WIRE_NUMBER_MAX && head->time_ms <= WIRE_NUMBER_MAX;
}

static bool head_is_ours(const struct wire_stream *s, const struct wire_head *head)
{
    return head->magic == WIRE_MAGIC && head->version == WIRE_VERSION && head->type > 0 &&
           head->type < WIRE_TYPE_COUNT &&
           head->length <= (s->frame_max ? s->frame_max : WIRE_FRAME_MAX) && wire_time_sound(head);
}

size_t wire_stream_room(struct wire_stream *s, char **ret_p)
{
    size_t want = READ_MIN;
    struct wire_head head;

    s->pending.max = HEAD_SIZE + WIRE_FRAME_MAX + READ_MAX;
    if (s->pending.len >=
        HEAD_SIZE) { /* a frame has begun: make room for just its rest, in one go */
        memcpy(&head, s->pending.p, HEAD_SIZE);
        if (head_is_ours(s, &head) && HEAD_SIZE + head.length > s->pending.len)
            want = KF_MAX(want, HEAD_SIZE + head.length - s->pending.len);
    }
    if (!buf_reserve(&s->pending, want))
        want = 0;
    *ret_p = s->pending.p + s->pending.len;
    return KF_MIN(s->pending.size - s->pending.len - 1, (size_t)READ_MAX);
}

int wire_stream_fed(struct wire_stream *s, size_t n, wire_fn *fn, void *user)
{
    struct buf *b = &s->pending;
    size_t done = 0;
    int err = 0;

    b->len += n;
    while (!err && b->len - done >= HEAD_SIZE) {
        struct wire_frame frame;

        memcpy(&frame.head, b->p + done, HEAD_SIZE);
        if (!head_is_ours(s, &frame.head)) {
            err = -EPROTO;
            break;
        }
        if (b->len - done - HEAD_SIZE < frame.head.length)
            break;
        if (done % 8 != 0) { /* payloads are read in place: keep them aligned */
            buf_drop(b, done);
            done = 0;
        }
        frame.payload = b->p + done + HEAD_SIZE;
        frame.owner = b->len == HEAD_SIZE + frame.head.length ? b : NULL;
        err = fn(user, &frame);
        if (b->p == NULL) /* taken whole */
            return err;
        done += HEAD_SIZE + frame.head.length;
    }
    buf_drop(b, done);
    if (b->len == 0 && b->size > KEEP_MAX)
        buf_release(b);
    return err;
}

int wire_write(int fd, const void *p, size_t n)
{
    const char *at = p;

    while (n > 0) {
        ssize_t done = write(fd, at, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -errno;
        at += done;
        n -= (size_t)done;
    }
    return 0;
}

int wire_read(int fd, struct wire_stream *s, wire_fn *fn, void *user)
{
    char *p;
    size_t room = wire_stream_room(s, &p);
    ssize_t n;

    do
        n = read(fd, p, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    if (n == 0)
        return -EPIPE;
    return wire_stream_fed(s, (size_t)n, fn, user);
}

/* Room for the message that carries one descriptor, aligned as it must be; cmsg(3). */
union passing {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr aligned;
};

int wire_write_passing(int fd, const void *p, size_t n, int passed)
{
    union passing room = {0};
    struct iovec bytes = {.iov_base = (void *)(uintptr_t)p, .iov_len = n};
    struct msghdr message = {.msg_iov = &bytes,
        .msg_iovlen = 1,
        .msg_control = room.bytes,
        .msg_controllen = sizeof(room.bytes)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    ssize_t done;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &passed, sizeof(passed));
    do
        done = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (done < 0 && errno == EINTR);
    if (done < 0)
        return -errno;
    return wire_write(fd, (const char *)p + done, n - (size_t)done);
}

static void take_passed(struct msghdr *message, int *passed)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(message);

    if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
        c->cmsg_len != CMSG_LEN(sizeof(int)))
        return;
    if (*passed >= 0)
        close(*passed);
    memcpy(passed, CMSG_DATA(c), sizeof(*passed));
}

int wire_read_passed(int fd, struct wire_stream *s, int *passed, wire_fn *fn, void *user)
{
    union passing room;
    struct iovec bytes;
    struct msghdr message = {.msg_iov = &bytes,
        .msg_iovlen = 1,
        .msg_control = room.bytes,
        .msg_controllen = sizeof(room.bytes)};
    char *p;
    ssize_t n;

    bytes.iov_len = wire_stream_room(s, &p);
    bytes.iov_base = p;
    do
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    take_passed(&message, passed);
    return n == 0 ? -EPIPE : wire_stream_fed(s, (size_t)n, fn, user);
}
