/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was confirmed, on its way: first the time of grace of a bulk, then a helper process that asks
 * the controller, whose results become messages and lines of the audit file. A run ends when its
 * helper has; what the helper has not said a word about by then was not sent, or its outcome is
 * unknown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "base/fmt.h"
#include "base/harmless.h"
#include "tui/app.h"

#define ANSWER_MS      30000 /* for one target */
#define ANSWER_EACH_MS 200 /* and for each more */
#define TOLD_EACH      50 /* up to so many, a message for each that went well */
#define JUST_ENDED_MS  3000 /* Ctrl-C does not leave the program so soon after a bulk */
#define HOLD_MS        2000 /* no refresh for so long after a bulk was sent, unless it ends before */
#define SHOW_MS        50 /* between two drawings of how far a bulk is */

struct act_run {
    struct act_run *next;
    struct app *app;
    struct process *process;
    struct act_ask ask;
    struct action_result *results; /* of the targets; ACTION_OUTCOME_COUNT: not a word yet */
    uint32_t told; /* targets whose outcome is known */
    int64_t send_at_ms; /* in the time of grace: when it ends; else 0 */
    bool recording; /* it is sent once the line of its request is in the audit file */
    int64_t shown_ms; /* of a bulk: when its results were drawn last */
    unsigned long number;
    bool stopping;
};

static void remove_run(struct act_run *run)
{
    struct act_run **at = &run->app->actions.first;

    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    audit_forget(&run->app->audit, run);
    process_free(run->process);
    targets_release(&run->ask.targets);
    free(run->results);
    free(run);
}

static const char *objects(const struct act_run *run)
{
    return action_info(run->ask.verb)->object == ACTION_ON_JOB ? "jobs" : "nodes";
}

static bool is_bulk(const struct act_run *run)
{
    return run->ask.targets.count > 1;
}

static bool in_grace(const struct act_run *run)
{
    return run->send_at_ms != 0;
}

/* The request has not left, and can be taken back. */
static bool is_unsent(const struct act_run *run)
{
    return in_grace(run) || run->recording;
}

/* ---- words ---- */

static struct audit_entry entry(struct app *a, const char *event, unsigned long number,
    const struct act_ask *ask, const struct action_result *results)
{
    return (struct audit_entry){.time_ms = app_now_ms(a),
        .event = event,
        .verb = action_info(ask->verb)->name,
        .argument = ask->argument,
        .cluster = a->snapshot->cluster.name,
        .user = a->snapshot->cluster.user,
        .number = number,
        .targets = ask->targets.v,
        .results = results,
        .count = ask->targets.count};
}

void act_audit(struct app *a, const char *event, unsigned long number, const struct act_ask *ask,
    const struct action_result *results)
{
    struct audit_entry e = entry(a, event, number, ask, results);

    audit_add(&a->audit, &e);
}

bool act_audit_request(struct app *a, unsigned long number, const struct act_ask *ask,
    audit_written_fn *written, void *user)
{
    struct audit_entry e = entry(a, "request", number, ask, NULL);

    return audit_request(&a->audit, &e, written, user);
}

static void audit(struct act_run *run, const char *event)
{
    act_audit(run->app, event, run->number, &run->ask,
        strcmp(event, "result") == 0 ? run->results : NULL);
}

static void say_done(struct act_run *run, const struct action_result *r, const char *request)
{
    const struct action_info *info = action_info(run->ask.verb);
    const struct action_target *t = &run->ask.targets.v[r->target];
    const char *object = info->object == ACTION_ON_NODE ? "node"
                         : t->array_job_id              ? "array"
                                                        : "job";
    struct app *a = run->app;
    int64_t now_ms = app_now_ms(a);
    char at[FMT_SIZE];

    if (r->eligible_time > now_ms / 1000 && run->ask.verb == ACTION_JOB_REQUEUE)
        messages_add(&a->messages, now_ms, MESSAGE_DONE,
            "job %s requeued; Slurm lets it wait until %s (BeginTime) — %s", t->id,
            fmt_when(at, r->eligible_time, now_ms / 1000), request);
    else
        messages_add(&a->messages, now_ms, MESSAGE_DONE, "%s %s %s%s%s%s%s — %s", object, t->id,
            info->done, r->state[0] ? ", now " : "", r->state, r->words[0] ? "; Slurm says: " : "",
            r->words, request);
}

static void say(struct act_run *run, const struct action_result *r)
{
    static const struct {
        enum message_kind kind;
        const char *what;
    } outcomes[ACTION_OUTCOME_COUNT] = {
        [ACTION_REFUSED] = {MESSAGE_FAILED, "Slurm refused"},
        [ACTION_CHANGED] = {MESSAGE_WARNING, "nothing was done"},
        [ACTION_GONE] = {MESSAGE_WARNING, "nothing was done"},
        [ACTION_NOT_SENT] = {MESSAGE_FAILED, "not sent"},
        [ACTION_UNKNOWN] = {MESSAGE_FAILED, "sent, outcome unknown"},
        [ACTION_STOPPED] = {MESSAGE_WARNING, "not sent"},
        [ACTION_SENSELESS] = {MESSAGE_FAILED, "nothing was done"},
    };
    struct app *a = run->app;
    char request[ACT_ARGUMENT + 320];

    action_request_text(run->ask.verb, run->ask.targets.v[r->target].id, run->ask.argument, request,
        sizeof(request));
    if (r->outcome == ACTION_DONE && run->ask.targets.count <= TOLD_EACH)
        say_done(run, r, request);
    else if (outcomes[r->outcome].what)
        messages_add(&a->messages, app_now_ms(a), outcomes[r->outcome].kind, "%s: %s — %s",
            outcomes[r->outcome].what, r->words, request);
}

/* "12 jobs: 10 cancelled, 1 refused, 1 not sent" */
static void say_all(struct act_run *run)
{
    static const char *const words[ACTION_OUTCOME_COUNT] = {
        [ACTION_REFUSED] = "refused",
        [ACTION_CHANGED] = "changed meanwhile and left alone",
        [ACTION_GONE] = "gone",
        [ACTION_NOT_SENT] = "not sent",
        [ACTION_UNKNOWN] = "sent with unknown outcome",
        [ACTION_STOPPED] = "stopped before they were sent",
        [ACTION_SENSELESS] = "left alone, as nothing sensible can be asked of them",
    };
    const struct action_info *info = action_info(run->ask.verb);
    uint32_t count[ACTION_OUTCOME_COUNT] = {0}, total = run->ask.targets.count;
    struct buf b = BUF_INIT;

    for (uint32_t i = 0; i < total; i++)
        count[run->results[i].outcome]++;
    buf_addf(&b, "%u %s: %u %s", total, objects(run), count[ACTION_DONE], info->done);
    for (int k = 0; k < ACTION_OUTCOME_COUNT; k++)
        if (words[k] && count[k])
            buf_addf(&b, ", %u %s", count[k], words[k]);
    messages_add(&run->app->messages, app_now_ms(run->app),
        count[ACTION_DONE] == total ? MESSAGE_DONE : MESSAGE_WARNING, "%s", buf_str(&b));
    buf_release(&b);
}

/* ---- results ---- */

static void unmark_array(struct app *a, const struct array *of)
{
    for (uint32_t i = 0; of && i < of->count; i++)
        marks_set(
            &a->job_marks, a->snapshot->jobs[a->order.arrays.rows[of->first + i]].job_id, false);
}

/* What was done needs its mark no longer; what was not keeps it, for another try. */
static void unmark(struct act_run *run, const struct action_result *r)
{
    const struct action_target *t = &run->ask.targets.v[r->target];
    struct app *a = run->app;

    if (r->outcome != ACTION_DONE && r->outcome != ACTION_GONE)
        return;
    if (t->array_job_id) /* the mark is that of its head, which may be another one by now */
        unmark_array(a, arrays_find(&a->order.arrays, t->array_job_id));
    else if (action_info(run->ask.verb)->object == ACTION_ON_JOB)
        marks_set(&a->job_marks, t->job_id, false);
    else
        marks_set(&a->node_marks, app_name_id(t->id), false);
}

/* One that changed between the question and the request is asked about again, as it is now. */
static void keep_for_asking(struct act_run *run, const struct action_result *r)
{
    struct actions *acts = &run->app->actions;
    const struct action_info *info = action_info(run->ask.verb);

    if (r->outcome != ACTION_CHANGED || r->now.id[0] == '\0')
        return;
    if (info->object == ACTION_ON_JOB && !(info->job_states & 1u << r->now.state))
        return;
    targets_release(&acts->again.targets);
    acts->again_known = false;
    acts->again = (struct act_ask){.verb = run->ask.verb, .targets = targets_of(&r->now)};
    snprintf(acts->again.argument, sizeof(acts->again.argument), "%s", run->ask.argument);
    snprintf(acts->again_words, sizeof(acts->again_words), "%s", r->words);
}

/* Somebody else has done it already, or something that leaves no sense in it. A drained node can be
   drained once more, for another reason; so can one that is down. */
static bool is_pointless(const struct app *a, const struct act_ask *again)
{
    const struct action_target *t = &again->targets.v[0];
    const struct cluster *cluster = &a->snapshot->cluster;
    const struct node *n = snapshot_node(a->snapshot, t->id);
    const struct job *j = snapshot_job(a->snapshot, t->job_id);

    if (action_info(again->verb)->object == ACTION_ON_JOB)
        return j == NULL || action_blocked_job(again->verb, j, cluster);
    return n == NULL || (action_info(again->verb)->argument != ARGUMENT_REASON &&
                            action_blocked_node(again->verb, n, cluster));
}

void act_may_ask_again(struct app *a)
{
    a->actions.again_known = a->actions.again.targets.count > 0;
    act_ask_again(a);
}

void act_ask_again(struct app *a)
{
    struct act_ask *again = &a->actions.again;
    const struct job *j;

    if (again->targets.count == 0 || !a->actions.again_known || !unasked_may_ask(a))
        return;
    j = snapshot_job(a->snapshot, again->targets.v[0].job_id);
    again->targets.tasks = j ? job_tasks(a->snapshot, j) : 0;
    if (!is_pointless(a, again)) {
        act_ask_targets(a, again->verb, &again->targets, again->argument);
        dialog_note(&a->dialog, "%s", a->actions.again_words);
        unasked_change(a);
    }
    targets_release(&again->targets);
    a->actions.again_known = false;
}

/* A thousand results in half a second: to draw each would take the CPU from those who bring them. What
   is not drawn here is with the next one, with the end, or with the next second. */
static void show_result(struct act_run *run)
{
    int64_t now_ms = app_steady_ms(run->app);

    if (is_bulk(run) && run->shown_ms && now_ms - run->shown_ms < SHOW_MS)
        return;
    run->shown_ms = now_ms;
    run->app->reactions |= REACT_PAINT;
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct act_run *run = user;
    struct action_result r;
    bool known;

    if (frame->head.type != WIRE_ACTION_RESULT)
        return 0;
    if (is_unsent(run) || action_get_result(frame, &r) < 0 || r.target >= run->ask.targets.count)
        return -EBADMSG;
    known = run->results[r.target].outcome != ACTION_OUTCOME_COUNT &&
            run->results[r.target].outcome != ACTION_SENDING;
    if (known)
        return -EBADMSG;
    run->results[r.target] = r;
    show_result(run);
    if (r.outcome == ACTION_SENDING)
        return 0;
    run->told++;
    say(run, &r);
    unmark(run, &r);
    if (!is_bulk(run)) {
        refresh_now(&run->app->refresh, app_steady_ms(run->app));
        keep_for_asking(run, &r);
    }
    return 0;
}

/* Gives an outcome to the targets that have none: sent or not, nobody will answer any more. */
static void settle(struct act_run *run, const char *words)
{
    for (uint32_t i = 0; i < run->ask.targets.count; i++) {
        struct action_result *r = &run->results[i];

        if (r->outcome != ACTION_OUTCOME_COUNT && r->outcome != ACTION_SENDING)
            continue;
        r->target = i;
        r->outcome = r->outcome == ACTION_SENDING ? ACTION_UNKNOWN : ACTION_NOT_SENT;
        snprintf(r->words, sizeof(r->words), "%s", words);
        say(run, r);
    }
}

static void on_ended(void *user, const struct process_end *end)
{
    struct act_run *run = user;
    struct app *a = run->app;

    if (is_unsent(run)) { /* another one begins when the request is sent */
        run->process = process_free(run->process);
        return;
    }
    settle(run, end->timed_out   ? "no answer from the controller in time"
                : end->errors[0] ? end->errors
                                 : "the process that asks Slurm ended without a word");
    if (is_bulk(run)) {
        say_all(run);
        a->actions.ended_ms = app_steady_ms(a);
    }
    audit(run, "result");
    refresh_now(&a->refresh, app_steady_ms(a));
    a->reactions |= REACT_PAINT;
    remove_run(run);
}

void actions_release(struct actions *acts)
{
    while (acts->first) {
        struct act_run *run = acts->first;
        bool back = is_unsent(run);

        if (!back)
            settle(run, "kfarm-top was left before the answer came");
        /* the terminal is the shell's again */
        harmless_error("kfarm-top: %s: %s, %u %s",
            back ? "taken back, nothing was sent" : "left before the answer came",
            action_info(run->ask.verb)->name, run->ask.targets.count, objects(run));
        audit(run, back ? "taken-back" : "result");
        remove_run(run);
    }
    targets_release(&acts->ask.targets);
    targets_release(&acts->again.targets);
    history_release(&acts->commands);
}

/* ---- sending ---- */

/* Starts the helper, which reads the targets' state at once; what is in its time of grace it sends when
   it is told to. False with the reason in d. */
static bool start_helper(struct act_run *run, struct diag *d)
{
    static const struct process_events events = {.frame = on_frame, .ended = on_ended};
    int64_t wait_ms = in_grace(run) ? run->send_at_ms - app_steady_ms(run->app) : 0;
    uint64_t deadline_ms =
        (uint64_t)wait_ms + ANSWER_MS + (uint64_t)ANSWER_EACH_MS * run->ask.targets.count;
    struct buf b = BUF_INIT;

    run->process = process_helper(run->app->loop, "act", deadline_ms, &events, run, d);
    if (run->process == NULL)
        return false;
    action_put(&b, &(struct action_order){.verb = run->ask.verb,
                       .argument = run->ask.argument,
                       .wait_ms = (uint32_t)wait_ms,
                       .targets = run->ask.targets.v,
                       .count = run->ask.targets.count});
    process_send(run->process, &b);
    buf_release(&b);
    return true;
}

/* Ends a run of which nothing has left. */
static void fail_run(struct act_run *run, const char *words)
{
    for (uint32_t i = 0; i < run->ask.targets.count; i++) {
        struct action_result *r = &run->results[i];

        *r = (struct action_result){.target = i, .outcome = ACTION_NOT_SENT};
        snprintf(r->words, sizeof(r->words), "%s", words);
    }
    audit(run, "result");
    remove_run(run);
}

static void transmit(struct act_run *run)
{
    struct app *a = run->app;
    struct buf b = BUF_INIT;
    struct diag d = DIAG_INIT;

    if (run->process) {
        action_put_send(&b);
        process_send(run->process, &b);
        buf_release(&b);
    } else if (!start_helper(run, &d)) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "not sent: %s", d.text);
        fail_run(run, d.text);
        return;
    }
    /* half-way there is little to see, and the controller would stop for all its jobs to be packed */
    if (is_bulk(run))
        refresh_hold(&a->refresh, app_steady_ms(a) + HOLD_MS);
}

static void on_recorded(void *user, const char *why)
{
    struct act_run *run = user;
    struct app *a = run->app;

    run->recording = false;
    a->reactions |= REACT_PAINT;
    if (why == NULL) {
        transmit(run);
        return;
    }
    messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED,
        "%s not sent, as it cannot be written down ([audit] required): %s",
        action_info(run->ask.verb)->name, why);
    fail_run(run, why);
}

static void send_run(struct act_run *run)
{
    run->send_at_ms = 0;
    run->recording = !act_audit_request(run->app, run->number, &run->ask, on_recorded, run);
    if (!run->recording)
        transmit(run);
}

/* --dry-run: what would be asked, and nothing else. */
static void say_dry(struct app *a, const struct act_ask *ask)
{
    const struct targets *t = &ask->targets;
    char request[ACT_ARGUMENT + 320];

    for (uint32_t i = 0; i < KF_MIN(t->count, (uint32_t)TOLD_EACH); i++) {
        action_request_text(ask->verb, t->v[i].id, ask->argument, request, sizeof(request));
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE, "dry run, not done: %s", request);
    }
    if (t->count > TOLD_EACH)
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "dry run, not done: %u more of these", t->count - TOLD_EACH);
}

void act_run(struct app *a, struct act_ask *ask)
{
    struct act_run *run;

    if (act_forbidden(a))
        return;
    if (a->options.dry_run) {
        if (ask->verb == ACTION_NODE_RUN)
            noderun_say_dry(a, ask);
        else
            say_dry(a, ask);
        return;
    }
    if (ask->verb == ACTION_NODE_RUN) {
        noderun_start(a, ask);
        return;
    }
    run = xcalloc(1, sizeof(*run));
    run->app = a;
    run->ask = *ask;
    *ask = (struct act_ask){.verb = ask->verb};
    run->number = ++a->actions.number;
    run->results = xcalloc(run->ask.targets.count, sizeof(*run->results));
    for (uint32_t i = 0; i < run->ask.targets.count; i++)
        run->results[i] = (struct action_result){.target = i, .outcome = ACTION_OUTCOME_COUNT};
    run->next = a->actions.first;
    a->actions.first = run;
    if (is_bulk(run) && action_info(run->ask.verb)->risk == ACTION_DESTROYS &&
        a->options.grace_ms > 0) {
        run->send_at_ms = app_steady_ms(a) + a->options.grace_ms;
        start_helper(run, &(struct diag)DIAG_INIT); /* if it cannot, that is told when it matters */
    } else {
        send_run(run);
    }
}

/* ---- taking back, stopping ---- */

bool act_in_grace(const struct app *a)
{
    for (const struct act_run *run = a->actions.first; run; run = run->next)
        if (is_unsent(run))
            return true;
    return false;
}

bool act_under_way(const struct app *a)
{
    for (const struct act_run *run = a->actions.first; run; run = run->next)
        if (is_bulk(run) && !run->stopping)
            return true;
    return noderun_under_way(a);
}

bool act_stoppable(const struct app *a)
{
    bool just_ended = a->actions.ended_ms && app_steady_ms(a) - a->actions.ended_ms < JUST_ENDED_MS;

    return just_ended || act_under_way(a);
}

void act_take_back(struct app *a)
{
    struct act_run *next;

    for (struct act_run *run = a->actions.first; run; run = next) {
        next = run->next;
        if (!is_unsent(run))
            continue;
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "taken back, nothing was sent: %s, %u %s", action_info(run->ask.verb)->name,
            run->ask.targets.count, objects(run));
        audit(run, "taken-back");
        remove_run(run);
    }
}

void act_send_now(struct app *a)
{
    struct act_run *next;

    for (struct act_run *run = a->actions.first; run; run = next) {
        next = run->next;
        if (in_grace(run))
            send_run(run);
    }
}

void act_stop(struct app *a)
{
    struct buf b = BUF_INIT;

    act_take_back(a);
    noderun_stop(a);
    action_put_stop(&b);
    for (struct act_run *run = a->actions.first; run; run = run->next)
        if (is_bulk(run) && run->process && !run->stopping) {
            process_send(run->process, &b);
            run->stopping = true;
        }
    buf_release(&b);
}

void act_tick(struct app *a)
{
    struct act_run *next;

    for (struct act_run *run = a->actions.first; run; run = next) {
        next = run->next;
        if (in_grace(run) && app_steady_ms(a) >= run->send_at_ms) {
            send_run(run);
            a->reactions |= REACT_PAINT;
        }
    }
}

int64_t act_due_ms(const struct app *a)
{
    int64_t due = 0;

    for (const struct act_run *run = a->actions.first; run; run = run->next)
        if (in_grace(run) && (due == 0 || run->send_at_ms < due))
            due = run->send_at_ms;
    return due;
}

void act_status(const struct app *a, char *out, size_t size)
{
    out[0] = '\0';
    for (const struct act_run *run = a->actions.first; run; run = run->next) {
        const struct action_info *info = action_info(run->ask.verb);
        uint32_t count = run->ask.targets.count;

        if (!is_bulk(run))
            continue;
        if (run->recording)
            snprintf(out, size, "%s: %u %s, being written down", info->name, count, objects(run));
        else if (in_grace(run))
            snprintf(out, size, "%s: %u %s in %lld s", info->name, count, objects(run),
                (long long)(run->send_at_ms - app_steady_ms(a) + 999) / 1000);
        else
            snprintf(out, size, "%s: %u of %u %s answered%s", info->name, run->told, count,
                objects(run), run->stopping ? ", stopping" : "");
        return;
    }
    if (a->view == VIEW_OUTPUT) /* it may take long: elsewhere the keys matter more */
        noderun_status(a, out, size);
}
