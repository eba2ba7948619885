/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines by number: every page of an index, with a test and without, against the same file cut into lines by the
   simplest means; growth, truncation, replacement, holes and lines without end. */
#include "backend/logindex.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/logproto.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"

struct world {
    char path[64];
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    int fd;

    snprintf(w->path, sizeof(w->path), "/tmp/kfarm-logindex.XXXXXX");
    fd = mkstemp(w->path);
    if (fd < 0)
        return -1;
    close(fd);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    unlink(w->path);
    free(w);
    return 0;
}

static void write_file(struct world *w, const char *p, size_t n, int flags)
{
    int fd = open(w->path, O_WRONLY | O_CREAT | flags, 0600);

    assert_true(fd >= 0);
    while (n > 0) {
        ssize_t done = write(fd, p, n);

        assert_true(done > 0);
        p += done;
        n -= (size_t)done;
    }
    close(fd);
}

static void read_all(struct logindex *x)
{
    while (logindex_step(x))
        ;
}

/* ---- what is expected ---- */

static bool has_error(void *user, const char *text, size_t len)
{
    (void)user;
    return memmem(text, len, "error", 5) != NULL;
}

struct pages {
    struct buf text;
    int64_t n;
};

static void add_line(void *user, const struct logindex_line *line)
{
    struct pages *p = user;

    buf_addf(&p->text, "%lld:%.*s%s\n", (long long)line->number, (int)line->len, line->text,
        line->flags & LOG_LINE_PARTIAL ? "<partial>" : "");
    p->n++;
}

/* The same by the simplest means: first … first + n of the lines that pass. */
static void expect(const char *p, size_t n, logindex_pass_fn *pass, int64_t first, int64_t count,
    struct pages *out)
{
    const char *end = p + n;
    int64_t number = 0, place = 0;

    for (; p < end; number++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = newline ? (size_t)(newline - p) : (size_t)(end - p);
        bool passes = pass == NULL || pass(NULL, p, len);

        if (passes && place >= first && place < first + count)
            add_line(out, &(struct logindex_line){number, p, len, newline ? 0 : LOG_LINE_PARTIAL});
        place += passes;
        p = newline ? newline + 1 : end;
    }
}

static void assert_page(struct logindex *x, const struct buf *file, logindex_pass_fn *pass,
    int64_t first, int64_t count)
{
    struct pages got = {0}, expected = {0};

    expect(file->p, file->len, pass, first, count, &expected);
    assert_true(logindex_page(x, first, count, add_line, &got) >= 0);
    assert_string_equal(buf_str(&got.text), buf_str(&expected.text));
    assert_int_equal(got.n, expected.n);
    buf_release(&got.text);
    buf_release(&expected.text);
}

/* A build's log: many lines, of which one in so many is an error. */
static void make_log(struct buf *b, unsigned lines, unsigned every)
{
    for (unsigned i = 0; i < lines; i++)
        if (i % every == every - 1)
            buf_addf(b, "drivers/net/x%u.c:%u:1: error: expected this\n", i, i);
        else
            buf_addf(b, "  CC      drivers/net/ethernet/vendor/file%u.o\n", i);
}

/* ---- tests ---- */

/* Guards pages at every kind of place of a file with many marks. */
static void test_pages(void **state)
{
    static const int64_t at[] = {0, 1, 999, 1000, 12345, 99990, 119990, 119999, 120000, 500000};
    struct world *w = *state;
    struct logindex *x = logindex_new(w->path, &(struct logindex_test){0});
    struct buf b = BUF_INIT;

    make_log(&b, 120000, 1000);
    buf_adds(&b, "unfinished");
    write_file(w, b.p, b.len, O_TRUNC);
    read_all(x);
    assert_int_equal(logindex_state(x)->lines, 120000);
    assert_int_equal(logindex_state(x)->passed, 120001); /* with the unfinished one */
    assert_int_equal(logindex_state(x)->read, (int64_t)b.len);
    assert_true(logindex_state(x)->complete);
    for (size_t i = 0; i < KF_LEN(at); i++)
        assert_page(x, &b, NULL, at[i], 40);
    assert_int_equal(logindex_at_line(x, 77), 77);
    buf_release(&b);
    logindex_free(x);
}

/* Guards the same of the lines that pass, frequent ones and rare ones, and the way back from a line of the
   file to its place among them. */
static void test_passing(void **state)
{
    static const unsigned every[] = {2, 7, 1000, 50000};
    struct world *w = *state;

    for (size_t k = 0; k < KF_LEN(every); k++) {
        struct logindex *x = logindex_new(w->path, &(struct logindex_test){.pass = has_error});
        int64_t passed = 120000 / every[k];
        struct buf b = BUF_INIT;

        make_log(&b, 120000, every[k]);
        write_file(w, b.p, b.len, O_TRUNC);
        read_all(x);
        assert_int_equal(logindex_state(x)->passed, passed);
        for (int64_t first = 0; first < passed; first += KF_MAX(passed / 7, 1))
            assert_page(x, &b, has_error, first, 30);
        assert_page(x, &b, has_error, passed - 1, 30);
        assert_page(x, &b, has_error, passed, 30);
        for (int64_t i = 0; i < passed; i += KF_MAX(passed / 7, 1)) {
            int64_t number = (i + 1) * every[k] - 1; /* of the i-th */

            assert_int_equal(logindex_at_line(x, number), i);
            assert_int_equal(logindex_at_line(x, number + 1), i + 1);
        }
        assert_int_equal(logindex_at_line(x, 0), 0);
        assert_int_equal(logindex_at_byte(x, 0), 0);
        assert_int_equal(logindex_at_byte(x, (int64_t)b.len), passed);
        buf_release(&b);
        logindex_free(x);
    }
}

/* Guards a page of lines that lie far apart: all of them come, however much lies between. */
static void test_far_apart(void **state)
{
    struct world *w = *state;
    struct logindex *x = logindex_new(w->path, &(struct logindex_test){.pass = has_error});
    struct pages got = {0};
    struct buf b = BUF_INIT;

    for (int i = 0; i < 600; i++) {
        for (int k = 0; k < 5000; k++)
            buf_adds(&b, "  CC      drivers/net/ethernet/vendor/some_long_name.o\n");
        buf_addf(&b, "x.c:%d:1: error: y\n", i);
    }
    write_file(w, b.p, b.len, O_TRUNC);
    buf_release(&b);
    read_all(x);
    assert_int_equal(logindex_state(x)->passed, 600);
    assert_int_equal(logindex_page(x, 0, 500, add_line, &got), 500);
    assert_int_equal(got.n, 500);
    assert_int_equal(logindex_page(x, 590, 500, add_line, &got), 10);
    buf_release(&got.text);
    logindex_free(x);
}

/* Guards a place given in bytes: the first line that begins there or behind. */
static void test_at_byte(void **state)
{
    struct world *w = *state;
    struct logindex *x = logindex_new(w->path, &(struct logindex_test){0});
    struct buf b = BUF_INIT;

    for (int i = 0; i < 100000; i++)
        buf_addf(&b, "%07d\n", i); /* eight bytes each */
    write_file(w, b.p, b.len, O_TRUNC);
    read_all(x);
    for (int64_t at = 0; at < 800000; at += 54321)
        assert_int_equal(logindex_at_byte(x, at), (at + 7) / 8);
    assert_int_equal(logindex_at_byte(x, 800000), 100000);
    buf_release(&b);
    logindex_free(x);
}

/* Guards a file that grows in the middle of a line, then is cut, then is another one. */
static void test_changes(void **state)
{
    struct world *w = *state;
    struct logindex *x = logindex_new(w->path, &(struct logindex_test){.pass = has_error});
    struct pages got = {0};
    char other[80];

    write_file(w, "a\nerr", 5, O_TRUNC);
    read_all(x);
    assert_int_equal(logindex_state(x)->lines, 1);
    assert_int_equal(logindex_state(x)->passed, 0);
    write_file(w, "or", 2, O_APPEND);
    read_all(x);
    assert_int_equal(logindex_state(x)->passed, 1); /* as it stands */
    write_file(w, " 1\nb\nerror 2\n", 13, O_APPEND);
    read_all(x);
    assert_int_equal(logindex_state(x)->lines, 4);
    assert_int_equal(logindex_state(x)->passed, 2);
    assert_true(logindex_page(x, 0, 9, add_line, &got) >= 0);
    assert_string_equal(buf_str(&got.text), "1:error 1\n3:error 2\n");
    assert_int_equal(logindex_state(x)->restarts, 0);

    write_file(w, "error\n", 6, O_TRUNC);
    read_all(x);
    assert_int_equal(logindex_state(x)->restarts, 1);
    assert_int_equal(logindex_state(x)->lines, 1);
    assert_int_equal(logindex_state(x)->passed, 1);

    snprintf(other, sizeof(other), "%s.other", w->path);
    assert_int_equal(rename(w->path, other), 0);
    write_file(w, "x\nx\nx\n", 6, 0);
    read_all(x);
    assert_int_equal(logindex_state(x)->restarts, 2);
    assert_int_equal(logindex_state(x)->lines, 3);
    assert_int_equal(logindex_state(x)->passed, 0);
    unlink(other);

    logindex_restart(x); /* rewritten in place, as somebody else noticed */
    read_all(x);
    assert_int_equal(logindex_state(x)->lines, 3);
    buf_release(&got.text);
    logindex_free(x);
}

/* Guards a page that is still to come, and reads as NULs: not taken for what stands in the file. */
static void test_limit(void **state)
{
    struct world *w = *state;
    struct pages got = {.text = BUF_INIT};
    struct logindex *x;
    int fd;

    write_file(w, "one\n\0\0\0\0thr\n", 12, O_TRUNC);
    x = logindex_new(w->path, &(struct logindex_test){0});
    logindex_limit(x, 4);
    read_all(x);
    assert_true(logindex_state(x)->complete);
    assert_int_equal(logindex_state(x)->lines, 1);
    assert_int_equal(logindex_page(x, 0, 10, add_line, &got), 1);
    fd = open(w->path, O_WRONLY);
    assert_int_equal(pwrite(fd, "two\n", 4, 4), 4);
    close(fd);
    logindex_limit(x, 12);
    read_all(x);
    assert_int_equal(logindex_page(x, 1, 10, add_line, &got), 2);
    assert_string_equal(buf_str(&got.text), "0:one\n1:two\n2:thr\n");
    assert_int_equal(truncate(w->path, 1 << 20), 0); /* a hole, and the limit in it */
    logindex_limit(x, 100000);
    read_all(x);
    assert_int_equal(logindex_state(x)->read, 100000);
    logindex_limit(x, -1);
    read_all(x);
    assert_int_equal(logindex_state(x)->read, 1 << 20);
    assert_int_equal(logindex_state(x)->lines, 3);
    buf_release(&got.text);
    logindex_free(x);
}

/* Guards what cannot be read: an error, and nothing is waited for. */
static void test_unreadable(void **state)
{
    struct world *w = *state;
    struct logindex *x;

    assert_int_equal(unlink(w->path), 0);
    x = logindex_new(w->path, &(struct logindex_test){0});
    assert_false(logindex_step(x));
    assert_int_equal(logindex_state(x)->error, ENOENT);
    assert_int_equal(mkfifo(w->path, 0600), 0);
    assert_false(logindex_step(x));
    assert_int_equal(logindex_state(x)->error, ENOTSUP);
    assert_int_equal(logindex_page(x, 0, 1, add_line, NULL), -ENOTSUP);
    assert_int_equal(unlink(w->path), 0);
    assert_int_equal(mkdir(w->path, 0700), 0);
    assert_false(logindex_step(x));
    assert_int_equal(logindex_state(x)->error, EISDIR);
    assert_int_equal(rmdir(w->path), 0);
    write_file(w, "there\n", 6, 0);
    read_all(x);
    assert_int_equal(logindex_state(x)->error, 0);
    assert_int_equal(logindex_state(x)->lines, 1);
    logindex_free(x);
}

static void put_at(struct world *w, const char *text, off_t offset)
{
    int fd = open(w->path, O_WRONLY);

    assert_int_equal(pwrite(fd, text, strlen(text), offset), (ssize_t)strlen(text));
    close(fd);
}

/* Guards a file of 100 GB that is nearly all holes: read in no time, its lines found, and the one without end
   shown by its beginning. */
static void test_sparse(void **state)
{
    const off_t far = (off_t)100 << 30;
    struct world *w = *state;
    struct logindex *x = logindex_new(w->path, &(struct logindex_test){0});
    struct pages got = {0};
    int64_t start = clock_cpu_us();

    write_file(w, "first\n", 6, O_TRUNC);
    put_at(w, "\nbehind\nend\n", far / 2);
    assert_int_equal(truncate(w->path, far), 0);
    read_all(x);
    assert_int_equal(logindex_state(x)->lines, 4);
    assert_int_equal(logindex_state(x)->passed, 5); /* NULs to the end of the file */
    assert_int_equal(logindex_state(x)->read, far);
    assert_true(logindex_page(x, 2, 2, add_line, &got) >= 0);
    assert_string_equal(buf_str(&got.text), "2:behind\n3:end\n");
    buf_clear(&got.text);
    assert_true(logindex_page(x, 4, 1, add_line, &got) >= 0);
    assert_int_equal(got.n, 3);
    assert_int_equal(logindex_at_byte(x, far / 2), 2);
    assert_true(clock_cpu_us() - start < 5000000); /* reading it would take a minute */
    buf_release(&got.text);
    logindex_free(x);
}

/* Guards a line of many megabytes: one line, cut, and the ones behind it are reached without it. */
static void test_long_line(void **state)
{
    const size_t n = 90 << 20; /* more than one page may read */
    struct world *w = *state;
    struct logindex *x = logindex_new(w->path, &(struct logindex_test){0});
    struct pages got = {0};
    char *p = xcalloc(n, 1), after[] = "\nb\nc\n";

    memset(p, 'x', n);
    p[1] = '\n';
    write_file(w, p, n, O_TRUNC);
    write_file(w, after, strlen(after), O_APPEND);
    read_all(x);
    assert_int_equal(logindex_state(x)->lines, 4);
    assert_true(logindex_page(x, 2, 2, add_line, &got) >= 0);
    assert_string_equal(buf_str(&got.text), "2:b\n3:c\n");
    buf_clear(&got.text);
    assert_true(logindex_page(x, 0, 4, add_line, &got) >= 0);
    assert_int_equal(got.n, 2 + 4);
    assert_int_equal(got.text.len, strlen("0:x\n1:\n2:b\n3:c\n") + LOG_LINE_MAX);
    free(p);
    buf_release(&got.text);
    logindex_free(x);
}

/* The pages of a file with more marks than there is room for. */
static void look_at_many(struct world *w, const struct logindex_test *test)
{
    struct logindex *x = logindex_new(w->path, test);
    const int64_t n = (int64_t)LOGINDEX_MARKS * 5;
    struct buf b = BUF_INIT;

    for (int64_t i = 0; i < n; i++)
        buf_addf(&b, "line %055lld\n", (long long)i); /* 61 bytes */
    write_file(w, b.p, b.len, O_TRUNC);
    read_all(x);
    assert_int_equal(logindex_state(x)->lines, n);
    for (int64_t at = 0; at < n; at += n / 13)
        assert_page(x, &b, NULL, at, 3);
    assert_page(x, &b, NULL, n - 2, 3);
    buf_release(&b);
    logindex_free(x);
}

/* Guards the bound: marks are thinned out, and the pages stay right. */
static void test_marks_thinned(void **state)
{
    look_at_many(*state, &(struct logindex_test){.stride = 64, .chunk = 64});
}

/* Guards the same where the marks lie further apart than the stride asks for, as those of a log over 4 GB do: the
   first thinning drops none. */
static void test_marks_of_large_chunks(void **state)
{
    look_at_many(*state, &(struct logindex_test){.stride = 8, .chunk = 64});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_passing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_far_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_at_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sparse, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_marks_thinned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_marks_of_large_chunks, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
