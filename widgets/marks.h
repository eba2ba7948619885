/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_WIDGETS_MARKS_H
#define KFARM_WIDGETS_MARKS_H
/* The rows an operator has marked: a set of ids (as of struct table_source). Ids are kept, not rows, so
   that a mark stays on its job whatever the table does. */
#include <stdbool.h>
#include <stdint.h>

struct marks {
    uint64_t *slots; /* open addressing; an id is stored as it is, 0 is free */
    uint32_t size, count; /* slots; ids in them */
    bool zero; /* is id 0 marked? */
};

void marks_release(struct marks *m);
bool marks_has(const struct marks *m, uint64_t id);
void marks_set(struct marks *m, uint64_t id, bool marked);
/* Number of ids marked. */
uint32_t marks_count(const struct marks *m);
void marks_clear(struct marks *m);
/* Forgets those for which `keep` says no. */
void marks_retain(struct marks *m, bool (*keep)(void *user, uint64_t id), void *user);

#endif
