/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_PRINT_JSON_H
#define KFARM_TUI_PRINT_JSON_H
/* The JSON contract (README.md, "Output for scripts"). Private to print*.c. */
#include "tui/print.h"

/* Rows of a section in the order asked for; free() them. */
uint32_t *print_rows(const struct print *p, const struct snapshot *s, enum column_set_id set,
    int64_t now_s, uint32_t *ret_count);
void print_json(const struct print *p, const struct snapshot *s, const struct order *o,
    int64_t now_ms, struct buf *out);

#endif
