/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program as it is used: its start, and windows of time in which its own clock asks Slurm. */
#include <stdio.h>

#include "base/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/control.h"

#define SETTLE_MS 3000 /* what is left of a start, and Slurm sure of "unchanged" */
#define CHANGE_MS 300 /* between two changes: shorter than between two refreshes */
#define DONE_MS   800 /* what a refresh takes after the controller has answered, at most */
#define WARM_UP   2 /* changed refreshes before the window: as the bare loop's, the third counts */

/* ---- starts ---- */

static bool is_not_blank(struct vt *vt, void *user)
{
    (void)user;
    return vt_screen_text(vt)[0] != '\0';
}

static bool start_once(const struct bench *b, struct series *frame, struct series *data)
{
    int64_t start = clock_monotonic_us();
    struct vt *vt = top_open(b->program, NULL);
    uint32_t job;
    bool ok;

    ok = vt && vt_wait_match(vt, is_not_blank, NULL, TOP_WAIT_MS);
    if (ok)
        series_add(frame, (double)(vt_last_byte_us(vt) - start) / 1e3);
    ok = ok && top_see_job(vt, &job);
    if (ok)
        series_add(data, (double)(vt_last_byte_us(vt) - start) / 1e3);
    ok = ok && top_quit(vt);
    vt_free(vt);
    return ok;
}

/* The least that a start can take: a bare process that loads both tables once. */
static bool start_bare(struct series *bare)
{
    double ms;
    struct load *l = load_start(&ms);

    if (l)
        series_add(bare, ms);
    load_stop(l);
    return l != NULL;
}

static void report_starts(
    struct bench *b, struct series *frame, struct series *data, struct series *bare, uint32_t loads)
{
    struct report_row *row;

    row = report_row(&b->report, "first frame, worst of %d", b->starts);
    row_limit(row, "%.0f ms", LIMIT_FRAME_MS);
    row_series(row, frame, "ms");
    row_judge(row, series_max(frame), LIMIT_FRAME_MS);
    row_comparison(row, "from fork to a screen that is not blank");
    row = report_row(&b->report, "first job shown, worst of %d", b->starts);
    row_limit(row, "%.0f ms", LIMIT_DATA_MS);
    row_series(row, data, "ms");
    row_judge(row, series_max(data), LIMIT_DATA_MS);
    row_comparison(row, "turm 750 ms*; %.1f loads of jobs per start", (double)loads / b->starts);
    row = report_row(&b->report, "  bare loop, start to first tables");
    row_series(row, bare, "ms");
    report_row(&b->report, "%s", "");
}

bool measure_starts(struct bench *b)
{
    struct series frame = {0}, data = {0}, bare = {0};
    struct counts before, after;
    bool ok = control_counts(&before);

    for (int i = 0; i < b->starts && ok; i++)
        ok = start_once(b, &frame, &data) && start_bare(&bare);
    ok = ok && control_counts(&after);
    if (ok)
        report_starts(
            b, &frame, &data, &bare, after.jobs - before.jobs - LOAD_WARM_UP * (uint32_t)b->starts);
    series_release(&frame);
    series_release(&data);
    series_release(&bare);
    return ok;
}

/* ---- windows ---- */

struct window {
    double cpu_ms, wall_ms;
    uint64_t bytes;
    uint32_t refreshes; /* as the controller counted them */
};

/* Changes something all the time until the program has asked once more, and is done with that. */
static bool next_refresh(struct bench *b, struct vt *vt)
{
    struct counts before, now;

    if (!control_counts(&before))
        return false;
    do {
        if (!bench_change(b))
            return false;
        vt_run(vt, CHANGE_MS);
        if (!control_counts(&now))
            return false;
    } while (now.jobs == before.jobs);
    vt_run(vt, DONE_MS);
    return true;
}

/* Lets the window pass; with changes it ends as it began, behind a refresh. */
static bool pass(struct bench *b, struct vt *vt, bool change)
{
    int64_t end = clock_monotonic_us() + (int64_t)b->seconds * 1000000;

    if (!change)
        vt_run(vt, b->seconds * 1000);
    while (clock_monotonic_us() < end)
        if (!next_refresh(b, vt))
            return false;
    return true;
}

/* Runs the program for a window, changing something all the time or nothing at all. */
static bool watch(struct bench *b, struct vt *vt, bool change, struct window *w)
{
    struct counts before, after;
    struct procs all;
    int64_t start;

    vt_run(vt, SETTLE_MS);
    for (int i = 0; change && i < WARM_UP; i++)
        if (!next_refresh(b, vt))
            return false;
    if (!control_counts(&before))
        return false;
    procs_of(&all, vt_pid(vt));
    start = clock_monotonic_us();
    w->bytes = vt_bytes(vt);
    w->cpu_ms = procs_cpu_ms(&all);
    if (!pass(b, vt, change))
        return false;
    w->cpu_ms = procs_cpu_ms(&all) - w->cpu_ms;
    w->wall_ms = (double)(clock_monotonic_us() - start) / 1e3;
    w->bytes = vt_bytes(vt) - w->bytes;
    if (!control_counts(&after) || w->cpu_ms < 0)
        return false;
    w->refreshes = after.jobs - before.jobs;
    return true;
}

/* The same with a program of its own, which refreshes every so many seconds (NULL: as it likes). */
static bool watch_new(struct bench *b, const char *refresh, bool change, struct window *w)
{
    const char *const args[] = {"--refresh", refresh, NULL};
    struct vt *vt = top_open(b->program, refresh ? args : NULL);
    uint32_t job;
    bool ok = vt && top_see_job(vt, &job) && watch(b, vt, change, w) && top_quit(vt);

    vt_free(vt);
    if (ok && w->refreshes == 0)
        fprintf(stderr, "bench: no refresh in %d s; try a longer --seconds\n", b->seconds);
    return ok && w->refreshes > 0;
}

/*
 * What a refresh sends cannot be told from what a tick of the clock sends by looking at one window.
 * Two windows of the same length have the same ticks and different numbers of refreshes.
 */
static void report_bytes(struct bench *b, const struct window *often, const struct window *seldom)
{
    double same = often->wall_ms / seldom->wall_ms;
    double bytes = (double)often->bytes - (double)seldom->bytes * same;
    double refreshes = (double)often->refreshes - (double)seldom->refreshes;
    struct report_row *row = report_row(&b->report, "bytes per idle refresh, without ticks");

    row_limit(row, "%.0f bytes", LIMIT_REFRESH_BYTES);
    if (refreshes < 1) {
        row_measured(row, "windows too short");
        return;
    }
    row_measured(row, "%.0f bytes", bytes / refreshes);
    row_judge(row, bytes / refreshes, LIMIT_REFRESH_BYTES);
    row_comparison(row, "%llu bytes, %u refreshes (--refresh 1) less %llu bytes, %u (--refresh 10)",
        (unsigned long long)often->bytes, often->refreshes, (unsigned long long)seldom->bytes,
        seldom->refreshes);
}

bool measure_idle(struct bench *b)
{
    struct window idle, often, seldom;
    struct report_row *row;
    double percent;

    if (!watch_new(b, NULL, false, &idle) || !watch_new(b, "1", false, &often) ||
        !watch_new(b, "10", false, &seldom))
        return false;
    percent = idle.cpu_ms / idle.wall_ms * 100;
    report_row(&b->report, "%s", "");
    row = report_row(&b->report, "idle CPU over %d s", b->seconds);
    row_limit(row, "%.1f %%", LIMIT_IDLE_PERCENT);
    row_measured(row, "%.2f %%", percent);
    row_judge(row, percent, LIMIT_IDLE_PERCENT);
    row_comparison(
        row, "%u refreshes, ticks, and the nodes as often as their slurmds report", idle.refreshes);
    report_bytes(b, &often, &seldom);
    row = report_row(&b->report, "  all bytes while idle");
    row_measured(row, "%.1f bytes/s", (double)idle.bytes / idle.wall_ms * 1e3);
    row_comparison(
        row, "%.0f bytes per refresh, ticks included", (double)idle.bytes / idle.refreshes);
    return true;
}

bool measure_clock(struct bench *b)
{
    struct report_row *row;
    struct window w;
    double ms;

    if (!watch_new(b, NULL, true, &w))
        return false;
    ms = w.cpu_ms / w.refreshes;
    report_row(&b->report, "%s", "");
    row = report_row(&b->report, "CPU per changed refresh (by the clock)");
    row_limit(row, "%.1f x loop = %.1f ms", LIMIT_LOOPS, LIMIT_LOOPS * b->loop_ms);
    row_measured(row, "%.1f ms", ms);
    row_judge(row, ms, LIMIT_LOOPS * b->loop_ms);
    row_comparison(row, "%.2f x the bare loop; %u refreshes in %.0f s and all that goes on between",
        ms / b->loop_ms, w.refreshes, w.wall_ms / 1e3);
    row = report_row(&b->report, "  the same");
    row_limit(row, "tools / %.0f = %.1f ms", 1 / LIMIT_TOOLS, LIMIT_TOOLS * b->tools_ms);
    row_measured(row, "%.1f ms", ms);
    row_judge(row, ms, LIMIT_TOOLS * b->tools_ms);
    row_comparison(row, "1/%.1f of squeue -a + sinfo", b->tools_ms / ms);
    return true;
}
