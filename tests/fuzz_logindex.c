/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of backend/logindex.h: a file that grows in pieces and is cut now and then, indexed with tiny
 * buffers, and each page of it against the same lines found by the simplest means. The first byte says which
 * lines pass and how large the buffers are; 0xff cuts the file, 0xfe makes a hole. A carriage return behind a
 * hole is left out: of a line that is longer than what is kept of it, pages show the beginning.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/logindex.h"
#include "backend/logproto.h"
#include "base/alloc.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Lines with an x; user says whether that matters. */
static bool passes(void *user, const char *text, size_t len)
{
    return user == NULL || memchr(text, 'x', len) != NULL;
}

struct seen {
    struct buf text;
};

static void on_line(void *user, const struct logindex_line *line)
{
    struct seen *s = user;

    buf_addf(&s->text, "%lld:%zu:", (long long)line->number, line->len);
    buf_add(&s->text, line->text, line->len);
    buf_addc(&s->text, '\n');
}

/* ---- the simplest means ---- */

struct simple {
    struct seen seen;
    void *user;
    int64_t number, place, first, end;
};

static void simple_line(void *user, const char *text, size_t len, uint8_t flags, size_t rest)
{
    struct simple *s = user;
    bool does = passes(s->user, text, len);

    (void)flags;
    (void)rest;
    if (does && s->place >= s->first && s->place < s->end)
        on_line(&s->seen, &(struct logindex_line){s->number, text, len, 0});
    s->place += does;
    s->number++;
}

static void run_simple(const struct buf *file, struct simple *s)
{
    struct logsplit split;
    const char *text;
    size_t len;
    uint8_t flags;

    logsplit_init(&split, LOG_LINE_MAX);
    logsplit_feed(&split, file->p, file->len, simple_line, s);
    if (logsplit_unfinished(&split, &text, &len, &flags))
        simple_line(s, text, len, flags, 0);
    logsplit_release(&split);
}

static void check(struct logindex *x, const struct buf *file, void *user)
{
    struct simple all = {.user = user};

    while (logindex_step(x))
        ;
    run_simple(file, &all);
    must(logindex_state(x)->complete && logindex_state(x)->read == (int64_t)file->len);
    /* an unfinished line with nothing in it yet (a carriage return) may be counted */
    must(logindex_state(x)->passed == all.place || logindex_state(x)->passed == all.place + 1);
    for (int64_t first = 0; first < all.place; first += KF_MAX(all.place / 5, 1)) {
        struct simple s = {.user = user, .first = first, .end = first + 3};
        struct seen got = {0};

        run_simple(file, &s);
        must(logindex_page(x, first, 3, on_line, &got) >= 0);
        must(got.text.len == s.seen.text.len &&
             (got.text.len == 0 || memcmp(got.text.p, s.seen.text.p, got.text.len) == 0));
        buf_release(&got.text);
        buf_release(&s.seen.text);
    }
    buf_release(&all.seen.text);
}

static void put(const char *path, struct buf *file, const uint8_t *p, size_t n, size_t hole)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    for (size_t i = 0; i < hole; i++)
        buf_addc(file, '\0');
    must(fd >= 0 && pwrite(fd, p, n, (off_t)file->len) == (ssize_t)n);
    close(fd);
    must(truncate(path, (off_t)(file->len + n)) == 0);
    buf_add(file, p, n);
}

static void forget_returns(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] == '\r')
            p[i] = '.';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/kfarm-fuzz-logindex.XXXXXX";
    struct buf file = BUF_INIT;
    uint8_t *copy;
    struct logindex *x;
    unsigned mode;
    void *user;
    int fd;

    if (size < 2)
        return 0;
    fd = mkstemp(path);
    must(fd >= 0);
    close(fd);
    mode = *data++;
    size--;
    copy = (uint8_t *)xmemdup0(data, size);
    if (memchr(copy, 0xfe, size))
        forget_returns(copy, size);
    data = copy;
    user = mode & 1 ? &mode : NULL;
    x = logindex_new(path, &(struct logindex_test){.pass = passes,
                               .user = user,
                               .chunk = 1 + (mode >> 1) % 23,
                               .stride = 1 + (mode >> 1) % 7});
    while (size > 0) {
        const uint8_t *cut = memchr(data, 0xff, size), *hole = memchr(data, 0xfe, size);
        size_t n = cut ? (size_t)(cut - data) : size;

        if (hole && (size_t)(hole - data) < n)
            n = (size_t)(hole - data);
        put(path, &file, data, n, 0);
        check(x, &file, user);
        data += n;
        size -= n;
        if (size > 0 && *data == 0xff) {
            must(truncate(path, 0) == 0);
            buf_clear(&file);
            logindex_restart(x);
        } else if (size > 0) {
            put(path, &file, (const uint8_t *)"", 0, 5000);
            check(x, &file, user);
        }
        data += size > 0;
        size -= size > 0;
    }
    logindex_free(x);
    free(copy);
    buf_release(&file);
    unlink(path);
    return 0;
}
