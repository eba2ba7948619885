/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct output_line {
    char *text; /* owned */
    size_t len;
    uint32_t head; /* bytes in front that say who wrote it */
    enum role role;
};

static struct output_line *at(const struct output *o, uint64_t number)
{
    return &o->ring[number % OUTPUT_LINES];
}

void output_release(struct output *o)
{
    for (uint64_t i = o->first; i < o->end; i++)
        free(at(o, i)->text);
    free(o->ring);
    *o = (struct output){0};
}

void output_add(struct output *o, enum role role, const char *who, const char *text, size_t len)
{
    struct buf b = BUF_INIT;
    struct output_line *line;

    if (o->ring == NULL)
        o->ring = xcalloc(OUTPUT_LINES, sizeof(*o->ring));
    if (o->end - o->first == OUTPUT_LINES)
        free(at(o, o->first++)->text);
    line = at(o, o->end++);
    if (who)
        buf_addf(&b, "%s: ", who);
    line->head = (uint32_t)b.len;
    line->role = role;
    buf_add(&b, text, len);
    line->len = b.len;
    line->text = xmemdup0(b.len ? b.p : "", b.len);
    buf_release(&b);
}

void output_addf(struct output *o, enum role role, const char *who, const char *format, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    output_add(o, role, who, text, strlen(text));
}

static void get_line(void *user, uint64_t number, struct text_line *out)
{
    struct output *o = user;
    const struct output_line *line = at(o, number);

    if (number == o->first && o->first > 0) { /* in place of the oldest */
        snprintf(o->scratch, sizeof(o->scratch), "… %llu lines before this are gone: %d are kept",
            (unsigned long long)o->first + 1, OUTPUT_LINES - 1);
        *out = (struct text_line){.p = o->scratch, .n = strlen(o->scratch), .role = ROLE_WARN};
        return;
    }
    out->p = line->text;
    out->n = line->len;
    out->role = line->role;
    if (line->head) {
        out->spans[0] = (struct text_span){0, line->head, ROLE_DIM};
        out->span_count = 1;
    }
}

struct text_source output_source(struct output *o)
{
    return (struct text_source){.user = o, .first = o->first, .end = o->end, .line = get_line};
}
