/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fit.c found, in words. */
#include <stdio.h>

#include "backend/fit_impl.h"
#include "base/buf.h"

/* Writes one reason behind the others. */
static void add(struct buf *b, const char *words)
{
    buf_addf(b, "%s%s", b->len ? ", " : "", words);
}

static void addf(struct buf *b, const char *what, uint64_t asked, uint64_t there)
{
    buf_addf(b, "%s%s %llu > %llu", b->len ? ", " : "", what, (unsigned long long)asked,
        (unsigned long long)there);
}

static uint64_t memory_asked(const struct fit *f, const struct request *r)
{
    uint64_t cpus = (uint64_t)f->want_cpus * KF_MAX(r->ntasks_per_node, 1u);

    return f->node_mb ? f->node_mb : f->cpu_mb * cpus;
}

static uint64_t cpus_asked(const struct fit *f, const struct request *r)
{
    uint64_t cpus = (uint64_t)f->want_cpus * KF_MAX(r->ntasks_per_node, 1u);

    return KF_MAX(cpus, (uint64_t)r->min_cpus);
}

static void describe_size(const struct fit *f, const struct snapshot *s, const struct request *r,
    const struct fit_node *n, struct buf *b)
{
    const struct node *node = &s->nodes[n->node];
    uint32_t cpus = fit_node_cpus(node);
    const struct partition *p = f->partition;

    if ((n->reasons & FIT_CPUS) && (p->has & PARTITION_HAS_MAX_CPUS) && p->max_cpus_per_node < cpus)
        addf(b, "CPUs of a node of the partition", cpus_asked(f, r), p->max_cpus_per_node);
    else if (n->reasons & FIT_CPUS)
        addf(b, "CPUs", cpus_asked(f, r), cpus);
    if (n->reasons & FIT_MEMORY)
        addf(b, "memory", memory_asked(f, r), fit_node_mb(node));
    if (n->reasons & FIT_TMP)
        addf(b, "temporary disk", r->tmp_mb, node->tmp_mb);
    if (n->reasons & FIT_LAYOUT)
        buf_addf(b, "%ssockets:cores:threads %u:%u:%u, it has %u:%u:%u", b->len ? ", " : "",
            r->sockets, r->cores, r->threads, node->sockets, node->cores, node->threads);
}

static void describe_no(const struct fit *f, const struct snapshot *s, const struct request *r,
    const struct fit_node *n, struct buf *b)
{
    const struct node *node = &s->nodes[n->node];
    const char *reason = node_str(s, node->reason);

    if (n->reasons & FIT_OTHER_PARTITION)
        buf_addf(b, "not in partition %s", partition_str(s, f->partition->name));
    if (n->reasons & FIT_NOT_TAKEN)
        add(b, f->refusal);
    if (n->reasons & FIT_NOT_LISTED)
        add(b, "not in --nodelist");
    if (n->reasons & FIT_EXCLUDED)
        add(b, "excluded");
    if (n->reasons & FIT_OUT_OF_SERVICE)
        buf_addf(b, "%s%s%s%s%s", b->len ? ", " : "", node_str(s, node->state_text),
            reason[0] ? " (" : "", reason, reason[0] ? ")" : "");
    if (n->reasons & FIT_FEATURES)
        buf_addf(b, "%sfeatures are %s", b->len ? ", " : "",
            node->features ? node_str(s, node->features) : "none");
    if (n->reasons & FIT_GRES)
        add(b, "no generic resources (GPUs)");
    describe_size(f, s, r, n, b);
}

static void describe_later(const struct snapshot *s, const struct fit_node *n, struct buf *b)
{
    const struct node *node = &s->nodes[n->node];
    uint32_t cpus = fit_node_cpus(node);
    uint64_t mb = fit_node_mb(node);

    if (n->reasons & FIT_NOT_IDLE)
        buf_addf(b, "%u of %u CPUs are in use", node->cpus_alloc, cpus);
    if (n->reasons & FIT_BUSY_CPUS)
        buf_addf(b, "%u of %u CPUs are free", cpus - KF_MIN(cpus, node->cpus_alloc), cpus);
    if (n->reasons & FIT_BUSY_MEMORY)
        buf_addf(b, "%s%llu of %llu MiB are free", b->len ? ", " : "",
            (unsigned long long)(mb - KF_MIN(mb, node->mem_alloc_mb)), (unsigned long long)mb);
}

void fit_node_text(const struct fit *f, const struct snapshot *s, const struct request *r,
    uint32_t node, char *out, size_t size)
{
    const struct fit_node *n = &f->nodes[node];
    struct buf b = BUF_INIT;

    if (n->tasks == 0)
        describe_no(f, s, r, n, &b);
    else if (n->tasks_now == 0)
        describe_later(s, n, &b);
    snprintf(out, size, "%s%s%s",
        n->tasks_now                ? "yes"
        : n->tasks == 0             ? "no"
        : n->reasons & FIT_NOT_IDLE ? "yes, when it is idle"
                                    : "yes, when more is free",
        b.len ? ": " : "", buf_str(&b));
    buf_release(&b);
}

/* The node that is nearest to taking it: the fewest reasons, and none of them about the choice of
   nodes. */
static const struct fit_node *nearest(const struct fit *f)
{
    static const uint32_t chosen = FIT_OTHER_PARTITION | FIT_NOT_LISTED | FIT_EXCLUDED;
    const struct fit_node *best = NULL;
    int fewest = 0;

    for (uint32_t i = 0; i < f->count; i++) {
        const struct fit_node *n = &f->nodes[i];
        int reasons = __builtin_popcount(n->reasons & ~chosen) + (n->reasons & chosen ? 8 : 0);

        if (n->tasks == 0 && (best == NULL || reasons < fewest)) {
            best = n;
            fewest = reasons;
        }
    }
    return best;
}

static void name_nodes(const struct fit *f, const struct snapshot *s, bool now, struct buf *b)
{
    uint32_t named = 0, fits = now ? f->now : f->now + f->later;

    if (fits > 3) {
        buf_addf(b, "%u nodes", fits);
        return;
    }
    for (uint32_t i = 0; i < f->count; i++)
        if (now ? f->nodes[i].tasks_now : f->nodes[i].tasks)
            buf_addf(b, "%s%s", named++ ? (named == fits ? " and " : ", ") : "",
                node_str(s, s->nodes[i].name));
}

/* For what the nodes that fit later are waited for. */
static const char *once(const struct fit *f)
{
    bool idle = false, several = f->now + f->later > 1;

    for (uint32_t i = 0; i < f->count; i++)
        idle = idle || (f->nodes[i].tasks && (f->nodes[i].reasons & FIT_NOT_IDLE));
    if (idle)
        return several ? "they are idle" : "it is idle";
    return several ? "more of them is free" : "more of it is free";
}

static void say_no(struct fit *f, const struct snapshot *s, const struct request *r, struct buf *b)
{
    const struct fit_node *n = nearest(f);
    struct buf why = BUF_INIT;

    if (f->refusal[0]) {
        buf_addf(b, "fits nowhere: %s", f->refusal);
    } else if (f->want_nodes > f->most_nodes) {
        buf_addf(b, "fits nowhere: asks for %u nodes, and at most %u are allowed", f->want_nodes,
            f->most_nodes);
    } else if (f->now + f->later > 0) {
        buf_addf(b, "fits nowhere: asks for %u tasks of %u CPUs on %u nodes or more; ",
            f->want_tasks, f->want_cpus, f->want_nodes);
        name_nodes(f, s, false, b);
        buf_adds(b, " cannot hold that");
    } else if (n == NULL) {
        buf_adds(b, "fits nowhere: the farm has no nodes");
    } else {
        describe_no(f, s, r, n, &why);
        buf_addf(b, "fits nowhere: %s: %s", node_str(s, s->nodes[n->node].name), buf_str(&why));
        buf_release(&why);
    }
}

void fit_say(struct fit *f, const struct snapshot *s, const struct request *r)
{
    struct buf b = BUF_INIT;

    if (f->partition == NULL) {
        buf_adds(&b, "fits nowhere: no such partition");
    } else if (f->answer == FIT_NO) {
        say_no(f, s, r, &b);
    } else {
        buf_addf(&b, "fits %s", f->answer == FIT_NOW ? "now on " : "on ");
        name_nodes(f, s, f->answer == FIT_NOW, &b);
        if (f->answer == FIT_LATER)
            buf_addf(&b, ", once %s", once(f));
    }
    snprintf(f->words, sizeof(f->words), "%s", buf_str(&b));
    buf_release(&b);
}
