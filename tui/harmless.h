/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_HARMLESS_H
#define KFARM_TUI_HARMLESS_H
#include <stdio.h>

#include "base/buf.h"

/* Writes text of strangers, names of nodes or lines of a log, so that a terminal may show it; newlines
   stay. */
void harmless_write(const struct buf *text, FILE *f);

#endif
