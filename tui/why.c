/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/why.h"

#include <stdio.h>
#include <string.h>

#include "backend/slurm_client.h"
#include "base/alloc.h"
#include "base/fmt.h"

/* Slurm's words are those of job_reason_string() (slurm_protocol_defs.c), which squeue(1) shows. */
static const struct {
    const char *slurm, *plain;
} reasons[] = {
    {"None", "Slurm has not looked at it yet"},
    {"Priority", "below other jobs (priority)"},
    {"Resources", "waits for free CPUs or memory"},
    {"Dependency", "waits for other jobs"},
    {"DependencyNeverSatisfied", "waits for a job that failed: will never run"},
    {"PartitionNodeLimit", "asks for more nodes than the partition allows"},
    {"PartitionTimeLimit", "asks for more time than the partition allows"},
    {"PartitionDown", "its partition is down"},
    {"PartitionInactive", "its partition is inactive"},
    {"PartitionConfig", "its partition does not allow this"},
    {"JobHeldAdmin", "held by an administrator"},
    {"JobHeldUser", "held by its user"},
    {"JobHoldMaxRequeue", "held: requeued too often"},
    {"BeginTime", "waits for its begin time"},
    {"Licenses", "waits for a licence"},
    {"Reservation", "waits for its reservation"},
    {"ReservationDeleted", "its reservation was deleted"},
    {"ReqNodeNotAvail", "the node it asks for is not available"},
    {"BadConstraints", "no node has what it asks for"},
    {"NodeDown", "a node it needs is down"},
    {"JobArrayTaskLimit", "as many tasks as allowed run already"},
    {"Cleaning", "its last run is still being cleaned up"},
    {"Prolog", "the prolog runs"},
    {"InvalidAccount", "its account is not valid"},
    {"InvalidQOS", "its QOS is not valid"},
    {"QOSMaxJobsPerUserLimit", "its user runs as many jobs as allowed"},
    {"AssocMaxJobsLimit", "its account runs as many jobs as allowed"},
    {"SystemFailure", "Slurm failed to start it"},
    {"JobLaunchFailure", "it could not be launched"},
    {"launch_failed_requeued_held", "held: it could not be launched"},
};

/* Slurm's word in plain ones; the word itself if it is not in the table. */
static const char *plain_reason(const char *word)
{
    for (size_t i = 0; i < KF_LEN(reasons); i++)
        if (strcmp(reasons[i].slurm, word) == 0)
            return reasons[i].plain;
    return word;
}

void why_pending(
    const struct snapshot *s, const struct job *j, int64_t now_s, char *out, size_t size)
{
    const char *word = job_str(s, j->reason), *more = job_str(s, j->state_desc);
    static const char unavailable[] = "ReqNodeNotAvail, UnavailableNodes:";
    const char *plain = word[0] ? plain_reason(word) : "waits";
    char at[FMT_SIZE];
    int n;

    if (strncmp(more, unavailable, sizeof(unavailable) - 1) == 0) {
        snprintf(out, size, "waits for %s, which is not available", more + sizeof(unavailable) - 1);
        return;
    }
    if (more[0]) /* Slurm says it itself: "Nodes required for job are DOWN, DRAINED …" */
        plain = more;
    if (j->flags & JOB_FLAG_COMPLETING) { /* requeued: it waits once its processes are gone */
        snprintf(out, size, "requeued, still ending");
        return;
    }
    if (strcmp(word, "BeginTime") == 0 && j->eligible_time > now_s) {
        snprintf(out, size, "%s %s", j->restarts ? "requeued, waits until" : "waits until",
            fmt_when(at, j->eligible_time, now_s));
        return;
    }
    n = snprintf(out, size, "%s", plain);
    if (strcmp(word, "Dependency") == 0 && n >= 0 && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, ": %s", job_str(s, j->dependency));
    if (j->start_time > now_s && j->priority > 0 && n >= 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, ", starts ~%s", fmt_when(at, j->start_time, now_s));
}

void why_ended(const struct snapshot *s, const struct job *j, char *out, size_t size)
{
    const char *more = job_str(s, j->state_desc);

    switch ((enum job_state)j->state) {
    case JOB_STATE_COMPLETED:
        snprintf(out, size, "done");
        return;
    case JOB_STATE_CANCELLED:
        snprintf(out, size, "cancelled");
        return;
    case JOB_STATE_TIMEOUT:
        snprintf(out, size, "reached its time limit");
        return;
    case JOB_STATE_OUT_OF_MEMORY:
        snprintf(out, size, "out of memory");
        return;
    case JOB_STATE_NODE_FAIL:
        snprintf(out, size, "its node failed");
        return;
    case JOB_STATE_PREEMPTED:
        snprintf(out, size, "preempted by another job");
        return;
    case JOB_STATE_DEADLINE:
        snprintf(out, size, "missed its deadline");
        return;
    case JOB_STATE_BOOT_FAIL:
        snprintf(out, size, "its node did not boot");
        return;
    default:
        break;
    }
    if (j->node_list == 0) /* it never ran: what looks like a signal is none */
        snprintf(out, size, "%s", more[0] ? more : plain_reason(job_str(s, j->reason)));
    else if (j->exit_signal == 53) /* slurmstepd's way to say so; there is no signal 53 in it */
        snprintf(out, size, "could not open its output file (0:53)");
    else if (j->exit_signal)
        snprintf(out, size, "signal %u", j->exit_signal);
    else if (j->exit_code)
        snprintf(out, size, "exit %u", j->exit_code);
    else
        snprintf(out, size, "%s", more[0] ? more : job_str(s, j->reason));
}

#define START_AS "SLURM_CONF=/path/slurm.conf kfarm-top"

const struct why_trouble *why_lost(const char *words)
{
    static const struct why_trouble troubles[] = {
        {"Could not establish a configuration source",
            "no " SLURM_CLIENT_CONF ", and SLURM_CONF is not set",
            "No " SLURM_CLIENT_CONF ". Start it as " START_AS},
        {"SLURM_CONF names ", NULL, "Start it as " START_AS ", or without SLURM_CONF"},
    };

    for (size_t i = 0; i < KF_LEN(troubles); i++)
        if (strstr(words, troubles[i].slurm))
            return &troubles[i];
    return NULL;
}

const char *why_mend(enum log_cause cause)
{
    static const char *const words[] = {
        [CAUSE_OOM] = "b submits it once more: ask for more memory there",
        [CAUSE_TIME_LIMIT] = "b submits it once more: ask for a longer limit there",
        [CAUSE_CANCELLED] = "r requeues it",
        [CAUSE_PREEMPTED] = "r requeues it",
        [CAUSE_NODE_FAIL] = "r requeues it",
        [CAUSE_DISK_FULL] = "make room there, or d drains the node; then r requeues it",
        [CAUSE_QUOTA] = "make room in the user's quota; then r requeues it",
        [CAUSE_IO_ERROR] = "see to the file system, or d drains the node; then r requeues it",
        [CAUSE_MISSING_TOOL] = "install it on the node, or d drains the node; then r requeues it",
        [CAUSE_INTERNAL_COMPILER_ERROR] =
            "r requeues it; if it fails there again, d drains the node",
        [CAUSE_COUNT] = NULL,
    };

    return words[cause] ? words[cause] : "";
}
