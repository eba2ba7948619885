/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logsource.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/logproto.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/file.h"

#define SOURCE_MAX  (16u << 20) /* bytes; a kernel's largest header has seven million */
#define LINE_BYTES  512 /* of a line of a source */
#define PATIENCE_MS 3000
#define AGAIN_MS    200 /* between two tries to begin, while too many threads run */
#define THREADS_MAX 4 /* so many may hang */

static atomic_int threads; /* of all that run */

/* Shared by the thread and whoever asked; the one that is done with it last frees it. */
struct lookup {
    atomic_int users;
    atomic_bool done; /* `answer` is there */
    char **paths;
    size_t count;
    int64_t line;
    struct buf answer;
    int fd; /* readable when it is done */
};

struct logsource {
    struct lookup *now; /* NULL: nothing is looked for */
    int64_t late_ms; /* when that is told; INT64_MAX: it was */
    int64_t again_ms; /* when to try to begin with it; INT64_MAX: it was begun with */
};

static void let_go(struct lookup *l)
{
    if (l == NULL || atomic_fetch_sub(&l->users, 1) > 1)
        return;
    for (size_t i = 0; i < l->count; i++)
        free(l->paths[i]);
    free(l->paths);
    if (l->fd >= 0)
        close(l->fd);
    buf_release(&l->answer);
    free(l);
}

/* ---- in the thread ---- */

/* The lines around `line`; true if the file has that one. */
static bool put_around(struct buf *out, const char *text, size_t size, int64_t line)
{
    int64_t first = KF_MAX(line - LOG_SOURCE_LINES / 2, 1), number = 1;
    const char *p = text, *end = text + size;
    uint32_t n = 0;
    size_t count;

    wire_put_i64(out, first);
    count = out->len;
    wire_put_u32(out, 0);
    for (; p < end && n < LOG_SOURCE_LINES; number++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = newline ? (size_t)(newline - p) : (size_t)(end - p);

        if (number >= first) {
            wire_put_bytes(out, p, KF_MIN(len, (size_t)LINE_BYTES));
            n++;
        }
        p = newline ? newline + 1 : end;
    }
    memcpy(out->p + count, &n, sizeof(n));
    return first + n > line;
}

/* Tries one path; true if it has the line. Nothing is left in out otherwise. */
static bool try_path(const char *path, int64_t line, struct buf *out, int *error)
{
    size_t size, mark = out->len;
    struct stat st;
    int why = ERANGE;
    char *text = file_read_all(path, SOURCE_MAX, &st, &size, &why);
    bool found = false;

    if (text) {
        wire_put_str(out, path);
        wire_put_u32(out, 0);
        found = put_around(out, text, size, line);
        why = ERANGE;
        free(text);
    }
    if (!found)
        out->len = mark;
    if (!found && *error == ENOENT)
        *error = why;
    return found;
}

static void put_none(struct buf *out, int error)
{
    wire_put_str(out, "");
    wire_put_u32(out, (uint32_t)error);
    wire_put_i64(out, 0);
    wire_put_u32(out, 0);
}

static void *in_thread(void *user)
{
    struct lookup *l = user;
    int error = ENOENT;
    bool found = false;

    for (size_t i = 0; i < l->count && !found; i++)
        found = try_path(l->paths[i], l->line, &l->answer, &error);
    if (!found)
        put_none(&l->answer, error);
    atomic_store(&l->done, true);
    eventfd_write(l->fd, 1);
    let_go(l);
    atomic_fetch_sub(&threads, 1);
    return NULL;
}

/* ---- in the loop ---- */

struct logsource *logsource_new(void)
{
    struct logsource *s = xcalloc(1, sizeof(*s));

    s->late_ms = s->again_ms = INT64_MAX;
    return s;
}

void logsource_forget(struct logsource *s)
{
    let_go(s->now);
    s->now = NULL;
    s->late_ms = s->again_ms = INT64_MAX;
}

struct logsource *logsource_free(struct logsource *s)
{
    if (s)
        logsource_forget(s);
    free(s);
    return NULL;
}

/* Others may still be looked for that are not wanted any more: then it waits until one of them ends. */
static void begin(struct logsource *s, int64_t now_ms)
{
    pthread_t thread;

    atomic_fetch_add(&s->now->users, 1);
    if (atomic_fetch_add(&threads, 1) < THREADS_MAX &&
        pthread_create(&thread, NULL, in_thread, s->now) == 0) {
        pthread_detach(thread);
        s->again_ms = INT64_MAX;
        return;
    }
    atomic_fetch_sub(&threads, 1);
    atomic_fetch_sub(&s->now->users, 1);
    s->again_ms = now_ms + AGAIN_MS;
}

void logsource_look(struct logsource *s, char **paths, size_t n, int64_t line, int64_t now_ms)
{
    struct lookup *l = xcalloc(1, sizeof(*l));

    logsource_forget(s);
    l->paths = xcalloc(KF_MAX(n, (size_t)1), sizeof(*l->paths));
    memcpy(l->paths, paths, n * sizeof(*paths));
    l->count = n;
    l->line = line;
    l->fd = eventfd(0, EFD_CLOEXEC);
    atomic_store(&l->users, 1);
    s->now = l;
    s->late_ms = now_ms + PATIENCE_MS;
    begin(s, now_ms);
}

int logsource_fd(const struct logsource *s)
{
    return s->now ? s->now->fd : -1;
}

bool logsource_take(struct logsource *s, int64_t now_ms, struct buf *out)
{
    if (s->now == NULL)
        return false;
    if (now_ms >= s->again_ms)
        begin(s, now_ms);
    if (atomic_load(&s->now->done)) {
        buf_add(out, s->now->answer.p, s->now->answer.len);
        logsource_forget(s);
        return true;
    }
    if (now_ms < s->late_ms)
        return false;
    s->late_ms = INT64_MAX;
    put_none(out, ETIMEDOUT);
    return true;
}

int64_t logsource_due(const struct logsource *s)
{
    return KF_MIN(s->late_ms, s->again_ms);
}
