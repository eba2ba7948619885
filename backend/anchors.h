/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_ANCHORS_H
#define KFARM_BACKEND_ANCHORS_H
/*
 * Which of many literals occur in a line, found in one pass whatever their number: the automaton of
 * Aho and Corasick (CACM 18(6), 1975) as a plain table, its columns shared by all bytes that the
 * literals do not tell apart. It keeps the regular expressions away from the lines that cannot match.
 */
#include <stddef.h>
#include <stdint.h>

#define ANCHORS_IDS        256 /* ids are 0 … ANCHORS_IDS - 1 */
#define ANCHORS_STATES_MAX 4096 /* about the sum of all lengths */

/* A set of ids. */
struct anchors_set {
    uint64_t bits[ANCHORS_IDS / 64];
};

struct anchors;

struct anchors *anchors_new(void);
/* Takes NULL; returns NULL. */
struct anchors *anchors_free(struct anchors *a);

/* Adds the n >= 1 bytes at p for id; several literals may have one id. Not after anchors_build().
   Returns 0, or -E2BIG beyond ANCHORS_STATES_MAX. */
int anchors_add(struct anchors *a, const char *p, size_t n, unsigned id);
/* Ends the adding. */
void anchors_build(struct anchors *a);

/* The ids of all literals that occur in the n bytes at p. */
struct anchors_set anchors_find(const struct anchors *a, const char *p, size_t n);

#endif
