/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_INPUT_KEYS_H
#define KFARM_TUI_INPUT_KEYS_H
/* Which key a sequence is: what xterm and those like it, the Linux console, rxvt, mintty and kitty send. */
#include <stddef.h>
#include <stdint.h>

/*
 * The key (keys.h) of the n bytes of a whole sequence, which begins with ESC; 0 if they are none that this program knows.
 * A key with Ctrl, Alt or Super has no number here but where it is a control character. Sources: xterm's ctlseqs
 * ("PC-Style Function Keys", "Alternate Keyboard"), kitty's keyboard protocol, console_codes(4), mintty's key codes.
 */
uint32_t input_key_of(const char *sequence, size_t n);

#endif
