/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/alloc.h"

#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* With a screen open SIGABRT has a handler, which gives the terminal back; without one a plain end will do. */
static _Noreturn void give_up(void)
{
    struct sigaction now;

    if (sigaction(SIGABRT, NULL, &now) == 0 && now.sa_handler != SIG_DFL)
        abort();
    _exit(2);
}

static void *checked(void *p)
{
    static const char text[] = "kfarm-top: out of memory\n";

    if (p == NULL) {
        (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
        give_up();
    }
    return p;
}

void *xcalloc(size_t n, size_t size)
{
    return checked(calloc(n ? n : 1, size ? size : 1));
}

void *xreallocarray(void *p, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        return checked(NULL);
    return checked(realloc(p, n && size ? n * size : 1));
}

char *xstrdup(const char *s)
{
    return checked(strdup(s));
}

char *xmemdup0(const void *p, size_t n)
{
    char *copy = checked(malloc(n + 1));

    if (n)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

void alloc_keep_freed(void)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_ARENA_MAX, 1);
}
