/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/model.h"

#include "base/alloc.h"

struct state_name {
    const char *name, *brief;
};

/* slurm_protocol_defs.c, job_state_string() and job_state_string_compact(). */
static const struct state_name job_states[] = {
    [JOB_STATE_PENDING] = {"PENDING", "PD"},
    [JOB_STATE_RUNNING] = {"RUNNING", "R"},
    [JOB_STATE_SUSPENDED] = {"SUSPENDED", "S"},
    [JOB_STATE_COMPLETED] = {"COMPLETED", "CD"},
    [JOB_STATE_CANCELLED] = {"CANCELLED", "CA"},
    [JOB_STATE_FAILED] = {"FAILED", "F"},
    [JOB_STATE_TIMEOUT] = {"TIMEOUT", "TO"},
    [JOB_STATE_NODE_FAIL] = {"NODE_FAIL", "NF"},
    [JOB_STATE_PREEMPTED] = {"PREEMPTED", "PR"},
    [JOB_STATE_BOOT_FAIL] = {"BOOT_FAIL", "BF"},
    [JOB_STATE_DEADLINE] = {"DEADLINE", "DL"},
    [JOB_STATE_OUT_OF_MEMORY] = {"OUT_OF_MEMORY", "OOM"},
    [JOB_STATE_UNKNOWN] = {"UNKNOWN", "?"},
};
_Static_assert(KF_LEN(job_states) == JOB_STATE_COUNT, "a name for every job state");

static const struct {
    uint16_t flag;
    struct state_name name;
} job_flags[] = {
    {JOB_FLAG_COMPLETING, {"COMPLETING", "CG"}},
    {JOB_FLAG_STAGE_OUT, {"STAGE_OUT", "SO"}},
    {JOB_FLAG_CONFIGURING, {"CONFIGURING", "CF"}},
    {JOB_FLAG_RESIZING, {"RESIZING", "RS"}},
    {JOB_FLAG_REQUEUED, {"REQUEUED", "RQ"}},
    {JOB_FLAG_REQUEUE_HOLD, {"REQUEUE_HOLD", "RH"}},
    {JOB_FLAG_SPECIAL_EXIT, {"SPECIAL_EXIT", "SE"}},
    {JOB_FLAG_STOPPED, {"STOPPED", "ST"}},
    {JOB_FLAG_REVOKED, {"REVOKED", "RV"}},
    {JOB_FLAG_RESV_DEL_HOLD, {"RESV_DEL_HOLD", "RD"}},
    {JOB_FLAG_SIGNALING, {"SIGNALING", "SI"}},
};

static const struct state_name *state_of(const struct job *j)
{
    if (j->flags)
        for (size_t i = 0; i < KF_LEN(job_flags); i++)
            if (j->flags & job_flags[i].flag)
                return &job_flags[i].name;
    return &job_states[j->state < JOB_STATE_COUNT ? j->state : JOB_STATE_UNKNOWN];
}

const char *job_state_name(const struct job *j)
{
    return state_of(j)->name;
}

const char *job_state_short(const struct job *j)
{
    return state_of(j)->brief;
}

bool job_finished(const struct job *j)
{
    return j->state > JOB_STATE_SUSPENDED && j->state < JOB_STATE_UNKNOWN;
}

int64_t job_elapsed(const struct job *j, int64_t now_s)
{
    int64_t end = j->state == JOB_STATE_RUNNING || j->end_time == 0 ? now_s : j->end_time;

    /* As squeue does it (job_time_used() in Slurm's src/common): a suspended job stands still at
       what it ran before, a resumed one counts on from there. */
    if (j->state == JOB_STATE_PENDING || j->start_time == 0)
        return 0;
    if (j->state == JOB_STATE_SUSPENDED)
        return j->pre_suspend_s;
    if (j->suspend_time)
        return KF_MAX(end - j->suspend_time, (int64_t)0) + j->pre_suspend_s;
    return KF_MAX(end - j->start_time, (int64_t)0);
}

static const char *const node_states[] = {
    [NODE_STATE_UNKNOWN_] = "UNKNOWN",
    [NODE_STATE_DOWN_] = "DOWN",
    [NODE_STATE_IDLE_] = "IDLE",
    [NODE_STATE_ALLOCATED_] = "ALLOCATED",
    [NODE_STATE_ERROR_] = "ERROR",
    [NODE_STATE_MIXED_] = "MIXED",
    [NODE_STATE_FUTURE_] = "FUTURE",
};
_Static_assert(KF_LEN(node_states) == NODE_STATE_COUNT_, "a name for every node state");

/* Order and words of node_state_flag_string() (slurm_protocol_defs.c). */
static const struct {
    uint32_t flag;
    const char *name;
} node_flags[] = {
    {NODE_FLAG_BLOCKED, "BLOCKED"},
    {NODE_FLAG_REBOOT_CANCEL, "CANCEL_REBOOT"},
    {NODE_FLAG_CLOUD, "CLOUD"},
    {NODE_FLAG_COMPLETING, "COMPLETING"},
    {NODE_FLAG_DRAIN, "DRAIN"},
    {NODE_FLAG_DYNAMIC_FUTURE, "DYNAMIC_FUTURE"},
    {NODE_FLAG_DYNAMIC_NORM, "DYNAMIC_NORM"},
    {NODE_FLAG_INVALID_REG, "INVALID_REG"},
    {NODE_FLAG_FAIL, "FAIL"},
    {NODE_FLAG_MAINT, "MAINTENANCE"},
    {NODE_FLAG_POWER_DOWN, "POWER_DOWN"},
    {NODE_FLAG_POWER_UP, "POWER_UP"},
    {NODE_FLAG_POWER_DRAIN, "POWER_DRAIN"},
    {NODE_FLAG_POWERED_DOWN, "POWERED_DOWN"},
    {NODE_FLAG_REBOOT_ISSUED, "REBOOT_ISSUED"},
    {NODE_FLAG_REBOOT_REQUESTED, "REBOOT_REQUESTED"},
    {NODE_FLAG_RESERVED, "RESERVED"},
    {NODE_FLAG_RESUME, "RESUME"},
    {NODE_FLAG_NOT_RESPONDING, "NOT_RESPONDING"},
    {NODE_FLAG_PLANNED, "PLANNED"},
    {NODE_FLAG_POWERING_DOWN, "POWERING_DOWN"},
    {NODE_FLAG_POWERING_UP, "POWERING_UP"},
    {NODE_FLAG_UNDRAIN, "UNDRAIN"},
};

const char *node_state_name(const struct node *n)
{
    return node_states[n->state < NODE_STATE_COUNT_ ? n->state : NODE_STATE_UNKNOWN_];
}

void node_flag_names(const struct node *n, void (*fn)(void *user, const char *name), void *user)
{
    for (size_t i = 0; i < KF_LEN(node_flags); i++)
        if (n->flags & node_flags[i].flag)
            fn(user, node_flags[i].name);
}

bool node_usable(const struct node *n)
{
    static const uint32_t unusable = NODE_FLAG_DRAIN | NODE_FLAG_FAIL | NODE_FLAG_NOT_RESPONDING |
                                     NODE_FLAG_POWERING_DOWN | NODE_FLAG_REBOOT_ISSUED |
                                     NODE_FLAG_INVALID_REG;

    return n->state != NODE_STATE_DOWN_ && n->state != NODE_STATE_ERROR_ &&
           n->state != NODE_STATE_UNKNOWN_ && n->state < NODE_STATE_FUTURE_ &&
           !(n->flags & unusable);
}

bool node_awaited(const struct node *n)
{
    static const uint32_t out_of_service = NODE_FLAG_DRAIN | NODE_FLAG_FAIL |
                                           NODE_FLAG_INVALID_REG | NODE_FLAG_POWERED_DOWN |
                                           NODE_FLAG_POWERING_DOWN;
    bool up = n->state == NODE_STATE_IDLE_ || n->state == NODE_STATE_ALLOCATED_ ||
              n->state == NODE_STATE_MIXED_;

    if (n->flags & out_of_service)
        return false;
    return (n->flags & NODE_FLAG_REBOOT_ISSUED) || (up && (n->flags & NODE_FLAG_NOT_RESPONDING));
}

const char *partition_state_name(const struct partition *p)
{
    static const char *const names[] = {"INACTIVE", "DOWN", "DRAIN", "UP"};

    /* PARTITION_SUBMIT 0x01, PARTITION_SCHED 0x02 (slurm.h). */
    return names[p->state & 3];
}
