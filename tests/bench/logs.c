/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it costs to understand a whole log: kfarm-top log, in turn with grep -cP on one pattern of the
 * same kind, on logs of quiet kbuild lines and of V=1 command lines with some diagnostics in them. They
 * are made anew, from the steps of a recorded build. No farm is needed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/parse.h"
#include "tests/bench/procs.h"
#include "tests/bench/report.h"

#define ROUNDS      5
#define STEPS_MAX   2000
#define DIAG_EACH   5000 /* steps between two diagnostics */
#define LIMIT_QUIET 1.0 /* GB/s */
#define LIMIT_V1    0.5
#define LIMIT_GREP  0.25 /* of grep's time */
#define LIMIT_MB    80.0

/* The compilers' form (rules/kernel.rules, compiler-warning and compiler-error in one). */
#define DIAGNOSTIC                                                                                 \
    "^(?<f>[^\\s:][^:]*):(?<l>\\d+):(?:(?<c>\\d+):)? (?<s>fatal error|error|warning|note): "       \
    "(?<m>.*?)(?: \\[(?<w>-W[^\\]]+)\\])?$"

struct log_kind {
    const char *name;
    bool verbose;
    double limit;
};

/* The steps of a recorded build, each with its newline. */
static char *steps[STEPS_MAX];
static int step_count;

static bool read_steps(const char *path)
{
    FILE *f = fopen(path, "re");
    char line[1024];

    if (f == NULL)
        return false;
    while (step_count < STEPS_MAX && fgets(line, sizeof(line), f))
        if (line[0] == ' ' && line[1] == ' ' && line[2] >= 'A' && line[2] <= 'Z')
            steps[step_count++] = xstrdup(line);
    fclose(f);
    return step_count > 0;
}

/* As V=1 prints it, of a length that is usual. */
static void put_command(FILE *f, const char *step)
{
    const char *target = strrchr(step, ' ') + 1;
    int n = (int)strcspn(target, "\n");

    fprintf(f, "  gcc -Wp,-MMD,%.*s.d -nostdinc", n, target);
    for (int i = 0; i < 40; i++)
        fprintf(f, " -I./arch/x86/include/generated/uapi -Werror=implicit-int -fno-common");
    fprintf(f, " -c -o %.*s %.*s\n", n, target, n, target);
}

static int64_t write_log(const char *path, const struct log_kind *k, int64_t bytes)
{
    FILE *f = fopen(path, "we");
    int64_t size;

    if (f == NULL)
        return -1;
    for (long i = 0; ftell(f) < bytes; i++) {
        const char *step = steps[i % step_count];

        if (k->verbose)
            put_command(f, step);
        else
            fputs(step, f);
        if (i % DIAG_EACH == 0)
            fprintf(f,
                "fs/a%ld.c:%ld:6: warning: unused variable ‘x’ [-Wunused-variable]\n"
                "  %ld | int x;\n      |     ^\n",
                i / DIAG_EACH % 100, i % 1000, i % 1000);
    }
    size = ftell(f);
    return fclose(f) == 0 ? size : -1;
}

static bool measure(struct report *r, const char *path, const struct log_kind *k, int64_t size)
{
    const char *const top[] = {KFARM_TOP, "log", path, NULL};
    /* grep ends at the first match if it sees that its output is /dev/null */
    const char *const grep[] = {
        "sh", "-c", "grep -cP \"$1\" \"$2\" | cat", "sh", DIAGNOSTIC, path, NULL};
    struct series speed = {0}, times = {0}, grep_speed = {0};
    struct report_row *row;
    double peak = 0;

    for (int i = 0; i <= ROUNDS; i++) { /* the first one fills the page cache */
        struct command_cost a, b;

        if (command_run(top, false, &a) < 0 || command_run(grep, false, &b) < 0) {
            fprintf(stderr, "bench_logs: a command does not work\n");
            return false;
        }
        if (i == 0)
            continue;
        series_add(&speed, (double)size / 1e6 / a.cpu_ms);
        series_add(&grep_speed, (double)size / 1e6 / b.cpu_ms);
        series_add(&times, a.cpu_ms / b.cpu_ms);
        peak = KF_MAX(peak, a.peak_mb);
    }
    row = report_row(r, "%s, %.0f MB", k->name, (double)size / 1e6);
    row_limit(row, "%.1f GB/s", k->limit);
    row_series(row, &speed, "GB/s");
    row_comparison(row, "of CPU time; grep -cP on the diagnostics alone %.2f GB/s",
        series_median(&grep_speed));
    row_judge(row, k->limit, series_median(&speed));
    row = report_row(r, "  in grep's time");
    row_limit(row, "%.2f", LIMIT_GREP);
    row_series(row, &times, "");
    row_judge(row, series_median(&times), LIMIT_GREP);
    row = report_row(r, "  memory");
    row_limit(row, "%.0f MB", LIMIT_MB);
    row_measured(row, "%.1f MB", peak);
    row_judge(row, peak, LIMIT_MB);
    series_release(&speed);
    series_release(&grep_speed);
    series_release(&times);
    return true;
}

int main(int argc, char **argv)
{
    static const struct log_kind kinds[] = {
        {"quiet kbuild", false, LIMIT_QUIET},
        {"V=1", true, LIMIT_V1},
    };
    char dir[] = "/tmp/kfarm-logs.XXXXXX", path[64];
    struct report r = {0};
    int64_t mb = 400;
    bool ok = true;

    if (argc > 2 || (argc == 2 && parse_i64(argv[1], 1, 100000, &mb) < 0)) {
        fprintf(stderr, "usage: bench_logs [MB]\n");
        return 2;
    }
    if (!read_steps(SOURCE_DIR "/tests/builds/good-modules/out") || mkdtemp(dir) == NULL) {
        fprintf(stderr, "bench_logs: %s\n", strerror(errno));
        return 1;
    }
    snprintf(path, sizeof(path), "%s/log", dir);
    for (size_t i = 0; i < KF_LEN(kinds) && ok; i++) {
        int64_t size = write_log(path, &kinds[i], mb * 1000000);

        ok = size > 0 && measure(&r, path, &kinds[i], size);
    }
    unlink(path);
    rmdir(dir);
    for (int i = 0; i < step_count; i++)
        free(steps[i]);
    report_print(&r);
    return ok ? 0 : 1;
}
