/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings that are written beside the screen: onto a disk that takes them, one that is full, and one that hangs. */
#include "backend/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"

#define PAYLOAD (1u << 20)
#define TIMES   1000 /* far more than may wait */

/* Adds frames of 1 MiB until one is refused; how many were taken. */
static int add_many(struct recorder *r, int *ret_err, struct diag *d)
{
    char *payload = xcalloc(PAYLOAD, 1);
    int n = 0;

    while ((*ret_err = recorder_add(r, "head", 4, payload, PAYLOAD, d)) == 0 && n < TIMES)
        n++;
    free(payload);
    return n;
}

static void test_all_is_there(void **state)
{
    char name[] = "/tmp/kfarm-recorder.XXXXXX", got[32] = "";
    int fd = mkstemp(name);
    struct diag d = DIAG_INIT;
    struct recorder *r = recorder_new(dup(fd), name, &d);

    (void)state;
    assert_non_null(r);
    assert_int_equal(recorder_add(r, "he", 2, "llo", 3, &d), 0);
    assert_int_equal(recorder_add(r, ", ", 2, "world", 5, &d), 0);
    assert_int_equal(recorder_end(r, &d), 0);
    assert_int_equal(pread(fd, got, sizeof(got) - 1, 0), 12);
    assert_string_equal(got, "hello, world");
    assert_string_equal(d.text, "");
    close(fd);
    unlink(name);
    assert_int_equal(recorder_end(NULL, &d), 0);
}

/* Guards a disk that takes nothing: said with the file's name, at the latest in the end. */
static void test_full(void **state)
{
    struct diag d = DIAG_INIT;
    struct recorder *r = recorder_new(open("/dev/full", O_WRONLY | O_CLOEXEC), "/some/file", &d);
    int err;

    (void)state;
    while (add_many(r, &err, &d) > 0 && err == 0) /* until the thread has tried */
        ;
    assert_true(err == -ENOSPC || err == -EAGAIN); /* the latter if what waits was full earlier */
    recorder_forget(r);
    r = recorder_new(open("/dev/full", O_WRONLY | O_CLOEXEC), "/some/file", &d);
    assert_int_equal(recorder_add(r, "he", 2, "llo", 3, &d), 0);
    assert_int_equal(recorder_end(r, &d), -ENOSPC);
    assert_string_equal(
        d.text, "the recording is not complete: /some/file: No space left on device");
}

/* Guards the screen against a file server that hangs, as the pipe does that nobody reads: nobody waits for it, what waits
   is bounded, and the program ends. */
static void test_hangs(void **state)
{
    struct diag d = DIAG_INIT;
    int64_t start_us = clock_monotonic_us();
    struct recorder *r;
    int ends[2], err, taken;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    r = recorder_new(ends[1], "/some/file", &d);
    taken = add_many(r, &err, &d);
    assert_true(taken >= 63 && taken < 140); /* what waits, and what the thread has in hand */
    assert_int_equal(err, -EAGAIN);
    assert_string_equal(d.text,
        "the recording is not complete: /some/file: its disk or file server does not keep up");
    assert_true(clock_monotonic_us() - start_us < 20000000); /* else it would wait for ever */
    start_us = clock_monotonic_us();
    assert_int_equal(recorder_end(r, &d), -EAGAIN);
    assert_true(clock_monotonic_us() - start_us < 20000000);
    close(ends[0]); /* then its thread ends, too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_there),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
