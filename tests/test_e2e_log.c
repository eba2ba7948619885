/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log's own view on a real farm: the live end, and the whole of a file that is larger than what the screen
 * holds; a place in it by line, percentage, error, pattern; some of its lines; a file that grows and one that
 * begins anew.
 */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 60 000 steps, a warning before every 10 000th, an error at line 30 003, and the end of a make. */
#define SCRIPT                                                                                     \
    "#!/bin/bash\n"                                                                                \
    "awk 'BEGIN { for (i = 1; i <= 60000; i++) {\n"                                                \
    "  if (i % 10000 == 0) printf \"drivers/x%d.c:%d:1: warning: odd thing\\n\", i, i\n"           \
    "  if (i == 30000) print \"fs/broken.c:7:3: error: no such thing\"\n"                          \
    "  printf \"  CC      drivers/net/file%d.o\\n\", i } }'\n"                                     \
    "echo 'ld: a long complaint' >&2\n"                                                            \
    "while [ ! -e go ]; do sleep 0.1; done\n"                                                      \
    "rm go; echo 'this came later'; sleep 300\n"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static bool has_all(struct e2e *e, void *user)
{
    return strstr(e2e_run(e, "tail", "-n", "1", user).out, "file60000.o") != NULL;
}

/* Such a job, its log complete up to where it waits, and its log's own view. */
static uint32_t open_log(struct e2e *e, int cols)
{
    char path[E2E_PATH], out[32];
    uint32_t job;

    e2e_run(e, "rm", "-f", "go");
    job = e2e_submit(e, "-o", "%j.out", "-e", "%j.err", "-J", "kernel_build", "--requeue",
        e2e_file(e, path, "steps.sh", SCRIPT));
    snprintf(out, sizeof(out), "%u.out", job);
    assert_true(e2e_wait(e, has_all, out, E2E_MS));
    e2e_top(e, &(struct e2e_top){.cols = cols});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "drivers/net/file60000.o");
    e2e_see(e, "ld: a long complaint");
    return job;
}

/* Guards every way to a place of the whole file, with the number of the line that is there. */
static void test_places(void **state)
{
    struct e2e *e = *state;

    open_log(e, 120);
    assert_true(vt_keys(e->vt, "g")); /* before what the screen holds */
    e2e_see(e, "standard output 1 of 60007 ");
    e2e_see(e, "    1     CC      drivers/net/file1.o");
    e2e_see(e, "the whole file: f follows");
    assert_true(vt_keys(e->vt, "J30003<Enter>"));
    e2e_see(e, "30003 ✗ fs/broken.c:7:3: error: no such thing");
    assert_true(vt_keys(e->vt, "J50%<Enter>"));
    e2e_see(e, "drivers/net/file30");
    assert_true(vt_keys(e->vt, "J0%<Enter>"));
    e2e_see(e, "    1     CC      drivers/net/file1.o");
    assert_true(vt_keys(e->vt, "J"));
    e2e_see(e, "go to line: ");
    assert_true(vt_keys(e->vt, "101%<Enter>"));
    e2e_see(e, "the number of a line, from 1 on, or 0% to 100%");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "go to line: ");
    assert_true(vt_keys(e->vt, ":log-go 20001<Enter>"));
    e2e_see(e, "20002     CC      drivers/net/file20000.o");
    assert_true(vt_keys(e->vt, "G"));
    e2e_see(e, "60007     CC      drivers/net/file60000.o");
    assert_true(vt_keys(e->vt, "f")); /* the live end again, of both files */
    e2e_see(e, "ld: a long complaint");
    e2e_gone(e, "60007 ");
    e2e_quit(e);
}

/* Guards the errors, warnings and a pattern of the whole file, both ways, and their number. */
static void test_finding(void **state)
{
    struct e2e *e = *state;

    open_log(e, 120);
    assert_true(vt_keys(e->vt, "ge"));
    e2e_see(e, "30003 ✗ fs/broken.c:7:3: error");
    assert_true(vt_keys(e->vt, "e"));
    e2e_see(e, "no error below in standard output");
    assert_true(vt_keys(e->vt, "w"));
    e2e_see(e, "40004 ⚠ drivers/x40000.c:40000:1: warning");
    assert_true(vt_keys(e->vt, "WW"));
    e2e_see(e, "20001 ⚠ drivers/x20000.c:20000:1: warning");
    assert_true(vt_keys(e->vt, "/"));
    e2e_see(e, "search: ");
    assert_true(vt_keys(e->vt, "file4[0-9]{3}9\\.o"));
    e2e_see(e, "/file4[0-9]{3}9\\.o 1000 lines");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "drivers/net/file40009.o");
    assert_true(vt_keys(e->vt, "n"));
    e2e_see(e, "drivers/net/file40019.o");
    assert_true(vt_keys(e->vt, "NNN"));
    e2e_see(e, "no match above in standard output");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "/file4[0-9]");
    e2e_quit(e);
}

/* Guards what is left out, at the live end and of the whole file, and that it comes back. */
static void test_some_lines(void **state)
{
    struct e2e *e = *state;

    open_log(e, 120);
    assert_true(vt_keys(e->vt, "z"));
    e2e_see(e, "without steps ");
    e2e_gone(e, "drivers/net/file60000.o");
    e2e_see(e, "warning: odd thing");
    e2e_see(e, "ld: a long complaint");
    assert_true(vt_keys(e->vt, "g"));
    e2e_see(e, "standard output without steps 1 of 7 ");
    e2e_see(e, "30002 ⚠ drivers/x30000.c:30000:1: warning: odd thing");
    e2e_see(e, "30003 ✗ fs/broken.c:7:3: error");
    assert_true(vt_keys(e->vt, "&"));
    e2e_see(e, "only lines with: ");
    assert_true(vt_keys(e->vt, "x[24]0000<Enter>"));
    e2e_see(e, "&x[24]0000 1 of 2 ");
    e2e_gone(e, "30003 ✗");
    e2e_see(e, "40004 ⚠");
    assert_true(vt_keys(e->vt, "&"));
    e2e_see(e, "only lines with: x[24]0000");
    assert_true(vt_keys(e->vt, "<C-u>(<Enter>"));
    e2e_see(e, "missing closing parenthesis");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "only lines with: ");
    assert_true(vt_keys(e->vt, "<Esc>")); /* takes both off, and stays where it was */
    e2e_see(e, "20001 ⚠ drivers/x20000.c:20000:1: warning: odd thing");
    e2e_see(e, "20002     CC      drivers/net/file20000.o");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "ld: a long complaint");
    assert_true(vt_keys(e->vt, "o"));
    e2e_see(e, " standard output ");
    e2e_gone(e, "ld: a long complaint");
    assert_true(vt_keys(e->vt, "o"));
    e2e_see(e, " standard error ");
    e2e_see(e, "ld: a long complaint");
    e2e_gone(e, "drivers/net/file60000.o");
    assert_true(vt_keys(e->vt, "oS"));
    e2e_see(e, "drivers/net/file60000.o");
    e2e_quit(e);
}

/* Guards the way from the live end up into what it no longer holds, a file that grows while the whole of it
   is looked at, and one that begins anew. */
static void test_changes(void **state)
{
    struct e2e *e = *state;
    uint32_t job = open_log(e, 120);
    char path[E2E_PATH], out[16];

    for (int i = 0; i < 700 && !vt_find(e->vt, "the whole file", NULL, NULL); i++) {
        assert_true(vt_keys(e->vt, "<PgUp>"));
        vt_run(e->vt, 5);
    }
    e2e_see(e, "the whole file: f follows");
    e2e_see(e, " of 60007 ");
    e2e_gone(e, " 1 of 60007 "); /* it is where the live end began, not where the file does */
    assert_true(vt_keys(e->vt, "G"));
    e2e_see(e, "60007     CC      drivers/net/file60000.o");
    e2e_file(e, path, "go", "");
    e2e_see(e, "60008   this came later");
    snprintf(out, sizeof(out), "%u.out", job);
    e2e_file(e, path, out, "one\ntwo of the next run\n");
    e2e_see(e, "2   two of the next run");
    e2e_gone(e, "this came later");
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_places),
        e2e_test(test_finding),
        e2e_test(test_some_lines),
        e2e_test(test_changes),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
