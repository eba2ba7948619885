/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_ORDER_H
#define KFARM_TUI_ORDER_H
/*
 * The order in which a snapshot's rows are shown, and which jobs run on which node. Derived from a
 * snapshot once, when it arrives; never kept longer than that.
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/snapshot.h"
#include "tui/arrays.h"

struct order {
    uint32_t *jobs, job_count; /* rows of the job section, in order of display */
    uint32_t job_matches; /* records that the filter lets through; job_count if nothing is folded */
    struct arrays arrays; /* of the job section */
    uint32_t *nodes, node_count;
    uint32_t *partitions, partition_count;
    uint32_t *node_start; /* node row i has on_nodes[node_start[i]] … [i + 1] - 1 */
    uint32_t *on_nodes; /* rows of jobs */
};

struct filter;

/* What is shown, and by which column it is sorted; -1: our own order (order.c says which). */
struct order_by {
    int jobs, nodes;
    bool jobs_descending, nodes_descending;
    bool builds; /* of the jobs only those that are builds */
    struct filter *job_filter, *node_filter; /* NULL: everything is shown; not owned */
    const struct folds *folds; /* arrays that are one row; NULL: none is; not owned */
};

void order_release(struct order *o);
/* Makes the order of a snapshot anew: the sections in `which` (enum refresh_want). */
void order_build(struct order *o, const struct snapshot *s, const struct order_by *by,
    int64_t now_s, uint32_t which);

/* Rows of numbers, 64-bit keys ascending, equal keys by row. */
struct order_key {
    uint64_t key;
    uint32_t row;
};
void order_sort(struct order_key *keys, uint32_t count);

/* How urgent a node's state is: 0 needs a person, 1 busy, 2 idle, 3 off on purpose. One that Slurm waits for
   (node_awaited()) is what it was, busy or idle: its row stays in its place for the moment that this mostly takes. */
int order_node_rank(const struct node *n);

#endif
