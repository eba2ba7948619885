/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One thread, one loop: wait for the screen, for events, or for the next look that is due; look at
 * the files that are due; send the lines; with time left, count on in what lies before the tail; send
 * the state if it changed. A read of a hung network file system blocks here, and only here: the
 * screen kills a helper, with its readers, that stays silent.
 *
 * When both files have something new, the one of which the first event told is read first; without
 * events, and at the beginning, the one that was written to longer ago.
 */
#include "backend/logreader.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/logcount.h"
#include "backend/logdiags.h"
#include "backend/logline.h"
#include "backend/logproto.h"
#include "backend/logrule.h"
#include "backend/logtail.h"
#include "backend/logview.h"
#include "backend/watch.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/harmless.h"

#define LOOK_MS       1000 /* between looks; also with events, which may be lost */
#define LOOK_LOCAL_MS 250 /* … where looking is cheap and no event comes */
#define QUICK_MS      20 /* at least, between looks that events ask for */
#define STATE_MS      100 /* at least, between two states */
#define SAME_TIME_S   2 /* files changed within this are taken for changed together */
#define BATCH_MAX     (60u << 10)
#define EVENTS_MAX    4096 /* taken at one wake-up */
/* A file that grew by more than this since the last look is shown from its tail on again. */
#define FLOOD_MAX (4 << 20)

struct logreader;

struct file {
    struct logreader *helper;
    enum log_stream stream;
    char *path;
    const char *name; /* its last part */
    bool same_path; /* as stdout: read there */
    struct logtail *tail; /* NULL without a path, and if same_path */

    enum watch_fs fs;
    int dir; /* number of its directory in the watch; -1: not watched */
    bool linked; /* a symbolic link: events come where it points to, not here */

    int64_t last_ms, due_ms;
    uint64_t touched; /* order of what is new: 0 nothing, else lower is earlier */

    struct logcount count; /* of complete lines */
    bool partial; /* an unfinished line is shown: */
    struct log_match partial_match;
    char partial_text[LOG_LINE_MAX];
    int64_t flood; /* lines left out since the file grew too fast; 0: it did not */
};

struct logreader {
    int fd;
    int error; /* negative errno once the screen cannot be reached */
    const struct clock clock;
    struct wire_stream in;
    int passed; /* the open file that came with a frame; -1 */
    const struct logrule_set *rules; /* NULL if they could not be read: every line is text */
    struct watch *watch;
    bool watch_failed;
    bool following;
    uint32_t follow;
    struct file file[LOG_STREAM_COUNT];
    uint64_t touches;
    bool counting; /* there is more to count at once */
    struct logview *view; /* of one of the files, from its beginning */
    struct logdiags *diags;
    bool viewing; /* there is more to do for these two at once */
    struct buf told; /* frames about them */
    int64_t alive_ms; /* when it tells that it does not hang */

    struct buf lines; /* a WIRE_LOG_LINES being filled, if lines_n > 0 */
    size_t lines_frame, lines_at;
    uint32_t lines_n;
    struct buf state, last_state; /* payloads */
    bool places_due; /* another file is read than the screen knows */
    int64_t next_state_ms; /* not before then; 0: at once */
    bool state_due;
};

static int64_t now(void)
{
    return clock_monotonic_us() / 1000;
}

/* ---- to the screen ---- */

static void send_frame(struct logreader *h, struct buf *b, size_t frame)
{
    if (!h->error && wire_end(b, frame))
        h->error = wire_write(h->fd, b->p, b->len);
    buf_clear(b);
}

static void send_lines(struct logreader *h)
{
    if (h->lines_n == 0)
        return;
    memcpy(h->lines.p + h->lines_at, &h->lines_n, sizeof(h->lines_n));
    send_frame(h, &h->lines, h->lines_frame);
    h->lines_n = 0;
}

static void put_line(struct logreader *h, enum log_stream stream, const struct logtail_line *line,
    const struct log_match *m)
{
    struct buf *b = &h->lines;

    if (h->lines_n == 0) {
        buf_clear(b);
        h->lines_frame = wire_begin(b, WIRE_LOG_LINES, 0, clock_ms(&h->clock));
        wire_put_u32(b, h->follow);
        h->lines_at = b->len;
        wire_put_u32(b, 0);
    }
    logline_put(b, stream, line->flags, m, line->text, line->len);
    h->lines_n++;
    if (b->len > BATCH_MAX)
        send_lines(h);
}

static void put_file(struct buf *b, const struct file *f)
{
    struct logtail_state s = {.state = LOG_NO_PATH, .size = -1};
    const struct file *read = f->same_path ? &f->helper->file[LOG_STDOUT] : f;

    if (read->tail)
        s = *logtail_state(read->tail);
    wire_put_u8(b, (uint8_t)s.state);
    wire_put_u32(b, (uint32_t)s.error);
    wire_put_i64(b, s.size);
    wire_put_i64(b, s.mtime_s);
    wire_put_u8(b, read->tail && (read->dir < 0 || read->linked));
}

static void put_counts(struct buf *b, const struct logreader *h)
{
    struct logcount all = {0};
    uint32_t n = 0;

    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        const struct file *f = &h->file[i];

        logcount_merge(&all, &f->count);
        if (f->partial)
            logcount_add(&all, f->partial_text, &f->partial_match);
    }
    logcount_sort(&all);
    wire_put_u32(b, LOG_LEVEL_COUNT);
    for (int i = 0; i < LOG_LEVEL_COUNT; i++)
        wire_put_i64(b, all.level[i]);
    while (n < (uint32_t)all.tags && all.tag[n].n > 0)
        n++;
    wire_put_u32(b, n);
    for (uint32_t i = 0; i < n; i++) {
        wire_put_str(b, all.tag[i].name);
        wire_put_i64(b, all.tag[i].n);
    }
}

static void send_state(struct logreader *h, int64_t now_ms)
{
    struct buf *b = &h->state;
    struct buf frame = BUF_INIT;
    bool complete = true;
    size_t at;

    buf_clear(b);
    wire_put_u32(b, h->follow);
    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        put_file(b, &h->file[i]);
        complete &= h->file[i].tail == NULL || logtail_complete(h->file[i].tail);
    }
    wire_put_u8(b, complete);
    put_counts(b, h);
    if (b->len == h->last_state.len && memcmp(b->p, h->last_state.p, b->len) == 0)
        return;
    at = wire_begin(&frame, WIRE_LOG_STATE, 0, clock_ms(&h->clock));
    buf_add(&frame, b->p, b->len);
    send_frame(h, &frame, at);
    buf_release(&frame);
    buf_clear(&h->last_state);
    buf_add(&h->last_state, b->p, b->len);
    h->next_state_ms = now_ms + STATE_MS;
}

static void put_place(struct buf *b, const struct file *f)
{
    const struct file *read = f->same_path ? &f->helper->file[LOG_STDOUT] : f;
    bool open = read->tail && logtail_state(read->tail)->state == LOG_OPEN;
    char real[PATH_MAX];

    wire_put_str(b, open && realpath(read->path, real) ? real : "");
    wire_put_u32(b, open ? logtail_state(read->tail)->uid : UINT32_MAX);
}

static void send_places(struct logreader *h)
{
    struct buf b = BUF_INIT;
    size_t frame = wire_begin(&b, WIRE_LOG_PLACES, 0, clock_ms(&h->clock));

    wire_put_u32(&b, h->follow);
    for (int i = 0; i < LOG_STREAM_COUNT; i++)
        put_place(&b, &h->file[i]);
    send_frame(h, &b, frame);
    buf_release(&b);
    h->places_due = false;
}

/* ---- lines ---- */

static void recognise(
    const struct logreader *h, const struct logtail_line *line, struct log_match *m)
{
    *m = (struct log_match){.level = LOG_TEXT, .rule = -1};
    if (h->rules)
        logrule_match(h->rules, line->text, line->len, m);
}

static void put_note(struct file *f, const char *text, uint8_t flag)
{
    const struct logtail_line note = {.text = text, .len = strlen(text), .flags = flag};
    const struct log_match none = {.level = LOG_TEXT, .rule = -1};

    put_line(f->helper, f->stream, &note, &none);
}

/* Whether a line is to be left out because the file is far ahead of us. */
static bool flooded(struct file *f, const struct logtail_line *line)
{
    char text[64];

    if (f->flood == 0 && line->left <= FLOOD_MAX)
        return false;
    if (line->left > LOG_TAIL_MAX) {
        f->flood++;
        return true;
    }
    snprintf(text, sizeof(text), "%lld lines before this: counted, not shown", (long long)f->flood);
    f->flood = 0;
    put_note(f, text, LOG_LINE_SKIPPED);
    return false;
}

static void on_line(void *user, const struct logtail_line *line)
{
    struct file *f = user;
    struct log_match m = {.level = LOG_TEXT, .rule = -1};

    f->partial = false;
    if (line->flags & (LOG_LINE_RESTART | LOG_LINE_SKIPPED)) {
        if (line->flags & LOG_LINE_RESTART) {
            f->count = (struct logcount){0};
            f->flood = 0;
            logview_changed(f->helper->view, f->stream, true, logtail_sure(f->tail));
        }
        put_line(f->helper, f->stream, line, &m);
        return;
    }
    recognise(f->helper, line, &m);
    if (line->flags & LOG_LINE_PARTIAL) {
        f->partial = true;
        f->partial_match = m;
        memcpy(f->partial_text, line->text, KF_MIN(line->len, sizeof(f->partial_text)));
    } else {
        logcount_add(&f->count, line->text, &m);
    }
    if (!flooded(f, line))
        put_line(f->helper, f->stream, line, &m);
}

static void on_counted_line(void *user, const struct logtail_line *line)
{
    struct file *f = user;
    struct log_match m;

    recognise(f->helper, line, &m);
    logcount_add(&f->count, line->text, &m);
}

/* ---- where a file is, and who tells of it ---- */

static void complain(struct logreader *h, const struct diag *d)
{
    if (!h->watch_failed && d->text[0])
        harmless_error("%s; logs are polled", d->text);
    h->watch_failed = true;
}

static void watch_file(struct file *f, const char *dir)
{
    struct logreader *h = f->helper;
    struct diag d = DIAG_INIT;
    int n;

    if (h->watch == NULL && !h->watch_failed) {
        h->watch = watch_new(&d);
        if (h->watch == NULL)
            complain(h, &d);
    }
    if (h->watch == NULL)
        return;
    n = watch_dir(h->watch, dir, &d);
    if (n < 0 && n != -ENOENT && n != -EOPNOTSUPP)
        complain(h, &d);
    f->dir = n < 0 ? -1 : n;
}

/* Finds out, when a file comes into view or comes into being, how it is best followed. */
static void place(struct file *f)
{
    struct stat st;
    bool there = lstat(f->path, &st) == 0;
    size_t n = (size_t)(f->name - f->path);
    char *dir = n ? xmemdup0(f->path, n) : xstrdup(".");

    f->linked = there && S_ISLNK(st.st_mode);
    f->fs = watch_fs_of(there ? f->path : dir);
    f->dir = -1;
    if (f->fs == WATCH_FS_EVENTS)
        watch_file(f, dir);
    logtail_set_remote(f->tail, f->fs == WATCH_FS_REMOTE);
    free(dir);
}

/* Something was written to it. It is not looked at before another one that was written to earlier, or their lines would
   change places. */
static void touch(struct file *f, int64_t now_ms)
{
    int64_t soon = KF_MAX(now_ms, f->last_ms + QUICK_MS);

    if (f->touched == 0)
        f->touched = ++f->helper->touches;
    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        const struct file *other = &f->helper->file[i];

        if (other->tail && other->touched && other->touched < f->touched)
            soon = KF_MAX(soon, other->due_ms);
    }
    f->due_ms = KF_MIN(f->due_ms, soon);
}

static void take_events(struct logreader *h, int64_t now_ms)
{
    struct watch_event e;

    for (int i = 0; h->watch && i < EVENTS_MAX && watch_next(h->watch, &e); i++) {
        for (int k = 0; k < LOG_STREAM_COUNT; k++) {
            struct file *f = &h->file[k];

            if (f->tail == NULL)
                continue;
            if (e.kind == WATCH_CHANGED && (e.dir != f->dir || strcmp(e.name, f->name) != 0))
                continue;
            if (e.kind == WATCH_GONE && e.dir != f->dir)
                continue;
            if (e.kind != WATCH_CHANGED)
                f->dir = -1; /* asked for again at the next look */
            touch(f, now_ms);
        }
    }
}

/* ---- looking ---- */

static void something_changed(struct file *f)
{
    logview_changed(f->helper->view, f->stream, false, logtail_sure(f->tail));
    logdiags_changed(f->helper->diags);
}

static bool is_same_file(const struct logtail_state *a, const struct logtail_state *b)
{
    return a->device == b->device && a->inode == b->inode && a->uid == b->uid;
}

static void look(struct file *f, int64_t now_ms)
{
    const struct logtail_state *now = logtail_state(f->tail), before = *now;
    int64_t deadline, sure = logtail_sure(f->tail);
    bool more;

    if (f->dir < 0 && f->fs == WATCH_FS_EVENTS)
        place(f);
    more = logtail_poll(f->tail, now_ms, on_line, f);
    if (now->state != before.state)
        place(f);
    if (now->state != before.state || now->size != before.size || logtail_sure(f->tail) != sure)
        something_changed(f);
    f->helper->places_due |= !is_same_file(now, &before);
    f->last_ms = now_ms;
    f->touched = 0;
    f->due_ms = now_ms +
                (f->fs == WATCH_FS_REMOTE || (f->dir >= 0 && !f->linked) ? LOOK_MS : LOOK_LOCAL_MS);
    deadline = logtail_deadline(f->tail);
    if (more)
        f->due_ms = now_ms;
    else if (deadline > now_ms)
        f->due_ms = KF_MIN(f->due_ms, deadline);
}

/* The file that is to be looked at next at this wake-up, or NULL. */
static struct file *next_due(struct logreader *h, int64_t now_ms, unsigned done)
{
    struct file *next = NULL;

    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        struct file *f = &h->file[i];

        if (f->tail == NULL || f->due_ms > now_ms || (done & 1u << i))
            continue;
        /* What no event told of comes last: it is only being checked. */
        if (next == NULL || (f->touched && (!next->touched || f->touched < next->touched)))
            next = f;
    }
    return next;
}

static void look_at_files(struct logreader *h, int64_t now_ms)
{
    unsigned done = 0;
    struct file *f;

    while ((f = next_due(h, now_ms, done)) != NULL) {
        look(f, now_ms);
        done |= 1u << f->stream;
    }
}

static void count_on(struct logreader *h)
{
    h->counting = false;
    for (int i = 0; i < LOG_STREAM_COUNT; i++)
        if (h->file[i].tail)
            h->counting |= logtail_count(h->file[i].tail, on_counted_line, &h->file[i]);
}

/* ---- from the screen ---- */

static void release_file(struct file *f)
{
    f->tail = logtail_free(f->tail);
    free(f->path);
}

/* The one written to longer ago comes first. Written to at about the same time, standard error comes
   last: a batch script that fails says so on standard output when the diagnostics are there already,
   and they are what one looks for at the end. */
static void order_by_age(struct logreader *h)
{
    struct stat out, err;
    bool err_first = false;

    if (stat(h->file[LOG_STDOUT].path, &out) == 0 && stat(h->file[LOG_STDERR].path, &err) == 0)
        err_first = err.st_mtime < out.st_mtime && /* a user chooses these times: no overflow */
                    (uint64_t)out.st_mtime - (uint64_t)err.st_mtime > SAME_TIME_S;
    h->file[LOG_STDOUT].touched = err_first ? 2 : 1;
    h->file[LOG_STDERR].touched = err_first ? 1 : 2;
    h->touches = 2;
}

static void follow(struct logreader *h, uint32_t number, struct wire_reader *r)
{
    const char *paths[LOG_STREAM_COUNT];

    logdiags_follow(
        h->diags, number, (const char *const[LOG_STREAM_COUNT]){NULL}); /* the paths go */
    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        struct file *f = &h->file[i];
        const char *slash;

        release_file(f);
        *f = (struct file){.helper = h, .stream = (enum log_stream)i, .dir = -1};
        f->path = wire_get_str(r);
        slash = strrchr(f->path, '/');
        f->name = slash ? slash + 1 : f->path;
    }
    h->follow = number;
    h->following = true;
    h->counting = false;
    h->lines_n = 0;
    h->next_state_ms = 0;
    h->places_due = true;
    buf_clear(&h->last_state);
    h->file[LOG_STDERR].same_path = h->file[LOG_STDERR].path[0] &&
                                    strcmp(h->file[LOG_STDOUT].path, h->file[LOG_STDERR].path) == 0;
    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        struct file *f = &h->file[i];

        if (f->path[0] == '\0' || f->same_path)
            continue;
        f->tail = logtail_new(f->path, NULL);
        place(f);
    }
    if (h->file[LOG_STDERR].tail)
        logtail_set_twin(h->file[LOG_STDERR].tail, h->file[LOG_STDOUT].tail);
    order_by_age(h);
    paths[LOG_STDOUT] = h->file[LOG_STDOUT].path;
    paths[LOG_STDERR] = h->file[LOG_STDERR].path;
    logview_follow(h->view, number, paths);
    logdiags_follow(h->diags, number, paths);
}

static int take_passed(struct logreader *h)
{
    int fd = h->passed;

    h->passed = -1;
    return fd;
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct logreader *h = user;
    struct wire_reader check = wire_reader(frame);
    struct wire_reader r = check;
    size_t n;

    switch (frame->head.type) {
    case WIRE_LOG_VIEW:
    case WIRE_LOG_PAGE_ASK:
    case WIRE_LOG_SEEK:
        return logview_take(h->view, frame, -1);
    case WIRE_LOG_SAVE:
        return logview_take(h->view, frame, take_passed(h));
    case WIRE_LOG_DIAGS:
    case WIRE_LOG_SOURCE:
        return logdiags_take(h->diags, frame);
    case WIRE_LOG_FOLLOW:
        break;
    default:
        return -EPROTO;
    }
    wire_get_u32(&check);
    wire_get_bytes(&check, &n);
    wire_get_bytes(&check, &n);
    if (check.bad)
        return -EPROTO;
    follow(h, wire_get_u32(&r), &r);
    return 0;
}

/* ---- the loop ---- */

/* How long nothing needs to be done, ms; -1 for ever. */
static int idle_ms(const struct logreader *h, int64_t now_ms)
{
    int64_t until = KF_MIN(logview_due(h->view), logdiags_due(h->diags));

    if (h->following)
        until = KF_MIN(until, h->alive_ms);
    if (h->counting || h->viewing)
        return 0;
    for (int i = 0; i < LOG_STREAM_COUNT; i++)
        if (h->file[i].tail)
            until = KF_MIN(until, h->file[i].due_ms);
    if (h->state_due)
        until = KF_MIN(until, h->next_state_ms);
    if (until == INT64_MAX)
        return -1;
    return until <= now_ms ? 0 : (int)(until - now_ms);
}

static int wait_and_read(struct logreader *h)
{
    struct pollfd fds[] = {
        {.fd = h->fd, .events = POLLIN},
        {.fd = h->watch ? watch_fd(h->watch) : -1, .events = POLLIN},
        {.fd = logdiags_fd(h->diags), .events = POLLIN},
    };
    int n = poll(fds, KF_LEN(fds), idle_ms(h, now()));

    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    take_events(h, now()); /* also those that came while we were busy: their order matters */
    return fds[0].revents ? wire_read_passed(h->fd, &h->in, &h->passed, on_frame, h) : 0;
}

static void tell_alive(struct logreader *h, int64_t now_ms)
{
    struct buf b = BUF_INIT;
    size_t frame;

    if (now_ms < h->alive_ms)
        return;
    frame = wire_begin(&b, WIRE_LOG_ALIVE, 0, clock_ms(&h->clock));
    wire_put_u8(&b, false);
    send_frame(h, &b, frame);
    buf_release(&b);
    h->alive_ms = now_ms + LOG_ALIVE_MS;
}

static void work_on_view(struct logreader *h, int64_t now_ms)
{
    h->viewing = logview_work(h->view, now_ms, &h->told);
    h->viewing |= logdiags_work(h->diags, now_ms, &h->told);
    if (h->told.len && !h->error)
        h->error = wire_write(h->fd, h->told.p, h->told.len);
    buf_clear(&h->told);
}

static void work(struct logreader *h)
{
    int64_t start_ms = now();

    if (!h->following)
        return;
    look_at_files(h, start_ms);
    send_lines(h);
    if (h->places_due)
        send_places(h);
    if (h->next_state_ms == 0) /* the first state waits for nothing */
        send_state(h, start_ms);
    count_on(h);
    work_on_view(h, start_ms);
    tell_alive(h, start_ms);
    h->state_due = start_ms < h->next_state_ms;
    if (!h->state_due)
        send_state(h, start_ms);
}

int logreader_main(int fd, const void *rules)
{
    struct logreader h = {
        .fd = fd, .passed = -1, .rules = rules, .file = {[LOG_STDERR] = {.stream = LOG_STDERR}}};

    h.view = logview_new(h.rules);
    h.diags = logdiags_new(h.rules);
    while (!h.error) {
        int err = wait_and_read(&h);

        h.error = h.error ? h.error : err;
        if (!h.error)
            work(&h);
    }
    for (int i = 0; i < LOG_STREAM_COUNT; i++)
        release_file(&h.file[i]);
    if (h.passed >= 0)
        close(h.passed);
    watch_free(h.watch);
    logview_free(h.view);
    logdiags_free(h.diags);
    buf_release(&h.told);
    wire_stream_release(&h.in);
    buf_release(&h.lines);
    buf_release(&h.state);
    buf_release(&h.last_state);
    return h.error == -EPIPE || h.error == -ECONNRESET ? 0 : 1;
}
