/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_MODEL_H
#define KFARM_BACKEND_MODEL_H
/*
 * Jobs, nodes and partitions as plain values, without a libslurm type. They are also the records of
 * the wire's sections (snapshot.h): fixed size, no pointers, little-endian.
 *
 * A string is a reference into its section's pool; 0 is "Slurm has none" and reads as "". A number
 * that can be absent has a bit in `has`; without it the number is 0 and must not be shown. Slurm's
 * NO_VAL and INFINITE never get here.
 */
#include <stdbool.h>
#include <stdint.h>

typedef uint32_t strref;

/* ---- jobs ---- */

/* Base states, numbered as Slurm's enum job_states (slurm.h), which only ever grows. */
enum job_state {
    JOB_STATE_PENDING,
    JOB_STATE_RUNNING,
    JOB_STATE_SUSPENDED,
    JOB_STATE_COMPLETED,
    JOB_STATE_CANCELLED,
    JOB_STATE_FAILED,
    JOB_STATE_TIMEOUT,
    JOB_STATE_NODE_FAIL,
    JOB_STATE_PREEMPTED,
    JOB_STATE_BOOT_FAIL,
    JOB_STATE_DEADLINE,
    JOB_STATE_OUT_OF_MEMORY,
    JOB_STATE_UNKNOWN, /* a state newer than this program */
    JOB_STATE_COUNT
};

/* Flags on top of the base state, in the order in which squeue(1) lets them hide it. */
enum job_flag {
    JOB_FLAG_COMPLETING = 1 << 0,
    JOB_FLAG_STAGE_OUT = 1 << 1,
    JOB_FLAG_CONFIGURING = 1 << 2,
    JOB_FLAG_RESIZING = 1 << 3,
    JOB_FLAG_REQUEUED = 1 << 4,
    JOB_FLAG_REQUEUE_HOLD = 1 << 5,
    JOB_FLAG_SPECIAL_EXIT = 1 << 6,
    JOB_FLAG_STOPPED = 1 << 7,
    JOB_FLAG_REVOKED = 1 << 8,
    JOB_FLAG_RESV_DEL_HOLD = 1 << 9,
    JOB_FLAG_SIGNALING = 1 << 10,
};

enum job_has {
    JOB_HAS_ARRAY = 1 << 0, /* array_job_id */
    JOB_HAS_TASK = 1 << 1, /* array_task_id; absent on the record of an array's pending tasks */
    JOB_HAS_PRIORITY = 1 << 2,
    JOB_HAS_MEM = 1 << 3, /* mem_mb */
    JOB_HAS_LIMIT = 1 << 4, /* time_limit_min; absent: partition's default not settled */
    JOB_HAS_NO_LIMIT = 1 << 5, /* the limit is UNLIMITED */
    JOB_HAS_EXIT = 1 << 6, /* exit_code, exit_signal: the job has ended at least once */
    JOB_HAS_NICE = 1 << 7,
};

/* Slurm's enum job_state_reason, whose numbers stay; those that decide something here. */
enum job_reason {
    JOB_REASON_HELD_ADMIN = 8,
    JOB_REASON_HELD_USER = 16,
};

struct job {
    uint32_t job_id;
    uint32_t array_job_id;
    uint32_t array_task_id;
    uint32_t has; /* enum job_has */
    uint32_t uid;
    uint16_t state; /* enum job_state */
    uint16_t flags; /* enum job_flag */
    uint32_t reason_code; /* Slurm's enum job_state_reason */
    uint32_t priority; /* 0: held */
    int32_t nice;
    uint32_t cpus;
    uint32_t nodes; /* number of nodes: asked for while pending, allocated afterwards */
    uint32_t time_limit_min;
    uint64_t mem_mb; /* MiB for the whole job */
    int64_t submit_time; /* this and the next: epoch seconds, 0 if there is none */
    int64_t eligible_time;
    int64_t start_time; /* of a pending job: when Slurm expects to start it */
    int64_t end_time; /* of a running job: when its limit ends it */
    int64_t suspend_time; /* of a suspended job: since when */
    int64_t pre_suspend_s; /* seconds it ran before it was suspended last */
    uint32_t restarts;
    uint16_t exit_code;
    uint16_t exit_signal;
    uint8_t batch; /* 1: has a script, and so log files */
    uint8_t requeue; /* 1: may be requeued */
    uint8_t pad[2];
    strref name, user, partition, account;
    strref node_list; /* "node[1-2]"; "" while pending */
    strref node_index; /* the same as places in the node section: "0-1,4" */
    strref reason; /* Slurm's word: "Resources"; "" for None */
    strref state_desc; /* Slurm's explanation of the reason, when it gives one */
    strref dependency, features, req_nodes;
    strref array_tasks; /* pending tasks of an array: "1-4,8-9%1" */
    strref batch_host, work_dir, command;
    strref std_out, std_err; /* patterns: logpath.h expands them */
    uint32_t pad2;
};

/* What squeue(1) shows as %T: the first flag that hides the base state, or that. */
const char *job_state_name(const struct job *j);
/* The same as %t: "PD", "R", "CG". */
const char *job_state_short(const struct job *j);
/* Ended, whatever the result; a job still completing counts as ended only by its base state. */
bool job_finished(const struct job *j);
/* Seconds it has run by now, suspensions not counted; 0 before its start. squeue(1) %M. */
int64_t job_elapsed(const struct job *j, int64_t now_s);

/* ---- nodes ---- */

/* Base states, numbered as Slurm's enum node_states. */
enum node_state {
    NODE_STATE_UNKNOWN_,
    NODE_STATE_DOWN_,
    NODE_STATE_IDLE_,
    NODE_STATE_ALLOCATED_,
    NODE_STATE_ERROR_,
    NODE_STATE_MIXED_,
    NODE_STATE_FUTURE_,
    NODE_STATE_COUNT_
};

/* The trailing underscore above keeps clear of the macros of slurm.h, which only slurm_*.c sees
   together with this header. */
enum node_flag {
    NODE_FLAG_DRAIN = 1 << 0,
    NODE_FLAG_COMPLETING = 1 << 1,
    NODE_FLAG_NOT_RESPONDING = 1 << 2,
    NODE_FLAG_FAIL = 1 << 3,
    NODE_FLAG_MAINT = 1 << 4,
    NODE_FLAG_RESERVED = 1 << 5,
    NODE_FLAG_PLANNED = 1 << 6,
    NODE_FLAG_REBOOT_REQUESTED = 1 << 7,
    NODE_FLAG_REBOOT_ISSUED = 1 << 8,
    NODE_FLAG_POWERED_DOWN = 1 << 9,
    NODE_FLAG_POWERING_DOWN = 1 << 10,
    NODE_FLAG_POWER_DOWN = 1 << 11,
    NODE_FLAG_POWERING_UP = 1 << 12,
    NODE_FLAG_POWER_UP = 1 << 13,
    NODE_FLAG_POWER_DRAIN = 1 << 14,
    NODE_FLAG_CLOUD = 1 << 15,
    NODE_FLAG_DYNAMIC_FUTURE = 1 << 16,
    NODE_FLAG_DYNAMIC_NORM = 1 << 17,
    NODE_FLAG_INVALID_REG = 1 << 18,
    NODE_FLAG_UNDRAIN = 1 << 19,
    NODE_FLAG_RESUME = 1 << 20,
    NODE_FLAG_REBOOT_CANCEL = 1 << 21,
    NODE_FLAG_BLOCKED = 1 << 22,
};

enum node_has {
    NODE_HAS_LOAD = 1 << 0,
    NODE_HAS_FREE_MEM = 1 << 1,
    NODE_HAS_REASON_UID = 1 << 2,
};

struct node {
    uint32_t index; /* place in Slurm's node table: what struct job's node_index means */
    uint32_t has; /* enum node_has */
    uint32_t state; /* enum node_state */
    uint32_t flags; /* enum node_flag */
    uint32_t cpus; /* configured */
    uint32_t cpus_alloc;
    uint32_t load_x100; /* as the node reported it last, times 100 */
    uint32_t reason_uid;
    uint64_t mem_mb, mem_alloc_mb, mem_free_mb; /* MiB */
    uint64_t mem_spec_mb; /* of mem_mb, kept from jobs (MemSpecLimit) */
    int64_t reason_time; /* epoch seconds, 0: none; likewise below */
    int64_t boot_time, start_time, last_busy;
    uint32_t cpus_usable; /* configured, without those kept from jobs (CoreSpecCount) */
    uint32_t tmp_mb; /* TmpDisk, MiB */
    uint16_t sockets, cores, threads; /* of the node, of each socket, of each core */
    uint16_t pad;
    uint32_t weight;
    strref hostname; /* what the machine calls itself; "" in old recordings */
    strref name;
    strref state_text; /* libslurm's own word, sinfo(1) %T: "idle", "drained*", "mixed-" */
    strref partitions, reason, reason_user, features, version, os, address, gres;
};

/* "IDLE", "MIXED", … as in scontrol(1)'s State= before the first "+". */
const char *node_state_name(const struct node *n);
/* The flags as scontrol(1) writes them behind it: calls fn once per flag set, in its order. */
void node_flag_names(const struct node *n, void (*fn)(void *user, const char *name), void *user);
/* May get new work: neither down nor failing, draining, rebooting or powered off. */
bool node_usable(const struct node *n);
/* Gets no new work, but nobody took it out of service, and Slurm still counts on it: it has not answered yet (sinfo's
   "idle*", also for a moment after each resume), or it reboots ("reboot^"). If it does not come, Slurm makes it DOWN. */
bool node_awaited(const struct node *n);

/* ---- partitions ---- */

enum partition_flag {
    PARTITION_DEFAULT = 1 << 0,
    PARTITION_HIDDEN = 1 << 1,
    PARTITION_ROOT_ONLY = 1 << 2,
    PARTITION_NO_ROOT = 1 << 3, /* DisableRootJobs */
    PARTITION_DEF_MEM_PER_CPU = 1 << 4, /* def_mem_mb is for each CPU, else for each node */
};

enum partition_has {
    PARTITION_HAS_MAX_TIME = 1 << 0,
    PARTITION_HAS_NO_MAX_TIME = 1 << 1, /* INFINITE */
    PARTITION_HAS_DEFAULT_TIME = 1 << 2,
    PARTITION_HAS_MAX_NODES = 1 << 3,
    PARTITION_HAS_MAX_CPUS = 1 << 4,
    PARTITION_HAS_DEF_MEM = 1 << 5,
};

struct partition {
    uint32_t has; /* enum partition_has */
    uint32_t flags; /* enum partition_flag */
    uint32_t state; /* Slurm's state_up: bit 0 accepts jobs, bit 1 starts them */
    uint32_t max_time_min, default_time_min, max_nodes;
    uint32_t total_cpus, total_nodes, priority_tier;
    uint32_t min_nodes, max_cpus_per_node, def_mem_mb;
    strref name, node_list, qos, allow_groups, allow_accounts;
};

/* "UP", "DOWN", "INACTIVE", "DRAIN": scontrol(1), State=. */
const char *partition_state_name(const struct partition *p);

#endif
