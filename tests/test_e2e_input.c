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

/* Guards the queue, and a prompt, against a megabyte that is pasted: words of commands, answers and controls. */
static void test_large_paste(void **state)
{
    static const char piece[] = "cy\r:job-cancel\r\003\032d\033[0m\033[<0;9;9M\tD\004";
    static char text[1 << 20];
    struct e2e *e = *state;
    uint32_t job = open_queue(e);
    size_t n = 0;

    n += (size_t)snprintf(text, sizeof(text), "\033[200~");
    while (n + sizeof(piece) + 8 < sizeof(text))
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", piece);
    snprintf(text + n, sizeof(text) - n, "\033[201~");
    vt_type(e->vt, text);
    expect_nothing(e, job, " the paste");
    vt_keys(e->vt, "/");
    e2e_see(e, "filter");
    vt_type(e->vt, text);
    e2e_see(e, "cy:job-cancel");
    vt_keys(e->vt, "<Esc>");
    e2e_gone(e, "cy:job-cancel");
    expect_nothing(e, job, " the paste");
    e2e_quit(e);
}

/* Guards the first job of the queue against keys that were pressed before there was anything to see. */
static void test_keys_at_start(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    for (int pause = 2; pause <= 40; pause *= 2) {
        e2e_top(e, &(struct e2e_top){.cols = 120, .rows = 30, .quiet = true});
        for (int i = 0; !vt_find(e->vt, "─ Queue ", NULL, NULL); i++) {
            vt_type(e->vt, i % 2 ? "y" : "c");
            vt_run(e->vt, pause);
        }
        e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
        vt_keys(e->vt, "<Esc>");
        e2e_quit(e);
    }
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
}

/* Guards keys whose bytes come while the terminal's size changes: they are whole, and so is a question. */
static void test_keys_in_resize(void **state)
{
    struct e2e *e = *state;
    uint32_t job = open_queue(e);

    for (int i = 0; i < 40; i++) {
        vt_resize(e->vt, 80 + i * 3 % 60, 24 + i % 12);
        vt_type(e->vt, "\033[B\033OD\033[A\033[<0;9;9M\033[<0;9;9m");
        vt_run(e->vt, i % 4);
    }
    vt_resize(e->vt, 120, 30);
    vt_keys(e->vt, "g");
    expect_nothing(e, job, " the sizes");
    vt_keys(e->vt, "c");
    e2e_see(e, "Cancel job ");
    for (int i = 0; i < 10; i++) {
        vt_resize(e->vt, 110 + i, 30 + i);
        vt_type(e->vt, "\033[B");
    }
    e2e_see(e, "Cancel job ");
    vt_keys(e->vt, "n");
    e2e_gone(e, "Cancel job ");
    vt_resize(e->vt, 120, 30);
    expect_nothing(e, job, " the question");
    e2e_quit(e);
}

/* ---- what is typed is for what the operator sees ---- */

static void open_form(struct e2e *e)
{
    char script[E2E_PATH];

    e2e_file(e, script, "typed.sh", "#!/bin/bash\nexec sleep 600\n");
    e2e_top(e, &(struct e2e_top){.cols = 120, .rows = 30});
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "Submit a batch script");
    vt_type(e->vt, script);
    e2e_see(e, "fits now on");
}

/* Guards who goes on typing when sbatch has answered: the y of a word was taken for the answer to its question. */
static void test_typing_is_no_answer(void **state)
{
    struct e2e *e = *state;

    open_form(e);
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    vt_type(e->vt, "yyyy");
    e2e_never(e, "submitted as job", 600);
    e2e_see(e, "y submit");
    assert_true(vt_keys(e->vt, "n"));
    e2e_gone(e, "sbatch says: Job ");
    e2e_leave_form(e);
    e2e_quit(e);
}

/* Guards the values that are submitted: what sbatch was asked about before an edit is asked about no more. */
static void test_edited_before_the_answer(void **state)
{
    struct e2e *e = *state;

    open_form(e);
    e2e_farm(e, "ctl", "stop");
    assert_true(vt_keys(e->vt, "<C-s>"));
    assert_true(vt_keys(e->vt, "<Down><Down><Down>2"));
    e2e_farm(e, "ctl", "start");
    e2e_never(e, "sbatch says: Job ", 1500);
    e2e_wait_node(e, "node1", "State=IDLE ", E2E_MS); /* they were silent, too */
    e2e_wait_node(e, "node2", "State=IDLE ", E2E_MS);
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    assert_true(vt_keys(e->vt, "n"));
    e2e_leave_form(e);
    e2e_quit(e);
}

/* Guards the rest of what is typed behind an Esc in the form: it ran as commands, and drained a node. Enter goes on to the
   next field, and sends nothing. */
static void test_form_is_not_dropped(void **state)
{
    struct e2e *e = *state;

    open_form(e);
    assert_true(vt_keys(e->vt, "<Enter>"));
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_never(e, "sbatch says: Job ", 500);
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "Leave the form?");
    assert_true(vt_keys(e->vt, "ddcX"));
    e2e_never(e, "Reason:", 300);
    e2e_see(e, "Leave the form?");
    assert_true(vt_keys(e->vt, "n"));
    e2e_see(e, "typed.sh");
    e2e_leave_form(e);
    e2e_quit(e);
}

/* Guards the node that is selected in a pane that the operator is not looking at: a reason alone drained it. */
static void test_node_of_another_pane(void **state)
{
    struct e2e *e = *state;

    open_queue(e);
    assert_true(vt_keys(e->vt, "d"));
    e2e_see(e, "Drain node ");
    assert_true(vt_keys(e->vt, "broken<Enter>"));
    e2e_see(e, "y drain");
    assert_null(strstr(e2e_output(e, "scontrol", "show", "nodes"), "Reason="));
    assert_true(vt_keys(e->vt, "n"));
    e2e_gone(e, "y drain");
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
        e2e_test(test_large_paste),
        e2e_test(test_keys_at_start),
        e2e_test(test_keys_in_resize),
        e2e_test(test_typing_is_no_answer),
        e2e_test(test_edited_before_the_answer),
        e2e_test(test_form_is_not_dropped),
        e2e_test(test_node_of_another_pane),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
