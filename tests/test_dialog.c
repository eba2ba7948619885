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

    a = (struct app){.dialog = {.kind = kind, .choice = -1, .accept = take}};
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

    d->choices = xcalloc(KF_LEN(offered), sizeof(*d->choices));
    for (size_t i = 0; i < KF_LEN(offered); i++)
        d->choices[d->choice_count++] = xstrdup(offered[i]);
    d->choice = 0;
    lineedit_set(&d->edit, offered[0]);
    return a;
}

/* Guards the text that was only suggested: what is typed takes its place, and is not put behind. */
static void test_typing_replaces_a_suggestion(void **state)
{
    struct app *a = picking();

    (void)state;
    press(a, "my.sh", KEYCODE_ENTER);
    assert_string_equal(answer, "my.sh");
    assert_int_equal(a->dialog.kind, DIALOG_NONE);
}

static void test_a_suggestion_is_edited(void **state)
{
    struct app *a = picking();

    (void)state;
    press(a, "", KEYCODE_BACKSPACE); /* an editing key takes it over */
    press(a, "x", KEYCODE_ENTER);
    assert_string_equal(answer, "one.sx");
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
        cmocka_unit_test(test_typing_replaces_a_suggestion),
        cmocka_unit_test(test_a_suggestion_is_edited),
        cmocka_unit_test(test_a_suggestion_is_taken),
        cmocka_unit_test(test_pasted_text_answers_nothing),
        cmocka_unit_test(test_a_wrong_answer_is_kept),
        cmocka_unit_test(test_other_answers),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_keys_are_seen),
        cmocka_unit_test(test_a_name_is_not_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
