/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of backend/logtail.h and backend/logsplit.h. The input is a life of a file: steps of a
 * byte that says what is done, one that says how much, and for writing the bytes. After each step
 * the file is polled with tiny buffers. Aborts if a promise of logtail.h is broken.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/logtail.h"
#include "base/alloc.h"

#define LINE_MAX_BYTES 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void on_line(void *user, const struct logtail_line *line)
{
    size_t *bytes = user;

    must(line->left >= 0);
    if (line->flags & (LOG_LINE_RESTART | LOG_LINE_SKIPPED))
        return;
    must(line->len <= LINE_MAX_BYTES);
    must(line->len == 0 || memchr(line->text, '\n', line->len) == NULL);
    must(line->len == 0 || memchr(line->text, '\r', line->len) == NULL);
    must((line->flags & ~(LOG_LINE_CUT | LOG_LINE_BINARY | LOG_LINE_PARTIAL)) == 0);
    must(line->flags & LOG_LINE_BINARY || line->len == 0 ||
         memchr(line->text, 0, line->len) == NULL);
    *bytes += line->len;
}

static void change(const char *path, unsigned what, const uint8_t *p, size_t n)
{
    char other[80];
    int fd;

    switch (what % 8) {
    case 4:
        (void)!truncate(path, (off_t)(what >> 3));
        return;
    case 5:
        unlink(path);
        return;
    case 6:
        snprintf(other, sizeof(other), "%s.old", path);
        rename(path, other);
        return;
    default:
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        must(fd >= 0);
        must(write(fd, p, n) == (ssize_t)n);
        close(fd);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct logtail_conf conf = {
        .line_max = LINE_MAX_BYTES, .tail_max = 40, .chunk = 7, .step = 16, .rest_ms = 3};
    char dir[] = "/tmp/fuzz_logtail.XXXXXX";
    char path[64], old[64];
    struct logtail *t;
    size_t bytes = 0;
    int64_t now = 0;

    must(mkdtemp(dir) != NULL);
    snprintf(path, sizeof(path), "%s/log", dir);
    snprintf(old, sizeof(old), "%s/log.old", dir);
    t = logtail_new(path, &conf);
    for (size_t i = 0; i + 1 < size;) {
        unsigned what = data[i];
        size_t n = KF_MIN((size_t)data[i + 1], size - i - 2);

        logtail_set_remote(t, what & 0x40);
        change(path, what, data + i + 2, n);
        i += 2 + ((what % 8 >= 4 && what % 8 <= 6) ? 0 : n);
        for (int k = 0; k < 64 && logtail_poll(t, now++, on_line, &bytes); k++)
            ;
        if (what & 0x80)
            while (logtail_count(t, on_line, &bytes))
                ;
        must(logtail_behind(t) >= 0);
    }
    logtail_free(t);
    unlink(path);
    unlink(old);
    rmdir(dir);
    return 0;
}
