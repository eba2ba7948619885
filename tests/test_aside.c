/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that do what may hang. */
#include "backend/aside.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"

#define WAIT_MS 20000
#define HANG    4 /* so many keep the others waiting */

static atomic_int released;

/* Hangs until there is a byte in its pipe. */
struct question {
    int ends[2];
    const char *word;
};

static struct question *ask(const char *word)
{
    struct question *q = xcalloc(1, sizeof(*q));

    q->word = word;
    assert_int_equal(pipe(q->ends), 0);
    return q;
}

static void let(int end)
{
    assert_int_equal(write(end, "x", 1), 1);
}

static void answer(void *user, struct buf *out)
{
    struct question *q = user;
    char c;

    if (read(q->ends[0], &c, 1) == 1)
        buf_adds(out, q->word);
}

static void release(void *user)
{
    struct question *q = user;

    close(q->ends[0]);
    close(q->ends[1]);
    free(q);
    atomic_fetch_add(&released, 1);
}

static void wait_released(int count)
{
    int64_t until = clock_monotonic_us() + WAIT_MS * 1000;

    while (atomic_load(&released) < count) {
        assert_true(clock_monotonic_us() < until);
        poll(NULL, 0, 1);
    }
}

static void test_answer(void **state)
{
    struct question *q = ask("forty-two");
    struct aside *a = aside_new(answer, q, release);
    const struct buf *b;

    (void)state;
    atomic_store(&released, 0);
    assert_true(aside_begin(a));
    assert_null(aside_answer(a, 0));
    assert_null(aside_answer(a, 20));
    let(q->ends[1]);
    b = aside_answer(a, WAIT_MS);
    assert_non_null(b);
    assert_int_equal(b->len, strlen("forty-two"));
    assert_memory_equal(b->p, "forty-two", b->len);
    assert_ptr_equal(aside_answer(a, 0), b); /* it stays */
    assert_int_equal(poll(&(struct pollfd){.fd = aside_fd(a), .events = POLLIN}, 1, WAIT_MS), 1);
    assert_null(aside_free(a));
    wait_released(1);
}

/* Guards what hangs: it is left alone, takes nobody's time, and those it kept waiting begin once it ends. */
static void test_hanging(void **state)
{
    struct aside *hang[HANG], *late;
    struct question *q = ask("at last");
    int ends[HANG];

    (void)state;
    atomic_store(&released, 0);
    for (int i = 0; i < HANG; i++) {
        struct question *one = ask("nobody hears this");

        ends[i] = dup(one->ends[1]);
        hang[i] = aside_new(answer, one, release);
        assert_true(aside_begin(hang[i]));
    }
    let(q->ends[1]);
    late = aside_new(answer, q, release);
    assert_false(aside_begin(late));
    assert_null(aside_answer(late, WAIT_MS)); /* at once: it has not begun */
    assert_int_equal(atomic_load(&released), 0);
    for (int i = 0; i < HANG; i++)
        aside_free(hang[i]);
    assert_int_equal(atomic_load(&released), 0);
    let(ends[1]);
    wait_released(1);
    for (int64_t until = clock_monotonic_us() + WAIT_MS * 1000; !aside_begin(late);)
        assert_true(clock_monotonic_us() < until);
    assert_non_null(aside_answer(late, WAIT_MS));
    aside_free(late);
    for (int i = 0; i < HANG; i++) {
        if (i != 1)
            let(ends[i]);
        close(ends[i]);
    }
    wait_released(HANG + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_hanging),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
