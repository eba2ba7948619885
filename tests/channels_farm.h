/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_CHANNELS_FARM_H
#define KFARM_TESTS_CHANNELS_FARM_H
/* What the tests of channels that need a farm do on the screen. */
#include <stdbool.h>
#include <stdint.h>

#include "tests/e2e.h"

#define CHANNELS_COLS 250
#define CHANNELS_ROWS 240

/* Starts kfarm-top with every byte that it writes to the terminal going to `record`, on one without UTF-8 if `ascii`. */
void channels_open(struct e2e *e, struct buf *record, bool ascii);
/* Presses keys, waits for the text (NULL: none), and for the drawing to end. */
void channels_press(struct e2e *e, const char *keys, const char *seen);
/* Presses a key that shows other rows, and waits until they are drawn, also by a busy machine: two such keys in one picture
   leave out the rows between them. At the end of the rows it waits for a moment in vain. */
void channels_page(struct e2e *e, const char *key);
/* Selects the row that begins with this, in the table on the screen. */
void channels_go_to(struct e2e *e, bool ascii, const char *name);
void channels_go_to_job(struct e2e *e, bool ascii, uint32_t job);

#endif
