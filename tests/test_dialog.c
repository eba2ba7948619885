/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question and the keys that answer it. */
#include "tui/dialog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tui/app.h"
#include "tui/keys.h"

static char answer[64]; /* the last one that was accepted */
static int answers;

static const char *take(struct app *a, const char *text)
{
    (void)a;
    if (strcmp(text, "wrong") == 0)
        return "not that";
    snprintf(answer, sizeof(answer), "%s", text);
    answers++;
    return NULL;
}

static void press(struct app *a, const char *letters, uint32_t key)
{
    for (; *letters; letters++)
        dialog_key(a, (uint8_t)*letters);
    if (key)
        dialog_key(a, key);
}

static struct app *asking(enum dialog_kind kind)
{
    static struct app a;

    a = (struct app){.dialog = {.kind = kind, .accept = take}};
    answers = 0;
    answer[0] = '\0';
    return &a;
}

/* The list is offered with its first row chosen, as the submit prompt does. */
static struct app *picking(void)
{
    static const char *const offered[] = {"one.sh", "two.sh"};
    struct app *a = asking(DIALOG_PICK);
    struct dialog *d = &a->dialog;

    for (size_t i = 0; i < KF_LEN(offered); i++)
        choices_add(&d->choices, offered[i]);
    choices_choose(&d->choices, 0);
    return a;
}

/* Guards a text of one's own where the list has none like it. */
static void test_another_text_than_those_of_the_list(void **state)
{
    struct app *a = picking();

    (void)state;
    press(a, "my.sh", KEYCODE_ENTER);
    assert_string_equal(answer, "my.sh");
    assert_int_equal(a->dialog.kind, DIALOG_NONE);
}

/* Guards letters in a list: they narrow it at once, also j and k, Backspace widens it, and Enter takes what is chosen. */
static void test_letters_narrow_a_list(void **state)
{
    struct app *a = picking();
    struct choices *list = &a->dialog.choices;

    (void)state;
    choices_add(list, "kernel.sh");
    press(a, "k", 0);
    assert_int_equal(list->shown_count, 1);
    assert_string_equal(choices_chosen(list), "kernel.sh");
    press(a, "j", 0);
    assert_int_equal(list->shown_count, 0);
    assert_null(choices_chosen(list));
    press(a, "", KEYCODE_BACKSPACE);
    assert_string_equal(choices_chosen(list), "kernel.sh");
    press(a, "", KEYCODE_BACKSPACE);
    assert_int_equal(list->shown_count, 3);
    press(a, "o.s", KEYCODE_ENTER);
    assert_string_equal(answer, "two.sh");
    assert_int_equal(a->dialog.kind, DIALOG_NONE);
}

/* Guards the first Esc after letters: the whole list is back, with the row that was chosen; the second closes it. */
static void test_escape_widens_a_list(void **state)
{
    struct app *a = picking();

    (void)state;
    press(a, "tw", KEYCODE_ESCAPE);
    assert_int_equal(a->dialog.kind, DIALOG_PICK);
    assert_string_equal(a->dialog.edit.text, "");
    assert_int_equal(a->dialog.choices.shown_count, 2);
    assert_string_equal(choices_chosen(&a->dialog.choices), "two.sh");
    press(a, "", KEYCODE_ESCAPE);
    assert_int_equal(a->dialog.kind, DIALOG_NONE);
    assert_int_equal(answers, 0);
}

/* Guards the keys that always move, among the rows that are shown. */
static void test_keys_move_in_a_list(void **state)
{
    static const struct {
        uint32_t key;
        const char *at;
    } rows[] = {{KEYCODE_DOWN, "two.sh"}, {KEYCODE_DOWN, "3.sh"}, {KEYCODE_UP, "two.sh"},
        {KEYCODE_PAGE_DOWN, "12.sh"}, {KEYCODE_END, "39.sh"}, {KEYCODE_PAGE_UP, "29.sh"},
        {KEYCODE_HOME, "one.sh"}, {KEYCODE_UP, "one.sh"}, {KEYCODE_TAB, "two.sh"},
        {KEYCODE_BACKTAB, "one.sh"}};
    struct app *a = picking();
    char name[16];

    (void)state;
    for (int i = 3; i < 40; i++) {
        snprintf(name, sizeof(name), "%d.sh", i);
        choices_add(&a->dialog.choices, name);
    }
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        press(a, "", rows[i].key);
        assert_string_equal(choices_chosen(&a->dialog.choices), rows[i].at);
    }
    press(a, "3", KEYCODE_DOWN);
    assert_string_equal(choices_chosen(&a->dialog.choices), "13.sh");
    press(a, "", KEYCODE_END);
    assert_string_equal(choices_chosen(&a->dialog.choices), "39.sh");
    dialog_close(&a->dialog);
}

/* Guards a field that opens with what is in force: a letter takes its place, whatever moves the cursor or erases edits it. */
static void test_old_text_is_replaced_or_edited(void **state)
{
    static const struct {
        const char *typed;
        uint32_t key;
        const char *text;
    } rows[] = {{"new", 0, "new"}, {"", KEYCODE_LEFT, "olxd"}, {"", KEYCODE_HOME, "xold"},
        {"", KEYCODE_END, "oldx"}, {"", KEYCODE_RIGHT, "oldx"}, {"", KEYCODE_BACKSPACE, "olx"},
        {"", KEYCODE_DELETE, "oldx"}, {"", KEYCODE_CTRL('A'), "xold"}, {"", KEYCODE_CTRL('U'), "x"},
        {"", KEYCODE_OTHER, "x"}, {"", 0, "old"}};
    static const enum dialog_kind kinds[] = {DIALOG_PROMPT, DIALOG_LINE};

    (void)state;
    for (size_t k = 0; k < KF_LEN(kinds); k++)
        for (size_t i = 0; i < KF_LEN(rows); i++) {
            struct app *a = asking(kinds[k]);

            lineedit_suggest(&a->dialog.edit, "old");
            press(a, rows[i].typed, rows[i].key);
            if (rows[i].key)
                press(a, "x", 0);
            press(a, "", KEYCODE_ENTER);
            if (strcmp(answer, rows[i].text) != 0)
                fail_msg("row %zu: \"%s\", not \"%s\"", i, answer, rows[i].text);
        }
}

static void offer_two(struct app *a, const char *text)
{
    (void)text;
    choices_add(&a->dialog.choices, "state");
    choices_add(&a->dialog.choices, "start");
}

/* Guards what Tab found: it stays, narrowed by what is typed on, and Tab completes that. */
static void test_letters_narrow_what_tab_found(void **state)
{
    struct app *a = asking(DIALOG_LINE);
    const struct choices *list = &a->dialog.choices;

    (void)state;
    a->dialog.complete = offer_two;
    press(a, "s", KEYCODE_TAB);
    assert_string_equal(a->dialog.edit.text, "sta");
    assert_int_equal(list->shown_count, 2);
    press(a, "r", 0);
    assert_int_equal(list->shown_count, 1);
    assert_string_equal(list->all[list->shown[0]], "start");
    press(a, "", KEYCODE_BACKSPACE);
    assert_int_equal(list->shown_count, 2);
    press(a, " x", 0);
    assert_int_equal(list->shown_count, 0);
    press(a, "", KEYCODE_ENTER); /* of a line the text counts, never a row */
    assert_string_equal(answer, "sta x");
}

static void test_a_suggestion_is_taken(void **state)
{
    struct app *a = picking();

    (void)state;
    press(a, "", KEYCODE_DOWN);
    press(a, "", KEYCODE_ENTER);
    assert_string_equal(answer, "two.sh");
}

/* Guards pasted text: it answers nothing by itself. */
static void test_pasted_text_answers_nothing(void **state)
{
    struct app *a = asking(DIALOG_CONFIRM);

    (void)state;
    a->pasting = true;
    press(a, "yes", KEYCODE_ENTER);
    assert_int_equal(answers, 0);
    assert_int_equal(a->dialog.kind, DIALOG_CONFIRM);
    a->pasting = false;
    press(a, "y", 0);
    assert_int_equal(answers, 1);
}

static void test_a_wrong_answer_is_kept(void **state)
{
    struct app *a = asking(DIALOG_PROMPT);

    (void)state;
    press(a, "wrong", KEYCODE_ENTER);
    assert_int_equal(a->dialog.kind, DIALOG_PROMPT);
    assert_string_equal(a->dialog.error, "not that");
    assert_string_equal(a->dialog.edit.text, "wrong");
    press(a, "", KEYCODE_ESCAPE);
    assert_int_equal(a->dialog.kind, DIALOG_NONE);
    assert_int_equal(answers, 0);
}

/* Answers beside yes and no: by a letter where letters are none, by a control key where they are text;
   pasted text gives none of them. */
static void test_other_answers(void **state)
{
    struct app *a = asking(DIALOG_CONFIRM);

    (void)state;
    dialog_answer(&a->dialog, "a", "all of it", take);
    dialog_answer(&a->dialog, "t", "some of it", take);
    a->pasting = true;
    press(a, "at", 0);
    assert_int_equal(answers, 0);
    a->pasting = false;
    press(a, "t", 0);
    assert_int_equal(answers, 1);
    assert_int_equal(a->dialog.kind, DIALOG_NONE);
    a = asking(DIALOG_PROMPT);
    dialog_answer(&a->dialog, "Ctrl-T", "some of it", take);
    press(a, "at", KEYCODE_CTRL('T'));
    assert_int_equal(answers, 1);
    assert_string_equal(answer, "at");
}

/* ---- what is seen ---- */

/* The picture of a dialog on a screen of this size, for free(). */
static char *picture(const struct dialog *d, int cols, int rows)
{
    struct buf text = BUF_INIT;
    struct canvas c;

    canvas_init(&c, cols, rows);
    dialog_draw(d, &c, (struct rect){0, 0, cols, rows}, (struct rect){0, 0, cols, 1});
    canvas_dump(&c, &text);
    canvas_release(&c);
    return text.p;
}

static void see(const struct dialog *d, int cols, int rows, const char *text)
{
    char *screen = picture(d, cols, rows);

    if (strstr(screen, text) == NULL)
        fail_msg("\"%s\" is not in:\n%s", text, screen);
    free(screen);
}

static struct dialog a_question(const char *question)
{
    struct dialog d = {.kind = DIALOG_CONFIRM, .yes = "cancel it", .no = "keep"};

    snprintf(d.question, sizeof(d.question), "%s", question);
    return d;
}

/* Guards texts in the lines of a box: cut at a blank, a long name in itself, and the box has a row for each of them. */
static void test_lines(void **state)
{
    struct dialog d = a_question("Cancel job 42?");
    char name[121];

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    dialog_note(&d, "short");
    dialog_note(&d, "%.70s words behind it", name);
    dialog_note(&d, "10 %s of root", name);
    see(&d, 80, 24, "\n Cancel job 42?\n   short\n   xxx");
    see(&d, 80, 24, "x words\n     behind it\n   10 xxx");
    see(&d, 80, 24, "x of root\n y cancel it   n keep\n");
    dialog_close(&d);
}

/* Guards the keys: whatever there is to be said, they have their row, and so has what is typed. */
static void test_keys_are_seen(void **state)
{
    struct dialog d = a_question("Cancel 42 jobs? Type 42 to confirm:");

    (void)state;
    for (int i = 0; i < 60; i++)
        dialog_note(
            &d, "job %d and a line that is so long that it has to be continued on a second one", i);
    see(&d, 80, 24, " Cancel 42 jobs? Type 42 to confirm:\n");
    see(&d, 80, 24, "\n   …\n y cancel it   n keep\n");
    d.kind = DIALOG_PROMPT;
    lineedit_set(&d.edit, "41");
    snprintf(d.error, sizeof(d.error), "that is not their number");
    see(&d, 80, 24, "\n   …\n 41\n that is not their number\n Enter cancel it   Esc keep\n");
    memset(d.question, 'x', sizeof(d.question) - 1);
    see(&d, 60, 8, "x\n 41\n that is not their number\n Enter cancel it   Esc keep\n");
    dialog_close(&d);
}

/* Guards the lines around a list: its keys, the typed text, the number of rows that match, "nothing matches". */
static void test_a_narrowed_list_is_seen(void **state)
{
    struct app *a = picking();
    struct dialog *d = &a->dialog;

    (void)state;
    snprintf(d->question, sizeof(d->question), "Which?");
    snprintf(d->yes, sizeof(d->yes), "take it");
    snprintf(d->no, sizeof(d->no), "cancel");
    see(d, 80, 24, " Which?\n ▸ one.sh\n   two.sh\n\n");
    see(d, 80, 24, "\n Enter take it   Esc cancel   ↑↓ choose   letters narrow the list\n");
    press(a, "TW", 0);
    see(d, 80, 24, " Which?\n ▸ two.sh\n\n TW  ");
    see(d, 80, 24, "  1 of 2\n Enter take it   Esc all rows ");
    press(a, "x", 0);
    see(d, 80, 24, " Which?\n   nothing matches\n\n TWx ");
    see(d, 80, 24, "  0 of 2\n");
    dialog_close(d);
}

/* Guards a name that is made to be broken behind blanks, so that its end would begin a line as the keys do. */
static void test_a_name_is_not_broken(void **state)
{
    struct dialog d = a_question("Hold job 1234567 of a user whose name is quite long, in truth it "
                                 "is, ‘x   y cancel it   n keep’ of eve?");

    (void)state;
    see(&d, 80, 24, "\n ‘x   y cancel it   n keep’ of eve?\n y cancel it   n keep\n");
    dialog_close(&d);
    d = a_question("Cancel job 42?");
    dialog_note(&d, "a reason that is not quoted goes on in a line of its own, but never so far "
                    "left as y keep");
    see(&d, 80, 24, " far\n     left as y keep\n y cancel it   n keep\n");
    dialog_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_text_than_those_of_the_list),
        cmocka_unit_test(test_letters_narrow_a_list),
        cmocka_unit_test(test_escape_widens_a_list),
        cmocka_unit_test(test_keys_move_in_a_list),
        cmocka_unit_test(test_old_text_is_replaced_or_edited),
        cmocka_unit_test(test_letters_narrow_what_tab_found),
        cmocka_unit_test(test_a_suggestion_is_taken),
        cmocka_unit_test(test_pasted_text_answers_nothing),
        cmocka_unit_test(test_a_wrong_answer_is_kept),
        cmocka_unit_test(test_other_answers),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_keys_are_seen),
        cmocka_unit_test(test_a_narrowed_list_is_seen),
        cmocka_unit_test(test_a_name_is_not_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
