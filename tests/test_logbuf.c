/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen's part of a log: what is taken from frames, what is refused, its bounds and its look. */
#include "tui/logbuf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

#define FOLLOW 7

struct sample {
    uint8_t stream, level, flags;
    const char *text;
};

static int take(struct logbuf *l, struct buf *b)
{
    struct wire_frame f = {.payload = b->p + sizeof(f.head)};

    memcpy(&f.head, b->p, sizeof(f.head));
    return logbuf_take(l, &f);
}

static void write_line(struct buf *b, const struct sample *s)
{
    wire_put_u8(b, s->stream);
    wire_put_u8(b, s->level);
    wire_put_u8(b, s->flags);
    wire_put_u8(b, 0);
    wire_put_str(b, s->text);
}

static int take_lines(struct logbuf *l, uint32_t follow, const struct sample *samples, uint32_t n)
{
    struct buf b = BUF_INIT;
    size_t at = wire_begin(&b, WIRE_LOG_LINES, 0, 0);
    int err;

    wire_put_u32(&b, follow);
    wire_put_u32(&b, n);
    for (uint32_t i = 0; i < n; i++)
        write_line(&b, &samples[i]);
    wire_end(&b, at);
    err = take(l, &b);
    buf_release(&b);
    return err;
}

static void assert_line(struct logbuf *l, uint64_t number, const char *text, enum role role)
{
    struct text_source s = logbuf_source(l);
    struct text_line line = {.p = ""};
    char *copy;

    assert_true(number >= s.first && number < s.end);
    s.line(s.user, number, &line);
    copy = xmemdup0(line.p, line.n);
    assert_string_equal(copy, text);
    assert_int_equal(line.role, role);
    free(copy);
}

static void test_lines(void **state)
{
    static const struct sample samples[] = {
        {LOG_STDOUT, LOG_STEP, 0, "  CC      init/main.o"},
        {LOG_STDERR, LOG_TEXT, 0, "In function ‘x’:"},
        {LOG_STDERR, LOG_WARNING, 0, "a.c:1: warning: w"},
        {LOG_STDERR, LOG_ERROR, 0, "a.c:1: error: e"},
        {LOG_STDERR, LOG_MAKE, 0, "make: *** [x] Error 2"},
        {LOG_STDERR, LOG_SLURM, 0, "slurmstepd: error: x"},
        {LOG_STDOUT, LOG_PROGRESS, LOG_LINE_GOOD, "Kernel: bzImage is ready"},
        {LOG_STDOUT, LOG_TEXT, LOG_LINE_RESTART, "whatever"},
        {LOG_STDOUT, LOG_TEXT, 0, ""},
        /* what the batch script says is no good news by itself */
        {LOG_STDOUT, LOG_PROGRESS, 0, "Job finished"},
        {LOG_STDOUT, LOG_PROGRESS, LOG_LINE_BAD, "Kernel compilation FAILED"},
    };
    struct logbuf l = {0};

    (void)state;
    logbuf_restart(&l, FOLLOW);
    assert_int_equal(take_lines(&l, FOLLOW, samples, (uint32_t)KF_LEN(samples)), 0);
    assert_int_equal(l.end - l.first, KF_LEN(samples));
    assert_line(&l, 0, "    CC      init/main.o", ROLE_LOG_TARGET);
    assert_line(&l, 1, "┊ In function ‘x’:", ROLE_TEXT);
    assert_line(&l, 2, "⚠ a.c:1: warning: w", ROLE_LOG_WARNING);
    assert_line(&l, 3, "✗ a.c:1: error: e", ROLE_LOG_ERROR);
    assert_line(&l, 4, "✗ make: *** [x] Error 2", ROLE_LOG_MAKE);
    assert_line(&l, 5, "▲ slurmstepd: error: x", ROLE_LOG_SLURM);
    assert_line(&l, 6, "✓ Kernel: bzImage is ready", ROLE_LOG_PROGRESS);
    assert_line(&l, 7, "  ─── the file was truncated or replaced: anew from here ───", ROLE_DIM);
    assert_line(&l, 8, "  ", ROLE_TEXT);
    assert_line(&l, 9, "• Job finished", ROLE_LOG_PROGRESS);
    assert_line(&l, 10, "✗ Kernel compilation FAILED", ROLE_LOG_MAKE);
    /* frames of an earlier log are passed over */
    assert_int_equal(take_lines(&l, FOLLOW - 1, samples, 3), 0);
    assert_int_equal(l.end, KF_LEN(samples));
    logbuf_restart(&l, FOLLOW + 1);
    assert_int_equal(l.end - l.first, 0);
    logbuf_release(&l);
}

/* A line without its newline is replaced by what becomes of it, whatever came between. */
static void test_unfinished(void **state)
{
    static const struct sample samples[] = {
        {LOG_STDOUT, LOG_TEXT, LOG_LINE_PARTIAL, "checking…"},
        {LOG_STDERR, LOG_WARNING, 0, "warning: w"},
        {LOG_STDOUT, LOG_TEXT, LOG_LINE_PARTIAL, "checking… still"},
        {LOG_STDOUT, LOG_TEXT, 0, "checking… yes"},
        {LOG_STDOUT, LOG_TEXT, 0, "next"},
    };
    struct logbuf l = {0};

    (void)state;
    logbuf_restart(&l, FOLLOW);
    for (size_t i = 0; i < KF_LEN(samples); i++)
        assert_int_equal(take_lines(&l, FOLLOW, &samples[i], 1), 0);
    assert_int_equal(l.end - l.first, 3);
    assert_line(&l, 0, "  checking… yes", ROLE_TEXT);
    assert_line(&l, 1, "⚠ warning: w", ROLE_LOG_WARNING);
    assert_line(&l, 2, "  next", ROLE_TEXT);
    logbuf_release(&l);
}

static void test_spans(void **state)
{
    struct logbuf l = {0};
    struct buf b = BUF_INIT;
    size_t at = wire_begin(&b, WIRE_LOG_LINES, 0, 0);
    struct text_source s;
    struct text_line line = {.p = ""};

    (void)state;
    logbuf_restart(&l, FOLLOW);
    wire_put_u32(&b, FOLLOW);
    wire_put_u32(&b, 1);
    wire_put_u8(&b, LOG_STDERR);
    wire_put_u8(&b, LOG_ERROR);
    wire_put_u8(&b, 0);
    wire_put_u8(&b, 3);
    for (uint32_t i = 0; i < 3; i++) { /* source, and a flag inside the message */
        wire_put_u32(&b, (const uint32_t[]){0, 7, 9}[i]);
        wire_put_u32(&b, (const uint32_t[]){5, 9, 3}[i]);
        wire_put_u8(&b, (const uint8_t[]){LOG_SPAN_SOURCE, LOG_SPAN_MESSAGE, LOG_SPAN_FLAG}[i]);
    }
    wire_put_str(&b, "a.c:1: message text");
    wire_end(&b, at);
    assert_int_equal(take(&l, &b), 0);
    s = logbuf_source(&l);
    s.line(s.user, 0, &line);
    assert_int_equal(line.span_count, 2); /* the flag is not hidden by the message around it */
    assert_int_equal(line.spans[0].start, 4); /* behind the sign */
    assert_int_equal(line.spans[0].length, 5);
    assert_int_equal(line.spans[0].role, ROLE_LOG_SOURCE);
    assert_int_equal(line.spans[1].start, 13);
    assert_int_equal(line.spans[1].role, ROLE_DIM);
    buf_release(&b);
    logbuf_release(&l);
}

static void write_state(struct buf *b, uint32_t tags, uint8_t file_state)
{
    size_t at = wire_begin(b, WIRE_LOG_STATE, 0, 0);

    wire_put_u32(b, FOLLOW);
    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        wire_put_u8(b, file_state);
        wire_put_u32(b, 13);
        wire_put_i64(b, 1000);
        wire_put_i64(b, 1795390267);
        wire_put_u8(b, 1);
    }
    wire_put_u8(b, 1);
    wire_put_u32(b, LOG_LEVEL_COUNT + 1); /* one more than this program knows */
    for (int i = 0; i <= LOG_LEVEL_COUNT; i++)
        wire_put_i64(b, i * 10);
    wire_put_u32(b, tags);
    for (uint32_t i = 0; i < tags; i++) {
        wire_put_str(b, i % 2 ? "CC" : "A-TAG-LONGER-THAN-ALL-OTHERS");
        wire_put_i64(b, 100 - i);
    }
    wire_end(b, at);
}

static void test_state(void **state)
{
    struct logbuf l = {0};
    struct buf b = BUF_INIT;

    (void)state;
    logbuf_restart(&l, FOLLOW);
    assert_false(l.known);
    write_state(&b, LOGBUF_TAGS_MAX + 5, LOG_OPEN);
    assert_int_equal(take(&l, &b), 0);
    assert_true(l.known && l.complete && l.files[0].polled);
    assert_int_equal(l.files[LOG_STDERR].state, LOG_OPEN);
    assert_int_equal(l.files[LOG_STDERR].error, 13);
    assert_int_equal(l.files[LOG_STDERR].size, 1000);
    assert_int_equal(l.counts[LOG_ERROR], LOG_ERROR * 10);
    assert_int_equal(l.tag_count, LOGBUF_TAGS_MAX);
    assert_string_equal(l.tags[1].tag, "CC");
    assert_int_equal(l.tags[1].count, 99);
    assert_int_equal(strlen(l.tags[0].tag), LOGBUF_TAG_BYTES - 1);
    buf_clear(&b);
    write_state(&b, 0, 200);
    assert_int_equal(take(&l, &b), 0);
    assert_int_equal(l.tag_count, 0);
    assert_in_range(l.files[0].state, 0, LOG_FILE_STATE_COUNT - 1);
    buf_release(&b);
    logbuf_release(&l);
}

/* Frames that end early change nothing, wherever they end. */
static void test_cut_frames(void **state)
{
    static const struct sample sample = {LOG_STDOUT, LOG_STEP, 0, "  CC      init/main.o"};
    struct buf frames[2] = {BUF_INIT, BUF_INIT};
    size_t at = wire_begin(&frames[1], WIRE_LOG_LINES, 0, 0);

    (void)state;
    write_state(&frames[0], 2, LOG_OPEN);
    wire_put_u32(&frames[1], FOLLOW);
    wire_put_u32(&frames[1], 1);
    write_line(&frames[1], &sample);
    wire_end(&frames[1], at);
    for (size_t k = 0; k < KF_LEN(frames); k++)
        for (size_t n = 0; n + 8 < frames[k].len - sizeof(struct wire_head); n++) {
            struct logbuf l = {0};
            char *exact = xmemdup0(frames[k].p + sizeof(struct wire_head), n);
            struct wire_frame f = {.payload = exact};

            logbuf_restart(&l, FOLLOW);
            memcpy(&f.head, frames[k].p, sizeof(f.head));
            f.head.length = (uint32_t)n;
            assert_int_equal(logbuf_take(&l, &f), -EBADMSG);
            assert_false(l.known);
            assert_int_equal(l.end, 0);
            logbuf_release(&l);
            free(exact);
        }
    buf_release(&frames[0]);
    buf_release(&frames[1]);
}

static void test_refused(void **state)
{
    static char longer[LOG_LINE_MAX + 2];
    struct sample bad[] = {{LOG_STDOUT, LOG_LEVEL_COUNT, 0, "x"}, {LOG_STDOUT, LOG_TEXT, 0, longer},
        {LOG_STREAM_COUNT + 5, LOG_TEXT, 0, "x"}};
    struct logbuf l = {0};

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    logbuf_restart(&l, FOLLOW);
    assert_int_equal(take_lines(&l, FOLLOW, &bad[0], 1), -EBADMSG);
    assert_int_equal(take_lines(&l, FOLLOW, &bad[1], 1), -EBADMSG);
    take_lines(&l, FOLLOW, &bad[2], 1);
    longer[LOG_LINE_MAX] = '\0';
    assert_int_equal(take_lines(&l, FOLLOW, &bad[1], 1), 0); /* as long as they may be */
    logbuf_release(&l);
}

/* Lines and bytes are bounded; old lines keep their numbers while they last. */
static void test_bounds(void **state)
{
    struct sample s = {LOG_STDOUT, LOG_TEXT, 0, NULL};
    static char text[LOG_LINE_MAX + 1];
    struct logbuf l = {0};

    (void)state;
    logbuf_restart(&l, FOLLOW);
    s.text = text;
    for (int i = 0; i < LOGBUF_LINES_MAX + 10; i++) {
        snprintf(text, sizeof(text), "%d", i);
        take_lines(&l, FOLLOW, &s, 1);
    }
    assert_int_equal(l.end - l.first, LOGBUF_LINES_MAX);
    assert_line(&l, l.first, "  10", ROLE_TEXT);
    assert_line(&l, l.end - 1, "  20009", ROLE_TEXT);
    memset(text, 'x', LOG_LINE_MAX);
    for (int i = 0; i < 3000; i++) {
        take_lines(&l, FOLLOW, &s, 1);
        assert_true(l.bytes <= LOGBUF_BYTES_MAX + LOG_LINE_MAX + 256);
    }
    assert_true(l.end - l.first > 1000);
    logbuf_release(&l);
    logbuf_release(&l);
    assert_int_equal(l.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_unfinished),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_cut_frames),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
