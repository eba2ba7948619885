/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widgets/marks.h"

#include <stdlib.h>

#include "base/alloc.h"

#define SIZE_MIN 64u /* a power of two, as every size is */

void marks_release(struct marks *m)
{
    free(m->slots);
    *m = (struct marks){0};
}

/* The slot where the id is, or belongs. There always is a free one. */
static uint32_t slot_of(const struct marks *m, uint64_t id)
{
    uint32_t at = (uint32_t)((id * 0x9E3779B97F4A7C15ull) >> 32) & (m->size - 1);

    while (m->slots[at] != 0 && m->slots[at] != id)
        at = (at + 1) & (m->size - 1);
    return at;
}

bool marks_has(const struct marks *m, uint64_t id)
{
    if (id == 0)
        return m->zero;
    return m->count > 0 && m->slots[slot_of(m, id)] == id;
}

static void resize(struct marks *m, uint32_t size)
{
    struct marks bigger = {.slots = xcalloc(size, sizeof(*m->slots)), .size = size};

    for (uint32_t i = 0; i < m->size; i++)
        if (m->slots[i])
            bigger.slots[slot_of(&bigger, m->slots[i])] = m->slots[i];
    free(m->slots);
    m->slots = bigger.slots;
    m->size = size;
}

/* Takes an id out and moves up what was put behind its slot because of it. */
static void take_out(struct marks *m, uint32_t at)
{
    uint64_t id;

    m->slots[at] = 0;
    m->count--;
    for (uint32_t i = (at + 1) & (m->size - 1); (id = m->slots[i]) != 0;
         i = (i + 1) & (m->size - 1)) {
        m->slots[i] = 0;
        m->slots[slot_of(m, id)] = id;
    }
}

void marks_set(struct marks *m, uint64_t id, bool marked)
{
    uint32_t at;

    if (id == 0) {
        m->zero = marked;
        return;
    }
    if (marked && (m->count + 1) * 2 > m->size)
        resize(m, KF_MAX(m->size * 2, SIZE_MIN));
    if (m->size == 0)
        return;
    at = slot_of(m, id);
    if (marked && m->slots[at] == 0) {
        m->slots[at] = id;
        m->count++;
    } else if (!marked && m->slots[at] == id) {
        take_out(m, at);
    }
}

uint32_t marks_count(const struct marks *m)
{
    return m->count + m->zero;
}

void marks_clear(struct marks *m)
{
    marks_release(m);
}

void marks_retain(struct marks *m, bool (*keep)(void *user, uint64_t id), void *user)
{
    struct marks kept = {.zero = m->zero && keep(user, 0)};

    for (uint32_t i = 0; i < m->size; i++)
        if (m->slots[i] && keep(user, m->slots[i]))
            marks_set(&kept, m->slots[i], true);
    marks_release(m);
    *m = kept;
}
