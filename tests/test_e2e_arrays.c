/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays on a real farm: folded and unfolded by keys, and verbs on all of an array, on some of its
 * tasks and on one. What Slurm says of single tasks is told, and the others are done.
 */
#include "tests/e2e_ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

/* Task 1 fails at once, the others run until they are cancelled, and write down what signals came. */
#define SCRIPT                                                                                     \
    "#!/bin/bash\n"                                                                                \
    "trap 'echo got-usr1' USR1\n"                                                                  \
    "[[ $SLURM_ARRAY_TASK_ID == 1 ]] && exit 3\n"                                                  \
    "echo ready\n"                                                                                 \
    "while :; do read -rt 1 <> <(:); done\n"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static uint32_t submit(struct e2e *e, const char *array)
{
    char script[E2E_PATH], tasks[64];

    e2e_file(e, script, "matrix.sh", SCRIPT);
    snprintf(tasks, sizeof(tasks), "--array=%s", array);
    return e2e_submit(e, "--job-name=matrix", "--mem=10", "--output=matrix-%a.out", tasks, script);
}

/* ---- what squeue says ---- */

/* Of each record its tasks, state and reason: " 0:RUNNING:None 3-9%2:PENDING:…". */
static const char *records(struct e2e *e, uint32_t array)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", array);
    return e2e_output(
        e, "squeue", "--noheader", "--states=all", "--jobs", id, "--format= %K:%T:%r:");
}

struct wanted {
    uint32_t array;
    const char *const *shown; /* NULL at the end; with ! in front: not */
};

static bool are_so(struct e2e *e, void *user)
{
    const struct wanted *w = user;
    const char *out = records(e, w->array);

    for (size_t i = 0; w->shown[i]; i++) {
        bool not = w->shown[i][0] == '!';

        if ((strstr(out, w->shown[i] + not ) != NULL) == not )
            return false;
    }
    return true;
}

static void wait_records_list(struct e2e *e, uint32_t array, const char *const *shown)
{
    struct wanted w = {array, shown};

    if (!e2e_wait(e, are_so, &w, E2E_MS))
        fail_msg("array %u never was so that squeue shows \"%s\":\n%s", array, shown[0],
            records(e, array));
}

#define wait_records(e, array, ...)                                                                \
    wait_records_list((e), (array), (const char *const[]){__VA_ARGS__, NULL})

/* Tasks 0 and 2 run, 1 has failed, the others wait. */
static uint32_t submit_mixed(struct e2e *e)
{
    uint32_t array = submit(e, "0-5%2");

    wait_records(e, array, " 0:RUNNING", " 1:FAILED", " 2:RUNNING", " 3-5%2:PENDING");
    return array;
}

/* ---- the program ---- */

/* Opens it on the queue and selects the row that begins with this. */
static void open_at(struct e2e *e, const char *row)
{
    char marked[64];

    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    e2e_see(e, row);
    snprintf(marked, sizeof(marked), "▸%s ", row);
    assert_true(vt_keys(e->vt, "g"));
    for (int i = 0; i < 100 && !vt_find(e->vt, marked, NULL, NULL); i++) {
        assert_true(vt_keys(e->vt, "j"));
        vt_wait_quiet(e->vt, 60, 2000);
    }
    e2e_see(e, marked);
}

static void see(struct e2e *e, const char *format, uint32_t array)
{
    char text[160];

    snprintf(text, sizeof(text), format, array);
    e2e_see(e, text);
}

/* The row of an array whose tasks are 0-5, folded. */
static void open_folded(struct e2e *e, uint32_t array)
{
    char row[32];

    snprintf(row, sizeof(row), "%u_[0-5]", array);
    open_at(e, row);
}

/* Guards the one row, its summary, its rows below the head when it is unfolded, and that what is
   selected in it is the head when it is folded again. */
static void test_fold_by_keys(void **state)
{
    struct e2e *e = *state;
    uint32_t array = submit_mixed(e);
    char task[32];

    open_folded(e, array);
    e2e_see(e, "6 tasks: 1 F 2 R 3 PD");
    snprintf(task, sizeof(task), "%u_2 ", array);
    e2e_gone(e, task); /* the title of its log may have it, before another task has failed */
    assert_true(vt_keys(e->vt, "a"));
    see(e, "▸%u_[3-5%%2] ", array);
    see(e, "   %u_0 ", array);
    e2e_see(e, task);
    assert_true(vt_keys(e->vt, "jj"));
    see(e, "▸  %u_1 ", array);
    assert_true(vt_keys(e->vt, "a"));
    see(e, "▸%u_[0-5] ", array);
    e2e_gone(e, task);
    assert_true(vt_keys(e->vt, "A"));
    e2e_see(e, task);
    assert_true(vt_keys(e->vt, "A"));
    e2e_gone(e, task);
    e2e_quit(e);
}

/* Guards a range: those tasks are cancelled, no other; one that has ended is not among them. */
static void test_cancel_range(void **state)
{
    struct e2e *e = *state;
    uint32_t array = submit_mixed(e);

    open_folded(e, array);
    assert_true(vt_keys(e->vt, "c"));
    see(e, "Cancel array %u ‘matrix’ of root, 5 tasks? Type 5 to confirm:", array);
    assert_true(vt_keys(e->vt, "<C-t>"));
    see(e, "Which tasks of array %u? (0-5)", array);
    assert_true(vt_keys(e->vt, "1-2,4-6<Enter>"));
    see(e, "array %u has no task 6; it has 0-5", array);
    assert_true(vt_keys(e->vt, "<BS>5<Enter>"));
    see(e, "Cancel array %u_[2,4-5] ‘matrix’ of root, 3 tasks? Type 3 to confirm:", array);
    see(e, "left out: %u_1 (the job has ended)", array);
    assert_true(vt_keys(e->vt, "3<Enter>"));
    see(e, "array %u_[2,4-5] cancelled", array);
    wait_records(e, array, " 0:RUNNING", " 1:FAILED", " 2:CANCELLED", " 3:RUNNING", "!4", "!5");
    e2e_quit(e);
}

/* Guards hold and release of a whole array: all that waits, the record of the others too. */
static void test_hold_whole(void **state)
{
    struct e2e *e = *state;
    uint32_t array = submit_mixed(e);
    char task[32];

    snprintf(task, sizeof(task), "%u_4", array);
    e2e_output(e, "scontrol", "update", "jobid", task, "nice=5"); /* a record of its own */
    open_folded(e, array);
    assert_true(vt_keys(e->vt, "h"));
    see(e, "Hold array %u ‘matrix’ of root, 3 tasks.", array);
    assert_true(vt_keys(e->vt, "<Enter>"));
    wait_records(e, array, ":PENDING:JobHeldUser:", "!ArrayTaskLimit");
    see(e, "array %u held", array);
    e2e_see(e, " 3 held"); /* the queue shows it, too */
    assert_true(vt_keys(e->vt, "H"));
    see(e, "Release array %u ‘matrix’ of root, 3 tasks?", array);
    assert_true(vt_keys(e->vt, "y"));
    wait_records(e, array, "!JobHeldUser", ":PENDING:");
    e2e_quit(e);
}

struct lines {
    const char *file, *text;
    int count;
};

static bool has_lines(struct e2e *e, void *user)
{
    const struct lines *l = user;

    return strtol(e2e_run(e, "grep", "-c", l->text, l->file).out, NULL, 10) == l->count;
}

static void assert_lines(struct e2e *e, const char *file, const char *text, int count)
{
    struct lines l = {file, text, count};

    if (!e2e_wait(e, has_lines, &l, E2E_MS))
        fail_msg("%s never had \"%s\" %d times", file, text, count);
}

/* Guards a signal to a task while others of its array wait: Slurm 22.05 says "try again later" of it
   though it was sent. It is told as done, is sent once, and to no other. */
static void test_signal_one_task(void **state)
{
    struct e2e *e = *state;
    uint32_t array;

    e2e_output(e, "rm", "-f", "matrix-0.out", "matrix-2.out");
    array = submit_mixed(e);
    assert_lines(e, "matrix-0.out", "ready", 1);
    assert_lines(e, "matrix-2.out", "ready", 1);
    open_folded(e, array);
    assert_true(vt_keys(e->vt, "ajj"));
    see(e, "▸  %u_1 ", array);
    assert_true(vt_keys(e->vt, "jK"));
    see(e, "Send a signal to job %u_2 ‘matrix’ of root on ", array);
    assert_true(vt_keys(e->vt, "USR1<Enter>"));
    see(e, "job %u_2 signalled", array);
    assert_lines(e, "matrix-2.out", "got-usr1", 1);
    assert_true(vt_keys(e->vt, "aK")); /* and to all that run */
    see(e, "Send a signal to array %u ‘matrix’ of root, 2 tasks.", array);
    assert_true(vt_keys(e->vt, "USR1<Enter>"));
    see(e, "array %u signalled; Slurm says: tasks 3-5: Job is pending execution; task 1: ", array);
    assert_lines(e, "matrix-0.out", "got-usr1", 1);
    assert_lines(e, "matrix-2.out", "got-usr1", 2);
    e2e_quit(e);
}

/* Guards the task that bears the array's own number: requeued by itself, not with the whole array. */
static void test_requeue_the_last_task(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], row[32];
    uint32_t array;

    e2e_file(e, script, "false.sh", "#!/bin/sh\nexit 1\n");
    array = e2e_submit(e, "--job-name=matrix", "--mem=10", "--array=0-2", script);
    wait_records(e, array, " 0:FAILED", " 1:FAILED", " 2:FAILED");
    snprintf(row, sizeof(row), "%u_[0-2]", array);
    open_at(e, row);
    e2e_see(e, "3 tasks: 3 F");
    assert_true(vt_keys(e->vt, "a"));
    see(e, "▸%u_2 ", array); /* the head */
    assert_true(vt_keys(e->vt, "r"));
    see(e, "Requeue job %u_2 ‘matrix’ of root", array);
    assert_true(vt_keys(e->vt, "y"));
    wait_records(e, array, " 0:FAILED", " 1:FAILED", " 2:PENDING:BeginTime:");
    e2e_quit(e);
}

/* Guards partial refusals: which tasks, and why, in Slurm's words; the others are done. */
static void test_partial_refusals(void **state)
{
    struct e2e *e = *state;
    uint32_t array = submit_mixed(e);

    open_folded(e, array);
    assert_true(vt_keys(e->vt, "P"));
    see(e, "Suspend array %u ‘matrix’ of root, 2 tasks?", array);
    assert_true(vt_keys(e->vt, "y"));
    wait_records(e, array, " 0:SUSPENDED", " 2:SUSPENDED");
    see(e, "array %u suspended; Slurm says: tasks 3-5: Job is pending execution", array);
    e2e_see(e, " 2 S "); /* the queue shows it, too */
    assert_true(vt_keys(e->vt, "C"));
    see(e, "Resume array %u ‘matrix’ of root, 2 tasks?", array);
    assert_true(vt_keys(e->vt, "t"));
    see(e, "Which tasks of array %u?", array);
    assert_true(vt_keys(e->vt, "0<Enter>"));
    see(e, "Resume array %u_0 ‘matrix’ of root?", array);
    assert_true(vt_keys(e->vt, "y"));
    wait_records(e, array, " 0:RUNNING", " 2:SUSPENDED");
    e2e_quit(e);
}

/* Guards a marked array: all of it goes, and its mark with it. */
static void test_marked_array(void **state)
{
    struct e2e *e = *state;
    uint32_t array = submit_mixed(e), other = e2e_submit_sleeper(e, "--hold");

    open_folded(e, array);
    assert_true(vt_keys(e->vt, " c"));
    see(e, "Cancel array %u ‘matrix’ of root, 5 tasks? Type 5 to confirm:", array);
    assert_true(vt_keys(e->vt, "5<Enter>"));
    see(e, "array %u cancelled", array);
    e2e_gone(e, "1 marked");
    wait_records(e, array, "!PENDING", "!RUNNING");
    e2e_wait_job(e, other, "JobState=PENDING", E2E_MS);
    e2e_quit(e);
}

/* ---- every verb on every form of a target ---- */

static const struct {
    enum action_verb verb;
    const char *argument;
    const char *tasks; /* NULL: the whole array */
    enum action_outcome outcome;
    const char *words; /* among Slurm's; "": it has nothing to say */
} forms[] = {
    {ACTION_JOB_TIME_LIMIT, "30", "3", ACTION_DONE, ""},
    {ACTION_JOB_TIME_LIMIT, "31", "0,3-4", ACTION_DONE, ""},
    {ACTION_JOB_TIME_LIMIT, "32", "0-4", ACTION_DONE, "task 1: Job has already finished"},
    {ACTION_JOB_TIME_LIMIT, "33", "1", ACTION_REFUSED, "Job has already finished"},
    {ACTION_JOB_TIME_LIMIT, "34", NULL, ACTION_DONE, ""},
    {ACTION_JOB_TIME_LIMIT, "+10", NULL, ACTION_DONE, ""},
    {ACTION_JOB_NICE, "5", "3", ACTION_DONE, ""},
    {ACTION_JOB_NICE, "6", "3-5", ACTION_DONE, ""},
    {ACTION_JOB_NICE, "7", NULL, ACTION_DONE, ""},
    {ACTION_JOB_TOP, "", "3", ACTION_DONE, ""},
    {ACTION_JOB_TOP, "", "3-5", ACTION_DONE, ""},
    {ACTION_JOB_TOP, "", NULL, ACTION_DONE, ""},
    {ACTION_JOB_PRIORITY, "1000", "3", ACTION_DONE, ""},
    {ACTION_JOB_PRIORITY, "1001", "3-5", ACTION_DONE, ""},
    {ACTION_JOB_PRIORITY, "1002", NULL, ACTION_DONE, ""},
    {ACTION_JOB_PRIORITY_RESET, "", "3", ACTION_DONE, ""},
    {ACTION_JOB_PRIORITY_RESET, "", "4-5", ACTION_DONE, ""},
    {ACTION_JOB_PRIORITY_RESET, "", NULL, ACTION_DONE, ""},
    {ACTION_JOB_HOLD, "uhold", "3", ACTION_DONE, ""},
    {ACTION_JOB_HOLD, "hold", "3-4", ACTION_DONE, ""},
    {ACTION_JOB_HOLD, "hold", "4,20", ACTION_DONE, "task 20: Invalid job id specified"},
    {ACTION_JOB_RELEASE, "", "3", ACTION_DONE, ""},
    {ACTION_JOB_RELEASE, "", "3-4", ACTION_DONE, ""},
    {ACTION_JOB_RELEASE, "", NULL, ACTION_DONE, ""},
    {ACTION_JOB_HOLD, "uhold", NULL, ACTION_DONE, ""}, /* so that no other starts */
    {ACTION_JOB_SIGNAL, "CONT", "0", ACTION_DONE, ""},
    {ACTION_JOB_SIGNAL, "CONT", "3", ACTION_REFUSED, ""},
    {ACTION_JOB_SIGNAL, "CONT", "1", ACTION_REFUSED, "already completing or completed"},
    {ACTION_JOB_SIGNAL, "CONT", "0,2", ACTION_DONE, ""},
    {ACTION_JOB_SIGNAL, "CONT", "0-3", ACTION_DONE, "task 3: Job is pending execution; task 1: "},
    {ACTION_JOB_SIGNAL, "CONT", NULL, ACTION_DONE, "tasks 3-5: Job is pending execution"},
    {ACTION_JOB_SUSPEND, "", "0", ACTION_DONE, ""},
    {ACTION_JOB_SUSPEND, "", "2-3", ACTION_DONE, "task 3: Job is pending execution"},
    {ACTION_JOB_SUSPEND, "", "3-4", ACTION_REFUSED, "Job is pending execution"},
    {ACTION_JOB_RESUME, "", "0", ACTION_DONE, ""},
    {ACTION_JOB_RESUME, "", "0,2", ACTION_DONE, "task 0: Job is not suspended"},
    {ACTION_JOB_SUSPEND, "", NULL, ACTION_DONE, "tasks 3-5: Job is pending execution"},
    {ACTION_JOB_RESUME, "", NULL, ACTION_DONE, "tasks 3-5: Job is pending execution"},
    {ACTION_JOB_REQUEUE, "", "1", ACTION_DONE, ""},
    {ACTION_JOB_REQUEUE_HOLD, "", "0,3", ACTION_DONE, "task 3: Job is pending execution"},
    {ACTION_JOB_REQUEUE, "", NULL, ACTION_DONE, "Job is pending execution"},
    {ACTION_JOB_CANCEL, "", "4", ACTION_DONE, ""},
    {ACTION_JOB_CANCEL, "", "3,5", ACTION_DONE, ""},
    {ACTION_JOB_CANCEL, "", "30-31", ACTION_REFUSED, "Invalid job id specified"},
    {ACTION_JOB_CANCEL, "", NULL, ACTION_DONE, ""},
};

static struct action_target target_of(uint32_t array, const char *tasks)
{
    struct action_target t = {.array_job_id = array, .name = "matrix"};

    if (tasks == NULL)
        snprintf(t.id, sizeof(t.id), "%u", array);
    else if (strpbrk(tasks, ",-"))
        snprintf(t.id, sizeof(t.id), "%u_[%s]", array, tasks);
    else
        snprintf(t.id, sizeof(t.id), "%u_%s", array, tasks);
    return t;
}

static void test_every_form(void **state)
{
    struct e2e *e = *state;
    uint32_t array = submit_mixed(e);
    int wrong = 0;

    for (size_t i = 0; i < KF_LEN(forms); i++) {
        struct action_target t = target_of(array, forms[i].tasks);
        struct action_result r = e2e_ask(e, forms[i].verb, &t, forms[i].argument, false);
        bool says = forms[i].words[0] ? strstr(r.words, forms[i].words) != NULL
                                      : r.outcome != ACTION_DONE || r.words[0] == '\0';

        if (r.outcome == forms[i].outcome && says)
            continue;
        wrong++;
        print_error("%s %s %s: outcome %d, expected %d; words \"%s\", expected \"%s\"\n%s",
            action_info(forms[i].verb)->name, t.id, forms[i].argument, (int)r.outcome,
            (int)forms[i].outcome, r.words, forms[i].words, records(e, array));
    }
    assert_int_equal(wrong, 0);
}

/* Guards a range whose tasks have ended in part: Slurm's one answer for all of them, "already done",
   hid that the others were cancelled. */
static void test_cancel_of_ended_tasks(void **state)
{
    struct e2e *e = *state;
    uint32_t array = submit_mixed(e);
    struct action_target t = target_of(array, "1-3");
    struct action_result r = e2e_ask(e, ACTION_JOB_CANCEL, &t, "", false);

    assert_int_equal(r.outcome, ACTION_DONE);
    assert_string_equal(r.words, "task 1: Job/step already completing or completed");
    wait_records(e, array, " 0:RUNNING", " 2:CANCELLED", "! 3");
    t = target_of(array, "1-2");
    r = e2e_ask(e, ACTION_JOB_CANCEL, &t, "", false);
    assert_int_equal(r.outcome, ACTION_REFUSED);
    assert_non_null(strstr(r.words, "already completing or completed"));
}

/* Guards the log of a folded array: its head waits and has none, so it is that of a task. */
static void test_log_of_a_folded_array(void **state)
{
    struct e2e *e = *state;
    uint32_t array = submit_mixed(e);
    char row[32], title[64];

    snprintf(row, sizeof(row), "%u_[0-5]", array);
    open_at(e, row);
    assert_true(vt_keys(e->vt, "1"));
    snprintf(title, sizeof(title), "Log of %u_1 matrix", array);
    e2e_see(e, title); /* what failed matters most */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_fold_by_keys),
        e2e_test(test_cancel_range),
        e2e_test(test_hold_whole),
        e2e_test(test_signal_one_task),
        e2e_test(test_requeue_the_last_task),
        e2e_test(test_partial_refusals),
        e2e_test(test_marked_array),
        e2e_test(test_every_form),
        e2e_test(test_cancel_of_ended_tasks),
        e2e_test(test_log_of_a_folded_array),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
