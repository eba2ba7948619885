/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules: real logs, each with its counts beside it (logs/NAME.log, logs/NAME.expect), and every
 * kind of rules file that must be refused, with the words it must be refused with.
 */
#include "backend/logrule.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/anchors.h"
#include "backend/logcount.h"
#include "base/alloc.h"
#include "base/clock.h"

/* The logs lie beside this file, wherever the tests are run from. */
static void logs_path(char *out, size_t size, const char *name)
{
    const char *slash = strrchr(__FILE__, '/');
    int n = slash ? (int)(slash - __FILE__) : 1;

    snprintf(out, size, "%.*s/logs/%s", n, slash ? __FILE__ : ".", name);
}

static char *read_file(const char *path, size_t *ret_n)
{
    FILE *f = fopen(path, "re");
    char *p = xcalloc(1, 1 << 20);

    if (f == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    *ret_n = fread(p, 1, (1 << 20) - 1, f);
    fclose(f);
    return p;
}

static struct logrule_set *builtin(void)
{
    struct diag d = DIAG_INIT;
    struct logrule_set *set = logrule_set_builtin(&d);

    if (set == NULL)
        fail_msg("%s", d.text);
    return set;
}

/* ---- real logs ---- */

struct tally {
    struct logcount count;
    int rule[LOGRULE_MAX];
};

static void tally_log(const struct logrule_set *set, const char *p, size_t n, struct tally *t)
{
    const char *end = p + n;

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;
        struct log_match m;

        logrule_match(set, p, (size_t)(stop - p), &m);
        logcount_add(&t->count, p, &m);
        if (m.rule >= 0)
            t->rule[m.rule]++;
        p = stop + 1;
    }
}

static int64_t found(
    const struct logrule_set *set, const struct tally *t, const char *kind, const char *name)
{
    if (strcmp(kind, "level") == 0)
        for (int i = 0; i < LOG_LEVEL_COUNT; i++)
            if (strcmp(log_level_name((enum log_level)i), name) == 0)
                return t->count.level[i];
    if (strcmp(kind, "tag") == 0)
        for (int i = 0; i < t->count.tags; i++)
            if (strcmp(t->count.tag[i].name, name) == 0)
                return t->count.tag[i].n;
    if (strcmp(kind, "rule") == 0)
        for (int i = 0; i < logrule_count(set); i++)
            if (strcmp(logrule_name(set, i), name) == 0)
                return t->rule[i];
    return -1;
}

/* Every level that has lines must be expected, so that nothing is recognised by mistake. */
static void check_expectations(
    const struct logrule_set *set, const struct tally *t, const char *path, const char *name)
{
    char line[128], kind[16], what[32];
    bool listed[LOG_LEVEL_COUNT] = {false};
    FILE *f = fopen(path, "re");
    int n;

    if (f == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof(line), f)) {
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "%15s %31s %d", kind, what, &n), 3);
        if (found(set, t, kind, what) != n)
            fail_msg("%s: %s %s: %lld, expected %d", name, kind, what,
                (long long)found(set, t, kind, what), n);
        for (int i = 0; i < LOG_LEVEL_COUNT && strcmp(kind, "level") == 0; i++)
            listed[i] |= strcmp(log_level_name((enum log_level)i), what) == 0;
    }
    fclose(f);
    for (int i = 0; i < LOG_LEVEL_COUNT; i++)
        if (!listed[i] && t->count.level[i])
            fail_msg("%s: %lld lines of level %s", name, (long long)t->count.level[i],
                log_level_name((enum log_level)i));
}

static void test_real_logs(void **state)
{
    struct logrule_set *set = builtin();
    char dir[512], path[1024];
    const struct dirent *e;
    int logs = 0;
    DIR *d;

    (void)state;
    logs_path(dir, sizeof(dir), "");
    d = opendir(dir);
    if (d == NULL) {
        fail_msg("%s: %s", dir, strerror(errno));
        return;
    }
    while ((e = readdir(d)) != NULL) {
        struct tally *t;
        size_t n, len = strlen(e->d_name);
        char *p;

        if (len < 4 || strcmp(e->d_name + len - 4, ".log") != 0)
            continue;
        t = xcalloc(1, sizeof(*t));
        snprintf(path, sizeof(path), "%s%s", dir, e->d_name);
        p = read_file(path, &n);
        tally_log(set, p, n, t);
        snprintf(path, sizeof(path), "%s%.*s.expect", dir, (int)(len - 4), e->d_name);
        check_expectations(set, t, path, e->d_name);
        logs++;
        free(p);
        free(t);
    }
    closedir(d);
    assert_true(logs >= 9);
    logrule_set_free(set);
}

/* ---- single lines ---- */

static const struct {
    const char *line;
    enum log_level level;
} lines[] = {
    {"", LOG_TEXT},
    {"  ", LOG_TEXT},
    {"  Selected by [y]:", LOG_TEXT},
    {"  Depends on [n]: NET [=n]", LOG_TEXT},
    {"   CC      a.o", LOG_TEXT},
    {" CC      a.o", LOG_TEXT},
    {"  CC", LOG_TEXT},
    {"  CC ", LOG_TEXT},
    {"  C       a.o", LOG_TEXT},
    {"*** Default configuration is based on 'defconfig'", LOG_TEXT},
    {"error", LOG_TEXT},
    {"no error: here", LOG_TEXT},
    {"make[1]: Entering directory '/srv/linux'", LOG_TEXT},
    {"make[1]: Nothing to be done for 'all'.", LOG_TEXT},
    {"gcc -Wall -Werror=return-type -c -o a.o a.c", LOG_TEXT},
    {"a.c:1:2: warning: x", LOG_WARNING},
    {"dir with blank/a.c:1:2: error: x", LOG_ERROR},
    {"a.c:1:2: note: x", LOG_CONTEXT},
    {"\xff\xfe.c:1: error: x", LOG_ERROR},
    {"cc1: some warnings being treated as errors", LOG_CONTEXT},
    {"2 warnings generated.", LOG_CONTEXT},
    {"make[7]: *** Deleting file 'x.o'", LOG_MAKE},
    {"/usr/bin/make: *** [all] Error 2", LOG_MAKE},
    {"slurmstepd", LOG_TEXT},
    {"slurmstepd: x", LOG_SLURM},
    {"srun: Force Terminated StepId=4.0", LOG_SLURM},
    {"ar: cannot write a.o: No space left on device", LOG_ERROR},
};

static void test_lines(void **state)
{
    struct logrule_set *set = builtin();

    (void)state;
    for (size_t i = 0; i < KF_LEN(lines); i++) {
        struct log_match m;

        logrule_match(set, lines[i].line, strlen(lines[i].line), &m);
        if (m.level != lines[i].level)
            fail_msg("\"%s\" is %s by [%s], expected %s", lines[i].line, log_level_name(m.level),
                logrule_name(set, m.rule), log_level_name(lines[i].level));
    }
    logrule_set_free(set);
}

/* A line of any length, with any bytes, in memory of just its size, is answered, and soon. */
static void test_hostile_lines(void **state)
{
    static const char *const fillers[] = {
        "error: ", "a:1: ", ":", " ", "\0", "make: *** [", "\xc3"};
    struct logrule_set *set = builtin();
    const size_t n = 3 * LOG_LINE_MAX;
    int64_t start = clock_cpu_us();

    (void)state;
    for (size_t f = 0; f < KF_LEN(fillers); f++) {
        char *p = test_malloc(n);
        size_t len = fillers[f][0] ? strlen(fillers[f]) : 1;
        struct log_match m;

        for (size_t i = 0; i < n; i++)
            p[i] = fillers[f][i % len];
        logrule_match(set, p, n, &m);
        for (int i = 0; i < m.spans; i++)
            assert_true(m.span[i].start + m.span[i].len <= LOG_LINE_MAX);
        test_free(p);
    }
    assert_true(clock_cpu_us() - start < 2000000);
    logrule_set_free(set);
}

/* ---- rules that must be refused ---- */

#define RULE "[a]\nlevel = text\nanchor = x\n"

static const struct {
    const char *text;
    const char *words; /* part of the message; all begin with "r:LINE: " */
} refused[] = {
    {"level = text\n", "r:1: a key before the first [rule]"},
    {"[a]\ncolour = red\n", "r:2: unknown key \"colour\""},
    {"[a]\nlevel = loud\n", "r:2: level \"loud\": must be text, step, "},
    {"[a]\nlevel = text\nlevel = text\n", "r:3: [a] has a level already"},
    {"[a]\nstart = a\nstart = b\n", "r:3: [a] has a start already"},
    {"[a]\nstart = \"\"\n", "r:2: an empty start"},
    {"[a]\nanchor =\n", "r:2: an empty anchor"},
    {"[a]\ntag = CC\n", "r:2: \"tag\" says what a sample gives"},
    {"[a]\nsample = x\ntag = CC\ntag = LD\n", "r:4: the sample has a \"tag\" already"},
    {"[a]\nlevel = text\n[b]\nlevel = text\n[a]\n", "r:2: the rule [a] lacks a pattern"},
    {"[a]\nlevel = text\n[b]\nlevel = text\n[a]\nanchor = x\n", "r:6: there is already a rule [a]"},
    {"[a]\nnonsense\n", "r:2: neither"},
    {RULE, "r:2: the rule [a] lacks a pattern"},
    {"[a]\nanchor = x\npattern = x\nsample = x\n", "r:2: the rule [a] lacks a level"},
    {"[a]\nlevel = text\npattern = x\nsample = x\n",
        "r:2: the rule [a] lacks a start or an anchor"},
    {RULE "pattern = x\n", "r:2: the rule [a] lacks a sample"},
    {RULE "pattern = x(\nsample = x\n", "r:4: the pattern of [a], at its character 3: missing"},
    {RULE "pattern = (*UTF)x\nsample = x\n", "r:4: the pattern of [a], at its character"},
    {RULE "pattern = (?<file>x)\nsample = x\n", "r:4: unknown group \"file\""},
    {RULE "pattern = y\nsample = x\n", "r:5: [a] does not match its own sample"},
    {RULE "pattern = y\nsample = y\n", "r:5: [a] does not match its own sample"},
    {RULE "pattern = (?<tag>x)\nsample = x\n", "r:5: the sample also gives tag = \"x\""},
    {RULE "pattern = x\nsample = x\ntag = x\n", "r:5: the sample gives no tag"},
    {RULE "pattern = (?<tag>x+)\nsample = xx\ntag = x\n",
        "r:5: the sample gives tag = \"xx\", not \"x\""},
    {RULE "pattern = x\nsample = x\n[b]\nlevel = error\nanchor = x\npattern = xy\nsample = xy\n",
        "r:10: the earlier rule [a] takes this sample of [b]"},
    {RULE "cause = rain\npattern = x\nsample = x\n",
        "r:4: cause \"rain\": must be none, compile, link, modpost, "},
    {RULE "part = whole\npattern = x\nsample = x\n", "r:4: part \"whole\": must be itself, next, "},
    {RULE "behind = x\npattern = x\nsample = x\n",
        "r:2: the rule [a] lacks head = yes, as it has a behind"},
    {RULE "head = maybe\npattern = x\nsample = x\n", "r:4: head \"maybe\": must be yes or no"},
    {"[slow]\nlevel = warning\nanchor = aaaa\npattern = ^(a+a+)+$\nsample = aaaa\n",
        "r:4: the pattern of [slow] runs away: on a line of 4096 bytes"},
    {"[slow]\nlevel = warning\nanchor = x\npattern = ^(.*,)*.*x$\nsample = a,b,x\n",
        "r:4: the pattern of [slow] runs away: on a line of 4096 bytes"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(refused); i++) {
        struct logrule_set *set = logrule_set_new();
        struct diag d = DIAG_INIT;
        int err = logrule_set_add(set, "r", refused[i].text, strlen(refused[i].text), &d);

        if (!err)
            err = logrule_set_ready(set, &d);
        assert_true(err < 0);
        if (strncmp(d.text, refused[i].words, strlen(refused[i].words)) != 0)
            fail_msg("%s\nsays: %s\nexpected: %s", refused[i].text, d.text, refused[i].words);
        logrule_set_free(set);
    }
}

static void test_too_many(void **state)
{
    struct logrule_set *set = logrule_set_new();
    struct diag d = DIAG_INIT;
    char text[64];
    int err = 0;

    (void)state;
    for (int i = 0; i <= LOGRULE_MAX && !err; i++) {
        snprintf(text, sizeof(text), "[r%d]\nlevel = text\n", i);
        err = logrule_set_add(set, "r", text, strlen(text), &d);
        assert_true(i < 64 ? !err : err < 0); /* files */
    }
    logrule_set_free(set);

    set = logrule_set_new();
    err = 0;
    for (int i = 0; i < 2 && !err; i++) {
        struct buf b = BUF_INIT;

        for (int k = 0; k < 200; k++)
            buf_addf(&b, "[r%d-%d]\nlevel = text\n", i, k);
        err = logrule_set_add(set, "r", b.p, b.len, &d);
        buf_release(&b);
    }
    assert_int_equal(err, -EINVAL);
    assert_string_equal(d.text, "r:114: more than 256 rules");
    logrule_set_free(set);
}

/* A pattern in pieces, quotes, several anchors, a start. */
static void test_accepted(void **state)
{
    static const char text[] = "# a comment\n"
                               "[lead]\nlevel = progress\nstart = \"  \"\n"
                               "pattern = \"^  (?<tag>\\w+)\"\n  \" (?<target>.*)$\"\n"
                               "sample = \"  ab  c \"\ntag = ab\ntarget = \" c \"\n"
                               "[two]\nlevel = error\nanchor = foo\nanchor = bar\n"
                               "pattern = foo|bar\nsample = xfoo\nsample = xbar\n";
    struct logrule_set *set = logrule_set_new();
    struct diag d = DIAG_INIT;
    struct log_match m;

    (void)state;
    if (logrule_set_add(set, "r", text, strlen(text), &d) || logrule_set_ready(set, &d))
        fail_msg("%s", d.text);
    logrule_match(set, "a bar", 5, &m);
    assert_int_equal(m.level, LOG_ERROR);
    assert_string_equal(logrule_name(set, m.rule), "two");
    assert_string_equal(logrule_name(set, -1), "");
    logrule_set_free(set);
}

/* ---- anchors, against the naive way ---- */

static void test_anchors(void **state)
{
    static const char *const words[] = {
        "a", "ab", "bab", "bc", "bca", "c", "caa", "aab", "\xff\x01"};
    const size_t len = 9;
    struct anchors *a = anchors_new();
    char text[10] = "";
    long n = 1;

    (void)state;
    for (size_t i = 0; i < KF_LEN(words); i++)
        assert_int_equal(anchors_add(a, words[i], strlen(words[i]), (unsigned)(i * 15)), 0);
    anchors_build(a);
    for (size_t i = 0; i < len; i++)
        n *= 4;
    for (long k = 0; k < n; k++) {
        struct anchors_set s;

        for (size_t i = 0, x = (size_t)k; i < len; i++, x /= 4)
            text[i] = "abcd"[x % 4];
        s = anchors_find(a, text, len);
        for (size_t i = 0; i < KF_LEN(words); i++)
            assert_int_equal(
                s.bits[i * 15 / 64] >> (i * 15 % 64) & 1, strstr(text, words[i]) != NULL);
    }
    anchors_free(a);
}

/* Guards long lines, which are looked at in parts side by side: a literal at every place of them, across
   the borders of the parts, too. */
static void test_anchors_long(void **state)
{
    static const char word[] = "undefined";
    struct anchors *a = anchors_new();
    char text[700];

    (void)state;
    assert_int_equal(anchors_add(a, word, strlen(word), 7), 0);
    assert_int_equal(anchors_add(a, "a longer literal", 16, 8), 0);
    anchors_build(a);
    for (size_t len = 250; len < sizeof(text); len += 37) {
        memset(text, 'u', sizeof(text));
        assert_int_equal(anchors_find(a, text, len).bits[0], 0);
        for (size_t at = 0; at + strlen(word) <= len; at++) {
            memset(text, 'u', sizeof(text));
            memcpy(text + at, word, strlen(word));
            assert_int_equal(anchors_find(a, text, len).bits[0], 1u << 7);
        }
        memset(text, 'u', sizeof(text));
        memcpy(text + len - strlen(word) + 1, word, strlen(word));
        assert_int_equal(anchors_find(a, text, len).bits[0], 0);
    }
    anchors_free(a);
}

/* Guards the rules that come with the program against patterns that run away: with the program they are not
   tried for that, since it takes longer than all the rest of its start. */
static void test_builtin_cost(void **state)
{
    struct logrule_set *set = logrule_set_new();
    struct diag d = DIAG_INIT;

    (void)state;
    assert_int_equal(logrule_set_add_file(set, SOURCE_DIR "/backend/rules/kernel.rules", &d), 0);
    if (logrule_set_ready(set, &d) < 0)
        fail_msg("%s", d.text);
    logrule_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin_cost),
        cmocka_unit_test(test_real_logs),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_hostile_lines),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_anchors_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
