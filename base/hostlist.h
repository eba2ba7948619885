/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_HOSTLIST_H
#define KFARM_BASE_HOSTLIST_H
/* Slurm's lists of nodes: "node1", "node[1-2,5],c[001-100]" (sbatch(1), --nodelist). */
#include <stdbool.h>
#include <stddef.h>

#define HOSTLIST_NAME 256 /* bytes of a name, with its NUL */

/* Calls fn for each name, in order, until it returns false. 0; or -EINVAL for a list that cannot be
   read, after the names before the place where it goes wrong. */
int hostlist_each(const char *list, bool (*fn)(void *user, const char *name), void *user);
bool hostlist_has(const char *list, const char *name);

#endif
