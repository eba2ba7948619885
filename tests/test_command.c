/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands: it holds together, and its contract with scripts is kept. */
#include "tui/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tui/help.h"
#include "tui/keys.h"

static const struct command *find(const char *name)
{
    for (int i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void test_check(void **state)
{
    struct diag d = DIAG_INIT;

    (void)state;
    if (command_check(&d) != 0)
        fail_msg("%s", d.text);
    assert_string_equal(d.text, "");
    assert_int_equal(command_check(NULL), 0);
}

static void test_rows_are_whole(void **state)
{
    (void)state;
    for (int i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        char key[32];

        assert_true(c->name && c->name[0] && c->hint && c->hint[0] && c->keys && c->keys[0]);
        assert_true(c->help && c->help[0] && strlen(c->help) <= 60); /* in 80 columns whole */
        assert_true(c->keys && strlen(c->keys) < 14);
        assert_int_equal(c->name[strspn(c->name, "abcdefghijklmnopqrstuvwxyz-")], 0);
        assert_non_null(c->run);
        assert_null(strpbrk(c->help, "\t\n"));
        command_first_key(c, key, sizeof(key));
        assert_int_not_equal(keys_parse(key, strlen(key)), 0);
        if (c->flags & COMMAND_MUTATES) {
            assert_true(c->flags & COMMAND_CONFIRMS);
            assert_non_null(c->blocked); /* read-only mode must be able to say no */
            assert_int_not_equal(c->views, 0);
        }
    }
}

/* The names and keys that the README promises and scripts use. */
static void test_contract(void **state)
{
    static const struct {
        const char *name, *key;
        bool mutates;
    } rows[] = {
        {"job-submit", "s", true},
        {"job-cancel", "c", true},
        {"job-cancel", "F9", true},
        {"job-requeue", "r", true},
        {"job-priority", "p", true},
        {"node-resume", "n", true},
        {"node-drain", "d", true},
        {"view-farm", "1", false},
        {"view-nodes", "2", false},
        {"view-queue", "3", false},
        {"view-partitions", "4", false},
        {"view-log", "l", false},
        {"view-messages", "m", false},
        {"help", "F1", false},
        {"help", "?", false},
        {"quit", "q", false},
        {"quit", "F10", false},
        {"sort-by", "F6", false},
        {"search", "F3", false},
        {"filter", "F4", false},
        {"filter", "/", false},
        {"node-run", "x", true},
        {"node-shell", "!", false},
        {"view-output", "8", false},
        {"job-cancel", "F9", true},
        {"refresh", "F5", false},
        {"down", "j", false},
        {"up", "k", false},
        {"first", "g", false},
        {"last", "G", false},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        const struct command *c = find(rows[i].name);
        uint32_t key = keys_parse(rows[i].key, strlen(rows[i].key));
        struct app a = {.view = VIEW_FARM};

        if (c == NULL)
            fail_msg("there is no command %s", rows[i].name);
        assert_int_equal((c->flags & COMMAND_MUTATES) != 0, rows[i].mutates);
        if (command_for_key(&a, key) != c)
            fail_msg("%s is not %s", rows[i].key, rows[i].name);
    }
}

/* Guards who presses q to close help or a log, as in less: the program ended. Each q leads one step down. */
static void test_keys_by_view(void **state)
{
    struct app a = {.view = VIEW_PARTITIONS};

    (void)state;
    assert_null(command_for_key(&a, 'c')); /* no job is in sight there */
    assert_null(command_for_key(&a, 'n'));
    assert_null(command_for_key(&a, KEYCODE_OTHER));
    assert_null(command_for_key(&a, 0));
    a.view = VIEW_NODES;
    assert_null(command_for_key(&a, 'c'));
    assert_ptr_equal(command_for_key(&a, 'n'), find("node-resume"));
    for (int v = 0; v < VIEW_COUNT; v++) { /* from everywhere there is a way out and to the help */
        bool above = v == VIEW_LOG || v == VIEW_MESSAGES || v == VIEW_OUTPUT || v == VIEW_HELP;

        a.view = (enum view_id)v;
        assert_ptr_equal(command_for_key(&a, 'q'), find(above ? "close" : "quit"));
        assert_ptr_equal(command_for_key(&a, KEYCODE_F1 + 9), find("quit"));
        assert_ptr_equal(command_for_key(&a, 3), find("quit"));
        assert_ptr_equal(command_for_key(&a, '?'), find("help"));
        assert_ptr_equal(command_for_key(&a, KEYCODE_ESCAPE), find("back"));
    }
}

/* --list-commands: four fields a line, parted by tabs. */
static void test_list(void **state)
{
    struct buf b = BUF_INIT;
    int lines = 0;

    (void)state;
    command_list(&b);
    for (const char *at = buf_str(&b); *at; lines++) {
        size_t n = strcspn(at, "\n");
        int tabs = 0;

        for (size_t i = 0; i < n; i++)
            tabs += at[i] == '\t';
        assert_int_equal(tabs, 3);
        assert_int_equal(at[n], '\n');
        assert_true(strncmp(at, commands[lines].name, strlen(commands[lines].name)) == 0);
        at += n + 1;
    }
    assert_int_equal(lines, command_count);
    assert_non_null(
        strstr(buf_str(&b), "job-cancel\tc F9\tfarm,queue,builds,log\tCancel the job\n"));
    buf_release(&b);
}

/* The help names every command and every key of it. */
static void test_help(void **state)
{
    struct lines l = {0};

    (void)state;
    help_build(&l);
    buf_addc(&l.text, '\0');
    for (int i = 0; i < command_count; i++) {
        assert_non_null(strstr(l.text.p, commands[i].keys));
        assert_non_null(strstr(l.text.p, commands[i].help));
    }
    lines_release(&l);
}

static void test_view_names(void **state)
{
    (void)state;
    for (int v = 0; v < VIEW_COUNT; v++)
        assert_non_null(view_name((enum view_id)v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_rows_are_whole),
        cmocka_unit_test(test_contract),
        cmocka_unit_test(test_keys_by_view),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_view_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
