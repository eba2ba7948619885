/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_FIT_IMPL_H
#define KFARM_BACKEND_FIT_IMPL_H
/* Parts of fit.c: features of nodes (sbatch(1), --constraint), names, and the words of an answer.
   Private to fit*.c. */
#include <stdbool.h>
#include <stddef.h>

#include "backend/fit.h"

#define FIT_FEATURES_TEXT 256

/* Does a node with these features ("a,b") meet the expression? & and | are taken from left to right, as
   the controller does it. "" is met by all. */
bool fit_has_features(const char *expression, const char *features);
/* Every feature named is that of a node; else the first that is not, in out. */
bool fit_features_known(const char *constraint, const struct snapshot *s, char *out, size_t size);
/* It asks for numbers of nodes ("a*2"). */
bool fit_features_counted(const char *constraint);

struct fit_names {
    const struct snapshot *snapshot;
    uint32_t count;
    char unknown[256]; /* the first that no node has */
};
/* For hostlist_each(). */
bool fit_look_up(void *user, const char *name);

/* Writes f->words. */
void fit_say(struct fit *f, const struct snapshot *s, const struct request *r);

#endif
