/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logsplit.h"

#include <stdlib.h>
#include <string.h>

#include "backend/logproto.h"
#include "base/alloc.h"
#include "base/utf8.h"

void logsplit_init(struct logsplit *s, size_t max)
{
    *s = (struct logsplit){.line = xcalloc(max, 1), .max = max};
}

void logsplit_release(struct logsplit *s)
{
    free(s->line);
    *s = (struct logsplit){0};
}

void logsplit_reset(struct logsplit *s)
{
    s->len = 0;
    s->open = s->cr = s->cut = s->nul = false;
}

/* Narrows the run at *p of n bytes without newline to what a terminal would show last of it: what is
   behind its last carriage return, those at its end not counted. */
static size_t last_state(const char **p, size_t n, bool *ret_restarted, bool *ret_cr)
{
    const char *q = *p;
    const char *cr;
    size_t end = n, start;

    while (end > 0 && q[end - 1] == '\r')
        end--;
    *ret_cr = end < n;
    cr = memrchr(q, '\r', end);
    start = cr ? (size_t)(cr - q) + 1 : 0;
    *ret_restarted = start > 0;
    *p = q + start;
    return end - start;
}

static void append(struct logsplit *s, const char *p, size_t n)
{
    bool restarted, cr;
    bool nul = memchr(p, '\0', n) != NULL;
    size_t keep;

    if (n == 0)
        return;
    n = last_state(&p, n, &restarted, &cr);
    if (n > 0) {
        if (restarted || s->cr) {
            s->len = 0;
            s->cut = false;
        }
        keep = KF_MIN(n, s->max - s->len);
        memcpy(s->line + s->len, p, keep);
        s->len += keep;
        s->cut |= keep < n;
    }
    s->open = true;
    s->cr = cr || (n == 0 && s->cr);
    s->nul |= nul;
}

static uint8_t flags_of(bool cut, bool nul)
{
    return (uint8_t)((cut ? LOG_LINE_CUT : 0) | (nul ? LOG_LINE_BINARY : 0));
}

/* A cut must not leave half a character, which would show as damage that is not in the file. */
static size_t whole_characters(const char *p, size_t n, bool cut)
{
    return cut ? n - utf8_partial(p, n) : n;
}

/* The length of the colour at p, 0 if there is none. */
static size_t colour(const char *p, size_t n)
{
    size_t i = 2;

    if (n < 3 || p[0] != '\033' || p[1] != '[')
        return 0;
    while (i < n && ((p[i] >= '0' && p[i] <= '9') || p[i] == ';' || p[i] == ':'))
        i++;
    return i < n && (p[i] == 'm' || p[i] == 'K') ? i + 1 : 0;
}

/* Copies without colours; `to` may be `p`. Returns the length. */
static size_t strip_colours(char *to, const char *p, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0, skip; i < n; i += skip ? skip : 1) {
        skip = colour(p + i, n - i);
        if (skip == 0)
            to[kept++] = p[i];
    }
    return kept;
}

size_t logsplit_strip(char *p, size_t n)
{
    return strip_colours(p, p, n);
}

/* What the piece has in it: mostly nothing of this, and then its lines need not be asked one by one. */
struct special {
    bool cr;
    bool known; /* the others are; nobody asks them of lines that are taken quickly */
    bool nul, escape;
};

static void look_over(struct special *has, const char *p, size_t n)
{
    if (has->known)
        return;
    has->known = true;
    has->nul = memchr(p, '\0', n) != NULL;
    has->escape = memchr(p, '\033', n) != NULL;
}

/* A line that lies in one piece needs no copy, unless it is coloured. */
static void whole_line(struct logsplit *s, const struct special *has, const char *p, size_t n,
    size_t rest, logsplit_fn *fn, void *user)
{
    bool restarted, cr, cut;
    bool nul = has->nul && memchr(p, '\0', n);

    if (has->cr)
        n = last_state(&p, n, &restarted, &cr);
    cut = n > s->max;
    n = whole_characters(p, KF_MIN(n, s->max), cut);
    if (has->escape && memchr(p, '\033', n)) {
        n = strip_colours(s->line, p, n);
        p = s->line;
    }
    fn(user, p, n, flags_of(cut, nul), rest);
}

void logsplit_feed(struct logsplit *s, const char *p, size_t n, logsplit_fn *fn, void *user)
{
    const char *end = p + n;
    struct special has = {.cr = memchr(p, '\r', n) != NULL};

    while (p < end) {
        const char *newline;
        size_t rest;

        if (s->quick && !has.cr && !s->open)
            p += s->quick(s->quick_user, p, (size_t)(end - p));
        newline = memchr(p, '\n', (size_t)(end - p));
        rest = newline ? (size_t)(end - newline) - 1 : 0;

        if (newline == NULL) {
            append(s, p, (size_t)(end - p));
            return;
        }
        if (s->open) {
            append(s, p, (size_t)(newline - p));
            s->len = whole_characters(s->line, s->len, s->cut);
            if (memchr(s->line, '\033', s->len))
                s->len = strip_colours(s->line, s->line, s->len);
            fn(user, s->line, s->len, flags_of(s->cut, s->nul), rest);
            logsplit_reset(s);
        } else {
            look_over(&has, p, (size_t)(end - p));
            whole_line(s, &has, p, (size_t)(newline - p), rest, fn, user);
        }
        p = newline + 1;
    }
}

bool logsplit_unfinished(
    const struct logsplit *s, const char **ret_text, size_t *ret_len, uint8_t *ret_flags)
{
    if (s->len == 0)
        return false;
    *ret_text = s->line;
    *ret_len = whole_characters(s->line, s->len, s->cut);
    *ret_flags = flags_of(s->cut, s->nul);
    return true;
}
