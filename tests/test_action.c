/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and results over the wire, what a target is called, and what is blocked before it is sent. */
#include "backend/action.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/snapshots.h"

static struct wire_frame frame_of(const struct buf *b)
{
    struct wire_frame f = {.payload = b->p + sizeof(f.head)};

    memcpy(&f.head, b->p, sizeof(f.head));
    return f;
}

static const struct action_target targets[] = {
    {.id = "44_3",
        .name = "a|b \"c\"\n",
        .job_id = 44,
        .state = 1,
        .flags = 5,
        .restarts = 2,
        .submit_time = 1795390267},
    {.id = "node1", .name = "node1", .submit_time = INT64_MIN, .flags = UINT32_MAX},
};

static void test_request(void **state)
{
    struct buf b = BUF_INIT;
    enum action_verb verb = ACTION_VERB_COUNT;
    struct action_target *got = NULL;
    char argument[512];
    uint32_t count = 0;
    struct wire_frame f;

    (void)state;
    action_put(&b, ACTION_NODE_DRAIN, "disk full; rm -rf / \xff", targets, 2);
    f = frame_of(&b);
    assert_int_equal(f.head.type, WIRE_ACTION);
    assert_int_equal(action_get(&f, &verb, argument, sizeof(argument), &got, &count), 0);
    assert_int_equal(verb, ACTION_NODE_DRAIN);
    assert_string_equal(argument, "disk full; rm -rf / \xff");
    assert_int_equal(count, 2);
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(got[i].id, targets[i].id);
        assert_string_equal(got[i].name, targets[i].name);
        assert_int_equal(got[i].job_id, targets[i].job_id);
        assert_int_equal(got[i].state, targets[i].state);
        assert_int_equal(got[i].flags, targets[i].flags);
        assert_int_equal(got[i].restarts, targets[i].restarts);
        assert_true(got[i].submit_time == targets[i].submit_time);
    }
    free(got);
    buf_release(&b);
}

/* A request that ends early, names no verb or says it has more targets than it has is refused whole. */
static void test_bad_requests(void **state)
{
    struct buf b = BUF_INIT;
    struct wire_frame f;
    size_t whole;

    (void)state;
    action_put(&b, ACTION_JOB_CANCEL, "", targets, 2);
    f = frame_of(&b);
    whole = f.head.length;
    for (size_t n = 0; n <= whole; n++) {
        enum action_verb verb = ACTION_VERB_COUNT;
        struct action_target *got = NULL;
        char argument[8];
        uint32_t count = 7;
        char *exact = xmemdup0(f.payload, n);
        struct wire_frame cut = {.head = f.head, .payload = exact};
        int err;

        cut.head.length = (uint32_t)n;
        err = action_get(&cut, &verb, argument, sizeof(argument), &got, &count);
        assert_true(err == -EBADMSG || whole - n < 8); /* the last bytes are padding */
        if (err == -EBADMSG) {
            assert_null(got);
            assert_int_equal(count, 7);
        } else {
            free(got);
        }
        free(exact);
    }
    b.p[sizeof(f.head)] = ACTION_VERB_COUNT;
    assert_int_equal(action_get(&f, &(enum action_verb){0}, (char[8]){0}, 8,
                         &(struct action_target *){NULL}, &(uint32_t){0}),
        -EBADMSG);
    b.p[sizeof(f.head)] = 0;
    memset(b.p + sizeof(f.head) + 5, 0xff, 4); /* four thousand million targets */
    assert_int_equal(action_get(&f, &(enum action_verb){0}, (char[8]){0}, 8,
                         &(struct action_target *){NULL}, &(uint32_t){0}),
        -EBADMSG);
    buf_release(&b);
}

static void test_result(void **state)
{
    const struct action_result r = {.target = 3,
        .outcome = ACTION_REFUSED,
        .error = 2016,
        .words = "Invalid node state specified",
        .state = "IDLE",
        .reason = "BeginTime",
        .eligible_time = 12345};
    struct action_result got = {.target = 99};
    struct buf b = BUF_INIT;
    struct wire_frame f;

    (void)state;
    action_put_result(&b, &r);
    f = frame_of(&b);
    assert_int_equal(action_get_result(&f, &got), 0);
    assert_int_equal(got.target, 3);
    assert_int_equal(got.outcome, ACTION_REFUSED);
    assert_int_equal(got.error, 2016);
    assert_string_equal(got.words, r.words);
    assert_string_equal(got.state, "IDLE");
    assert_string_equal(got.reason, "BeginTime");
    assert_int_equal(got.eligible_time, 12345);
    got.target = 99;
    b.p[sizeof(f.head) + 4] = ACTION_OUTCOME_COUNT;
    assert_int_equal(action_get_result(&f, &got), -EBADMSG);
    f.head.length = 10;
    assert_int_equal(action_get_result(&f, &got), -EBADMSG);
    assert_int_equal(got.target, 99);
    buf_release(&b);
}

/* What Slurm is told. The task whose job id is the array's own number must never be named by it:
   that would mean the whole array. */
static void test_job_ids(void **state)
{
    static const struct {
        struct job job;
        const char *tasks, *id;
    } rows[] = {
        {{.job_id = 42}, "", "42"},
        {{.job_id = 45,
             .has = JOB_HAS_ARRAY | JOB_HAS_TASK,
             .array_job_id = 44,
             .array_task_id = 3},
            "", "44_3"},
        {{.job_id = 44,
             .has = JOB_HAS_ARRAY | JOB_HAS_TASK,
             .array_job_id = 44,
             .array_task_id = 9},
            "", "44_9"},
        {{.job_id = 44, .has = JOB_HAS_ARRAY | JOB_HAS_TASK, .array_job_id = 44}, "", "44_0"},
        {{.job_id = 44, .has = JOB_HAS_ARRAY, .array_job_id = 44}, "0-9", "44_[0-9]"},
        {{.job_id = 44, .has = JOB_HAS_ARRAY, .array_job_id = 44}, "1-4,8-9%2", "44_[1-4,8-9]"},
        {{.job_id = 44, .has = JOB_HAS_ARRAY, .array_job_id = 44},
            "1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33,35,37,39,41,43,45,47,49,51,53,55,57,59,"
            "61,63",
            "44_*"}, /* never a list cut in the middle */
        {{.job_id = 4294967295u}, "", "4294967295"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct draft d = draft_new(sizeof(struct job));
        struct job j = rows[i].job;
        struct action_target t;
        struct snapshot *s;

        j.array_tasks = draft_str(&d, rows[i].tasks);
        j.name = draft_str(&d, "kernel_build");
        j.submit_time = 77;
        j.restarts = 3;
        draft_add(&d, &j);
        s = snapshot_of(&d, NULL, NULL);
        t = action_target_job(s, s->jobs);
        assert_string_equal(t.id, rows[i].id);
        assert_string_equal(t.name, "kernel_build");
        assert_int_equal(t.job_id, j.job_id);
        assert_int_equal(t.submit_time, 77);
        assert_int_equal(t.restarts, 3);
        snapshot_free(s);
        draft_release(&d);
    }
}

/* Lists of every length: whole, or "_*". */
static void test_long_task_lists(void **state)
{
    (void)state;
    for (size_t n = 1; n < 120; n++) {
        struct draft d = draft_new(sizeof(struct job));
        char tasks[128];
        struct job j = {.job_id = 7, .has = JOB_HAS_ARRAY, .array_job_id = 7};
        struct snapshot *s;
        struct action_target t;

        memset(tasks, '1', n);
        tasks[n] = '\0';
        j.array_tasks = draft_str(&d, tasks);
        draft_add(&d, &j);
        s = snapshot_of(&d, NULL, NULL);
        t = action_target_job(s, s->jobs);
        if (strcmp(t.id, "7_*") != 0) {
            assert_int_equal(strlen(t.id), n + 4);
            assert_int_equal(t.id[strlen(t.id) - 1], ']');
        }
        snapshot_free(s);
        draft_release(&d);
    }
}

static void test_blocked_jobs(void **state)
{
    static const struct cluster root = {.name = "c"},
                                user = {.name = "c", .uid = 1000, .slurm_uid = 64};
    static const struct {
        enum action_verb verb;
        struct job job;
        bool blocked;
    } rows[] = {
        {ACTION_JOB_CANCEL, {.state = JOB_STATE_RUNNING}, false},
        {ACTION_JOB_CANCEL, {.state = JOB_STATE_PENDING}, false},
        {ACTION_JOB_CANCEL, {.state = JOB_STATE_SUSPENDED}, false},
        {ACTION_JOB_CANCEL, {.state = JOB_STATE_COMPLETED}, true},
        {ACTION_JOB_CANCEL, {.state = JOB_STATE_FAILED}, true},
        {ACTION_JOB_REQUEUE, {.state = JOB_STATE_RUNNING, .batch = 1, .requeue = 1}, false},
        {ACTION_JOB_REQUEUE, {.state = JOB_STATE_FAILED, .batch = 1, .requeue = 1}, false},
        {ACTION_JOB_REQUEUE, {.state = JOB_STATE_PENDING, .batch = 1, .requeue = 1}, true},
        {ACTION_JOB_REQUEUE, {.state = JOB_STATE_RUNNING, .batch = 1}, true},
        {ACTION_JOB_REQUEUE, {.state = JOB_STATE_RUNNING, .requeue = 1}, true},
        {ACTION_JOB_PRIORITY, {.state = JOB_STATE_PENDING}, false},
        {ACTION_JOB_PRIORITY, {.state = JOB_STATE_RUNNING}, true},
        {ACTION_JOB_PRIORITY, {.state = JOB_STATE_CANCELLED}, true},
        {ACTION_NODE_DRAIN, {.state = JOB_STATE_RUNNING}, true},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        const char *why = action_blocked_job(rows[i].verb, &rows[i].job, &root);

        if ((why != NULL) != rows[i].blocked || (why && why[0] == '\0'))
            fail_msg("row %zu: %s", i, why ? why : "not blocked");
        /* only Slurm knows whether a plain user may: the verb is not refused here */
        why = action_blocked_job(rows[i].verb, &rows[i].job, &user);
        assert_int_equal(why != NULL, rows[i].blocked);
    }
}

static void test_blocked_nodes(void **state)
{
    static const struct cluster root = {.name = "c", .slurm_uid = 64},
                                slurm = {.name = "c", .uid = 64, .slurm_uid = 64},
                                user = {.name = "c", .uid = 1000, .slurm_uid = 64};
    static const struct {
        enum action_verb verb;
        struct node node;
        bool blocked;
    } rows[] = {
        {ACTION_NODE_DRAIN, {.state = NODE_STATE_IDLE_}, false},
        {ACTION_NODE_DRAIN, {.state = NODE_STATE_DOWN_}, false},
        {ACTION_NODE_DRAIN, {.state = NODE_STATE_IDLE_, .flags = NODE_FLAG_DRAIN}, true},
        {ACTION_NODE_RESUME, {.state = NODE_STATE_IDLE_}, true},
        {ACTION_NODE_RESUME, {.state = NODE_STATE_MIXED_}, true},
        {ACTION_NODE_RESUME, {.state = NODE_STATE_DOWN_}, false},
        {ACTION_NODE_RESUME, {.state = NODE_STATE_IDLE_, .flags = NODE_FLAG_DRAIN}, false},
        {ACTION_NODE_RESUME, {.state = NODE_STATE_ALLOCATED_, .flags = NODE_FLAG_DRAIN}, false},
        {ACTION_NODE_RESUME, {.state = NODE_STATE_IDLE_, .flags = NODE_FLAG_FAIL}, false},
        {ACTION_JOB_CANCEL, {.state = NODE_STATE_IDLE_}, true},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        const char *why = action_blocked_node(rows[i].verb, &rows[i].node, &root);

        if ((why != NULL) != rows[i].blocked)
            fail_msg("row %zu: %s", i, why ? why : "not blocked");
        why = action_blocked_node(rows[i].verb, &rows[i].node, &slurm);
        assert_int_equal(why != NULL, rows[i].blocked);
        assert_non_null(action_blocked_node(rows[i].verb, &rows[i].node, &user));
    }
}

static void test_infos(void **state)
{
    (void)state;
    for (int v = 0; v < ACTION_VERB_COUNT; v++) {
        const struct action_info *info = action_info((enum action_verb)v);
        const char *at = info->request;
        int texts = 0;

        assert_true(info->name[0] && info->verb[0] && info->done[0]);
        while ((at = strchr(at, '%')) != NULL) {
            assert_int_equal(at[1], 's');
            texts++;
            at++;
        }
        assert_int_equal(texts, info->needs_argument ? 2 : 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_bad_requests),
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_job_ids),
        cmocka_unit_test(test_long_task_lists),
        cmocka_unit_test(test_blocked_jobs),
        cmocka_unit_test(test_blocked_nodes),
        cmocka_unit_test(test_infos),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
