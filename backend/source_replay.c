/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording is read whole; frames are then only references into it. `next` is the first frame
 * that is not due yet. When the screen follows a file, the frames about it that are already due are
 * handed out at once: it sees the log as it was at this moment of the recording.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/logproto.h"
#include "backend/source_impl.h"
#include "base/alloc.h"
#include "base/given.h"

#define RECORDING_MAX BUF_MAX_DEFAULT /* bytes */

struct recorded {
    struct wire_head head;
    const char *payload;
    char *file; /* log frames: standard output's path of the follow they belong to; else NULL */
    uint32_t follow; /* and the number it had in the recording */
};

struct replay {
    struct source source;
    struct clock *clock;
    struct buf bytes;
    struct recorded *frames;
    size_t count, next;
    char *following; /* path the screen follows now, NULL if none */
    uint32_t follow; /* and the number it gave to that */
    uint32_t recorded; /* the recording's number of what is handed out */
    uint32_t shown, pass_over; /* lines of it so far, and how many of the next are shown already */
};

/* The path of standard output in a WIRE_LOG_FOLLOW; free() it. */
static char *followed_path(const struct wire_frame *f, uint32_t *ret_follow)
{
    struct wire_reader r = wire_reader(f);

    *ret_follow = wire_get_u32(&r);
    return wire_get_str(&r);
}

/* Lines in a WIRE_LOG_LINES, 0 for other frames. */
static uint32_t line_count(const struct recorded *f)
{
    struct wire_frame frame = {f->head, f->payload, NULL};
    struct wire_reader r = wire_reader(&frame);

    if (f->head.type != WIRE_LOG_LINES)
        return 0;
    wire_get_u32(&r); /* follow */
    return wire_get_u32(&r);
}

/* Passes over the first n lines of a WIRE_LOG_LINES payload, whose counts have been read. */
static void pass_lines(struct wire_reader *r, uint32_t n)
{
    size_t length;

    for (uint32_t i = 0; i < n && !r->bad; i++) {
        wire_get_u8(r); /* stream, level, flags */
        wire_get_u8(r);
        wire_get_u8(r);
        for (uint8_t spans = wire_get_u8(r); spans > 0 && !r->bad; spans--) {
            wire_get_u32(r);
            wire_get_u32(r);
            wire_get_u8(r);
        }
        wire_get_bytes(r, &length);
    }
}

/* How many of this frame's lines are shown already: when the recorder went back to a file, what he
   got then begins with them. */
static uint32_t shown_already(struct replay *r, const struct recorded *f)
{
    uint32_t n = line_count(f), over;

    if (f->follow != r->recorded) {
        r->recorded = f->follow;
        r->pass_over = r->shown;
        r->shown = 0;
    }
    over = KF_MIN(n, r->pass_over);
    r->pass_over -= over;
    r->shown += n;
    return over;
}

/* The payload as it is handed out, in b: aligned, with the screen's number, without `over` lines. */
static bool make_payload(
    const struct replay *r, const struct recorded *f, uint32_t over, struct buf *b)
{
    struct wire_frame frame = {f->head, f->payload, NULL};
    struct wire_reader in = wire_reader(&frame);
    uint32_t n;

    if (f->file == NULL)
        return buf_add(b, f->payload, f->head.length);
    wire_get_u32(&in);
    wire_put_u32(b, r->follow);
    if (over > 0) {
        n = wire_get_u32(&in);
        pass_lines(&in, over);
        wire_put_u32(b, n - over);
    }
    return !in.bad && buf_add(b, in.p, in.left);
}

static void hand_out(struct replay *r, const struct recorded *f)
{
    struct wire_frame frame = {.head = f->head};
    struct buf b = BUF_INIT;
    uint32_t over = 0;

    if (f->file && (r->following == NULL || strcmp(f->file, r->following) != 0))
        return;
    if (f->head.type == WIRE_LOG_FOLLOW)
        return;
    if (f->file)
        over = shown_already(r, f);
    if ((over == 0 || over < line_count(f)) && make_payload(r, f, over, &b)) {
        frame.head.length = (uint32_t)b.len;
        frame.payload = buf_str(&b);
        source_deliver(&r->source, &frame);
    }
    buf_release(&b);
}

static void replay_advance(struct source *s, int64_t ms)
{
    struct replay *r = (struct replay *)s;

    clock_advance(r->clock, ms);
    while (r->next < r->count && r->frames[r->next].head.time_ms <= clock_steady_ms(r->clock))
        hand_out(r, &r->frames[r->next++]);
}

static void replay_send(struct source *s, const struct buf *frame)
{
    struct replay *r = (struct replay *)s;
    struct wire_frame f = {.payload = frame->p + sizeof(f.head)};
    uint32_t last = 0;

    memcpy(&f.head, frame->p, sizeof(f.head));
    if (f.head.type != WIRE_LOG_FOLLOW)
        return; /* a recording answers when it did, not when it is asked */
    free(r->following);
    r->following = followed_path(&f, &r->follow);
    /* the recorder may have gone back to a file: then only what he saw the last time */
    for (size_t i = 0; i < r->next; i++)
        if (r->frames[i].file && strcmp(r->frames[i].file, r->following) == 0)
            last = r->frames[i].follow;
    r->recorded = last;
    r->shown = r->pass_over = 0;
    for (size_t i = 0; i < r->next; i++)
        if (r->frames[i].file && r->frames[i].follow == last)
            hand_out(r, &r->frames[i]);
}

static void replay_free(struct source *s)
{
    struct replay *r = (struct replay *)s;

    for (size_t i = 0; i < r->count; i++)
        free(r->frames[i].file);
    free(r->frames);
    buf_release(&r->bytes);
    free(r->following);
    free(r);
}

static bool is_log(const struct wire_head *h)
{
    return h->type == WIRE_LOG_STATE || h->type == WIRE_LOG_LINES;
}

/* Cuts the bytes into frames. A last frame that is not whole is left out: the recorder was killed. */
static int index_frames(struct replay *r, const char *path, struct diag *d)
{
    const char *bytes = buf_str(&r->bytes);
    size_t at = 0, size = r->bytes.len;
    char *file = NULL;

    while (size - at >= sizeof(struct wire_head)) {
        struct recorded f = {.payload = bytes + at + sizeof(f.head)};
        uint32_t follow;

        memcpy(&f.head, bytes + at, sizeof(f.head));
        if (f.head.magic != WIRE_MAGIC || f.head.version != WIRE_VERSION ||
            f.head.length > WIRE_FRAME_MAX) {
            free(file);
            return diag_set(d, -EPROTO,
                "%s: byte %zu: not a recording of this version of kfarm-top (format %d)", path, at,
                WIRE_VERSION);
        }
        if (!wire_time_sound(&f.head)) {
            free(file);
            return diag_set(d, -EPROTO, "%s: byte %zu: a time is out of all bounds", path, at);
        }
        if (f.head.length > size - at - sizeof(f.head))
            break;
        if (f.head.type == WIRE_LOG_FOLLOW) {
            free(file);
            file = followed_path(&(struct wire_frame){f.head, f.payload, NULL}, &follow);
        }
        if (is_log(&f.head) && f.head.length >= sizeof(follow))
            f.file = file ? xstrdup(file) : NULL;
        if (f.file)
            memcpy(&f.follow, f.payload, sizeof(f.follow));
        r->frames = xreallocarray(r->frames, r->count + 1, sizeof(f));
        r->frames[r->count++] = f;
        at += sizeof(f.head) + f.head.length;
    }
    free(file);
    return r->count ? 0 : diag_set(d, -EPROTO, "%s: holds no frame", path);
}

struct source *source_replay(const char *path, struct clock *clock,
    const struct source_events *events, void *user, struct diag *d)
{
    static const struct source_ops ops = {
        .send = replay_send, .advance = replay_advance, .free = replay_free};
    struct replay *r = xcalloc(1, sizeof(*r));

    r->source = (struct source){.ops = &ops, .events = *events, .user = user};
    r->clock = clock;
    if (given_read(path, RECORDING_MAX, &r->bytes, d) < 0 || index_frames(r, path, d) < 0) {
        replay_free(&r->source);
        return NULL;
    }
    clock_set(clock, r->frames[0].head.time_ms);
    return &r->source;
}
