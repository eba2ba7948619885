/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SNAPSHOT_H
#define KFARM_BACKEND_SNAPSHOT_H
/*
 * What the farm looked like at one moment. A snapshot never changes: the next refresh makes a new
 * one, which shares the sections that did not change. Rows found in a snapshot are valid as long as
 * it is held; what outlives it keeps ids (job id, node name), never rows.
 *
 * Payloads:
 *
 * WIRE_REFRESH (screen → helper): u32 enum refresh_want.
 * WIRE_CLUSTER (helper → screen): str name, str controller host, str version of the controller, str
 *     state directory's configuration file, u32 uid of SlurmUser, u32 MinJobAge (s), u32 uid of the
 *     one who looks, str name of that user, i64 boot time of the controller; u32 enum cluster_flag,
 *     u32 MaxArraySize, u32 DefMemPerCPU or DefMemPerNode (MiB); the latter three are missing in
 *     recordings of earlier releases.
 * WIRE_JOBS, WIRE_NODES, WIRE_PARTITIONS (helper → screen): struct section_head, count records of
 *     record_size bytes, pool_size bytes of NUL-terminated strings, the first of them "". Jobs come
 *     in ascending job_id, nodes in Slurm's own order.
 * WIRE_HEALTH (helper → screen, ends a refresh): for each enum section_id: u8 enum section_result,
 *     u32 errno, str message of Slurm, i64 last_update by the controller's clock; then i64 CPU µs
 *     and i64 wall µs the refresh took in the helper.
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/model.h"
#include "backend/wire.h"
#include "base/diag.h"

enum section_id { SECTION_CLUSTER, SECTION_JOBS, SECTION_NODES, SECTION_PARTITIONS, SECTION_COUNT };

enum refresh_want {
    REFRESH_CLUSTER = 1 << SECTION_CLUSTER,
    REFRESH_JOBS = 1 << SECTION_JOBS,
    REFRESH_NODES = 1 << SECTION_NODES,
    REFRESH_PARTITIONS = 1 << SECTION_PARTITIONS,
    REFRESH_ALL = (1 << SECTION_COUNT) - 1,
};

enum section_result {
    SECTION_NOT_ASKED,
    SECTION_UNCHANGED, /* the controller says: nothing new since the last time */
    SECTION_LOADED, /* a new one came before this frame */
    SECTION_FAILED,
    SECTION_RESULT_COUNT
};

struct section_head {
    uint32_t record_size;
    uint32_t count;
    uint32_t pool_size;
    uint32_t zero;
};

/* What slurm.conf says that decides which verbs can work. */
enum cluster_flag {
    CLUSTER_KNOWN = 1 << 0, /* the others are true or false; without it nobody knows */
    CLUSTER_ACCOUNTING = 1 << 1, /* slurmdbd: there may be operators and coordinators */
    CLUSTER_USER_TOP = 1 << 2, /* SchedulerParameters=enable_user_top */
    CLUSTER_REBOOT_PROGRAM = 1 << 3,
    CLUSTER_POWER_SAVING = 1 << 4, /* SuspendProgram and ResumeProgram */
    CLUSTER_DEF_MEM_PER_CPU = 1 << 5, /* def_mem_mb is for each CPU, else for each node */
    CLUSTER_SHARES_MEMORY = 1 << 6, /* SelectTypeParameters: memory is handed out (…_Memory) */
    CLUSTER_WHOLE_NODES = 1 << 7, /* select/linear: a job gets whole nodes */
    CLUSTER_ENFORCES_LIMITS =
        1 << 8, /* EnforcePartLimits: beyond a partition's limits is refused */
};

struct cluster {
    char name[128], controller[256], version[64], conf_path[256], user[64];
    uint32_t slurm_uid, uid, min_job_age_s;
    uint32_t flags; /* enum cluster_flag */
    uint32_t max_array_size; /* 0: not known */
    uint32_t def_mem_mb; /* 0: a job that does not say gets all memory of its nodes */
    int64_t boot_time;
};

struct section_health {
    enum section_result result;
    int error; /* Slurm's errno, 0 if the last attempt was well */
    char message[256]; /* Slurm's words for it */
    int64_t fresh_ms; /* wall time at which this section was known to be true last; 0 never */
    /* the controller's own time (s) at which it gave out what stands here; 0 if that is not sure */
    int64_t given_s;
};

struct section; /* a reference-counted frame */

struct progress;

struct snapshot {
    uint64_t generation;
    const struct job *jobs;
    const struct node *nodes;
    const struct partition *partitions;
    uint32_t job_count, node_count, partition_count;
    const char *job_pool, *node_pool, *partition_pool;
    struct cluster cluster;
    struct section_health health[SECTION_COUNT];
    int64_t time_ms; /* wall time of the helper when the refresh ended */
    int64_t cpu_us, wall_us; /* what it took there */
    uint32_t changed; /* enum refresh_want: sections that are not those of the former */
    struct section *sections[SECTION_COUNT];
    const struct progress
        *progress; /* what the jobs' logs say (progress.h); not owned; NULL: nothing */
};

/* The strings of a record; never NULL. */
static inline const char *job_str(const struct snapshot *s, strref r)
{
    return s->job_pool + r;
}
static inline const char *node_str(const struct snapshot *s, strref r)
{
    return s->node_pool + r;
}
static inline const char *partition_str(const struct snapshot *s, strref r)
{
    return s->partition_pool + r;
}

/* An empty snapshot, to begin with; never NULL. */
struct snapshot *snapshot_new(void);
/* Takes NULL; returns NULL. */
struct snapshot *snapshot_free(struct snapshot *s);

/* The job with this id, or NULL. */
const struct job *snapshot_job(const struct snapshot *s, uint32_t job_id);
/* How many tasks of an array a record stands for: 1 unless it is that of the pending ones. */
uint32_t job_tasks(const struct snapshot *s, const struct job *j);
/* The node with this name, or NULL. */
const struct node *snapshot_node(const struct snapshot *s, const char *name);

/* The first section that failed, SECTION_COUNT if all is well. */
enum section_id snapshot_failed(const struct snapshot *s);

/* Collects the frames of one refresh. */
struct assembly {
    struct section *arrived[SECTION_COUNT];
    struct cluster cluster;
    bool have_cluster;
};

void assembly_release(struct assembly *a);
/*
 * Takes one frame. On WIRE_HEALTH makes the next snapshot from `before` and what has arrived and
 * sets *ret_next (the caller frees both). Returns 0; or -EBADMSG with the reason in d for a frame
 * that is not sound: it is dropped, and `before` stays the truth. Frames of other types: 0.
 */
int assembly_take(struct assembly *a, const struct wire_frame *frame, const struct snapshot *before,
    struct snapshot **ret_next, struct diag *d);

#endif
