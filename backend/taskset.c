/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/taskset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void taskset_release(struct taskset *s)
{
    free(s->v);
    *s = (struct taskset){0};
}

/* The first range that ends at `task` or beyond it; count if there is none. */
static uint32_t find(const struct taskset *s, uint32_t task)
{
    uint32_t lo = 0, hi = s->count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (s->v[mid].to < task)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void taskset_add(struct taskset *s, uint32_t from, uint32_t to)
{
    uint32_t at, end;

    if (from > to || to > TASKSET_TASK_MAX)
        return;
    at = find(s, from ? from - 1 : 0); /* one that ends just before it grows by it */
    for (end = at; end < s->count && s->v[end].from <= to + 1; end++) {
        from = KF_MIN(from, s->v[end].from);
        to = KF_MAX(to, s->v[end].to);
    }
    if (end == at) {
        if (s->count == TASKSET_RANGES_MAX) {
            s->cut = true;
            return;
        }
        if (s->count == s->size) {
            s->size = KF_MAX(s->size * 2, 4u);
            s->v = xreallocarray(s->v, s->size, sizeof(*s->v));
        }
        end = at + 1;
        memmove(&s->v[end], &s->v[at], (s->count - at) * sizeof(*s->v));
        s->count++;
    } else if (end - at > 1) { /* it joins several */
        memmove(&s->v[at + 1], &s->v[end], (s->count - end) * sizeof(*s->v));
        s->count -= end - at - 1;
    }
    s->v[at] = (struct taskset_range){from, to};
}

static void add_steps(struct taskset *s, uint32_t from, uint32_t to, uint32_t step)
{
    if (step <= 1) {
        taskset_add(s, from, to);
        return;
    }
    for (uint64_t task = from; task <= to && !s->cut; task += step)
        taskset_add(s, (uint32_t)task, (uint32_t)task);
}

/* Digits at *at; false if there are none, or the number is larger than any task's. */
static bool take_number(const char **at, uint32_t *ret_number)
{
    uint32_t number = 0;
    const char *p = *at;

    for (; *p >= '0' && *p <= '9'; p++) {
        number = number * 10 + (uint32_t)(*p - '0');
        if (number > TASKSET_TASK_MAX)
            return false;
    }
    if (p == *at)
        return false;
    *at = p;
    *ret_number = number;
    return true;
}

void taskset_add_slurm(struct taskset *s, const char *text)
{
    uint32_t from, to, step;

    while (take_number(&text, &from)) {
        to = from;
        step = 1;
        if (*text == '-' && (text++, !take_number(&text, &to)))
            return;
        if (*text == ':' && (text++, !take_number(&text, &step)))
            return;
        add_steps(s, from, to, step);
        if (*text != ',')
            return;
        text++;
    }
}

/* ---- what was typed ---- */

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " ");
}

/* One number or range. */
static int parse_part(struct taskset *s, const char **at, struct diag *d)
{
    int n = (int)strcspn(*at, ",");
    const char *part = *at;
    uint32_t from, to, step = 1;

    if (n == 0)
        return diag_set(d, -EINVAL, "a number is missing: tasks are named as in 2-5,9 or 0-8:2");
    if (!take_number(at, &from))
        return diag_set(
            d, -EINVAL, "\"%.*s\" is no task: numbers and ranges as in 2-5,9 or 0-8:2", n, part);
    to = from;
    if (**at == '-') {
        ++*at;
        if (!take_number(at, &to))
            return diag_set(d, -EINVAL, "\"%.*s\": a range is FIRST-LAST, as 2-5", n, part);
        if (to < from)
            return diag_set(
                d, -EINVAL, "\"%.*s\" goes backwards: %u-%u would be right", n, part, to, from);
    }
    if (**at == ':') {
        ++*at;
        if (to == from || !take_number(at, &step) || step == 0)
            return diag_set(
                d, -EINVAL, "\"%.*s\": a step is a number behind a range, as 0-8:2", n, part);
    }
    skip_blanks(at);
    if (**at != ',' && **at != '\0')
        return diag_set(
            d, -EINVAL, "\"%.*s\" is no task: numbers and ranges as in 2-5,9 or 0-8:2", n, part);
    add_steps(s, from, to, step);
    return 0;
}

int taskset_parse(struct taskset *s, const char *text, struct diag *d)
{
    struct taskset got = {0};
    int err;

    do {
        skip_blanks(&text);
        err = parse_part(&got, &text, d);
    } while (err == 0 && *text++ == ',');
    if (err == 0 && got.cut)
        err = diag_set(d, -EINVAL, "those are too many tasks that are not in a row");
    if (err < 0) {
        taskset_release(&got);
        return err;
    }
    taskset_release(s);
    *s = got;
    return 0;
}

/* ---- questions ---- */

uint64_t taskset_count(const struct taskset *s)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < s->count; i++)
        count += (uint64_t)s->v[i].to - s->v[i].from + 1;
    return count;
}

bool taskset_has(const struct taskset *s, uint32_t task)
{
    uint32_t at = find(s, task);

    return at < s->count && s->v[at].from <= task;
}

struct taskset taskset_both(const struct taskset *a, const struct taskset *b)
{
    struct taskset both = {0};

    for (uint32_t i = 0, k = 0; i < a->count && k < b->count;) {
        const struct taskset_range *x = &a->v[i], *y = &b->v[k];

        taskset_add(&both, KF_MAX(x->from, y->from), KF_MIN(x->to, y->to)); /* nothing if apart */
        if (x->to < y->to)
            i++;
        else
            k++;
    }
    return both;
}

struct taskset taskset_without(const struct taskset *a, const struct taskset *b)
{
    struct taskset rest = {0};

    for (uint32_t i = 0; i < a->count; i++) {
        uint32_t from = a->v[i].from, to = a->v[i].to;

        for (uint32_t k = find(b, from); k < b->count && b->v[k].from <= to && from <= to; k++) {
            if (b->v[k].from > from)
                taskset_add(&rest, from, b->v[k].from - 1);
            from = b->v[k].to + 1;
        }
        taskset_add(&rest, from, to);
    }
    return rest;
}

bool taskset_text(const struct taskset *s, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < s->count; i++) {
        const struct taskset_range *r = &s->v[i];
        int n = r->from == r->to
                    ? snprintf(out + used, size - used, "%s%u", i ? "," : "", r->from)
                    : snprintf(out + used, size - used, "%s%u-%u", i ? "," : "", r->from, r->to);

        if (n < 0 || (size_t)n >= size - used) {
            out[0] = '\0';
            return false;
        }
        used += (size_t)n;
    }
    return !s->cut;
}
