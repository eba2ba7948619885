/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Never the wrong job: a question is open, then the farm changes under it, then it is answered. What
 * scontrol shows before and after decides, not what the program says; but that must be true as well.
 */
#include "tests/e2e.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static bool has(struct e2e *e, uint32_t job, const char *text)
{
    return strstr(e2e_job(e, job), text) != NULL;
}

/* What one block of `scontrol show job` says under this key. */
static const char *field(struct e2e *e, uint32_t job, const char *key, char out[64])
{
    return e2e_field(e2e_job(e, job), key, false, out, 64);
}

static const char *number(uint32_t n, char out[16])
{
    snprintf(out, 16, "%u", n);
    return out;
}

/* Opens the queue, selects the row, presses the key, and waits for the question. */
static void ask(struct e2e *e, const char *row, const char *key, const char *question)
{
    e2e_top(e, &(struct e2e_top){.cols = 200});
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    if (strchr(row, '_')) { /* tasks: an array is one row otherwise */
        assert_true(vt_keys(e->vt, "A"));
        e2e_select(e, row);
    } else {
        e2e_select_job(e, (uint32_t)strtoul(row, NULL, 10));
    }
    assert_true(vt_keys(e->vt, key));
    e2e_see(e, question);
}

static void ask_job(struct e2e *e, uint32_t job, const char *key, const char *question)
{
    char row[16];

    snprintf(row, sizeof(row), "%u ", job);
    ask(e, row, key, question);
}

/* ---- rows ---- */

/* Guards that the answer hits the job that the question names, wherever its row is by then, and no
   other. */
static void test_rows_come_and_go(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[6], added[3];
    char id[16], text[64];

    for (int i = 0; i < 6; i++)
        jobs[i] = e2e_submit_sleeper(e, "--hold");
    ask_job(e, jobs[3], "c", "Cancel job ");
    snprintf(text, sizeof(text), "Cancel job %u ‘sleeper’", jobs[3]);
    e2e_see(e, text);
    for (int i = 0; i < 3; i++) /* these get above all that are held */
        added[i] = e2e_submit(e, "--begin=now+1hour", "--job-name=newcomer", "--wrap=true");
    for (int i = 0; i < 3; i++)
        e2e_output(e, "scancel", number(jobs[i], id));
    e2e_output(e, "scontrol", "release", number(jobs[5], id));
    e2e_see(e, "newcomer");
    e2e_wait_job(e, jobs[5], "JobState=RUNNING", E2E_MS);
    vt_wait_text(e->vt, " R ", E2E_MS);
    e2e_see(e, text); /* the question stands */
    assert_true(vt_keys(e->vt, "y"));
    e2e_wait_job(e, jobs[3], "JobState=CANCELLED", E2E_MS);
    e2e_see(e, "now CANCELLED");
    assert_true(has(e, jobs[4], "JobState=PENDING"));
    assert_true(has(e, jobs[5], "JobState=RUNNING"));
    for (int i = 0; i < 3; i++)
        assert_true(has(e, added[i], "JobState=PENDING"));
    e2e_quit(e);
}

/* ---- the job itself ---- */

/* Guards a job that ends while its question is open: it is said, and not asked again. */
static void test_ended_meanwhile(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], go[E2E_PATH];
    uint32_t job, other = e2e_submit_sleeper(e, "--mem=10");

    e2e_file(e, script, "ends.sh", "#!/bin/sh\nwhile [ ! -e go ]; do sleep 0.1; done\n");
    job = e2e_submit(e, "--mem=10", script);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    ask_job(e, job, "c", "Cancel job ");
    e2e_file(e, go, "go", "");
    e2e_wait_job(e, job, "JobState=COMPLETED", E2E_MS);
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "nothing was done: the job has changed meanwhile: it was RUNNING, it is COMPLETED");
    e2e_never(e, "Cancel job ", 500); /* that is not asked again */
    assert_true(has(e, job, "JobState=COMPLETED"));
    assert_true(has(e, job, "Restarts=0"));
    assert_true(has(e, other, "JobState=RUNNING"));
    e2e_quit(e);
}

/* Guards a job that was ending for its requeue when it was asked about, and waits when the answer comes: it was told to be
   another job. */
static void test_requeued_while_ending(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH], id[16], text[64];
    uint32_t job = e2e_submit(
        e, "--mem=10", "--nodelist=node1", e2e_file(e, path, "waits.sh", "#!/bin/sh\nsleep 600\n"));
    pid_t slurmd;

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    snprintf(path, sizeof(path), "%s/run/node1.pid", e->dir);
    slurmd = (pid_t)strtol(e2e_output(e, "cat", path), NULL, 10);
    assert_true(slurmd > 0);
    assert_int_equal(kill(slurmd, SIGSTOP), 0); /* it does not end before that goes on */
    e2e_output(e, "scontrol", "requeuehold", number(job, id));
    e2e_wait_job(e, job, "JobState=COMPLETING", E2E_MS);
    snprintf(text, sizeof(text), "Release job %u", job);
    ask_job(e, job, "H", text);
    assert_int_equal(kill(slurmd, SIGCONT), 0);
    e2e_wait_job(e, job, "JobState=PENDING", E2E_MS);
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "nothing was done: the job has changed meanwhile: ");
    e2e_see(e, " PENDING now");
    e2e_see(e, text); /* it is asked anew, and has the keys then */
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, text);
    e2e_quit(e);
}

/* Guards a job that was requeued and runs again, the same in everything but its count of restarts. */
static void test_runs_anew(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, "--mem=10");
    char id[16], update[32];

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    ask_job(e, job, "c", "Cancel job ");
    snprintf(update, sizeof(update), "jobid=%u", job);
    e2e_output(e, "scontrol", "requeue", number(job, id));
    e2e_wait_job(e, job, "JobState=PENDING Reason=BeginTime", E2E_MS);
    e2e_pause(e, 1100); /* within the second that the node still remembers it fails */
    e2e_output(e, "scontrol", "update", update, "starttime=now");
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(
        e, "nothing was done: the job has changed meanwhile: it was RUNNING, it is RUNNING now");
    e2e_see(e, "Cancel job "); /* asked again */
    assert_true(vt_keys(e->vt, "n"));
    e2e_gone(e, "Cancel job ");
    assert_true(has(e, job, "JobState=RUNNING"));
    assert_true(has(e, job, "Restarts=1"));
    e2e_quit(e);
}

/* ---- arrays ---- */

static bool task_is(struct e2e *e, uint32_t array, int task, const char *state)
{
    char id[32];

    snprintf(id, sizeof(id), "%u_%d", array, task);
    return strstr(e2e_output(e, "scontrol", "show", "job", id), state) != NULL;
}

struct task {
    uint32_t array;
    int task;
    const char *state;
};

static bool task_has_come(struct e2e *e, void *user)
{
    const struct task *t = user;

    return task_is(e, t->array, t->task, t->state);
}

static void wait_task(struct e2e *e, uint32_t array, int task, const char *state)
{
    struct task t = {array, task, state};

    if (!e2e_wait(e, task_has_come, &t, E2E_MS))
        fail_msg("task %d of %u never has %s", task, array, state);
}

static bool any_waits(struct e2e *e, uint32_t array)
{
    char id[16];

    return e2e_output(e, "squeue", "-h", "-t", "PD", "-j", number(array, id))[0] != '\0';
}

/* Guards the task that bears the array's own number, with which alone Slurm means all of them. */
static void test_task_with_the_arrays_number(void **state)
{
    struct e2e *e = *state;
    uint32_t array = e2e_submit_sleeper(e, "--array=0-3");
    char row[32], own[32];
    int bearer = -1;

    snprintf(own, sizeof(own), "JobId=%u ", array);
    for (int i = 0; i < 4; i++) {
        wait_task(e, array, i, "JobState=RUNNING");
        if (task_is(e, array, i, own))
            bearer = i;
    }
    assert_true(bearer >= 0);
    snprintf(row, sizeof(row), "%u_%d ", array, bearer);
    ask(e, row, "c", "Cancel job ");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "now CANCELLED");
    wait_task(e, array, bearer, "JobState=CANCELLED");
    for (int i = 0; i < 4; i++)
        assert_true(i == bearer || task_is(e, array, i, "JobState=RUNNING"));
    e2e_quit(e);
}

/* Guards the waiting tasks of an array, which are one row: one that has started since is none of those
   that were confirmed. */
static void test_task_starts_meanwhile(void **state)
{
    struct e2e *e = *state;
    uint32_t array = e2e_submit_sleeper(e, "--array=0-5%2");
    char row[32], task[32];

    wait_task(e, array, 1, "JobState=RUNNING");
    snprintf(row, sizeof(row), "%u_[2-5", array);
    ask(e, row, "c", ", 4 tasks? Type 4 to confirm:");
    snprintf(task, sizeof(task), "%u_0", array);
    e2e_output(e, "scancel", task);
    wait_task(e, array, 2, "JobState=RUNNING");
    assert_true(vt_keys(e->vt, "4<Enter>"));
    e2e_see(
        e, "nothing was done: the job has changed meanwhile: other tasks of the array wait now");
    assert_true(task_is(e, array, 2, "JobState=RUNNING"));
    assert_true(task_is(e, array, 5, "JobState=PENDING"));
    e2e_see(e, ", 3 tasks? Type 3 to confirm:");
    assert_true(vt_keys(e->vt, "3<Enter>"));
    e2e_see(e, "now CANCELLED");
    assert_false(any_waits(e, array));
    assert_true(task_is(e, array, 1, "JobState=RUNNING"));
    assert_true(task_is(e, array, 2, "JobState=RUNNING"));
    e2e_quit(e);
}

/* Guards waiting tasks whose list is too long for a name: "44_*", which was sent instead, is the whole
   array to Slurm, and those that ran were cancelled with them. */
static void test_long_list_of_tasks(void **state)
{
    struct e2e *e = *state;
    uint32_t array = e2e_submit_sleeper(e,
        "--array=0,1,12,14,17,21,23,28,30,33,35,39,41,46,48,52,57,59,61,66,68,70,73,77,79,82,84,88,"
        "91,95,97,100,104,106%2");
    char row[32];

    wait_task(e, array, 1, "JobState=RUNNING");
    snprintf(row, sizeof(row), "%u_[12,14", array);
    ask(e, row, "c", ", 32 tasks? Type 32 to confirm:");
    assert_true(vt_keys(e->vt, "32<Enter>"));
    e2e_see(e, "now CANCELLED");
    assert_false(any_waits(e, array));
    assert_true(task_is(e, array, 0, "JobState=RUNNING"));
    assert_true(task_is(e, array, 1, "JobState=RUNNING"));
    e2e_quit(e);
}

/* ---- somebody else, with scontrol ---- */

/* Guards a hold that somebody else was faster with: theirs stands, and it is said. */
static void test_held_meanwhile(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, "--begin=now+1hour");
    char id[16];

    ask_job(e, job, "h", "Who may release it?");
    e2e_output(e, "scontrol", "uhold", number(job, id));
    e2e_wait_job(e, job, "Reason=JobHeldUser", E2E_MS);
    assert_true(vt_keys(e->vt, "<Down><Enter>")); /* by an administrator */
    e2e_see(e, "nothing was done: the job has changed meanwhile: it is held now");
    assert_true(has(e, job, "Reason=JobHeldUser"));
    e2e_never(e, "Hold job ", 500); /* there is nothing left to ask */
    e2e_quit(e);
}

/* Guards a release that somebody else was faster with: releasing it once more would have taken back
   the priority that they gave it. */
static void test_released_meanwhile(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit(e, "--hold", "--begin=now+1hour", "--wrap=true");
    char id[16], update[32], priority[64];

    ask_job(e, job, "H", "Release job ");
    snprintf(update, sizeof(update), "jobid=%u", job);
    e2e_output(e, "scontrol", "release", number(job, id));
    e2e_output(e, "scontrol", "update", update, "priority=777");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "nothing was done: the job has changed meanwhile: it is not held any more now");
    assert_string_equal(field(e, job, "Priority", priority), "777");
    e2e_quit(e);
}

/* Guards a time limit that somebody else has changed: "+30" was meant from another one. It is asked
   again, and then it works from the one that is. */
static void test_limit_changed_meanwhile(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit(e, "--begin=now+1hour", "--time=60", "--wrap=true");
    char update[32], limit[64];

    ask_job(e, job, "T", "(now 01:00:00)");
    snprintf(update, sizeof(update), "jobid=%u", job);
    e2e_output(e, "scontrol", "update", update, "timelimit=180");
    assert_true(vt_keys(e->vt, "+30<Enter>"));
    e2e_see(e,
        "nothing was done: the job has changed meanwhile: its time limit was 01:00:00, it is "
        "03:00:00 now");
    assert_string_equal(field(e, job, "TimeLimit", limit), "03:00:00");
    e2e_see(e, ": +30?");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "time limit set");
    assert_string_equal(field(e, job, "TimeLimit", limit), "03:30:00");
    e2e_quit(e);
}

/* Guards a job that somebody else has cancelled: it is told so. */
static void test_cancelled_meanwhile(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, "--hold");
    char id[16];

    ask_job(e, job, "c", "Cancel job ");
    e2e_output(e, "scancel", number(job, id));
    e2e_wait_job(e, job, "JobState=CANCELLED", E2E_MS);
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "it was PENDING, it is CANCELLED now");
    e2e_quit(e);
}

/* Guards a node that somebody else has taken back and drained again, for a reason of their own: only the
   drain that was on the screen may be ended. */
static void test_drained_anew_meanwhile(void **state)
{
    struct e2e *e = *state;

    e2e_output(e, "scontrol", "update", "nodename=node1", "state=drain", "reason=disks");
    e2e_wait_node(e, "node1", "Reason=disks ", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 200});
    e2e_select_node(e, "node1");
    e2e_see(e, "disks");
    assert_true(vt_keys(e->vt, "n"));
    e2e_see(e, "Resume node node1");
    e2e_pause(e, 1100); /* Slurm's times are whole seconds */
    e2e_output(e, "scontrol", "update", "nodename=node1", "state=resume");
    e2e_output(e, "scontrol", "update", "nodename=node1", "state=drain", "reason=memory");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "nothing was done: the node has changed meanwhile: ");
    e2e_wait_node(e, "node1", "Reason=memory ", E2E_MS);
    e2e_see(e, ": ‘memory’)?");
    assert_true(vt_keys(e->vt, "n"));
    e2e_mend_nodes(e);
    e2e_quit(e);
}

/* ---- keys that must answer nothing ---- */

/* Marks all jobs and opens the question that wants their number. */
static void ask_all(struct e2e *e, const char *question)
{
    e2e_top(e, &(struct e2e_top){.cols = 200});
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    assert_true(vt_keys(e->vt, "/state:pend<Enter>"));
    e2e_see(e, "/state:pend ");
    assert_true(vt_keys(e->vt, "<C-a>"));
    e2e_see(e, " marked");
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, question);
}

/* Guards pasted text, were it even the right number with Enter behind it. */
static void test_paste_types_no_number(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[3];

    for (int i = 0; i < 3; i++)
        jobs[i] = e2e_submit_sleeper(e, "--hold");
    ask_all(e, "Cancel 3 jobs? Type 3 to confirm:");
    vt_paste(e->vt, "3\ny\r\n");
    e2e_never(e, "job-cancel: 3 jobs in ", 500);
    e2e_see(e, "Cancel 3 jobs?");
    for (int i = 0; i < 3; i++)
        assert_true(has(e, jobs[i], "JobState=PENDING"));
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Cancel 3 jobs?");
    e2e_quit(e);
}

/* Guards the end of the program in the time of grace: nothing was sent, and the audit file says so. */
static void test_quit_in_grace(void **state)
{
    struct e2e *e = *state;
    const char *audit;
    uint32_t jobs[3];

    e2e_output(e, "rm", "-rf", ".local");
    for (int i = 0; i < 3; i++)
        jobs[i] = e2e_submit_sleeper(e, "--hold");
    ask_all(e, "Cancel 3 jobs?");
    assert_true(vt_keys(e->vt, "3<Enter>"));
    e2e_see(e, "job-cancel: 3 jobs in ");
    e2e_quit(e);
    assert_true(
        vt_find(e->vt, "kfarm-top: taken back, nothing was sent: job-cancel, 3 jobs", NULL, NULL));
    e2e_pause(e, 3500); /* the grace would have ended by now */
    for (int i = 0; i < 3; i++)
        assert_true(has(e, jobs[i], "JobState=PENDING"));
    audit = e2e_output(e, "cat", ".local/state/kfarm-top/audit.jsonl");
    assert_non_null(strstr(audit, "\"event\":\"taken-back\""));
    assert_null(strstr(audit, "\"event\":\"request\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_rows_come_and_go),
        e2e_test(test_ended_meanwhile),
        e2e_test(test_requeued_while_ending),
        e2e_test(test_runs_anew),
        e2e_test(test_task_with_the_arrays_number),
        e2e_test(test_task_starts_meanwhile),
        e2e_test(test_long_list_of_tasks),
        e2e_test(test_held_meanwhile),
        e2e_test(test_released_meanwhile),
        e2e_test(test_limit_changed_meanwhile),
        e2e_test(test_cancelled_meanwhile),
        e2e_test(test_drained_anew_meanwhile),
        e2e_test(test_paste_types_no_number),
        e2e_test(test_quit_in_grace),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
