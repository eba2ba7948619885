/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of nodes. Names are those of the JSON contract where it has them. */
#include <stdio.h>
#include <string.h>

#include "backend/progress.h"
#include "base/alloc.h"
#include "base/fmt.h"
#include "tui/column.h"

#define TEXT_GETTER(fn, field)                                                                     \
    static void fn(const struct row *r, struct value *out)                                         \
    {                                                                                              \
        out->text = node_str(r->snapshot, r->node->field);                                         \
        out->present = out->text[0] != '\0';                                                       \
    }
#define NUMBER_GETTER(fn, field, is_present)                                                       \
    static void fn(const struct row *r, struct value *out)                                         \
    {                                                                                              \
        out->number = (int64_t)r->node->field;                                                     \
        out->present = (is_present);                                                               \
    }

TEXT_GETTER(get_name, name)
TEXT_GETTER(get_partitions, partitions)
TEXT_GETTER(get_reason, reason)
TEXT_GETTER(get_reason_user, reason_user)
TEXT_GETTER(get_features, features)
TEXT_GETTER(get_version, version)
TEXT_GETTER(get_os, os)
TEXT_GETTER(get_address, address)
TEXT_GETTER(get_gres, gres)
NUMBER_GETTER(get_cpus, cpus, true)
NUMBER_GETTER(get_cpus_alloc, cpus_alloc, true)
NUMBER_GETTER(get_load, load_x100, (r->node->has & NODE_HAS_LOAD) != 0)
NUMBER_GETTER(get_mem, mem_mb, true)
NUMBER_GETTER(get_mem_alloc, mem_alloc_mb, true)
NUMBER_GETTER(get_mem_free, mem_free_mb, (r->node->has & NODE_HAS_FREE_MEM) != 0)
NUMBER_GETTER(get_reason_time, reason_time, r->node->reason_time != 0)
NUMBER_GETTER(get_boot, boot_time, r->node->boot_time != 0)
NUMBER_GETTER(get_started, start_time, r->node->start_time != 0)
NUMBER_GETTER(get_weight, weight, true)

static void get_state(const struct row *r, struct value *out)
{
    out->text = node_state_name(r->node);
}

struct joined {
    char *out;
    size_t size, used;
};

static void join(void *user, const char *name)
{
    struct joined *j = user;
    int n = snprintf(j->out + j->used, j->size - j->used, "%s%s", j->used ? "," : "", name);

    if (n > 0)
        j->used = KF_MIN(j->used + (size_t)n, j->size - 1);
}

static void get_flags(const struct row *r, struct value *out)
{
    struct joined j = {out->scratch, sizeof(out->scratch), 0};

    node_flag_names(r->node, join, &j);
    out->text = out->scratch;
}

static bool only_drained(const struct node *n)
{
    return (n->flags & NODE_FLAG_DRAIN) && n->state != NODE_STATE_DOWN_;
}

/* It may soon need a person. */
static bool watched(const struct node *n)
{
    return node_awaited(n) || (n->flags & (NODE_FLAG_MAINT | NODE_FLAG_REBOOT_REQUESTED));
}

static const char *sign_of(const struct node *n)
{
    switch (order_node_rank(n)) {
    case 0:
        return only_drained(n) ? "▲" : "✗";
    case 1:
        return node_awaited(n) ? "▲" : "●";
    case 2:
        return watched(n) ? "▲" : "○";
    default:
        return "○";
    }
}

/* What sinfo shows, with a sign for the eye. */
static void get_st(const struct row *r, struct value *out)
{
    snprintf(out->scratch, sizeof(out->scratch), "%s %s", sign_of(r->node),
        node_str(r->snapshot, r->node->state_text));
    out->text = out->scratch;
    out->number = order_node_rank(r->node);
}

static void get_sinfo(const struct row *r, struct value *out)
{
    out->text = node_str(r->snapshot, r->node->state_text);
}

static void get_cpu_bar(const struct row *r, struct value *out)
{
    snprintf(out->scratch, sizeof(out->scratch), "%u/%u", r->node->cpus_alloc, r->node->cpus);
    out->text = out->scratch;
    out->number = r->node->cpus_alloc;
}

static void get_mem_bar(const struct row *r, struct value *out)
{
    char alloc[FMT_SIZE], total[FMT_SIZE];

    snprintf(out->scratch, sizeof(out->scratch), "%s/%s", fmt_gib(alloc, r->node->mem_alloc_mb),
        fmt_gib(total, r->node->mem_mb));
    out->text = out->scratch;
    out->number = (int64_t)r->node->mem_alloc_mb;
}

static void get_jobs(const struct row *r, struct value *out)
{
    const struct order *o = r->order;
    size_t used = 0;

    out->text = out->scratch;
    out->present = o != NULL && o->node_start != NULL;
    if (!out->present)
        return;
    out->number = o->node_start[r->index + 1] - o->node_start[r->index];
    for (uint32_t i = o->node_start[r->index]; i < o->node_start[r->index + 1]; i++) {
        const struct job *j = &r->snapshot->jobs[o->on_nodes[i]];
        int n = snprintf(out->scratch + used, sizeof(out->scratch) - used,
            j->has & JOB_HAS_TASK ? "%s%u_%u" : "%s%u", used ? "," : "",
            j->has & JOB_HAS_TASK ? j->array_job_id : j->job_id, j->array_task_id);

        if (n < 0 || (size_t)n >= sizeof(out->scratch) - used)
            break;
        used += (size_t)n;
    }
}

/* Why it is out of service, who said so and how long ago; or what looks odd about it. */
static void get_note(const struct row *r, struct value *out)
{
    const struct node *n = r->node;
    const char *reason = node_str(r->snapshot, n->reason);
    const char *user = node_str(r->snapshot, n->reason_user);
    char age[FMT_SIZE];
    int used;

    out->text = out->scratch;
    if (reason[0] == '\0' && suspect_of(r->snapshot, node_str(r->snapshot, n->name))) {
        const struct suspect *of = suspect_of(r->snapshot, node_str(r->snapshot, n->name));

        snprintf(out->scratch, sizeof(out->scratch),
            "suspect: %u builds in a row failed here, the last of %s", of->failed,
            log_cause_name(of->cause));
        return;
    }
    if (reason[0] == '\0') {
        out->present = (n->flags & NODE_FLAG_NOT_RESPONDING) != 0;
        snprintf(out->scratch, sizeof(out->scratch), "%s", out->present ? "does not respond" : "");
        return;
    }
    used = snprintf(out->scratch, sizeof(out->scratch), "%s", reason);
    used = KF_MIN(used, (int)sizeof(out->scratch) - 1);
    if (user[0] && n->reason_time)
        snprintf(out->scratch + used, sizeof(out->scratch) - (size_t)used, " — %s, %s ago", user,
            fmt_age(age, r->now_s - n->reason_time));
}

static enum role role_state(const struct row *r)
{
    const struct node *n = r->node;

    switch (order_node_rank(n)) {
    case 0:
        return only_drained(n) ? ROLE_WARN : ROLE_BAD;
    case 1:
        return node_awaited(n) ? ROLE_WARN : ROLE_BUSY;
    case 2:
        return watched(n) ? ROLE_WARN : ROLE_GOOD;
    default:
        return ROLE_DIM;
    }
}

/* A load far above the allocated CPUs is somebody computing past Slurm; far below it, a build that
   hangs. Only of nodes that have had the time to report it (in the manner of pestat). */
static enum role role_load(const struct row *r)
{
    const struct node *n = r->node;
    double load = n->load_x100 / 100.0;

    if (n->has & NODE_HAS_LOAD && load > n->cpus + 1.0 && load > 1.5 * n->cpus)
        return ROLE_WARN;
    return ROLE_TEXT;
}

static enum role role_free(const struct row *r)
{
    const struct node *n = r->node;

    return n->has & NODE_HAS_FREE_MEM && n->mem_mb && n->mem_free_mb < n->mem_mb / 20 ? ROLE_WARN
                                                                                      : ROLE_TEXT;
}

static enum role role_note(const struct row *r)
{
    return role_state(r) == ROLE_GOOD ? ROLE_DIM : role_state(r);
}

static double meter_cpu(const struct row *r)
{
    return r->node->cpus ? (double)r->node->cpus_alloc / r->node->cpus : 0;
}

static double meter_mem(const struct row *r)
{
    return r->node->mem_mb ? (double)r->node->mem_alloc_mb / (double)r->node->mem_mb : 0;
}

static const struct column columns[] = {
    {"name", "NODE", "Name of the node", COLUMN_TEXT, 5, 16, 1, false, get_name, NULL, NULL},
    {"st", "STATE", "State as sinfo writes it, with a sign", COLUMN_LABEL, 8, 14, 1, false, get_st,
        role_state, NULL},
    {"state", "BASE", "Base state in Slurm's word", COLUMN_TEXT, 5, 10, 6, false, get_state,
        role_state, NULL},
    {"sinfo", "SINFO", "State as sinfo writes it", COLUMN_TEXT, 5, 14, 6, false, get_sinfo,
        role_state, NULL},
    {"flags", "FLAGS", "Flags on top of the base state", COLUMN_LIST, 5, 30, 8, false, get_flags,
        NULL, NULL},
    {"cpu", "CPU", "CPUs allocated, of all", COLUMN_LABEL, 10, 16, 2, true, get_cpu_bar, NULL,
        meter_cpu},
    {"cpus", "CPUS", "CPUs", COLUMN_NUMBER, 4, 6, 6, true, get_cpus, NULL, NULL},
    {"cpus_alloc", "ALLOC", "CPUs allocated to jobs", COLUMN_NUMBER, 5, 6, 6, true, get_cpus_alloc,
        NULL, NULL},
    {"load", "LOAD", "Load as the node reported it last", COLUMN_HUNDREDTHS, 4, 7, 3, true,
        get_load, role_load, NULL},
    {"mem", "MEM G", "Memory allocated, of all, GiB", COLUMN_LABEL, 9, 16, 3, true, get_mem_bar,
        NULL, meter_mem},
    {"mem_mb", "MEM_MB", "Memory, MiB", COLUMN_NUMBER, 6, 9, 6, true, get_mem, NULL, NULL},
    {"mem_alloc_mb", "MEM_ALLOC", "Memory allocated to jobs, MiB", COLUMN_NUMBER, 6, 9, 6, true,
        get_mem_alloc, NULL, NULL},
    {"free", "FREE G", "Memory the node reported free last, GiB", COLUMN_MIB, 6, 7, 5, true,
        get_mem_free, role_free, NULL},
    {"mem_free_mb", "MEM_FREE", "Memory the node reported free last, MiB", COLUMN_NUMBER, 6, 9, 6,
        true, get_mem_free, role_free, NULL},
    {"jobs", "JOBS", "What runs on it", COLUMN_LABEL, 4, 16, 4, false, get_jobs, NULL, NULL},
    {"partitions", "PARTITIONS", "Partitions it is in", COLUMN_LIST, 5, 16, 6, false,
        get_partitions, NULL, NULL},
    {"note", "REASON", "Why it is out of service, who said so, how long ago", COLUMN_TEXT, 16, 0, 2,
        false, get_note, role_note, NULL},
    {"reason", "WHY", "Why it is out of service", COLUMN_TEXT, 6, 30, 6, false, get_reason,
        role_note, NULL},
    {"reason_user", "BY", "Who said so", COLUMN_TEXT, 4, 10, 7, false, get_reason_user, NULL, NULL},
    {"reason_time", "SINCE", "When", COLUMN_TIME, 5, 11, 7, false, get_reason_time, NULL, NULL},
    {"features", "FEATURES", "Its features", COLUMN_LIST, 8, 24, 7, false, get_features, NULL,
        NULL},
    {"gres", "GRES", "Generic resources", COLUMN_TEXT, 4, 20, 8, false, get_gres, NULL, NULL},
    {"version", "SLURMD", "Version of its slurmd", COLUMN_TEXT, 6, 10, 7, false, get_version, NULL,
        NULL},
    {"os", "OS", "Its operating system", COLUMN_TEXT, 6, 40, 9, false, get_os, NULL, NULL},
    {"address", "ADDRESS", "Address Slurm reaches it at", COLUMN_TEXT, 7, 20, 8, false, get_address,
        NULL, NULL},
    {"boot_time", "BOOTED", "When it booted", COLUMN_TIME, 5, 11, 8, false, get_boot, NULL, NULL},
    {"started", "STARTED", "When its slurmd started", COLUMN_TIME, 5, 11, 8, false, get_started,
        NULL, NULL},
    {"weight", "WEIGHT", "Weight: light nodes are filled first", COLUMN_NUMBER, 6, 6, 9, true,
        get_weight, NULL, NULL},
};

const struct column_set columns_nodes = {
    .name = "nodes",
    .section = REFRESH_NODES,
    /* a node does not say in which partitions it is: the helper looks into these */
    .needs = {{"jobs", REFRESH_JOBS}, {"partitions", REFRESH_PARTITIONS}},
    .columns = columns,
    .count = (int)KF_LEN(columns),
    .text = "name,sinfo,cpus_alloc,cpus,load,mem_alloc_mb,mem_mb,mem_free_mb,jobs,partitions,note",
    .detail =
        "name,sinfo,flags,note,jobs,cpu,load,mem,free,partitions,features,gres,weight,address,"
        "version,os,boot_time,started",
    .json = "name,state,flags,cpus,cpus_alloc,load,mem_mb,mem_alloc_mb,mem_free_mb,partitions,"
            "reason,reason_user,reason_time,features,version",
};
