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

#include "backend/action_argument.h"
#include "tests/snapshots.h"

static struct wire_frame frame_of(const struct buf *b)
{
    struct wire_frame f = {.payload = b->p + sizeof(f.head)};

    memcpy(&f.head, b->p, sizeof(f.head));
    return f;
}

static struct action_target targets[] = {
    {.id = "44_3",
        .name = "a|b \"c\"\n",
        .job_id = 44,
        .state = 1,
        .flags = 5,
        .restarts = 2,
        .submit_time = 1795390267,
        .given_s = 1795390299,
        .held = true,
        .time_limit_min = UINT32_MAX,
        .tasks = INT64_MIN,
        .cut = true},
    {.id = "node1", .name = "node1", .submit_time = -WIRE_NUMBER_MAX, .flags = UINT32_MAX},
};

static void test_request(void **state)
{
    char argument[] = "disk full; rm -rf / \xff";
    const struct action_order order = {.verb = ACTION_NODE_DRAIN,
        .argument = argument,
        .wait_ms = 3000,
        .targets = targets,
        .count = 2};
    struct action_order got = {0};
    struct buf b = BUF_INIT;
    struct wire_frame f;

    (void)state;
    action_put(&b, &order);
    f = frame_of(&b);
    assert_int_equal(f.head.type, WIRE_ACTION);
    assert_int_equal(action_get(&f, &got), 0);
    assert_int_equal(got.verb, ACTION_NODE_DRAIN);
    assert_string_equal(got.argument, argument);
    assert_int_equal(got.wait_ms, 3000);
    assert_int_equal(got.count, 2);
    for (uint32_t i = 0; i < got.count; i++) {
        const struct action_target *t = &got.targets[i];

        assert_string_equal(t->id, targets[i].id);
        assert_string_equal(t->name, targets[i].name);
        assert_int_equal(t->job_id, targets[i].job_id);
        assert_int_equal(t->state, targets[i].state);
        assert_int_equal(t->flags, targets[i].flags);
        assert_int_equal(t->restarts, targets[i].restarts);
        assert_true(t->submit_time == targets[i].submit_time);
        assert_true(t->given_s == targets[i].given_s);
        assert_int_equal(t->held, targets[i].held);
        assert_int_equal(t->time_limit_min, targets[i].time_limit_min);
        assert_true(t->tasks == targets[i].tasks);
        assert_int_equal(t->cut, targets[i].cut);
    }
    action_order_release(&got);
    buf_release(&b);
}

/* A request that ends early, names no verb or says it has more targets than it has is refused whole. */
static void test_bad_requests(void **state)
{
    char argument[] = "";
    const struct action_order order = {
        .verb = ACTION_JOB_CANCEL, .argument = argument, .targets = targets, .count = 2};
    struct action_order got = {.count = 7};
    struct buf b = BUF_INIT;
    struct wire_frame f;
    size_t whole;

    (void)state;
    action_put(&b, &order);
    f = frame_of(&b);
    whole = f.head.length;
    for (size_t n = 0; n <= whole; n++) {
        char *exact = xmemdup0(f.payload, n);
        struct wire_frame cut = {.head = f.head, .payload = exact};
        int err;

        cut.head.length = (uint32_t)n;
        err = action_get(&cut, &got);
        assert_true(err == -EBADMSG || whole - n < 8); /* the last bytes are padding */
        if (err == -EBADMSG) {
            assert_int_equal(got.count, 7);
        } else {
            action_order_release(&got);
            got.count = 7;
        }
        free(exact);
    }
    b.p[sizeof(f.head)] = ACTION_VERB_COUNT;
    assert_int_equal(action_get(&f, &got), -EBADMSG);
    b.p[sizeof(f.head)] = 0;
    memset(b.p + sizeof(f.head) + 9, 0xff, 4); /* four thousand million targets */
    assert_int_equal(action_get(&f, &got), -EBADMSG);
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
            "101,103,105,107,109,111,113,115,117,119,121,123,125,127,129,131,133,135,137,139,"
            "141,143,145,147,149,151,153,155,157,159,161,163,165,167,169,171,173,175,177,179,"
            "181,183,185,187,189,191,193,195,197,199,201,203,205,207,209,211,213,215,217,219,"
            "221,223,225,227,229,231,233,235,237,239,241,243,245,247,249,251,253,255,257,259,"
            "261,263,265,267,269,271,273,275,277,279,281,283,285,287,289,291,293,295,297,299",
            "44_[101,103,105,107,109,111,113,115,117,119,121,123,125,127,129,131,133,135,137,"
            "139,141,143,145,147,149,151,153,155,157,159,161,163,165,167,169,171,173,175,177,"
            "179,181,183,185,187,189,191,193,195,197,199,201,203,205,207,209,211,213,215,217,"
            "219,221,...]"}, /* cut at a comma; "44_*" would be the whole array */
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

/* Guards lists of every length: whole, or cut with a sign that no list has; and which tasks they are is
   known all the same. */
static void test_long_task_lists(void **state)
{
    (void)state;
    for (size_t n = 1; n < 300; n++) {
        struct draft d = draft_new(sizeof(struct job));
        char tasks[304];
        struct job j = {.job_id = 7, .has = JOB_HAS_ARRAY, .array_job_id = 7};
        struct snapshot *s;
        struct action_target t;

        memset(tasks, '1', n);
        for (size_t i = 3; i < n; i += 4)
            tasks[i] = ',';
        tasks[n] = '\0';
        j.array_tasks = draft_str(&d, tasks);
        draft_add(&d, &j);
        s = snapshot_of(&d, NULL, NULL);
        t = action_target_job(s, s->jobs);
        assert_true(t.tasks != 0 && t.tasks == action_tasks(tasks));
        assert_int_equal(t.cut, strlen("7_[]") + n >= sizeof(t.id));
        assert_int_equal(t.cut, strstr(t.id, "1,...]") != NULL);
        if (t.cut)
            assert_memory_equal(t.id + 3, tasks, strlen(t.id) - strlen("7_[,...]"));
        else
            assert_int_equal(strlen(t.id), n + 4);
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
    static const struct {
        struct node node;
        bool blocked;
    } runs[] = {
        {{.state = NODE_STATE_IDLE_}, false},
        {{.state = NODE_STATE_ALLOCATED_}, false},
        {{.state = NODE_STATE_IDLE_, .flags = NODE_FLAG_DRAIN}, false},
        {{.state = NODE_STATE_DOWN_}, true},
        {{.state = NODE_STATE_FUTURE_}, true},
        {{.state = NODE_STATE_IDLE_, .flags = NODE_FLAG_NOT_RESPONDING}, true},
        {{.state = NODE_STATE_IDLE_, .flags = NODE_FLAG_POWERED_DOWN}, true},
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
    for (size_t i = 0; i < KF_LEN(runs); i++) { /* no privilege is needed */
        const struct node *n = &runs[i].node;

        assert_int_equal(action_blocked_node(ACTION_NODE_RUN, n, &root) != NULL, runs[i].blocked);
        assert_int_equal(action_blocked_node(ACTION_NODE_RUN, n, &user) != NULL, runs[i].blocked);
        assert_int_equal(action_blocked_node(ACTION_NODE_SHELL, n, &user) != NULL, runs[i].blocked);
    }
}

/* Every row is whole, and its request names the target, and the argument if there is one. */
static void test_infos(void **state)
{
    (void)state;
    for (int v = 0; v < ACTION_VERB_COUNT; v++) {
        const struct action_info *info = action_info((enum action_verb)v);
        char text[256];

        assert_true(info->name[0] && info->yes[0] && info->done[0]);
        assert_non_null(strstr(info->verb, "{}"));
        action_request_text((enum action_verb)v, "THE-ID", "THE-ARGUMENT", text, sizeof(text));
        assert_non_null(strstr(text, "THE-ID"));
        assert_null(strpbrk(text, "{}"));
        assert_int_equal(strstr(text, "THE-ARGUMENT") != NULL, info->argument != ARGUMENT_NONE);
        if (info->object == ACTION_ON_JOB)
            assert_true(info->job_states != 0 && strncmp(info->name, "job-", 4) == 0);
        else
            assert_true(info->node_condition != NULL && strncmp(info->name, "node-", 5) == 0);
    }
}

static void test_request_texts(void **state)
{
    char wide[128], text[24];

    (void)state;
    action_request_text(ACTION_NODE_REBOOT, "n1", "", text, sizeof(text));
    assert_string_equal(text, "scontrol reboot n1");
    action_request_text(ACTION_NODE_REBOOT, "n1", "asap", text, sizeof(text));
    assert_string_equal(text, "scontrol reboot asap n1");
    action_request_text(ACTION_NODE_DRAIN, "n1", "disk; see #42 (it's)", wide, sizeof(wide));
    assert_string_equal(
        wide, "scontrol update nodename=n1 state=drain reason='disk; see #42 (it'\\''s)'");
    action_request_text(ACTION_NODE_RUN, "n1", "uptime | head", wide, sizeof(wide));
    assert_string_equal(wide, "srun --nodelist=n1 -- uptime | head"); /* words already */
    action_request_text(ACTION_JOB_CANCEL, "44_[1-3]{}%s", "", text, sizeof(text));
    assert_string_equal(text, "scancel 44_[1-3]{}%s");
    action_request_text(ACTION_NODE_DRAIN, "n1", "x", text, sizeof(text)); /* too long: cut */
    assert_true(strlen(text) < sizeof(text));
}

static void test_arguments(void **state)
{
    static const struct {
        enum action_argument kind;
        const char *typed, *sent; /* NULL: refused */
    } rows[] = {
        {ARGUMENT_NONE, "", ""},
        {ARGUMENT_NONE, "x", NULL},
        {ARGUMENT_SIGNAL, "usr1", "USR1"},
        {ARGUMENT_SIGNAL, "SIGTERM", "TERM"},
        {ARGUMENT_SIGNAL, "10", "USR1"},
        {ARGUMENT_SIGNAL, "INT: as Ctrl-C does", "INT"},
        {ARGUMENT_SIGNAL, "0", NULL},
        {ARGUMENT_SIGNAL, "KILLER", NULL},
        {ARGUMENT_SIGNAL, "", NULL},
        {ARGUMENT_HOLD, "user: its user may release it", "uhold"},
        {ARGUMENT_HOLD, "admin", "hold"},
        {ARGUMENT_HOLD, "", NULL},
        {ARGUMENT_PRIORITY, "1", "1"},
        {ARGUMENT_PRIORITY, "4294967293", "4294967293"},
        {ARGUMENT_PRIORITY, "4294967294", NULL},
        {ARGUMENT_PRIORITY, "0", NULL},
        {ARGUMENT_PRIORITY, "1e3", NULL},
        {ARGUMENT_NICE, "-5", "-5"},
        {ARGUMENT_NICE, "2147483645", "2147483645"},
        {ARGUMENT_NICE, "2147483646", NULL},
        {ARGUMENT_NICE, "nice", NULL},
        {ARGUMENT_TIME_LIMIT, "90", "90"},
        {ARGUMENT_TIME_LIMIT, "90:01", "91"},
        {ARGUMENT_TIME_LIMIT, "1:30:00", "90"},
        {ARGUMENT_TIME_LIMIT, "2-12", "3600"},
        {ARGUMENT_TIME_LIMIT, "1-0:30:30", "1471"},
        {ARGUMENT_TIME_LIMIT, "+30", "+30"},
        {ARGUMENT_TIME_LIMIT, "-1:00:00", "-60"},
        {ARGUMENT_TIME_LIMIT, "UNLIMITED", "unlimited"},
        {ARGUMENT_TIME_LIMIT, "0", NULL},
        {ARGUMENT_TIME_LIMIT, "+", NULL},
        {ARGUMENT_TIME_LIMIT, "--3", NULL},
        {ARGUMENT_TIME_LIMIT, "1:2:3:4", NULL},
        {ARGUMENT_TIME_LIMIT, "99999999999999999999", NULL},
        {ARGUMENT_TIME_LIMIT, "tomorrow", NULL},
        {ARGUMENT_REASON, "  disk full; rm -rf /", "disk full; rm -rf /"},
        {ARGUMENT_REASON, "   ", NULL},
        {ARGUMENT_COMMAND, " ls -l '/tmp/a b' | wc", "ls -l '/tmp/a b' | wc"},
        {ARGUMENT_COMMAND, "", NULL},
        {ARGUMENT_COMMAND, "  ", NULL},
        {ARGUMENT_COMMAND, "echo 'a", NULL},
        {ARGUMENT_COMMAND, "echo a\\", NULL},
        {ARGUMENT_COMMAND, "echo this command line is longer than there is room for 01234567890",
            NULL},
        {ARGUMENT_POWER_DOWN, "now", "power_down"},
        {ARGUMENT_POWER_DOWN, "asap: drain, then power down", "power_down_asap"},
        {ARGUMENT_POWER_DOWN, "later", NULL},
        {ARGUMENT_REBOOT, "idle", ""},
        {ARGUMENT_REBOOT, "asap-resume", "asap nextstate=resume"},
        {ARGUMENT_REBOOT, "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        char out[64] = "untouched";
        const char *wrong = action_argument_read(rows[i].kind, rows[i].typed, out, sizeof(out));

        if ((wrong == NULL) != (rows[i].sent != NULL) || (wrong && wrong[0] == '\0'))
            fail_msg("row %zu, \"%s\": %s", i, rows[i].typed, wrong ? wrong : "taken");
        if (wrong == NULL)
            assert_string_equal(out, rows[i].sent);
        if (wrong == NULL && rows[i].kind == ARGUMENT_SIGNAL)
            assert_true(action_signal_number(out) > 0);
    }
}

/* Every choice that is offered is taken. */
static void test_choices(void **state)
{
    (void)state;
    for (int kind = 0; kind < ARGUMENT_KIND_COUNT; kind++) {
        const char *const *c = action_argument_choices((enum action_argument)kind);
        char out[64];

        for (; c && *c; c++)
            assert_null(action_argument_read((enum action_argument)kind, *c, out, sizeof(out)));
    }
}

static void test_time_limits(void **state)
{
    uint32_t minutes = 7;

    (void)state;
    assert_int_equal(action_time_limit("90", ACTION_UNLIMITED, &minutes), 0);
    assert_int_equal(minutes, 90);
    assert_int_equal(action_time_limit("+30", 60, &minutes), 0);
    assert_int_equal(minutes, 90);
    assert_int_equal(action_time_limit("-59", 60, &minutes), 0);
    assert_int_equal(minutes, 1);
    assert_int_equal(action_time_limit("unlimited", 60, &minutes), 0);
    assert_true(minutes == ACTION_UNLIMITED);
    minutes = 7;
    assert_int_equal(action_time_limit("-60", 60, &minutes), -ERANGE);
    assert_int_equal(action_time_limit("+1", ACTION_UNLIMITED, &minutes), -ERANGE);
    assert_int_equal(action_time_limit("", 60, &minutes), -EINVAL);
    assert_int_equal(minutes, 7);
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
        cmocka_unit_test(test_request_texts),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_time_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
