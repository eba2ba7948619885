/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_FIT_IMPL_H
#define KFARM_BACKEND_FIT_IMPL_H
/* Parts of fit.c: features of nodes (sbatch(1), --constraint), lists of names, and the words of an
   answer. Private to fit*.c. */
#include <stdbool.h>
#include <stddef.h>

#include "backend/fit.h"
#include "base/alloc.h"

#define FIT_FEATURES_TEXT 256

/* Does a node with these features ("a,b") meet the expression? & and | are taken from left to right, as
   the controller does it. "" is met by all. */
bool fit_has_features(const char *expression, const char *features);
/* Every feature named is that of a node; else the first that is not, in out. */
bool fit_features_known(const char *constraint, const struct snapshot *s, char *out, size_t size);
/* It asks for numbers of nodes ("a*2"). */
bool fit_features_counted(const char *constraint);

/* Is this word of n bytes among those of "a,b,c"? */
bool fit_in_list(const char *list, const char *word, size_t n);

/* The nodes that a list of names means (base/hostlist.h). */
struct fit_list {
    bool *rows; /* for each row of the snapshot: is it named? NULL: none is */
    uint32_t count; /* rows that are named */
};
/* Looks every name up, in time that grows with the names and the nodes, not with their product. 0, and
   *l is to be released; hostlist_each()'s errors; or -ENOENT with the name that no node has. */
int fit_list_read(
    struct fit_list *l, const struct snapshot *s, const char *list, char *unknown, size_t size);
void fit_list_release(struct fit_list *l);
static inline bool fit_list_has(const struct fit_list *l, uint32_t row)
{
    return l->rows && l->rows[row];
}

/* What an empty node has for jobs: CPUs, and MiB without those of MemSpecLimit. */
static inline uint32_t fit_node_cpus(const struct node *n)
{
    return n->cpus_usable ? n->cpus_usable : n->cpus;
}
static inline uint64_t fit_node_mb(const struct node *n)
{
    return n->mem_mb - KF_MIN(n->mem_spec_mb, n->mem_mb);
}

/* Writes f->words. */
void fit_say(struct fit *f, const struct snapshot *s, const struct request *r);

#endif
