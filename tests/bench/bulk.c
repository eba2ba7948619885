/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many jobs cancelled at once, by kfarm-top and by scancel in turn. Both cancel the same held jobs,
 * which are put back into the queue in between. kfarm-top's time begins with the end of the time of
 * grace and ends when the last result is on the screen; scancel's is that of its process.
 *
 * kfarm-top makes sure that the jobs still are what was marked. If nothing has changed in the queue,
 * the controller says so in one message; else all jobs are loaded, for which there is time in the time
 * of grace unless Enter ends it. So it is measured at rest, after a change, and after a change with
 * Enter. Whether keys are answered meanwhile is measured apart: to press them and to look for the
 * answer takes a tenth of the CPU, which scancel's time has for itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/control.h"

#define NAME     "bench_bulk" /* of the jobs */
#define KEY_MS   5000
#define PAUSE_MS 40 /* between two keys, at most */
#define REST_MS  2500 /* Slurm's times are whole seconds: a second later it is sure of "unchanged" */

#define GRACE_MS  3000 /* kfarm-top's own, if it is not configured */
#define CHANGE_MS 1000 /* into the time of grace */

/* Who cancels. */
enum way { AT_REST, CHANGED, AT_ONCE, KEYS, SCANCEL, WAYS };

#define COMPARED KEYS /* ways before it are held against scancel */

struct bulk {
    uint32_t *ids, count;
    const char **scancel; /* its arguments */
    char (*texts)[16]; /* the numbers in it */
    struct series wall[WAYS], cpu[WAYS]; /* ms */
    struct series ratio[WAYS]; /* of wall to that of scancel in the same round */
    struct series key;
    double key_worst; /* ms; and of it the program and the benchmark only waited for a CPU */
    double key_worst_waited, key_worst_own;
};

static void release(struct bulk *k)
{
    for (int i = 0; i < WAYS; i++) {
        series_release(&k->wall[i]);
        series_release(&k->cpu[i]);
        series_release(&k->ratio[i]);
    }
    series_release(&k->key);
    free(k->ids);
    free(k->scancel);
    free(k->texts);
}

/* ---- kfarm-top ---- */

/* Marks the jobs, up to the question about them. */
static bool ask(struct vt *vt, const struct bulk *k)
{
    char text[64];
    uint32_t job;

    if (!top_see_job(vt, &job))
        return false;
    vt_keys(vt, "3");
    if (!vt_wait_gone(vt, "Nodes ", TOP_WAIT_MS))
        return false;
    vt_run(vt, REST_MS);
    vt_keys(vt, "<F5>");
    vt_run(vt, REST_MS / 2);
    vt_keys(vt, "/");
    if (!vt_wait_text(vt, "filter: ", TOP_WAIT_MS))
        return false;
    vt_keys(vt, "name=" NAME "<Enter>");
    snprintf(text, sizeof(text), " %u of ", k->count);
    if (!vt_wait_text(vt, text, TOP_WAIT_MS))
        return false;
    vt_keys(vt, "<C-a>");
    snprintf(text, sizeof(text), "%u marked", k->count);
    if (!vt_wait_text(vt, text, TOP_WAIT_MS))
        return false;
    vt_keys(vt, "c");
    snprintf(text, sizeof(text), "Cancel %u jobs?", k->count);
    return vt_wait_text(vt, text, TOP_WAIT_MS);
}

/* Answers the question, up to the end of the time of grace; its moment. */
static bool confirm(
    struct bench *b, struct vt *vt, const struct bulk *k, enum way way, int64_t *ret_us)
{
    char text[64], number[32];

    snprintf(number, sizeof(number), "%u<Enter>", k->count);
    snprintf(text, sizeof(text), "job-cancel: %u jobs in ", k->count);
    vt_keys(vt, number);
    *ret_us = clock_monotonic_us() + GRACE_MS * 1000;
    if (!vt_wait_text(vt, text, TOP_WAIT_MS))
        return false;
    if (way == CHANGED || way == AT_ONCE) {
        vt_run(vt, CHANGE_MS);
        if (!bench_change(b))
            return false;
    }
    if (way == AT_ONCE || way == KEYS) {
        *ret_us = clock_monotonic_us();
        vt_keys(vt, "<Enter>");
    }
    return true;
}

/* What a key is waited for with: another job is selected, or all is over. */
struct moved {
    uint32_t from, to;
    const char *last; /* words of the last result */
    bool over;
};

static bool has_moved(struct vt *vt, void *user)
{
    struct moved *m = user;

    m->over = m->over || vt_find(vt, m->last, NULL, NULL);
    return top_selected(vt, &m->to) && m->to != m->from;
}

/* j and k in turn until the last result is there. */
static bool press_keys(struct vt *vt, struct bulk *k, const char *last)
{
    struct moved m = {.last = last};
    bool down = true;

    if (!top_selected(vt, &m.from))
        return false;
    while (!m.over) {
        double waited = proc_waited_ms(vt_pid(vt)), own = proc_waited_ms(getpid()), ms;
        int64_t start = clock_monotonic_us();

        vt_type(vt, down ? "j" : "k");
        if (!vt_wait_match(vt, has_moved, &m, KEY_MS))
            return false;
        ms = (double)(vt_last_byte_us(vt) - start) / 1e3;
        series_add(&k->key, ms);
        if (ms > k->key_worst) {
            k->key_worst = ms;
            k->key_worst_waited = proc_waited_ms(vt_pid(vt)) - waited;
            k->key_worst_own = proc_waited_ms(getpid()) - own;
        }
        down = !down;
        m.from = m.to;
        for (int left = (int)(random() % PAUSE_MS); left >= 0 && !m.over; left--) {
            vt_run(vt, 1);
            m.over = vt_find(vt, last, NULL, NULL);
        }
    }
    return true;
}

static bool cancel_with_top(struct bench *b, struct bulk *k, enum way way)
{
    struct vt *vt = top_open(b->program, NULL);
    char last[64];
    struct procs all;
    double cpu;
    int64_t start;
    bool ok;

    if (vt == NULL)
        return false;
    snprintf(last, sizeof(last), "%u jobs: %u cancelled", k->count, k->count);
    ok = ask(vt, k);
    procs_of(&all, vt_pid(vt));
    cpu = procs_cpu_ms(&all) + proc_reaped_ms(vt_pid(vt));
    ok = ok && confirm(b, vt, k, way, &start) &&
         (way == KEYS ? press_keys(vt, k, last) : vt_wait_text(vt, last, TOP_WAIT_MS));
    if (ok) {
        series_add(&k->wall[way], (double)(vt_last_byte_us(vt) - start) / 1e3);
        series_add(&k->cpu[way], procs_cpu_ms(&all) + proc_reaped_ms(vt_pid(vt)) - cpu);
    }
    ok = ok && top_quit(vt);
    vt_free(vt);
    return ok;
}

/* ---- scancel ---- */

static bool cancel_with_scancel(struct bulk *k)
{
    struct command_cost cost;

    for (uint32_t i = 0; i < k->count; i++) {
        snprintf(k->texts[i], sizeof(k->texts[i]), "%u", k->ids[i]);
        k->scancel[i + 1] = k->texts[i];
    }
    k->scancel[0] = "scancel";
    if (command_run(k->scancel, false, &cost) != 0) {
        fprintf(stderr, "bench: scancel does not work\n");
        return false;
    }
    series_add(&k->wall[SCANCEL], cost.wall_ms);
    series_add(&k->cpu[SCANCEL], cost.cpu_ms);
    return true;
}

/* ---- in turn ---- */

static double last_of(const struct series *s)
{
    return s->values[s->n - 1];
}

/* Who begins changes with each round: what one leaves behind hits all alike. */
static bool round_of(struct bench *b, struct bulk *k, int first)
{
    for (int i = 0; i < WAYS; i++) {
        enum way way = (enum way)((first + i) % WAYS);

        if (!control_held_jobs(NAME, k->ids, k->count) ||
            !(way == SCANCEL ? cancel_with_scancel(k) : cancel_with_top(b, k, way)))
            return false;
    }
    for (int i = 0; i < COMPARED; i++)
        series_add(&k->ratio[i], last_of(&k->wall[i]) / last_of(&k->wall[SCANCEL]));
    return true;
}

static void report_way(struct bench *b, struct bulk *k, enum way way, const char *what)
{
    struct report_row *row = report_row(&b->report, "%s", what);

    row_series(row, &k->wall[way], "ms");
    row_comparison(row, "its processes use %.0f ms of CPU", series_median(&k->cpu[way]));
}

static void report_ratio(struct bench *b, struct bulk *k, enum way way, const char *when)
{
    struct report_row *row =
        report_row(&b->report, "%u jobs cancelled, in scancel's time, %s", k->count, when);

    row_series(row, &k->ratio[way], "");
    row_comparison(
        row, "from the end of grace to the last result; %zu rounds in turn", k->ratio[way].n);
    if (way == AT_ONCE) /* without the time for it: what a look at all jobs costs */
        return;
    row_limit(row, "%.1f", LIMIT_BULK);
    row_judge(row, series_median(&k->ratio[way]), LIMIT_BULK);
}

static void report(struct bench *b, struct bulk *k)
{
    struct report_row *row;

    report_row(&b->report, "%s", "");
    report_ratio(b, k, AT_REST, "at rest");
    report_ratio(b, k, CHANGED, "changed");
    report_ratio(b, k, AT_ONCE, "changed, Enter");
    report_way(b, k, AT_REST, "  kfarm-top");
    report_way(b, k, CHANGED, "  kfarm-top, the queue has changed");
    report_way(b, k, AT_ONCE, "  kfarm-top, changed, and grace ended by Enter");
    report_way(b, k, SCANCEL, "  scancel, all numbers in one command");
    row = report_row(&b->report, "  a key meanwhile, worst of %zu", k->key.n);
    row_limit(row, "%.0f ms", LIMIT_KEY_MS);
    row_series(row, &k->key, "ms");
    row_comparison(row, "in the worst it waited %.1f ms for a CPU, the benchmark %.1f ms",
        k->key_worst_waited, k->key_worst_own);
    row_judge(row, series_max(&k->key), LIMIT_KEY_MS);
}

bool measure_bulk(struct bench *b)
{
    uint32_t count = (uint32_t)b->bulk;
    struct bulk k = {.count = count,
        .ids = xcalloc(count, sizeof(uint32_t)),
        .scancel = xcalloc(count + 2, sizeof(char *)),
        .texts = xcalloc(count, 16)};
    bool ok = true;

    for (int i = 0; i < b->bulks && ok; i++)
        ok = round_of(b, &k, i);
    if (ok)
        report(b, &k);
    release(&k);
    return ok;
}
