/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list that is narrowed by what is typed: which rows are shown, and which of them is chosen. */
#include "widgets/choices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/action_argument.h"
#include "base/alloc.h"

static void assert_row(const struct choices *c, const char *typed, const char *row)
{
    const char *chosen = choices_chosen(c) ? choices_chosen(c) : "";

    if (strncmp(chosen, row, strlen(row)) != 0 || (chosen[0] != '\0') != (row[0] != '\0'))
        fail_msg("\"%s\": \"%s\" is chosen, not \"%s\"", typed, chosen, row);
}

/* What is typed has to be in a row; the row is chosen whose name it is, or begins, or that has it as a word. */
static void test_narrowing(void **state)
{
    static const char *const offered[] = {"job_id   number of the job", "time     how long it runs",
        "time_left   until its time limit", "user     whose it is", "limit    time it may take",
        "名前     name"};
    static const struct {
        const char *typed;
        int shown;
        const char *chosen;
    } rows[] = {{"", 6, "job_id"}, {"time", 3, "time "}, {"TIME_", 1, "time_left"},
        {"lim", 2, "limit"}, {"time lim", 2, "time_left"}, {"id", 1, "job_id"},
        {"how long", 1, "time "}, {"whose", 1, "user"}, {"  user ", 1, "user"}, {"名", 1, "名"},
        {"nowhere", 0, ""}, {"user nowhere", 0, ""}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct choices c = {0};

        for (size_t k = 0; k < KF_LEN(offered); k++)
            choices_add(&c, offered[k]);
        choices_narrow(&c, rows[i].typed, true);
        assert_int_equal(c.shown_count, rows[i].shown);
        assert_row(&c, rows[i].typed, rows[i].chosen);
        choices_release(&c);
    }
}

/* Guards verbs: the number or the name of every signal, and any other word that is taken, means itself and not the row
   that happens to have it in it. */
static void test_words_of_verbs(void **state)
{
    static const struct {
        enum action_argument kind;
        const char *typed;
    } rows[] = {{ARGUMENT_SIGNAL, "1"}, {ARGUMENT_SIGNAL, "2"}, {ARGUMENT_SIGNAL, "3"},
        {ARGUMENT_SIGNAL, "6"}, {ARGUMENT_SIGNAL, "9"}, {ARGUMENT_SIGNAL, "10"},
        {ARGUMENT_SIGNAL, "12"}, {ARGUMENT_SIGNAL, "14"}, {ARGUMENT_SIGNAL, "15"},
        {ARGUMENT_SIGNAL, "18"}, {ARGUMENT_SIGNAL, "19"}, {ARGUMENT_SIGNAL, "20"},
        {ARGUMENT_SIGNAL, "21"}, {ARGUMENT_SIGNAL, "22"}, {ARGUMENT_SIGNAL, "23"},
        {ARGUMENT_SIGNAL, "term"}, {ARGUMENT_SIGNAL, "INT"}, {ARGUMENT_SIGNAL, "CONT"},
        {ARGUMENT_SIGNAL, "stop"}, {ARGUMENT_SIGNAL, "quit"}, {ARGUMENT_SIGNAL, "usr1"},
        {ARGUMENT_HOLD, "user"}, {ARGUMENT_HOLD, "admin"}, {ARGUMENT_POWER_DOWN, "now"},
        {ARGUMENT_POWER_DOWN, "asap"}, {ARGUMENT_POWER_DOWN, "force"}, {ARGUMENT_REBOOT, "idle"},
        {ARGUMENT_REBOOT, "asap"}, {ARGUMENT_REBOOT, "idle-resume"},
        {ARGUMENT_REBOOT, "asap-resume"}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        const char *const *offered = action_argument_choices(rows[i].kind);
        struct choices c = {0};
        char typed[64], chosen[64];

        for (; *offered; offered++)
            choices_add(&c, *offered);
        choices_narrow(&c, rows[i].typed, true);
        assert_non_null(choices_chosen(&c));
        assert_null(action_argument_read(rows[i].kind, rows[i].typed, typed, sizeof(typed)));
        assert_null(action_argument_read(rows[i].kind, choices_chosen(&c), chosen, sizeof(chosen)));
        if (strcmp(typed, chosen) != 0)
            fail_msg("\"%s\" means %s, and %s is chosen", rows[i].typed, typed, chosen);
        choices_release(&c);
    }
}

/* Rows that come while something is typed are shown if they have it; none is chosen where the text counts. */
static void test_rows_that_come_later(void **state)
{
    struct choices c = {0};
    char text[16];

    (void)state;
    choices_narrow(&c, "b", false);
    choices_add(&c, "a");
    choices_add(&c, "ab");
    choices_add(&c, "ab");
    assert_int_equal(c.count, 2);
    assert_int_equal(c.shown_count, 1);
    assert_null(choices_chosen(&c));
    choices_move(&c, 1, false);
    assert_string_equal(choices_chosen(&c), "ab");
    choices_narrow(&c, "", false);
    assert_int_equal(c.shown_count, 2);
    assert_null(choices_chosen(&c));
    choices_move(&c, -1, true);
    assert_string_equal(choices_chosen(&c), "ab");
    choices_move(&c, 1, true);
    assert_string_equal(choices_chosen(&c), "a");
    for (int i = 0; i < 2 * CHOICES_MAX; i++) {
        snprintf(text, sizeof(text), "%d", i);
        choices_add(&c, text);
    }
    assert_int_equal(c.count, CHOICES_MAX);
    choices_release(&c);
    choices_move(&c, 1, true);
    assert_null(choices_chosen(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_narrowing),
        cmocka_unit_test(test_words_of_verbs),
        cmocka_unit_test(test_rows_that_come_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
