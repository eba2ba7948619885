/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/act.h"

#include <errno.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "base/fmt.h"
#include "base/parse.h"
#include "tui/app.h"
#include "tui/submit.h"

#define ANSWER_MS    30000
#define PRIORITY_MAX 4294967293u /* NO_VAL - 1 (slurm.h) */

/* One action under way. */
struct act_run {
    struct act_run *next;
    struct app *app;
    struct process *process;
    enum action_verb verb;
    struct action_target target;
    char argument[LINEEDIT_BYTES];
    bool sent, answered;
};

static void remove_run(struct act_run *run)
{
    struct act_run **at = &run->app->actions.first;

    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    process_free(run->process);
    free(run);
}

void actions_release(struct actions *acts)
{
    while (acts->first)
        remove_run(acts->first);
}

const char *act_forbidden(const struct app *a)
{
    if (a->options.read_only)
        return "read-only mode: nothing is changed";
    return source_is_replay(a->source) ? "this is a recording: nothing can be changed" : NULL;
}

static void say(struct act_run *run, const struct action_result *r)
{
    const struct action_info *info = action_info(run->verb);
    const char *object = info->object == ACTION_ON_JOB ? "job" : "node";
    struct app *a = run->app;
    char request[LINEEDIT_BYTES + 160], at[FMT_SIZE];
    int64_t now_ms = app_now_ms(a);

    action_request_text(run->verb, run->target.id, run->argument, request, sizeof(request));
    switch (r->outcome) {
    case ACTION_SENDING:
        break;
    case ACTION_DONE:
        if (r->eligible_time > now_ms / 1000 && run->verb == ACTION_JOB_REQUEUE)
            messages_add(&a->messages, now_ms, MESSAGE_DONE,
                "job %s requeued; Slurm lets it wait until %s (BeginTime) — %s", run->target.id,
                fmt_when(at, r->eligible_time, now_ms / 1000), request);
        else
            messages_add(&a->messages, now_ms, MESSAGE_DONE, "%s %s %s%s%s — %s", object,
                run->target.id, info->done, r->state[0] ? ", now " : "", r->state, request);
        break;
    case ACTION_REFUSED:
        messages_add(
            &a->messages, now_ms, MESSAGE_FAILED, "Slurm refused: %s — %s", r->words, request);
        break;
    case ACTION_CHANGED:
    case ACTION_GONE:
    case ACTION_STOPPED:
        messages_add(
            &a->messages, now_ms, MESSAGE_WARNING, "nothing was done: %s — %s", r->words, request);
        break;
    case ACTION_NOT_SENT:
        messages_add(&a->messages, now_ms, MESSAGE_FAILED, "not sent: %s — %s", r->words, request);
        break;
    case ACTION_UNKNOWN:
        messages_add(&a->messages, now_ms, MESSAGE_FAILED, "sent, outcome unknown: %s — %s",
            r->words, request);
        break;
    case ACTION_OUTCOME_COUNT:
        break;
    }
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct act_run *run = user;
    struct action_result r;

    if (frame->head.type != WIRE_ACTION_RESULT)
        return 0;
    if (action_get_result(frame, &r) < 0)
        return -EBADMSG;
    if (r.outcome == ACTION_SENDING) {
        run->sent = true;
        return 0;
    }
    run->answered = true;
    say(run, &r);
    refresh_now(&run->app->refresh, app_now_ms(run->app));
    run->app->reactions |= REACT_PAINT;
    return 0;
}

static void on_ended(void *user, const struct process_end *end)
{
    struct act_run *run = user;
    struct action_result r = {.outcome = run->sent ? ACTION_UNKNOWN : ACTION_NOT_SENT};

    if (!run->answered) {
        snprintf(r.words, sizeof(r.words), "%s",
            end->timed_out   ? "no answer from the controller within 30 s"
            : end->errors[0] ? end->errors
                             : "the process that asks Slurm ended without a word");
        say(run, &r);
        run->app->reactions |= REACT_PAINT;
    }
    remove_run(run);
}

static void start(struct app *a, const char *argument)
{
    static const struct process_events events = {.frame = on_frame, .ended = on_ended};
    struct act_run *run = xcalloc(1, sizeof(*run));
    struct buf b = BUF_INIT;
    struct diag d = DIAG_INIT;

    run->app = a;
    run->verb = a->actions.verb;
    run->target = a->actions.target;
    snprintf(run->argument, sizeof(run->argument), "%s", argument);
    run->process = process_helper(a->loop, "act", ANSWER_MS, &events, run, &d);
    if (run->process == NULL) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "not sent: %s", d.text);
        free(run);
        return;
    }
    run->next = a->actions.first;
    a->actions.first = run;
    action_put(&b, run->verb, argument, &run->target, 1);
    process_send(run->process, &b);
    buf_release(&b);
}

static const char *accept_plain(struct app *a, const char *text)
{
    (void)text;
    start(a, "");
    return NULL;
}

static const char *accept_priority(struct app *a, const char *text)
{
    int64_t priority;

    if (parse_i64(text, 1, PRIORITY_MAX, &priority) < 0)
        return "a whole number from 1 to 4294967293, please; the higher starts first";
    start(a, text);
    return NULL;
}

static const char *accept_reason(struct app *a, const char *text)
{
    if (text[strspn(text, " ")] == '\0')
        return "Slurm wants a reason, and so will whoever finds the node drained";
    start(a, text);
    return NULL;
}

/* "job 42 kernel_build of root on node2, running 00:09:41" */
static void describe_job(const struct app *a, const struct job *j, char *out, size_t size)
{
    const struct snapshot *s = a->snapshot;
    char span[FMT_SIZE];
    int n = snprintf(out, size, "job %s %s of %s", a->actions.target.id, job_str(s, j->name),
        job_str(s, j->user));

    if (n < 0 || (size_t)n >= size)
        return;
    if (j->state == JOB_STATE_RUNNING)
        snprintf(out + n, size - (size_t)n, " on %s, running %s", job_str(s, j->node_list),
            fmt_span(span, job_elapsed(j, app_now_s(a))));
    else
        snprintf(out + n, size - (size_t)n, ", %s", job_state_name(j));
}

static void ask_job(struct app *a, enum action_verb verb)
{
    const struct job *j = app_job(a);
    struct dialog *d = &a->dialog;
    char what[256];

    a->actions.verb = verb;
    a->actions.target = action_target_job(a->snapshot, j);
    describe_job(a, j, what, sizeof(what));
    *d = (struct dialog){.kind = DIALOG_CONFIRM, .accept = accept_plain};
    switch (verb) {
    case ACTION_JOB_PRIORITY:
        d->kind = DIALOG_PROMPT;
        d->accept = accept_priority;
        snprintf(d->question, sizeof(d->question), "Priority of %s (now %u):", what, j->priority);
        snprintf(d->yes, sizeof(d->yes), "set");
        break;
    case ACTION_JOB_REQUEUE:
        snprintf(d->question, sizeof(d->question),
            "Requeue %s? It starts again from the top, and its log with it.", what);
        snprintf(d->yes, sizeof(d->yes), "requeue");
        d->grave = j->state == JOB_STATE_RUNNING;
        break;
    default:
        snprintf(d->question, sizeof(d->question), "%s %s?", action_info(verb)->verb, what);
        snprintf(d->yes, sizeof(d->yes), "cancel it");
        d->grave = true;
    }
    snprintf(d->no, sizeof(d->no), "keep");
}

static void ask_node(struct app *a, enum action_verb verb)
{
    const struct node *n = app_node(a);
    const struct snapshot *s = a->snapshot;
    const char *state = node_str(s, n->state_text), *reason = node_str(s, n->reason);
    struct dialog *d = &a->dialog;

    a->actions.verb = verb;
    a->actions.target = action_target_node(s, n);
    *d = (struct dialog){.kind = DIALOG_CONFIRM, .accept = accept_plain};
    if (verb == ACTION_NODE_DRAIN) {
        d->kind = DIALOG_PROMPT;
        d->accept = accept_reason;
        snprintf(d->question, sizeof(d->question),
            "Drain node %s (%s): what runs there goes on, nothing new starts. Reason:",
            a->actions.target.id, state);
        snprintf(d->yes, sizeof(d->yes), "drain");
    } else {
        snprintf(d->question, sizeof(d->question), "Resume node %s (%s%s%s)?", a->actions.target.id,
            state, reason[0] ? ": " : "", reason);
        snprintf(d->yes, sizeof(d->yes), "resume");
    }
    snprintf(d->no, sizeof(d->no), "leave it");
}

const char *act_blocked(const struct app *a, enum action_verb verb)
{
    const struct cluster *cluster = &a->snapshot->cluster;
    const char *why = act_forbidden(a);
    const struct job *j = app_job(a);
    const struct node *n = app_node(a);

    if (why)
        return why;
    if (action_info(verb)->object == ACTION_ON_JOB)
        return j ? action_blocked_job(verb, j, cluster) : "no job is selected";
    return n ? action_blocked_node(verb, n, cluster) : "no node is selected";
}

void act_ask(struct app *a, enum action_verb verb)
{
    if (act_blocked(a, verb))
        return;
    if (action_info(verb)->object == ACTION_ON_JOB)
        ask_job(a, verb);
    else
        ask_node(a, verb);
}

void act_ask_script(struct app *a)
{
    if (act_forbidden(a) == NULL)
        submit_ask(a);
}
