/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads rules from a file or a text, key by key. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/logrule_impl.h"
#include "base/alloc.h"
#include "base/conf.h"

static const char *const level_names[] = {
    [LOG_TEXT] = "text",
    [LOG_STEP] = "step",
    [LOG_CONTEXT] = "context",
    [LOG_PROGRESS] = "progress",
    [LOG_WARNING] = "warning",
    [LOG_MAKE] = "make",
    [LOG_SLURM] = "slurm",
    [LOG_ERROR] = "error",
};
_Static_assert(KF_LEN(level_names) == LOG_LEVEL_COUNT, "a name for every level");

const char *const logrule_span_names[] = {
    [LOG_SPAN_TAG] = "tag",
    [LOG_SPAN_TARGET] = "target",
    [LOG_SPAN_SOURCE] = "source",
    [LOG_SPAN_MESSAGE] = "message",
    [LOG_SPAN_FLAG] = "flag",
};
_Static_assert(KF_LEN(logrule_span_names) == LOG_SPAN_COUNT, "a name for every span");

static const char *const cause_names[] = {
    [CAUSE_NONE] = "none",
    [CAUSE_COMPILE] = "compile",
    [CAUSE_LINK] = "link",
    [CAUSE_MODPOST] = "modpost",
    [CAUSE_CONFIG] = "config",
    [CAUSE_MAKE] = "make",
    [CAUSE_MISSING_TOOL] = "missing-tool",
    [CAUSE_OOM] = "oom",
    [CAUSE_DISK_FULL] = "disk-full",
    [CAUSE_QUOTA] = "quota",
    [CAUSE_TIME_LIMIT] = "time-limit",
    [CAUSE_CANCELLED] = "cancelled",
    [CAUSE_NODE_FAIL] = "node-fail",
    [CAUSE_PREEMPTED] = "preempted",
    [CAUSE_INTERNAL_COMPILER_ERROR] = "internal-compiler-error",
    [CAUSE_IO_ERROR] = "io-error",
    [CAUSE_SCRIPT] = "script",
};
_Static_assert(KF_LEN(cause_names) == CAUSE_COUNT, "a name for every cause");

static const char *const part_names[] = {
    [PART_ITSELF] = "itself",
    [PART_NEXT] = "next",
    [PART_LAST] = "last",
    [PART_ECHO] = "echo",
    [PART_SUCCESS] = "success",
    [PART_FAILURE] = "failure",
    [PART_STOPPED] = "stopped",
    [PART_REQUEUED] = "requeued",
    [PART_BEGINS] = "begins",
    [PART_ENDED] = "ended",
    [PART_PLACE] = "place",
    [PART_TARGETS] = "targets",
};
_Static_assert(KF_LEN(part_names) == PART_COUNT, "a name for every part");

const char *log_cause_name(enum log_cause cause)
{
    return cause_names[cause];
}

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

int logrule_find_name(const char *const names[], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

/* The value without the double quotes around it, if there are any. */
static const char *unquote(const char *value, size_t *ret_n)
{
    size_t n = strlen(value);

    if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
        value++;
        n -= 2;
    }
    *ret_n = n;
    return value;
}

/* The rule that a key of section `name` belongs to: the last one, or a new one. NULL on error. */
static struct rule *open_rule(
    struct logrule_set *set, const char *name, int line, struct diag *d, int *ret_err)
{
    struct rule *r;

    if (set->count && strcmp(set->rules[set->count - 1].name, name) == 0)
        return &set->rules[set->count - 1];
    *ret_err = -EINVAL;
    if (*name == '\0') {
        diag_set(d, 0, "a key before the first [rule]");
        return NULL;
    }
    for (int i = 0; i < set->count; i++) {
        if (strcmp(set->rules[i].name, name) == 0) {
            diag_set(d, 0, "there is already a rule [%s] (%s:%d)", name, set->rules[i].file,
                set->rules[i].line);
            return NULL;
        }
    }
    if (set->count == LOGRULE_MAX) {
        diag_set(d, 0, "more than %d rules", LOGRULE_MAX);
        return NULL;
    }
    r = &set->rules[set->count++];
    *r = (struct rule){.name = xstrdup(name),
        .file = set->files[set->file_count - 1],
        .line = line,
        .pattern = {.max = PATTERN_MAX}};
    return r;
}

/* One of a list of names that a rule may have, for `key`; what may be said is told in the order of the
   list. */
static int set_name(const char *key, const char *const names[], int count, const char *value,
    int *out, struct diag *d)
{
    int n = logrule_find_name(names, (size_t)count, value);
    struct buf all = BUF_INIT;

    if (n >= 0) {
        *out = n;
        return 0;
    }
    for (int i = 0; i < count; i++)
        buf_addf(&all, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", names[i]);
    diag_set(d, -EINVAL, "%s \"%s\": must be %s", key, value, buf_str(&all));
    buf_release(&all);
    return -EINVAL;
}

static int set_level(struct rule *r, const char *value, struct diag *d)
{
    int level = 0, err = set_name("level", level_names, LOG_LEVEL_COUNT, value, &level, d);

    if (err)
        return err;
    if (r->has_level)
        return diag_set(d, -EEXIST, "[%s] has a level already", r->name);
    r->level = (enum log_level)level;
    r->has_level = true;
    return 0;
}

static int set_cause(struct rule *r, const char *value, struct diag *d)
{
    int cause = 0, err = set_name("cause", cause_names, CAUSE_COUNT, value, &cause, d);

    if (!err)
        r->cause = (enum log_cause)cause;
    return err;
}

static int set_part(struct rule *r, const char *value, struct diag *d)
{
    int part = 0, err = set_name("part", part_names, PART_COUNT, value, &part, d);

    if (!err)
        r->part = (enum log_part)part;
    return err;
}

static int set_literal(
    const struct rule *r, const char *key, char **out, const char *p, size_t n, struct diag *d)
{
    if (*out)
        return diag_set(d, -EEXIST, "[%s] has a %s already", r->name, key);
    if (n == 0)
        return diag_set(d, -EINVAL, "an empty %s", key);
    *out = xmemdup0(p, n);
    return 0;
}

static int add_anchor(
    struct logrule_set *set, struct rule *r, const char *p, size_t n, struct diag *d)
{
    if (n == 0)
        return diag_set(d, -EINVAL, "an empty anchor");
    r->anchored = true;
    if (anchors_add(set->anchors, p, n, (unsigned)(r - set->rules)))
        return diag_set(d, -E2BIG, "all anchors together exceed %d bytes", ANCHORS_STATES_MAX);
    return 0;
}

static int add_sample(struct rule *r, const char *p, size_t n, int line, struct diag *d)
{
    struct sample *s = &r->sample[r->samples];

    if (r->samples == SAMPLES_MAX)
        return diag_set(d, -E2BIG, "more than %d samples", SAMPLES_MAX);
    r->samples++;
    s->text = xmemdup0(p, n);
    s->line = line;
    return 0;
}

static int add_expected(struct rule *r, int kind, const char *p, size_t n, struct diag *d)
{
    char **expected;

    if (r->samples == 0)
        return diag_set(d, -EINVAL, "\"%s\" says what a sample gives: put it below a sample",
            logrule_span_names[kind]);
    expected = &r->sample[r->samples - 1].expected[kind];
    if (*expected)
        return diag_set(d, -EEXIST, "the sample has a \"%s\" already", logrule_span_names[kind]);
    *expected = xmemdup0(p, n);
    return 0;
}

static int on_pair(
    void *user, const char *section, const char *key, const char *value, int line, struct diag *d)
{
    struct logrule_set *set = user;
    size_t n;
    const char *p = unquote(value, &n);
    int err = 0, kind;
    struct rule *r = open_rule(set, section, line, d, &err);

    if (r == NULL)
        return err;
    if (strcmp(key, "level") == 0)
        return set_level(r, value, d);
    if (strcmp(key, "cause") == 0)
        return set_cause(r, value, d);
    if (strcmp(key, "part") == 0)
        return set_part(r, value, d);
    if (strcmp(key, "head") == 0) {
        r->head = strcmp(value, "yes") == 0;
        return r->head || strcmp(value, "no") == 0
                   ? 0
                   : diag_set(d, -EINVAL, "head \"%s\": must be yes or no", value);
    }
    if (strcmp(key, "tool") == 0 && r->tool == NULL) {
        r->tool = xmemdup0(p, n);
        return 0;
    }
    if (strcmp(key, "start") == 0)
        return set_literal(r, key, &r->start, p, r->start_len = n, d);
    if (strcmp(key, "behind") == 0)
        return set_literal(r, key, &r->behind, p, n, d);
    if (strcmp(key, "anchor") == 0)
        return add_anchor(set, r, p, n, d);
    if (strcmp(key, "sample") == 0)
        return add_sample(r, p, n, line, d);
    if (strcmp(key, "pattern") == 0) {
        r->pattern_line = line;
        return buf_add(&r->pattern, p, n)
                   ? 0
                   : diag_set(d, -E2BIG, "a pattern longer than %u bytes", PATTERN_MAX);
    }
    kind = logrule_find_name(logrule_span_names, LOG_SPAN_COUNT, key);
    if (kind < 0)
        return diag_set(d, -EINVAL,
            "unknown key \"%s\": level, tool, cause, part, head, behind, start, anchor, pattern, "
            "sample, or below a sample tag, target, source, message, flag",
            key);
    return add_expected(r, kind, p, n, d);
}

static int begin_file(struct logrule_set *set, const char *name, struct diag *d)
{
    if (set->file_count == (int)KF_LEN(set->files))
        return diag_set(d, -E2BIG, "%s: more than %zu files of rules", name, KF_LEN(set->files));
    set->files[set->file_count++] = xstrdup(name);
    return 0;
}

int logrule_set_add(
    struct logrule_set *set, const char *name, const char *text, size_t len, struct diag *d)
{
    int err = begin_file(set, name, d);

    return err ? err : conf_parse(name, text, len, on_pair, set, d);
}

int logrule_set_add_file(struct logrule_set *set, const char *path, struct diag *d)
{
    int err = begin_file(set, path, d);

    return err ? err : conf_parse_file(path, on_pair, set, d);
}
