/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form of a batch script, faster than the disk. */
#include "tui/submit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/snapshots.h"
#include "tui/app.h"
#include "tui/keys.h"
#include "tui/loop.h"

#define LONG_LINES 100000 /* 3 MB */

static void type(struct app *a, const char *text)
{
    for (; *text; text++)
        submit_key(a, (uint32_t)*text);
}

static void write_script(const char *dir, const char *name, int lines)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "we");
    assert_non_null(f);
    fputs("#!/bin/sh\n", f);
    while (lines-- > 0)
        fputs("make -j4 all; echo \"$HOME\"\n", f);
    assert_int_equal(fclose(f), 0);
}

static void remove_script(const char *dir, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    unlink(path);
}

/* Guards a script whose path is typed, and sent, before what was typed on the way has been read. Of "a", "ab" and "abc"
   that are read at the same time, the last is there first, as there is no such file: that was told of "abcd", and
   nothing was sent. */
static void test_sent_once_it_is_read(void **state)
{
    char dir[] = "/tmp/kfarm-submit.XXXXXX", path[64];
    const struct app_options options = {.dry_run = true};
    struct draft node = draft_new(sizeof(struct node));
    uv_loop_t loop;
    struct app *a;

    (void)state;
    assert_non_null(mkdtemp(dir));
    write_script(dir, "a", LONG_LINES);
    write_script(dir, "ab", LONG_LINES);
    write_script(dir, "abcd", 1);
    snprintf(path, sizeof(path), "%s/a", dir);
    uv_loop_init(&loop);
    a = app_new(&loop, &options);
    draft_add(&node, &(struct node){0});
    snapshot_free(a->snapshot);
    a->snapshot = snapshot_of(NULL, &node, NULL);
    draft_release(&node);
    submit_open(a, path, dir);
    type(a, "bcd");
    submit_key(a, KEYCODE_ENTER);
    assert_false(submit_is_settled(a));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(submit_is_settled(a));
    assert_string_equal(a->submit.error, "");
    assert_non_null(messages_last(&a->messages));
    assert_non_null(strstr(messages_last(&a->messages)->text, "/abcd"));
    assert_true(loop_finish(a, &loop));
    remove_script(dir, "a");
    remove_script(dir, "ab");
    remove_script(dir, "abcd");
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sent_once_it_is_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
