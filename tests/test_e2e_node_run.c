/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands on nodes and shells on nodes, on a real farm, through a terminal. */
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

#define NOTHING_MS 1500 /* long enough for what should not happen */
#define SLURM_MS   20000 /* srun gives up on a node that is full after ten seconds */

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

/* The prompt on a node, answered. */
static void run_on(struct e2e *e, const char *node, const char *command)
{
    e2e_select_node(e, node);
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "Run a command on node ");
    vt_type(e->vt, command);
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "Output ─");
}

#define STOP_MS                                                                                    \
    100000 /* Slurm kills what does not end within KillWait, and now and then not at once */

static bool no_step(struct e2e *e, void *user)
{
    (void)user;
    return e2e_output(e, "squeue", "--noheader", "--steps",
               "--state=RUNNING,COMPLETING,PENDING")[0] == '\0';
}

static bool a_step(struct e2e *e, void *user)
{
    return !no_step(e, user);
}

/* The job's own, .batch, goes on. */
static bool no_step_beside(struct e2e *e, void *user)
{
    (void)user;
    return strstr(e2e_output(e, "squeue", "--noheader", "--steps", "--format=%i"), ".1\n") == NULL;
}

static bool no_job(struct e2e *e, void *user)
{
    (void)user;
    return e2e_output(e, "squeue", "--noheader", "--state=RUNNING,PENDING")[0] == '\0';
}

static void wait_no_step(struct e2e *e)
{
    if (!e2e_wait(e, no_step, NULL, STOP_MS))
        fail_msg("a step is left: %s", e2e_output(e, "squeue", "--steps"));
    if (!e2e_wait(e, no_job, NULL, E2E_MS)) /* it ends behind its step */
        fail_msg("a job is left: %s", e2e_output(e, "squeue"));
}

static bool audit_says(struct e2e *e, void *user)
{
    struct e2e_result r = e2e_run(e, "cat", ".local/state/kfarm-top/audit.jsonl");

    return strstr(r.out, user) != NULL;
}

static void audit_must_say(struct e2e *e, const char *text)
{
    if (!e2e_wait(e, audit_says, (void *)(uintptr_t)text, E2E_MS))
        fail_msg("the audit file does not say %s but: %s", text,
            e2e_run(e, "cat", ".local/state/kfarm-top/audit.jsonl").out);
}

static void forget_audit(struct e2e *e)
{
    e2e_output(e, "rm", "-rf", ".local");
}

/* ---- node-run ---- */

/* Guards two marked nodes: named, asked for by their number, each with its own output and end. */
static void test_two_nodes(void **state)
{
    struct e2e *e = *state;

    forget_audit(e);
    e2e_top(e, &(struct e2e_top){0});
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "<C-a>x"));
    e2e_see(e, "Run a command on 2 nodes. Command:");
    e2e_see(e, "no shell: for one, say sh -c '…'");
    vt_type(e->vt, "sh -c 'echo I am $SLURMD_NODENAME; echo oops >&2'");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "Type 2 to confirm:");
    assert_true(vt_keys(e->vt, "1<Enter>"));
    e2e_see(e, "that is not their number");
    assert_true(vt_keys(e->vt, "<C-u>2<Enter>"));
    e2e_see(e, "on 2 nodes: sh -c 'echo I am $SLURMD_NODENAME; echo oops >&2'");
    e2e_see(e, "node1: I am node1");
    e2e_see(e, "node2: I am node2");
    e2e_see(e, "node1: oops");
    e2e_see(e, "node1: exit 0 in ");
    e2e_see(e, "node2: exit 0 in ");
    e2e_see(e, "2 nodes: 2 ended with exit 0, 0 did not");
    audit_must_say(e, "\"event\":\"request\"");
    audit_must_say(e, "\"verb\":\"node-run\",\"argument\":\"sh -c 'echo I am");
    audit_must_say(
        e, "{\"id\":\"node2\",\"name\":\"node2\",\"outcome\":\"done\",\"words\":\"exit 0 in ");
    assert_true(vt_keys(e->vt, "2"));
    e2e_see(e, "2 marked"); /* the next command is often for the same nodes */
    e2e_quit(e);
}

/* Guards output that is seen while the command runs, Ctrl-C, also one that comes too late, and that
   nothing is left on the node. */
static void test_stream_and_stop(void **state)
{
    struct e2e *e = *state;

    forget_audit(e);
    e2e_top(e, &(struct e2e_top){.cols = 80, .rows = 24});
    run_on(e, "node1", "sh -c 'trap \"\" TERM INT; echo first; sleep 1000; sleep 1000'");
    e2e_see(e, "node1: first");
    e2e_see(e, "node-run: 0 of 1 node done   Ctrl-C stops");
    assert_true(e2e_wait(e, a_step, NULL, E2E_MS));
    assert_true(vt_keys(e->vt, "1"));
    e2e_see(e, "Queue ─"); /* leaving the view does not stop it */
    assert_true(vt_keys(e->vt, "8"));
    e2e_see(e, "node1: first");
    e2e_never(e, "node1: exit", NOTHING_MS);
    assert_true(vt_keys(e->vt, "<C-c>"));
    e2e_see_within(e, "node1: stopped after ", STOP_MS);
    assert_true(vt_keys(e->vt, "<C-c>")); /* a moment too late: it does not leave the program */
    e2e_see(e, "there was nothing left to stop; q leaves kfarm-top");
    wait_no_step(e);
    audit_must_say(e, "\"outcome\":\"refused\",\"words\":\"stopped after ");
    e2e_quit(e);
}

/* Guards that leaving the program ends what it runs. */
static void test_leaving_ends_it(void **state)
{
    struct e2e *e = *state;

    forget_audit(e);
    e2e_top(e, &(struct e2e_top){0});
    run_on(e, "node2", "sh -c 'echo begun; exec sleep 1000'");
    e2e_see(e, "node2: begun");
    e2e_quit(e);
    wait_no_step(e);
    audit_must_say(e, "\"event\":\"result\"");
    e2e_top(e, &(struct e2e_top){0});
    run_on(e, "node2", "sh -c 'echo begun; exec sleep 1000'");
    e2e_see(e, "node2: begun");
    vt_kill(e->vt, SIGHUP);
    assert_true(vt_wait_exit(e->vt, E2E_MS, NULL));
    wait_no_step(e);
}

/* Guards exit codes, srun's words, and what is no command line. */
static void test_failures(void **state)
{
    struct e2e *e = *state;

    forget_audit(e);
    e2e_top(e, &(struct e2e_top){0});
    run_on(e, "node1", "sh -c 'exit 3'");
    e2e_see(e, "node1: exit 3 in ");
    audit_must_say(e, "\"outcome\":\"refused\",\"words\":\"exit 3 in ");
    run_on(e, "node1", "no-such-command");
    e2e_see(e, "no-such-command: No such file or directory");
    e2e_see(e, "node1: exit 2 in ");
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "Run a command on node ");
    vt_type(e->vt, "echo 'a");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "a quote is not closed");
    assert_true(vt_keys(e->vt, "' '$HOME;' | cat<Enter>"));
    e2e_see(e, "node1: a $HOME; | cat"); /* no shell looks at it */
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "x<Up><Up>"));
    e2e_see(e, " no-such-command");
    assert_true(vt_keys(e->vt, "<Down>"));
    e2e_see(e, " echo 'a' '$HOME;' | cat");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Run a command");
    e2e_quit(e);
}

/* Guards nodes that have no free CPU, or hardly any memory. */
static void test_busy_nodes(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], inside[64];
    uint32_t job;

    need_root();
    job = e2e_submit_sleeper(e, "--nodelist=node1");
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_output(e, "scancel", "--quiet", "--state=RUNNING");
    e2e_wait_node(e, "node1", "State=IDLE ", E2E_MS);
    e2e_file(e, script, "full.sh", "#!/bin/sh\nexec sleep 3600\n");
    job = e2e_submit(e, "--nodelist=node1", "--exclusive", "--mem=0", "--output=/dev/null", script);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    e2e_see(e, "alloc");
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "node1 is full: it runs beside job");
    vt_type(e->vt, "sh -c 'echo inside $SLURM_JOB_ID'");
    assert_true(vt_keys(e->vt, "<Enter>"));
    snprintf(inside, sizeof(inside), "node1: inside %u", job);
    e2e_see(e, inside);
    e2e_see(e, "node1: exit 0 in ");
    assert_non_null(strstr(e2e_job(e, job), "JobState=RUNNING"));
    run_on(e, "node1", "sh -c 'echo beside; exec sleep 1000'");
    e2e_see(e, "node1: beside");
    assert_true(vt_keys(e->vt, "<C-c>"));
    e2e_see_within(e, "node1: stopped after ", STOP_MS);
    assert_non_null(strstr(e2e_job(e, job), "JobState=RUNNING"));
    if (!e2e_wait(e, no_step_beside, NULL, STOP_MS))
        fail_msg("the step is left: %s", e2e_output(e, "squeue", "--steps"));
    /* another user's: not even root may */
    e2e_output(e, "scancel", "--quiet", "--state=RUNNING");
    e2e_wait_node(e, "node1", "State=IDLE ", E2E_MS);
    assert_true(vt_keys(e->vt, "2"));
    e2e_see(e, "node1 ○ idle"); /* the screen has seen that one go */
    e2e_output(e, E2E_NOBODY, "sbatch", "--nodelist=node1", "--exclusive", "--mem=0",
        "--output=/dev/null", script);
    e2e_wait_node(e, "node1", "State=ALLOCATED ", E2E_MS);
    e2e_see(e, "node1 ● alloc");
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "node1 is full, and no job of yours runs there: srun tries for 10 s");
    vt_type(e->vt, "hostname");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see_within(e, "Unable to allocate resources: Requested nodes are busy", SLURM_MS);
    e2e_see(e, "node1: exit 1 in ");
    e2e_quit(e);
}

/* Guards a node with room while the queue waits: a new job would not be the next to start. */
static void test_waiting_queue(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], inside[64];
    uint32_t job;

    need_root();
    e2e_output(e, "scancel", "--quiet", "--state=RUNNING");
    e2e_wait_node(e, "node2", "State=IDLE ", E2E_MS);
    e2e_file(e, script, "some.sh", "#!/bin/sh\nexec sleep 3600\n");
    job = e2e_submit(e, "--nodelist=node2", "--mem=100", "--output=/dev/null", script);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_wait_job(e, e2e_submit(e, "--nodelist=node2", "--exclusive", "--output=/dev/null", script),
        "Reason=Resources", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    e2e_see(e, "waits for free CPUs"); /* the screen has it too */
    e2e_select_node(e, "node2");
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "node2 has jobs waiting for their turn: it runs beside job");
    vt_type(e->vt, "sh -c 'echo inside $SLURM_JOB_ID'");
    assert_true(vt_keys(e->vt, "<Enter>"));
    snprintf(inside, sizeof(inside), "node2: inside %u", job);
    e2e_see(e, inside);
    e2e_quit(e);
    e2e_output(e, "scancel", "--quiet", "--user=root");
}

static void test_partly_used(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job;

    e2e_file(e, script, "full.sh", "#!/bin/sh\nexec sleep 3600\n");
    job = e2e_submit(e, "--nodelist=node1", "--ntasks=1", "--mem=3500", script);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    e2e_see(e, "mixed");
    run_on(e, "node1", "sh -c 'squeue --noheader --jobs=$SLURM_JOB_ID --format=%m'");
    e2e_see(e, "node1: 157M"); /* less than a job gets by default, and what is left */
    e2e_see(e, "node1: exit 0 in ");
    e2e_quit(e);
}

/* Guards nodes that cannot run anything: left out with the reason, or Slurm's words. */
static void test_unusable_nodes(void **state)
{
    struct e2e *e = *state;

    e2e_wait_node(e, "node2", "State=IDLE ", E2E_MS);
    e2e_output(e, "scontrol", "update", "nodename=node1", "state=down", "reason=test");
    e2e_top(e, &(struct e2e_top){0});
    e2e_see(e, "down");
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "node-run: the node is down");
    assert_true(vt_keys(e->vt, "!"));
    e2e_see(e, "node-shell: the node is down");
    assert_true(vt_keys(e->vt, "<C-a>x"));
    e2e_see(e, "Run a command on node node2 (idle)");
    e2e_see(e, "left out: node1 (the node is down)");
    vt_type(e->vt, "echo well");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "node2: well");
    e2e_mend_nodes(e);
    e2e_wait_node(
        e, "node1", "State=IDLE ", E2E_MS); /* Slurm calls it not responding for a while */
    e2e_output(e, "scontrol", "update", "nodename=node1", "state=drain", "reason=test");
    assert_true(vt_keys(e->vt, "2U"));
    e2e_see(e, "drained");
    run_on(e, "node1", "hostname");
    e2e_see(e, "Required node not available (down, drained or reserved)");
    assert_true(vt_keys(e->vt, "<C-c>"));
    e2e_see_within(e, "node1: stopped after ", STOP_MS);
    wait_no_step(e);
    e2e_mend_nodes(e);
    e2e_wait_node(e, "node1", "State=IDLE ", E2E_MS);
    e2e_quit(e);
}

/* Guards --read-only and --dry-run: nothing runs. */
static void test_forbidden(void **state)
{
    struct e2e *e = *state;
    const char *const read_only[] = {"--read-only", NULL}, *const dry_run[] = {"--dry-run", NULL};
    char recording[E2E_PATH];
    const char *const replay[] = {"--replay", recording, NULL};
    const char *jobs =
        xstrdup(e2e_output(e, "squeue", "--noheader", "--states=all", "--format=%i"));

    forget_audit(e);
    e2e_top(e, &(struct e2e_top){.args = read_only});
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "node-run: read-only mode: nothing is changed");
    assert_true(vt_keys(e->vt, "!"));
    e2e_see(e, "node-shell: read-only mode: nothing is changed");
    e2e_quit(e);
    e2e_top(e, &(struct e2e_top){.cols = 200, .args = dry_run});
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "Run a command on node ");
    vt_type(e->vt, "echo \"a  b\" $x");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e,
        "dry run, not done: srun --nodelist=node1 --nodes=1 --ntasks=1 --immediate=10 --mem=256 "
        "--unbuffered --mpi=none --chdir=/ -- echo 'a  b' '$x'");
    assert_true(vt_keys(e->vt, "!"));
    e2e_see(e, "dry run, not done: srun --immediate=10 --mem=256 --pty --nodelist=node1 --nodes=1 "
               "--ntasks=1 bash -l");
    e2e_quit(e);
    assert_string_equal(e2e_output(e, "squeue", "--noheader", "--states=all", "--format=%i"), jobs);
    assert_int_equal(e2e_run(e, "test", "-e", ".local/state/kfarm-top/audit.jsonl").status, 1);
    free((void *)(uintptr_t)jobs);
    snprintf(recording, sizeof(recording), "%s/tests/golden/farm.rec", SOURCE_DIR);
    e2e_top(e, &(struct e2e_top){.args = replay});
    assert_true(vt_keys(e->vt, "2x"));
    e2e_see(e, "node-run: this is a recording: nothing can be changed");
    assert_true(vt_keys(e->vt, "!"));
    e2e_see(e, "node-shell: this is a recording: nothing can be changed");
    e2e_quit(e);
}

#define LOST  "io error with slurmstepd"
#define TRIES 5

static bool ended_or_lost(struct vt *vt, void *user)
{
    return vt_find(vt, user, NULL, NULL) || vt_find(vt, LOST, NULL, NULL);
}

/* 30000 lines. Now and then, on a busy machine, the connection between slurmstepd and srun breaks and the
   rest is lost to everybody, as srun says: then it is run again, on an empty screen. */
static void run_long(struct e2e *e)
{
    static char last[] = "node1: 30000";

    for (int i = 0; i < TRIES; i++) {
        run_on(e, "node1", "seq 30000");
        if (!vt_wait_match(e->vt, ended_or_lost, last, E2E_MS) || vt_find(e->vt, last, NULL, NULL))
            break;
        e2e_quit(e);
        e2e_top(e, &(struct e2e_top){0});
    }
    e2e_see(e, last);
}

/* Guards the screen against what is written, and the program against how much. */
static void test_junk(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){0});
    run_on(e, "node1",
        "printf "
        "'10%%\\r20%%\\rdone\\n\\033[2J\\033]0;title\\007junk\\377\\200\\n\\000zero\\nend\\n'");
    e2e_see(e, "node1: done");
    e2e_see(e, "node1: end");
    e2e_see(e, "junk");
    e2e_see(e, "zero");
    e2e_see(e, "Output ─");
    assert_false(vt_find(e->vt, "20%\\r", NULL, NULL) && vt_find(e->vt, "node1: 20%", NULL, NULL));
    assert_string_equal(vt_modes(e->vt)->title, "");
    run_on(e, "node1", "head -c 5000 /dev/zero");
    e2e_see(e, "(the line above was longer: the rest of it is left out)");
    run_long(e);
    e2e_see(e, "node1: exit 0 in ");
    assert_true(vt_keys(e->vt, "<Home>"));
    e2e_see(e, "lines before this are gone");
    assert_true(vt_keys(e->vt, "<End>"));
    e2e_see(e, "node1: exit 0 in ");
    run_on(e, "node1", "yes abc");
    e2e_see(e, "node1: abc");
    assert_true(vt_keys(e->vt, "2"));
    e2e_see(e, "Nodes ─"); /* keys still work */
    assert_true(vt_keys(e->vt, "8"));
    e2e_see(e, "Output ─");
    assert_true(vt_keys(e->vt, "<C-c>")); /* the terminal drops what stands before it */
    e2e_see_within(e, "node1: stopped after ", STOP_MS);
    wait_no_step(e);
    e2e_quit(e);
}

/* Guards what Slurm sets in a job: kfarm-top started in one does not run things inside it. */
static void test_in_a_job(void **state)
{
    static const char *const env[] = {"SLURM_JOB_ID=999999", "SLURM_JOBID=999999",
        "SLURM_NODELIST=node2", "SLURM_NTASKS=4", "SLURM_NNODES=2", "SLURM_CLUSTERS=other",
        "SLURM_CPUS_PER_TASK=64", "SLURM_MEM_PER_CPU=99999", "SLURM_PARTITION=none", NULL};
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){.env = env});
    run_on(e, "node1", "sh -c 'echo on $SLURMD_NODENAME, tasks $SLURM_NTASKS'");
    e2e_see(e, "node1: on node1, tasks 1");
    e2e_see(e, "node1: exit 0 in ");
    e2e_quit(e);
}

static void test_plain_user(void **state)
{
    struct e2e *e = *state;

    need_root();
    e2e_top(e, &(struct e2e_top){.nobody = true});
    run_on(e, "node2", "id -u");
    e2e_see(e, "node2: 65534");
    e2e_see(e, "node2: exit 0 in ");
    e2e_quit(e);
}

/* ---- node-shell ---- */

/* Guards a session: Ctrl-C and Ctrl-Z in it are for it, and the screen comes back as it was, at the
   size the window has by then. */
static void test_shell(void **state)
{
    struct e2e *e = *state;

    forget_audit(e);
    e2e_top(e, &(struct e2e_top){0});
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "!"));
    e2e_see(e, "kfarm-top: srun --immediate=10 ");
    assert_false(vt_modes(e->vt)->alternate);
    vt_type(e->vt, "echo here-$SLURMD_NODENAME\r");
    e2e_see(e, "here-node1");
    audit_must_say(e, "\"event\":\"request\"");
    vt_type(e->vt, "sh -c 'echo be''gun-1; exec sleep 1000'\r");
    e2e_see(e, "begun-1");
    assert_true(vt_keys(e->vt, "<C-c>"));
    vt_type(e->vt, "sh -c 'echo be''gun-2; exec sleep 1000'\r");
    e2e_see(e, "begun-2");
    assert_true(vt_keys(e->vt, "<C-z>"));
    e2e_see(e, "Stopped");
    vt_type(e->vt, "kill %1; echo al''ive\r");
    e2e_see(e, "alive");
    vt_resize(e->vt, 100, 30);
    vt_type(e->vt, "until [ $(tput cols) = 100 ]; do :; done; echo wi''de\r");
    e2e_see(e, "wide");
    vt_type(e->vt, "stty -echo; exit 0\r");
    e2e_see(e, "Nodes ─");
    e2e_see(e, "shell on node1: srun ended with exit 0");
    assert_true(vt_modes(e->vt)->alternate && vt_modes(e->vt)->paste);
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "Queue ─");
    assert_int_equal(vt_cols(e->vt), 100);
    audit_must_say(e, "\"verb\":\"node-shell\",\"argument\":\"srun --immediate=10 ");
    audit_must_say(e, "\"words\":\"srun ended with exit 0\"");
    e2e_quit(e);
    wait_no_step(e);
}

/* Guards the last words of a shell that could not be opened. */
static void test_shell_fails_at_once(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH + 256], srun[E2E_PATH];
    const char *const env[] = {path, NULL};

    e2e_output(e, "mkdir", "-p", "bin");
    e2e_file(e, srun, "bin/srun", "#!/bin/sh\necho 'srun: error: last words' >&2\nexit 1\n");
    snprintf(path, sizeof(path), "PATH=%s/bin:%s", e->work, getenv("PATH"));
    e2e_top(e, &(struct e2e_top){.env = env});
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "!"));
    e2e_see(e, "srun: error: last words");
    e2e_see(e, "kfarm-top: srun ended with exit 1; press Enter");
    assert_false(vt_modes(e->vt)->alternate);
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "Nodes ─");
    e2e_see(e, "shell on node1: srun ended with exit 1");
    e2e_output(e, "ln", "-sf", "srun", srun); /* a loop */
    assert_true(vt_keys(e->vt, "!"));
    e2e_see(e, "shell on node1: cannot start srun");
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "Queue ─");
    e2e_quit(e);
}

/* Guards an open shell whose kfarm-top ends: it goes with it, and the terminal is a shell's again,
   whatever the node still sends. */
static void test_shell_goes_with_the_program(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){0});
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "!"));
    vt_type(e->vt, "echo here-$SLURMD_NODENAME; while :; do printf '\\033[?2004h'; done\r");
    e2e_see(e, "here-node1");
    vt_kill(e->vt, SIGTERM);
    assert_true(vt_wait_exit(e->vt, E2E_MS, NULL));
    if (!vt_restored(e->vt)) {
        vt_dump(e->vt, stderr, "the program's end");
        fail_msg("the terminal is not a shell's");
    }
    wait_no_step(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_two_nodes),
        e2e_test(test_stream_and_stop),
        e2e_test(test_leaving_ends_it),
        e2e_test(test_failures),
        e2e_test(test_busy_nodes),
        e2e_test(test_waiting_queue),
        e2e_test(test_partly_used),
        e2e_test(test_unusable_nodes),
        e2e_test(test_forbidden),
        e2e_test(test_junk),
        e2e_test(test_in_a_job),
        e2e_test(test_plain_user),
        e2e_test(test_shell),
        e2e_test(test_shell_fails_at_once),
        e2e_test(test_shell_goes_with_the_program),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
