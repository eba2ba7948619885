/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logcount.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* The tags that are seen most move to the front, where they are found at once. */
static void add_tag(struct logcount *c, const char *name, size_t len, int64_t n)
{
    len = KF_MIN(len, (size_t)LOGCOUNT_TAG - 1);
    for (int i = 0; i < c->tags; i++) {
        struct logcount_tag *t = &c->tag[i];

        if (memcmp(t->name, name, len) == 0 && t->name[len] == '\0') {
            t->n += n;
            if (i > 0 && t->n > t[-1].n) {
                struct logcount_tag up = *t;

                *t = t[-1];
                t[-1] = up;
            }
            return;
        }
    }
    if (c->tags == LOGCOUNT_TAGS)
        return;
    memcpy(c->tag[c->tags].name, name, len);
    c->tag[c->tags].name[len] = '\0';
    c->tag[c->tags++].n = n;
}

void logcount_add(struct logcount *c, const char *text, const struct log_match *m)
{
    c->level[m->level]++;
    if (m->level != LOG_STEP)
        return;
    for (int i = 0; i < m->spans; i++)
        if (m->span[i].kind == LOG_SPAN_TAG)
            add_tag(c, text + m->span[i].start, m->span[i].len, 1);
}

void logcount_add_steps(struct logcount *c, const char *tag, size_t len, int64_t n)
{
    c->level[LOG_STEP] += n;
    add_tag(c, tag, len, n);
}

void logcount_merge(struct logcount *c, const struct logcount *other)
{
    for (int i = 0; i < LOG_LEVEL_COUNT; i++)
        c->level[i] += other->level[i];
    for (int i = 0; i < other->tags; i++)
        add_tag(c, other->tag[i].name, strlen(other->tag[i].name), other->tag[i].n);
}

static int by_count(const void *pa, const void *pb)
{
    const struct logcount_tag *a = pa, *b = pb;

    if (a->n != b->n)
        return a->n < b->n ? 1 : -1;
    return strcmp(a->name, b->name);
}

void logcount_sort(struct logcount *c)
{
    qsort(c->tag, (size_t)c->tags, sizeof(c->tag[0]), by_count);
}
