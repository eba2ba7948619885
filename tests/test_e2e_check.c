/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kfarm-top check against `sbatch --test-only` on a real farm: our own verdict ("accepted", before
 * sbatch was asked) must be sbatch's, script by script; and what only we see must be said.
 */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/alloc.h"

/* Partitions and features beside those of slurm.conf. */
static void widen_farm(struct e2e *e)
{
    static const char *const partitions[][5] = {
        {"partition=short", "nodes=node1", "maxtime=30", "state=up", NULL},
        {"partition=one", "nodes=node[1-2]", "maxnodes=1", "state=up", NULL},
        {"partition=off", "nodes=node[1-2]", "state=down", NULL},
        {"partition=draining", "nodes=node[1-2]", "state=drain", NULL},
        {"partition=inactive", "nodes=node[1-2]", "state=inactive", NULL},
        {"partition=narrow", "nodes=node[1-2]", "maxcpuspernode=2", "state=up", NULL},
        {"partition=pair", "nodes=node[1-2]", "minnodes=2", "state=up", NULL},
        {"partition=noroot", "nodes=node[1-2]", "disablerootjobs=yes", "state=up", NULL},
        {"partition=greedy", "nodes=node[1-2]", "defmempercpu=2000", "state=up", NULL},
        {"partition=heavy", "nodes=node[1-2]", "defmempernode=8000", "state=up", NULL},
    };

    for (size_t i = 0; i < KF_LEN(partitions); i++) {
        const char *argv[8] = {"scontrol", "create"};

        for (int k = 0; partitions[i][k]; k++)
            argv[k + 2] = partitions[i][k];
        e2e_output_list(e, argv);
    }
    e2e_output(e, "scontrol", "update", "nodename=node1", "features=small,ssd");
    e2e_output(e, "scontrol", "update", "nodename=node2", "features=big,ssd");
}

static int start(void **state)
{
    if (e2e_start(state, SOURCE_DIR, KFARM_TOP) != 0)
        return -1;
    widen_farm(*state);
    return 0;
}

/* ---- one script ---- */

/* kfarm-top check --format json; the caller's. *ret_status: its exit status. */
static json_t *check_with(struct e2e *e, const char *script, const char *const *options,
    const char *const *environment, int *ret_status)
{
    const char *argv[16] = {e->top, "check", "--format", "json", script};
    struct e2e_result r;
    json_t *o;

    for (int i = 0; options && options[i]; i++)
        argv[5 + i] = options[i];
    r = e2e_command(e, &(struct e2e_command){.argv = argv, .env = environment});
    o = json_loads(r.out, JSON_REJECT_DUPLICATES, NULL);
    if (o == NULL)
        fail_msg("%s: no JSON (status %d): %s%s", script, r.status, r.out, r.err);
    *ret_status = r.status;
    return o;
}

static json_t *check(struct e2e *e, const char *script, const char *const *options, int *ret_status)
{
    return check_with(e, script, options, NULL, ret_status);
}

static const char *text_of(json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

/* Is there a finding of this level (NULL: any) on this line (0: any) with these words? */
static bool has_finding(json_t *o, const char *level, int line, const char *words)
{
    json_t *f;
    size_t i;

    json_array_foreach(json_object_get(o, "findings"), i, f)
    {
        if ((level == NULL || strcmp(text_of(f, "level"), level) == 0) &&
            (line == 0 || json_integer_value(json_object_get(f, "line")) == line) &&
            strstr(text_of(f, "text"), words))
            return true;
    }
    return false;
}

static void must_find(json_t *o, const char *level, int line, const char *words)
{
    if (!has_finding(o, level, line, words)) {
        char *dump = json_dumps(json_object_get(o, "findings"), JSON_INDENT(1));

        print_error("%s\n", dump);
        free(dump);
        fail_msg("no %s \"%s\" on line %d", level ? level : "finding", words, line);
    }
}

/* What is given beside a script. Lists with NULL at their ends, or NULL. */
struct beside {
    const char *options[4]; /* of the command line */
    const char *environment[4];
};

/* sbatch --test-only as the controller answers it: exit status 0 or not. */
static bool sbatch_takes(
    struct e2e *e, const char *script, const struct beside *b, char *words, size_t size)
{
    const char *argv[8] = {"sbatch", "--test-only"};
    struct e2e_result r;
    int n = 2;

    for (int i = 0; b->options[i]; i++)
        argv[n++] = b->options[i];
    argv[n] = script;
    r = e2e_command(e, &(struct e2e_command){.argv = argv, .env = b->environment});
    snprintf(words, size, "%s", r.err);
    assert_null(strstr(r.err, "Unable to contact")); /* that would be no answer */
    return r.status == 0;
}

static unsigned compared;

/* The two verdicts on one script with these #SBATCH lines must be the same. */
static void compare_with(struct e2e *e, const char *lines, const struct beside *b)
{
    char script[E2E_PATH], text[1024], words[2048];
    bool ours, theirs;
    json_t *o;
    int status;

    snprintf(text, sizeof(text), "#!/bin/sh\n#SBATCH %s\nexit 0\n", lines);
    e2e_file(e, script, "script.sh", text);
    theirs = sbatch_takes(e, script, b, words, sizeof(words));
    o = check_with(e, script, b->options, b->environment, &status);
    ours = json_is_true(json_object_get(o, "accepted"));
    if (ours != theirs || status != (theirs ? 0 : 1)) {
        char *dump = json_dumps(o, JSON_INDENT(1));

        print_error("%s\n", dump);
        fail_msg("#SBATCH %s (%s, %s): we say %d (exit %d), sbatch says %d: %s", lines,
            b->options[0] ? b->options[0] : "", b->environment[0] ? b->environment[0] : "", ours,
            status, theirs, words);
    }
    compared++;
    json_decref(o);
}

static void compare(struct e2e *e, const char *lines)
{
    compare_with(e, lines, &(struct beside){.options = {NULL}});
}

/* ---- the same verdict ---- */

static const char *const scripts[] = {
    /* CPUs and tasks */
    "-c 8",
    "-c 9",
    "--cpus-per-task=4",
    "-c 4 -n 2",
    "-n 3 -c 4",
    "-N1 -n2 -c4",
    "-N1 -n3 -c4",
    "-n12",
    "-n13",
    "-n12 -N2",
    "--mincpus=8",
    "--mincpus=9",
    "-c 0",
    "-c x",
    "-n 0",
    "--ntasks-per-node=4",
    "-N2 --ntasks-per-node=4",
    "-N2 --ntasks-per-node=5",
    "-N1 --ntasks-per-node=9",
    "-O -n 40 -N1",
    /* memory */
    "--mem=8G",
    "--mem=7G",
    "-c4 --mem=7G",
    "--mem=7682",
    "--mem=7683",
    "--mem=0",
    "--mem=0 -c4",
    "--mem=1K",
    "--mem=1T",
    "--mem=foo",
    "--mem=1.5G",
    "--mem=7000MB",
    "--mem-per-cpu=1000 -c8",
    "--mem-per-cpu=1000 -c7",
    "--mem-per-cpu=900 -n12",
    "--mem-per-cpu=1000 -n12",
    "--mem-per-cpu=1000 -n11",
    "--mem-per-cpu=1000 -n10",
    "--mem-per-cpu=4000 -n2",
    "--mem-per-cpu=4000",
    "--mem=3000 --mem-per-cpu=100",
    "-p greedy -c 3",
    "-p greedy -c 4",
    "-p heavy -c 1",
    "-p heavy --mem=1G",
    /* nodes */
    "-N2",
    "-N3",
    "-N2 -c5",
    "-N2 -n2 -c4",
    "-N 1-2",
    "-N 2-1",
    "-N 2-3",
    "-N 3-4",
    "-N 1-2k",
    "-N 1-2K",
    "-N 1k",
    "-N 1m",
    "-N 1k-2",
    "-N 1-2x",
    "-N 1-2kk",
    "-N 0",
    "-N 0-2",
    "-N 1-0",
    "-N 1-",
    "-N -2",
    "-N 1-99999999999",
    "-N 1-1000m",
    "-N x",
    "-p one -N2",
    "-p one -N1",
    "-p pair",
    "-p pair -N1",
    /* time */
    "-t 10",
    "-t 1-0",
    "-t 2:30:00",
    "-t 0:30",
    "-t foo",
    "-t 1:2:3:4",
    "-t infinite",
    "-t 20 -p short",
    "-t 60 -p short",
    "-t 30 --time-min=60",
    "-t 60 --time-min=30",
    "-t 6000000",
    "-t 5000-0",
    "-t 2147483647",
    "-t 99999999999",
    "-t 99999999999999999999-0",
    "-t 6000000 -p short",
    "-p short -t 1000 --time-min=10",
    "-p short -t 1000 --time-min=40",
    "-p short --time-min=60",
    "-p short --time-min=infinite",
    "-p short,debug -t 50 --time-min=40",
    "-p draining,short -t 50 --time-min=40",
    "--time-min=infinite",
    "--time-min=0 -t 5",
    /* partitions */
    "-p debug",
    "-p nope",
    "-p debug,nope",
    "-p short,debug -c 8",
    "-p off",
    "-p draining",
    "-p draining,debug",
    "-p debug,draining",
    "-p draining,off",
    "-p draining,nope",
    "-p draining,short -t 60",
    "-p debug,",
    "-p ,debug",
    "-p debug,,short",
    "-p ,",
    "-p ''",
    "-p inactive",
    "-p narrow -c 2",
    "-p narrow -c 4",
    "-p noroot",
    "-p short -w node2",
    /* features */
    "-C big",
    "-C small",
    "-C nope",
    "-C 'big&ssd'",
    "-C 'big&small'",
    "-C 'big|small'",
    "-C 'small&ssd' -c 8",
    "-C '[big|small]' -N2",
    "-C '[big|ssd]' -N2",
    "-C '(big|small)&ssd'",
    /* the node for itself */
    "--exclusive",
    "--exclusive --mem=8G",
    "--exclusive -N2",
    "--exclusive=user",
    "--exclusive=foo",
    /* arrays */
    "--array=0-10",
    "--array=0-1000",
    "--array=0-1001",
    "--array=5-1",
    "--array=x",
    "-a 1-4%2",
    "-a 1-3:0",
    "-a 0-15:4",
    "-a 1,1,2",
    "-a 1,,3",
    "-a ,1",
    "-a 1,",
    "-a ,",
    "-a [1,,3]",
    "-a [1,3",
    "-a 1]",
    "-a 1-",
    "-a 0-",
    "-a 1--3",
    "-a 1-3:",
    "-a 1-3%",
    "-a 1-3%0",
    "-a 1-3%x",
    "-a 1%2,3",
    "-a 1-3%2,x",
    "-a 1,x",
    "--array=",
    /* chosen nodes */
    "-w node1 -c8",
    "-w node1 -c4",
    "-w nope",
    "-w node1,node2",
    "-w 'node[1-2]' -N1",
    "-w 'node[1-2]' -n 12",
    "-x node2 -c8",
    "-x node2 -c4",
    "-x node1,node2",
    "-x nope",
    "-w node1,node1",
    "-w node1,node1 -N1",
    "-w 'node[1-2],node1' -N2",
    "-w node1,",
    "-w 'node[1-3]'",
    "-x 'node[1-2],node1'",
    "-x node2,",
    "-x ,",
    "-x 'a['",
    "-x 'node[1-99]'",
    "-x 'x[0-99999][0-99999]'",
    "-w 'x[0-99999][0-99999]'",
    /* sockets, cores, threads; disk; devices */
    "--sockets-per-node=2",
    "--sockets-per-node=9",
    "--cores-per-socket=2",
    "--threads-per-core=2",
    "-B 8:1:1",
    "-B 9",
    "--tmp=1",
    "--tmp=0",
    "--gres=gpu:1",
    "-G 1",
    "--ntasks-per-tres=2",
    "-n2 --ntasks-per-tres=2",
    "--ntasks-per-tres=x",
    "--ntasks-per-t=2",
    "--ntasks-per-gpu=2",
    /* how the lines are read */
    "--unknown",
    "--mem=1G garbage",
    "--job-name=\"a",
    "-J \"a b\" --mem=1G # --mem=9G",
    "--cpus=3",
    "--cpus-per-t=3",
    "-c",
    "-c2 -c 9",
    "--mem=1G --mem=9G",
    "--mem=abc --mem=1G",
    "--mem=''",
    "'' --mem=1T",
    "'' --foo",
    "--mem=1T ''",
    "-n 1 '' -c 9",
    "'' -c 1\n#SBATCH -c 9",
    "-J ''",
    "-J '' -c 9",
    "-J ''\n#SBATCH -c 9",
    "--hold=yes",
    "-HQ -c 9",
    ":--mem=9G",
    "--comment='$(touch pwned);x' -c 1",
    "--begin=now+1hour -c 9",
    "-d afterok:1",
};

static void test_same_verdict(void **state)
{
    struct e2e *e = *state;

    for (size_t i = 0; i < KF_LEN(scripts); i++)
        compare(e, scripts[i]);
    print_message("%u scripts compared with sbatch --test-only\n", compared);
    assert_int_equal(compared, KF_LEN(scripts));
    assert_int_not_equal(access("pwned", F_OK), 0);
}

/* The command line counts over the environment, and that over the script; what is wrong is refused
   although another counts. */
static void test_same_verdict_beside_the_script(void **state)
{
    static const struct {
        const char *lines;
        struct beside beside;
    } rows[] = {
        {"-c 9", {.options = {"-c", "2"}}},
        {"-c 2", {.options = {"-c9"}}},
        {"--mem=abc", {.options = {"--mem=1G"}}},
        {"-c 0", {.options = {"-c", "1"}}},
        {"-N x", {.options = {"-N1"}}},
        {"-t foo", {.options = {"-t", "1"}}},
        {"-B 1:x", {.options = {"-B", "1"}}},
        {"--exclusive=foo", {.options = {"--exclusive"}}},
        {"--mem-per-cpu=x", {.options = {"--mem=1G"}}},
        {"-a x", {.options = {"-a", "1"}}},
        {"-p nope", {.options = {"-p", "debug"}}},
        {"-w nope", {.options = {"-w", "node1"}}},
        {"-C nope", {.options = {"-C", "big"}}},
        {"--gres=gpu:1", {.options = {"--gres=none"}}},
        {"-p short --time-min=40", {.options = {"-t", "1000"}}},
        {"-J x", {.environment = {"SBATCH_PARTITION=nope"}}},
        {"-p nope", {.environment = {"SBATCH_PARTITION=debug"}}},
        {"-J x", {.environment = {"SBATCH_PARTITION="}}},
        {"-J x", {.environment = {"SBATCH_PARTITION=draining,debug"}}},
        {"-J x", {.environment = {"SBATCH_MEM_PER_NODE=1T"}}},
        {"--mem=1G", {.environment = {"SBATCH_MEM_PER_NODE=abc"}}},
        {"-J x", {.environment = {"SBATCH_TIMELIMIT="}}},
        {"-J x", {.environment = {"SBATCH_EXCLUSIVE="}}},
        {"-J x", {.environment = {"SBATCH_EXCLUSIVE=foo"}}},
        {"-n40 -N1", {.environment = {"SBATCH_OVERCOMMIT=x"}}},
        {"-n40 -N1", {.environment = {"SBATCH_OVERCOMMIT=0"}}},
        {"-n40 -N1", {.environment = {"SBATCH_OVERCOMMIT="}}},
        {"-n40 -N1", {.environment = {"SBATCH_OVERCOMMIT=Yes"}}},
        {"-J x", {{"-t", "1"}, {"SBATCH_TIMELIMIT=foo"}}},
        {"-J x", {{"-a", "1"}, {"SBATCH_ARRAY_INX=x"}}},
        {"-c 9", {{"-c", "2"}, {"SBATCH_PARTITION=debug", "SBATCH_TIMELIMIT=5"}}},
    };
    struct e2e *e = *state;

    for (size_t i = 0; i < KF_LEN(rows); i++)
        compare_with(e, rows[i].lines, &rows[i].beside);
}

/* A node out of service takes nothing; one in use takes it later. */
static void test_nodes_out_of_service(void **state)
{
    static const char *const affected[] = {"-c8", "-c4", "-w node2", "-N2", "-C big", "-n 12"};
    struct e2e *e = *state;

    e2e_output(e, "scontrol", "update", "nodename=node2", "state=drain", "reason=disk full");
    for (size_t i = 0; i < KF_LEN(affected); i++)
        compare(e, affected[i]);
    e2e_output(e, "scontrol", "update", "nodename=node2", "state=resume");
    e2e_output(e, "scontrol", "update", "nodename=node2", "state=down", "reason=no power");
    for (size_t i = 0; i < KF_LEN(affected); i++)
        compare(e, affected[i]);
    e2e_mend_nodes(e);
    e2e_wait_node(e, "node2", "State=IDLE", E2E_MS);
}

static void test_nodes_in_use(void **state)
{
    static const char *const affected[] = {"-c8", "-w node2", "-N2", "--exclusive -w node2"};
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job = e2e_submit_sleeper(e, "-c8");
    json_t *o;
    int status;

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    for (size_t i = 0; i < KF_LEN(affected); i++)
        compare(e, affected[i]);
    e2e_file(e, script, "script.sh", "#!/bin/sh\n#SBATCH -c8 --mem=7G\ntrue\n");
    o = check(e, script, NULL, &status);
    assert_int_equal(status, 0);
    assert_string_equal(text_of(o, "fits"), "later");
    assert_string_equal(text_of(o, "words"), "fits on node2, once more of it is free");
    json_decref(o);
}

/* ---- more than sbatch says ---- */

/* The script of the guide this farm was built from, as it is written there. */
static void test_seed_script(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    json_t *o, *nodes, *n;
    int status;

    snprintf(script, sizeof(script), "%s/tests/batch/guide.sh", e->source_dir);
    o = check(e, script, NULL, &status);
    assert_int_equal(status, 1);
    assert_string_equal(text_of(o, "words"), "fits nowhere: node2: memory 8192 > 7682");
    nodes = json_object_get(o, "nodes");
    n = json_array_get(nodes, 0);
    assert_string_equal(text_of(n, "name"), "node1");
    assert_string_equal(text_of(n, "why"), "CPUs 8 > 4, memory 8192 > 3657");
    must_find(o, "fault", 69, "a comment in the middle of a command ends it");
    must_find(o, "fault", 70, "no target Image on x86_64");
    must_find(o, "warning", 67, "COMPLETED");
    json_decref(o);
}

static void test_seed_script_mended_memory(void **state)
{
    static const char *const options[] = {"--mem=7G", NULL};
    struct e2e *e = *state;
    char script[E2E_PATH];
    json_t *o;
    int status;

    snprintf(script, sizeof(script), "%s/tests/batch/guide.sh", e->source_dir);
    o = check(e, script, options, &status);
    assert_true(json_is_true(json_object_get(o, "accepted")));
    assert_true(json_is_true(json_object_get(json_object_get(o, "slurm"), "accepted")));
    assert_int_equal(status, 1); /* its make line is still broken */
    json_decref(o);
    snprintf(script, sizeof(script), "%s/farm/compile_kernel.sh", e->source_dir);
    o = check(e, script, NULL, &status);
    assert_int_equal(status, 0);
    assert_int_equal(json_array_size(json_object_get(o, "findings")), 0);
    json_decref(o);
}

static void test_output_directory(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    json_t *o;
    int status;

    e2e_file(e, script, "script.sh", "#!/bin/sh\n#SBATCH -o /nonexistent/x_%j.out\ntrue\n");
    o = check(e, script, NULL, &status);
    assert_int_equal(status, 1);
    assert_true(json_is_true(json_object_get(o, "accepted")));
    must_find(o, "fault", 2, "/nonexistent is not there");
    json_decref(o);
    e2e_file(e, script, "script.sh", "#!/bin/sh\n#SBATCH -e logs_%j/x.err\ntrue\n");
    o = check(e, script, NULL, &status);
    assert_int_equal(status, 0); /* nobody knows that name yet */
    json_decref(o);
}

static void test_time_beyond_partition(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    json_t *o;
    int status;

    e2e_file(e, script, "script.sh", "#!/bin/sh\n#SBATCH -p short -t 60\ntrue\n");
    o = check(e, script, NULL, &status);
    assert_int_equal(status, 0);
    must_find(o, "warning", 0, "never starts (PartitionTimeLimit)");
    json_decref(o);
}

/* ---- what is no script ---- */

static void refused(struct e2e *e, const char *script, int status, const char *words)
{
    struct e2e_result r = e2e_run(e, e->top, "check", script);

    assert_int_equal(r.status, status);
    if (!strstr(status == 2 ? r.err : r.out, words))
        fail_msg("%s: \"%s\" is not in: %s%s", script, words, r.out, r.err);
}

static void test_bad_scripts(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], link[E2E_PATH + 16];

    refused(e, "/nonexistent/x.sh", 2, "/nonexistent/x.sh: No such file or directory");
    refused(e, "/tmp", 2, "/tmp is a directory");
    refused(e, "/dev/null", 2, "is no file");
    refused(e, "/bin/ls", 1, "this is no batch script");
    e2e_file(e, script, "empty.sh", "");
    refused(e, script, 1, "the script is empty");
    e2e_file(e, script, "dos.sh", "#!/bin/sh\r\n#SBATCH --mem=1G\r\ntrue\r\n");
    refused(e, script, 1, "dos2unix");
    e2e_file(e, script, "text.txt", "make -j8\n");
    refused(e, script, 1, "line 1: this is no batch script: its first line must be #!");
    e2e_file(e, script, "huge.sh", "#!/bin/sh\n");
    assert_int_equal(truncate(script, 100 << 20), 0);
    refused(e, script, 2, "has 104857600 bytes; the controller takes scripts of up to 4194304");
    snprintf(link, sizeof(link), "%s/fifo", e->work);
    assert_int_equal(mkfifo(link, 0644), 0);
    refused(e, link, 2, "is no file");
    e2e_file(
        e, script, "odd.sh", "#!/bin/sh\n #SBATCH --mem=9G\n#sbatch --mem=9G\ntrue\n#SBATCH -c9\n");
    refused(e, script, 0, "line 2: this #SBATCH line is not read");
    refused(e, script, 0, "line 3: this line is not read: it is spelled #SBATCH");
    refused(e, script, 0, "line 5: this #SBATCH line is not read: it stands behind");
}

static void test_no_controller(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    struct e2e_result r;

    e2e_file(e, script, "script.sh", "#!/bin/sh\ntrue\n");
    r = e2e_command(
        e, &(struct e2e_command){.argv = (const char *const[]){e->top, "check", script, NULL},
               .env = (const char *const[]){"SLURM_CONF=/nonexistent/slurm.conf", NULL}});
    assert_int_equal(r.status, 3);
    assert_string_equal(r.out, "");
    assert_non_null(strstr(r.err, "SLURM_CONF"));
}

static void test_options_before_and_behind(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    struct e2e_result r;

    e2e_file(e, script, "script.sh", "#!/bin/sh\n#SBATCH -c 2\ntrue\n");
    r = e2e_run(e, e->top, "check", "-c", "9", script);
    assert_int_equal(r.status, 1);
    r = e2e_run(e, e->top, "check", script, "--cpus-per-task", "9");
    assert_int_equal(r.status, 1);
    r = e2e_run(e, e->top, "check", script, "-c3");
    assert_int_equal(r.status, 0);
    r = e2e_run(e, e->top, "check");
    assert_int_equal(r.status, 2);
    r = e2e_run(e, e->top, "check", script, script);
    assert_int_equal(r.status, 2);
}

/* Without a working directory sbatch submits nothing, not even where -D names another one. */
static void test_working_directory_is_gone(void **state)
{
    static const char run[] = "mkdir gone && cd gone && rmdir ../gone && exec \"$@\"";
    struct e2e *e = *state;
    char script[E2E_PATH];
    struct e2e_result r;

    e2e_file(e, script, "script.sh", "#!/bin/sh\ntrue\n");
    r = e2e_run(e, "sh", "-c", run, "sh", "sbatch", "--test-only", "-D", "/tmp", script);
    assert_int_not_equal(r.status, 0);
    r = e2e_run(e, "sh", "-c", run, "sh", e->top, "check", script, "-D", "/tmp");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "the working directory: No such file or directory"));
    assert_string_equal(r.out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_same_verdict),
        e2e_test(test_same_verdict_beside_the_script),
        e2e_test(test_nodes_out_of_service),
        e2e_test(test_nodes_in_use),
        e2e_test(test_seed_script),
        e2e_test(test_seed_script_mended_memory),
        e2e_test(test_output_directory),
        e2e_test(test_time_beyond_partition),
        e2e_test(test_bad_scripts),
        e2e_test(test_no_controller),
        e2e_test(test_options_before_and_behind),
        e2e_test(test_working_directory_is_gone),
    };

    return cmocka_run_group_tests_name("e2e_check", tests, start, e2e_end);
}
