/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps are nearly all lines of a build, and nearly all of them begin like one before: "  CC      ". So
 * what stands before the target is remembered, with all that depends on it, and a whole run of such lines
 * is counted without a regular expression. Only rules that say `head = yes` are remembered.
 */
#include <string.h>

#include "backend/build_impl.h"
#include "base/alloc.h"

static uint64_t load(const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static unsigned slot_of(uint64_t start)
{
    return (unsigned)((start * UINT64_C(0x9e3779b97f4a7c15)) >> 57);
}

_Static_assert(STEP_SLOTS == 128, "slot_of() gives 7 bits");

/* Of the few heads that are longer than two words: whether what is behind those is the same. */
static bool same_end(const struct step_head *h, const char *p)
{
    const size_t words = 2 * sizeof(h->start);

    return h->len <= words || memcmp(p + words, h->text + words, h->len - words) == 0;
}

static bool begins_with(const struct step_head *h, const char *p, size_t n)
{
    return h->start == load(p) && (load(p + sizeof(h->start)) & h->rest_mask) == h->rest &&
           n > h->len && same_end(h, p) && (h->behind || (p[h->len] != ' ' && p[h->len] != '\n'));
}

/* The head that the n bytes at p begin with; NULL. It is mostly that of the line before, `guess`; NULL. A shorter line
   is left to the rules. */
static const struct step_head *find_head(
    const struct build *b, const char *p, size_t n, const struct step_head *guess)
{
    if (n < 2 * sizeof(uint64_t))
        return NULL;
    if (guess && begins_with(guess, p, n))
        return guess;
    for (unsigned at = slot_of(load(p)); b->head_slots[at]; at = (at + 1) % STEP_SLOTS) {
        const struct step_head *h = &b->heads[b->head_slots[at] - 1];

        if (begins_with(h, p, n))
            return h;
    }
    return NULL;
}

/* How much of a line that a rule matched is its head. */
static size_t head_length(const char *text, const struct log_match_span *tag,
    const struct log_match_span *target, const char *behind)
{
    const size_t least = sizeof(uint64_t);
    const char *blank;

    if (behind == NULL)
        return target->start;
    blank = memchr(text + tag->start + tag->len, ' ', target->start - tag->start - tag->len);
    return blank ? KF_MAX((size_t)(blank - text) + 1, least) : 0;
}

/* Of a line that a rule matched whose head decides. */
static void remember(struct build *b, const char *text, const struct log_match_span *tag,
    const struct log_match_span *target, const char *behind)
{
    struct step_head *h = &b->heads[b->head_count];
    char mask[2 * sizeof(h->start)] = {0};
    size_t len;
    unsigned at;

    if (b->head_count == STEP_HEADS || tag->start + tag->len > target->start)
        return;
    len = head_length(text, tag, target, behind);
    if (len < sizeof(h->start) || len > sizeof(h->text) || len > target->start ||
        target->start + target->len < sizeof(mask) ||
        find_head(b, text, target->start + target->len, NULL))
        return;
    *h = (struct step_head){.start = load(text),
        .len = (uint8_t)len,
        .behind = behind,
        .tag = (uint8_t)tag->start,
        .tag_len = (uint8_t)tag->len,
        .rows = phase_rows(text + tag->start, tag->len)};
    memcpy(h->text, text, h->len);
    memset(mask, 0xff, KF_MIN((size_t)h->len, sizeof(mask)) - sizeof(h->start));
    h->rest_mask = load(mask);
    h->rest = load(h->text + sizeof(h->start)) & h->rest_mask;
    at = slot_of(h->start);
    while (b->head_slots[at])
        at = (at + 1) % STEP_SLOTS;
    b->head_slots[at] = (uint8_t)++b->head_count;
}

static bool is(const char *name, const char *target, size_t n)
{
    return n == strlen(name) && memcmp(name, target, n) == 0;
}

/* The first thing that every kernel compiles, and that `make clean` removes (Kbuild); and the first tool that is
   made for that, which stays (scripts/basic/Makefile). */
static void note_beginning(struct build_file *f, const char *target, size_t n)
{
    f->clean |= is("kernel/bounds.s", target, n);
    f->scratch |= is("scripts/basic/fixdep", target, n);
}

static void keep_last(struct build *b, int file, const char *target, size_t n)
{
    struct build_file *f = &b->file[file];

    n = KF_MIN(n, sizeof(f->last_step) - 1);
    memcpy(f->last_step, target, n);
    f->last_step[n] = '\0';
    b->last_file = file;
}

static const struct phase_rows *rows_of(struct build *b, const char *tag, size_t len)
{
    struct step_tag *t = &b->tag;

    if (len > 0 && t->len == len && memcmp(t->name, tag, len) == 0)
        return &t->rows;
    t->rows = phase_rows(tag, len);
    t->len = len <= sizeof(t->name) ? len : 0;
    memcpy(t->name, tag, t->len);
    return &t->rows;
}

void build_step(struct build *b, int file, const char *text, const struct log_match *m,
    const struct logrule_info *info)
{
    struct build_file *f = &b->file[file];
    const struct log_match_span *tag = log_match_span(m, LOG_SPAN_TAG);
    const struct log_match_span *target = log_match_span(m, LOG_SPAN_TARGET);

    if (tag == NULL || target == NULL)
        return;
    keep_last(b, file, text + target->start, target->len);
    note_beginning(f, text + target->start, target->len);
    f->phase = phase_after(
        rows_of(b, text + tag->start, tag->len), f->phase, text + target->start, target->len);
    if (info->head)
        remember(b, text, tag, target, info->behind);
}

/* As \s in a pattern. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Narrows the *n bytes at *p behind a head to the target. False if it is not there: what the line is the rules shall
   say. */
static bool find_target(const struct step_head *h, const char **p, size_t *n)
{
    size_t len, at, end;

    if (h->behind == NULL)
        return true;
    len = strlen(h->behind);
    for (at = *n; at >= len; at--)
        if ((*p)[at - len] == *h->behind && memcmp(*p + at - len, h->behind, len) == 0)
            break;
    for (end = at; end < *n && !is_space((*p)[end]);)
        end++;
    *p += at;
    *n = end - at;
    return at >= len && end > at;
}

size_t build_quick(struct build *b, int file, const char *p, size_t n)
{
    struct build_file *f = &b->file[file];
    const char *at = p, *end = p + n, *last = NULL;
    const struct step_head *h = NULL;
    size_t last_len = 0;

    if (f->dying)
        return 0;
    while ((h = find_head(b, at, (size_t)(end - at), h)) != NULL) {
        const char *target = at + h->len, *newline = memchr(target, '\n', (size_t)(end - target));
        size_t len = newline ? (size_t)(newline - target) : 0;

        if (newline == NULL || newline - at > LOG_LINE_MAX || !find_target(h, &target, &len))
            break;
        last = target;
        last_len = len;
        f->quick[h - b->heads]++;
        if (h->rows.beyond[f->phase])
            f->phase = phase_after(&h->rows, f->phase, target, len);
        note_beginning(f, target, len);
        f->lines++;
        at = newline + 1;
    }
    if (last)
        keep_last(b, file, last, last_len);
    return (size_t)(at - p);
}

/* Adds what was counted quickly to the rest. */
void build_settle(struct build *b)
{
    for (int i = 0; i < b->files; i++) {
        struct build_file *f = &b->file[i];

        for (int k = 0; k < b->head_count; k++) {
            const struct step_head *h = &b->heads[k];

            if (f->quick[k])
                logcount_add_steps(&f->count, h->text + h->tag, h->tag_len, f->quick[k]);
            f->quick[k] = 0;
        }
    }
}
