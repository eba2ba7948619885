/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/dialog.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "tui/app.h"
#include "tui/edit.h"
#include "tui/keys.h"

#define NOTE_INDENT 2 /* of a note; of its further lines twice that */

void dialog_close(struct dialog *d)
{
    choices_release(&d->choices);
    for (int i = 0; i < d->note_count; i++)
        free(d->notes[i]);
    free(d->notes);
    *d = (struct dialog){0};
}

void dialog_note(struct dialog *d, const char *format, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    d->notes = xreallocarray(d->notes, (size_t)d->note_count + 1, sizeof(*d->notes));
    d->notes[d->note_count++] = xstrdup(text);
}

void dialog_answer(struct dialog *d, const char *key, const char *what,
    const char *(*accept)(struct app *a, const char *text))
{
    struct dialog_answer *answer = &d->others[d->other_count];

    if (d->other_count == DIALOG_ANSWERS_MAX)
        return;
    d->other_count++;
    answer->key = keys_parse(key, strlen(key));
    answer->accept = accept;
    snprintf(answer->name, sizeof(answer->name), "%s", key);
    snprintf(answer->what, sizeof(answer->what), "%s", what);
}

static void take_answer(struct app *a, const char *(*accept)(struct app *a, const char *text))
{
    struct dialog was = a->dialog;
    const char *text = was.kind == DIALOG_CONFIRM ? "" : was.edit.text;
    const char *wrong;

    if (was.kind == DIALOG_PICK && choices_chosen(&was.choices))
        text = choices_chosen(&was.choices);
    /* closed first, so that accept() may open the next one; put back if the answer was wrong */
    a->dialog = (struct dialog){0};
    wrong = accept(a, text);
    if (wrong == NULL || a->dialog.kind != DIALOG_NONE) {
        if (was.history)
            history_add(was.history, was.edit.text);
        dialog_close(&was);
        return;
    }
    a->dialog = was;
    if (wrong[0])
        snprintf(a->dialog.error, sizeof(a->dialog.error), "%s", wrong);
}

/* ---- a list ---- */

static void pick_key(struct dialog *d, uint32_t key)
{
    static const struct {
        uint32_t key;
        int by;
    } moves[] = {{KEYCODE_UP, -1}, {KEYCODE_DOWN, 1}, {KEYCODE_BACKTAB, -1}, {KEYCODE_TAB, 1},
        {KEYCODE_PAGE_UP, -CHOICES_ROWS}, {KEYCODE_PAGE_DOWN, CHOICES_ROWS},
        {KEYCODE_HOME, -CHOICES_MAX}, {KEYCODE_END, CHOICES_MAX}};

    d->error[0] = '\0';
    for (size_t i = 0; i < KF_LEN(moves); i++)
        if (moves[i].key == key) {
            choices_move(&d->choices, moves[i].by, false);
            return;
        }
    if (edit_key(&d->edit, key) != EDIT_NONE)
        choices_narrow(&d->choices, d->edit.text, true);
}

/* What was typed to narrow the list is taken back before the list is closed. */
static bool widen(struct dialog *d)
{
    if (d->kind != DIALOG_PICK || d->edit.len == 0)
        return false;
    d->error[0] = '\0';
    lineedit_set(&d->edit, "");
    choices_narrow(&d->choices, "", true);
    return true;
}

/* ---- a line ---- */

/* Up and Down go through what was typed before. */
static void recall(struct app *a, int by)
{
    struct dialog *d = &a->dialog;
    const struct history *h = d->history;
    int at = h ? KF_MAX(0, KF_MIN(d->history_at + by, h->count)) : 0;

    if (h == NULL || at == d->history_at)
        return;
    if (d->history_at == 0)
        snprintf(d->typed, sizeof(d->typed), "%s", d->edit.text);
    d->history_at = at;
    lineedit_set(&d->edit, at ? h->lines[h->count - at] : d->typed);
}

/* The first Tab writes what all candidates have in common, the next ones go through them. */
static void complete(struct app *a)
{
    struct dialog *d = &a->dialog;
    struct choices *list = &d->choices;
    size_t common;

    lineedit_move(&d->edit, LINEEDIT_END); /* the text is gone on with, if it was selected, too */
    if (list->count > 0 && (!list->narrowed || list->chosen)) {
        choices_move(list, 1, true);
        lineedit_set(&d->edit, choices_chosen(list));
        return;
    }
    choices_release(list);
    d->complete(a, d->edit.text);
    if (list->count == 0)
        return;
    common = strlen(list->all[0]);
    for (int i = 1; i < list->count; i++)
        while (strncmp(list->all[0], list->all[i], common) != 0)
            common--;
    while (common > 0 && ((unsigned char)list->all[0][common] & 0xc0) == 0x80)
        common--; /* not in the middle of a character */
    if (common > d->edit.len) {
        char text[LINEEDIT_BYTES];

        snprintf(text, sizeof(text), "%.*s", (int)common, list->all[0]);
        lineedit_set(&d->edit, text);
    }
    if (list->count == 1)
        choices_release(list);
}

static void type(struct dialog *d, uint32_t key)
{
    d->error[0] = '\0';
    if (edit_key(&d->edit, key) != EDIT_NONE && d->choices.count > 0)
        choices_narrow(&d->choices, d->edit.text, false); /* what Tab found */
}

static void line_key(struct app *a, uint32_t key)
{
    struct dialog *d = &a->dialog;
    char before[LINEEDIT_BYTES];

    snprintf(before, sizeof(before), "%s", d->edit.text);
    if (key == KEYCODE_UP || key == KEYCODE_DOWN) {
        recall(a, key == KEYCODE_UP ? 1 : -1);
    } else if (key == KEYCODE_TAB) {
        if (d->complete)
            complete(a);
    } else {
        type(d, key);
    }
    if (d->changed && strcmp(before, d->edit.text) != 0)
        d->changed(a, d->edit.text);
}

static void cancel(struct app *a)
{
    struct dialog was = a->dialog;

    a->dialog = (struct dialog){0};
    if (was.cancelled)
        was.cancelled(a);
    dialog_close(&was);
}

void dialog_key(struct app *a, uint32_t key)
{
    struct dialog *d = &a->dialog;

    a->reactions |= REACT_PAINT;
    if (key == KEYCODE_ESCAPE && widen(d))
        return;
    if (key == KEYCODE_ESCAPE || key == KEYCODE_CTRL('C')) {
        cancel(a);
        return;
    }
    for (int i = 0; i < d->other_count; i++)
        if (d->others[i].key == key) {
            if (!a->pasting)
                take_answer(a, d->others[i].accept);
            return;
        }
    if (d->kind == DIALOG_CONFIRM) {
        if (a->pasting) /* it may contain a y, or an n */
            return;
        if (key == 'y' || key == 'Y')
            take_answer(a, d->accept);
        else if (key == 'n' || key == 'N' || key == 'q')
            cancel(a);
        return;
    }
    if (key == KEYCODE_ENTER) {
        take_answer(a, d->accept);
    } else if (d->kind == DIALOG_LINE) {
        line_key(a, key);
    } else if (d->kind == DIALOG_PICK) {
        pick_key(d, key);
    } else if (key == KEYCODE_UP || key == KEYCODE_DOWN) {
        recall(a, key == KEYCODE_UP ? 1 : -1);
    } else {
        type(d, key);
    }
}

static int draw_keys(const struct dialog *d, struct canvas *c, struct rect r)
{
    const char *yes_key = d->kind == DIALOG_CONFIRM ? "y" : "Enter";
    const char *no_key = d->kind == DIALOG_CONFIRM ? "n" : "Esc";
    const char *no = d->no;
    int x = r.x;

    if (d->settling)
        return x + canvas_str(c, x, r.y, r.w, ROLE_DIM, "… no key counts yet");
    x += canvas_str(c, x, r.y, r.x + r.w - x, ROLE_KEY, yes_key);
    x += canvas_printf(c, x, r.y, r.x + r.w - x, ROLE_HINT, " %s   ", d->yes);
    x += canvas_str(c, x, r.y, r.x + r.w - x, ROLE_KEY, no_key);
    if (d->kind == DIALOG_PICK && d->edit.len > 0)
        no = "all rows";
    x += canvas_printf(c, x, r.y, r.x + r.w - x, ROLE_HINT, " %s", no);
    for (int i = 0; i < d->other_count; i++) {
        x += canvas_printf(c, x, r.y, r.x + r.w - x, ROLE_KEY, "   %s", d->others[i].name);
        x += canvas_printf(c, x, r.y, r.x + r.w - x, ROLE_HINT, " %s", d->others[i].what);
    }
    if (d->kind == DIALOG_PICK) {
        x += canvas_str(c, x, r.y, r.x + r.w - x, ROLE_KEY, "   ↑↓");
        x += canvas_str(c, x, r.y, r.x + r.w - x, ROLE_HINT, " choose");
        x += canvas_str(c, x, r.y, r.x + r.w - x, ROLE_KEY, "   letters");
        x += canvas_str(c, x, r.y, r.x + r.w - x, ROLE_HINT, " narrow the list");
    }
    return x;
}

/* ---- text in a box ---- */

/* Bytes of the first line of a text at this width: up to a blank where there is one in its second half, but not within a
   ‘name’, whose end could be taken for a line of ours. */
static size_t line_bytes(const char *text, int width)
{
    size_t n = strlen(text), used = 0, fit = 0;
    bool quoted = false;

    while (used < n) {
        uint32_t cp;
        size_t step = utf8_decode(text + used, n - used, &cp);

        if (utf8_columns(text, used + step) > width)
            return utf8_columns(text, fit) > width / 2 ? fit : KF_MAX(used, step);
        used += step;
        quoted = cp == 0x2018 || (quoted && cp != 0x2019);
        if (text[used] == ' ' && !quoted)
            fit = used;
    }
    return n;
}

/* Draws a text from the top of *r, which loses those rows; the rows it takes (with c NULL: would take, however many *r
   has). The first line begins `indent` columns from the left, the others twice as many. */
static int put_text(struct canvas *c, struct rect *r, enum role role, int indent, const char *text)
{
    int rows = 0;

    while (*text && (c == NULL || r->h > 0)) {
        int from = KF_MIN(rows ? 2 * indent : indent, r->w / 2);
        size_t n = line_bytes(text, KF_MAX(r->w - from, 1));

        if (c) {
            struct rect row = rect_top(r, 1);

            canvas_text(c, row.x + from, row.y, row.w - from, role, text, n);
        }
        text += n + strspn(text + n, " ");
        rows++;
    }
    return rows;
}

static int question_rows(const struct dialog *d, struct rect r)
{
    return KF_MAX(1, put_text(NULL, &r, ROLE_TEXT, 0, d->question));
}

static int note_rows(const struct dialog *d, struct rect r)
{
    int rows = 0;

    for (int i = 0; i < d->note_count; i++)
        rows += put_text(NULL, &r, ROLE_TEXT, NOTE_INDENT, d->notes[i]);
    return rows;
}

/* As many as there is room for, and a sign if that is not all. */
static void draw_notes(const struct dialog *d, struct canvas *c, struct rect r)
{
    bool all = note_rows(d, r) <= r.h;
    struct rect more = rect_bottom(&r, all ? 0 : 1);

    for (int i = 0; i < d->note_count; i++)
        put_text(c, &r, ROLE_TEXT, NOTE_INDENT, d->notes[i]);
    if (more.h > 0)
        canvas_str(c, more.x + NOTE_INDENT, more.y, more.w - NOTE_INDENT, ROLE_DIM, "…");
}

/* What is typed; and of how many rows of a list those are that have it. */
static void draw_edit(const struct dialog *d, struct canvas *c, struct rect r)
{
    char count[32] = "";

    if (d->kind == DIALOG_PICK && d->edit.len > 0)
        snprintf(count, sizeof(count), "  %d of %d", d->choices.shown_count, d->choices.count);
    else if (d->kind == DIALOG_PICK && d->choices.count > CHOICES_ROWS)
        snprintf(count, sizeof(count), "  %d in all", d->choices.count);
    canvas_right(c, r.x, r.y, r.w, ROLE_DIM, count);
    r.w = KF_MAX(r.w - (int)strlen(count), 1);
    lineedit_draw(&d->edit, c, r, ROLE_TEXT);
}

/* The keys have their row first, then what is typed, then the question: however long names and notes are, they take the
   place of each other only. */
void dialog_draw(const struct dialog *d, struct canvas *c, struct rect screen, struct rect at)
{
    int width = KF_MIN(screen.w, KF_MAX(at.w, 76)), inner = width - 2;
    int picks = d->kind == DIALOG_PICK ? KF_MIN(d->choices.count, CHOICES_ROWS) : 0;
    struct rect box, keys, error, edit, choices, question, r = {0, 0, inner, 0};
    int question_h = question_rows(d, r), notes_h = note_rows(d, r);
    int rows = question_h + notes_h + picks + (d->kind != DIALOG_CONFIRM) + (d->error[0] != '\0');

    rows = KF_MIN(rows + 1, screen.h);
    box = (struct rect){KF_MIN(at.x, screen.x + screen.w - width), at.y + at.h, width, rows};
    box.x = KF_MAX(box.x, screen.x);
    if (box.y + rows > screen.y + screen.h)
        box.y = KF_MAX(screen.y, KF_MIN(at.y - rows, screen.y + screen.h - rows));
    canvas_fill(c, box, ROLE_TEXT, " ");
    canvas_under(c, box, UNDER_DIALOG);
    r = (struct rect){box.x + 1, box.y, inner, box.h};
    keys = rect_bottom(&r, 1);
    error = rect_bottom(&r, d->error[0] != '\0');
    edit = rect_bottom(&r, d->kind != DIALOG_CONFIRM);
    question = rect_top(&r, question_h);
    choices = rect_bottom(&r, picks);
    put_text(c, &question, d->grave ? ROLE_BAD : ROLE_PROMPT, 0, d->question);
    draw_notes(d, c, r);
    if (edit.h > 0)
        draw_edit(d, c, edit);
    if (error.h > 0)
        canvas_str(c, error.x, error.y, error.w, ROLE_BAD, d->error);
    draw_keys(d, c, keys);
    if (choices.h > 0)
        choices_draw(&d->choices, c, choices);
}

void dialog_draw_line(
    const struct dialog *d, struct canvas *c, struct rect screen, struct rect line)
{
    int rows = KF_MIN(KF_MIN(d->choices.shown_count, CHOICES_ROWS), screen.h), used;
    int right = KF_MIN(utf8_columns(d->yes, strlen(d->yes)), line.w / 3);
    struct rect error = rect_bottom(&screen, d->error[0] != '\0');
    struct rect box = rect_bottom(&screen, rows);

    if (d->error[0]) {
        canvas_fill(c, error, ROLE_TEXT, " ");
        canvas_under(c, error, UNDER_DIALOG);
        canvas_str(c, error.x + 1, error.y, error.w - 2, ROLE_BAD, d->error);
    }
    box.w = KF_MIN(box.w, 76);
    if (rows > 0) {
        canvas_fill(c, box, ROLE_TEXT, " ");
        canvas_under(c, box, UNDER_DIALOG);
        choices_draw(&d->choices, c, box);
    }
    used = 1 + canvas_str(c, line.x + 1, line.y, line.w - 1, ROLE_PROMPT, d->question);
    canvas_right(c, line.x + line.w - right - 1, line.y, right, ROLE_HINT, d->yes);
    line = (struct rect){line.x + used, line.y, KF_MAX(line.w - used - right - 3, 8), 1};
    if (d->edit.len == 0) /* an example, until something is typed */
        canvas_str(c, line.x + 1, line.y, line.w - 1, ROLE_DIM, d->example);
    lineedit_draw(&d->edit, c, line, ROLE_TEXT);
}
