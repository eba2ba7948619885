/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verbs on many targets: marks, the question in proportion, the time of grace, results of each,
 * stopping half-way, the audit file, --dry-run. On a real farm, through a terminal.
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

#define JOBS        5
#define LONG_GRACE  60 /* seconds: as long as anything here may take */
#define SHORT_GRACE 10

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* Jobs that wait until somebody releases them. */
static void submit_held(struct e2e *e, uint32_t jobs[JOBS])
{
    for (int i = 0; i < JOBS; i++)
        jobs[i] = e2e_submit_sleeper(e, "--hold");
}

static bool has_state(struct e2e *e, uint32_t job, const char *job_state)
{
    return strstr(e2e_job(e, job), job_state) != NULL;
}

/* Marks the first n of these jobs, in the queue's own view. */
static void mark(struct e2e *e, const uint32_t jobs[], int n)
{
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    for (int i = 0; i < n; i++) {
        char marked[32];

        e2e_select_job(e, jobs[i]);
        assert_true(vt_keys(e->vt, " "));
        snprintf(marked, sizeof(marked), "%d marked", i + 1);
        e2e_see(e, marked);
    }
}

/* Starts the program with this time of grace (seconds): long where something is to be done within it on
   a machine that may be slow, and then Enter ends it. */
static void top_with_grace(struct e2e *e, int grace, int cols)
{
    char conf[E2E_PATH], text[64];
    const char *const args[] = {"--config", conf, NULL};

    snprintf(text, sizeof(text), "[general]\ngrace = %d\n", grace);
    e2e_file(e, conf, "grace.conf", text);
    e2e_top(e, &(struct e2e_top){.args = args, .cols = cols});
}

static bool has_at_most(struct vt *vt, void *user)
{
    static const char before[] = "job-cancel: 4 jobs in ";
    const char *at = strstr(vt_screen_text(vt), before);

    return at && strtol(at + strlen(before), NULL, 10) <= *(const int *)user;
}

/* ---- jobs ---- */

/* Guards marks, the typed number, Esc in the time of grace, and what then is cancelled: those three
   and no other. */
static void test_cancel_marked(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[JOBS];
    json_t *o, *t;
    char id[16];

    e2e_audit_forget(e);
    submit_held(e, jobs);
    top_with_grace(e, LONG_GRACE, 0);
    mark(e, jobs, 3);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 3 jobs? Type 3 to confirm:");
    assert_true(vt_keys(e->vt, "4<Enter>"));
    e2e_see(e, "that is not their number");
    assert_true(vt_keys(e->vt, "<BS>3<Enter>"));
    e2e_see(e, "job-cancel: 3 jobs in ");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "taken back, nothing was sent");
    json_decref(e2e_audit_line(e, "taken-back", "job-cancel", 3));
    for (int i = 0; i < JOBS; i++)
        assert_true(has_state(e, jobs[i], "JobState=PENDING"));

    e2e_see(e, "3 marked");
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 3 jobs?");
    assert_true(vt_keys(e->vt, "3<Enter>"));
    e2e_see(e, "job-cancel: 3 jobs in ");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "3 jobs: 3 cancelled");
    e2e_gone(e, "3 marked");
    for (int i = 0; i < JOBS; i++)
        assert_true(has_state(e, jobs[i], i < 3 ? "JobState=CANCELLED" : "JobState=PENDING"));

    o = e2e_audit_line(e, "result", "job-cancel", 3);
    t = json_array_get(json_object_get(o, "targets"), 0);
    snprintf(id, sizeof(id), "%u", jobs[0]);
    assert_string_equal(e2e_audit_text(t, "id"), id);
    assert_string_equal(e2e_audit_text(t, "name"), "sleeper");
    assert_string_equal(e2e_audit_text(t, "outcome"), "done");
    assert_string_equal(e2e_audit_text(o, "user"), "root");
    assert_int_equal(json_integer_value(json_object_get(o, "uid")), 0);
    assert_non_null(strstr(e2e_audit_text(o, "tty"), "/dev/pts/"));
    assert_int_equal(strlen(e2e_audit_text(o, "time")), 20);
    t = e2e_audit_line(e, "request", "job-cancel", 3);
    assert_string_equal(e2e_audit_text(t, "id"), e2e_audit_text(o, "id"));
    json_decref(t);
    json_decref(o);
    e2e_quit(e);
}

/* Guards that without Enter the time of grace just runs out, and then it is done. */
static void test_grace_ends(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[JOBS];

    submit_held(e, jobs);
    top_with_grace(e, SHORT_GRACE, 80);
    mark(e, jobs, 2);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 2 jobs?");
    assert_true(vt_keys(e->vt, "2<Enter>"));
    e2e_see(e, "job-cancel: 2 jobs in ");
    e2e_see(e, "Enter does it now"); /* of 80 columns the third key would be cut */
    assert_false(vt_find(e->vt, "Ctrl-C", NULL, NULL));
    assert_true(has_state(e, jobs[0], "JobState=PENDING"));
    e2e_see(e, "2 jobs: 2 cancelled");
    assert_true(has_state(e, jobs[0], "JobState=CANCELLED"));
    e2e_quit(e);
}

/* Guards one that somebody else changes in the time of grace, after the state was read for the first
   time: it is left alone, whether Enter ends that time or not. */
static void test_changed_in_grace(void **state)
{
    struct e2e *e = *state;

    for (int by_enter = 0; by_enter < 2; by_enter++) {
        uint32_t jobs[JOBS];
        char id[32];
        int grace = by_enter ? LONG_GRACE : SHORT_GRACE, left = grace - 2;

        submit_held(e, jobs);
        top_with_grace(e, grace, 160);
        mark(e, jobs, 4);
        assert_true(vt_keys(e->vt, "c"));
        e2e_see(e, "Cancel 4 jobs?");
        assert_true(vt_keys(e->vt, "4<Enter>"));
        assert_true(vt_wait_match(e->vt, has_at_most, &left, E2E_MS));
        snprintf(id, sizeof(id), "%u", jobs[2]);
        e2e_output(e, "scontrol", "update", "jobid", id, "name=other");
        if (by_enter)
            assert_true(vt_keys(e->vt, "<Enter>"));
        e2e_see(e, "4 jobs: 3 cancelled, 1 changed meanwhile and left alone");
        for (int i = 0; i < JOBS; i++)
            assert_true(has_state(
                e, jobs[i], i == 2 || i == 4 ? "JobState=PENDING" : "JobState=CANCELLED"));
        e2e_quit(e);
    }
}

/* Guards the helper that has read the state ahead: if it is gone when its word comes, another one does
   it all. */
static void test_helper_ends_in_grace(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[JOBS];

    submit_held(e, jobs);
    top_with_grace(e, LONG_GRACE, 0);
    mark(e, jobs, 4);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 4 jobs?");
    assert_true(vt_keys(e->vt, "4<Enter>"));
    e2e_see(e, "job-cancel: 4 jobs in ");
    assert_int_equal(kill(e2e_helper(e, "act", E2E_MS), SIGKILL), 0);
    for (int i = 0; i < JOBS; i++)
        assert_true(has_state(e, jobs[i], "JobState=PENDING"));
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "4 jobs: 4 cancelled");
    assert_true(has_state(e, jobs[4], "JobState=PENDING"));
    e2e_quit(e);
}

/* Guards that one which the verb cannot work on is left out with the reason, and that one which
   changed under the question is left alone and keeps its mark. */
static void test_partly(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[JOBS], runs;
    char id[32], text[64];
    json_t *o;
    int done = 0, changed = 0;

    e2e_audit_forget(e);
    submit_held(e, jobs);
    runs = e2e_submit_sleeper(e, NULL);
    e2e_wait_job(e, runs, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    mark(e, jobs, 3);
    e2e_select_job(e, runs);
    assert_true(vt_keys(e->vt, " "));
    e2e_see(e, "4 marked");
    assert_true(vt_keys(e->vt, "H"));
    e2e_see(e, "Release 3 jobs? Type 3 to confirm:");
    snprintf(text, sizeof(text), "left out: %u (the job runs already)", runs);
    e2e_see(e, text);
    snprintf(id, sizeof(id), "%u", jobs[1]);
    e2e_output(e, "scontrol", "update", "jobid", id, "name=other");
    assert_true(vt_keys(e->vt, "3<Enter>"));
    e2e_see(e, "3 jobs: 2 released, 1 changed meanwhile and left alone");
    e2e_see(e, "2 marked"); /* the one that runs, and the one that changed */
    assert_true(has_state(e, jobs[1], "Reason=JobHeld"));
    assert_false(has_state(e, jobs[0], "Reason=JobHeld"));
    assert_false(has_state(e, jobs[2], "Reason=JobHeld"));
    assert_true(has_state(e, jobs[3], "Reason=JobHeld"));
    o = e2e_audit_line(e, "result", "job-release", 3);
    for (size_t i = 0; i < 3; i++) {
        const char *outcome =
            e2e_audit_text(json_array_get(json_object_get(o, "targets"), i), "outcome");

        done += strcmp(outcome, "done") == 0;
        changed += strcmp(outcome, "changed") == 0;
    }
    assert_int_equal(done, 2);
    assert_int_equal(changed, 1);
    json_decref(o);
    e2e_quit(e);
}

/* Guards Ctrl-C while a bulk is being sent: what is not sent yet stays unsent, and is said to be. */
static void test_stop(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[JOBS];

    submit_held(e, jobs);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    mark(e, jobs, 4);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 4 jobs?");
    e2e_farm(e, "ctl", "pause"); /* so that none of them can be sent before the key */
    assert_true(vt_keys(e->vt, "4<Enter>"));
    e2e_see(e, "job-cancel: 4 jobs in ");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "0 of 4 jobs answered");
    assert_true(vt_keys(e->vt, "<C-c>"));
    e2e_see(e, "0 of 4 jobs answered, stopping");
    e2e_farm(e, "ctl", "resume");
    e2e_see(e, "4 jobs: 0 cancelled, 4 stopped before they were sent");
    e2e_see(e, "4 marked");
    for (int i = 0; i < JOBS; i++)
        assert_true(has_state(e, jobs[i], "JobState=PENDING"));
    e2e_quit(e);
}

/* Guards the whole array: asked for by its number of tasks, from the question about one. */
static void test_array(void **state)
{
    struct e2e *e = *state;
    uint32_t array = e2e_submit_sleeper(e, "--array=0-9"), other = e2e_submit_sleeper(e, "--hold");
    char task[32], text[64];

    snprintf(task, sizeof(task), "%u_0", array);
    snprintf(text, sizeof(text), "Cancel array %u ‘sleeper’ of root, 10 tasks?", array);
    e2e_top(e, &(struct e2e_top){0});
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    e2e_see(e, "10 tasks: ");
    assert_true(vt_keys(e->vt, "A")); /* unfolded: its rows stand below its head */
    e2e_see(e, task);
    assert_true(vt_keys(e->vt, "g"));
    for (int i = 0; i < 20; i++) {
        char marked[40];

        snprintf(marked, sizeof(marked), "▸  %s ", task);
        vt_wait_quiet(e->vt, 60, 2000);
        if (vt_find(e->vt, marked, NULL, NULL))
            break;
        assert_true(vt_keys(e->vt, "j"));
    }
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job ");
    e2e_see(e, "(10 tasks)");
    assert_true(vt_keys(e->vt, "a"));
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "10<Enter>"));
    snprintf(text, sizeof(text), "array %u cancelled", array);
    e2e_see(e, text);
    assert_null(strstr(e2e_output(e, "squeue", "-h", "-o", "%F %T"), task));
    snprintf(task, sizeof(task), "%u ", array);
    assert_null(strstr(e2e_output(e, "squeue", "-h", "-t", "PD,R", "-o", "%F %T"), task));
    assert_true(has_state(e, other, "JobState=PENDING"));
    e2e_quit(e);
}

static bool queue_is(struct e2e *e, void *order)
{
    return strstr(e2e_output(e, "squeue", "-h", "-t", "PD", "-S", "-p,i", "-o", "%A"), order);
}

/* The first job's row stands above that of the second. */
static bool is_above(struct vt *vt, void *user)
{
    const uint32_t *jobs = user;
    int rows[2] = {-1, -1};

    for (int row = 0; row < vt_rows(vt); row++)
        for (int i = 0; i < 2; i++) {
            const char *text = vt_row_text(vt, row);
            char id[16];

            text += strncmp(text, "▸", strlen("▸")) == 0 ? strlen("▸") : 1;
            snprintf(id, sizeof(id), "%u ", jobs[i]);
            if (strncmp(text, id, strlen(id)) == 0)
                rows[i] = row;
        }
    return rows[0] >= 0 && rows[0] < rows[1];
}

/* Guards raise and lower: one place in the queue, as squeue orders it. */
static void test_one_place(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[3];
    char order[64];

    for (int i = 0; i < 3; i++)
        jobs[i] = e2e_submit_sleeper(e, "--begin=now+1hour");
    e2e_top(e, &(struct e2e_top){0});
    e2e_select_job(e, jobs[2]);
    assert_true(vt_keys(e->vt, "+"));
    e2e_see(e, "to pass ");
    assert_true(vt_keys(e->vt, "y"));
    snprintf(order, sizeof(order), "%u\n%u\n%u\n", jobs[0], jobs[2], jobs[1]);
    assert_true(e2e_wait(e, queue_is, order, E2E_MS));
    e2e_see(e, "priority set");
    assert_true(vt_wait_match(e->vt, is_above, (uint32_t[]){jobs[2], jobs[1]}, E2E_MS));
    e2e_select_job(e, jobs[0]);
    assert_true(vt_keys(e->vt, "-"));
    snprintf(order, sizeof(order), "to pass %u", jobs[2]);
    e2e_see(e, order);
    assert_true(vt_keys(e->vt, "y"));
    snprintf(order, sizeof(order), "%u\n%u\n%u\n", jobs[2], jobs[0], jobs[1]);
    assert_true(e2e_wait(e, queue_is, order, E2E_MS));
    e2e_quit(e);
}

/* ---- nodes ---- */

/* Guards the name that is typed before a node's jobs are lost. */
static void test_node_down(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){0});
    e2e_select_node(e, "node2");
    assert_true(vt_keys(e->vt, "X"));
    e2e_see(e, "the jobs on it are lost. Reason:");
    assert_true(vt_keys(e->vt, "fan broken<Enter>"));
    e2e_see(e, " to confirm:");
    assert_true(vt_keys(e->vt, "node1<Enter>"));
    e2e_see(e, "that is not its name");
    assert_true(vt_keys(e->vt, "<BS>2<Enter>"));
    e2e_wait_node(e, "node2", "State=DOWN", E2E_MS);
    e2e_wait_node(e, "node2", "Reason=fan broken ", E2E_MS);
    assert_null(strstr(e2e_output(e, "scontrol", "show", "node", "node1"), "DOWN"));
    e2e_see(e, "node node2 ");
    e2e_mend_nodes(e);
    e2e_quit(e);
}

/* Guards marked nodes: both are drained by one question, and resumed by one. */
static void test_nodes_marked(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){0});
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "<C-a>"));
    e2e_see(e, "2 marked");
    assert_true(vt_keys(e->vt, "d"));
    e2e_see(e, "Drain 2 nodes");
    assert_true(vt_keys(e->vt, "new disks<Enter>"));
    e2e_see(e, "Type 2 to confirm:");
    assert_true(vt_keys(e->vt, "2<Enter>"));
    e2e_wait_node(e, "node1", "Reason=new disks ", E2E_MS);
    e2e_wait_node(e, "node2", "Reason=new disks ", E2E_MS);
    e2e_see(e, "2 nodes: 2 drained");
    e2e_see(e, " 2 drain"); /* the screen knows it, too: in its head */
    assert_true(vt_keys(e->vt, "<C-a>"));
    e2e_see(e, "2 marked");
    assert_true(vt_keys(e->vt, "n"));
    e2e_see(e, "Resume 2 nodes");
    assert_true(vt_keys(e->vt, "2<Enter>"));
    e2e_see(e, "2 nodes: 2 resumed");
    assert_null(strstr(e2e_output(e, "scontrol", "show", "nodes"), "DRAIN"));
    e2e_quit(e);
}

/* ---- --dry-run ---- */

static void test_dry_run(void **state)
{
    static const char *const args[] = {"--dry-run", NULL};
    struct e2e *e = *state;
    uint32_t jobs[JOBS];
    char text[64];

    e2e_audit_forget(e);
    submit_held(e, jobs);
    e2e_top(e, &(struct e2e_top){.args = args});
    e2e_see(e, "dry run");
    mark(e, jobs, 2);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 2 jobs?");
    assert_true(vt_keys(e->vt, "2<Enter>"));
    assert_true(vt_keys(e->vt, "m"));
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof(text), "dry run, not done: scancel %u", jobs[i]);
        e2e_see(e, text);
    }
    for (int i = 0; i < JOBS; i++)
        assert_true(has_state(e, jobs[i], "JobState=PENDING"));
    assert_int_equal(e2e_run(e, "test", "-e", ".local/state/kfarm-top/audit.jsonl").status, 1);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_controller_test(test_cancel_marked),
        e2e_controller_test(test_grace_ends),
        e2e_controller_test(test_changed_in_grace),
        e2e_controller_test(test_helper_ends_in_grace),
        e2e_controller_test(test_partly),
        e2e_controller_test(test_stop),
        e2e_controller_test(test_array),
        e2e_controller_test(test_one_place),
        e2e_controller_test(test_node_down),
        e2e_controller_test(test_nodes_marked),
        e2e_controller_test(test_dry_run),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
