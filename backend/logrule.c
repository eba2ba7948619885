/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logrule.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <glob.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "backend/anchors.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/conf.h"
#include "base/path.h"

#define SAMPLES_MAX 16
#define PATTERN_MAX 4096u
#define GROUPS_MAX  16
/* A line of 4 KiB matched in linear time needs far less; only a bad pattern gets there. */
#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 1000

_Static_assert(LOGRULE_MAX <= ANCHORS_IDS, "a rule's number is its anchors' id");
_Static_assert(LOG_SPAN_COUNT <= LOG_SPANS_MAX, "every group finds room in a match");

struct sample {
    char *text;
    char *expected[LOG_SPAN_COUNT]; /* NULL: the group must catch nothing */
    int line;
};

struct rule {
    char *name;
    const char *file;
    int line; /* of its first key */
    enum log_level level;
    bool has_level;
    char *tool; /* NULL: not said */
    enum log_cause cause;
    enum log_part part;
    bool head;
    char *start;
    size_t start_len;
    bool anchored;
    struct buf pattern;
    int pattern_line;
    struct sample sample[SAMPLES_MAX];
    size_t samples;
    pcre2_code *code;
    uint8_t groups; /* of those with a name: number and kind */
    struct {
        uint16_t number;
        enum log_span kind;
    } group[GROUPS_MAX];
};

struct logrule_set {
    struct rule *rules;
    int count;
    int heads; /* the rules before this one say that their head decides: nothing before them can differ */
    int lead; /* the first so many rules have no anchor: they are tried before the line is scanned */
    struct anchors_set always; /* the rules behind them that have none either */
    char *files[64];
    int file_count;
    struct anchors *anchors;
    pcre2_compile_context *compile_context;
    pcre2_match_context *match_context;
    pcre2_match_data *match_data;
};

/* Embedded by the build from rules/kernel.rules. */
extern const char builtin_kernel_rules[];
extern const unsigned builtin_kernel_rules_len;

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

static const char *const span_names[] = {
    [LOG_SPAN_TAG] = "tag",
    [LOG_SPAN_TARGET] = "target",
    [LOG_SPAN_SOURCE] = "source",
    [LOG_SPAN_MESSAGE] = "message",
    [LOG_SPAN_FLAG] = "flag",
};
_Static_assert(KF_LEN(span_names) == LOG_SPAN_COUNT, "a name for every span");

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

static int find_name(const char *const names[], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

struct logrule_set *logrule_set_new(void)
{
    struct logrule_set *set = xcalloc(1, sizeof(*set));

    set->rules = xcalloc(LOGRULE_MAX, sizeof(*set->rules));
    set->anchors = anchors_new();
    return set;
}

static void release_rule(struct rule *r)
{
    free(r->name);
    free(r->start);
    free(r->tool);
    buf_release(&r->pattern);
    for (size_t i = 0; i < r->samples; i++) {
        free(r->sample[i].text);
        for (size_t k = 0; k < LOG_SPAN_COUNT; k++)
            free(r->sample[i].expected[k]);
    }
    pcre2_code_free(r->code);
}

struct logrule_set *logrule_set_free(struct logrule_set *set)
{
    if (set == NULL)
        return NULL;
    for (int i = 0; i < set->count; i++)
        release_rule(&set->rules[i]);
    free(set->rules);
    for (int i = 0; i < set->file_count; i++)
        free(set->files[i]);
    anchors_free(set->anchors);
    pcre2_match_data_free(set->match_data);
    pcre2_match_context_free(set->match_context);
    pcre2_compile_context_free(set->compile_context);
    free(set);
    return NULL;
}

/* ---- reading ---- */

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
    int n = find_name(names, (size_t)count, value);
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

static int set_start(struct rule *r, const char *p, size_t n, struct diag *d)
{
    if (r->start)
        return diag_set(d, -EEXIST, "[%s] has a start already", r->name);
    if (n == 0)
        return diag_set(d, -EINVAL, "an empty start");
    r->start = xmemdup0(p, n);
    r->start_len = n;
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
        return diag_set(
            d, -EINVAL, "\"%s\" says what a sample gives: put it below a sample", span_names[kind]);
    expected = &r->sample[r->samples - 1].expected[kind];
    if (*expected)
        return diag_set(d, -EEXIST, "the sample has a \"%s\" already", span_names[kind]);
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
        return set_start(r, p, n, d);
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
    kind = find_name(span_names, LOG_SPAN_COUNT, key);
    if (kind < 0)
        return diag_set(d, -EINVAL,
            "unknown key \"%s\": level, tool, cause, part, head, start, anchor, pattern, sample, "
            "or "
            "below "
            "a sample tag, target, source, message, flag",
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

/* ---- compiling ---- */

static int check_groups(struct rule *r, struct diag *d)
{
    uint32_t n, size;
    PCRE2_SPTR table;

    pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &n);
    pcre2_pattern_info(r->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &table);
    for (uint32_t i = 0; i < n; i++, table += size) {
        const char *name = (const char *)table + 2;
        int kind = find_name(span_names, LOG_SPAN_COUNT, name);

        if (kind < 0)
            return diag_at(d, -EINVAL, r->file, r->pattern_line,
                "unknown group \"%s\": tag, target, source, message, flag", name);
        if (r->groups == GROUPS_MAX)
            return diag_at(d, -E2BIG, r->file, r->pattern_line, "too many named groups");
        r->group[r->groups].number = (uint16_t)(table[0] << 8 | table[1]);
        r->group[r->groups].kind = (enum log_span)kind;
        r->groups++;
    }
    return 0;
}

static int compile(struct logrule_set *set, struct rule *r, struct diag *d)
{
    const uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |
                             PCRE2_DOLLAR_ENDONLY | PCRE2_DOTALL;
    int code;
    PCRE2_SIZE offset;
    PCRE2_UCHAR words[128];
    const char *missing = r->pattern.len == 0         ? "a pattern"
                          : !r->has_level             ? "a level"
                          : !r->start && !r->anchored ? "a start or an anchor"
                          : r->samples == 0           ? "a sample"
                                                      : NULL;

    if (missing)
        return diag_at(d, -EINVAL, r->file, r->line, "the rule [%s] lacks %s", r->name, missing);
    r->code = pcre2_compile(
        (PCRE2_SPTR)r->pattern.p, r->pattern.len, options, &code, &offset, set->compile_context);
    if (r->code == NULL) {
        pcre2_get_error_message(code, words, sizeof(words));
        return diag_at(d, -EINVAL, r->file, r->pattern_line,
            "the pattern of [%s], at its character %zu: %s", r->name, (size_t)offset + 1,
            (const char *)words);
    }
    /* Where memory may not be executed there is no JIT; the interpreter gives the same results. */
    (void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
    return check_groups(r, d);
}

static int check_span(const struct rule *r, const struct sample *s, const struct log_match *m,
    int kind, struct diag *d)
{
    const char *want = s->expected[kind];
    const char *got = NULL;
    size_t n = 0;

    for (int i = 0; i < m->spans; i++) {
        if ((int)m->span[i].kind == kind) {
            got = s->text + m->span[i].start;
            n = m->span[i].len;
        }
    }
    if (want == NULL && got)
        return diag_at(d, -EINVAL, r->file, s->line, "the sample also gives %s = \"%.*s\"",
            span_names[kind], (int)n, got);
    if (want && got == NULL)
        return diag_at(d, -EINVAL, r->file, s->line, "the sample gives no %s", span_names[kind]);
    if (want && (strlen(want) != n || memcmp(want, got, n) != 0))
        return diag_at(d, -EINVAL, r->file, s->line, "the sample gives %s = \"%.*s\", not \"%s\"",
            span_names[kind], (int)n, got, want);
    return 0;
}

static int check_samples(const struct logrule_set *set, int number, struct diag *d)
{
    const struct rule *r = &set->rules[number];

    for (size_t i = 0; i < r->samples; i++) {
        const struct sample *s = &r->sample[i];
        struct log_match m;
        int err = 0;

        logrule_match(set, s->text, strlen(s->text), &m);
        if (m.rule >= 0 && m.rule < number)
            return diag_at(d, -EINVAL, r->file, s->line,
                "the earlier rule [%s] takes this sample of [%s]", logrule_name(set, m.rule),
                r->name);
        if (m.rule != number)
            return diag_at(
                d, -EINVAL, r->file, s->line, "[%s] does not match its own sample", r->name);
        for (int kind = 0; !err && kind < LOG_SPAN_COUNT; kind++)
            err = check_span(r, s, &m, kind, d);
        if (err)
            return err;
    }
    return 0;
}

/* Whether a rule's pattern gives up on a line of the greatest length that begins with the sample, without its
   last byte, and goes on with `with` again and again. */
static bool runs_away(const struct logrule_set *set, const struct rule *r, const char *sample,
    const char *with, size_t n)
{
    char line[LOG_LINE_MAX];
    size_t len = KF_MIN(strlen(sample), sizeof(line) / 2);
    int rc;

    len -= len > 0;
    memcpy(line, sample, len);
    for (size_t i = 0; len + i < sizeof(line); i++)
        line[len + i] = with[i % n];
    line[sizeof(line) - 1] = '\1'; /* so that it does not match in the end */
    rc = pcre2_match(
        r->code, (PCRE2_SPTR)line, sizeof(line), 0, 0, set->match_data, set->match_context);
    return rc < 0 && rc != PCRE2_ERROR_NOMATCH;
}

static int check_cost(const struct logrule_set *set, const struct rule *r, struct diag *d)
{
    static const char *const withs[] = {
        "a", "1", " ", ":", "/", "a ", "a:", "a.", "a,", "- ", "a/b:1:"};

    for (size_t i = 0; i < r->samples; i++) {
        const struct sample *s = &r->sample[i];
        bool away = s->text[0] && runs_away(set, r, s->text, s->text, strlen(s->text));

        for (size_t k = 0; k < KF_LEN(withs) && !away; k++)
            away = runs_away(set, r, s->text, withs[k], strlen(withs[k]));
        if (away)
            return diag_at(d, -ELOOP, r->file, r->pattern_line,
                "the pattern of [%s] runs away: on a line of %d bytes that begins like its sample "
                "it tries more than %d ways; say what it repeats more narrowly, or with ++ and *+",
                r->name, LOG_LINE_MAX, MATCH_LIMIT);
    }
    return 0;
}

int logrule_set_ready(struct logrule_set *set, struct diag *d)
{
    int err = 0;

    set->compile_context = pcre2_compile_context_create(NULL);
    set->match_context = pcre2_match_context_create(NULL);
    set->match_data = pcre2_match_data_create(GROUPS_MAX, NULL);
    if (!set->compile_context || !set->match_context || !set->match_data)
        return diag_set(d, -ENOMEM, "out of memory");
    pcre2_set_match_limit(set->match_context, MATCH_LIMIT);
    pcre2_set_depth_limit(set->match_context, DEPTH_LIMIT);
    for (int i = 0; !err && i < set->count; i++)
        err = compile(set, &set->rules[i], d);
    if (err)
        return err;
    anchors_build(set->anchors);
    while (set->heads < set->count && set->rules[set->heads].head)
        set->heads++;
    while (set->lead < set->count && !set->rules[set->lead].anchored)
        set->lead++;
    for (int i = set->lead; i < set->count; i++)
        if (!set->rules[i].anchored)
            set->always.bits[i / 64] |= UINT64_C(1) << i % 64;
    for (int i = 0; !err && i < set->count; i++)
        err = check_samples(set, i, d);
    for (int i = 0; !err && i < set->count; i++)
        err = check_cost(set, &set->rules[i], d);
    return err;
}

struct logrule_set *logrule_set_builtin(struct diag *d)
{
    struct logrule_set *set = logrule_set_new();

    if (logrule_set_add(set, "kernel.rules", builtin_kernel_rules, builtin_kernel_rules_len, d) ||
        logrule_set_ready(set, d))
        return logrule_set_free(set);
    return set;
}

static int add_user_files(struct logrule_set *set, struct diag *d)
{
    char pattern[4096];
    glob_t found = {0};
    int err = 0;

    path_xdg("XDG_CONFIG_HOME", ".config", "kfarm-top/rules/*.rules", pattern, sizeof(pattern));
    if (pattern[0] && glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && !err; i++)
            err = logrule_set_add_file(set, found.gl_pathv[i], d);
    globfree(&found);
    return err;
}

struct logrule_set *logrule_set_load(struct diag *d)
{
    struct logrule_set *set = logrule_set_new();

    if (add_user_files(set, d) ||
        logrule_set_add(set, "kernel.rules", builtin_kernel_rules, builtin_kernel_rules_len, d) ||
        logrule_set_ready(set, d))
        return logrule_set_free(set);
    return set;
}

/* ---- matching ---- */

static void add_span(struct log_match *m, enum log_span kind, size_t start, size_t end)
{
    struct log_match_span span = {
        .start = (uint32_t)start, .len = (uint32_t)(end - start), .kind = kind};
    struct log_match_span *at = m->span + m->spans;

    if (m->spans == LOG_SPANS_MAX)
        return;
    for (; at > m->span &&
           (at[-1].start > span.start || (at[-1].start == span.start && at[-1].len < span.len));
         at--)
        *at = at[-1];
    *at = span;
    m->spans++;
}

static bool try_rule(
    const struct logrule_set *set, int number, const char *text, size_t len, struct log_match *out)
{
    const struct rule *r = &set->rules[number];
    const PCRE2_SIZE *v;
    int groups;

    if (r->start &&
        (len < r->start_len || text[0] != r->start[0] || memcmp(text, r->start, r->start_len) != 0))
        return false;
    groups = pcre2_match(r->code, (PCRE2_SPTR)text, len, 0, 0, set->match_data, set->match_context);
    if (groups < 0)
        return false;
    if (groups == 0)
        groups = GROUPS_MAX; /* there are more than we keep */
    v = pcre2_get_ovector_pointer(set->match_data);
    out->level = r->level;
    out->rule = number;
    for (int i = 0; i < r->groups; i++) {
        int g = r->group[i].number;

        if (g < groups && v[2 * g] != PCRE2_UNSET && v[2 * g] <= v[2 * g + 1])
            add_span(out, r->group[i].kind, v[2 * g], v[2 * g + 1]);
    }
    return true;
}

void logrule_match(
    const struct logrule_set *set, const char *text, size_t len, struct log_match *out)
{
    struct anchors_set found;

    out->level = LOG_TEXT;
    out->spans = 0;
    out->rule = -1;
    len = KF_MIN(len, (size_t)LOG_LINE_MAX);
    for (int i = 0; i < set->lead; i++)
        if (try_rule(set, i, text, len, out))
            return;
    if (set->lead == set->count)
        return;
    found = anchors_find(set->anchors, text, len);
    for (size_t w = 0; w < KF_LEN(found.bits); w++) {
        uint64_t may = found.bits[w] | set->always.bits[w];

        for (; may; may &= may - 1)
            if (try_rule(set, (int)w * 64 + __builtin_ctzll(may), text, len, out))
                return;
    }
}

const struct log_match_span *log_match_span(const struct log_match *m, enum log_span kind)
{
    for (int i = 0; i < m->spans; i++)
        if (m->span[i].kind == kind)
            return &m->span[i];
    return NULL;
}

const char *logrule_name(const struct logrule_set *set, int rule)
{
    return rule >= 0 && rule < set->count ? set->rules[rule].name : "";
}

struct logrule_info logrule_info(const struct logrule_set *set, int rule)
{
    const struct rule *r = rule >= 0 && rule < set->count ? &set->rules[rule] : NULL;

    if (r == NULL)
        return (struct logrule_info){.name = "", .tool = ""};
    return (struct logrule_info){.name = r->name,
        .tool = r->tool ? r->tool : "",
        .cause = r->cause,
        .part = r->part,
        .head = r->head && rule < set->heads};
}

int logrule_count(const struct logrule_set *set)
{
    return set->count;
}
