/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/utf8.h"

#include <stdbool.h>
#include <utf8proc.h>

#include "base/alloc.h"

/* What the first byte says of the length, 0 for a byte that starts nothing; and the range of the
   second byte, which is what keeps out overlong forms, surrogates and anything above U+10FFFF. */
static size_t lead(unsigned char b, unsigned char *lo, unsigned char *hi)
{
    *lo = 0x80;
    *hi = 0xBF;
    if (b >= 0xC2 && b <= 0xDF)
        return 2;
    if (b >= 0xE0 && b <= 0xEF) {
        if (b == 0xE0)
            *lo = 0xA0;
        if (b == 0xED)
            *hi = 0x9F;
        return 3;
    }
    if (b >= 0xF0 && b <= 0xF4) {
        if (b == 0xF0)
            *lo = 0x90;
        if (b == 0xF4)
            *hi = 0x8F;
        return 4;
    }
    return 0;
}

/* Bytes of the well-formed beginning at p; *ret_len is the length its first byte announces. */
static size_t well_formed(const unsigned char *p, size_t n, size_t *ret_len)
{
    unsigned char lo, hi;
    size_t len = lead(p[0], &lo, &hi);
    size_t i;

    *ret_len = len;
    if (len == 0)
        return 0;
    for (i = 1; i < len && i < n; i++) {
        if (p[i] < lo || p[i] > hi)
            break;
        lo = 0x80;
        hi = 0xBF;
    }
    return i;
}

size_t utf8_decode(const char *p, size_t n, uint32_t *ret_cp)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t len, got;

    if (u[0] < 0x80) {
        *ret_cp = u[0];
        return 1;
    }
    got = well_formed(u, n, &len);
    if (len == 0 || got < len) {
        *ret_cp = UTF8_REPLACEMENT;
        return got ? got : 1;
    }
    *ret_cp = u[0] & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++)
        *ret_cp = *ret_cp << 6 | (u[i] & 0x3Fu);
    return len;
}

size_t utf8_encode(uint32_t cp, char out[4])
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t n = 0;

    if (cp < 0xD800 || cp > 0xDFFF) /* a surrogate is no character */
        n = utf8proc_encode_char((utf8proc_int32_t)cp, bytes);

    for (utf8proc_ssize_t i = 0; i < n; i++)
        out[i] = (char)bytes[i];
    return n > 0 ? (size_t)n : 0;
}

int utf8_width(uint32_t cp)
{
    if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
        return -1;
    if (cp < 0x7F)
        return 1;
    return utf8proc_charwidth((utf8proc_int32_t)cp);
}

struct range {
    uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t cp)
{
    for (size_t i = 0; i < count; i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    return false;
}

/* Both tables together are Unicode's Default_Ignorable_Code_Point, line separators and interlinear annotation: what no
   terminal shows, so that two names can differ and look the same, or what makes it show other things differently. */
static const struct range nothing[] = {
    {0xAD, 0xAD}, /* soft hyphen */
    {0x34F, 0x34F}, /* combining grapheme joiner */
    {0x17B4, 0x17B5}, /* inherent vowels of Khmer */
    {0x180B, 0x180D}, {0x180F, 0x180F}, /* variation selectors of Mongolian */
    {0x200B, 0x200D}, {0x2060, 0x2060}, {0xFEFF, 0xFEFF}, /* zero-width spaces and joiners */
    {0xFE00, 0xFE0F}, /* variation selectors: some terminals then draw one column as two */
};

static const struct range replaced[] = {
    {0x61C, 0x61C}, {0x200E, 0x200F}, {0x202A, 0x202E},
    {0x2066, 0x2069}, /* they turn text around */
    {0x2028, 0x2029}, /* line and paragraph separators */
    {0x115F, 0x1160}, {0x3164, 0x3164},
    {0xFFA0, 0xFFA0}, /* Hangul fillers: blanks that are letters */
    {0x180E, 0x180E}, {0x2061, 0x2065}, {0x206A, 0x206F}, {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, /* invisible formats */
    {0xE0000, 0xE0FFF}, /* tags */
};

uint32_t utf8_harmless(uint32_t cp)
{
    if (cp < 0x20)
        return 0x2400 + cp;
    if (cp < 0x7F)
        return cp;
    if (cp == 0x7F)
        return 0x2421;
    if (cp < 0xA0 || is_in(replaced, KF_LEN(replaced), cp))
        return UTF8_REPLACEMENT;
    return is_in(nothing, KF_LEN(nothing), cp) ? 0 : cp;
}

size_t utf8_partial(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;

    for (size_t back = 1; back <= 3 && back <= n; back++) {
        size_t len;

        if ((u[n - back] & 0xC0) == 0x80)
            continue;
        return well_formed(u + n - back, back, &len) == back && len > back ? back : 0;
    }
    return 0;
}

int utf8_columns(const char *p, size_t n)
{
    int columns = 0;

    for (size_t i = 0; i < n;) {
        uint32_t cp;

        i += utf8_decode(p + i, n - i, &cp);
        if (cp == '\t')
            columns += 8 - columns % 8;
        else if ((cp = utf8_harmless(cp)) != 0)
            columns += utf8_width(cp);
    }
    return columns;
}
