/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target where there is no libFuzzer (gcc). Link it with the target's
 * LLVMFuzzerTestOneInput(); the command line is the part of libFuzzer's that matters:
 *
 *   TARGET [-runs=N] [-max_len=BYTES] [-max_total_time=SECONDS] [FILE|DIRECTORY]...
 *
 * Every file is run as it is, and a directory's files (not those below it). With -runs=N there
 * follow N inputs made from these by a fixed pseudo-random sequence: the same corpus in the same
 * order and the same N give the same inputs everywhere; after so many seconds the rest of them is
 * left out, as on a slow disk. What an input is run from is memory of just
 * its size, so that AddressSanitizer sees a read past its end. An input that fails is left in
 * "crash-TARGET" in the current directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/parse.h"

#define SEED     UINT64_C(0x9e3779b97f4a7c15)
#define FILE_MAX (16u << 20) /* bytes of a file that are used */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* In the sanitizers' runtime, if one is linked. */
void __sanitizer_set_death_callback(void (*fn)(void)) __attribute__((weak));

struct input {
    uint8_t *p;
    size_t n;
};

struct corpus {
    struct input *list; /* sorted by name within each argument */
    size_t n;
};

struct random {
    uint64_t x;
};

/* What is being run, for on_death(): the only state outside main's. */
static struct input current;
static char crash_path[256];
static char crash_text[300];

/* ---- failures ---- */

/* Async-signal-safe. */
static void on_death(void)
{
    int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd >= 0 && write(fd, current.p, current.n) == (ssize_t)current.n &&
        write(STDERR_FILENO, crash_text, strlen(crash_text)) > 0)
        close(fd);
}

static void on_signal(int number)
{
    on_death();
    signal(number, SIG_DFL);
    raise(number);
}

static void catch_failures(const char *name)
{
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};

    snprintf(crash_path, sizeof(crash_path), "crash-%s", name);
    snprintf(crash_text, sizeof(crash_text), "\nfuzz: the input is in %s\n", crash_path);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(on_death);
    for (size_t i = 0; i < KF_LEN(signals); i++) {
        /* a sanitizer has its own handlers for all but these two, and tells more */
        if (!__sanitizer_set_death_callback || signals[i] == SIGABRT || signals[i] == SIGALRM)
            signal(signals[i], on_signal);
    }
}

static void run_one(const uint8_t *p, size_t n)
{
    current.p = xreallocarray(NULL, n ? n : 1, 1);
    current.n = n;
    if (n)
        memcpy(current.p, p, n);
    alarm(20); /* an input that takes this long is a failure */
    if (n)
        LLVMFuzzerTestOneInput(current.p, n);
    else /* any read would be past the end */
        LLVMFuzzerTestOneInput(current.p + 1, 0);
    alarm(0);
    free(current.p);
    current = (struct input){0};
}

/* ---- the corpus ---- */

static bool add_file(struct corpus *c, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct input in = {0};
    struct stat st;

    if (!f || fstat(fileno(f), &st) < 0) {
        fprintf(stderr, "fuzz: %s: %s\n", path, strerror(errno));
        if (f)
            fclose(f);
        return false;
    }
    in.n = KF_MIN((size_t)st.st_size, (size_t)FILE_MAX);
    in.p = xcalloc(in.n + 1, 1);
    in.n = fread(in.p, 1, in.n, f);
    fclose(f);
    c->list = xreallocarray(c->list, c->n + 1, sizeof(*c->list));
    c->list[c->n++] = in;
    return true;
}

static int is_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static bool add_path(struct corpus *c, const char *path)
{
    struct dirent **names;
    struct stat st;
    bool ok = true;
    int n;

    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return add_file(c, path);
    n = scandir(path, &names, is_visible, alphasort);
    if (n < 0) {
        fprintf(stderr, "fuzz: %s: %s\n", path, strerror(errno));
        return false;
    }
    for (int i = 0; i < n; i++) {
        char file[4096];
        int length = snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);

        if (length < (int)sizeof(file) && stat(file, &st) == 0 && S_ISREG(st.st_mode))
            ok = add_file(c, file) && ok;
        free(names[i]);
    }
    free(names);
    return ok;
}

/* ---- mutations ---- */

static uint64_t next(struct random *r)
{
    r->x ^= r->x << 13;
    r->x ^= r->x >> 7;
    r->x ^= r->x << 17;
    return r->x;
}

/* 0..n-1; 0 if n is 0. */
static size_t below(struct random *r, size_t n)
{
    return n ? (size_t)((next(r) >> 11) % n) : 0;
}

/* Values at the edges of what lengths, counts and characters may be. */
static void put_interesting(struct random *r, struct input *in)
{
    static const uint64_t values[] = {0, 1, 2, 4, 7, 8, 16, 0x1b, 0x20, 0x22, 0x7f, 0x80, 0xc0,
        0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe,
        0xffffffff, UINT64_C(0x7fffffffffffffff), UINT64_C(0x8000000000000000), UINT64_MAX};
    uint64_t value = values[below(r, KF_LEN(values))];
    size_t width = (size_t)1 << below(r, 4);

    if (in->n < width)
        return;
    memcpy(in->p + below(r, in->n - width + 1), &value, width);
}

/* Replaces the `cut` bytes at `at` by n bytes from p; what passes max is lost. */
static void replace_part(
    struct input *in, size_t max, size_t at, size_t cut, const uint8_t *p, size_t n)
{
    size_t tail = in->n - at - cut;

    n = KF_MIN(n, max - at);
    tail = KF_MIN(tail, max - at - n);
    memmove(in->p + at + n, in->p + at + cut, tail);
    memmove(in->p + at, p, n);
    in->n = at + n + tail;
}

static void copy_block(struct random *r, struct input *in, size_t max)
{
    size_t from = below(r, in->n);
    size_t n = below(r, KF_MIN(in->n - from, (size_t)256) + 1);
    uint8_t block[256];

    if (n)
        memcpy(block, in->p + from, n);
    replace_part(in, max, below(r, in->n + 1), 0, block, n);
}

/* One change to in, which has room for max bytes. */
static void mutate(struct random *r, struct input *in, size_t max, const struct corpus *c)
{
    size_t at = below(r, in->n);
    const struct input *other = &c->list[below(r, c->n)];
    size_t from = below(r, other->n);
    uint8_t bytes[8];

    switch (below(r, 8)) {
    case 0: /* a bit */
        if (in->n)
            in->p[at] ^= (uint8_t)(1u << below(r, 8));
        break;
    case 1: /* a byte */
        if (in->n)
            in->p[at] = (uint8_t)next(r);
        break;
    case 2:
        put_interesting(r, in);
        break;
    case 3: /* new bytes */
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)next(r);
        replace_part(in, max, at, 0, bytes, 1 + below(r, sizeof(bytes)));
        break;
    case 4: /* bytes gone */
        replace_part(in, max, at, below(r, KF_MIN(in->n - at, (size_t)64) + 1), bytes, 0);
        break;
    case 5:
        copy_block(r, in, max);
        break;
    case 6: /* the rest of another input, or a part of it */
        replace_part(in, max, at, below(r, 2) ? in->n - at : 0, other->p + from,
            below(r, 4) ? below(r, other->n - from + 1) : other->n - from);
        break;
    default: /* cut off */
        if (below(r, 4) == 0)
            in->n = at;
        break;
    }
}

/* How many were run, in `limit_s` seconds at most. */
static int64_t run_mutations(const struct corpus *c, int64_t runs, size_t max, int64_t limit_s)
{
    int64_t until_us = limit_s ? clock_monotonic_us() + limit_s * 1000000 : INT64_MAX, i;
    struct random r = {SEED};
    struct input in = {.p = xcalloc(max, 1)};

    for (i = 0; i < runs && clock_monotonic_us() < until_us; i++) {
        const struct input *start = &c->list[below(&r, c->n)];
        size_t changes = 1 + below(&r, 8);

        in.n = KF_MIN(start->n, max);
        if (in.n)
            memcpy(in.p, start->p, in.n);
        while (changes-- > 0)
            mutate(&r, &in, max, c);
        run_one(in.p, in.n);
    }
    free(in.p);
    return i;
}

/* ---- the command line ---- */

static bool number_option(const char *arg, const char *name, int64_t max, int64_t *ret_value)
{
    size_t n = strlen(name);

    return strncmp(arg, name, n) == 0 && parse_i64(arg + n, 0, max, ret_value) == 0;
}

static int usage(const char *arg)
{
    fprintf(stderr,
        "fuzz: %s: not understood; [-runs=N] [-max_len=BYTES] [-max_total_time=SECONDS] "
        "[FILE|DIRECTORY]...\n",
        arg);
    return 2;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    struct corpus c = {0};
    int64_t runs = 0, max = 1 << 16, limit_s = 0, done;
    bool ok = true;

    catch_failures(name);
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-')
            ok = add_path(&c, argv[i]) && ok;
        else if (!number_option(argv[i], "-runs=", INT64_MAX, &runs) &&
                 !number_option(argv[i], "-max_len=", FILE_MAX, &max) &&
                 !number_option(argv[i], "-max_total_time=", INT32_MAX, &limit_s))
            return usage(argv[i]);
    }
    if (!ok)
        return 1;
    if (c.n == 0) { /* something to begin with */
        c.list = xcalloc(1, sizeof(*c.list));
        c.list[c.n++].p = xcalloc(1, 1);
    }
    for (size_t i = 0; i < c.n; i++)
        run_one(c.list[i].p, c.list[i].n);
    done = run_mutations(&c, runs, max > 0 ? (size_t)max : 1, limit_s);
    printf("fuzz: %s: %lld inputs, no failure\n", name, (long long)c.n + (long long)done);
    for (size_t i = 0; i < c.n; i++)
        free(c.list[i].p);
    free(c.list);
    return 0;
}
