/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the screen is told of builds: the frames, the table of builds, and what Slurm's word and the log's
 * together come to.
 */
#include "backend/progress.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static struct wire_frame frame_of(const struct buf *b)
{
    struct wire_frame f = {.payload = b->p + sizeof(f.head)};

    memcpy(&f.head, b->p, sizeof(f.head));
    return f;
}

static const struct buildinfo full = {.job_id = 7,
    .restarts = 2,
    .result = BUILD_FAILED,
    .cause = CAUSE_LINK,
    .phase = PHASE_LINK,
    .basis = BASIS_ERROR,
    .complete = true,
    .error = EIO,
    .mtime_s = 1790000000,
    .steps = 5000000000,
    .warnings = 3,
    .errors = 2,
    .rate = -1,
    .first = "main.c: undefined reference to `x'",
    .last = "vmlinux"};

static void test_frame(void **state)
{
    struct buf b = BUF_INIT;
    struct buildinfo got;
    struct wire_frame f;

    (void)state;
    buildinfo_put(&b, &full);
    f = frame_of(&b);
    assert_int_equal(f.head.type, WIRE_LOG_BUILD);
    assert_int_equal(buildinfo_get(&f, &got), 0);
    assert_true(buildinfo_same(&got, &full));
    assert_int_equal(got.steps, full.steps);
    assert_int_equal(got.rate, -1);
    for (uint32_t n = 0; n + 8 < f.head.length; n++) { /* the last bytes are padding */
        struct wire_frame cut = {.head = f.head};
        char *exact = xmemdup0(f.payload, n);

        cut.head.length = n;
        cut.payload = exact;
        assert_int_equal(buildinfo_get(&cut, &got), -EBADMSG);
        free(exact);
    }
    b.p[sizeof(f.head) + 8] = BUILD_RESULT_COUNT;
    assert_int_equal(buildinfo_get(&f, &got), -EBADMSG);
    buf_release(&b);
}

/* Guards the table: found by number and run, whatever the order in which builds are told of. */
static void test_table(void **state)
{
    static const uint32_t ids[] = {5, 1, 9, 7, 3, 7};
    struct progress p = {0};
    struct job jobs[3] = {
        {.job_id = 3, .batch = 1, .state = JOB_STATE_RUNNING, .start_time = 1, .node_list = 1},
        {.job_id = 7,
            .batch = 1,
            .state = JOB_STATE_RUNNING,
            .start_time = 1,
            .restarts = 5,
            .node_list = 1},
        {.job_id = 8, .batch = 1, .state = JOB_STATE_RUNNING, .start_time = 1, .node_list = 1}};
    struct snapshot s = {.jobs = jobs, .job_count = 3, .progress = &p};

    (void)state;
    for (uint32_t i = 0; i < KF_LEN(ids); i++) {
        struct buildinfo info = {.job_id = ids[i], .restarts = ids[i] == 7 ? i : 0, .steps = i};
        struct buf b = BUF_INIT;
        struct wire_frame f;

        buildinfo_put(&b, &info);
        f = frame_of(&b);
        assert_int_equal(progress_take(&p, &f), 0);
        buf_release(&b);
    }
    assert_int_equal(p.count, 5);
    for (uint32_t i = 1; i < p.count; i++)
        assert_true(p.v[i - 1].job_id < p.v[i].job_id);
    assert_int_equal(progress_of(&s, &jobs[0])->steps, 4);
    assert_int_equal(progress_of(&s, &jobs[1])->steps, 5);
    assert_null(progress_of(&s, &jobs[2]));
    jobs[1].restarts = 6; /* it runs anew: what is known is of the run before */
    assert_null(progress_of(&s, &jobs[1]));
    progress_retain(&p, &s);
    assert_int_equal(p.count, 2);
    progress_release(&p);
}

/* Guards what a build is: a log with steps in it, or make's word why there are none; a name; and nothing is claimed while a
   log was not read, or cannot be. */
static void test_is_build(void **state)
{
    static char pool[] = "\0kernel_build_7\0after_it";
    static char named[] = "kernel_build*";
    static char *const names[] = {named, NULL};
    static const struct {
        uint32_t name;
        bool told;
        struct buildinfo info;
        enum is_build want;
    } rows[] = {
        {16, false, {0}, IS_PERHAPS_BUILD},
        {16, true, {.complete = false}, IS_PERHAPS_BUILD},
        {16, true, {.complete = true}, IS_NO_BUILD},
        {16, true, {.complete = true, .result = BUILD_RUNNING}, IS_NO_BUILD},
        {16, true, {.complete = true, .error = EIO}, IS_PERHAPS_BUILD},
        {16, true, {.complete = true, .error = ENOENT}, IS_PERHAPS_BUILD},
        {16, true, {.complete = true, .error = ENOTSUP}, IS_NO_BUILD},
        {16, true, {.steps = 1}, IS_BUILD},
        {16, true, {.complete = true, .result = BUILD_SUCCESS}, IS_BUILD},
        {16, true, {.complete = true, .result = BUILD_FAILED, .basis = BASIS_MAKE}, IS_BUILD},
        {16, true, {.complete = true, .result = BUILD_FAILED, .cause = CAUSE_COMPILE}, IS_BUILD},
        {16, true, {.complete = true, .result = BUILD_FAILED, .cause = CAUSE_SCRIPT}, IS_NO_BUILD},
        {16, true, {.complete = true, .result = BUILD_CANCELLED}, IS_NO_BUILD},
        {1, false, {0}, IS_BUILD},
        {1, true, {.complete = true}, IS_BUILD},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct buildinfo info = rows[i].info;
        struct progress p = {.v = &info, .count = rows[i].told, .names = names};
        struct job j = {.job_id = 7,
            .batch = 1,
            .state = JOB_STATE_RUNNING,
            .start_time = 1,
            .node_list = 1,
            .name = rows[i].name};
        struct snapshot s = {.jobs = &j, .job_count = 1, .job_pool = pool, .progress = &p};

        info.job_id = 7;
        if (job_is_build(&s, &j) != rows[i].want)
            fail_msg("row %zu: %d", i, job_is_build(&s, &j));
        j.state = JOB_STATE_PENDING;
        assert_int_equal(job_is_build(&s, &j), IS_NO_BUILD);
    }
}

static void test_outcome(void **state)
{
    static const struct buildinfo broken = {.result = BUILD_FAILED, .cause = CAUSE_COMPILE};
    static const struct buildinfo good = {.result = BUILD_SUCCESS};
    static const struct {
        enum job_state state;
        uint16_t exit_signal;
        const struct buildinfo *info;
        struct outcome want;
    } rows[] = {
        {JOB_STATE_RUNNING, 0, NULL, {BUILD_RUNNING, CAUSE_NONE, false}},
        {JOB_STATE_RUNNING, 0, &broken,
            {BUILD_RUNNING, CAUSE_NONE, false}}, /* its script goes on */
        {JOB_STATE_SUSPENDED, 0, NULL, {BUILD_RUNNING, CAUSE_NONE, false}},
        {JOB_STATE_COMPLETED, 0, NULL, {BUILD_SUCCESS, CAUSE_NONE, false}},
        {JOB_STATE_COMPLETED, 0, &good, {BUILD_SUCCESS, CAUSE_NONE, false}},
        {JOB_STATE_COMPLETED, 0, &broken, {BUILD_FAILED, CAUSE_COMPILE, true}},
        {JOB_STATE_FAILED, 0, &broken, {BUILD_FAILED, CAUSE_COMPILE, false}},
        {JOB_STATE_FAILED, 0, NULL, {BUILD_FAILED, CAUSE_SCRIPT, false}},
        {JOB_STATE_FAILED, 0, &good, {BUILD_FAILED, CAUSE_SCRIPT, false}},
        {JOB_STATE_FAILED, 53, NULL, {BUILD_FAILED, CAUSE_IO_ERROR, false}},
        {JOB_STATE_TIMEOUT, 0, &broken, {BUILD_FAILED, CAUSE_TIME_LIMIT, false}},
        {JOB_STATE_DEADLINE, 0, NULL, {BUILD_FAILED, CAUSE_TIME_LIMIT, false}},
        {JOB_STATE_CANCELLED, 15, &broken, {BUILD_CANCELLED, CAUSE_CANCELLED, false}},
        {JOB_STATE_NODE_FAIL, 0, NULL, {BUILD_FAILED, CAUSE_NODE_FAIL, false}},
        {JOB_STATE_PREEMPTED, 0, NULL, {BUILD_FAILED, CAUSE_PREEMPTED, false}},
        {JOB_STATE_OUT_OF_MEMORY, 0, &broken, {BUILD_FAILED, CAUSE_OOM, false}},
        {JOB_STATE_UNKNOWN, 0, NULL, {BUILD_UNKNOWN, CAUSE_NONE, false}},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        const struct job j = {.state = (uint16_t)rows[i].state, .exit_signal = rows[i].exit_signal};
        struct outcome o = outcome_of(&j, rows[i].info);

        assert_int_equal(o.result, rows[i].want.result);
        assert_int_equal(o.cause, rows[i].want.cause);
        assert_int_equal(o.hidden, rows[i].want.hidden);
    }
}

/* Guards the flag: three builds in a row that failed of what may be the node's fault, up to the latest; one
   that went well, or that failed of its source, speaks for the node. The node's name may stand in the pool twice, which
   split its builds in two. */
static void test_suspect(void **state)
{
    static const struct {
        enum job_state states[5]; /* the oldest first */
        uint32_t failed; /* 0: no suspect */
    } rows[] = {
        {{JOB_STATE_OUT_OF_MEMORY, JOB_STATE_NODE_FAIL, JOB_STATE_OUT_OF_MEMORY}, 3},
        {{JOB_STATE_OUT_OF_MEMORY, JOB_STATE_OUT_OF_MEMORY}, 0},
        {{JOB_STATE_COMPLETED, JOB_STATE_NODE_FAIL, JOB_STATE_NODE_FAIL, JOB_STATE_NODE_FAIL}, 3},
        {{JOB_STATE_NODE_FAIL, JOB_STATE_NODE_FAIL, JOB_STATE_NODE_FAIL, JOB_STATE_COMPLETED}, 0},
        {{JOB_STATE_NODE_FAIL, JOB_STATE_NODE_FAIL, JOB_STATE_FAILED, JOB_STATE_NODE_FAIL}, 0},
        {{JOB_STATE_NODE_FAIL, JOB_STATE_NODE_FAIL, JOB_STATE_CANCELLED, JOB_STATE_NODE_FAIL}, 3},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct progress p = {0};
        struct job jobs[5] = {0};
        struct snapshot s = {
            .jobs = jobs, .job_count = 5, .job_pool = "\0node7\0node7", .progress = &p};
        const struct suspect *of;

        for (uint32_t k = 0; k < 5; k++) {
            jobs[k] = (struct job){.job_id = k + 1,
                .batch = rows[i].states[k] != 0,
                .nodes = 1,
                .state = (uint16_t)rows[i].states[k],
                .start_time = 1,
                .end_time = k + 10};
            jobs[k].node_list = k % 2 ? 7 : 1;
        }
        progress_suspect(&p, &s);
        of = suspect_of(&s, "node7");
        assert_int_equal(of ? of->failed : 0, rows[i].failed);
        assert_null(suspect_of(&s, "node8"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_is_build),
        cmocka_unit_test(test_outcome),
        cmocka_unit_test(test_suspect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
