/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LOGBUF_H
#define KFARM_TUI_LOGBUF_H
/* What the screen holds of the log that is followed: the newest lines, and what is known of the
   files (backend/logproto.h). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/logproto.h"
#include "backend/wire.h"
#include "base/pattern.h"
#include "tui/logtext.h"
#include "widgets/lineedit.h"
#include "widgets/textview.h"

#define LOGBUF_LINES_MAX 20000
#define LOGBUF_BYTES_MAX (6u << 20)
#define LOGBUF_TAGS_MAX  16
#define LOGBUF_TAG_BYTES 16

struct logbuf_line;

struct logbuf_file {
    enum log_file_state state;
    int error;
    int64_t size, mtime_s; /* size -1: not known */
    bool polled;
};

/* Which of the lines are shown. */
struct logbuf_pick {
    uint8_t streams; /* bits 1 << enum log_stream; 0: all */
    enum log_pick lines;
    struct pattern *pattern; /* owned; NULL: all */
};

struct logbuf {
    uint32_t follow; /* frames with another number are of an earlier log */
    bool known; /* a state has come */
    struct logbuf_file files[LOG_STREAM_COUNT];
    bool complete; /* the counts cover the whole files */
    int64_t counts[LOG_LEVEL_COUNT];
    struct {
        char tag[LOGBUF_TAG_BYTES];
        int64_t count;
    } tags[LOGBUF_TAGS_MAX]; /* most first */
    int tag_count;
    struct logbuf_line **lines; /* ring */
    uint64_t first, end;
    size_t bytes;
    struct logbuf_pick pick;
    struct pattern
        *wanted; /* what is looked for, owned; replaced by logfind_search(); NULL: nothing */
    char wanted_text[LINEEDIT_BYTES];
    uint64_t wanted_count; /* lines that had it when it was typed */
    char scratch[LOGTEXT_BYTES]; /* the line handed out last */
};

void logbuf_release(struct logbuf *l);
/* Forgets everything and expects frames of this follow from now on. */
void logbuf_restart(struct logbuf *l, uint32_t follow);
/* Takes a WIRE_LOG_STATE or WIRE_LOG_LINES; frames of another follow are passed over. 0 or
   -EBADMSG. */
int logbuf_take(struct logbuf *l, const struct wire_frame *frame);
/* What a line is (enum log_level); a line of our own is LOG_TEXT. */
enum log_level logbuf_level(const struct logbuf *l, uint64_t number);
/* Whether it has the pattern, or the words. */
bool logbuf_has(const struct logbuf *l, uint64_t number, const struct pattern *p);
bool logbuf_contains(const struct logbuf *l, uint64_t number, const char *words);
/* The pick is another one: lines are shown or hidden by it from now on. */
void logbuf_pick_changed(struct logbuf *l);
bool logbuf_hidden(const struct logbuf *l, uint64_t number);
enum log_stream logbuf_stream(const struct logbuf *l, uint64_t number);
/* What a line says of a place in the source, n bytes; NULL if it says nothing, or is not held. */
const char *logbuf_source_of(const struct logbuf *l, uint64_t number, size_t *ret_n);
/* Whether what lies before the first line was left out. */
bool logbuf_starts_late(const struct logbuf *l);
/* As lines for a textview; a sign in front of each says what it is. */
struct text_source logbuf_source(struct logbuf *l);

#endif
