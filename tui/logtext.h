/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LOGTEXT_H
#define KFARM_TUI_LOGTEXT_H
/* How a line of a log looks: a sign for what it is, its parts in their roles, what is looked for marked. */
#include "backend/logline.h"
#include "base/pattern.h"
#include "widgets/textview.h"

#define LOGTEXT_BYTES (LOG_LINE_MAX + 128)

/* Fills `out`; the text is put together in scratch. number: that of the line in its file, from 0, to be
   shown in `digits` columns; digits 0: not at all. wanted may be NULL. */
void logtext_line(const struct logline *line, const char *text, int64_t number, int digits,
    const struct pattern *wanted, char scratch[LOGTEXT_BYTES], struct text_line *out);

#endif
