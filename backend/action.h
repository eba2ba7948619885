/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_ACTION_H
#define KFARM_BACKEND_ACTION_H
/*
 * What can be done to a farm: a table of mutations, the request for one and its results. Each action
 * runs in a helper process of its own (helper_act.h), so that a stuck refresh never delays a cancel.
 *
 * WIRE_ACTION (screen → helper): u8 enum action_verb, str argument, u32 n, n × target:
 *     { str id, u32 job_id, u8 state, u32 flags, i64 submit_time, u32 restarts, str name }
 * WIRE_ACTION_RESULT (helper → screen, several per target: first ACTION_SENDING, then what became of
 *     it): u32 target's number, u8 enum action_outcome, u32 errno, str words, str state now,
 *     str reason now, i64 eligible time now (0: none)
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/model.h"
#include "backend/snapshot.h"
#include "backend/wire.h"

enum action_verb {
    ACTION_JOB_CANCEL,
    ACTION_JOB_REQUEUE,
    ACTION_JOB_PRIORITY,
    ACTION_NODE_RESUME,
    ACTION_NODE_DRAIN,
    ACTION_VERB_COUNT
};

enum action_object { ACTION_ON_JOB, ACTION_ON_NODE };

enum action_outcome {
    ACTION_SENDING, /* the request goes to the controller now: from here on it may have happened */
    ACTION_DONE,
    ACTION_REFUSED, /* Slurm said no: its words */
    ACTION_CHANGED, /* nothing was sent: the target is not what was confirmed any more */
    ACTION_GONE, /* nothing was sent: Slurm does not know it any more */
    ACTION_NOT_SENT, /* the controller could not be asked, or the helper ended before it was */
    ACTION_UNKNOWN, /* sent, and no answer came: it may have happened or not */
    ACTION_OUTCOME_COUNT
};

struct action_info {
    const char *name; /* as in --list-commands: "job-cancel" */
    const char *verb; /* "Cancel" */
    const char *done; /* "cancelled" */
    const char *request; /* what is asked of Slurm, as a command line people know; %s the id,
                                  then %s the argument if there is one */
    enum action_object object;
    bool needs_argument;
};

/* Never NULL for a verb below ACTION_VERB_COUNT. */
const struct action_info *action_info(enum action_verb verb);

/* The target as it was when the key was pressed: it is acted on only if it still is that. */
struct action_target {
    char id[96]; /* what Slurm is told: "42", "44_3", "44_[0-9]", "node1" */
    char name[128]; /* job's or node's name */
    uint32_t job_id; /* of the record; 0 for a node */
    uint32_t state; /* base state: enum job_state or node_state */
    uint32_t flags;
    uint32_t restarts;
    int64_t submit_time;
};

/* Captures a row. */
struct action_target action_target_job(const struct snapshot *s, const struct job *j);
struct action_target action_target_node(const struct snapshot *s, const struct node *n);

struct action_result {
    uint32_t target;
    enum action_outcome outcome;
    int error;
    char words[256]; /* Slurm's, or ours for what changed; "" if there are none */
    char state[32], reason[64];
    int64_t eligible_time;
};

void action_put(struct buf *b, enum action_verb verb, const char *argument,
    const struct action_target *targets, uint32_t count);
/* Reads a request; targets are for free(). 0 or -EBADMSG. */
int action_get(const struct wire_frame *f, enum action_verb *ret_verb, char *argument,
    size_t argument_size, struct action_target **ret_targets, uint32_t *ret_count);
void action_put_result(struct buf *b, const struct action_result *r);
int action_get_result(const struct wire_frame *f, struct action_result *ret_result);

/*
 * Why this verb cannot work on the target as it stands, in plain words, or NULL. Only what is known
 * for sure: whether a plain user may, as coordinator or operator, only Slurm can say.
 */
const char *action_blocked_job(
    enum action_verb verb, const struct job *j, const struct cluster *cluster);
const char *action_blocked_node(
    enum action_verb verb, const struct node *n, const struct cluster *cluster);

#endif
