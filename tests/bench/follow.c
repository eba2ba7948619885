/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The benchmark of logs that are followed: kfarm-top on a real farm of two nodes, which it starts and ends,
 * with jobs whose logs are those of recorded builds. Measured from outside, as bench does it; the exit status
 * says only whether everything could be measured: 0, 1 if not, 2 for wrong usage.
 */
#include "tests/bench/follow.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/bench/args.h"
#include "tests/bench/farm.h"
#include "tests/bench/procs.h"

static const char usage[] =
    "usage: bench_follow [OPTION]...\n"
    "Measures kfarm-top as it follows logs, on a farm of its own in TMPDIR or /tmp.\n"
    "  --program FILE   the kfarm-top to measure (the one built with this)\n"
    "  --mb N           size of the large log (10000)\n"
    "  --lines N        lines that are appended to a log, for each latency (30)\n"
    "  --jobs N         logs that are followed at once (200)\n"
    "  --seconds N      how long they are (30)\n"
    "  --pace N         seconds that the build takes from which is learned (60)\n"
    "  --only PART      large, latency, estimate or many\n"
    "  --keep           do not end the farm, and keep its directory\n";

#define ASK_MS 100 /* between two questions to Slurm */

/* ---- what the parts share ---- */

bool follow_failed(const char *what)
{
    fprintf(stderr, "bench_follow: %s\n", what);
    return false;
}

struct follow_path follow_path(const struct follow *f, const char *name)
{
    struct follow_path path;

    snprintf(path.text, sizeof(path.text), "%s/%s", f->work, name);
    return path;
}

bool follow_script(const struct follow *f, const char *name, const char *text)
{
    struct follow_path path = follow_path(f, name);
    FILE *file = fopen(path.text, "we");
    bool ok = file && fputs(text, file) >= 0 && fchmod(fileno(file), 0755) == 0;

    ok = file && fclose(file) == 0 && ok;
    return ok || follow_failed(path.text);
}

bool follow_submit(const struct follow *f, const char *script, const char *name, const char *log,
    const char *export, uint32_t *ret_job)
{
    struct follow_path path = follow_path(f, script);
    char export_option[128];
    const char *const argv[] = {"sbatch", "--parsable", "--ntasks=1", "--mem=1",
        "--open-mode=append", "-D", f->work, "-J", name, "-o", log, export_option, path.text, NULL};
    struct buf out = BUF_INIT;

    snprintf(export_option, sizeof(export_option), "--export=%s", export ? export : "ALL");
    *ret_job = command_output(argv, &out) == 0 ? (uint32_t)strtoul(buf_str(&out), NULL, 10) : 0;
    buf_release(&out);
    return *ret_job || follow_failed("sbatch does not work");
}

static int count_jobs(const char *state)
{
    const char *const argv[] = {"squeue", "-h", "-t", state, "-o", "%i", NULL};
    struct buf out = BUF_INIT;
    int count = 0;

    if (command_output(argv, &out) != 0)
        count = -1;
    for (size_t i = 0; count >= 0 && i < out.len; i++)
        count += out.p[i] == '\n';
    buf_release(&out);
    return count;
}

bool follow_wait_jobs(const char *state, int count, int deadline_s)
{
    int64_t end = clock_monotonic_us() + (int64_t)deadline_s * 1000000;
    int there;

    while ((there = count_jobs(state)) != count) {
        if (clock_monotonic_us() > end) {
            fprintf(stderr, "bench_follow: %d jobs are %s, and not %d\n", there, state, count);
            return false;
        }
        poll(NULL, 0, ASK_MS);
    }
    return true;
}

bool follow_cancel(void)
{
    const char *const waiting[] = {"scancel", "--quiet", "--state=PENDING", NULL};
    const char *const running[] = {"scancel", "--quiet", "--state=RUNNING", NULL};

    command_run(waiting, true, NULL);
    command_run(running, true, NULL);
    return follow_wait_jobs("PENDING,RUNNING,COMPLETING", 0, 120);
}

/* ---- the run ---- */

static const struct {
    const char *name;
    bool (*measure)(struct follow *f);
} parts[] = {{"large", measure_large}, {"latency", measure_latency}, {"estimate", measure_estimate},
    {"many", measure_many}};

static bool is_part(const char *name)
{
    for (size_t i = 0; i < KF_LEN(parts); i++)
        if (strcmp(parts[i].name, name) == 0)
            return true;
    return false;
}

/* What a person has configured, and the builds he has seen, are not measured. */
static bool make_directories(struct follow *f)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(f->dir, sizeof(f->dir), "%.40s/kfarm-follow.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (mkdtemp(f->dir) == NULL)
        return follow_failed(strerror(errno));
    snprintf(f->work, sizeof(f->work), "%s/jobs", f->dir);
    setenv("XDG_STATE_HOME", follow_path(f, "state").text, 1);
    setenv("XDG_CONFIG_HOME", follow_path(f, "config").text, 1);
    return (mkdir(f->work, 0755) == 0 && mkdir(follow_path(f, "config").text, 0755) == 0) ||
           follow_failed(strerror(errno));
}

static bool measure(struct follow *f)
{
    bool ok = true;

    report_load("before");
    fflush(stdout);
    for (size_t i = 0; i < KF_LEN(parts) && ok; i++)
        if (f->only == NULL || strcmp(f->only, parts[i].name) == 0)
            ok = parts[i].measure(f);
    report_load("after");
    putchar('\n');
    report_print(&f->report);
    fflush(stdout);
    return ok;
}

static bool run(struct follow *f, bool keep)
{
    struct farm farm = {.dir = f->dir, .jobs = "0", .nodes = "0", .keep = keep};
    const char *const clean_up[] = {"rm", "-rf", "--", f->dir, NULL};
    bool ok;

    if (!make_directories(f))
        return false;
    ok = farm_start(&farm) && measure(f);
    if (!farm_end(&farm)) /* its directory is still in use */
        return false;
    return (keep || command_run(clean_up, true, NULL) == 0) && ok;
}

int main(int argc, char **argv)
{
    struct follow f = {
        .program = KFARM_TOP, .mb = 10000, .lines = 30, .jobs = 200, .seconds = 30, .pace = 60};
    bool help = false, keep = false;
    const struct arg rows[] = {{.name = "program", .text = &f.program},
        {.name = "mb", .number = &f.mb}, {.name = "lines", .number = &f.lines},
        {.name = "jobs", .number = &f.jobs}, {.name = "seconds", .number = &f.seconds},
        {.name = "pace", .number = &f.pace}, {.name = "only", .text = &f.only},
        {.name = "keep", .flag = &keep}, {.name = "help", .flag = &help}};

    if (!args_parse(argc, argv, rows, KF_LEN(rows)) || (f.only && !is_part(f.only))) {
        fputs(usage, stderr);
        return 2;
    }
    if (help) {
        fputs(usage, stdout);
        return 0;
    }
    srandom(1);
    return run(&f, keep) ? 0 : 1;
}
