/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of backend/logrule.h. Byte 0 says what the rest is: a line of a log for the rules that
 * come with the program, or a rules file, whose rules, if it is accepted, are tried on its own text.
 * Aborts if a promise of logrule.h is broken.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backend/logrule.h"
#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void check_line(const struct logrule_set *set, const char *p, size_t n)
{
    struct log_match m;
    uint32_t before = 0;

    logrule_match(set, p, n, &m);
    must((int)m.level >= 0 && m.level < LOG_LEVEL_COUNT);
    must(m.rule >= -1 && m.rule < logrule_count(set));
    must(m.rule >= 0 || (m.level == LOG_TEXT && m.spans == 0));
    must(m.spans <= LOG_SPANS_MAX);
    for (int i = 0; i < m.spans; i++) {
        must(m.span[i].start >= before);
        must(m.span[i].start + m.span[i].len <= KF_MIN(n, (size_t)LOG_LINE_MAX));
        must((int)m.span[i].kind >= 0 && m.span[i].kind < LOG_SPAN_COUNT);
        before = m.span[i].start;
    }
}

static void check_file(const char *p, size_t n)
{
    struct logrule_set *set = logrule_set_new();
    struct diag d = DIAG_INIT;
    int err = logrule_set_add(set, "fuzz", p, n, &d);

    if (!err)
        err = logrule_set_ready(set, &d);
    must(err <= 0);
    must(!err == !d.text[0]);
    if (!err)
        check_line(set, p, n);
    logrule_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct logrule_set *builtin; /* read once: it is most of the time of a run */
    struct diag d;

    if (size < 1)
        return 0;
    if (builtin == NULL)
        builtin = logrule_set_builtin(&d);
    must(builtin != NULL);
    if (data[0] & 1)
        check_file((const char *)data + 1, size - 1);
    else
        check_line(builtin, (const char *)data + 1, size - 1);
    return 0;
}
