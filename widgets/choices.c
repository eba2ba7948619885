/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widgets/choices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

void choices_release(struct choices *c)
{
    for (int i = 0; i < c->count; i++)
        free(c->all[i]);
    free(c->all);
    free(c->shown);
    *c = (struct choices){0};
}

/* ---- what fits ---- */

static bool in_word(char byte)
{
    return ascii_is_alnum(byte) || byte == '_' || byte == '-' || (unsigned char)byte > 127;
}

/* How well a row fits the n bytes of a typed word; FIT_NOT: not at all. */
enum fit { FIT_NOT, FIT_INSIDE, FIT_NAME_INSIDE, FIT_WORD, FIT_NAME_BEGINS, FIT_NAME };

static enum fit fit_of(const char *row, const char *word, size_t n)
{
    size_t name = strcspn(row, ": ");
    enum fit best = FIT_NOT;

    for (const char *at = row; *at; at++) {
        bool begins = at == row || !in_word(at[-1]), ends;
        enum fit fit = FIT_INSIDE;

        if (ascii_ncasecmp(at, word, n) != 0)
            continue;
        ends = !in_word(at[n]);
        if (at == row)
            fit = at[n] == '\0' || n == name ? FIT_NAME : FIT_NAME_BEGINS;
        else if (begins && ends)
            fit = FIT_WORD;
        else if (at < row + name)
            fit = FIT_NAME_INSIDE;
        best = KF_MAX(best, fit);
    }
    return best;
}

/* How well a row fits what is typed: the first word says it, and the others have to be there. A name may have blanks. */
static enum fit fit_of_all(const char *row, const char *typed)
{
    size_t all = strlen(typed);
    enum fit first = FIT_NOT;

    if (all > 0 && ascii_ncasecmp(row, typed, all) == 0 && !in_word(row[all]))
        return FIT_NAME;
    for (const char *at = typed + strspn(typed, " "); *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        enum fit fit = fit_of(row, at, n);

        if (fit == FIT_NOT)
            return FIT_NOT;
        if (first == FIT_NOT)
            first = fit;
        at += n;
    }
    return first == FIT_NOT ? FIT_INSIDE : first; /* nothing is typed */
}

void choices_add(struct choices *c, const char *text)
{
    if (c->count == CHOICES_MAX)
        return;
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->all[i], text) == 0)
            return;
    c->all = xreallocarray(c->all, (size_t)c->count + 1, sizeof(*c->all));
    c->shown = xreallocarray(c->shown, (size_t)c->count + 1, sizeof(*c->shown));
    if (fit_of_all(text, c->typed) != FIT_NOT)
        c->shown[c->shown_count++] = c->count;
    c->all[c->count++] = xstrdup(text);
}

void choices_narrow(struct choices *c, const char *text, bool choose)
{
    enum fit best = FIT_NOT;

    if (c->chosen)
        c->before = c->chosen;
    snprintf(c->typed, sizeof(c->typed), "%s", text);
    c->narrowed = text[0] != '\0';
    c->shown_count = c->chosen = 0;
    for (int i = 0; i < c->count; i++) {
        enum fit fit = fit_of_all(c->all[i], c->typed);

        if (fit == FIT_NOT)
            continue;
        c->shown[c->shown_count++] = i;
        if (choose && fit > best) {
            best = fit;
            c->chosen = i + 1;
        }
    }
    if (choose && c->before && text[0] == '\0')
        c->chosen = c->before;
}

/* ---- the chosen row ---- */

void choices_choose(struct choices *c, int index)
{
    c->chosen = index + 1;
}

/* Where the chosen row stands among those shown; -1: none is chosen. */
static int place(const struct choices *c)
{
    for (int i = 0; i < c->shown_count; i++)
        if (c->shown[i] + 1 == c->chosen)
            return i;
    return -1;
}

void choices_move(struct choices *c, int by, bool round)
{
    int at = place(c), n = c->shown_count;

    if (n == 0)
        return;
    if (round)
        at = at < 0 && by < 0 ? n - 1 : (at + by + n) % n;
    else
        at = KF_MAX(0, KF_MIN(at + by, n - 1));
    c->chosen = c->shown[at] + 1;
}

const char *choices_chosen(const struct choices *c)
{
    return c->chosen ? c->all[c->chosen - 1] : NULL;
}

/* ---- what is seen ---- */

void choices_draw(const struct choices *c, struct canvas *canvas, struct rect r)
{
    int at = place(c), first = KF_MAX(0, KF_MIN(at - r.h / 2, c->shown_count - r.h));

    if (c->shown_count == 0)
        canvas_str(canvas, r.x + 2, r.y, r.w - 2, ROLE_DIM, "nothing matches");
    for (int i = first; i < c->shown_count && r.h > 0; i++) {
        struct rect row = rect_top(&r, 1);

        canvas_printf(canvas, row.x, row.y, row.w, i == at ? ROLE_BRIGHT : ROLE_TEXT, "%s %s",
            i == at ? "▸" : " ", c->all[c->shown[i]]);
        canvas_under(canvas, row, i == at ? UNDER_SELECTED : UNDER_DIALOG);
    }
}
