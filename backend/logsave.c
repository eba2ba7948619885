/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logsave.h"

#include <errno.h>
#include <unistd.h>

#include "backend/logproto.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/file.h"

#define STEP  (1u << 20) /* bytes written before something else has its turn */
#define LINES 2000

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

static int write_some(struct logsave *s, const char *p, size_t n)
{
    int err = wire_write(s->to, p, n);

    if (err == 0)
        s->bytes += (int64_t)n;
    return err ? err : 1;
}

static int step_bytes(struct logsave *s, struct buf *b)
{
    int64_t want = s->limit < 0 ? STEP : KF_MIN(s->limit - s->bytes, (int64_t)STEP);
    ssize_t got;

    if (want <= 0)
        return 0;
    buf_reserve(b, STEP);
    got = file_read_at(s->from, b->p, (size_t)want, s->bytes);
    return got <= 0 ? (int)got : write_some(s, b->p, (size_t)got);
}

static void add_line(void *user, const struct logindex_line *line)
{
    struct buf *b = user;

    buf_add(b, line->text, line->len);
    buf_adds(b, line->flags & LOG_LINE_CUT ? " …\n" : "\n");
}

static int step_lines(struct logsave *s, struct logindex *x, struct buf *b)
{
    const struct logindex_state *state = logindex_state(x);
    int64_t n = KF_MIN(state->passed - s->done, (int64_t)LINES);

    if (state->restarts != s->restarts) /* what is written already is of another file */
        return -ESTALE;
    if (n <= 0)
        return state->complete ? 0 : 1;
    n = logindex_page(x, s->done, n, add_line, b);
    if (n <= 0)
        return n < 0 ? (int)n : -EIO;
    s->done += n;
    return write_some(s, b->p, b->len);
}

int logsave_step(struct logsave *s, struct logindex *x)
{
    struct buf b = BUF_INIT;
    int rc = s->from >= 0 ? step_bytes(s, &b) : step_lines(s, x, &b);

    buf_release(&b);
    return rc;
}

int logsave_end(struct logsave *s, int err)
{
    s->open = false;
    if (s->from >= 0)
        close(s->from);
    if (s->to >= 0 && close(s->to) < 0 && err == 0) /* NFS tells of a full disk here */
        err = -errno;
    return err;
}
