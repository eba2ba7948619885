/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings: at their own times, log frames to whoever follows the file, and files that are none. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/logproto.h"
#include "backend/source.h"
#include "base/alloc.h"

/* What came: "h5 " a health frame of 5 s, "l7:n " log lines for follow 7 with the number n. */
struct seen {
    struct buf text;
    struct clock clock;
    struct source *source;
    const char *following;
};

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct seen *s = user;
    struct wire_reader r = wire_reader(frame);

    assert_int_equal((uintptr_t)frame->payload % 8, 0);
    if (frame->head.type == WIRE_LOG_LINES) {
        unsigned follow = wire_get_u32(&r);

        buf_addf(&s->text, "l%u:%u ", follow, wire_get_u32(&r));
    } else {
        buf_addf(&s->text, "h%d ", (int)(frame->head.time_ms / 1000));
    }
    return 0;
}

static void on_lost(void *user, enum source_role role, const char *words, uint64_t retry_ms)
{
    (void)user, (void)role, (void)words, (void)retry_ms;
    fail();
}

static void follow(struct seen *s, uint32_t number, const char *path);

/* As the app does when whoever reads logs is another one: what it holds goes, and it asks anew. */
static void on_started(void *user, enum source_role role)
{
    struct seen *s = user;

    assert_int_equal(role, SOURCE_LOGS);
    buf_clear(&s->text);
    follow(s, 8, s->following);
}

static void on_words(void *user, enum source_role role, const char *line)
{
    (void)user, (void)role, (void)line;
}

static const struct source_events events = {
    .frame = on_frame, .lost = on_lost, .started = on_started, .words = on_words};

static void write_health(struct buf *b, int second)
{
    wire_end(b, wire_begin(b, WIRE_HEALTH, 0, second * 1000));
}

static void write_follow(struct buf *b, int second, uint32_t follow, const char *path)
{
    size_t at = wire_begin(b, WIRE_LOG_FOLLOW, 0, second * 1000);

    wire_put_u32(b, follow);
    wire_put_str(b, path);
    wire_put_str(b, "");
    wire_end(b, at);
}

static void write_lines(struct buf *b, int second, uint32_t follow, uint32_t number)
{
    size_t at = wire_begin(b, WIRE_LOG_LINES, 0, second * 1000);

    wire_put_u32(b, follow);
    wire_put_u32(b, number);
    wire_end(b, at);
}

static struct source *open_bytes(const void *p, size_t n, struct seen *s, struct diag *d)
{
    char path[] = "/tmp/kfarm-test-replay-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), (ssize_t)n);
    close(fd);
    *s = (struct seen){0};
    s->source = source_replay(path, &s->clock, &events, s, d);
    unlink(path); /* it was read whole */
    return s->source;
}

static void close_seen(struct seen *s)
{
    source_free(s->source);
    buf_release(&s->text);
}

static void assert_seen(struct seen *s, const char *text)
{
    assert_string_equal(buf_str(&s->text), text);
    buf_clear(&s->text);
}

static void follow(struct seen *s, uint32_t number, const char *path)
{
    struct buf b = BUF_INIT;

    s->following = path;
    write_follow(&b, 0, number, path);
    source_send(s->source, &b);
    buf_release(&b);
}

static void test_time(void **state)
{
    struct buf b = BUF_INIT;
    struct seen s;
    struct diag d = DIAG_INIT;

    (void)state;
    for (int second = 100; second <= 106; second += 2)
        write_health(&b, second);
    assert_non_null(open_bytes(b.p, b.len, &s, &d));
    assert_true(source_is_replay(s.source));
    assert_int_equal(clock_ms(&s.clock), 100000);
    assert_seen(&s, ""); /* nothing before it is asked for */
    source_advance(s.source, 0);
    assert_seen(&s, "h100 ");
    source_advance(s.source, 1999);
    assert_seen(&s, "");
    source_advance(s.source, 1);
    assert_seen(&s, "h102 ");
    source_advance(s.source, 60000);
    assert_seen(&s, "h104 h106 ");
    source_advance(s.source, 60000);
    assert_seen(&s, "");
    source_kill(s.source, SOURCE_SLURM); /* nothing */
    close_seen(&s);
    buf_release(&b);
}

static void test_logs(void **state)
{
    struct buf b = BUF_INIT;
    struct seen s;
    struct diag d = DIAG_INIT;

    (void)state;
    write_health(&b, 100);
    write_follow(&b, 100, 1, "/a");
    write_lines(&b, 101, 1, 11);
    write_follow(&b, 102, 2, "/b");
    write_lines(&b, 103, 2, 21);
    write_lines(&b, 104, 2, 22);
    assert_non_null(open_bytes(b.p, b.len, &s, &d));
    source_advance(s.source, 3000);
    assert_seen(&s, "h100 "); /* nobody follows */
    follow(&s, 70, "/b"); /* at another moment than the recorder, under another number */
    assert_seen(&s, "l70:21 ");
    source_advance(s.source, 1000);
    assert_seen(&s, "l70:22 ");
    follow(&s, 71, "/a");
    assert_seen(&s, "l71:11 ");
    follow(&s, 72, "/nosuch");
    assert_seen(&s, "");
    source_advance(s.source, 60000);
    assert_seen(&s, "");
    close_seen(&s);
    buf_release(&b);
}

/* The recorder went away from a file and came back: a log is shown once, not once for each time. */
static void test_followed_twice(void **state)
{
    struct buf b = BUF_INIT;
    struct seen s;
    struct diag d = DIAG_INIT;

    (void)state;
    write_follow(&b, 100, 1, "/a");
    write_lines(&b, 101, 1, 11);
    write_follow(&b, 102, 2, "/b");
    write_follow(&b, 104, 3, "/a");
    write_lines(&b, 105, 3, 11);
    write_lines(&b, 106, 3, 12);
    assert_non_null(open_bytes(b.p, b.len, &s, &d));
    source_advance(s.source, 10000);
    follow(&s, 7, "/a"); /* after both: as he saw it the last time */
    assert_seen(&s, "l7:11 l7:12 ");
    close_seen(&s);
    assert_non_null(open_bytes(b.p, b.len, &s, &d));
    source_advance(s.source, 1000);
    follow(&s, 7, "/a"); /* before his second time, which begins with what is shown already */
    assert_string_equal(buf_str(&s.text), "l7:11 ");
    source_advance(s.source, 10000);
    assert_non_null(strstr(buf_str(&s.text), ":12 "));
    assert_non_null(strstr(buf_str(&s.text), ":11 "));
    assert_null(strstr(strstr(buf_str(&s.text), ":11 ") + 1, ":11 ")); /* once */
    close_seen(&s);
    buf_release(&b);
}

/* The same, and what he got the second time came in one batch with lines that are new. The numbers are
   those of the lines in a frame: eleven that are shown must not be followed by fifteen with them. */
static void test_followed_twice_in_one_batch(void **state)
{
    struct buf b = BUF_INIT;
    struct seen s;
    struct diag d = DIAG_INIT;

    (void)state;
    write_follow(&b, 100, 1, "/a");
    write_lines(&b, 101, 1, 11);
    write_follow(&b, 102, 2, "/b");
    write_follow(&b, 104, 3, "/a");
    write_lines(&b, 105, 3, 15);
    assert_non_null(open_bytes(b.p, b.len, &s, &d));
    source_advance(s.source, 1000);
    follow(&s, 7, "/a");
    source_advance(s.source, 10000);
    assert_true(
        strstr(buf_str(&s.text), ":11 ") == NULL || strstr(buf_str(&s.text), ":15 ") == NULL);
    close_seen(&s);
    buf_release(&b);
}

static void test_truncated(void **state)
{
    struct buf b = BUF_INIT;
    size_t two;

    (void)state;
    write_health(&b, 100);
    write_lines(&b, 101, 1, 2);
    two = b.len;
    write_lines(&b, 102, 1, 3);
    for (size_t n = 0; n <= b.len; n++) {
        struct seen s;
        struct diag d = DIAG_INIT;

        open_bytes(b.p, n, &s, &d);
        if (n < sizeof(struct wire_head)) {
            assert_null(s.source);
            assert_true(d.text[0] != '\0');
        } else {
            assert_non_null(s.source); /* the recorder was killed: what is whole is shown */
            source_advance(s.source, 5000);
            assert_seen(&s, n == b.len ? "h100 l1:2 l1:3 " : n >= two ? "h100 l1:2 " : "h100 ");
        }
        close_seen(&s);
    }
    buf_release(&b);
}

static void test_garbage(void **state)
{
    static const struct {
        size_t at, n;
    } spoiled[] = {{0, 4}, {4, 2}, {8, 4}}; /* magic, version, length */
    struct buf b = BUF_INIT;
    struct seen s;
    struct diag d = DIAG_INIT;

    (void)state;
    assert_null(open_bytes("this is no recording at all, is it?", 35, &s, &d));
    assert_non_null(strstr(d.text, "not a recording"));
    write_health(&b, 100);
    write_health(&b, 101);
    for (size_t i = 0; i < KF_LEN(spoiled); i++) {
        char *copy = xmemdup0(b.p, b.len);

        memset(copy + b.len / 2 + spoiled[i].at, 0xff, spoiled[i].n); /* the second frame */
        assert_null(open_bytes(copy, b.len, &s, &d));
        assert_non_null(strstr(d.text, "byte 24"));
        free(copy);
    }
    { /* a time at which nobody lives */
        char *copy = xmemdup0(b.p, b.len);

        memset(copy + offsetof(struct wire_head, time_ms), 0x7f, sizeof(int64_t));
        assert_null(open_bytes(copy, b.len, &s, &d));
        assert_non_null(strstr(d.text, "byte 0: a time is out of all bounds"));
        free(copy);
    }
    assert_null(source_replay("/nonexistent/x.rec", &s.clock, &events, &s, &d));
    assert_non_null(strstr(d.text, "/nonexistent/x.rec"));
    assert_null(source_replay("/", &s.clock, &events, &s, &d));
    assert_null(source_free(NULL));
    buf_release(&b);
}

/* Frames too short for what they are do no harm. */
static void test_short_frames(void **state)
{
    struct buf b = BUF_INIT;
    struct seen s;
    struct diag d = DIAG_INIT;

    (void)state;
    wire_end(&b, wire_begin(&b, WIRE_LOG_FOLLOW, 0, 100000));
    wire_end(&b, wire_begin(&b, WIRE_LOG_LINES, 0, 100000));
    wire_end(&b, wire_begin(&b, WIRE_LOG_STATE, 0, 100000));
    assert_non_null(open_bytes(b.p, b.len, &s, &d));
    follow(&s, 1, "");
    source_advance(s.source, 5000);
    close_seen(&s);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_logs),
        cmocka_unit_test(test_followed_twice),
        cmocka_unit_test(test_followed_twice_in_one_batch),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_short_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
