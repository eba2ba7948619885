/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/json_text.h"

#include "base/buf.h"
#include "base/utf8.h"

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
