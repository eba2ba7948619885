/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of backend/wire.h: a stream from a peer that cannot be trusted, in pieces of any size.
 * The input: byte 0 says how the rest is used, byte 1 seeds the sizes of the pieces, then the stream.
 * With bit 0 of byte 0 set, magic, version and type of each head are made right and the length is
 * kept small first, so that the input gets past them without knowing them.
 *
 * Beyond what the sanitizers see, it aborts if a promise of wire.h is broken.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backend/wire.h"
#include "base/alloc.h"

#define HEAD_SIZE sizeof(struct wire_head)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

struct pieces {
    uint32_t x;
};

/* 1..max, mostly small. */
static size_t next_piece(struct pieces *p, size_t max)
{
    p->x = p->x * 1664525u + 1013904223u;
    return 1 + (p->x >> 8) % (p->x >> 28 ? KF_MIN(max, (size_t)64) : max);
}

/* Reads one field in the way that op says. */
static void read_field(struct wire_reader *r, unsigned op, const struct wire_frame *f)
{
    const char *end = f->payload + f->head.length;
    struct wire_reader before = *r;
    size_t n = 1;
    const char *p;
    char text[16];
    char *copy;

    switch (op % 6) {
    case 0:
        must(!wire_get_u8(r) || !r->bad);
        break;
    case 1:
        must(!wire_get_u32(r) || !r->bad);
        break;
    case 2:
        must(!wire_get_i64(r) || !r->bad);
        break;
    case 3:
        p = wire_get_bytes(r, &n);
        must(p && (r->bad ? n == 0 : p >= before.p && p + n <= end));
        break;
    case 4:
        copy = wire_get_str(r);
        must(copy && (!r->bad || copy[0] == '\0'));
        free(copy);
        break;
    default:
        n = 1 + op / 6 % sizeof(text);
        memset(text, 'x', sizeof(text));
        wire_get_text(r, text, n);
        must(memchr(text, '\0', n) && (!r->bad || text[0] == '\0'));
        break;
    }
    must(r->left <= before.left && r->p + r->left == end && (r->bad || r->left < before.left));
    must(r->bad || !before.bad);
}

static int on_frame(void *user, const struct wire_frame *f)
{
    struct wire_reader r = wire_reader(f);
    unsigned *frames = user;
    unsigned char sum = 0;

    must(f->head.magic == WIRE_MAGIC && f->head.version == WIRE_VERSION);
    must(f->head.type > 0 && f->head.type < WIRE_TYPE_COUNT && f->head.length <= WIRE_FRAME_MAX);
    must((uintptr_t)f->payload % 8 == 0);
    for (size_t i = 0; i < f->head.length; i++) /* all of it is there */
        sum = (unsigned char)(sum + (unsigned char)f->payload[i]);
    for (unsigned op = f->head.sequence; r.left > 0 && !r.bad; op = op * 5 + 1)
        read_field(&r, op, f);
    for (unsigned op = 0; op < 6; op++) { /* past the end, all kinds stay bad and empty */
        read_field(&r, op, f);
        must(r.bad);
    }
    /* a callback may refuse a frame */
    return ++*frames % 16 == 0 && sum == 7 ? -ECANCELED : 0;
}

/* Makes the heads of the stream right as far as they go. */
static void repair(char *p, size_t n)
{
    size_t at = 0;

    while (n - at >= HEAD_SIZE) {
        struct wire_head head;

        memcpy(&head, p + at, HEAD_SIZE);
        head.magic = WIRE_MAGIC;
        head.version = WIRE_VERSION;
        head.type = (uint16_t)(1 + head.type % (WIRE_TYPE_COUNT - 1));
        head.length %= 97;
        head.time_ms %= WIRE_NUMBER_MAX;
        memcpy(p + at, &head, HEAD_SIZE);
        at += KF_MIN(HEAD_SIZE + head.length, n - at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_stream s = {0};
    unsigned frames = 0;
    struct pieces pieces;
    char *stream;
    size_t n, at = 0;
    int err = 0;

    if (size < 2)
        return 0;
    n = size - 2;
    pieces.x = data[1] * 2654435761u;
    stream = xmemdup0(data + 2, n);
    if (data[0] & 1)
        repair(stream, n);
    while (at < n && (err == 0 || err == -ECANCELED)) {
        char *room;
        size_t have = wire_stream_room(&s, &room);
        size_t piece = next_piece(&pieces, n - at);

        must(have >= 4096 && have <= 1u << 20);
        piece = KF_MIN(piece, have);
        memset(room, 0xa5, have); /* all of the room is ours */
        memcpy(room, stream + at, piece);
        at += piece;
        err = wire_stream_fed(&s, piece, on_frame, &frames);
        must(err == 0 || err == -EPROTO || err == -ECANCELED);
    }
    if (data[0] & 1)
        must(err != -EPROTO);
    wire_stream_release(&s);
    free(stream);
    return 0;
}
