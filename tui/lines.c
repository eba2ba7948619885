/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf8.h"

void lines_release(struct lines *l)
{
    buf_release(&l->text);
    free(l->v);
    *l = (struct lines){0};
}

void lines_clear(struct lines *l)
{
    buf_clear(&l->text);
    l->count = 0;
}

void lines_add(struct lines *l, enum role role, const char *format, ...)
{
    size_t start = l->text.len;
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0 || !buf_reserve(&l->text, (size_t)n))
        return;
    va_start(ap, format);
    vsnprintf(l->text.p + start, (size_t)n + 1, format, ap);
    va_end(ap);
    l->text.len += (size_t)n;
    l->v = xreallocarray(l->v, l->count + 1, sizeof(*l->v));
    l->v[l->count++] = (struct line){.start = start, .length = (size_t)n, .role = role};
}

void lines_head(struct lines *l, int head, enum role role)
{
    struct line *line = &l->v[l->count - 1];
    const char *p = l->text.p + line->start;
    uint32_t cp;

    for (int column = 0; column < head && line->head < line->length; column++)
        line->head += utf8_decode(p + line->head, line->length - line->head, &cp);
    line->head_role = role;
}

static void get_line(void *user, uint64_t number, struct text_line *out)
{
    const struct lines *l = user;
    const struct line *line = &l->v[number];

    out->p = l->text.p + line->start;
    out->n = line->length;
    out->role = line->role;
    if (line->head) {
        out->spans[0] = (struct text_span){0, (uint32_t)line->head, line->head_role};
        out->span_count = 1;
    }
}

struct text_source lines_source(struct lines *l)
{
    return (struct text_source){.user = l, .end = l->count, .line = get_line};
}
