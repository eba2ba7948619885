/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_BUF_H
#define KFARM_BASE_BUF_H
/*
 * A growable run of bytes with a cap. Everything whose size follows outside data (a frame, a line
 * of a log, the output of a child) is collected in one of these; an append beyond the cap appends
 * nothing, is remembered in `overflow`, and is the owner's to report.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *p; /* len bytes, and always a NUL behind them once anything was appended */
    size_t len; /* bytes in use */
    size_t size; /* bytes allocated */
    size_t max; /* the cap on len, bytes; 0 means BUF_MAX_DEFAULT */
    bool overflow; /* an append was refused since the last buf_clear() */
};

#define BUF_MAX_DEFAULT (256u << 20)
#define BUF_INIT        ((struct buf){0})

/* Frees the memory; the buf is empty and usable again. */
void buf_release(struct buf *b);
/* Empties it and keeps the memory. */
void buf_clear(struct buf *b);
/* Makes room for n more bytes; false (and overflow) if that would pass the cap. */
bool buf_reserve(struct buf *b, size_t n);
/* Appends n bytes; false (and overflow), nothing appended, if that would pass the cap. */
bool buf_add(struct buf *b, const void *p, size_t n);
bool buf_adds(struct buf *b, const char *s);
bool buf_addc(struct buf *b, char c);
bool buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drops the first n bytes (n <= len) and moves the rest down. */
void buf_drop(struct buf *b, size_t n);
/* The content as a string; "" while empty. Valid until the next change. */
const char *buf_str(const struct buf *b);

#endif
