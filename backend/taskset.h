/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_TASKSET_H
#define KFARM_BACKEND_TASKSET_H
/*
 * Tasks of an array: a set of numbers, kept as ranges that ascend and do not touch. Read from what an
 * operator types ("2-5,9", "0-8:2") or Slurm writes ("1-4,8-9%2"), written as both understand it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

#define TASKSET_TASK_MAX                                                                           \
    4000000u /* Slurm's highest number of a task (slurm.conf(5), MaxArraySize) */
#define TASKSET_RANGES_MAX 65536u /* ranges that are kept; further ones are left out */

struct taskset_range {
    uint32_t from, to; /* both belong to it */
};

struct taskset {
    struct taskset_range *v; /* owned */
    uint32_t count, size;
    bool cut; /* it had more ranges than are kept */
};

void taskset_release(struct taskset *s);
/* Adds from … to; numbers may come in any order. Cheap if they ascend. */
void taskset_add(struct taskset *s, uint32_t from, uint32_t to);
/* Adds what Slurm writes of the tasks that wait; what follows a % (their limit) is no task. What cannot
   be read ends it. */
void taskset_add_slurm(struct taskset *s, const char *text);
/* Reads what was typed: numbers and ranges separated by commas, a range with a step if wanted, blanks
   around them. -EINVAL and what would be right in d: *s stays as it was. */
int taskset_parse(struct taskset *s, const char *text, struct diag *d);

uint64_t taskset_count(const struct taskset *s);
bool taskset_has(const struct taskset *s, uint32_t task);
/* Tasks of both. */
struct taskset taskset_both(const struct taskset *a, const struct taskset *b);
/* Tasks of a that are not in b. */
struct taskset taskset_without(const struct taskset *a, const struct taskset *b);
/* Writes "0-4,9". False if not all of it has room (then "" is written), or if ranges were cut. */
bool taskset_text(const struct taskset *s, char *out, size_t size);

#endif
