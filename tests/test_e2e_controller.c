/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The controller goes at the worst moment: between question and answer, between request and answer.
 * "Sent, outcome unknown" is said of what may have been sent and of nothing else, and once it is back
 * the screen shows what is true. Also what a controller forgets.
 */
#include "tests/e2e_audit.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"

#define MANY 1000

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* ---- the controller ---- */

/* By its pid and at once: farm/ctl takes longer than a thousand requests. */
static pid_t controller_pid(struct e2e *e)
{
    char path[E2E_PATH];
    long pid;

    snprintf(path, sizeof(path), "%s/run/slurmctld.pid", e->dir);
    pid = strtol(e2e_output(e, "cat", path), NULL, 10);
    assert_true(pid > 1);
    return (pid_t)pid;
}

/* A copy of the farm's configuration for the program alone, whose requests wait for two seconds. */
static void impatient(struct e2e *e, char setting[E2E_PATH + 16])
{
    char path[E2E_PATH];
    struct buf text = BUF_INIT;

    buf_addf(&text, "%sMessageTimeout=2\n", e2e_output(e, "cat", e->conf));
    e2e_file(e, path, "slurm.conf", buf_str(&text));
    snprintf(setting, E2E_PATH + 16, "SLURM_CONF=%s", path);
    buf_release(&text);
}

static void open_queue(struct e2e *e, const char *setting)
{
    const char *const env[] = {setting, NULL};

    e2e_top(e, &(struct e2e_top){.cols = 160, .env = setting ? env : NULL});
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
}

/* ---- between question and answer ---- */

/* The controller goes while the question is open: nothing is sent, and that is what is said. */
static void expect_not_sent(struct e2e *e, int number, const char *back)
{
    uint32_t job = e2e_submit_sleeper(e, "--mem=10");
    char setting[E2E_PATH + 16];

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_farm(e, "ctl", "stop"); /* it writes down what it knows, which killed it would forget */
    e2e_farm(e, "ctl", "start");
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    impatient(e, setting);
    open_queue(e, setting);
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job ");
    assert_int_equal(kill(controller_pid(e), number), 0);
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "not sent: ");
    assert_false(vt_find(e->vt, "outcome unknown", NULL, NULL));
    e2e_farm(e, "ctl", back);
    e2e_see(e, "ms/refresh");
    e2e_gone(e, " old");
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_see(e, "1 R");
    e2e_quit(e);
}

static void test_paused_before_the_answer(void **state)
{
    expect_not_sent(*state, SIGSTOP, "resume");
}

static void test_killed_before_the_answer(void **state)
{
    expect_not_sent(*state, SIGKILL, "start");
}

/* ---- between request and answer ---- */

static bool some_answered(struct vt *vt, void *user)
{
    const char *at = strstr(vt_screen_text(vt), "job-cancel: ");

    (void)user;
    return at && strtol(at + strlen("job-cancel: "), NULL, 10) > 0 && strstr(at, " answered");
}

/* Cancels many, and takes the controller away when some are done and others are not. How long all was told of after
   that, us. */
static int64_t cancel_many(struct e2e *e, int number)
{
    pid_t controller;
    int64_t begin;
    char setting[E2E_PATH + 16];

    e2e_audit_forget(e);
    e2e_output(e, "scancel", "--state=PENDING", "--quiet");
    e2e_submit_many(e, "many", MANY);
    impatient(e, setting);
    open_queue(e, setting);
    assert_true(vt_keys(e->vt, "/state:pend name:many<Enter>"));
    e2e_see(e, " 1000 of ");
    assert_true(vt_keys(e->vt, "<C-a>"));
    e2e_see(e, "1000 marked");
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 1000 jobs?");
    assert_true(vt_keys(e->vt, "1000<Enter>"));
    e2e_see(e, "job-cancel: 1000 jobs in ");
    controller = controller_pid(e);
    assert_true(vt_keys(e->vt, "<Enter>"));
    assert_true(vt_wait_match(e->vt, some_answered, NULL, E2E_MS));
    assert_int_equal(kill(controller, number), 0);
    begin = clock_monotonic_us();
    e2e_see(e, "1000 jobs: ");
    return clock_monotonic_us() - begin;
}

/* Is the job in the state that its outcome says? Of an unknown one nothing is said. */
static bool agrees(json_t *target, const char *states)
{
    const char *outcome = e2e_audit_text(target, "outcome");
    char line[64];

    if (strcmp(outcome, "unknown") == 0)
        return true;
    snprintf(line, sizeof(line), "\n%s %s\n", e2e_audit_text(target, "id"),
        strcmp(outcome, "done") == 0 ? "CANCELLED" : "PENDING");
    return strstr(states, line) != NULL;
}

/* Guards what is said of a thousand when the controller falls silent in the middle: each outcome is
   what scontrol shows afterwards, only those on their way are unknown, and nobody waits for each of
   the others. */
static void test_paused_while_sending(void **state)
{
    struct e2e *e = *state;
    struct buf states = BUF_INIT;
    json_t *line, *targets;
    char text[64];
    int waiting;

    cancel_many(e, SIGSTOP);
    e2e_farm(e, "ctl", "resume");
    line = e2e_audit_line(e, "result", "job-cancel", MANY);
    assert_true(e2e_audit_count(line, "done") > 0);
    assert_true(e2e_audit_count(line, "not-sent") > 0);
    assert_in_range(e2e_audit_count(line, "unknown"), 1, 20);
    assert_int_equal(e2e_audit_count(line, "done") + e2e_audit_count(line, "not-sent") +
                         e2e_audit_count(line, "unknown"),
        MANY);
    e2e_gone(e, " old");
    buf_addf(&states, "\n%s", e2e_output(e, "squeue", "-h", "-t", "all", "-o", "%A %T"));
    targets = json_object_get(line, "targets");
    for (size_t i = 0; i < MANY; i++)
        if (!agrees(json_array_get(targets, i), buf_str(&states)))
            fail_msg("%s is said to be %s", e2e_audit_text(json_array_get(targets, i), "id"),
                e2e_audit_text(json_array_get(targets, i), "outcome"));
    waiting = 0;
    for (const char *at = buf_str(&states); (at = strstr(at, " PENDING\n")) != NULL; at++)
        waiting++;
    snprintf(text, sizeof(text), " %d of ", waiting); /* the filter shows those that wait */
    e2e_see(e, text);
    json_decref(line);
    buf_release(&states);
    e2e_quit(e);
}

/* Guards the same when it is killed: what could not be sent is not called refused, and the rest is not
   tried one by one, which took MessageTimeout each. */
static void test_killed_while_sending(void **state)
{
    struct e2e *e = *state;
    json_t *line;

    assert_true(cancel_many(e, SIGKILL) < 20 * 1000000ll);
    line = e2e_audit_line(e, "result", "job-cancel", MANY);
    for (size_t i = 0; i < MANY; i++) {
        json_t *t = json_array_get(json_object_get(line, "targets"), i);

        if (strcmp(e2e_audit_text(t, "outcome"), "refused") == 0)
            fail_msg("refused: %s", e2e_audit_text(t, "words"));
    }
    assert_true(e2e_audit_count(line, "not-sent") > 0);
    assert_in_range(e2e_audit_count(line, "unknown"), 0, 20);
    json_decref(line);
    e2e_farm(e, "ctl", "start");
    e2e_see(e, "ms/refresh");
    e2e_gone(e, " old");
    e2e_quit(e);
}

/* ---- what a controller forgets ---- */

static bool is_forgotten(struct e2e *e, void *user)
{
    return e2e_run(e, "scontrol", "show", "job", user).status != 0;
}

static void mark_and_ask(struct e2e *e, const uint32_t jobs[6])
{
    open_queue(e, NULL);
    for (int i = 0; i < 6; i++) {
        e2e_select_job(e, jobs[i]);
        assert_true(vt_keys(e->vt, " "));
        vt_wait_quiet(e->vt, 60, 2000);
    }
    e2e_see(e, "6 marked");
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 6 jobs?");
}

/* Guards a marked set of which, before the answer, one ends, one is requeued, one is renamed, and one is
   not even remembered any more: the two that are what they were are cancelled. */
static void test_marked_set_changes(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], go[E2E_PATH], id[16], update[32];
    uint32_t jobs[6];
    json_t *line;

    e2e_audit_forget(e);
    e2e_output(e, "sed", "-i", "s/^MinJobAge=.*/MinJobAge=2/", e->conf);
    e2e_farm(e, "ctl", "stop");
    e2e_farm(e, "ctl", "start");
    e2e_file(e, script, "ends.sh", "#!/bin/sh\nwhile [ ! -e go ]; do sleep 0.1; done\n");
    jobs[0] = e2e_submit_sleeper(e, "--hold");
    jobs[1] = e2e_submit(e, "--mem=10", script);
    jobs[2] = e2e_submit_sleeper(e, "--mem=10");
    for (int i = 3; i < 6; i++)
        jobs[i] = e2e_submit_sleeper(e, "--hold");
    for (int i = 1; i < 3; i++)
        e2e_wait_job(e, jobs[i], "JobState=RUNNING", E2E_MS);
    mark_and_ask(e, jobs);
    snprintf(id, sizeof(id), "%u", jobs[3]);
    e2e_output(e, "scancel", id);
    assert_true(e2e_wait(e, is_forgotten, id, 2 * E2E_MS));
    snprintf(update, sizeof(update), "jobid=%u", jobs[4]);
    e2e_output(e, "scontrol", "update", update, "name=other");
    snprintf(id, sizeof(id), "%u", jobs[2]);
    e2e_output(e, "scontrol", "requeue", id);
    e2e_wait_job(e, jobs[2], "JobState=PENDING Reason=BeginTime", E2E_MS);
    assert_true(vt_keys(e->vt, "6"));
    e2e_output(e, "sed", "-i", "s/^MinJobAge=.*/MinJobAge=86400/", e->conf);
    e2e_reconfigure(e); /* no other is forgotten */
    e2e_file(e, go, "go", "");
    e2e_wait_job(e, jobs[1], "JobState=COMPLETED", E2E_MS);
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "job-cancel: 6 jobs in ");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "6 jobs: 2 cancelled, 3 changed meanwhile and left alone, 1 gone");
    assert_non_null(strstr(e2e_job(e, jobs[2]), "JobState=PENDING"));
    assert_non_null(strstr(e2e_job(e, jobs[4]), "JobState=PENDING"));
    line = e2e_audit_line(e, "result", "job-cancel", 6);
    assert_int_equal(e2e_audit_count(line, "done"), 2);
    assert_int_equal(e2e_audit_count(line, "changed"), 3);
    assert_int_equal(e2e_audit_count(line, "gone"), 1);
    json_decref(line);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_controller_test(test_paused_before_the_answer),
        e2e_controller_test(test_killed_before_the_answer),
        e2e_controller_test(test_paused_while_sending),
        e2e_controller_test(test_killed_while_sending),
        e2e_controller_test(test_marked_set_changes),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
