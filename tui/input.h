/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_INPUT_H
#define KFARM_TUI_INPUT_H
/*
 * What the terminal sends, byte by byte, as keys (keys.h). It goes by the grammar of ECMA-48 (control sequences, strings)
 * with what terminals add to it: X10 and highlight mouse reports, SS3 with modifiers, the Linux console's CSI [, the
 * keyboard protocols of xterm (modifyOtherKeys) and kitty (CSI u). What is known is a key; everything else is taken
 * whole, so that no part of a report is ever a command, however slowly its bytes come.
 *
 * Esc alone is a key once nothing has followed it for a moment. If the rest of a sequence comes after that, the line is
 * slow: the rest is still taken, and the moment becomes longer.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#define INPUT_ESC_MS     50 /* a sequence's bytes come closer together than this */
#define INPUT_ESC_MAX_MS 1000 /* the same for a slow line */
#define INPUT_DOUBT_MS   1500 /* so long after an Esc the rest of a sequence may come */
#define INPUT_STRING_MS  5000 /* a string that is silent for so long has lost its end */
#define INPUT_KEYS_MAX   64
#define INPUT_SEQUENCE   64 /* no key has a longer one */

enum input_state {
    INPUT_GROUND,
    INPUT_ESCAPE, /* ESC came, and nothing yet behind it */
    INPUT_DOUBT, /* ESC was told as a key: what comes may be its sequence all the same */
    INPUT_ESCAPE_MORE, /* ESC and an intermediate byte */
    INPUT_META, /* ESC and part of a character */
    INPUT_CSI, /* ESC [ */
    INPUT_SS3, /* ESC O */
    INPUT_STRING, /* OSC, DCS, APC, PM, SOS, up to ST */
    INPUT_STRING_DOUBT, /* the same after INPUT_DOUBT: its first byte will tell */
    INPUT_STRING_ESCAPE, /* ESC in a string */
    INPUT_COUNTED, /* bytes of a mouse report that are counted, not delimited */
};

/* A key that terminfo(5) knows. */
struct input_key {
    char sequence[16];
    uint32_t key;
};

struct input {
    enum input_state state;
    int64_t since_ms; /* when the last byte came */
    int64_t escape_ms; /* when the ESC came */
    int64_t apart_ms; /* how long after it the next byte came */
    int64_t delay_ms; /* how long Esc waits */
    mbstate_t text; /* of a character that is not whole yet */
    char sequence[INPUT_SEQUENCE]; /* as it came, from ESC on */
    size_t length; /* of the sequence; more than fits: it is no key */
    unsigned counted; /* bytes still to come */
    bool meta; /* an ESC stood before it: Alt */
    bool utf8; /* characters are: C1 controls may come as one byte */
    struct input_key keys[INPUT_KEYS_MAX];
    size_t key_count;
};

/* utf8: whether the locale's characters are. */
void input_init(struct input *in, bool utf8);
/* The key that the terminal of this TERM sends as `sequence`: it goes before what the grammar says. What is too long, empty
   or a printing character is left out. */
void input_define(struct input *in, const char *sequence, uint32_t key);
/* Takes a byte that came now (monotonic clock). The key that is complete with it; 0 if there is none. */
uint32_t input_take(struct input *in, uint8_t byte, int64_t now_ms);
/* No byte has come by now: an Esc that nothing followed. 0 if there is none. Ends what has waited too long. */
uint32_t input_wait(struct input *in, int64_t now_ms);
/* When input_wait() will have a key, or give something up; 0: nothing waits. */
int64_t input_due_ms(const struct input *in);
/* Forgets a sequence begun: another program has had the terminal. */
void input_reset(struct input *in);

#endif
