/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_KEYS_H
#define KFARM_TUI_KEYS_H
/*
 * Keys: a code point for what types a character (Ctrl-A … Ctrl-Z are 1 … 26), a number from
 * KEYCODE_BASE on for the others. Names are those of the tables below and of the documentation:
 * "c", "Enter", "F9", "Ctrl-L", "Space".
 */
#include <stddef.h>
#include <stdint.h>

#define KEYCODE_BASE 0x200000u

enum keycode {
    KEYCODE_UP = KEYCODE_BASE,
    KEYCODE_DOWN,
    KEYCODE_LEFT,
    KEYCODE_RIGHT,
    KEYCODE_HOME,
    KEYCODE_END,
    KEYCODE_PAGE_UP,
    KEYCODE_PAGE_DOWN,
    KEYCODE_INSERT,
    KEYCODE_DELETE,
    KEYCODE_BACKSPACE,
    KEYCODE_BACKTAB,
    KEYCODE_PASTE_BEGIN, /* the terminal starts, and ends, to send pasted text */
    KEYCODE_PASTE_END,
    KEYCODE_F1, /* F1 … F12 follow each other */
    KEYCODE_F12 = KEYCODE_F1 + 11,
    KEYCODE_OTHER, /* a key that nothing is bound to */
};

#define KEYCODE_TAB     '\t'
#define KEYCODE_ENTER   '\r'
#define KEYCODE_ESCAPE  27u
#define KEYCODE_CTRL(c) ((uint32_t)(c)&31u)

#define KEY_NAME_SIZE 16

/* The key that the n bytes at name are the name of; 0 if there is none. */
uint32_t keys_parse(const char *name, size_t n);
/* The name of a key, written into out, which is returned. */
char *keys_name(uint32_t key, char out[KEY_NAME_SIZE]);

#endif
