/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LOGLOOK_H
#define KFARM_TUI_LOGLOOK_H
/*
 * How the log is looked at: its live end (logbuf.h), of both files or of one of them, or one whole file
 * (logwhole.h); all lines or some. The live end is what one follows; whoever goes before its first line, or to
 * a line by its number, gets the whole file, and is back at the live end by following again.
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/logproto.h"
#include "base/diag.h"
#include "widgets/lineedit.h"
#include "widgets/textview.h"

struct app;
struct wire_frame;

struct loglook {
    uint8_t stream; /* enum log_stream; LOG_STREAM_COUNT: both */
    enum log_pick lines;
    char pattern[LINEEDIT_BYTES]; /* only lines that have it; "": all */
    char wrong[160]; /* what was wrong with the last answer to a question */
};

/* Another log is followed from now on. */
void loglook_restart(struct app *a);
/* Its lines, for the view. */
struct text_source loglook_source(struct app *a);

/* Both files, standard output, standard error, both … */
void loglook_next_stream(struct app *a);
/* All lines, without the steps, only trouble, all … */
void loglook_next_lines(struct app *a);
/* Only lines that have a pattern; "": all. -EINVAL and why in d: nothing changes. */
int loglook_filter(struct app *a, const char *pattern, struct diag *d);
/* Asks for the pattern, and for a line or a percentage to go to. */
void loglook_ask_filter(struct app *a);
void loglook_ask_place(struct app *a);
/* Asks where the lines that are shown, of the whole file, are to be saved. */
void loglook_ask_save(struct app *a);
/* The answers to these, as struct dialog's accept(). */
const char *loglook_accept_filter(struct app *a, const char *text);
const char *loglook_accept_place(struct app *a, const char *text);
const char *loglook_accept_save(struct app *a, const char *text);
/* Takes a WIRE_LOG_SAVED. 0 or -EBADMSG. */
int loglook_saved(struct app *a, const struct wire_frame *frame);

/* File and number, from 1, of the line that was gone to last, or is first in sight; 0 if it is not known. */
enum log_stream loglook_line(const struct app *a, int64_t *ret_line);
/* The place in the source that is looked at, "kernel/fork.c:133", or else that in the log, as "PATH:LINE". */
void loglook_place(const struct app *a, struct buf *out);

/* The whole file, from its first line on. False, and why in the messages, if there is none. */
bool loglook_whole(struct app *a);
/* The live end again. */
void loglook_live(struct app *a, bool following);
/* Before the first line that the live end holds: the whole file, there. */
void loglook_before(struct app *a);
/* Keys pressed before the helper has told where that is: they move the place to which the view will go, so that a key
   held down does not end at the first line. False where no such place is waited for. */
bool loglook_move_tail(struct app *a, int64_t rows);

/* Looks for a place in the whole file (logproto.h); the answer comes later. */
void loglook_seek(
    struct app *a, enum log_seek target, bool back, int64_t from, const char *pattern);
/* Opens the whole of this file at a line, counted from 1. */
void loglook_go_to_line(struct app *a, enum log_stream stream, int64_t line);
/* Takes a frame about the whole file. 0 or -EBADMSG. */
int loglook_take(struct app *a, const struct wire_frame *frame);
/* Asks for the lines that the last drawing lacked. */
void loglook_ask_lines(struct app *a);

/* "· standard output · without steps ", for the title; "" if everything is shown. */
void loglook_words(const struct app *a, char *out, size_t size);
/* Takes off what hides lines; false if nothing does. */
bool loglook_clear(struct app *a);

#endif
