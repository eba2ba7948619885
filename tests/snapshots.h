/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_SNAPSHOTS_H
#define KFARM_TESTS_SNAPSHOTS_H
/* Snapshots for tests, made the way the real ones are: from frames. */
#include <stdlib.h>
#include <string.h>

#include "backend/snapshot.h"
#include "base/alloc.h"

/* A section being put together: records of one size, and the pool of their strings. */
struct draft {
    struct buf records, pool;
    uint32_t record_size, count;
};

static inline struct draft draft_new(uint32_t record_size)
{
    struct draft d = {.record_size = record_size};

    buf_addc(&d.pool, '\0');
    return d;
}

static inline void draft_release(struct draft *d)
{
    buf_release(&d->records);
    buf_release(&d->pool);
}

static inline strref draft_str(struct draft *d, const char *s)
{
    strref ref = (strref)d->pool.len;

    if (s[0] == '\0')
        return 0;
    buf_add(&d->pool, s, strlen(s) + 1);
    return ref;
}

static inline void draft_add(struct draft *d, const void *record)
{
    buf_add(&d->records, record, d->record_size);
    d->count++;
}

/* Appends the section as a frame. */
static inline void draft_write(
    const struct draft *d, enum wire_type type, int64_t time_ms, struct buf *out)
{
    struct section_head head = {d->record_size, d->count, (uint32_t)d->pool.len, 0};
    size_t at = wire_begin(out, type, 1, time_ms);

    buf_add(out, &head, sizeof(head));
    buf_add(out, d->records.p, d->records.len);
    buf_add(out, d->pool.p, d->pool.len);
    wire_end(out, at);
}

/* Appends the frame that ends a refresh: `results` by section; those that failed say `message`. */
static inline void write_health(const enum section_result results[SECTION_COUNT],
    const char *message, int64_t time_ms, struct buf *out)
{
    size_t at = wire_begin(out, WIRE_HEALTH, 1, time_ms);

    for (int i = 0; i < SECTION_COUNT; i++) {
        bool failed = results[i] == SECTION_FAILED;

        wire_put_u8(out, (uint8_t)results[i]);
        wire_put_u32(out, failed ? 1001 : 0);
        wire_put_str(out, failed ? message : "");
        wire_put_i64(out, time_ms / 1000);
    }
    wire_put_i64(out, 3000);
    wire_put_i64(out, 9000);
    wire_end(out, at);
}

struct feeding {
    struct assembly *assembly;
    const struct snapshot *before;
    struct snapshot *next;
    struct diag diag;
    int frames, dropped; /* dropped: those that assembly_take() refused */
};

static inline int feed_frame(void *user, const struct wire_frame *frame)
{
    struct feeding *f = user;
    struct snapshot *next = NULL;

    f->frames++;
    if (assembly_take(f->assembly, frame, f->before, &next, &f->diag) < 0)
        f->dropped++;
    if (next) {
        snapshot_free(f->next);
        f->next = next;
    }
    return 0;
}

/* Puts bytes through a stream into the assembly; `piece` bytes at a time. Returns the stream's
   result; f->next is the snapshot, if one came. */
static inline int feed_bytes(struct feeding *f, const char *p, size_t n, size_t piece)
{
    struct wire_stream s = {0};
    int err = 0;

    while (n > 0 && err == 0) {
        char *room;
        size_t take = KF_MIN(KF_MIN(n, piece), wire_stream_room(&s, &room));

        memcpy(room, p, take);
        err = wire_stream_fed(&s, take, feed_frame, f);
        p += take;
        n -= take;
    }
    wire_stream_release(&s);
    return err;
}

/* A snapshot of these sections (NULL: none), in good health; snapshot_free() it. */
static inline struct snapshot *snapshot_of(
    const struct draft *jobs, const struct draft *nodes, const struct draft *partitions)
{
    static const enum section_result all[SECTION_COUNT] = {
        SECTION_LOADED, SECTION_LOADED, SECTION_LOADED, SECTION_LOADED};
    struct snapshot *empty = snapshot_new();
    struct assembly a = {0};
    struct feeding f = {.assembly = &a, .before = empty};
    struct buf b = BUF_INIT;

    if (jobs)
        draft_write(jobs, WIRE_JOBS, 1000, &b);
    if (nodes)
        draft_write(nodes, WIRE_NODES, 1000, &b);
    if (partitions)
        draft_write(partitions, WIRE_PARTITIONS, 1000, &b);
    write_health(all, "", 1000, &b);
    if (feed_bytes(&f, b.p, b.len, SIZE_MAX) < 0 || f.dropped)
        abort();
    assembly_release(&a);
    snapshot_free(empty);
    buf_release(&b);
    return f.next;
}

#endif
