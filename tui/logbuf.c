/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/logbuf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/logline.h"
#include "base/alloc.h"
#include "tui/logtext.h"

#define PARTIAL_BACK 4096 /* lines of the other stream that may have come since */

struct logbuf_line {
    struct logline is;
    bool hidden;
    char text[];
};

static struct logbuf_line **slot(const struct logbuf *l, uint64_t number)
{
    return &l->lines[number % LOGBUF_LINES_MAX];
}

static void drop_first(struct logbuf *l)
{
    struct logbuf_line **s = slot(l, l->first++);

    l->bytes -= sizeof(**s) + (*s)->is.length;
    free(*s);
    *s = NULL;
}

void logbuf_release(struct logbuf *l)
{
    while (l->first < l->end)
        drop_first(l);
    free(l->lines);
    l->lines = NULL;
    l->wanted = pattern_free(l->wanted);
    l->pick.pattern = pattern_free(l->pick.pattern);
}

void logbuf_restart(struct logbuf *l, uint32_t follow)
{
    logbuf_release(l);
    *l = (struct logbuf){.follow = follow};
}

static int take_state(struct logbuf *l, struct wire_reader *r)
{
    struct logbuf new = {0};
    uint32_t n;

    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        uint8_t state = wire_get_u8(r);

        new.files[i].state =
            state < LOG_FILE_STATE_COUNT ? (enum log_file_state)state : LOG_NO_PATH;
        new.files[i].error = (int)wire_get_u32(r);
        new.files[i].size = wire_get_number(r);
        new.files[i].mtime_s = wire_get_number(r);
        new.files[i].polled = wire_get_u8(r) != 0;
    }
    new.complete = wire_get_u8(r) != 0;
    n = wire_get_u32(r);
    for (uint32_t i = 0; i < n && !r->bad; i++) {
        int64_t count = wire_get_number(r);

        if (i < LOG_LEVEL_COUNT)
            new.counts[i] = count;
    }
    n = wire_get_u32(r);
    for (uint32_t i = 0; i < n && !r->bad; i++) {
        char tag[LOGBUF_TAG_BYTES];

        wire_get_text(r, tag, sizeof(tag));
        if (i < LOGBUF_TAGS_MAX) {
            memcpy(new.tags[i].tag, tag, sizeof(tag));
            new.tags[i].count = wire_get_number(r);
            new.tag_count = (int)i + 1;
        } else {
            wire_get_number(r);
        }
    }
    if (r->bad)
        return -EBADMSG;
    memcpy(l->files, new.files, sizeof(l->files));
    memcpy(l->counts, new.counts, sizeof(l->counts));
    memcpy(l->tags, new.tags, sizeof(l->tags));
    l->tag_count = new.tag_count;
    l->complete = new.complete;
    l->known = true;
    return 0;
}

/* Where the unfinished line of this stream stands, which the next one of the stream replaces; or
   NULL. Only what came since can stand behind it, so it is near the end. */
static struct logbuf_line **unfinished(struct logbuf *l, uint8_t stream)
{
    for (uint64_t n = l->end; n > l->first && l->end - n < PARTIAL_BACK; n--) {
        struct logbuf_line **s = slot(l, n - 1);

        if ((*s)->is.stream == stream)
            return (*s)->is.flags & LOG_LINE_PARTIAL ? s : NULL;
    }
    return NULL;
}

static bool picked(const struct logbuf *l, const struct logbuf_line *line)
{
    const struct logbuf_pick *p = &l->pick;

    if (p->streams && !(p->streams & 1u << line->is.stream))
        return false;
    if (line->is.flags & (LOG_LINE_RESTART | LOG_LINE_SKIPPED))
        return true;
    return log_picks(p->lines, (enum log_level)line->is.level) &&
           (p->pattern == NULL ||
               pattern_find(p->pattern, line->text, line->is.length, 0, NULL, NULL) == 1);
}

void logbuf_pick_changed(struct logbuf *l)
{
    for (uint64_t n = l->first; n < l->end; n++)
        (*slot(l, n))->hidden = !picked(l, *slot(l, n));
}

bool logbuf_hidden(const struct logbuf *l, uint64_t number)
{
    return (*slot(l, number))->hidden;
}

enum log_stream logbuf_stream(const struct logbuf *l, uint64_t number)
{
    return (enum log_stream)(*slot(l, number))->is.stream;
}

static int take_line(struct logbuf *l, struct wire_reader *r)
{
    struct logbuf_line *line, **place;
    struct logline head;
    const char *text;
    int err = logline_get(r, &head, &text);

    if (err < 0)
        return err;
    while (l->first < l->end &&
           (l->end - l->first == LOGBUF_LINES_MAX || l->bytes + head.length > LOGBUF_BYTES_MAX))
        drop_first(l);
    line = xcalloc(1, sizeof(*line) + head.length);
    line->is = head;
    memcpy(line->text, text, head.length);
    line->hidden = !picked(l, line);
    l->bytes += sizeof(*line) + head.length;
    place = unfinished(l, head.stream);
    if (place) {
        l->bytes -= sizeof(**place) + (*place)->is.length;
        free(*place);
    } else {
        place = slot(l, l->end++);
    }
    *place = line;
    return 0;
}

int logbuf_take(struct logbuf *l, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    uint32_t follow = wire_get_u32(&r), n;
    int err = 0;

    if (r.bad)
        return -EBADMSG;
    if (follow != l->follow)
        return 0;
    if (frame->head.type == WIRE_LOG_STATE)
        return take_state(l, &r);
    if (l->lines == NULL)
        l->lines = xcalloc(LOGBUF_LINES_MAX, sizeof(struct logbuf_line *));
    n = wire_get_u32(&r);
    for (uint32_t i = 0; i < n && !err; i++)
        err = take_line(l, &r);
    return err ? err : r.bad ? -EBADMSG : 0;
}

bool logbuf_starts_late(const struct logbuf *l)
{
    for (uint64_t n = l->first; n < l->end && n < l->first + LOG_STREAM_COUNT; n++)
        if ((*slot(l, n))->is.flags & LOG_LINE_SKIPPED)
            return true;
    return l->first > 0;
}

enum log_level logbuf_level(const struct logbuf *l, uint64_t number)
{
    return (enum log_level)(*slot(l, number))->is.level;
}

bool logbuf_has(const struct logbuf *l, uint64_t number, const struct pattern *p)
{
    const struct logbuf_line *line = *slot(l, number);

    return pattern_find(p, line->text, line->is.length, 0, NULL, NULL) == 1;
}

bool logbuf_contains(const struct logbuf *l, uint64_t number, const char *words)
{
    const struct logbuf_line *line = *slot(l, number);

    return memmem(line->text, line->is.length, words, strlen(words)) != NULL;
}

const char *logbuf_source_of(const struct logbuf *l, uint64_t number, size_t *ret_n)
{
    const struct logbuf_line *line =
        number >= l->first && number < l->end ? *slot(l, number) : NULL;

    return line ? logline_part(&line->is, line->text, LOG_SPAN_SOURCE, ret_n) : NULL;
}

static void get_line(void *user, uint64_t number, struct text_line *out)
{
    struct logbuf *l = user;
    const struct logbuf_line *line = *slot(l, number);

    logtext_line(&line->is, line->text, 0, 0, l->wanted, l->scratch, out);
}

static bool is_hidden(void *user, uint64_t number)
{
    return logbuf_hidden(user, number);
}

struct text_source logbuf_source(struct logbuf *l)
{
    return (struct text_source){.user = l,
        .first = l->first,
        .end = l->end,
        .line = get_line,
        .hidden = l->pick.streams || l->pick.lines || l->pick.pattern ? is_hidden : NULL};
}
