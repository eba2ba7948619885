/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/input_keys.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/keys.h"

#define PARAMETERS 3

/* Of a parameter that says which keys are held, less one (xterm, kitty): those that matter here. */
#define MOD_SHIFT 1u
#define MOD_CTRL  4u
#define MOD_LOCKS (64u | 128u) /* Caps Lock and Num Lock have done their work */

struct sequence {
    char introducer, final;
    uint32_t number[PARAMETERS]; /* 0: not there */
    uint32_t other[PARAMETERS]; /* what stands behind its colon */
    int count;
};

struct letter {
    char final;
    uint32_t key;
};

static const struct letter csi_letters[] = {{'A', KEYCODE_UP}, {'B', KEYCODE_DOWN},
    {'C', KEYCODE_RIGHT}, {'D', KEYCODE_LEFT}, {'F', KEYCODE_END}, {'H', KEYCODE_HOME},
    {'P', KEYCODE_F1}, {'Q', KEYCODE_F1 + 1}, {'R', KEYCODE_F1 + 2}, {'S', KEYCODE_F1 + 3}};

/* The second half is the keypad's in application mode. */
static const struct letter ss3_letters[] = {{'A', KEYCODE_UP}, {'B', KEYCODE_DOWN},
    {'C', KEYCODE_RIGHT}, {'D', KEYCODE_LEFT}, {'F', KEYCODE_END}, {'H', KEYCODE_HOME},
    {'P', KEYCODE_F1}, {'Q', KEYCODE_F1 + 1}, {'R', KEYCODE_F1 + 2}, {'S', KEYCODE_F1 + 3},
    {'[', KEYCODE_ESCAPE}, {' ', ' '}, {'I', KEYCODE_TAB}, {'M', KEYCODE_ENTER}, {'X', '='},
    {'j', '*'}, {'k', '+'}, {'l', ','}, {'m', '-'}, {'n', '.'}, {'o', '/'}, {'p', '0'}, {'q', '1'},
    {'r', '2'}, {'s', '3'}, {'t', '4'}, {'u', '5'}, {'v', '6'}, {'w', '7'}, {'x', '8'}, {'y', '9'}};

struct number {
    uint32_t number;
    uint32_t key;
};

/* CSI number ~ */
static const struct number csi_numbers[] = {{1, KEYCODE_HOME}, {2, KEYCODE_INSERT},
    {3, KEYCODE_DELETE}, {4, KEYCODE_END}, {5, KEYCODE_PAGE_UP}, {6, KEYCODE_PAGE_DOWN},
    {7, KEYCODE_HOME}, {8, KEYCODE_END}, {11, KEYCODE_F1}, {12, KEYCODE_F1 + 1},
    {13, KEYCODE_F1 + 2}, {14, KEYCODE_F1 + 3}, {15, KEYCODE_F1 + 4}, {17, KEYCODE_F1 + 5},
    {18, KEYCODE_F1 + 6}, {19, KEYCODE_F1 + 7}, {20, KEYCODE_F1 + 8}, {21, KEYCODE_F1 + 9},
    {23, KEYCODE_F1 + 10}, {24, KEYCODE_F12}, {200, KEYCODE_PASTE_BEGIN}, {201, KEYCODE_PASTE_END}};

/* CSI number u, beside those that are characters: kitty's "functional key definitions" of the keypad. */
static const struct number csi_u_numbers[] = {{9, KEYCODE_TAB}, {13, KEYCODE_ENTER},
    {27, KEYCODE_ESCAPE}, {8, KEYCODE_BACKSPACE}, {127, KEYCODE_BACKSPACE}, {57399, '0'},
    {57400, '1'}, {57401, '2'}, {57402, '3'}, {57403, '4'}, {57404, '5'}, {57405, '6'},
    {57406, '7'}, {57407, '8'}, {57408, '9'}, {57409, '.'}, {57410, '/'}, {57411, '*'},
    {57412, '-'}, {57413, '+'}, {57414, KEYCODE_ENTER}, {57415, '='}, {57416, ','},
    {57417, KEYCODE_LEFT}, {57418, KEYCODE_RIGHT}, {57419, KEYCODE_UP}, {57420, KEYCODE_DOWN},
    {57421, KEYCODE_PAGE_UP}, {57422, KEYCODE_PAGE_DOWN}, {57423, KEYCODE_HOME},
    {57424, KEYCODE_END}, {57425, KEYCODE_INSERT}, {57426, KEYCODE_DELETE}};

static uint32_t letter_of(const struct letter *rows, size_t n, char final)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].final == final)
            return rows[i].key;
    return 0;
}

static uint32_t number_of(const struct number *rows, size_t n, uint32_t number)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].number == number)
            return rows[i].key;
    return 0;
}

/* A number; what no key has is 0, as what is not there. */
static const char *take_number(const char *p, const char *end, uint32_t *ret)
{
    uint32_t n = 0;

    for (; p < end && *p >= '0' && *p <= '9'; p++)
        n = n > 0x110000 ? n : n * 10 + (uint32_t)(*p - '0');
    *ret = n;
    return p;
}

/* Parameters are numbers, each of which may have a second one behind a colon; false where there is anything else. */
static bool split(const char *p, size_t n, struct sequence *s)
{
    const char *end = p + n - 1;
    uint32_t more;

    *s = (struct sequence){.introducer = p[1], .final = *end};
    for (p += 2; p < end && s->count < PARAMETERS; s->count++) {
        p = take_number(p, end, &s->number[s->count]);
        if (p < end && *p == ':')
            p = take_number(p + 1, end, &s->other[s->count]);
        while (p < end && *p == ':') /* kitty: the key of another layout, the rest of a text */
            p = take_number(p + 1, end, &more);
        if (p < end && *p++ != ';')
            return false;
    }
    return p == end;
}

/* A character with what is held beside it. kitty tells what Shift makes of it behind the colon; xterm has that as the
   number. */
static uint32_t character(uint32_t c, uint32_t shifted, uint32_t mods, bool kitty)
{
    if (mods == MOD_CTRL && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
        return KEYCODE_CTRL(c);
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c > 0x10ffff || (c >= 0xe000 && c <= 0xf8ff))
        return 0;
    if (mods == 0)
        return c;
    if (mods != MOD_SHIFT)
        return 0;
    if (shifted > 0x20 && shifted < 0x7f)
        return shifted;
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 'A';
    return kitty ? 0 : c; /* which layout the keyboard has is not known here */
}

static uint32_t code(uint32_t c, uint32_t shifted, uint32_t mods, bool kitty)
{
    uint32_t key = number_of(csi_u_numbers, KF_LEN(csi_u_numbers), c);

    if (key == KEYCODE_TAB && mods == MOD_SHIFT)
        return KEYCODE_BACKTAB;
    if (key)
        return mods == 0 ? key : 0;
    return character(c, shifted, mods, kitty);
}

static uint32_t csi_key(const struct sequence *s)
{
    uint32_t mods = (s->number[1] ? s->number[1] - 1 : 0) & ~MOD_LOCKS;

    if (s->other[1] == 3) /* kitty: the key was let go */
        return 0;
    if (s->final == 'u')
        return s->count > 0 ? code(s->number[0], s->other[0], mods, true) : 0;
    if (s->final == '~' && s->number[0] == 27 && s->count == 3)
        return code(s->number[2], 0, mods, false);
    if (s->final == 'Z' && s->number[0] <= 1 && (mods & ~MOD_SHIFT) == 0)
        return KEYCODE_BACKTAB;
    if (mods || s->count > 2)
        return 0;
    if (s->final == '~')
        return number_of(csi_numbers, KF_LEN(csi_numbers), s->number[0]);
    return s->number[0] <= 1 ? letter_of(csi_letters, KF_LEN(csi_letters), s->final) : 0;
}

uint32_t input_key_of(const char *sequence, size_t n)
{
    struct sequence s;

    if (n == 4 && memcmp(sequence, "\033[[", 3) == 0 && sequence[3] >= 'A' && sequence[3] <= 'E')
        return KEYCODE_F1 + (uint32_t)(sequence[3] - 'A');
    if (n < 3 || !split(sequence, n, &s))
        return 0;
    if (s.introducer == '[')
        return csi_key(&s);
    return s.introducer == 'O' && s.count == 0
               ? letter_of(ss3_letters, KF_LEN(ss3_letters), s.final)
               : 0;
}
