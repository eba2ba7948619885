/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_TARGETS_H
#define KFARM_TUI_TARGETS_H
/*
 * What a verb would hit: the marked rows if any are, else the selected one. Captured by id, so that
 * rows may come and go while the question stands.
 */
#include "backend/action.h"

struct app;

struct targets {
    struct action_target *v; /* owned */
    uint32_t count;
    uint32_t tasks; /* of one target that stands for tasks of an array: how many; else 0 or 1 */
    uint32_t left_out; /* marked, but the verb cannot work on them */
    const char *why; /* on the first of those; static text */
    uint32_t hidden; /* of v: a filter hides them */
};

void targets_release(struct targets *t);
/* Those the verb can work on. */
struct targets targets_gather(const struct app *a, enum action_verb verb);
/* One target; it is copied. */
struct targets targets_of(const struct action_target *t);
/* Why it can work on none of them, in plain words, or NULL. */
const char *targets_blocked(const struct app *a, enum action_verb verb);

/* "42 kernel_build of root on node2, running 00:09:41"; "node1 (drained: disk full)". As it is now in
   the snapshot; what is gone from it is named by its id alone. */
void targets_describe(const struct app *a, enum action_object object, const struct action_target *t,
    char *out, size_t size);

#endif
