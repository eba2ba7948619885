/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/json_text.h"

#include <inttypes.h>

#include "base/utf8.h"

#define MARKS_MAX                                                                                  \
    4 /* combining marks that a terminal gets on one character, as in base/harmless.c */

json_t *json_text(const char *text, size_t n)
{
    json_t *value = json_stringn(text, n);
    struct buf b = BUF_INIT;

    if (value)
        return value;
    for (size_t i = 0; i < n;) {
        char bytes[4];
        uint32_t cp;

        i += utf8_decode(text + i, n - i, &cp);
        buf_add(&b, bytes, utf8_encode(cp, bytes));
    }
    value = json_stringn(buf_str(&b), b.len);
    buf_release(&b);
    return value;
}

static int append(const char *bytes, size_t n, void *user)
{
    return buf_add(user, bytes, n) ? 0 : -1;
}

/* As UTF-16, since JSON knows no other (RFC 8259, 7). */
static void add_escaped(struct buf *out, uint32_t cp)
{
    if (cp > 0xFFFF) {
        buf_addf(out, "\\u%04" PRIx32, 0xD800 + ((cp - 0x10000) >> 10));
        cp = 0xDC00 + (cp & 0x3FF);
    }
    buf_addf(out, "\\u%04" PRIx32, cp);
}

void json_text_dump(const json_t *root, size_t flags, struct buf *out)
{
    struct buf plain = BUF_INIT;
    size_t from = 0, i = 0;
    int marks = 0; /* on the same character */

    json_dump_callback(root, append, &plain, flags);
    while (i < plain.len) { /* jansson escapes what is below U+0020 */
        size_t at = i;
        uint32_t cp;

        i += utf8_decode(plain.p + i, plain.len - i, &cp);
        marks = utf8_width(cp) == 0 ? marks + 1 : 0;
        if (cp < 0x7F || (utf8_harmless(cp) == cp && marks <= MARKS_MAX))
            continue;
        buf_add(out, plain.p + from, at - from);
        add_escaped(out, cp);
        from = i;
    }
    if (i > from)
        buf_add(out, plain.p + from, i - from);
    buf_addc(out, '\n');
    buf_release(&plain);
}
