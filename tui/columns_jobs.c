/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of jobs. Names are those of the JSON contract where it has them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend/logpath.h"
#include "backend/progress.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/fmt.h"
#include "base/given.h"
#include "tui/column.h"
#include "tui/why.h"

#define TEXT_GETTER(fn, field)                                                                     \
    static void fn(const struct row *r, struct value *out)                                         \
    {                                                                                              \
        out->text = job_str(r->snapshot, r->job->field);                                           \
        out->present = out->text[0] != '\0';                                                       \
    }
#define NUMBER_GETTER(fn, field, is_present)                                                       \
    static void fn(const struct row *r, struct value *out)                                         \
    {                                                                                              \
        out->number = (int64_t)r->job->field;                                                      \
        out->present = (is_present);                                                               \
    }

TEXT_GETTER(get_name, name)
TEXT_GETTER(get_user, user)
TEXT_GETTER(get_partition, partition)
TEXT_GETTER(get_account, account)
TEXT_GETTER(get_node_list, node_list)
TEXT_GETTER(get_work_dir, work_dir)
TEXT_GETTER(get_command, command)
TEXT_GETTER(get_dependency, dependency)
TEXT_GETTER(get_features, features)
TEXT_GETTER(get_batch_host, batch_host)
NUMBER_GETTER(get_job_id, job_id, true)
NUMBER_GETTER(get_array_job_id, array_job_id, (r->job->has & JOB_HAS_ARRAY) != 0)
NUMBER_GETTER(get_array_task_id, array_task_id, (r->job->has & JOB_HAS_TASK) != 0)
NUMBER_GETTER(get_priority, priority, (r->job->has & JOB_HAS_PRIORITY) != 0)
NUMBER_GETTER(get_nice, nice, (r->job->has & JOB_HAS_NICE) != 0)
NUMBER_GETTER(get_cpus, cpus, true)
NUMBER_GETTER(get_mem_mb, mem_mb, (r->job->has & JOB_HAS_MEM) != 0)
NUMBER_GETTER(get_nodes, nodes, true)
NUMBER_GETTER(get_restarts, restarts, true)
NUMBER_GETTER(get_submit, submit_time, r->job->submit_time != 0)
NUMBER_GETTER(get_eligible, eligible_time, r->job->eligible_time != 0)
NUMBER_GETTER(get_start, start_time, r->job->start_time != 0)
NUMBER_GETTER(get_end, end_time, r->job->end_time != 0)
NUMBER_GETTER(get_limit_min, time_limit_min, (r->job->has & JOB_HAS_LIMIT) != 0)
NUMBER_GETTER(get_exit_code, exit_code, (r->job->has & JOB_HAS_EXIT) != 0)
NUMBER_GETTER(get_exit_signal, exit_signal, (r->job->has & JOB_HAS_EXIT) != 0)

/* The array that this row stands for as a whole, or NULL. */
static const struct array *folded(const struct row *r)
{
    return r->order ? arrays_folded(&r->order->arrays, r->index) : NULL;
}

/* Whose state the row shows: of a whole array that of the task that matters most. */
static const struct job *state_of(const struct row *r)
{
    const struct array *of = folded(r);

    return of ? &r->snapshot->jobs[of->worst] : r->job;
}

/* As squeue writes it: 42, 44_3, 44_[0-9%2]; what stands below the head of its array is indented. */
static void get_job(const struct row *r, struct value *out)
{
    const struct job *j = r->job;
    const struct array *of = folded(r);
    const char *indent = r->order && arrays_below(&r->order->arrays, r->index) ? "  " : "";

    /* by number, the tasks of an array together */
    out->number = (int64_t)((uint64_t)(j->has & JOB_HAS_ARRAY ? j->array_job_id : j->job_id) << 31 |
                            (j->has & JOB_HAS_TASK ? j->array_task_id & INT32_MAX : 0));
    out->text = out->scratch;
    if (of)
        snprintf(out->scratch, sizeof(out->scratch), "%s", of->label);
    else if (!(j->has & JOB_HAS_ARRAY))
        snprintf(out->scratch, sizeof(out->scratch), "%u", j->job_id);
    else if (j->has & JOB_HAS_TASK)
        snprintf(out->scratch, sizeof(out->scratch), "%s%u_%u", indent, j->array_job_id,
            j->array_task_id);
    else if (j->array_tasks)
        snprintf(out->scratch, sizeof(out->scratch), "%s%u_[%s]", indent, j->array_job_id,
            job_str(r->snapshot, j->array_tasks));
    else /* all its tasks have started, or it was cancelled before */
        snprintf(out->scratch, sizeof(out->scratch), "%s%u", indent, j->array_job_id);
}

static void get_state(const struct row *r, struct value *out)
{
    out->text = job_state_name(state_of(r));
}

static void get_st(const struct row *r, struct value *out)
{
    out->text = job_state_short(state_of(r));
}

static void get_elapsed(const struct row *r, struct value *out)
{
    out->number = job_elapsed(r->job, r->now_s);
}

/* Time as a person asks for it: nothing for a job that has not run yet. */
static void get_time(const struct row *r, struct value *out)
{
    out->number = job_elapsed(r->job, r->now_s);
    out->present =
        r->job->state != JOB_STATE_PENDING && r->job->start_time != 0 && folded(r) == NULL;
}

static void get_age(const struct row *r, struct value *out)
{
    out->number = KF_MAX(r->now_s - r->job->submit_time, (int64_t)0);
    out->present = r->job->submit_time != 0;
}

static void get_limit(const struct row *r, struct value *out)
{
    out->number = (int64_t)r->job->time_limit_min * 60;
    out->present = (r->job->has & JOB_HAS_LIMIT) != 0;
}

static void get_left(const struct row *r, struct value *out)
{
    int64_t limit = (int64_t)r->job->time_limit_min * 60;

    out->present =
        (r->job->has & JOB_HAS_LIMIT) && r->job->state == JOB_STATE_RUNNING && folded(r) == NULL;
    out->number = KF_MAX(limit - job_elapsed(r->job, r->now_s), (int64_t)0);
}

/* As squeue's %r: Slurm's explanation where there is one, else its word. */
static void get_reason(const struct row *r, struct value *out)
{
    const char *more = job_str(r->snapshot, r->job->state_desc);

    out->text = more[0] ? more : job_str(r->snapshot, r->job->reason);
    out->present = out->text[0] != '\0';
}

/* Whether a pattern has a %N in it, with a width or without (sbatch(1), "filename pattern"). */
static bool names_host(const char *pattern)
{
    while ((pattern = strchr(pattern, '%')) != NULL) {
        pattern++;
        pattern += strspn(pattern, "0123456789");
        if (*pattern == 'N')
            return true;
        pattern += *pattern == '%';
    }
    return false;
}

/* What %N stands for: up to 25.05 slurmstepd takes the machine's own name, which is another than the
   node's where one machine runs several slurmd. */
static const char *host_for_path(const struct snapshot *s, const struct job *j)
{
    const char *host = job_str(s, j->batch_host), *version = s->cluster.version;
    const struct node *n;
    unsigned major = 0, minor = 0;

    if (!names_host(job_str(s, j->std_out)) && !names_host(job_str(s, j->std_err)))
        return host; /* the look-up below is not worth it */
    if (sscanf(version, "%3u.%3u", &major, &minor) == 2 && major * 100 + minor >= 2511)
        return host;
    n = host[0] ? snapshot_node(s, host) : NULL;
    return n && n->hostname ? node_str(s, n->hostname) : host;
}

static void get_path(const struct row *r, enum logpath_which which, struct value *out)
{
    const struct job *j = r->job;
    const struct snapshot *s = r->snapshot;
    struct logpath_job of = {.job_id = j->job_id,
        .array_job_id = j->has & JOB_HAS_ARRAY ? j->array_job_id : 0,
        .array_task_id = j->has & JOB_HAS_TASK ? j->array_task_id : LOGPATH_NO_TASK,
        .restarts = j->restarts,
        .name = job_str(s, j->name),
        .user = job_str(s, j->user),
        .work_dir = job_str(s, j->work_dir),
        .batch_host = host_for_path(s, j),
        .std_out = job_str(s, j->std_out),
        .std_err = job_str(s, j->std_err)};

    out->text = out->scratch;
    out->present = j->batch && logpath_expand(&of, which, out->scratch, sizeof(out->scratch)) == 0;
    if (!out->present)
        out->text = "";
}

static void get_stdout(const struct row *r, struct value *out)
{
    get_path(r, LOGPATH_STDOUT, out);
}

static void get_stderr(const struct row *r, struct value *out)
{
    get_path(r, LOGPATH_STDERR, out);
}

/* Where it runs, why it waits, how it ended; of a whole array how many do what. */
static void get_why(const struct row *r, struct value *out)
{
    const struct array *of = folded(r);
    const struct job *j = r->job;

    out->text = out->scratch;
    if (of)
        arrays_summary(of, out->scratch, sizeof(out->scratch));
    else if (j->state == JOB_STATE_PENDING)
        why_pending(r->snapshot, j, r->now_s, out->scratch, sizeof(out->scratch));
    else if (!job_finished(j) || (j->flags & JOB_FLAG_COMPLETING))
        out->text = job_str(r->snapshot, j->node_list);
    else if (j->state == JOB_STATE_COMPLETED)
        snprintf(out->scratch, sizeof(out->scratch), "%s", job_str(r->snapshot, j->node_list));
    else {
        char how[256];

        why_ended(r->snapshot, j, how, sizeof(how));
        snprintf(out->scratch, sizeof(out->scratch), "✗ %s%s%s", how,
            r->job->node_list ? " on " : "", job_str(r->snapshot, j->node_list));
    }
    out->present = out->text[0] != '\0';
}

/* ---- what its log says ---- */

static const struct buildinfo *info_of(const struct row *r)
{
    return folded(r) ? NULL : progress_of(r->snapshot, r->job);
}

/* Of a folded array that of the task that matters most. */
static struct outcome outcome(const struct row *r)
{
    const struct job *j = state_of(r);

    return outcome_of(j, progress_of(r->snapshot, j));
}

/* "· completed" */
static void put_state(const struct job *j, struct value *out)
{
    snprintf(out->scratch, sizeof(out->scratch), "· %s", job_state_name(j));
    for (char *p = out->scratch; *p; p++)
        *p = ascii_lower(*p);
}

/* How far it is, or what it has come to. */
static void get_build(const struct row *r, struct value *out)
{
    const struct job *j = state_of(r);
    const struct buildinfo *i = progress_of(r->snapshot, j);
    struct outcome o = outcome(r);
    enum is_build is = job_is_build(r->snapshot, j);
    bool told = is == IS_BUILD || (o.cause != CAUSE_NONE && o.cause != CAUSE_SCRIPT);

    out->text = out->scratch;
    out->present = is != IS_NO_BUILD;
    if (!out->present)
        out->text = "";
    else if (!told && job_finished(j)) /* of its log nothing is known */
        put_state(j, out);
    else if (o.result == BUILD_RUNNING)
        snprintf(out->scratch, sizeof(out->scratch), "◐ %s",
            i == NULL || i->phase == PHASE_NONE ? "runs" : build_phase_name(i->phase));
    else if (o.result == BUILD_SUCCESS)
        out->text = "✓ done";
    else
        snprintf(out->scratch, sizeof(out->scratch), "%s %s",
            o.result == BUILD_CANCELLED ? "–" : "✗", log_cause_name(o.cause));
}

static void get_result(const struct row *r, struct value *out)
{
    out->present = job_has_log(state_of(r));
    out->text = out->present ? build_result_name(outcome(r).result) : "";
}

static void get_cause(const struct row *r, struct value *out)
{
    enum log_cause cause = outcome(r).cause;

    out->present = job_has_log(state_of(r)) && cause != CAUSE_NONE;
    out->text = out->present ? log_cause_name(cause) : "";
}

static void get_phase(const struct row *r, struct value *out)
{
    const struct buildinfo *i = info_of(r);

    out->present = i && i->phase != PHASE_NONE;
    out->text = out->present ? build_phase_name(i->phase) : "";
}

#define INFO_GETTER(fn, field, is_present)                                                         \
    static void fn(const struct row *r, struct value *out)                                         \
    {                                                                                              \
        const struct buildinfo *i = info_of(r);                                                    \
                                                                                                   \
        out->present = i && (is_present);                                                          \
        out->number = i ? i->field : 0;                                                            \
    }

INFO_GETTER(get_steps, steps, true)
INFO_GETTER(get_rate, rate, i->rate >= 0)
INFO_GETTER(get_warnings, warnings, true)
INFO_GETTER(get_errors, errors, true)

INFO_GETTER(get_total, total, i->total > 0)

/* Of a build that makes more steps than those before it nobody knows how far it is. */
static double part_of(const struct row *r)
{
    const struct buildinfo *i = info_of(r);

    if (i == NULL || i->total <= 0 || outcome(r).result != BUILD_RUNNING || i->steps > i->total)
        return -1;
    return (double)i->steps / (double)i->total;
}

static void get_part(const struct row *r, struct value *out)
{
    double part = part_of(r);

    out->present = part >= 0;
    out->number = (int64_t)(part * 100);
    out->text = out->scratch;
    snprintf(out->scratch, sizeof(out->scratch), "%d%%", (int)out->number);
    if (!out->present)
        out->text = "";
}

static void get_eta(const struct row *r, struct value *out)
{
    const struct buildinfo *i = info_of(r);

    out->present = i && i->eta_s && outcome(r).result == BUILD_RUNNING;
    out->number = out->present ? KF_MAX(i->eta_s - r->now_s, 0) : 0;
}

/* By earlier builds it will not be done before its limit ends it. */
static enum role role_eta(const struct row *r)
{
    const struct buildinfo *i = info_of(r);
    bool late = i && i->eta_s && (r->job->has & JOB_HAS_LIMIT) && r->job->end_time &&
                i->eta_s > r->job->end_time;

    return late ? ROLE_BAD : ROLE_TEXT;
}

static void get_first_error(const struct row *r, struct value *out)
{
    const struct buildinfo *i = info_of(r);

    out->present = i && i->first[0];
    out->text = out->present ? i->first : "";
}

static void get_last_step(const struct row *r, struct value *out)
{
    const struct buildinfo *i = info_of(r);

    out->present = i && i->last[0];
    out->text = out->present ? i->last : "";
}

/* What broke first, or what was made last; or why nobody knows. */
static void get_what(const struct row *r, struct value *out)
{
    const struct array *of = folded(r);
    const struct buildinfo *i = info_of(r);

    out->text = out->scratch;
    if (of) {
        arrays_summary(of, out->scratch, sizeof(out->scratch));
        return;
    }
    if (i == NULL) {
        out->text = "";
        return;
    }
    if (i->error == ENOTSUP) /* /dev/null, a pipe */
        snprintf(out->scratch, sizeof(out->scratch), "its log is no file");
    else if (i->error && i->error != ENOENT)
        snprintf(out->scratch, sizeof(out->scratch), "its log: %s", given_strerror(i->error));
    else if (i->error)
        snprintf(out->scratch, sizeof(out->scratch), "there is no log yet");
    else
        snprintf(out->scratch, sizeof(out->scratch), "%s%s",
            outcome(r).hidden ? "Slurm calls it completed: " : "",
            i->first[0] ? i->first : i->last);
}

static enum role role_build(const struct row *r)
{
    const struct job *j = state_of(r);

    if (job_finished(j) && job_is_build(r->snapshot, j) != IS_BUILD)
        return ROLE_DIM;
    switch (outcome(r).result) {
    case BUILD_SUCCESS:
        return ROLE_GOOD;
    case BUILD_FAILED:
        return ROLE_BAD;
    case BUILD_RUNNING:
        return ROLE_BUSY;
    default:
        return ROLE_DIM;
    }
}

static enum role role_warnings(const struct row *r)
{
    const struct buildinfo *i = info_of(r);

    return i && i->warnings ? ROLE_WARN : ROLE_DIM;
}

static enum role role_errors(const struct row *r)
{
    const struct buildinfo *i = info_of(r);

    return i && i->errors ? ROLE_BAD : ROLE_DIM;
}

static enum role role_what(const struct row *r)
{
    const struct buildinfo *i = info_of(r);
    bool unread = i && i->error && i->error != ENOENT && i->error != ENOTSUP;

    return unread || (i && i->first[0]) ? ROLE_BAD : ROLE_DIM;
}

static enum role role_state(const struct row *r)
{
    const struct job *j = state_of(r);

    if (j->flags & JOB_FLAG_COMPLETING)
        return ROLE_WARN;
    switch ((enum job_state)j->state) {
    case JOB_STATE_PENDING:
        return j->priority == 0 ? ROLE_WARN : ROLE_TEXT;
    case JOB_STATE_RUNNING:
        return ROLE_BUSY;
    case JOB_STATE_COMPLETED:
        return ROLE_GOOD;
    case JOB_STATE_CANCELLED:
    case JOB_STATE_PREEMPTED:
        return ROLE_DIM;
    case JOB_STATE_SUSPENDED:
        return ROLE_WARN;
    default:
        return ROLE_BAD;
    }
}

static enum role role_why(const struct row *r)
{
    const struct job *j = state_of(r);

    if (j->state == JOB_STATE_PENDING || j->state == JOB_STATE_CANCELLED ||
        j->state == JOB_STATE_COMPLETED)
        return ROLE_DIM;
    return job_finished(j) ? ROLE_BAD : ROLE_TEXT;
}

static enum role role_ended(const struct row *r)
{
    const struct array *of = folded(r);
    bool ended =
        of ? of->tasks[ARRAY_DONE] + of->tasks[ARRAY_CANCELLED] + of->tasks[ARRAY_FAILED] ==
                 of->task_count
           : job_finished(r->job);

    return ended ? ROLE_DIM : ROLE_TEXT;
}

/* From "build" on. */
#define LOG_COLUMNS                                                                                \
    "build,result,cause,phase,steps,total,part,eta_s,rate,warnings,errors,first_error,last_step,"  \
    "what"

static const struct column columns[] = {
    {"job", "JOB", "Job number as squeue writes it, arrays as 44_[0-9]", COLUMN_LABEL, 5, 23, 1,
        false, get_job, role_ended, NULL},
    {"job_id", "JOBID", "Number of this record", COLUMN_NUMBER, 5, 10, 1, true, get_job_id, NULL,
        NULL},
    {"array_job_id", "ARRAY", "Number of the array it belongs to", COLUMN_NUMBER, 5, 10, 5, true,
        get_array_job_id, NULL, NULL},
    {"array_task_id", "TASK", "Number of the task in its array", COLUMN_NUMBER, 4, 10, 5, true,
        get_array_task_id, NULL, NULL},
    {"name", "NAME", "Name of the job", COLUMN_TEXT, 6, 24, 2, false, get_name, role_ended, NULL},
    {"user", "USER", "Whose it is", COLUMN_TEXT, 4, 10, 3, false, get_user, role_ended, NULL},
    {"account", "ACCOUNT", "Account it is charged to", COLUMN_TEXT, 4, 12, 8, false, get_account,
        NULL, NULL},
    {"partition", "PART", "Partition", COLUMN_TEXT, 4, 12, 6, false, get_partition, NULL, NULL},
    {"st", "ST", "State in short: PD R CG CD F CA TO NF OOM …", COLUMN_TEXT, 2, 3, 1, false, get_st,
        role_state, NULL},
    {"state", "STATE", "State in Slurm's word", COLUMN_TEXT, 7, 13, 4, false, get_state, role_state,
        NULL},
    {"reason", "REASON", "Why it waits or failed, in Slurm's word", COLUMN_TEXT, 6, 24, 6, false,
        get_reason, NULL, NULL},
    {"why", "NODE/WHY", "Where it runs, why it waits and until when, how it ended", COLUMN_TEXT, 16,
        0, 1, false, get_why, role_why, NULL},
    {"priority", "PRIO", "Priority; 0 is held", COLUMN_NUMBER, 4, 10, 5, true, get_priority, NULL,
        NULL},
    {"nice", "NICE", "What its user took off the priority", COLUMN_NUMBER, 4, 11, 8, true, get_nice,
        NULL, NULL},
    {"cpus", "CPU", "CPUs", COLUMN_NUMBER, 3, 6, 3, true, get_cpus, NULL, NULL},
    {"mem", "MEM G", "Memory asked for, GiB", COLUMN_MIB, 5, 7, 5, true, get_mem_mb, NULL, NULL},
    {"mem_mb", "MEM_MB", "Memory asked for, MiB", COLUMN_NUMBER, 6, 10, 5, true, get_mem_mb, NULL,
        NULL},
    {"nodes", "NODES", "Number of nodes", COLUMN_NUMBER, 5, 5, 6, true, get_nodes, NULL, NULL},
    {"node_list", "NODELIST", "Nodes it runs or ran on", COLUMN_TEXT, 6, 24, 4, false,
        get_node_list, NULL, NULL},
    {"submit_time", "SUBMITTED", "When it was submitted", COLUMN_TIME, 5, 11, 6, false, get_submit,
        NULL, NULL},
    {"age", "AGE", "How long ago it was submitted", COLUMN_SPAN, 8, 11, 6, true, get_age, NULL,
        NULL},
    {"eligible_time", "ELIGIBLE", "From when on it may start", COLUMN_TIME, 5, 11, 7, false,
        get_eligible, NULL, NULL},
    {"start_time", "START", "When it started; of a waiting job when Slurm expects it", COLUMN_TIME,
        5, 11, 6, false, get_start, NULL, NULL},
    {"end_time", "END", "When it ended; of a running job when its limit ends it", COLUMN_TIME, 5,
        11, 6, false, get_end, NULL, NULL},
    {"time", "TIME", "How long it has run", COLUMN_SPAN, 8, 11, 2, true, get_time, role_ended,
        NULL},
    {"elapsed_s", "ELAPSED_S", "How long it has run, seconds", COLUMN_NUMBER, 8, 11, 5, true,
        get_elapsed, NULL, NULL},
    {"limit", "LIMIT", "Time limit", COLUMN_SPAN, 8, 11, 5, true, get_limit, NULL, NULL},
    {"time_limit_min", "LIMIT_MIN", "Time limit, minutes", COLUMN_NUMBER, 5, 9, 5, true,
        get_limit_min, NULL, NULL},
    {"left", "LEFT", "Time left until its limit", COLUMN_SPAN, 8, 11, 5, true, get_left, NULL,
        NULL},
    {"restarts", "RST", "How often it was requeued", COLUMN_NUMBER, 3, 4, 7, true, get_restarts,
        NULL, NULL},
    {"dependency", "DEPENDENCY", "Jobs it waits for", COLUMN_TEXT, 10, 24, 8, false, get_dependency,
        NULL, NULL},
    {"features", "FEATURES", "Features it asks of its nodes", COLUMN_TEXT, 8, 24, 8, false,
        get_features, NULL, NULL},
    {"batch_host", "HOST", "Node its script runs on", COLUMN_TEXT, 4, 16, 8, false, get_batch_host,
        NULL, NULL},
    {"work_dir", "WORKDIR", "Directory it runs in", COLUMN_PATH, 8, 40, 8, false, get_work_dir,
        NULL, NULL},
    {"command", "COMMAND", "Its script", COLUMN_PATH, 8, 40, 8, false, get_command, NULL, NULL},
    {"stdout", "STDOUT", "Path of its standard output", COLUMN_PATH, 8, 48, 8, false, get_stdout,
        NULL, NULL},
    {"stderr", "STDERR", "Path of its standard error", COLUMN_PATH, 8, 48, 8, false, get_stderr,
        NULL, NULL},
    {"exit_code", "EXIT", "Exit status, once it has ended", COLUMN_NUMBER, 4, 4, 6, true,
        get_exit_code, NULL, NULL},
    {"exit_signal", "SIG", "Signal that ended it, 0 for none", COLUMN_NUMBER, 3, 3, 7, true,
        get_exit_signal, NULL, NULL},
    /* from here on: what its log says (column_of_log()) */
    {"build", "BUILD", "How far its build is, or what it has come to", COLUMN_TEXT, 10, 16, 1,
        false, get_build, role_build, NULL},
    {"result", "RESULT", "Of its build: running, success, failed, cancelled", COLUMN_TEXT, 7, 9, 7,
        false, get_result, role_build, NULL},
    {"cause", "CAUSE", "What its build failed of", COLUMN_TEXT, 7, 16, 7, false, get_cause,
        role_build, NULL},
    {"phase", "PHASE", "How far its build is", COLUMN_TEXT, 7, 8, 7, false, get_phase, NULL, NULL},
    {"steps", "STEPS", "Steps of its build so far", COLUMN_NUMBER, 5, 7, 2, true, get_steps, NULL,
        NULL},
    {"total", "TOTAL", "Steps that earlier builds of its kind made", COLUMN_NUMBER, 5, 7, 5, true,
        get_total, NULL, NULL},
    {"part", "DONE", "Part of those steps that it has made", COLUMN_LABEL, 10, 14, 4, true,
        get_part, NULL, part_of},
    {"eta_s", "ETA", "Time left, by earlier builds; red: its limit ends it before", COLUMN_SPAN, 8,
        11, 2, true, get_eta, role_eta, NULL},
    {"rate", "/MIN", "Steps a minute, of late", COLUMN_NUMBER, 4, 6, 4, true, get_rate, NULL, NULL},
    {"warnings", "WARN", "Different warnings in its log", COLUMN_NUMBER, 4, 5, 3, true,
        get_warnings, role_warnings, NULL},
    {"errors", "ERR", "Different errors in its log", COLUMN_NUMBER, 3, 5, 3, true, get_errors,
        role_errors, NULL},
    {"first_error", "FIRST ERROR", "The first root error in its log", COLUMN_PATH, 12, 0, 5, false,
        get_first_error, role_what, NULL},
    {"last_step", "LAST STEP", "What its build made last", COLUMN_PATH, 12, 40, 6, false,
        get_last_step, NULL, NULL},
    {"what", "WHAT", "What broke first in its build, or was made last", COLUMN_PATH, 22, 0, 1,
        false, get_what, role_what, NULL},
};

const struct column_set columns_jobs = {
    .name = "jobs",
    .section = REFRESH_JOBS,
    /* %N in a path: the node's own name, up to some release; what a log says is found by the paths */
    .needs = {{"stdout,stderr," LOG_COLUMNS, REFRESH_NODES | REFRESH_CLUSTER}},
    .columns = columns,
    .count = (int)KF_LEN(columns),
    .text = "job,partition,name,user,st,time,limit,cpus,mem,why",
    .detail = "job,name,user,account,partition,state,why,dependency,priority,nice,cpus,mem,nodes,"
              "node_list,batch_host,features,submit_time,eligible_time,start_time,end_time,time,"
              "limit,left,restarts,exit_code,exit_signal,command,work_dir,stdout,stderr",
    .json = "job_id,array_job_id,array_task_id,name,user,partition,state,reason,priority,nice,cpus,"
            "mem_mb,nodes,node_list,submit_time,start_time,end_time,time_limit_min,elapsed_s,"
            "restarts,work_dir,stdout,stderr,exit_code,exit_signal",
};
