/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line as words, without a shell. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/words.h"

#define MAX_WORDS 8

static const struct {
    const char *text;
    const char *words[MAX_WORDS];
} splits[] = {
    {"", {NULL}},
    {" \t ", {NULL}},
    {"hostname", {"hostname"}},
    {"  ls   -l\t/tmp \n", {"ls", "-l", "/tmp"}},
    {"a b c d e f", {"a", "b", "c", "d", "e", "f"}},
    {"echo 'a  b' \"c  d\"", {"echo", "a  b", "c  d"}},
    {"echo ''", {"echo", ""}},
    {"\"\"", {""}},
    {"a''b\"c\"d", {"abcd"}},
    {"a\\ b \\'c \\\\", {"a b", "'c", "\\"}},
    {"'a\\b' \"a\\b\" a\\b", {"a\\b", "a\\b", "ab"}},
    {"\"\\\"\\\\\\$\\`\"", {"\"\\$`"}},
    {"'it''s' \"it's\" 'say \"x\"'", {"its", "it's", "say \"x\""}},
    {"a|b > c; $HOME * ~", {"a|b", ">", "c;", "$HOME", "*", "~"}},
    {"sh -c 'a | b > c'", {"sh", "-c", "a | b > c"}},
    {"'two\nlines'", {"two\nlines"}},
    {"f\xc3\xa4rben \xff", {"f\xc3\xa4rben", "\xff"}},
};

static void test_splits(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(splits); i++) {
        char **argv = NULL;
        int n = words_split(splits[i].text, &argv, NULL);
        int k = 0;

        for (; splits[i].words[k]; k++) {
            assert_true(k < n);
            assert_string_equal(argv[k], splits[i].words[k]);
        }
        assert_int_equal(n, k);
        assert_null(argv[n]);
        free(argv);
    }
}

static void test_refuses_what_is_not_closed(void **state)
{
    static const struct {
        const char *text, *says;
    } rejects[] = {
        {"echo 'a b", "the quote ' is not closed"},
        {"echo \"a b", "the quote \" is not closed"},
        {"it's", "the quote ' is not closed"},
        {"\"a\\\"", "the quote \" is not closed"},
        {"a \\", "a backslash at the end: write \\\\ if it is meant so"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rejects); i++) {
        char **argv = NULL;
        struct diag d = DIAG_INIT;

        assert_int_equal(words_split(rejects[i].text, &argv, &d), -EINVAL);
        assert_string_equal(d.text, rejects[i].says);
        assert_null(argv);
        assert_int_equal(words_split(rejects[i].text, &argv, NULL), -EINVAL);
    }
}

static void test_many_words(void **state)
{
    char text[2 * 1000 + 1], **argv = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        text[i] = i % 2 ? ' ' : 'x';
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(words_split(text, &argv, NULL), 1000);
    for (int i = 0; i < 1000; i++)
        assert_string_equal(argv[i], "x");
    free(argv);
}

/* What is put together again comes apart as it was. */
static void test_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(splits); i++) {
        struct buf b = BUF_INIT;
        char **argv = NULL;
        int n, k = 0;

        for (; splits[i].words[k]; k++)
            words_add(&b, splits[i].words[k]);
        n = words_split(buf_str(&b), &argv, NULL);
        assert_int_equal(n, k);
        for (k = 0; k < n; k++)
            assert_string_equal(argv[k], splits[i].words[k]);
        free(argv);
        buf_release(&b);
    }
}

static void test_quotes_only_what_needs_it(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    words_add(&b, "srun");
    words_add(&b, "--nodelist=node1");
    words_add(&b, "it's");
    words_add(&b, "");
    words_add(&b, "a;b");
    assert_string_equal(buf_str(&b), "srun --nodelist=node1 'it'\\''s' '' 'a;b'");
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_refuses_what_is_not_closed),
        cmocka_unit_test(test_many_words),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_quotes_only_what_needs_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
