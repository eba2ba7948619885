/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LOGWHOLE_H
#define KFARM_TUI_LOGWHOLE_H
/*
 * What the screen holds of one whole file of the log: a window of some hundred lines around the place that is
 * read, and what is known of the rest (WIRE_LOG_VIEW and its answers, backend/logproto.h). Lines are numbered
 * by their place among those that are picked.
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/logproto.h"
#include "backend/wire.h"
#include "tui/logtext.h"

struct logwhole_line;

struct logwhole {
    bool open; /* it is shown, instead of the live end */
    uint32_t view; /* frames with another number are of an earlier one */
    enum log_stream stream;

    bool known; /* the following have come: */
    int64_t places, lines, read, size; /* as in WIRE_LOG_VIEW_STATE */
    int error;
    uint32_t restarts;
    int64_t hits; /* of the search; -1: there is none */
    bool complete, hits_complete;

    struct logwhole_line **window;
    int64_t window_first;
    uint32_t window_count;
    bool asked; /* for lines that have not come yet, … */
    int64_t asked_first; /* … or came and were fewer: from this place on, … */
    uint32_t asked_count; /* … so many */

    uint32_t seek; /* number of the last search, … */
    bool seeking; /* … which has not been answered yet */
    enum log_seek target;
    bool back;
    int again; /* how often it is to be repeated from what it finds */
    int64_t found, found_number; /* place and number of the line that it found; -1: none */
    int64_t tail; /* the place wanted once the end is known, counted from there; 0: none */

    const struct pattern *wanted; /* of the last logwhole_source() */
    char scratch[LOGTEXT_BYTES];
};

void logwhole_release(struct logwhole *w);
/* Another file, or other lines of it, under the next number; nothing is known yet. */
void logwhole_restart(struct logwhole *w, enum log_stream stream);

/* What a frame told. */
enum logwhole_news { LOGWHOLE_NOTHING, LOGWHOLE_CHANGED, LOGWHOLE_FOUND };
/* Takes a WIRE_LOG_VIEW_STATE, _PAGE or _FOUND of this follow; frames of another one or of another view are
   passed over. An enum logwhole_news, with the place of LOGWHOLE_FOUND in *ret_place (-1: nowhere), or
   -EBADMSG. */
int logwhole_take(
    struct logwhole *w, const struct wire_frame *frame, uint32_t follow, int64_t *ret_place);

/* Whether lines from `top` on are missing: which ones to ask for. */
bool logwhole_wants(
    struct logwhole *w, uint64_t top, int page, int64_t *ret_first, uint32_t *ret_count);
/* Number in the file of the line at a place, from 0; -1 if it is not in the window. */
int64_t logwhole_number(const struct logwhole *w, uint64_t place);
/* The text of a line, n bytes; NULL if it is not in the window. */
const char *logwhole_text(const struct logwhole *w, uint64_t place, size_t *ret_n);
/* As lines for a textview, with a pattern marked in them (NULL: nothing). The pattern stays its owner's, and must
   live as long as the source is used: a source is made anew for each use and never kept, since the next letter of
   a search frees the pattern. */
struct text_source logwhole_source(struct logwhole *w, const struct pattern *wanted);
/* What a line says of a place in the source, n bytes; NULL if it says nothing, or is not in the window. */
const char *logwhole_source_of(const struct logwhole *w, uint64_t place, size_t *ret_n);

#endif
