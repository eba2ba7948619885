/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people read them, at their borders. */
#include "base/fmt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/alloc.h"

static char out[FMT_SIZE];

static void test_span(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {{-1, "00:00:00"}, {0, "00:00:00"}, {59, "00:00:59"}, {3599, "00:59:59"},
        {86399, "23:59:59"}, {86400, "1-00:00:00"}, {31536000, "365-00:00:00"},
        {INT64_MAX, "106751991167300-15:30:07"}, {INT64_MIN, "00:00:00"}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        assert_string_equal(fmt_span(out, rows[i].seconds), rows[i].text);
}

/* Guards "364-23:55:3", of which a digit was cut off: what has no room in full is shorter, and as true. */
static void test_short_forms(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } spans[] = {{-1, "00:00:00"}, {3600, "01:00:00"}, {8639999, "99-23:59:59"},
        {8640000, "100d 0h"}, {31535730, "364d 23h"}, {86400ll * 999999, "999999d 0h"},
        {60ll * UINT32_MAX, "2982616d"}};
    static const struct {
        int64_t n;
        int columns;
        const char *text;
    } counts[] = {{0, 4, "0"}, {9999, 4, "9999"}, {10000, 4, "10K"}, {10000, 5, "10000"},
        {12345678, 5, "12.3M"}, {12345678, 4, "12M"}, {999499, 4, "999K"}, {999999, 4, "1.0M"},
        {-12345, 4, "-12K"}, {-2147483647, 11, "-2147483647"}, {UINT32_MAX, 6, "4.3G"},
        {INT64_MAX, 4, "9.2E"}, {INT64_MIN, 5, "-9.2E"}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(spans); i++) {
        assert_string_equal(fmt_span_short(out, spans[i].seconds), spans[i].text);
        assert_true(strlen(out) <= 11);
    }
    for (size_t i = 0; i < KF_LEN(counts); i++)
        assert_string_equal(fmt_count(out, counts[i].n, counts[i].columns), counts[i].text);
}

static void test_age(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {{-5, "0s"}, {0, "0s"}, {119, "119s"}, {120, "2m"}, {7199, "119m"}, {7200, "2h"},
        {172799, "47h"}, {172800, "2d"}, {INT64_MIN, "0s"}, {INT64_MAX - 1, "106751991167300d"},
        {INT64_MAX, "106751991167300d"}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        assert_string_equal(fmt_age(out, rows[i].seconds), rows[i].text);
    assert_string_equal(fmt_age_ms(out, -1), "0.0s");
    assert_string_equal(fmt_age_ms(out, 850), "0.8s");
    assert_string_equal(fmt_age_ms(out, 9999), "9.9s");
    assert_string_equal(fmt_age_ms(out, 10000), "10s");
}

static void test_sizes(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {{0, "0"}, {999, "999"}, {1000, "1.0K"}, {1023, "1.0K"}, {1024, "1.0K"},
        {1536, "1.5K"}, {10 << 10, "10K"}, {20 << 20, "20M"}, {UINT64_MAX, "16E"}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        assert_string_equal(fmt_bytes(out, rows[i].bytes), rows[i].text);
    for (int bit = 0; bit < 64; bit++) {
        assert_true(strlen(fmt_bytes(out, 1ull << bit)) <= 4);
        assert_true(strlen(fmt_bytes(out, (1ull << bit) - 1)) <= 4);
    }
    assert_string_equal(fmt_gib(out, 0), "0.0");
    assert_string_equal(fmt_gib(out, 7682), "7.5");
    assert_true(strlen(fmt_gib(out, UINT64_MAX)) < FMT_SIZE);
}

static void test_times(void **state)
{
    const int64_t now = 1795390267; /* Sun 22 Nov 2026, 23:31:07 UTC */

    (void)state;
    assert_string_equal(fmt_time(out, now), "2026-11-22T23:31:07");
    assert_string_equal(fmt_when(out, now, now), "23:31");
    assert_string_equal(fmt_when(out, now - 84600, now), "00:01"); /* of the same day */
    assert_string_equal(fmt_when(out, now + 1800, now), "Mon 00:01");
    assert_string_equal(fmt_when(out, now - 5 * 86400, now), "Tue 23:31");
    assert_string_equal(fmt_when(out, now - 6 * 86400, now), "11-16 23:31");
    assert_string_equal(fmt_when(out, now + 6 * 86400, now), "11-28 23:31");
    assert_string_equal(fmt_when(out, now + 299 * 86400, now), "09-17 23:31");
    assert_string_equal(fmt_when(out, now + 365 * 86400, now), "2027-11-22"); /* not today */
    assert_string_equal(fmt_when(out, 0, now), "1970-01-01");
    assert_string_equal(fmt_time(out, INT64_MAX), "?");
    assert_string_equal(fmt_time(out, INT64_MIN), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span),
        cmocka_unit_test(test_short_forms),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_times),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
