/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_HOSTLIST_H
#define KFARM_BASE_HOSTLIST_H
/* Slurm's lists of nodes: "node1", "node[1-2,5],c[001-100]" (sbatch(1), --nodelist). */
#include <stdbool.h>

#define HOSTLIST_NAME      256 /* bytes of a name, with its NUL */
#define HOSTLIST_NAMES_MAX 65536u /* names of a whole list; Slurm takes as many in one range */

/* Calls fn for each name, in order and as often as it is named, until it returns false. 0; or, after
   the names before the place where it goes wrong, -EINVAL for a list that cannot be read and -ERANGE
   for one of more than HOSTLIST_NAMES_MAX names ("x[0-99999][0-99999]" is short and has 10^10). */
int hostlist_each(const char *list, bool (*fn)(void *user, const char *name), void *user);

#endif
