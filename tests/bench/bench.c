/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The benchmark: kfarm-top on a real slurmctld with many jobs and nodes, measured from outside,
 * side by side with a bare loop over libslurm and with squeue and sinfo, in the same minutes. It
 * prints a table and leaves it to the reader; the exit status says only whether everything could
 * be measured: 0, 1 if not, 2 for wrong usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tests/bench/args.h"
#include "tests/bench/bench.h"
#include "tests/bench/control.h"
#include "tests/bench/farm.h"

static const char usage[] =
    "usage: bench [OPTION]...\n"
    "Measures kfarm-top on a real farm, which it starts with farm/up and ends again; a farm that "
    "is\n"
    "up in --dir already is used and left up.\n"
    "  --jobs N         pending jobs (20000)\n"
    "  --nodes N        nodes without a slurmd (10000)\n"
    "  --dir DIR        where its farm is (kfarm-speed.UID.JOBSxNODES in TMPDIR or /tmp);\n"
    "                   its queue stays there for the next time\n"
    "  --conf FILE      use the farm of this slurm.conf as it is, and start none\n"
    "  --program FILE   the kfarm-top to measure (the one built with this)\n"
    "  --rounds N       refreshes, in turn with what they are compared with (20)\n"
    "  --keys N         keys during refreshes (200)\n"
    "  --starts N       starts of the program (10)\n"
    "  --bulk N         jobs that are cancelled at once (1000)\n"
    "  --bulks N        how often, in turn with scancel (6)\n"
    "  --seconds N      length of one window of time (30)\n"
    "  --only PART      starts, refreshes, clock (which wants refreshes before it),\n"
    "                   idle, finding or bulk\n"
    "  --keep           do not end the farm\n";

bool bench_change(struct bench *b)
{
    snprintf(b->name, sizeof(b->name), "bench_%05u", ++b->changes % 100000);
    return control_change(b->job, b->name, BENCH_NODE, b->name);
}

/* ---- the run ---- */

/* Which job is changed: the first on the screen. */
static bool choose_job(struct bench *b)
{
    struct vt *vt = top_open(b->program, NULL);
    bool ok = vt && top_see_job(vt, &b->job) && top_quit(vt);

    vt_free(vt);
    return ok && control_name(b->job, b->job_name, sizeof(b->job_name));
}

static const struct {
    const char *name;
    bool (*measure)(struct bench *b);
} parts[] = {{"starts", measure_starts}, {"refreshes", measure_rounds}, {"clock", measure_clock},
    {"idle", measure_idle}, {"finding", measure_finding}, {"bulk", measure_bulk}};

static bool is_part(const char *name)
{
    for (size_t i = 0; i < KF_LEN(parts); i++)
        if (strcmp(parts[i].name, name) == 0)
            return true;
    return false;
}

static bool measure_parts(struct bench *b)
{
    bool ok = true;

    for (size_t i = 0; i < KF_LEN(parts) && ok; i++)
        if (b->only == NULL || strcmp(b->only, parts[i].name) == 0)
            ok = parts[i].measure(b);
    return ok;
}

static bool measure(struct bench *b)
{
    bool ok;

    control_start();
    b->load = load_start(NULL);
    if (b->load == NULL || !choose_job(b))
        return false;
    printf("%u jobs, %u nodes, terminal of 120 x 40\n", load_jobs(b->load), load_nodes(b->load));
    report_load("before");
    fflush(stdout);
    ok = measure_parts(b);
    ok = control_change(b->job, b->job_name, BENCH_NODE, "") && ok;
    report_load("after");
    putchar('\n');
    report_print(&b->report);
    puts("\n* from the issue that asked for this benchmark, on such a farm; not measured here");
    b->load = load_stop(b->load);
    return ok;
}

static bool parse(int argc, char **argv, struct bench *b, struct farm *farm, bool *ret_help)
{
    const struct arg rows[] = {{.name = "jobs", .text = &farm->jobs},
        {.name = "nodes", .text = &farm->nodes}, {.name = "dir", .text = &farm->dir},
        {.name = "conf", .text = &farm->conf}, {.name = "program", .text = &b->program},
        {.name = "rounds", .number = &b->rounds}, {.name = "keys", .number = &b->keys},
        {.name = "starts", .number = &b->starts}, {.name = "bulk", .number = &b->bulk},
        {.name = "bulks", .number = &b->bulks}, {.name = "only", .text = &b->only},
        {.name = "seconds", .number = &b->seconds}, {.name = "keep", .flag = &farm->keep},
        {.name = "help", .flag = ret_help}};

    return args_parse(argc, argv, rows, KF_LEN(rows)) && (b->only == NULL || is_part(b->only));
}

int main(int argc, char **argv)
{
    struct bench b = {.program = KFARM_TOP,
        .rounds = 20,
        .keys = 200,
        .starts = 10,
        .bulk = 1000,
        .bulks = 6,
        .seconds = 30};
    struct farm farm = {.jobs = "20000", .nodes = "10000"};
    bool help = false, ok;

    if (!parse(argc, argv, &b, &farm, &help)) {
        fputs(usage, stderr);
        return 2;
    }
    if (help) {
        fputs(usage, stdout);
        return 0;
    }
    srandom(1);
    if (!farm_start(&farm))
        return 1;
    ok = measure(&b);
    fflush(stdout);
    ok = farm_end(&farm) && ok;
    return ok ? 0 : 1;
}
