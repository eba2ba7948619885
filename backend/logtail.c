/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `pos` is how far the file has been read. Two samples of what has been read are kept, its first
 * bytes and the last ones before pos (the seam), and compared with the file whenever that changed:
 * a log that was truncated and has grown past pos differs in one of them.
 *
 * When the file is begun at its tail, the first line is the one behind the first line end there;
 * `start` is where that is, and logtail_count() reads [0, start).
 */
#include "backend/logtail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/holes.h"
#include "backend/logsplit.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/fmt.h"

#define SAMPLE       64u
#define REMOTE_LOOKS 2 /* looks in a row that must agree before a network file is read anew */
#define HOLD_LOOKS   3 /* looks during which NUL bytes of a network file are waited for */

struct sample {
    char p[SAMPLE];
    size_t n;
};

struct logtail {
    char *path;
    struct logtail_conf conf;
    bool remote;
    const struct logtail *twin;
    struct logtail_state state;

    bool known; /* the following are about a file that has been begun */
    dev_t dev;
    ino_t ino;
    struct timespec mtime; /* at the last look that found nothing wrong, with `seen` bytes */
    int64_t seen;
    int64_t pos;
    struct sample head, seam;
    int doubts; /* looks in a row that found another file */
    int held; /* looks during which NUL bytes have been waited for */

    bool skipping; /* looking for the first line end */
    bool skip_cr; /* … and the last byte was a carriage return */
    int64_t start;
    int64_t counted;

    struct logsplit follow, backlog;
    int64_t changed_ms; /* when the unfinished line last changed */
    bool shown; /* it has been handed over as it is */
    char *chunk;
};

/* What the splitter's callback needs to hand on a line. */
struct handover {
    logtail_fn *fn;
    void *user;
    int64_t left; /* bytes of the file behind the piece that is being split */
};

enum verdict { SAME, REPLACED, SHRUNK, REWRITTEN };

struct logtail *logtail_new(const char *path, const struct logtail_conf *conf)
{
    struct logtail *t = xcalloc(1, sizeof(*t));
    struct logtail_conf c = conf ? *conf : (struct logtail_conf){0};

    c.line_max = c.line_max ? c.line_max : LOG_LINE_MAX;
    c.tail_max = c.tail_max ? c.tail_max : LOG_TAIL_MAX;
    c.chunk = c.chunk ? c.chunk : 64u << 10;
    c.step = c.step ? c.step : 1u << 20;
    c.rest_ms = c.rest_ms ? c.rest_ms : 1000;
    t->path = xstrdup(path);
    t->conf = c;
    t->state = (struct logtail_state){.state = LOG_WAITING, .size = -1};
    t->chunk = xcalloc(c.chunk, 1);
    logsplit_init(&t->follow, c.line_max);
    logsplit_init(&t->backlog, c.line_max);
    return t;
}

struct logtail *logtail_free(struct logtail *t)
{
    if (t) {
        logsplit_release(&t->follow);
        logsplit_release(&t->backlog);
        free(t->chunk);
        free(t->path);
        free(t);
    }
    return NULL;
}

void logtail_set_quick(struct logtail *t, logsplit_quick_fn *fn, void *user)
{
    t->follow.quick = t->backlog.quick = fn;
    t->follow.quick_user = t->backlog.quick_user = user;
}

void logtail_set_remote(struct logtail *t, bool remote)
{
    t->remote = remote;
}

void logtail_set_twin(struct logtail *t, const struct logtail *other)
{
    t->twin = other;
}

const struct logtail_state *logtail_state(const struct logtail *t)
{
    return &t->state;
}

int64_t logtail_behind(const struct logtail *t)
{
    return t->known && t->state.size > t->pos ? t->state.size - t->pos : 0;
}

int64_t logtail_sure(const struct logtail *t)
{
    if (t->state.twin && t->twin)
        return logtail_sure(t->twin);
    return t->remote && t->known ? t->pos : -1;
}

bool logtail_complete(const struct logtail *t)
{
    return !t->known || (!t->skipping && t->counted >= t->start);
}

int64_t logtail_deadline(const struct logtail *t)
{
    return t->shown || t->follow.len == 0 ? -1 : t->changed_ms + t->conf.rest_ms;
}

/* ---- opening ---- */

static void failed(struct logtail *t, int error)
{
    t->state = (struct logtail_state){.state = error == ENOENT ? LOG_WAITING : LOG_UNREADABLE,
        .error = error == ENOENT ? 0 : error,
        .size = -1};
}

/* A stale handle is what the name led to a moment ago: the second try asks the server. */
static int open_file(const struct logtail *t, struct stat *st)
{
    int fd = file_open_regular(t->path, st);

    return fd == -ESTALE ? file_open_regular(t->path, st) : fd;
}

/* ---- lines ---- */

static void hand_over(void *user, const char *text, size_t len, uint8_t flags, size_t rest)
{
    struct handover *h = user;
    struct logtail_line line = {
        .text = text, .len = len, .flags = flags, .left = h->left + (int64_t)rest};

    h->fn(h->user, &line);
}

static void hand_over_note(const char *text, uint8_t flag, logtail_fn *fn, void *user)
{
    struct logtail_line line = {.text = text, .len = strlen(text), .flags = flag};

    fn(user, &line);
}

static void hand_over_unfinished(struct logtail *t, uint8_t flag, logtail_fn *fn, void *user)
{
    struct logtail_line line = {0};

    if (!logsplit_unfinished(&t->follow, &line.text, &line.len, &line.flags))
        return;
    line.flags |= flag;
    fn(user, &line);
}

static void show_if_rested(struct logtail *t, int64_t now_ms, logtail_fn *fn, void *user)
{
    int64_t deadline = logtail_deadline(t);

    if (deadline < 0 || now_ms < deadline || logtail_behind(t) > 0)
        return;
    hand_over_unfinished(t, LOG_LINE_PARTIAL, fn, user);
    t->shown = true;
}

/* ---- which file it is ---- */

static void forget(struct logtail *t)
{
    t->known = t->skipping = t->skip_cr = t->shown = false;
    t->pos = t->start = t->counted = 0;
    t->head.n = t->seam.n = 0;
    t->doubts = t->held = 0;
    logsplit_reset(&t->follow);
    logsplit_reset(&t->backlog);
}

static void identify(struct logtail *t, const struct stat *st)
{
    t->known = true;
    t->dev = st->st_dev;
    t->ino = st->st_ino;
    t->mtime = st->st_mtim;
    t->seen = st->st_size;
    t->doubts = 0;
}

static void begin(struct logtail *t, const struct stat *st, logtail_fn *fn, void *user)
{
    char bytes[FMT_SIZE];
    char note[FMT_SIZE + 64];

    forget(t);
    identify(t, st);
    if ((uint64_t)st->st_size <= t->conf.tail_max)
        return;
    /* One byte more, so that a line that begins just there is known to begin there. */
    t->pos = st->st_size - (int64_t)t->conf.tail_max - 1;
    t->skipping = true;
    snprintf(note, sizeof(note), "%s before this: counted, not shown",
        fmt_bytes(bytes, (uint64_t)t->pos));
    hand_over_note(note, LOG_LINE_SKIPPED, fn, user);
}

/* 1 if the bytes of a sample are at offset, 0 if not, or a negative errno. */
static int matches(int fd, const struct sample *s, int64_t offset)
{
    char p[SAMPLE];
    ssize_t n = s->n ? file_read_at(fd, p, s->n, offset) : 0;

    if (n < 0)
        return (int)n;
    return (size_t)n == s->n && memcmp(p, s->p, s->n) == 0;
}

static int judge(struct logtail *t, int fd, const struct stat *st, enum verdict *ret)
{
    bool same_file = st->st_dev == t->dev && st->st_ino == t->ino;
    int yes;

    *ret = REPLACED;
    /* Some network file systems number files anew when they like: there the content decides. */
    if (!same_file && (!t->remote || st->st_size < t->pos))
        return 0;
    *ret = SHRUNK;
    if (st->st_size < t->pos)
        return 0;
    *ret = SAME;
    if (same_file && st->st_size == t->seen && st->st_mtim.tv_sec == t->mtime.tv_sec &&
        st->st_mtim.tv_nsec == t->mtime.tv_nsec)
        return 0;
    yes = matches(fd, &t->head, 0);
    if (yes > 0)
        yes = matches(fd, &t->seam, t->pos - (int64_t)t->seam.n);
    if (yes < 0)
        return yes;
    if (!yes)
        *ret = same_file ? REWRITTEN : REPLACED;
    return 0;
}

static void restart(
    struct logtail *t, const struct stat *st, enum verdict why, logtail_fn *fn, void *user)
{
    static const char *const notes[] = {
        [SAME] = "",
        [REPLACED] = "the file was replaced: read anew from here",
        [SHRUNK] = "the file was truncated: read anew from here",
        [REWRITTEN] = "the file was rewritten: read anew from here",
    };

    hand_over_unfinished(t, 0, fn, user); /* its end will not come any more */
    hand_over_note(notes[why], LOG_LINE_RESTART, fn, user);
    begin(t, st, fn, user);
}

/* ---- reading ---- */

/* The n bytes that stood at `offset`. They are kept as they were read: read once more, they could be those of another
   file that has the place by now. */
static void remember(struct logtail *t, int64_t offset, const char *p, size_t n)
{
    struct sample *s = &t->seam, *head = &t->head;
    size_t keep;

    if (head->n < SAMPLE && (int64_t)head->n == offset) {
        keep = KF_MIN(n, SAMPLE - head->n);
        memcpy(head->p + head->n, p, keep);
        head->n += keep;
    }

    if (n >= SAMPLE) {
        memcpy(s->p, p + n - SAMPLE, SAMPLE);
        s->n = SAMPLE;
    } else {
        keep = KF_MIN(s->n, SAMPLE - n);
        memmove(s->p, s->p + s->n - keep, keep);
        memcpy(s->p + keep, p, n);
        s->n = keep + n;
    }
}

/* Of a file that is begun at its tail: before that is read, so that one that takes its place meanwhile begins
   otherwise. */
static void remember_head(struct logtail *t, int fd)
{
    ssize_t got;

    if (t->pos == 0 || t->head.n > 0)
        return;
    got = file_read_at(fd, t->head.p, (size_t)KF_MIN(t->pos, (int64_t)SAMPLE), 0);
    t->head.n = got > 0 ? (size_t)got : 0;
}

/* Whether the n bytes at p have the first line end of the tail; *ret_n is how many to drop. */
static bool find_start(struct logtail *t, const char *p, size_t n, size_t *ret_n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n') {
            *ret_n = i + 1;
            return true;
        }
        if (t->skip_cr && p[i] != '\r') { /* a line that starts again: nothing before it counts */
            *ret_n = i;
            return true;
        }
        t->skip_cr = p[i] == '\r';
    }
    return false;
}

static void consume(
    struct logtail *t, const char *p, size_t n, int64_t now_ms, logtail_fn *fn, void *user)
{
    struct handover h = {.fn = fn, .user = user, .left = logtail_behind(t)};
    size_t drop;

    if (t->skipping) {
        if (!find_start(t, p, n, &drop))
            return;
        t->skipping = false;
        t->start = t->pos - (int64_t)(n - drop);
        p += drop;
        n -= drop;
    }
    if (n == 0)
        return;
    logsplit_feed(&t->follow, p, n, hand_over, &h);
    t->changed_ms = now_ms;
    t->shown = false;
}

/* How many of the n bytes just read may be taken now; see the header on NUL bytes. */
static size_t trust(struct logtail *t, size_t n)
{
    const char *nul = t->remote ? memchr(t->chunk, '\0', n) : NULL;

    if (nul == NULL) {
        t->held = 0;
        return n;
    }
    if (t->held >= HOLD_LOOKS)
        return n;
    t->held++;
    return (size_t)(nul - t->chunk);
}

/* Passes over the hole of a sparse file that begins here: of the NULs that it holds a few will do. On a network
   file system they may be a page that is still to come. */
static void pass_hole(
    struct logtail *t, int fd, const struct stat *st, int64_t now_ms, logtail_fn *fn, void *user)
{
    static const char nuls[SAMPLE];
    int64_t data = t->remote ? t->pos : holes_data(fd, st, t->pos);

    if (data - t->pos < (int64_t)sizeof(nuls))
        return;
    remember(t, t->pos, nuls, sizeof(nuls));
    t->pos = data;
    consume(t, nuls, sizeof(nuls), now_ms, fn, user);
}

static int read_new(
    struct logtail *t, int fd, const struct stat *st, int64_t now_ms, logtail_fn *fn, void *user)
{
    size_t budget = t->conf.step;
    bool sparse = holes_in(st);

    remember_head(t, fd);
    while (t->pos < t->state.size && budget > 0) {
        size_t want = KF_MIN(t->conf.chunk, budget);
        size_t n;
        ssize_t got;

        if (sparse)
            pass_hole(t, fd, st, now_ms, fn, user);
        want = (size_t)KF_MIN((int64_t)want, t->state.size - t->pos);
        got = file_read_at(fd, t->chunk, want, t->pos);
        if (got < 0)
            return (int)got;
        n = trust(t, (size_t)got);
        if (n > 0) {
            remember(t, t->pos, t->chunk, n);
            t->pos += (int64_t)n;
            consume(t, t->chunk, n, now_ms, fn, user);
        }
        if (n < want) /* held back, or the file has just shrunk: look again later */
            return 0;
        budget -= n;
    }
    return t->pos < t->state.size;
}

/* One look at the open file: 1 if there is more to read at once, 0, or a negative errno. */
static int look(
    struct logtail *t, int fd, const struct stat *st, int64_t now_ms, logtail_fn *fn, void *user)
{
    enum verdict verdict = SAME;
    int err = t->known ? judge(t, fd, st, &verdict) : 0;

    if (err)
        return err;
    if (verdict != SAME && t->remote && ++t->doubts < REMOTE_LOOKS)
        return 0;
    t->state = (struct logtail_state){.state = LOG_OPEN,
        .size = st->st_size,
        .mtime_s = st->st_mtim.tv_sec,
        .uid = st->st_uid,
        .device = st->st_dev,
        .inode = st->st_ino};
    if (!t->known)
        begin(t, st, fn, user);
    else if (verdict != SAME)
        restart(t, st, verdict, fn, user);
    else
        identify(t, st);
    return read_new(t, fd, st, now_ms, fn, user);
}

bool logtail_poll(struct logtail *t, int64_t now_ms, logtail_fn *fn, void *user)
{
    struct stat st;
    int more = 0;
    int fd = open_file(t, &st);

    if (fd < 0) {
        failed(t, -fd);
    } else if (t->twin && t->twin->known && t->twin->dev == st.st_dev &&
               t->twin->ino == st.st_ino) {
        forget(t);
        t->state = t->twin->state;
        t->state.twin = true;
    } else {
        more = look(t, fd, &st, now_ms, fn, user);
        if (more < 0)
            failed(t, -more);
    }
    if (fd >= 0)
        close(fd);
    show_if_rested(t, now_ms, fn, user);
    return more > 0;
}

bool logtail_count(struct logtail *t, logtail_fn *fn, void *user)
{
    struct handover h = {.fn = fn, .user = user};
    size_t budget = t->conf.step;
    struct stat st;
    bool sparse;
    int fd;

    if (logtail_complete(t) || t->skipping)
        return false;
    fd = open_file(t, &st);
    if (fd < 0)
        return false;
    sparse = holes_in(&st);
    /* If it is not the same file any more, logtail_poll() will find that out and begin anew. */
    while (budget > 0 && t->counted < t->start && st.st_dev == t->dev && st.st_ino == t->ino) {
        size_t want = KF_MIN(t->conf.chunk, budget);
        ssize_t got;

        if (sparse && !t->remote)
            t->counted = KF_MIN(holes_data(fd, &st, t->counted), t->start);
        want = (size_t)KF_MIN((int64_t)want, t->start - t->counted);
        got = file_read_at(fd, t->chunk, want, t->counted);
        if (got <= 0)
            break;
        t->counted += got;
        h.left = t->start - t->counted;
        logsplit_feed(&t->backlog, t->chunk, (size_t)got, hand_over, &h);
        budget -= (size_t)got;
    }
    close(fd);
    return budget == 0 && t->counted < t->start;
}
