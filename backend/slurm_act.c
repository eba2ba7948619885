/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/slurm_act.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/slurm_compat.h"
#include "backend/slurm_request.h"
#include "base/alloc.h"

#define FEW     3 /* up to here each is read by itself, just before it is acted on */
#define THREADS 10 /* requests at a time for many, as in scancel.c */

/* An action under way. What follows the lock is for whoever holds it. */
struct act {
    enum action_verb verb;
    enum action_object object;
    const struct action_target *targets;
    uint32_t count;
    const char *argument;
    const struct slurm_act_events *events;
    void *user;
    struct slurm_table *table; /* of many targets: their state; else NULL */
    pthread_mutex_t lock;
    int unreachable; /* Slurm's errno if the controller does not answer */
    uint32_t next;
    int failed; /* what result() returned when nobody listened any more */
};

static struct action_result result(
    uint32_t target, enum action_outcome outcome, int error, const char *words)
{
    struct action_result r = {.target = target, .outcome = outcome, .error = error};

    snprintf(r.words, sizeof(r.words), "%s", words[0] || !error ? words : slurm_strerror(error));
    return r;
}

static int say(struct act *a, const struct action_result *r)
{
    int err;

    pthread_mutex_lock(&a->lock);
    err = a->failed ? a->failed : a->events->result(a->user, r);
    a->failed = err;
    pthread_mutex_unlock(&a->lock);
    return err;
}

static int unreachable(struct act *a)
{
    int error;

    pthread_mutex_lock(&a->lock);
    error = a->unreachable;
    pthread_mutex_unlock(&a->lock);
    return error;
}

static void describe(struct action_result *r, const struct slurm_now *now)
{
    if (!now->found)
        return;
    snprintf(r->state, sizeof(r->state), "%s", now->state_name);
    snprintf(r->reason, sizeof(r->reason), "%s", now->reason);
    r->eligible_time = now->eligible_time;
}

static struct slurm_now read_now(const struct act *a, const struct action_target *t)
{
    return a->table ? slurm_table_find(a->table, t) : slurm_now_read(a->object, t);
}

/* Why the request does not leave, in *r; false if it may. */
static bool kept_back(
    struct act *a, uint32_t i, const struct slurm_now *now, struct action_result *r)
{
    const struct action_target *t = &a->targets[i];
    bool same;

    if (!now->found) {
        bool gone = now->error == 0 || now->error == ESLURM_INVALID_JOB_ID ||
                    now->error == ESLURM_INVALID_NODE_NAME;

        *r = result(i, gone ? ACTION_GONE : ACTION_NOT_SENT,
            now->error ? now->error : ESLURM_INVALID_JOB_ID, "");
        return true;
    }
    *r = result(i, ACTION_CHANGED, 0, "");
    if (!slurm_now_changed(a->verb, t, now, r->words, sizeof(r->words), &same))
        return false;
    describe(r, now);
    if (same) {
        r->now = *t;
        r->now.state = now->state;
        r->now.restarts = now->restarts;
        r->now.submit_time = now->submit_time;
        r->now.held = now->held;
        r->now.time_limit_min = now->time_limit_min;
        r->now.given_s = 0;
        if (a->object == ACTION_ON_NODE)
            r->now.flags = now->flags;
        if (now->tasks)
            action_target_tasks(&r->now, (uint32_t)strtoul(t->id, NULL, 10), now->tasks);
    }
    return true;
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

static enum action_outcome outcome_of(int error)
{
    if (error == 0 || error == ESLURM_PRIO_RESET_FAIL) /* the latter is advice: it was done */
        return ACTION_DONE;
    if (compat_outcome_unknown(error))
        return ACTION_UNKNOWN;
    return compat_not_sent(error) ? ACTION_NOT_SENT : ACTION_REFUSED;
}

/* One request that got no answer: is there still somebody to answer the others? Each would wait for
   MessageTimeout. */
static void look_again(struct act *a, int error)
{
    error = error == SLURM_PROTOCOL_SOCKET_IMPL_TIMEOUT ? error : ping();
    pthread_mutex_lock(&a->lock);
    a->unreachable = a->unreachable ? a->unreachable : error;
    pthread_mutex_unlock(&a->lock);
}

static void ask(struct act *a, uint32_t i, const struct slurm_now *now)
{
    const struct action_target *t = &a->targets[i];
    struct action_result r = result(i, ACTION_SENDING, 0, "");
    char words[sizeof(r.words)];
    int error;

    if (say(a, &r) < 0)
        return;
    error = slurm_request(a->verb, t, a->argument, now, words, sizeof(words));
    r = result(i, outcome_of(error), error, words);
    if (a->count > 1 && (r.outcome == ACTION_UNKNOWN || r.outcome == ACTION_NOT_SENT))
        look_again(a, error);
    /* the screen sees the others at its next refresh; who did not answer is not asked again; an array has
       no one state */
    if (a->count == 1 && !t->array_job_id &&
        (r.outcome == ACTION_DONE || r.outcome == ACTION_REFUSED)) {
        struct slurm_now after = slurm_now_read(a->object, t);

        describe(&r, &after);
        slurm_now_release(&after);
    }
    say(a, &r);
}

static void act_on(struct act *a, uint32_t i)
{
    int error = unreachable(a);
    struct action_result r = result(i, ACTION_NOT_SENT, error, "");
    struct slurm_now now;

    if (error) {
        say(a, &r);
        return;
    }
    now = read_now(a, &a->targets[i]);
    if (kept_back(a, i, &now, &r))
        say(a, &r);
    else
        ask(a, i, &now);
    slurm_now_release(&now);
}

/* The next target; false if there is none, or nobody listens any more. */
static bool take(struct act *a, uint32_t *ret_target, bool *ret_stopped)
{
    bool any;

    pthread_mutex_lock(&a->lock);
    any = a->next < a->count && !a->failed;
    *ret_target = a->next;
    *ret_stopped = any && a->events->stopped(a->user);
    a->next += any;
    pthread_mutex_unlock(&a->lock);
    return any;
}

static void *work(void *user)
{
    struct act *a = user;
    uint32_t i;
    bool stopped;

    while (take(a, &i, &stopped)) {
        struct action_result r = result(i, ACTION_STOPPED, 0, "stopped before it was sent");

        if (stopped)
            say(a, &r);
        else
            act_on(a, i);
    }
    pthread_mutex_lock(&a->lock);
    a->failed = a->failed ? a->failed : a->events->flush(a->user);
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* The time since which nothing may have changed for the targets to be what they were; 0: there is
   none, or the targets do not know all that the request needs. */
static int64_t confirmed_as_of(const struct act *a)
{
    int64_t since = a->targets[0].given_s;

    for (uint32_t i = 0; i < a->count; i++)
        since = a->targets[i].cut ? 0 : KF_MIN(since, a->targets[i].given_s);
    return since;
}

int slurm_act(enum action_verb verb, const struct action_target *targets, uint32_t count,
    const char *argument, const struct slurm_act_events *events, void *user)
{
    struct act a = {.verb = verb,
        .object = action_info(verb)->object,
        .targets = targets,
        .count = count,
        .argument = argument,
        .events = events,
        .user = user,
        .unreachable = ping(),
        .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[THREADS];
    unsigned started = 0;

    if (!a.unreachable && count > FEW)
        a.table = slurm_table_load(a.object, confirmed_as_of(&a), &a.unreachable);
    while (a.table && started < THREADS - 1 && started + 1 < count &&
           pthread_create(&threads[started], NULL, work, &a) == 0)
        started++;
    work(&a);
    while (started)
        pthread_join(threads[--started], NULL);
    slurm_table_free(a.table);
    return a.failed;
}
