/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/buildkind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/batch.h"
#include "backend/batch_lint.h"
#include "backend/build.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/fnv.h"

#define CONFIG_MAX (4 << 20) /* bytes; one with everything has 300 000 */

/* The options that are set, in the order of the file; comments hold the kernel's version and change by themselves. */
static uint64_t hash_of(const char *text, size_t size)
{
    static const char option[] = "CONFIG_";
    uint64_t hash = FNV_START;
    const char *p = text, *end = text + size;

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((newline ? newline : end) - p);

        if (len > sizeof(option) && memcmp(p, option, sizeof(option) - 1) == 0)
            hash = fnv_add(fnv_add(hash, p, len), "\n", 1);
        p += len + 1;
    }
    return hash;
}

static bool read_config(const char *path, int64_t end_s, uint64_t *ret_hash)
{
    struct stat st;
    size_t size;
    int error;
    char *text = file_read_all(path, CONFIG_MAX, &st, &size, &error);
    bool ok = text && size > 0 && (end_s == 0 || st.st_mtime <= end_s);

    if (ok)
        *ret_hash = hash_of(text, size);
    free(text);
    return ok;
}

static void find_config(const char *const *places, int64_t end_s, char out[BUILDKIND_BYTES])
{
    for (; *places; places++) {
        char path[4096];
        uint64_t hash = 0;

        if (snprintf(path, sizeof(path), "%s/.config", *places) < (int)sizeof(path) &&
            read_config(path, end_s, &hash)) {
            snprintf(out, BUILDKIND_BYTES, "%.400s %016" PRIx64, *places, hash);
            return;
        }
    }
}

/* The script and what stands behind it are told apart by nothing but a blank. */
static char *read_script(const char *command, struct stat *st, size_t *ret_size)
{
    int error;
    char *text = file_read_all(command, BATCH_BYTES_MAX, st, ret_size, &error), *path;

    if (text || strchr(command, ' ') == NULL)
        return text;
    path = xmemdup0(command, strcspn(command, " "));
    text = file_read_all(path, BATCH_BYTES_MAX, st, ret_size, &error);
    free(path);
    return text;
}

static void find_makes(const char *command, int64_t submit_s, char out[BUILDKIND_BYTES])
{
    struct buf makes = BUF_INIT;
    struct stat st;
    size_t size;
    char *text = command[0] == '/' ? read_script(command, &st, &size) : NULL;

    if (text && st.st_mtime <= submit_s && st.st_ctime <= submit_s)
        batch_makes(text, size, &makes);
    if (makes.len)
        snprintf(out, BUILDKIND_BYTES, "%016" PRIx64, fnv_add(FNV_START, makes.p, makes.len));
    buf_release(&makes);
    free(text);
}

void buildkind_find(const struct buildkind_question *q, struct buildkind *ret)
{
    *ret = (struct buildkind){0};
    find_config(q->places, q->end_s, ret->config);
    find_makes(q->command, q->submit_s, ret->makes);
}

/* ---- in a thread ---- */

struct copy {
    struct buildkind_question question;
    const char *places[BUILD_PLACES_MAX + 1];
};

static void find(void *user, struct buf *answer)
{
    const struct copy *c = user;
    struct buildkind kind;

    buildkind_find(&c->question, &kind);
    buf_add(answer, (const char *)&kind, sizeof(kind));
}

static void release(void *user)
{
    struct copy *c = user;

    for (size_t i = 0; c->places[i]; i++)
        free((char *)c->places[i]);
    free((char *)c->question.command);
    free(c);
}

struct aside *buildkind_ask(const struct buildkind_question *q)
{
    struct copy *c = xcalloc(1, sizeof(*c));

    for (size_t i = 0; i < BUILD_PLACES_MAX && q->places[i]; i++)
        c->places[i] = xstrdup(q->places[i]);
    c->question = *q;
    c->question.places = c->places;
    c->question.command = xstrdup(q->command);
    return aside_new(find, c, release);
}

const struct buildkind *buildkind_answer(struct aside *a, int wait_ms)
{
    const struct buf *answer = aside_answer(a, wait_ms);

    return answer ? (const struct buildkind *)answer->p : NULL;
}
