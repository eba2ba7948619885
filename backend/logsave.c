/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logsave.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "backend/logproto.h"
#include "base/alloc.h"
#include "base/file.h"

#define STEP    (1u << 20) /* bytes written before something else has its turn */
#define LINES   2000
#define ROOM_MS 20 /* a full pipe is waited for so long before something else has its turn */

int logsave_begin(struct logsave *s, char *path, int to, const char *source, int64_t limit,
    const struct logindex *x)
{
    struct stat st;

    *s = (struct logsave){.open = true,
        .path = path,
        .from = -1,
        .to = to,
        .limit = limit,
        .restarts = logindex_state(x)->restarts};
    if (source) {
        s->from = file_open_regular(source, &st);
        if (s->from < 0)
            return s->from;
    }
    return to < 0 ? -EBADF : 0;
}

/* 1, or a negative errno: EAGAIN is none, the rest is for the next step. */
static int write_piece(struct logsave *s)
{
    struct pollfd room = {.fd = s->to, .events = POLLOUT};
    ssize_t n = 0;

    while (s->piece_done < s->piece.len && (n >= 0 || errno == EINTR)) {
        n = write(s->to, s->piece.p + s->piece_done, s->piece.len - s->piece_done);
        s->piece_done += n > 0 ? (size_t)n : 0;
    }
    if (s->piece_done == s->piece.len) {
        buf_clear(&s->piece);
        s->piece_done = 0;
        return 1;
    }
    if (errno != EAGAIN)
        return -errno;
    poll(&room, 1, ROOM_MS);
    return 1;
}

static int step_bytes(struct logsave *s)
{
    int64_t want = s->limit < 0 ? STEP : KF_MIN(s->limit - s->bytes, (int64_t)STEP);
    ssize_t got;

    if (want <= 0)
        return 0;
    buf_reserve(&s->piece, STEP);
    got = file_read_at(s->from, s->piece.p, (size_t)want, s->bytes);
    if (got <= 0)
        return (int)got;
    s->piece.len = (size_t)got;
    return 1;
}

static void add_line(void *user, const struct logindex_line *line)
{
    struct buf *b = user;

    buf_add(b, line->text, line->len);
    buf_adds(b, line->flags & LOG_LINE_CUT ? " …\n" : "\n");
}

static int step_lines(struct logsave *s, struct logindex *x)
{
    const struct logindex_state *state = logindex_state(x);
    int64_t n = KF_MIN(state->passed - s->done, (int64_t)LINES);

    if (state->restarts != s->restarts) /* what is written already is of another file */
        return -ESTALE;
    if (n <= 0)
        return state->complete ? 0 : 1;
    n = logindex_page(x, s->done, n, add_line, &s->piece);
    if (n <= 0)
        return n < 0 ? (int)n : -EIO;
    s->done += n;
    return 1;
}

int logsave_step(struct logsave *s, struct logindex *x)
{
    int rc = 1;

    if (s->piece.len == 0) {
        rc = s->from >= 0 ? step_bytes(s) : step_lines(s, x);
        s->bytes += (int64_t)s->piece.len;
    }
    return rc <= 0 || s->piece.len == 0 ? rc : write_piece(s);
}

void logsave_end(struct logsave *s)
{
    s->open = false;
    if (s->from >= 0)
        close(s->from);
    if (s->to >= 0)
        close(s->to);
    buf_release(&s->piece);
}
