/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration files: what is read, and that each mistake is told with its file and line. */
#include "base/conf.h"

#include <errno.h>
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

/* Writes what came as "line [section] key=value\n"; a key "bad" is refused. */
static int on_pair(
    void *user, const char *section, const char *key, const char *value, int line, struct diag *d)
{
    buf_addf(user, "%d [%s] %s=%s\n", line, section, key, value);
    if (strcmp(key, "bad") == 0)
        return diag_set(d, -EDOM, "no such key");
    return 0;
}

static int parse(const char *text, size_t n, struct buf *out, struct diag *d)
{
    char *exact = n ? xmemdup0(text, n) : xmemdup0("", 0); /* no byte beyond n is looked at */
    int err;

    buf_clear(out);
    err = conf_parse("x.conf", exact, n, on_pair, out, d);
    free(exact);
    return err;
}

static void test_good(void **state)
{
    static const struct {
        const char *text, *pairs;
    } rows[] = {
        {"", ""},
        {"\n\n# a comment\n; another\n", ""},
        {"[a]\nb = c\n", "2 [a] b=c\n"},
        {"[a]\r\nb=c d\r\n", "2 [a] b=c d\n"},
        {"[a]\n\nb = c", "3 [a] b=c\n"}, /* no newline at the end */
        {"b = c\n[a]\n[d]\ne=\n", "1 [] b=c\n4 [d] e=\n"},
        {"[a]\nb = c = d\n", "2 [a] b=c = d\n"},
        {"[a]\nb = one\n  two\n  three\n", "2 [a] b=one\n3 [a] b=two\n4 [a] b=three\n"},
        {"\xef\xbb\xbf[a]\nb=c\n", "2 [a] b=c\n"}, /* a byte order mark */
        {"[a]\nb=c ; comment\n", "2 [a] b=c\n"},
        {"[a]\n[b\xc3\xa9]\nk\xff=\x80\n", "3 [bé] k\xff=\x80\n"},
    };
    struct buf out = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct diag d = DIAG_INIT;

        assert_int_equal(parse(rows[i].text, strlen(rows[i].text), &out, &d), 0);
        assert_string_equal(buf_str(&out), rows[i].pairs);
        assert_string_equal(d.text, "");
    }
    buf_release(&out);
}

static void test_bad(void **state)
{
    static const struct {
        const char *text;
        int err;
        const char *begins;
    } rows[] = {
        {"[a]\nnonsense\n", -EINVAL, "x.conf:2: "},
        {"[a\nb=c\n", -EINVAL, "x.conf:1: "},
        {"[a]\n\n# x\nbad = 1\n", -EDOM, "x.conf:4: no such key"},
        {"[a]\nbad = 1\nnonsense\n", -EDOM, "x.conf:2: "},
        {"[a]\nnonsense\nbad = 1\n", -EINVAL, "x.conf:2: "}, /* the first mistake is told */
        {"[a]\nbad = 1\nbad = 2\n", -EDOM, "x.conf:2: "},
    };
    struct buf out = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct diag d = DIAG_INIT;
        int err = parse(rows[i].text, strlen(rows[i].text), &out, &d);

        if (err != rows[i].err || strncmp(d.text, rows[i].begins, strlen(rows[i].begins)) != 0)
            fail_msg("row %zu: %d \"%s\", expected %d \"%s…\"", i, err, d.text, rows[i].err,
                rows[i].begins);
        /* nobody to tell it to is no reason to crash */
        assert_int_equal(
            conf_parse("x", rows[i].text, strlen(rows[i].text), on_pair, &out, NULL), rows[i].err);
    }
    buf_release(&out);
}

static void test_long_line(void **state)
{
    struct buf text = BUF_INIT, out = BUF_INIT;
    struct diag d = DIAG_INIT;

    (void)state;
    buf_adds(&text, "[a]\nb = ");
    for (int i = 0; i < 5000; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "\nc = d\n");
    assert_int_equal(parse(text.p, text.len, &out, &d), -E2BIG);
    assert_non_null(strstr(d.text, "x.conf:2: "));
    assert_non_null(strstr(d.text, "longer than"));
    assert_string_equal(buf_str(&out), "");
    buf_release(&text);
    buf_release(&out);
}

/* What is behind a NUL byte must not be lost in silence. */
static void test_nul_byte(void **state)
{
    static const char text[] = "[a]\nb = c\0hidden\nd = e\n";
    struct buf out = BUF_INIT;
    struct diag d = DIAG_INIT;
    int err = parse(text, sizeof(text) - 1, &out, &d);

    (void)state;
    buf_release(&out);
    assert_true(err < 0);
}

static void test_files(void **state)
{
    char path[] = "/tmp/kfarm-test-conf-XXXXXX";
    struct buf out = BUF_INIT;
    struct diag d = DIAG_INIT;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "[a]\nb=c\n", 8), 8);
    assert_int_equal(conf_parse_file(path, on_pair, &out, &d), 0);
    assert_string_equal(buf_str(&out), "2 [a] b=c\n");
    assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
    assert_int_equal(conf_parse_file(path, on_pair, &out, &d), -EFBIG);
    assert_non_null(strstr(d.text, path));
    close(fd);
    unlink(path);
    assert_int_equal(conf_parse_file(path, on_pair, &out, &d), -ENOENT);
    assert_non_null(strstr(d.text, path));
    assert_true(conf_parse_file("/", on_pair, &out, &d) < 0); /* a directory */
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_nul_byte),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
