/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/harmless.h"

#include "base/utf8.h"

void harmless_write(const struct buf *text, FILE *f)
{
    const char *at = buf_str(text), *end = at + text->len;

    while (at < end) {
        char out[4];
        uint32_t cp;

        at += utf8_decode(at, (size_t)(end - at), &cp);
        if (cp != '\n')
            cp = utf8_harmless(cp);
        if (cp)
            fwrite(out, 1, utf8_encode(cp, out), f);
    }
}
