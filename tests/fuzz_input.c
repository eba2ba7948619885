/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of tui/input.h: what a terminal sends, with pauses where the input says so. The whole of it is read a
 * second time, here, by the grammar: a printing character that comes out as a key must stand alone in it, or in a sequence
 * that is documented as that character; no byte of a report is ever one, whatever the pauses. It aborts if one is, or if
 * after all of it, and a pause, Esc and a character are no keys.
 *
 * The first byte chooses where the pauses are; 0 in its lower six bits: nowhere. EIGHT_BITS in it: the characters of the
 * locale are bytes.
 */
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/alloc.h"
#include "tui/input.h"
#include "tui/keys.h"
#include "tui/terminput.h"

#define ESC        0x1b
#define MAX        4096
#define EIGHT_BITS 0x40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* ---- the grammar, read in the whole ---- */

enum stands { ALONE, IN_SEQUENCE };

static bool within(uint8_t byte, uint8_t from, uint8_t to)
{
    return byte >= from && byte <= to;
}

static size_t past(const uint8_t *p, size_t n, size_t i, uint8_t from, uint8_t to)
{
    while (i < n && within(p[i], from, to))
        i++;
    return i;
}

/* The bytes of a mouse report without parameters, from i on. */
static size_t counted(const uint8_t *p, size_t n, size_t i, int count, bool utf8)
{
    while (i < n && count > 0 && p[i] != ESC) {
        if (p[i] < 0x20)
            return i + 1;
        count -= !(utf8 && within(p[i], 0xc2, 0xdf));
        i++;
    }
    return i;
}

static size_t csi(const uint8_t *p, size_t n, size_t from, bool utf8)
{
    size_t digits = past(p, n, from, '0', '9'), i = past(p, n, from, 0x20, 0x3f);

    if (digits > from && digits <= from + 2 && digits < n && p[digits] == '$')
        return digits + 1;
    if (i == n || p[i] == ESC)
        return i;
    if (i > from)
        return i + 1;
    switch (p[i]) {
    case 'M':
        return counted(p, n, i + 1, 3, utf8);
    case 't':
        return counted(p, n, i + 1, 2, utf8);
    case 'T':
        return counted(p, n, i + 1, 6, utf8);
    case '[':
        return counted(p, n, i + 1, 1, utf8);
    default:
        return i + 1;
    }
}

static size_t ss3(const uint8_t *p, size_t n, size_t i)
{
    i = past(p, n, i, '0', ';');
    return i < n && p[i] != ESC ? i + 1 : i;
}

static size_t string(const uint8_t *p, size_t n, size_t i)
{
    for (; i < n; i++) {
        if (p[i] == ESC)
            return i + 1 < n && p[i + 1] == '\\' ? i + 2 : i;
        if (p[i] == 0x07 || p[i] == 0x18 || p[i] == 0x1a)
            return i + 1;
    }
    return n;
}

/* Where a sequence ends whose introducer stands before i; i itself if none begins. After a pause these alone go on. */
static size_t sequence(uint8_t introducer, const uint8_t *p, size_t n, size_t i, bool utf8)
{
    uint8_t first = i < n ? p[i] : 0;

    switch (introducer) {
    case '[':
        return csi(p, n, i, utf8);
    case 'O':
        return ss3(p, n, i);
    case 'P':
    case ']':
    case '_':
        return within(first, 0x20, 0x3f) || (first && strchr("lLG", first)) ? string(p, n, i) : i;
    default:
        return i;
    }
}

static void read_whole(const uint8_t *p, size_t n, bool utf8, enum stands *stands)
{
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;

        if (p[i] == ESC && i + 1 < n)
            end = KF_MAX(end, sequence(p[i + 1], p, n, i + 2, utf8));
        for (size_t k = i; k < end && k < n; k++)
            stands[k] = p[i] == ESC && end > i + 2 ? IN_SEQUENCE : ALONE;
        i = end;
    }
}

/* Whether a sequence that ends here may be a character: the keypad, and the keyboard protocols. */
static bool may_be_character(const uint8_t *p, size_t i)
{
    return p[i] == 'u' || p[i] == '~' || (i > 0 && p[i - 1] == 0x8f) ||
           (i > 1 && p[i - 1] == 'O' && p[i - 2] == ESC);
}

/* ---- the decoder ---- */

static bool printing(uint32_t key)
{
    return key > ' ' && key < 0x7f;
}

/* What terminfo(5) says of keys: those of xterm and of others, and what is refused, since it is text or no sequence. */
static const char *capability(const char *name)
{
    static const struct {
        const char *name, *sequence;
    } given[] = {{"kcuu1", "\033OA"}, {"kcud1", "\033[B"}, {"kcub1", "\002"}, {"kcuf1", "\006"},
        {"khome", "\033[H"}, {"kend", "\033[8~"}, {"kpp", "\033[5~"}, {"knp", "\033[[5~"},
        {"kbs", "\177"}, {"kent", "\r"}, {"kcbt", "\033[Z"}, {"kf1", "\033[11~"},
        {"kf2", "\033[[B"}, {"kf3", "\033OR"}, {"kf4", ""}, {"kf5", "\033[15;15;15;15;15~"},
        {"kf6", "f"}, {"kf7", "\033"}, {"kf8", "f8"}, {"kf12", "\0330"}};

    for (size_t i = 0; i < KF_LEN(given); i++)
        if (strcmp(given[i].name, name) == 0)
            return given[i].sequence;
    return NULL;
}

static void run(const uint8_t *p, size_t n, uint8_t pauses, const enum stands *stands)
{
    struct input in;
    int64_t now = 1000;
    uint32_t key;

    terminput_init(&in, capability);
    for (size_t i = 0; i < n; i++) {
        if (pauses && (i * 37 + i / 7) % pauses == 0) {
            for (int64_t until = now + INPUT_DOUBT_MS - 1 - INPUT_ESC_MAX_MS; now < until;
                 now += 25) {
                key = input_wait(&in, now);
                must(key == 0 || key == KEYCODE_ESCAPE);
            }
        }
        key = input_take(&in, p[i], now);
        if (printing(key))
            must(stands[i] == ALONE ? key == p[i] || p[i] >= 0x80 || may_be_character(p, i)
                                    : may_be_character(p, i));
    }
    /* whatever came: pauses, and Esc is a key again */
    for (int presses = 0; presses < 4; presses++) {
        now += 10 * INPUT_STRING_MS;
        input_wait(&in, now);
        input_take(&in, ESC, now);
        now += INPUT_ESC_MAX_MS;
        key = input_wait(&in, now);
    }
    must(key == KEYCODE_ESCAPE);
    must(input_take(&in, 'j', now) == 'j');
    /* another program has had the terminal, and the rest of what had begun */
    for (size_t i = 0; i < n && i < 32; i++)
        input_take(&in, p[i], now);
    input_reset(&in);
    must(input_take(&in, 'j', now) == 'j');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static locale_t characters, bytes;
    enum stands stands[MAX];
    bool utf8;

    if (characters == NULL)
        characters = newlocale(LC_ALL_MASK, "C.UTF-8", NULL);
    if (bytes == NULL)
        bytes = newlocale(LC_ALL_MASK, "C", NULL);
    must(characters && bytes);
    if (size < 2 || size - 1 > MAX)
        return 0;
    memset(stands, 0, sizeof(stands));
    utf8 = (data[0] & EIGHT_BITS) == 0;
    uselocale(utf8 ? characters : bytes);
    read_whole(data + 1, size - 1, utf8, stands);
    run(data + 1, size - 1, data[0] & (EIGHT_BITS - 1), stands);
    return 0;
}
