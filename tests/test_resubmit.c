/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The copy that is kept of a submitted script. */
#include "tui/submit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/path.h"
#include "tests/snapshots.h"
#include "tui/app.h"
#include "tui/loop.h"

#define SLOW_US 400000

static char dir[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/kfarm-resubmit.XXXXXX");
    return mkdtemp(dir) && setenv("XDG_STATE_HOME", dir, 1) == 0 &&
                   setenv("UV_THREADPOOL_SIZE", "1", 1) == 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts/7.sh", dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/scontrol", dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts", dir);
    rmdir(path);
    snprintf(path, sizeof(path), "%s/kfarm-top", dir);
    rmdir(path);
    return rmdir(dir);
}

static void take_time(uv_work_t *work)
{
    (void)work;
    usleep(SLOW_US);
}

static void nothing(uv_work_t *work, int status)
{
    (void)work;
    (void)status;
}

/* A command of Slurm's that says this, in a directory of its own at the front of PATH. */
static void fake(const char *name, const char *script)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "we");
    assert_non_null(f);
    fputs(script, f);
    assert_int_equal(fchmod(fileno(f), 0755), 0);
    assert_int_equal(fclose(f), 0);
    snprintf(path, sizeof(path), "%s:/usr/bin:/bin", dir);
    setenv("PATH", path, 1);
}

/* Guards one who leaves while the script of a job is being fetched and another one is kept: what is freed by the loop
   was used once more. */
static void test_left_while_fetching(void **state)
{
    const struct app_options options = {0};
    struct draft jobs = draft_new(sizeof(struct job)), none = draft_new(sizeof(struct node));
    struct buf text = BUF_INIT;
    uv_work_t slow;
    uv_loop_t loop;
    struct app *a;

    (void)state;
    fake("scontrol", "#!/bin/sh\necho 'Access/permission denied' >&2\nexit 1\n");
    uv_loop_init(&loop);
    a = app_new(&loop, &options);
    draft_add(&jobs, &(struct job){.job_id = 9});
    snapshot_free(a->snapshot);
    a->snapshot = snapshot_of(&jobs, &none, NULL);
    draft_release(&jobs);
    draft_release(&none);
    resubmit(a, a->snapshot->jobs);
    assert_non_null(a->submit.fetching);
    assert_int_equal(uv_queue_work(&loop, &slow, take_time, nothing), 0);
    buf_adds(&text, "#!/bin/sh\ntrue\n");
    resubmit_keep(a, 7, &text, NULL);
    assert_true(loop_finish(a, &loop));
    buf_release(&text);
}

static void hang(uv_work_t *work)
{
    (void)work;
    pause();
}

/* Guards the end of the program when what is written hangs, as all does that a file server has that is gone: it is not
   waited for longer than that, and said to hang. A process of its own, as libuv's threads keep exit() waiting. */
static void test_left_while_it_hangs(void **state)
{
    const struct app_options options = {0};
    struct buf text = BUF_INIT;
    int status;
    pid_t pid;

    (void)state;
    pid = fork();
    if (pid == 0) {
        uv_work_t hanging;
        uv_loop_t loop;
        struct app *a;

        uv_loop_init(&loop);
        uv_queue_work(&loop, &hanging, hang, nothing); /* there is one thread */
        a = app_new(&loop, &options);
        buf_adds(&text, "#!/bin/sh\ntrue\n");
        resubmit_keep(a, 7, &text, NULL);
        _exit(loop_finish(a, &loop) ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* Guards a directory that another user has made where the copies are kept: he could change them before they are
   submitted once more. */
static void test_not_kept_at_a_strangers(void **state)
{
    const struct app_options options = {0};
    struct buf text = BUF_INIT;
    uv_loop_t loop;
    struct app *a;
    char path[128];
    int err;

    (void)state;
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts/7.sh", dir);
    path_make_parents(path);
    *strrchr(path, '/') = '\0';
    assert_int_equal(chmod(path, 0777), 0);
    uv_loop_init(&loop);
    a = app_new(&loop, &options);
    buf_adds(&text, "#!/bin/sh\ntrue\n");
    resubmit_keep(a, 7, &text, NULL);
    assert_true(loop_finish(a, &loop));
    err = rmdir(path); /* it is empty */
    assert_int_equal(err, 0);
    buf_release(&text);
}

/* Guards an operator who leaves right after a submission while the disk is slow: the script was not kept then, nor its
   memory freed. */
static void test_kept_when_left_at_once(void **state)
{
    const struct app_options options = {0};
    struct buf text = BUF_INIT;
    uv_work_t slow;
    uv_loop_t loop;
    struct app *a;
    char path[128], is[64] = "";
    FILE *f;

    (void)state;
    uv_loop_init(&loop);
    a = app_new(&loop, &options);
    assert_int_equal(uv_queue_work(&loop, &slow, take_time, nothing), 0);
    buf_adds(&text, "#!/bin/sh\ntrue\n");
    resubmit_keep(a, 7, &text, NULL);
    assert_true(loop_finish(a, &loop));
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts/7.sh", dir);
    f = fopen(path, "re");
    assert_non_null(f);
    is[fread(is, 1, sizeof(is) - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(is, buf_str(&text));
    buf_release(&text);
}

static void put_kept(const char *name, const char *text, size_t len)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/kfarm-top", dir);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts", dir);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts/%s", dir, name);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* Does the form open with the copy that is kept under the number 7, for job 7, which was submitted at 5000? */
static bool opens_with_copy(void)
{
    const struct app_options options = {0};
    struct draft jobs = draft_new(sizeof(struct job)), none = draft_new(sizeof(struct node));
    uv_loop_t loop;
    struct app *a;
    bool opened;

    uv_loop_init(&loop);
    a = app_new(&loop, &options);
    draft_add(&jobs, &(struct job){.job_id = 7, .submit_time = 5000});
    snapshot_free(a->snapshot);
    a->snapshot = snapshot_of(&jobs, &none, NULL);
    draft_release(&jobs);
    draft_release(&none);
    resubmit(a, a->snapshot->jobs);
    while (a->submit.fetching && uv_run(&loop, UV_RUN_ONCE))
        ;
    opened = a->submit.open;
    assert_true(loop_finish(a, &loop));
    return opened;
}

/* Guards a kept script of another job of the same number, as of another farm: it is not taken for this one's. */
static void test_copy_of_another_job(void **state)
{
    static const char script[] = "#!/bin/sh\ntrue\n", ours[] = "cluster \ntime 5001\n",
                      another[] = "cluster \ntime 9000\n", elsewhere[] = "cluster b\ntime 5001\n";
    char path[128];

    (void)state;
    fake("scontrol", "#!/bin/sh\necho 'Access/permission denied' >&2\nexit 1\n");
    put_kept("7.sh", script, strlen(script));
    assert_false(opens_with_copy());
    put_kept("7.submitted", another, strlen(another));
    assert_false(opens_with_copy());
    put_kept("7.submitted", elsewhere, strlen(elsewhere));
    assert_false(opens_with_copy());
    put_kept("7.submitted", ours, strlen(ours));
    assert_true(opens_with_copy());
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts/7.submitted", dir);
    unlink(path);
}

/* Guards the record of a submission: what is read is what was written, of the variables those that the script uses; and it is
   not taken for that of another farm's job, or of a later one with the same number. */
static void test_record(void **state)
{
    char *const environment[] = {(char[]){"ARCH=arm64 x"},
        (char[]){"LONG=a\nset KERNEL_CONFIG evil"}, (char[]){"SECRET=1"},
        (char[]){"KERNEL_CONFIG=tinyconfig"}, NULL};
    const char *const variables[] = {"KERNEL_CONFIG", "", NULL};
    static const char nonsense[] = "\n nonsense\nset\nset X\ntime";
    struct buf b = BUF_INIT;
    struct submitted s;

    (void)state;
    submitted_write(&(struct submitted_facts){.cluster = "farm",
                        .time_s = 1000,
                        .options = "--comment='a b'",
                        .arguments = "",
                        .script = "make $ARCH ${LONG:-x} $NONE $SLURM_JOB_ID $(pwd) $lower $",
                        .environment = environment,
                        .variables = variables},
        &b);
    submitted_read(&s, b.p, b.len);
    assert_string_equal(submitted_text(&s, "options"), "--comment='a b'");
    assert_string_equal(submitted_text(&s, "arguments"), "");
    assert_string_equal(submitted_variable(&s, "ARCH")->value, "arm64 x");
    assert_string_equal(submitted_variable(&s, "KERNEL_CONFIG")->value, "tinyconfig");
    assert_string_equal(submitted_variable(&s, "LONG")->kind, "lost");
    assert_string_equal(submitted_variable(&s, "NONE")->kind, "unset");
    assert_null(submitted_variable(&s, "SECRET"));
    assert_null(submitted_variable(&s, "SLURM_JOB_ID"));
    assert_true(submitted_is_of(&s, "farm", 998, false));
    assert_false(submitted_is_of(&s, "other", 998, false));
    assert_false(submitted_is_of(&s, "farm", 900, false));
    assert_false(submitted_is_of(&s, "farm", 90000, false));
    assert_true(submitted_is_of(&s, "farm", 90000, true));
    submitted_release(&s);
    submitted_read(&s, nonsense, strlen(nonsense));
    assert_false(submitted_is_of(&s, "", 0, true));
    assert_string_equal(submitted_variable(&s, "X")->value, "");
    submitted_release(&s);
    assert_false(submitted_is_of(&s, "", 0, true));
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept_when_left_at_once, set_up, tear_down),
        cmocka_unit_test(test_record),
        cmocka_unit_test_setup_teardown(test_copy_of_another_job, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left_while_fetching, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left_while_it_hangs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_kept_at_a_strangers, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
