/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main job, on a real farm and with a real kernel: a build is submitted with a key, watched
 * while it compiles, cancelled, requeued, and another job is given a priority. One dashboard goes
 * through all of it, so it is one test.
 */
#include "tests/e2e.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/parse.h"

#define COMPILE_MS 180000 /* until CC_LINES files are compiled, on a slow machine */
#define CC_LINES   50

static bool kernel_source_exists(void)
{
    glob_t found = {0};
    bool exists = getenv("KERNEL_SOURCE_PATH") ||
                  glob("/usr/src/linux-source-*.tar.xz", 0, NULL, &found) == 0;

    globfree(&found);
    return exists;
}

static int start(void **state)
{
    char command[E2E_PATH];
    struct e2e *e;
    struct e2e_result r;

    *state = NULL;
    if (!kernel_source_exists()) {
        print_error("no kernel source: install a linux-source package (farm/deps source), or name "
                    "a tree in KERNEL_SOURCE_PATH\n");
        return -1;
    }
    if (e2e_start(state, SOURCE_DIR, KFARM_TOP) != 0)
        return -1;
    e = *state;
    snprintf(command, sizeof(command), "%s/farm/kernel-source", e->source_dir);
    r = e2e_command(
        e, &(struct e2e_command){.argv = (const char *const[]){command, "--dir", e->dir, NULL},
               .deadline_ms = 120000});
    if (r.status != 0)
        print_error("farm/kernel-source ended with %d: %s\n", r.status, r.err);
    return r.status == 0 ? 0 : -1;
}

/* ---- what the log pane says ---- */

/* The number behind a word in the line of counts, e.g. " CC 123"; -1 if the word is not there. */
static int64_t count_of(struct vt *vt, const char *word)
{
    char number[24];
    int64_t value = -1;
    int row, col;
    const char *p;

    if (!vt_find(vt, "steps ", &row, &col))
        return -1;
    p = strstr(vt_row_text(vt, row), "steps ");
    p = p ? strstr(p, word) : NULL;
    if (p == NULL)
        return -1;
    p += strlen(word);
    snprintf(number, sizeof(number), "%.*s", (int)strspn(p, "0123456789"), p);
    return parse_i64(number, 0, INT64_MAX, &value) < 0 ? -1 : value;
}

struct at_least {
    const char *word;
    int64_t value;
};

static bool has_at_least(struct vt *vt, void *user)
{
    const struct at_least *want = user;

    return count_of(vt, want->word) >= want->value;
}

/* Lines of the log on the screen: the tables to their left have no such words. */
static bool shows_compilations(struct vt *vt, void *user)
{
    int n = 0;

    (void)user;
    for (int row = 0; row < vt_rows(vt); row++)
        n += strstr(vt_row_text(vt, row), "  CC  ") != NULL;
    return n >= 3;
}

/* ---- the parts of the job ---- */

/* `s`, the script's path typed, Enter: the job is there and selected. */
static uint32_t submit_with_key(struct e2e *e, const char *script)
{
    char selected[64];
    uint32_t id;

    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "Submit a batch script");
    e2e_see(
        e, "sleeper.sh"); /* the scripts of jobs in the queue are offered; typing replaces them */
    assert_true(vt_keys(e->vt, script));
    e2e_see(e, script);
    e2e_see(e, "fits now on");
    assert_true(vt_keys(e->vt, "<C-s>"));
    id = e2e_submit_yes(e);
    snprintf(selected, sizeof(selected), "▸%u ", id);
    e2e_see(e, selected);
    return id;
}

static void watch_compilation(struct e2e *e, uint32_t job)
{
    struct at_least want = {" CC ", 5};
    char title[64];
    int64_t steps;

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    snprintf(title, sizeof(title), "of %u kernel_build", job);
    e2e_see(e, title);
    assert_true(vt_wait_match(e->vt, has_at_least, &want, COMPILE_MS));
    assert_true(vt_wait_match(e->vt, shows_compilations, NULL, E2E_MS));
    steps = count_of(e->vt, "steps ");
    assert_true(steps >= 5);
    want.value = count_of(e->vt, " CC ") + CC_LINES; /* from where it is by now */
    assert_true(vt_wait_match(e->vt, has_at_least, &want, COMPILE_MS));
    assert_true(count_of(e->vt, "steps ") >= steps + CC_LINES - 5);
}

/* The counts on the screen against the log itself, read when nobody writes any more. */
static void compare_counts(struct e2e *e, uint32_t job)
{
    char path[E2E_PATH];
    struct at_least want = {" CC ", 0};
    int64_t in_file = 0;
    FILE *f;
    char line[1024];

    snprintf(path, sizeof(path), "%s/kernel_build_%u.out", e->work, job);
    f = fopen(path, "re");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f))
        in_file += strncmp(line, "  CC  ", 6) == 0;
    fclose(f);
    want.value = in_file;
    assert_true(in_file >= CC_LINES);
    assert_true(vt_wait_match(e->vt, has_at_least, &want, E2E_MS));
    assert_int_equal(count_of(e->vt, " CC "), in_file);
}

static void cancel_with_key(struct e2e *e, uint32_t job)
{
    char text[96];

    assert_true(vt_keys(e->vt, "c"));
    snprintf(text, sizeof(text), "Cancel job %u ‘kernel_build’ of ", job);
    e2e_see(e, text);
    assert_null(strstr(e2e_job(e, job), "CANCELLED")); /* not before the answer */
    assert_true(vt_keys(e->vt, "y"));
    snprintf(text, sizeof(text), "job %u cancelled", job);
    e2e_see(e, text);
    snprintf(text, sizeof(text), "scancel %u", job);
    e2e_see(e, text);
    e2e_wait_job(e, job, "JobState=CANCELLED ", E2E_MS);
}

/* Requeued jobs wait two minutes (slurmctld, job_mgr.c): the message says until when. */
static void requeue_with_key(struct e2e *e, uint32_t job)
{
    char text[96], eligible[32], *clock;
    const char *shown;

    /* the nodes first have to tell that the cancelled job is gone */
    snprintf(text, sizeof(text), "▸%u ", job);
    e2e_see(e, "✗ cancelled");
    assert_true(vt_keys(e->vt, "r"));
    snprintf(text, sizeof(text), "Requeue job %u ‘kernel_build’ of ", job);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "y"));
    snprintf(text, sizeof(text), "job %u requeued; Slurm lets it wait until ", job);
    e2e_see(e, text);
    shown = e2e_wait_job(e, job, "JobState=PENDING Reason=BeginTime", E2E_MS);
    assert_non_null(strstr(shown, "Restarts=1 "));
    e2e_field(shown, "EligibleTime", false, eligible, sizeof(eligible));
    clock = strchr(eligible, 'T'); /* 2026-01-31T23:59:00: shown as 23:59 */
    assert_non_null(clock);
    assert_true(strlen(clock) == strlen("T23:59:00"));
    clock[6] = '\0';
    assert_true(vt_keys(e->vt, "m")); /* the last line of the screen shows it for seconds only */
    e2e_see(e, "✓ job ");
    e2e_see(e, text);
    snprintf(text, sizeof(text), "lets it wait until %s (BeginTime)", clock + 1);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "Queue ─");
}

static void prioritise_with_key(struct e2e *e, uint32_t job)
{
    char text[96];

    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "p"));
    snprintf(text, sizeof(text), "Priority of job %u ‘sleeper’ of ", job);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "much<Enter>"));
    e2e_see(e, "a whole number from 1");
    assert_true(vt_keys(e->vt, "<C-u>123456<Enter>"));
    snprintf(text, sizeof(text), "job %u priority set", job);
    e2e_see(e, text);
    e2e_wait_job(e, job, "Priority=123456 ", E2E_MS);
}

static void test_main_job(void **state)
{
    struct e2e *e = *state;
    static const char *const env[] = {"KERNEL_CONFIG=tinyconfig", "KERNEL_TARGETS=bzImage", NULL};
    char original[E2E_PATH], script[E2E_PATH];
    uint32_t waiting, job;

    snprintf(original, sizeof(original), "%s/farm/compile_kernel.sh", e->source_dir);
    snprintf(script, sizeof(script), "%s/compile_kernel.sh", e->work);
    e2e_output(e, "install", "-m", "755", "--", original, script);
    waiting = e2e_submit_sleeper(e, "--begin=now+5hours");
    e2e_top(e, &(struct e2e_top){.env = env});
    job = submit_with_key(e, script);
    watch_compilation(e, job);
    cancel_with_key(e, job);
    compare_counts(e, job);
    requeue_with_key(e, job);
    prioritise_with_key(e, waiting);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {e2e_test(test_main_job)};

    return cmocka_run_group_tests(tests, start, e2e_end);
}
