/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A section's frame is kept as it came and its records are read in place. That is safe because
 * check_section() has looked at every size and every string reference before; and records hold
 * nothing but numbers and references.
 */
#include "backend/snapshot.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct section {
    unsigned refs;
    struct buf bytes; /* the frame: wire_head, section_head, records, pool */
    const void *records;
    const char *pool;
    uint32_t count;
};

#define REF(type, field) ((uint16_t)offsetof(struct type, field))

static const uint16_t job_refs[] = {REF(job, name), REF(job, user), REF(job, partition),
    REF(job, account), REF(job, node_list), REF(job, node_index), REF(job, reason),
    REF(job, state_desc), REF(job, dependency), REF(job, features), REF(job, req_nodes),
    REF(job, array_tasks), REF(job, batch_host), REF(job, work_dir), REF(job, command),
    REF(job, std_out), REF(job, std_err)};
static const uint16_t node_refs[] = {REF(node, hostname), REF(node, name), REF(node, state_text),
    REF(node, partitions), REF(node, reason), REF(node, reason_user), REF(node, features),
    REF(node, version), REF(node, os), REF(node, address), REF(node, gres)};
static const uint16_t partition_refs[] = {REF(partition, name), REF(partition, node_list),
    REF(partition, qos), REF(partition, allow_groups), REF(partition, allow_accounts)};

static const uint16_t job_times[] = {REF(job, submit_time), REF(job, eligible_time),
    REF(job, start_time), REF(job, end_time), REF(job, suspend_time), REF(job, pre_suspend_s)};
static const uint16_t node_times[] = {
    REF(node, reason_time), REF(node, boot_time), REF(node, start_time), REF(node, last_busy)};

#define TIME_MAX ((int64_t)1 << 40) /* seconds; 34 000 years: arithmetic on times never overflows */

static const struct layout {
    enum wire_type type;
    const char *name;
    uint32_t record_size;
    const uint16_t *refs;
    size_t ref_count;
    const uint16_t *times;
    size_t time_count;
} layouts[SECTION_COUNT] = {
    [SECTION_CLUSTER] = {.name = "cluster", .type = WIRE_CLUSTER},
    [SECTION_JOBS] = {WIRE_JOBS, "jobs", sizeof(struct job), job_refs, KF_LEN(job_refs), job_times,
        KF_LEN(job_times)},
    [SECTION_NODES] = {WIRE_NODES, "nodes", sizeof(struct node), node_refs, KF_LEN(node_refs),
        node_times, KF_LEN(node_times)},
    [SECTION_PARTITIONS] = {WIRE_PARTITIONS, "partitions", sizeof(struct partition), partition_refs,
        KF_LEN(partition_refs), NULL, 0},
};

/* Every strref of these records must be in the tables above, or a frame could point anywhere: the
   references stand together at the end of each record, which lets the compiler count them. */
#define REFS_BETWEEN(type, first, last)                                                            \
    ((offsetof(struct type, last) - offsetof(struct type, first)) / sizeof(strref) + 1)
_Static_assert(KF_LEN(job_refs) == REFS_BETWEEN(job, name, std_err), "job_refs is complete");
_Static_assert(KF_LEN(node_refs) == REFS_BETWEEN(node, hostname, gres), "node_refs is complete");
_Static_assert(KF_LEN(partition_refs) == REFS_BETWEEN(partition, name, allow_accounts),
    "partition_refs is complete");
_Static_assert(sizeof(struct job) % 8 == 0 && sizeof(struct node) % 8 == 0, "records stay aligned");

static struct section *section_ref(struct section *s)
{
    if (s)
        s->refs++;
    return s;
}

static void section_unref(struct section *s)
{
    if (s && --s->refs == 0) {
        buf_release(&s->bytes);
        free(s);
    }
}

struct snapshot *snapshot_new(void)
{
    struct snapshot *s = xcalloc(1, sizeof(*s));

    s->job_pool = s->node_pool = s->partition_pool = "";
    return s;
}

struct snapshot *snapshot_free(struct snapshot *s)
{
    if (s)
        for (int i = 0; i < SECTION_COUNT; i++)
            section_unref(s->sections[i]);
    free(s);
    return NULL;
}

static int compare_job(const void *key, const void *row)
{
    uint32_t id = *(const uint32_t *)key, other = ((const struct job *)row)->job_id;

    return id < other ? -1 : id > other;
}

const struct job *snapshot_job(const struct snapshot *s, uint32_t job_id)
{
    if (s->job_count == 0)
        return NULL;
    return bsearch(&job_id, s->jobs, s->job_count, sizeof(*s->jobs), compare_job);
}

uint32_t job_tasks(const struct snapshot *s, const struct job *j)
{
    const char *at = job_str(s, j->array_tasks); /* "1-4,8-9%2", "0-8:2" */
    uint64_t tasks = 0;

    while (*at >= '0' && *at <= '9') {
        char *end;
        uint64_t from = strtoul(at, &end, 10), to = from, step = 1;

        if (*end == '-')
            to = strtoul(end + 1, &end, 10);
        if (*end == ':')
            step = strtoul(end + 1, &end, 10);
        step = KF_MAX(step, (uint64_t)1);
        tasks += to >= from ? (to - from) / step + 1 : 0;
        at = *end == ',' ? end + 1 : "";
    }
    return tasks ? (uint32_t)KF_MIN(tasks, (uint64_t)UINT32_MAX) : 1;
}

const struct node *snapshot_node(const struct snapshot *s, const char *name)
{
    for (uint32_t i = 0; i < s->node_count; i++)
        if (strcmp(node_str(s, s->nodes[i].name), name) == 0)
            return &s->nodes[i];
    return NULL;
}

enum section_id snapshot_failed(const struct snapshot *s)
{
    for (int i = 0; i < SECTION_COUNT; i++)
        if (s->health[i].error)
            return (enum section_id)i;
    return SECTION_COUNT;
}

void assembly_release(struct assembly *a)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        section_unref(a->arrived[i]);
        a->arrived[i] = NULL;
    }
    a->have_cluster = false;
}

static bool refs_sound(const struct layout *l, const char *records, uint32_t count, uint32_t pool)
{
    for (uint32_t i = 0; i < count; i++)
        for (size_t k = 0; k < l->ref_count; k++) {
            strref r;

            memcpy(&r, records + (size_t)i * l->record_size + l->refs[k], sizeof(r));
            if (r >= pool)
                return false;
        }
    return true;
}

static bool times_sound(const struct layout *l, const char *records, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (size_t k = 0; k < l->time_count; k++) {
            int64_t t;

            memcpy(&t, records + (size_t)i * l->record_size + l->times[k], sizeof(t));
            if (t < 0 || t > TIME_MAX)
                return false;
        }
    return true;
}

/* Tables are looked up by it, and bits shifted. That of a node is compared only: Slurm may have newer ones. */
static bool states_sound(const struct job *jobs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (jobs[i].state >= JOB_STATE_COUNT)
            return false;
    return true;
}

static bool jobs_ascend(const struct job *jobs, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (jobs[i - 1].job_id >= jobs[i].job_id)
            return false;
    return true;
}

/* Says what is wrong with a section's payload, or NULL. */
static const char *check_section(const struct layout *l, const char *payload, size_t length)
{
    struct section_head head;
    const char *records = payload + sizeof(head), *pool;
    uint64_t size;

    if (length < sizeof(head))
        return "shorter than its head";
    memcpy(&head, payload, sizeof(head));
    if (head.record_size != l->record_size)
        return "made by another version";
    size = (uint64_t)head.record_size * head.count;
    size += head.pool_size;
    if (size > length - sizeof(head) || length - sizeof(head) - size >= 8) /* less is padding */
        return "its parts do not add up to its length";
    pool = records + (size - head.pool_size);
    if (head.pool_size == 0 || pool[0] != '\0' || pool[head.pool_size - 1] != '\0')
        return "its strings are not terminated";
    if (!refs_sound(l, records, head.count, head.pool_size))
        return "a string lies outside its pool";
    if (!times_sound(l, records, head.count))
        return "a time is out of all bounds";
    if (l->type == WIRE_JOBS && !states_sound((const struct job *)records, head.count))
        return "a job is in a state that there is not";
    if (l->type == WIRE_JOBS && !jobs_ascend((const struct job *)records, head.count))
        return "its jobs are not in the order of their ids";
    return NULL;
}

static int take_section(
    struct assembly *a, enum section_id id, const struct wire_frame *f, struct diag *d)
{
    const struct layout *l = &layouts[id];
    const char *wrong = check_section(l, f->payload, f->head.length);
    struct section_head head;
    struct section *s;
    const char *payload;

    if (wrong)
        return diag_set(d, -EBADMSG, "a %s frame was dropped: %s", l->name, wrong);
    s = xcalloc(1, sizeof(*s));
    s->refs = 1;
    if (f->owner) { /* take the stream's buffer instead of copying megabytes */
        s->bytes = *f->owner;
        *f->owner = BUF_INIT;
    } else {
        s->bytes.max = sizeof(f->head) + WIRE_FRAME_MAX;
        buf_add(&s->bytes, &f->head, sizeof(f->head));
        buf_add(&s->bytes, f->payload, f->head.length);
    }
    payload = s->bytes.p + sizeof(f->head);
    memcpy(&head, payload, sizeof(head));
    s->count = head.count;
    s->records = payload + sizeof(head);
    s->pool = payload + sizeof(head) + (size_t)head.record_size * head.count;
    section_unref(a->arrived[id]);
    a->arrived[id] = s;
    return 0;
}

static int take_cluster(struct assembly *a, const struct wire_frame *f, struct diag *d)
{
    struct wire_reader r = wire_reader(f);
    struct cluster c = {0};

    wire_get_text(&r, c.name, sizeof(c.name));
    wire_get_text(&r, c.controller, sizeof(c.controller));
    wire_get_text(&r, c.version, sizeof(c.version));
    wire_get_text(&r, c.conf_path, sizeof(c.conf_path));
    c.slurm_uid = wire_get_u32(&r);
    c.min_job_age_s = wire_get_u32(&r);
    c.uid = wire_get_u32(&r);
    wire_get_text(&r, c.user, sizeof(c.user));
    c.boot_time = wire_get_number(&r);
    if (r.bad)
        return diag_set(d, -EBADMSG, "a cluster frame was dropped: it ends early");
    if (r.left >= sizeof(c.flags)) /* padding is zero: nothing known */
        c.flags = wire_get_u32(&r);
    if (r.left >= 2 * sizeof(uint32_t)) { /* less is padding */
        c.max_array_size = wire_get_u32(&r);
        c.def_mem_mb = wire_get_u32(&r);
    }
    a->cluster = c;
    a->have_cluster = true;
    return 0;
}

/* A table that was dropped on its way must not pass for the one that is here: only with one that has
   arrived comes its time. */
static void read_health(
    struct wire_reader *r, const struct assembly *a, struct snapshot *next, int64_t time_ms)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        struct section_health *h = &next->health[i];
        uint8_t result = wire_get_u8(r);
        int error = (int)wire_get_u32(r);
        char message[sizeof(h->message)];
        int64_t given_s;

        wire_get_text(r, message, sizeof(message));
        given_s = wire_get_number(r);
        h->result = result < SECTION_RESULT_COUNT ? (enum section_result)result : SECTION_FAILED;
        if (h->result == SECTION_NOT_ASKED)
            continue;
        h->error = h->result == SECTION_FAILED ? (error ? error : -1) : 0;
        memcpy(h->message, message, sizeof(message));
        if (h->result != SECTION_FAILED)
            h->fresh_ms = time_ms;
        if (h->result == SECTION_FAILED) /* the next answer may be another controller's */
            h->given_s = 0;
        else if (a->arrived[i])
            h->given_s = given_s;
    }
    next->cpu_us = wire_get_number(r);
    next->wall_us = wire_get_number(r);
}

static void use_sections(struct snapshot *s)
{
    const struct section *jobs = s->sections[SECTION_JOBS], *nodes = s->sections[SECTION_NODES],
                         *partitions = s->sections[SECTION_PARTITIONS];

    s->jobs = jobs ? jobs->records : NULL;
    s->job_count = jobs ? jobs->count : 0;
    s->job_pool = jobs ? jobs->pool : "";
    s->nodes = nodes ? nodes->records : NULL;
    s->node_count = nodes ? nodes->count : 0;
    s->node_pool = nodes ? nodes->pool : "";
    s->partitions = partitions ? partitions->records : NULL;
    s->partition_count = partitions ? partitions->count : 0;
    s->partition_pool = partitions ? partitions->pool : "";
}

static int take_health(struct assembly *a, const struct wire_frame *f,
    const struct snapshot *before, struct snapshot **ret_next, struct diag *d)
{
    struct wire_reader r = wire_reader(f);
    struct snapshot *next = snapshot_new();

    *next = *before;
    next->changed = 0;
    next->generation = before->generation + 1;
    next->time_ms = f->head.time_ms;
    for (int i = 0; i < SECTION_COUNT; i++)
        section_ref(next->sections[i]);
    read_health(&r, a, next, f->head.time_ms);
    if (r.bad) {
        snapshot_free(next);
        return diag_set(d, -EBADMSG, "a health frame was dropped: it ends early");
    }
    for (int i = 0; i < SECTION_COUNT; i++)
        if (a->arrived[i]) {
            section_unref(next->sections[i]);
            next->sections[i] = a->arrived[i];
            a->arrived[i] = NULL;
            next->changed |= 1u << i;
        }
    if (a->have_cluster) {
        next->cluster = a->cluster;
        next->changed |= REFRESH_CLUSTER;
        a->have_cluster = false;
    }
    use_sections(next);
    *ret_next = next;
    return 0;
}

int assembly_take(struct assembly *a, const struct wire_frame *frame, const struct snapshot *before,
    struct snapshot **ret_next, struct diag *d)
{
    switch ((enum wire_type)frame->head.type) {
    case WIRE_CLUSTER:
        return take_cluster(a, frame, d);
    case WIRE_JOBS:
        return take_section(a, SECTION_JOBS, frame, d);
    case WIRE_NODES:
        return take_section(a, SECTION_NODES, frame, d);
    case WIRE_PARTITIONS:
        return take_section(a, SECTION_PARTITIONS, frame, d);
    case WIRE_HEALTH:
        return take_health(a, frame, before, ret_next, d);
    default:
        return 0;
    }
}
