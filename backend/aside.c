/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/aside.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"

#define THREADS_MAX 4 /* so many may hang */

static atomic_int threads; /* of all that run */

/* Shared by the thread and whoever asked; the one that is done with it last frees it. */
struct aside {
    atomic_int users;
    atomic_bool done; /* `answer` is there */
    bool begun;
    aside_work *work;
    void *question;
    void (*release)(void *question);
    struct buf answer;
    int fd; /* readable when it is done */
};

static void let_go(struct aside *a)
{
    if (atomic_fetch_sub(&a->users, 1) > 1)
        return;
    a->release(a->question);
    if (a->fd >= 0)
        close(a->fd);
    buf_release(&a->answer);
    free(a);
}

static void *in_thread(void *user)
{
    struct aside *a = user;

    a->work(a->question, &a->answer);
    atomic_store(&a->done, true);
    eventfd_write(a->fd, 1);
    let_go(a);
    atomic_fetch_sub(&threads, 1);
    return NULL;
}

struct aside *aside_new(aside_work *work, void *question, void (*release)(void *question))
{
    struct aside *a = xcalloc(1, sizeof(*a));

    a->work = work;
    a->question = question;
    a->release = release;
    a->fd = eventfd(0, EFD_CLOEXEC);
    atomic_store(&a->users, 1);
    aside_begin(a);
    return a;
}

struct aside *aside_free(struct aside *a)
{
    if (a)
        let_go(a);
    return NULL;
}

int aside_fd(const struct aside *a)
{
    return a->fd;
}

bool aside_begin(struct aside *a)
{
    pthread_t thread;

    if (a->begun)
        return true;
    atomic_fetch_add(&a->users, 1);
    if (atomic_fetch_add(&threads, 1) < THREADS_MAX &&
        pthread_create(&thread, NULL, in_thread, a) == 0) {
        pthread_detach(thread);
        return a->begun = true;
    }
    atomic_fetch_sub(&threads, 1);
    atomic_fetch_sub(&a->users, 1);
    return false;
}

const struct buf *aside_answer(struct aside *a, int wait_ms)
{
    struct pollfd fd = {.fd = a->fd, .events = POLLIN};

    if (!aside_begin(a))
        return NULL;
    if (!atomic_load(&a->done) && wait_ms > 0)
        poll(&fd, 1, wait_ms);
    return atomic_load(&a->done) ? &a->answer : NULL;
}
