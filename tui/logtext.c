/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/logtext.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static const struct look {
    enum role role;
    const char *sign;
} looks[] = {
    [LOG_TEXT] = {ROLE_TEXT, " "},
    [LOG_STEP] = {ROLE_LOG_TARGET, " "},
    [LOG_CONTEXT] = {ROLE_LOG_CONTEXT, " "},
    [LOG_PROGRESS] = {ROLE_LOG_PROGRESS, "•"},
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
    const struct pattern *wanted, const char *text, size_t n, uint32_t head, struct text_line *out)
{
    int before = out->span_count;
    size_t at = 0, start, end;

    while (wanted && out->span_count < TEXT_SPANS_MAX &&
           pattern_find(wanted, text, n, at, &start, &end) == 1) {
        if (end > start)
            out->spans[out->span_count++] =
                (struct text_span){(uint32_t)start + head, (uint32_t)(end - start), ROLE_MARKED};
        at = end > at ? end : at + 1;
        if (at >= n)
            break;
    }
    return out->span_count > before;
}

/* A milestone is no good news by itself: the script also says that it failed. */
static struct look look_of(const struct logline *line)
{
    if (line->level == LOG_PROGRESS && (line->flags & LOG_LINE_GOOD))
        return (struct look){ROLE_LOG_PROGRESS, "✓"};
    if (line->level == LOG_PROGRESS && (line->flags & LOG_LINE_BAD))
        return (struct look){ROLE_LOG_MAKE, "✗"};
    return looks[line->level];
}

void logtext_line(const struct logline *line, const char *text, int64_t number, int digits,
    const struct pattern *wanted, char scratch[LOGTEXT_BYTES], struct text_line *out)
{
    const struct look look = look_of(line);
    int gutter = 0, head;

    out->role = look.role;
    out->p = scratch;
    if (line->flags & (LOG_LINE_RESTART | LOG_LINE_SKIPPED)) {
        out->role = ROLE_DIM;
        out->n = (size_t)snprintf(scratch, LOGTEXT_BYTES, "  ─── %s ───",
            line->flags & LOG_LINE_RESTART ? "the file was truncated or replaced: anew from here"
                                           : "what lies before is left out");
        return;
    }
    if (digits) {
        gutter = snprintf(scratch, LOGTEXT_BYTES, "%*" PRId64 " ", digits, number + 1);
        out->spans[out->span_count++] = (struct text_span){0, (uint32_t)gutter, ROLE_DIM};
    }
    /* what came on standard error, and is nothing known, is still told from standard output */
    head = gutter + snprintf(scratch + gutter, LOGTEXT_BYTES - (size_t)gutter, "%s ",
                        look.sign[0] == ' ' && line->stream == LOG_STDERR ? "┊" : look.sign);
    memcpy(scratch + head, text, line->length);
    out->n = (size_t)head + line->length;
    if (mark_wanted(wanted, text, line->length, (uint32_t)head, out))
        return;
    for (int i = 0; i < line->spans && out->span_count < TEXT_SPANS_MAX; i++) {
        enum role role = span_role(out->role, line->at[i].span);

        if (role == out->role) /* a message; a flag may lie inside it */
            continue;
        out->spans[out->span_count++] =
            (struct text_span){line->at[i].start + (uint32_t)head, line->at[i].length, role};
    }
}
