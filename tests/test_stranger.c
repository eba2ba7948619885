/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who else decides what a file holds. Those with another owner need root. */
#include "base/stranger.h"

#include <fcntl.h>
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

#define NOBODY 65534
#define UNUSED 54321 /* a number that nobody has */

static char dir[64], sub[80], file[96], other[96];

static void make(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    umask(022);
    snprintf(dir, sizeof(dir), "/tmp/kfarm-stranger.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(sub, sizeof(sub), "%s/sub", dir);
    snprintf(file, sizeof(file), "%s/file", sub);
    snprintf(other, sizeof(other), "%s/other", dir);
    assert_int_equal(mkdir(sub, 0755), 0);
    make(file);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(file);
    unlink(other);
    rmdir(sub);
    return rmdir(dir);
}

static void is(const char *path, enum stranger_way way, const char *who)
{
    struct stranger s;
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    s = stranger_of(path, &st);
    assert_string_equal(s.who, who);
    assert_int_equal(s.way, way);
}

static void need_root(void)
{
    if (geteuid() != 0)
        skip();
}

static void test_own(void **state)
{
    (void)state;
    is(file, STRANGER_NONE, "");
    is("/etc/passwd", STRANGER_NONE, ""); /* root's */
}

static void test_writable(void **state)
{
    (void)state;
    assert_int_equal(chmod(file, 0646), 0);
    is(file, STRANGER_WRITES, "everybody");
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(chmod(dir, 0777), 0); /* any directory on the way */
    is(file, STRANGER_REPLACES, "everybody");
    assert_int_equal(chmod(dir, 01777), 0);
    is(file, STRANGER_NONE, "");
}

static void test_group(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(chmod(file, 0664), 0);
    is(file, STRANGER_NONE, ""); /* group root is root's alone */
    assert_int_equal(chown(file, 0, UNUSED), 0);
    is(file, STRANGER_WRITES, "group 54321");
    assert_int_equal(chown(file, 0, 1), 0);
    is(file, STRANGER_WRITES, "group daemon");
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(chown(sub, 0, UNUSED), 0);
    assert_int_equal(chmod(sub, 0775), 0);
    is(file, STRANGER_REPLACES, "group 54321");
}

static void test_owner(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(chown(file, NOBODY, NOBODY), 0);
    is(file, STRANGER_OWNS, "nobody");
    assert_int_equal(chown(file, UNUSED, NOBODY), 0);
    is(file, STRANGER_OWNS, "uid 54321");
    assert_int_equal(chown(file, 0, 0), 0);
    assert_int_equal(chown(dir, NOBODY, NOBODY), 0);
    is(file, STRANGER_REPLACES, "nobody");
    assert_int_equal(
        chmod(dir, 01755), 0); /* the owner of a sticky directory may replace all in it */
    is(file, STRANGER_REPLACES, "nobody");
}

/* A link of a stranger's leads where the stranger wants, whose ever the file is. */
static void test_link(void **state)
{
    (void)state;
    assert_int_equal(symlink("sub/../sub//file", other), 0);
    is(other, STRANGER_NONE, "");
    assert_int_equal(chmod(sub, 0777), 0);
    is(other, STRANGER_REPLACES, "everybody");
    assert_int_equal(chmod(sub, 0755), 0);
    need_root();
    assert_int_equal(lchown(other, NOBODY, NOBODY), 0);
    is(other, STRANGER_NONE, ""); /* only root can make another one there */
    assert_int_equal(chmod(dir, 01777), 0);
    is(other, STRANGER_REPLACES, "nobody");
    assert_int_equal(unlink(other), 0);
    assert_int_equal(symlink(file, other), 0); /* absolute */
    is(other, STRANGER_NONE, "");
    assert_int_equal(chmod(dir, 0777), 0);
    is(other, STRANGER_REPLACES, "everybody");
}

/* The file that was opened is not the one that is there now. */
static void test_replaced(void **state)
{
    struct stranger s;
    struct stat st;

    (void)state;
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(rename(file, other), 0);
    s = stranger_of(file, &st);
    assert_int_equal(s.way, STRANGER_REPLACES);
    assert_string_equal(s.who, "somebody");
    make(file);
    s = stranger_of(file, &st);
    assert_int_equal(s.way, STRANGER_REPLACES);
    assert_int_equal(stranger_of("file", &st).way, STRANGER_REPLACES);
}

static void test_words(void **state)
{
    static const struct {
        struct stranger stranger;
        const char *words;
    } cases[] = {
        {{STRANGER_NONE, ""}, ""},
        {{STRANGER_OWNS, "eve"}, "‘x.sh’ belongs to eve"},
        {{STRANGER_WRITES, "everybody"}, "everybody may write ‘x.sh’"},
        {{STRANGER_REPLACES, "group devs"},
            "group devs may put another file in the place of ‘x.sh’"},
    };
    char words[256];

    (void)state;
    for (size_t i = 0; i < KF_LEN(cases); i++) {
        stranger_words(&cases[i].stranger, "/srv/x.sh", words, sizeof(words));
        assert_string_equal(words, cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_writable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_group, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_owner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
