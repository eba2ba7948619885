/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widgets/pieces.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

static void add(struct pieces *p, struct piece piece, const char *format, va_list ap)
{
    struct piece *to = &p->v[p->count];

    if (p->count == PIECES_MAX)
        return;
    *to = piece;
    vsnprintf(to->text, sizeof(to->text), format, ap);
    p->count += to->text[0] != '\0';
}

void pieces_add(struct pieces *p, int priority, enum role role, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    add(p, (struct piece){.role = role, .priority = priority}, format, ap);
    va_end(ap);
}

void pieces_text(struct pieces *p, int priority, int min, enum role role, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    add(p, (struct piece){.role = role, .priority = priority, .min = min}, format, ap);
    va_end(ap);
}

/* Decides how wide each piece is; 0: it is left out. */
static void fit(const struct pieces *p, int room, int *widths)
{
    int total = 0;

    for (int i = 0; i < p->count; i++) {
        widths[i] = utf8_columns(p->v[i].text, strlen(p->v[i].text));
        total += widths[i];
    }
    while (total > room) {
        int worst = -1, less;

        for (int i = 0; i < p->count; i++)
            if (widths[i] && (worst < 0 || p->v[i].priority >= p->v[worst].priority))
                worst = i;
        if (worst < 0)
            return;
        less = total - room;
        if (p->v[worst].min == 0 || widths[worst] - less < p->v[worst].min)
            less = widths[worst];
        widths[worst] -= less;
        total -= less;
    }
}

int pieces_cut(struct canvas *c, int x, int y, int width, enum role role, const char *text)
{
    if (utf8_columns(text, strlen(text)) <= width)
        return canvas_str(c, x, y, width, role, text);
    if (width <= 0)
        return 0;
    canvas_str(c, x, y, width - 1, role, text);
    canvas_str(c, x + width - 1, y, 1, role, "…");
    return width;
}

int pieces_draw(const struct pieces *p, struct canvas *c, struct rect r)
{
    int widths[PIECES_MAX], x = r.x;

    fit(p, r.w, widths);
    for (int i = 0; i < p->count; i++)
        x += pieces_cut(c, x, r.y, widths[i], p->v[i].role, p->v[i].text);
    return x - r.x;
}
