/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sbatch reads its options with getopt_long(3): names may be cut short as long as they mean one option,
 * a letter's value may follow it at once, and a word that is no option ends it all. The table says
 * what there is; readers below turn the values that count into numbers.
 */
#include "backend/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/parse.h"

enum takes { NOTHING, VALUE, MAYBE };

struct known {
    const char *name;
    char letter;
    enum takes takes;
    enum request_key key;
    const char *variable; /* of the environment; NULL: none */
};

static const struct known options[] = {
    {"account", 'A', VALUE, REQUEST_OTHER, "SBATCH_ACCOUNT"},
    {"acctg-freq", 0, VALUE, REQUEST_OTHER, "SBATCH_ACCTG_FREQ"},
    {"array", 'a', VALUE, REQUEST_ARRAY, "SBATCH_ARRAY_INX"},
    {"batch", 0, VALUE, REQUEST_OTHER, "SBATCH_BATCH"},
    {"bb", 0, VALUE, REQUEST_OTHER, NULL},
    {"bbf", 0, VALUE, REQUEST_OTHER, NULL},
    {"begin", 'b', VALUE, REQUEST_BEGIN, NULL},
    {"chdir", 'D', VALUE, REQUEST_CHDIR, NULL},
    {"cluster-constraint", 0, VALUE, REQUEST_OTHER, NULL},
    {"clusters", 'M', VALUE, REQUEST_OTHER, "SBATCH_CLUSTERS"},
    {"comment", 0, VALUE, REQUEST_OTHER, NULL},
    {"consolidate-segments", 0, NOTHING, REQUEST_OTHER, NULL},
    {"constraint", 'C', VALUE, REQUEST_CONSTRAINT, "SBATCH_CONSTRAINT"},
    {"container", 0, VALUE, REQUEST_OTHER, "SBATCH_CONTAINER"},
    {"container-id", 0, VALUE, REQUEST_OTHER, "SBATCH_CONTAINER_ID"},
    {"contiguous", 0, NOTHING, REQUEST_OTHER, NULL},
    {"core-spec", 'S', VALUE, REQUEST_OTHER, "SBATCH_CORE_SPEC"},
    {"cores-per-socket", 0, VALUE, REQUEST_CORES_PER_SOCKET, NULL},
    {"cpu-freq", 0, VALUE, REQUEST_OTHER, NULL},
    {"cpus-per-gpu", 0, VALUE, REQUEST_OTHER, "SBATCH_CPUS_PER_GPU"},
    {"cpus-per-task", 'c', VALUE, REQUEST_CPUS_PER_TASK, NULL},
    {"deadline", 0, VALUE, REQUEST_OTHER, NULL},
    {"delay-boot", 0, VALUE, REQUEST_OTHER, "SBATCH_DELAY_BOOT"},
    {"dependency", 'd', VALUE, REQUEST_DEPENDENCY, NULL},
    {"distribution", 'm', VALUE, REQUEST_OTHER, "SBATCH_DISTRIBUTION"},
    {"error", 'e', VALUE, REQUEST_ERROR, "SBATCH_ERROR"},
    {"exclude", 'x', VALUE, REQUEST_EXCLUDE, NULL},
    {"exclusive", 0, MAYBE, REQUEST_EXCLUSIVE, "SBATCH_EXCLUSIVE"},
    {"export", 0, VALUE, REQUEST_OTHER, "SBATCH_EXPORT"},
    {"export-file", 0, VALUE, REQUEST_OTHER, NULL},
    {"extra", 0, VALUE, REQUEST_OTHER, NULL},
    {"extra-node-info", 'B', VALUE, REQUEST_EXTRA_NODE_INFO, NULL},
    {"get-user-env", 0, MAYBE, REQUEST_OTHER, "SBATCH_GET_USER_ENV"},
    {"gid", 0, VALUE, REQUEST_OTHER, NULL},
    {"gpu-bind", 0, VALUE, REQUEST_OTHER, "SBATCH_GPU_BIND"},
    {"gpu-freq", 0, VALUE, REQUEST_OTHER, "SBATCH_GPU_FREQ"},
    {"gpus", 'G', VALUE, REQUEST_GRES, "SBATCH_GPUS"},
    {"gpus-per-node", 0, VALUE, REQUEST_GRES, "SBATCH_GPUS_PER_NODE"},
    {"gpus-per-socket", 0, VALUE, REQUEST_GRES, NULL},
    {"gpus-per-task", 0, VALUE, REQUEST_GRES, "SBATCH_GPUS_PER_TASK"},
    {"gres", 0, VALUE, REQUEST_GRES, "SBATCH_GRES"},
    {"gres-flags", 0, VALUE, REQUEST_OTHER, "SBATCH_GRES_FLAGS"},
    {"help", 'h', NOTHING, REQUEST_OTHER, NULL},
    {"hint", 0, VALUE, REQUEST_OTHER, "SBATCH_HINT"},
    {"hold", 'H', NOTHING, REQUEST_HOLD, NULL},
    {"ignore-pbs", 0, NOTHING, REQUEST_OTHER, "SBATCH_IGNORE_PBS"},
    {"input", 'i', VALUE, REQUEST_OTHER, "SBATCH_INPUT"},
    {"job-name", 'J', VALUE, REQUEST_JOB_NAME, "SBATCH_JOB_NAME"},
    {"kill-on-invalid-dep", 0, VALUE, REQUEST_OTHER, NULL},
    {"licenses", 'L', VALUE, REQUEST_LICENSES, NULL},
    {"mail-type", 0, VALUE, REQUEST_OTHER, NULL},
    {"mail-user", 0, VALUE, REQUEST_OTHER, NULL},
    {"mcs-label", 0, VALUE, REQUEST_OTHER, NULL},
    {"mem", 0, VALUE, REQUEST_MEM, "SBATCH_MEM_PER_NODE"},
    {"mem-bind", 0, VALUE, REQUEST_OTHER, "SBATCH_MEM_BIND"},
    {"mem-per-cpu", 0, VALUE, REQUEST_MEM_PER_CPU, "SBATCH_MEM_PER_CPU"},
    {"mem-per-gpu", 0, VALUE, REQUEST_MEM_PER_GPU, "SBATCH_MEM_PER_GPU"},
    {"mincpus", 0, VALUE, REQUEST_MINCPUS, NULL},
    {"network", 0, VALUE, REQUEST_OTHER, "SBATCH_NETWORK"},
    {"nice", 0, MAYBE, REQUEST_OTHER, NULL},
    {"no-kill", 'k', MAYBE, REQUEST_OTHER, "SBATCH_NO_KILL"},
    {"no-requeue", 0, NOTHING, REQUEST_OTHER, "SBATCH_NO_REQUEUE"},
    {"nodefile", 'F', VALUE, REQUEST_OTHER, NULL},
    {"nodelist", 'w', VALUE, REQUEST_NODELIST, NULL},
    {"nodes", 'N', VALUE, REQUEST_NODES, NULL},
    {"ntasks", 'n', VALUE, REQUEST_NTASKS, NULL},
    {"ntasks-per-core", 0, VALUE, REQUEST_OTHER, NULL},
    {"ntasks-per-gpu", 0, VALUE, REQUEST_NTASKS_PER_TRES, NULL},
    {"ntasks-per-node", 0, VALUE, REQUEST_NTASKS_PER_NODE, NULL},
    {"ntasks-per-socket", 0, VALUE, REQUEST_OTHER, NULL},
    {"ntasks-per-tres", 0, VALUE, REQUEST_NTASKS_PER_TRES, NULL},
    {"oom-kill-step", 0, MAYBE, REQUEST_OTHER, NULL},
    {"open-mode", 0, VALUE, REQUEST_OTHER, "SBATCH_OPEN_MODE"},
    {"output", 'o', VALUE, REQUEST_OUTPUT, "SBATCH_OUTPUT"},
    {"overcommit", 'O', NOTHING, REQUEST_OVERCOMMIT, "SBATCH_OVERCOMMIT"},
    {"oversubscribe", 's', NOTHING, REQUEST_OTHER, NULL},
    {"parsable", 0, NOTHING, REQUEST_OTHER, NULL},
    {"partition", 'p', VALUE, REQUEST_PARTITION, "SBATCH_PARTITION"},
    {"power", 0, VALUE, REQUEST_OTHER, "SBATCH_POWER"},
    {"prefer", 0, VALUE, REQUEST_OTHER, NULL},
    {"priority", 0, VALUE, REQUEST_OTHER, NULL},
    {"profile", 0, VALUE, REQUEST_OTHER, "SBATCH_PROFILE"},
    {"propagate", 0, MAYBE, REQUEST_OTHER, NULL},
    {"qos", 'q', VALUE, REQUEST_OTHER, "SBATCH_QOS"},
    {"quiet", 'Q', NOTHING, REQUEST_OTHER, NULL},
    {"reboot", 0, NOTHING, REQUEST_OTHER, NULL},
    {"requeue", 0, NOTHING, REQUEST_OTHER, "SBATCH_REQUEUE"},
    {"reservation", 0, VALUE, REQUEST_RESERVATION, "SBATCH_RESERVATION"},
    {"resv-ports", 0, MAYBE, REQUEST_OTHER, NULL},
    {"segment", 0, VALUE, REQUEST_OTHER, "SBATCH_SEGMENT_SIZE"},
    {"signal", 0, VALUE, REQUEST_OTHER, "SBATCH_SIGNAL"},
    {"sockets-per-node", 0, VALUE, REQUEST_SOCKETS_PER_NODE, NULL},
    {"spread-job", 0, NOTHING, REQUEST_OTHER, "SBATCH_SPREAD_JOB"},
    {"spread-segments", 0, NOTHING, REQUEST_OTHER, NULL},
    {"stepmgr", 0, NOTHING, REQUEST_OTHER, NULL},
    {"switches", 0, VALUE, REQUEST_OTHER, "SBATCH_REQ_SWITCH"},
    {"test-only", 0, NOTHING, REQUEST_OTHER, NULL},
    {"thread-spec", 0, VALUE, REQUEST_OTHER, "SBATCH_THREAD_SPEC"},
    {"threads-per-core", 0, VALUE, REQUEST_THREADS_PER_CORE, "SBATCH_THREADS_PER_CORE"},
    {"time", 't', VALUE, REQUEST_TIME, "SBATCH_TIMELIMIT"},
    {"time-min", 0, VALUE, REQUEST_TIME_MIN, NULL},
    {"tmp", 0, VALUE, REQUEST_TMP, NULL},
    {"tres-bind", 0, VALUE, REQUEST_OTHER, "SBATCH_TRES_BIND"},
    {"tres-per-task", 0, VALUE, REQUEST_OTHER, "SBATCH_TRES_PER_TASK"},
    {"uid", 0, VALUE, REQUEST_OTHER, NULL},
    {"usage", 0, NOTHING, REQUEST_OTHER, NULL},
    {"use-min-nodes", 0, NOTHING, REQUEST_OTHER, "SBATCH_USE_MIN_NODES"},
    {"verbose", 'v', NOTHING, REQUEST_OTHER, NULL},
    {"version", 'V', NOTHING, REQUEST_OTHER, NULL},
    {"wait", 'W', NOTHING, REQUEST_OTHER, "SBATCH_WAIT"},
    {"wait-all-nodes", 0, VALUE, REQUEST_OTHER, "SBATCH_WAIT_ALL_NODES"},
    {"wckey", 0, VALUE, REQUEST_OTHER, "SBATCH_WCKEY"},
    {"wrap", 0, VALUE, REQUEST_WRAP, NULL},
};

/* ---- names ---- */

static const struct known *by_letter(char letter)
{
    for (size_t i = 0; i < KF_LEN(options); i++)
        if (options[i].letter == letter)
            return &options[i];
    return NULL;
}

/* By its name or the beginning of it; NULL with *ret_many if it could be several. */
static const struct known *by_name(const char *name, size_t n, bool *ret_many)
{
    const struct known *found = NULL;

    *ret_many = false;
    for (size_t i = 0; i < KF_LEN(options) && n; i++) {
        if (strncmp(options[i].name, name, n) != 0)
            continue;
        if (options[i].name[n] == '\0')
            return &options[i];
        *ret_many = found != NULL || *ret_many;
        found = &options[i];
    }
    return *ret_many ? NULL : found;
}

int request_words(const char *const *argv)
{
    const char *word = argv[0];
    const struct known *k;
    bool many;

    if (word == NULL || word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0)
        return 0;
    if (word[1] == '-') {
        size_t n = strcspn(word + 2, "=");

        k = by_name(word + 2, n, &many);
        return k && k->takes == VALUE && word[2 + n] == '\0' && argv[1] ? 2 : 1;
    }
    for (word++; *word; word++) { /* letters without a value may stand together: -HQ */
        k = by_letter(*word);
        if (k && k->takes != NOTHING)
            return k->takes == VALUE && word[1] == '\0' && argv[1] ? 2 : 1;
    }
    return 1;
}

/* ---- collecting ---- */

struct reading {
    struct request *request;
    struct findings *findings;
    enum request_source source;
    uint32_t line;
};

static void add(struct reading *r, const struct known *k, const char *value)
{
    struct request *q = r->request;

    for (uint32_t i = 0; i < q->count; i++)
        if (strcmp(q->options[i].name, k->name) == 0)
            q->options[i].overruled = true;
    if ((q->count & (q->count - 1)) == 0)
        q->options = xreallocarray(q->options, KF_MAX(q->count * 2, 1u), sizeof(*q->options));
    q->options[q->count++] = (struct request_option){.name = k->name,
        .value = xstrdup(value),
        .key = k->key,
        .source = r->source,
        .line = r->line};
}

static void refuse_name(struct reading *r, const char *word, int n, bool many)
{
    findings_add(r->findings, FINDING_REFUSED, r->line,
        many ? "%.*s could mean several options of sbatch" : "sbatch knows no option %.*s", n,
        word);
}

/* A long option; the number of words it took. */
static int take_name(struct reading *r, const char *word, const char *next)
{
    size_t n = strcspn(word + 2, "=");
    bool many, has_value = word[2 + n] == '=';
    const struct known *k = by_name(word + 2, n, &many);

    if (k == NULL) {
        refuse_name(r, word, (int)n + 2, many);
        return 1;
    }
    if (k->takes == NOTHING && has_value) {
        findings_add(r->findings, FINDING_REFUSED, r->line, "--%s takes no value", k->name);
        return 1;
    }
    if (k->takes == VALUE && !has_value) {
        if (next == NULL)
            findings_add(r->findings, FINDING_REFUSED, r->line, "--%s wants a value", k->name);
        else
            add(r, k, next);
        return 2;
    }
    add(r, k, has_value ? word + 2 + n + 1 : "");
    return 1;
}

static int take_letters(struct reading *r, const char *word, const char *next)
{
    for (const char *at = word + 1; *at; at++) {
        const struct known *k = by_letter(*at);

        if (k == NULL) {
            findings_add(r->findings, FINDING_REFUSED, r->line, "sbatch knows no option -%c", *at);
            return 1;
        }
        if (k->takes == NOTHING || (k->takes == MAYBE && at[1] == '\0')) {
            add(r, k, "");
            continue;
        }
        if (at[1]) {
            add(r, k, at + 1);
            return 1;
        }
        if (next == NULL)
            findings_add(r->findings, FINDING_REFUSED, r->line, "-%c wants a value", *at);
        else
            add(r, k, next);
        return 2;
    }
    return 1;
}

/* One option, at `word`; the number of words it took. */
static int take_option(struct reading *r, const char *word, const char *next)
{
    if (word[0] == '-' && word[1] == '-' && word[2])
        return take_name(r, word, next);
    if (word[0] == '-' && word[1])
        return take_letters(r, word, next);
    findings_add(r->findings, FINDING_REFUSED, r->line, "\"%s\" is no option of sbatch", word);
    return 1;
}

static void read_script(struct reading *r, const struct batch *b)
{
    r->source = REQUEST_FROM_SCRIPT;
    for (uint32_t i = 0; i < b->count;) {
        const char *next = i + 1 < b->count ? b->arguments[i + 1].text : NULL;

        r->line = b->arguments[i].line;
        /* From here on there is another job (heterogeneous jobs, sbatch(1)). */
        if (strcmp(b->arguments[i].text, "hetjob") == 0 ||
            strcmp(b->arguments[i].text, "packjob") == 0) {
            findings_add(r->findings, FINDING_NOTE, r->line,
                "a heterogeneous job: only its first part is looked at");
            break;
        }
        i += (uint32_t)take_option(r, b->arguments[i].text, next);
    }
    r->line = 0;
}

/* Does a variable turn on the option that takes no value? (slurm_opt.c, slurm_process_option()) */
static bool is_on(const char *value)
{
    int64_t number;

    return value[0] == '\0' || ascii_casecmp(value, "yes") == 0 ||
           (parse_i64(value, INT32_MIN, INT32_MAX, &number) == 0 && number != 0);
}

static void read_environment(struct reading *r, char *const *environment)
{
    r->source = REQUEST_FROM_ENVIRONMENT;
    for (size_t i = 0; environment && environment[i]; i++) {
        const char *equals = strchr(environment[i], '=');

        for (size_t k = 0; equals && k < KF_LEN(options); k++) {
            const struct known *o = &options[k];
            size_t n = (size_t)(equals - environment[i]);

            if (o->variable && strncmp(environment[i], o->variable, n) == 0 &&
                o->variable[n] == '\0' && (o->takes != NOTHING || is_on(equals + 1)))
                add(r, o, o->takes == NOTHING ? "" : equals + 1);
        }
    }
}

/* ---- the numbers ---- */

static void refuse_value(const struct request_option *o, struct findings *f, const char *right)
{
    findings_add(f, FINDING_REFUSED, o->line, "--%s=%s: %s", o->name, o->value, right);
}

static void read_count(const struct request_option *o, uint32_t *out, struct findings *f)
{
    int64_t value;

    if (parse_i64(o->value, 1, INT32_MAX, &value) < 0)
        refuse_value(o, f, "a whole number from 1");
    else
        *out = (uint32_t)value;
}

static void read_size(const struct request_option *o, uint64_t *out, struct findings *f)
{
    if (parse_mib(o->value, out) < 0)
        refuse_value(o, f, "a size: 3500M, 7G");
}

static void read_time(const struct request_option *o, uint32_t *out, struct findings *f)
{
    int64_t minutes = 0; /* 0: sbatch(1), no limit */
    bool infinite = ascii_casecmp(o->value, "infinite") == 0 ||
                    ascii_casecmp(o->value, "unlimited") == 0 || strcmp(o->value, "-1") == 0;
    int err = infinite ? 0 : parse_minutes(o->value, INT32_MAX, &minutes);

    if (err == -ERANGE) /* sbatch does not look whether its int holds it */
        findings_add(f, FINDING_WARNING, o->line,
            "--%s=%s: more minutes than sbatch can count; it makes some other time of it", o->name,
            o->value);
    else if (err)
        refuse_value(o, f, "a time: minutes, H:MM:SS, D-HH:MM:SS, infinite");
    else
        *out = minutes ? (uint32_t)minutes : REQUEST_UNLIMITED;
}

/* One number of --nodes, its k or m (of 1024) behind it; sbatch cuts what is too large, and so do we. */
static int read_node_count(const char *text, size_t n, uint32_t *ret_count)
{
    static const char units[] = "kKmM";
    const char *unit = n ? memchr(units, text[n - 1], 4) : NULL;
    int64_t factor = unit == NULL ? 1 : unit < units + 2 ? 1024 : 1024 * 1024, count;
    char number[32];

    n -= unit != NULL;
    if (n >= sizeof(number) || strspn(text, "0123456789") != n)
        return -EINVAL;
    snprintf(number, sizeof(number), "%.*s", (int)n, text);
    if (n == 0) /* "-2": none at least */
        count = 0;
    else if (parse_i64(number, 0, INT32_MAX, &count) < 0)
        count = INT32_MAX;
    *ret_count = (uint32_t)KF_MIN(count * factor, (int64_t)INT32_MAX);
    return 0;
}

/* "2", "1-4", with K for 1024; "1,2,4-8": sizes of which the job takes any, since 24.05. */
static void read_nodes(const struct request_option *o, struct request *r, struct findings *f)
{
    size_t n = strcspn(o->value, "-");
    const char *most_text = o->value[n] ? o->value + n + 1 : NULL;
    uint32_t least, most = 0;

    if (strpbrk(o->value, ",:") && ascii_is_digit(o->value[0]) &&
        strspn(o->value, "0123456789-,:kKmM") == strlen(o->value)) {
        if (!o->overruled)
            findings_add(f, FINDING_NOTE, o->line,
                "--%s=%s: a list of sizes is left to sbatch, and an older one refuses it", o->name,
                o->value);
        return;
    }
    if (o->value[0] == '\0' || read_node_count(o->value, n, &least) < 0 ||
        (most_text && (!*most_text || read_node_count(most_text, strlen(most_text), &most) < 0))) {
        refuse_value(o, f, "a number of nodes, or a range as 1-2");
        return;
    }
    if (most && most < least) {
        refuse_value(o, f, "the most is less than the least");
        return;
    }
    r->min_nodes = least;
    r->max_nodes = most_text ? most : least;
}

/* "8", "8:2", "8:2:1", "*" for any: sbatch(1), --extra-node-info. */
static void read_layout(const struct request_option *o, struct request *r, struct findings *f)
{
    uint32_t *const parts[] = {&r->sockets, &r->cores, &r->threads};
    const char *at = o->value;

    for (size_t i = 0; i < KF_LEN(parts) && *at; i++) {
        char part[16];
        size_t n = strcspn(at, ":");
        int64_t value = 0;

        snprintf(part, sizeof(part), "%.*s", (int)n, at);
        if (strcmp(part, "*") != 0 && parse_i64(part, 1, UINT16_MAX, &value) < 0) {
            refuse_value(o, f, "sockets[:cores[:threads]]");
            return;
        }
        *parts[i] = (uint32_t)value;
        at += n + (at[n] == ':');
    }
}

/* One part of --array, "7", "0-15" or "0-15:4", up to its comma; as the controller reads it
   (job_mgr.c, _parse_array_tok()): brackets may stand around a number, and what follows a % is not
   looked at. */
static bool read_indices(const char *at, uint32_t *last)
{
    char *end;
    long from = strtol(at + (*at == '['), &end, 10), to = from, step = 1;

    end += *end == ']';
    if (*end == '-') {
        to = strtol(end + 1, &end, 10);
        end += *end == ']';
        if (*end == ':') {
            step = strtol(end + 1, &end, 10);
            end += *end == ']';
        }
    }
    if (!strchr(",%", *end) || from < 0 || to < from || to > INT32_MAX || step <= 0)
        return false;
    *last = KF_MAX(*last, (uint32_t)to);
    return true;
}

/* "0-15:4,20%2": sbatch(1), --array; empty parts do not count. */
static void read_array(const struct request_option *o, struct request *r, struct findings *f)
{
    bool good = true;

    for (const char *at = o->value; *at && good;) {
        size_t n = strcspn(at, ",");

        good = n == 0 || read_indices(at, &r->array_last);
        at += n + (at[n] == ',');
    }
    if (!good)
        refuse_value(o, f, "indices: 0-9, 1,3,5, 0-15:4, 0-99%4");
    r->has_array = good && o->value[0];
}

static void read_exclusive(const struct request_option *o, struct request *r, struct findings *f)
{
    static const char *const shared[] = {"user", "mcs", "topo"}; /* among jobs of one kind */

    for (size_t i = 0; i < KF_LEN(shared); i++)
        if (strcmp(o->value, shared[i]) == 0)
            return;
    if (o->value[0] && strcmp(o->value, "exclusive") != 0)
        refuse_value(o, f, "nothing, user, mcs or topo");
    r->exclusive = true;
}

/* Where an option that is a plain count keeps it; NULL for the others. */
static uint32_t *count_of(struct request *r, enum request_key key)
{
    switch (key) {
    case REQUEST_NTASKS:
        return &r->ntasks;
    case REQUEST_CPUS_PER_TASK:
        return &r->cpus_per_task;
    case REQUEST_NTASKS_PER_NODE:
        return &r->ntasks_per_node;
    case REQUEST_NTASKS_PER_TRES:
        return &r->ntasks_per_tres;
    case REQUEST_MINCPUS:
        return &r->min_cpus;
    case REQUEST_SOCKETS_PER_NODE:
        return &r->sockets;
    case REQUEST_CORES_PER_SOCKET:
        return &r->cores;
    case REQUEST_THREADS_PER_CORE:
        return &r->threads;
    default:
        return NULL;
    }
}

static void read_number(const struct request_option *o, struct request *r, struct findings *f)
{
    uint32_t *count = count_of(r, o->key);

    if (count) {
        read_count(o, count, f);
        return;
    }
    switch (o->key) {
    case REQUEST_MEM:
        read_size(o, &r->mem_mb, f);
        r->mem_all = strspn(o->value, "0") > 0 && r->mem_mb == 0;
        return;
    case REQUEST_MEM_PER_CPU:
        read_size(o, &r->mem_per_cpu_mb, f);
        return;
    case REQUEST_TMP:
        read_size(o, &r->tmp_mb, f);
        return;
    case REQUEST_TIME:
        read_time(o, &r->time_min, f);
        return;
    case REQUEST_TIME_MIN:
        read_time(o, &r->time_least_min, f);
        return;
    case REQUEST_NODES:
        read_nodes(o, r, f);
        return;
    case REQUEST_EXTRA_NODE_INFO:
        read_layout(o, r, f);
        return;
    case REQUEST_ARRAY:
        read_array(o, r, f);
        return;
    case REQUEST_EXCLUSIVE:
        read_exclusive(o, r, f);
        return;
    case REQUEST_OVERCOMMIT:
        r->overcommit = true;
        return;
    default:
        return;
    }
}

/* sbatch refuses two of these together, wherever they stand; one from the environment gives way
   (slurm_opt.c, _validate_memory_options()). */
static void check_memory(struct request *r, struct findings *f)
{
    static const enum request_key keys[] = {REQUEST_MEM, REQUEST_MEM_PER_CPU, REQUEST_MEM_PER_GPU};
    const struct request_option *first = NULL;
    bool given[KF_LEN(keys)] = {false};

    for (size_t i = 0; i < KF_LEN(keys); i++) {
        const struct request_option *o = request_option(r, keys[i]);

        if (o == NULL || o->source == REQUEST_FROM_ENVIRONMENT)
            continue;
        if (first)
            findings_add(f, FINDING_REFUSED, KF_MAX(o->line, first->line),
                "--%s and --%s exclude each other", first->name, o->name);
        first = o;
        given[i] = true;
    }
    if (given[0])
        r->mem_per_cpu_mb = 0;
    else if (given[1]) {
        r->mem_mb = 0;
        r->mem_all = false;
    }
}

static void check_together(struct request *r, struct findings *f)
{
    check_memory(r, f);
    if (r->time_least_min && r->time_min && r->time_least_min > r->time_min)
        findings_add(f, FINDING_REFUSED, 0, "--time-min is longer than --time");
    else if (r->time_least_min == REQUEST_UNLIMITED && r->time_min == 0)
        findings_add(f, FINDING_REFUSED, 0, "--time-min is longer than any limit");
}

/* Each value is read, the overruled ones only for what is wrong with them. An array's indices are the
   exception: sbatch hands the last ones on to the controller, unread. */
static void read_numbers(struct request *r, struct findings *f)
{
    struct request unused = {0};

    for (uint32_t i = 0; i < r->count; i++) {
        const struct request_option *o = &r->options[i];

        if (!o->overruled || o->key != REQUEST_ARRAY)
            read_number(o, o->overruled ? &unused : r, f);
    }
}

void request_read(struct request *r, const struct batch *script, char *const *environment,
    const char *const *argv, struct findings *findings)
{
    struct reading reading = {.request = r, .findings = findings};

    *r = (struct request){0};
    read_script(&reading, script);
    read_environment(&reading, environment);
    reading.source = REQUEST_FROM_COMMAND_LINE;
    while (argv && *argv) {
        int words = take_option(&reading, argv[0], argv[1]);

        argv += argv[1] ? words : 1;
    }
    read_numbers(r, findings);
    check_together(r, findings);
}

void request_release(struct request *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        free(r->options[i].value);
    free(r->options);
    *r = (struct request){0};
}

const struct request_option *request_option(const struct request *r, enum request_key key)
{
    for (uint32_t i = r->count; i-- > 0;)
        if (r->options[i].key == key && !r->options[i].overruled)
            return &r->options[i];
    return NULL;
}

const char *request_value(const struct request *r, enum request_key key)
{
    const struct request_option *o = request_option(r, key);

    return o ? o->value : NULL;
}
