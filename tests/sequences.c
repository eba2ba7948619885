/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sequences.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

/* ---- the sequences ---- */

static const struct {
    const char *kind, *bytes;
} written[] = {
    {"CSI", "\033[31;7777m"},
    {"CSI", "\033[7777;7777H"},
    {"CSI", "\033[7777J"},
    {"CSI", "\033[2J"},
    {"CSI", "\033[7777A"},
    {"CSI", "\033[7777S"},
    {"CSI", "\033[7777b"},
    {"CSI modes", "\033[?1000h"},
    {"CSI modes", "\033[?1003;1006h"},
    {"CSI modes", "\033[?2004l"},
    {"CSI modes", "\033[?1049l"},
    {"CSI modes", "\033[?25l"},
    {"CSI modes", "\033[?7777h"},
    {"CSI queries", "\033[c"},
    {"CSI queries", "\033[>c"},
    {"CSI queries", "\033[6n"},
    {"CSI queries", "\033[21t"},
    {"CSI queries", "\033[?7777$p"},
    {"ESC", "\033c"},
    {"ESC", "\033#8"},
    {"ESC", "\033(0"},
    {"ESC", "\033Z"},
    {"ESC", "\033N"},
    {"OSC", "\033]0;owned\a"},
    {"OSC", "\033]1;owned\a"},
    {"OSC", "\033]2;owned\033\\"},
    {"OSC", "\033]4;1;?\a"},
    {"OSC", "\033]8;;x:y\033\\z\033]8;;\033\\"},
    {"OSC", "\033]10;?\a"},
    {"OSC", "\033]11;?\033\\"},
    {"OSC", "\033]52;c;b3duZWQ=\a"},
    {"OSC", "\033]52;c;b3duZWQ=\033\\"},
    {"OSC", "\033]1337;File=:AAAA\a"},
    {"DCS", "\033P$qm\033\\"},
    {"DCS", "\033P+q544e\033\\"},
    {"DCS", "\033Pq#0;2;0;0;0#0~~\033\\"},
    {"DCS", "\033Ptmux;\033\033]0;x\a\033\\"},
    {"APC PM SOS", "\033_Ga=q\033\\"},
    {"APC PM SOS", "\033^x\033\\"},
    {"APC PM SOS", "\033Xx\033\\"},
    {"C1 strings", "\x9b"
                   "31m"},
    {"C1 strings", "\x9d"
                   "0;owned\x9c"},
    {"C1 strings", "\x90$qm\x9c"},
    {"C1 strings", "\xc2\x9b"
                   "31m"},
    {"C1 strings", "\xc2\x9d"
                   "0;owned\xc2\x9c"},
    {"C1 strings", "\xc2\x90$qm\xc2\x9c"},
    {"bidi", "\xd8\x9c"},
    {"bidi", "\xe2\x80\x8e"},
    {"bidi", "\xe2\x80\x8f"},
    {"bidi", "\xe2\x80\xaa"},
    {"bidi", "\xe2\x80\xab"},
    {"bidi", "\xe2\x80\xac"},
    {"bidi", "\xe2\x80\xad"},
    {"bidi", "\xe2\x80\xae"},
    {"bidi", "\xe2\x81\xa6"},
    {"bidi", "\xe2\x81\xa7"},
    {"bidi", "\xe2\x81\xa8"},
    {"bidi", "\xe2\x81\xa9"},
    {"zero-width", "\xe2\x80\x8b"},
    {"zero-width", "\xe2\x80\x8c"},
    {"zero-width", "\xe2\x80\x8d"},
    {"zero-width", "\xe2\x81\xa0"},
    {"zero-width", "\xef\xbb\xbf"},
    {"zero-width", "\xe1\xa0\x8e"},
    {"zero-width", "\xc2\xad"},
    {"invisible", "x\xcd\x8f"}, /* combining grapheme joiner */
    {"invisible", "\xe1\x85\x9f"}, /* Hangul fillers */
    {"invisible", "x\xe1\x85\xa0"},
    {"invisible", "\xe3\x85\xa4"},
    {"invisible", "\xef\xbe\xa0"},
    {"invisible", "x\xe1\xa0\x8b"}, /* Mongolian variation selector */
    {"invisible", "x\xe1\xa0\x8f"},
    {"invisible", "x\xe1\x9e\xb4"}, /* Khmer inherent vowel */
    {"invisible", "\xef\xbf\xb0"},
    {"tags", "\xf3\xa0\x80\x81"},
    {"tags", "\xf3\xa0\x81\x81"},
    {"tags", "\xf3\xa0\x84\x80"},
    {"interlinear", "\xef\xbf\xb9x\xef\xbf\xbay\xef\xbf\xbb"},
    {"separators", "\xe2\x80\xa8"},
    {"separators", "\xe2\x80\xa9"},
    {"variation selectors", "\xe2\x9d\xa4\xef\xb8\x8f"},
    {"variation selectors", "x\xef\xb8\x80"},
    {"overlong", "\xc0\x9b"},
    {"overlong", "\xe0\x82\x9b"},
    {"overlong", "\xf0\x80\x82\x9b"},
    {"surrogates", "\xed\xa0\x80"},
    {"surrogates", "\xed\xa0\x9b\xed\xb0\x9b"},
    {"no UTF-8", "\xf4\x90\x80\x80"},
    {"no UTF-8", "\xf8\x88\x80\x80\x80"},
    {"no UTF-8", "\xfc"},
    {"no UTF-8", "\xfe"},
    {"no UTF-8", "\xff"},
    {"cut short", "\033["},
    {"cut short", "\033]"},
    {"cut short", "\033P"},
    {"cut short", "\xe2\x80"},
    {"cut short", "\xc2"},
    {"cut short", "\xf3\xa0\x81"},
};

static void add(struct sequence out[SEQUENCES_MAX], size_t *n, const char *kind, const char *bytes)
{
    struct sequence *s = &out[(*n)++];

    *s = (struct sequence){.kind = kind, .drawn = bytes[0] == '\t' || bytes[0] == '\n'};
    snprintf(s->bytes, sizeof(s->bytes), "%s", bytes);
}

size_t sequences_make(struct sequence out[SEQUENCES_MAX])
{
    char bytes[SEQUENCE_BYTES] = "e";
    size_t n = 0;

    for (int c = 1; c < 0x20; c++)
        add(out, &n, "C0", (char[]){(char)c, '\0'});
    add(out, &n, "DEL", "\x7f");
    for (int c = 0x80; c < 0xA0; c++) {
        add(out, &n, "C1 as bytes", (char[]){(char)c, '\0'});
        add(out, &n, "C1 in UTF-8", (char[]){(char)0xC2, (char)c, '\0'});
    }
    for (size_t i = 0; i < KF_LEN(written); i++)
        add(out, &n, written[i].kind, written[i].bytes);
    for (int i = 0; i < 100; i++)
        memcpy(bytes + 1 + i * 2, "\xcc\x81", 3);
    add(out, &n, "combining marks", bytes);
    return n;
}

/* ---- what a recording may have ---- */

#define PARAMS_MAX 16
#define PARAM_MAX  400 /* rows, columns, colours */
#define MARKS_MAX  12 /* on one character */

struct scan {
    const unsigned char *p;
    size_t n, at;
    bool ascii;
    unsigned copies, marks;
};

static bool invisible(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x80, 0x9F}, {0xAD, 0xAD}, {0x34F, 0x34F}, {0x61C, 0x61C}, {0x115F, 0x1160},
        {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
        {0x3164, 0x3164}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
        {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

    for (size_t i = 0; i < KF_LEN(ranges); i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    return false;
}

static const char *character(struct scan *s)
{
    uint32_t cp;
    size_t n;

    if (s->ascii)
        return "a byte beyond ASCII";
    n = utf8_decode((const char *)s->p + s->at, s->n - s->at, &cp);
    if (cp == UTF8_REPLACEMENT && (n != 3 || memcmp(s->p + s->at, "\xef\xbf\xbd", 3) != 0))
        return "bytes that are no UTF-8";
    if (invisible(cp))
        return "an invisible character";
    s->marks = utf8_width(cp) == 0 ? s->marks + 1 : 0;
    if (s->marks > MARKS_MAX)
        return "too many combining marks";
    s->at += n;
    return NULL;
}

/* The modes that ncurses and the program set: cursor keys, wrapping, blinking and visible cursor, screen, pastes. */
static bool own_mode(const char *params)
{
    static const char *const modes[] = {"?1", "?7", "?12", "?25", "?12;25", "?1049", "?2004", "4",
        "?9", "?1000", "?1001", "?1002", "?1003", "?1004"}; /* these are taken off */

    for (size_t i = 0; i < KF_LEN(modes); i++)
        if (strcmp(params, modes[i]) == 0)
            return true;
    return false;
}

static bool own_params(const char *params)
{
    unsigned count = 0;

    for (const char *at = params; *at; count++) {
        char *end;
        unsigned long value = strtoul(at, &end, 10);

        if (value > PARAM_MAX || strspn(at, "0123456789;") == 0)
            return false;
        at = end + (*end == ';');
    }
    return count <= PARAMS_MAX && params[strspn(params, "0123456789;")] == '\0';
}

static const char *control_sequence(struct scan *s)
{
    char params[64];
    size_t n = 0;
    int final;

    while (s->at + n < s->n && n < sizeof(params) - 1 && s->p[s->at + n] >= 0x20 &&
           s->p[s->at + n] < 0x40) {
        params[n] = (char)s->p[s->at + n];
        n++;
    }
    params[n] = '\0';
    final = s->at + n < s->n ? s->p[s->at + n] : 0;
    if (final == 'h' || final == 'l') {
        if (!own_mode(params))
            return "a mode that is not ours";
    } else if (final == 't') { /* the window's title is put aside and brought back */
        if (strcmp(params, "22;0;0") != 0 && strcmp(params, "23;0;0") != 0)
            return "a window operation";
    } else if (final == 0 || !strchr("@ABCDGHJKLMPSTXZbdmr", final) || !own_params(params)) {
        return "a control sequence that is not ours";
    }
    s->at += n + 1;
    return NULL;
}

static int base64_value(int c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Its text is pasted into a shell one day. */
static const char *clipboard(struct scan *s)
{
    struct buf text = BUF_INIT;
    const char *what = NULL;
    unsigned bits = 0, have = 0;
    size_t at = s->at;

    for (; at < s->n && base64_value(s->p[at]) >= 0; at++) {
        bits = bits << 6 | (unsigned)base64_value(s->p[at]);
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_addc(&text, (char)(bits >> have));
        }
    }
    while (at < s->n && s->p[at] == '=')
        at++;
    if (at + 2 > s->n || memcmp(s->p + at, "\033\\", 2) != 0)
        what = "a copy to the clipboard that does not end";
    for (size_t i = 0; i < text.len && !what;) {
        uint32_t cp;

        i += utf8_decode(text.p + i, text.len - i, &cp);
        if (cp < 0x20 || cp == 0x7F || cp == UTF8_REPLACEMENT || invisible(cp))
            what = "a character in the clipboard that is no printable one";
    }
    buf_release(&text);
    s->at = at + 2;
    s->copies++;
    return what;
}

static const char *escape(struct scan *s)
{
    size_t left = s->n - s->at;
    const unsigned char *p = s->p + s->at;

    if (left >= 2 && p[1] == '[') {
        s->at += 2;
        return control_sequence(s);
    }
    if (left >= 7 && memcmp(p, "\033]52;c;", 7) == 0) {
        s->at += 7;
        return clipboard(s);
    }
    if (left >= 3 && p[1] == '(' && p[2] == 'B') {
        s->at += 3;
        return NULL;
    }
    if (left >= 2 && strchr("=>78M", p[1])) {
        s->at += 2;
        return NULL;
    }
    return "an escape sequence that is not ours";
}

static const char *step(struct scan *s)
{
    unsigned char c = s->p[s->at];

    if (c == 0x1B)
        return escape(s);
    if (c >= 0x80)
        return character(s);
    if (c == 0x7F || (c < 0x20 && c != '\b' && c != '\t' && c != '\n' && c != '\r'))
        return "a control character";
    s->marks = 0;
    s->at++;
    return NULL;
}

/* What the grammar lets pass, since ncurses sends the like: a stranger's stands between its brackets. */
static bool has_sequence(const struct buf *recorded, struct foreign *ret)
{
    struct sequence all[SEQUENCES_MAX];
    size_t count = sequences_make(all);

    for (size_t i = 0; i < count; i++) {
        char text[SEQUENCE_BYTES + 8];
        int n = snprintf(text, sizeof(text), SEQUENCES_OPEN "%s" SEQUENCES_CLOSE, all[i].bytes);
        const char *at =
            all[i].drawn ? NULL : memmem(buf_str(recorded), recorded->len, text, (size_t)n);

        if (at) {
            *ret = (struct foreign){.what = all[i].kind, .at = (size_t)(at - recorded->p)};
            return true;
        }
    }
    return false;
}

bool foreign_find(const struct buf *recorded, bool ascii, struct foreign *ret, unsigned *ret_copies)
{
    struct scan s = {
        .p = (const unsigned char *)buf_str(recorded), .n = recorded->len, .ascii = ascii};

    while (s.at < s.n) {
        size_t at = s.at;
        const char *what = step(&s);

        if (what) {
            *ret = (struct foreign){.what = what, .at = at};
            return true;
        }
    }
    if (ret_copies)
        *ret_copies = s.copies;
    return has_sequence(recorded, ret);
}
