/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hostlist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

struct visit {
    bool (*fn)(void *user, const char *name);
    void *user;
    unsigned left; /* names that may still come */
};

static int each_of_item(
    const char *before, size_t n, const char *item, size_t len, struct visit *v);

/* One range of a bracket, "001-100" or "7", between what stands before and behind it. */
static int each_of_range(const char *before, size_t n, const char *range, size_t range_len,
    const char *after, size_t after_len, struct visit *v)
{
    size_t width = strspn(range, "0123456789");
    char *end;
    unsigned long from = strtoul(range, &end, 10), to = from;

    if (width == 0 || width > 18)
        return -EINVAL;
    if (width < range_len) {
        if (*end != '-' || !ascii_is_digit(end[1]))
            return -EINVAL;
        to = strtoul(end + 1, &end, 10);
    }
    if (end != range + range_len || to < from)
        return -EINVAL;
    if (to - from >= v->left)
        return -ERANGE;
    for (; from <= to; from++) {
        char name[HOSTLIST_NAME];
        int used = snprintf(name, sizeof(name), "%.*s%0*lu", (int)n, before, (int)width, from), err;

        if (used < 0 || (size_t)used >= sizeof(name))
            return -EINVAL;
        err = each_of_item(name, (size_t)used, after, after_len, v);
        if (err)
            return err;
    }
    return 0;
}

/* What is left of an item behind the n bytes `before`. 1: enough was seen. */
static int each_of_item(const char *before, size_t n, const char *item, size_t len, struct visit *v)
{
    const char *open = memchr(item, '[', len), *close, *at;
    char head[HOSTLIST_NAME];
    size_t plain = open ? (size_t)(open - item) : len;

    if (n + plain >= sizeof(head) || n + plain == 0)
        return -EINVAL;
    memmove(head, before, n);
    memcpy(head + n, item, plain);
    head[n + plain] = '\0';
    if (open == NULL) {
        if (v->left == 0)
            return -ERANGE;
        v->left--;
        return v->fn(v->user, head) ? 0 : 1;
    }
    close = memchr(open, ']', len - plain);
    if (close == NULL)
        return -EINVAL;
    for (at = open + 1; at < close;) {
        size_t range = strcspn(at, ",]");
        int err = each_of_range(
            head, n + plain, at, range, close + 1, (size_t)(item + len - close - 1), v);

        if (err)
            return err;
        at += range + (at[range] == ',');
    }
    return at == open + 1 ? -EINVAL : 0;
}

int hostlist_each(const char *list, bool (*fn)(void *user, const char *name), void *user)
{
    struct visit v = {fn, user, HOSTLIST_NAMES_MAX};

    while (*list) {
        size_t n = 0;
        int depth = 0, err;

        while (list[n] && (depth > 0 || list[n] != ',')) {
            depth += list[n] == '[' ? 1 : list[n] == ']' ? -1 : 0;
            n++;
        }
        err = n ? each_of_item("", 0, list, n, &v) : 0;
        if (err)
            return err < 0 ? err : 0;
        list += n + (list[n] == ',');
    }
    return 0;
}
