/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "backend/logrule_impl.h"
#include "base/alloc.h"

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
            logrule_span_names[kind], (int)n, got);
    if (want && got == NULL)
        return diag_at(
            d, -EINVAL, r->file, s->line, "the sample gives no %s", logrule_span_names[kind]);
    if (want && (strlen(want) != n || memcmp(want, got, n) != 0))
        return diag_at(d, -EINVAL, r->file, s->line, "the sample gives %s = \"%.*s\", not \"%s\"",
            logrule_span_names[kind], (int)n, got, want);
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

int logrule_check(const struct logrule_set *set, struct diag *d)
{
    int err = 0;

    for (int i = 0; !err && i < set->count; i++)
        err = check_samples(set, i, d);
    for (int i = 0; !err && i < set->count; i++)
        if (!set->rules[i].trusted)
            err = check_cost(set, &set->rules[i], d);
    return err;
}
