/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_TERMINPUT_H
#define KFARM_TUI_TERMINPUT_H
/* Keys of the terminal on standard input: reads its bytes and gives them to the decoder (input.h). */
#include <stdint.h>

#include "tui/input.h"

/* With the keys that the terminal's description names: `capability` gives the text of one of terminfo(5), NULL if it is
   not there. */
void terminput_init(struct input *in, const char *(*capability)(const char *name));
/* The next key (keys.h) without waiting; 0 if there is none. No more is read than belongs to it: what is typed behind it
   may be for another program. A terminal that sends only what is no key is left after some of it, so that the screen goes
   on; the rest is still there to be read. */
uint32_t terminput_key(struct input *in);
/* In how many milliseconds terminput_key() may have one though nothing comes; -1: nothing waits. */
int64_t terminput_wait_ms(const struct input *in);

#endif
