/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The builds view, and --once builds: jobs of a real farm whose scripts write the logs of real builds (those
 * of builds/), so that they take no minutes.
 */
#include "tests/e2e_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "backend/builddb.h"
#include "base/alloc.h"

#define BUILDS SOURCE_DIR "/tests/builds/"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* A job that writes the first `lines` lines of a recorded build's standard output, all of its standard
   error, and then does what `then` says. */
static uint32_t submit(struct e2e *e, const char *name, int lines, const char *then)
{
    char path[E2E_PATH], file[64], text[1024];

    snprintf(file, sizeof(file), "%s.sh", name);
    snprintf(text, sizeof(text),
        "#!/bin/bash\nhead -n %d " BUILDS "%s/out\ncat " BUILDS "%s/err >&2\n%s\n", lines, name,
        name, then);
    return e2e_submit(e, "-o", "%j.out", "-e", "%j.err", "-J", name, e2e_file(e, path, file, text));
}

/* Guards the view: each build with how far it is or what it has come to, told by its log; one that Slurm
   calls completed although its make failed is none that went well. */
static void test_view(void **state)
{
    struct e2e *e = *state;
    uint32_t good = submit(e, "good-tiny", 2000, "exit 0");
    uint32_t bad = submit(e, "syntax", 2000, "exit 2");
    uint32_t hidden = submit(e, "modpost", 2000, "exit 0");
    uint32_t runs = submit(e, "header", 200, "sleep 300");

    e2e_wait_job(e, good, "JobState=COMPLETED", E2E_MS);
    e2e_wait_job(e, bad, "JobState=FAILED", E2E_MS);
    e2e_wait_job(e, hidden, "JobState=COMPLETED", E2E_MS);
    e2e_wait_job(e, runs, "JobState=RUNNING", E2E_MS);
    e2e_submit_sleeper(e, "--hold"); /* it waits, and is no build yet */
    e2e_top(e, &(struct e2e_top){.cols = 200});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "─ Builds ");
    e2e_see(e, "✓ done");
    e2e_see(e, "✗ compile");
    e2e_see(e, "kernel/fork.c:133: expected ‘;’ before ‘static’");
    e2e_see(e, "✗ modpost");
    e2e_see(e, "Slurm calls it completed: \"crc7_nothing\" [lib/crc7.ko] undefined!");
    e2e_see(e, "◐ compile");
    assert_false(vt_find(e->vt, "sleeper", NULL, NULL));

    /* what is found and steered in the queue is here, too */
    assert_true(vt_keys(e->vt, "/"));
    e2e_see(e, "filter: ");
    assert_true(vt_keys(e->vt, "cause=compile<Enter>"));
    e2e_see(e, "/cause=compile 1 of ");
    e2e_gone(e, "✗ modpost");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "✗ modpost");
    e2e_select_job(e, runs);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "– cancelled");
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "sleeper");
    e2e_quit(e);
}

/* Guards what compiles nothing: it does not stand among the builds, and no phase or success is claimed of it; what is called
   as the farm's builds are does, before its first step. */
static void test_no_builds(void **state)
{
    struct e2e *e = *state;
    uint32_t good = submit(e, "good-tiny", 2000, "exit 0");
    uint32_t array =
        e2e_submit(e, "-J", "arm64-matrix", "--array=0-1", "--mem=10", "--wrap=echo nothing");
    uint32_t after = e2e_submit(e, "-J", "after_it", "--mem=10", "--wrap=echo waiting; sleep 300");
    uint32_t named =
        e2e_submit(e, "-J", "kernel_build_x", "--mem=10", "--wrap=echo soon; sleep 300");
    const char *text;

    e2e_wait_job(e, good, "JobState=COMPLETED", E2E_MS);
    e2e_wait_job(e, array, "ArrayTaskId=1 ", E2E_MS);
    e2e_wait_job(e, array, "JobState=COMPLETED", E2E_MS);
    e2e_wait_job(e, after, "JobState=RUNNING", E2E_MS);
    e2e_wait_job(e, named, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "─ Builds ");
    e2e_see(e, "✓ done");
    e2e_gone(e, "arm64-matrix");
    e2e_gone(e, "after_it");
    e2e_see(e, "kernel_build_x");
    e2e_see(e, "◐ runs");
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "after_it");
    e2e_see(e, "arm64-matrix");
    e2e_quit(e);
    text = e2e_output(e, e->top, "--once", "builds");
    assert_non_null(strstr(text, "kernel_build_x"));
    assert_non_null(strstr(text, "good-tiny"));
    assert_null(strstr(text, "after_it"));
    assert_null(strstr(text, "arm64-matrix"));
}

/* Guards a log that goes on while it is watched, and one that a requeue begins anew. */
static void test_goes_on(void **state)
{
    struct e2e *e = *state;
    uint32_t job = submit(e, "good-tiny", 100,
        "while [ ! -e go ]; do sleep 0.1; done; tail -n +101 " BUILDS "good-tiny/out");
    char path[E2E_PATH];

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "◐ prepare");
    e2e_file(e, path, "go", "");
    e2e_see(e, "✓ done");
    e2e_see(e, " 902 ");
    e2e_output(e, "rm", "go");
    e2e_quit(e);
}

/* Guards the way to what broke: the first root error, the errors one after the other, a pattern. */
static void test_log_find(void **state)
{
    struct e2e *e = *state;
    uint32_t job = submit(e, "header-in-header", 2000, "sleep 300");

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "✗ include/linux/fs_struct.h:14: expected"); /* the line above the log */
    assert_true(vt_keys(e->vt, "g"));
    e2e_gone(e, "In file included from init/do_mounts.c:17:");
    assert_true(vt_keys(e->vt, "F"));
    e2e_see(e, "In file included from init/do_mounts.c:17:");
    e2e_see(e, "paused: f follows");
    for (int i = 0; i < 7; i++) {
        assert_true(vt_keys(e->vt, "e"));
        vt_wait_quiet(e->vt, 60, 2000);
    }
    e2e_never(e, "no error below", 300);
    assert_true(vt_keys(e->vt, "e"));
    e2e_see(e, "no error below");
    assert_true(vt_keys(e->vt, "W"));
    e2e_see(e, "no warning above");
    assert_true(vt_keys(e->vt, "/"));
    e2e_see(e, "search: ");
    assert_true(vt_keys(e->vt, "HOSTCC"));
    e2e_see(e, "/HOSTCC 19 lines");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "HOSTCC  "); /* they are at the beginning */
    assert_true(vt_keys(e->vt, "/("));
    e2e_see(e, "missing closing parenthesis");
    assert_true(vt_keys(e->vt, "<Esc>", "<Esc>"));
    e2e_gone(e, "/HOSTCC");
    e2e_quit(e);
}

/* Guards the pager: it gets the terminal and the files, the one with the first root error first and at its
   line, and the screen comes back. */
static void test_pager(void **state)
{
    struct e2e *e = *state;
    char file[E2E_PATH], path[E2E_PATH + 256], want[E2E_PATH * 2 + 64];
    const char *const env[] = {path, "PAGER", NULL};
    uint32_t job = submit(e, "header-in-header", 2000, "exit 2");

    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    e2e_output(e, "mkdir", "-p", "bin");
    e2e_file(e, file, "bin/less", "#!/bin/sh\necho PAGER: \"$@\" :END\nread answer\n");
    snprintf(path, sizeof(path), "PATH=%s/bin:%s", e->work, getenv("PATH"));
    e2e_top(e, &(struct e2e_top){.cols = 200, .env = env});
    e2e_select_job(e, job);
    e2e_see(e, "/fs_struct.h:14: expected");
    assert_true(vt_keys(e->vt, "L"));
    snprintf(want, sizeof(want), "PAGER: +2 %s/%u.err %s/%u.out :END", e->work, job, e->work, job);
    e2e_see(e, want);
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "─ Queue ");
    e2e_quit(e);
}

/* Guards the flag of a node on which build after build fails of what is the node's, and the way out that is
   offered. */
static void test_suspect_node(void **state)
{
    struct e2e *e = *state;
    uint32_t job = 0;

    for (int i = 0; i < 3; i++) {
        job = submit(e, "nospace", 2000, "exit 2");
        e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    }
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "2"));
    e2e_see(e, "suspect: 3 builds in a row failed here, the last of disk-full");
    assert_true(vt_keys(e->vt, "5"));
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "✗ not all data was written to the output");
    e2e_see(e, "→ make room there, or d drains the node; then r requeues it");
    e2e_quit(e);
}

/* ---- what is learned ---- */

/* Whether a build that was submitted like this job is known by now. */
static bool is_learned(struct e2e *e, void *user)
{
    char path[E2E_PATH], key[E2E_PATH * 3];
    const struct builddb_whose whose = {"debug|root", key};
    struct builddb_past past = {0};
    struct builddb *db;
    struct diag d = DIAG_INIT;

    (void)user;
    snprintf(path, sizeof(path), "%s/.local/state/kfarm-top/builds.sqlite", e->work);
    snprintf(key, sizeof(key), "learn|%s/learn.sh|%s", e->work, e->work);
    db = access(path, F_OK) == 0 ? builddb_open(path, &d) : NULL;
    if (db)
        builddb_past(db, &whose, &(struct builddb_kind){true, "", ""}, &past);
    builddb_close(db);
    return past.count > 0;
}

/* A build that goes on for nine seconds, of one target or another. */
#define LEARN(target)                                                                              \
    "#!/bin/bash\nmake() { :; }\nmake -j4 " target "\nfor i in 0 1 2 3 4 5 6 7 8; do\n"            \
    "sed -n $((i * 110 + 1)),$((i * 110 + 110))p " BUILDS "good-tiny/out\nsleep 1\ndone\n"

/* Guards what earlier builds of the same script tell of the next one, and that of the first nothing is
   told; nor of one that makes something else. */
static void test_learned(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH];
    uint32_t job;

    e2e_file(e, path, "learn.sh", LEARN("bzImage"));
    job = e2e_submit(e, "-o", "%j.out", "-J", "learn", path);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "◐ compile");
    assert_false(vt_find(e->vt, "%", NULL, NULL));
    e2e_wait_job(e, job, "JobState=COMPLETED", E2E_MS);
    assert_true(e2e_wait(e, is_learned, NULL, E2E_MS));
    job = e2e_submit(e, "-o", "%j.out", "-J", "learn", path);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_see(e, "%");
    e2e_see(e, " 00:00:0"); /* seconds that are left */
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, " by one build");
    assert_true(vt_keys(e->vt, "5"));
    e2e_wait_job(e, job, "JobState=COMPLETED", E2E_MS);
    e2e_gone(e, "%");
    e2e_file(e, path, "learn.sh", LEARN("modules"));
    job = e2e_submit(e, "-o", "%j.out", "-J", "learn", path);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_see(e, "◐ compile");
    assert_false(vt_find(e->vt, "%", NULL, NULL));
    e2e_wait_job(e, job, "JobState=COMPLETED", E2E_MS);
    e2e_quit(e);
}

/* A build whose objects lie in a directory of the job's own, and that names the targets it was given; it goes on until the
   file "go" is there. */
#define ELSEWHERE                                                                                  \
    "#!/bin/bash\nobj=$PWD/out/$SLURM_JOB_ID/obj\nmkdir -p $obj\n"                                 \
    "printf '# Linux/x86 6.1.9 Kernel Configuration\\nCONFIG_%s=y\\n' ${OPTION:-X86} "             \
    ">$obj/.config\n"                                                                              \
    "head -n 11 " BUILDS "good-tiny/out\necho \"make[1]: Entering directory '$obj'\"\n"            \
    "echo \"Make targets: ${KERNEL_TARGETS:-bzImage}\"\n"                                          \
    "sed -n 12,300p " BUILDS "good-tiny/out\nsleep 1.1\nuntil [ -e go ]; do sleep 0.1; done\n"     \
    "tail -n +301 " BUILDS "good-tiny/out\n"

/* Guards the estimate of a build whose objects lie elsewhere, and whose script and directory are others, than those of the
   earlier one; also if that ended while nobody watched. One of another configuration, or of other targets, is told
   nothing. */
static void test_learned_elsewhere(void **state)
{
    static const char *const others[] = {
        "--export=ALL,OPTION=NET", "--export=ALL,KERNEL_TARGETS=vmlinux"};
    struct e2e *e = *state;
    char first[E2E_PATH], second[E2E_PATH], go[E2E_PATH];
    uint32_t job;

    e2e_output(e, "rm", "-rf", ".local/state/kfarm-top/builds.sqlite");
    e2e_file(e, first, "first.sh", ELSEWHERE);
    e2e_file(e, second, "second.sh", ELSEWHERE "# another script\n");
    e2e_file(e, go, "go", "");
    job = e2e_submit(e, "-o", "%j.out", "-J", "first", first);
    e2e_wait_job(e, job, "JobState=COMPLETED", E2E_MS);
    e2e_output(e, "rm", "go");
    job = e2e_submit(e, "-o", "%j.out", "-J", "second", second);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "%");
    for (size_t i = 0; i < KF_LEN(others); i++) {
        e2e_file(e, go, "go", "");
        e2e_wait_job(e, job, "JobState=COMPLETED", E2E_MS);
        e2e_gone(e, "%");
        e2e_output(e, "rm", "go");
        job = e2e_submit(e, "-o", "%j.out", others[i], "-J", "other", second);
        e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
        e2e_see(e, "◐ compile");
        e2e_never(e, "%", 3000);
    }
    e2e_quit(e);
}

static json_t *build_of(json_t *root, uint32_t job)
{
    json_t *list = json_object_get(root, "builds"), *b;
    size_t i;

    json_array_foreach(
        list, i, b) if (json_integer_value(json_object_get(b, "job_id")) == job) return b;
    fail_msg("no build %u", job);
    return NULL;
}

static void test_once(void **state)
{
    struct e2e *e = *state;
    uint32_t bad = submit(e, "undefined", 2000, "exit 2");
    uint32_t silent = e2e_submit(e, "-o", "/nonexistent/%j.out", "--wrap", "true");
    json_t *root, *b;
    const char *text;

    e2e_wait_job(e, bad, "JobState=FAILED", E2E_MS);
    e2e_wait_job(e, silent, "JobState=FAILED", E2E_MS);
    root = json_loads(e2e_output(e, e->top, "--once", "builds", "--format", "json"), 0, NULL);
    assert_non_null(root);
    b = build_of(root, bad);
    assert_string_equal(json_string_value(json_object_get(b, "result")), "failed");
    assert_string_equal(json_string_value(json_object_get(b, "cause")), "link");
    text = json_string_value(json_object_get(b, "first_error"));
    assert_non_null(text);
    assert_non_null(strstr(text, "undefined reference to"));
    assert_true(json_integer_value(json_object_get(b, "steps")) > 100);
    b = build_of(root, silent);
    assert_string_equal(json_string_value(json_object_get(b, "result")), "failed");
    assert_string_equal(json_string_value(json_object_get(b, "cause")), "io-error");
    json_decref(root);
    text = e2e_output(e, e->top, "--once", "builds", "--filter", "cause=link");
    assert_non_null(strstr(text, "✗ link"));
    assert_null(strstr(text, "✗ io-error"));
    /* what logs say is had of jobs, too: in a column, a filter, an order */
    text =
        e2e_output(e, e->top, "--once", "jobs", "--filter", "cause=link", "--columns", "job,name");
    assert_non_null(strchr(text, '\n')[1] ? text : NULL);
    text = e2e_output(e, e->top, "--once", "jobs", "--columns", "job,cause");
    assert_non_null(strstr(text, "link"));
}

/* Guards the one row of an array of builds: what has come of the worst, and of how many what. */
static void test_folded(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t array;

    e2e_file(e, script, "matrix.sh",
        "#!/bin/bash\n[ $SLURM_ARRAY_TASK_ID = 1 ] || exit 0\n"
        "echo 'kernel/fork.c:12:3: error: odd'\necho 'make: *** [M:2: kernel] Error 1'\nexit 2\n");
    array = e2e_submit(e, "-J", "kernel_build", "--array=0-2", "--mem=10", script);
    e2e_wait_job(e, array, "ArrayTaskId=2 ", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "3 tasks: 1 F 2 done");
    e2e_see(e, "✗ compile");
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_view),
        e2e_test(test_no_builds),
        e2e_test(test_folded),
        e2e_test(test_goes_on),
        e2e_test(test_log_find),
        e2e_test(test_pager),
        e2e_test(test_suspect_node),
        e2e_test(test_learned),
        e2e_test(test_learned_elsewhere),
        e2e_test(test_once),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
