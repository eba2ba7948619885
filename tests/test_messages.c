/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages: in order, counted instead of repeated, bounded, and never cut into another one's text. */
#include "tui/messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/alloc.h"

#define NOW 1795390267000 /* 23:31:07 UTC */

static struct clock hands = {.fixed = true, .fixed_ms = NOW};

/* The message that is shown at this time. */
static const struct message *shown_at(const struct messages *m, int64_t ms)
{
    clock_set(&hands, ms);
    return messages_shown(m);
}

static void assert_line(struct messages *m, uint64_t number, const char *text)
{
    struct text_source s = messages_source(m);
    struct text_line line = {.p = ""};
    char *copy;

    assert_true(number >= s.first && number < s.end);
    s.line(s.user, number, &line);
    copy = xmemdup0(line.p, line.n);
    assert_string_equal(copy, text);
    free(copy);
}

static void test_lines(void **state)
{
    struct messages m = {.clock = &hands};

    (void)state;
    messages_init(&m, &hands);
    assert_null(messages_last(&m));
    assert_int_equal(messages_source(&m).end, 0);
    messages_add(&m, NOW, MESSAGE_NOTE, "a note");
    messages_add(&m, NOW + 1000, MESSAGE_DONE, "job %d cancelled", 42);
    messages_add(&m, NOW + 2000, MESSAGE_WARNING, "careful");
    messages_add(&m, NOW + 3000, MESSAGE_FAILED, "100%% refused");
    assert_line(&m, 0, "23:31:07   a note");
    assert_line(&m, 1, "23:31:08 ✓ job 42 cancelled");
    assert_line(&m, 2, "23:31:09 ▲ careful");
    assert_line(&m, 3, "23:31:10 ✗ 100% refused");
    assert_string_equal(messages_last(&m)->text, "100% refused");
    assert_true(m.shown_until_ms > NOW);
    messages_release(&m);
    assert_null(messages_last(&m));
}

/* Guards the answer to a key: what a helper says at the same moment does not cover it. */
static void test_aside(void **state)
{
    struct messages m = {.clock = &hands};

    (void)state;
    assert_null(shown_at(&m, NOW));
    messages_add_aside(&m, NOW, MESSAGE_WARNING, "builds: nothing is learned");
    assert_string_equal(shown_at(&m, NOW + 1)->text, "builds: nothing is learned");
    messages_add(&m, NOW + 1, MESSAGE_WARNING, "job-cancel: it is another user's");
    messages_add_aside(&m, NOW + 2, MESSAGE_WARNING, "logs: odd");
    assert_string_equal(shown_at(&m, NOW + 3)->text, "job-cancel: it is another user's");
    assert_string_equal(messages_last(&m)->text, "logs: odd");
    assert_null(shown_at(&m, NOW + 60000));
    messages_add_aside(&m, NOW + 60000, MESSAGE_WARNING, "slurm: odd");
    assert_string_equal(shown_at(&m, NOW + 60001)->text, "slurm: odd");
    for (int i = 0; i < MESSAGES_MAX; i++) /* the one that is shown is gone meanwhile */
        messages_add_aside(&m, NOW + 60002, MESSAGE_WARNING, "logs: %d", i);
    assert_string_equal(shown_at(&m, NOW + 60003)->text, "logs: 999");
    messages_release(&m);
}

static void test_repeated(void **state)
{
    struct messages m = {.clock = &hands};

    (void)state;
    for (int i = 0; i < 3; i++)
        messages_add(&m, NOW + i * 1000, MESSAGE_FAILED, "Slurm: down");
    messages_add(&m, NOW + 9000, MESSAGE_DONE, "the controller answers again");
    messages_add(&m, NOW + 10000, MESSAGE_FAILED, "Slurm: down");
    assert_int_equal(m.end - m.first, 3);
    assert_line(&m, 0, "23:31:09 ✗ Slurm: down  (3 times)");
    assert_line(&m, 2, "23:31:17 ✗ Slurm: down");
    /* the same words as a success are another message */
    messages_add(&m, NOW, MESSAGE_NOTE, "words");
    messages_add(&m, NOW, MESSAGE_FAILED, "words");
    assert_int_equal(messages_last(&m)->kind, MESSAGE_FAILED);
    messages_release(&m);
}

static void test_bounded(void **state)
{
    struct messages m = {.clock = &hands};

    (void)state;
    for (int i = 0; i < MESSAGES_MAX + 10; i++)
        messages_add(&m, NOW, MESSAGE_NOTE, "%d", i);
    assert_int_equal(m.end - m.first, MESSAGES_MAX);
    assert_line(&m, m.first, "23:31:07   10");
    assert_line(&m, m.end - 1, "23:31:07   1009");
    messages_release(&m);
}

static void test_long_and_strange(void **state)
{
    struct messages m = {.clock = &hands};
    char text[5000];
    struct text_source s;
    struct text_line line = {.p = ""};

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    messages_add(&m, NOW, MESSAGE_FAILED, "%s", text);
    messages_add(&m, NOW, MESSAGE_FAILED, "%s", text);
    s = messages_source(&m);
    s.line(s.user, 0, &line);
    assert_true(line.n < sizeof(m.scratch) && line.n >= MESSAGE_BYTES);
    assert_memory_equal(line.p + line.n - 11, "  (2 times)", 11);
    messages_add(&m, INT64_MAX / 2, MESSAGE_NOTE, "at the end of time");
    s = messages_source(&m);
    s.line(s.user, 1, &line);
    assert_true(line.n > 10);
    messages_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_aside),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_long_and_strange),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
