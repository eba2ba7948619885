/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One refresh is up to four RPCs, each of which the controller may answer with "nothing changed"
 * (SLURM_NO_CHANGE_IN_DATA) because we hand back the time of its last answer. What did change is
 * converted record by record into one frame. Buffers and the pool live as long as the client, and
 * the helper keeps freed memory (helper_slurm.c): fresh pages are what makes a refresh dear.
 */
#include "backend/slurm_client.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/slurm_convert.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/harmless.h"

#define CONF_MAX (16u << 20) /* bytes; one of ten thousand nodes by name has less than 1 MB */
#define SET_IT   "; set it to the farm's slurm.conf, or unset it"

struct result {
    enum section_result result;
    int error;
};

struct slurm_client {
    struct user_names *users;
    struct strpool pool;
    struct buf frame;
    struct clock clock;
    time_t last[SECTION_COUNT]; /* the controller's clock, handed back verbatim */
    struct result results[SECTION_COUNT];
    int controllers; /* how many the configuration names; 1 until it is known */
    bool reachable; /* the last refresh got an answer */
    char **node_partitions; /* by place in the node table; NULL where none */
    uint32_t node_places;
    partition_info_msg_t *partitions;
    uint32_t sequence;
    slurm_client_emit *emit;
    void *user;
};

void slurm_client_library(char *out, size_t size)
{
    snprintf(out, size, "%d.%02d.%d", (int)(SLURM_VERSION_NUMBER >> 16),
        (int)(SLURM_VERSION_NUMBER >> 8 & 0xff), (int)(SLURM_VERSION_NUMBER & 0xff));
}

/* libslurm would wait at a FIFO, and read whatever it is into memory, a hundred gigabytes, too. */
static int check_configuration(struct diag *d)
{
    const char *path = getenv("SLURM_CONF");
    struct stat st;

    if (path == NULL || *path == '\0')
        return 0;
    if (stat(path, &st) < 0)
        return diag_set(d, -errno, "SLURM_CONF names %s: %s" SET_IT, path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return diag_set(d, -EINVAL, "SLURM_CONF names %s, which is not a file" SET_IT, path);
    if (st.st_size > CONF_MAX)
        return diag_set(d, -EFBIG, "SLURM_CONF names %s, which is larger than %u MiB" SET_IT, path,
            CONF_MAX >> 20);
    if (access(path, R_OK) < 0)
        return diag_set(d, -errno, "SLURM_CONF names %s: %s" SET_IT, path, strerror(errno));
    return 0;
}

/* libslurm ends the process over a bad configuration and does not say which file it was (exit
   handlers run: log.c, fatal()). */
static void on_fatal(int status, void *starting)
{
    const char *path = getenv("SLURM_CONF");

    if (*(bool *)starting && status != 0 && path)
        harmless_error("Slurm cannot use its configuration %s", path);
}

struct slurm_client *slurm_client_new(struct diag *d)
{
    static bool starting; /* on_exit() wants memory that outlives every stack */
    struct slurm_client *c;

    if (check_configuration(d) < 0)
        return NULL;
    starting = true;
    on_exit(on_fatal, &starting);
    /* Without it libslurm cuts the list of an array's tasks short with "..." (scancel.c does the
       same). */
    setenv("SLURM_BITSTR_LEN", "0", 1);
    slurm_init(NULL);
    starting = false;
    c = xcalloc(1, sizeof(*c));
    c->users = user_names_new();
    c->controllers = 1;
    c->frame.max = c->pool.bytes.max = WIRE_FRAME_MAX;
    return c;
}

static void forget_partitions(struct slurm_client *c)
{
    for (uint32_t i = 0; i < c->node_places; i++)
        free(c->node_partitions[i]);
    free(c->node_partitions);
    c->node_partitions = NULL;
    c->node_places = 0;
}

struct slurm_client *slurm_client_free(struct slurm_client *c)
{
    if (c) {
        forget_partitions(c);
        if (c->partitions)
            slurm_free_partition_info_msg(c->partitions);
        user_names_free(c->users);
        strpool_release(&c->pool);
        buf_release(&c->frame);
        slurm_fini();
    }
    free(c);
    return NULL;
}

/* Emits the records that lie in c->frame behind their heads, and the pool. */
static int emit_section(
    struct slurm_client *c, enum section_id id, size_t offset, uint32_t size, uint32_t count)
{
    struct section_head head = {
        .record_size = size, .count = count, .pool_size = (uint32_t)c->pool.bytes.len};

    memcpy(c->frame.p + offset + sizeof(struct wire_head), &head, sizeof(head));
    buf_add(&c->frame, c->pool.bytes.p, c->pool.bytes.len);
    if (!wire_end(&c->frame, offset)) { /* beyond every real farm: say so rather than show a part */
        c->results[id] = (struct result){SECTION_FAILED, E2BIG};
        c->last[id] = 0;
        return 0;
    }
    c->results[id].result = SECTION_LOADED;
    return c->emit(c->user, &c->frame);
}

/* Starts a section of `count` records; returns them, or NULL if they do not fit. */
static void *begin_section(
    struct slurm_client *c, enum wire_type type, uint32_t size, uint32_t count, size_t *ret_offset)
{
    struct section_head head = {0};
    size_t bytes = (size_t)size * count;

    buf_clear(&c->frame);
    strpool_reset(&c->pool);
    *ret_offset = wire_begin(&c->frame, type, c->sequence, clock_ms(&c->clock));
    buf_add(&c->frame, &head, sizeof(head));
    if (!buf_reserve(&c->frame, bytes))
        return NULL;
    c->frame.len += bytes;
    return c->frame.p + c->frame.len - bytes;
}

/* What a load function's return means. True if there is a new table to convert. */
static bool loaded(struct slurm_client *c, enum section_id id, int rc)
{
    int error = errno;

    if (rc == SLURM_SUCCESS)
        return true;
    /* 22.05 returns the number itself, later releases -1 with errno: errno says it in all. */
    if (error == SLURM_NO_CHANGE_IN_DATA) {
        c->results[id].result = SECTION_UNCHANGED;
        return false;
    }
    c->results[id] = (struct result){SECTION_FAILED, error ? error : SLURM_ERROR};
    c->last[id] = 0; /* load it whole next time: the controller may be another one then */
    return false;
}

static int compare_jobs(const void *a, const void *b)
{
    uint32_t x = ((const struct job *)a)->job_id, y = ((const struct job *)b)->job_id;

    return x < y ? -1 : x > y;
}

static int refresh_jobs(struct slurm_client *c)
{
    job_info_msg_t *msg = NULL;
    struct job *out;
    size_t offset;
    bool ordered = true;
    uint32_t n;

    /* work_dir and the output files come without SHOW_DETAIL, which would only add per-node lists */
    if (!loaded(
            c, SECTION_JOBS, slurm_load_jobs(c->last[SECTION_JOBS], &msg, SHOW_ALL | SHOW_LOCAL)))
        return 0;
    n = msg->record_count;
    out = begin_section(c, WIRE_JOBS, sizeof(*out), n, &offset);
    for (uint32_t i = 0; out && i < n; i++) {
        convert_job(&out[i], i ? &out[i - 1] : NULL, &msg->job_array[i], &c->pool, c->users);
        ordered = ordered && (i == 0 || out[i - 1].job_id < out[i].job_id);
    }
    c->last[SECTION_JOBS] = msg->last_update;
    slurm_free_job_info_msg(msg);
    if (out && !ordered)
        qsort(out, n, sizeof(*out), compare_jobs);
    return emit_section(c, SECTION_JOBS, offset, sizeof(*out), n);
}

static const char *partitions_of(const struct slurm_client *c, uint32_t place)
{
    return place < c->node_places ? c->node_partitions[place] : NULL;
}

static int refresh_nodes(struct slurm_client *c)
{
    node_info_msg_t *msg = NULL;
    struct node *out;
    size_t offset;
    uint32_t n = 0, k = 0;

    if (!loaded(c, SECTION_NODES, slurm_load_node(c->last[SECTION_NODES], &msg, SHOW_ALL)))
        return 0;
    for (uint32_t i = 0; i < msg->record_count; i++)
        n += msg->node_array[i].name != NULL; /* holes: nodes that are FUTURE or hidden */
    out = begin_section(c, WIRE_NODES, sizeof(*out), n, &offset);
    for (uint32_t i = 0; out && i < msg->record_count; i++)
        if (msg->node_array[i].name) {
            convert_node(&out[k], k ? &out[k - 1] : NULL, &msg->node_array[i], i,
                partitions_of(c, i), &c->pool, c->users);
            k++;
        }
    c->last[SECTION_NODES] = msg->last_update;
    slurm_free_node_info_msg(msg);
    return emit_section(c, SECTION_NODES, offset, sizeof(*out), n);
}

static void append_partition(char **list, const char *name)
{
    struct buf b = BUF_INIT;

    if (*list)
        buf_addf(&b, "%s,", *list);
    buf_adds(&b, name);
    free(*list);
    *list = b.p;
}

/* Nodes do not say which partitions they are in, partitions say which nodes they have. */
static void index_partitions(struct slurm_client *c, const partition_info_msg_t *msg)
{
    uint32_t places = 0;

    forget_partitions(c);
    for (uint32_t i = 0; i < msg->record_count; i++) {
        const int32_t *range = msg->partition_array[i].node_inx;

        for (; range && range[0] >= 0 && range[1] >= 0; range += 2)
            places = KF_MAX(places, (uint32_t)range[1] + 1);
    }
    c->node_partitions = xcalloc(places, sizeof(*c->node_partitions));
    c->node_places = places;
    for (uint32_t i = 0; i < msg->record_count; i++) {
        const int32_t *range = msg->partition_array[i].node_inx;

        for (; range && range[0] >= 0 && range[1] >= 0; range += 2)
            for (int32_t k = range[0]; k <= range[1]; k++)
                append_partition(&c->node_partitions[k], msg->partition_array[i].name);
    }
}

static int refresh_partitions(struct slurm_client *c)
{
    partition_info_msg_t *msg = NULL;
    struct partition *out;
    size_t offset;
    uint32_t n;

    if (!loaded(c, SECTION_PARTITIONS,
            slurm_load_partitions(c->last[SECTION_PARTITIONS], &msg, SHOW_ALL)))
        return 0;
    n = msg->record_count;
    out = begin_section(c, WIRE_PARTITIONS, sizeof(*out), n, &offset);
    for (uint32_t i = 0; out && i < n; i++)
        convert_partition(&out[i], &msg->partition_array[i], &c->pool);
    index_partitions(c, msg);
    c->last[SECTION_PARTITIONS] = msg->last_update;
    c->last[SECTION_NODES] = 0; /* their lists of partitions may have changed */
    slurm_free_partition_info_msg(msg);
    return emit_section(c, SECTION_PARTITIONS, offset, sizeof(*out), n);
}

static bool is_set(const char *text)
{
    return text && text[0] != '\0';
}

static uint32_t cluster_flags(const slurm_conf_t *conf)
{
    uint32_t flags = CLUSTER_KNOWN;

    if (conf->accounting_storage_type && strstr(conf->accounting_storage_type, "slurmdbd"))
        flags |= CLUSTER_ACCOUNTING;
    if (conf->sched_params && strstr(conf->sched_params, "enable_user_top"))
        flags |= CLUSTER_USER_TOP;
    if (is_set(conf->reboot_program))
        flags |= CLUSTER_REBOOT_PROGRAM;
    if (is_set(conf->suspend_program) && is_set(conf->resume_program))
        flags |= CLUSTER_POWER_SAVING;
    if (conf->def_mem_per_cpu & MEM_PER_CPU)
        flags |= CLUSTER_DEF_MEM_PER_CPU;
    if (conf->select_type_param & COMPAT_SELECT_MEMORY)
        flags |= CLUSTER_SHARES_MEMORY;
    if (conf->select_type && strstr(conf->select_type, "linear"))
        flags |= CLUSTER_WHOLE_NODES;
    if (conf->enforce_part_limits)
        flags |= CLUSTER_ENFORCES_LIMITS;
    return flags;
}

static int refresh_cluster(struct slurm_client *c)
{
    slurm_conf_t *conf = NULL;
    const char *path = getenv("SLURM_CONF"); /* libslurm sets it to what it found */
    size_t offset;

    if (!loaded(c, SECTION_CLUSTER, slurm_load_ctl_conf(c->last[SECTION_CLUSTER], &conf)))
        return 0;
    c->controllers = conf->control_cnt ? (int)conf->control_cnt : 1;
    buf_clear(&c->frame);
    offset = wire_begin(&c->frame, WIRE_CLUSTER, c->sequence, clock_ms(&c->clock));
    wire_put_str(&c->frame, conf->cluster_name);
    wire_put_str(
        &c->frame, conf->control_cnt && conf->control_machine ? conf->control_machine[0] : NULL);
    wire_put_str(&c->frame, conf->version);
    wire_put_str(&c->frame, path);
    wire_put_u32(&c->frame, conf->slurm_user_id);
    wire_put_u32(&c->frame, conf->min_job_age);
    wire_put_u32(&c->frame, geteuid());
    wire_put_str(&c->frame, user_names_get(c->users, geteuid()));
    wire_put_i64(&c->frame, conf->boot_time);
    wire_put_u32(&c->frame, cluster_flags(conf));
    wire_put_u32(&c->frame, conf->max_array_sz);
    wire_put_u32(&c->frame, (uint32_t)KF_MIN(conf->def_mem_per_cpu & ~MEM_PER_CPU, UINT32_MAX));
    c->last[SECTION_CLUSTER] = conf->last_update;
    compat_free_conf(conf);
    wire_end(&c->frame, offset);
    c->results[SECTION_CLUSTER].result = SECTION_LOADED;
    return c->emit(c->user, &c->frame);
}

/* A load from a dead controller retries for MessageTimeout; a ping tries once. So while there is no
   controller, and at first, only a ping is sent. */
static int ping(const struct slurm_client *c)
{
    int error = 0;

    for (int i = 0; i < c->controllers; i++) {
        if (slurm_ping(i) == SLURM_SUCCESS)
            return 0;
        error = errno ? errno : SLURM_ERROR;
    }
    return error;
}

static int emit_health(struct slurm_client *c, int64_t cpu_us, int64_t wall_us)
{
    size_t offset;

    buf_clear(&c->frame);
    offset = wire_begin(&c->frame, WIRE_HEALTH, c->sequence, clock_ms(&c->clock));
    for (int i = 0; i < SECTION_COUNT; i++) {
        const struct result *r = &c->results[i];

        wire_put_u8(&c->frame, (uint8_t)r->result);
        wire_put_u32(&c->frame, (uint32_t)r->error);
        wire_put_str(&c->frame, r->error ? slurm_strerror(r->error) : "");
        wire_put_i64(&c->frame, c->last[i]);
    }
    wire_put_i64(&c->frame, cpu_us);
    wire_put_i64(&c->frame, wall_us);
    wire_end(&c->frame, offset);
    return c->emit(c->user, &c->frame);
}

int slurm_client_refresh(
    struct slurm_client *c, uint32_t want, uint32_t sequence, slurm_client_emit *emit, void *user)
{
    /* partitions before nodes, whose lists of partitions come from there */
    static const struct {
        enum section_id id;
        int (*refresh)(struct slurm_client *);
    } steps[] = {
        {SECTION_CLUSTER, refresh_cluster},
        {SECTION_PARTITIONS, refresh_partitions},
        {SECTION_NODES, refresh_nodes},
        {SECTION_JOBS, refresh_jobs},
    };
    int64_t wall = clock_monotonic_us(), cpu = clock_cpu_us();
    int error = c->reachable ? 0 : ping(c);

    c->sequence = sequence;
    c->emit = emit;
    c->user = user;
    for (size_t i = 0; i < KF_LEN(steps); i++) {
        enum section_id id = steps[i].id;
        int err = 0;

        c->results[id] = (struct result){SECTION_NOT_ASKED, 0};
        if (!(want & 1u << id))
            continue;
        if (error)
            c->results[id] = (struct result){SECTION_FAILED, error};
        else
            err = steps[i].refresh(c);
        if (err)
            return err;
        /* one failure is enough: each further load would wait its whole time-out again */
        error = c->results[id].error;
    }
    c->reachable = error == 0;
    return emit_health(c, clock_cpu_us() - cpu, clock_monotonic_us() - wall);
}
