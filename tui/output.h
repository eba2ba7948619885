/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_OUTPUT_H
#define KFARM_TUI_OUTPUT_H
/* What commands on nodes have written, the newest last; the Output view. A line is kept as it came:
   the canvas makes it harmless. The oldest go when there are too many, and that is said. */
#include <stdint.h>

#include "base/buf.h"
#include "widgets/textview.h"

#define OUTPUT_LINES 10000

struct output {
    struct output_line *ring;
    uint64_t first, end; /* numbers of the oldest and of the one behind the newest */
    char scratch[96]; /* the line that says what is gone */
};

void output_release(struct output *o);
/* Adds the len bytes of a line; `who` (NULL: nobody) stands in front of it, dim. */
void output_add(struct output *o, enum role role, const char *who, const char *text, size_t len);
void output_addf(struct output *o, enum role role, const char *who, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* As lines for a textview. */
struct text_source output_source(struct output *o);

#endif
