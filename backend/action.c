/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/action.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/action_argument.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fnv.h"
#include "base/words.h"

/* ---- what stands in the way of a verb, beyond state and privilege ---- */

static bool held(const struct job *j)
{
    return (j->has & JOB_HAS_PRIORITY) && j->priority == 0;
}

static const char *can_requeue(const struct job *j, const struct cluster *c)
{
    (void)c;
    if (!j->batch)
        return "only a batch job can be requeued";
    return j->requeue ? NULL : "the job was submitted with --no-requeue";
}

static const char *not_held(const struct job *j, const struct cluster *c)
{
    (void)c;
    return held(j) ? "the job is held: release it first" : NULL;
}

static const char *is_held(const struct job *j, const struct cluster *c)
{
    if (!held(j))
        return "the job is not held";
    if (j->reason_code == JOB_REASON_HELD_ADMIN && action_powerless(c))
        return "an administrator holds it: needs root or SlurmUser";
    return NULL;
}

/* 22.05 lets a held job go when its nice value is set: its priority becomes 2 (job_mgr.c). */
static const char *can_be_nice(const struct job *j, const struct cluster *c)
{
    (void)c;
    return held(j) ? "the job is held, and Slurm would release it" : NULL;
}

static const char *can_top(const struct job *j, const struct cluster *c)
{
    if (held(j))
        return "the job is held: release it first";
    if (action_powerless(c) && !(c->flags & CLUSTER_USER_TOP))
        return "needs root or SlurmUser, or SchedulerParameters=enable_user_top";
    return NULL;
}

static const char *can_resume(const struct node *n, const struct cluster *c)
{
    static const uint32_t resumable = NODE_FLAG_DRAIN | NODE_FLAG_FAIL | NODE_FLAG_NOT_RESPONDING |
                                      NODE_FLAG_REBOOT_ISSUED | NODE_FLAG_REBOOT_REQUESTED |
                                      NODE_FLAG_POWER_DOWN | NODE_FLAG_POWERING_DOWN;

    (void)c;
    return n->state == NODE_STATE_DOWN_ || (n->flags & resumable)
               ? NULL
               : "the node is neither down nor drained";
}

static const char *not_drained(const struct node *n, const struct cluster *c)
{
    (void)c;
    return n->flags & NODE_FLAG_DRAIN ? "the node is drained already" : NULL;
}

static const char *is_drained(const struct node *n, const struct cluster *c)
{
    (void)c;
    return n->flags & NODE_FLAG_DRAIN ? NULL : "the node is not drained";
}

static const char *not_down(const struct node *n, const struct cluster *c)
{
    (void)c;
    return n->state == NODE_STATE_DOWN_ ? "the node is down already" : NULL;
}

#define ASLEEP (NODE_FLAG_POWERED_DOWN | NODE_FLAG_POWERING_DOWN | NODE_FLAG_POWER_DOWN)

static const char *saves_power(const struct cluster *c)
{
    return (c->flags & CLUSTER_KNOWN) && !(c->flags & CLUSTER_POWER_SAVING)
               ? "slurm.conf has no SuspendProgram and ResumeProgram"
               : NULL;
}

static const char *can_power_up(const struct node *n, const struct cluster *c)
{
    if (saves_power(c))
        return saves_power(c);
    return n->flags & ASLEEP ? NULL : "the node is powered up";
}

static const char *can_power_down(const struct node *n, const struct cluster *c)
{
    if (saves_power(c))
        return saves_power(c);
    return n->flags & ASLEEP ? "the node is powered down already" : NULL;
}

static const char *can_reboot(const struct node *n, const struct cluster *c)
{
    if ((c->flags & CLUSTER_KNOWN) && !(c->flags & CLUSTER_REBOOT_PROGRAM))
        return "slurm.conf has no RebootProgram";
    if (n->flags & (NODE_FLAG_REBOOT_REQUESTED | NODE_FLAG_REBOOT_ISSUED))
        return "the node is to reboot already";
    return n->flags & ASLEEP ? "the node is powered down" : NULL;
}

/* Drained nodes are left to srun: beside a job of the user's that still runs there it gets in. */
static const char *can_run(const struct node *n, const struct cluster *c)
{
    (void)c;
    if (n->flags & ASLEEP)
        return "the node is powered down";
    if (n->state == NODE_STATE_DOWN_)
        return "the node is down";
    if (n->state == NODE_STATE_FUTURE_)
        return "the node is not part of the farm yet";
    return n->flags & NODE_FLAG_NOT_RESPONDING ? "the node does not respond" : NULL;
}

/* ---- the table ---- */

#define IN(state) (1u << JOB_STATE_##state)
#define WAITS     IN(PENDING)
#define RUNS      IN(RUNNING)
#define STANDS    IN(SUSPENDED)
#define ENDED     (((1u << JOB_STATE_COUNT) - 1) & ~(WAITS | RUNS | STANDS))

static const struct action_info infos[] = {
    [ACTION_JOB_CANCEL] = {.name = "job-cancel",
        .verb = "Cancel {}",
        .yes = "cancel",
        .done = "cancelled",
        .request = "scancel {}",
        .risk = ACTION_DESTROYS,
        .job_states = WAITS | RUNS | STANDS},
    [ACTION_JOB_SIGNAL] = {.name = "job-signal",
        .verb = "Send a signal to {}",
        .yes = "send",
        .done = "signalled",
        .request = "scancel --full --signal={=} {}",
        .argument = ARGUMENT_SIGNAL,
        .risk = ACTION_DISTURBS,
        .job_states = RUNS},
    [ACTION_JOB_REQUEUE] = {.name = "job-requeue",
        .verb = "Requeue {}",
        .yes = "requeue",
        .done = "requeued",
        .request = "scontrol requeue {}",
        .risk = ACTION_DESTROYS,
        .job_states = RUNS | STANDS | ENDED,
        .job_condition = can_requeue},
    [ACTION_JOB_REQUEUE_HOLD] = {.name = "job-requeue-hold",
        .verb = "Requeue and hold {}",
        .yes = "requeue and hold",
        .done = "requeued and held",
        .request = "scontrol requeuehold {}",
        .risk = ACTION_DESTROYS,
        .job_states = RUNS | STANDS | ENDED,
        .job_condition = can_requeue},
    [ACTION_JOB_HOLD] = {.name = "job-hold",
        .verb = "Hold {}",
        .yes = "hold",
        .done = "held",
        .request = "scontrol {=} {}",
        .argument = ARGUMENT_HOLD,
        .job_states = WAITS,
        .job_condition = not_held},
    [ACTION_JOB_RELEASE] = {.name = "job-release",
        .verb = "Release {}",
        .yes = "release",
        .done = "released",
        .request = "scontrol release {}",
        .job_states = WAITS,
        .job_condition = is_held},
    [ACTION_JOB_PRIORITY] = {.name = "job-priority",
        .verb = "Set the priority of {}",
        .yes = "set",
        .done = "priority set",
        .request = "scontrol update jobid={} priority={=}",
        .argument = ARGUMENT_PRIORITY,
        .job_states = WAITS,
        .job_condition = not_held},
    [ACTION_JOB_PRIORITY_RESET] = {.name = "job-priority-reset",
        .verb = "Let Slurm work out the priority of {}",
        .yes = "reset",
        .done = "has the priority that Slurm works out",
        .request = "scontrol release {}",
        .who = ACTION_BY_OPERATOR,
        .job_states = WAITS,
        .job_condition = not_held},
    [ACTION_JOB_TOP] = {.name = "job-top",
        .verb = "Move {} to the top of its user's jobs",
        .yes = "move",
        .done = "moved to the top of its user's jobs",
        .request = "scontrol top {}",
        .job_states = WAITS,
        .job_condition = can_top},
    [ACTION_JOB_NICE] = {.name = "job-nice",
        .verb = "Set the nice value of {}",
        .yes = "set",
        .done = "nice value set",
        .request = "scontrol update jobid={} nice={=}",
        .argument = ARGUMENT_NICE,
        .job_states = WAITS,
        .job_condition = can_be_nice},
    [ACTION_JOB_TIME_LIMIT] = {.name = "job-time-limit",
        .verb = "Set the time limit of {}",
        .yes = "set",
        .done = "time limit set",
        .request = "scontrol update jobid={} timelimit={=}",
        .argument = ARGUMENT_TIME_LIMIT,
        .risk = ACTION_DISTURBS,
        .job_states = WAITS | RUNS | STANDS},
    [ACTION_JOB_SUSPEND] = {.name = "job-suspend",
        .verb = "Suspend {}",
        .yes = "suspend",
        .done = "suspended",
        .request = "scontrol suspend {}",
        .who = ACTION_BY_OPERATOR,
        .risk = ACTION_DISTURBS,
        .job_states = RUNS},
    [ACTION_JOB_RESUME] = {.name = "job-resume",
        .verb = "Resume {}",
        .yes = "resume",
        .done = "resumed",
        .request = "scontrol resume {}",
        .who = ACTION_BY_OPERATOR,
        .job_states = STANDS},
    [ACTION_NODE_RESUME] = {.name = "node-resume",
        .verb = "Resume {}",
        .yes = "resume",
        .done = "resumed",
        .request = "scontrol update nodename={} state=resume",
        .object = ACTION_ON_NODE,
        .who = ACTION_BY_SUPER,
        .node_condition = can_resume},
    [ACTION_NODE_DRAIN] = {.name = "node-drain",
        .verb = "Drain {}",
        .yes = "drain",
        .done = "drained",
        .request = "scontrol update nodename={} state=drain reason={=}",
        .object = ACTION_ON_NODE,
        .argument = ARGUMENT_REASON,
        .who = ACTION_BY_SUPER,
        .risk = ACTION_DISTURBS,
        .node_condition = not_drained},
    [ACTION_NODE_UNDRAIN] = {.name = "node-undrain",
        .verb = "Undrain {}",
        .yes = "undrain",
        .done = "undrained",
        .request = "scontrol update nodename={} state=undrain",
        .object = ACTION_ON_NODE,
        .who = ACTION_BY_SUPER,
        .node_condition = is_drained},
    [ACTION_NODE_DOWN] = {.name = "node-down",
        .verb = "Set {} down",
        .yes = "set down",
        .done = "set down",
        .request = "scontrol update nodename={} state=down reason={=}",
        .object = ACTION_ON_NODE,
        .argument = ARGUMENT_REASON,
        .who = ACTION_BY_SUPER,
        .risk = ACTION_DESTROYS,
        .node_condition = not_down},
    [ACTION_NODE_POWER_UP] = {.name = "node-power-up",
        .verb = "Power up {}",
        .yes = "power up",
        .done = "told to power up",
        .request = "scontrol update nodename={} state=power_up",
        .object = ACTION_ON_NODE,
        .who = ACTION_BY_SUPER,
        .node_condition = can_power_up},
    [ACTION_NODE_POWER_DOWN] = {.name = "node-power-down",
        .verb = "Power down {}",
        .yes = "power down",
        .done = "told to power down",
        .request = "scontrol update nodename={} state={=}",
        .object = ACTION_ON_NODE,
        .argument = ARGUMENT_POWER_DOWN,
        .who = ACTION_BY_SUPER,
        .risk = ACTION_DESTROYS,
        .node_condition = can_power_down},
    [ACTION_NODE_REBOOT] = {.name = "node-reboot",
        .verb = "Reboot {}",
        .yes = "reboot",
        .done = "told to reboot",
        .request = "scontrol reboot{ =} {}",
        .object = ACTION_ON_NODE,
        .argument = ARGUMENT_REBOOT,
        .who = ACTION_BY_SUPER,
        .risk = ACTION_DESTROYS,
        .node_condition = can_reboot},
    [ACTION_NODE_RUN] = {.name = "node-run",
        .verb = "Run a command on {}",
        .yes = "run",
        .done = "ran it",
        .request = "srun --nodelist={} -- {=}",
        .object = ACTION_ON_NODE,
        .argument = ARGUMENT_COMMAND,
        .who = ACTION_BY_ANYONE,
        .risk = ACTION_DISTURBS,
        .node_condition = can_run},
    [ACTION_NODE_SHELL] = {.name = "node-shell",
        .verb = "Open a shell on {}",
        .yes = "open",
        .done = "had a shell",
        .request = "srun --pty --nodelist={}",
        .object = ACTION_ON_NODE,
        .who = ACTION_BY_ANYONE,
        .risk = ACTION_DISTURBS,
        .node_condition = can_run},
};
_Static_assert(KF_LEN(infos) == ACTION_VERB_COUNT, "a row for every verb");

const struct action_info *action_info(enum action_verb verb)
{
    return &infos[verb];
}

static void add_quoted(struct buf *b, const char *value)
{
    struct buf word = BUF_INIT;

    words_add(&word, value);
    buf_adds(b, buf_str(&word));
    buf_release(&word);
}

void action_request_text(
    enum action_verb verb, const char *id, const char *argument, char *out, size_t size)
{
    struct buf b = {.max = size - 1};
    const char *at = infos[verb].request;

    while (*at) {
        size_t n = strcspn(at, "{");

        buf_addf(&b, "%.*s", (int)n, at);
        at += n;
        if (strncmp(at, "{}", 2) == 0)
            buf_adds(&b, id);
        else if (strncmp(at, "{ =}", 4) == 0)
            buf_addf(&b, "%s%s", argument[0] ? " " : "", argument);
        else if (*at && at > infos[verb].request &&
                 at[-1] == '=') /* one word: a shell is to take it as it is */
            add_quoted(&b, argument);
        else if (*at)
            buf_adds(&b, argument);
        at += strcspn(at, "}");
        at += *at == '}';
    }
    snprintf(out, size, "%s", buf_str(&b));
    buf_release(&b);
}

int64_t action_tasks(const char *list)
{
    size_t n = strcspn(list, "%");

    return n ? (int64_t)(fnv_add(FNV_START, list, n) | 1) : 0;
}

void action_target_tasks(struct action_target *t, uint32_t array_job_id, const char *list)
{
    static const char end[] = ",...]";
    size_t n = strcspn(list, "%");
    int head = snprintf(t->id, sizeof(t->id), "%u_[", array_job_id);

    t->tasks = action_tasks(list);
    t->cut = (size_t)head + n + 2 > sizeof(t->id);
    if (t->cut) { /* at a comma: half a number would be another task */
        n = sizeof(t->id) - (size_t)head - sizeof(end);
        while (n > 0 && list[n] != ',')
            n--;
    }
    snprintf(
        t->id + head, sizeof(t->id) - (size_t)head, "%.*s%s", (int)n, list, t->cut ? end : "]");
}

/* A task of an array is always named by array and task: one of them may bear the array's own number,
   and that number alone would mean the whole array. So would "44_*", whatever it looks like. */
static void set_job_id(struct action_target *t, const struct snapshot *s, const struct job *j)
{
    const char *tasks = job_str(s, j->array_tasks);

    if (!(j->has & JOB_HAS_ARRAY) || (!(j->has & JOB_HAS_TASK) && tasks[0] == '\0'))
        snprintf(t->id, sizeof(t->id), "%u", j->job_id);
    else if (j->has & JOB_HAS_TASK)
        snprintf(t->id, sizeof(t->id), "%u_%u", j->array_job_id, j->array_task_id);
    else
        action_target_tasks(t, j->array_job_id, tasks);
}

struct action_target action_target_job(const struct snapshot *s, const struct job *j)
{
    struct action_target t = {.job_id = j->job_id,
        .state = j->state,
        .flags = j->flags,
        .restarts = j->restarts,
        .time_limit_min = j->has & JOB_HAS_LIMIT ? j->time_limit_min : ACTION_UNLIMITED,
        .held = held(j),
        .submit_time = j->submit_time,
        .given_s = s->health[SECTION_JOBS].given_s};

    set_job_id(&t, s, j);
    snprintf(t.name, sizeof(t.name), "%s", job_str(s, j->name));
    return t;
}

struct action_target action_target_array(
    const struct snapshot *s, const struct job *j, const char *tasks)
{
    struct action_target t = action_target_job(s, j);

    t.job_id = 0;
    t.tasks = 0;
    t.cut = false;
    t.array_job_id = j->array_job_id;
    if (tasks == NULL)
        snprintf(t.id, sizeof(t.id), "%u", j->array_job_id);
    else if (tasks[strspn(tasks, "0123456789")] ==
             '\0') /* one: Slurm takes it where it takes no list */
        snprintf(t.id, sizeof(t.id), "%u_%s", j->array_job_id, tasks);
    else
        snprintf(t.id, sizeof(t.id), "%u_[%s]", j->array_job_id, tasks);
    return t;
}

struct action_target action_target_node(const struct snapshot *s, const struct node *n)
{
    struct action_target t = {.state = n->state,
        .flags = n->flags,
        .submit_time = n->reason_time,
        .given_s = s->health[SECTION_NODES].given_s};

    snprintf(t.id, sizeof(t.id), "%s", node_str(s, n->name));
    snprintf(t.name, sizeof(t.name), "%s", node_str(s, n->name));
    return t;
}

static void put_target(struct buf *b, const struct action_target *t)
{
    wire_put_str(b, t->id);
    wire_put_u32(b, t->job_id);
    wire_put_u32(b, t->state);
    wire_put_u32(b, t->flags);
    wire_put_i64(b, t->submit_time);
    wire_put_u32(b, t->restarts);
    wire_put_u32(b, t->array_job_id);
    wire_put_str(b, t->name);
    wire_put_i64(b, t->given_s);
    wire_put_u8(b, t->held);
    wire_put_u32(b, t->time_limit_min);
    wire_put_i64(b, t->tasks);
    wire_put_u8(b, t->cut);
}

static struct action_target get_target(struct wire_reader *r)
{
    struct action_target t = {0};

    wire_get_text(r, t.id, sizeof(t.id));
    t.job_id = wire_get_u32(r);
    t.state = wire_get_u32(r);
    t.flags = wire_get_u32(r);
    t.submit_time = wire_get_number(r);
    t.restarts = wire_get_u32(r);
    t.array_job_id = wire_get_u32(r);
    wire_get_text(r, t.name, sizeof(t.name));
    t.given_s = wire_get_number(r);
    t.held = wire_get_u8(r);
    t.time_limit_min = wire_get_u32(r);
    t.tasks = wire_get_i64(r);
    t.cut = wire_get_u8(r);
    return t;
}

void action_put(struct buf *b, const struct action_order *o)
{
    const struct clock clock = {0};
    size_t offset = wire_begin(b, WIRE_ACTION, 0, clock_ms(&clock));

    wire_put_u8(b, (uint8_t)o->verb);
    wire_put_str(b, o->argument);
    wire_put_u32(b, o->wait_ms);
    wire_put_u32(b, o->count);
    for (uint32_t i = 0; i < o->count; i++)
        put_target(b, &o->targets[i]);
    wire_end(b, offset);
}

int action_get(const struct wire_frame *f, struct action_order *ret_order)
{
    struct wire_reader r = wire_reader(f);
    uint8_t verb = wire_get_u8(&r);
    char argument[ACTION_ARGUMENT_MAX];
    struct action_order o = {.verb = (enum action_verb)verb};

    wire_get_text(&r, argument, sizeof(argument));
    o.wait_ms = wire_get_u32(&r);
    o.count = wire_get_u32(&r);
    if (r.bad || verb >= ACTION_HELPER_COUNT || o.count == 0 || o.count > ACTION_TARGETS_MAX)
        return -EBADMSG;
    o.targets = xcalloc(o.count, sizeof(*o.targets));
    for (uint32_t i = 0; i < o.count; i++)
        o.targets[i] = get_target(&r);
    if (r.bad) {
        free(o.targets);
        return -EBADMSG;
    }
    o.argument = xstrdup(argument);
    *ret_order = o;
    return 0;
}

void action_order_release(struct action_order *o)
{
    free(o->targets);
    free(o->argument);
    *o = (struct action_order){0};
}

static void put_word(struct buf *b, enum wire_type type)
{
    const struct clock clock = {0};

    wire_end(b, wire_begin(b, type, 0, clock_ms(&clock)));
}

void action_put_send(struct buf *b)
{
    put_word(b, WIRE_ACTION_SEND);
}

void action_put_stop(struct buf *b)
{
    put_word(b, WIRE_ACTION_STOP);
}

void action_put_result(struct buf *b, const struct action_result *r)
{
    const struct clock clock = {0};
    size_t offset = wire_begin(b, WIRE_ACTION_RESULT, 0, clock_ms(&clock));

    wire_put_u32(b, r->target);
    wire_put_u8(b, (uint8_t)r->outcome);
    wire_put_u32(b, (uint32_t)r->error);
    wire_put_str(b, r->words);
    wire_put_str(b, r->state);
    wire_put_str(b, r->reason);
    wire_put_i64(b, r->eligible_time);
    if (r->outcome == ACTION_CHANGED)
        put_target(b, &r->now);
    wire_end(b, offset);
}

int action_get_result(const struct wire_frame *f, struct action_result *ret_result)
{
    struct wire_reader r = wire_reader(f);
    struct action_result result = {.target = wire_get_u32(&r)};
    uint8_t outcome = wire_get_u8(&r);

    result.error = (int)wire_get_u32(&r);
    wire_get_text(&r, result.words, sizeof(result.words));
    wire_get_text(&r, result.state, sizeof(result.state));
    wire_get_text(&r, result.reason, sizeof(result.reason));
    result.eligible_time = wire_get_number(&r);
    if (outcome == ACTION_CHANGED)
        result.now = get_target(&r);
    if (r.bad || outcome >= ACTION_OUTCOME_COUNT)
        return -EBADMSG;
    result.outcome = (enum action_outcome)outcome;
    *ret_result = result;
    return 0;
}

bool action_super(const struct cluster *c)
{
    return c->uid == 0 || c->uid == c->slurm_uid;
}

bool action_powerless(const struct cluster *c)
{
    return !action_super(c) && (c->flags & CLUSTER_KNOWN) && !(c->flags & CLUSTER_ACCOUNTING);
}

static const char *wrong_state(enum action_verb verb, const struct job *j)
{
    if (job_finished(j))
        return "the job has ended";
    switch ((enum job_state)j->state) {
    case JOB_STATE_PENDING:
        return verb == ACTION_JOB_REQUEUE || verb == ACTION_JOB_REQUEUE_HOLD
                   ? "the job is pending already"
                   : "the job does not run yet";
    case JOB_STATE_RUNNING:
        if (verb == ACTION_JOB_RESUME)
            return "the job is not suspended";
        return verb == ACTION_JOB_PRIORITY
                   ? "the job runs already: a priority only matters while it waits"
                   : "the job runs already";
    default:
        return "the job is suspended";
    }
}

const char *action_blocked_job(
    enum action_verb verb, const struct job *j, const struct cluster *cluster)
{
    const struct action_info *info = &infos[verb];

    if (info->object != ACTION_ON_JOB)
        return "not a job's verb";
    if (cluster->name[0] == '\0')
        return "the farm has not answered yet";
    if (!(info->job_states & 1u << j->state))
        return wrong_state(verb, j);
    if (action_powerless(cluster) && info->who != ACTION_BY_OWNER)
        return "needs root or SlurmUser";
    if (action_powerless(cluster) && j->uid != cluster->uid)
        return "it is another user's job: needs root or SlurmUser";
    return info->job_condition ? info->job_condition(j, cluster) : NULL;
}

const char *action_blocked_node(
    enum action_verb verb, const struct node *n, const struct cluster *cluster)
{
    const struct action_info *info = &infos[verb];

    if (info->object != ACTION_ON_NODE)
        return "not a node's verb";
    if (info->who != ACTION_BY_ANYONE && !action_super(cluster))
        return "needs root or SlurmUser";
    return info->node_condition ? info->node_condition(n, cluster) : NULL;
}
