/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/action.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

#define TARGETS_MAX 100000u

static const struct action_info infos[] = {
    [ACTION_JOB_CANCEL] = {.name = "job-cancel",
        .verb = "Cancel",
        .done = "cancelled",
        .request = "scancel %s"},
    [ACTION_JOB_REQUEUE] = {.name = "job-requeue",
        .verb = "Requeue",
        .done = "requeued",
        .request = "scontrol requeue %s"},
    [ACTION_JOB_PRIORITY] = {.name = "job-priority",
        .verb = "Set the priority of",
        .done = "priority set",
        .request = "scontrol update jobid=%s priority=%s",
        .needs_argument = true},
    [ACTION_NODE_RESUME] = {.name = "node-resume",
        .verb = "Resume",
        .done = "resumed",
        .request = "scontrol update nodename=%s state=resume",
        .object = ACTION_ON_NODE},
    [ACTION_NODE_DRAIN] = {.name = "node-drain",
        .verb = "Drain",
        .done = "drained",
        .request = "scontrol update nodename=%s state=drain reason=%s",
        .object = ACTION_ON_NODE,
        .needs_argument = true},
};
_Static_assert(KF_LEN(infos) == ACTION_VERB_COUNT, "a row for every verb");

const struct action_info *action_info(enum action_verb verb)
{
    return &infos[verb];
}

/* A task of an array is always named by array and task: one of them may bear the array's own number,
   and that number alone would mean the whole array. */
static void job_id_text(const struct snapshot *s, const struct job *j, char *out, size_t size)
{
    const char *tasks = job_str(s, j->array_tasks);

    if (!(j->has & JOB_HAS_ARRAY) || (!(j->has & JOB_HAS_TASK) && tasks[0] == '\0'))
        snprintf(out, size, "%u", j->job_id);
    else if (j->has & JOB_HAS_TASK)
        snprintf(out, size, "%u_%u", j->array_job_id, j->array_task_id);
    else /* "1-4,8%2": what follows the % is the limit of tasks at once */
        snprintf(out, size, "%u_[%.*s]", j->array_job_id, (int)strcspn(tasks, "%"), tasks);
    if (strlen(out) == size - 1) /* a list too long to name in full: the pending record alone */
        snprintf(out, size, "%u_*", j->array_job_id);
}

struct action_target action_target_job(const struct snapshot *s, const struct job *j)
{
    struct action_target t = {.job_id = j->job_id,
        .state = j->state,
        .flags = j->flags,
        .restarts = j->restarts,
        .submit_time = j->submit_time};

    job_id_text(s, j, t.id, sizeof(t.id));
    snprintf(t.name, sizeof(t.name), "%s", job_str(s, j->name));
    return t;
}

struct action_target action_target_node(const struct snapshot *s, const struct node *n)
{
    struct action_target t = {.state = n->state, .flags = n->flags};

    snprintf(t.id, sizeof(t.id), "%s", node_str(s, n->name));
    snprintf(t.name, sizeof(t.name), "%s", node_str(s, n->name));
    return t;
}

void action_put(struct buf *b, enum action_verb verb, const char *argument,
    const struct action_target *targets, uint32_t count)
{
    const struct clock clock = {0};
    size_t offset = wire_begin(b, WIRE_ACTION, 0, clock_ms(&clock));

    wire_put_u8(b, (uint8_t)verb);
    wire_put_str(b, argument);
    wire_put_u32(b, count);
    for (uint32_t i = 0; i < count; i++) {
        wire_put_str(b, targets[i].id);
        wire_put_u32(b, targets[i].job_id);
        wire_put_u32(b, targets[i].state);
        wire_put_u32(b, targets[i].flags);
        wire_put_i64(b, targets[i].submit_time);
        wire_put_u32(b, targets[i].restarts);
        wire_put_str(b, targets[i].name);
    }
    wire_end(b, offset);
}

int action_get(const struct wire_frame *f, enum action_verb *ret_verb, char *argument,
    size_t argument_size, struct action_target **ret_targets, uint32_t *ret_count)
{
    struct wire_reader r = wire_reader(f);
    uint8_t verb = wire_get_u8(&r);
    struct action_target *targets;
    uint32_t count;

    wire_get_text(&r, argument, argument_size);
    count = wire_get_u32(&r);
    if (r.bad || verb >= ACTION_VERB_COUNT || count == 0 || count > TARGETS_MAX)
        return -EBADMSG;
    targets = xcalloc(count, sizeof(*targets));
    for (uint32_t i = 0; i < count; i++) {
        wire_get_text(&r, targets[i].id, sizeof(targets[i].id));
        targets[i].job_id = wire_get_u32(&r);
        targets[i].state = wire_get_u32(&r);
        targets[i].flags = wire_get_u32(&r);
        targets[i].submit_time = wire_get_i64(&r);
        targets[i].restarts = wire_get_u32(&r);
        wire_get_text(&r, targets[i].name, sizeof(targets[i].name));
    }
    if (r.bad) {
        free(targets);
        return -EBADMSG;
    }
    *ret_verb = (enum action_verb)verb;
    *ret_targets = targets;
    *ret_count = count;
    return 0;
}

void action_put_result(struct buf *b, const struct action_result *r)
{
    const struct clock clock = {0};
    size_t offset = wire_begin(b, WIRE_ACTION_RESULT, 0, clock_ms(&clock));

    wire_put_u32(b, r->target);
    wire_put_u8(b, (uint8_t)r->outcome);
    wire_put_u32(b, (uint32_t)r->error);
    wire_put_str(b, r->words);
    wire_put_str(b, r->state);
    wire_put_str(b, r->reason);
    wire_put_i64(b, r->eligible_time);
    wire_end(b, offset);
}

int action_get_result(const struct wire_frame *f, struct action_result *ret_result)
{
    struct wire_reader r = wire_reader(f);
    struct action_result result = {.target = wire_get_u32(&r)};
    uint8_t outcome = wire_get_u8(&r);

    result.error = (int)wire_get_u32(&r);
    wire_get_text(&r, result.words, sizeof(result.words));
    wire_get_text(&r, result.state, sizeof(result.state));
    wire_get_text(&r, result.reason, sizeof(result.reason));
    result.eligible_time = wire_get_i64(&r);
    if (r.bad || outcome >= ACTION_OUTCOME_COUNT)
        return -EBADMSG;
    result.outcome = (enum action_outcome)outcome;
    *ret_result = result;
    return 0;
}

static bool is_super(const struct cluster *c)
{
    return c->uid == 0 || c->uid == c->slurm_uid;
}

const char *action_blocked_job(
    enum action_verb verb, const struct job *j, const struct cluster *cluster)
{
    if (j->uid != cluster->uid && !is_super(cluster) && cluster->name[0] == '\0')
        return "the farm has not answered yet";
    switch (verb) {
    case ACTION_JOB_CANCEL:
        return job_finished(j) ? "the job has ended" : NULL;
    case ACTION_JOB_REQUEUE:
        if (!j->batch)
            return "only a batch job can be requeued";
        if (j->state == JOB_STATE_PENDING)
            return "the job is pending already";
        return j->requeue ? NULL : "the job was submitted with --no-requeue";
    case ACTION_JOB_PRIORITY:
        if (job_finished(j))
            return "the job has ended";
        return j->state == JOB_STATE_PENDING
                   ? NULL
                   : "the job runs already: a priority only matters while it waits";
    case ACTION_NODE_RESUME:
    case ACTION_NODE_DRAIN:
    case ACTION_VERB_COUNT:
        break;
    }
    return "not a job's verb";
}

const char *action_blocked_node(
    enum action_verb verb, const struct node *n, const struct cluster *cluster)
{
    static const uint32_t resumable = NODE_FLAG_DRAIN | NODE_FLAG_FAIL | NODE_FLAG_NOT_RESPONDING |
                                      NODE_FLAG_REBOOT_ISSUED | NODE_FLAG_REBOOT_REQUESTED |
                                      NODE_FLAG_POWER_DOWN | NODE_FLAG_POWERING_DOWN;

    if (!is_super(cluster))
        return "needs root or SlurmUser";
    switch (verb) {
    case ACTION_NODE_RESUME:
        return n->state == NODE_STATE_DOWN_ || (n->flags & resumable)
                   ? NULL
                   : "the node is neither down nor drained";
    case ACTION_NODE_DRAIN:
        return n->flags & NODE_FLAG_DRAIN ? "the node is drained already" : NULL;
    case ACTION_JOB_CANCEL:
    case ACTION_JOB_REQUEUE:
    case ACTION_JOB_PRIORITY:
    case ACTION_VERB_COUNT:
        break;
    }
    return "not a node's verb";
}
