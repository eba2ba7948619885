/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it costs to understand a whole log: kfarm-top log, on logs of quiet kbuild lines and of V=1
 * command lines with some diagnostics in them, made anew from the steps of a recorded build. No farm is
 * needed. In turn with it, on the same file:
 *
 *  - grep -cP with all patterns of rules/kernel.rules in one: it recognises what the analysis recognises. The
 *    analysis also counts, and holds together what belongs together; grep only tells a line from another.
 *  - grep -cP with as much of that as such a log needs: whoever wrote it knew beforehand what is in it.
 *  - grep -cP with the diagnostics alone, as whoever only wants to know whether there are any.
 *  - lnav, if it is installed: without its screen (-n), printing nothing (-q) and with nothing to do (:quit),
 *    so that all it does is to load the file and index its lines, which is what must be over before one
 *    can go about in it. (It reads the whole file: the bytes of its pread64(2) are those of the file, and
 *    time and memory grow with it.) It recognises nothing then: its formats want a time in each line, and
 *    kbuild's have none.
 *  - dd, which only reads the file: nobody who looks at each byte can be faster.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/parse.h"
#include "tests/bench/procs.h"
#include "tests/bench/report.h"
#include "tests/bench/steps.h"

#define ROUNDS      5
#define LNAV_ROUNDS 3 /* of these: it is slow */
#define LIMIT_QUIET 1.0 /* GB/s */
#define LIMIT_V1    0.5
#define LIMIT_GREP  0.25 /* of grep's time, with one pattern for all */
#define LIMIT_LNAV  0.01 /* of lnav's time */
#define LIMIT_MB    80.0

/* As rules/kernel.rules has them: kbuild-step, … */
#define STEP                                                                                       \
    "  (?!CLEAN )(?<tag>[A-Z][A-Z0-9_.]{1,13}+(?: (?:\\[M\\]|L|P|EXE)(?= ))?+) ++(?<target>.+)"
/* … kbuild-compile-command, kbuild-archive-command, … */
#define COMPILE "  (?:\\S*[/-])?(?<cc>gcc|clang|rustc)(?:-[\\d.]++)? .* -c -o (?<object>\\S+)"
#define ARCHIVE "  rm -f (?<archive>[^\\s;]+);.*?(?<ar>ar) cDPrST"
/* … compiler-warning and compiler-error in one. */
#define DIAGNOSTIC                                                                                 \
    "(?<f>[^\\s:][^:]*):(?<l>\\d+):(?:(?<c>\\d+):)? (?<s>fatal error|error|warning|note): "        \
    "(?<m>.*?)(?: \\[(?<w>-W[^\\]]+)\\])?$"

/* Patterns that grep gets. */
enum grep {
    GREP_RULES, /* the analysis's, in one */
    GREP_FEW,
    GREP_DIAGNOSTICS,
    GREP_COUNT,
};

static const struct {
    const char *pattern; /* NULL: of the rules */
    const char *title; /* of the row */
    const char *words; /* of the comparison */
    double limit; /* 0: none */
} greps[GREP_COUNT] = {
    [GREP_RULES] = {NULL, "in grep's time, all rules", "grep -cP, the rules' patterns in one",
        LIMIT_GREP},
    [GREP_FEW] = {"^(?:" STEP "|" COMPILE "|" ARCHIVE "|" DIAGNOSTIC ")",
        "in grep's time, what is in it", "steps, commands and diagnostics of compilers",
        LIMIT_GREP},
    [GREP_DIAGNOSTICS] = {"^" DIAGNOSTIC, "in grep's time, diagnostics", "diagnostics of compilers",
        0},
};

struct log_kind {
    const char *name;
    bool verbose;
    double limit;
};

struct logs {
    char dir[32]; /* the log's, and lnav's home */
    char path[64];
    bool lnav; /* it is installed */
    struct buf rules; /* the pattern of GREP_RULES */
    struct report report;
};

struct measured {
    struct series speed; /* GB/s */
    struct {
        struct series time, speed; /* the analysis's in grep's; grep's GB/s */
    } grep[GREP_COUNT];
    struct series lnav, lnav_speed; /* likewise */
    struct series read, read_speed, read_lnav; /* likewise; and dd's time in lnav's */
    double peak, lnav_peak; /* MB */
};

/* Its exit status is about the log: such a build has not finished. From 126 on the command could not be run. */
static bool run(const char *const *argv, struct command_cost *ret)
{
    int status = command_run(argv, false, ret);

    if (status >= 0 && status < 126)
        return true;
    fprintf(stderr, "bench_logs: %s does not work\n", argv[0]);
    return false;
}

static bool run_grep(const struct logs *l, const char *pattern, struct command_cost *ret)
{
    /* grep ends at the first match if it sees that its output is /dev/null */
    const char *const argv[] = {
        "sh", "-c", "grep -cP \"$1\" \"$2\" | cat", "sh", pattern, l->path, NULL};

    return run(argv, ret);
}

/* It keeps what it knows of files in its home: there it shall know nothing. */
static bool run_lnav(const struct logs *l, struct command_cost *ret)
{
    char home[48];
    const char *const argv[] = {
        "env", "-u", "XDG_CONFIG_HOME", home, "lnav", "-n", "-q", "-c", ":quit", l->path, NULL};

    snprintf(home, sizeof(home), "HOME=%s", l->dir);
    return run(argv, ret);
}

static bool run_dd(const struct logs *l, struct command_cost *ret)
{
    char input[80];
    const char *const argv[] = {"dd", input, "of=/dev/null", "bs=512k", "status=none", NULL};

    snprintf(input, sizeof(input), "if=%s", l->path);
    return run(argv, ret);
}

static bool run_round(const struct logs *l, int64_t size, int round, struct measured *m)
{
    const char *const top[] = {KFARM_TOP, "log", l->path, NULL};
    const double bytes = (double)size / 1e6; /* over ms that is GB/s */
    struct command_cost a, g[GREP_COUNT], d, r;

    if (!run(top, &a) || !run_dd(l, &r))
        return false;
    for (int i = 0; i < GREP_COUNT; i++)
        if (!run_grep(l, greps[i].pattern ? greps[i].pattern : buf_str(&l->rules), &g[i]))
            return false;
    if (round == 0) /* it has filled the page cache */
        return true;
    series_add(&m->speed, bytes / a.cpu_ms);
    series_add(&m->read, a.cpu_ms / r.cpu_ms);
    series_add(&m->read_speed, bytes / r.cpu_ms);
    for (int i = 0; i < GREP_COUNT; i++) {
        series_add(&m->grep[i].time, a.cpu_ms / g[i].cpu_ms);
        series_add(&m->grep[i].speed, bytes / g[i].cpu_ms);
    }
    m->peak = KF_MAX(m->peak, a.peak_mb);
    if (!l->lnav || round > LNAV_ROUNDS)
        return true;
    if (!run_lnav(l, &d))
        return false;
    series_add(&m->lnav, a.cpu_ms / d.cpu_ms);
    series_add(&m->lnav_speed, bytes / d.cpu_ms);
    series_add(&m->read_lnav, r.cpu_ms / d.cpu_ms);
    m->lnav_peak = KF_MAX(m->lnav_peak, d.peak_mb);
    return true;
}

static void report_kind(struct logs *l, const struct log_kind *k, int64_t size, struct measured *m)
{
    struct report_row *row = report_row(&l->report, "%s, %.0f MB", k->name, (double)size / 1e6);

    row_limit(row, "%.1f GB/s", k->limit);
    row_series(row, &m->speed, "GB/s");
    row_comparison(row, "of CPU time");
    row_judge(row, k->limit, series_median(&m->speed));
    for (int i = 0; i < GREP_COUNT; i++) {
        const double time = series_median(&m->grep[i].time);

        row = report_row(&l->report, "  %s", greps[i].title);
        row_series(row, &m->grep[i].time, "");
        row_comparison(row, "%s: %.2f GB/s", greps[i].words, series_median(&m->grep[i].speed));
        if (greps[i].limit > 0) {
            row_limit(row, "%.2f", greps[i].limit);
            row_judge(row, time, greps[i].limit);
        }
    }
    row = report_row(&l->report, "  in dd's time");
    row_series(row, &m->read, "");
    row_comparison(row, "which only reads it: %.2f GB/s", series_median(&m->read_speed));
    row = report_row(&l->report, "  in lnav's time");
    row_limit(row, "%.2f", LIMIT_LNAV);
    if (l->lnav) {
        row_series(row, &m->lnav, "");
        row_comparison(row, "which only indexes the lines: %.2f GB/s, and %.0f MB of memory",
            series_median(&m->lnav_speed), m->lnav_peak);
        row_judge(row, series_median(&m->lnav), LIMIT_LNAV);
        row = report_row(&l->report, "  dd in lnav's time");
        row_series(row, &m->read_lnav, "");
        row_comparison(row, "less than this nobody can need who reads the file");
    } else {
        row_measured(row, "lnav is not installed");
    }
    row = report_row(&l->report, "  memory");
    row_limit(row, "%.0f MB", LIMIT_MB);
    row_measured(row, "%.1f MB", m->peak);
    row_judge(row, m->peak, LIMIT_MB);
}

static bool measure(struct logs *l, const struct log_kind *k, int64_t size)
{
    struct measured m = {0};
    bool ok = true;

    for (int i = 0; i <= ROUNDS && ok; i++)
        ok = run_round(l, size, i, &m);
    if (ok)
        report_kind(l, k, size, &m);
    series_release(&m.speed);
    for (int i = 0; i < GREP_COUNT; i++) {
        series_release(&m.grep[i].time);
        series_release(&m.grep[i].speed);
    }
    series_release(&m.lnav);
    series_release(&m.lnav_speed);
    series_release(&m.read);
    series_release(&m.read_speed);
    series_release(&m.read_lnav);
    return ok;
}

/* All patterns of a file of rules (logrule.h) as one; the name of a group may come in several. */
static bool join_patterns(const char *path, struct buf *out)
{
    static const char key[] = "pattern";
    FILE *f = fopen(path, "re");
    char line[4096];
    bool within = false;

    if (f == NULL)
        return false;
    buf_adds(out, "(?J)(?:");
    while (fgets(line, sizeof(line), f)) {
        const char *text = line + strspn(line, " \t");
        bool begins = strncmp(line, key, sizeof(key) - 1) == 0;

        line[strcspn(line, "\n")] = '\0';
        if (within && (begins || text == line)) /* else the pattern goes on */
            buf_adds(out, ")|");
        if (begins) {
            text = strchr(line, '=') + 1;
            text += strspn(text, " ");
            buf_adds(out, "(?:");
        }
        within = begins || (within && text > line);
        if (within)
            buf_adds(out, text);
    }
    buf_adds(out, "(?!))"); /* the last alternative never matches */
    fclose(f);
    return true;
}

static bool measure_all(struct logs *l, const struct steps *steps, int64_t bytes)
{
    static const struct log_kind kinds[] = {
        {"quiet kbuild", false, LIMIT_QUIET},
        {"V=1", true, LIMIT_V1},
    };

    for (size_t i = 0; i < KF_LEN(kinds); i++) {
        const struct steps_log log = {.verbose = kinds[i].verbose, .bytes = bytes};
        int64_t size = steps_write(steps, l->path, &log, NULL);

        if (size < 0)
            fprintf(stderr, "bench_logs: %s: %s\n", l->path, strerror(errno));
        if (size < 0 || !measure(l, &kinds[i], size))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *const version[] = {"lnav", "-V", NULL};
    struct logs l = {.dir = "/tmp/kfarm-logs.XXXXXX"};
    const char *const clean_up[] = {"rm", "-rf", "--", l.dir, NULL};
    struct steps steps;
    int64_t mb = 400;
    bool ok;

    if (argc > 2 || (argc == 2 && parse_i64(argv[1], 1, 100000, &mb) < 0)) {
        fprintf(stderr, "usage: bench_logs [MB]\n");
        return 2;
    }
    if (!steps_read(&steps, SOURCE_DIR "/tests/builds/good-modules/out") ||
        !join_patterns(SOURCE_DIR "/backend/rules/kernel.rules", &l.rules) ||
        mkdtemp(l.dir) == NULL) {
        fprintf(stderr, "bench_logs: %s\n", strerror(errno));
        return 1;
    }
    snprintf(l.path, sizeof(l.path), "%s/log", l.dir);
    l.lnav = command_run(version, false, NULL) == 0;
    ok = measure_all(&l, &steps, mb * 1000000);
    command_run(clean_up, false, NULL);
    steps_release(&steps);
    buf_release(&l.rules);
    report_print(&l.report);
    return ok ? 0 : 1;
}
