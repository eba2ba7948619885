/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refreshes asked for one by one: the program runs with --refresh 3600, something is changed, F5
 * is pressed, and the refresh is over when the changed job's new name is on the screen. So each
 * has its own figures, and its own count: the controller must have answered exactly one load of
 * jobs and one of nodes more (control.h), else the round does not count. What F5 and a tick of the
 * clock cost is in it; for unchanged refreshes, where it would be a good part, F5's key and
 * drawing are taken off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/control.h"

#define WARM_UP  3 /* refreshes before the first that counts, as the bare loop has them */
#define TRAIL_MS 40 /* what a refresh still does after the screen has changed */
#define LOOP     4 /* loads of the bare loop per round; the first has cold caches */
#define WALK     10 /* rows that the selection is moved over */
#define KEY_MS   5000

struct rounds {
    struct series top, screen, wall; /* kfarm-top: all processes, the first one; F5 to the screen */
    struct series loop, loop_first, squeue, sinfo, sinfo_nodes, tools;
    struct series unchanged, unchanged_bytes, unchanged_key, loop_unchanged;
    struct series key;
    double key_worst, key_worst_waited; /* ms; of the latter the program only waited for a CPU */
    double squeue_mb;
    int disturbed, keys_during;
};

static void release(struct rounds *r)
{
    struct series *all[] = {&r->top, &r->screen, &r->wall, &r->loop, &r->loop_first, &r->squeue,
        &r->sinfo, &r->sinfo_nodes, &r->tools, &r->unchanged, &r->unchanged_bytes,
        &r->unchanged_key, &r->loop_unchanged, &r->key};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        series_release(all[i]);
}

static double ms_since(int64_t us)
{
    return (double)(clock_monotonic_us() - us) / 1e3;
}

/* ---- a refresh of a changed farm ---- */

static bool refresh_round(struct bench *b, struct vt *vt, struct rounds *r, bool counts)
{
    struct procs all, screen = {.pids = {vt_pid(vt)}, .n = 1};
    struct counts before, after;
    double all_ms, screen_ms, wall;
    int64_t start;

    if (!bench_change(b) || !control_counts(&before))
        return false;
    procs_of(&all, vt_pid(vt));
    vt_run(vt, TRAIL_MS);
    all_ms = procs_cpu_ms(&all);
    screen_ms = procs_cpu_ms(&screen);
    start = clock_monotonic_us();
    vt_keys(vt, "<F5>");
    if (!vt_wait_text(vt, b->name, TOP_WAIT_MS))
        return false;
    wall = ms_since(start);
    vt_run(vt, TRAIL_MS);
    all_ms = procs_cpu_ms(&all) - all_ms;
    screen_ms = procs_cpu_ms(&screen) - screen_ms;
    if (!control_counts(&after) || all_ms < 0)
        return false;
    if (after.jobs - before.jobs != 1 || after.nodes - before.nodes != 1) {
        r->disturbed++;
    } else if (counts) {
        series_add(&r->top, all_ms);
        series_add(&r->screen, screen_ms);
        series_add(&r->wall, wall);
    }
    return true;
}

static bool tool(struct series *s, struct command_cost *ret, const char *const *argv)
{
    if (command_run(argv, false, ret) != 0) {
        fprintf(stderr, "bench: %s does not work\n", argv[0]);
        return false;
    }
    series_add(s, ret->cpu_ms);
    return true;
}

/* The same tables through the bare loop and through Slurm's own tools. */
static bool compare_round(struct bench *b, struct rounds *r)
{
    struct command_cost squeue, sinfo, nodes;
    double ms[LOOP];

    if (!load_tables(b->load, LOOP, ms))
        return false;
    series_add(&r->loop_first, ms[0]);
    for (int i = 1; i < LOOP; i++)
        series_add(&r->loop, ms[i]);
    if (!tool(&r->squeue, &squeue, (const char *const[]){"squeue", "-a", NULL}) ||
        !tool(&r->sinfo, &sinfo, (const char *const[]){"sinfo", NULL}) ||
        !tool(&r->sinfo_nodes, &nodes, (const char *const[]){"sinfo", "-N", NULL}))
        return false;
    series_add(&r->tools, squeue.cpu_ms + sinfo.cpu_ms);
    r->squeue_mb = squeue.peak_mb;
    return true;
}

static void report_changed(struct bench *b, struct rounds *r)
{
    double top = series_median(&r->top), loop = series_median(&r->loop);
    double first = series_median(&r->loop_first), tools = series_median(&r->tools);
    struct report *report = &b->report;
    struct report_row *row;

    b->loop_ms = loop;
    b->tools_ms = tools;
    row = report_row(report, "CPU per changed refresh (F5)");
    row_limit(row, "%.1f x loop = %.1f ms", LIMIT_LOOPS, LIMIT_LOOPS * loop);
    row_series(row, &r->top, "ms");
    row_comparison(
        row, "%.2f x the bare loop (%.2f x its first load of each round)", top / loop, top / first);
    row_judge(row, top, LIMIT_LOOPS * loop);
    row = report_row(report, "  the same");
    row_limit(row, "tools / %.0f = %.1f ms", 1 / LIMIT_TOOLS, LIMIT_TOOLS * tools);
    row_series(row, &r->top, "ms");
    row_comparison(
        row, "1/%.1f of squeue -a + sinfo; turm 350 ms, watch squeue 270 ms*", tools / top);
    row_judge(row, top, LIMIT_TOOLS * tools);
    row = report_row(report, "  of it the screen's process");
    row_series(row, &r->screen, "ms");
    row_comparison(row, "%zu refreshes, each counted by the controller; %d disturbed ones left out",
        r->top.n, r->disturbed);
    row = report_row(report, "  from F5 to the screen");
    row_series(row, &r->wall, "ms");
    row_comparison(row, "stui freezes for 1000 to 1500 ms per refresh*");
    row = report_row(report, "  bare loop, steady");
    row_series(row, &r->loop, "ms");
    row_comparison(row, "slurm_load_jobs + slurm_load_node, keeps freed memory, third call on");
    row = report_row(report, "  bare loop, first load of a round");
    row_series(row, &r->loop_first, "ms");
    row_comparison(row, "caches as cold as the program's");
    row = report_row(report, "  squeue -a + sinfo");
    row_series(row, &r->tools, "ms");
    row_comparison(row,
        "squeue -a %.0f ms, sinfo %.0f ms, sinfo -N %.0f ms; squeue -a + sinfo -N %.0f ms",
        series_median(&r->squeue), series_median(&r->sinfo), series_median(&r->sinfo_nodes),
        series_median(&r->squeue) + series_median(&r->sinfo_nodes));
}

static void report_memory_row(struct report *report, const char *what, double mb)
{
    struct report_row *row = report_row(report, "%s", what);

    row_limit(row, "%.0f MB", LIMIT_MEMORY_MB);
    row_measured(row, "%.1f MB", mb);
    row_judge(row, mb, LIMIT_MEMORY_MB);
}

static bool measure_memory(struct bench *b, struct vt *vt, const struct rounds *r)
{
    struct procs all, loop = {.pids = {load_pid(b->load)}, .n = 1};
    struct procs_memory memory, bare;
    struct report *report = &b->report;

    procs_of(&all, vt_pid(vt));
    if (!procs_memory(&all, &memory) || !procs_memory(&loop, &bare))
        return false;
    report_row(report, "%s", "");
    report_memory_row(report, "memory, sum of PSS", memory.pss);
    row_comparison(&report->rows[report->n - 1], "%zu processes; bare loop %.0f MB, turm 67 MB*",
        all.n, bare.pss);
    report_memory_row(report, "memory, sum of RSS", memory.rss);
    row_comparison(&report->rows[report->n - 1],
        "counts shared pages in each process; bare loop %.0f MB", bare.rss);
    report_memory_row(report, "memory, sum of each one's peak RSS", memory.peak);
    row_comparison(&report->rows[report->n - 1], "bare loop %.0f MB, squeue -a %.0f MB", bare.peak,
        r->squeue_mb);
    return true;
}

/* ---- a refresh of an unchanged farm ---- */

/* Lets a refresh end that shows nothing new: the controller has counted it. */
static bool wait_counted(struct vt *vt, struct counts before, struct counts *ret)
{
    int64_t start = clock_monotonic_us();

    do {
        vt_run(vt, 20);
        if (!control_counts(ret))
            return false;
        if (ret->jobs > before.jobs && ret->nodes > before.nodes)
            return true;
    } while (ms_since(start) < TOP_WAIT_MS);
    fprintf(stderr, "bench: F5 does not refresh\n");
    return false;
}

/* The time until 200 ms behind the next full second: no clock ticks for a while then. */
static int until_no_tick_ms(void)
{
    const struct clock clock = {0};

    return (int)(1200 - clock_ms(&clock) % 1000);
}

/* What a key costs that draws and asks nothing: up, on the first row. */
static double idle_key_ms(struct vt *vt, const struct procs *all)
{
    double ms = procs_cpu_ms(all);

    vt_keys(vt, "k");
    vt_run(vt, TRAIL_MS);
    return procs_cpu_ms(all) - ms;
}

static bool unchanged_round(struct bench *b, struct vt *vt, struct rounds *r)
{
    struct counts before, after;
    struct procs all;
    bool unchanged;
    uint64_t bytes;
    double ms, loop_ms, key_ms;

    if (!control_counts(&before))
        return false;
    procs_of(&all, vt_pid(vt));
    vt_run(vt, until_no_tick_ms());
    ms = procs_cpu_ms(&all);
    bytes = vt_bytes(vt);
    vt_keys(vt, "<F5>");
    if (!wait_counted(vt, before, &after))
        return false;
    vt_run(vt, TRAIL_MS);
    ms = procs_cpu_ms(&all) - ms;
    bytes = vt_bytes(vt) - bytes;
    key_ms = idle_key_ms(vt, &all);
    if (ms < 0 || !load_unchanged(b->load, &unchanged, &loop_ms))
        return false;
    if (!unchanged || after.jobs - before.jobs != 1 || after.nodes - before.nodes != 1) {
        r->disturbed++;
        return true;
    }
    series_add(&r->unchanged, ms - key_ms);
    series_add(&r->unchanged_key, key_ms);
    series_add(&r->loop_unchanged, loop_ms);
    series_add(&r->unchanged_bytes, (double)bytes);
    return true;
}

static void report_unchanged(struct bench *b, struct rounds *r)
{
    struct report_row *row;

    report_row(&b->report, "%s", "");
    row = report_row(&b->report, "CPU per unchanged refresh");
    row_limit(row, "%.0f ms", LIMIT_UNCHANGED_MS);
    row_series(row, &r->unchanged, "ms");
    row_comparison(row,
        "F5 less %.2f ms for its key and drawing; bare loop %.2f ms; %d left out: changed",
        series_median(&r->unchanged_key), series_median(&r->loop_unchanged), r->disturbed);
    row_judge(row, series_median(&r->unchanged), LIMIT_UNCHANGED_MS);
    row = report_row(&b->report, "  bytes to the terminal, F5");
    row_series(row, &r->unchanged_bytes, "bytes");
    row_comparison(
        row, "drawn twice, for the key and for the answer, between two ticks of the clock");
}

static bool measure_unchanged(struct bench *b, struct vt *vt, struct rounds *r)
{
    bool unchanged;
    int tries = 0;

    r->disturbed = 0;
    vt_run(
        vt, 2500); /* Slurm's times are whole seconds: a second later it is sure of "unchanged" */
    vt_keys(vt, "<F5>");
    vt_run(vt, 1000);
    if (!load_unchanged(b->load, &unchanged, NULL))
        return false;
    while (r->unchanged.n < (size_t)b->rounds && tries++ < 3 * b->rounds)
        if (!unchanged_round(b, vt, r))
            return false;
    if (r->unchanged.n == 0) {
        fprintf(stderr, "bench: the farm is never at rest\n");
        return false;
    }
    report_unchanged(b, r);
    return true;
}

/* ---- keys ---- */

/* The screen's row with the mark of the selection; -1 without one. */
static int selected_row(struct vt *vt)
{
    for (int row = 0; row < vt_rows(vt); row++)
        if (strstr(vt_row_text(vt, row), "▸"))
            return row;
    return -1;
}

static bool is_selected(struct vt *vt, void *user)
{
    return selected_row(vt) == *(int *)user;
}

/* One key at some moment of a refresh. */
static bool key_round(struct bench *b, struct vt *vt, struct rounds *r, int *row, int top)
{
    int range_ms = (int)(series_median(&r->wall) * 1.2) + 2;
    bool down = *row == top || (*row < top + WALK && random() % 2);
    double waited, ms;
    int64_t start;

    if (!bench_change(b))
        return false;
    vt_run(vt, 20);
    vt_keys(vt, "<F5>");
    vt_run(vt, 1 + (int)(random() % range_ms));
    *row += down ? 1 : -1;
    waited = proc_waited_ms(vt_pid(vt));
    start = clock_monotonic_us();
    vt_type(vt, down ? "j" : "k");
    if (!vt_wait_match(vt, is_selected, row, KEY_MS))
        return false;
    ms = (double)(vt_last_byte_us(vt) - start) / 1e3;
    series_add(&r->key, ms);
    if (ms > r->key_worst) {
        r->key_worst = ms;
        r->key_worst_waited = proc_waited_ms(vt_pid(vt)) - waited;
    }
    if (!strstr(vt_screen_text(vt), b->name))
        r->keys_during++;
    return vt_wait_text(vt, b->name, TOP_WAIT_MS);
}

static bool measure_keys(struct bench *b, struct vt *vt, struct rounds *r)
{
    struct report_row *line;
    int top = selected_row(vt), row = top;

    for (int i = 0; i < b->keys; i++)
        if (!key_round(b, vt, r, &row, top))
            return false;
    report_row(&b->report, "%s", "");
    line = report_row(&b->report, "a key is on the screen, worst of %zu", r->key.n);
    row_limit(line, "%.0f ms", LIMIT_KEY_MS);
    row_series(line, &r->key, "ms");
    row_comparison(line, "%d while their refresh went on; the worst waited %.1f ms for a CPU",
        r->keys_during, r->key_worst_waited);
    row_judge(line, series_max(&r->key), LIMIT_KEY_MS);
    return true;
}

/* ---- all of them ---- */

static bool run_rounds(struct bench *b, struct vt *vt, struct rounds *r)
{
    for (int i = 0; i < WARM_UP; i++)
        if (!refresh_round(b, vt, r, false))
            return false;
    r->disturbed = 0;
    for (int tries = 0; r->top.n < (size_t)b->rounds && tries < 3 * b->rounds; tries++) {
        if (!refresh_round(b, vt, r, true) || !compare_round(b, r))
            return false;
        vt_run(vt, 100 + (int)(random() % 400));
    }
    if (r->top.n == 0) {
        fprintf(stderr, "bench: somebody else asks this controller all the time\n");
        return false;
    }
    report_changed(b, r);
    return measure_unchanged(b, vt, r) && measure_keys(b, vt, r) && measure_memory(b, vt, r);
}

bool measure_rounds(struct bench *b)
{
    struct vt *vt = top_open(b->program, (const char *const[]){"--refresh", "3600", NULL});
    struct rounds r = {0};
    uint32_t job;
    bool ok;

    if (vt == NULL)
        return false;
    ok = top_see_job(vt, &job);
    vt_keys(vt, "3");
    ok = ok && vt_wait_gone(vt, "Nodes ", TOP_WAIT_MS) && run_rounds(b, vt, &r) && top_quit(vt);
    vt_free(vt);
    release(&r);
    return ok;
}
