/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The view's lines and those that a search finds are both the lines of an index (logindex.h), with different
 * tests: a line that is found must be one of the view's. So the one nearest to a place is a question to the
 * second index, and its place in the view a question to the first; whatever has not been read yet leaves the
 * question open until it has.
 */
#include "backend/logview.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/build.h"
#include "backend/logindex.h"
#include "backend/logline.h"
#include "backend/logsave.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/pattern.h"

#define STATE_MS 100 /* at least, between two states */

/* Which lines an index counts. */
struct test {
    const struct logrule_set *rules;
    enum log_pick pick;
    struct pattern *pattern; /* NULL: not asked for */
    enum log_seek target; /* LOG_SEEK_COUNT: not asked for */
    struct pattern *sought; /* of LOG_SEEK_PATTERN */
    struct build *steps; /* knows the steps that need no second look; NULL: steps may pass */
};

struct logview {
    const struct logrule_set *rules;
    uint32_t follow, view;
    char *paths[LOG_STREAM_COUNT];
    int64_t sure[LOG_STREAM_COUNT]; /* as logtail_sure() has it */
    enum log_stream stream;
    struct test test;
    char *picked; /* its pattern's text */
    struct logindex *index; /* NULL: no view */
    bool reading; /* there is more of it */

    struct test search_test;
    struct logindex *search; /* NULL: none */
    bool searching;
    char *sought; /* the pattern's text, to tell a new one */

    struct seek {
        uint32_t number; /* 0: none was asked for, … */
        bool open; /* … or it has been answered */
        enum log_seek target;
        bool back;
        int64_t from;
    } seek;
    struct page {
        bool open;
        int64_t first, n;
    } page;

    struct logsave save;
    struct buf unsaid; /* frames about those that have ended */

    struct buf last_state;
    int64_t next_state_ms;
    bool state_due;
};

/* ---- which lines ---- */

static bool levels_matter(const struct test *t)
{
    return t->rules && (t->pick != LOG_PICK_ALL || t->target == LOG_SEEK_ERROR ||
                           t->target == LOG_SEEK_WARNING);
}

static bool is_sought(const struct test *t, enum log_level level)
{
    return t->target == LOG_SEEK_ERROR     ? level == LOG_ERROR || level == LOG_SLURM
           : t->target == LOG_SEEK_WARNING ? level == LOG_WARNING
                                           : true;
}

static bool has(const struct pattern *p, const char *text, size_t len)
{
    return p == NULL || pattern_find(p, text, len, 0, NULL, NULL) == 1;
}

static bool passes(void *user, const char *text, size_t len)
{
    const struct test *t = user;
    struct log_match m = {.level = LOG_TEXT};

    if (!has(t->pattern, text, len) || !has(t->sought, text, len))
        return false;
    if (!levels_matter(t))
        return true;
    logrule_match(t->rules, text, len, &m);
    if (m.level == LOG_STEP && t->steps)
        build_line(t->steps, 0, text, len, &m);
    return log_picks(t->pick, m.level) && is_sought(t, m.level);
}

/* Steps like some before, none of which passes. */
static size_t skip_steps(void *user, const char *p, size_t n)
{
    const struct test *t = user;

    return build_quick(t->steps, 0, p, n);
}

/* A pattern that is none asks for nothing: the screen has tried it before. */
static void test_begin(struct test *t, const char *pattern)
{
    struct diag d = DIAG_INIT;

    t->pattern = pattern[0] ? pattern_new(pattern, &d) : NULL;
    if (levels_matter(t)) {
        t->steps = build_new(t->rules);
        build_add_file(t->steps);
    }
}

static void test_end(struct test *t)
{
    build_free(t->steps);
    pattern_free(t->pattern);
    pattern_free(t->sought);
    *t = (struct test){.target = LOG_SEEK_COUNT};
}

static bool one_file(const struct logview *v)
{
    return v->paths[0] && v->paths[1] && strcmp(v->paths[0], v->paths[1]) == 0;
}

static int64_t limit_of(const struct logview *v)
{
    return one_file(v) ? KF_MAX(v->sure[0], v->sure[1]) : v->sure[v->stream];
}

static void set_limit(const struct logview *v, struct logindex *x)
{
    logindex_limit(x, limit_of(v));
}

static struct logindex *index_of(const struct logview *v, struct test *t)
{
    bool all = !levels_matter(t) && !t->pattern && !t->sought;
    struct logindex *x = logindex_new(v->paths[v->stream],
        &(struct logindex_test){
            .pass = all ? NULL : passes, .skip = t->steps ? skip_steps : NULL, .user = t});

    set_limit(v, x);
    return x;
}

/* ---- life ---- */

struct logview *logview_new(const struct logrule_set *rules)
{
    struct logview *v = xcalloc(1, sizeof(*v));

    v->rules = rules;
    v->test.target = v->search_test.target = LOG_SEEK_COUNT;
    return v;
}

static void end_search(struct logview *v)
{
    v->search = logindex_free(v->search);
    v->searching = false;
    v->seek = (struct seek){0};
    test_end(&v->search_test);
    free(v->sought);
    v->sought = NULL;
}

static size_t begin_frame(const struct logview *v, struct buf *out, enum wire_type type)
{
    static const struct clock clock;
    size_t at = wire_begin(out, type, 0, clock_ms(&clock));

    wire_put_u32(out, v->follow);
    wire_put_u32(out, v->view);
    return at;
}

static void tell_saved(struct logview *v, int err, int64_t bytes, const char *path)
{
    size_t frame = begin_frame(v, &v->unsaid, WIRE_LOG_SAVED);

    wire_put_u32(&v->unsaid, (uint32_t)-err);
    wire_put_i64(&v->unsaid, bytes);
    wire_put_str(&v->unsaid, path);
    wire_put_str(&v->unsaid, "");
    wire_end(&v->unsaid, frame);
}

/* Tells how it ended: 0 or a negative errno. */
static void end_save(struct logview *v, int err)
{
    if (!v->save.open)
        return;
    logsave_end(&v->save);
    tell_saved(v, err, v->save.bytes, v->save.path);
    free(v->save.path);
    v->save = (struct logsave){0};
}

static void end_view(struct logview *v)
{
    end_search(v);
    end_save(v, -ECANCELED);
    v->index = logindex_free(v->index);
    v->reading = false;
    v->page = (struct page){0};
    v->state_due = false;
    v->next_state_ms = 0;
    buf_clear(&v->last_state);
    test_end(&v->test);
    free(v->picked);
    v->picked = NULL;
}

struct logview *logview_free(struct logview *v)
{
    if (v) {
        end_view(v);
        for (int i = 0; i < LOG_STREAM_COUNT; i++)
            free(v->paths[i]);
        buf_release(&v->last_state);
        buf_release(&v->unsaid);
        free(v);
    }
    return NULL;
}

void logview_follow(struct logview *v, uint32_t follow, const char *const paths[LOG_STREAM_COUNT])
{
    end_view(v);
    v->follow = follow;
    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        free(v->paths[i]);
        v->paths[i] = xstrdup(paths[i]);
        v->sure[i] = -1;
    }
}

void logview_changed(struct logview *v, enum log_stream stream, bool restart, int64_t sure)
{
    v->sure[stream] = sure;
    if (v->index == NULL || (v->stream != stream && !one_file(v)))
        return;
    set_limit(v, v->index);
    if (v->search)
        set_limit(v, v->search);
    if (restart) {
        logindex_restart(v->index);
        if (v->search)
            logindex_restart(v->search);
    }
    v->reading = true;
    v->searching = v->search != NULL;
}

/* ---- from the screen ---- */

static void begin_view(struct logview *v, struct wire_reader *r)
{
    uint8_t stream, pick;

    end_view(v);
    v->view = wire_get_u32(r);
    stream = wire_get_u8(r);
    pick = wire_get_u8(r);
    v->picked = wire_get_str(r);
    if (r->bad || stream >= LOG_STREAM_COUNT || pick >= LOG_PICK_COUNT || !v->paths[stream] ||
        v->paths[stream][0] == '\0')
        return;
    v->stream = (enum log_stream)stream;
    v->test =
        (struct test){.rules = v->rules, .pick = (enum log_pick)pick, .target = LOG_SEEK_COUNT};
    test_begin(&v->test, v->picked);
    v->index = index_of(v, &v->test);
    v->reading = true;
}

static bool is_search(enum log_seek target)
{
    return target == LOG_SEEK_ERROR || target == LOG_SEEK_WARNING || target == LOG_SEEK_PATTERN;
}

/* The file is read anew for another kind of line; for the next of the same kind it has been. */
static void begin_search(struct logview *v, const char *pattern)
{
    struct test *t = &v->search_test;
    struct seek seek = v->seek;
    struct diag d = DIAG_INIT;

    if (v->search && t->target == seek.target && strcmp(v->sought, pattern) == 0)
        return;
    end_search(v);
    v->seek = seek;
    v->sought = xstrdup(pattern);
    *t = (struct test){.rules = v->rules, .pick = v->test.pick, .target = seek.target};
    t->sought = seek.target == LOG_SEEK_PATTERN ? pattern_new(pattern, &d) : NULL;
    test_begin(t, v->picked);
    v->search = index_of(v, t);
    v->searching = true;
}

static void begin_seek(struct logview *v, struct wire_reader *r)
{
    struct seek s = {.number = wire_get_u32(r), .open = true};
    uint8_t target = wire_get_u8(r);
    char *pattern;

    s.back = wire_get_u8(r) != 0;
    s.from = wire_get_number(r);
    pattern = wire_get_str(r);
    if (!r->bad && target < LOG_SEEK_COUNT && v->index) {
        s.target = (enum log_seek)target;
        v->seek = s;
        if (is_search(s.target))
            begin_search(v, pattern);
    }
    free(pattern);
}

static bool shows_all(const struct logview *v)
{
    return v->test.pick == LOG_PICK_ALL && v->picked[0] == '\0';
}

static void begin_save(struct logview *v, struct wire_reader *r, int to)
{
    int err;

    end_save(v, -ECANCELED);
    err = logsave_begin(&v->save, wire_get_str(r), to, shows_all(v) ? v->paths[v->stream] : NULL,
        limit_of(v), v->index);
    if (err)
        end_save(v, err);
}

static int take(struct logview *v, const struct wire_frame *frame, int *save_to)
{
    struct wire_reader r = wire_reader(frame);
    uint32_t follow = wire_get_u32(&r);

    if (follow != v->follow || r.bad)
        return r.bad ? -EPROTO : 0;
    if (frame->head.type == WIRE_LOG_VIEW) {
        begin_view(v, &r);
        return r.bad ? -EPROTO : 0;
    }
    if (wire_get_u32(&r) != v->view || v->index == NULL)
        return r.bad ? -EPROTO : 0;
    if (frame->head.type == WIRE_LOG_SEEK) {
        begin_seek(v, &r);
    } else if (frame->head.type == WIRE_LOG_SAVE) {
        begin_save(v, &r, *save_to);
        *save_to = -1;
    } else {
        v->page = (struct page){.open = true, .first = wire_get_number(&r)};
        v->page.n = wire_get_u32(&r); /* KF_MIN() would read two numbers */
        v->page.first = KF_MAX(v->page.first, 0);
        v->page.n = KF_MIN(v->page.n, (uint32_t)LOG_PAGE_MAX);
    }
    return r.bad ? -EPROTO : 0;
}

int logview_take(struct logview *v, const struct wire_frame *frame, int save_to)
{
    int err = take(v, frame, &save_to);

    if (save_to >= 0) { /* of another view: nobody writes to it */
        close(save_to);
        tell_saved(v, -ECANCELED, 0, "");
    }
    return err;
}

/* ---- to the screen ---- */

struct page_writer {
    const struct logview *v;
    struct buf *out;
    uint32_t n;
};

static void put_line(void *user, const struct logindex_line *line)
{
    struct page_writer *w = user;
    struct log_match m = {.level = LOG_TEXT, .rule = -1};

    if (w->v->rules)
        logrule_match(w->v->rules, line->text, line->len, &m);
    wire_put_i64(w->out, line->number);
    logline_put(w->out, w->v->stream, line->flags, &m, line->text, line->len);
    w->n++;
}

/* What cannot be read is an empty page; the state says why. */
static void tell_page(struct logview *v, struct buf *out)
{
    size_t frame = begin_frame(v, out, WIRE_LOG_PAGE), count;
    struct page_writer w = {.v = v, .out = out};

    wire_put_i64(out, v->page.first);
    count = out->len;
    wire_put_u32(out, 0);
    logindex_page(v->index, v->page.first, v->page.n, put_line, &w);
    memcpy(out->p + count, &w.n, sizeof(w.n));
    wire_end(out, frame);
    v->page.open = false;
}

static void tell_state(struct logview *v, struct buf *out)
{
    const struct logindex_state *s = logindex_state(v->index);
    const struct logindex_state *found = v->search ? logindex_state(v->search) : NULL;
    struct buf b = BUF_INIT;
    size_t frame;

    wire_put_i64(&b, s->passed);
    wire_put_i64(&b, s->lines);
    wire_put_i64(&b, s->read);
    wire_put_i64(&b, s->size);
    wire_put_u32(&b, (uint32_t)s->error);
    wire_put_u32(&b, s->restarts);
    wire_put_u32(&b, found ? v->seek.number : 0);
    wire_put_i64(&b, found ? found->passed : 0);
    wire_put_u8(&b, (uint8_t)(s->complete | (found && found->complete) << 1));
    if (b.len != v->last_state.len || memcmp(b.p, v->last_state.p, b.len) != 0) {
        frame = begin_frame(v, out, WIRE_LOG_VIEW_STATE);
        buf_add(out, b.p, b.len);
        wire_end(out, frame);
        buf_clear(&v->last_state);
        buf_add(&v->last_state, b.p, b.len);
    }
    buf_release(&b);
}

/* ---- what was sought ---- */

static void take_number(void *user, const struct logindex_line *line)
{
    *(int64_t *)user = line->number;
}

/* The number of the line found that is nearest to where the search began; -1: there is none, -2: it is not
   known yet. */
static int64_t nearest(struct logview *v)
{
    const struct logindex_state *s = logindex_state(v->search);
    int64_t number = -1, at;

    if (v->seek.back && s->lines < v->seek.from && !s->complete)
        return -2;
    at = logindex_at_line(v->search, v->seek.from + !v->seek.back) - v->seek.back;
    if (at < 0)
        return -1;
    if (at >= s->passed)
        return s->complete ? -1 : -2;
    logindex_page(v->search, at, 1, take_number, &number);
    return number;
}

/* The place in the view of a line that was found; the view may know less of the file than the search. */
static int64_t place_of(struct logview *v, int64_t number)
{
    const struct logindex_state *s = logindex_state(v->index);

    if (s->lines <= number && !s->complete)
        return -2;
    return logindex_at_line(v->index, number);
}

static int64_t answer(struct logview *v)
{
    const struct logindex_state *s = logindex_state(v->index);
    int64_t number = v->seek.from, at;

    if (v->seek.target == LOG_SEEK_PERCENT) {
        if (s->size < 0)
            return s->complete ? -1 : -2;
        at = s->size / 100 * v->seek.from + s->size % 100 * v->seek.from / 100;
        return s->read < at && !s->complete ? -2 : logindex_at_byte(v->index, at);
    }
    if (is_search(v->seek.target)) {
        number = nearest(v);
        if (number < 0)
            return number;
    }
    return place_of(v, number);
}

static void try_seek(struct logview *v, struct buf *out)
{
    int64_t place = answer(v), number = -1;
    size_t frame;

    if (place == -2)
        return;
    if (place >= logindex_state(v->index)->passed) /* behind the last one is the last one */
        place = is_search(v->seek.target) ? -1 : logindex_state(v->index)->passed - 1;
    frame = begin_frame(v, out, WIRE_LOG_FOUND);
    if (place >= 0)
        logindex_page(v->index, place, 1, take_number, &number);
    wire_put_u32(out, v->seek.number);
    wire_put_i64(out, place);
    wire_put_i64(out, number);
    wire_end(out, frame);
    v->seek.open = false;
}

/* ---- saving ---- */

bool logview_work(struct logview *v, int64_t now_ms, struct buf *out)
{
    int saved;

    if (v->save.open && (saved = logsave_step(&v->save, v->index)) <= 0)
        end_save(v, saved);
    buf_add(out, v->unsaid.p, v->unsaid.len);
    buf_clear(&v->unsaid);
    if (v->index == NULL)
        return false;
    if (v->reading)
        v->reading = logindex_step(v->index);
    if (v->searching)
        v->searching = logindex_step(v->search);
    if (v->seek.open)
        try_seek(v, out);
    v->state_due = now_ms < v->next_state_ms;
    if (!v->state_due) {
        tell_state(v, out);
        v->next_state_ms = now_ms + STATE_MS;
    }
    if (v->page.open)
        tell_page(v, out);
    return v->reading || v->searching || v->save.open;
}

int64_t logview_due(const struct logview *v)
{
    return v->index && v->state_due ? v->next_state_ms : INT64_MAX;
}
