/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_PASTE_H
#define KFARM_TUI_PASTE_H
/*
 * What lies between the terminal's marks of pasted text (bracketed paste) is text for a prompt and never a command. The
 * mark of its end may be lost, and may never have been sent: a paste that has been silent for a second is over. It may
 * also have been held up by a slow line. So the first key after the silence waits for a moment: a person's stays alone
 * and is a key, and a paste goes on at once.
 */
#include <stdbool.h>
#include <stdint.h>

#define PASTE_SILENT_MS 1000
#define PASTE_BURST_MS  50 /* no person presses two keys within this */
#define PASTE_MAX       4096 /* characters that are taken; no prompt is longer */

struct paste {
    bool on;
    bool told; /* that it is no command */
    int64_t last_ms; /* when something of it came last */
    uint32_t taken; /* characters so far */
    uint32_t held; /* the key that waits; 0: none */
    int64_t held_ms; /* since when */
};

enum paste_kind {
    PASTE_NONE, /* a key like others */
    PASTE_TEXT, /* pasted */
    PASTE_PASSED, /* nothing: a mark, or text beyond what is taken */
    PASTE_FULL, /* the same, and the first of it: worth a word */
    PASTE_HELD, /* it waits: paste_due() */
};

/* A key came. If one was held before, it has been taken off by paste_release(). now_ms is steady time (clock.h). */
enum paste_kind paste_take(struct paste *p, uint32_t key, int64_t now_ms);
/* The held key, of which it is known now what it is: another one has come, or its time is over. 0: there is none yet. If
   *ret_text, it was pasted; else the paste is over. */
uint32_t paste_release(struct paste *p, bool another, int64_t now_ms, bool *ret_text);
/* When the held key is to be released though nothing comes; 0: none is held. */
int64_t paste_due_ms(const struct paste *p);

#endif
