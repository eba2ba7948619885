/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/batch_lint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/parse.h"

#define COMMAND_MAX (64u << 10) /* bytes of one command, continued lines joined */
#define NAMES_MAX   64 /* assignments that are remembered */
#define WORDS_MAX   256
#define LOST_MAX    16 /* here-documents without an end that are looked for to the end of the script */

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
    struct buf command; /* lines joined */
    uint32_t line, command_line; /* being read; where the command began */
    char here[64]; /* the word that ends a here-document; "" outside one */
    unsigned lost; /* here-documents whose end never came */
    bool errexit; /* set -e */
    uint32_t make_line; /* of the last command that is make; 0: none */
    bool last_is_make, exits; /* the last command; an exit or a test stands behind make */
};

/* ---- words ---- */

/* Splits at blanks outside quotes, takes the quotes away; variables stay as they are. */
static int split(char *text, char *words[WORDS_MAX])
{
    int n = 0;
    char *out = text, *at = text, quote = '\0';
    bool in_word = false;

    for (; *at && n < WORDS_MAX; at++) {
        if (!quote && (isspace((unsigned char)*at) || *at == ';')) {
            bool ends = *at == ';'; /* what is written may take its place */

            if (in_word)
                *out++ = '\0';
            in_word = false;
            if (ends)
                break;
            continue;
        }
        if (!in_word) {
            if (*at == '#')
                break;
            words[n++] = out;
            in_word = true;
        }
        if (quote && *at == quote)
            quote = '\0';
        else if (!quote && (*at == '"' || *at == '\''))
            quote = *at;
        else
            *out++ = *at;
    }
    *out = '\0';
    return n;
}

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
            findings_add(l->findings, FINDING_WARNING, l->command_line,
                "make without -j uses one of the %llu CPUs that are asked for",
                (unsigned long long)cpus);
    } else if (jobs[0] == '\0') {
        findings_add(l->findings, FINDING_WARNING, l->command_line,
            "make -j without a number starts as many compilers as there are files");
    } else if (jobs[0] == '$' && strstr(jobs, variable) && !strstr(jobs, ":-") &&
               l->r->cpus_per_task == 0) {
        findings_add(l->findings, FINDING_WARNING, l->command_line,
            "%s is only set with --cpus-per-task: make -j gets no number, and has no limit then",
            variable);
    } else if (strstr(jobs, "nproc") && !l->r->exclusive) {
        findings_add(l->findings, FINDING_WARNING, l->command_line,
            "nproc may count all CPUs of the node: -j\"$SLURM_CPUS_ON_NODE\" counts those of the "
            "job");
    } else if (parse_i64(jobs, 1, INT32_MAX, &n) == 0 && (uint64_t)n > 2 * cpus) {
        findings_add(l->findings, FINDING_WARNING, l->command_line,
            "make -j%lld with %llu CPU%s asked for", (long long)n, (unsigned long long)cpus,
            cpus == 1 ? "" : "s");
    } else if (parse_i64(jobs, 1, INT32_MAX, &n) == 0 && (uint64_t)n < cpus && !whole) {
        findings_add(l->findings, FINDING_WARNING, l->command_line,
            "make -j%lld uses %lld of the %llu CPUs that are asked for", (long long)n, (long long)n,
            (unsigned long long)cpus);
    }
}

/* Targets that only some architectures have (arch/ARCH/Makefile of the kernel). */
static bool is_missing_target(const char *target, const char *arch)
{
    static const char *const elsewhere[] = {"Image", "Image.gz", "zImage", "uImage", "dtbs"};

    if (strncmp(arch, "x86", 3) != 0 && strcmp(arch, "i386") != 0)
        return false;
    for (size_t i = 0; i < KF_LEN(elsewhere); i++)
        if (strcmp(target, elsewhere[i]) == 0)
            return true;
    return false;
}

static void check_target(
    struct lint *l, const char *target, const char *arch, uint32_t line, bool *said)
{
    if (*said || !is_missing_target(target, arch))
        return;
    findings_add(l->findings, FINDING_FAULT, line,
        "the kernel has no target %s on %s: bzImage is its image there, and it has no dtbs", target,
        arch);
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
        (isdigit((unsigned char)*next) || *next == '$'))
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
                (isdigit((unsigned char)*words[i + 1]) || *words[i + 1] == '$'))
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
        check_target(l, words[i], arch, l->command_line, &said);
    if (quick)
        return;
    check_jobs(l, jobs);
    if (l->r->min_nodes > 1)
        findings_add(l->findings, FINDING_WARNING, l->command_line,
            "make runs on the first of the %u nodes: the others stay idle", l->r->min_nodes);
    l->make_line = l->command_line;
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

static void look_at(struct lint *l, const char *command, size_t len)
{
    char *words[WORDS_MAX];
    char *whole = xmemdup0(command, len), *text = xstrdup(whole);
    int n = split(text, words), at = 0, make;
    bool exported = n > 0 && (strcmp(words[0], "export") == 0 || strcmp(words[0], "readonly") == 0);

    if (n == 0 || only_ends(words[0])) {
        free(whole);
        free(text);
        return;
    }
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

/* The length of the command that the text begins with: up to a semicolon outside quotes and $( ). */
static size_t one_command(const char *text)
{
    char quote = '\0';
    int open = 0;
    size_t n = 0;

    for (; text[n]; n++) {
        if (text[n] == '\\' && quote != '\'' && text[n + 1])
            n++;
        else if (quote)
            quote = text[n] == quote ? '\0' : quote;
        else if (text[n] == '"' || text[n] == '\'' || text[n] == '`')
            quote = text[n];
        else if (text[n] == '#' && (n == 0 || isspace((unsigned char)text[n - 1])))
            return strlen(text);
        else if (text[n] == '(' && (open || (n && text[n - 1] == '$')))
            open++;
        else if (text[n] == ')' && open)
            open--;
        else if (text[n] == ';' && !open)
            break;
    }
    return n;
}

static void look_at_command(struct lint *l)
{
    const char *text = buf_str(&l->command);

    for (size_t n; *text; text += n + (text[n] == ';')) {
        n = one_command(text);
        look_at(l, text, n);
    }
}

/* The << of a here-document in a command, or NULL: not one in quotes or a comment, no <<<, and no shift
   in $((1 << 3)). A command in a double-quoted string, "$(cat <<END", is a command all the same. */
static const char *find_here(const char *command)
{
    char quote = '\0';
    int arithmetic = 0, inside = 0; /* of (( )), of "$( )" */

    for (const char *at = command; *at; at++) {
        if (*at == '\\' && quote != '\'' && at[1]) {
            at++;
        } else if (quote == '"' && at[0] == '$' && at[1] == '(' && at[2] != '(') {
            inside++;
            quote = '\0';
        } else if (quote) {
            quote = *at == quote ? '\0' : quote;
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (*at == '#' &&
                   (at == command || isspace((unsigned char)at[-1]) || at[-1] == ';')) {
            return NULL;
        } else if (at[0] == '(' && at[1] == '(') {
            arithmetic++;
            at++;
        } else if (arithmetic && at[0] == ')' && at[1] == ')') {
            arithmetic--;
            at++;
        } else if (inside && *at == ')') {
            inside--;
            quote = '"';
        } else if (!arithmetic && strncmp(at, "<<<", 3) == 0) {
            at += 2;
        } else if (!arithmetic && strncmp(at, "<<", 2) == 0) {
            return at;
        }
    }
    return NULL;
}

/* Is this line the word, with or without tabs before it? */
static bool ends_here(const char *line, size_t n, const char *word)
{
    while (n && *line == '\t') {
        line++;
        n--;
    }
    return n == strlen(word) && memcmp(line, word, n) == 0;
}

/* A here-document's first line says by which word it ends. One whose end is not in `rest` was none: then
   the lines that follow are commands. */
static void look_for_here(struct lint *l, const char *rest, size_t rest_len)
{
    const char *at = find_here(buf_str(&l->command)), *end = rest + rest_len;
    size_t n;

    if (at == NULL || l->lost == LOST_MAX)
        return;
    at += 2;
    at += *at == '-';
    at += strspn(at, " \"'\\");
    n = strcspn(at, " \"'\t;|&)>");
    snprintf(l->here, sizeof(l->here), "%.*s", (int)n, at);
    while (rest < end) {
        const char *stop = memchr(rest, '\n', (size_t)(end - rest));

        stop = stop ? stop : end;
        if (ends_here(rest, (size_t)(stop - rest), l->here))
            return;
        rest = stop < end ? stop + 1 : end;
    }
    l->here[0] = '\0';
    l->lost++;
}

static void end_command(struct lint *l, const char *rest, size_t rest_len)
{
    if (l->command.len) {
        look_for_here(l, rest, rest_len);
        look_at_command(l);
    }
    buf_clear(&l->command);
}

/* The first words of a line, for a message. */
static void quote(const char *line, size_t n, char *out, size_t size)
{
    while (n && isspace((unsigned char)*line)) {
        line++;
        n--;
    }
    while (n && (isspace((unsigned char)line[n - 1]) || line[n - 1] == '\\'))
        n--;
    snprintf(out, size, "%.*s%s", (int)KF_MIN(n, (size_t)40), line, n > 40 ? "…" : "");
}

/* A command that goes on in the next line met a comment there, which ends it; what stands behind the
   comment is a command of its own. */
static void say_cut(struct lint *l, const char *next, size_t n)
{
    const char *arch = resolve(l, "$ARCH");
    char words[64], *split_words[WORDS_MAX], *text;
    bool said = false;
    int count;

    quote(next, n, words, sizeof(words));
    findings_add(l->findings, FINDING_FAULT, l->line,
        "a comment in the middle of a command ends it%s%s%s", words[0] ? ": \"" : "", words,
        words[0] ? "\" in the next line runs as a command of its own" : "");
    if (arch[0] == '$')
        arch =
            strstr(buf_str(&l->command), "ARCH=") ? strstr(buf_str(&l->command), "ARCH=") + 5 : "";
    text = xmemdup0(next, n);
    count = split(text, split_words);
    for (int i = 0; i < count && strstr(buf_str(&l->command), "make"); i++) {
        char name[32];

        snprintf(name, sizeof(name), "%.*s", (int)strcspn(arch, " \\"), arch);
        check_target(l, split_words[i], name, l->line + 1, &said);
    }
    free(text);
}

/* One line; `rest` is what follows it. */
static void take_line(struct lint *l, const char *at, size_t n, const char *rest, size_t rest_len)
{
    size_t blanks = 0, end = n;
    bool continued;

    if (l->here[0]) {
        if (ends_here(at, n, l->here))
            l->here[0] = '\0';
        return;
    }
    while (blanks < n && isspace((unsigned char)at[blanks]))
        blanks++;
    if (blanks < n && at[blanks] == '#') {
        if (l->command.len) {
            const char *stop = memchr(rest, '\n', rest_len);

            say_cut(l, rest, stop ? (size_t)(stop - rest) : rest_len);
            end_command(l, rest, rest_len);
        }
        return;
    }
    while (end && isspace((unsigned char)at[end - 1]))
        end--;
    if (end < n && end && at[end - 1] == '\\')
        findings_add(l->findings, FINDING_FAULT, l->line,
            "a blank behind the backslash ends the command here, and the next line runs by itself");
    continued = n && at[n - 1] == '\\';
    if (l->command.len == 0)
        l->command_line = l->line;
    if (l->command.len + n < COMMAND_MAX) {
        buf_add(&l->command, at, continued ? n - 1 : n);
        buf_addc(&l->command, ' ');
    }
    if (!continued)
        end_command(l, rest, rest_len);
}

/* False if it is no script. */
static bool read_script(struct lint *l, const char *text, size_t size)
{
    const char *end = text + size;

    if (size < 2 || memcmp(text, "#!", 2) != 0 || memchr(text, '\0', size))
        return false;
    for (const char *at = text; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;

        l->line++;
        if (l->line == 1) /* "#!/bin/bash -e" */
            l->errexit = memmem(at, (size_t)((stop ? stop : end) - at), " -e", 3) != NULL;
        take_line(l, at, (size_t)((stop ? stop : end) - at), next, (size_t)(end - next));
        at = next;
    }
    end_command(l, end, 0);
    return true;
}

void batch_lint(const char *text, size_t size, const struct request *r, struct findings *findings)
{
    struct lint l = {.r = r, .findings = findings};

    if (read_script(&l, text, size) && l.make_line && !l.errexit && !l.exits && !l.last_is_make)
        findings_add(findings, FINDING_WARNING, l.make_line,
            "if this make fails the script goes on, and Slurm shows the job as COMPLETED: set -e, "
            "or "
            "exit with make's status");
    buf_release(&l.command);
}

void batch_makes(const char *text, size_t size, struct buf *out)
{
    struct findings findings = {0};
    struct lint l = {.findings = &findings, .makes = out};

    read_script(&l, text, size);
    findings_release(&findings);
    buf_release(&l.command);
}
