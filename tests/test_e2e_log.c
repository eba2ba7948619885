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

#include "base/clock.h"

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
    e2e_see(e, "standard output · 1 of 60007 ");
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
    e2e_see(e, "standard output · without steps · 1 of 7 ");
    e2e_see(e, "30002 ⚠ drivers/x30000.c:30000:1: warning: odd thing");
    e2e_see(e, "30003 ✗ fs/broken.c:7:3: error");
    assert_true(vt_keys(e->vt, "&"));
    e2e_see(e, "only lines with: ");
    assert_true(vt_keys(e->vt, "x[24]0000<Enter>"));
    e2e_see(e, "&x[24]0000 · 1 of 2 ");
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

/* A key that changes the screen, and its effect: so that no more are pressed than it takes. */
static void press_and_see(struct e2e *e, const char *keys)
{
    int64_t until = clock_monotonic_us() + E2E_MS * 1000;
    uint64_t bytes = vt_bytes(e->vt);

    assert_true(vt_keys(e->vt, keys));
    while (vt_bytes(e->vt) == bytes && clock_monotonic_us() < until)
        vt_run(e->vt, 5);
}

/* Guards the way from the live end up into what it no longer holds, a file that grows while the whole of it
   is looked at, and one that begins anew. */
static void test_changes(void **state)
{
    struct e2e *e = *state;
    uint32_t job = open_log(e, 120);
    char path[E2E_PATH], out[16];

    for (int i = 0; i < 700 && !vt_find(e->vt, "the whole file", NULL, NULL); i++)
        press_and_see(e, "<PgUp>");
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

/* ---- what the diagnostics point to ---- */

/* A make in a source tree of our own, which is named by the log alone. */
#define BROKEN                                                                                     \
    "#!/bin/bash\n"                                                                                \
    "echo \"make[1]: Entering directory '$PWD/tree'\"\n"                                           \
    "echo '  CC      kernel/good.o'\n"                                                             \
    "echo '  CC      kernel/fork.o'\n"                                                             \
    "exec >&2\n"                                                                                   \
    "echo 'kernel/good.c:2:5: warning: unused variable ‘spare’ [-Wunused-variable]'\n"         \
    "echo 'kernel/fork.c:12:3: error: expected ‘;’ before ‘static’'\n"                     \
    "echo 'include/gone.h:3:1: error: unknown type name ‘thing’'\n"                            \
    "echo 'kernel/good.c:99:5: warning: unused label ‘out’ [-Wunused-label]'\n"                \
    "echo 'make[2]: *** [scripts/Makefile.build:250: kernel/fork.o] Error 1'\n"                    \
    "exit 2\n"

static void make_tree(struct e2e *e)
{
    char path[E2E_PATH], text[1024] = "";
    size_t n = 0;

    e2e_output(e, "mkdir", "-p", "tree/kernel");
    for (int i = 1; i <= 30; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "/* line %d of fork.c */\n", i);
    e2e_file(e, path, "tree/kernel/fork.c", text);
    e2e_file(e, path, "tree/kernel/good.c", "int f(void)\n{ int spare; }\n");
}

/* Guards the list: the first root error first, each in its place in the log and with its source, one whose source
   is not there with the reason; $EDITOR, the clipboard and saving from there. */
static void test_diagnostics(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], editor[E2E_PATH], text[E2E_PATH * 2], saved[E2E_PATH * 2];
    const char *const env[] = {editor, "VISUAL", NULL};
    uint32_t job;

    make_tree(e);
    e2e_file(e, script, "editor", "#!/bin/sh\necho EDITOR: \"$@\" :END\nread answer\n");
    snprintf(editor, sizeof(editor), "EDITOR=%s/editor", e->work);
    job = e2e_submit(e, "-o", "%j.out", "-e", "%j.err", "-J", "kernel_build",
        e2e_file(e, script, "broken.sh", BROKEN));
    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 140, .rows = 44, .env = env});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "✗ kernel/fork.c:12: expected");
    assert_true(vt_keys(e->vt, "D"));
    e2e_see(e, " 2 errors, 2 warnings ");
    e2e_see(e, "v edit  y copy place"); /* the last line has the list's keys */
    e2e_see(e, "▶ ✗ kernel/fork.c:12: expected ‘;’ before ‘static’");
    e2e_see(e, "2 ✗ kernel/fork.c:12:3: error"); /* in the log */
    snprintf(text, sizeof(text), "%s/tree/kernel/fork.c:12 ", e->work);
    e2e_see(e, text);
    e2e_see(e, "    12  /* line 12 of fork.c */");
    e2e_see(e, "     7  /* line 7 of fork.c */");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "copied: kernel/fork.c:12");
    assert_true(vt_keys(e->vt, "v"));
    snprintf(text, sizeof(text), "EDITOR: +12 %s/tree/kernel/fork.c :END", e->work);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, " 2 errors, 2 warnings ");
    assert_true(vt_keys(e->vt, "j"));
    e2e_see(e, " include/gone.h: No such file or directory ");
    assert_true(vt_keys(e->vt, "j"));
    e2e_see(e, " kernel/good.c: has no such line: is it another version? ");
    assert_true(vt_keys(e->vt, "kkk"));
    e2e_see(e, "     2  { int spare; }");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, " 2 errors, 2 warnings ");
    snprintf(saved, sizeof(saved), ":log-save %s/saved<Enter>", e->work);
    assert_true(vt_keys(e->vt, saved));
    snprintf(saved, sizeof(saved), "saved %s/saved: ", e->work);
    e2e_see(e, saved);
    snprintf(text, sizeof(text), "%u.err", job);
    assert_string_equal(e2e_output(e, "cat", "saved"), e2e_output(e, "cat", text));
    assert_true(vt_keys(e->vt, ">"));
    e2e_see(e, "save standard error to: ");
    snprintf(saved, sizeof(saved), "%s/saved<Enter>", e->work);
    assert_true(vt_keys(e->vt, saved));
    e2e_see(e, "/saved: File exists"); /* nothing is written over */
    assert_true(vt_keys(e->vt, "&error:<Enter>"));
    e2e_see(e, "&error: · 1 of 2 ");
    snprintf(saved, sizeof(saved), ">%s/lines<Enter>", e->work);
    assert_true(vt_keys(e->vt, saved));
    e2e_see(e, "/lines: 121 bytes");
    assert_string_equal(e2e_output(e, "cat", "lines"),
        "kernel/fork.c:12:3: error: expected ‘;’ before ‘static’\n"
        "include/gone.h:3:1: error: unknown type name ‘thing’\n");
    e2e_quit(e);
}

/* Guards searches at the live end: in a log shorter than the pane, back from its end, and past lines that are left
   out; and that a search is asked for only where there is something to search. */
static void test_short_log(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job = e2e_submit(e, "-o", "%j.out", "-J", "kernel_build",
        e2e_file(e, script, "short.sh",
            "#!/bin/bash\necho 'a.c:1:1: error: the only one'\necho two\necho three\n"
            "for i in $(seq 40); do echo \"  CC      many$i.o\"; done\n"
            "echo 'make: *** [M:1: first] Error 1'\n"
            "for i in $(seq 40); do echo \"  CC      more$i.o\"; done\n"
            "echo 'make: *** [M:2: second] Error 1'\nexit 2\n"));

    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 100, .rows = 24});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "Error 1");
    assert_true(vt_keys(e->vt, "zz")); /* three lines are left */
    e2e_see(e, "only trouble");
    e2e_gone(e, "more40.o");
    assert_true(vt_keys(e->vt, "E"));
    e2e_see(e, "✗ a.c:1:1: error: the only one");
    e2e_never(e, "no error above", 300);
    assert_true(vt_keys(e->vt, "/make<Enter>"));
    e2e_see(e, "/make 2 lines");
    assert_true(vt_keys(
        e->vt, "nn")); /* from the first to the second, past what is hidden, and no further */
    e2e_see(e, "no match below");
    assert_true(vt_keys(e->vt, "<Esc>", "<Esc>", "7"));
    e2e_see(e, "─ Messages ");
    assert_true(vt_keys(e->vt, ":log-search<Enter>"));
    e2e_see(e, "it is for the log view");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_quit(e);
}

/* Guards read-only mode: neither an editor nor a new file. */
static void test_read_only(void **state)
{
    static const char *const args[] = {"--read-only", NULL};
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job = e2e_submit(
        e, "-o", "%j.out", "-J", "kernel_build", e2e_file(e, script, "broken.sh", BROKEN));

    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    e2e_top(e, &(struct e2e_top){.args = args});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "✗ kernel/fork.c:12: expected");
    assert_true(vt_keys(e->vt, "v"));
    e2e_see(e, "log-edit: an editor can change files, and this is read-only");
    assert_true(vt_keys(e->vt, ">"));
    e2e_see(e, "log-save: nothing is written while this is read-only");
    assert_true(vt_keys(e->vt, "o"));
    e2e_see(e, "standard output and standard error of this job are one file");
    e2e_quit(e);
}

/* Guards the whole of a file that is shorter than the screen while it grows: the lines that are asked for anew, fewer
   than a page, come. */
static void test_whole_grows(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job = e2e_submit(e, "-o", "short.out", "-J", "short",
        e2e_file(e, script, "short.sh", "#!/bin/sh\necho the first line\nsleep 300\n"));

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){0});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "the first line");
    assert_true(vt_keys(e->vt, "J1<Enter>"));
    e2e_see(e, "1   the first line");
    for (int i = 2; i < 6; i++) {
        char text[64];

        snprintf(text, sizeof(text), "echo line %d of it >> short.out", i);
        e2e_output(e, "sh", "-c", text);
        snprintf(text, sizeof(text), "%d   line %d of it", i, i);
        e2e_see(e, text);
        e2e_see(e, "1   the first line");
    }
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_places),
        e2e_test(test_finding),
        e2e_test(test_some_lines),
        e2e_test(test_changes),
        e2e_test(test_diagnostics),
        e2e_test(test_short_log),
        e2e_test(test_read_only),
        e2e_test(test_whole_grows),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
