/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order rows are shown in, and what runs on which node. */
#include "tui/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/snapshots.h"
#include "tui/column.h"

static void assert_jobs(
    const struct snapshot *s, const struct order *o, const uint32_t *ids, size_t n)
{
    assert_int_equal(o->job_count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(s->jobs[o->jobs[i]].job_id, ids[i]);
}

static void test_jobs(void **state)
{
    static const struct job jobs[] = {
        {.job_id = 1, .state = JOB_STATE_COMPLETED, .end_time = 100},
        {.job_id = 2, .state = JOB_STATE_RUNNING, .start_time = 50},
        {.job_id = 3, .state = JOB_STATE_PENDING, .priority = 0}, /* held */
        {.job_id = 4, .state = JOB_STATE_PENDING, .priority = 5},
        {.job_id = 5, .state = JOB_STATE_PENDING, .priority = UINT32_MAX - 2},
        {.job_id = 6, .state = JOB_STATE_RUNNING, .start_time = 60},
        {.job_id = 7, .state = JOB_STATE_FAILED, .end_time = 200},
        {.job_id = 8, .state = JOB_STATE_PENDING, .priority = 5},
        {.job_id = 9, .state = JOB_STATE_CANCELLED, .flags = JOB_FLAG_COMPLETING, .start_time = 55},
        {.job_id = 10, .state = JOB_STATE_SUSPENDED, .start_time = 70},
        {.job_id = 11, .state = JOB_STATE_UNKNOWN},
    };
    static const uint32_t ids[] = {10, 6, 9, 2, 5, 4, 8, 3, 7, 1, 11};
    static const struct order_by own = {.jobs = -1, .nodes = -1};
    struct draft d = draft_new(sizeof(struct job));
    struct order o = {0};
    struct snapshot *s;

    (void)state;
    for (size_t i = 0; i < KF_LEN(jobs); i++)
        draft_add(&d, &jobs[i]);
    s = snapshot_of(&d, NULL, NULL);
    order_build(&o, s, &own, 1000, REFRESH_ALL);
    assert_jobs(s, &o, ids, KF_LEN(ids));
    order_build(&o, s, &own, 1000, 0); /* nothing changed: nothing is lost */
    assert_jobs(s, &o, ids, KF_LEN(ids));
    order_release(&o);
    snapshot_free(s);
    draft_release(&d);
}

static void test_node_rank(void **state)
{
    static const struct {
        uint32_t state, flags;
        int rank;
    } rows[] = {
        {NODE_STATE_DOWN_, 0, 0},
        {NODE_STATE_IDLE_, NODE_FLAG_DRAIN, 0},
        {NODE_STATE_ALLOCATED_, NODE_FLAG_DRAIN, 0},
        {NODE_STATE_IDLE_, NODE_FLAG_NOT_RESPONDING, 2}, /* just resumed: Slurm waits for it */
        {NODE_STATE_MIXED_, NODE_FLAG_NOT_RESPONDING, 1},
        {NODE_STATE_DOWN_, NODE_FLAG_NOT_RESPONDING, 0},
        {NODE_STATE_IDLE_, NODE_FLAG_NOT_RESPONDING | NODE_FLAG_DRAIN, 0},
        {NODE_STATE_IDLE_, NODE_FLAG_INVALID_REG, 0},
        {NODE_STATE_DOWN_, NODE_FLAG_REBOOT_ISSUED, 2},
        {NODE_STATE_UNKNOWN_, 0, 0},
        {99, 0, 0}, /* a state newer than this program needs a person */
        {NODE_STATE_ALLOCATED_, 0, 1},
        {NODE_STATE_MIXED_, 0, 1},
        {NODE_STATE_IDLE_, NODE_FLAG_COMPLETING, 1},
        {NODE_STATE_IDLE_, 0, 2},
        {NODE_STATE_IDLE_, NODE_FLAG_POWERED_DOWN, 3},
        {NODE_STATE_DOWN_, NODE_FLAG_POWERED_DOWN, 3},
        {NODE_STATE_IDLE_, NODE_FLAG_POWERING_DOWN, 3},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct node n = {.state = rows[i].state, .flags = rows[i].flags};

        if (order_node_rank(&n) != rows[i].rank)
            fail_msg("row %zu: rank %d, expected %d", i, order_node_rank(&n), rows[i].rank);
    }
}

/* Nodes at places 0, 2, 3 and 7 of Slurm's table: the others are hidden. */
static struct snapshot *four_nodes(const char *const *where, size_t count)
{
    static const uint32_t places[] = {0, 2, 3, 7};
    struct draft jobs = draft_new(sizeof(struct job)), nodes = draft_new(sizeof(struct node));
    struct snapshot *s;

    for (size_t i = 0; i < KF_LEN(places); i++) {
        struct node n = {.index = places[i], .state = NODE_STATE_IDLE_};

        draft_add(&nodes, &n);
    }
    for (size_t i = 0; i < count; i++) {
        struct job j = {.job_id = (uint32_t)i + 1,
            .state = JOB_STATE_RUNNING,
            .node_index = draft_str(&jobs, where[i])};

        draft_add(&jobs, &j);
    }
    s = snapshot_of(&jobs, &nodes, NULL);
    draft_release(&jobs);
    draft_release(&nodes);
    return s;
}

static void test_on_nodes(void **state)
{
    /* the last ones are nonsense: no harm, no endless loop */
    static const char *const where[] = {"0", "0-3", "7,2", "1", "", "5-9", "3-2", "-1", "x", "0-",
        "0-4294967295", "18446744073709551615", "2-18446744073709551615", ",,0", "7,"};
    static const struct order_by own = {.jobs = -1, .nodes = -1};
    struct snapshot *s = four_nodes(where, KF_LEN(where));
    struct order o = {0};

    (void)state;
    order_build(&o, s, &own, 0, REFRESH_ALL);
    assert_int_equal(o.node_start[0], 0);
    for (uint32_t i = 0; i < s->node_count; i++) {
        assert_true(o.node_start[i] <= o.node_start[i + 1]);
        for (uint32_t k = o.node_start[i]; k < o.node_start[i + 1]; k++)
            assert_true(o.on_nodes[k] < s->job_count);
    }
    assert_true(o.node_start[1] >= 2);
    assert_int_equal(o.on_nodes[0], 0); /* jobs 1 and 2 on the first node */
    assert_int_equal(o.on_nodes[1], 1);
    assert_int_equal(o.on_nodes[o.node_start[3]], 2); /* job 3 on the last one */
    order_release(&o);
    snapshot_free(s);
}

/* Only the jobs changed, or only the nodes: what depends on both is made anew. */
static void test_rebuild_in_part(void **state)
{
    static const char *const few[] = {"0"}, *const more[] = {"0", "0", "7"};
    static const struct order_by own = {.jobs = -1, .nodes = -1};
    struct snapshot *a = four_nodes(few, 1), *b = four_nodes(more, 3);
    struct order o = {0};

    (void)state;
    order_build(&o, a, &own, 0, REFRESH_ALL);
    assert_int_equal(o.node_start[4], 1);
    order_build(&o, b, &own, 0, REFRESH_JOBS);
    assert_int_equal(o.job_count, 3);
    assert_int_equal(o.node_start[4], 3);
    order_build(&o, a, &own, 0, REFRESH_ALL);
    assert_int_equal(o.job_count, 1);
    assert_int_equal(o.node_start[4], 1);
    order_release(&o);
    snapshot_free(a);
    snapshot_free(b);
}

static void test_empty(void **state)
{
    static const struct order_by own = {.jobs = -1, .nodes = -1}, by = {.jobs = 0, .nodes = 0};
    struct snapshot *s = snapshot_new();
    struct order o = {0};

    (void)state;
    order_build(&o, s, &own, 0, REFRESH_ALL);
    order_build(&o, s, &by, 0, REFRESH_ALL);
    assert_int_equal(o.job_count + o.node_count + o.partition_count, 0);
    assert_int_equal(o.node_start[0], 0);
    order_release(&o);
    snapshot_free(s);
}

static void test_sort_is_stable(void **state)
{
    struct order_key keys[100];

    (void)state;
    for (uint32_t i = 0; i < KF_LEN(keys); i++)
        keys[i] = (struct order_key){i * 7 % 5, i};
    order_sort(keys, (uint32_t)KF_LEN(keys));
    for (size_t i = 1; i < KF_LEN(keys); i++)
        assert_true(keys[i - 1].key < keys[i].key ||
                    (keys[i - 1].key == keys[i].key && keys[i - 1].row < keys[i].row));
    order_sort(keys, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_node_rank),
        cmocka_unit_test(test_on_nodes),
        cmocka_unit_test(test_rebuild_in_part),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_sort_is_stable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
