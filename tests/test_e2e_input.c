/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a terminal sends without a key having been pressed, on a farm with a running job: nothing comes of it. */
#include "tests/e2e.h"

#include <setjmp.h>
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

/* The queue with the cursor on a running job of root's. */
static uint32_t open_queue(struct e2e *e)
{
    uint32_t job = e2e_submit_sleeper(e, NULL);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 120, .rows = 30});
    e2e_select_job(e, job);
    return job;
}

/* The bytes before have been taken when a key behind them is: help opens, and goes. Had any of them been a key, another
   view or a question would stand there, or the job would not run. */
static void expect_nothing(struct e2e *e, uint32_t job, const char *bytes)
{
    char selected[32];

    vt_keys(e->vt, "?");
    if (!vt_wait_text(e->vt, "─ Help", E2E_MS))
        fail_msg("ESC%s: the key behind it is none", bytes + 1);
    vt_keys(e->vt, "<Esc>");
    e2e_gone(e, "─ Help");
    snprintf(selected, sizeof(selected), "▸%u ", job);
    e2e_see(e, selected);
    e2e_see(e, "─ Queue ");
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
}

/* Guards the job under the cursor: a click cancelled it in a terminal that a crashed program had left in mouse mode, and
   other reports changed the view or asked to reboot its node. */
static void test_reports(void **state)
{
    static const char *const reports[] = {
        "\033[M cy",
        "\033[M \"\"",
        "\033[<0;20;8M\033[<0;20;8m",
        "\033[32;20;8M",
        "\033[I\033[O",
        "\033[24;80R",
        "\033[?64;1;2c",
        "\033]11;rgb:cccc/yyyy/yyyy\033\\",
        "\033]lcy\007",
        "\033P>|cy\033\\",
        "\033_Gi=1;cy\033\\",
        "\033[1;5B",
        "\033[99;1:3u\033[121;1:3u",
        "\033B",
        "\033OE",
    };
    struct e2e *e = *state;
    uint32_t job = open_queue(e);

    for (size_t i = 0; i < KF_LEN(reports); i++) {
        vt_type(e->vt, reports[i]);
        expect_nothing(e, job, reports[i]);
    }
    e2e_quit(e);
}

/* Guards slow lines: the last byte of an arrow key was a command of its own, D to drain a node. */
static void test_a_slow_line(void **state)
{
    static const char *const keys[] = {"\033OD", "\033[C", "\033[<0;9;9M", "\033[M cy"};
    struct e2e *e = *state;
    uint32_t job = open_queue(e);

    for (size_t i = 0; i < KF_LEN(keys); i++) {
        for (const char *p = keys[i]; *p; p++) {
            char byte[2] = {*p, '\0'};

            vt_type(e->vt, byte);
            vt_run(e->vt, 300); /* it is the line that is slow */
        }
        expect_nothing(e, job, keys[i]);
    }
    e2e_quit(e);
}

/* Guards cursor keys of both modes: curses takes those alone that the terminal was asked for. */
static void test_cursor_keys(void **state)
{
    struct e2e *e = *state;
    char first[512];

    e2e_top(e, &(struct e2e_top){.cols = 120, .rows = 30});
    vt_keys(e->vt, "?");
    e2e_see(e, "─ Help");
    vt_wait_quiet(e->vt, 60, 2000);
    snprintf(first, sizeof(first), "%s", vt_row_text(e->vt, 3));
    for (int mode = 0; mode < 2; mode++) {
        vt_type(e->vt, mode ? "\033OB" : "\033[B");
        e2e_gone(e, first);
        vt_type(e->vt, mode ? "\033OA" : "\033[A");
        e2e_see(e, first);
    }
    vt_keys(e->vt, "<Esc>");
    e2e_quit(e);
}

/* Guards pasted text with controls in it: Ctrl-C ended the program, Ctrl-Z and Ctrl-\ stopped and killed it. */
static void test_pasted_controls(void **state)
{
    static const char *const controls[] = {"\003", "\032", "\034", "\033[0m", "\r", "\023", "\004"};
    struct e2e *e = *state;
    uint32_t job = open_queue(e);

    for (size_t i = 0; i < KF_LEN(controls); i++) {
        char text[64];

        vt_keys(e->vt, "/");
        e2e_see(e, "filter");
        snprintf(text, sizeof(text), "\033[200~job%sy%zu\033[201~", controls[i], i);
        vt_type(e->vt, text);
        snprintf(text, sizeof(text), "joby%zu", i);
        e2e_see(e, text);
        vt_keys(e->vt, "<Esc>");
        e2e_gone(e, text);
        expect_nothing(e, job, " the controls");
    }
    e2e_quit(e);
}

/* Guards the screen against a terminal that sends nothing but reports: it goes on, and keys are heard. */
static void test_flood_of_reports(void **state)
{
    static char flood[1 << 20];
    struct e2e *e = *state;
    uint32_t job = open_queue(e);
    size_t n = 0;

    while (n + 16 < sizeof(flood))
        n += (size_t)snprintf(flood + n, 16, "\033[<35;%zu;%zuM", n % 120 + 1, n % 30 + 1);
    vt_type(e->vt, flood);
    expect_nothing(e, job, " the flood");
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_reports),
        e2e_test(test_a_slow_line),
        e2e_test(test_cursor_keys),
        e2e_test(test_pasted_controls),
        e2e_test(test_flood_of_reports),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
