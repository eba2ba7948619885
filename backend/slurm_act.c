/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/slurm_act.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/action_argument.h"
#include "backend/slurm_compat.h"
#include "backend/slurm_request.h"
#include "base/alloc.h"
#include "base/clock.h"

#define FEW     3 /* up to here each is read by itself, just before it is acted on */
#define THREADS 10 /* requests at a time for many, as in scancel.c */
#define FRESH_MS                                                                                   \
    1000 /* what was read of many is read again so long after it, until the word to send comes */
#define AHEAD_MS 500 /* so long before the word is expected it is read again */

/* An action under way. What follows the lock is for whoever holds it. */
struct act {
    const struct action_order *order;
    enum action_object object;
    const struct slurm_act_events *events;
    void *user;
    struct slurm_now *now; /* of many targets: what each is like; else NULL */
    int64_t since_s; /* the controller's time of that */
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

/* A change of a time limit may leave nothing of it, or too much, or there is none to be changed. */
static bool is_senseless(
    const struct action_order *o, const struct slurm_now *now, char *words, size_t size)
{
    uint32_t minutes;

    if (o->verb != ACTION_JOB_TIME_LIMIT ||
        action_time_limit(o->argument, now->time_limit_min, &minutes) != -ERANGE)
        return false;
    snprintf(words, size, "%s",
        now->time_limit_min == ACTION_UNLIMITED
            ? "the job has no time limit that could be changed by so much"
        : o->argument[0] == '-' ? "nothing of its time limit would be left"
                                : "its time limit would be longer than Slurm takes");
    return true;
}

/* Why the request does not leave, in *r; false if it may. */
static bool kept_back(
    struct act *a, uint32_t i, const struct slurm_now *now, struct action_result *r)
{
    const struct action_target *t = &a->order->targets[i];
    bool same;

    if (!now->found) {
        bool gone = now->error == 0 || now->error == ESLURM_INVALID_JOB_ID ||
                    now->error == ESLURM_INVALID_NODE_NAME;

        *r = result(i, gone ? ACTION_GONE : ACTION_NOT_SENT,
            now->error ? now->error : ESLURM_INVALID_JOB_ID, "");
        return true;
    }
    *r = result(i, ACTION_CHANGED, 0, "");
    if (!slurm_now_changed(a->order->verb, t, now, r->words, sizeof(r->words), &same)) {
        *r = result(i, ACTION_SENSELESS, 0, "");
        describe(r, now);
        return is_senseless(a->order, now, r->words, sizeof(r->words));
    }
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
    const struct action_target *t = &a->order->targets[i];
    struct action_result r = result(i, ACTION_SENDING, 0, "");
    char words[sizeof(r.words)];
    int error;

    if (say(a, &r) < 0)
        return;
    error = slurm_request(a->order->verb, t, a->order->argument, now, words, sizeof(words));
    r = result(i, outcome_of(error), error, words);
    if (a->order->count > 1 && (r.outcome == ACTION_UNKNOWN || r.outcome == ACTION_NOT_SENT))
        look_again(a, error);
    /* the screen sees the others at its next refresh; who did not answer is not asked again; an array has
       no one state */
    if (a->order->count == 1 && !t->array_job_id &&
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
    now = a->now ? a->now[i] : slurm_now_read(a->object, &a->order->targets[i]);
    if (kept_back(a, i, &now, &r))
        say(a, &r);
    else
        ask(a, i, &now);
    if (!a->now)
        slurm_now_release(&now);
}

/* The next target; false if there is none, or nobody listens any more. */
static bool take(struct act *a, uint32_t *ret_target, bool *ret_stopped)
{
    bool any;

    pthread_mutex_lock(&a->lock);
    any = a->next < a->order->count && !a->failed;
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
    int64_t since = a->order->targets[0].given_s;

    for (uint32_t i = 0; i < a->order->count; i++)
        since = a->order->targets[i].cut ? 0 : KF_MIN(since, a->order->targets[i].given_s);
    return since;
}

static void read_state(struct act *a)
{
    const struct action_order *o = a->order;

    a->unreachable = ping();
    if (!a->unreachable && a->now)
        a->unreachable = slurm_now_read_all(a->object, o->targets, o->count, &a->since_s, a->now);
}

/* Has the state in hand when the word to send comes. What is read first makes the second time short:
   nothing may have changed since, and there is memory for all that is loaded. */
static void await_word(struct act *a)
{
    int64_t ahead_ms = clock_monotonic_us() / 1000 + a->order->wait_ms - AHEAD_MS;

    read_state(a);
    if (a->order->wait_ms == 0)
        return;
    a->events->awaited(a->user, (int)KF_MAX(ahead_ms - clock_monotonic_us() / 1000, 0));
    do
        read_state(a);
    while (!a->events->awaited(a->user, FRESH_MS));
}

static struct slurm_now *confirmed(const struct action_order *o)
{
    struct slurm_now *now = xcalloc(o->count, sizeof(*now));

    for (uint32_t i = 0; i < o->count; i++)
        now[i] = slurm_now_confirmed(&o->targets[i]);
    return now;
}

int slurm_act(const struct action_order *order, const struct slurm_act_events *events, void *user)
{
    struct act a = {.order = order,
        .object = action_info(order->verb)->object,
        .events = events,
        .user = user,
        .now = order->count > FEW ? confirmed(order) : NULL,
        .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[THREADS];
    unsigned started = 0;

    if (order->wait_ms == 0)
        a.since_s = confirmed_as_of(&a);
    await_word(&a);
    while (a.now && started < THREADS - 1 && started + 1 < order->count &&
           pthread_create(&threads[started], NULL, work, &a) == 0)
        started++;
    work(&a);
    while (started)
        pthread_join(threads[--started], NULL);
    for (uint32_t i = 0; a.now && i < order->count; i++)
        slurm_now_release(&a.now[i]);
    free(a.now);
    return a.failed;
}
