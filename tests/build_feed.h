/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_BUILD_FEED_H
#define KFARM_TESTS_BUILD_FEED_H
/* Bytes of a log into a build, in pieces of any size, and all that comes out of it as text. */
#include <stdlib.h>

#include "backend/build.h"
#include "backend/logproto.h"
#include "backend/logsplit.h"
#include "base/alloc.h"
#include "base/buf.h"

struct feed {
    const struct logrule_set *rules;
    struct build *build;
    int file;
};

static inline void feed_line(void *user, const char *text, size_t len, uint8_t flags, size_t rest)
{
    struct feed *f = user;
    struct log_match m;

    (void)flags;
    (void)rest;
    logrule_match(f->rules, text, len, &m);
    build_line(f->build, f->file, text, len, &m);
}

static inline size_t feed_quick(void *user, const char *p, size_t n)
{
    struct feed *f = user;

    return build_quick(f->build, f->file, p, n);
}

/* The size of the next piece; of n bytes that are left. */
typedef size_t piece_fn(void *user, size_t n);

/* One file, whole; its last line counts without a newline, too. */
static inline void feed_file(struct feed *f, const char *p, size_t n, piece_fn *piece, void *user)
{
    struct logsplit s;
    const char *rest;
    size_t len;
    uint8_t flags;

    logsplit_init(&s, LOG_LINE_MAX);
    if (piece == NULL) { /* in pieces every line is looked at by itself */
        s.quick = feed_quick;
        s.quick_user = f;
    }
    for (size_t at = 0, size; at < n; at += size) {
        char *exact;

        size = piece ? piece(user, n - at) : n;
        exact = xmemdup0(p + at, size); /* so that a sanitizer sees every step too far */
        logsplit_feed(&s, exact, size, feed_line, f);
        free(exact);
    }
    if (logsplit_unfinished(&s, &rest, &len, &flags))
        feed_line(f, rest, len, flags, 0);
    logsplit_release(&s);
}

static inline void dump_diag(struct buf *out, const struct build_diag *d)
{
    buf_addf(out, "%s %d:%lld %s|%lld|%lld|%s|%s|%s|%s|%s|%d%d|%llu\n%s\n",
        log_level_name(d->level), d->file, (long long)d->line, d->source, (long long)d->source_line,
        (long long)d->column, d->message, d->flag, d->target, d->tool, d->unit, d->echo, d->fatal,
        (unsigned long long)d->count, d->context);
}

static inline void dump_build(struct buf *out, struct build *b)
{
    struct build_report r = build_judge(b);
    struct logcount *steps = xcalloc(1, sizeof(*steps));

    build_steps(b, steps);
    buf_addf(out, "%s %s %s %s %llu %llu %s %s %d\n", build_result_name(r.result),
        log_cause_name(r.cause), build_phase_name(r.phase), build_basis_name(r.basis),
        (unsigned long long)r.errors, (unsigned long long)r.warnings, r.image ? r.image : "-",
        r.last_step, r.clean);
    if (r.first)
        dump_diag(out, r.first);
    for (size_t i = 0; i < build_diag_count(b); i++)
        dump_diag(out, build_diag(b, i));
    for (int i = 0; i < steps->tags; i++)
        buf_addf(out, "%s %lld\n", steps->tag[i].name, (long long)steps->tag[i].n);
    for (int i = 0; i < LOG_LEVEL_COUNT; i++)
        buf_addf(out, "%s %lld\n", log_level_name((enum log_level)i), (long long)steps->level[i]);
    free(steps);
}

#endif
