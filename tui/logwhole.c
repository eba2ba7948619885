/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/logwhole.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/logline.h"
#include "base/alloc.h"

struct logwhole_line {
    struct logline is;
    int64_t number;
    char text[];
};

static void drop_window(struct logwhole *w)
{
    for (uint32_t i = 0; i < w->window_count; i++)
        free(w->window[i]);
    w->window_count = 0;
    w->asked = false;
    w->asked_first = -1;
}

void logwhole_release(struct logwhole *w)
{
    drop_window(w);
    free(w->window);
    w->window = NULL;
}

void logwhole_restart(struct logwhole *w, enum log_stream stream)
{
    uint32_t view = w->view + 1, seek = w->seek;

    logwhole_release(w);
    *w = (struct logwhole){.open = true,
        .view = view,
        .stream = stream,
        .seek = seek,
        .size = -1,
        .hits = -1,
        .found = -1,
        .asked_first = -1};
}

/* ---- frames ---- */

/* An unfinished line may go on, and what there was none of may be there now. */
static void forget_end(struct logwhole *w)
{
    while (w->window_count && w->window[w->window_count - 1]->is.flags & LOG_LINE_PARTIAL)
        free(w->window[--w->window_count]);
    w->asked_first = -1;
}

static int take_state(struct logwhole *w, struct wire_reader *r)
{
    struct logwhole new = {.places = wire_get_number(r)};
    uint8_t complete;
    uint32_t seek;

    new.lines = wire_get_number(r);
    new.read = wire_get_number(r);
    new.size = wire_get_number(r);
    new.error = (int)wire_get_u32(r);
    new.restarts = wire_get_u32(r);
    seek = wire_get_u32(r);
    new.hits = wire_get_number(r);
    complete = wire_get_u8(r);
    if (r->bad || new.places < 0)
        return -EBADMSG;
    if (w->known && new.restarts != w->restarts)
        drop_window(w);
    if (new.read != w->read || new.error != w->error)
        forget_end(w);
    w->known = true;
    w->places = new.places;
    w->lines = new.lines;
    w->read = new.read;
    w->size = new.size;
    w->error = new.error;
    w->restarts = new.restarts;
    w->hits = seek ? new.hits : -1;
    w->complete = complete & 1;
    w->hits_complete = complete & 2;
    return LOGWHOLE_CHANGED;
}

static int take_page(struct logwhole *w, struct wire_reader *r)
{
    int64_t first = wire_get_number(r);
    uint32_t n = wire_get_u32(r);
    int err = 0;

    if (r->bad || first < 0 || n > LOG_PAGE_MAX)
        return -EBADMSG;
    drop_window(w);
    if (w->window == NULL)
        w->window = xcalloc(LOG_PAGE_MAX, sizeof(struct logwhole_line *));
    w->window_first = w->asked_first = first;
    for (uint32_t i = 0; i < n && err == 0; i++) {
        int64_t number = wire_get_number(r);
        struct logwhole_line *line;
        struct logline is;
        const char *text;

        err = logline_get(r, &is, &text);
        if (err)
            break;
        line = xcalloc(1, sizeof(*line) + is.length);
        line->is = is;
        line->number = number;
        memcpy(line->text, text, is.length);
        w->window[w->window_count++] = line;
    }
    return err ? err : LOGWHOLE_CHANGED;
}

static int take_found(struct logwhole *w, struct wire_reader *r, int64_t *ret_place)
{
    uint32_t seek = wire_get_u32(r);

    int64_t number;

    *ret_place = wire_get_number(r);
    number = wire_get_number(r);
    if (r->bad)
        return -EBADMSG;
    if (seek != w->seek || !w->seeking)
        return LOGWHOLE_NOTHING;
    w->seeking = false;
    w->found = *ret_place;
    w->found_number = number;
    if (*ret_place > INT64_MAX / 2)
        return -EBADMSG;
    if (*ret_place >= w->places) /* the state that tells of it is on its way */
        w->places = *ret_place + 1;
    return LOGWHOLE_FOUND;
}

int logwhole_take(
    struct logwhole *w, const struct wire_frame *frame, uint32_t follow, int64_t *ret_place)
{
    struct wire_reader r = wire_reader(frame);
    uint32_t its_follow = wire_get_u32(&r), view = wire_get_u32(&r);

    if (r.bad)
        return -EBADMSG;
    if (its_follow != follow || view != w->view || !w->open)
        return LOGWHOLE_NOTHING;
    switch (frame->head.type) {
    case WIRE_LOG_VIEW_STATE:
        return take_state(w, &r);
    case WIRE_LOG_PAGE:
        return take_page(w, &r);
    default:
        return take_found(w, &r, ret_place);
    }
}

/* ---- lines ---- */

static const struct logwhole_line *line_at(const struct logwhole *w, uint64_t place)
{
    int64_t at = (int64_t)place - w->window_first;

    return at >= 0 && at < (int64_t)w->window_count ? w->window[at] : NULL;
}

bool logwhole_wants(
    struct logwhole *w, uint64_t top, int page, int64_t *ret_first, uint32_t *ret_count)
{
    int64_t first = (int64_t)top, end = KF_MIN(first + KF_MAX(page, 1), w->places);
    int64_t margin = (LOG_PAGE_MAX - KF_MIN(KF_MAX(page, 1), LOG_PAGE_MAX)) / 2;

    if (!w->known || w->asked || first >= end ||
        (line_at(w, (uint64_t)first) && line_at(w, (uint64_t)end - 1)))
        return false;
    *ret_first = KF_MAX(first - margin, 0);
    *ret_count = LOG_PAGE_MAX;
    if (*ret_first == w->asked_first || line_at(w, (uint64_t)first)) {
        /* fewer came, for they lie far apart: only what is in sight, then */
        *ret_first = first;
        *ret_count = (uint32_t)(end - first);
    }
    if (*ret_first == w->asked_first && *ret_count == w->asked_count)
        return false; /* there is no more */
    w->asked_count = *ret_count;
    w->asked = true;
    return true;
}

int64_t logwhole_number(const struct logwhole *w, uint64_t place)
{
    const struct logwhole_line *line = line_at(w, place);

    if (line)
        return line->number;
    return (int64_t)place == w->found ? w->found_number : -1;
}

const char *logwhole_text(const struct logwhole *w, uint64_t place, size_t *ret_n)
{
    const struct logwhole_line *line = line_at(w, place);

    *ret_n = line ? line->is.length : 0;
    return line ? line->text : NULL;
}

static int digits_of(int64_t n)
{
    char text[24];

    return snprintf(text, sizeof(text), "%lld", (long long)KF_MAX(n, 1));
}

static void get_line(void *user, uint64_t place, struct text_line *out)
{
    struct logwhole *w = user;
    const struct logwhole_line *line = line_at(w, place);

    if (line) {
        logtext_line(&line->is, line->text, line->number, digits_of(w->lines + 1), w->wanted,
            w->scratch, out);
        return;
    }
    out->p = "…";
    out->n = strlen(out->p);
    out->role = ROLE_DIM;
}

struct text_source logwhole_source(struct logwhole *w, const struct pattern *wanted)
{
    w->wanted = wanted;
    return (struct text_source){
        .user = w, .end = w->known ? (uint64_t)w->places : 0, .line = get_line};
}

const char *logwhole_source_of(const struct logwhole *w, uint64_t place, size_t *ret_n)
{
    const struct logwhole_line *line = line_at(w, place);

    return line ? logline_part(&line->is, line->text, LOG_SPAN_SOURCE, ret_n) : NULL;
}
