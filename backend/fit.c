/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/fit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/fit_impl.h"
#include "base/alloc.h"
#include "base/ascii.h"

/* All that one attempt in one partition needs. */
struct attempt {
    struct fit *fit;
    const struct snapshot *s;
    const struct request *r;
    const char *features; /* that the nodes must have; "" for any */
    struct fit_list listed, excluded;
    bool only_listed; /* others are only taken where those that are named do not suffice */
    bool needs_gres;
};

void fit_release(struct fit *f)
{
    free(f->nodes);
    *f = (struct fit){0};
}

/* ---- what is asked ---- */

/* sbatch's rules (opt.c, _opt_verify()): tasks follow from nodes and nodes from tasks. */
static void count_wanted(struct attempt *a)
{
    const struct request *r = a->r;
    struct fit *f = a->fit;
    const struct partition *p = f->partition;
    uint64_t tasks;

    f->want_cpus = KF_MAX(r->cpus_per_task, 1u);
    f->want_nodes = KF_MAX(KF_MAX(r->min_nodes, 1u), a->listed.count);
    if (r->ntasks && r->ntasks < f->want_nodes && a->listed.count == 0)
        f->want_nodes = r->ntasks;
    f->most_nodes = r->max_nodes ? r->max_nodes : UINT32_MAX;
    f->want_nodes = KF_MAX(f->want_nodes, p->min_nodes);
    if (p->has & PARTITION_HAS_MAX_NODES)
        f->most_nodes = KF_MIN(f->most_nodes, p->max_nodes);
    tasks = (uint64_t)f->want_nodes * KF_MAX(r->ntasks_per_node, 1u);
    f->want_tasks = r->ntasks ? r->ntasks : (uint32_t)KF_MIN(tasks, (uint64_t)UINT32_MAX);
    if (r->overcommit)
        f->want_tasks = f->want_nodes;
}

/* --mem, --mem-per-cpu, or what the partition and the cluster give who does not say. */
static void count_memory(struct attempt *a)
{
    const struct request *r = a->r;
    const struct cluster *c = &a->s->cluster;
    struct fit *f = a->fit;
    const struct partition *p = f->partition;
    bool own = p->has & PARTITION_HAS_DEF_MEM;
    uint64_t given = own ? p->def_mem_mb : c->def_mem_mb;
    bool per_cpu = own ? p->flags & PARTITION_DEF_MEM_PER_CPU : c->flags & CLUSTER_DEF_MEM_PER_CPU;

    f->node_mb = r->mem_mb;
    f->cpu_mb = r->mem_per_cpu_mb;
    if (f->node_mb || f->cpu_mb || r->mem_all || !(c->flags & CLUSTER_SHARES_MEMORY))
        return;
    *(per_cpu ? &f->cpu_mb : &f->node_mb) = given;
}

/* ---- one node ---- */

/* CPUs that jobs of the partition get on a node, however many it has (MaxCPUsPerNode). */
static uint32_t node_most_cpus(const struct attempt *a)
{
    const struct partition *p = a->fit->partition;

    return p->has & PARTITION_HAS_MAX_CPUS ? p->max_cpus_per_node : UINT32_MAX;
}

/* As many tasks as this many CPUs and MiB hold; *ret_short says what would be needed more of. */
static uint32_t tasks_in(const struct attempt *a, uint32_t cpus, uint64_t mb, uint32_t *ret_short)
{
    const struct fit *f = a->fit;
    const struct request *r = a->r;
    uint32_t by_cpus = r->overcommit ? cpus > 0 : cpus / f->want_cpus;
    uint64_t by_memory = UINT32_MAX;
    uint32_t tasks;

    *ret_short = 0;
    if (f->node_mb)
        by_memory = f->node_mb <= mb ? UINT32_MAX : 0;
    else if (f->cpu_mb)
        by_memory = mb / f->cpu_mb / f->want_cpus;
    if (r->min_cpus > cpus)
        by_cpus = 0;
    tasks = (uint32_t)KF_MIN((uint64_t)by_cpus, by_memory);
    if (r->ntasks_per_node) /* all of them, or the node is of no use */
        tasks = tasks >= r->ntasks_per_node ? r->ntasks_per_node : 0;
    if (tasks == 0) {
        uint32_t least = KF_MAX(r->ntasks_per_node, 1u);

        *ret_short |= by_cpus < least ? FIT_CPUS : 0;
        *ret_short |= by_memory < least ? FIT_MEMORY : 0;
    }
    return tasks;
}

static uint32_t hard_reasons(const struct attempt *a, const struct node *n, uint32_t row)
{
    const struct request *r = a->r;
    const char *partition = partition_str(a->s, a->fit->partition->name);
    uint32_t why = 0;

    if (!fit_in_list(node_str(a->s, n->partitions), partition, strlen(partition)))
        why |= FIT_OTHER_PARTITION;
    if (a->only_listed && !fit_list_has(&a->listed, row))
        why |= FIT_NOT_LISTED;
    if (fit_list_has(&a->excluded, row))
        why |= FIT_EXCLUDED;
    if (!node_usable(n))
        why |= FIT_OUT_OF_SERVICE;
    if (!fit_has_features(a->features, node_str(a->s, n->features)))
        why |= FIT_FEATURES;
    if (a->needs_gres && n->gres == 0)
        why |= FIT_GRES;
    if (r->tmp_mb > n->tmp_mb)
        why |= FIT_TMP;
    if (r->sockets > n->sockets || r->cores > n->cores || r->threads > n->threads)
        why |= FIT_LAYOUT;
    return why;
}

static void try_node(const struct attempt *a, struct fit_node *out)
{
    const struct node *n = &a->s->nodes[out->node];
    uint32_t cpus = fit_node_cpus(n), most = node_most_cpus(a), lacks;
    uint64_t mb = fit_node_mb(n);
    bool alone = a->r->exclusive || (a->s->cluster.flags & CLUSTER_WHOLE_NODES);
    bool shared = a->s->cluster.flags & CLUSTER_SHARES_MEMORY;

    out->reasons = hard_reasons(a, n, out->node);
    out->tasks = tasks_in(a, KF_MIN(cpus, most), mb, &lacks);
    out->reasons |= lacks;
    if (out->reasons) {
        out->tasks = 0;
        return;
    }
    if (alone && n->cpus_alloc > 0) {
        out->reasons = FIT_NOT_IDLE;
        return;
    }
    cpus -= KF_MIN(cpus, n->cpus_alloc);
    if (shared)
        mb -= KF_MIN(mb, n->mem_alloc_mb);
    if (a->r->mem_all && shared && n->mem_alloc_mb > 0)
        lacks |= FIT_MEMORY;
    else
        out->tasks_now = tasks_in(a, KF_MIN(cpus, most), mb, &lacks);
    out->reasons |= lacks & FIT_CPUS ? FIT_BUSY_CPUS : 0;
    out->reasons |= lacks & FIT_MEMORY ? FIT_BUSY_MEMORY : 0;
}

/* ---- all nodes together ---- */

static int descending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? 1 : x > y ? -1 : 0;
}

/* Do nodes that hold this many tasks each suffice? Those that --nodelist names must be among them. */
static bool suffices(const struct attempt *a, bool now)
{
    const struct fit *f = a->fit;
    uint32_t *others = xcalloc(f->count, sizeof(*others)), n = 0, listed = 0;
    uint64_t tasks = 0;

    for (uint32_t i = 0; i < f->count; i++) {
        const struct fit_node *node = &f->nodes[i];
        uint32_t holds = now ? node->tasks_now : node->tasks;

        if (holds == 0)
            continue;
        if (fit_list_has(&a->listed, i)) {
            listed++;
            tasks += holds;
        } else {
            others[n++] = holds;
        }
    }
    qsort(others, n, sizeof(*others), descending);
    for (uint32_t i = 0; i < n && listed + i < f->most_nodes; i++)
        tasks += others[i];
    n = KF_MIN(n + listed, f->most_nodes);
    free(others);
    return listed == a->listed.count && n >= f->want_nodes && tasks >= f->want_tasks;
}

static void try_nodes(struct attempt *a)
{
    struct fit *f = a->fit;

    f->now = f->later = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        f->nodes[i] = (struct fit_node){.node = i};
        try_node(a, &f->nodes[i]);
        f->now += f->nodes[i].tasks_now > 0;
        f->later += f->nodes[i].tasks > 0 && f->nodes[i].tasks_now == 0;
    }
    f->answer = f->want_nodes > f->most_nodes ? FIT_NO
                : suffices(a, true)           ? FIT_NOW
                : suffices(a, false)          ? FIT_LATER
                                              : FIT_NO;
}

/* ---- values that no node is to blame for ---- */

/* The nodes of --nodelist or --exclude; none if the list is wrong, so that nothing goes on with it. */
static void check_names(
    struct attempt *a, enum request_key key, struct fit_list *ret_list, struct findings *findings)
{
    const struct request_option *o = request_option(a->r, key);
    char unknown[256];

    if (o == NULL || o->value[0] == '\0')
        return;
    if (strchr(o->value, '/')) {
        findings_add(findings, FINDING_NOTE, o->line, "--%s=%s: the file is left to sbatch",
            o->name, o->value);
        return;
    }
    switch (fit_list_read(ret_list, a->s, o->value, unknown, sizeof(unknown))) {
    case 0:
        return;
    case -ENOENT:
        findings_add(findings, FINDING_REFUSED, o->line, "--%s=%s: no node is called %s", o->name,
            o->value, unknown);
        return;
    case -ERANGE:
        findings_add(findings, FINDING_REFUSED, o->line,
            "--%s=%s names more nodes than Slurm takes", o->name, o->value);
        return;
    default:
        findings_add(
            findings, FINDING_REFUSED, o->line, "--%s=%s is no list of nodes", o->name, o->value);
    }
}

static void check_gres(struct attempt *a, struct findings *findings)
{
    const struct request_option *o = request_option(a->r, REQUEST_GRES);

    if (o && ascii_casecmp(o->value, "none") == 0)
        o = NULL;
    o = o ? o : request_option(a->r, REQUEST_NTASKS_PER_TRES);
    if (o == NULL)
        return;
    a->needs_gres = true;
    for (uint32_t i = 0; i < a->s->node_count; i++)
        if (a->s->nodes[i].gres)
            return;
    findings_add(findings, FINDING_REFUSED, o->line, "--%s=%s: no node has any such device",
        o->name, o->value);
}

static void check_values(struct attempt *a, struct findings *findings)
{
    const struct request *r = a->r;
    const struct request_option *array = request_option(r, REQUEST_ARRAY),
                                *features = request_option(r, REQUEST_CONSTRAINT),
                                *left = request_option(r, REQUEST_RESERVATION);
    uint32_t most = a->s->cluster.max_array_size;
    char unknown[FIT_FEATURES_TEXT];

    check_names(a, REQUEST_NODELIST, &a->listed, findings);
    check_names(a, REQUEST_EXCLUDE, &a->excluded, findings);
    check_gres(a, findings);
    if (r->max_nodes && a->listed.count > r->max_nodes)
        findings_add(findings, FINDING_REFUSED, 0,
            "--nodelist names %u nodes, and --nodes allows %u", a->listed.count, r->max_nodes);
    if (r->has_array && most && r->array_last >= most)
        findings_add(findings, FINDING_REFUSED, array->line,
            "--array=%s: the highest index here is %u (MaxArraySize=%u)", array->value, most - 1,
            most);
    if (features && !fit_features_known(features->value, a->s, unknown, sizeof(unknown)))
        findings_add(findings, FINDING_REFUSED, features->line,
            "--constraint=%s: no node has the feature %s", features->value, unknown);
    else if (features && fit_features_counted(features->value))
        findings_add(findings, FINDING_NOTE, features->line,
            "--constraint=%s: the numbers of nodes are left to sbatch", features->value);
    else if (features)
        a->features = features->value;
    left = left ? left : request_option(r, REQUEST_LICENSES);
    if (left)
        findings_add(findings, FINDING_NOTE, left->line, "--%s=%s is left to sbatch", left->name,
            left->value);
}

/* ---- partitions ---- */

static const struct partition *find_partition(const struct snapshot *s, const char *name, size_t n)
{
    for (uint32_t i = 0; i < s->partition_count; i++) {
        const char *other = partition_str(s, s->partitions[i].name);

        if (name ? strlen(other) == n && memcmp(other, name, n) == 0
                 : (s->partitions[i].flags & PARTITION_DEFAULT) != 0)
            return &s->partitions[i];
    }
    return NULL;
}

/* Why the partition does not take the job at all: f->refusal. */
static void look_for_refusal(const struct attempt *a)
{
    struct fit *f = a->fit;
    const struct partition *p = f->partition;
    const struct cluster *c = &a->s->cluster;
    const struct request *r = a->r;
    const char *name = partition_str(a->s, p->name);
    uint32_t limit = p->has & PARTITION_HAS_MAX_TIME ? p->max_time_min : UINT32_MAX;

    if (!(p->state & 1))
        snprintf(f->refusal, sizeof(f->refusal), "partition %s takes no jobs: its state is %s",
            name, partition_state_name(p));
    else if ((p->flags & PARTITION_ROOT_ONLY) && !(c->uid == 0 || c->uid == c->slurm_uid))
        snprintf(f->refusal, sizeof(f->refusal), "partition %s takes only jobs of root", name);
    else if ((p->flags & PARTITION_NO_ROOT) && c->uid == 0)
        snprintf(f->refusal, sizeof(f->refusal), "partition %s takes no jobs of root", name);
    else if (r->time_least_min > limit) /* whatever EnforcePartLimits says */
        snprintf(f->refusal, sizeof(f->refusal),
            "--time-min is more than the %u minutes that partition %s allows", limit, name);
    else if (r->time_min > limit && r->time_least_min == 0 && (c->flags & CLUSTER_ENFORCES_LIMITS))
        snprintf(f->refusal, sizeof(f->refusal), "asks for %s, and partition %s allows %u minutes",
            r->time_min == REQUEST_UNLIMITED ? "no time limit" : "more time", name, limit);
}

/* The partition takes the job; what keeps it from starting there? */
static void look_for_delay(const struct attempt *a, uint32_t line, struct findings *findings)
{
    const struct partition *p = a->fit->partition;
    const struct request *r = a->r;
    const char *name = partition_str(a->s, p->name);

    if (!(p->state & 2))
        findings_add(findings, FINDING_WARNING, line,
            "partition %s is %s: the job is taken, and waits until it is up", name,
            partition_state_name(p));
    /* --time-min lets the controller shorten it to what the partition allows */
    if ((p->has & PARTITION_HAS_MAX_TIME) && r->time_min > p->max_time_min &&
        r->time_least_min == 0)
        findings_add(findings, FINDING_WARNING, 0,
            "asks for %s, and partition %s allows %u minutes: the job is taken, and never starts "
            "(PartitionTimeLimit)",
            r->time_min == REQUEST_UNLIMITED ? "no time limit" : "more time", name,
            p->max_time_min);
}

/* The nodes of a partition that does not take the job. */
static void refuse_nodes(const struct attempt *a)
{
    const char *name = partition_str(a->s, a->fit->partition->name);

    for (uint32_t i = 0; i < a->fit->count; i++) {
        bool member = fit_in_list(node_str(a->s, a->s->nodes[i].partitions), name, strlen(name));

        a->fit->nodes[i] =
            (struct fit_node){.node = i, .reasons = member ? FIT_NOT_TAKEN : FIT_OTHER_PARTITION};
    }
}

/* The better of two attempts has the greater one: it starts, it starts later, it is taken. */
static int rank(const struct fit *f, const struct findings *said)
{
    if (f->refusal[0])
        return 1;
    if (f->answer == FIT_NO)
        return 2;
    return (said->levels[FINDING_WARNING] ? 3 : 5) + (f->answer == FIT_NOW);
}

/* The attempt that was best until now, and what there was to say. */
struct best {
    struct fit fit;
    struct findings said;
    int rank; /* 0: there was none */
};

static void try_partition(
    struct attempt *a, const struct partition *p, uint32_t line, struct best *best)
{
    struct fit f = {.partition = p,
        .count = a->s->node_count,
        .nodes = xcalloc(a->s->node_count, sizeof(*f.nodes))};
    struct findings said = {0};
    int found;

    a->fit = &f;
    count_wanted(a);
    count_memory(a);
    look_for_refusal(a);
    if (f.refusal[0]) {
        findings_add(&said, FINDING_REFUSED, line, "%s", f.refusal);
        refuse_nodes(a);
    } else {
        look_for_delay(a, line, &said);
        a->only_listed = a->listed.count > 0;
        try_nodes(a);
        if (a->only_listed && f.answer == FIT_NO && f.most_nodes > a->listed.count) {
            a->only_listed = false;
            try_nodes(a);
        }
    }
    a->fit = NULL;
    found = rank(&f, &said);
    if (found > best->rank) {
        fit_release(&best->fit);
        findings_release(&best->said);
        *best = (struct best){f, said, found};
    } else { /* the earlier one was as good */
        fit_release(&f);
        findings_release(&said);
    }
}

static void try_partitions(struct attempt *a, struct best *best, struct findings *findings)
{
    const struct request_option *o = request_option(a->r, REQUEST_PARTITION);
    const struct partition *p;
    bool *tried, named = false; /* each partition once, however often it is named */

    if (o == NULL) {
        p = find_partition(a->s, NULL, 0);
        if (p)
            try_partition(a, p, 0, best);
        else
            findings_add(findings, FINDING_REFUSED, 0,
                "no partition is the default one: --partition must name one");
        return;
    }
    tried = xcalloc(a->s->partition_count + 1, sizeof(*tried));
    for (const char *at = o->value; *at;) {
        size_t n = strcspn(at, ",");

        named = named || n > 0;
        p = n ? find_partition(a->s, at, n) : NULL;
        if (p && !tried[p - a->s->partitions])
            try_partition(a, p, o->line, best);
        if (p)
            tried[p - a->s->partitions] = true;
        else if (n)
            findings_add(
                findings, FINDING_REFUSED, o->line, "there is no partition %.*s", (int)n, at);
        at += n + (at[n] == ',');
    }
    free(tried);
    if (!named)
        findings_add(findings, FINDING_REFUSED, o->line, "--partition=%s names none", o->value);
}

void fit_try(
    struct fit *f, const struct snapshot *s, const struct request *r, struct findings *findings)
{
    struct attempt a = {.s = s, .r = r, .features = ""};
    struct best best = {.rank = 0};

    check_values(&a, findings);
    try_partitions(&a, &best, findings);
    *f = best.fit;
    for (uint32_t i = 0; i < best.said.count; i++)
        findings_add(
            findings, best.said.v[i].level, best.said.v[i].line, "%s", best.said.v[i].text);
    findings_release(&best.said);
    fit_list_release(&a.listed);
    fit_list_release(&a.excluded);
    fit_say(f, s, r);
}
