/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logsource.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/aside.h"
#include "backend/logproto.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/file.h"

#define SOURCE_MAX  (16u << 20) /* bytes; a kernel's largest header has seven million */
#define LINE_BYTES  512 /* of a line of a source */
#define PATIENCE_MS 3000
#define AGAIN_MS    200 /* between two tries to begin, while too many threads run */

/* What the thread is asked. */
struct question {
    char **paths;
    size_t count;
    int64_t line;
};

struct logsource {
    struct aside *now; /* NULL: nothing is looked for */
    int64_t late_ms; /* when that is told; INT64_MAX: it was */
    int64_t again_ms; /* when to try to begin with it; INT64_MAX: it was begun with */
};

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

static void look_for(void *user, struct buf *answer)
{
    struct question *q = user;
    int error = ENOENT;
    bool found = false;

    for (size_t i = 0; i < q->count && !found; i++)
        found = try_path(q->paths[i], q->line, answer, &error);
    if (!found)
        put_none(answer, error);
}

static void release(void *user)
{
    struct question *q = user;

    for (size_t i = 0; i < q->count; i++)
        free(q->paths[i]);
    free(q->paths);
    free(q);
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
    s->now = aside_free(s->now);
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
    s->again_ms = aside_begin(s->now) ? INT64_MAX : now_ms + AGAIN_MS;
}

void logsource_look(struct logsource *s, char **paths, size_t n, int64_t line, int64_t now_ms)
{
    struct question *q = xcalloc(1, sizeof(*q));

    logsource_forget(s);
    q->paths = xcalloc(KF_MAX(n, (size_t)1), sizeof(*q->paths));
    memcpy(q->paths, paths, n * sizeof(*paths));
    q->count = n;
    q->line = line;
    s->now = aside_new(look_for, q, release);
    s->late_ms = now_ms + PATIENCE_MS;
    begin(s, now_ms);
}

int logsource_fd(const struct logsource *s)
{
    return s->now ? aside_fd(s->now) : -1;
}

bool logsource_take(struct logsource *s, int64_t now_ms, struct buf *out)
{
    const struct buf *answer;

    if (s->now == NULL)
        return false;
    if (now_ms >= s->again_ms)
        begin(s, now_ms);
    answer = aside_answer(s->now, 0);
    if (answer) {
        buf_add(out, answer->p, answer->len);
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
