/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames go through as they come, both ways. Those of a reader are looked at no further than where they end, since it
 * parses the bytes of strangers; the screen checks what is in them.
 */
#include "backend/helper_logs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/logproto.h"
#include "backend/logreader.h"
#include "backend/logrule.h"
#include "backend/reader.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/harmless.h"
#include "base/ownfile.h"

/* The file that a log is being saved to. */
struct saving {
    char *path; /* as the screen named it; NULL: none */
    struct ownfile place;
    dev_t device;
    ino_t inode;
    uint32_t follow, view; /* of the request */
};

#define SAVING_NONE ((struct saving){.place.directory = -1})

struct helper {
    int fd;
    const struct clock clock;
    struct wire_stream in;
    struct logrule_set *rules; /* NULL if they could not be read: every line is text */
    struct reader reader;
    uid_t owner; /* whose logs it reads */
    struct saving saving;
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
static int tell_saved(struct helper *h, const struct saving *s, int error, const char *why)
{
    struct buf b = BUF_INIT;
    size_t frame = wire_begin(&b, WIRE_LOG_SAVED, 0, clock_ms(&h->clock));
    int err;

    wire_put_u32(&b, s->follow);
    wire_put_u32(&b, s->view);
    wire_put_u32(&b, (uint32_t)error);
    wire_put_i64(&b, 0);
    wire_put_str(&b, s->path);
    wire_put_str(&b, why);
    wire_end(&b, frame);
    err = wire_write(h->fd, b.p, b.len);
    buf_release(&b);
    return err;
}

static void release_saving(struct saving *s)
{
    ownfile_release(&s->place);
    free(s->path);
    *s = SAVING_NONE;
}

/* What is not whole does not stay. */
static void end_saving(struct helper *h, bool whole)
{
    struct saving *s = &h->saving;
    struct stat st;

    if (s->path && !whole &&
        fstatat(s->place.directory, s->place.name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        st.st_dev == s->device && st.st_ino == s->inode)
        unlinkat(s->place.directory, s->place.name, 0);
    release_saving(s);
}

/* A log may be for its owner's eyes alone: so is the copy. And its owner has no say in where it is made: by a link on the
   way, as a file of root's among those that are run, say. */
static int make_file(struct saving *s, struct diag *d)
{
    int err = ownfile_init(&s->place, s->path, 0, d), fd;
    struct stat st;

    if (err)
        return err;
    fd = ownfile_open(&s->place, OWNFILE_NEW, d);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0) {
        close(fd);
        return diag_set(d, -errno, "%s", strerror(errno));
    }
    s->device = st.st_dev;
    s->inode = st.st_ino;
    return fd;
}

static const char *bytes_of(const struct wire_frame *frame, size_t *ret_n)
{
    *ret_n = sizeof(frame->head) + frame->head.length;
    return frame->payload - sizeof(frame->head); /* a frame lies in one piece (wire.h) */
}

static int save(struct helper *h, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    struct saving s = SAVING_NONE;
    struct diag d = DIAG_INIT;
    size_t n;
    const char *bytes = bytes_of(frame, &n);
    int fd, err;

    s.follow = wire_get_u32(&r);
    s.view = wire_get_u32(&r);
    s.path = wire_get_str(&r);
    fd = r.bad ? -EPROTO : h->saving.path ? -EBUSY : make_file(&s, &d);
    if (fd < 0) {
        err = r.bad ? fd : tell_saved(h, &s, -fd, d.text);
        release_saving(&s);
        return err;
    }
    h->saving = s;
    err = wire_write_passing(h->reader.fd, bytes, n, fd);
    close(fd);
    return err;
}

static void take_saved(struct helper *h, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);

    wire_get_u32(&r);
    wire_get_u32(&r);
    end_saving(h, wire_get_u32(&r) == 0 && !r.bad);
}

/* The reader that saves is ended. */
static int cancel_saving(struct helper *h)
{
    int err = 0;

    if (h->saving.path)
        err = tell_saved(h, &h->saving, ECANCELED, "");
    end_saving(h, false);
    return err;
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
        err = prepare_reader(h, frame);
        break;
    case WIRE_LOG_SAVE:
        return h->reader.fd < 0 ? 0 : save(h, frame);
    case WIRE_LOG_VIEW:
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

    if (frame->head.type == WIRE_LOG_SAVED)
        take_saved(h, frame);
    h->gone = wire_write(h->fd, bytes, n);
    return h->gone;
}

/* ---- the loop ---- */

static int wait_and_pass(struct helper *h)
{
    struct pollfd fds[] = {
        {.fd = h->fd, .events = POLLIN},
        {.fd = h->reader.fd, .events = POLLIN},
        {.fd = h->reader.words, .events = POLLIN},
    };
    int err = 0;

    if (poll(fds, KF_LEN(fds), -1) < 0)
        return errno == EINTR ? 0 : -errno;
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
