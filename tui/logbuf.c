/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/logbuf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define PARTIAL_BACK 4096 /* lines of the other stream that may have come since */

struct logbuf_line {
    uint32_t length;
    uint8_t stream, level, flags, spans;
    struct {
        uint32_t start, length;
        uint8_t span;
    } at[LOG_SPANS_MAX];
    char text[];
};

static struct logbuf_line **slot(const struct logbuf *l, uint64_t number)
{
    return &l->lines[number % LOGBUF_LINES_MAX];
}

static void drop_first(struct logbuf *l)
{
    struct logbuf_line **s = slot(l, l->first++);

    l->bytes -= sizeof(**s) + (*s)->length;
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
        new.files[i].size = wire_get_i64(r);
        new.files[i].mtime_s = wire_get_i64(r);
        new.files[i].polled = wire_get_u8(r) != 0;
    }
    new.complete = wire_get_u8(r) != 0;
    n = wire_get_u32(r);
    for (uint32_t i = 0; i < n && !r->bad; i++) {
        int64_t count = wire_get_i64(r);

        if (i < LOG_LEVEL_COUNT)
            new.counts[i] = count;
    }
    n = wire_get_u32(r);
    for (uint32_t i = 0; i < n && !r->bad; i++) {
        char tag[LOGBUF_TAG_BYTES];

        wire_get_text(r, tag, sizeof(tag));
        if (i < LOGBUF_TAGS_MAX) {
            memcpy(new.tags[i].tag, tag, sizeof(tag));
            new.tags[i].count = wire_get_i64(r);
            new.tag_count = (int)i + 1;
        } else {
            wire_get_i64(r);
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

static int read_line(struct wire_reader *r, struct logbuf_line *ret_head, const char **ret_text)
{
    struct logbuf_line head = {.stream = wire_get_u8(r)};
    size_t n;

    head.level = wire_get_u8(r);
    head.flags = wire_get_u8(r);
    head.spans = wire_get_u8(r);
    if (head.spans > LOG_SPANS_MAX || head.level >= LOG_LEVEL_COUNT)
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
    *ret_head = head;
    return 0;
}

/* Where the unfinished line of this stream stands, which the next one of the stream replaces; or
   NULL. Only what came since can stand behind it, so it is near the end. */
static struct logbuf_line **unfinished(struct logbuf *l, uint8_t stream)
{
    for (uint64_t n = l->end; n > l->first && l->end - n < PARTIAL_BACK; n--) {
        struct logbuf_line **s = slot(l, n - 1);

        if ((*s)->stream == stream)
            return (*s)->flags & LOG_LINE_PARTIAL ? s : NULL;
    }
    return NULL;
}

static int take_line(struct logbuf *l, struct wire_reader *r)
{
    struct logbuf_line head, *line, **place;
    const char *text;
    int err = read_line(r, &head, &text);

    if (err < 0)
        return err;
    while (l->first < l->end &&
           (l->end - l->first == LOGBUF_LINES_MAX || l->bytes + head.length > LOGBUF_BYTES_MAX))
        drop_first(l);
    line = xcalloc(1, sizeof(*line) + head.length);
    *line = head;
    memcpy(line->text, text, head.length);
    l->bytes += sizeof(*line) + head.length;
    place = unfinished(l, head.stream);
    if (place) {
        l->bytes -= sizeof(**place) + (*place)->length;
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

enum log_level logbuf_level(const struct logbuf *l, uint64_t number)
{
    return (enum log_level)(*slot(l, number))->level;
}

bool logbuf_has(const struct logbuf *l, uint64_t number, const struct pattern *p)
{
    const struct logbuf_line *line = *slot(l, number);

    return pattern_find(p, line->text, line->length, 0, NULL, NULL) == 1;
}

bool logbuf_contains(const struct logbuf *l, uint64_t number, const char *words)
{
    const struct logbuf_line *line = *slot(l, number);

    return memmem(line->text, line->length, words, strlen(words)) != NULL;
}

static const struct {
    enum role role;
    const char *sign;
} looks[] = {
    [LOG_TEXT] = {ROLE_TEXT, " "},
    [LOG_STEP] = {ROLE_LOG_TARGET, " "},
    [LOG_CONTEXT] = {ROLE_LOG_CONTEXT, " "},
    [LOG_PROGRESS] = {ROLE_LOG_PROGRESS, "✓"},
    [LOG_WARNING] = {ROLE_LOG_WARNING, "⚠"},
    [LOG_MAKE] = {ROLE_LOG_MAKE, "✗"},
    [LOG_SLURM] = {ROLE_LOG_SLURM, "▲"},
    [LOG_ERROR] = {ROLE_LOG_ERROR, "✗"},
};
_Static_assert(KF_LEN(looks) == LOG_LEVEL_COUNT, "a look for every level");

static enum role span_role(enum role line, uint8_t span)
{
    switch ((enum log_span)span) {
    case LOG_SPAN_TAG:
        return ROLE_LOG_TAG;
    case LOG_SPAN_TARGET:
        return ROLE_LOG_TARGET;
    case LOG_SPAN_SOURCE:
        return ROLE_LOG_SOURCE;
    case LOG_SPAN_FLAG:
        return ROLE_DIM;
    case LOG_SPAN_MESSAGE:
    case LOG_SPAN_COUNT:
        break;
    }
    return line;
}

/* Where a line has what is looked for, that matters more than what its parts are. */
static bool mark_wanted(
    const struct logbuf *l, const struct logbuf_line *line, uint32_t head, struct text_line *out)
{
    size_t at = 0, start, end;

    while (l->wanted && out->span_count < TEXT_SPANS_MAX &&
           pattern_find(l->wanted, line->text, line->length, at, &start, &end) == 1) {
        if (end > start)
            out->spans[out->span_count++] =
                (struct text_span){(uint32_t)start + head, (uint32_t)(end - start), ROLE_MARKED};
        at = end > at ? end : at + 1;
        if (at >= line->length)
            break;
    }
    return out->span_count > 0;
}

static void get_line(void *user, uint64_t number, struct text_line *out)
{
    struct logbuf *l = user;
    const struct logbuf_line *line = *slot(l, number);
    char *text = l->scratch;
    const char *sign = looks[line->level].sign;
    int head;

    out->role = looks[line->level].role;
    if (line->flags & (LOG_LINE_RESTART | LOG_LINE_SKIPPED)) {
        snprintf(text, sizeof(l->scratch), "  ─── %s ───",
            line->flags & LOG_LINE_RESTART ? "the file was truncated or replaced: anew from here"
                                           : "what lies before is left out");
        out->role = ROLE_DIM;
        out->p = text;
        out->n = strlen(text);
        return;
    }
    /* what came on standard error, and is nothing known, is still told from standard output */
    head = snprintf(
        text, sizeof(l->scratch), "%s ", sign[0] == ' ' && line->stream == LOG_STDERR ? "┊" : sign);
    memcpy(text + head, line->text, line->length);
    out->p = text;
    out->n = (size_t)head + line->length;
    if (mark_wanted(l, line, (uint32_t)head, out))
        return;
    for (int i = 0; i < line->spans && out->span_count < TEXT_SPANS_MAX; i++) {
        enum role role = span_role(out->role, line->at[i].span);

        if (role == out->role) /* a message; a flag may lie inside it */
            continue;
        out->spans[out->span_count++] =
            (struct text_span){line->at[i].start + (uint32_t)head, line->at[i].length, role};
    }
}

struct text_source logbuf_source(struct logbuf *l)
{
    return (struct text_source){.user = l, .first = l->first, .end = l->end, .line = get_line};
}
