/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_PATTERN_H
#define KFARM_BASE_PATTERN_H
/*
 * Regular expressions that a person types (pcre2pattern(3)), for filters and searches. Without a
 * capital letter they match either case. A match that backtracks too much is given up: text of
 * strangers cannot hold a key up.
 */
#include <stddef.h>

#include "base/diag.h"

struct pattern;

/* Compiles it. NULL, and in d what is wrong and where, if it is none. */
struct pattern *pattern_new(const char *text, struct diag *d);
/* Takes NULL; returns NULL. */
struct pattern *pattern_free(struct pattern *p);

/*
 * Looks for it in len bytes of text (UTF-8; invalid bytes match nothing) from `from` on. Returns 1 and
 * the match's bytes in *ret_start, *ret_end (both may be NULL); 0 if it is not there; -ELOOP if it
 * was given up.
 */
int pattern_find(const struct pattern *p, const char *text, size_t len, size_t from,
    size_t *ret_start, size_t *ret_end);

#endif
