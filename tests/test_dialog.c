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

/* Guards notes in the lines of a box: cut at a blank, but a long name in itself, and not beside its number. */
static void test_notes(void **state)
{
    struct dialog d = {.kind = DIALOG_CONFIRM};
    char name[121];

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    dialog_note(&d, "short");
    dialog_note(&d, "%.70s words behind it", name);
    dialog_note(&d, "10 %s of root", name);
    dialog_note(&d, "%.76sé", name);
    assert_int_equal(d.note_count, 7);
    assert_string_equal(d.notes[0], "short");
    assert_string_equal(d.notes[2], "behind it");
    assert_int_equal(strncmp(d.notes[3], "10 xxx", 6), 0);
    assert_int_equal(strlen(d.notes[3]), 77);
    assert_int_equal(strlen(d.notes[3]) + strlen(d.notes[4]), strlen("10  of root") + 120);
    assert_int_equal(strlen(d.notes[5]), 76);
    assert_string_equal(d.notes[6], "é");
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
        cmocka_unit_test(test_notes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
