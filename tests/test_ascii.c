/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keywords in a Turkish locale, where the small letter of I is not i. The locale is compiled for the test
 * (farm/deps test installs its source); a machine on which that cannot be done fails.
 */
#include "base/ascii.h"

#include <ctype.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tests/program.h"
#include "tui/column.h"
#include "tui/keys.h"

static char locales[64]; /* LOCPATH */
static struct buf out, err;

static int make_locale(void **state)
{
    char path[128];
    const char *argv[] = {"/usr/bin/localedef", "-i", "tr_TR", "-f", "UTF-8", path, NULL};

    (void)state;
    snprintf(locales, sizeof(locales), "/tmp/kfarm-locale.XXXXXX");
    if (mkdtemp(locales) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/tr_TR.UTF-8", locales);
    if (program_run(&(struct program){.argv = argv, .deadline_ms = 60000}, &out, &err) != 0) {
        fprintf(stderr, "localedef: %s\n", buf_str(&err));
        return -1;
    }
    setenv("LOCPATH", locales, 1);
    return setlocale(LC_CTYPE, "tr_TR.UTF-8") ? 0 : -1;
}

static int remove_locale(void **state)
{
    const char *argv[] = {"/bin/rm", "-r", locales, NULL};

    (void)state;
    setlocale(LC_CTYPE, "C");
    return program_run(&(struct program){.argv = argv}, &out, &err);
}

/* As the C locale has them, each byte. */
static void test_every_byte(void **state)
{
    (void)state;
    for (int c = 0; c < 128; c++) {
        assert_int_equal(ascii_is_digit((char)c), isdigit(c) != 0);
        assert_int_equal(ascii_is_alpha((char)c), isalpha(c) != 0);
        assert_int_equal(ascii_is_alnum((char)c), isalnum(c) != 0);
        assert_int_equal(ascii_is_space((char)c), isspace(c) != 0);
        assert_int_equal(ascii_is_cntrl((char)c), iscntrl(c) != 0);
        assert_int_equal(ascii_is_upper((char)c), isupper(c) != 0);
        assert_int_equal(ascii_is_lower((char)c), islower(c) != 0);
        if (c != 'i' && c != 'I') {
            assert_int_equal(ascii_lower((char)c), tolower(c));
            assert_int_equal(ascii_upper((char)c), toupper(c));
        }
    }
    for (int c = 128; c < 256; c++) {
        assert_false(ascii_is_alnum((char)c) || ascii_is_space((char)c) || ascii_is_cntrl((char)c));
        assert_int_equal(ascii_lower((char)c), (char)c);
        assert_int_equal(ascii_upper((char)c), (char)c);
    }
}

static void test_comparisons(void **state)
{
    (void)state;
    assert_int_not_equal(tolower('I'), 'i'); /* or this locale shows nothing */
    assert_int_equal(ascii_casecmp("PENDING", "pending"), 0);
    assert_int_equal(ascii_casecmp("", ""), 0);
    assert_true(ascii_casecmp("pend", "PENDING") < 0);
    assert_true(ascii_casecmp("PENDING", "pend") > 0);
    assert_true(ascii_casecmp("a", "\xc3\xa4") < 0);
    assert_int_equal(ascii_ncasecmp("PENDING", "pendant", 4), 0);
    assert_true(ascii_ncasecmp("PENDING", "pendant", 5) > 0);
    assert_int_equal(ascii_ncasecmp("a", "b", 0), 0);
    assert_int_equal(ascii_ncasecmp("IN", "in", 9), 0);
    assert_string_equal(ascii_casestr("KERNEL BUILDING", "build"), "BUILDING");
    assert_string_equal(ascii_casestr("aAab", "AAB"), "Aab");
    assert_string_equal(ascii_casestr("abc", ""), "abc");
    assert_null(ascii_casestr("", "a"));
    assert_null(ascii_casestr("aaa", "aaaa"));
}

/* Columns, keys and sizes as they are typed. */
static void test_keywords(void **state)
{
    (void)state;
    assert_true(column_find_typed(&columns_jobs, "PRIORITY", 8) >= 0);
    assert_true(column_find_typed(&columns_jobs, "PARTITION", 9) >= 0);
    assert_int_equal(keys_parse("CTRL-I", 6), keys_parse("Ctrl-i", 6));
    assert_int_not_equal(keys_parse("INS", 3), 0);
    assert_int_equal(keys_parse("PGDN", 4), keys_parse("PgDn", 4));
}

/* The lines that a filter lets through. */
static void must_print(const char *filter, struct buf *into)
{
    const char *argv[] = {KFARM_TOP, "--replay", SOURCE_DIR "/tests/golden/farm.rec", "--once",
        "jobs", "--format", "csv", "--columns", "job,state", "--filter", filter, NULL};
    char path[96];
    const char *env[] = {"LC_ALL=tr_TR.UTF-8", path, NULL};

    snprintf(path, sizeof(path), "LOCPATH=%s", locales);
    assert_int_equal(program_run(&(struct program){.argv = argv, .env = env}, into, &err), 0);
    assert_string_equal(buf_str(&err), "");
}

/* Guards `state:pending`, which found nothing. */
static void test_filters(void **state)
{
    static const char *const same[][2] = {{"state:pending", "state:PENDING"},
        {"state=running", "state=RUNNING"}, {"state~^running$", "state=runnIng"},
        {"name:kernel_build", "name:KERNEL_BUILD"}, {"build", "BUILD"}};
    struct buf other = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < KF_LEN(same); i++) {
        must_print(same[i][0], &out);
        must_print(same[i][1], &other);
        assert_string_equal(buf_str(&out), buf_str(&other));
        if (strchr(buf_str(&out), '\n') + 1 == buf_str(&out) + out.len)
            fail_msg("%s finds nothing", same[i][0]);
    }
    buf_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_keywords),
        cmocka_unit_test(test_filters),
    };
    int failed = cmocka_run_group_tests(tests, make_locale, remove_locale);

    buf_release(&out);
    buf_release(&err);
    return failed;
}
