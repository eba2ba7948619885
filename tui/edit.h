/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_EDIT_H
#define KFARM_TUI_EDIT_H
#include <stdbool.h>
#include <stdint.h>

#include "widgets/lineedit.h"

/* What a key (keys.h) does to a line of text, as in readline(3). EDIT_CHANGED: the cursor
   moved, or something was erased; EDIT_TYPED: it became part of the text. */
enum edit_result { EDIT_NONE, EDIT_CHANGED, EDIT_TYPED };
enum edit_result edit_key(struct lineedit *e, uint32_t key);

#endif
