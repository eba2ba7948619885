/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames: written and read back, cut at every byte, and everything a stream must refuse. */
#include "backend/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

#define HEAD_SIZE sizeof(struct wire_head)

/* What came out of a stream: heads, and payloads one behind the other. */
struct seen {
    struct wire_head heads[16];
    size_t n;
    struct buf payloads;
    size_t unaligned;
    size_t stop_at; /* this frame (from 1) is answered with -ECANCELED */
};

static int collect(void *user, const struct wire_frame *f)
{
    struct seen *seen = user;

    assert_true(seen->n < KF_LEN(seen->heads));
    seen->heads[seen->n++] = f->head;
    seen->unaligned += (uintptr_t)f->payload % 8 != 0;
    buf_add(&seen->payloads, f->payload, f->head.length);
    return seen->n == seen->stop_at ? -ECANCELED : 0;
}

/* Feeds n bytes in pieces of at most `piece`. */
static int feed(struct wire_stream *s, const char *p, size_t n, size_t piece, struct seen *seen)
{
    int err = 0;

    while (n > 0 && !err) {
        char *room;
        size_t have = wire_stream_room(s, &room);
        size_t take = KF_MIN(KF_MIN(n, piece), have);

        assert_true(have >= 4096 && have <= 1u << 20);
        memcpy(room, p, take);
        err = wire_stream_fed(s, take, collect, seen);
        p += take;
        n -= take;
    }
    return err;
}

/* Three frames with payloads of 0, 13 and 5 bytes, the latter two padded to 16 and 8. */
static void write_three(struct buf *b)
{
    size_t at = wire_begin(b, WIRE_REFRESH, 7, 1000);

    assert_true(wire_end(b, at));
    at = wire_begin(b, WIRE_HELLO, 8, -5);
    wire_put_str(b, "slurm");
    wire_put_u32(b, 0xdeadbeef);
    assert_true(wire_end(b, at));
    at = wire_begin(b, WIRE_LOG_LINES, 9, WIRE_NUMBER_MAX);
    wire_put_u8(b, 0xff);
    wire_put_u32(b, 1);
    assert_true(wire_end(b, at));
}

static void assert_three(const struct seen *seen)
{
    static const char payloads[] = "\5\0\0\0slurm\xef\xbe\xad\xde\0\0\0"
                                   "\xff\1\0\0\0\0\0";

    assert_int_equal(seen->n, 3);
    assert_int_equal(seen->unaligned, 0);
    assert_int_equal(seen->heads[0].type, WIRE_REFRESH);
    assert_int_equal(seen->heads[0].length, 0);
    assert_int_equal(seen->heads[0].sequence, 7);
    assert_int_equal(seen->heads[1].type, WIRE_HELLO);
    assert_int_equal(seen->heads[1].length, 16);
    assert_true(seen->heads[1].time_ms == -5);
    assert_int_equal(seen->heads[2].length, 8);
    assert_true(seen->heads[2].time_ms == WIRE_NUMBER_MAX);
    assert_int_equal(seen->payloads.len, sizeof(payloads));
    assert_memory_equal(seen->payloads.p, payloads, sizeof(payloads));
}

static void test_fields(void **state)
{
    struct buf b = BUF_INIT;
    struct wire_frame f;
    struct wire_reader r;
    size_t at = wire_begin(&b, WIRE_ACTION, 1, 2), n = 99;
    char text[4] = "xxx";
    const char *p;
    char *s;

    (void)state;
    wire_put_u8(&b, 200);
    wire_put_u32(&b, UINT32_MAX);
    wire_put_i64(&b, INT64_MIN);
    wire_put_bytes(&b, "a\0b", 3);
    wire_put_bytes(&b, NULL, 0);
    wire_put_str(&b, "grüße");
    wire_put_str(&b, NULL);
    wire_put_str(&b, "too long");
    wire_put_str(&b, "ok");
    assert_true(wire_end(&b, at));
    memcpy(&f.head, b.p, HEAD_SIZE);
    f.payload = b.p + HEAD_SIZE;
    assert_int_equal(f.head.magic, WIRE_MAGIC);
    assert_int_equal(f.head.version, WIRE_VERSION);
    assert_int_equal(f.head.length, b.len - HEAD_SIZE);
    r = wire_reader(&f);
    assert_int_equal(wire_get_u8(&r), 200);
    assert_int_equal(wire_get_u32(&r), UINT32_MAX);
    assert_true(wire_get_i64(&r) == INT64_MIN);
    p = wire_get_bytes(&r, &n);
    assert_int_equal(n, 3);
    assert_memory_equal(p, "a\0b", 3);
    assert_non_null(wire_get_bytes(&r, &n));
    assert_int_equal(n, 0);
    s = wire_get_str(&r);
    assert_string_equal(s, "grüße");
    free(s);
    s = wire_get_str(&r);
    assert_string_equal(s, "");
    free(s);
    wire_get_text(&r, text, sizeof(text));
    assert_string_equal(text, "too");
    wire_get_text(&r, text, sizeof(text));
    assert_string_equal(text, "ok");
    assert_false(r.bad);
    assert_in_range(r.left, 0, 7); /* padding */
    buf_release(&b);
}

/* Guards arithmetic on numbers of strangers: what could overflow it is read as the bound. */
static void test_numbers_out_of_bounds(void **state)
{
    static const struct {
        int64_t number, read;
    } rows[] = {{0, 0}, {-1, -1}, {WIRE_NUMBER_MAX, WIRE_NUMBER_MAX},
        {-WIRE_NUMBER_MAX, -WIRE_NUMBER_MAX}, {WIRE_NUMBER_MAX + 1, WIRE_NUMBER_MAX},
        {-WIRE_NUMBER_MAX - 1, -WIRE_NUMBER_MAX}, {INT64_MAX, WIRE_NUMBER_MAX},
        {INT64_MIN, -WIRE_NUMBER_MAX}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct buf b = BUF_INIT;
        size_t at = wire_begin(&b, WIRE_ACTION, 1, 2);
        struct wire_frame f;
        struct wire_reader r;

        wire_put_i64(&b, rows[i].number);
        assert_true(wire_end(&b, at));
        memcpy(&f.head, b.p, HEAD_SIZE);
        f.payload = b.p + HEAD_SIZE;
        r = wire_reader(&f);
        assert_true(wire_get_number(&r) == rows[i].read);
        r = wire_reader(&f);
        assert_true(wire_get_i64(&r) == rows[i].number);
        assert_false(r.bad);
        buf_release(&b);
    }
}

static void test_reading_past_the_end(void **state)
{
    /* Each payload ends inside its field: u8 u32 i64 str, and a length that lies. */
    static const struct {
        const char *payload;
        size_t n;
        int field;
    } rows[] = {
        {"", 0, 0},
        {"\1\2\3", 3, 1},
        {"\1\2\3\4\5\6\7", 7, 2},
        {"\4\0\0\0abc", 7, 3},
        {"\4\0\0\0abc", 7, 4},
        {"\4\0\0\0abc", 7, 5},
        {"\xff\xff\xff\xff", 4, 3},
        {"\xff\xff\xff\x7f", 4, 4},
        {"\1\0\0", 3, 5},
        {"\0", 1, 4},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        /* a copy of just this size: a sanitizer sees what the asserts do not */
        char *copy = xmemdup0(rows[i].payload, rows[i].n);
        struct wire_frame f = {.head.length = (uint32_t)rows[i].n, .payload = copy};
        struct wire_reader r = wire_reader(&f);
        char text[8] = "xxxxxxx";
        size_t n = 99;
        char *s;

        switch (rows[i].field) {
        case 0:
            assert_int_equal(wire_get_u8(&r), 0);
            break;
        case 1:
            assert_int_equal(wire_get_u32(&r), 0);
            break;
        case 2:
            assert_true(wire_get_i64(&r) == 0);
            break;
        case 3:
            assert_non_null(wire_get_bytes(&r, &n));
            assert_int_equal(n, 0);
            break;
        case 4:
            s = wire_get_str(&r);
            assert_string_equal(s, "");
            free(s);
            break;
        default:
            wire_get_text(&r, text, sizeof(text));
            assert_string_equal(text, "");
            break;
        }
        assert_true(r.bad);
        assert_int_equal(wire_get_u8(&r), 0); /* bad stays bad, though bytes may be left */
        assert_true(r.bad);
        free(copy);
    }
}

static void test_split_at_every_byte(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    write_three(&b);
    for (size_t cut = 0; cut <= b.len; cut++) {
        struct wire_stream s = {0};
        struct seen seen = {0};

        assert_int_equal(feed(&s, b.p, cut, SIZE_MAX, &seen), 0);
        assert_int_equal(feed(&s, b.p + cut, b.len - cut, SIZE_MAX, &seen), 0);
        assert_three(&seen);
        assert_int_equal(s.pending.len, 0);
        buf_release(&seen.payloads);
        wire_stream_release(&s);
    }
    for (size_t piece = 1; piece <= b.len; piece++) {
        struct wire_stream s = {0};
        struct seen seen = {0};

        assert_int_equal(feed(&s, b.p, b.len, piece, &seen), 0);
        assert_three(&seen);
        buf_release(&seen.payloads);
        wire_stream_release(&s);
    }
    buf_release(&b);
}

static void test_refused_heads(void **state)
{
    const struct wire_head good = {
        .magic = WIRE_MAGIC, .version = WIRE_VERSION, .type = WIRE_HELLO};
    struct wire_head heads[10];

    (void)state;
    for (size_t i = 0; i < KF_LEN(heads); i++)
        heads[i] = good;
    heads[0].magic ^= 1;
    heads[1].version = WIRE_VERSION + 1;
    heads[2].version = 0;
    heads[3].type = 0;
    heads[4].type = WIRE_TYPE_COUNT;
    heads[5].length = WIRE_FRAME_MAX + 1;
    heads[6].length = UINT32_MAX;
    heads[7].time_ms = WIRE_NUMBER_MAX + 1;
    heads[8].time_ms = -WIRE_NUMBER_MAX - 1;
    heads[9].time_ms = INT64_MIN;
    for (size_t i = 0; i < KF_LEN(heads); i++) {
        struct wire_stream s = {0};
        struct seen seen = {0};
        struct buf b = BUF_INIT;

        buf_add(&b, &good, HEAD_SIZE); /* one that is right comes through before */
        buf_add(&b, &heads[i], HEAD_SIZE);
        assert_int_equal(feed(&s, b.p, b.len - 1, 5, &seen), 0);
        assert_int_equal(feed(&s, b.p + b.len - 1, 1, 1, &seen), -EPROTO);
        assert_int_equal(seen.n, 1);
        buf_release(&b);
        buf_release(&seen.payloads);
        wire_stream_release(&s);
    }
}

static void test_largest_length_is_taken(void **state)
{
    struct wire_head head = {
        .magic = WIRE_MAGIC, .version = WIRE_VERSION, .type = WIRE_JOBS, .length = WIRE_FRAME_MAX};
    struct wire_stream s = {0};
    struct seen seen = {0};
    char *room;

    (void)state;
    assert_int_equal(feed(&s, (char *)&head, HEAD_SIZE, SIZE_MAX, &seen), 0);
    assert_int_equal(wire_stream_room(&s, &room), 1u << 20);
    assert_true(s.pending.size >= HEAD_SIZE + WIRE_FRAME_MAX); /* one allocation for all of it */
    assert_int_equal(seen.n, 0);
    wire_stream_release(&s);
}

/* A large frame after a small one of odd length, and the stream's memory given back after it. */
static void test_large_frame(void **state)
{
    size_t n = (3u << 20) + 5;
    char *payload = xcalloc(n, 1);
    struct buf b = BUF_INIT;
    struct wire_stream s = {0};
    struct seen seen = {0};
    size_t at = wire_begin(&b, WIRE_HELLO, 0, 0);

    (void)state;
    wire_put_u8(&b, 1);
    assert_true(wire_end(&b, at));
    at = wire_begin(&b, WIRE_JOBS, 0, 0);
    for (size_t i = 0; i < n; i++)
        payload[i] = (char)(i * 31 >> 3);
    wire_put_bytes(&b, payload, n);
    assert_true(wire_end(&b, at));
    assert_int_equal(feed(&s, b.p, b.len, SIZE_MAX, &seen), 0);
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.unaligned, 0);
    assert_int_equal(seen.heads[1].length, (n + 4 + 7) / 8 * 8);
    assert_memory_equal(seen.payloads.p + 8 + 4, payload, n);
    assert_int_equal(s.pending.size, 0);
    buf_release(&b);
    buf_release(&seen.payloads);
    wire_stream_release(&s);
    free(payload);
}

/* A callback that stops: its frame is consumed, the ones after it come with the next bytes. */
static void test_stopping(void **state)
{
    struct buf b = BUF_INIT;
    struct wire_stream s = {0};
    struct seen seen = {.stop_at = 2};
    char *room;

    (void)state;
    write_three(&b);
    assert_int_equal(feed(&s, b.p, b.len, SIZE_MAX, &seen), -ECANCELED);
    assert_int_equal(seen.n, 2);
    assert_true(wire_stream_room(&s, &room) >= 4096);
    assert_int_equal(wire_stream_fed(&s, 0, collect, &seen), 0);
    assert_three(&seen);
    buf_release(&b);
    buf_release(&seen.payloads);
    wire_stream_release(&s);
}

static void test_overflow(void **state)
{
    struct buf b = {.max = HEAD_SIZE + 8};
    struct buf tiny = {.max = HEAD_SIZE - 1};
    size_t at = wire_begin(&b, WIRE_HELLO, 0, 0);

    (void)state;
    wire_put_i64(&b, 1);
    assert_true(wire_end(&b, at));
    wire_put_u8(&b, 1);
    assert_false(wire_end(&b, at));
    at = wire_begin(&tiny, WIRE_HELLO, 0, 0);
    assert_false(wire_end(&tiny, at));
    buf_release(&b);
    buf_release(&tiny);
}

static void test_pipe(void **state)
{
    struct buf b = BUF_INIT;
    struct wire_stream s = {0};
    struct seen seen = {0};
    int fds[2];

    (void)state;
    write_three(&b);
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    assert_int_equal(wire_read(fds[0], &s, collect, &seen), -EAGAIN);
    assert_int_equal(wire_write(fds[1], b.p, b.len), 0);
    assert_int_equal(wire_read(fds[0], &s, collect, &seen), 0);
    assert_three(&seen);
    assert_int_equal(wire_write(fds[1], "no frame, but long enough", 25), 0);
    assert_int_equal(wire_read(fds[0], &s, collect, &seen), -EPROTO);
    close(fds[1]);
    wire_stream_release(&s);
    assert_int_equal(wire_read(fds[0], &s, collect, &seen), -EPIPE);
    close(fds[0]);
    assert_int_equal(pipe2(fds, 0), 0);
    close(fds[0]);
    assert_int_equal(wire_write(fds[1], b.p, b.len), -EPIPE);
    close(fds[1]);
    buf_release(&b);
    buf_release(&seen.payloads);
    wire_stream_release(&s);
}

static int pass_over(void *user, const struct wire_frame *frame)
{
    (void)user;
    (void)frame;
    return 0;
}

/* Guards the memory of whoever reads from a process that strangers may have taken over. */
static void test_smaller_limit(void **state)
{
    struct wire_stream s = {.frame_max = 4096};
    struct wire_head head = {
        .magic = WIRE_MAGIC, .version = WIRE_VERSION, .type = WIRE_LOG_PAGE, .length = 4096};
    char *room;

    (void)state;
    assert_true(wire_stream_room(&s, &room) >= sizeof(head));
    memcpy(room, &head, sizeof(head));
    assert_int_equal(
        wire_stream_fed(&s, sizeof(head), pass_over, NULL), 0); /* waits for the rest */
    wire_stream_release(&s);
    s = (struct wire_stream){.frame_max = 4096};
    head.length += 8;
    assert_true(wire_stream_room(&s, &room) >= sizeof(head));
    memcpy(room, &head, sizeof(head));
    assert_int_equal(wire_stream_fed(&s, sizeof(head), pass_over, NULL), -EPROTO);
    wire_stream_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_numbers_out_of_bounds),
        cmocka_unit_test(test_reading_past_the_end),
        cmocka_unit_test(test_split_at_every_byte),
        cmocka_unit_test(test_refused_heads),
        cmocka_unit_test(test_largest_length_is_taken),
        cmocka_unit_test(test_large_frame),
        cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_smaller_limit),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
