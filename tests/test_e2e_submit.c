/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The submit form on a real farm, through a terminal: what it says before, what sbatch gets, and the job
   that comes of it. */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* Opens the form with this script in it. */
static void open_form(struct e2e *e, const char *script)
{
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "Submit a batch script");
    assert_true(vt_keys(e->vt, "<C-u>"));
    assert_true(vt_keys(e->vt, script));
}

/* Opens it with the script of a job. */
static void open_again(struct e2e *e, uint32_t job)
{
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "b"));
    e2e_see(e, "Submit the script of job");
}

/* Goes `down` fields further and types there. */
static void fill(struct e2e *e, int down, const char *text)
{
    while (down-- > 0)
        assert_true(vt_keys(e->vt, "<Down>"));
    assert_true(vt_keys(e->vt, text));
}

/* Enter, and y; the number of the job. */
static uint32_t submit(struct e2e *e)
{
    assert_true(vt_keys(e->vt, "<C-s>"));
    return e2e_submit_yes(e);
}

static void must_be(struct e2e *e, uint32_t job, const char *key, const char *value)
{
    char is[512];

    e2e_field(e2e_job(e, job), key, true, is, sizeof(is));
    if (strncmp(is, value, strlen(value)) != 0)
        fail_msg("%s of job %u is \"%s\", not \"%s\"", key, job, is, value);
}

static unsigned long jobs_known(struct e2e *e)
{
    const char *out = e2e_output(e, "squeue", "--noheader", "--states=all", "--format=%i");
    unsigned long n = 0;

    for (; *out; out++)
        n += *out == '\n';
    return n;
}

/* ---- what it is for ---- */

/* The fields become sbatch's options, the job is selected, and its log is shown as soon as it is there. */
static void test_fields(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], selected[32];
    uint32_t job;

    e2e_file(e, script, "build.sh",
        "#!/bin/bash\n#SBATCH --mem=8G -c 8\necho building $KERNEL_SOURCE_PATH with "
        "$KERNEL_CONFIG\n"
        "exec sleep 600\n");
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    e2e_see(e, "fits nowhere: node2: memory 8192 > 7682");
    e2e_see(e, "8 (line 2)");
    e2e_see(e, "8G (line 2)");
    fill(e, 2, "debug");
    fill(e, 1, "3");
    fill(e, 1, "1000M");
    e2e_see(e, "fits now on node1 and node2");
    fill(e, 1, "1:30:00");
    fill(e, 2, "node1");
    e2e_see(e, "fits now on node1");
    e2e_see(e, "no: not in --nodelist");
    fill(e, 1, "tinyconfig");
    fill(e, 1, "/src/linux 6.1");
    fill(e, 3, "--comment='$(touch pwned);x | y' -J \"my build\"");
    job = submit(e);
    snprintf(selected, sizeof(selected), "▸%u ", job);
    e2e_see(e, selected);
    e2e_see(e, "building /src/linux 6.1 with tinyconfig");
    must_be(e, job, "JobName", "my build");
    must_be(e, job, "TimeLimit", "01:30:00");
    must_be(e, job, "MinCPUsNode", "3 MinMemoryNode=1000M");
    must_be(e, job, "ReqNodeList", "node1");
    must_be(e, job, "Comment", "$(touch pwned);x | y");
    must_be(e, job, "WorkDir", e->work);
    assert_int_not_equal(access("pwned", F_OK), 0);
}

/* Option A and B of the guide are presets. */
static void test_preset(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job;

    e2e_file(e, script, "build.sh", "#!/bin/bash\nexec sleep 600\n");
    e2e_top(e, &(struct e2e_top){.cols = 80, .rows = 24});
    open_form(e, script);
    fill(e, 1, "node1");
    e2e_see(e, "3500M");
    e2e_see(e, "fits now on node1 and node2");
    job = submit(e);
    must_be(e, job, "MinCPUsNode", "4 MinMemoryNode=3500M");
}

/* Nothing is submitted while sbatch says no, and the form stays with what it holds. */
static void test_refused_by_sbatch(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    unsigned long before;

    snprintf(script, sizeof(script), "%s/tests/batch/guide.sh", e->source_dir);
    e2e_top(e, &(struct e2e_top){0});
    before = jobs_known(e);
    open_form(e, script);
    e2e_see(e, "line 69: a comment in the middle of a command ends it");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says no: allocation failure: Requested node configuration is not available");
    assert_int_equal(jobs_known(e), before);
    fill(e, 4, "7G");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    e2e_see(e, "fault, line 69: a comment in the middle of a command ends it");
    assert_true(vt_keys(e->vt, "n"));
    e2e_gone(e, "sbatch says: Job ");
    e2e_see(e, "Submit a batch script");
    e2e_leave_form(e);
    assert_int_equal(jobs_known(e), before);
}

/* ---- choosing ---- */

static void test_completion(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], typed[E2E_PATH + 16];

    e2e_file(e, script, "unique_name.sh", "#!/bin/bash\ntrue\n");
    e2e_top(e, &(struct e2e_top){0});
    snprintf(typed, sizeof(typed), "%s/uniq", e->work);
    open_form(e, typed);
    assert_true(vt_keys(e->vt, "<Tab>"));
    e2e_see(e, "unique_name.sh");
    e2e_see(e, "fits now on node1 and node2");
    fill(e, 2, "de<Tab>"); /* there was nothing to choose: Down goes to the next field */
    e2e_see(e, "debug");
}

/* ---- what is no script ---- */

static void refuse(struct e2e *e, const char *script, const char *words)
{
    open_form(e, script);
    e2e_see(e, words);
    e2e_leave_form(e);
}

static void test_bad_scripts(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], fifo[E2E_PATH + 16];

    e2e_top(e, &(struct e2e_top){0});
    refuse(e, "/nonexistent/x.sh", "No such file or directory");
    refuse(e, "/tmp", "/tmp is a directory");
    refuse(e, "/bin/ls", "this is no batch script");
    e2e_file(e, script, "dos.sh", "#!/bin/sh\r\ntrue\r\n");
    refuse(e, script, "the lines end as on DOS");
    e2e_file(e, script, "huge.sh", "#!/bin/sh\n");
    assert_int_equal(truncate(script, 100 << 20), 0);
    refuse(e, script, "has 104857600 bytes");
    snprintf(fifo, sizeof(fifo), "%s/fifo", e->work);
    assert_int_equal(mkfifo(fifo, 0644), 0);
    refuse(e, fifo, "is no file");
    refuse(e, "/dev/zero", "is no file");
    e2e_file(e, script, "odd.sh", "#!/bin/sh\n#SBATCH --frobnicate -c x\ntrue\n");
    refuse(e, script, "line 2: sbatch knows no option --frobnicate");
    e2e_file(e, script, "odd2.sh", "#!/bin/sh\n#SBATCH -o /nonexistent/%j.out\ntrue\n");
    refuse(e, script, "/nonexistent is not there on this machine");
    e2e_quit(e);
}

/* ---- safety ---- */

static void test_dry_run(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    unsigned long before;

    e2e_file(e, script, "build.sh", "#!/bin/bash\ntrue\n");
    e2e_top(e, &(struct e2e_top){.args = (const char *const[]){"--dry-run", NULL}, .cols = 200});
    before = jobs_known(e);
    open_form(e, script);
    fill(e, 8, "tinyconfig");
    fill(e, 4, "-J 'a b'");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "KERNEL_CONFIG=tinyconfig sbatch --parsable -J 'a b'");
    assert_int_equal(jobs_known(e), before);
}

static void test_read_only(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){.args = (const char *const[]){"--read-only", NULL}});
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "read-only mode: nothing is changed");
    assert_true(vt_keys(e->vt, "b"));
    e2e_see(e, "job-resubmit: read-only mode");
}

/* A controller that hangs: the form and the keys do not. */
static void test_hanging_controller(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];

    e2e_file(e, script, "build.sh", "#!/bin/bash\ntrue\n");
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    e2e_see(e, "fits now on");
    e2e_farm(e, "ctl", "stop");
    assert_true(vt_keys(e->vt, "<C-s>"));
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch has not answered yet");
    fill(e, 3, "5");
    e2e_see(e, "CPUs 5 > 4"); /* it judges on by what it knows */
    e2e_leave_form(e);
    assert_true(vt_keys(e->vt, "?"));
    e2e_see(e, "What changes the farm");
    e2e_farm(e, "ctl", "start");
}

/* Guards a form that was left while sbatch had not answered: it asks nothing over the next one, whose
   script is the one that is submitted and kept. */
static void test_left_form(void **state)
{
    struct e2e *e = *state;
    char first[E2E_PATH], second[E2E_PATH], path[E2E_PATH + 96];
    uint32_t job;

    e2e_file(e, first, "first.sh", "#!/bin/bash\n# the first\nexec sleep 600\n");
    e2e_file(e, second, "second.sh", "#!/bin/bash\n# the second\nexec sleep 600\n");
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, first);
    e2e_see(e, "fits now on");
    e2e_farm(e, "ctl", "stop");
    assert_true(vt_keys(e->vt, "<C-s>"));
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch has not answered yet");
    e2e_leave_form(e);
    open_form(e, second);
    e2e_see(e, "fits now on");
    e2e_farm(e, "ctl", "start");
    e2e_never(e, "Submit ‘first.sh’?", 1500);
    e2e_wait_node(e, "node1", "State=IDLE ", E2E_MS); /* they were silent, too */
    e2e_wait_node(e, "node2", "State=IDLE ", E2E_MS);
    job = submit(e);
    must_be(e, job, "JobName", "second.sh");
    e2e_quit(e);
    snprintf(path, sizeof(path), "%s/.local/state/kfarm-top/scripts/%u.sh", e->work, job);
    assert_non_null(strstr(e2e_output(e, "cat", path), "# the second"));
}

/* An sbatch that waits for the end of the job told its number at once. */
static void test_sbatch_that_waits(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], selected[32];
    uint32_t job;

    e2e_file(e, script, "waits.sh", "#!/bin/bash\n#SBATCH --wait\nsleep 1\nexit 3\n");
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    e2e_see(e, "fits now on");
    job = submit(e);
    snprintf(selected, sizeof(selected), "▸%u ", job);
    e2e_see(e, selected);
    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    e2e_never(e, "not submitted", 1000);
}

/* Each preset that Tab passes takes the values of the one before it back. */
static void test_presets_one_by_one(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], config[E2E_PATH];

    e2e_file(e, script, "build.sh", "#!/bin/bash\ntrue\n");
    e2e_file(e, config, "presets",
        "[preset aaa]\ncpus = 3\noptions = --exclusive\n[preset bbb]\nmem = 5G\n");
    e2e_top(e, &(struct e2e_top){.args = (const char *const[]){"--config", config, NULL}});
    open_form(e, script);
    e2e_see(e, "fits now on");
    fill(e, 1, "aaa");
    e2e_see(e, "--exclusive");
    assert_true(vt_keys(e->vt, "<C-u>bbb"));
    e2e_see(e, "--mem=5G");
    e2e_gone(e, "--exclusive");
    e2e_gone(e, "--cpus-per-task=3");
}

/* Guards letters in the form's lists: a part of a script's or a preset's name finds it, Enter takes it; below a path that is
   typed, which may be another file's, Down is the next field. */
static void test_letters_in_form(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], other[E2E_PATH];

    e2e_file(e, script, "narrowed.sh", "#!/bin/bash\ntrue\n");
    e2e_file(e, other, "narrowed.sh.old", "#!/bin/bash\nfalse\n");
    e2e_submit(e, "--hold", other);
    e2e_submit(e, "--hold", script);
    e2e_top(e, &(struct e2e_top){0});
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "narrowed.sh.old");
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, script);
    assert_true(vt_keys(e->vt, "RROWED.SH"));
    e2e_see(e, "script     RROWED.SH");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "fits now on");
    assert_true(vt_keys(e->vt, "e2"));
    e2e_see(e, "▸ node2");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "--mem=7G");
    e2e_leave_form(e);
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, other);
    script[strlen(script) - 1] = '\0';
    assert_true(vt_keys(e->vt, script));
    e2e_see(e, "No such file");
    assert_true(vt_keys(e->vt, "<Down>node1"));
    e2e_see(e, "preset     node1");
    assert_true(vt_keys(e->vt, "<Up>h"));
    e2e_see(e, "fits now on");
    e2e_leave_form(e);
}

/* sbatch would take it for the script, and the script for its argument. */
static void test_word_among_options(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    unsigned long before;

    e2e_file(e, script, "build.sh", "#!/bin/bash\ntrue\n");
    e2e_top(e, &(struct e2e_top){0});
    before = jobs_known(e);
    open_form(e, script);
    e2e_see(e, "fits now on");
    fill(e, 12, "-c 2 other.sh");
    e2e_see(e, "options: \"other.sh\" is no option of sbatch");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_never(e, "sbatch says", 700);
    assert_int_equal(jobs_known(e), before);
}

static void test_audit(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], path[E2E_PATH + 64], job_id[48];
    uint32_t job;

    e2e_file(e, script, "audited.sh", "#!/bin/bash\nexec sleep 600\n");
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    fill(e, 3, "2");
    e2e_see(e, "fits now on");
    job = submit(e);
    e2e_quit(e);
    snprintf(path, sizeof(path), "%s/.local/state/kfarm-top/audit.jsonl", e->work);
    snprintf(job_id, sizeof(job_id), "\"targets\":[{\"id\":\"%u\",\"name\":\"audited.sh\",", job);
    assert_non_null(strstr(e2e_output(e, "grep", "job-submit", path), job_id));
    assert_non_null(strstr(e2e_output(e, "grep", "\"event\":\"request\"", path),
        "sbatch --parsable --cpus-per-task=2 "));
}

/* ---- once more ---- */

/* The script is Slurm's: the file may be gone. What the command line had asked for comes along. */
static void test_resubmit(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], command[E2E_PATH];
    uint32_t job, again;

    e2e_file(e, script, "once.sh", "#!/bin/bash\n#SBATCH --time=20\necho ran $0\nexit 3\n");
    job = e2e_submit(e, "--job-name=first", "--cpus-per-task=3", "--mem=700M", script);
    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    assert_int_equal(unlink(script), 0);
    e2e_top(e, &(struct e2e_top){0});
    open_again(e, job);
    e2e_see(e, "700M");
    e2e_see(e, "20 (line 2)");
    e2e_see(e, "--job-name=first");
    again = submit(e);
    assert_int_not_equal(again, job);
    e2e_wait_job(e, again, "JobState=FAILED", E2E_MS);
    must_be(e, again, "JobName", "first");
    must_be(e, again, "MinCPUsNode", "3 MinMemoryNode=700M");
    must_be(e, again, "TimeLimit", "00:20:00");
    must_be(e, again, "WorkDir", e->work);
    e2e_field(e2e_job(e, again), "Command", true, command, sizeof(command));
    assert_non_null(strstr(command, "/.local/state/kfarm-top/scripts/job-"));
}

/* Guards what the job had beside its script: arguments, a name in the place of the script's, and whose it was. */
static void test_resubmit_the_same(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job, again;

    e2e_file(e, script, "args.sh",
        "#!/bin/sh\n#SBATCH --job-name=own --output=%j.said\necho \"got $1+$2+$#\"\nexit 3\n");
    job = e2e_submit(e, "--job-name=mine", script, "one", "two");
    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    open_again(e, job);
    e2e_see(e, "arguments  one two");
    e2e_see(e, "--job-name=mine");
    again = submit(e);
    e2e_wait_job(e, again, "JobState=FAILED", E2E_MS);
    must_be(e, again, "JobName", "mine");
    snprintf(script, sizeof(script), "%u.said", again);
    assert_string_equal(e2e_output(e, "cat", script), "got one+two+2\n");
    e2e_quit(e);
}

#define CONFIGURED                                                                                 \
    "#!/bin/bash\n#SBATCH --output=%j.said\n"                                                      \
    "echo \"built ${KERNEL_CONFIG:-defconfig} of ${KERNEL_SOURCE_PATH:-linux} for ${ARCH:-x86} "   \
    "on \"\\\n"                                                                                    \
    "\"$SLURMD_NODENAME: $*\"\nexit 3\n"

/* The last line of the job's output. */
static void must_say(struct e2e *e, uint32_t job, const char *text)
{
    char name[32];
    const char *said;

    snprintf(name, sizeof(name), "%u.said", job);
    said = e2e_output(e, "cat", name);
    if (strcmp(said, text) != 0)
        fail_msg("job %u said \"%s\", not \"%s\"", job, said, text);
}

/* Guards a job that was submitted here with another configuration, source, node and variable: once more, also after
   kfarm-top was left, it is all of that, and not the script's default. */
static void test_resubmit_the_configuration(void **state)
{
    static const char *const with_arch[] = {"ARCH=arm64", NULL};
    static const char want[] = "built tinyconfig of /src/linux 6.1 for arm64 on node2: a 'b c'\n";
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job, again;

    e2e_file(e, script, "configured.sh", CONFIGURED);
    e2e_top(e, &(struct e2e_top){.env = with_arch});
    open_form(e, script);
    fill(e, 5, "4");
    fill(e, 2, "node2");
    fill(e, 1, "tinyconfig");
    fill(e, 1, "/src/linux 6.1");
    fill(e, 3, "--comment='x y' --time=7");
    fill(e, 1, "a \"'b c'\"");
    job = submit(e);
    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    must_say(e, job, want);
    e2e_quit(e);
    e2e_top(e, &(struct e2e_top){0});
    open_again(e, job);
    e2e_see(e, "tinyconfig");
    e2e_see(e, "/src/linux 6.1");
    e2e_see(e, "nodes      node2");
    e2e_see(e, "--export=ALL,ARCH=arm64");
    assert_false(vt_find(e->vt, "not known", NULL, NULL));
    again = submit(e);
    e2e_wait_job(e, again, "JobState=FAILED", E2E_MS);
    must_say(e, again, want);
    must_be(e, again, "ReqNodeList", "node2");
    must_be(e, again, "Comment", "x y");
    must_be(e, again, "TimeLimit", "00:07:00");
    e2e_quit(e);
}

/* Guards a job that was submitted elsewhere: its node and its features are filled in, and what Slurm does not tell is named
   in the form and in the question. */
static void test_resubmit_the_unknown(void **state)
{
    static const char *const env[] = {"KERNEL_CONFIG=allnoconfig", NULL};
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job;

    e2e_file(e, script, "elsewhere.sh", CONFIGURED);
    job = e2e_submit(e, "--export=ALL,KERNEL_CONFIG=tinyconfig", "-w", "node2", script);
    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160, .env = env});
    open_again(e, job);
    e2e_see(e, "nodes      node2");
    e2e_see(e, "was submitted is not recorded here");
    e2e_see(e, "KERNEL_CONFIG=allnoconfig");
    e2e_see(e, "other options that sbatch was given");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    e2e_see(e, "was submitted is not recorded here");
    assert_true(vt_keys(e->vt, "n"));
    e2e_gone(e, "sbatch says: Job ");
    /* another script is not that job's any more */
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "is not recorded here");
    e2e_quit(e);
}

/* Guards a script whose path has a blank in it: what stands behind that is no argument. */
static void test_resubmit_path_with_blank(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job;

    e2e_file(e, script, "my build.sh", "#!/bin/sh\nexit 3\n");
    job = e2e_submit(e, "--output=/dev/null", script, "one");
    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    open_again(e, job);
    e2e_see(e, "arguments  one");
}

/* Guards what of an array is submitted again: what its row stands for. */
static void test_resubmit_tasks(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], text[64];
    uint32_t array;

    e2e_file(e, script, "tasks.sh", "#!/bin/sh\nexit 1\n");
    array = e2e_submit(e, "--array=0-3", "--mem=10", "--output=/dev/null", script);
    snprintf(text, sizeof(text), "JobId=%u ArrayJobId=%u ArrayTaskId=3", array, array);
    e2e_wait_job(e, array, text, E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "4 tasks: 4 F");
    snprintf(text, sizeof(text), "%u_[0-3] ", array);
    e2e_select(e, text);
    assert_true(vt_keys(e->vt, "b"));
    snprintf(text, sizeof(text), "Submit the script of job %u_[0-3] again", array);
    e2e_see(e, text);
    e2e_see(e, "array      0-3");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, text);
    assert_true(vt_keys(e->vt, "a"));
    snprintf(text, sizeof(text), "%u_2 ", array);
    e2e_select(e, text);
    assert_true(vt_keys(e->vt, "b"));
    snprintf(text, sizeof(text), "Submit the script of job %u_2 again", array);
    e2e_see(e, text);
    e2e_see(e, "array      2 ");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, text);
    e2e_quit(e);
}

/* Slurm does not hand another user's script out: then it is the file, and that is said. */
static void test_resubmit_of_another_user(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job;

    e2e_file(e, script, "roots.sh", "#!/bin/bash\nexit 0\n");
    job = e2e_submit(e, script);
    e2e_wait_job(e, job, "JobState=COMPLETED", E2E_MS);
    e2e_top(e, &(struct e2e_top){.nobody = true});
    open_again(e, job);
    e2e_see(e, "roots.sh");
}

/* Guards that it is said whose job it becomes. */
static void test_resubmit_for_another_user(void **state)
{
    struct e2e *e = *state;
    const char *out;
    char script[E2E_PATH];
    uint32_t job;

    e2e_file(e, script, "theirs.sh", "#!/bin/sh\nexit 0\n");
    out = e2e_output(e, E2E_NOBODY, "sbatch", "--parsable", "--output=/dev/null", script);
    job = (uint32_t)strtoul(out, NULL, 10);
    e2e_wait_job(e, job, "JobState=COMPLETED", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    open_again(e, job);
    e2e_see(e, "fits now on");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    e2e_see(e, " was nobody's: this one will be root's");
    assert_true(vt_keys(e->vt, "n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_controller_test(test_fields),
        e2e_controller_test(test_preset),
        e2e_controller_test(test_refused_by_sbatch),
        e2e_controller_test(test_completion),
        e2e_controller_test(test_bad_scripts),
        e2e_controller_test(test_dry_run),
        e2e_controller_test(test_read_only),
        e2e_controller_test(test_hanging_controller),
        e2e_controller_test(test_left_form),
        e2e_controller_test(test_sbatch_that_waits),
        e2e_controller_test(test_presets_one_by_one),
        e2e_controller_test(test_letters_in_form),
        e2e_controller_test(test_word_among_options),
        e2e_controller_test(test_audit),
        e2e_controller_test(test_resubmit),
        e2e_controller_test(test_resubmit_the_same),
        e2e_controller_test(test_resubmit_the_configuration),
        e2e_controller_test(test_resubmit_the_unknown),
        e2e_controller_test(test_resubmit_path_with_blank),
        e2e_controller_test(test_resubmit_tasks),
        e2e_controller_test(test_resubmit_of_another_user),
        e2e_controller_test(test_resubmit_for_another_user),
    };

    return cmocka_run_group_tests_name("e2e_submit", tests, start, e2e_end);
}
