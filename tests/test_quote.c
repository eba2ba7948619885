/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of strangers within a sentence. */
#include "base/quote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/utf8.h"

static void is(const char *name, int columns, const char *expected)
{
    char out[QUOTE_BYTES];

    assert_ptr_equal(quote(name, columns, out, sizeof(out)), out);
    assert_string_equal(out, expected);
    assert_true(utf8_columns(out, strlen(out)) <= columns);
}

static void test_plain(void **state)
{
    (void)state;
    is("kernel_build", 32, "‘kernel_build’");
    is("", 32, "‘’");
    is("編譯", 32, "‘編譯’");
    is("q\"uo|te,d", 32, "‘q\"uo|te,d’");
}

static void test_cut_in_the_middle(void **state)
{
    (void)state;
    is("0123456789abcdefghij", 22, "‘0123456789abcdefghij’");
    is("0123456789abcdefghij", 21, "‘012345678…bcdefghij’");
    is("0123456789abcdefghij", 7, "‘01…ij’");
    is("一二三四五六七八九十", 21, "‘一二三四…七八九十’");
}

/* A name cannot end its quotation, break the line or turn it round. */
static void test_forged(void **state)
{
    (void)state;
    is("x’ of root, y cancel 17", 60, "‘x' of root, y cancel 17’");
    is("‘x’", 60, "‘'x'’");
    is("x′ʼ＇", 60, "‘x'''’");
    is("a\nb\tc\x1b[2J", 60, "‘a␊b␉c␛[2J’");
    is("a\xe2\x80\xae"
       "b",
        60,
        "‘a\xef\xbf\xbd"
        "b’");
    is("bad\xff", 60, "‘bad\xef\xbf\xbd’");
}

/* Marks that combine: none on our own quotation mark, and no tower of them. */
static void test_combining(void **state)
{
    (void)state;
    is("\xcc\xb6x", 60, "‘x’");
    is("x\xcc\x80\xcc\x80\xcc\x80\xcc\x80y", 60, "‘x\xcc\x80\xcc\x80y’");
}

/* Whatever it is, it has its marks, its columns and its bytes. */
static void test_bounded(void **state)
{
    static const char *const parts[] = {
        " ", "x", "編", "e\xcc\x80\xcc\x80", "\n", "‘", "\xff", "שלום"};
    char name[4096], out[QUOTE_BYTES], small[16];

    (void)state;
    for (size_t i = 0; i < KF_LEN(parts); i++) {
        size_t n = 0;

        while (n + strlen(parts[i]) < sizeof(name))
            n += (size_t)snprintf(name + n, sizeof(name) - n, "%s", parts[i]);
        for (int columns = 5; columns <= 80; columns++) {
            quote(name, columns, out, sizeof(out));
            assert_true(utf8_columns(out, strlen(out)) <= columns);
            assert_int_equal(strncmp(out, "‘", 3), 0);
            assert_string_equal(out + strlen(out) - 3, "’");
            assert_non_null(strstr(out, "…"));
            quote(name, columns, small, sizeof(small));
            assert_string_equal(small + strlen(small) - 3, "’");
            quote_cut(name, columns, out, sizeof(out));
            assert_true(utf8_columns(out, strlen(out)) <= columns);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_cut_in_the_middle),
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_combining),
        cmocka_unit_test(test_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
