/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/utf8.h"

static const struct {
    const char *name;
    uint32_t key;
} names[] = {
    {"Enter", KEYCODE_ENTER},
    {"Tab", KEYCODE_TAB},
    {"Esc", KEYCODE_ESCAPE},
    {"Space", ' '},
    {"Up", KEYCODE_UP},
    {"Down", KEYCODE_DOWN},
    {"Left", KEYCODE_LEFT},
    {"Right", KEYCODE_RIGHT},
    {"Home", KEYCODE_HOME},
    {"End", KEYCODE_END},
    {"PgUp", KEYCODE_PAGE_UP},
    {"PgDn", KEYCODE_PAGE_DOWN},
    {"Ins", KEYCODE_INSERT},
    {"Del", KEYCODE_DELETE},
    {"Backspace", KEYCODE_BACKSPACE},
    {"Shift-Tab", KEYCODE_BACKTAB},
    {"PasteBegin", KEYCODE_PASTE_BEGIN},
    {"PasteEnd", KEYCODE_PASTE_END},
};

uint32_t keys_parse(const char *name, size_t n)
{
    uint32_t cp;

    for (size_t i = 0; i < KF_LEN(names); i++)
        if (strlen(names[i].name) == n && ascii_ncasecmp(names[i].name, name, n) == 0)
            return names[i].key;
    if (n == 6 && ascii_ncasecmp(name, "Ctrl-", 5) == 0 && ascii_is_alpha(name[5]))
        return KEYCODE_CTRL(name[5]);
    if ((n == 2 || n == 3) && name[0] == 'F' && ascii_is_digit(name[1])) {
        int f = name[1] - '0';

        if (n == 3)
            f = ascii_is_digit(name[2]) ? f * 10 + name[2] - '0' : 0;
        return f >= 1 && f <= 12 ? KEYCODE_F1 + (uint32_t)f - 1 : 0;
    }
    if (n > 0 && utf8_decode(name, n, &cp) == n && cp != UTF8_REPLACEMENT)
        return cp;
    return 0;
}

char *keys_name(uint32_t key, char out[KEY_NAME_SIZE])
{
    char bytes[4];

    for (size_t i = 0; i < KF_LEN(names); i++)
        if (names[i].key == key) {
            snprintf(out, KEY_NAME_SIZE, "%s", names[i].name);
            return out;
        }
    if (key >= KEYCODE_F1 && key <= KEYCODE_F12)
        snprintf(out, KEY_NAME_SIZE, "F%u", key - KEYCODE_F1 + 1);
    else if (key >= 1 && key <= 26)
        snprintf(out, KEY_NAME_SIZE, "Ctrl-%c", (char)('A' + key - 1));
    else if (key < KEYCODE_BASE)
        snprintf(out, KEY_NAME_SIZE, "%.*s", (int)utf8_encode(key, bytes), bytes);
    else
        snprintf(out, KEY_NAME_SIZE, "?");
    return out;
}
