/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_ACTION_H
#define KFARM_BACKEND_ACTION_H
/*
 * What can be done to a farm: a table of mutations, the request for one and its results. Each action
 * runs in a helper process of its own (helper_act.h), so that a stuck refresh never delays a cancel.
 *
 * WIRE_ACTION (screen → helper): u8 enum action_verb, str argument, u32 ms until WIRE_ACTION_SEND is to
 *     be expected (0: it needs none), u32 n, n × target:
 *     { str id, u32 job_id, u32 state, u32 flags, i64 submit_time, u32 restarts, u32 array_job_id,
 *     str name, i64 the controller's time of all this, u8 held, u32 time limit (minutes), i64 tasks,
 *     u8 cut }
 * WIRE_ACTION_SEND (screen → helper): empty. Nothing leaves before it.
 * WIRE_ACTION_STOP (screen → helper): empty. What is not sent by then is not sent any more.
 * WIRE_ACTION_RESULT (helper → screen, for each target first ACTION_SENDING if it comes to that, then
 *     what became of it): u32 target's number, u8 enum action_outcome, u32 errno, str words, str state
 *     now, str reason now, i64 eligible time now (0: none), target as it is now (ACTION_CHANGED only)
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/model.h"
#include "backend/snapshot.h"
#include "backend/wire.h"

enum action_verb {
    ACTION_JOB_CANCEL,
    ACTION_JOB_SIGNAL,
    ACTION_JOB_REQUEUE,
    ACTION_JOB_REQUEUE_HOLD,
    ACTION_JOB_HOLD,
    ACTION_JOB_RELEASE,
    ACTION_JOB_PRIORITY,
    ACTION_JOB_PRIORITY_RESET,
    ACTION_JOB_TOP,
    ACTION_JOB_NICE,
    ACTION_JOB_TIME_LIMIT,
    ACTION_JOB_SUSPEND,
    ACTION_JOB_RESUME,
    ACTION_NODE_RESUME,
    ACTION_NODE_DRAIN,
    ACTION_NODE_UNDRAIN,
    ACTION_NODE_DOWN,
    ACTION_NODE_POWER_UP,
    ACTION_NODE_POWER_DOWN,
    ACTION_NODE_REBOOT,
    ACTION_NODE_RUN, /* this and the next go to srun from the screen, not to the helper */
    ACTION_NODE_SHELL,
    ACTION_VERB_COUNT
};

#define ACTION_HELPER_COUNT ACTION_NODE_RUN /* verbs that the helper can be asked for */

#define ACTION_TARGETS_MAX 100000u

#define ACTION_ARGUMENT_MAX 512

enum action_object { ACTION_ON_JOB, ACTION_ON_NODE };

/* Who Slurm lets do it (job_mgr.c, node_mgr.c: validate_operator, validate_super_user). Operators
   other than root and SlurmUser exist only where there is accounting. */
enum action_who {
    ACTION_BY_OWNER, /* the job's user, or an operator */
    ACTION_BY_OPERATOR,
    ACTION_BY_SUPER, /* root or SlurmUser */
    ACTION_BY_ANYONE, /* who may start jobs: Slurm says who that is */
};

/* How much a mistake would cost: how it is asked, and whether many can be taken back. */
enum action_risk {
    ACTION_HARMLESS, /* undone by another verb */
    ACTION_DISTURBS, /* work is put off or may be hampered */
    ACTION_DESTROYS, /* work is lost */
};

/* What the argument is; action_argument.h reads it. */
enum action_argument {
    ARGUMENT_NONE,
    ARGUMENT_SIGNAL,
    ARGUMENT_HOLD,
    ARGUMENT_PRIORITY,
    ARGUMENT_NICE,
    ARGUMENT_TIME_LIMIT,
    ARGUMENT_REASON,
    ARGUMENT_POWER_DOWN,
    ARGUMENT_REBOOT,
    ARGUMENT_COMMAND,
    ARGUMENT_KIND_COUNT
};

enum action_outcome {
    ACTION_SENDING, /* the request goes to the controller now: from here on it may have happened */
    ACTION_DONE,
    ACTION_REFUSED, /* Slurm said no: its words */
    ACTION_CHANGED, /* nothing was sent: the target is not what was confirmed any more */
    ACTION_GONE, /* nothing was sent: Slurm does not know it any more */
    ACTION_NOT_SENT, /* the controller could not be asked, or the helper ended before it was */
    ACTION_UNKNOWN, /* sent, and no answer came: it may have happened or not */
    ACTION_STOPPED, /* nothing was sent: the operator stopped before it was its turn */
    ACTION_SENSELESS, /* nothing was sent: of the target as it is nothing sensible can be asked; our words */
    ACTION_OUTCOME_COUNT
};

struct action_info {
    const char *name; /* as in --list-commands: "job-cancel" */
    const char *verb; /* "Cancel {}": {} stands for the targets */
    const char *yes; /* what the answer does: "cancel it" */
    const char *done; /* "cancelled" */
    const char *request; /* what is asked of Slurm, as a command line people know; {} stands for
                             the id, {=} for the argument, { =} for a blank and the argument if
                             there is one */
    enum action_object object;
    enum action_argument argument;
    enum action_who who;
    enum action_risk risk;
    unsigned job_states; /* bits 1 << enum job_state in which it can work */
    /* Why the target as it stands does not let it, or NULL; either may be NULL. Called only if state
       and privilege are well. */
    const char *(*job_condition)(const struct job *j, const struct cluster *c);
    const char *(*node_condition)(const struct node *n, const struct cluster *c);
};

/* Never NULL for a verb below ACTION_VERB_COUNT. */
const struct action_info *action_info(enum action_verb verb);

/* The request as a command line, for messages, --dry-run and the audit file. */
void action_request_text(
    enum action_verb verb, const char *id, const char *argument, char *out, size_t size);

/* The target as it was when the key was pressed: it is acted on only if it still is that. */
struct action_target {
    /* What Slurm is told: "42", "44_3", "44_[0-9]", "node1". A list of tasks that is too long ends with
       ",...]": then Slurm is told the list that the controller has, if it is the one in `tasks`. */
    char id[256];
    char name[128]; /* job's or node's name */
    uint32_t job_id; /* of the record; 0 for a node */
    uint32_t state; /* base state: enum job_state or node_state */
    uint32_t flags;
    uint32_t restarts;
    uint32_t array_job_id; /* of a target that is an array or tasks of one; else 0 */
    uint32_t time_limit_min; /* UINT32_MAX: none, or not settled */
    bool held;
    bool cut; /* the id is */
    int64_t tasks; /* of the record of an array's waiting tasks: action_tasks(); else 0 */
    int64_t submit_time; /* of a node: since when it is drained or down */
    int64_t given_s; /* the controller's time at which it was all this; 0 if that is not sure */
};

/* Stands for a list of tasks ("1-4,8-9%1"; what follows the % does not count); 0 for none. */
int64_t action_tasks(const char *list);
/* Names the waiting tasks of an array. */
void action_target_tasks(struct action_target *t, uint32_t array_job_id, const char *list);

/* Captures a row. */
struct action_target action_target_job(const struct snapshot *s, const struct job *j);
struct action_target action_target_node(const struct snapshot *s, const struct node *n);
/* The whole array that a job belongs to, or the named tasks of it ("2-5,9"; NULL: all). It is acted
   on as long as the array is the one that was confirmed, whatever its tasks do meanwhile. */
struct action_target action_target_array(
    const struct snapshot *s, const struct job *j, const char *tasks);

struct action_result {
    uint32_t target;
    enum action_outcome outcome;
    int error;
    char words[256]; /* Slurm's, or ours for what changed; "" if there are none */
    char state[32], reason[64];
    int64_t eligible_time;
    struct action_target now; /* of ACTION_CHANGED, if it still is the same thing: id not "" */
};

/* What the helper is asked for. */
struct action_order {
    enum action_verb verb;
    char *argument;
    uint32_t wait_ms; /* until the word to send is to be expected; 0: it is sent at once */
    struct action_target *targets;
    uint32_t count;
};

void action_put(struct buf *b, const struct action_order *o);
/* Reads one. 0 or -EBADMSG; if 0, targets and argument are for action_order_release(). */
int action_get(const struct wire_frame *f, struct action_order *ret_order);
void action_order_release(struct action_order *o);
void action_put_send(struct buf *b);
void action_put_stop(struct buf *b);
void action_put_result(struct buf *b, const struct action_result *r);
int action_get_result(const struct wire_frame *f, struct action_result *ret_result);

/* Root or SlurmUser. */
bool action_super(const struct cluster *c);
/* Neither, on a farm without accounting, where there are no other operators. */
bool action_powerless(const struct cluster *c);

/*
 * Why this verb cannot work on the target as it stands, in plain words, or NULL. Only what is known
 * for sure: whether a plain user may, as coordinator or operator, only Slurm can say.
 */
const char *action_blocked_job(
    enum action_verb verb, const struct job *j, const struct cluster *cluster);
const char *action_blocked_node(
    enum action_verb verb, const struct node *n, const struct cluster *cluster);

#endif
