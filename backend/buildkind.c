/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/buildkind.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define CONFIG_MAX (4 << 20) /* bytes; one with everything has 300 000 */

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), 64 bits. */
static uint64_t hash_add(uint64_t hash, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The options that are set, in the order of the file; comments hold the kernel's version and change by themselves. */
static uint64_t hash_of(const char *text, size_t size)
{
    static const char option[] = "CONFIG_";
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    const char *p = text, *end = text + size;

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((newline ? newline : end) - p);

        if (len > sizeof(option) && memcmp(p, option, sizeof(option) - 1) == 0)
            hash = hash_add(hash_add(hash, p, len), "\n", 1);
        p += len + 1;
    }
    return hash;
}

static bool read_config(const char *path, int64_t end_s, uint64_t *ret_hash)
{
    struct stat st;
    char *text;
    ssize_t got = -1;
    int fd;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) /* to open a device can have effects */
        return false;
    fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= CONFIG_MAX &&
        (end_s == 0 || st.st_mtime <= end_s)) {
        text = xcalloc((size_t)st.st_size, 1);
        got = read(fd, text, (size_t)st.st_size);
        if (got == st.st_size)
            *ret_hash = hash_of(text, (size_t)got);
        free(text);
    }
    close(fd);
    return got > 0 && got == st.st_size;
}

void buildkind_of(const struct build *b, int64_t end_s, char out[BUILDKIND_BYTES])
{
    const char *place;

    out[0] = '\0';
    for (size_t i = 0; (place = build_place(b, i)) != NULL; i++) {
        char path[4096];
        uint64_t hash = 0;

        if (snprintf(path, sizeof(path), "%s/.config", place) < (int)sizeof(path) &&
            read_config(path, end_s, &hash)) {
            snprintf(out, BUILDKIND_BYTES, "%.400s %016" PRIx64, place, hash);
            return;
        }
    }
}
