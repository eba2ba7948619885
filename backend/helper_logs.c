/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames go through as they come, both ways. Those of a reader are looked at no further than where they end, since it
 * parses the bytes of strangers; the screen checks what is in them.
 */
#include "backend/helper_logs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/logcopy.h"
#include "backend/logproto.h"
#include "backend/logreader.h"
#include "backend/logrule.h"
#include "backend/reader.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/harmless.h"

#define LATE_MS  3000 /* a copy of which nothing is heard for so long sleeps in a file server */
#define LEFT_MAX 4 /* processes of earlier copies that may sleep on */

/* The file that a log is being saved to. */
struct saving {
    char *path; /* as the screen named it; NULL: none */
    struct logcopy copy;
    struct buf request; /* for the reader, once the file is there */
    uint32_t follow, view; /* of the request */
    bool read, written; /* by the reader, into the file: all of it, or as much as was possible */
    int read_error, write_error; /* positive errno */
    int64_t read_bytes, written_bytes;
    char why[512]; /* the error in words */
    int64_t late_ms; /* when to say that its file server does not answer; INT64_MAX: it was said */
};

#define SAVING_NONE ((struct saving){.copy = LOGCOPY_NONE})

struct helper {
    int fd;
    const struct clock clock;
    struct wire_stream in;
    struct logrule_set *rules; /* NULL if they could not be read: every line is text */
    struct reader reader;
    uid_t owner; /* whose logs it reads */
    struct saving saving;
    int left[LEFT_MAX]; /* stand for processes of earlier copies; -1: none */
    int gone; /* negative errno once the screen cannot be reached */
};

static void say_hello(struct helper *h, struct buf *b)
{
    size_t frame = wire_begin(b, WIRE_HELLO, 0, clock_ms(&h->clock));

    wire_put_str(b, "logs");
    wire_put_str(b, "");
    wire_end(b, frame);
}

/* ---- saving ---- */

/* `why` in words, "" if the error says it. */
static int tell_saved(
    struct helper *h, const struct saving *s, int error, int64_t bytes, const char *why)
{
    struct buf b = BUF_INIT;
    size_t frame = wire_begin(&b, WIRE_LOG_SAVED, 0, clock_ms(&h->clock));
    int err;

    wire_put_u32(&b, s->follow);
    wire_put_u32(&b, s->view);
    wire_put_u32(&b, (uint32_t)error);
    wire_put_i64(&b, bytes);
    wire_put_str(&b, s->path);
    wire_put_str(&b, why);
    wire_end(&b, frame);
    err = wire_write(h->fd, b.p, b.len);
    buf_release(&b);
    return err;
}

/* What is not whole does not stay. */
static void end_saving(struct helper *h, bool whole)
{
    struct saving *s = &h->saving;
    int process = logcopy_end(&s->copy, whole);

    for (int i = 0; i < LEFT_MAX && process >= 0; i++)
        if (h->left[i] < 0) {
            h->left[i] = process;
            process = -1;
        }
    if (process >= 0)
        close(process);
    buf_release(&s->request);
    free(s->path);
    *s = SAVING_NONE;
}

/* The reader that saves is ended, or has other files to read. */
static int cancel_saving(struct helper *h)
{
    int err = h->saving.path ? tell_saved(h, &h->saving, ECANCELED, 0, "") : 0;

    end_saving(h, false);
    return err;
}

static bool may_leave_another(struct helper *h)
{
    bool room = false;

    for (int i = 0; i < LEFT_MAX; i++) {
        if (h->left[i] >= 0 && logcopy_is_over(h->left[i]))
            h->left[i] = -1;
        room |= h->left[i] < 0;
    }
    return room;
}

static int64_t late_ms(void)
{
    return clock_monotonic_us() / 1000 + LATE_MS;
}

static const char *bytes_of(const struct wire_frame *frame, size_t *ret_n)
{
    *ret_n = sizeof(frame->head) + frame->head.length;
    return frame->payload - sizeof(frame->head); /* a frame lies in one piece (wire.h) */
}

static int begin_saving(struct helper *h, struct saving *s, const struct wire_frame *frame)
{
    const char *bytes;
    size_t n;
    int err;

    if (h->saving.path)
        return tell_saved(h, s, EBUSY, 0, "another copy is still being written");
    if (!may_leave_another(h))
        return tell_saved(
            h, s, EBUSY, 0, "earlier copies still wait for file servers that do not answer");
    err = logcopy_start(&s->copy, s->path);
    if (err)
        return tell_saved(h, s, -err, 0, "");
    bytes = bytes_of(frame, &n);
    buf_add(&s->request, bytes, n);
    s->late_ms = late_ms();
    h->saving = *s;
    *s = SAVING_NONE;
    return 0;
}

static int save(struct helper *h, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    struct saving s = SAVING_NONE;
    int err;

    s.follow = wire_get_u32(&r);
    s.view = wire_get_u32(&r);
    s.path = wire_get_str(&r);
    err = r.bad ? -EPROTO : begin_saving(h, &s, frame);
    free(s.path);
    return err;
}

/* Both the reader and the process of the file have said how it went. What is wrong with the file is the reason, if any
   is: the reader only learns that nobody takes what it writes. */
static int finish_saving(struct helper *h)
{
    struct saving *s = &h->saving;
    bool asked = s->copy.pipe < 0, given_up = s->read_error && s->read_error != EPIPE;
    int error = s->write_error ? s->write_error : s->read_error, err;

    if (!given_up && (!s->written || (asked && !s->read)))
        return 0;
    if (!error && s->read_bytes != s->written_bytes)
        error = EIO;
    if (error == ETIMEDOUT) /* that of a file server; for the screen it would mean "not yet" */
        error = EIO;
    err = tell_saved(h, s, error, s->written_bytes, s->why);
    end_saving(h, error == 0);
    return err;
}

static int take_word(struct helper *h)
{
    struct saving *s = &h->saving;
    struct logcopy_word w;

    logcopy_read(&s->copy, &w);
    if (s->late_ms != INT64_MAX)
        s->late_ms = late_ms();
    if (w.event == LOGCOPY_MADE &&
        s->copy.pipe >= 0) { /* that a reader is gone shows on its socket */
        wire_write_passing(h->reader.fd, s->request.p, s->request.len, s->copy.pipe);
        logcopy_close_pipe(&s->copy);
    }
    if (w.event != LOGCOPY_ENDED)
        return 0;
    s->written = true;
    s->write_error = w.error;
    s->written_bytes = w.bytes;
    s->late_ms = INT64_MAX;
    memcpy(s->why, w.why, sizeof(s->why));
    return finish_saving(h);
}

/* The reader's word. */
static int take_saved(struct helper *h, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    struct saving *s = &h->saving;

    wire_get_u32(&r);
    wire_get_u32(&r);
    s->read_error = (int)(wire_get_u32(&r) & INT32_MAX);
    s->read_bytes = wire_get_i64(&r);
    s->read = true;
    if (r.bad)
        s->read_error = EIO;
    return finish_saving(h);
}

static int tell_late(struct helper *h)
{
    struct saving *s = &h->saving;

    if (s->path == NULL || clock_monotonic_us() / 1000 < s->late_ms)
        return 0;
    s->late_ms = INT64_MAX;
    return tell_saved(h, s, ETIMEDOUT, 0, "");
}

/* ---- the reader ---- */

/* Another user's log is for another reader. While nothing is followed the one that is there stays. */
static int prepare_reader(struct helper *h, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    size_t out, err_path;
    uid_t owner;
    int err = 0;

    wire_get_u32(&r);
    wire_get_bytes(&r, &out);
    wire_get_bytes(&r, &err_path);
    owner = wire_get_u32(&r);
    if (r.bad)
        return -EPROTO;
    if (h->reader.fd >= 0 && (h->owner == owner || out + err_path == 0))
        return 0;
    err = cancel_saving(h);
    reader_close(&h->reader);
    h->owner = owner;
    if (!err)
        err = reader_start(&h->reader, owner, logreader_main, h->rules);
    if (err)
        harmless_error("no process to read logs: %s", strerror(-err));
    return err;
}

static int from_screen(void *user, const struct wire_frame *frame)
{
    struct helper *h = user;
    size_t n;
    const char *bytes = bytes_of(frame, &n);
    int err = 0;

    switch (frame->head.type) {
    case WIRE_LOG_FOLLOW:
    case WIRE_LOG_VIEW: /* a reader ends by itself what it has begun to save */
        if (h->saving.copy.pipe >= 0)
            err = cancel_saving(h);
        if (!err && frame->head.type == WIRE_LOG_FOLLOW)
            err = prepare_reader(h, frame);
        break;
    case WIRE_LOG_SAVE:
        return h->reader.fd < 0 ? 0 : save(h, frame);
    case WIRE_LOG_PAGE_ASK:
    case WIRE_LOG_SEEK:
    case WIRE_LOG_DIAGS:
    case WIRE_LOG_SOURCE:
        break;
    default:
        return -EPROTO;
    }
    if (err || h->reader.fd < 0)
        return err;
    return wire_write(h->reader.fd, bytes, n);
}

static int from_reader(void *user, const struct wire_frame *frame)
{
    struct helper *h = user;
    size_t n;
    const char *bytes = bytes_of(frame, &n);

    if (frame->head.type != WIRE_LOG_SAVED)
        h->gone = wire_write(h->fd, bytes, n);
    else if (h->saving.path && h->saving.copy.pipe < 0)
        h->gone = take_saved(h, frame);
    return h->gone;
}

/* ---- the loop ---- */

static int wait_ms(const struct helper *h)
{
    int64_t left = h->saving.late_ms - clock_monotonic_us() / 1000;

    if (h->saving.path == NULL || h->saving.late_ms == INT64_MAX)
        return -1;
    return (int)KF_MAX(left, (int64_t)0);
}

static int from_saving(struct helper *h, short events)
{
    int err = events && h->saving.path && !h->saving.written ? take_word(h) : 0;

    return err ? err : tell_late(h);
}

static int wait_and_pass(struct helper *h)
{
    struct pollfd fds[] = {
        {.fd = h->fd, .events = POLLIN},
        {.fd = h->reader.fd, .events = POLLIN},
        {.fd = h->reader.words, .events = POLLIN},
        {.fd = h->saving.written ? -1 : h->saving.copy.fd, .events = POLLIN},
    };
    int err = 0;

    if (poll(fds, KF_LEN(fds), wait_ms(h)) < 0)
        return errno == EINTR ? 0 : -errno;
    err = from_saving(h, fds[3].revents);
    if (err)
        return err;
    if (fds[2].revents)
        reader_pass_words(&h->reader);
    if (fds[1].revents) {
        err = wire_read(h->reader.fd, &h->reader.in, from_reader, h);
        if (err) {
            reader_pass_words(&h->reader); /* its last ones */
            return h->gone ? h->gone : -EIO;
        }
    }
    if (fds[0].revents)
        err = wire_read(h->fd, &h->in, from_screen, h);
    return err;
}

int helper_logs_main(int fd)
{
    struct helper h = {.fd = fd, .reader = READER_NONE, .saving = SAVING_NONE};
    struct buf hello = BUF_INIT;
    struct diag d = DIAG_INIT;
    int err;

    for (int i = 0; i < LEFT_MAX; i++)
        h.left[i] = -1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* the end of a reader shows on its socket */
    h.rules = logrule_set_load(&d);
    if (h.rules == NULL) { /* the user's own are not well: told, and left out */
        harmless_error("%s", d.text);
        h.rules = logrule_set_builtin(&d);
    }
    if (h.rules == NULL)
        harmless_error("%s; no line is recognised", d.text);
    say_hello(&h, &hello);
    err = wire_write(fd, hello.p, hello.len);
    while (!err)
        err = wait_and_pass(&h);
    end_saving(&h, false);
    reader_close(&h.reader);
    buf_release(&hello);
    wire_stream_release(&h.in);
    logrule_set_free(h.rules);
    return err == -EPIPE || err == -ECONNRESET ? 0 : 1;
}
