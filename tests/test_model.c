/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States and times as squeue(1), sinfo(1) and scontrol(1) show them. */
#include "backend/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"

/* job_time_used() of Slurm's src/common: the table is what squeue -o %M prints. */
static void test_elapsed(void **state)
{
    static const struct {
        struct job job;
        int64_t elapsed; /* at 1000 s */
    } rows[] = {
        {{.state = JOB_STATE_PENDING}, 0},
        {{.state = JOB_STATE_PENDING, .start_time = 900}, 0}, /* when Slurm expects it */
        {{.state = JOB_STATE_RUNNING, .start_time = 900}, 100},
        {{.state = JOB_STATE_RUNNING, .start_time = 900, .end_time = 5000}, 100}, /* its limit */
        {{.state = JOB_STATE_RUNNING, .start_time = 1100}, 0}, /* clocks differ */
        {{.state = JOB_STATE_RUNNING}, 0},
        {{.state = JOB_STATE_COMPLETED, .start_time = 900, .end_time = 950}, 50},
        {{.state = JOB_STATE_FAILED, .start_time = 900, .end_time = 900}, 0},
        {{.state = JOB_STATE_CANCELLED, .end_time = 950}, 0}, /* never ran */
        {{.state = JOB_STATE_CANCELLED, .start_time = 950, .end_time = 900}, 0},
        {{.state = JOB_STATE_SUSPENDED,
             .start_time = 800,
             .suspend_time = 900,
             .pre_suspend_s = 77},
            77},
        {{.state = JOB_STATE_RUNNING, .start_time = 800, .suspend_time = 950, .pre_suspend_s = 77},
            127},
        {{.state = JOB_STATE_COMPLETED,
             .start_time = 800,
             .suspend_time = 900,
             .pre_suspend_s = 77,
             .end_time = 960},
            137},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        if (job_elapsed(&rows[i].job, 1000) != rows[i].elapsed)
            fail_msg("row %zu: %lld, expected %lld", i, (long long)job_elapsed(&rows[i].job, 1000),
                (long long)rows[i].elapsed);
}

static void test_job_states(void **state)
{
    static const struct {
        uint16_t state, flags;
        const char *name, *brief;
        bool finished;
    } rows[] = {
        {JOB_STATE_PENDING, 0, "PENDING", "PD", false},
        {JOB_STATE_RUNNING, 0, "RUNNING", "R", false},
        {JOB_STATE_SUSPENDED, 0, "SUSPENDED", "S", false},
        {JOB_STATE_COMPLETED, 0, "COMPLETED", "CD", true},
        {JOB_STATE_CANCELLED, 0, "CANCELLED", "CA", true},
        {JOB_STATE_FAILED, 0, "FAILED", "F", true}, {JOB_STATE_TIMEOUT, 0, "TIMEOUT", "TO", true},
        {JOB_STATE_NODE_FAIL, 0, "NODE_FAIL", "NF", true},
        {JOB_STATE_PREEMPTED, 0, "PREEMPTED", "PR", true},
        {JOB_STATE_BOOT_FAIL, 0, "BOOT_FAIL", "BF", true},
        {JOB_STATE_DEADLINE, 0, "DEADLINE", "DL", true},
        {JOB_STATE_OUT_OF_MEMORY, 0, "OUT_OF_MEMORY", "OOM", true},
        {JOB_STATE_UNKNOWN, 0, "UNKNOWN", "?", false}, {999, 0, "UNKNOWN", "?", false},
        {JOB_STATE_CANCELLED, JOB_FLAG_COMPLETING, "COMPLETING", "CG", true},
        {JOB_STATE_RUNNING, JOB_FLAG_CONFIGURING, "CONFIGURING", "CF", false},
        {JOB_STATE_PENDING, JOB_FLAG_REQUEUED, "REQUEUED", "RQ", false},
        {JOB_STATE_PENDING, JOB_FLAG_REQUEUE_HOLD, "REQUEUE_HOLD", "RH", false},
        {JOB_STATE_FAILED, JOB_FLAG_SPECIAL_EXIT | JOB_FLAG_COMPLETING, "COMPLETING", "CG", true},
        {JOB_STATE_RUNNING, 1 << 15, "RUNNING", "R", false}, /* a flag newer than this program */
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct job j = {.state = rows[i].state, .flags = rows[i].flags};

        assert_string_equal(job_state_name(&j), rows[i].name);
        assert_string_equal(job_state_short(&j), rows[i].brief);
        if (job_finished(&j) != rows[i].finished)
            fail_msg("row %zu (%s)", i, rows[i].name);
    }
}

static void add_name(void *user, const char *name)
{
    buf_addf(user, "+%s", name);
}

static void test_node_states(void **state)
{
    static const struct {
        uint32_t state, flags;
        const char *name, *flag_names;
        bool usable;
    } rows[] = {
        {NODE_STATE_IDLE_, 0, "IDLE", "", true}, {NODE_STATE_MIXED_, 0, "MIXED", "", true},
        {NODE_STATE_ALLOCATED_, NODE_FLAG_COMPLETING, "ALLOCATED", "+COMPLETING", true},
        {NODE_STATE_DOWN_, NODE_FLAG_DRAIN, "DOWN", "+DRAIN", false},
        {NODE_STATE_IDLE_, NODE_FLAG_DRAIN, "IDLE", "+DRAIN", false},
        {NODE_STATE_IDLE_, NODE_FLAG_NOT_RESPONDING, "IDLE", "+NOT_RESPONDING", false},
        {NODE_STATE_IDLE_, NODE_FLAG_CLOUD | NODE_FLAG_POWERED_DOWN, "IDLE", "+CLOUD+POWERED_DOWN",
            true},
        {NODE_STATE_DOWN_, NODE_FLAG_NOT_RESPONDING | NODE_FLAG_DRAIN, "DOWN",
            "+DRAIN+NOT_RESPONDING", false},
        {NODE_STATE_FUTURE_, 0, "FUTURE", "", false},
        {NODE_STATE_UNKNOWN_, 0, "UNKNOWN", "", false},
        {77, 0, "UNKNOWN", "", false}, /* a state newer than this program: nothing is promised */
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct node n = {.state = rows[i].state, .flags = rows[i].flags};
        struct buf b = BUF_INIT;

        node_flag_names(&n, add_name, &b);
        assert_string_equal(node_state_name(&n), rows[i].name);
        assert_string_equal(buf_str(&b), rows[i].flag_names);
        if (node_usable(&n) != rows[i].usable)
            fail_msg(
                "row %zu (%s%s): usable %d", i, rows[i].name, rows[i].flag_names, node_usable(&n));
        buf_release(&b);
    }
}

/* Each flag has one name of its own. */
static void test_every_node_flag(void **state)
{
    struct buf all = BUF_INIT;
    struct node n = {.flags = (NODE_FLAG_BLOCKED << 1) - 1};

    (void)state;
    for (uint32_t flag = 1; flag <= NODE_FLAG_BLOCKED; flag <<= 1) {
        struct node one = {.flags = flag};
        struct buf b = BUF_INIT;

        node_flag_names(&one, add_name, &b);
        assert_true(b.len > 1);
        assert_null(strchr(b.p + 1, '+'));
        buf_release(&b);
    }
    node_flag_names(&n, add_name, &all);
    assert_true(all.len > 23 * 4);
    buf_release(&all);
}

static void test_partition_states(void **state)
{
    static const char *const names[] = {"INACTIVE", "DOWN", "DRAIN", "UP"};

    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        struct partition p = {.state = i};

        assert_string_equal(partition_state_name(&p), names[i & 3]);
    }
}

/* Records are read where they lie in a frame: their layout is the format. */
static void test_layout(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct job) % 8, 0);
    assert_int_equal(sizeof(struct node) % 8, 0);
    assert_int_equal(sizeof(struct partition) % 4, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elapsed),
        cmocka_unit_test(test_job_states),
        cmocka_unit_test(test_node_states),
        cmocka_unit_test(test_every_node_flag),
        cmocka_unit_test(test_partition_states),
        cmocka_unit_test(test_layout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
