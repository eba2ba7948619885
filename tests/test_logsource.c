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
    static const char *const names[] = {"a.c", "large.c", "fifo"};

    (void)state;
    for (size_t i = 0; i < KF_LEN(names); i++)
        unlink(path_of(names[i]));
    return rmdir(dir);
}

static int64_t now(void)
{
    return clock_monotonic_us() / 1000;
}

static void look(struct logsource *s, const char *first, const char *second, int64_t line)
{
    char *paths[2];
    size_t n = 0;

    paths[n++] = xstrdup(path_of(first));
    if (second)
        paths[n++] = xstrdup(path_of(second));
    logsource_look(s, paths, n, line, now());
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
    free(wire_get_str(&r));
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
    look(s, "nothing.c", "a.c", 50);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), 0);
    assert_int_equal(first, 50 - LOG_SOURCE_LINES / 2);
    assert_string_equal(text, "this is line 43 of a.c");
    look(s, "nothing.c", "a.c", 101);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), ERANGE);
    look(s, "nothing.c", NULL, 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), ENOENT);
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    look(s, "fifo", NULL, 1);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), ENOTSUP);
    assert_int_equal(logsource_fd(s), -1);
    assert_true(logsource_due(s) == INT64_MAX);
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
        look(s, "large.c", NULL, 399000 + i);
    assert_int_equal(wait_for(s, &first, text, sizeof(text)), 0);
    assert_string_equal(text, "this is line 399012 of large.c");
    logsource_forget(s);
    logsource_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
