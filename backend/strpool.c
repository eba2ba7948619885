/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/strpool.h"

#include <string.h>

void strpool_reset(struct strpool *p)
{
    buf_clear(&p->bytes);
    buf_addc(&p->bytes, '\0');
    memset(p->cache, 0, sizeof(p->cache));
}

void strpool_release(struct strpool *p)
{
    buf_release(&p->bytes);
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint32_t hash_of(const char *s, size_t *ret_len)
{
    const char *at = s;
    uint32_t h = 2166136261u;

    for (; *at; at++)
        h = (h ^ (unsigned char)*at) * 16777619u;
    *ret_len = (size_t)(at - s);
    return h;
}

strref strpool_add(struct strpool *p, const char *s, strref guess)
{
    size_t len;
    uint32_t h;
    strref ref;

    if (s == NULL || *s == '\0')
        return 0;
    if (guess && strcmp(p->bytes.p + guess, s) == 0)
        return guess;
    h = hash_of(s, &len);
    ref = p->cache[h & (STRPOOL_CACHE - 1)].ref;
    if (ref && p->cache[h & (STRPOOL_CACHE - 1)].hash == h && strcmp(p->bytes.p + ref, s) == 0)
        return ref;
    ref = (strref)p->bytes.len;
    if (!buf_add(&p->bytes, s, len + 1))
        return 0;
    p->cache[h & (STRPOOL_CACHE - 1)].hash = h;
    p->cache[h & (STRPOOL_CACHE - 1)].ref = ref;
    return ref;
}
