/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory that a job is submitted to, on a real farm: its log is written there, whatever directory the script is in. */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

#define SCRIPT                                                                                     \
    "#!/bin/bash\n#SBATCH --output=kernel_build_%j.out\n"                                          \
    "echo \"works in $PWD, submitted from $SLURM_SUBMIT_DIR\"\nexit 3\n"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* A directory below the one for jobs, and its path. */
static const char *directory(struct e2e *e, const char *name, char out[E2E_PATH])
{
    snprintf(out, E2E_PATH, "%s/%s", e->work, name);
    if (mkdir(out, 0755) < 0 && access(out, F_OK) < 0)
        fail_msg("%s cannot be made", out);
    return out;
}

/* Opens the form with this script, which works, and goes to the field of the directory. */
static void open_form(struct e2e *e, const char *script)
{
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "Submit a batch script");
    assert_true(vt_keys(e->vt, "<C-u>"));
    vt_type(e->vt, script);
    e2e_see(e, "fits now on");
    for (int i = 0; i < 11; i++)
        assert_true(vt_keys(e->vt, "<Down>"));
}

static uint32_t submit(struct e2e *e)
{
    assert_true(vt_keys(e->vt, "<C-s>"));
    return e2e_submit_yes(e);
}

/* The job worked in this directory, and its log lies in it. */
static void must_work_in(struct e2e *e, uint32_t job, const char *where, const char *from)
{
    char path[E2E_PATH + 64], is[512], said[E2E_PATH * 3];

    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    assert_string_equal(e2e_field(e2e_job(e, job), "WorkDir", true, is, sizeof(is)), where);
    snprintf(path, sizeof(path), "%s/kernel_build_%u.out", where, job);
    snprintf(said, sizeof(said), "works in %s, submitted from %s\n", where, from);
    assert_string_equal(e2e_output(e, "cat", path), said);
}

/* Guards where the log goes: beside the script it was, whatever the form said. The directory that was used is offered the
   next time, also by a program that was started after it. */
static void test_log_is_in_the_directory(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], scripts[E2E_PATH], logs[E2E_PATH], words[E2E_PATH + 64];
    uint32_t job;

    directory(e, "scripts", scripts);
    directory(e, "build_logs", logs);
    e2e_file(e, script, "scripts/build.sh", SCRIPT);
    e2e_top(e, &(struct e2e_top){.cols = 160, .rows = 40});
    open_form(e, script);
    e2e_see(e, "beside the script"); /* while it is empty */
    snprintf(words, sizeof(words), "%s/build_l", e->work);
    vt_type(e->vt, words);
    assert_true(vt_keys(e->vt, "<Tab>"));
    snprintf(words, sizeof(words), "--chdir=%s", logs);
    e2e_see(e, words);
    job = submit(e);
    must_work_in(e, job, logs, scripts);
    snprintf(words, sizeof(words), "%s/kernel_build_%u.out", scripts, job);
    assert_int_not_equal(access(words, F_OK), 0);

    open_form(e, script);
    snprintf(words, sizeof(words), "beside the script · Tab: %s", logs);
    e2e_see(e, words);
    e2e_leave_form(e);
    e2e_quit(e);

    e2e_top(e, &(struct e2e_top){.cols = 160, .rows = 40});
    open_form(e, script);
    assert_true(vt_keys(e->vt, "<Tab>"));
    snprintf(words, sizeof(words), "--chdir=%s", logs);
    e2e_see(e, words);
    job = submit(e);
    must_work_in(e, job, logs, scripts);
    e2e_quit(e);
}

/* Guards a job that is submitted again: it works where it had worked, or where the operator says now. */
static void test_resubmit(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], first[E2E_PATH], second[E2E_PATH], option[E2E_PATH + 16];
    uint32_t job;

    directory(e, "first", first);
    directory(e, "second", second);
    e2e_file(e, script, "again.sh", SCRIPT);
    snprintf(option, sizeof(option), "--chdir=%s", first);
    job = e2e_submit(e, option, script);
    must_work_in(e, job, first, e->work);
    e2e_top(e, &(struct e2e_top){.cols = 160, .rows = 40});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "b"));
    e2e_see(e, "Submit the script of job");
    snprintf(option, sizeof(option), "directory  %s ", first);
    e2e_see(e, option);
    job = submit(e);
    must_work_in(e, job, first, first);

    e2e_output(e, "mv", "-T", first, second);
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "b"));
    e2e_see(e, "Submit the script of job");
    e2e_see(e, "but cannot do its work");
    for (int i = 0; i < 11; i++)
        assert_true(vt_keys(e->vt, "<Down>"));
    assert_true(vt_keys(e->vt, "<C-u>"));
    vt_type(e->vt, second);
    e2e_gone(e, "but cannot do its work");
    job = submit(e);
    must_work_in(e, job, second, second);
    e2e_quit(e);
}

/* Guards a directory that is missing or not writable: the form reports it before sbatch runs, and a job that is submitted
   there anyway fails. */
static void test_bad_directories(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], roots[E2E_PATH], words[E2E_PATH + 96];
    uint32_t job;

    e2e_file(e, script, "bad.sh", SCRIPT);
    directory(e, "roots", roots);
    e2e_top(e, &(struct e2e_top){.cols = 139, .rows = 40, .nobody = true});
    open_form(e, script);
    vt_type(e->vt, "/nonexistent/logs");
    e2e_see(e, "the directory of its log /nonexistent/logs is not there on this machine");
    e2e_see(e, "but cannot do its work");
    assert_true(vt_keys(e->vt, "<C-u>"));
    vt_type(e->vt, script);
    e2e_see(e, " is no directory on this machine");
    assert_true(vt_keys(e->vt, "<C-u>"));
    vt_type(e->vt, roots);
    snprintf(words, sizeof(words), "%s is not writable for you", roots);
    e2e_see(e, words);
    assert_true(vt_keys(e->vt, "<Down>--output=/dev/null")); /* it may read there: a warning */
    snprintf(words, sizeof(words), "the working directory %s is not writable for you", roots);
    e2e_see(e, words);
    e2e_gone(e, "but cannot do its work");
    e2e_leave_form(e);
    e2e_quit(e);

    job = e2e_submit(e, "--chdir=/nonexistent/logs", script);
    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    assert_non_null(strstr(e2e_job(e, job), "ExitCode=0:53"));
}

/* A preset may say where its jobs work. */
static void test_preset(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], config[E2E_PATH], logs[E2E_PATH], text[E2E_PATH + 64];
    uint32_t job;

    e2e_file(e, script, "preset.sh", SCRIPT);
    snprintf(
        text, sizeof(text), "[preset logs]\ndirectory = %s/\n", directory(e, "preset_logs", logs));
    e2e_file(e, config, "presets", text);
    e2e_top(
        e, &(struct e2e_top){
               .cols = 160, .rows = 40, .args = (const char *const[]){"--config", config, NULL}});
    open_form(e, script);
    for (int i = 0; i < 10; i++)
        assert_true(vt_keys(e->vt, "<Up>"));
    vt_type(e->vt, "logs");
    snprintf(text, sizeof(text), "--chdir=%s", logs);
    e2e_see(e, text);
    job = submit(e);
    must_work_in(e, job, logs, e->work);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_log_is_in_the_directory),
        e2e_test(test_resubmit),
        e2e_test(test_bad_directories),
        e2e_test(test_preset),
    };

    return cmocka_run_group_tests_name("e2e_directory", tests, start, e2e_end);
}
