/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logindex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/holes.h"
#include "backend/logproto.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"

#define STEP     (4 << 20) /* bytes of one step, … */
#define STEP_US  50000 /* … and time, which a test of lines may need for fewer */
#define PAGE_MAX (256 << 20) /* bytes read for one page, … */
#define PAGE_US  1000000 /* … and time */
#define AGAIN    (64u << 10) /* bytes read at a time for it */

/* The beginning of a line. */
struct mark {
    int64_t offset, number, place;
};

struct logindex {
    char *path;
    struct logindex_test test;
    struct logindex_state state;
    int64_t limit; /* -1: none */
    dev_t dev;
    ino_t ino;
    int64_t stride;
    struct mark *marks;
    size_t mark_count;
    struct logsplit split; /* only with a test */
    bool open; /* bytes have come since the last newline */
    bool rest_passed; /* the unfinished line is counted in `passed` */
    char *chunk, *again; /* of steps, of pages */
};

struct logindex *logindex_new(const char *path, const struct logindex_test *test)
{
    struct logindex *x = xcalloc(1, sizeof(*x));

    x->path = xstrdup(path);
    x->test = *test;
    x->test.chunk = test->chunk ? test->chunk : 256u << 10;
    x->test.stride = test->stride ? test->stride : 64 << 10;
    x->marks = xcalloc(LOGINDEX_MARKS, sizeof(*x->marks));
    x->chunk = xcalloc(x->test.chunk, 1);
    x->again = xcalloc(AGAIN, 1);
    logsplit_init(&x->split, LOG_LINE_MAX);
    x->split.quick = test->skip;
    x->split.quick_user = test->user;
    x->state.size = x->limit = -1;
    logindex_restart(x);
    x->state.restarts = 0;
    return x;
}

struct logindex *logindex_free(struct logindex *x)
{
    if (x) {
        logsplit_release(&x->split);
        free(x->path);
        free(x->marks);
        free(x->chunk);
        free(x->again);
        free(x);
    }
    return NULL;
}

void logindex_restart(struct logindex *x)
{
    uint32_t restarts = x->state.restarts;

    logsplit_reset(&x->split);
    x->state = (struct logindex_state){.size = x->state.size, .restarts = restarts + 1};
    x->stride = x->test.stride;
    x->marks[0] = (struct mark){0};
    x->mark_count = 1;
    x->ino = 0;
    x->open = x->rest_passed = false;
}

void logindex_limit(struct logindex *x, int64_t limit)
{
    x->limit = limit;
}

const struct logindex_state *logindex_state(const struct logindex *x)
{
    return &x->state;
}

/* ---- reading on ---- */

/* Twice the distance, half of the marks. */
static void thin_out(struct logindex *x)
{
    size_t kept = 1;

    x->stride *= 2;
    for (size_t i = 1; i < x->mark_count; i++)
        if (x->marks[i].offset - x->marks[kept - 1].offset >= x->stride)
            x->marks[kept++] = x->marks[i];
    x->mark_count = kept;
}

static void mark_here(struct logindex *x)
{
    if (x->state.read - x->marks[x->mark_count - 1].offset < x->stride)
        return;
    /* marks may lie further apart than they had to: then none goes at first */
    while (x->mark_count == LOGINDEX_MARKS)
        thin_out(x);
    x->marks[x->mark_count++] = (struct mark){x->state.read, x->state.lines, x->state.passed};
}

static void count_line(void *user, const char *text, size_t len, uint8_t flags, size_t rest)
{
    struct logindex *x = user;

    (void)flags;
    (void)rest;
    x->state.passed += x->test.pass(x->test.user, text, len);
}

static int64_t newlines(const char *p, size_t n)
{
    const char *end = p + n;
    int64_t count = 0;

    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        count++;
        p++;
    }
    return count;
}

static void take(struct logindex *x, const char *p, size_t n)
{
    int64_t lines;

    if (n == 0)
        return;
    lines = newlines(p, n);
    x->state.lines += lines;
    x->state.read += (int64_t)n;
    x->open = p[n - 1] != '\n';
    if (x->test.pass)
        logsplit_feed(&x->split, p, n, count_line, x);
    else
        x->state.passed += lines;
}

/* An unfinished line counts as long as the end of the file is where it is now. */
static void count_rest(struct logindex *x)
{
    const char *text;
    size_t len;
    uint8_t flags;

    if (!x->open || x->rest_passed)
        return;
    x->rest_passed = x->test.pass == NULL || (logsplit_unfinished(&x->split, &text, &len, &flags) &&
                                                 x->test.pass(x->test.user, text, len));
    x->state.passed += x->rest_passed;
}

static void forget_rest(struct logindex *x)
{
    x->state.passed -= x->rest_passed;
    x->rest_passed = false;
}

/* Passes over the hole of a sparse file that begins here, as the NULs that it holds. Returns the bytes that are
   stored behind it, as far as one chunk reaches; 0 if the file ends with the hole. */
static int64_t skip_hole(struct logindex *x, int fd, const struct stat *st)
{
    int64_t data = KF_MIN(holes_data(fd, st, x->state.read), x->state.size);

    if (data > x->state.read) {
        take(x, "", 1); /* one of them */
        x->state.read = data;
    }
    return KF_MIN(holes_end(fd, st, data) - data, (int64_t)x->test.chunk);
}

static int read_on(struct logindex *x, int fd, const struct stat *st)
{
    bool sparse = holes_in(st);

    int64_t until_us = clock_monotonic_us() + STEP_US;

    for (int64_t done = 0;
         done < STEP && x->state.read < x->state.size && clock_monotonic_us() < until_us;) {
        int64_t stored = sparse ? skip_hole(x, fd, st) : (int64_t)x->test.chunk;
        size_t want = (size_t)KF_MIN(x->state.size - x->state.read, stored), first;
        const char *newline;
        ssize_t got = file_read_at(fd, x->chunk, want, x->state.read);

        if (got < 0)
            return (int)got;
        if (got == 0 && want > 0) { /* it is shorter than was told a moment ago */
            x->state.size = x->state.read;
            return 0;
        }
        newline = memchr(x->chunk, '\n', (size_t)got);
        first = newline ? (size_t)(newline - x->chunk) + 1 : 0;
        take(x, x->chunk, first);
        if (newline)
            mark_here(x);
        take(x, x->chunk + first, (size_t)got - first);
        done += got;
    }
    return 0;
}

bool logindex_step(struct logindex *x)
{
    struct stat st;
    int fd = file_open_regular(x->path, &st), err;

    x->state.error = fd < 0 ? -fd : 0;
    if (fd < 0) {
        x->state.complete = true; /* there is nothing to wait for */
        return false;
    }
    if ((x->ino && (st.st_ino != x->ino || st.st_dev != x->dev)) || st.st_size < x->state.read)
        logindex_restart(x);
    x->ino = st.st_ino;
    x->dev = st.st_dev;
    x->state.size = x->limit < 0 ? st.st_size : KF_MIN(st.st_size, x->limit);
    if (x->state.read < x->state.size)
        forget_rest(x);
    err = read_on(x, fd, &st);
    close(fd);
    x->state.error = -err;
    x->state.complete = err < 0 || x->state.read >= x->state.size;
    if (x->state.complete)
        count_rest(x);
    return !x->state.complete;
}

/* ---- reading again ---- */

enum mark_key { BY_OFFSET, BY_NUMBER, BY_PLACE };

static int64_t key_of(const struct mark *m, enum mark_key by)
{
    return by == BY_OFFSET ? m->offset : by == BY_NUMBER ? m->number : m->place;
}

/* The last mark from which everything with at least this key is ahead. */
static const struct mark *mark_before(const struct logindex *x, enum mark_key by, int64_t key)
{
    size_t low = 0, high = x->mark_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (key_of(&x->marks[middle], by) <= key)
            low = middle;
        else
            high = middle;
    }
    return &x->marks[low];
}

/* One pass from a mark on. */
struct walk {
    struct logindex *x;
    struct logsplit split;
    int64_t number, place; /* of the next line */
    int64_t piece_end; /* offset behind the piece that is being split */
    int64_t line_offset; /* where the next line begins */
    int64_t first, end; /* places that are handed out */
    int64_t given; /* so many have been */
    logindex_fn *fn;
    void *user;
    enum mark_key
        until; /* with no fn: ends at the first line that passes and has at least this key */
    int64_t key;
    int64_t found; /* its place; -1: not yet */
};

static void walk_line(struct walk *w, const char *text, size_t len, uint8_t flags)
{
    bool passes = w->x->test.pass == NULL || w->x->test.pass(w->x->test.user, text, len);

    if (passes && w->fn && w->place >= w->first && w->place < w->end) {
        w->fn(w->user, &(struct logindex_line){w->number, text, len, flags});
        w->given++;
    }
    if (passes && !w->fn && w->found < 0 &&
        (w->until == BY_NUMBER ? w->number : w->line_offset) >= w->key)
        w->found = w->place;
    w->place += passes;
    w->number++;
}

static void walk_split(void *user, const char *text, size_t len, uint8_t flags, size_t rest)
{
    struct walk *w = user;

    walk_line(w, text, len, flags);
    w->line_offset = w->piece_end - (int64_t)rest;
}

static bool walk_done(const struct walk *w)
{
    return w->fn ? w->place >= w->end : w->found >= 0;
}

/* Where reading goes on: not in the rest of a line of which no more is kept, and not where the marks say that
   nothing passes. */
static int64_t leap(struct walk *w, int64_t at)
{
    struct logindex *x = w->x;
    const struct mark *next = mark_before(x, BY_PLACE, w->place);

    if (next->offset > at) {
        logsplit_reset(&w->split);
        w->number = next->number;
        w->line_offset = next->offset;
        return next->offset;
    }
    if (!w->split.cut)
        return at;
    if (w->number == x->state.lines) /* the last one, unfinished */
        return x->state.read;
    next = mark_before(x, BY_NUMBER, w->number + 1);
    return next->number == w->number + 1 && next->offset > at ? next->offset - 1 : at;
}

static int walk(struct walk *w, const struct mark *from)
{
    struct logindex *x = w->x;
    int64_t at = from->offset, budget = PAGE_MAX, until_us = clock_monotonic_us() + PAGE_US;
    struct stat st;
    int fd = file_open_regular(x->path, &st);
    ssize_t got = 0;
    const char *text;
    size_t len;
    uint8_t flags;

    if (fd < 0)
        return fd;
    w->number = from->number;
    w->place = from->place;
    w->line_offset = at;
    logsplit_init(&w->split, LOG_LINE_MAX);
    while (!walk_done(w) && at < x->state.read && budget > 0 && clock_monotonic_us() < until_us) {
        at = leap(w, at);
        if (at >= x->state.read)
            break;
        got = file_read_at(fd, x->again, (size_t)KF_MIN(x->state.read - at, (int64_t)AGAIN), at);
        if (got <= 0)
            break;
        at += got;
        budget -= got;
        w->piece_end = at;
        logsplit_feed(&w->split, x->again, (size_t)got, walk_split, w);
    }
    if (!walk_done(w) && at >= x->state.read &&
        logsplit_unfinished(&w->split, &text, &len, &flags) && x->rest_passed)
        walk_line(w, text, len, flags | LOG_LINE_PARTIAL);
    logsplit_release(&w->split);
    close(fd);
    return got < 0 ? (int)got : 0;
}

int64_t logindex_page(struct logindex *x, int64_t first, int64_t n, logindex_fn *fn, void *user)
{
    struct walk w = {.x = x, .first = first, .end = first + n, .fn = fn, .user = user};
    int err = walk(&w, mark_before(x, BY_PLACE, first));

    return err ? err : w.given;
}

/* Several marks may have the same place, when nothing between them passes: the last one will do, since
   what is looked for lies behind it. */
static int64_t find(struct logindex *x, enum mark_key by, int64_t key)
{
    struct walk w = {.x = x, .until = by, .key = key, .found = -1};

    if (by == BY_NUMBER && x->test.pass == NULL)
        return KF_MIN(key, x->state.passed);
    walk(&w, mark_before(x, by, key));
    return w.found < 0 ? x->state.passed : w.found;
}

int64_t logindex_at_line(struct logindex *x, int64_t number)
{
    return find(x, BY_NUMBER, KF_MAX(number, 0));
}

int64_t logindex_at_byte(struct logindex *x, int64_t offset)
{
    return find(x, BY_OFFSET, KF_MAX(offset, 0));
}
