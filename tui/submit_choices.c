/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list below a field of the submit form: what Tab found (submit_offer.c), chosen from and narrowed by typing. */
#include <string.h>

#include "base/alloc.h"
#include "tui/app.h"
#include "tui/keys.h"

/* ---- one of it ---- */

void submit_take_chosen(struct app *a)
{
    struct submit *s = &a->submit;
    const char *text = choices_chosen(&s->choices);

    if (text == NULL || strcmp(text, submit_text(a, s->focus)) == 0)
        return;
    if (s->focus == FIELD_PRESET) /* letters are for the name of another one */
        lineedit_suggest(&s->fields[s->focus], text);
    else
        lineedit_set(&s->fields[s->focus], text);
    s->touched = true;
    submit_changed(a, s->focus);
}

void submit_choose(struct app *a, int by)
{
    choices_move(&a->submit.choices, by, true);
    submit_take_chosen(a);
}

/* The first of what is offered; if there is nothing else to choose, that is it. */
static void choose_first(struct app *a)
{
    submit_choose(a, 1);
    if (a->submit.choices.count == 1)
        submit_forget_choices(&a->submit);
}

void submit_complete(struct app *a)
{
    struct submit *s = &a->submit;

    if (s->focus == FIELD_SEND)
        return;
    if (s->choices.chosen && strcmp(choices_chosen(&s->choices), submit_text(a, s->focus)) != 0) {
        submit_take_chosen(a);
        return;
    }
    if (s->choices.shown_count == 0) {
        submit_forget_choices(s);
        submit_offer_all(a);
    }
    s->choose_first = s->choices.count == 0; /* a directory is read for it */
    if (s->choices.count > 0)
        choose_first(a);
}

/* Who has typed all of a row has nothing to choose any more. */
static void close_if_whole(struct app *a)
{
    struct submit *s = &a->submit;

    for (int i = 0; i < s->choices.count; i++)
        if (strcmp(s->choices.all[i], submit_text(a, s->focus)) == 0) {
            submit_forget_choices(s);
            return;
        }
}

void submit_choices_came(struct app *a)
{
    struct submit *s = &a->submit;

    if (s->choose_first && s->choices.count > 0)
        choose_first(a);
    s->choose_first = false;
    if (s->choices.narrowed)
        close_if_whole(a);
}

/* ---- what is typed ---- */

/* A field whose texts are all in its list, so that what is typed is a part of one: a preset; and a script by a part of its
   name. A path may be that of any file. */
static bool only_from_list(const struct app *a)
{
    return a->submit.focus == FIELD_PRESET ||
           (a->submit.focus == FIELD_SCRIPT && strchr(submit_text(a, FIELD_SCRIPT), '/') == NULL);
}

void submit_suggest(struct app *a, uint32_t key)
{
    struct submit *s = &a->submit;

    if (s->focus != FIELD_PRESET || key < ' ' || key >= KEYCODE_BASE)
        return;
    if (s->choices.count == 0)
        submit_offer_all(a);
}

void submit_narrow(struct app *a)
{
    struct submit *s = &a->submit;
    const char *text = submit_text(a, s->focus);

    s->choose_first = false;
    choices_narrow(&s->choices, text, text[0] != '\0' && only_from_list(a));
    close_if_whole(a);
}

bool submit_in_list(const struct app *a)
{
    const struct choices *list = &a->submit.choices;

    return list->shown_count > 0 && (list->chosen || !list->narrowed);
}

static bool is_preset(const struct app *a)
{
    return config_preset(a->options.config, submit_text(a, FIELD_PRESET)) != NULL;
}

bool submit_close_list(struct app *a)
{
    struct submit *s = &a->submit;
    bool preset = s->focus == FIELD_PRESET && s->choices.count > 0;

    if (!preset && !s->choices.chosen)
        return false;
    submit_forget_choices(s);
    if (preset && submit_text(a, FIELD_PRESET)[0] && !is_preset(a)) {
        lineedit_set(&s->fields[FIELD_PRESET], "");
        submit_changed(a, FIELD_PRESET);
    }
    return true;
}

/* ---- what is seen ---- */

void submit_draw_choices(const struct app *a, struct canvas *c, struct rect r, struct rect all)
{
    const struct choices *list = &a->submit.choices;
    bool missed = a->submit.focus == FIELD_PRESET && list->count > 0 && list->shown_count == 0;

    r.w = KF_MIN(all.x + all.w - r.x, 80);
    r.h = KF_MIN(KF_MIN(list->shown_count, CHOICES_ROWS), all.y + all.h - r.y);
    if (missed) /* no other text means anything there */
        r.h = 1;
    if (r.h <= 0)
        return;
    canvas_fill(c, r, ROLE_TEXT, " ");
    canvas_under(c, r, UNDER_DIALOG);
    choices_draw(list, c, r);
}
