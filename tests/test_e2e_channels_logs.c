/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in logs and sources, on the way to the operator's terminal: every byte that the program sends there is kept
 * and must be its own. A job writes each sequence of tests/sequences.h into every kind of line.
 */
#include "tests/e2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/channels.h"
#include "tests/channels_farm.h"

#define PAGES 12

static struct channels ch;

static int start(void **state)
{
    channels_init_all(&ch);
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static int end(void **state)
{
    channels_release(&ch);
    return e2e_end(state);
}

static void write_logs(struct e2e *e)
{
    static const char *const forms[] = {"lp#e\n", "  CC      lc#e.o\n",
        "In file included from li#e.h:1,\n", "ld#e.c:3:1: error: le#e\n",
        "source.c:8:1: error: lm#e [-Wx#e]\n", "source.c:22:2: warning: lw#e [-Wx#e]\n",
        "make[2]: *** [Makefile:1: lt#e.o] Error 1\n", "make[1]: Entering directory 'lx#e'\n",
        "slurmstepd: error: *** JOB 1 ON lj#e CANCELLED ***\n"};
    struct buf b = BUF_INIT;
    char path[E2E_PATH * 2];

    for (size_t i = 0; i < KF_LEN(forms); i++)
        channels_add_lines(&ch, forms[i], &b);
    buf_add(&b, "lz\0e\na letter before\0and behind\n", 31);
    buf_add(&b, buf_str(&ch.whole), ch.whole.len);
    buf_adds(&b, "\nthe end of it\n\033[");
    snprintf(path, sizeof(path), "%s/log.bytes", e->work);
    channels_write(path, &b);
    buf_clear(&b);
    channels_add_lines(&ch, "err#e\n", &b);
    buf_adds(&b, "the end of errors\n");
    snprintf(path, sizeof(path), "%s/errors.bytes", e->work);
    channels_write(path, &b);
    buf_clear(&b);
    for (size_t i = 0; i < ch.count; i++)
        buf_addf(&b, "src%03zu" SEQUENCES_OPEN "%s" SEQUENCES_CLOSE "e%s", i, ch.all[i].bytes,
            i % 7 == 6 ? "\n" : " ");
    snprintf(path, sizeof(path), "%s/source.c", e->work);
    channels_write(path, &b);
    buf_release(&b);
}

static uint32_t submit_running(struct e2e *e)
{
    char option[E2E_PATH * 2], errors[E2E_PATH * 2], name[E2E_PATH], path[E2E_PATH];
    uint32_t job;

    write_logs(e);
    e2e_file(e, path, "run.sh",
        "#!/bin/bash\ncat log.bytes\ncat errors.bytes >&2\necho later\nexec sleep 3600\n");
    snprintf(option, sizeof(option), "--output=%s/lo%s", e->work, ch.name);
    snprintf(errors, sizeof(errors), "--error=%s/lr%s", e->work, ch.name);
    snprintf(name, sizeof(name), "--job-name=running%s", ch.name);
    job = (uint32_t)strtoul(
        e2e_output(e, E2E_NOBODY, "sbatch", "--parsable", "--mem=10", option, errors, name, path),
        NULL, 10);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    return job;
}

static void page_through(struct e2e *e)
{
    channels_press(e, "g", NULL);
    for (int i = 0; i < PAGES; i++)
        channels_page(e, "<PgDn>");
    channels_press(e, "<Right><Right>", NULL);
    channels_press(e, "<Left><Left>", NULL);
    channels_press(e, "G", NULL);
}

static void look_at_log(struct e2e *e, bool ascii, uint32_t job)
{
    channels_press(e, "3", "Queue ");
    channels_go_to_job(e, ascii, job);
    channels_press(e, "l", "the end of it");
    e2e_see(e, "the end of errors");
    page_through(e);
    channels_press(e, "z", NULL);
    page_through(e);
    channels_press(e, "z", NULL);
    page_through(e);
    channels_press(e, "z", NULL);
    channels_press(e, "S", NULL);
    page_through(e);
    channels_press(e, "S", NULL);
    channels_press(e, ":log-filter l[a-z]<Enter>", NULL);
    page_through(e);
    channels_press(e, "<Esc>", NULL);
    channels_press(e, ":log-search l.1<Enter>", NULL);
    channels_press(e, "nnnNN", NULL);
    channels_press(e, "<Esc>", NULL);
    channels_press(e, "FeeEww", NULL);
}

static void look_at_diagnostics(struct e2e *e, bool ascii, uint32_t job)
{
    channels_press(e, "3", "Queue ");
    channels_go_to_job(e, ascii, job);
    channels_press(e, "l", "Log of ");
    channels_press(e, "D", "error");
    channels_press(e, "g", NULL);
    for (int i = 0; i < 8; i++)
        channels_page(e, "<PgDn>");
    channels_press(e, "/", NULL);
    channels_press(e, "<Esc>", NULL);
    for (int i = 0; i < 30; i++)
        channels_page(e, "k");
    channels_press(e, "y", NULL);
    channels_press(e, ">", NULL);
    channels_press(e, "<Tab><Esc>", NULL);
    channels_press(e, "<Esc>", NULL);
    channels_press(e, "o", NULL);
    channels_press(e, "oo", NULL);
}

static void look_elsewhere(struct e2e *e, bool ascii)
{
    char keys[E2E_PATH * 2];

    channels_press(e, "1", "Nodes ");
    channels_press(e, "5", "Builds ");
    channels_press(e, ":columns job,name,build,cause,first_error,last_step,why<Enter>", NULL);
    vt_run(e->vt, 300);
    channels_press(e, "m", "Messages ");
    channels_press(e, "?", "Help ");
    channels_press(e, "<Esc>", NULL);
    channels_press(e, "V", NULL);
    channels_press(e, "<Esc>", NULL);
    snprintf(keys, sizeof(keys), "cat %s/errors.bytes<Enter>", e->work);
    channels_press(e, "2", "node2 ");
    channels_go_to(e, ascii, "node2");
    channels_press(e, "x", "Run a command on node ");
    channels_press(e, keys, "Output ");
    e2e_see(e, "the end of errors");
    channels_press(e, "gG", NULL);
}

static void look_at_all(struct e2e *e, bool ascii, uint32_t running)
{
    channels_open(e, &ch.record, ascii);
    look_at_log(e, ascii, running);
    channels_reached_list(&ch, CHANNELS_LOG,
        (const char *const[]){
            "lp", "lc", "li", "ld", "le", "lm", "lw", "lt", "lx", "lj", "err", NULL});
    channels_clean(&ch, ascii ? "log in ASCII" : "log in UTF-8", ascii, 0);
    look_at_diagnostics(e, ascii, running);
    channels_reached_list(
        &ch, CHANNELS_LOG, (const char *const[]){"ld", "le", "lm", "lw", "src", NULL});
    channels_clean(&ch, ascii ? "diagnostics in ASCII" : "diagnostics in UTF-8", ascii, 1);
    look_elsewhere(e, ascii);
    channels_reached_list(&ch, CHANNELS_LOG, (const char *const[]){"err", NULL});
    channels_press(e, "3", NULL);
    e2e_quit(e);
    channels_clean(&ch,
        ascii ? "builds, messages, output in ASCII" : "builds, messages, output in UTF-8", ascii,
        0);
}

static void test_logs(void **state)
{
    struct e2e *e = *state;
    uint32_t running = submit_running(e);

    look_at_all(e, false, running);
    look_at_all(e, true, running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_logs),
    };

    return cmocka_run_group_tests(tests, start, end);
}
