/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logline.h"

#include <errno.h>

/* What it says of how the build went. */
static uint8_t end_flag(const struct log_match *m)
{
    return m->part == PART_SUCCESS ? LOG_LINE_GOOD : m->part == PART_FAILURE ? LOG_LINE_BAD : 0;
}

void logline_put(struct buf *b, enum log_stream stream, uint8_t flags, const struct log_match *m,
    const char *text, size_t len)
{
    wire_put_u8(b, (uint8_t)stream);
    wire_put_u8(b, (uint8_t)m->level);
    wire_put_u8(b, flags | end_flag(m));
    wire_put_u8(b, m->spans);
    for (int i = 0; i < m->spans; i++) {
        wire_put_u32(b, m->span[i].start);
        wire_put_u32(b, m->span[i].len);
        wire_put_u8(b, (uint8_t)m->span[i].kind);
    }
    wire_put_bytes(b, text, len);
}

int logline_get(struct wire_reader *r, struct logline *ret_line, const char **ret_text)
{
    struct logline head = {.stream = wire_get_u8(r)};
    size_t n;

    head.level = wire_get_u8(r);
    head.flags = wire_get_u8(r);
    head.spans = wire_get_u8(r);
    if (head.stream >= LOG_STREAM_COUNT || head.spans > LOG_SPANS_MAX ||
        head.level >= LOG_LEVEL_COUNT)
        return -EBADMSG;
    for (int i = 0; i < head.spans; i++) {
        head.at[i].start = wire_get_u32(r);
        head.at[i].length = wire_get_u32(r);
        head.at[i].span = wire_get_u8(r);
    }
    *ret_text = wire_get_bytes(r, &n);
    if (r->bad || n > LOG_LINE_MAX)
        return -EBADMSG;
    head.length = (uint32_t)n;
    *ret_line = head;
    return 0;
}

const char *logline_part(
    const struct logline *line, const char *text, enum log_span part, size_t *ret_n)
{
    for (int i = 0; i < line->spans; i++)
        if (line->at[i].span == part && line->at[i].start <= line->length &&
            line->at[i].length <= line->length - line->at[i].start) {
            *ret_n = line->at[i].length;
            return text + line->at[i].start;
        }
    return NULL;
}
