/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/slurm_now.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/action_argument.h"
#include "backend/slurm_compat.h"
#include "base/alloc.h"
#include "base/fmt.h"
#include "base/quote.h"

#define REASON_COLS 40 /* of a node's reason in a sentence */

void slurm_now_release(struct slurm_now *now)
{
    free(now->tasks);
    now->tasks = NULL;
}

static void take_job(struct slurm_now *now, const slurm_job_info_t *j)
{
    struct job brief = {
        .state = (uint16_t)KF_MIN(j->job_state & JOB_STATE_BASE, (uint32_t)JOB_STATE_UNKNOWN)};
    const char *reason = compat_reason(j->state_reason);

    slurm_now_release(now); /* of an array, another record may have been taken before */
    now->found = true;
    now->uid = j->user_id;
    now->state = brief.state;
    now->restarts = j->restart_cnt;
    now->time_limit_min =
        j->time_limit == INFINITE || j->time_limit == NO_VAL ? ACTION_UNLIMITED : j->time_limit;
    now->held = j->priority == 0;
    if (j->array_task_id == NO_VAL && j->array_task_str && j->array_task_str[0])
        now->tasks = xmemdup0(j->array_task_str, strcspn(j->array_task_str, "%"));
    now->submit_time = j->submit_time;
    now->eligible_time = j->eligible_time;
    snprintf(now->name, sizeof(now->name), "%s", j->name ? j->name : "");
    snprintf(now->state_name, sizeof(now->state_name), "%s", job_state_name(&brief));
    snprintf(now->reason, sizeof(now->reason), "%s", reason ? reason : "");
}

static void take_node(struct slurm_now *now, const node_info_t *n)
{
    const char *word = slurm_node_state_string ? slurm_node_state_string(n->node_state) : "known";

    now->found = true;
    now->flags = n->node_state & NODE_STATE_DRAIN ? NODE_FLAG_DRAIN : 0;
    now->state = n->node_state & NODE_STATE_BASE;
    /* without a user it has no reason that anybody gave (slurm_convert.c) */
    now->submit_time = n->reason && n->reason_uid != NO_VAL ? n->reason_time : 0;
    snprintf(now->name, sizeof(now->name), "%s", n->name);
    snprintf(now->state_name, sizeof(now->state_name), "%s", word);
    snprintf(now->reason, sizeof(now->reason), "%s", n->reason ? n->reason : "");
}

/* It is known, and not of a task that has ended. */
static bool is_enough(const struct slurm_now *now)
{
    return now->found && now->state <= JOB_STATE_SUSPENDED;
}

static struct slurm_now job_now(const struct action_target *t)
{
    struct slurm_now now = {0};
    job_info_msg_t *msg = NULL;
    uint32_t id = t->array_job_id ? t->array_job_id : t->job_id;

    if (slurm_load_job(&msg, id, SHOW_ALL | SHOW_LOCAL) != SLURM_SUCCESS) {
        now.error = errno;
        return now;
    }
    /* An array's number brings all its records: one that has not ended stands for the array, if there
       is any; else the one that was confirmed. */
    for (uint32_t i = 0; i < msg->record_count && !is_enough(&now); i++)
        if (t->array_job_id || msg->job_array[i].job_id == t->job_id)
            take_job(&now, &msg->job_array[i]);
    slurm_free_job_info_msg(msg);
    return now;
}

static struct slurm_now node_now(const struct action_target *t)
{
    struct slurm_now now = {0};
    node_info_msg_t *msg = NULL;
    char name[sizeof(t->id)];

    memcpy(name, t->id, sizeof(name));
    if (slurm_load_node_single(&msg, name, SHOW_ALL) != SLURM_SUCCESS) {
        now.error = errno;
        return now;
    }
    if (msg->record_count > 0 && msg->node_array[0].name)
        take_node(&now, &msg->node_array[0]);
    slurm_free_node_info_msg(msg);
    return now;
}

struct slurm_now slurm_now_read(enum action_object object, const struct action_target *t)
{
    return object == ACTION_ON_JOB ? job_now(t) : node_now(t);
}

struct slurm_now slurm_now_confirmed(const struct action_target *t)
{
    struct slurm_now now = {.found = true,
        .state = t->state,
        .restarts = t->restarts,
        .submit_time = t->submit_time,
        .time_limit_min = t->time_limit_min,
        .held = t->held};

    memcpy(now.name, t->name, sizeof(now.name));
    return now;
}

/* ---- many ---- */

static int compare_jobs(const void *a, const void *b)
{
    uint32_t x = (*(const slurm_job_info_t *const *)a)->job_id;
    uint32_t y = (*(const slurm_job_info_t *const *)b)->job_id;

    return x < y ? -1 : x > y;
}

static int compare_nodes(const void *a, const void *b)
{
    return strcmp((*(const node_info_t *const *)a)->name, (*(const node_info_t *const *)b)->name);
}

static struct slurm_now find_job(
    const slurm_job_info_t *const *by_id, uint32_t count, const struct action_target *t)
{
    const slurm_job_info_t key = {.job_id = t->job_id}, *k = &key;
    const slurm_job_info_t *const *j;
    struct slurm_now now = {0};

    for (uint32_t i = 0; t->array_job_id && i < count && !is_enough(&now); i++)
        if (by_id[i]->array_job_id == t->array_job_id)
            take_job(&now, by_id[i]);
    j = t->array_job_id ? NULL : bsearch(&k, by_id, count, sizeof(k), compare_jobs);
    if (j)
        take_job(&now, *j);
    return now;
}

static void find_jobs(const job_info_msg_t *msg, const struct action_target *targets,
    uint32_t count, struct slurm_now *now)
{
    const slurm_job_info_t **by_id = xcalloc(msg->record_count + 1, sizeof(*by_id));

    for (uint32_t i = 0; i < msg->record_count; i++)
        by_id[i] = &msg->job_array[i];
    qsort(by_id, msg->record_count, sizeof(*by_id), compare_jobs);
    for (uint32_t i = 0; i < count; i++) {
        slurm_now_release(&now[i]);
        now[i] = find_job(by_id, msg->record_count, &targets[i]);
    }
    free(by_id);
}

static void find_nodes(const node_info_msg_t *msg, const struct action_target *targets,
    uint32_t count, struct slurm_now *now)
{
    const node_info_t **by_name = xcalloc(msg->record_count + 1, sizeof(*by_name));
    uint32_t named = 0;

    for (uint32_t i = 0; i < msg->record_count; i++)
        if (msg->node_array[i].name)
            by_name[named++] = &msg->node_array[i];
    qsort(by_name, named, sizeof(*by_name), compare_nodes);
    for (uint32_t i = 0; i < count; i++) {
        char name[sizeof(targets[i].id)];
        const node_info_t key = {.name = name}, *k = &key, **n;

        memcpy(name, targets[i].id, sizeof(name));
        n = bsearch(&k, by_name, named, sizeof(k), compare_nodes);
        slurm_now_release(&now[i]);
        now[i] = (struct slurm_now){0};
        if (n)
            take_node(&now[i], *n);
    }
    free(by_name);
}

int slurm_now_read_all(enum action_object object, const struct action_target *targets,
    uint32_t count, int64_t *since_s, struct slurm_now *now)
{
    job_info_msg_t *jobs = NULL;
    node_info_msg_t *nodes = NULL;
    int rc = object == ACTION_ON_JOB
                 ? slurm_load_jobs((time_t)*since_s, &jobs, SHOW_ALL | SHOW_LOCAL)
                 : slurm_load_node(0, &nodes, SHOW_ALL);

    /* 22.05 returns the number itself, later releases -1 with errno: errno says it in all */
    if (rc != SLURM_SUCCESS && *since_s && errno == SLURM_NO_CHANGE_IN_DATA)
        return 0;
    if (rc != SLURM_SUCCESS)
        return errno ? errno : SLURM_ERROR;
    if (jobs) {
        *since_s = jobs->last_update;
        find_jobs(jobs, targets, count, now);
        slurm_free_job_info_msg(jobs);
    } else {
        find_nodes(nodes, targets, count, now);
        slurm_free_node_info_msg(nodes);
    }
    return 0;
}

/* Between the two readings a node gets and loses work all the time; what the verbs are about is whether
   it is down or drained, and since when: for a reason that nobody was shown it is another drain. */
static bool node_changed(const struct action_target *t, const struct slurm_now *now)
{
    bool down = t->state == NODE_STATE_DOWN_, down_now = now->state == NODE_STATE_DOWN_;
    uint32_t drain = t->flags & NODE_FLAG_DRAIN;

    return down != down_now || drain != now->flags ||
           ((down || drain) && t->submit_time != now->submit_time);
}

/* What matters to some verbs only: whether a job that they let wait or start is held, and the limit
   that they change. */
static bool detail_changed(enum action_verb verb, const struct action_target *t,
    const struct slurm_now *now, char *words, size_t size)
{
    bool waits = action_info(verb)->job_states == 1u << JOB_STATE_PENDING;
    char was[FMT_SIZE] = "unlimited", is[FMT_SIZE] = "unlimited";

    if (waits && now->held != t->held) {
        snprintf(words, size, "the job has changed meanwhile: it is %s now",
            now->held ? "held" : "not held any more");
        return true;
    }
    if (action_info(verb)->argument != ARGUMENT_TIME_LIMIT ||
        now->time_limit_min == t->time_limit_min)
        return false;
    if (t->time_limit_min != ACTION_UNLIMITED)
        fmt_span(was, (int64_t)t->time_limit_min * 60);
    if (now->time_limit_min != ACTION_UNLIMITED)
        fmt_span(is, (int64_t)now->time_limit_min * 60);
    snprintf(
        words, size, "the job has changed meanwhile: its time limit was %s, it is %s now", was, is);
    return true;
}

bool slurm_now_changed(enum action_verb verb, const struct action_target *t,
    const struct slurm_now *now, char *words, size_t size, bool *ret_same)
{
    struct job was = {.state = (uint16_t)t->state};
    char name[QUOTE_BYTES] = "";
    bool requeued;

    *ret_same = true;
    if (action_info(verb)->object == ACTION_ON_NODE) {
        if (!node_changed(t, now))
            return false;
        if (now->reason[0])
            quote(now->reason, REASON_COLS, name, sizeof(name));
        snprintf(words, size, "the node has changed meanwhile: it is %s now%s%s", now->state_name,
            name[0] ? ": " : "", name);
        return true;
    }
    /* a requeue counts as a restart at once, and sets the time of submission anew when the job has ended; a new job has
       none */
    requeued = !t->array_job_id && now->submit_time != t->submit_time && now->restarts > 0 &&
               now->restarts >= t->restarts;
    if (strcmp(now->name, t->name) != 0 ||
        (!t->array_job_id && now->submit_time != t->submit_time && !requeued)) {
        *ret_same = false;
        snprintf(words, size, "the number belongs to another job now: %s",
            quote(now->name, QUOTE_NAME, name, sizeof(name)));
        return true;
    }
    if (t->array_job_id) /* its tasks come and go */
        return false;
    if (now->state != t->state || now->restarts != t->restarts) {
        snprintf(words, size, "the job has changed meanwhile: it was %s, it is %s now",
            job_state_name(&was), now->state_name);
        return true;
    }
    if (requeued) { /* it was ending for it when it was asked about */
        snprintf(
            words, size, "the job has changed meanwhile: requeued, it is %s now", now->state_name);
        return true;
    }
    if (now->tasks && action_tasks(now->tasks) != t->tasks) {
        snprintf(words, size, "the job has changed meanwhile: other tasks of the array wait now");
        return true;
    }
    return detail_changed(verb, t, now, words, size);
}
