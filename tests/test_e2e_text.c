/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of strangers: names of jobs and contents of logs that are made to do harm, or just odd. */
#include "tests/e2e.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define KEY_MS 500 /* far more than a key takes, far less than anything that blocks */

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* ---- names of jobs ---- */

static const struct {
    const char *name;
    const char *seen; /* what of it must be on the screen */
} names[] = {
    {"two words", "two words"},
    {"a|b;c,d", "a|b;c,d"},
    {"'q' \"qq\"", "'q' \"qq\""},
    {"two\nlines", "lines"},
    {"\033]0;owned\a", "]0;owned"},
    {"\033[31mred", "[31mred"},
    {"\033[?1049lX", "[?1049lX"},
    {"\x9b"
     "31mC1",
        "31mC1"},
    {"名前 wide", "名前 wide"},
    {"bad\377\300\257end", "end"},
    {"tab\tin", "in"},
    {"del\177\b\b", "del"},
    {"e\314\201\314\202\314\203z", "z"},
    {"rtl\342\200\256txt", "txt"},
};

static void submit_names(struct e2e *e)
{
    char script[E2E_PATH];

    e2e_file(e, script, "true.sh", "#!/bin/sh\nexec true\n");
    for (size_t i = 0; i < KF_LEN(names); i++) {
        char option[128];

        snprintf(option, sizeof(option), "--job-name=%s", names[i].name);
        e2e_submit(e, "--hold", option, script);
    }
}

/* The column in which the word begins in this row; -1 if it is not there. */
static int column_of(struct vt *vt, int row, const char *word)
{
    int n = (int)strlen(word);

    for (int col = 0; col + n <= vt_cols(vt); col++) {
        int i = 0;

        while (i < n && vt_cell(vt, row, col + i).text[0] == (word[i] == ' ' ? '\0' : word[i]))
            i++;
        if (i == n)
            return col;
    }
    return -1;
}

/* Nothing of a name reached the terminal as a command. */
static void terminal_is_unharmed(struct e2e *e)
{
    const struct vt_modes *m = vt_modes(e->vt);

    assert_false(m->title_set);
    assert_true(m->alternate);
    assert_true(m->paste);
}

static bool has_all_rows(struct vt *vt, void *user)
{
    size_t rows = 0;

    (void)user;
    for (int row = 0; row < vt_rows(vt); row++)
        rows += strstr(vt_row_text(vt, row), "held by its user") != NULL;
    return rows == KF_LEN(names);
}

/* Guards the table: each name in its row and its column, and the columns behind it in theirs. */
static void test_names_on_screen(void **state)
{
    struct e2e *e = *state;
    int column = -1, rows = 0;

    submit_names(e);
    e2e_top(e, &(struct e2e_top){.cols = 160, .rows = 40});
    e2e_see(e, "rtl");
    assert_true(vt_wait_match(e->vt, has_all_rows, NULL, E2E_MS)); /* whole ones */
    for (size_t i = 0; i < KF_LEN(names); i++)
        if (!vt_find(e->vt, names[i].seen, NULL, NULL)) {
            vt_dump(e->vt, stderr, names[i].seen);
            fail_msg("the name of job %zu is not on the screen", i + 1);
        }
    for (int row = 0; row < vt_rows(e->vt); row++) {
        int at = strstr(vt_row_text(e->vt, row), "held by its user")
                     ? column_of(e->vt, row, "held by its user")
                     : -1;

        if (at < 0)
            continue;
        assert_true(column < 0 || at == column);
        column = at;
        rows++;
    }
    assert_int_equal(rows, KF_LEN(names));
    terminal_is_unharmed(e);
    e2e_quit(e);
}

/* Guards every other place where a name stands: question, details, title of the log, message. */
static void test_names_elsewhere(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], text[64];
    uint32_t id;

    e2e_file(e, script, "true.sh", "#!/bin/sh\nexec true\n");
    id = e2e_submit(e, "--hold", "--job-name=\033]0;owned\a\033[31mred\nnext", script);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_select_job(e, id);
    snprintf(text, sizeof(text), "of %u ", id);
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job");
    e2e_see(e, "]0;owned");
    assert_true(vt_keys(e->vt, "n"));
    e2e_gone(e, "Cancel job");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "Esc closes");
    e2e_see(e, "]0;owned");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Esc closes");
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "now CANCELLED");
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "─ Messages");
    terminal_is_unharmed(e);
    e2e_quit(e);
}

/* Guards a job whose name is the end of a question and the keys below it. */
static void test_forged_job_name(void **state)
{
    static const char *const forged[] = {"x of root on node2, running?  y cancel 17",
        "x’ of root on node2, running?\n y cancel it   n keep",
        ("                                                                                        "
         "                                                                           y cancel it"),
        "編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯編譯",
        "שלום שלום שלום שלום שלום שלום שלום שלום שלום שלום שלום שלום שלום", "é̀̀̀̀̀̀̀̀̀̀̀̀"};
    struct e2e *e = *state;
    char text[64], name[300];

    e2e_top(e, &(struct e2e_top){.cols = 80, .rows = 24});
    assert_true(vt_keys(e->vt, "3"));
    for (size_t i = 0; i < KF_LEN(forged); i++) {
        uint32_t job;

        snprintf(name, sizeof(name), "--job-name=%s", forged[i]);
        job = (uint32_t)strtoul(
            e2e_output(e, E2E_NOBODY, "sbatch", "--parsable", "--output=/dev/null",
                "--begin=now+1hour", "--mem=10", name, "--wrap=exec sleep 600"),
            NULL, 10);
        e2e_select_job(e, job);
        assert_true(vt_keys(e->vt, "c"));
        snprintf(text, sizeof(text), "Cancel job %u ‘", job);
        e2e_see(e, text);
        e2e_see(e, "’ of nobody, PENDING");
        e2e_see(e, "\n y cancel it   n keep\n");
        assert_true(vt_keys(e->vt, "<Esc>"));
        e2e_gone(e, text);
    }
    e2e_quit(e);
}

/* Guards `--once jobs` as text: a line for each job, nothing in it that a terminal obeys. */
static void test_names_as_text(void **state)
{
    struct e2e *e = *state;
    const char *out, *listed;
    size_t lines = 0, jobs = 0;

    submit_names(e);
    listed = e2e_output(e, "squeue", "-h", "-a", "-t", "all", "-o", "%A ");
    out = e2e_output(e, e->top, "--once", "jobs");
    for (const char *p = listed; *p; p++)
        jobs += *p == '\n';
    for (const char *p = out; *p;) {
        uint32_t cp;
        size_t n = utf8_decode(p, strlen(p), &cp);

        lines += cp == '\n';
        assert_true(cp == '\n' || (cp >= 0x20 && cp != 0x7f && (cp < 0x80 || cp > 0x9f)));
        p += n;
    }
    assert_int_equal(lines, jobs + 1);
    for (size_t i = 0; i < KF_LEN(names); i++)
        assert_non_null(strstr(out, names[i].seen));
}

/* ---- logs ---- */

/* A running job whose log is what the script prints. */
static uint32_t submit_log(struct e2e *e, const char *commands)
{
    struct buf text = BUF_INIT;
    char script[E2E_PATH];
    uint32_t id;

    buf_addf(&text, "#!/bin/bash\n%s\nexec sleep 3600\n", commands);
    e2e_file(e, script, "log.sh", buf_str(&text));
    buf_release(&text);
    id = e2e_submit(e, "--output=log-%j", "--job-name=log", script);
    e2e_wait_job(e, id, "JobState=RUNNING", E2E_MS);
    return id;
}

static void open_log(struct e2e *e, uint32_t id)
{
    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_select_job(e, id);
}

static void keys_are_answered(struct e2e *e, const char *when)
{
    double there = e2e_key_ms(e, "4", "─ Partitions "), back = e2e_key_ms(e, "1", "─ Nodes ");
    double worst = KF_MAX(there, back);

    print_message("key to screen %s: %.1f ms\n", when, worst);
    assert_true(worst < KEY_MS);
}

/* Guards a log that tries to drive the terminal, and one of junk. */
static void test_harmful_log(void **state)
{
    struct e2e *e = *state;

    open_log(e, submit_log(e, "printf '\\033]0;owned\\007\\033[?1049l\\033[2J\\033[31mred\\n'\n"
                              "printf '\\233 31mC1 \\377\\300 bytes\\n'\n"
                              "printf 'carriage\\rreturn\\n'\necho the end"));
    e2e_see(e, "the end");
    e2e_see(e, "red");
    terminal_is_unharmed(e);
    e2e_quit(e);
    open_log(e, submit_log(e, "head -c 300000 /dev/urandom; head -c 100000 /dev/zero\n"
                              "printf '\\nafter the junk\\n'"));
    e2e_see(e, "after the junk");
    terminal_is_unharmed(e);
    keys_are_answered(e, "over a log of junk");
    e2e_quit(e);
}

static void let_go(struct e2e *e, const char *name)
{
    char path[E2E_PATH];

    e2e_file(e, path, name, "");
}

/* Guards a line of 10 MB: shown as far as it goes, and what comes after it too; whoever opens the
   log in the midst of it sees at least that there is more. */
static void test_long_line(void **state)
{
    struct e2e *e = *state;
    uint32_t id = submit_log(e, "echo before\nwhile [ ! -e long ]; do sleep 0.05; done\n"
                                "head -c 10000000 /dev/zero | tr '\\0' x\n"
                                "while [ ! -e after ]; do sleep 0.05; done\n"
                                "echo; echo after the long line");

    open_log(e, id);
    e2e_see(e, "before");
    let_go(e, "long");
    e2e_see(e, "xxxxxxxxxxxxxxxxxxxx");
    keys_are_answered(e, "over a line of 10 MB");
    e2e_quit(e);
    open_log(e, id);
    e2e_see(e, "what lies before is left out");
    keys_are_answered(e, "in the midst of a line of 10 MB");
    let_go(e, "after");
    e2e_see(e, "after the long line");
    e2e_quit(e);
}

/* Of some characters the C library, and so curses, knows another width than the canvas. Guards the row below such a line:
   what did not fit the line stood there, in place of the program's own words. */
static void test_widths(void **state)
{
    static const char *const characters[] = {"\xe4\xb7\x80", /* a hexagram */
        "x\xe0\xa4\x82\xe0\xa4\xbe", /* marks that take room */
        "\xdb\x9d", /* a sign before a number */
        "\xe3\x89\x88", "\xe1\x85\xa1", /* a circled number, a vowel of Hangul */
        "\xf0\x9f\xab\x9a", "\xcd\xb8"}; /* a new one, none */
    struct e2e *e = *state;
    char path[E2E_PATH], name[E2E_PATH * 2], keys[600];
    uint32_t job;

    job = submit_log(e, "echo first\nfor n in {0..6}; do\n"
                        "    while [ ! -e wide$n ]; do sleep 0.05; done\n    cat wide$n\ndone");
    e2e_top(e, &(struct e2e_top){.cols = 120, .rows = 34});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "F first error");
    vt_wait_quiet(e->vt, 100, 2000);
    snprintf(keys, sizeof(keys), "%s", vt_row_text(e->vt, vt_rows(e->vt) - 1));
    assert_non_null(strstr(keys, "q close"));
    for (size_t i = 0; i < KF_LEN(characters); i++) {
        struct buf b = BUF_INIT;

        for (int k = 0; k < vt_rows(e->vt); k++)
            buf_adds(&b, "line\n");
        buf_addf(&b, "mark %zu\n", i);
        for (int k = 0; k < 110; k++)
            buf_adds(&b, characters[i]);
        buf_adds(&b, "FORGED\n");
        snprintf(name, sizeof(name), "new%zu", i);
        e2e_file(e, path, name, buf_str(&b));
        buf_release(&b);
        snprintf(name, sizeof(name), "%s/wide%zu", e->work, i);
        assert_int_equal(rename(path, name), 0); /* whole, or not at all */
        snprintf(name, sizeof(name), "mark %zu", i);
        e2e_see(e, name);
        vt_wait_quiet(e->vt, 100, 2000);
        if (strcmp(vt_row_text(e->vt, vt_rows(e->vt) - 1), keys) != 0)
            fail_msg("character %zu of a log writes over the keys: %s", i,
                vt_row_text(e->vt, vt_rows(e->vt) - 1));
    }
    e2e_quit(e);
}

/* Guards a log that is not there (yet), goes away, and comes again. */
static void test_missing_log(void **state)
{
    struct e2e *e = *state;
    uint32_t id = submit_log(e, "echo something; touch written");
    char path[E2E_PATH], said[E2E_PATH + 32];
    FILE *f;

    snprintf(path, sizeof(path), "%s/log-%u", e->work, id);
    snprintf(said, sizeof(said), "waiting for %s", path);
    open_log(e, id);
    e2e_see(e, "something");
    assert_int_equal(unlink(path), 0);
    e2e_quit(e);
    open_log(e, id);
    e2e_see(e, said);
    f = fopen(path, "we");
    assert_non_null(f);
    fputs("here it is\n", f);
    assert_int_equal(fclose(f), 0);
    e2e_see(e, "here it is");
    e2e_gone(e, said);
    e2e_quit(e);
}

/* Guards a log that this user may not read: why, and which file. */
static void test_unreadable_log(void **state)
{
    struct e2e *e = *state;
    uint32_t id;
    char path[E2E_PATH], said[E2E_PATH + 32];

    if (geteuid() != 0) {
        print_message("only root can start the program as another user\n");
        skip();
    }
    id = submit_log(e, "echo secret");
    snprintf(path, sizeof(path), "%s/log-%u", e->work, id);
    e2e_wait_job(e, id, path, E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    e2e_select_job(e, id);
    e2e_see(e, "secret");
    e2e_quit(e);
    assert_int_equal(chmod(path, 0600), 0);
    snprintf(said, sizeof(said), "Permission denied for root: %s", path);
    e2e_top(e, &(struct e2e_top){.cols = 200, .nobody = true});
    e2e_select_job(e, id);
    e2e_see(e, said);
    assert_false(vt_find(e->vt, "secret", NULL, NULL));
    assert_int_equal(chmod(path, 0644), 0);
    e2e_see(e, "secret"); /* it is looked at again */
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_names_on_screen),
        e2e_test(test_names_elsewhere),
        e2e_test(test_forged_job_name),
        e2e_test(test_names_as_text),
        e2e_test(test_harmful_log),
        e2e_test(test_long_line),
        e2e_test(test_widths),
        e2e_test(test_missing_log),
        e2e_test(test_unreadable_log),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
