/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The questions. What becomes of the answers is in act_run.c. */
#include "tui/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/action_argument.h"
#include "base/alloc.h"
#include "base/fmt.h"
#include "base/parse.h"
#include "tui/app.h"
#include "tui/srun.h"

#define LISTED     8 /* targets that a question names */
#define WHAT_BYTES 512 /* of targets_describe() */

const char *act_forbidden(const struct app *a)
{
    if (a->options.read_only)
        return "read-only mode: nothing is changed";
    if (a->options.dry_run) /* asks, and then sends nothing */
        return NULL;
    return source_is_replay(a->source) ? "this is a recording: nothing can be changed" : NULL;
}

const char *act_blocked(const struct app *a, enum action_verb verb)
{
    const char *why = act_forbidden(a);

    return why ? why : targets_blocked(a, verb);
}

/* ---- the last step ---- */

static const char *accept_plain(struct app *a, const char *text)
{
    (void)text;
    act_run(a, &a->actions.ask);
    return NULL;
}

/* How many things are lost: the tasks of an array count. */
static uint32_t weight(const struct act_ask *ask)
{
    const struct targets *t = &ask->targets;

    return action_info(ask->verb)->risk == ACTION_DESTROYS ? KF_MAX(t->count, t->tasks) : t->count;
}

static const char *accept_count(struct app *a, const char *text)
{
    int64_t count;

    if (parse_i64(text, 1, UINT32_MAX, &count) < 0 || count != weight(&a->actions.ask))
        return "that is not their number; Esc leaves everything as it is";
    return accept_plain(a, text);
}

static const char *accept_name(struct app *a, const char *text)
{
    if (strcmp(text, a->actions.ask.targets.v[0].id) != 0)
        return "that is not its name; Esc leaves everything as it is";
    return accept_plain(a, text);
}

static const char *object_name(const struct act_ask *ask, const struct action_target *t)
{
    return action_info(ask->verb)->object == ACTION_ON_NODE ? "node"
           : t->array_job_id                                ? "array"
                                                            : "job";
}

/* "Cancel 12 jobs", "Cancel array 44 ‘matrix’ of ana, 10 tasks", "Set node node1 (idle) down". */
static void describe_all(const struct app *a, const char *verb, char *out, size_t size)
{
    const struct act_ask *ask = &a->actions.ask;
    bool jobs = action_info(ask->verb)->object == ACTION_ON_JOB;
    const struct targets *t = &ask->targets;
    int before = (int)strcspn(verb, "{");
    const char *after = verb[before] ? verb + before + 2 : "";
    char what[WHAT_BYTES], tasks[32] = "";

    targets_describe(a, action_info(ask->verb)->object, &t->v[0], what, sizeof(what));
    if (t->tasks > t->count || (t->v[0].array_job_id && strchr(t->v[0].id, '_') == NULL))
        snprintf(tasks, sizeof(tasks), ", %u task%s", t->tasks, t->tasks == 1 ? "" : "s");
    if (t->count > 1)
        snprintf(out, size, "%.*s%u %s%s%s", before, verb, t->count, jobs ? "jobs" : "nodes", tasks,
            after);
    else
        snprintf(out, size, "%.*s%s %s%s%s", before, verb, object_name(ask, &t->v[0]), what, tasks,
            after);
}

/* Names the targets below the question, if there are several, and says which are left out. */
static void list_targets(const struct app *a, struct dialog *d)
{
    const struct act_ask *ask = &a->actions.ask;
    const struct targets *t = &ask->targets;
    char what[WHAT_BYTES];

    for (uint32_t i = 0; t->count > 1 && i < KF_MIN(t->count, (uint32_t)LISTED); i++) {
        targets_describe(a, action_info(ask->verb)->object, &t->v[i], what, sizeof(what));
        dialog_note(d, "%s %s", object_name(ask, &t->v[i]), what);
    }
    if (t->count > LISTED)
        dialog_note(d, "… and %u more", t->count - LISTED);
    for (int i = 0; i < t->left_count; i++) {
        const struct left_out *l = &t->left[i];

        if (strstr(l->names, "…"))
            dialog_note(d, "left out: %u, %s (%s)", l->count, l->names, l->why);
        else
            dialog_note(d, "left out: %s (%s)", l->names, l->why);
    }
    if (t->hidden)
        dialog_note(d, "%u of them are not in sight: %s", t->hidden,
            a->order_by.job_filter || a->order_by.node_filter ? "the filter hides them"
                                                              : "their array is folded");
}

/* An argument as a question shows it: there must be room for what is to be typed. */
static const char *shorten(const char *argument, char *out, size_t size)
{
    size_t n = KF_MIN(strlen(argument), size - sizeof("…"));

    while (argument[n] && ((unsigned char)argument[n] & 0xc0) == 0x80)
        n--; /* not within a character */
    snprintf(out, size, "%.*s%s", (int)n, argument, argument[n] ? "…" : "");
    return out;
}

static void ask_confirmation(struct app *a)
{
    const struct act_ask *ask = &a->actions.ask;
    const struct action_info *info = action_info(ask->verb);
    bool node = info->object == ACTION_ON_NODE, many = weight(ask) > 1;
    struct dialog d = {.kind = DIALOG_CONFIRM, .accept = accept_plain};
    char what[WHAT_BYTES + 64], argument[128];

    describe_all(a, info->verb, what, sizeof(what));
    shorten(ask->argument, argument, sizeof(argument));
    d.grave = info->risk == ACTION_DESTROYS;
    snprintf(d.yes, sizeof(d.yes), "%s", info->yes);
    snprintf(d.no, sizeof(d.no), "%s", node ? "leave it" : "keep");
    if (many || (node && d.grave)) {
        d.kind = DIALOG_PROMPT;
        d.accept = many ? accept_count : accept_name;
    }
    if (many)
        snprintf(d.question, sizeof(d.question), "%s%s%s? Type %u to confirm:", what,
            argument[0] ? ": " : "", argument, weight(ask));
    else if (node && d.grave)
        snprintf(d.question, sizeof(d.question), "%s%s%s? Type %s to confirm:", what,
            argument[0] ? ": " : "", argument, ask->targets.v[0].id);
    else if (ask->verb == ACTION_JOB_REQUEUE || ask->verb == ACTION_JOB_REQUEUE_HOLD)
        snprintf(d.question, sizeof(d.question),
            "%s? It starts again from the top, and its log with it.", what);
    else if (argument[0])
        snprintf(d.question, sizeof(d.question), "%s: %s?", what, argument);
    else
        snprintf(d.question, sizeof(d.question), "%s?", what);
    if (ask->verb == ACTION_JOB_CANCEL && !many)
        snprintf(d.yes, sizeof(d.yes), "cancel it"); /* "cancel" alone could mean the question */
    list_targets(a, &d);
    act_offer_tasks(a, &d);
    d.place = info->object == ACTION_ON_NODE ? DIALOG_AT_NODE : DIALOG_AT_JOB;
    a->dialog = d;
}

/* ---- the argument ---- */

/* The cursor that the operator moves is on it. */
static bool is_in_focus(const struct app *a, const struct act_ask *ask)
{
    bool on_nodes = app_focus(a) == PANE_NODES;

    return (action_info(ask->verb)->object == ACTION_ON_NODE) == on_nodes;
}

/* One job that waits for its priority, limit, … needs no second question: Enter was the answer. But what is selected in
   another pane may not be what he has in mind. */
static bool answered_by_argument(const struct app *a, const struct act_ask *ask)
{
    const struct action_info *info = action_info(ask->verb);

    return is_in_focus(a, ask) && weight(ask) == 1 &&
           (info->risk != ACTION_DESTROYS || info->object == ACTION_ON_JOB);
}

static const char *accept_argument(struct app *a, const char *text)
{
    struct act_ask *ask = &a->actions.ask;
    const char *wrong = action_argument_read(
        action_info(ask->verb)->argument, text, ask->argument, sizeof(ask->argument));

    if (wrong)
        return wrong;
    if (answered_by_argument(a, ask))
        return accept_plain(a, text);
    ask_confirmation(a);
    return NULL;
}

/* What it is now, to start from. */
static void present_value(const struct app *a, char *out, size_t size)
{
    const struct act_ask *ask = &a->actions.ask;
    const struct job *j =
        ask->targets.count == 1 ? snapshot_job(a->snapshot, ask->targets.v[0].job_id) : NULL;
    char span[FMT_SIZE];

    out[0] = '\0';
    if (j == NULL)
        return;
    switch (action_info(ask->verb)->argument) {
    case ARGUMENT_PRIORITY:
        snprintf(out, size, " (now %u)", j->priority);
        break;
    case ARGUMENT_NICE:
        if (j->has & JOB_HAS_NICE)
            snprintf(out, size, " (now %d)", j->nice);
        break;
    case ARGUMENT_TIME_LIMIT:
        snprintf(out, size, " (now %s)",
            j->has & JOB_HAS_LIMIT ? fmt_span(span, (int64_t)j->time_limit_min * 60) : "unlimited");
        break;
    default:
        break;
    }
}

static const char *hint_of(enum action_argument kind)
{
    switch (kind) {
    case ARGUMENT_TIME_LIMIT:
        return " Minutes, H:MM:SS, +30, -1:00:00, unlimited:";
    case ARGUMENT_REASON:
        return " Reason:";
    case ARGUMENT_HOLD:
        return " Who may release it?";
    case ARGUMENT_SIGNAL:
        return " It goes to the script and all it started.";
    case ARGUMENT_COMMAND:
        return " Command:";
    default:
        return "";
    }
}

/* What a command line means, and where it runs. */
static void explain_command(struct app *a, struct dialog *d)
{
    const struct act_ask *ask = &a->actions.ask;
    char way[160];

    d->history = &a->actions.commands;
    dialog_note(d, "no shell: for one, say sh -c '…'; it starts in /");
    srun_note(a, ask->targets.v[0].id, way, sizeof(way));
    if (ask->targets.count == 1 && way[0])
        dialog_note(d, "%s", way);
}

static void ask_argument(struct app *a)
{
    const struct act_ask *ask = &a->actions.ask;
    const struct action_info *info = action_info(ask->verb);
    const char *const *choices = action_argument_choices(info->argument);
    struct dialog d = {.kind = choices ? DIALOG_PICK : DIALOG_PROMPT,
        .accept = accept_argument,
        .grave = info->risk == ACTION_DESTROYS};
    char what[WHAT_BYTES + 64], value[64];

    describe_all(
        a, ask->verb == ACTION_JOB_PRIORITY ? "Priority of {}" : info->verb, what, sizeof(what));
    present_value(a, value, sizeof(value));
    snprintf(d.yes, sizeof(d.yes), "%s", info->yes);
    snprintf(d.no, sizeof(d.no), "%s", info->object == ACTION_ON_NODE ? "leave it" : "keep");
    if (ask->verb == ACTION_NODE_DRAIN)
        snprintf(d.question, sizeof(d.question),
            "%s: what runs there goes on, nothing new starts. Reason:", what);
    else if (ask->verb == ACTION_NODE_DOWN)
        snprintf(d.question, sizeof(d.question), "%s: the jobs on it are lost. Reason:", what);
    else
        snprintf(d.question, sizeof(d.question), "%s%s%s%s", what, value,
            hint_of(info->argument)[0] ? "." : ":", hint_of(info->argument));
    for (; choices && *choices; choices++)
        choices_add(&d.choices, *choices);
    choices_move(&d.choices, 1, false);
    list_targets(a, &d);
    if (info->argument == ARGUMENT_COMMAND)
        explain_command(a, &d);
    act_offer_tasks(a, &d);
    d.place = info->object == ACTION_ON_NODE ? DIALOG_AT_NODE : DIALOG_AT_JOB;
    a->dialog = d;
}

/* ---- opening ---- */

static void open_question(struct app *a)
{
    const struct act_ask *ask = &a->actions.ask;
    enum action_argument kind = action_info(ask->verb)->argument;

    if (kind == ARGUMENT_HOLD && !action_super(&a->snapshot->cluster))
        snprintf(a->actions.ask.argument, sizeof(ask->argument), "uhold");
    if (kind == ARGUMENT_NONE || ask->argument[0])
        ask_confirmation(a);
    else
        ask_argument(a);
}

void act_ask_targets(
    struct app *a, enum action_verb verb, struct targets *targets, const char *argument)
{
    struct act_ask *ask = &a->actions.ask;

    targets_release(&ask->targets);
    *ask = (struct act_ask){.verb = verb, .targets = *targets};
    *targets = (struct targets){0};
    snprintf(ask->argument, sizeof(ask->argument), "%s", argument);
    if (ask->targets.count > 0 && act_forbidden(a) == NULL)
        open_question(a);
}

void act_ask(struct app *a, enum action_verb verb)
{
    struct targets t;

    if (act_blocked(a, verb))
        return;
    t = targets_gather(a, verb);
    act_ask_targets(a, verb, &t, "");
}

void act_ask_script(struct app *a)
{
    if (act_forbidden(a) == NULL)
        submit_open(a, NULL, NULL);
}

void act_resubmit(struct app *a)
{
    const struct job *j = app_job(a);

    if (act_forbidden(a) == NULL && j)
        resubmit(a, j);
}
