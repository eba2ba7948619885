/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/slurm_convert.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/ascii.h"

struct user_names {
    struct user_name {
        uint32_t uid;
        char *name;
    } * v;
    size_t count;
};

struct user_names *user_names_new(void)
{
    return xcalloc(1, sizeof(struct user_names));
}

struct user_names *user_names_free(struct user_names *u)
{
    if (u) {
        for (size_t i = 0; i < u->count; i++)
            free(u->v[i].name);
        free(u->v);
    }
    free(u);
    return NULL;
}

const char *user_names_get(struct user_names *u, uint32_t uid)
{
    const struct passwd *pw;
    char number[16];

    for (size_t i = 0; i < u->count; i++)
        if (u->v[i].uid == uid)
            return u->v[i].name;
    pw = getpwuid(uid);
    snprintf(number, sizeof(number), "%u", uid);
    u->v = xreallocarray(u->v, u->count + 1, sizeof(*u->v));
    u->v[u->count] = (struct user_name){uid, xstrdup(pw ? pw->pw_name : number)};
    return u->v[u->count++].name;
}

static const struct {
    uint32_t slurm;
    uint16_t ours;
} job_flags[] = {
    {JOB_COMPLETING, JOB_FLAG_COMPLETING},
    {JOB_STAGE_OUT, JOB_FLAG_STAGE_OUT},
    {JOB_CONFIGURING, JOB_FLAG_CONFIGURING},
    {JOB_RESIZING, JOB_FLAG_RESIZING},
    {JOB_REQUEUE, JOB_FLAG_REQUEUED},
    {JOB_REQUEUE_HOLD, JOB_FLAG_REQUEUE_HOLD},
    {JOB_SPECIAL_EXIT, JOB_FLAG_SPECIAL_EXIT},
    {JOB_STOPPED, JOB_FLAG_STOPPED},
    {JOB_REVOKED, JOB_FLAG_REVOKED},
    {JOB_RESV_DEL_HOLD, JOB_FLAG_RESV_DEL_HOLD},
    {JOB_SIGNALING, JOB_FLAG_SIGNALING},
};

/* Slurm keeps its state numbers; ours are the same as long as these hold. */
_Static_assert(JOB_STATE_PENDING == (int)JOB_PENDING && JOB_STATE_RUNNING == (int)JOB_RUNNING &&
                   JOB_STATE_COMPLETED == (int)JOB_COMPLETE &&
                   JOB_STATE_OUT_OF_MEMORY == (int)JOB_OOM,
    "job states are Slurm's");
_Static_assert(
    JOB_REASON_HELD_ADMIN == (int)WAIT_HELD && JOB_REASON_HELD_USER == (int)WAIT_HELD_USER,
    "reasons are Slurm's");
_Static_assert(NODE_STATE_DOWN_ == (int)NODE_STATE_DOWN &&
                   NODE_STATE_MIXED_ == (int)NODE_STATE_MIXED &&
                   NODE_STATE_FUTURE_ == (int)NODE_STATE_FUTURE,
    "node states are Slurm's");

static void convert_job_state(struct job *out, const slurm_job_info_t *in)
{
    uint32_t base = in->job_state & JOB_STATE_BASE;

    out->state = (uint16_t)(base < JOB_STATE_UNKNOWN ? base : JOB_STATE_UNKNOWN);
    if (in->job_state & ~(uint32_t)JOB_STATE_BASE)
        for (size_t i = 0; i < KF_LEN(job_flags); i++)
            if (in->job_state & job_flags[i].slurm)
                out->flags |= job_flags[i].ours;
}

static void convert_job_numbers(struct job *out, const slurm_job_info_t *in)
{
    out->cpus = in->num_cpus;
    out->nodes = in->num_nodes;
    if (in->priority != NO_VAL) {
        out->priority = in->priority;
        out->has |= JOB_HAS_PRIORITY;
    }
    if (in->nice != NO_VAL) {
        out->nice = (int32_t)((int64_t)in->nice - NICE_OFFSET);
        out->has |= JOB_HAS_NICE;
    }
    if (in->pn_min_memory != NO_VAL64) {
        bool per_cpu = in->pn_min_memory & MEM_PER_CPU;

        out->mem_mb = (in->pn_min_memory & ~MEM_PER_CPU) * (per_cpu ? in->num_cpus : in->num_nodes);
        out->has |= JOB_HAS_MEM;
    }
    if (in->time_limit == INFINITE) {
        out->has |= JOB_HAS_NO_LIMIT;
    } else if (in->time_limit != NO_VAL) {
        out->time_limit_min = in->time_limit;
        out->has |= JOB_HAS_LIMIT;
    }
    if (job_finished(out)) {
        out->has |= JOB_HAS_EXIT;
        if (WIFSIGNALED(in->exit_code))
            out->exit_signal = (uint16_t)WTERMSIG(in->exit_code);
        out->exit_code = (uint16_t)WEXITSTATUS(in->exit_code);
    }
}

/* What no reader of a snapshot would take (snapshot.c) is as good as unknown. */
static int64_t sane_time(time_t t)
{
    return t < 0 || t > (time_t)1 << 40 ? 0 : (int64_t)t;
}

static void convert_job_times(struct job *out, const slurm_job_info_t *in)
{
    out->submit_time = sane_time(in->submit_time);
    out->eligible_time = sane_time(in->eligible_time);
    out->start_time = sane_time(in->start_time);
    /* Without a limit Slurm invents an end a year ahead; squeue hides it too. */
    out->end_time = in->time_limit == INFINITE && !job_finished(out) ? 0 : sane_time(in->end_time);
    out->suspend_time = sane_time(in->suspend_time);
    out->pre_suspend_s = sane_time(in->pre_sus_time);
}

/* "0-1,4" from libslurm's pairs of indices; only a job with nodes has any. */
static strref node_index_text(const slurm_job_info_t *in, struct strpool *pool)
{
    char text[512];
    size_t used = 0;

    if (in->node_inx == NULL || in->node_inx[0] < 0 || in->nodes == NULL)
        return 0;
    text[0] = '\0';
    for (int i = 0; in->node_inx[i] >= 0 && in->node_inx[i + 1] >= 0; i += 2) {
        int n = snprintf(text + used, sizeof(text) - used, "%s%d-%d", used ? "," : "",
            (int)in->node_inx[i], (int)in->node_inx[i + 1]);

        if (n < 0 || (size_t)n >= sizeof(text) - used) {
            text[used] = '\0'; /* the list is cut at a whole pair */
            break;
        }
        used += (size_t)n;
    }
    return strpool_add(pool, text, 0);
}

void convert_job(struct job *out, const struct job *before, const slurm_job_info_t *in,
    struct strpool *pool, struct user_names *users)
{
    static const struct job none;
    const struct job *like = before ? before : &none;

    *out = (struct job){
        .job_id = in->job_id,
        .uid = in->user_id,
        .reason_code = in->state_reason,
        .restarts = in->restart_cnt,
        .batch = in->batch_flag != 0,
        .requeue = in->requeue != 0,
        .name = strpool_add(pool, in->name, like->name),
        .user = strpool_add(
            pool, in->user_name ? in->user_name : user_names_get(users, in->user_id), like->user),
        .partition = strpool_add(pool, in->partition, like->partition),
        .account = strpool_add(pool, in->account, like->account),
        .node_list = strpool_add(pool, in->nodes, like->node_list),
        .node_index = node_index_text(in, pool),
        .reason = strpool_add(pool, compat_reason(in->state_reason), like->reason),
        .state_desc = strpool_add(pool, in->state_desc, like->state_desc),
        .dependency = strpool_add(pool, in->dependency, like->dependency),
        .features = strpool_add(pool, in->features, like->features),
        .req_nodes = strpool_add(pool, in->req_nodes, like->req_nodes),
        .batch_host = strpool_add(pool, in->batch_host, like->batch_host),
        .work_dir = strpool_add(pool, in->work_dir, like->work_dir),
        .command = strpool_add(pool, in->command, like->command),
        .std_out = strpool_add(pool, in->std_out, like->std_out),
        .std_err = strpool_add(pool, in->std_err, like->std_err),
    };
    convert_job_state(out, in);
    convert_job_numbers(out, in);
    convert_job_times(out, in);
    if (in->array_job_id) {
        out->array_job_id = in->array_job_id;
        out->has |= JOB_HAS_ARRAY;
        if (in->array_task_id != NO_VAL) {
            out->array_task_id = in->array_task_id;
            out->has |= JOB_HAS_TASK;
        } else {
            out->array_tasks = strpool_add(pool, in->array_task_str, 0);
        }
    }
}

static const struct {
    uint32_t slurm, ours;
} node_flags[] = {
    {NODE_STATE_DRAIN, NODE_FLAG_DRAIN},
    {NODE_STATE_COMPLETING, NODE_FLAG_COMPLETING},
    {NODE_STATE_NO_RESPOND, NODE_FLAG_NOT_RESPONDING},
    {NODE_STATE_FAIL, NODE_FLAG_FAIL},
    {NODE_STATE_MAINT, NODE_FLAG_MAINT},
    {NODE_STATE_RES, NODE_FLAG_RESERVED},
    {NODE_STATE_PLANNED, NODE_FLAG_PLANNED},
    {NODE_STATE_REBOOT_REQUESTED, NODE_FLAG_REBOOT_REQUESTED},
    {NODE_STATE_REBOOT_ISSUED, NODE_FLAG_REBOOT_ISSUED},
    {NODE_STATE_POWERED_DOWN, NODE_FLAG_POWERED_DOWN},
    {NODE_STATE_POWERING_DOWN, NODE_FLAG_POWERING_DOWN},
    {NODE_STATE_POWER_DOWN, NODE_FLAG_POWER_DOWN},
    {NODE_STATE_POWERING_UP, NODE_FLAG_POWERING_UP},
    {NODE_STATE_POWER_UP, NODE_FLAG_POWER_UP},
    {NODE_STATE_POWER_DRAIN, NODE_FLAG_POWER_DRAIN},
    {NODE_STATE_CLOUD, NODE_FLAG_CLOUD},
    {NODE_STATE_DYNAMIC_FUTURE, NODE_FLAG_DYNAMIC_FUTURE},
    {NODE_STATE_DYNAMIC_NORM, NODE_FLAG_DYNAMIC_NORM},
    {NODE_STATE_INVALID_REG, NODE_FLAG_INVALID_REG},
    {NODE_STATE_UNDRAIN, NODE_FLAG_UNDRAIN},
    {NODE_RESUME, NODE_FLAG_RESUME},
    {NODE_STATE_REBOOT_CANCEL, NODE_FLAG_REBOOT_CANCEL},
    {COMPAT_NODE_STATE_BLOCKED, NODE_FLAG_BLOCKED},
};

/* Older controllers send ALLOCATED for a node that still has room; "mixed" is the client's to say
   (slurm_load_node() does it under SHOW_MIXED, which may end the process in 24.11). */
static uint32_t with_mixed(uint32_t state, const struct node *n, uint32_t effective_cpus)
{
    uint32_t base = state & NODE_STATE_BASE;

    if ((base == NODE_STATE_ALLOCATED || base == NODE_STATE_IDLE) && n->cpus_alloc > 0 &&
        n->cpus_alloc < effective_cpus)
        return (state & NODE_STATE_FLAGS) | NODE_STATE_MIXED;
    return state;
}

static strref lower_state(uint32_t state, struct strpool *pool, strref guess)
{
    const char *word = slurm_node_state_string ? slurm_node_state_string(state) : NULL;
    char text[32];
    size_t i = 0;

    for (; word && word[i] && i < sizeof(text) - 1; i++)
        text[i] = ascii_lower(word[i]);
    text[i] = '\0';
    return strpool_add(pool, text, guess);
}

void convert_node(struct node *out, const struct node *before, const node_info_t *in,
    uint32_t index, const char *partitions, struct strpool *pool, struct user_names *users)
{
    static const struct node none;
    const struct node *like = before ? before : &none;
    uint32_t state;

    *out = (struct node){
        .index = index,
        .cpus = in->cpus,
        .mem_mb = in->real_memory,
        .boot_time = sane_time(in->boot_time),
        .start_time = sane_time(in->slurmd_start_time),
        .last_busy = sane_time(in->last_busy),
        .weight = in->weight,
        .mem_spec_mb = in->mem_spec_limit,
        .cpus_usable = in->cpus_efctv ? in->cpus_efctv : in->cpus,
        .tmp_mb = in->tmp_disk,
        .sockets = in->sockets,
        .cores = in->cores,
        .threads = in->threads,
        .name = strpool_add(pool, in->name, like->name),
        .hostname = strpool_add(pool, in->node_hostname, like->hostname),
        .partitions = strpool_add(pool, partitions, like->partitions),
        .reason = strpool_add(pool, in->reason, like->reason),
        .features = strpool_add(pool, in->features, like->features),
        .version = strpool_add(pool, in->version, like->version),
        .os = strpool_add(pool, in->os, like->os),
        .address = strpool_add(pool, in->node_addr, like->address),
        .gres = strpool_add(pool, in->gres, like->gres),
    };
    compat_node_alloc(in, &out->cpus_alloc, &out->mem_alloc_mb);
    state = with_mixed(in->node_state, out, out->cpus_usable);
    out->state = state & NODE_STATE_BASE;
    out->state_text = lower_state(state, pool, like->state_text);
    for (size_t i = 0; i < KF_LEN(node_flags); i++)
        if (state & node_flags[i].slurm)
            out->flags |= node_flags[i].ours;
    if (in->cpu_load != NO_VAL) {
        out->load_x100 = in->cpu_load;
        out->has |= NODE_HAS_LOAD;
    }
    if (in->free_mem != NO_VAL64) {
        out->mem_free_mb = in->free_mem;
        out->has |= NODE_HAS_FREE_MEM;
    }
    if (in->reason && in->reason_uid != NO_VAL) {
        out->reason_uid = in->reason_uid;
        out->reason_user = strpool_add(pool, user_names_get(users, in->reason_uid), 0);
        out->reason_time = sane_time(in->reason_time);
        out->has |= NODE_HAS_REASON_UID;
    }
}

void convert_partition(struct partition *out, const partition_info_t *in, struct strpool *pool)
{
    *out = (struct partition){
        .state = in->state_up,
        .total_cpus = in->total_cpus,
        .total_nodes = in->total_nodes,
        .priority_tier = in->priority_tier,
        .name = strpool_add(pool, in->name, 0),
        .node_list = strpool_add(pool, in->nodes, 0),
        .qos = strpool_add(pool, in->qos_char, 0),
        .allow_groups = strpool_add(pool, in->allow_groups, 0),
        .allow_accounts = strpool_add(pool, in->allow_accounts, 0),
    };
    out->flags = (in->flags & PART_FLAG_DEFAULT ? PARTITION_DEFAULT : 0) |
                 (in->flags & PART_FLAG_HIDDEN ? PARTITION_HIDDEN : 0) |
                 (in->flags & PART_FLAG_ROOT_ONLY ? PARTITION_ROOT_ONLY : 0) |
                 (in->flags & PART_FLAG_NO_ROOT ? PARTITION_NO_ROOT : 0);
    if (in->max_time == INFINITE) {
        out->has |= PARTITION_HAS_NO_MAX_TIME;
    } else if (in->max_time != NO_VAL) {
        out->max_time_min = in->max_time;
        out->has |= PARTITION_HAS_MAX_TIME;
    }
    if (in->default_time != NO_VAL && in->default_time != INFINITE) {
        out->default_time_min = in->default_time;
        out->has |= PARTITION_HAS_DEFAULT_TIME;
    }
    if (in->max_nodes != INFINITE && in->max_nodes != NO_VAL) {
        out->max_nodes = in->max_nodes;
        out->has |= PARTITION_HAS_MAX_NODES;
    }
    out->min_nodes = in->min_nodes;
    if (in->max_cpus_per_node != INFINITE && in->max_cpus_per_node != NO_VAL) {
        out->max_cpus_per_node = in->max_cpus_per_node;
        out->has |= PARTITION_HAS_MAX_CPUS;
    }
    if (in->def_mem_per_cpu & ~MEM_PER_CPU) { /* 0: the cluster's counts */
        out->def_mem_mb = (uint32_t)KF_MIN(in->def_mem_per_cpu & ~MEM_PER_CPU, UINT32_MAX);
        out->flags |= in->def_mem_per_cpu & MEM_PER_CPU ? PARTITION_DEF_MEM_PER_CPU : 0;
        out->has |= PARTITION_HAS_DEF_MEM;
    }
}
