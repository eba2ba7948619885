/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_FNV_H
#define KFARM_BASE_FNV_H
/* FNV-1a, 64 bits (Fowler, Noll and Vo; RFC 9923): for telling texts apart, not against those who want to be alike. */
#include <stddef.h>
#include <stdint.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)

/* The hash of what stood before and the n bytes at p. */
static inline uint64_t fnv_add(uint64_t hash, const void *p, size_t n)
{
    const unsigned char *c = p;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ c[i]) * UINT64_C(0x100000001b3);
    return hash;
}

#endif
