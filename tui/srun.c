/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/srun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/words.h"
#include "tui/app.h"

#define WAIT_S       10 /* for a CPU to become free */
#define MEM_MB       256 /* enough to look round with */
#define MEM_LEAST_MB 16
#define UP           3u /* struct partition's state: takes jobs, and starts them */

/* Where memory is not handed out none is ever allocated, and 1 MiB is what a node has by default. */
static bool full(const struct node *n)
{
    return n->cpus_alloc >= n->cpus ||
           (n->mem_alloc_mb > 0 && n->mem_alloc_mb + MEM_LEAST_MB > n->mem_mb);
}

/* A job of the user's that runs on the node: something can run beside it. NULL: there is none. */
static const struct job *job_beside(const struct app *a, const struct node *n)
{
    const struct snapshot *s = a->snapshot;
    const struct order *o = &a->order;
    uint32_t row = (uint32_t)(n - s->nodes);

    for (uint32_t i = o->node_start ? o->node_start[row] : 0;
         o->node_start && i < o->node_start[row + 1]; i++) {
        const struct job *j = &s->jobs[o->on_nodes[i]];

        if (j->uid == s->cluster.uid && j->state == JOB_STATE_RUNNING &&
            !(j->flags & (JOB_FLAG_COMPLETING | JOB_FLAG_CONFIGURING | JOB_FLAG_STOPPED)))
            return j;
    }
    return NULL;
}

/* Somebody waits whose turn is before that of anything new. */
static bool others_wait(const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->job_count; i++) {
        const char *reason = job_str(s, s->jobs[i].reason);

        if (s->jobs[i].state == JOB_STATE_PENDING &&
            (strcmp(reason, "Resources") == 0 || strcmp(reason, "Priority") == 0))
            return true;
    }
    return false;
}

/* Why something new would not start there at once, in plain words; NULL if it would. */
static const char *why_not_new(const struct app *a, const struct node *n)
{
    if (!node_usable(n))
        return "takes nothing new";
    if (full(n))
        return "is full";
    return others_wait(a->snapshot) ? "has jobs waiting for their turn" : NULL;
}

/* The job to share with, if nothing new would start on the node at once. */
static const struct job *needed_job(const struct app *a, const struct node *n)
{
    return why_not_new(a, n) ? job_beside(a, n) : NULL;
}

static bool lists(const char *names, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = names; *at; at += strcspn(at, ","), at += *at == ',')
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return true;
    return false;
}

/* The partition to name; NULL if the default one has the node, or none would do. */
static const char *partition_of(const struct app *a, const struct node *n)
{
    const struct snapshot *s = a->snapshot;
    const char *names = node_str(s, n->partitions), *found = NULL;

    for (uint32_t i = 0; i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        const char *name = partition_str(s, p->name);

        if ((p->state & UP) != UP || !lists(names, name))
            continue;
        if (p->flags & PARTITION_DEFAULT)
            return NULL;
        if (found == NULL && !((p->flags & PARTITION_ROOT_ONLY) && s->cluster.uid != 0))
            found = name;
    }
    return found;
}

static void add(struct buf *out, const char *format, const char *value)
{
    char word[256];

    snprintf(word, sizeof(word), format, value);
    words_add(out, word);
}

static void add_number(struct buf *out, const char *format, uint32_t value)
{
    char word[64];

    snprintf(word, sizeof(word), format, value);
    words_add(out, word);
}

/* The options that let it start at once. */
static void add_way(const struct app *a, const char *node, struct buf *out)
{
    const struct node *n = snapshot_node(a->snapshot, node);
    const struct job *beside = n ? needed_job(a, n) : NULL;
    const char *partition = n ? partition_of(a, n) : NULL;
    uint64_t free_mb = n && n->mem_mb > n->mem_alloc_mb ? n->mem_mb - n->mem_alloc_mb : 1;

    if (beside) {
        add_number(out, "--jobid=%u", beside->job_id);
        words_add(out, "--overlap");
        return;
    }
    if (partition)
        add(out, "--partition=%s", partition);
    add_number(out, "--immediate=%u", WAIT_S);
    add_number(out, "--mem=%u", (uint32_t)KF_MIN(free_mb, (uint64_t)MEM_MB));
}

void srun_run(const struct app *a, const char *node, const char *command, struct buf *out)
{
    char **argv = NULL;
    int count = words_split(command, &argv, NULL);

    words_add(out, "srun");
    add(out, "--nodelist=%s", node);
    words_add(out, "--nodes=1");
    words_add(out, "--ntasks=1");
    add_way(a, node, out);
    words_add(out, "--unbuffered");
    words_add(out, "--mpi=none"); /* the farm's usual kind may not be there on every node */
    words_add(out, "--chdir=/"); /* ours may not exist there */
    words_add(out, "--");
    for (int i = 0; i < count; i++)
        words_add(out, argv[i]);
    free(argv);
}

/* One word of a template, with the node's name for each {}. */
static void add_template(struct buf *out, const char *word, const char *node)
{
    struct buf b = BUF_INIT;

    for (const char *at = word, *next; *at; at = next) {
        next = strstr(at, "{}");
        buf_add(&b, at, next ? (size_t)(next - at) : strlen(at));
        if (next)
            buf_adds(&b, node);
        next = next ? next + 2 : at + strlen(at);
    }
    words_add(out, buf_str(&b));
    buf_release(&b);
}

void srun_shell(const struct app *a, const char *node, const char *template, struct buf *out)
{
    char **argv = NULL;
    int count = words_split(template, &argv, NULL);

    for (int i = 0; i < count; i++) {
        add_template(out, argv[i], node);
        if (i == 0 && strcmp(argv[0], "srun") == 0)
            add_way(a, node, out);
    }
    free(argv);
}

void srun_note(const struct app *a, const char *node, char *out, size_t size)
{
    const struct node *n = snapshot_node(a->snapshot, node);
    const struct job *beside = n ? needed_job(a, n) : NULL;
    const char *why = n ? why_not_new(a, n) : NULL;

    out[0] = '\0';
    if (beside)
        snprintf(out, size, "%s %s: it runs beside job %u of yours", node, why, beside->job_id);
    else if (why)
        snprintf(out, size, "%s %s, and no job of yours runs there: srun tries for %d s", node, why,
            WAIT_S);
}

static bool misleads(const char *variable)
{
    static const char *const kept[] = {"SLURM_CONF=", "SLURM_JWT="};

    for (size_t i = 0; i < KF_LEN(kept); i++)
        if (strncmp(variable, kept[i], strlen(kept[i])) == 0)
            return false;
    return strncmp(variable, "SLURM_", 6) == 0 || strncmp(variable, "SRUN_", 5) == 0;
}

char **srun_environment(void)
{
    size_t n = 0, kept = 0;
    char **env;

    while (environ[n])
        n++;
    env = xcalloc(n + 1, sizeof(*env));
    for (size_t i = 0; i < n; i++)
        if (!misleads(environ[i]))
            env[kept++] = environ[i];
    return env;
}
