/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes drained and resumed with keys; verbs that are refused or must not work; recordings. */
#include "tests/e2e.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

#define NOTHING_MS 1500 /* long enough for a request that should not have been made */

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("only root can start the program as another user\n");
        skip();
    }
}

/* Guards `d` with a reason and `n`: what Slurm says afterwards. */
static void test_drain_and_resume(void **state)
{
    struct e2e *e = *state;
    const char *shown;
    char reason[256];

    e2e_top(e, &(struct e2e_top){0});
    e2e_select_node(e, "node2");
    assert_true(vt_keys(e->vt, "d"));
    e2e_see(e, "Drain node node2 (idle)");
    assert_true(vt_keys(e->vt, "<Space><Space><Enter>"));
    e2e_see(e, "Slurm wants a reason");
    assert_null(strstr(e2e_output(e, "scontrol", "show", "node", "node2"), "DRAIN"));
    assert_true(vt_keys(e->vt, "<C-u>disk \"sda\" full, 98%<Enter>"));
    e2e_see(e, "node node2 drained");
    shown = e2e_wait_node(e, "node2", "State=IDLE+DRAIN ", E2E_MS);
    e2e_field(shown, "Reason", true, reason, sizeof(reason));
    assert_true(strncmp(reason, "disk \"sda\" full, 98% [", 22) == 0);
    e2e_see(e, "node2 ▲ drained");
    e2e_see(e, "disk \"sda\" full, 98% — ");
    e2e_select_node(e, "node2"); /* rows in trouble go up: the selection stays on its node */
    assert_true(vt_keys(e->vt, "n"));
    e2e_see(e, "Resume node node2 (drained: ‘disk");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "node node2 resumed");
    e2e_wait_node(e, "node2", "State=IDLE ", E2E_MS);
    e2e_see(e, "node2 ○ idle");
    assert_null(strstr(e2e_output(e, "scontrol", "show", "node", "node1"), "DRAIN"));
    e2e_quit(e);
}

static void node_daemon(struct e2e *e, int signal)
{
    char path[E2E_PATH];
    long pid;

    snprintf(path, sizeof(path), "%s/run/node2.pid", e->dir);
    pid = strtol(e2e_output(e, "cat", path), NULL, 10);
    assert_true(pid > 1);
    assert_int_equal(kill((pid_t)pid, signal), 0);
}

static int end_daemon_test(void **state)
{
    node_daemon(*state, SIGCONT);
    return e2e_end_test(state);
}

/* Guards a node that was resumed and has not answered yet: to Slurm it is "idle*", which was shown red and counted as
   down. Its slurmd is paused, so that the moment lasts. */
static void test_resumed_is_not_down(void **state)
{
    struct e2e *e = *state;

    e2e_output(e, "scontrol", "update", "nodename=node2", "state=down", "reason=test");
    e2e_top(e, &(struct e2e_top){0});
    e2e_see(e, "node2 ✗ down");
    e2e_see(e, "1 down");
    e2e_select_node(e, "node2");
    node_daemon(e, SIGSTOP);
    assert_true(vt_keys(e->vt, "n"));
    e2e_see(e, "Resume node node2");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "node2 ▲ idle*");
    assert_non_null(
        strstr(e2e_output(e, "sinfo", "--noheader", "--nodes=node2", "--format=%T"), "idle*"));
    e2e_see(e, "1 not responding");
    assert_null(strstr(vt_screen_text(e->vt), " down"));
    node_daemon(e, SIGCONT);
    e2e_see(e, "node2 ○ idle");
    e2e_gone(e, "not responding");
    e2e_quit(e);
}

/* Guards the sums in the header while nodes drain with jobs on them: "CPU 6/4". */
static void test_sums_while_draining(void **state)
{
    struct e2e *e = *state;
    uint32_t job =
        e2e_submit(e, "--nodelist=node2", "--cpus-per-task=6", "--mem=1G", "--wrap=exec sleep 600");

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    e2e_see(e, " 6/12   MEM");
    e2e_output(e, "scontrol", "update", "nodename=node2", "state=drain", "reason=test");
    e2e_see(e, " 6/10   MEM"); /* 6 in use, and the 4 of node1 are free */
    assert_non_null(strstr(e2e_output(e, "sinfo", "--noheader", "--format=%C"), "6/4/2/12"));
    e2e_output(e, "scontrol", "update", "nodename=node1", "state=drain", "reason=test");
    e2e_see(e, " 6/6   MEM");
    e2e_see(e, " 1.0/1.0 G");
    e2e_quit(e);
    e2e_mend_nodes(e);
}

/* Guards an answer that is no: nothing is asked of Slurm after n, Esc or another key. */
static void test_no_means_no(void **state)
{
    static const char *const answers[] = {"n", "<Esc>", "q", "<Enter>x<Esc>"};
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    e2e_select_job(e, job);
    for (size_t i = 0; i < KF_LEN(answers); i++) {
        assert_true(vt_keys(e->vt, "c"));
        e2e_see(e, "Cancel job");
        assert_true(vt_keys(e->vt, answers[i]));
        e2e_gone(e, "Cancel job");
    }
    e2e_never(e, "scancel", NOTHING_MS);
    assert_non_null(strstr(e2e_job(e, job), "JobState=RUNNING"));
    e2e_quit(e);
}

/* Guards what a user without rights is told: what is known beforehand before the request, the rest in
   Slurm's own words after it. */
static void test_refused(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job, own;

    need_root();
    job = e2e_submit_sleeper(e, NULL);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_file(e, script, "sleeper.sh", "#!/bin/sh\nexec sleep 3600\n");
    own = (uint32_t)strtoul(
        e2e_output(e, E2E_NOBODY, "sbatch", "--parsable", "--begin=now+5hours", script), NULL, 10);
    /* root's would be closed to this user, and the message about that would hide others */
    e2e_output(e, "rm", "-rf", ".local");
    e2e_top(e, &(struct e2e_top){.nobody = true});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "d"));
    e2e_see(e, "node-drain: needs root or SlurmUser");
    assert_true(vt_keys(e->vt, "n"));
    e2e_see(e, "node-resume: needs root or SlurmUser");
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "job-cancel: it is another user's job: needs root or SlurmUser");
    assert_non_null(strstr(e2e_job(e, job), "JobState=RUNNING"));
    e2e_select_job(e, own);
    assert_true(vt_keys(e->vt, "p"));
    e2e_see(e, "Priority of job ");
    assert_true(vt_keys(e->vt, "<C-u>4294967293<Enter>"));
    e2e_see(e, "Slurm refused: Access/permission denied — scontrol update jobid=");
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "✗ Slurm refused: Access/permission denied");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "Queue ─");
    e2e_quit(e);
}

/* Guards that a user may act on a job of his own. */
static void test_own_job(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    const char *out;
    uint32_t job;

    need_root();
    e2e_file(e, script, "sleeper.sh", "#!/bin/sh\nexec sleep 3600\n");
    out = e2e_output(e, E2E_NOBODY, "sbatch", "--parsable", script);
    job = (uint32_t)strtoul(out, NULL, 10);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    /* root's would be closed to this user, and the message about that would hide others */
    e2e_output(e, "rm", "-rf", ".local");
    e2e_top(e, &(struct e2e_top){.nobody = true});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "now CANCELLED");
    e2e_wait_job(e, job, "JobState=CANCELLED", E2E_MS);
    e2e_quit(e);
}

/* Guards --read-only: each key that changes the farm says no, and no question comes. */
static void test_read_only(void **state)
{
    static const struct {
        const char *key, *command;
    } verbs[] = {{"s", "job-submit"}, {"c", "job-cancel"}, {"<F9>", "job-cancel"},
        {"r", "job-requeue"}, {"R", "job-requeue-hold"}, {"h", "job-hold"}, {"H", "job-release"},
        {"p", "job-priority"}, {"+", "job-priority-raise"}, {"-", "job-priority-lower"},
        {"=", "job-priority-reset"}, {"t", "job-top"}, {"i", "job-nice"}, {"T", "job-time-limit"},
        {"K", "job-signal"}, {"P", "job-suspend"}, {"C", "job-resume"}, {"n", "node-resume"},
        {"d", "node-drain"}, {"D", "node-undrain"}, {"X", "node-down"}, {"w", "node-power-up"},
        {"W", "node-power-down"}, {"B", "node-reboot"}};
    static const char *const args[] = {"--read-only", NULL};
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL);
    struct buf before = BUF_INIT, after = BUF_INIT;

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.args = args});
    e2e_see(e, " read-only ");
    e2e_select_job(e, job);
    buf_adds(&before, e2e_output(e, "squeue", "-h", "-a", "-t", "all", "-o", "%A %T %Q %r"));
    for (size_t i = 0; i < KF_LEN(verbs); i++) {
        char text[96];

        snprintf(text, sizeof(text), "%s: read-only mode: nothing is changed", verbs[i].command);
        assert_true(vt_keys(e->vt, verbs[i].key));
        e2e_see(e, text);
        assert_true(vt_keys(e->vt, "y"));
        vt_wait_quiet(e->vt, 100, 3000);
        assert_false(vt_find(e->vt, "y cancel it", NULL, NULL));
        assert_false(vt_find(e->vt, "Submit which script?", NULL, NULL));
    }
    buf_adds(&after, e2e_output(e, "squeue", "-h", "-a", "-t", "all", "-o", "%A %T %Q %r"));
    assert_string_equal(buf_str(&before), buf_str(&after));
    assert_null(strstr(e2e_output(e, "scontrol", "show", "nodes"), "DRAIN"));
    buf_release(&before);
    buf_release(&after);
    e2e_quit(e);
}

/* Guards that text pasted by mistake is no command, neither in a view nor in a question. */
static void test_paste(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    e2e_select_job(e, job);
    assert_true(vt_modes(e->vt)->paste);
    vt_paste(e->vt, "c y\ncy\nrydreason\nsq");
    e2e_never(e, "Cancel job", NOTHING_MS);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job");
    vt_paste(e->vt, "y\ny\n");
    e2e_never(e, "scancel", NOTHING_MS);
    e2e_see(e, "Cancel job");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Cancel job");
    assert_true(vt_keys(e->vt, "d"));
    e2e_see(e, "Drain node");
    vt_paste(e->vt, "by mistake\n");
    e2e_see(e, "by mistake");
    e2e_never(e, "drained", NOTHING_MS);
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Drain node");
    assert_non_null(strstr(e2e_job(e, job), "JobState=RUNNING"));
    assert_null(strstr(e2e_output(e, "scontrol", "show", "nodes"), "DRAIN"));
    e2e_quit(e);
}

/* ---- recordings ---- */

/* Of a row of a table: bytes before its first column. */
static size_t before_row(const char *row)
{
    return strncmp(row, "▸", strlen("▸")) == 0 ? strlen("▸") : row[0] == ' ';
}

static void see_idle(struct e2e *e)
{
    e2e_see(e, "node1 ○ idle");
    e2e_see(e, "node2 ○ idle");
}

/* The rows of nodes and of the jobs that are recorded, left of the log. */
static void rows_of(struct vt *vt, struct buf *out)
{
    buf_clear(out);
    for (int row = 0; row < vt_rows(vt); row++) {
        const char *text = vt_row_text(vt, row), *end = strstr(text, "│");
        char left[512];

        snprintf(left, sizeof(left), "%.*s", end ? (int)(end - text) : (int)strlen(text), text);
        if (strncmp(left + before_row(left), "node", 4) == 0 || strstr(left, "recorded-"))
            buf_addf(out, "%s\n", left);
    }
}

/* Guards --record and --replay: the same rows, with nothing of Slurm at hand, and no verbs. */
static void test_record_and_replay(void **state)
{
    struct e2e *e = *state;
    char file[E2E_PATH], script[E2E_PATH];
    const char *const record[] = {"--record", file, NULL}, *const replay[] = {
                                                               "--replay", file, NULL};
    static const char *const no_slurm[] = {"SLURM_CONF=/nonexistent/slurm.conf", NULL};
    struct buf before = BUF_INIT, after = BUF_INIT;
    struct stat st;

    snprintf(file, sizeof(file), "%s/recording", e->work);
    e2e_file(e, script, "true.sh", "#!/bin/sh\nexec true\n");
    e2e_submit(e, "--job-name=recorded-1", "--hold", script);
    e2e_submit(e, "--job-name=recorded-2", "--hold", "--array=0-4", script);
    e2e_top(e, &(struct e2e_top){.args = record});
    e2e_see(e, "recorded-2");
    see_idle(e);
    rows_of(e->vt, &before);
    e2e_quit(e);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0077, 0); /* what a farm does is not for everybody's eyes */
    e2e_top(e, &(struct e2e_top){.args = replay, .env = no_slurm});
    e2e_see(e, " recording ");
    e2e_see(e, "recorded-2");
    see_idle(e);
    rows_of(e->vt, &after);
    assert_true(before.len > 100);
    assert_string_equal(buf_str(&after), buf_str(&before));
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "this is a recording: nothing can be changed");
    buf_release(&before);
    buf_release(&after);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_drain_and_resume),
        cmocka_unit_test_teardown(test_resumed_is_not_down, end_daemon_test),
        e2e_test(test_sums_while_draining),
        e2e_test(test_no_means_no),
        e2e_test(test_refused),
        e2e_test(test_own_job),
        e2e_test(test_read_only),
        e2e_test(test_paste),
        e2e_test(test_record_and_replay),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
