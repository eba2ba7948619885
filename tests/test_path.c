/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places of files: the home directory in a path, and where a user's own files are looked for. */
#include "base/path.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_expand(void **state)
{
    char out[32] = "before", longer[64];

    (void)state;
    setenv("HOME", "/home/ana", 1);
    assert_int_equal(path_expand("~/x/y", out, sizeof(out)), 0);
    assert_string_equal(out, "/home/ana/x/y");
    assert_int_equal(path_expand("~", out, sizeof(out)), 0);
    assert_string_equal(out, "/home/ana");
    assert_int_equal(
        path_expand("~ana/x", out, sizeof(out)), 0); /* not understood, so left alone */
    assert_string_equal(out, "~ana/x");
    assert_int_equal(path_expand("/a/~/b", out, sizeof(out)), 0);
    assert_string_equal(out, "/a/~/b");
    memset(longer, 'x', sizeof(longer));
    longer[0] = '~';
    longer[1] = '/';
    longer[sizeof(out) - strlen("/home/ana") + 1] = '\0'; /* with its NUL one byte too many */
    assert_int_equal(path_expand(longer, out, sizeof(out)), -ENAMETOOLONG);
    assert_string_equal(out, "/a/~/b");
    longer[sizeof(out) - strlen("/home/ana")] = '\0';
    assert_int_equal(path_expand(longer, out, sizeof(out)), 0);
    assert_int_equal(strlen(out), sizeof(out) - 1);
    setenv("HOME", "relative", 1);
    assert_int_equal(path_expand("~/x", out, sizeof(out)), -ENOENT);
    unsetenv("HOME");
    assert_int_equal(path_expand("~/x", out, sizeof(out)), -ENOENT);
    assert_int_equal(path_expand("x", out, sizeof(out)), 0);
}

static void test_xdg(void **state)
{
    char out[64];

    (void)state;
    setenv("HOME", "/home/ana", 1);
    unsetenv("XDG_CONFIG_HOME");
    path_xdg("XDG_CONFIG_HOME", ".config", "kfarm-top/config", out, sizeof(out));
    assert_string_equal(out, "/home/ana/.config/kfarm-top/config");
    setenv("XDG_CONFIG_HOME", "/etc/ana", 1);
    path_xdg("XDG_CONFIG_HOME", ".config", "kfarm-top/config", out, sizeof(out));
    assert_string_equal(out, "/etc/ana/kfarm-top/config");
    setenv("XDG_CONFIG_HOME", "relative", 1);
    path_xdg("XDG_CONFIG_HOME", ".config", "kfarm-top/config", out, sizeof(out));
    assert_string_equal(out, "/home/ana/.config/kfarm-top/config");
    path_xdg("XDG_CONFIG_HOME", ".config", "kfarm-top/config", out, 20); /* cut off: another file */
    assert_string_equal(out, "");
    unsetenv("HOME");
    path_xdg("XDG_CONFIG_HOME", ".config", "kfarm-top/config", out, sizeof(out));
    assert_string_equal(out, "");
}

static void test_parents(void **state)
{
    char dir[] = "/tmp/kfarm-test-path-XXXXXX", path[96];
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/a/b/file", dir);
    path_make_parents(path);
    path_make_parents(path); /* they are there: well */
    assert_int_equal(stat(path, &st), -1);
    snprintf(path, sizeof(path), "%s/a/b", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof(path), "%s/a", dir);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

/* Guards a first error of which the screen showed the directory, and neither the file nor what is wrong. */
static void test_fit(void **state)
{
    static const struct {
        int columns;
        const char *text, *fitted;
    } rows[] = {
        {60, "/src/linux/fs/ext4/inode.c:231: oops", "/src/linux/fs/ext4/inode.c:231: oops"},
        {34, "/src/linux/fs/ext4/inode.c:231: oops", "…/linux/fs/ext4/inode.c:231: oops"},
        {30, "/src/linux/fs/ext4/inode.c:231: oops", "…/fs/ext4/inode.c:231: oops"},
        {20, "/src/linux/fs/ext4/inode.c:231: oops", "…/inode.c:231: oops"},
        {5, "/src/linux/fs/ext4/inode.c:231: oops", "…/inode.c:231: oops"},
        {20, "kernel/sched/core.c:1: oops", "…/core.c:1: oops"},
        {24, "Slurm says: fs/ext4/inode.c: oops", "Slurm says: …/inode.c: oops"},
        {22, "waiting for /a/b/c/d.out", "waiting for …/c/d.out"},
        {8, "a/b.c: oops", "a/b.c: oops"}, /* nothing would be won */
        {8, "/b.c: oops", "/b.c: oops"},
        {8, "main.c:1: no such file a/b/c/d",
            "main.c:1: no such file a/b/c/d"}, /* no path in front */
        {8, "", ""},
        {4, " / x", " / x"},
        {9, "/編譯/目錄/a.c", "…/a.c"},
    };
    char out[64], tiny[8];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(
            path_fit(rows[i].text, rows[i].columns, out, sizeof(out)), rows[i].fitted);
    assert_true(
        strlen(path_fit("/usr/src/linux/kernel/fork.c", 12, tiny, sizeof(tiny))) < sizeof(tiny));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_xdg),
        cmocka_unit_test(test_parents),
        cmocka_unit_test(test_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
