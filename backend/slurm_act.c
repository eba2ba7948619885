/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/slurm_act.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend/slurm_compat.h"
#include "base/alloc.h"
#include "base/parse.h"

/* One attempt at a job or node as the controller knows it now. */
struct now {
    int error; /* Slurm's errno */
    bool found;
    uint32_t state, flags, restarts;
    int64_t submit_time, eligible_time;
    char name[128], state_name[32], reason[64];
};

static void fail(struct action_result *r, enum action_outcome outcome, int error)
{
    r->outcome = outcome;
    r->error = error;
    snprintf(r->words, sizeof(r->words), "%s", slurm_strerror(error));
}

static const slurm_job_info_t *find_record(const job_info_msg_t *msg, const struct action_target *t)
{
    /* An array's number brings all its records; the one that was confirmed has the same job id. */
    for (uint32_t i = 0; i < msg->record_count; i++)
        if (msg->job_array[i].job_id == t->job_id)
            return &msg->job_array[i];
    return NULL;
}

static struct now job_now(const struct action_target *t)
{
    struct now now = {0};
    job_info_msg_t *msg = NULL;
    const slurm_job_info_t *j;
    const char *reason;

    if (slurm_load_job(&msg, t->job_id, SHOW_ALL | SHOW_LOCAL) != SLURM_SUCCESS) {
        now.error = errno;
        return now;
    }
    j = find_record(msg, t);
    if (j) {
        struct job brief = {
            .state = (uint16_t)KF_MIN(j->job_state & JOB_STATE_BASE, (uint32_t)JOB_STATE_UNKNOWN)};

        reason = compat_reason(j->state_reason);
        now.found = true;
        now.state = brief.state;
        now.restarts = j->restart_cnt;
        now.submit_time = j->submit_time;
        now.eligible_time = j->eligible_time;
        snprintf(now.name, sizeof(now.name), "%s", j->name ? j->name : "");
        snprintf(now.state_name, sizeof(now.state_name), "%s", job_state_name(&brief));
        snprintf(now.reason, sizeof(now.reason), "%s", reason ? reason : "");
    }
    slurm_free_job_info_msg(msg);
    return now;
}

static struct now node_now(const struct action_target *t)
{
    struct now now = {0};
    node_info_msg_t *msg = NULL;
    char name[sizeof(t->id)];

    memcpy(name, t->id, sizeof(name));
    if (slurm_load_node_single(&msg, name, SHOW_ALL) != SLURM_SUCCESS) {
        now.error = errno;
        return now;
    }
    if (msg->record_count > 0 && msg->node_array[0].name) {
        const node_info_t *n = &msg->node_array[0];
        const char *word =
            slurm_node_state_string ? slurm_node_state_string(n->node_state) : "known";

        now.found = true;
        now.flags = n->node_state & NODE_STATE_DRAIN ? NODE_FLAG_DRAIN : 0;
        now.state = n->node_state & NODE_STATE_BASE;
        snprintf(now.name, sizeof(now.name), "%s", n->name);
        snprintf(now.state_name, sizeof(now.state_name), "%s", word);
        snprintf(now.reason, sizeof(now.reason), "%s", n->reason ? n->reason : "");
    }
    slurm_free_node_info_msg(msg);
    return now;
}

static struct now read_now(enum action_object object, const struct action_target *t)
{
    return object == ACTION_ON_JOB ? job_now(t) : node_now(t);
}

/* What is different from what was confirmed, in words; false if nothing is. */
static bool changed(enum action_object object, const struct action_target *t, const struct now *now,
    char *words, size_t size)
{
    struct job was = {.state = (uint16_t)t->state};

    if (object == ACTION_ON_NODE) {
        /* Between the two readings a node gets and loses work all the time; what the verbs are
           about is whether it is down or drained. */
        bool down = t->state == NODE_STATE_DOWN_, down_now = now->state == NODE_STATE_DOWN_;

        if (down == down_now && (t->flags & NODE_FLAG_DRAIN) == now->flags)
            return false;
        snprintf(words, size, "the node has changed meanwhile: it is %s now", now->state_name);
        return true;
    }
    /* a requeue sets the time of submission anew, and counts as a restart */
    if (strcmp(now->name, t->name) != 0 ||
        (now->submit_time != t->submit_time && now->restarts <= t->restarts)) {
        snprintf(words, size, "the number belongs to another job now: %s", now->name);
        return true;
    }
    if (now->state != t->state || now->restarts != t->restarts) {
        snprintf(words, size, "the job has changed meanwhile: it was %s, it is %s now",
            job_state_name(&was), now->state_name);
        return true;
    }
    return false;
}

/* The first refusal among the tasks of an array; 0 if there is none. Frees the answer. */
static int task_error(job_array_resp_msg_t *resp)
{
    int error = 0;

    for (uint32_t i = 0; resp && i < resp->job_array_count && !error; i++)
        error = (int)resp->error_code[i];
    if (resp)
        slurm_free_job_array_resp(resp);
    return error;
}

static int set_priority(char *id, const char *argument)
{
    job_desc_msg_t desc;
    job_array_resp_msg_t *resp = NULL;
    int64_t priority;

    if (parse_i64(argument, 1, (int64_t)NO_VAL - 1, &priority) < 0)
        return EINVAL;
    slurm_init_job_desc_msg(&desc);
    desc.job_id_str = id;
    desc.priority = (uint32_t)priority;
    if (slurm_update_job2(&desc, &resp) != SLURM_SUCCESS)
        return errno ? errno : SLURM_ERROR;
    return task_error(resp);
}

static int update_node(char *name, uint32_t state, char *reason)
{
    update_node_msg_t msg;

    slurm_init_update_node_msg(&msg);
    msg.node_names = name;
    msg.node_state = state;
    msg.reason = reason;
    compat_set_reason_uid(&msg, getuid());
    return slurm_update_node(&msg) == SLURM_SUCCESS ? 0 : errno ? errno : SLURM_ERROR;
}

static int requeue(char *id)
{
    job_array_resp_msg_t *resp = NULL;

    if (slurm_requeue2(id, 0, &resp) != SLURM_SUCCESS)
        return errno ? errno : SLURM_ERROR;
    return task_error(resp);
}

/* The request itself; Slurm's errno, 0 if it agreed. */
static int ask(enum action_verb verb, const struct action_target *t, const char *argument)
{
    char id[sizeof(t->id)], reason[512];

    memcpy(id, t->id, sizeof(id)); /* Slurm's functions take char * and write to some of them */
    snprintf(reason, sizeof(reason), "%s", argument);
    errno = 0;
    switch (verb) {
    case ACTION_JOB_CANCEL:
        return slurm_kill_job2(id, SIGKILL, 0, NULL) == SLURM_SUCCESS ? 0
               : errno                                                ? errno
                                                                      : SLURM_ERROR;
    case ACTION_JOB_REQUEUE:
        return requeue(id);
    case ACTION_JOB_PRIORITY:
        return set_priority(id, argument);
    case ACTION_NODE_RESUME:
        return update_node(id, NODE_RESUME, NULL);
    case ACTION_NODE_DRAIN:
        return update_node(id, NODE_STATE_DRAIN, reason);
    case ACTION_VERB_COUNT:
        break;
    }
    return EINVAL;
}

static void describe(struct action_result *r, const struct now *now)
{
    if (!now->found)
        return;
    snprintf(r->state, sizeof(r->state), "%s", now->state_name);
    snprintf(r->reason, sizeof(r->reason), "%s", now->reason);
    r->eligible_time = now->eligible_time;
}

/* A load from a dead controller retries for MessageTimeout; a ping tries once. Slurm's errno, 0 if
   the controller or its backup answers. */
static int ping(void)
{
    int error;

    if (slurm_ping(0) == SLURM_SUCCESS)
        return 0;
    error = errno ? errno : SLURM_ERROR;
    return slurm_ping(1) == SLURM_SUCCESS ? 0 : error;
}

struct action_result slurm_act(enum action_verb verb, const struct action_target *t,
    const char *argument, slurm_act_sending *sending, void *user)
{
    enum action_object object = action_info(verb)->object;
    struct action_result r = {0};
    struct now now;
    int error = ping();

    if (error) {
        fail(&r, ACTION_NOT_SENT, error);
        return r;
    }
    now = read_now(object, t);
    if (!now.found) {
        bool gone = now.error == 0 || now.error == ESLURM_INVALID_JOB_ID ||
                    now.error == ESLURM_INVALID_NODE_NAME;

        fail(&r, gone ? ACTION_GONE : ACTION_NOT_SENT,
            now.error ? now.error : ESLURM_INVALID_JOB_ID);
        return r;
    }
    if (changed(object, t, &now, r.words, sizeof(r.words))) {
        r.outcome = ACTION_CHANGED;
        describe(&r, &now);
        return r;
    }
    if (sending(user) < 0) {
        fail(&r, ACTION_NOT_SENT, EPIPE);
        return r;
    }
    error = ask(verb, t, argument);
    r.outcome = ACTION_DONE;
    if (error)
        fail(&r, compat_outcome_unknown(error) ? ACTION_UNKNOWN : ACTION_REFUSED, error);
    now = read_now(object, t);
    describe(&r, &now);
    return r;
}
