/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Theme files: the built-in ones load, styles read as documented, mistakes are told by file and line. */
#include "tui/theme.h"

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

static int load_text(const char *text, struct theme *t, struct diag *d)
{
    char path[] = "/tmp/kfarm-test-theme-XXXXXX";
    int fd = mkstemp(path), err;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    err = theme_load(t, path, d);
    unlink(path);
    return err;
}

static void test_builtins(void **state)
{
    struct theme t;
    struct diag d = DIAG_INIT;
    unsigned n = 0;

    (void)state;
    for (; theme_builtin_name(n); n++)
        assert_int_equal(theme_load(&t, theme_builtin_name(n), &d), 0);
    assert_true(n >= 2);
    assert_null(theme_builtin_name(UINT32_MAX));
    assert_int_equal(theme_load(&t, "mono", &d), 0);
    for (int i = 0; i < ROLE_COUNT; i++) {
        assert_int_equal(t.styles[i].fg, THEME_DEFAULT_COLOUR);
        assert_int_equal(t.styles[i].bg, THEME_DEFAULT_COLOUR);
    }
    assert_int_equal(t.styles[ROLE_SELECTED].attrs, THEME_REVERSE);
}

static void test_styles(void **state)
{
    static const struct {
        const char *value;
        struct theme_style style;
    } rows[] = {
        {"", {-1, -1, 0}},
        {"default", {-1, -1, 0}},
        {"red", {1, -1, 0}},
        {"bright-white", {15, -1, 0}},
        {"0 on 255", {0, 255, 0}},
        {"on 24", {-1, 24, 0}},
        {"bold red on blue underline", {1, 4, THEME_BOLD | THEME_UNDERLINE}},
        {"bold dim italic underline reverse", {-1, -1, 31}},
        {"default on default", {-1, -1, 0}},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        char text[128];
        struct theme t;
        struct diag d = DIAG_INIT;

        snprintf(text, sizeof(text), "[roles]\nbad = %s\n", rows[i].value);
        assert_int_equal(load_text(text, &t, &d), 0);
        assert_int_equal(t.styles[ROLE_BAD].fg, rows[i].style.fg);
        assert_int_equal(t.styles[ROLE_BAD].bg, rows[i].style.bg);
        assert_int_equal(t.styles[ROLE_BAD].attrs, rows[i].style.attrs);
        assert_int_equal(t.styles[ROLE_GOOD].fg, THEME_DEFAULT_COLOUR);
    }
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text;
        const char *said[2];
    } rows[] = {
        {"[roles]\nbad = purple\n", {":2: ", "\"purple\""}},
        {"[roles]\n\nbad = 256\n", {":3: ", "\"256\""}},
        {"[roles]\nbad = -1\n", {":2: ", "\"-1\""}},
        {"[roles]\nbad = bright-default\n", {":2: ", "bright-default"}},
        {"[roles]\nbad = RED\n", {":2: ", "\"RED\""}},
        {"[roles]\nbadd = red\n", {":2: ", "\"badd\" is no role"}},
        {"[rolls]\nbad = red\n", {":2: ", "[rolls]"}}, {"bad = red\n", {":1: ", "[roles]"}},
        {"[roles]\nbad red\n", {":2: ", ""}},
        {"[roles]\nbad = red blue\n", {":2: ", ""}}, /* two foregrounds */
        {"[roles]\nbad = on red on blue\n", {":2: ", ""}},
        {"[roles]\nbad = red on\n", {":2: ", ""}}, /* on what? */
    };
    struct theme before, t;

    (void)state;
    memset(&before, 0x5a, sizeof(before));
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct diag d = DIAG_INIT;

        t = before;
        if (load_text(rows[i].text, &t, &d) >= 0)
            fail_msg("accepted: %s", rows[i].text);
        assert_non_null(strstr(d.text, rows[i].said[0]));
        assert_non_null(strstr(d.text, rows[i].said[1]));
        assert_memory_equal(&t, &before, sizeof(t)); /* nothing is half loaded */
    }
}

static void test_names(void **state)
{
    struct theme t;
    struct diag d = DIAG_INIT;

    (void)state;
    assert_int_equal(theme_load(&t, "nosuch", &d), -ENOENT);
    assert_non_null(strstr(d.text, "\"nosuch\""));
    assert_non_null(strstr(d.text, "mono"));
    assert_int_equal(theme_load(&t, "", &d), -ENOENT);
    assert_int_equal(theme_load(&t, "/nonexistent/x.theme", &d), -ENOENT);
    assert_non_null(strstr(d.text, "/nonexistent/x.theme"));
    assert_int_equal(theme_load(&t, SOURCE_DIR "/themes/default.theme", &d), 0);
    assert_true(theme_load(&t, "/", NULL) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtins),
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
