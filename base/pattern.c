/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* A row of a table or a line of a log is short: what needs more steps than this never ends well. */
#define MATCH_LIMIT 20000
#define DEPTH_LIMIT 1000

struct pattern {
    pcre2_code *code;
    pcre2_match_context *context;
    pcre2_match_data *match;
};

static bool has_capital(const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' && text[1]) /* \S is no letter */
            text++;
        else if (*text >= 'A' && *text <= 'Z')
            return true;
    }
    return false;
}

struct pattern *pattern_new(const char *text, struct diag *d)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
    struct pattern *p;
    pcre2_code *code;
    PCRE2_SIZE offset;
    char words[256];
    int error;

    if (!has_capital(text))
        options |= PCRE2_CASELESS;
    code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &error, &offset, NULL);
    if (code == NULL) {
        pcre2_get_error_message(error, (PCRE2_UCHAR *)words, sizeof(words));
        diag_set(d, -EINVAL, "the pattern \"%s\" is wrong after \"%.*s\": %s", text, (int)offset,
            text, words);
        return NULL;
    }
    (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it, it is only slower */
    p = xcalloc(1, sizeof(*p));
    p->code = code;
    p->context = pcre2_match_context_create(NULL);
    p->match = pcre2_match_data_create(1, NULL);
    if (p->context == NULL || p->match == NULL)
        abort();
    pcre2_set_match_limit(p->context, MATCH_LIMIT);
    pcre2_set_depth_limit(p->context, DEPTH_LIMIT);
    return p;
}

struct pattern *pattern_free(struct pattern *p)
{
    if (p) {
        pcre2_match_data_free(p->match);
        pcre2_match_context_free(p->context);
        pcre2_code_free(p->code);
    }
    free(p);
    return NULL;
}

int pattern_find(const struct pattern *p, const char *text, size_t len, size_t from,
    size_t *ret_start, size_t *ret_end)
{
    const PCRE2_SIZE *at;
    int n = pcre2_match(p->code, (PCRE2_SPTR)text, len, from, 0, p->match, p->context);

    if (n == PCRE2_ERROR_NOMATCH)
        return 0;
    if (n < 0)
        return -ELOOP;
    at = pcre2_get_ovector_pointer(p->match);
    if (ret_start)
        *ret_start = at[0];
    if (ret_end)
        *ret_end = at[1];
    return 1;
}
