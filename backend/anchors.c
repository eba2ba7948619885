/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While literals are added, `next` is a trie with one column per byte value and 0 for "no edge" (0
 * is the root, to which no edge leads). anchors_build() completes it to a deterministic automaton
 * breadth first: a missing edge becomes the one of the state for the longest proper suffix, and a
 * state also announces what that suffix announces. Then the columns are folded into classes: a byte
 * that is in no literal leads to the root from everywhere, like all others of its kind.
 */
#include "backend/anchors.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct state {
    struct anchors_set found;
    uint16_t suffix; /* the state of the longest proper suffix */
    bool any; /* found is not empty */
};

#define ANNOUNCES 0x80000000u /* in `next`: the state it leads to has ids in `found` */
#define LANES     4 /* parts of a long line that are looked at side by side */
#define LONG      256 /* bytes from which on that pays */

struct anchors {
    unsigned states;
    unsigned classes;
    uint8_t class_of[256];
    struct state *state;
    uint16_t (*trie)[256]; /* until anchors_build() */
    uint32_t *next; /* states × classes, after it; a state is the offset of its row */
    size_t longest; /* literal */
};

struct anchors *anchors_new(void)
{
    struct anchors *a = xcalloc(1, sizeof(*a));

    a->states = 1;
    a->state = xcalloc(ANCHORS_STATES_MAX, sizeof(*a->state));
    a->trie = xcalloc(ANCHORS_STATES_MAX, sizeof(*a->trie));
    return a;
}

struct anchors *anchors_free(struct anchors *a)
{
    if (a) {
        free(a->state);
        free(a->trie);
        free(a->next);
        free(a);
    }
    return NULL;
}

int anchors_add(struct anchors *a, const char *p, size_t n, unsigned id)
{
    unsigned s = 0;

    a->longest = KF_MAX(a->longest, n);
    for (size_t i = 0; i < n; i++) {
        uint16_t *edge = &a->trie[s][(unsigned char)p[i]];

        if (*edge == 0) {
            if (a->states == ANCHORS_STATES_MAX)
                return -E2BIG;
            *edge = (uint16_t)a->states++;
        }
        s = *edge;
    }
    a->state[s].found.bits[id / 64] |= UINT64_C(1) << id % 64;
    a->state[s].any = true;
    return 0;
}

static void inherit(struct state *to, const struct state *from)
{
    for (size_t i = 0; i < KF_LEN(to->found.bits); i++)
        to->found.bits[i] |= from->found.bits[i];
    to->any |= from->any;
}

static void complete(struct anchors *a)
{
    uint16_t *queue = xcalloc(a->states, sizeof(*queue));
    unsigned head = 0, tail = 0;

    for (unsigned c = 0; c < 256; c++)
        if (a->trie[0][c])
            queue[tail++] = a->trie[0][c];
    while (head < tail) {
        unsigned s = queue[head++];
        unsigned suffix = a->state[s].suffix;

        inherit(&a->state[s], &a->state[suffix]);
        for (unsigned c = 0; c < 256; c++) {
            unsigned child = a->trie[s][c];

            if (child) {
                a->state[child].suffix = a->trie[suffix][c];
                queue[tail++] = (uint16_t)child;
            } else {
                a->trie[s][c] = a->trie[suffix][c];
            }
        }
    }
    free(queue);
}

void anchors_build(struct anchors *a)
{
    bool used[256] = {false};

    for (unsigned s = 0; s < a->states; s++)
        for (unsigned c = 0; c < 256; c++)
            used[c] |= a->trie[s][c] != 0;
    complete(a);
    a->classes = memchr(used, false, sizeof(used)) ? 1 : 0; /* class 0: bytes of no literal */
    for (unsigned c = 0; c < 256; c++)
        a->class_of[c] = used[c] ? (uint8_t)a->classes++ : 0;
    a->next = xcalloc((size_t)a->states * a->classes, sizeof(*a->next));
    for (unsigned s = 0; s < a->states; s++)
        for (unsigned c = 0; c < 256; c++) {
            unsigned to = a->trie[s][c];

            a->next[(size_t)s * a->classes + a->class_of[c]] =
                to * a->classes | (a->state[to].any ? ANNOUNCES : 0);
        }
    free(a->trie);
    a->trie = NULL;
}

static uint32_t step(const struct anchors *a, uint32_t s, char c, struct state *all)
{
    s = a->next[s + a->class_of[(unsigned char)c]];
    if (s & ANNOUNCES) {
        s &= ~ANNOUNCES;
        inherit(all, &a->state[s / a->classes]);
    }
    return s;
}

/* A step waits for the one before. So a long line is looked at in parts, side by side, each of which
   begins early enough to find what reaches into it. */
static size_t find_side_by_side(const struct anchors *a, const char *p, size_t n, struct state *all)
{
    size_t overlap = a->longest - 1, part = (n - overlap) / LANES, end = part + overlap;
    uint32_t s[LANES] = {0};

    for (size_t i = 0; i < end; i++)
        for (size_t k = 0; k < LANES; k++)
            s[k] = step(a, s[k], p[k * part + i], all);
    return (LANES - 1) * part + end - overlap; /* the rest is found by the next part */
}

struct anchors_set anchors_find(const struct anchors *a, const char *p, size_t n)
{
    struct state all = {0};
    uint32_t s = 0;
    size_t at = 0;

    if (n >= LONG && a->longest < LONG / LANES)
        at = find_side_by_side(a, p, n, &all);
    for (; at < n; at++)
        s = step(a, s, p[at], &all);
    return all.found;
}
