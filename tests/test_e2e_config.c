/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file as an operator has it: where the program looks for it, what it changes, and
   what is said of one that is wrong. On a real farm, through a terminal. */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static void mark_all(struct e2e *e, const uint32_t jobs[2])
{
    char filter[64];

    snprintf(filter, sizeof(filter), "/job=%u,%u", jobs[0], jobs[1]);
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    assert_true(vt_keys(e->vt, filter));
    assert_true(vt_keys(e->vt, "<Enter><C-a>"));
    e2e_see(e, "2 marked");
}

/* The number behind "2 jobs in ". */
static long seconds_left(struct e2e *e)
{
    static const char before[] = "2 jobs in ";
    const char *at = strstr(vt_screen_text(e->vt), before);

    return at ? strtol(at + strlen(before), NULL, 10) : 0;
}

static bool is_written(struct e2e *e, void *path)
{
    struct e2e_result r = e2e_run(e, "cat", path);

    return strstr(r.out, "\"event\":\"result\",") && strstr(r.out, "\"verb\":\"job-cancel\"");
}

/* Guards that the user's own file is read, and that its grace and audit file are what counts. */
static void test_used(void **state)
{
    struct e2e *e = *state;
    uint32_t jobs[2];
    char conf[E2E_PATH], audit[E2E_PATH + 32], text[E2E_PATH + 64];

    e2e_output(e, "mkdir", "-p", ".config/kfarm-top");
    snprintf(audit, sizeof(audit), "%s/elsewhere/deep/audit.jsonl", e->work);
    snprintf(text, sizeof(text), "[general]\ngrace = 40\n[audit]\nfile = ~/elsewhere/deep/%s\n",
        "audit.jsonl");
    e2e_file(e, conf, ".config/kfarm-top/config", text);
    for (int i = 0; i < 2; i++)
        jobs[i] = e2e_submit_sleeper(e, "--hold");
    e2e_top(e, &(struct e2e_top){0});
    mark_all(e, jobs);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 2 jobs?");
    assert_true(vt_keys(e->vt, "2<Enter>"));
    e2e_see(e, "job-cancel: 2 jobs in ");
    assert_true(seconds_left(e) > 3);
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "2 jobs: 2 cancelled");
    assert_true(e2e_wait(e, is_written, audit, E2E_MS));
    e2e_quit(e);
    e2e_output(e, "test", "!", "-e", ".local/state/kfarm-top/audit.jsonl");
    e2e_output(e, "rm", "-r", ".config", "elsewhere");
}

/* Guards that --config counts instead of the user's file, and that its read-only is obeyed. */
static void test_named(void **state)
{
    struct e2e *e = *state;
    char conf[E2E_PATH];
    const char *const args[] = {"--config", conf, NULL};
    uint32_t job = e2e_submit_sleeper(e, "--hold");

    e2e_file(e, conf, "ro.conf", "[general]\nread-only = yes\n");
    e2e_top(e, &(struct e2e_top){.args = args});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "read-only");
    e2e_quit(e);
    assert_non_null(strstr(e2e_job(e, job), "JobState=PENDING"));
}

/* Guards a view from its saving to the next start: by the keys of a person, also in read-only mode. */
static void test_view(void **state)
{
    static const char *const args[] = {"--read-only", NULL};
    struct e2e *e = *state;

    e2e_submit_sleeper(e, "--job-name=common");
    e2e_submit_sleeper(e, "--job-name=special");
    for (int again = 0; again < 2; again++) {
        e2e_top(e, &(struct e2e_top){.args = args});
        assert_true(vt_keys(e->vt, "3"));
        e2e_gone(e, "─ Nodes ");
        e2e_see(e, "common");
        if (again) {
            assert_true(vt_keys(e->vt, "1V"));
            e2e_see(e, "only that one");
            assert_true(vt_keys(e->vt, "only that one<Enter>"));
            e2e_gone(e, "─ Nodes ");
        } else {
            assert_true(vt_keys(e->vt, "/name=special<Enter>S"));
            e2e_see(e, "Save this view under which name?");
            assert_true(vt_keys(e->vt, "only that one<Enter>"));
            e2e_see(e, "view \"only that one\" saved in ");
        }
        e2e_see(e, "/name=special");
        e2e_gone(e, "common");
        e2e_quit(e);
    }
    e2e_output(e, "rm", "-r", ".config");
}

/* Guards the words and exit status for a file that is wrong, or not there: in every way to run. */
static void test_refused(void **state)
{
    struct e2e *e = *state;
    char bad[E2E_PATH], good[E2E_PATH], said[E2E_PATH + 128];
    struct e2e_result r;

    e2e_file(e, bad, "bad.conf", "[general]\nrefresh = soon\n");
    e2e_file(e, good, "good.conf", "[general]\nrefresh = 3\n");
    snprintf(said, sizeof(said),
        "kfarm-top: %s:2: refresh = soon: it is a number of seconds from 0.2 to 3600\n", bad);
    for (int i = 0; i < 3; i++) {
        r = i == 0   ? e2e_run(e, e->top, "--check-config", bad)
            : i == 1 ? e2e_run(e, e->top, "--once", "jobs", "--config", bad)
                     : e2e_run(e, e->top, "--config", bad);
        assert_int_equal(r.status, 2);
        assert_string_equal(r.err, said);
        assert_string_equal(r.out, "");
    }
    r = e2e_run(e, e->top, "--check-config", good);
    assert_int_equal(r.status, 0);
    snprintf(said, sizeof(said), "%s: well\n", good);
    assert_string_equal(r.out, said);
    r = e2e_run(e, e->top, "--once", "jobs", "--config", good);
    assert_int_equal(r.status, 0);
    r = e2e_run(e, e->top, "--check-config", "/nonexistent/x");
    assert_int_equal(r.status, 2);
    assert_string_equal(r.err, "kfarm-top: /nonexistent/x: No such file or directory\n");
    r = e2e_run(e, e->top, "--check-config"); /* none is well */
    assert_int_equal(r.status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_used),
        e2e_test(test_named),
        e2e_test(test_view),
        e2e_test(test_refused),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
