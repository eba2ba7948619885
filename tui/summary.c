/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/summary.h"

#include "base/alloc.h"
#include "tui/order.h"

/* A node that Slurm waits for. */
static void add_awaited(struct summary *sum, const struct node *n)
{
    if (n->flags & NODE_FLAG_REBOOT_ISSUED)
        sum->rebooting++;
    else
        sum->silent++;
}

static void add_node(struct summary *sum, const struct node *n)
{
    bool usable = node_usable(n);

    sum->cpus_total += n->cpus;
    sum->mem_total_mb += n->mem_mb;
    sum->cpus_alloc += n->cpus_alloc;
    sum->mem_alloc_mb += n->mem_alloc_mb;
    sum->cpus_usable += usable ? KF_MAX(n->cpus, n->cpus_alloc) : n->cpus_alloc;
    sum->mem_usable_mb += usable ? KF_MAX(n->mem_mb, n->mem_alloc_mb) : n->mem_alloc_mb;
    if (n->has & NODE_HAS_LOAD) {
        sum->load += n->load_x100 / 100.0;
        sum->load_known++;
    }
    if (node_awaited(n)) {
        add_awaited(sum, n);
        return;
    }
    switch (order_node_rank(n)) {
    case 0:
        if ((n->flags & NODE_FLAG_DRAIN) && n->state != NODE_STATE_DOWN_)
            sum->draining++;
        else
            sum->down++;
        break;
    case 1:
        sum->busy++;
        break;
    case 2:
        sum->idle++;
        break;
    default:
        sum->off++;
    }
}

static void add_job(struct summary *sum, const struct job *j)
{
    if (j->flags & JOB_FLAG_COMPLETING) {
        sum->completing++;
        return;
    }
    switch ((enum job_state)j->state) {
    case JOB_STATE_PENDING:
        if (j->priority == 0)
            sum->held++;
        else
            sum->pending++;
        break;
    case JOB_STATE_RUNNING:
        sum->running++;
        break;
    case JOB_STATE_SUSPENDED:
        sum->suspended++;
        break;
    case JOB_STATE_COMPLETED:
    case JOB_STATE_CANCELLED:
        sum->done++;
        break;
    default:
        sum->failed++;
    }
}

struct summary summary_of(const struct snapshot *s)
{
    struct summary sum = {.nodes = s->node_count, .jobs = s->job_count};

    for (uint32_t i = 0; i < s->node_count; i++)
        add_node(&sum, &s->nodes[i]);
    for (uint32_t i = 0; i < s->job_count; i++)
        add_job(&sum, &s->jobs[i]);
    return sum;
}
