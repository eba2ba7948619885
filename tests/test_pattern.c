/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns that people type: letters of either case, errors in words, bytes that are no text, and one
   that backtracks for ever. */
#include "base/pattern.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"

static int find(const char *pattern, const char *text)
{
    struct diag d = DIAG_INIT;
    struct pattern *p = pattern_new(pattern, &d);
    int found;

    if (p == NULL)
        fail_msg("%s", d.text);
    found = pattern_find(p, text, strlen(text), 0, NULL, NULL);
    pattern_free(p);
    return found;
}

static void test_found(void **state)
{
    static const struct {
        const char *pattern, *text;
        int found;
    } rows[] = {
        {"build", "kernel_build", 1},
        {"build", "KERNEL_BUILD", 1}, /* no capital: either case */
        {"Build", "kernel_build", 0},
        {"6\\.1", "linux-6.1", 1},
        {"6\\.1", "linux-651", 0},
        {"\\Sx", "ax", 1}, /* \S is no capital */
        {"\\SX", "ax", 0},
        {"^a.c$",
            "a\xff"
            "c",
            0}, /* a byte that is no UTF-8 is no character */
        {"größe", "GRÖSSE", 0},
        {"größe", "GRÖßE", 1},
        {"", "anything", 1},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        if (find(rows[i].pattern, rows[i].text) != rows[i].found)
            fail_msg("%s in %s: not %d", rows[i].pattern, rows[i].text, rows[i].found);
}

static void test_place(void **state)
{
    struct pattern *p = pattern_new("ab+", NULL);
    size_t start, end;

    (void)state;
    assert_int_equal(pattern_find(p, "xxabbbx ab", 10, 0, &start, &end), 1);
    assert_int_equal(start, 2);
    assert_int_equal(end, 6);
    assert_int_equal(pattern_find(p, "xxabbbx ab", 10, end, &start, &end), 1);
    assert_int_equal(start, 8);
    pattern_free(p);
}

static void test_wrong(void **state)
{
    struct diag d = DIAG_INIT;

    (void)state;
    assert_null(pattern_new("a(b", &d));
    assert_non_null(strstr(d.text, "\"a(b\""));
    assert_non_null(strstr(d.text, "parenthesis"));
}

/* Guards that one which backtracks for ever is given up at once. */
static void test_runs_away(void **state)
{
    int64_t begin = clock_monotonic_us();

    (void)state;
    assert_int_equal(
        find("^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), -ELOOP);
    assert_true(clock_monotonic_us() - begin < 1000000); /* untamed it takes years */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_runs_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
