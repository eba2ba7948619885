/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"

#define TOAST_MS 6000 /* how long the footer shows a message */

void messages_init(struct messages *m, const struct clock *clock)
{
    *m = (struct messages){.clock = clock};
}

void messages_release(struct messages *m)
{
    free(m->ring);
    *m = (struct messages){0};
}

static struct message *at(const struct messages *m, uint64_t number)
{
    return &m->ring[number % MESSAGES_MAX];
}

static void show_newest(struct messages *m)
{
    m->shown = m->end - 1;
    m->shown_until_ms = clock_steady_ms(m->clock) + TOAST_MS;
}

static void add(
    struct messages *m, int64_t now_ms, enum message_kind kind, const char *format, va_list ap)
{
    struct message new = {.time_s = now_ms / 1000, .kind = kind, .count = 1};

    vsnprintf(new.text, sizeof(new.text), format, ap);
    if (m->ring == NULL)
        m->ring = xcalloc(MESSAGES_MAX, sizeof(*m->ring));
    if (m->end > m->first && at(m, m->end - 1)->kind == kind &&
        strcmp(at(m, m->end - 1)->text, new.text) == 0) {
        at(m, m->end - 1)->count++;
        at(m, m->end - 1)->time_s = new.time_s;
        return;
    }
    if (m->end - m->first == MESSAGES_MAX)
        m->first++;
    *at(m, m->end++) = new;
}

void messages_add(
    struct messages *m, int64_t now_ms, enum message_kind kind, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    add(m, now_ms, kind, format, ap);
    va_end(ap);
    show_newest(m);
}

void messages_add_aside(
    struct messages *m, int64_t now_ms, enum message_kind kind, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    add(m, now_ms, kind, format, ap);
    va_end(ap);
    if (messages_shown(m) == NULL)
        show_newest(m);
}

const struct message *messages_shown(const struct messages *m)
{
    return clock_steady_ms(m->clock) < m->shown_until_ms && m->shown >= m->first &&
                   m->shown < m->end
               ? at(m, m->shown)
               : NULL;
}

const struct message *messages_last(const struct messages *m)
{
    return m->end > m->first ? at(m, m->end - 1) : NULL;
}

enum role message_role(enum message_kind kind)
{
    switch (kind) {
    case MESSAGE_DONE:
        return ROLE_GOOD;
    case MESSAGE_WARNING:
        return ROLE_WARN;
    case MESSAGE_FAILED:
        return ROLE_BAD;
    case MESSAGE_NOTE:
        break;
    }
    return ROLE_TEXT;
}

static void get_line(void *user, uint64_t number, struct text_line *out)
{
    static const char *const signs[] = {[MESSAGE_NOTE] = " ",
        [MESSAGE_DONE] = "✓",
        [MESSAGE_WARNING] = "▲",
        [MESSAGE_FAILED] = "✗"};
    struct messages *m = user;
    const struct message *msg = at(m, number);
    char *text = m->scratch;
    time_t t = (time_t)msg->time_s;
    char when[16] = "?";
    struct tm tm;
    int head, n;

    if (localtime_r(&t, &tm))
        strftime(when, sizeof(when), "%H:%M:%S", &tm);
    head = snprintf(text, sizeof(m->scratch), "%s ", when);
    n = snprintf(
        text + head, sizeof(m->scratch) - (size_t)head, "%s %s", signs[msg->kind], msg->text);
    if (msg->count > 1 && n > 0)
        snprintf(
            text + head + n, sizeof(m->scratch) - (size_t)(head + n), "  (%u times)", msg->count);
    out->p = text;
    out->n = strlen(text);
    out->role = message_role(msg->kind);
    out->spans[0] = (struct text_span){0, (uint32_t)head, ROLE_DIM};
    out->span_count = 1;
}

struct text_source messages_source(struct messages *m)
{
    return (struct text_source){.user = m, .first = m->first, .end = m->end, .line = get_line};
}
