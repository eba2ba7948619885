/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/quote.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

#define MARKS_MAX 2 /* on one character */

/* What looks like one of the marks around a name, so that it would seem to end there. */
static bool is_mark(uint32_t cp)
{
    return (cp >= 0x2018 && cp <= 0x201B) || cp == 0x2032 || cp == 0x2035 || cp == 0x275B ||
           cp == 0x275C || (cp >= 0x02B9 && cp <= 0x02BF) || cp == 0xFF07 || cp == 0xB4 ||
           cp == 0xA78C;
}

/* As it may stand in a sentence. */
static void clean(const char *text, struct buf *out)
{
    size_t n = strlen(text);
    int marks = MARKS_MAX; /* none before the first character: it would sit on ours */

    for (size_t i = 0; i < n;) {
        char bytes[4];
        uint32_t cp;

        i += utf8_decode(text + i, n - i, &cp);
        cp = utf8_harmless(cp);
        if (cp == 0)
            continue;
        marks = utf8_width(cp) > 0 ? 0 : marks + 1;
        if (marks <= MARKS_MAX)
            buf_add(out, bytes, utf8_encode(is_mark(cp) ? '\'' : cp, bytes));
    }
}

/* Bytes of the longest beginning that takes no more columns and bytes than these, with all marks of its last
   character. */
static size_t beginning(const char *p, size_t n, int columns, size_t bytes)
{
    size_t used = 0, fits = 0;

    while (used < n) {
        uint32_t cp;

        used += utf8_decode(p + used, n - used, &cp);
        columns -= utf8_width(cp);
        if (columns < 0 || used > bytes)
            break;
        fits = used;
    }
    return fits;
}

/* The same of the longest end: where it begins. */
static size_t end_of(const char *p, size_t n, int columns, size_t bytes)
{
    size_t at = n;

    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t step = utf8_decode(p + i, n - i, &cp);

        if (utf8_width(cp) > 0 && n - i <= bytes && utf8_columns(p + i, n - i) <= columns) {
            at = i;
            break;
        }
        i += step;
    }
    return at;
}

static const char *put(
    const char *text, int columns, const char *open, const char *close, char *out, size_t size)
{
    struct buf b = BUF_INIT;
    size_t marks = strlen(open) + strlen(close), room = size - 1 - marks, head, tail;

    columns -= marks ? 2 : 0;
    clean(text, &b);
    head = beginning(buf_str(&b), b.len, columns, room);
    if (head == b.len) {
        snprintf(out, size, "%s%s%s", open, buf_str(&b), close);
    } else {
        room -= strlen("…");
        columns--;
        head = beginning(buf_str(&b), b.len, (columns + 1) / 2, room / 2);
        tail = end_of(buf_str(&b), b.len, columns / 2, room / 2);
        snprintf(out, size, "%s%.*s…%s%s", open, (int)head, buf_str(&b), buf_str(&b) + tail, close);
    }
    buf_release(&b);
    return out;
}

const char *quote(const char *text, int columns, char *out, size_t size)
{
    return put(text, columns, "‘", "’", out, size);
}

const char *quote_cut(const char *text, int columns, char *out, size_t size)
{
    return put(text, columns, "", "", out, size);
}
