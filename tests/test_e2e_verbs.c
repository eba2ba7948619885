/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every verb on every state of a job or node, as root and as a user without rights: what the table
 * (backend/action.c) says of it beforehand against what the real controller answers. A verb that is
 * not dimmed must be carried out; one that is dimmed must be refused, or be pointless in a way that
 * is named below. The requests are made by the program's own helper.
 */
#include "tests/e2e_ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/action.h"
#include "backend/slurm_client.h"
#include "base/alloc.h"

#define NOBODY 65534

static struct slurm_client *client;
/* One after the other: the client only hands out what has changed since the last. */
static struct reading {
    struct assembly assembly;
    struct snapshot *snapshot;
} now;

static int start(void **state)
{
    struct diag d = DIAG_INIT;

    if (geteuid() != 0) {
        print_error("only root can act as two users\n");
        return -1;
    }
    if (e2e_start(state, SOURCE_DIR, KFARM_TOP) != 0)
        return -1;
    client = slurm_client_new(&d);
    now.snapshot = snapshot_new();
    return client ? 0 : -1;
}

static int end(void **state)
{
    client = slurm_client_free(client);
    now.snapshot = snapshot_free(now.snapshot);
    assembly_release(&now.assembly);
    return e2e_end(state);
}

/* ---- what the program knows ---- */

static int take_frame(void *user, const struct wire_frame *f)
{
    struct reading *r = user;
    struct snapshot *next = NULL;
    struct diag d = DIAG_INIT;

    assert_int_equal(assembly_take(&r->assembly, f, r->snapshot, &next, &d), 0);
    if (next) {
        snapshot_free(r->snapshot);
        r->snapshot = next;
    }
    return 0;
}

static int on_emit(void *user, const struct buf *frame)
{
    struct wire_stream stream = {0};
    char *room;
    int err = 0;

    for (size_t at = 0; at < frame->len && !err;) {
        size_t n = KF_MIN(wire_stream_room(&stream, &room), frame->len - at);

        memcpy(room, frame->p + at, n);
        at += n;
        err = wire_stream_fed(&stream, n, take_frame, user);
    }
    wire_stream_release(&stream);
    return err;
}

/* The farm now, as the program sees it. */
static const struct snapshot *read_farm(void)
{
    assert_int_equal(slurm_client_refresh(client, REFRESH_ALL, 1, on_emit, &now), 0);
    assert_int_equal(snapshot_failed(now.snapshot), SECTION_COUNT);
    return now.snapshot;
}

/* ---- jobs in every state ---- */

enum situation { WAITS, HELD_BY_USER, HELD_BY_ADMIN, RUNS, SUSPENDED, DONE, FAILED, CANCELLED };

static const struct {
    const char *name, *script, *option, *shown; /* shown: by scontrol, once it is so */
    const char *then[2]; /* scontrol VERB, as root */
    const char *finally; /* shown after that */
} situations[] = {
    [WAITS] = {"pending", "sleeper.sh", "--begin=now+5hours", "JobState=PENDING", {NULL}, NULL},
    [HELD_BY_USER] = {"held by its user", "sleeper.sh", "--hold", "JobHeldUser", {NULL}, NULL},
    [HELD_BY_ADMIN] = {"held by an admin", "sleeper.sh", "--begin=now+5hours", "JobState=PENDING",
        {"hold"}, "JobHeldAdmin"},
    [RUNS] = {"running", "sleeper.sh", "--mem=10", "JobState=RUNNING", {NULL}, NULL},
    [SUSPENDED] = {"suspended", "sleeper.sh", "--mem=10", "JobState=RUNNING", {"suspend"},
        "JobState=SUSPENDED"},
    [DONE] = {"done", "true.sh", "--mem=10", "JobState=COMPLETED", {NULL}, NULL},
    [FAILED] = {"failed", "false.sh", "--mem=10", "JobState=FAILED", {NULL}, NULL},
    [CANCELLED] = {"cancelled", "sleeper.sh", "--hold", "JobHeldUser", {"cancel"},
        "JobState=CANCELLED"},
};

static uint32_t make_job(struct e2e *e, enum situation s, bool nobodys)
{
    char script[E2E_PATH], id[16];
    const char *out;
    uint32_t job;

    e2e_file(e, script, "sleeper.sh", "#!/bin/sh\nexec sleep 3600\n");
    e2e_file(e, script, "true.sh", "#!/bin/sh\nexit 0\n");
    e2e_file(e, script, "false.sh", "#!/bin/sh\nexit 1\n");
    snprintf(script, sizeof(script), "%s/%s", e->work, situations[s].script);
    if (nobodys)
        out = e2e_output(
            e, E2E_NOBODY, "sbatch", "--parsable", "--time=60", situations[s].option, script);
    else
        out = e2e_output(e, "sbatch", "--parsable", "--time=60", situations[s].option, script);
    job = (uint32_t)strtoul(out, NULL, 10);
    assert_int_not_equal(job, 0);
    snprintf(id, sizeof(id), "%u", job);
    e2e_wait_job(e, job, situations[s].shown, E2E_MS);
    if (situations[s].then[0] && s == CANCELLED)
        e2e_output(e, "scancel", id);
    else if (situations[s].then[0])
        e2e_output(e, "scontrol", situations[s].then[0], id);
    if (situations[s].finally)
        e2e_wait_job(e, job, situations[s].finally, E2E_MS);
    return job;
}

static void end_job(struct e2e *e, uint32_t job)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", job);
    e2e_run(e, "scancel", id);
}

static const char *argument_of(enum action_verb verb)
{
    switch (action_info(verb)->argument) {
    case ARGUMENT_SIGNAL:
        return "CONT";
    case ARGUMENT_HOLD:
        return "uhold";
    case ARGUMENT_PRIORITY:
    case ARGUMENT_NICE:
        return "7"; /* lower: users may do that */
    case ARGUMENT_TIME_LIMIT:
        return "30";
    case ARGUMENT_REASON:
        return "a test";
    case ARGUMENT_POWER_DOWN:
        return "power_down";
    default:
        return "";
    }
}

/* What Slurm does not refuse though it is of no use, or does harm. */
static const struct {
    enum action_verb verb;
    unsigned situations;
    const char *why;
} pointless[] = {
#define AT(s) (1u << (s))
#define OVER  (AT(DONE) | AT(FAILED) | AT(CANCELLED))
    {ACTION_JOB_CANCEL, OVER, "\"already done\" counts as success"},
    {ACTION_JOB_HOLD, AT(RUNS) | AT(SUSPENDED), "only counts once it is requeued"},
    {ACTION_JOB_HOLD, AT(HELD_BY_USER) | AT(HELD_BY_ADMIN), "is held already"},
    {ACTION_JOB_RELEASE, AT(WAITS) | AT(RUNS) | AT(SUSPENDED), "is not held"},
    {ACTION_JOB_PRIORITY, AT(RUNS), "only counts while it waits"},
    {ACTION_JOB_PRIORITY_RESET, AT(RUNS) | AT(SUSPENDED), "likewise"},
    {ACTION_JOB_PRIORITY_RESET, AT(HELD_BY_USER) | AT(HELD_BY_ADMIN), "that is to release it"},
    {ACTION_JOB_PRIORITY_RESET, AT(WAITS), "of its own job, without effect"},
    {ACTION_JOB_NICE, AT(RUNS) | AT(SUSPENDED), "only counts while it waits"},
    {ACTION_JOB_NICE, AT(HELD_BY_USER) | AT(HELD_BY_ADMIN), "releases it"},
    {ACTION_JOB_SUSPEND, AT(SUSPENDED), "is suspended already"},
#undef AT
};

static bool is_pointless(enum action_verb verb, enum situation s)
{
    for (size_t i = 0; i < KF_LEN(pointless); i++)
        if (pointless[i].verb == verb && (pointless[i].situations & 1u << s))
            return true;
    return false;
}

struct tally {
    int tried, dimmed, wrong;
};

/* Compares one answer with the table; says so if they disagree. */
static void compare(struct tally *t, enum action_verb verb, const char *situation, const char *who,
    const char *blocked, bool tolerated, const struct action_result *r)
{
    bool agrees = blocked ? r->outcome == ACTION_REFUSED || tolerated : r->outcome == ACTION_DONE;

    if (r->outcome == ACTION_REFUSED && r->words[0] == '\0') /* Slurm's reason must come along */
        agrees = false;
    t->tried++;
    t->dimmed += blocked != NULL;
    if (agrees)
        return;
    t->wrong++;
    print_error("%s, %s, %s: the table says \"%s\", Slurm %s \"%s\"\n", action_info(verb)->name,
        situation, who, blocked ? blocked : "possible",
        r->outcome == ACTION_DONE ? "did it" : "answered", r->words);
}

/* One verb on a job in one situation; *job is renewed if it was changed. */
static void try_job(struct e2e *e, struct tally *t, enum action_verb verb, enum situation s,
    bool nobodys_job, bool by_nobody, uint32_t *job)
{
    const struct snapshot *farm;
    struct action_target target;
    struct action_result r;
    struct cluster cluster;
    const char *blocked;
    const struct job *j;

    if (*job == 0)
        *job = make_job(e, s, nobodys_job);
    farm = read_farm();
    j = snapshot_job(farm, *job);
    assert_non_null(j);
    cluster = farm->cluster;
    if (by_nobody)
        cluster.uid = NOBODY;
    blocked = action_blocked_job(verb, j, &cluster);
    target = action_target_job(farm, j);
    r = e2e_ask(e, verb, &target, argument_of(verb), by_nobody);
    compare(t, verb, situations[s].name,
        !by_nobody    ? "root"
        : nobodys_job ? "its user"
                      : "another user",
        blocked, is_pointless(verb, s), &r);
    if (r.outcome != ACTION_REFUSED) {
        end_job(e, *job);
        *job = 0;
    }
}

static void test_jobs(void **state)
{
    struct e2e *e = *state;
    struct tally t = {0};

    for (int s = 0; s < (int)KF_LEN(situations); s++) {
        uint32_t roots = 0, nobodys = 0;

        for (int v = 0; v < ACTION_HELPER_COUNT; v++) {
            enum action_verb verb = (enum action_verb)v;

            if (action_info(verb)->object != ACTION_ON_JOB)
                continue;
            try_job(e, &t, verb, (enum situation)s, false, true, &roots);
            try_job(e, &t, verb, (enum situation)s, true, true, &nobodys);
            try_job(e, &t, verb, (enum situation)s, true, false, &nobodys);
        }
        end_job(e, roots);
        end_job(e, nobodys);
    }
    print_message("%d of (verb, state, privilege) on jobs, %d of them dimmed, %d disagree\n",
        t.tried, t.dimmed, t.wrong);
    assert_int_equal(t.wrong, 0);
}

/* Guards a change that would leave nothing of a time limit: it is not for Slurm to refuse, and is not sent. */
static void test_senseless(void **state)
{
    struct e2e *e = *state;
    uint32_t job = make_job(e, WAITS, false);
    const struct snapshot *farm = read_farm();
    struct action_target target = action_target_job(farm, snapshot_job(farm, job));
    struct action_result r = e2e_ask(e, ACTION_JOB_TIME_LIMIT, &target, "-60", false);

    assert_int_equal(r.outcome, ACTION_SENSELESS);
    assert_string_equal(r.words, "nothing of its time limit would be left");
    e2e_wait_job(e, job, "TimeLimit=01:00:00", E2E_MS);
    r = e2e_ask(e, ACTION_JOB_TIME_LIMIT, &target, "-59", false);
    assert_int_equal(r.outcome, ACTION_DONE);
    e2e_wait_job(e, job, "TimeLimit=00:01:00", E2E_MS);
    end_job(e, job);
}

/* ---- nodes ---- */

static const struct {
    const char *name, *state; /* NULL: resume */
} node_states[] = {{"idle", NULL}, {"drained", "drain"}, {"down", "down"}};

static void set_node(struct e2e *e, const char *state)
{
    char word[32];

    e2e_mend_nodes(e);
    snprintf(word, sizeof(word), "state=%s", state ? state : "");
    if (state)
        e2e_output(e, "scontrol", "update", "nodename=node1", word, "reason=test");
}

static void try_node(
    struct e2e *e, struct tally *t, enum action_verb verb, int state, bool by_nobody)
{
    const struct snapshot *farm;
    struct action_target target;
    struct action_result r;
    struct cluster cluster;
    const struct node *n;

    set_node(e, node_states[state].state);
    farm = read_farm();
    n = snapshot_node(farm, "node1");
    cluster = farm->cluster;
    if (by_nobody)
        cluster.uid = NOBODY;
    target = action_target_node(farm, n);
    r = e2e_ask(e, verb, &target, argument_of(verb), by_nobody);
    compare(t, verb, node_states[state].name, by_nobody ? "a user" : "root",
        action_blocked_node(verb, n, &cluster),
        /* a drained node can be drained again, for another reason; likewise down and undrained */
        verb == ACTION_NODE_DRAIN || verb == ACTION_NODE_DOWN || verb == ACTION_NODE_UNDRAIN, &r);
}

static void test_nodes(void **state)
{
    struct e2e *e = *state;
    struct tally t = {0};

    for (int v = 0; v < ACTION_HELPER_COUNT; v++)
        for (int s = 0; s < (int)KF_LEN(node_states); s++) {
            if (action_info((enum action_verb)v)->object != ACTION_ON_NODE)
                continue;
            try_node(e, &t, (enum action_verb)v, s, false);
            try_node(e, &t, (enum action_verb)v, s, true);
        }
    e2e_mend_nodes(e);
    print_message("%d of (verb, state, privilege) on nodes, %d of them dimmed, %d disagree\n",
        t.tried, t.dimmed, t.wrong);
    assert_int_equal(t.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_jobs), e2e_test(test_senseless), e2e_test(test_nodes)};

    return cmocka_run_group_tests(tests, start, end);
}
