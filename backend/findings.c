/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

void findings_release(struct findings *f)
{
    for (uint32_t i = 0; i < f->count; i++)
        free(f->v[i].text);
    free(f->v);
    *f = (struct findings){0};
}

void findings_add(
    struct findings *f, enum finding_level level, uint32_t line, const char *format, ...)
{
    char text[512];
    va_list ap;

    f->levels[level]++;
    if (f->count == FINDINGS_MAX)
        return;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    f->v = xreallocarray(f->v, f->count + 1, sizeof(*f->v));
    f->v[f->count++] = (struct finding){level, line, xstrdup(text)};
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;

    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

void findings_sort(struct findings *f)
{
    if (f->count)
        qsort(f->v, f->count, sizeof(*f->v), compare);
}

const char *finding_level_name(enum finding_level level)
{
    static const char *const names[] = {
        [FINDING_REFUSED] = "refused",
        [FINDING_FAULT] = "fault",
        [FINDING_WARNING] = "warning",
        [FINDING_NOTE] = "note",
    };
    _Static_assert(KF_LEN(names) == FINDING_LEVEL_COUNT, "a name for every level");

    return names[level];
}
