/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The farm in a few numbers: nodes by what they are to an operator, CPUs and memory in use and to be had. */
#include "tui/summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/snapshots.h"

static struct summary of_nodes(const struct node *nodes, size_t count)
{
    struct draft d = draft_new(sizeof(struct node));
    struct snapshot *s;
    struct summary sum;

    for (size_t i = 0; i < count; i++)
        draft_add(&d, &nodes[i]);
    s = snapshot_of(NULL, &d, NULL);
    sum = summary_of(s);
    snapshot_free(s);
    draft_release(&d);
    return sum;
}

/* Guards "CPU 10/4" while a node with jobs drains: what is in use is of the same nodes as what it is said to be part of,
   and what is left of that is free. The numbers are those of `sinfo -h -o %C` (A, A + I, T). */
static void test_use_while_draining(void **state)
{
    static const struct {
        struct node node2; /* beside node1: 2 of 4 CPUs, 1 of 4 GiB */
        uint64_t cpus[3], mem[3]; /* alloc, usable, total */
    } rows[] = {
        {{.state = NODE_STATE_MIXED_, .cpus_alloc = 6, .mem_alloc_mb = 4096}, {8, 12, 12},
            {5120, 12288, 12288}},
        {{.state = NODE_STATE_MIXED_,
             .flags = NODE_FLAG_DRAIN,
             .cpus_alloc = 6,
             .mem_alloc_mb = 4096},
            {8, 10, 12}, {5120, 8192, 12288}},
        {{.state = NODE_STATE_IDLE_, .flags = NODE_FLAG_DRAIN}, {2, 4, 12}, {1024, 4096, 12288}},
        {{.state = NODE_STATE_DOWN_}, {2, 4, 12}, {1024, 4096, 12288}},
        /* its configuration shrank while a job ran */
        {{.state = NODE_STATE_ALLOCATED_, .cpus_alloc = 10, .mem_alloc_mb = 9000}, {12, 14, 12},
            {10024, 13096, 12288}},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct node nodes[2] = {{.state = NODE_STATE_MIXED_,
                                    .cpus = 4,
                                    .cpus_alloc = 2,
                                    .mem_mb = 4096,
                                    .mem_alloc_mb = 1024},
            rows[i].node2};
        struct summary sum;

        nodes[1].index = 1;
        nodes[1].cpus = 8;
        nodes[1].mem_mb = 8192;
        sum = of_nodes(nodes, 2);
        print_message("row %zu\n", i);
        assert_int_equal(sum.cpus_alloc, rows[i].cpus[0]);
        assert_int_equal(sum.cpus_usable, rows[i].cpus[1]);
        assert_int_equal(sum.cpus_total, rows[i].cpus[2]);
        assert_int_equal(sum.mem_alloc_mb, rows[i].mem[0]);
        assert_int_equal(sum.mem_usable_mb, rows[i].mem[1]);
        assert_int_equal(sum.mem_total_mb, rows[i].mem[2]);
    }
}

/* Guards "1 down" for a node that was just resumed, or reboots: each node is counted once, under what it is. */
static void test_counts_of_nodes(void **state)
{
    static const struct node nodes[] = {
        {.index = 0, .state = NODE_STATE_ALLOCATED_},
        {.index = 1, .state = NODE_STATE_IDLE_},
        {.index = 2, .state = NODE_STATE_IDLE_, .flags = NODE_FLAG_DRAIN},
        {.index = 3, .state = NODE_STATE_DOWN_},
        {.index = 4, .state = NODE_STATE_IDLE_, .flags = NODE_FLAG_POWERED_DOWN},
        {.index = 5, .state = NODE_STATE_IDLE_, .flags = NODE_FLAG_NOT_RESPONDING},
        {.index = 6, .state = NODE_STATE_DOWN_, .flags = NODE_FLAG_REBOOT_ISSUED},
        {.index = 7, .state = NODE_STATE_DOWN_, .flags = NODE_FLAG_NOT_RESPONDING},
    };
    struct summary sum = of_nodes(nodes, KF_LEN(nodes));

    (void)state;
    assert_int_equal(sum.busy, 1);
    assert_int_equal(sum.idle, 1);
    assert_int_equal(sum.draining, 1);
    assert_int_equal(sum.off, 1);
    assert_int_equal(sum.silent, 1);
    assert_int_equal(sum.rebooting, 1);
    assert_int_equal(sum.down, 2);
    assert_int_equal(sum.nodes, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_use_while_draining),
        cmocka_unit_test(test_counts_of_nodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
