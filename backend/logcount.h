/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGCOUNT_H
#define KFARM_BACKEND_LOGCOUNT_H
/*
 * How many lines of each level, and how many kbuild steps of each tag. The tags of a kernel are some
 * hundred; a log with more (it is not one of kbuild) has the rest in its levels only.
 */
#include <stddef.h>
#include <stdint.h>

#include "backend/logrule.h"
#include "base/buf.h"

#define LOGCOUNT_TAGS 160
#define LOGCOUNT_TAG  24 /* bytes of a tag, NUL included; longer ones are cut */

struct logcount {
    int64_t level[LOG_LEVEL_COUNT];
    struct logcount_tag {
        char name[LOGCOUNT_TAG];
        int64_t n;
    } tag[LOGCOUNT_TAGS];
    int tags;
};

/* Counts a line `text` that was recognised as m. */
void logcount_add(struct logcount *c, const char *text, const struct log_match *m);
/* Counts n steps of a tag. */
void logcount_add_steps(struct logcount *c, const char *tag, size_t len, int64_t n);
/* Adds all of `other`. */
void logcount_merge(struct logcount *c, const struct logcount *other);
/* Puts the tags that were seen most first. */
void logcount_sort(struct logcount *c);

#endif
