/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers from outside: all of the text, or nothing. */
#include "base/parse.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"

static void test_i64(void **state)
{
    static const struct {
        const char *text;
        int64_t min, max;
        int err;
        int64_t value;
    } rows[] = {
        {"0", 0, 10, 0, 0},
        {"10", 0, 10, 0, 10},
        {"-5", -5, 5, 0, -5},
        {"007", 0, 10, 0, 7},
        {"9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
        {"11", 0, 10, -ERANGE, 0},
        {"-1", 0, 10, -ERANGE, 0},
        {"9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE, 0},
        {"99999999999999999999999", 0, INT64_MAX, -ERANGE, 0},
        {"", 0, 10, -EINVAL, 0},
        {" 1", 0, 10, -EINVAL, 0},
        {"1 ", 0, 10, -EINVAL, 0},
        {"\t1", 0, 10, -EINVAL, 0},
        {"1x", 0, 10, -EINVAL, 0},
        {"x", 0, 10, -EINVAL, 0},
        {"0x1", 0, 10, -EINVAL, 0},
        {"1.0", 0, 10, -EINVAL, 0},
        {"-", -9, 9, -EINVAL, 0},
        {"--1", -9, 9, -EINVAL, 0},
        {"1e1", 0, 10, -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        int64_t value = 4711;
        int err = parse_i64(rows[i].text, rows[i].min, rows[i].max, &value);

        if (err != rows[i].err || value != (err ? 4711 : rows[i].value))
            fail_msg("\"%s\": %d, %lld", rows[i].text, err, (long long)value);
    }
}

static void test_double(void **state)
{
    static const struct {
        const char *text;
        int err;
        double value;
    } rows[] = {
        {"0", 0, 0},
        {"0.5", 0, 0.5},
        {".5", 0, 0.5},
        {"2.", 0, 2},
        {"1e1", 0, 10},
        {"-1", 0, -1},
        {"100", 0, 100},
        {"100.1", -ERANGE, 0},
        {"-101", -ERANGE, 0},
        {"1e999", -ERANGE, 0},
        {"", -EINVAL, 0},
        {".", -EINVAL, 0},
        {" 1", -EINVAL, 0},
        {"1 ", -EINVAL, 0},
        {"nan", -EINVAL, 0},
        {"inf", -EINVAL, 0},
        {"1,5", -EINVAL, 0},
        {"2s", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {"0x10", -EINVAL, 0},
        {"--1", -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        double value = 4711;
        int err = parse_double(rows[i].text, -100, 100, &value);

        if (err != rows[i].err || value != (err ? 4711 : rows[i].value))
            fail_msg("\"%s\": %d, %g", rows[i].text, err, value);
    }
    assert_true(parse_double("-nan", -100, 100, &(double){0}) < 0);
    assert_true(parse_double("-inf", -100, 100, &(double){0}) < 0);
}

static void test_size(void **state)
{
    static const struct {
        const char *text;
        int err;
        int64_t value;
    } rows[] = {
        {"4096", 0, 4096},
        {"0001K", 0, 1024},
        {"10M", 0, 10 << 20},
        {"10m", 0, 10 << 20},
        {"2G", 0, INT64_C(2) << 30},
        {"1T", 0, INT64_C(1) << 40},
        {"1023", -ERANGE, 0},
        {"0", -ERANGE, 0},
        {"2T", -ERANGE, 0},
        {"9223372036854775807T", -ERANGE, 0}, /* would not fit */
        {"9223372036854775808", -ERANGE, 0},
        {"99999999999999999999999999", -ERANGE, 0},
        {"", -EINVAL, 0},
        {"M", -EINVAL, 0},
        {"10MB", -EINVAL, 0},
        {"10 M", -EINVAL, 0},
        {" 10M", -EINVAL, 0},
        {"1.5G", -EINVAL, 0},
        {"-1K", -EINVAL, 0},
        {"+1K", -EINVAL, 0},
        {"10P", -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        int64_t value = 4711;
        int err = parse_size(rows[i].text, 1024, INT64_C(1) << 40, &value);

        if (err != rows[i].err || value != (err ? 4711 : rows[i].value))
            fail_msg("\"%s\": %d, %lld", rows[i].text, err, (long long)value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i64),
        cmocka_unit_test(test_double),
        cmocka_unit_test(test_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
