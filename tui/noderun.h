/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_NODERUN_H
#define KFARM_TUI_NODERUN_H
/*
 * Commands on nodes: one srun for each node, NODERUN_AT_ONCE at a time, its output into the Output
 * view as it comes. It is a verb like the others (ACTION_NODE_RUN): targets, question and audit file
 * are theirs, and act_run() hands it over when it was confirmed. What differs is who does it: srun and
 * not a helper of ours, because a step's input, output and end are srun's business.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct act_ask;
struct app;
struct node_run;

#define NODERUN_AT_ONCE 8

struct noderuns {
    struct node_run *first; /* those under way, the oldest first */
    uint32_t active; /* srun processes */
    int64_t paint_at_ms; /* output came and is shown then; 0: none */
    int64_t last_paint_ms;
};

/* Starts what was confirmed: takes the targets over. */
void noderun_start(struct app *a, struct act_ask *ask);
/* --dry-run: the command lines as messages. */
void noderun_say_dry(struct app *a, const struct act_ask *ask);

/* Something runs. */
bool noderun_under_way(const struct app *a);
/* Ends it: srun is asked to end its step, and killed if it has not within half a minute. */
void noderun_stop(struct app *a);
/* Does what is due by the clock. Its steady time, ms; 0: nothing is. */
void noderun_tick(struct app *a);
int64_t noderun_due_ms(const struct app *a);
/* "node-run: 1 of 2 nodes done", "" if nothing runs. */
void noderun_status(const struct app *a, char *out, size_t size);

/* For the end of the program: ends what runs and waits for it, but not for long. */
void noderun_release(struct app *a);

#endif
