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
    struct text_span spans[TEXT_SPANS_MAX]; /* ascending, not overlapping */
    int span_count;
};

struct text_source {
    void *user;
    uint64_t first, end; /* numbers of the oldest line and of the one behind the newest */
    /* Fills a line; it comes zeroed with ROLE_TEXT. */
    void (*line)(void *user, uint64_t number, struct text_line *out);
};

struct textview {
    uint64_t top; /* first line shown, unless following */
    bool following; /* the end stays in sight as lines come */
    bool has_marked;
    uint64_t marked; /* a line that stands out */
    int left; /* columns scrolled to the right */
    int page; /* rows shown at the last draw */
};

/* Moves by lines; going up stops following, reaching the end starts it again if `can_follow`. */
void textview_move(struct textview *v, const struct text_source *s, int64_t lines, bool can_follow);
void textview_home(struct textview *v, const struct text_source *s);
void textview_end(struct textview *v, const struct text_source *s, bool can_follow);
/* Moves sideways by columns. */
void textview_pan(struct textview *v, int columns);

void textview_draw(
    struct textview *v, const struct text_source *s, struct canvas *c, struct rect r);

#endif
