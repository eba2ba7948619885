/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/logrule.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "backend/logrule_impl.h"
#include "base/alloc.h"
#include "base/path.h"

/* Embedded by the build from rules/kernel.rules. */
extern const char builtin_kernel_rules[];
extern const unsigned builtin_kernel_rules_len;

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
    free(r->behind);
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
        int kind = logrule_find_name(logrule_span_names, LOG_SPAN_COUNT, name);

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
                          : r->behind && !r->head     ? "head = yes, as it has a behind"
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
    return logrule_check(set, d);
}

static int add_builtin(struct logrule_set *set, struct diag *d)
{
    int first = set->count;
    int err =
        logrule_set_add(set, "kernel.rules", builtin_kernel_rules, builtin_kernel_rules_len, d);

    for (int i = first; i < set->count; i++)
        set->rules[i].trusted = true;
    return err;
}

struct logrule_set *logrule_set_builtin(struct diag *d)
{
    struct logrule_set *set = logrule_set_new();

    if (add_builtin(set, d) || logrule_set_ready(set, d))
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

    if (add_user_files(set, d) || add_builtin(set, d) || logrule_set_ready(set, d))
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
    out->part = r->part;
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
    out->part = PART_ITSELF;
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
        .head = r->head && rule < set->heads,
        .behind = r->behind};
}

int logrule_count(const struct logrule_set *set)
{
    return set->count;
}
