/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every verb of jobs and nodes by its key, through a terminal on a real farm, as root and as a user
 * without rights: what scontrol shows before and after, and the words of what is refused.
 */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

/* Power saving and reboots, so that those verbs can work; the programs do nothing. */
static void widen_farm(struct e2e *e)
{
    FILE *f = fopen(e->conf, "ae");

    assert_non_null(f);
    fputs("SuspendProgram=/bin/true\nResumeProgram=/bin/true\nSuspendTime=36000\n"
          "SuspendTimeout=5\nResumeTimeout=60\nRebootProgram=/bin/true\n",
        f);
    assert_int_equal(fclose(f), 0);
    e2e_reconfigure(e);
}

static int start(void **state)
{
    if (e2e_start(state, SOURCE_DIR, KFARM_TOP) != 0)
        return -1;
    widen_farm(*state);
    return 0;
}

/* ---- jobs ---- */

enum situation { WAITING, HELD, RUNNING, SUSPENDED, FAILED };

static const struct {
    const char *option, *before; /* for sbatch; what scontrol shows then */
} situations[] = {
    [WAITING] = {"--begin=now+5hours", "JobState=PENDING"},
    [HELD] = {"--hold", "Reason=JobHeldUser"},
    [RUNNING] = {"--mem=10", "JobState=RUNNING"},
    [SUSPENDED] = {"--mem=10", "JobState=RUNNING"},
    [FAILED] = {"--mem=10", "JobState=FAILED"},
};

/* A job of root's or nobody's; its script writes what signals came, and fails if it is to. */
static uint32_t make_job(struct e2e *e, enum situation s, bool nobody)
{
    char script[E2E_PATH], id[16];
    const char *out;
    uint32_t job;

    e2e_file(e, script, s == FAILED ? "fails.sh" : "runs.sh",
        s == FAILED ? "#!/bin/bash\nexit 3\n"
                    : "#!/bin/bash\ntrap 'echo got-usr1' USR1\necho ready\n"
                      "while :; do read -rt 1 <> <(:); done\n");
    out = nobody ? e2e_output(e, E2E_NOBODY, "sbatch", "--parsable", "--time=60",
                       "--output=/dev/null", situations[s].option, script)
                 : e2e_output(e, "sbatch", "--parsable", "--time=60", "--output=keys-%j.out",
                       situations[s].option, script);
    job = (uint32_t)strtoul(out, NULL, 10);
    assert_int_not_equal(job, 0);
    e2e_wait_job(e, job, situations[s].before, E2E_MS);
    snprintf(id, sizeof(id), "%u", job);
    if (s == SUSPENDED) {
        e2e_output(e, "scontrol", "suspend", id);
        e2e_wait_job(e, job, "JobState=SUSPENDED", E2E_MS);
    }
    return job;
}

struct shown {
    uint32_t job;
    const char *text; /* in its row: " R " */
};

/* The row of a job has this text: what the program knows is not older than what the test made. */
static bool row_has(struct vt *vt, void *user)
{
    const struct shown *s = user;
    char begin[2][24];

    snprintf(begin[0], sizeof(begin[0]), " %u ", s->job);
    snprintf(begin[1], sizeof(begin[1]), "▸%u ", s->job);
    for (int row = 0; row < vt_rows(vt); row++) {
        const char *text = vt_row_text(vt, row);

        for (int i = 0; i < 2; i++)
            if (strncmp(text, begin[i], strlen(begin[i])) == 0 && strstr(text, s->text))
                return true;
    }
    return false;
}

static void see_row(struct e2e *e, uint32_t job, const char *text)
{
    struct shown s = {job, text};

    if (!vt_wait_match(e->vt, row_has, &s, E2E_MS))
        fail_msg("the row of job %u never had \"%s\"", job, text);
}

/* Goes to the job once the screen knows its state. */
static void go_to(struct e2e *e, uint32_t job, enum situation s)
{
    static const char *const states[] = {[WAITING] = " PD ",
        [HELD] = " PD ",
        [RUNNING] = " R ",
        [SUSPENDED] = " S ",
        [FAILED] = " F "};

    see_row(e, job, states[s]);
    e2e_select_job(e, job);
}

struct by_key {
    const char *verb, *key;
    enum situation situation;
    const char *question; /* what is asked; %u stands for the job */
    const char *answer; /* keys */
    const char *after; /* what scontrol shows then */
};

static const struct by_key job_verbs[] = {
    {"job-cancel", "c", WAITING, "Cancel job %u", "y", "JobState=CANCELLED"},
    {"job-cancel", "<F9>", RUNNING, "Cancel job %u", "y", "JobState=CANCELLED"},
    {"job-signal", "K", RUNNING, "Send a signal to job %u", "<C-u>TERM<Enter>", "JobState="},
    {"job-requeue", "r", RUNNING, "Requeue job %u", "y", "Restarts=1"},
    {"job-requeue", "r", FAILED, "Requeue job %u", "y", "Restarts=1"},
    {"job-requeue-hold", "R", FAILED, "Requeue and hold job %u", "y",
        "Reason=job_requeued_in_held_state"},
    {"job-hold", "h", WAITING, "Hold job %u", "<C-u>user<Enter>", "Reason=JobHeldUser"},
    {"job-hold", "h", WAITING, "Hold job %u", "<C-u>admin<Enter>", "Reason=JobHeldAdmin"},
    {"job-release", "H", HELD, "Release job %u", "y", "Reason="},
    {"job-priority", "p", WAITING, "Priority of job %u", "<C-u>12345<Enter>", "Priority=12345 "},
    {"job-nice", "i", WAITING, "Set the nice value of job %u", "<C-u>17<Enter>", "Nice=17 "},
    {"job-time-limit", "T", RUNNING, "Set the time limit of job %u", "+30<Enter>",
        "TimeLimit=01:30:00"},
    {"job-time-limit", "T", WAITING, "Set the time limit of job %u", "2:00:00<Enter>",
        "TimeLimit=02:00:00"},
    {"job-top", "t", WAITING, "Move job %u", "y", "JobState=PENDING"},
    {"job-suspend", "P", RUNNING, "Suspend job %u", "y", "JobState=SUSPENDED"},
    {"job-resume", "C", SUSPENDED, "Resume job %u", "y", "JobState=RUNNING"},
};

static void press(struct e2e *e, const struct by_key *v, uint32_t job)
{
    char question[96];

    go_to(e, job, v->situation);
    assert_true(vt_keys(e->vt, v->key));
    snprintf(question, sizeof(question), v->question, job);
    e2e_see(e, question);
    assert_true(vt_keys(e->vt, v->answer));
    e2e_gone(e, question);
}

static void end_job(struct e2e *e, uint32_t job)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", job);
    e2e_run(e, "scancel", id);
}

static void test_jobs_of_root(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "3"));
    for (size_t i = 0; i < KF_LEN(job_verbs); i++) {
        uint32_t job = make_job(e, job_verbs[i].situation, false);

        press(e, &job_verbs[i], job);
        e2e_wait_job(e, job, job_verbs[i].after, E2E_MS);
        end_job(e, job);
    }
}

/* The signal reaches the script itself. */
static void test_signal_arrives(void **state)
{
    static const struct by_key usr1 = {
        "job-signal", "K", RUNNING, "Send a signal to job %u", "<C-u>USR1<Enter>", ""};
    struct e2e *e = *state;
    uint32_t job = make_job(e, RUNNING, false);

    e2e_top(e, &(struct e2e_top){.cols = 160, .rows = 40});
    e2e_see(e, "ready");
    press(e, &usr1, job);
    e2e_see(e, "got-usr1");
}

/* Raised above the job before it, lowered below the one behind it, and Slurm's own again. */
static void test_priority_steps(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[3];
    char before[32], text[96];

    for (size_t i = 0; i < KF_LEN(jobs); i++)
        jobs[i] = make_job(e, WAITING, false);
    e2e_field(e2e_job(e, jobs[2]), "Priority", false, before, sizeof(before));
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "3"));
    go_to(e, jobs[2], WAITING);
    assert_true(vt_keys(e->vt, "+"));
    snprintf(text, sizeof(text), "to pass %u ", jobs[1]);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "y"));
    e2e_field(e2e_job(e, jobs[1]), "Priority", false, text, sizeof(text));
    snprintf(text + 32, sizeof(text) - 32, "Priority=%lu ", strtoul(text, NULL, 10) + 1);
    e2e_wait_job(e, jobs[2], text + 32, E2E_MS);
    see_row(e, jobs[2], strchr(text + 32, '=') + 1);
    go_to(e, jobs[2], WAITING);
    assert_true(vt_keys(e->vt, "="));
    e2e_see(e, "Let Slurm work out the priority of job");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "has the priority that Slurm works out");
    e2e_field(e2e_job(e, jobs[2]), "Priority", false, text, sizeof(text));
    see_row(e, jobs[2], text);
    go_to(e, jobs[1], WAITING);
    assert_true(vt_keys(e->vt, "-"));
    e2e_see(e, "to pass ");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "priority set");
}

/* ---- as a user without rights ---- */

static void test_jobs_of_a_user(void **state)
{
    static const struct by_key mine[] = {
        {"job-cancel", "c", WAITING, "Cancel job %u", "y", "JobState=CANCELLED"},
        {"job-signal", "K", RUNNING, "Send a signal to job %u", "<C-u>USR1<Enter>",
            "JobState=RUNNING"},
        {"job-requeue", "r", RUNNING, "Requeue job %u", "y", "Restarts=1"},
        {"job-requeue-hold", "R", RUNNING, "Requeue and hold job %u", "y",
            "Reason=job_requeued_in_held_state"},
        {"job-hold", "h", WAITING, "Hold job %u", "y", "Reason=JobHeldUser"},
        {"job-release", "H", HELD, "Release job %u", "y", "Reason="},
        {"job-nice", "i", WAITING, "Set the nice value of job %u", "<C-u>17<Enter>", "Nice=17 "},
        {"job-time-limit", "T", RUNNING, "Set the time limit of job %u", "-30<Enter>",
            "TimeLimit=00:30:00"},
        {"job-priority", "p", WAITING, "Priority of job %u", "<C-u>1<Enter>", "Priority=1 "},
    };
    /* and what is refused, in Slurm's words */
    static const struct by_key refused[] = {
        {"job-priority", "p", WAITING, "Priority of job %u", "<C-u>4294967000<Enter>",
            "Access/permission denied"},
        {"job-time-limit", "T", RUNNING, "Set the time limit of job %u", "+60<Enter>",
            "Access/permission denied"},
        {"job-nice", "i", WAITING, "Set the nice value of job %u", "<C-u>-5<Enter>",
            "Access/permission denied"},
    };
    /* and what is not even asked */
    static const struct {
        const char *key, *why;
    } dimmed[] = {
        {"P", "job-suspend: needs root or SlurmUser"},
        {"=", "job-priority-reset: needs root or SlurmUser"},
        {"t", "job-top: needs root or SlurmUser, or SchedulerParameters=enable_user_top"},
    };
    struct e2e *e = *state;
    uint32_t job;

    e2e_top(e, &(struct e2e_top){.cols = 160, .nobody = true});
    assert_true(vt_keys(e->vt, "3"));
    for (size_t i = 0; i < KF_LEN(mine); i++) {
        job = make_job(e, mine[i].situation, true);
        press(e, &mine[i], job);
        e2e_wait_job(e, job, mine[i].after, E2E_MS);
        end_job(e, job);
    }
    for (size_t i = 0; i < KF_LEN(refused); i++) {
        char before[64], after[64];

        job = make_job(e, refused[i].situation, true);
        e2e_field(e2e_job(e, job), "Priority", false, before, sizeof(before));
        press(e, &refused[i], job);
        e2e_see(e, refused[i].after);
        e2e_field(e2e_job(e, job), "Priority", false, after, sizeof(after));
        assert_string_equal(before, after);
        end_job(e, job);
        e2e_gone(e, refused[i].after);
    }
    job = make_job(e, RUNNING, true);
    go_to(e, job, RUNNING);
    for (size_t i = 0; i < KF_LEN(dimmed); i++) {
        if (dimmed[i].key[0] != 'P') { /* those are about waiting jobs */
            end_job(e, job);
            job = make_job(e, WAITING, true);
            go_to(e, job, WAITING);
        }
        assert_true(vt_keys(e->vt, dimmed[i].key));
        e2e_see(e, dimmed[i].why);
    }
}

/* Another's job is nobody's business, and every key says so. */
static void test_jobs_of_another(void **state)
{
    struct e2e *e = *state;
    uint32_t job = make_job(e, WAITING, false);

    e2e_top(e, &(struct e2e_top){.cols = 160, .nobody = true});
    assert_true(vt_keys(e->vt, "3"));
    go_to(e, job, WAITING);
    for (const char *const *key = (const char *const[]){"c", "h", "p", "i", "T", NULL}; *key;
         key++) {
        assert_true(vt_keys(e->vt, *key));
        e2e_see(e, "it is another user's job: needs root or SlurmUser");
    }
    assert_non_null(strstr(e2e_job(e, job), "JobState=PENDING"));
}

/* ---- nodes ---- */

static bool node_row_has(struct vt *vt, void *user)
{
    for (int row = 0; row < vt_rows(vt); row++) {
        const char *text = vt_row_text(vt, row);

        if (strncmp(text, "▸node1 ", strlen("▸node1 ")) == 0)
            return strstr(text, user) != NULL;
    }
    return false;
}

/* Presses the key once the screen knows the node's state, on which depends what may be asked. */
static void press_node(struct e2e *e, const char *state, const char *key, const char *question,
    const char *answer, const char *after)
{
    e2e_select_node(e, "node1");
    if (!vt_wait_match(e->vt, node_row_has, (void *)(uintptr_t)state, E2E_MS))
        fail_msg("the row of node1 never had %s", state);
    assert_true(vt_keys(e->vt, key));
    e2e_see(e, question);
    assert_true(vt_keys(e->vt, answer));
    e2e_wait_node(e, "node1", after, E2E_MS);
    e2e_gone(e, question);
}

static void test_nodes_of_root(void **state)
{
    struct e2e *e = *state;

    e2e_mend_nodes(e);
    e2e_wait_node(e, "node1", "State=IDLE ", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    press_node(e, "idle", "d", "Drain node node1", "disk full<Enter>", "Reason=disk full [");
    press_node(e, "drain", "D", "Undrain node node1", "y", "State=IDLE ");
    press_node(e, "idle", "d", "Drain node node1", "again<Enter>", "IDLE+DRAIN");
    press_node(e, "drain", "n", "Resume node node1", "y", "State=IDLE ");
    press_node(e, "idle", "X", "Set node node1", "no power<Enter>node1<Enter>", "State=DOWN");
    press_node(e, "down", "n", "Resume node node1", "y", "State=IDLE");
    press_node(e, "idle", "W", "Power down node node1", "<C-u>now<Enter>node1<Enter>", "POWER");
    e2e_wait_node(e, "node1", "POWERED_DOWN", E2E_MS);
    press_node(e, "~", "w", "Power up node node1", "y", "POWER");
    press_node(e, "idle", "d", "Drain node node1", "before its reboot<Enter>", "DRAIN");
    press_node(e, "drain", "n", "Resume node node1", "y", "State=");
}

static void test_reboot(void **state)
{
    struct e2e *e = *state;

    e2e_wait_node(e, "node2", "State=IDLE", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_select_node(e, "node2");
    assert_true(vt_keys(e->vt, "B"));
    e2e_see(e, "Reboot node node2");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, " to confirm:");
    assert_true(vt_keys(e->vt, "node1<Enter>"));
    e2e_see(e, "that is not its name");
    assert_true(vt_keys(e->vt, "<C-u>node2<Enter>"));
    e2e_wait_node(e, "node2", "REBOOT", E2E_MS);
}

static void test_nodes_of_a_user(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){.cols = 160, .nobody = true});
    e2e_select_node(e, "node1");
    for (const char *const *key = (const char *const[]){"d", "D", "n", "X", "w", "W", "B", NULL};
         *key; key++) {
        assert_true(vt_keys(e->vt, *key));
        e2e_see(e, ": needs root or SlurmUser");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_jobs_of_root),
        e2e_test(test_signal_arrives),
        e2e_test(test_priority_steps),
        e2e_test(test_jobs_of_a_user),
        e2e_test(test_jobs_of_another),
        e2e_test(test_nodes_of_a_user),
        e2e_test(test_nodes_of_root),
        e2e_test(test_reboot),
    };

    return cmocka_run_group_tests_name("e2e_keys", tests, start, e2e_end);
}
