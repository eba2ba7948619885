/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGLINE_H
#define KFARM_BACKEND_LOGLINE_H
/* One line of a log in a frame (logproto.h): what it is, and what its parts are. */
#include <stddef.h>
#include <stdint.h>

#include "backend/logrule.h"
#include "backend/wire.h"

struct logline {
    uint8_t stream; /* enum log_stream */
    uint8_t level; /* enum log_level */
    uint8_t flags; /* LOG_LINE_* */
    uint8_t spans;
    struct {
        uint32_t start, length; /* within the text */
        uint8_t span; /* enum log_span */
    } at[LOG_SPANS_MAX];
    uint32_t length; /* bytes of text, at most LOG_LINE_MAX */
};

/* Writes one, as logrule_match() recognised it; flags are LOG_LINE_*. */
void logline_put(struct buf *b, enum log_stream stream, uint8_t flags, const struct log_match *m,
    const char *text, size_t len);
/* Takes one off; *ret_text points into the frame. 0, or -EBADMSG. */
int logline_get(struct wire_reader *r, struct logline *ret_line, const char **ret_text);

/* The part of this kind, and its bytes in *ret_n; NULL if it has none. */
const char *logline_part(
    const struct logline *line, const char *text, enum log_span part, size_t *ret_n);

#endif
