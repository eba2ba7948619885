/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/recorder.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/wire.h"
#include "base/alloc.h"
#include "base/buf.h"

#define WAITING_MAX (64u << 20) /* bytes; a farm of 20 000 jobs sends 10 MB at first */
#define END_S       2

/* Shared by the thread and the owner; the one that is done with it last frees it. */
struct recorder {
    pthread_mutex_t lock; /* of all below but what is the thread's alone */
    pthread_cond_t changed;
    struct buf waiting;
    int err; /* negative errno; nothing is written any more */
    bool ending; /* by the owner: what waits is the last */
    bool ended; /* by the thread */
    int users;
    int fd; /* the thread's */
    char path[PATH_MAX];
};

static void let_go(struct recorder *r)
{
    bool last;

    pthread_mutex_lock(&r->lock);
    last = --r->users == 0;
    pthread_mutex_unlock(&r->lock);
    if (!last)
        return;
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    buf_release(&r->waiting);
    free(r);
}

/* ---- the thread ---- */

/* Takes what waits; false if there will be no more. */
static bool take(struct recorder *r, struct buf *ret)
{
    pthread_mutex_lock(&r->lock);
    while (r->waiting.len == 0 && !r->ending)
        pthread_cond_wait(&r->changed, &r->lock);
    *ret = r->waiting;
    r->waiting = (struct buf){.max = WAITING_MAX};
    pthread_mutex_unlock(&r->lock);
    return ret->len > 0;
}

static void finish(struct recorder *r, int err)
{
    if (close(r->fd) < 0 && !err) /* NFS tells of a full disk here */
        err = -errno;
    pthread_mutex_lock(&r->lock);
    r->err = r->err ? r->err : err;
    r->ended = true;
    buf_release(&r->waiting);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    let_go(r);
}

static void *in_thread(void *user)
{
    struct recorder *r = user;
    struct buf now;
    int err = 0;

    while (!err && take(r, &now)) {
        err = wire_write(r->fd, now.p, now.len);
        buf_release(&now);
    }
    finish(r, err);
    return NULL;
}

/* ---- the owner ---- */

static int say(const struct recorder *r, int err, struct diag *d)
{
    return diag_set(d, err, "the recording is not complete: %.300s: %s", r->path,
        err == -EAGAIN ? "its disk or file server does not keep up" : strerror(-err));
}

struct recorder *recorder_new(int fd, const char *path, struct diag *d)
{
    struct recorder *r = xcalloc(1, sizeof(*r));
    pthread_condattr_t attributes;
    pthread_t thread;
    int err;

    r->fd = fd;
    r->users = 2;
    r->waiting.max = WAITING_MAX;
    snprintf(r->path, sizeof(r->path), "%s", path);
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    err = pthread_create(&thread, NULL, in_thread, r);
    if (err == 0) {
        pthread_detach(thread);
        return r;
    }
    close(fd);
    r->users = 1;
    say(r, -err, d);
    let_go(r);
    return NULL;
}

int recorder_add(struct recorder *r, const void *head, size_t head_size, const void *payload,
    size_t payload_size, struct diag *d)
{
    int err;

    pthread_mutex_lock(&r->lock);
    /* a part of a frame would make nonsense of those behind it */
    if (!r->err && r->waiting.len + head_size + payload_size > WAITING_MAX)
        r->err = -EAGAIN;
    if (!r->err) {
        buf_add(&r->waiting, head, head_size);
        buf_add(&r->waiting, payload, payload_size);
        pthread_cond_broadcast(&r->changed);
    }
    err = r->err;
    pthread_mutex_unlock(&r->lock);
    return err ? say(r, err, d) : 0;
}

struct recorder *recorder_forget(struct recorder *r)
{
    pthread_mutex_lock(&r->lock);
    r->ending = true;
    buf_release(&r->waiting);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    let_go(r);
    return NULL;
}

int recorder_end(struct recorder *r, struct diag *d)
{
    struct timespec until;
    int err = 0;

    if (r == NULL)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += END_S;
    pthread_mutex_lock(&r->lock);
    r->ending = true;
    pthread_cond_broadcast(&r->changed);
    while (!r->ended && err == 0)
        err = pthread_cond_timedwait(&r->changed, &r->lock, &until);
    err = r->ended ? r->err : -EAGAIN;
    pthread_mutex_unlock(&r->lock);
    if (err)
        say(r, err, d);
    let_go(r);
    return err;
}
