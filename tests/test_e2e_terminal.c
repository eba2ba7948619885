/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Terminals that are none, too small or unknown, and signals: the terminal is always restored. */
#include "tests/e2e.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static int expect_exit(struct e2e *e)
{
    int status = -1;

    if (!vt_wait_exit(e->vt, E2E_MS, &status))
        fail_msg("the program does not end");
    assert_true(vt_restored(e->vt));
    return status;
}

/* Guards the dashboard in a pipe: it says what to use instead, and ends. */
static void test_no_terminal(void **state)
{
    struct e2e *e = *state;
    struct e2e_result r = e2e_run(e, e->top);

    assert_int_equal(r.status, 2);
    assert_string_equal(r.out, "");
    assert_non_null(strstr(r.err, "standard input is not a terminal"));
    assert_non_null(strstr(r.err, "--once"));
}

/* Guards terminals that curses cannot use: named, with what to do. */
static void test_unknown_term(void **state)
{
    static const char *const unset[] = {"TERM", NULL};
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){.term = "no-such-terminal", .quiet = true});
    e2e_see(e, "TERM=no-such-terminal");
    assert_int_equal(expect_exit(e), 2);
    e2e_top(e, &(struct e2e_top){.term = "dumb", .quiet = true});
    e2e_see(e, "TERM=dumb");
    assert_int_equal(expect_exit(e), 2);
    e2e_top(e, &(struct e2e_top){.env = unset, .quiet = true});
    e2e_see(e, "TERM=");
    assert_int_equal(expect_exit(e), 2);
}

/* Guards terminals with few abilities: no colours, no alternate screen. */
static void test_plain_terminals(void **state)
{
    static const char *const terms[] = {"vt100", "linux", "screen", "xterm-mono", "tmux-256color"};
    struct e2e *e = *state;

    for (size_t i = 0; i < KF_LEN(terms); i++) {
        e2e_top(e, &(struct e2e_top){.term = terms[i]});
        e2e_see(e, "node2");
        e2e_quit(e);
    }
}

/* ---- sizes ---- */

/* The screen of this size, drawn anew: the clock of the first line, the keys of the last. */
static bool is_whole(struct vt *vt, void *unused)
{
    (void)unused;
    return strstr(vt_row_text(vt, 0), "debug") && vt_find(vt, "─ Queue ", NULL, NULL) &&
           vt_row_text(vt, vt_rows(vt) - 1)[0] != '\0';
}

/* Guards small terminals: a clear line below the least size, a screen from there on. */
static void test_small_terminals(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){.cols = 20, .rows = 5, .quiet = true});
    e2e_see(e, "20x5: needs 40x10");
    e2e_quit(e);
    e2e_top(e, &(struct e2e_top){.cols = 40, .rows = 10, .quiet = true});
    assert_true(vt_wait_match(e->vt, is_whole, NULL, E2E_MS));
    e2e_quit(e);
    e2e_top(e, &(struct e2e_top){.cols = 1, .rows = 1, .quiet = true});
    vt_wait_quiet(e->vt, 200, 3000);
    e2e_quit(e);
}

/* Guards resizing under way, through sizes at which the panes are arranged anew. */
static void test_resize(void **state)
{
    static const struct {
        int cols, rows;
    } sizes[] = {{80, 24}, {300, 100}, {40, 10}, {109, 20}, {110, 20}, {200, 11}, {80, 60}};
    struct e2e *e = *state;

    e2e_submit_sleeper(e, NULL);
    e2e_top(e, &(struct e2e_top){0});
    for (size_t i = 0; i < KF_LEN(sizes); i++) {
        vt_resize(e->vt, sizes[i].cols, sizes[i].rows);
        assert_true(vt_wait_match(e->vt, is_whole, NULL, E2E_MS));
    }
    vt_resize(e->vt, 39, 9);
    e2e_see(e, "39x9: needs 40x10");
    vt_resize(e->vt, 120, 34);
    assert_true(vt_wait_match(e->vt, is_whole, NULL, E2E_MS));
    for (int i = 0; i < 60; i++) /* as a window that is dragged */
        vt_resize(e->vt, 40 + 3 * i, 10 + i);
    assert_true(vt_wait_match(e->vt, is_whole, NULL, E2E_MS));
    e2e_quit(e);
}

/* ---- signals ---- */

/* Guards the ways a program is ended from outside. */
static void test_ending_signals(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
    struct e2e *e = *state;

    for (size_t i = 0; i < KF_LEN(signals); i++) {
        int status;

        e2e_top(e, &(struct e2e_top){0});
        assert_true(vt_modes(e->vt)->alternate);
        assert_int_equal(vt_kill(e->vt, signals[i]), 0);
        status = expect_exit(e);
        print_message("signal %d: exit status %d\n", signals[i], status);
        assert_true(status == 0 || status == 128 + signals[i]);
    }
}

/* In the sanitizers' runtime, if one is linked: to this program and to the one that is tested. */
void __sanitizer_set_death_callback(void (*fn)(void)) __attribute__((weak));

/* A signal ends the program, and what ended it is not hidden: a core dump, or a sanitizer's report where one is
   linked, to be read on the terminal as it was before. */
static void expect_crash(struct e2e *e, int signal)
{
    bool explained = __sanitizer_set_death_callback && signal != SIGABRT;
    int status;

    assert_int_equal(vt_kill(e->vt, signal), 0);
    status = expect_exit(e);
    if (explained) {
        assert_int_not_equal(status, 0);
        assert_true(vt_find(e->vt, "AddressSanitizer", NULL, NULL));
    } else {
        assert_int_equal(status, 128 + signal);
    }
}

/* Guards a crash: a terminal that echoes, on the normal screen, and the crash not hidden. */
static void test_crash(void **state)
{
    static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE};
    struct e2e *e = *state;

    for (size_t i = 0; i < KF_LEN(signals); i++) {
        e2e_top(e, &(struct e2e_top){0});
        expect_crash(e, signals[i]);
    }
}

/* Guards a crash while a pager has the terminal, in modes of its own: then we are in the background, and the kernel
   stops who changes the terminal from there. */
static void test_crash_under_a_pager(void **state)
{
    static const int signals[] = {SIGSEGV, SIGABRT};
    struct e2e *e = *state;
    char pager[E2E_PATH], set[E2E_PATH + 16];
    const char *const env[] = {set, NULL};
    uint32_t job = e2e_submit_sleeper(e, NULL);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_file(e, pager, "raw-pager",
        "#!/bin/sh\nstty raw -echo\necho the-pager-is-here\nexec sleep 600\n");
    snprintf(set, sizeof(set), "PAGER=%s", pager);
    for (size_t i = 0; i < KF_LEN(signals); i++) {
        e2e_top(e, &(struct e2e_top){.env = env});
        e2e_select_job(e, job);
        e2e_see(e, "sleeping");
        e2e_see(e, "last line "); /* whose file it is is known, too */
        assert_true(vt_keys(e->vt, "L"));
        e2e_see(e, "the-pager-is-here");
        expect_crash(e, signals[i]);
    }
}

/* ---- pasted text ---- */

#define PASTE "\033[200~"

/* Guards the keys after a paste whose end was lost: a second later they work again. */
static void test_paste_without_an_end(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){0});
    vt_type(e->vt, PASTE "m");
    e2e_see(e, "if you type this, pause for a second");
    e2e_never(e, "─ Messages ", 1200);
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "─ Messages ");
    e2e_see(e, "keys are commands again");
    assert_true(vt_keys(e->vt, "1:"));
    e2e_see(e, "Tab completes");
    vt_type(e->vt, PASTE "view-nodes"); /* into a prompt, likewise */
    e2e_see(e, "view-nodes");
    e2e_pause(e, 1200);
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "PARTITIONS");
    e2e_quit(e);
}

/* Guards a paste that a slow line holds up: what comes late is text, too. */
static void test_paste_that_is_held_up(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL);

    e2e_top(e, &(struct e2e_top){0});
    e2e_select_job(e, job);
    for (int i = 0; i < 2; i++) {
        vt_type(e->vt, PASTE "mail\rthem");
        e2e_pause(e, 1500);
        vt_type(e->vt, "cry7q!\r8");
        e2e_never(e, "Cancel job", 300);
        e2e_pause(e, 1200);
        vt_type(e->vt, "qq7\033[201~");
        assert_true(vt_keys(e->vt, "3")); /* behind its end there is no wait */
        e2e_see(e, "LEFT");
        assert_true(vt_keys(e->vt, "1"));
        e2e_see(e, "─ Nodes ");
    }
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_quit(e);
}

/* Guards a paste larger than any prompt: it is cut, and does nothing. */
static void test_large_paste(void **state)
{
    struct e2e *e = *state;
    struct buf b = BUF_INIT;

    for (int i = 0; i < 20000; i++)
        buf_adds(&b, i % 50 == 49 ? "q\r" : "c");
    e2e_top(e, &(struct e2e_top){0});
    vt_paste(e->vt, buf_str(&b));
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "taken up to 4096 characters");
    assert_true(vt_keys(e->vt, "1:"));
    e2e_see(e, "Tab completes");
    vt_paste(e->vt, buf_str(&b));
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Tab completes");
    buf_release(&b);
    e2e_quit(e);
}

/* ---- stopping ---- */

static bool is_stopped(struct e2e *e, void *unused)
{
    char path[64], line[512] = "";
    const char *after_name;
    FILE *f;

    (void)unused;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)vt_pid(e->vt));
    f = fopen(path, "re");
    if (f) {
        (void)!fgets(line, sizeof(line), f);
        fclose(f);
    }
    after_name = strrchr(line, ')');
    return after_name && after_name[1] == ' ' && after_name[2] == 'T';
}

/* Waits for the stop, looks at the terminal, lets the program go on. */
static void expect_stop(struct e2e *e, const char *how)
{
    if (!e2e_wait(e, is_stopped, NULL, 10000)) {
        vt_dump(e->vt, stderr, "this does not stop");
        fail_msg("the program does not stop: %s", how);
    }
    vt_run(e->vt, 20);
    assert_true(vt_restored(e->vt));
    vt_resize(e->vt, vt_cols(e->vt) == 100 ? 101 : 100, 30);
    assert_int_equal(vt_kill(e->vt, SIGCONT), 0);
    assert_true(vt_wait_match(e->vt, is_whole, NULL, E2E_MS));
    assert_true(vt_modes(e->vt)->alternate);
    assert_true(vt_modes(e->vt)->paste);
}

/* Guards job control: restored while stopped, everything back afterwards. */
static void test_stop_and_continue(void **state)
{
    struct e2e *e = *state;

    e2e_top(e, &(struct e2e_top){0});
    vt_wait_quiet(e->vt, 100, 5000);
    assert_int_equal(vt_kill(e->vt, SIGTSTP), 0);
    expect_stop(e, "SIGTSTP");
    e2e_key_ms(e, "3", "LEFT");
    assert_true(vt_keys(e->vt, "<C-z>"));
    expect_stop(e, "Ctrl-Z");
    e2e_key_ms(e, "1", "─ Nodes ");
    e2e_quit(e);
}

/* Guards a stop that is asked for while the screen is drawn: curses ignores SIGTSTP meanwhile if it
   is let. The rounds meet the drawing in different places. */
static void test_stop_while_drawing(void **state)
{
    struct e2e *e = *state;

    e2e_submit_sleeper(e, NULL);
    e2e_top(e, &(struct e2e_top){.cols = 100, .rows = 30});
    for (int round = 0; round < 24; round++) {
        char how[64];

        snprintf(how, sizeof(how), "SIGTSTP while drawing, round %d", round);
        assert_true(vt_keys(e->vt, "<C-l>"));
        vt_run(e->vt, round % 3);
        assert_int_equal(vt_kill(e->vt, SIGTSTP), 0);
        expect_stop(e, how);
    }
    e2e_quit(e);
}

/* ---- locale ---- */

/* Guards LANG=C: nothing beyond ASCII is sent, whatever the farm's texts are. */
static void test_ascii(void **state)
{
    static const char *const env[] = {"LANG=C", NULL};
    struct e2e *e = *state;
    char script[E2E_PATH];

    e2e_file(e, script, "speaks.sh",
        "#!/bin/sh\necho 'warning: unused variable ‘err’ 名前'\nexec sleep 3600\n");
    e2e_wait_job(e, e2e_submit(e, "--job-name=名前-é-wide", script), "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.env = env});
    e2e_see(e, "-wide");
    e2e_see(e, "unused variable");
    for (int row = 0; row < vt_rows(e->vt); row++)
        for (const char *p = vt_row_text(e->vt, row); *p; p++)
            if ((unsigned char)*p >= 0x80) {
                vt_dump(e->vt, stderr, "this is not ASCII");
                fail_msg("row %d is not ASCII: %s", row, vt_row_text(e->vt, row));
            }
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job");
    assert_true(vt_keys(e->vt, "n"));
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_no_terminal),
        e2e_test(test_unknown_term),
        e2e_test(test_plain_terminals),
        e2e_test(test_small_terminals),
        e2e_test(test_resize),
        e2e_test(test_ending_signals),
        e2e_test(test_crash),
        e2e_test(test_crash_under_a_pager),
        e2e_test(test_paste_without_an_end),
        e2e_test(test_paste_that_is_held_up),
        e2e_test(test_large_paste),
        e2e_test(test_stop_and_continue),
        e2e_test(test_stop_while_drawing),
        e2e_test(test_ascii),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
