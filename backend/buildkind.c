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

static bool begins(const char *p, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(p, with, strlen(with)) == 0;
}

/* How much of an option's line says what is built: nothing where it gives the build a name, and only that there is one
   where it is a path. Scripts put the job's number into both. */
static size_t telling(const char *p, size_t len)
{
    const char *path = memmem(p, len, "=\"/", 3);

    if (!begins(p, len, "CONFIG_") || begins(p, len, "CONFIG_LOCALVERSION=") ||
        begins(p, len, "CONFIG_BUILD_SALT="))
        return 0;
    return path ? (size_t)(path - p) : len;
}

/* "# Linux/x86 6.1.158 Kernel Configuration": "Linux/x86 6.1". The versions behind that are fixes. */
static void take_release(const char *p, size_t len, char *out, size_t size)
{
    const char *end = memmem(p, len, " Kernel Configuration", 21);
    size_t n = 0;
    int dots = 0;

    if (end == NULL || !begins(p, len, "# Linux/"))
        return;
    for (p += 2; p + n < end; n++)
        if ((dots += p[n] == '.') == 2)
            break;
    snprintf(out, size, "%.*s", (int)KF_MIN(n, (size_t)64), p);
}

/* "Linux/x86 6.1 HASH", of the options that are set, in the order of the file. Among them is the compiler's version
   (CONFIG_CC_VERSION_TEXT). */
static void name_config(const char *text, size_t size, char out[BUILDKIND_BYTES])
{
    uint64_t hash = FNV_START;
    const char *p = text, *end = text + size;
    char release[80] = "";

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((newline ? newline : end) - p), n = telling(p, len);

        if (n)
            hash = fnv_add(fnv_add(hash, p, n), "\n", 1);
        else if (release[0] == '\0')
            take_release(p, len, release, sizeof(release));
        p += len + 1;
    }
    snprintf(out, BUILDKIND_BYTES, "%s %016" PRIx64, release, hash);
}

static bool read_config(const char *path, int64_t end_s, char out[BUILDKIND_BYTES])
{
    struct stat st;
    size_t size;
    int error;
    char *text = file_read_all(path, CONFIG_MAX, &st, &size, &error);
    bool ok = text && size > 0 && (end_s == 0 || st.st_mtime <= end_s);

    if (ok)
        name_config(text, size, out);
    free(text);
    return ok;
}

static void find_config(const char *const *places, int64_t end_s, char out[BUILDKIND_BYTES])
{
    for (; *places; places++) {
        char path[4096];

        if (snprintf(path, sizeof(path), "%s/.config", *places) < (int)sizeof(path) &&
            read_config(path, end_s, out))
            return;
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

/* The same, in whatever order: make makes them side by side. */
static void name_targets(const char *targets, char out[BUILDKIND_BYTES])
{
    uint64_t sum = 0;

    for (const char *p = targets + strspn(targets, " "); *p; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");

        sum += fnv_add(FNV_START, p, len);
        p += len;
    }
    snprintf(out, BUILDKIND_BYTES, "targets %016" PRIx64, sum);
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
    if (q->targets)
        name_targets(q->targets, ret->makes);
    else
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
    free((char *)c->question.targets);
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
    c->question.targets = q->targets ? xstrdup(q->targets) : NULL;
    return aside_new(find, c, release);
}

const struct buildkind *buildkind_answer(struct aside *a, int wait_ms)
{
    const struct buf *answer = aside_answer(a, wait_ms);

    return answer ? (const struct buildkind *)answer->p : NULL;
}
