/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the controller is asked, and what the screen says of it; time is given. */
#include "tui/refresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/wire.h"
#include "base/alloc.h"

#define T0 1000000

static struct buf frame;

static struct snapshot good(int64_t wall_us)
{
    return (struct snapshot){.generation = 1, .wall_us = wall_us, .cpu_us = 1000};
}

static struct snapshot bad(const char *words)
{
    struct snapshot s = {.generation = 1};

    s.health[SECTION_JOBS].result = SECTION_FAILED;
    s.health[SECTION_JOBS].error = 1;
    strncpy(s.health[SECTION_JOBS].message, words, sizeof(s.health[0].message) - 1);
    return s;
}

/* Asks, and returns what was asked for; 0 if it was not time. */
static uint32_t ask(struct refresh *r, int64_t now)
{
    struct wire_frame f;
    struct wire_reader in;

    if (!refresh_ask(r, now, now, &frame))
        return 0;
    memcpy(&f.head, frame.p, sizeof(f.head));
    f.payload = frame.p + sizeof(f.head);
    assert_int_equal(f.head.type, WIRE_REFRESH);
    assert_int_equal(f.head.sequence, r->sequence);
    in = wire_reader(&f);
    return wire_get_u32(&in);
}

/* A refresh whose first question, for the queue and who may act, was asked and answered at `now`. */
static void init_and_begin(struct refresh *r, int64_t interval_ms, int64_t now)
{
    struct snapshot s = good(1000);

    refresh_init(r, interval_ms);
    assert_int_equal(ask(r, now), REFRESH_JOBS | REFRESH_CLUSTER);
    refresh_answered(r, &s, now, now);
}

/* How long after `from` the next question comes, ms. */
static int64_t pause_after(struct refresh *r, int64_t from)
{
    int64_t now = from;

    while (!ask(r, now) && now < from + 100000000)
        now += 10;
    return now - from;
}

static void test_interval(void **state)
{
    struct snapshot s = good(1000);
    struct refresh r;

    (void)state;
    init_and_begin(&r, 2000, T0);
    assert_int_equal(ask(&r, T0), REFRESH_ALL);
    assert_int_equal(ask(&r, T0 + 5000), 0); /* one question at a time */
    refresh_answered(&r, &s, T0 + 5000, T0 + 5000);
    assert_int_equal(ask(&r, T0 + 6990), 0);
    assert_int_equal(ask(&r, T0 + 7000), REFRESH_JOBS | REFRESH_NODES);
    refresh_answered(&r, &s, T0 + 7010, T0 + 7010);
    refresh_now(&r, T0 + 7020);
    assert_int_not_equal(ask(&r, T0 + 7020), 0);
    refresh_answered(&r, &s, T0 + 7030, T0 + 7030);
    assert_int_equal(ask(&r, T0 + 31000), REFRESH_ALL); /* what seldom changes, now and then */
}

/* Guards what is wanted while a question is under way: the answer to that is of before, and was all that came for a
   whole interval. */
static void test_asked_meanwhile(void **state)
{
    struct snapshot s = good(1000);
    struct refresh r;

    (void)state;
    init_and_begin(&r, 3000, T0);
    ask(&r, T0);
    refresh_answered(&r, &s, T0 + 10, T0 + 10);
    assert_int_not_equal(ask(&r, T0 + 3010), 0);
    refresh_now(&r, T0 + 3020);
    assert_int_equal(ask(&r, T0 + 3020), 0);
    refresh_answered(&r, &s, T0 + 3030, T0 + 3030);
    assert_int_not_equal(ask(&r, T0 + 3030), 0);
    refresh_answered(&r, &s, T0 + 3040, T0 + 3040);
    assert_int_equal(ask(&r, T0 + 3050), 0); /* once */
}

/* An answer that is dear is not asked for so often, but never given up. */
static void test_dear_answers(void **state)
{
    struct snapshot cheap = good(90000), dear = good(500000), hour = good(3600000000ll);
    struct refresh r;

    (void)state;
    init_and_begin(&r, 2000, T0);
    ask(&r, T0);
    refresh_answered(&r, &cheap, T0, T0);
    assert_int_equal(pause_after(&r, T0), 2000);
    refresh_answered(&r, &dear, T0, T0);
    assert_int_equal(pause_after(&r, T0), 10000);
    refresh_answered(&r, &hour, T0, T0);
    assert_in_range(pause_after(&r, T0), 2000, 60000);
}

/* What took long because the controller was away was not dear: libslurm waits and tries again inside
   one call. Right after it is back the screen must follow, not sleep for a minute. */
static void test_waiting_is_not_work(void **state)
{
    struct snapshot s = good(9000000); /* nine seconds, one of them ms of work */
    struct refresh r;

    (void)state;
    init_and_begin(&r, 2000, T0);
    ask(&r, T0);
    refresh_answered(&r, &s, T0 + 9000, T0 + 9000);
    assert_in_range(pause_after(&r, T0 + 9000), 2000, 10000);
}

/* --refresh 300 is 300 s, also in trouble. */
static void test_long_interval(void **state)
{
    struct snapshot s = good(1000), down = bad("x");
    struct refresh r;
    int64_t well, ill;

    (void)state;
    init_and_begin(&r, 300000, T0);
    ask(&r, T0);
    refresh_answered(&r, &s, T0, T0);
    well = pause_after(&r, T0);
    refresh_answered(&r, &down, T0, T0);
    ill = pause_after(&r, T0);
    if (well != 300000 || ill < 300000)
        fail_msg(
            "asked again after %lld ms, when down after %lld ms", (long long)well, (long long)ill);
}

/* Guards a node that was resumed: it answers within a second, which was shown two seconds later. The next questions come
   sooner, but not many, and not if they are dear. */
static void test_follow(void **state)
{
    struct snapshot s = good(1000), dear = good(200000);
    struct refresh r;
    int64_t now = T0;

    (void)state;
    init_and_begin(&r, 2000, T0);
    ask(&r, T0);
    refresh_answered(&r, &s, T0, T0);
    refresh_follow(&r, T0);
    for (int i = 0; i < 4; i++) {
        now += pause_after(&r, now);
        assert_int_equal(now, T0 + 500 * (i + 1));
        refresh_answered(&r, &s, now, now);
    }
    assert_int_equal(pause_after(&r, now), 2000);
    refresh_answered(&r, &dear, now, now);
    refresh_follow(&r, now);
    assert_int_equal(pause_after(&r, now), 4000);
    refresh_init(&r, 200);
    refresh_answered(&r, &s, now, now);
    refresh_follow(&r, now);
    assert_true(pause_after(&r, now) <= 200); /* never later than asked for */
}

static void test_down_and_back(void **state)
{
    struct snapshot s = good(1000), down = bad("Unable to contact slurm controller");
    int64_t now = T0, before = 0;
    struct refresh r;

    (void)state;
    init_and_begin(&r, 2000, T0);
    ask(&r, now);
    for (int i = 0; i < 20; i++) { /* more and more slowly, but never given up */
        int64_t pause;

        refresh_answered(&r, &down, now, now);
        assert_int_equal(refresh_link(&r, &down, now), LINK_DOWN);
        assert_string_equal(r.words, "Unable to contact slurm controller");
        pause = pause_after(&r, now);
        assert_true(pause >= before && pause >= 2000 && pause <= 10000);
        before = pause;
        now += pause;
    }
    refresh_answered(&r, &s, now, now);
    assert_int_equal(refresh_link(&r, &s, now), LINK_OK);
    assert_int_equal(pause_after(&r, now), 2000);
}

static void test_slow_and_hopeless(void **state)
{
    struct snapshot none = {0}, s = good(1000);
    struct refresh r;

    (void)state;
    init_and_begin(&r, 2000, T0);
    assert_int_equal(refresh_link(&r, &none, T0), LINK_STARTING);
    ask(&r, T0);
    assert_int_equal(refresh_link(&r, &none, T0 + 1000), LINK_STARTING);
    assert_int_equal(refresh_link(&r, &none, T0 + 3000), LINK_SLOW);
    assert_int_equal(refresh_link(&r, &s, T0 + 3000), LINK_SLOW);
    assert_false(refresh_hopeless(&r, T0 + 60000));
    assert_true(refresh_hopeless(&r, T0 + 100000));
    assert_true(refresh_due_ms(&r) <= T0 + 100000); /* somebody wakes up for it */
    refresh_answered(&r, &s, T0 + 100000, T0 + 100000);
    assert_false(refresh_hopeless(&r, T0 + 300000));
    assert_int_equal(refresh_due_ms(&r), T0 + 102000);
}

static void test_lost_helper(void **state)
{
    struct snapshot s = good(1000);
    struct refresh r;

    (void)state;
    init_and_begin(&r, 2000, T0);
    ask(&r, T0);
    refresh_lost(&r, "first line\nlast line");
    assert_int_equal(refresh_link(&r, &s, T0), LINK_LOST);
    assert_string_equal(r.words, "last line");
    assert_int_equal(ask(&r, T0 + 1000000), 0); /* nobody there to ask */
    refresh_now(&r, T0 + 1000000);
    assert_int_equal(ask(&r, T0 + 1000000), 0);
    assert_false(refresh_hopeless(&r, T0 + 1000000));
    refresh_restarted(&r, T0 + 2000);
    assert_int_equal(ask(&r, T0 + 2000), REFRESH_ALL);
    refresh_answered(&r, &s, T0 + 2100, T0 + 2100);
    assert_int_equal(refresh_link(&r, &s, T0 + 2100), LINK_OK);
    refresh_lost(&r, "");
    assert_true(r.words[0] != '\0');
}

/* Data that has not been true for long is not called fresh, whatever the reason that nobody asked. */
static void test_old_is_not_ok(void **state)
{
    struct snapshot s = good(1000);
    struct refresh r;

    (void)state;
    init_and_begin(&r, 2000, T0);
    ask(&r, T0);
    s.health[SECTION_JOBS].fresh_ms = s.health[SECTION_NODES].fresh_ms = T0;
    refresh_answered(&r, &s, T0, T0);
    assert_int_equal(refresh_link(&r, &s, T0 + 2000), LINK_OK);
    assert_int_not_equal(refresh_link(&r, &s, T0 + 60000), LINK_OK);
}

static void test_fresh(void **state)
{
    struct snapshot s = good(1000);

    (void)state;
    s.health[SECTION_JOBS].fresh_ms = 5;
    s.health[SECTION_NODES].fresh_ms = 3;
    assert_int_equal(refresh_fresh_ms(&s), 3);
    s.health[SECTION_NODES].fresh_ms = 0; /* the first answer holds no nodes */
    assert_int_equal(refresh_fresh_ms(&s), 5);
    s.health[SECTION_JOBS].fresh_ms = 0; /* --once partitions */
    s.health[SECTION_PARTITIONS].fresh_ms = 7;
    assert_int_equal(refresh_fresh_ms(&s), 7);
    s.health[SECTION_NODES].fresh_ms = 6; /* --once nodes */
    assert_int_equal(refresh_fresh_ms(&s), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_asked_meanwhile),
        cmocka_unit_test(test_dear_answers),
        cmocka_unit_test(test_waiting_is_not_work),
        cmocka_unit_test(test_long_interval),
        cmocka_unit_test(test_follow),
        cmocka_unit_test(test_down_and_back),
        cmocka_unit_test(test_slow_and_hopeless),
        cmocka_unit_test(test_lost_helper),
        cmocka_unit_test(test_old_is_not_ok),
        cmocka_unit_test(test_fresh),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    buf_release(&frame);
    return failed;
}
