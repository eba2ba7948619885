/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/fit_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hostlist.h"

#define OPERATORS "&|()[]*,"

bool fit_features_counted(const char *constraint)
{
    return strchr(constraint, '*') != NULL;
}

bool fit_in_list(const char *list, const char *word, size_t n)
{
    for (const char *at = list; *at;) {
        size_t len = strcspn(at, ",");

        if (len == n && memcmp(at, word, n) == 0)
            return true;
        at += len + (at[len] == ',');
    }
    return false;
}

/* Brackets are taken as parentheses: 22.05 starts "[a|b]" on two nodes of which one has a and the other b.
   Up to the closing one, or the end; *at stands behind it then. */
static bool holds(const char **at, const char *features, int depth)
{
    bool value = true, first = true;
    char op = '&';

    while (**at && !strchr(")]", **at)) {
        bool term;

        if (strchr("&|,", **at)) {
            op = **at == '|' ? '|' : '&';
            (*at)++;
            continue;
        }
        if (strchr("([", **at) && depth < 16) {
            (*at)++;
            term = holds(at, features, depth + 1);
        } else {
            size_t n = strcspn(*at, OPERATORS);

            term = fit_in_list(features, *at, n);
            *at += n ? n : 1;
        }
        value = first ? term : op == '|' ? value || term : value && term;
        first = false;
    }
    *at += **at != '\0';
    return value;
}

bool fit_has_features(const char *expression, const char *features)
{
    return expression[0] == '\0' || holds(&expression, features, 0);
}

bool fit_features_known(const char *constraint, const struct snapshot *s, char *out, size_t size)
{
    for (const char *at = constraint; *at;) {
        size_t n = strcspn(at, OPERATORS);
        bool known = n == 0, number = at > constraint && at[-1] == '*';

        for (uint32_t i = 0; i < s->node_count && !known; i++)
            known = fit_in_list(node_str(s, s->nodes[i].features), at, n);
        if (!known && !number) {
            snprintf(out, size, "%.*s", (int)n, at);
            return false;
        }
        at += n + (at[n] != '\0');
    }
    return true;
}

/* ---- names ---- */

struct look_up {
    const struct snapshot *s;
    const uint32_t *by_name; /* rows in the order of their names */
    struct fit_list *list;
    char *unknown;
    size_t size;
};

static int by_name(const void *a, const void *b, void *user)
{
    const struct snapshot *s = user;
    const uint32_t *x = a, *y = b;

    return strcmp(node_str(s, s->nodes[*x].name), node_str(s, s->nodes[*y].name));
}

static bool look_up(void *user, const char *name)
{
    struct look_up *l = user;
    uint32_t from = 0, to = l->s->node_count;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2, row = l->by_name[middle];
        int order = strcmp(name, node_str(l->s, l->s->nodes[row].name));

        if (order == 0) {
            l->list->count += !l->list->rows[row];
            l->list->rows[row] = true;
            return true;
        }
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    snprintf(l->unknown, l->size, "%s", name);
    return false;
}

int fit_list_read(
    struct fit_list *l, const struct snapshot *s, const char *list, char *unknown, size_t size)
{
    uint32_t *rows = xcalloc(s->node_count + 1, sizeof(*rows));
    struct fit_list own = {.rows = xcalloc(s->node_count + 1, sizeof(*own.rows))};
    struct look_up looking = {s, rows, &own, unknown, size};
    int err;

    unknown[0] = '\0';
    for (uint32_t i = 0; i < s->node_count; i++)
        rows[i] = i;
    qsort_r(rows, s->node_count, sizeof(*rows), by_name, (void *)s);
    err = hostlist_each(list, look_up, &looking);
    free(rows);
    if (err == 0 && unknown[0])
        err = -ENOENT;
    if (err == 0)
        *l = own;
    else
        fit_list_release(&own);
    return err;
}

void fit_list_release(struct fit_list *l)
{
    free(l->rows);
    *l = (struct fit_list){0};
}
