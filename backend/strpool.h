/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_STRPOOL_H
#define KFARM_BACKEND_STRPOOL_H
/*
 * The pool of strings of one section while it is written. Most strings of a farm recur (20 000 jobs
 * have a few names, users, directories), so each is looked up in a small cache first; a miss only
 * costs room, never correctness.
 */
#include "backend/model.h"
#include "base/buf.h"

#define STRPOOL_CACHE 4096 /* a power of two */

struct strpool {
    struct buf bytes; /* starts with "" */
    struct {
        uint32_t hash;
        strref ref; /* 0: empty place */
    } cache[STRPOOL_CACHE];
};

/* Forgets everything, keeps the memory. Call it before the first strpool_add(). */
void strpool_reset(struct strpool *p);
void strpool_release(struct strpool *p);
/* The reference of s (NULL is ""), valid until the next reset; 0 if the pool is full. `guess` is a
   reference that may well be of the same text, such as that of the record before; 0 for none. */
strref strpool_add(struct strpool *p, const char *s, strref guess);

#endif
