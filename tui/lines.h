/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LINES_H
#define KFARM_TUI_LINES_H
/* A text of lines that is put together once and scrolled through: help, details. */
#include "base/buf.h"
#include "widgets/textview.h"

struct lines {
    struct buf text;
    struct line {
        size_t start, length; /* bytes of text */
        size_t head; /* bytes in front that are drawn in head_role */
        enum role role, head_role;
    } * v;
    uint64_t count;
};

void lines_release(struct lines *l);
void lines_clear(struct lines *l);
/* Adds one line; newlines in it stay part of it (the canvas shows them as signs). */
void lines_add(struct lines *l, enum role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The first `head` columns of the line added last look different. */
void lines_head(struct lines *l, int head, enum role role);
struct text_source lines_source(struct lines *l);

#endif
