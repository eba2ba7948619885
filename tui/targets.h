/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_TARGETS_H
#define KFARM_TUI_TARGETS_H
/*
 * What a verb would hit: the marked rows if any are, else the selected one. Captured by id, so that
 * rows may come and go while the question stands. The row of a folded array is all of the array, if the
 * verb can work on any of its records.
 */
#include "backend/action.h"
#include "backend/taskset.h"
#include "tui/arrays.h"

struct app;

#define TARGETS_REASONS 4 /* that are told apart */

/* What a verb cannot work on, for one reason. */
struct left_out {
    const char *why; /* static text */
    uint32_t count; /* rows, or tasks of an array */
    char names[64]; /* "9, 44_[1-3], …" */
};

struct targets {
    struct action_target *v; /* owned */
    uint32_t count;
    uint32_t
        tasks; /* jobs that they stand for and the verb can work on: tasks of an array count each */
    uint32_t left_out; /* marked, but the verb cannot work on them */
    struct left_out
        left[TARGETS_REASONS]; /* … and why; the last one holds what is beyond them, too */
    int left_count;
    uint32_t hidden; /* of those jobs: a filter or a folded array hides them */
};

void targets_release(struct targets *t);
/* Those the verb can work on. */
struct targets targets_gather(const struct app *a, enum action_verb verb);
/* One target; it is copied. */
struct targets targets_of(const struct action_target *t);
/* Tasks of an array: those of `tasks` that the verb can work on, the array as a whole if it is NULL.
   -EINVAL and why in d if the array has them not, the verb can work on none of them, or they are too many
   to be named. */
int targets_of_array(const struct app *a, enum action_verb verb, const struct array *of,
    const struct taskset *tasks, struct targets *ret_targets, struct diag *d);
/* The array that these targets, if it is one, are of; NULL if they are not. */
const struct array *targets_array(const struct app *a, const struct targets *t);
/* Why it can work on none of them, in plain words, or NULL. */
const char *targets_blocked(const struct app *a, enum action_verb verb);
/* How many rows are marked that the verb would be about, 0: it is about the selected one. */
uint32_t targets_marked(const struct app *a, enum action_verb verb);

/* "42 ‘kernel_build’ of root on node2, running 00:09:41"; "node1 (drained: ‘disk full’)". As it is now in the snapshot;
   what is gone from it has no more than its id and name. What strangers chose is quoted and cut (base/quote.h), so that
   512 bytes hold it all. */
void targets_describe(const struct app *a, enum action_object object, const struct action_target *t,
    char *out, size_t size);

#endif
