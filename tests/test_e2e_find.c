/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding rows of a real farm: filters agree with squeue's own, a search goes where it says, and what
   is typed is taken back by Esc. */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

#if defined(__clang__) /* the sanitizers are built with it */
#define KEY_MS 400 /* everything takes four times as long */
#else
#define KEY_MS 100
#endif

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* Guards that an expression says what squeue's options say. */
static void test_agrees_with_squeue(void **state)
{
    static const struct {
        const char *filter, *option, *value;
    } rows[] = {
        {"state:pend", "-t", "PD"},
        {"st:r", "-t", "R"},
        {"state:pend,run", "-t", "PD,R"},
        {"state:canc", "-t", "CA"},
        {"name=other", "-n", "other"},
        {"name=other,sleeper", "-n", "other,sleeper"},
        {"user=root", "-u", "root"},
        {"user=nobody", "-u", "nobody"},
        {"part=debug", "-p", "debug"},
        {"node=node2", "-w", "node2"},
        {"node=node1", "-w", "node1"},
    };
    struct e2e *e = *state;
    uint32_t jobs[5];
    char id[16];

    jobs[0] = e2e_submit_sleeper(e, "--nodelist=node1");
    jobs[1] = e2e_submit_sleeper(e, "--nodelist=node2");
    jobs[2] = e2e_submit_sleeper(e, "--nodes=2");
    jobs[3] = e2e_submit_sleeper(e, "--hold");
    jobs[4] = e2e_submit_sleeper(e, "--job-name=other");
    for (int i = 0; i < 3; i++)
        e2e_wait_job(e, jobs[i], "JobState=RUNNING", E2E_MS);
    e2e_wait_job(e, jobs[4], "JobState=RUNNING", E2E_MS);
    snprintf(id, sizeof(id), "%u", jobs[4]);
    e2e_output(e, "scancel", id);
    e2e_wait_job(e, jobs[4], "JobState=CANCELLED", E2E_MS);
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        const char *ours = e2e_output(e, e->top, "--once", "jobs", "--format", "csv", "--columns",
            "job_id", "--filter", rows[i].filter);
        const char *theirs =
            strcmp(rows[i].option, "-t") == 0
                ? e2e_output(e, "squeue", "-h", "-o", "%A\r", "-S", "i", "-t", rows[i].value)
                : e2e_output(e, "squeue", "-h", "-o", "%A\r", "-S", "i", "-t", "all",
                      rows[i].option, rows[i].value);
        char expected[256];

        snprintf(expected, sizeof(expected), "job_id\r\n%s", theirs);
        if (strcmp(ours, expected) != 0)
            fail_msg("--filter %s: %s\nsqueue %s %s: %s", rows[i].filter, ours, rows[i].option,
                rows[i].value, expected);
    }
}

/* Guards the prompt: rows change with each letter, Enter keeps, marks work on what is shown, and Esc
   brings everything back. */
static void test_filter(void **state)
{
    struct e2e *e = *state;

    e2e_submit_sleeper(e, "--hold");
    e2e_submit(e, "--hold", "--job-name=needle", "--wrap=true");
    e2e_submit(e, "--hold", "--job-name=needles", "--wrap=true");
    e2e_top(e, &(struct e2e_top){0});
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "needles");
    assert_true(vt_keys(e->vt, "/"));
    e2e_see(e, "filter: ");
    assert_true(vt_keys(e->vt, "state:pend name:nee"));
    e2e_see(e, "/state:pend name:nee 2 of ");
    e2e_gone(e, "sleeper");
    assert_true(vt_keys(e->vt, "dles"));
    e2e_see(e, " 1 of ");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "sleeper");
    assert_true(vt_keys(e->vt, "/needle<Enter>"));
    e2e_gone(e, "sleeper");
    assert_true(vt_keys(e->vt, "<C-a>"));
    e2e_see(e, "2 marked"); /* those that are shown */
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "sleeper");
    assert_true(vt_keys(e->vt, "/sleeper<Enter>"));
    e2e_gone(e, "needle ");
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 2 jobs?");
    e2e_see(e, "2 of them are not in sight: the filter hides them");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_quit(e);
}

/* Whether the text in the filter's prompt is highlighted: by a background, or in reverse, unlike the blank behind it. */
static bool is_selected(struct e2e *e, const char *text)
{
    struct vt_cell in, behind;
    char prompt[64];
    int row, col;

    snprintf(prompt, sizeof(prompt), "filter: %s ", text);
    assert_true(vt_find(e->vt, prompt, &row, &col));
    in = vt_cell(e->vt, row, col + (int)strlen("filter: "));
    behind = vt_cell(e->vt, row, col + (int)strlen(prompt));
    return in.reverse != behind.reverse || memcmp(&in.bg, &behind.bg, sizeof(in.bg)) != 0;
}

static void open_filter(struct e2e *e, const char *text)
{
    char prompt[64];

    assert_true(vt_keys(e->vt, "/"));
    snprintf(prompt, sizeof(prompt), "filter: %s ", text);
    e2e_see(e, prompt);
    assert_true(is_selected(e, text));
}

/* Guards `/` with a filter on, as in the address bar of a browser: a letter takes the place of the old one, a move of the
   cursor edits it, and Esc brings it back, with the row that was selected. */
static void test_filter_anew(void **state)
{
    struct e2e *e = *state;
    uint32_t second;
    char selected[64];

    e2e_submit(e, "--hold", "--job-name=pin-1", "--wrap=true");
    second = e2e_submit(e, "--hold", "--job-name=pin-2", "--wrap=true");
    e2e_submit(e, "--hold", "--job-name=straw", "--wrap=true");
    e2e_top(e, &(struct e2e_top){0});
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "straw");
    assert_true(vt_keys(e->vt, "/"));
    e2e_see(e, "filter: ");
    assert_true(vt_keys(e->vt, "pin<Enter>"));
    e2e_gone(e, "straw");
    snprintf(selected, sizeof(selected), "▸%u ", second);
    assert_true(vt_keys(e->vt, "<End>"));
    e2e_see(e, selected);
    open_filter(e, "pin");
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "filter: s ");
    assert_false(is_selected(e, "s"));
    assert_true(vt_keys(e->vt, "tr"));
    e2e_gone(e, "pin-1");
    e2e_see(e, "straw");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "/pin 2 of ");
    e2e_gone(e, "straw");
    e2e_see(e, selected);
    open_filter(e, "pin");
    assert_true(vt_keys(e->vt, "<End>-1"));
    e2e_see(e, "filter: pin-1 ");
    e2e_gone(e, "pin-2");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "/pin-1 1 of ");
    open_filter(e, "pin-1");
    assert_true(vt_keys(e->vt, "<BS>2<Enter>"));
    e2e_see(e, "/pin-2 1 of ");
    e2e_quit(e);
}

/* Guards lists: letters narrow them at once, also those that move elsewhere, Esc takes them back, Enter takes the row. */
static void test_letters_in_lists(void **state)
{
    struct e2e *e = *state;
    uint32_t job = e2e_submit_sleeper(e, NULL), first;
    char text[64];

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    first = e2e_submit(e, "--hold", "--job-name=aardvark", "--wrap=true");

    e2e_top(e, &(struct e2e_top){0});
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "sleeper");
    assert_true(vt_keys(e->vt, "<F6>"));
    e2e_see(e, "Sort by which column?");
    assert_true(vt_keys(e->vt, "j"));
    e2e_see(e, "▸ job ");
    e2e_gone(e, "▸ -");
    assert_true(vt_keys(e->vt, "kk"));
    e2e_see(e, "nothing matches");
    assert_true(vt_keys(e->vt, "<BS><BS><BS>"));
    e2e_see(e, " in all");
    assert_true(vt_keys(e->vt, "PRIO"));
    e2e_see(e, "▸ priority ");
    e2e_see(e, "Esc all rows");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "Esc as it was");
    assert_true(vt_keys(e->vt, "name<Enter>"));
    e2e_gone(e, "Sort by which column?");
    assert_true(vt_keys(e->vt, "<Home>"));
    snprintf(text, sizeof(text), "▸%u ", first);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "V"));
    e2e_see(e, "Show which view?");
    assert_true(vt_keys(e->vt, "longest<Enter>"));
    e2e_see(e, "/state:pending ");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "/state:pending ");
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "K"));
    snprintf(text, sizeof(text), "Send a signal to job %u", job);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "9"));
    e2e_see(e, "▸ KILL: 9");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "Esc keep");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, text);
    e2e_quit(e);
}

static void test_search(void **state)
{
    struct e2e *e = *state;
    uint32_t first, second;
    char text[64];

    first = e2e_submit(e, "--hold", "--job-name=haystack-1", "--wrap=true");
    e2e_submit_sleeper(e, "--hold");
    second = e2e_submit(e, "--hold", "--job-name=haystack-2", "--wrap=true");
    e2e_top(e, &(struct e2e_top){0});
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "haystack-2");
    assert_true(vt_keys(e->vt, "<F3>"));
    e2e_see(e, "search: ");
    assert_true(vt_keys(e->vt, "hay.*-\\\\d"));
    snprintf(text, sizeof(text), "▸%u ", first);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "<Enter>n"));
    snprintf(text, sizeof(text), "▸%u ", second);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "n")); /* round */
    snprintf(text, sizeof(text), "▸%u ", first);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "n N: ");
    e2e_quit(e);
}

/* Types a text letter by letter; the milliseconds that the slowest letter took to get to the screen. */
static double type_slowly(struct e2e *e, const char *prompt, const char *text)
{
    double worst = 0;

    for (size_t n = 1; n <= strlen(text); n++) {
        char shown[64];
        double ms;

        snprintf(shown, sizeof(shown), "%s%.*s", prompt, (int)n, text);
        ms = e2e_key_ms(e, (const char[]){text[n - 1], '\0'}, shown);
        worst = KF_MAX(worst, ms);
    }
    return worst;
}

/* Guards keys under patterns that backtrack for ever, or nearly, on two thousand names made for them: they are
   answered, and it is said that the pattern gave up. */
static void test_runaway_pattern(void **state)
{
    static const char pattern[] = "^(a+)+$";
    struct e2e *e = *state;
    double typed, last, searched, again;

    e2e_submit_many(e, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1000);
    e2e_submit_many(e, "aaaaaaaaaaaa", 1000); /* not given up on any one of these */
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    e2e_see(e, "aaaaaaaaaaaa");
    assert_true(vt_keys(e->vt, "/"));
    e2e_see(e, "filter: ");
    typed = type_slowly(e, "filter: ", "name~^(a+)+$");
    e2e_see(e, "the pattern tries too many ways on some rows: those are not shown");
    last = e2e_key_ms(e, "x", "filter: name~^(a+)+$x");
    typed = KF_MAX(typed, last);
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "filter: ");
    assert_true(vt_keys(e->vt, "<F3>"));
    e2e_see(e, "search: ");
    searched = type_slowly(e, "search: ", pattern);
    e2e_see(e, "the pattern tries too many ways on some rows");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_gone(e, "search: ");
    again = e2e_key_ms(e, "n", "too many ways are tried on some rows by \"^(a+)+$\"");
    print_message("slowest key: %.1f ms in a filter, %.1f ms in a search, n %.1f ms\n", typed,
        searched, again);
    assert_true(typed < KEY_MS && searched < KEY_MS && again < KEY_MS);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_agrees_with_squeue),
        e2e_test(test_filter),
        e2e_test(test_filter_anew),
        e2e_test(test_letters_in_lists),
        e2e_test(test_search),
        e2e_test(test_runaway_pattern),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
