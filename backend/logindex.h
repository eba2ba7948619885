/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGINDEX_H
#define KFARM_BACKEND_LOGINDEX_H
/*
 * The lines of a file by number, all of them or those that pass a test, however long the file is. It is read
 * once from its beginning, in steps; of it is kept where some of the lines begin (at most LOGINDEX_MARKS of
 * them, so the memory has a bound), and from there lines are read again when they are asked for.
 *
 * A line has two numbers, both from 0: its own in the file, and its place among those that pass. Lines are
 * those of logsplit.h. Holes of a sparse file are not read: they hold no newline.
 *
 * The file is opened anew for every step and page, for the reasons given in logtail.h. One that is another
 * file, or shorter than what has been read, is read anew, and `restarts` counts it; that a file was
 * rewritten in place is for the caller to notice (logtail.h does).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/logsplit.h"

#define LOGINDEX_MARKS 16384

/* Whether a line passes. */
typedef bool logindex_pass_fn(void *user, const char *text, size_t len);

struct logindex_test {
    logindex_pass_fn *pass; /* NULL: every line does */
    /* Whoever takes whole lines off that do not pass before they are looked at one by one; may be NULL. */
    logsplit_quick_fn *skip;
    void *user;
    size_t chunk; /* bytes read at a time; 0: 256 KiB */
    int64_t stride; /* bytes between two marks, at first; 0: 64 KiB */
};

struct logindex_state {
    int64_t lines; /* read so far, without an unfinished one at the end */
    int64_t passed; /* of these; and of an unfinished one, once the end has been reached */
    int64_t read, size; /* bytes; size -1: not known */
    bool complete; /* all that was there at the last step has been read */
    int error; /* positive errno of the last step, EISDIR and ENOTSUP as in logproto.h; 0 */
    uint32_t restarts;
};

/* Valid during the callback only. */
struct logindex_line {
    int64_t number; /* in the file */
    const char *text; /* len bytes */
    size_t len;
    uint8_t flags; /* LOG_LINE_CUT, _BINARY, _PARTIAL of logproto.h */
};

typedef void logindex_fn(void *user, const struct logindex_line *line);

struct logindex;

/* The path is copied. Never NULL. */
struct logindex *logindex_new(const char *path, const struct logindex_test *test);
/* Takes NULL; returns NULL. */
struct logindex *logindex_free(struct logindex *x);
/* Nothing from this byte on is read until there is another limit: as if the file ended there; -1: no limit. */
void logindex_limit(struct logindex *x, int64_t limit);
/* Forgets what it read: the file begins anew. */
void logindex_restart(struct logindex *x);

/* Reads on, some MiB of it. True if there is more. */
bool logindex_step(struct logindex *x);
const struct logindex_state *logindex_state(const struct logindex *x);

/* Hands out at most n lines that pass, from the first-th of them on, as many as have been read: the number of
   lines, fewer if they lie so far apart that it would take too long, or a negative errno if the file cannot be
   read. */
int64_t logindex_page(struct logindex *x, int64_t first, int64_t n, logindex_fn *fn, void *user);

/* The place among those that pass of the first one whose number in the file is at least this, or that begins
   at this byte or behind it. What has not been read yet is not seen: `passed` if there is none. */
int64_t logindex_at_line(struct logindex *x, int64_t number);
int64_t logindex_at_byte(struct logindex *x, int64_t offset);

#endif
