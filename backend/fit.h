/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_FIT_H
#define KFARM_BACKEND_FIT_H
/*
 * Where on the farm a request can run: each node yes or why not, and all together. It follows what the
 * controller compares (src/slurmctld/node_scheduler.c, src/plugins/select/cons_tres), as far as the
 * snapshot knows it; tried against `sbatch --test-only` of 22.05 in tests/test_e2e_check.c. What it
 * leaves to sbatch (licences, reservations, counted features) it says in a note.
 */
#include <stdint.h>

#include "backend/findings.h"
#include "backend/request.h"
#include "backend/snapshot.h"

enum fit_answer {
    FIT_NO,
    FIT_LATER, /* once others have given back CPUs or memory */
    FIT_NOW,
    FIT_ANSWER_COUNT
};

/* Why a node does not take a task of it. */
enum fit_reason {
    FIT_OTHER_PARTITION = 1 << 0,
    FIT_NOT_LISTED = 1 << 1, /* --nodelist names others, and no more are wanted */
    FIT_EXCLUDED = 1 << 2,
    FIT_OUT_OF_SERVICE = 1 << 3, /* down, drained, powered off … */
    FIT_FEATURES = 1 << 4,
    FIT_GRES = 1 << 5,
    FIT_CPUS = 1 << 6,
    FIT_MEMORY = 1 << 7,
    FIT_TMP = 1 << 8,
    FIT_LAYOUT = 1 << 9, /* sockets, cores, threads */
    /* and why not now */
    FIT_BUSY_CPUS = 1 << 10,
    FIT_BUSY_MEMORY = 1 << 11,
    FIT_NOT_IDLE = 1 << 12, /* the job wants the node for itself */
    FIT_NOT_TAKEN = 1 << 13, /* its partition does not take the job: struct fit, refusal */
};

struct fit_node {
    uint32_t node; /* row of the snapshot */
    uint32_t reasons; /* enum fit_reason; 0: it fits now */
    uint32_t tasks, tasks_now; /* as many it holds when empty, and now */
};

struct fit {
    enum fit_answer answer;
    const struct partition *partition; /* in which it was tried; NULL: there is none */
    char refusal[192]; /* why that partition does not take the job, wherever it fits; "": it does */
    struct fit_node *nodes; /* every node of the snapshot, in its order */
    uint32_t count;
    uint32_t now, later; /* nodes that take a task now, later */
    /* What was asked of the nodes together. */
    uint32_t want_tasks, want_nodes, want_cpus, most_nodes;
    uint64_t node_mb, cpu_mb; /* memory on each node, for each CPU; 0: not asked for */
    char words[256]; /* the answer as a sentence */
};

/* Tries the request in each partition it names, or in the default one, and keeps the best answer, with
   what was found on the way to that one. Wrong values are added to the findings too. fit_release() it.
   The snapshot must be kept as long. */
void fit_try(
    struct fit *f, const struct snapshot *s, const struct request *r, struct findings *findings);
void fit_release(struct fit *f);

/* "no: memory 8192 > 3657, CPUs 8 > 4", "yes, when more is free: 4 of 8 CPUs are free", "yes, when it is
   idle: 4 of 8 CPUs are in use", "yes". */
void fit_node_text(const struct fit *f, const struct snapshot *s, const struct request *r,
    uint32_t node, char *out, size_t size);

#endif
