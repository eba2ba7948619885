/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logsource.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    char *source;
    char **directories; /* NULL at the end */
    int64_t line;
};

/* What it finds out on the way. */
struct answer {
    struct buf *out;
    int error; /* what the reader is told if nothing is found */
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

/* Whether the path lies below a directory; both as realpath(3) gives them. Nothing is built in "/". */
static bool is_below(const char *path, const char *directory)
{
    size_t n = strlen(directory);

    return n > 1 && strncmp(path, directory, n) == 0 && path[n] == '/';
}

static bool is_in_tree(const struct question *q, const char *path)
{
    static const char *const links[] = {"", "/source"};
    char directory[PATH_MAX], real[PATH_MAX];

    for (char **at = q->directories; *at; at++)
        for (size_t i = 0; i < KF_LEN(links); i++)
            if (snprintf(directory, sizeof(directory), "%s%s", *at, links[i]) <
                    (int)sizeof(directory) &&
                realpath(directory, real) && is_below(path, real))
                return true;
    return false;
}

/* The file's text for free(), and where it is without links; NULL with a positive errno. */
static char *read_source(const struct question *q, const char *path, char real[PATH_MAX],
    struct stat *st, size_t *size, int *error)
{
    int fd = file_open_regular(path, st);
    char *text = NULL;

    *error = fd < 0 ? -fd : -file_path_of(fd, real, PATH_MAX);
    if (*error == 0 && !is_in_tree(q, real))
        *error = EXDEV;
    if (*error == 0)
        text = file_read_open(fd, st, SOURCE_MAX, size, error);
    if (fd >= 0)
        close(fd);
    return text;
}

/* Tries one path; true if it has the line. Nothing is left in the answer otherwise. */
static bool try_path(const struct question *q, const char *path, struct answer *a)
{
    char real[PATH_MAX];
    size_t size, mark = a->out->len;
    struct stat st;
    int why;
    char *text = read_source(q, path, real, &st, &size, &why);
    bool found = false;

    if (text) {
        wire_put_str(a->out, real);
        wire_put_u32(a->out, st.st_uid);
        wire_put_u32(a->out, 0);
        found = put_around(a->out, text, size, q->line);
        why = ERANGE;
        free(text);
    }
    if (!found)
        a->out->len = mark;
    if (!found && a->error == ENOENT)
        a->error = why;
    return found;
}

static void put_none(struct buf *out, int error)
{
    wire_put_str(out, "");
    wire_put_u32(out, UINT32_MAX);
    wire_put_u32(out, (uint32_t)error);
    wire_put_i64(out, 0);
    wire_put_u32(out, 0);
}

static void look_for(void *user, struct buf *out)
{
    struct question *q = user;
    struct answer a = {.out = out, .error = ENOENT};
    bool found = q->source[0] == '/' && try_path(q, q->source, &a);

    for (char **at = q->directories; *at && q->source[0] != '/' && !found; at++) {
        char path[PATH_MAX];

        if (snprintf(path, sizeof(path), "%s/%s", *at, q->source) < (int)sizeof(path))
            found = try_path(q, path, &a);
    }
    if (!found)
        put_none(out, a.error);
}

static void release(void *user)
{
    struct question *q = user;

    for (char **at = q->directories; *at; at++)
        free(*at);
    free(q->directories);
    free(q->source);
    free(q);
}

static struct question *question_of(const struct logsource_place *place)
{
    struct question *q = xcalloc(1, sizeof(*q));
    size_t n = 0;

    while (place->directories[n])
        n++;
    q->source = xstrdup(place->source);
    q->line = place->line;
    q->directories = xcalloc(n + 1, sizeof(*q->directories));
    for (size_t i = 0; i < n; i++)
        q->directories[i] = xstrdup(place->directories[i]);
    return q;
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

void logsource_look(struct logsource *s, const struct logsource_place *place, int64_t now_ms)
{
    logsource_forget(s);
    s->now = aside_new(look_for, question_of(place), release);
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
