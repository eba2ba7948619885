/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told of a build's end, against time. A script replays a recorded build in bursts: the later the longer
 * the pauses between them, each longer or shorter by half at random, as compiling and linking are not the same. A
 * kfarm-top in a terminal watches the first one and learns it. The second takes a third longer, with other
 * pauses; while it runs, kfarm-top --once builds is asked again and again what it would say: the time that has
 * passed and the time that is left are the whole that it believes in.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/bench/follow.h"
#include "tests/bench/procs.h"
#include "tests/bench/top.h"

#define EACH_MS     2000 /* between two questions */
#define LEARN_S     60 /* by then a build that has ended was learned */
#define SAMPLES_MAX 1000
#define PLOT_COLS   72
#define PLOT_ROWS   17
#define PLOT_TOP    1.6 /* of the truth */

/* $PACE: seconds in all; $SEED: of the pauses. */
static const char script[] =
    "#!/bin/bash\n"
    "at=0\n"
    "awk -v pace=\"$PACE\" -v seed=\"$SEED\" 'BEGIN {\n"
    "    srand(seed)\n"
    "    for (i = 1; i <= 60; i++) sum += w[i] = (20 + i) * (0.5 + rand())\n"
    "    for (i = 1; i <= 60; i++) print int(968 * i / 60), pace * w[i] / sum\n"
    "}' | while read -r line pause; do\n"
    "    sleep \"$pause\"\n"
    "    sed -n \"$((at + 1)),${line}p\" " RECORDED "\n"
    "    at=$line\n"
    "done\n";

struct sample {
    int64_t elapsed_s, eta_s; /* eta_s: -1 if nothing is told */
};

struct estimate {
    struct follow *follow;
    struct sample v[SAMPLES_MAX];
    int count;
    int64_t truth_s;
};

/* The values of a job in a line of its own: JOB,ELAPSED,ETA. -1 for what is not there. */
static bool ask(const struct estimate *e, uint32_t job, struct sample *ret)
{
    const char *const argv[] = {e->follow->program, "--once", "builds", "--format", "csv",
        "--columns", "job_id,elapsed_s,eta_s", NULL};
    struct buf out = BUF_INIT;
    char wanted[24];
    const char *at;
    bool ok = command_output(argv, &out) == 0;

    snprintf(wanted, sizeof(wanted), "\n%u,", job);
    at = ok ? strstr(buf_str(&out), wanted) : NULL;
    if (at) {
        char *end;

        ret->elapsed_s = strtol(at + strlen(wanted), &end, 10);
        ret->eta_s =
            end[0] == ',' && end[1] >= '0' && end[1] <= '9' ? strtol(end + 1, NULL, 10) : -1;
    }
    buf_release(&out);
    return at || follow_failed("kfarm-top --once builds does not tell of the job");
}

static bool start(struct follow *f, int pace, int seed, uint32_t *ret_job)
{
    char export[64];
    struct follow_path log = follow_path(f, "replay-%j.log");

    snprintf(export, sizeof(export), "ALL,PACE=%d,SEED=%d", pace, seed);
    return follow_submit(f, "replay.sh", "replay", log.text, export, ret_job) &&
           follow_wait_jobs("RUNNING", 1, 30);
}

static int64_t changed_s(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? st.st_mtime : 0;
}

/* It is learned once its log has come to rest; what is learned is written to a file. */
static bool wait_learned(struct follow *f, struct vt *vt, int64_t end_s)
{
    struct follow_path db = follow_path(f, "state/kfarm-top/builds.sqlite");

    for (int i = 0; i < LEARN_S; i++) {
        if (changed_s(db.text) >= end_s)
            return true;
        vt_run(vt, 1000);
    }
    return follow_failed("the first build is not learned");
}

static bool learn(struct estimate *e, struct vt *vt, uint32_t *ret_job)
{
    struct follow *f = e->follow;
    const struct clock clock = {0};
    int64_t end_s;

    if (!start(f, f->pace, 1, ret_job))
        return false;
    vt_keys(vt, "5");
    vt_run(vt, f->pace * 1000);
    end_s = clock_s(&clock); /* nothing is learned before */
    return follow_wait_jobs("RUNNING,COMPLETING", 0, 60) && wait_learned(f, vt, end_s);
}

static bool follow_second(struct estimate *e, struct vt *vt)
{
    int pace = e->follow->pace * 4 / 3;
    int64_t begin = clock_monotonic_us(), next = begin;
    struct sample last;
    uint32_t job;

    if (!start(e->follow, pace, 2, &job))
        return false;
    while (clock_monotonic_us() - begin < (int64_t)pace * 1000000 && e->count < SAMPLES_MAX) {
        if (!ask(e, job, &e->v[e->count++]))
            return false;
        next += EACH_MS * 1000;
        vt_run(vt, (int)KF_MAX((next - clock_monotonic_us()) / 1000, 0));
    }
    if (!follow_wait_jobs("RUNNING,COMPLETING", 0, 60) || !ask(e, job, &last))
        return false;
    e->truth_s = last.elapsed_s;
    while (e->count && e->v[e->count - 1].elapsed_s >= e->truth_s)
        e->count--;
    return e->truth_s > 0 || follow_failed("the second build took no time");
}

/* ---- what is printed ---- */

static int plot_row(const struct estimate *e, int64_t s)
{
    int row = (int)((double)s / ((double)e->truth_s * PLOT_TOP) * (PLOT_ROWS - 1) + 0.5);

    return PLOT_ROWS - 1 - KF_MIN(row, PLOT_ROWS - 1);
}

static void plot(const struct estimate *e)
{
    char cells[PLOT_ROWS][PLOT_COLS + 1];

    for (int row = 0; row < PLOT_ROWS; row++) {
        memset(cells[row], row == plot_row(e, e->truth_s) ? '-' : ' ', PLOT_COLS);
        cells[row][PLOT_COLS] = '\0';
    }
    for (int i = 0; i < e->count; i++)
        if (e->v[i].eta_s >= 0)
            cells[plot_row(e, e->v[i].elapsed_s + e->v[i].eta_s)]
                 [e->v[i].elapsed_s * (PLOT_COLS - 1) / e->truth_s] = '*';
    printf("\nhow long a build will take in all (*), told while it runs; it took %lld s (-),\n"
           "the one that was learned from %d s\n\n",
        (long long)e->truth_s, e->follow->pace);
    for (int row = 0; row < PLOT_ROWS; row++)
        printf("%5.0f s |%s\n",
            (double)(PLOT_ROWS - 1 - row) / (PLOT_ROWS - 1) * PLOT_TOP * (double)e->truth_s,
            cells[row]);
    printf("        +");
    for (int i = 0; i < PLOT_COLS; i++)
        putchar('-');
    printf("\n         0 s%*lld s\n\n", PLOT_COLS - 5, (long long)e->truth_s);
}

static bool report_estimate(const struct estimate *e)
{
    double worst = 0, worst_early = 0, naive;
    int told = 0, half = 0;
    struct report_row *row;

    for (int i = 0; i < e->count; i++) {
        const struct sample *s = &e->v[i];
        double off = (double)llabs(s->elapsed_s + s->eta_s - e->truth_s) / (double)e->truth_s * 100;

        if (s->eta_s < 0)
            continue;
        told++;
        if (s->elapsed_s * 2 < e->truth_s) {
            worst_early = KF_MAX(worst_early, off);
            continue;
        }
        half++;
        worst = KF_MAX(worst, off);
    }
    if (half == 0)
        return follow_failed("no estimate is told from half-way on");
    naive = (double)llabs(e->follow->pace - e->truth_s) / (double)e->truth_s * 100;
    row = report_row(&e->follow->report, "estimate of a build's time, worst from half-way on");
    row_limit(row, "%.0f %%", LIMIT_ESTIMATE_PART);
    row_measured(row, "%.1f %%", worst);
    row_comparison(row, "%d of %d answers; worst before that %.1f %%; \"as the last one\": %.1f %%",
        half, e->count, worst_early, naive);
    row_judge(row, worst, LIMIT_ESTIMATE_PART);
    row = report_row(&e->follow->report, "  answers without one");
    row_measured(row, "%d", e->count - told);
    row_comparison(row, "at the beginning: it is not known yet that the build is a clean one");
    return true;
}

bool measure_estimate(struct follow *f)
{
    struct estimate e = {.follow = f};
    struct vt *vt = NULL;
    uint32_t first;
    bool ok = follow_script(f, "replay.sh", script) && (vt = top_open(f->program, NULL)) != NULL &&
              learn(&e, vt, &first) && follow_second(&e, vt) && top_quit(vt);

    vt_free(vt);
    report_row(&f->report, "%s", "");
    ok = ok && report_estimate(&e);
    if (ok)
        plot(&e);
    return follow_cancel() && ok;
}
