/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding with every kind of bad input, widths, and characters split between two reads. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "widgets/canvas.h"

static void test_decode(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        size_t used;
        uint32_t cp;
    } rows[] = {
        {"a", 1, 1, 'a'},
        {"\0", 1, 1, 0},
        {"\x7f", 1, 1, 0x7f},
        {"\xc2\x80", 2, 2, 0x80},
        {"\xdf\xbf", 2, 2, 0x7ff},
        {"\xe0\xa0\x80", 3, 3, 0x800},
        {"\xef\xbf\xbf", 3, 3, 0xffff},
        {"\xf0\x90\x80\x80", 4, 4, 0x10000},
        {"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
        /* what starts nothing is one byte */
        {"\x80", 1, 1, UTF8_REPLACEMENT},
        {"\xbf\x80", 2, 1, UTF8_REPLACEMENT},
        {"\xc0\x80", 2, 1, UTF8_REPLACEMENT}, /* overlong */
        {"\xc1\xbf", 2, 1, UTF8_REPLACEMENT},
        {"\xf5\x80\x80\x80", 4, 1, UTF8_REPLACEMENT},
        {"\xff", 1, 1, UTF8_REPLACEMENT},
        /* maximal subparts (The Unicode Standard, table 3-8) */
        {"\xe0\x80\x80", 3, 1, UTF8_REPLACEMENT}, /* overlong */
        {"\xed\xa0\x80", 3, 1, UTF8_REPLACEMENT}, /* surrogate */
        {"\xf0\x80\x80\x80", 4, 1, UTF8_REPLACEMENT},
        {"\xf4\x90\x80\x80", 4, 1, UTF8_REPLACEMENT}, /* above U+10FFFF */
        {"\xe1\x80\xe2", 3, 2, UTF8_REPLACEMENT},
        {"\xf0\x91\x92\x41", 4, 3, UTF8_REPLACEMENT},
        {"\xc2\x41", 2, 1, UTF8_REPLACEMENT},
        /* cut off */
        {"\xc3", 1, 1, UTF8_REPLACEMENT},
        {"\xe2\x82", 2, 2, UTF8_REPLACEMENT},
        {"\xf0\x9f\x98", 3, 3, UTF8_REPLACEMENT},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        char *exact = xmemdup0(rows[i].bytes, rows[i].n); /* sanitizers see a read past n + NUL */
        uint32_t cp = 1;

        assert_int_equal(utf8_decode(exact, rows[i].n, &cp), rows[i].used);
        assert_int_equal(cp, rows[i].cp);
        free(exact);
    }
}

/* Every code point that is one survives the way there and back. */
static void test_round_trip(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp < 0x110000; cp += cp < 0x3000 ? 1 : 37) {
        char bytes[4];
        uint32_t back = 1;
        size_t n;

        if (cp >= 0xD800 && cp < 0xE000)
            continue;
        n = utf8_encode(cp, bytes);
        assert_in_range(n, 1, 4);
        assert_int_equal(utf8_decode(bytes, n, &back), n);
        assert_int_equal(back, cp);
        for (size_t cut = 1; cut < n; cut++)
            assert_int_equal(utf8_partial(bytes, cut), cut);
        assert_int_equal(utf8_partial(bytes, n), 0);
    }
    assert_int_equal(utf8_encode(0x110000, (char[4]){0}), 0);
    assert_int_equal(utf8_encode(UINT32_MAX, (char[4]){0}), 0);
}

/* Whatever is written must be UTF-8: a surrogate is no character. */
static void test_encode_no_surrogates(void **state)
{
    (void)state;
    for (uint32_t cp = 0xD800; cp < 0xE000; cp += 0xff) {
        char bytes[4];
        uint32_t back = 0;
        size_t n = utf8_encode(cp, bytes);

        if (n > 0)
            assert_int_equal(utf8_decode(bytes, n, &back), n);
    }
}

static void test_width(void **state)
{
    static const struct {
        uint32_t cp;
        int width;
    } rows[] = {
        {0, -1},
        {'\t', -1},
        {'\n', -1},
        {0x1b, -1},
        {0x7f, -1},
        {0x80, -1},
        {0x9b, -1},
        {0x9f, -1},
        {' ', 1},
        {'~', 1},
        {0xe9, 1},
        {0x0301, 0},
        {0x4e2d, 2},
        {0xac00, 2},
        {0x1f600, 2},
        {0xff21, 2},
        {0xff71, 1},
        {UTF8_REPLACEMENT, 1},
        {0x2500, 1},
        {0x25b8, 1},
        {0x2588, 1},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        assert_int_equal(utf8_width(rows[i].cp), rows[i].width);
    for (uint32_t cp = 0; cp < 0x110000; cp++)
        assert_in_range(utf8_width(cp) + 1, 0, 3);
}

static void test_partial(void **state)
{
    static const struct {
        const char *text;
        size_t partial;
    } rows[] = {
        {"", 0},
        {"abc", 0},
        {"a\xc3", 1},
        {"a\xe2\x82", 2},
        {"a\xf0\x9f\x98", 3},
        {"é", 0},
        {"\x80", 0},
        {"\x80\x80\x80\x80", 0},
        {"\xe2\x82\x82\x82", 0},
        {"\xc0", 0},
        {"\xff", 0},
        {"\xe0\x80", 0}, /* can never become a character */
        {"\xed\xa0", 0},
        {"\xf4\x90", 0},
        {"\xf0\x90", 2},
        {"\xe2", 1},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        assert_int_equal(utf8_partial(rows[i].text, strlen(rows[i].text)), rows[i].partial);
}

/* A text cut in two anywhere reads as the whole does when the partial end is carried over. */
static void test_split_reads(void **state)
{
    static const char text[] = "naïve 編譯 😀 é\xff\xc3(";
    size_t n = sizeof(text) - 1;

    (void)state;
    for (size_t cut = 0; cut <= n; cut++) {
        size_t keep = utf8_partial(text, cut), i = 0, whole = 0;

        while (i < cut - keep) {
            uint32_t cp;

            i += utf8_decode(text + i, cut - keep - i, &cp);
        }
        assert_int_equal(i, cut - keep);
        while (whole < i) {
            uint32_t cp;

            whole += utf8_decode(text + whole, n - whole, &cp);
        }
        assert_int_equal(whole, i); /* the same borders as in one read */
    }
}

/* utf8_columns() promises what the canvas will show. */
static void test_columns_are_the_canvas(void **state)
{
    static const char *const texts[] = {"", "abc", "編譯", "e\xcc\x81", "\x1b[31mred",
        "a\x9b"
        "b",
        "\xff\xfe", "\xc2\x9b",
        "a\xe2\x80\xae"
        "b",
        "a\xe2\x80\x8b"
        "b",
        "a\xc2\xad"
        "b",
        "a\xef\xbb\xbf"
        "b",
        "a\xe2\x80\xa8"
        "b",
        "\xe2\x81\xa6x\xe2\x81\xa9", "😀", "\x01\x02\x7f", "a\xf3\xa0\x81\xa1"};
    struct canvas c;

    (void)state;
    canvas_init(&c, 80, 1);
    for (size_t i = 0; i < KF_LEN(texts); i++) {
        int drawn = canvas_str(&c, 0, 0, 80, ROLE_TEXT, texts[i]);

        if (utf8_columns(texts[i], strlen(texts[i])) != drawn)
            fail_msg("text %zu: utf8_columns says %d, the canvas shows %d", i,
                utf8_columns(texts[i], strlen(texts[i])), drawn);
    }
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_encode_no_surrogates),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_partial),
        cmocka_unit_test(test_split_reads),
        cmocka_unit_test(test_columns_are_the_canvas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
