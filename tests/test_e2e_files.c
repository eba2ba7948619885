/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may stand where a log should be, and file systems that tell of nothing or do not answer, as the operator
 * sees them: in the log's view and in that of all builds. The stand-in for a network file system is bindfs, with
 * the writer on the other side of it; what hangs is bindfs, stopped.
 */
#include "tests/e2e.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

#define BUILDS SOURCE_DIR "/tests/builds/"
#define KEY_MS 500 /* far more than a key takes, far less than anything that blocks */

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* A job that has ended, and whose standard output and error is the file work/NAME. */
static uint32_t ended_job(struct e2e *e, const char *name)
{
    char path[E2E_PATH], out[E2E_PATH * 2];
    uint32_t job;

    snprintf(out, sizeof(out), "%s/%s", e->work, name);
    job = e2e_submit(e, "-o", out, "-J", "odd",
        e2e_file(e, path, "odd.sh", "#!/bin/bash\necho odd one out\nexit 3\n"));
    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    return job;
}

static void look_at(struct e2e *e, uint32_t job)
{
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "─ Queue ");
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
}

static void keys_are_answered(struct e2e *e)
{
    double there = e2e_key_ms(e, "4", "─ Partitions "), back = e2e_key_ms(e, "1", "─ Nodes ");

    print_message("key to screen: %.1f ms\n", KF_MAX(there, back));
    assert_true(there < KEY_MS && back < KEY_MS);
}

/* MB that the program and all its helpers hold (/proc/PID/smaps_rollup). */
static double memory_mb(struct e2e *e)
{
    char pids[64];
    double kb;

    snprintf(pids, sizeof(pids), "%d", (int)vt_pid(e->vt));
    kb = strtod(e2e_output(e, "sh", "-c",
                    "for p in $1 $(cat /proc/$1/task/*/children); do"
                    " cat /proc/$p/smaps_rollup; done | awk '/^Pss:/ { n += $2 } END { print n }'",
                    "sh", pids),
        NULL);
    print_message("memory of all processes: %.1f MB\n", kb / 1024);
    return kb / 1024;
}

/* ---- what is no log ---- */

/* A job's log, what the shell makes of it once the job has ended, and what must then be seen of it. */
struct odd_log {
    const char *name, *command, *words;
};

/* Looks at the log of each, at its live end, and then with `keys`, when `seen` is there. */
static void look_at_all(
    struct e2e *e, const struct odd_log *logs, size_t n, const char *keys, const char *seen)
{
    uint32_t *jobs = xcalloc(n, sizeof(*jobs));

    for (size_t i = 0; i < n; i++) {
        jobs[i] = ended_job(e, logs[i].name);
        e2e_output(e, "sh", "-c", logs[i].command);
    }
    e2e_top(e, &(struct e2e_top){.cols = 160});
    for (size_t i = 0; i < n; i++) {
        look_at(e, jobs[i]);
        e2e_see(e, logs[i].words);
        assert_true(vt_keys(e->vt, keys));
        e2e_see(e, seen);
        e2e_see(e, logs[i].words);
        assert_true(vt_keys(e->vt, "<Esc>"));
    }
    free(jobs);
}

/* Guards what is in the way of a log: told with its reason, and the rest goes on. */
static void test_no_files(void **state)
{
    static const struct odd_log logs[] = {
        {"directory", "rm directory; mkdir directory",
            "this is a directory; a regular file is needed"},
        {"fifo", "rm fifo; mkfifo fifo", "this is a pipe, a socket or a device; a regular file"},
        {"gone", "rm gone", "waiting for "},
        {"loop", "rm loop; ln -s loop loop", "Too many levels of symbolic links"},
        {"device", "rm device; ln -s /dev/zero device",
            "this is a pipe, a socket or a device; a regular file"},
    };
    struct e2e *e = *state;

    look_at_all(e, logs, KF_LEN(logs), "gD",
        " 0 errors, 0 warnings"); /* the whole of it, and what broke in it */
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "─ Builds ");
    keys_are_answered(e);
    e2e_quit(e);
}

/* Guards the log of somebody else that must not be read. */
static void test_forbidden(void **state)
{
    struct e2e *e = *state;
    uint32_t job = ended_job(e, "secret");

    e2e_output(e, "chmod", "600", "secret");
    e2e_top(e, &(struct e2e_top){.cols = 160, .nobody = true});
    look_at(e, job);
    e2e_see(e, "standard output: Permission denied for root: ");
    e2e_quit(e);
}

/* Guards 100 GB of nothing, a line that never ends, NULs, bytes that are no UTF-8, and sequences that would retitle
   the terminal or make it answer: bounded memory, and a screen that stays the program's. */
static void test_odd_bytes(void **state)
{
    static const struct odd_log logs[] = {
        {"sparse",
            "echo first > sparse; truncate -s 100G sparse; printf '\\nthe last line\\n' >> sparse",
            "the last line"},
        {"long", "head -c 300M /dev/zero | tr '\\0' x > long; printf '\\nbehind it\\n' >> long",
            "behind it"},
        {"nul", "printf 'a\\0b\\0\\0c end of it\\n' > nul", "c end of it"},
        {"utf8",
            "printf '\\377\\376 \\300\\200 \\355\\240\\200 \\364\\220\\200\\200 \\342\\202 half, "
            "and whole: "
            "\\342\\202\\254\\n' > utf8",
            "half, and whole: €"},
        {"escapes",
            "printf '\\033]0;owned\\007\\033[6n\\033[c\\033P$q\\033\\\\\\033[2J\\033[?1049l\\233' "
            "> "
            "escapes; echo 'still here' >> escapes",
            "still here"},
    };
    struct e2e *e = *state;

    look_at_all(e, logs, KF_LEN(logs), "J100%<Enter>", "the whole file: f follows");
    assert_true(memory_mb(e) < 80);
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "─ Builds ");
    keys_are_answered(e);
    e2e_output(e, "rm", "sparse", "long");
    e2e_quit(e);
}

/* ---- file systems ---- */

static struct mount {
    char below[E2E_PATH + 16], above[E2E_PATH + 16];
    pid_t pid; /* of bindfs; 0: nothing is mounted */
} m;

static bool is_mounted(struct e2e *e, void *user)
{
    (void)user;
    return e2e_run(e, "mountpoint", "-q", m.above).status == 0;
}

/* False where there is no FUSE: that is told. */
static bool mount_it(struct e2e *e, const char *name)
{
    char *argv[] = {"bindfs", "-f", m.below, m.above, NULL};

    snprintf(m.below, sizeof(m.below), "%s/below", e->work);
    snprintf(m.above, sizeof(m.above), "%s/%s", e->work, name);
    e2e_output(e, "mkdir", "-p", m.below, m.above);
    if (access("/dev/fuse", R_OK | W_OK) != 0 ||
        posix_spawnp(&m.pid, argv[0], NULL, NULL, argv, environ) != 0) {
        print_message("SKIPPED: bindfs cannot be mounted here: NOTHING TESTED ON A FILE SYSTEM "
                      "WITHOUT EVENTS\n");
        m.pid = 0;
        return false;
    }
    if (!e2e_wait(e, is_mounted, NULL, E2E_MS))
        fail_msg("bindfs did not mount %s", m.above);
    return true;
}

/* Also of a test that failed. */
static int end_test(void **state)
{
    int result;

    if (m.pid)
        kill(m.pid, SIGCONT);
    result = e2e_end_test(state);
    if (m.pid) {
        e2e_run(*state, "fusermount", "-u", "-z", m.above);
        kill(m.pid, SIGTERM);
        waitpid(m.pid, NULL, 0);
        m.pid = 0;
    }
    return result;
}

static uint32_t job_above(struct e2e *e, const char *script)
{
    char path[E2E_PATH], out[E2E_PATH * 2];
    uint32_t job;

    snprintf(out, sizeof(out), "%s/%%j.out", m.above);
    job = e2e_submit(e, "-o", out, "-J", "far", e2e_file(e, path, "far.sh", script));
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    return job;
}

static bool is_begun(struct e2e *e, void *user)
{
    (void)e;
    return access(user, F_OK) == 0;
}

/* Until the job has opened its log, or what is written there is truncated. */
static void wait_begun(struct e2e *e, uint32_t job)
{
    char path[E2E_PATH * 2];

    snprintf(path, sizeof(path), "%s/%u.out", m.below, job);
    assert_true(e2e_wait(e, is_begun, path, E2E_MS));
}

/* Runs a command of the shell with the log's path on the writer's side as $1. */
static void below(struct e2e *e, uint32_t job, const char *command)
{
    char path[E2E_PATH * 2];

    snprintf(path, sizeof(path), "%s/%u.out", m.below, job);
    e2e_output(e, "sh", "-c", command, "sh", path);
}

/* Guards the follower of all builds, and the log's views, where no event tells of what the writer does: it goes on,
   is truncated, is replaced, rests and goes on. */
static void test_far(void **state)
{
    struct e2e *e = *state;
    uint32_t job;

    if (!mount_it(e, "above"))
        skip();
    job = job_above(e, "#!/bin/bash\nsleep 300\n");
    wait_begun(e, job);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    below(e, job, "head -n 60 " BUILDS "syntax/out > $1");
    look_at(e, job);
    e2e_see(e, "polled");
    e2e_see(e, "◐ RUNNING prepare");
    below(e, job, "tail -n +61 " BUILDS "syntax/out >> $1; cat " BUILDS "syntax/err >> $1");
    e2e_see(e, "✗ kernel/fork.c:133: expected ‘;’ before ‘static’");
    assert_true(vt_keys(e->vt, "gG"));
    e2e_see(e, "Error 2");
    below(e, job, "head -n 30 " BUILDS "good-tiny/out > $1"); /* truncated: another run */
    e2e_gone(e, "✗ kernel/fork.c:133");
    e2e_see(e, "steps 13 ");
    below(e, job,
        "cat " BUILDS "undefined/out " BUILDS
        "undefined/err > $1.new; mv $1.new $1"); /* replaced */
    e2e_see(e, "undefined reference to");
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "◐ link"); /* Slurm says that it runs */
    assert_true(vt_keys(e->vt, "6"));
    below(e, job, "echo 'and it goes on' >> $1");
    e2e_see(e, "and it goes on");
    e2e_quit(e);
}

/* Guards a file server that stops answering under the open screen, and answers again: both views say so, keys are
   answered, and another log and the other builds are followed meanwhile. */
static void test_server_hangs(void **state)
{
    struct e2e *e = *state;
    uint32_t near = ended_job(e, "near"), far, going;
    char path[E2E_PATH], silence[E2E_PATH + 64];

    if (!mount_it(e, "above"))
        skip();
    far = job_above(e, "#!/bin/bash\necho '  CC      kernel/far.o'\necho 'far away'\nsleep 300\n");
    going = e2e_submit(e, "-o", "going.log", "-J", "going",
        e2e_file(e, path, "going.sh", "#!/bin/sh\nsleep 300\n"));
    e2e_wait_job(e, going, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    look_at(e, far);
    e2e_see(e, "far away");
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "─ Builds ");
    assert_int_equal(kill(m.pid, SIGSTOP), 0);
    snprintf(silence, sizeof(silence), "no word of the logs on %s for ", m.above);
    e2e_see(e, silence);
    keys_are_answered(e);
    e2e_output(e, "sh", "-c", "cat " BUILDS "syntax/out " BUILDS "syntax/err >> going.log");
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "kernel/fork.c:133: expected"); /* others are followed */
    assert_true(vt_find(e->vt, silence, NULL, NULL));
    look_at(e, far);
    e2e_see(e, "far away");
    e2e_see(e, ": its file server does not answer");
    look_at(e, near);
    e2e_see(e, "odd one out"); /* by another process than the one that sleeps */
    look_at(e, far);
    e2e_see(e, "Its file server does not answer: ");
    keys_are_answered(e);
    assert_int_equal(kill(m.pid, SIGCONT), 0);
    assert_true(vt_keys(e->vt, "5"));
    e2e_gone(e, silence);
    look_at(e, near);
    e2e_see(e, "odd one out");
    look_at(e, far);
    e2e_see(e, "far away");
    e2e_quit(e);
}

/* Guards a log whose source lies on another file server, which hangs: only the source waits, and comes in the end. */
static void test_source_server_hangs(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH], log[E2E_PATH + 16], script[E2E_PATH * 2];
    uint32_t job;

    if (!mount_it(e, "above"))
        skip();
    e2e_output(e, "mkdir", "-p", "below/linux/kernel");
    e2e_file(e, path, "below/linux/kernel/fork.c", "first line\nsecond line\nthird line\n");
    snprintf(script, sizeof(script),
        "#!/bin/bash\necho \"make[1]: Entering directory '%s/linux'\"\n"
        "echo 'kernel/fork.c:2:1: error: odd'\necho 'kernel/fork.c:3:1: error: odder'\nsleep 300\n",
        m.above);
    snprintf(log, sizeof(log), "%s/near.log", e->work);
    job = e2e_submit(e, "-o", log, "-J", "near", e2e_file(e, path, "near.sh", script));
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160, .rows = 44});
    look_at(e, job);
    e2e_see(e, "kernel/fork.c:3:1: error: odder");
    assert_true(vt_keys(e->vt, "D"));
    e2e_see(e, "     2  second line");
    assert_int_equal(kill(m.pid, SIGSTOP), 0);
    assert_true(vt_keys(e->vt, "j"));
    e2e_see(e, " kernel/fork.c: its file server does not answer ");
    e2e_output(e, "sh", "-c", "echo 'kernel/fork.c:1:1: error: oddest' >> near.log");
    e2e_see(e, " 3 errors, 0 warnings "); /* the log goes on */
    assert_false(vt_find(e->vt, "no word for ", NULL, NULL));
    assert_int_equal(kill(m.pid, SIGCONT), 0);
    e2e_see(e, "     3  third line");
    e2e_gone(e, "does not answer");
    keys_are_answered(e);
    e2e_quit(e);
}

/* Guards a kernel's tree whose file server hangs, with its logs elsewhere: what kind of build it is cannot be found,
   and all builds are followed nevertheless, that one too. */
static void test_tree_server_hangs(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH], script[E2E_PATH * 2];
    uint32_t job;

    if (!mount_it(e, "trees")) /* no log of another job is there */
        skip();
    e2e_output(e, "mkdir", "-p", "below/linux");
    e2e_file(e, path, "below/linux/.config", "CONFIG_X86=y\n");
    snprintf(script, sizeof(script),
        "#!/bin/bash\nsed 's|/tmp/ksrc/linux|%s/linux|' %s%sgood-tiny/out\nsleep 300\n", m.above,
        SOURCE_DIR, "/tests/builds/");
    assert_int_equal(kill(m.pid, SIGSTOP), 0);
    job = e2e_submit(e, "-J", "tree", e2e_file(e, path, "tree.sh", script));
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    job = e2e_submit(
        e, "-o", "near.log", "-J", "near", e2e_file(e, path, "near.sh", "#!/bin/sh\nsleep 300\n"));
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160, .rows = 44});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "902"); /* its steps */
    e2e_output(e, "sh", "-c", "cat " BUILDS "syntax/out " BUILDS "syntax/err >> near.log");
    e2e_see(e, "kernel/fork.c:133: expected");
    assert_false(vt_find(e->vt, "no word of the logs", NULL, NULL));
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_no_files),
        e2e_test(test_forbidden),
        e2e_test(test_odd_bytes),
        cmocka_unit_test_teardown(test_far, end_test),
        cmocka_unit_test_teardown(test_server_hangs, end_test),
        cmocka_unit_test_teardown(test_source_server_hangs, end_test),
        cmocka_unit_test_teardown(test_tree_server_hangs, end_test),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
