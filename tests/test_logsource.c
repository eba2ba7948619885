/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of sources, read by threads. */
#include "backend/logsource.h"

#include <errno.h>
#include <poll.h>
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

#include "backend/logproto.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/clock.h"

#define WAIT_MS 20000

static char dir[64];
static char found[128]; /* where it was found, by the last answer */

static const char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void write_lines(const char *name, int lines)
{
    FILE *f = fopen(path_of(name), "we");

    assert_non_null(f);
    for (int i = 1; i <= lines; i++)
        fprintf(f, "this is line %d of %s\n", i, name);
    fclose(f);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/kfarm-source.XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"a.c", "large.c", "fifo", "link"};

    (void)state;
    for (size_t i = 0; i < KF_LEN(names); i++)
        unlink(path_of(names[i]));
    return rmdir(dir);
}

static int64_t now(void)
{
    return clock_monotonic_us() / 1000;
}

/* Looks for a source below one of the directories. */
static void look_in(
    struct logsource *s, const char *source, const char *first, const char *second, int64_t line)
{
    const char *const directories[] = {first, second, NULL};

    logsource_look(s,
        &(struct logsource_place){.source = source, .directories = directories, .line = line},
        now());
}

static void look(struct logsource *s, const char *source, int64_t line)
{
    look_in(s, source, "/nowhere", dir, line);
}

/* Waits as the helper does. The errno that is answered; *ret_first, the first line's number, and its text. */
static int wait_for(struct logsource *s, int64_t *ret_first, char *text, size_t size)
{
    int64_t until = now() + WAIT_MS;
    struct wire_reader r;
    struct buf b = BUF_INIT;
    int error;
    char *p;

    while (!logsource_take(s, now(), &b)) {
        struct pollfd fd = {.fd = logsource_fd(s), .events = POLLIN};
        int64_t ms = KF_MIN(logsource_due(s), until) - now();

        assert_true(now() < until);
        poll(&fd, 1, (int)KF_MAX(ms, 0));
    }
    r = (struct wire_reader){.p = b.p, .left = b.len};
    wire_get_text(&r, found, sizeof(found));
    wire_get_u32(&r);
    error = (int)wire_get_u32(&r);
    *ret_first = wire_get_i64(&r);
    snprintf(text, size, "%s", "");
    if (wire_get_u32(&r) > 0) {
        p = wire_get_str(&r);
        snprintf(text, size, "%s", p);
        free(p);
    }
    assert_false(r.bad);
    buf_release(&b);
    return error;
}

static void test_answers(void **state)
{
    struct logsource *s = logsource_new();
    char text[128];
    int64_t first;

    (void)state;
    write_lines("a.c", 100);
    look(s, "a.c", 50);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), 0);
    assert_int_equal(first, 50 - LOG_SOURCE_LINES / 2);
    assert_string_equal(text, "this is line 43 of a.c");
    look(s, "a.c", 101);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), ERANGE);
    look(s, "nothing.c", 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), ENOENT);
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    look(s, "fifo", 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), ENOTSUP);
    assert_int_equal(logsource_fd(s), -1);
    assert_true(logsource_due(s) == INT64_MAX);
    logsource_free(s);
}

/* A log may name any file, /etc/shadow for one: only those of the tree that is built are read, links followed. */
static void test_only_in_tree(void **state)
{
    struct logsource *s = logsource_new();
    char build[80], source[96], text[128], outside[96];
    int64_t first;

    (void)state;
    write_lines("a.c", 9);
    snprintf(build, sizeof(build), "%s", path_of("build"));
    snprintf(source, sizeof(source), "%s/source", build);
    snprintf(outside, sizeof(outside), "%s", path_of("a.c"));
    assert_int_equal(mkdir(build, 0755), 0);
    look_in(s, "/etc/passwd", build, dir, 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), EXDEV);
    assert_string_equal(text, "");
    look_in(s, "../a.c", build, "/nowhere", 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), EXDEV);
    look_in(s, "etc/passwd", "/", "/", 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), EXDEV);
    assert_int_equal(symlink("/etc/passwd", path_of("link")), 0);
    look(s, "link", 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), EXDEV);
    assert_string_equal(found, "");
    /* absolute, but there; and in the tree of a separate build directory */
    look_in(s, outside, build, dir, 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), 0);
    assert_string_equal(found, outside);
    assert_int_equal(symlink("..", source), 0);
    look_in(s, "../a.c", build, "/nowhere", 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), 0);
    assert_string_equal(found, outside);
    remove(source);
    rmdir(build);
    logsource_free(s);
}

/* Guards whoever goes through the list faster than sources are read: the last one comes, and is not said to hang. */
static void test_many(void **state)
{
    struct logsource *s = logsource_new();
    char text[128];
    int64_t first;

    (void)state;
    write_lines("large.c", 400000);
    for (int i = 0; i < 20; i++)
        look(s, "large.c", 399000 + i);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), 0);
    assert_string_equal(text, "this is line 399012 of large.c");
    logsource_forget(s);
    logsource_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_in_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
