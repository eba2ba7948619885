/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/fit_impl.h"

#include <stdio.h>
#include <string.h>

#define OPERATORS "&|()[]*,"

bool fit_features_counted(const char *constraint)
{
    return strchr(constraint, '*') != NULL;
}

static bool has(const char *features, const char *name, size_t n)
{
    for (const char *at = features; *at;) {
        size_t len = strcspn(at, ",");

        if (len == n && memcmp(at, name, n) == 0)
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

            term = has(features, *at, n);
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
            known = has(node_str(s, s->nodes[i].features), at, n);
        if (!known && !number) {
            snprintf(out, size, "%.*s", (int)n, at);
            return false;
        }
        at += n + (at[n] != '\0');
    }
    return true;
}

bool fit_look_up(void *user, const char *name)
{
    struct fit_names *names = user;

    if (snapshot_node(names->snapshot, name))
        names->count++;
    else
        snprintf(names->unknown, sizeof(names->unknown), "%s", name);
    return names->unknown[0] == '\0';
}
