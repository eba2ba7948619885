/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_ALLOC_H
#define KFARM_BASE_ALLOC_H
/*
 * Small allocations end the program in one place: no caller can do anything sensible about a missing hundred
 * bytes, and a checked-everywhere style hides the real logic. It says "out of memory"; the exit status is 2, or that
 * of SIGABRT if a handler of it has to give the terminal back. Sizes that follow outside data are
 * capped by their owner before they get here (see buf.h).
 */
#include <stddef.h>

/* Zeroed memory for n objects of size bytes; never NULL; free() it. Ends the program on overflow. */
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

/* Like realloc for n objects of size bytes; never NULL for n * size > 0; ends it on overflow. */
void *xreallocarray(void *p, size_t n, size_t size);

/* A copy of the string s; never NULL; free() it. */
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));

/* A copy of the n bytes at p with a NUL behind them; never NULL; free() it. */
char *xmemdup0(const void *p, size_t n) __attribute__((malloc, returns_nonnull));

/* Keeps freed memory for the next time instead of giving it back to the kernel: for a process that
   needs the same megabytes again every few seconds, touching new pages costs ten times the work. */
void alloc_keep_freed(void);

#define KF_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define KF_MIN(a, b)  ((a) < (b) ? (a) : (b))
#define KF_MAX(a, b)  ((a) > (b) ? (a) : (b))

#endif
