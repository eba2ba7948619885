/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_WIRE_H
#define KFARM_BACKEND_WIRE_H
/*
 * What kfarm-top's processes say to each other: frames of a 24-byte head and a payload, over a
 * stream socket. The same bytes are a recording, a replay and a test fixture.
 *
 * All integers are little-endian, and the hosts that Slurm runs on are too, so that a section of
 * 20 000 jobs is used where it lies in the frame, without a copy (model.h). Two forms of payload:
 *
 *  - messages: fields one behind the other, written with wire_put_*() and read with wire_get_*();
 *    strings are a u32 length and that many bytes;
 *  - sections (WIRE_JOBS, WIRE_NODES, WIRE_PARTITIONS): see snapshot.h.
 *
 * A reader never trusts a frame: every length and reference is checked before use, and a frame that
 * fails is reported and dropped whole.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the wire format is little-endian, and so far is every host of kfarm-top"
#endif

#define WIRE_MAGIC     0x5046546Bu /* "kTFP" */
#define WIRE_VERSION   1
#define WIRE_FRAME_MAX (128u << 20) /* bytes of payload; about 500 000 jobs */

/* What each payload holds is documented where it is written: snapshot.h for the farm's data,
   logproto.h for logs, action.h for verbs. */
enum wire_type {
    WIRE_HELLO = 1, /* helper → screen: first frame; str role, str version of libslurm or "" */
    WIRE_REFRESH, /* screen → slurm helper */
    WIRE_CLUSTER, /* slurm helper → screen */
    WIRE_JOBS, /* ditto: a section */
    WIRE_NODES, /* ditto: a section */
    WIRE_PARTITIONS, /* ditto: a section */
    WIRE_HEALTH, /* ditto: ends the answer to a WIRE_REFRESH */
    WIRE_LOG_FOLLOW, /* screen → logs helper */
    WIRE_LOG_STATE, /* logs helper → screen */
    WIRE_LOG_LINES, /* ditto */
    WIRE_LOG_BUILDS, /* screen → builds helper */
    WIRE_LOG_BUILD, /* builds helper → screen */
    WIRE_ACTION, /* screen → act helper */
    WIRE_ACTION_RESULT, /* act helper → screen */
    WIRE_ACTION_SEND, /* screen → act helper */
    WIRE_ACTION_STOP, /* screen → act helper */
    WIRE_LOG_VIEW, /* screen → logs helper */
    WIRE_LOG_VIEW_STATE, /* logs helper → screen */
    WIRE_LOG_PAGE_ASK, /* screen → logs helper */
    WIRE_LOG_PAGE, /* logs helper → screen */
    WIRE_LOG_SEEK, /* screen → logs helper */
    WIRE_LOG_FOUND, /* logs helper → screen */
    WIRE_LOG_DIAGS, /* screen → logs helper */
    WIRE_LOG_DIAG_LIST, /* logs helper → screen */
    WIRE_LOG_SOURCE, /* screen → logs helper */
    WIRE_LOG_SOURCE_LINES, /* logs helper → screen */
    WIRE_LOG_ALIVE, /* builds or logs helper → screen */
    WIRE_LOG_SAVE, /* screen → logs helper */
    WIRE_LOG_SAVED, /* logs helper → screen */
    WIRE_LOG_SILENT, /* builds helper → screen */
    WIRE_LOG_PLACES, /* logs helper → screen */
    WIRE_BUILD_ASK, /* reader of builds → builds helper */
    WIRE_BUILD_PAST, /* builds helper → reader of builds */
    WIRE_BUILD_LESSON, /* reader of builds → builds helper */
    WIRE_TYPE_COUNT
};

struct wire_head {
    uint32_t magic;
    uint16_t version;
    uint16_t type; /* enum wire_type */
    uint32_t length; /* bytes of payload that follow */
    uint32_t sequence; /* request this belongs to; 0 if none */
    int64_t time_ms; /* wall time of the sender, ms since the epoch */
};

struct wire_frame {
    struct wire_head head;
    /* head.length bytes, 8-byte aligned, right behind the head as it came; valid during the callback only */
    const char *payload;
    /* Not NULL when this frame is all that the stream's buffer holds: the callback may then take the
       memory (*mine = *owner; *owner = BUF_INIT) instead of copying; the payload begins
       sizeof(struct wire_head) bytes into it. */
    struct buf *owner;
};

/* ---- writing: begin, put…, end ---- */

/* Starts a frame at the end of b; returns its offset there, for wire_end(). */
size_t wire_begin(struct buf *b, enum wire_type type, uint32_t sequence, int64_t time_ms);
/* Fixes the length of the frame that began at offset, padded to a multiple of eight bytes. If
   anything overflowed b's cap the frame is taken away again and false returned. */
bool wire_end(struct buf *b, size_t offset);

void wire_put_u8(struct buf *b, uint8_t value);
void wire_put_u32(struct buf *b, uint32_t value);
void wire_put_i64(struct buf *b, int64_t value);
void wire_put_bytes(struct buf *b, const void *p, size_t n);
void wire_put_str(struct buf *b, const char *s); /* NULL is "" */

/* ---- reading a message payload ---- */

/*
 * Times, sizes and counts come from recordings, and from files and logs of strangers, where they may be anything: read
 * by wire_get_number() they are at most so much, either way. Then seconds can become milliseconds, and a few of them be
 * added up, without an overflow. It is 142 000 years in milliseconds, and 4 PiB.
 */
#define WIRE_NUMBER_MAX ((int64_t)1 << 52)

/* After any read past the end every further read gives 0 or "" and `bad` is set: check it once. */
struct wire_reader {
    const char *p;
    size_t left;
    bool bad;
};

struct wire_reader wire_reader(const struct wire_frame *f);
/* Whether a head's time is within these bounds, too. */
bool wire_time_sound(const struct wire_head *head);
uint8_t wire_get_u8(struct wire_reader *r);
uint32_t wire_get_u32(struct wire_reader *r);
int64_t wire_get_i64(struct wire_reader *r); /* as it is: for what nothing is computed with */
int64_t wire_get_number(struct wire_reader *r); /* what lies beyond the bounds is at the bound */
/* Points into the frame; not NUL-terminated. */
const char *wire_get_bytes(struct wire_reader *r, size_t *ret_n);
/* A copy with a NUL behind it; never NULL; free() it. */
char *wire_get_str(struct wire_reader *r);
/* Copies at most size - 1 bytes into out and terminates it; size ≥ 1. */
void wire_get_text(struct wire_reader *r, char *out, size_t size);

/* ---- taking frames from a stream ---- */

/* Called for each whole frame; a negative return stops wire_feed() with that value. */
typedef int wire_fn(void *user, const struct wire_frame *frame);

struct wire_stream {
    struct buf pending; /* bytes of frames not complete yet */
    uint32_t frame_max; /* bytes of payload that a frame may have; 0: WIRE_FRAME_MAX */
};

void wire_stream_release(struct wire_stream *s);
/*
 * Where the next bytes of the stream belong, for reading without a copy: sets *ret_p and returns
 * the room there, bytes (at least 4096, at most 1 MiB).
 */
size_t wire_stream_room(struct wire_stream *s, char **ret_p);
/*
 * Says that n bytes have been put there, and calls fn for each frame that is complete now.
 * Returns 0, -EPROTO if the stream is not ours (wrong magic, version, size: close it), or what fn
 * returned. fn must not feed the same stream.
 */
int wire_stream_fed(struct wire_stream *s, size_t n, wire_fn *fn, void *user);

/* ---- blocking I/O, for the helpers ---- */

/* Writes all n bytes; 0 or a negative errno (-EPIPE when the screen is gone). */
int wire_write(int fd, const void *p, size_t n);
/* Reads what is there and feeds it; 0, -EPIPE at end of file, or another negative errno. */
int wire_read(int fd, struct wire_stream *s, wire_fn *fn, void *user);

/* Writes the n bytes of a frame to a socket, and hands `passed`, an open descriptor that stays ours, over with them
   (SCM_RIGHTS, unix(7)). As wire_write(). */
int wire_write_passing(int fd, const void *p, size_t n, int passed);
/* As wire_read(); a descriptor that was handed over with what is read is *passed before fn is called. It is the
   caller's, and closed here if another one comes. -1: none. */
int wire_read_passed(int fd, struct wire_stream *s, int *passed, wire_fn *fn, void *user);

#endif
