/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller that goes, hangs and comes back under the open screen; helpers that are killed; a
 * configuration that is missing or broken; a job that changes between the key and the answer. In all
 * of it keys are answered.
 */
#include "tests/e2e.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

#define KEY_MS 500 /* far more than a key takes, far less than anything that blocks */

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* Changes the view to and fro, and prints how long the slower of the keys took. */
static void keys_are_answered(struct e2e *e, const char *when)
{
    double there = e2e_key_ms(e, "4", "─ Partitions "), back = e2e_key_ms(e, "1", "─ Nodes ");
    double worst = KF_MAX(there, back);

    print_message("key to screen %s: %.1f ms\n", when, worst);
    assert_true(worst < KEY_MS);
}

/* ---- the controller ---- */

/* Guards the open screen over a controller that is stopped and started: data stays, its age is
   said, in Slurm's words. */
static void test_controller_restarted(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_see(e, "sleeper");
    keys_are_answered(e, "with a controller");
    e2e_farm(e, "ctl", "stop");
    e2e_see(e, "✗ Unable to contact slurm controller");
    e2e_see(e, "  data ");
    e2e_see(e, " old");
    e2e_see(e, "sleeper"); /* not an empty farm */
    keys_are_answered(e, "without a controller");
    e2e_see(e, "sleeper");
    e2e_farm(e, "ctl", "start");
    e2e_see(e, "ms/refresh");
    e2e_gone(e, " old");
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "the controller answers again");
    e2e_see(e, "✗ Slurm: Unable to contact slurm controller");
    e2e_quit(e);
}

/* Guards the open screen over a controller that takes connections and does not answer. */
static void test_controller_hangs(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_see(e, "sleeper");
    e2e_farm(e, "ctl", "pause");
    e2e_see(e, "▲ no answer for ");
    e2e_see(e, "  data ");
    keys_are_answered(e, "under a controller that hangs");
    e2e_see(e, "sleeper");
    e2e_farm(e, "ctl", "resume");
    e2e_see(e, "ms/refresh");
    e2e_gone(e, "no answer for");
    e2e_quit(e);
}

/* Guards the start without a controller: said in Slurm's words, and mended by itself. */
static void test_started_without_controller(void **state)
{
    struct e2e *e = *state;

    e2e_farm(e, "ctl", "stop");
    e2e_top(e, &(struct e2e_top){.cols = 160, .quiet = true});
    e2e_see(e, "✗ Unable to contact slurm controller");
    /* nothing is known yet: that is not an empty farm */
    assert_false(vt_find(e->vt, "No jobs", NULL, NULL));
    assert_false(vt_find(e->vt, "Slurm knows no nodes", NULL, NULL));
    assert_false(vt_find(e->vt, "jobs 0", NULL, NULL));
    e2e_farm(e, "ctl", "start");
    e2e_see(e, "ms/refresh");
    e2e_see(e, "node2");
    e2e_quit(e);
}

/* Guards that a request whose controller is away is not taken for done, and that this is said well
   before libslurm's MessageTimeout (10 s) is over. */
static void test_act_without_controller(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job");
    e2e_farm(e, "ctl", "stop");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see_within(e, "not sent: ", 5000);
    assert_false(vt_find(e->vt, "now CANCELLED", NULL, NULL));
    e2e_farm(e, "ctl", "start");
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_quit(e);
}

/* ---- helpers ---- */

/* Guards both helpers: killed, they are said to have ended, come again, and the work goes on. */
static void test_helpers_killed(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], go[E2E_PATH];
    uint32_t job;
    pid_t slurm, logs;

    e2e_file(e, script, "waits.sh",
        "#!/bin/sh\necho first line\nwhile [ ! -e go ]; do sleep 0.1; done\necho second line\n"
        "exec sleep 3600\n");
    job = e2e_submit(e, "--job-name=waits", script);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_see(e, "first line");
    logs = e2e_helper(e, "logs", E2E_MS);
    slurm = e2e_helper(e, "slurm", E2E_MS);
    assert_int_equal(kill(slurm, SIGKILL), 0);
    e2e_see(e, "the process that asks Slurm ended: without a word; again in ");
    keys_are_answered(e, "without its helper");
    e2e_see(e, "ms/refresh");
    assert_int_not_equal(e2e_helper(e, "slurm", E2E_MS), slurm);
    assert_int_equal(e2e_helper(e, "logs", E2E_MS), logs);
    assert_int_equal(kill(logs, SIGKILL), 0);
    e2e_see(e, "the process that reads logs ended: without a word; again in ");
    e2e_file(e, go, "go", "");
    e2e_see(e, "second line");
    e2e_see(e, "first line");
    assert_int_not_equal(e2e_helper(e, "logs", E2E_MS), logs);
    e2e_quit(e);
}

/* Guards an upgrade under the open screen: the file the program was started from is another one, and its helpers, those
   that change something too, are started all the same. */
static void test_program_replaced(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, "--hold");
    char file[E2E_PATH + 8];
    pid_t slurm;

    e2e_top(e, &(struct e2e_top){.cols = 160});
    snprintf(file, sizeof(file), "%s.new", e->top);
    e2e_output(e, "cp", "-p", e->top, file);
    e2e_output(e, "mv", file, e->top);
    slurm = e2e_helper(e, "slurm", E2E_MS);
    assert_int_equal(kill(slurm, SIGKILL), 0);
    e2e_see(e, "the process that asks Slurm ended: without a word; again in ");
    e2e_see(e, "ms/refresh");
    assert_int_not_equal(e2e_helper(e, "slurm", E2E_MS), slurm);
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "H"));
    e2e_see(e, "Release job ");
    assert_true(vt_keys(e->vt, "y"));
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_quit(e);
}

/* Guards that nothing outlives the program: killed, it takes its helpers along. */
static void test_helpers_end_with_it(void **state)
{
    struct e2e *e = *state;
    pid_t slurm;
    int status = 0;

    e2e_top(e, &(struct e2e_top){0});
    slurm = e2e_helper(e, "slurm", E2E_MS);
    assert_int_equal(vt_kill(e->vt, SIGKILL), 0);
    assert_true(vt_wait_exit(e->vt, E2E_MS, &status));
    assert_int_equal(status, 128 + SIGKILL);
    for (int i = 0; i < 100 && kill(slurm, 0) == 0; i++)
        e2e_pause(e, 50);
    assert_int_equal(kill(slurm, 0), -1);
}

/* ---- between the key and the answer ---- */

/* Guards what is hit: a job that ended, or was requeued, while its question stood is left alone. */
static void test_changed_meanwhile(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL), other = e2e_submit_sleeper(e, "--mem=10M");
    char id[16];

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_wait_job(e, other, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job");
    snprintf(id, sizeof(id), "%u", job);
    e2e_output(e, "scontrol", "requeue", id);
    e2e_wait_job(e, job, "JobState=PENDING Reason=BeginTime", E2E_MS);
    e2e_see(e, "Cancel job"); /* whatever the table shows now, the question is about that job */
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "nothing was done: the job ");
    e2e_see(e, ", PENDING?"); /* it is asked again, about the job as it is now */
    assert_true(vt_keys(e->vt, "n"));
    e2e_gone(e, ", PENDING?");
    assert_non_null(strstr(e2e_job(e, job), "JobState=PENDING"));
    assert_non_null(strstr(e2e_job(e, other), "JobState=RUNNING"));
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, ", PENDING?");
    assert_true(vt_keys(e->vt, "y")); /* which does work */
    e2e_wait_job(e, job, "JobState=CANCELLED", E2E_MS);
    e2e_quit(e);
}

/* Guards the same for a node: drained by somebody else while it was asked for a reason. */
static void test_node_changed_meanwhile(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "d"));
    e2e_see(e, "Drain node node1");
    e2e_output(e, "scontrol", "update", "nodename=node1", "state=drain", "reason=theirs");
    assert_true(vt_keys(e->vt, "ours<Enter>"));
    e2e_see(e, "nothing was done: the node has changed meanwhile");
    e2e_see(e, "(drained: ‘theirs’)");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_wait_node(e, "node1", "Reason=theirs ", E2E_MS);
    e2e_mend_nodes(e);
    e2e_quit(e);
}

/* ---- configuration ---- */

/* A copy of the farm's configuration with one line more, which comes last and wins. */
static void configuration_with(struct e2e *e, char out[E2E_PATH], const char *line)
{
    struct buf text = BUF_INIT;

    buf_addf(&text, "%s%s\n", e2e_output(e, "cat", e->conf), line);
    e2e_file(e, out, "slurm.conf", buf_str(&text));
    buf_release(&text);
}

struct broken {
    const char *setting; /* SLURM_CONF=… */
    const char *words; /* on the first screen */
    const char *in_detail; /* among the messages, and on standard error of --once */
};

static void expect_broken(struct e2e *e, const struct broken *b)
{
    const char *const env[] = {b->setting, NULL};
    const char *const argv[] = {e->top, "--once", "jobs", NULL};
    struct e2e_result r = e2e_command(e, &(struct e2e_command){.argv = argv, .env = env});

    assert_int_equal(r.status, 3);
    assert_string_equal(r.out, "");
    assert_non_null(strstr(r.err, b->in_detail));
    assert_true(r.took_ms < 3000);
    e2e_top(e, &(struct e2e_top){.cols = 200, .env = env, .quiet = true});
    e2e_see_within(e, b->words, 3000);
    assert_false(vt_find(e->vt, "No jobs", NULL, NULL));
    assert_false(vt_find(e->vt, "words above", NULL, NULL)); /* nothing stands above it here */
    keys_are_answered(e, "with a broken configuration");
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, b->in_detail);
    e2e_quit(e);
}

/* Guards against libslurm's patience: it looks for a missing file for a minute. */
static void test_no_configuration(void **state)
{
    static const struct broken missing = {"SLURM_CONF=/nonexistent/slurm.conf",
        "SLURM_CONF names /nonexistent/slurm.conf: No such file or directory",
        "/nonexistent/slurm.conf: No such file or directory"};

    expect_broken(*state, &missing);
}

/* Guards against libslurm's fatal(): Slurm's own words about the line come to the user. */
static void test_syntax_error(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH], setting[E2E_PATH + 16];
    struct broken broken = {
        setting, "Slurm cannot use its configuration", "unrecognized key: NoSuchKeyAtAll"};

    configuration_with(e, path, "NoSuchKeyAtAll=1");
    snprintf(setting, sizeof(setting), "SLURM_CONF=%s", path);
    expect_broken(e, &broken);
}

/* Guards the words about a munge that does not run. */
static void test_no_munge(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH], setting[E2E_PATH + 16];
    struct broken broken = {setting, "Unable to contact slurm controller",
        "Failed to access \"/nonexistent/munge.socket\""};

    configuration_with(e, path, "AuthInfo=socket=/nonexistent/munge.socket");
    snprintf(setting, sizeof(setting), "SLURM_CONF=%s", path);
    expect_broken(e, &broken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_controller_test(test_controller_restarted),
        e2e_controller_test(test_controller_hangs),
        e2e_controller_test(test_started_without_controller),
        e2e_controller_test(test_act_without_controller),
        e2e_controller_test(test_helpers_killed),
        e2e_controller_test(test_program_replaced),
        e2e_controller_test(test_helpers_end_with_it),
        e2e_controller_test(test_changed_meanwhile),
        e2e_controller_test(test_node_changed_meanwhile),
        e2e_controller_test(test_no_configuration),
        e2e_controller_test(test_syntax_error),
        e2e_controller_test(test_no_munge),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
