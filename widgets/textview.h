/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_WIDGETS_TEXTVIEW_H
#define KFARM_WIDGETS_TEXTVIEW_H
/*
 * Lines of text to scroll through: help, details, messages, logs. The lines are asked for as they
 * are shown. Lines have absolute numbers that never change, also when old ones are dropped at the
 * front, so that a reader's place does not move under him.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "widgets/canvas.h"

#define TEXT_SPANS_MAX 8

struct text_span {
    uint32_t start, length; /* bytes */
    enum role role;
};

struct text_line {
    const char *p; /* valid until the next call */
    size_t n;
    enum role role;
    struct text_span spans[TEXT_SPANS_MAX]; /* ascending; one inside an earlier one is passed over */
    int span_count;
};

struct text_source {
    void *user;
    uint64_t first, end; /* numbers of the oldest line and of the one behind the newest */
    /* Fills a line; it comes zeroed with ROLE_TEXT. */
    void (*line)(void *user, uint64_t number, struct text_line *out);
    /* Whether a line is passed over, as if it were not there; NULL: none is. */
    bool (*hidden)(void *user, uint64_t number);
};

struct textview {
    uint64_t top; /* first line shown, unless following, … */
    int skip; /* … and how many of its rows lie above the view; only when wrapped */
    bool following; /* the end stays in sight as lines come */
    bool has_marked;
    uint64_t marked; /* a line that stands out */
    bool wrap; /* a line longer than a row goes on in the next ones */
    int left; /* columns scrolled to the right, unless wrapped */
    int page, width; /* rows shown at the last draw, and their columns */
    uint64_t bottom; /* the last line that was drawn then */
};

/* Moves by rows; going up stops following, reaching the end starts it again if `can_follow`. */
void textview_move(struct textview *v, const struct text_source *s, int64_t lines, bool can_follow);
void textview_home(struct textview *v, const struct text_source *s);
void textview_end(struct textview *v, const struct text_source *s, bool can_follow);
/* Whether nothing is shown above the first row in sight. */
bool textview_at_top(const struct textview *v, const struct text_source *s);
/* Brings a line into sight, a third below the top, so that what led to it is in sight, too, and marks it. */
void textview_go(struct textview *v, const struct text_source *s, uint64_t number);
/* Moves sideways by columns. */
void textview_pan(struct textview *v, int columns);

void textview_draw(
    struct textview *v, const struct text_source *s, struct canvas *c, struct rect r);

#endif
