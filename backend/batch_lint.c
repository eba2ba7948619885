/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/batch_lint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "backend/batch_shell.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "base/parse.h"

#define NAMES_MAX 64 /* assignments that are remembered */

struct assignment {
    char name[64], value[256];
    bool exported;
};

struct lint {
    const struct request *r; /* NULL: nothing is judged */
    struct findings *findings;
    struct buf *makes; /* the commands that are make's; NULL: nobody wants them */
    struct assignment names[NAMES_MAX];
    unsigned name_count;
    uint32_t line; /* in which the command looked at began */
    bool errexit; /* set -e */
    uint32_t make_line; /* of the last command that is make; 0: none */
    bool last_is_make, exits; /* the last command; an exit or a test stands behind make */
};

/* ---- variables ---- */

/* The value of "$NAME" or "${NAME}", followed up to a few assignments back; the text itself if it is
   something else. */
static const char *resolve(const struct lint *l, const char *text)
{
    for (int depth = 0; depth < 4 && text[0] == '$'; depth++) {
        const char *name = text + 1 + (text[1] == '{');
        size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
        const char *value = NULL;

        if (n == 0 || (text[1] == '{' ? strcmp(name + n, "}") : strcmp(name + n, "")) != 0)
            return text;
        for (unsigned i = l->name_count; i-- > 0 && !value;)
            if (strncmp(l->names[i].name, name, n) == 0 && l->names[i].name[n] == '\0')
                value = l->names[i].value;
        if (value == NULL)
            return text;
        text = value;
    }
    return text;
}

static bool is_assignment(const char *word)
{
    size_t n = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    return n > 0 && word[n] == '=';
}

static void remember(struct lint *l, const char *word, bool exported)
{
    struct assignment *a;

    if (l->name_count == NAMES_MAX)
        return;
    a = &l->names[l->name_count++];
    snprintf(a->name, sizeof(a->name), "%.*s", (int)strcspn(word, "="), word);
    snprintf(a->value, sizeof(a->value), "%s", strchr(word, '=') + 1);
    a->exported = exported;
}

/* ---- make ---- */

/* CPUs that all tasks of the job get together. */
static uint64_t job_cpus(const struct request *r)
{
    return (uint64_t)KF_MAX(r->cpus_per_task, 1u) * KF_MAX(r->ntasks, 1u);
}

static void check_jobs(struct lint *l, const char *given)
{
    static const char variable[] = "SLURM_CPUS_PER_TASK";
    const char *jobs = given ? resolve(l, given) : NULL;
    /* with --exclusive all CPUs of the node, whatever it has */
    bool whole = l->r->exclusive;
    uint64_t cpus = whole ? INT32_MAX : job_cpus(l->r);
    int64_t n;

    if (jobs == NULL) {
        if (cpus > 1 && !whole)
            findings_add(l->findings, FINDING_WARNING, l->line,
                "make without -j uses one of the %llu CPUs that are asked for",
                (unsigned long long)cpus);
    } else if (jobs[0] == '\0') {
        findings_add(l->findings, FINDING_WARNING, l->line,
            "make -j without a number starts as many compilers as there are files");
    } else if (jobs[0] == '$' && strstr(jobs, variable) && !strstr(jobs, ":-") &&
               l->r->cpus_per_task == 0) {
        findings_add(l->findings, FINDING_WARNING, l->line,
            "%s is only set with --cpus-per-task: make -j gets no number, and has no limit then",
            variable);
    } else if (strstr(jobs, "nproc") && !l->r->exclusive) {
        findings_add(l->findings, FINDING_WARNING, l->line,
            "nproc may count all CPUs of the node: -j\"$SLURM_CPUS_ON_NODE\" counts those of the "
            "job");
    } else if (parse_i64(jobs, 1, INT32_MAX, &n) == 0 && (uint64_t)n > 2 * cpus) {
        findings_add(l->findings, FINDING_WARNING, l->line, "make -j%lld with %llu CPU%s asked for",
            (long long)n, (unsigned long long)cpus, cpus == 1 ? "" : "s");
    } else if (parse_i64(jobs, 1, INT32_MAX, &n) == 0 && (uint64_t)n < cpus && !whole) {
        findings_add(l->findings, FINDING_WARNING, l->line,
            "make -j%lld uses %lld of the %llu CPUs that are asked for", (long long)n, (long long)n,
            (unsigned long long)cpus);
    }
}

/* Images that an architecture has not, of those that others have: arch/ARCH/Makefile of Linux 6.1. One that is not here
   is not judged. */
static const struct arch {
    const char *begins; /* ARCH=, or what uname(1) calls it */
    const char *missing[6];
    const char *instead;
} architectures[] = {
    {"x86", {"Image", "Image.gz", "zImage", "uImage", "dtbs"},
        "bzImage is its image there, and it has no dtbs"},
    {"i386", {"Image", "Image.gz", "zImage", "uImage", "dtbs"},
        "bzImage is its image there, and it has no dtbs"},
    {"arm64", {"bzImage", "zImage", "uImage"}, "Image.gz is its image there"},
    {"aarch64", {"bzImage", "zImage", "uImage"}, "Image.gz is its image there"},
    {"riscv", {"bzImage", "zImage", "uImage"}, "Image.gz is its image there"},
};

/* What the architecture has instead of this target; NULL: it may have it. */
static const char *missing_target(const char *target, const char *arch)
{
    for (size_t i = 0; i < KF_LEN(architectures); i++) {
        const struct arch *a = &architectures[i];

        if (strncmp(arch, a->begins, strlen(a->begins)) != 0)
            continue;
        for (size_t k = 0; k < KF_LEN(a->missing) && a->missing[k]; k++)
            if (strcmp(target, a->missing[k]) == 0)
                return a->instead;
    }
    return NULL;
}

static void check_target(
    struct lint *l, const char *target, const char *arch, uint32_t line, bool *said)
{
    const char *instead = *said ? NULL : missing_target(target, arch);

    if (instead == NULL)
        return;
    findings_add(l->findings, FINDING_FAULT, line, "the kernel has no target %s on %s: %s", target,
        arch, instead);
    *said = true;
}

static const char *machine(struct utsname *u)
{
    return uname(u) == 0 ? u->machine : "";
}

/* Where make stands among the words, 0 if the first is it; -1: it is another command. */
static int find_make(struct lint *l, char **words, int n)
{
    static const char *const before[] = {"time", "nice", "exec", "command", "!", "if", "then",
        "else", "srun", "stdbuf", "env", "do", "while", "until", "{", "("};

    for (int i = 0; i < n; i++) {
        const char *word = resolve(l, words[i]), *base = strrchr(word, '/');
        bool passed = is_assignment(word) || word[0] == '-';

        base = base ? base + 1 : word;
        if (strcmp(base, "make") == 0 || strcmp(base, "gmake") == 0)
            return i;
        for (size_t k = 0; k < KF_LEN(before) && !passed; k++)
            passed = strcmp(word, before[k]) == 0;
        while (!passed && i < n && strcmp(words[i], "&&") != 0)
            i++; /* "cd linux && make" */
    }
    return -1;
}

/* How many words from words[i] on say only how make goes about it, as "-kj8", "-j", "4" and "-j$(nproc", "--all)" do. */
static int only_how(char **words, int n, int i)
{
    static const char *const longs[] = {
        "--jobs", "--load-average", "--max-load", "--keep-going", "--output-sync"};
    const char *word = words[i], *next = i + 1 < n ? words[i + 1] : "";
    size_t cluster = strspn(word + (word[0] == '-'), "jkl0123456789.");
    bool how = word[0] == '-' && (word[1] == 'j' || (cluster > 0 && word[1 + cluster] == '\0'));
    int open = 0, end = i;

    for (size_t k = 0; k < KF_LEN(longs) && !how; k++)
        how = strncmp(word, longs[k], strlen(longs[k])) == 0;
    if (!how)
        return 0;
    if ((strchr("jl", word[strlen(word) - 1]) || strcmp(word, "--jobs") == 0) &&
        (ascii_is_digit(*next) || *next == '$'))
        end++;
    for (;; end++) { /* a command in the place of a number may be several words */
        for (const char *p = words[end]; *p; p++)
            open += (*p == '(') - (*p == ')');
        if (open <= 0 || end + 1 == n)
            return end + 1 - i;
    }
}

/* What the shell does with the command's output or its result: no word of make's. */
static bool is_operator(const char *word)
{
    word += strspn(word, "0123456789");
    return strchr("|&<>", *word) != NULL && *word;
}

static void put_assignment(struct lint *l, const char *name, size_t n, const char *value)
{
    buf_addf(l->makes, " %.*s=%s", (int)n, name, resolve(l, value));
}

/* make stands at words[at]; before it may be variables for it. */
static void note_make(struct lint *l, char **words, int n, int at)
{
    buf_adds(l->makes, "make");
    for (unsigned i = 0; i < l->name_count; i++)
        if (l->names[i].exported)
            put_assignment(l, l->names[i].name, strlen(l->names[i].name), l->names[i].value);
    for (int i = 0, how; i < n; i++) {
        if (i > at && is_operator(words[i]))
            break;
        if (is_assignment(words[i])) {
            put_assignment(l, words[i], strcspn(words[i], "="), strchr(words[i], '=') + 1);
        } else if (i > at) {
            how = only_how(words, n, i);
            if (how)
                i += how - 1;
            else
                buf_addf(l->makes, " %s", resolve(l, words[i]));
        }
    }
    buf_addc(l->makes, '\n');
}

static void check_make(struct lint *l, char **words, int n)
{
    /* of GNU make's options, those whose value is a word of its own */
    static const char takes_word[] = "CfIolW";
    const char *jobs = NULL, *arch = NULL;
    struct utsname u;
    bool said = false, quick = false;

    for (int i = 0; i < n; i++) {
        const char *word = words[i];

        if (strncmp(word, "-j", 2) == 0 || strncmp(word, "--jobs", 6) == 0) {
            jobs = word + (word[1] == '-' ? 6 : 2);
            jobs += *jobs == '=';
            if (*jobs == '\0' && i + 1 < n &&
                (ascii_is_digit(*words[i + 1]) || *words[i + 1] == '$'))
                jobs = words[++i];
        } else if (strncmp(word, "ARCH=", 5) == 0) {
            arch = resolve(l, word + 5);
        } else if (word[0] == '-' && word[1] && word[2] == '\0' && strchr(takes_word, word[1])) {
            i++;
        } else if (strcmp(word, "-n") == 0 || strstr(word, "config") ||
                   strcmp(word, "clean") == 0 || strcmp(word, "mrproper") == 0 ||
                   strcmp(word, "image_name") == 0 || strcmp(word, "kernelrelease") == 0) {
            quick = true; /* nothing is built in parallel */
        }
    }
    if (arch == NULL)
        arch = resolve(l, "$ARCH")[0] == '$' ? machine(&u) : resolve(l, "$ARCH");
    for (int i = 0; i < n; i++)
        check_target(l, words[i], arch, l->line, &said);
    if (quick)
        return;
    check_jobs(l, jobs);
    if (l->r->min_nodes > 1)
        findings_add(l->findings, FINDING_WARNING, l->line,
            "make runs on the first of the %u nodes: the others stay idle", l->r->min_nodes);
    l->make_line = l->line;
    l->exits = false;
}

/* ---- commands ---- */

/* "fi", "done": what they end has ended with the command before. */
static bool only_ends(const char *word)
{
    static const char *const ends[] = {"fi", "done", "esac", "}", ")"};

    for (size_t i = 0; i < KF_LEN(ends); i++)
        if (strcmp(word, ends[i]) == 0)
            return true;
    return false;
}

static void look_at(void *user, const char *command, size_t len, uint32_t line)
{
    struct lint *l = user;
    char *words[BATCH_SHELL_WORDS];
    char *whole = xmemdup0(command, len), *text = xstrdup(whole);
    int n = batch_shell_split(text, words), at = 0, make;
    bool exported = n > 0 && (strcmp(words[0], "export") == 0 || strcmp(words[0], "readonly") == 0);

    if (n == 0 || only_ends(words[0])) {
        free(whole);
        free(text);
        return;
    }
    l->line = line;
    l->last_is_make = false;
    make = find_make(l, words, n);
    at = exported;
    exported = exported && words[0][0] == 'e';
    while (at < n && is_assignment(words[at]))
        remember(l, words[at++], exported);
    if (at < n && strcmp(words[at], "set") == 0) {
        for (int i = at + 1; i < n; i++)
            if ((words[i][0] == '-' && words[i][1] != 'o' && strchr(words[i], 'e')) ||
                strcmp(words[i], "errexit") == 0)
                l->errexit = true;
    } else if (make >= 0) {
        l->last_is_make = true;
        if (l->makes)
            note_make(l, words, n, make);
        if (l->r)
            check_make(l, words + make + 1, n - make - 1);
        /* "make … || exit 1", "if ! make …": its failure is looked after */
        l->exits =
            strstr(whole, "||") || strcmp(words[0], "if") == 0 || strcmp(words[0], "exec") == 0;
        l->last_is_make = l->last_is_make && !strchr(whole, '|');
    } else if (strcmp(words[0], "exit") == 0 || strstr(whole, "exit ")) {
        l->exits = true;
    }
    free(whole);
    free(text);
}

/* The first words of a line, for a message. */
static void quote(const char *line, size_t n, char *out, size_t size)
{
    while (n && ascii_is_space(*line)) {
        line++;
        n--;
    }
    while (n && (ascii_is_space(line[n - 1]) || line[n - 1] == '\\'))
        n--;
    snprintf(out, size, "%.*s%s", (int)KF_MIN(n, (size_t)40), line, n > 40 ? "…" : "");
}

/* A command that goes on in the next line met a comment there, which ends it; what stands behind the
   comment is a command of its own. */
static void say_cut(
    void *user, const char *command, uint32_t line, const char *next, size_t next_len)
{
    struct lint *l = user;
    const char *arch = resolve(l, "$ARCH"), *given = strstr(command, "ARCH=");
    char first[64], name[32], *words[BATCH_SHELL_WORDS], *text = xmemdup0(next, next_len);
    bool said = false;
    int n = batch_shell_split(text, words);

    quote(next, next_len, first, sizeof(first));
    findings_add(l->findings, FINDING_FAULT, line,
        "a comment in the middle of a command ends it%s%s%s", first[0] ? ": \"" : "", first,
        first[0] ? "\" in the next line runs as a command of its own" : "");
    if (arch[0] == '$')
        arch = given ? given + 5 : "";
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(arch, " \\"), arch);
    for (int i = 0; i < n && strstr(command, "make"); i++)
        check_target(l, words[i], name, line + 1, &said);
    free(text);
}

static void say_blank(void *user, uint32_t line)
{
    struct lint *l = user;

    findings_add(l->findings, FINDING_FAULT, line,
        "a blank behind the backslash ends the command here, and the next line runs by itself");
}

static const struct batch_shell_visitor visitor = {
    .command = look_at, .cut = say_cut, .blank = say_blank};

/* "#!/bin/bash -e" */
static bool interpreter_has_e(const char *text, size_t size)
{
    const char *stop = memchr(text, '\n', size);

    return memmem(text, stop ? (size_t)(stop - text) : size, " -e", 3) != NULL;
}

void batch_lint(const char *text, size_t size, const struct request *r, struct findings *findings)
{
    struct lint l = {.r = r, .findings = findings};

    if (batch_shell_read(text, size, &visitor, &l) && l.make_line && !l.errexit && !l.exits &&
        !l.last_is_make && !interpreter_has_e(text, size))
        findings_add(findings, FINDING_WARNING, l.make_line,
            "if this make fails the script goes on, and Slurm shows the job as COMPLETED: set -e, "
            "or exit with make's status");
}

void batch_makes(const char *text, size_t size, struct buf *out)
{
    struct findings findings = {0};
    struct lint l = {.findings = &findings, .makes = out};

    batch_shell_read(text, size, &visitor, &l);
    findings_release(&findings);
}
