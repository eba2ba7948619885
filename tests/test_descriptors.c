/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program started by somebody who closed its standard input, output or error, or under limits (setrlimit(2)) too
 * small for it: it says so and ends, and no file gets the number of a standard stream.
 */
#include "base/descriptors.h"

#include <fcntl.h>
#include <ftw.h>
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

#include "base/alloc.h"
#include "tests/program.h"

#define REC SOURCE_DIR "/tests/golden/farm.rec"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static char dir[] = "/tmp/kfarm-descriptors.XXXXXX";
static struct buf out, err;

static int start(void **state)
{
    FILE *f;

    (void)state;
    if (mkdtemp(dir) == NULL || chdir(dir) < 0 || setenv("HOME", dir, 1) < 0 ||
        setenv("SLURM_CONF", "/nonexistent/slurm.conf", 1) < 0)
        return -1;
    f = fopen("a.out", "we");
    return f && fputs("  CC      a.o\n", f) > 0 && fclose(f) == 0 ? 0 : -1;
}

static int remove_it(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return chdir("/") == 0 ? nftw(dir, remove_it, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

/* Ways to run, and the status if nothing is in the way. */
static const struct {
    const char *argv[8];
    int status;
    bool prints; /* to standard output */
} ways[] = {
    {{KFARM_TOP, "--once", "jobs", "--replay", REC}, 0, true},
    {{KFARM_TOP, "--once", "jobs", "--format", "json", "--replay", REC}, 0, true},
    {{KFARM_TOP, "--once", "jobs", "--record", "record"}, 3, false},
    {{KFARM_TOP, "--list-columns"}, 0, true},
    {{KFARM_TOP, "--check-config"}, 0, true},
    {{KFARM_TOP, "log", "a.out"}, 4, true},
    {{KFARM_TOP, "log", "none"}, 2, false},
    {{KFARM_TOP, "--replay", REC}, 2, false}, /* there is no terminal */
    {{KFARM_TOP}, 2, false},
};

/* ---- closed ---- */

static void close_some(void *user)
{
    for (int fd = 0; fd < 3; fd++)
        if (*(unsigned *)user & 1u << fd)
            close(fd);
}

/* Guards that what is closed changes nothing else, and that output without a place to go is told. */
static void test_closed(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(ways); i++)
        for (unsigned closed = 0; closed < 8; closed++) {
            int want = (closed & 2) && ways[i].prints ? 1 : ways[i].status;
            int status = program_run(
                &(struct program){.argv = ways[i].argv, .prepare = close_some, .user = &closed},
                &out, &err);

            if (status != want)
                fail_msg("%s %s, closed %u: status %d, not %d: %s", ways[i].argv[1],
                    ways[i].argv[2], closed, status, want, buf_str(&err));
            if (want && !(closed & 4))
                assert_true(err.len > 0 || status == 4);
        }
}

/* Guards a file that is written: it must not be given the number of standard error, where libraries complain. */
static void test_record_is_no_stderr(void **state)
{
    const char *const argv[] = {KFARM_TOP, "--once", "jobs", "--record", "recorded", NULL};
    unsigned closed = 4;
    char text[4096] = "";
    FILE *f;

    (void)state;
    assert_int_equal(
        program_run(
            &(struct program){.argv = argv, .prepare = close_some, .user = &closed}, &out, &err),
        3);
    f = fopen("recorded", "re");
    assert_non_null(f);
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    fclose(f);
    assert_null(strstr(text, "kfarm-top:"));
}

/* ---- limits ---- */

struct limit {
    int resource;
    rlim_t value;
};

static void set_limit(void *user)
{
    const struct limit *l = user;
    struct rlimit r = {l->value, l->value};

    if (setrlimit((__rlimit_resource_t)l->resource, &r) < 0)
        _exit(126);
}

static void expect_no_crash(const char *const *argv, struct limit limit)
{
    int status = program_run(
        &(struct program){.argv = argv, .prepare = set_limit, .user = &limit}, &out, &err);

    /* 127: the dynamic linker could not start it at all */
    if (status >= 128 || status == PROGRAM_HUNG || (status == 2 && err.len == 0))
        fail_msg("%s %s, limit %d of %llu: status %d: %s", argv[1] ? argv[1] : "",
            argv[1] && argv[2] ? argv[2] : "", limit.resource, (unsigned long long)limit.value,
            status, buf_str(&err));
    if (strstr(buf_str(&err), "Assertion"))
        fail_msg("%s", buf_str(&err));
}

static void test_few_descriptors(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(ways); i++)
        for (rlim_t n = SANITIZED ? 6 : 3; n < 40; n += n < 12 ? 1 : 3)
            expect_no_crash(ways[i].argv, (struct limit){RLIMIT_NOFILE, n});
    program_run(
        &(struct program){
            .argv = ways[0].argv, .prepare = set_limit, .user = &(struct limit){RLIMIT_NOFILE, 12}},
        &out, &err);
    assert_non_null(strstr(buf_str(&err), "more files can be opened"));
    assert_non_null(strstr(buf_str(&err), "ulimit -n"));
}

/* The terminal is one descriptor more, and helpers are started. */
static void test_few_descriptors_on_a_terminal(void **state)
{
    static const char *const argv[] = {KFARM_TOP, "--script", "script", NULL};
    FILE *f = fopen("script", "we");

    (void)state;
    assert_non_null(f);
    fputs("advance 0.2\nkeys l\nadvance 0.2\nkeys q\n", f);
    fclose(f);
    for (rlim_t n = SANITIZED ? 6 : 4; n < 64; n += n < 34 ? 5 : 2)
        expect_no_crash(argv, (struct limit){RLIMIT_NOFILE, n});
}

static void test_little_memory(void **state)
{
    (void)state;
    if (SANITIZED)
        skip(); /* it wants terabytes of addresses */
    for (size_t i = 0; i < KF_LEN(ways); i++)
        for (rlim_t mb = 10; mb < 300; mb += mb < 60 ? 5 : 40)
            expect_no_crash(ways[i].argv, (struct limit){RLIMIT_AS, mb << 20});
}

/* Standard output is a file that must not grow. */
static void limit_file(void *user)
{
    int fd = open("output", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
        _exit(126);
    set_limit(user);
}

static void test_file_size(void **state)
{
    struct limit none = {RLIMIT_FSIZE, 0};

    (void)state;
    for (size_t i = 0; i < KF_LEN(ways); i++) {
        int want = ways[i].prints ? 1 : ways[i].status;

        assert_int_equal(
            program_run(
                &(struct program){.argv = ways[i].argv, .prepare = limit_file, .user = &none}, &out,
                &err),
            want);
        if (ways[i].prints)
            assert_non_null(
                strstr(buf_str(&err), "cannot write to standard output: File too large"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_record_is_no_stderr),
        cmocka_unit_test(test_few_descriptors),
        cmocka_unit_test(test_few_descriptors_on_a_terminal),
        cmocka_unit_test(test_little_memory),
        cmocka_unit_test(test_file_size),
    };
    int failed = cmocka_run_group_tests(tests, start, end);

    buf_release(&out);
    buf_release(&err);
    return failed;
}
