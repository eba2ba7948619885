/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys that look at every row: filters while they are typed, sorting, searching, marking. From each key
 * to the last byte of the screen it leads to, and the CPU time that the screen's process used for it,
 * which a busy machine changes less. Nothing is refreshed meanwhile, and no key is pressed when the
 * clock is about to tick: what is drawn then would be taken for the key's.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/bench/bench.h"

#define QUIET_MS 30 /* after which a screen is finished */
#define TICK_MS  700 /* of each second; behind them no key is pressed */
#define KEY_MS   5000

struct finding {
    struct bench *bench;
    struct vt *vt;
};

/* The keys of one row of the report; what comes before and after them is not measured. A space parts
   keys of vt_keys(); `typed` is pressed letter by letter behind them. */
struct group {
    const char *what, *before, *keys, *typed, *after;
};

static const struct group groups[] = {
    {"filter, letter by letter", "3 /", "", "state:pend user:ro name~bu.*d", "<Enter> <Esc>"},
    {"filter with a pattern", "3 /", "", "name~^(sel|doc).*_[0-9]*[05]$", "<Enter> <Esc>"},
    {"filter, any column", "3 /", "", "defconfig 1999", "<Enter> <Esc>"},
    {"filter by what the logs say", "5 /", "", "state:pend,run errors<1 phase!=image", "<Enter> <Esc>"},
    {"sort by the next column", "3", "o o o o o o o o o o o o", "", ""},
    {"sort-reverse", "3", "O O O O O O", "", ""},
    {"search for what is nowhere", "3 g <F3>", "", "(net|docs)_.*[a-z]9x$", "<Esc>"},
    {"search, letter by letter", "3 g <F3>", "", "selftests_1[5-9].*3$", ""},
    {"search-next", "", "<Enter> n n n n n n n n N N", "", "<Esc>"},
    {"mark-all, mark-invert, unmark-all", "3", "<C-a> * * U <C-a> U * U", "", ""},
    {"mark-range over all rows", "3 g <Space> G", "v", "", "U"},
    {"filter nodes, letter by letter", "2 /", "", "state:idle name~c0.*9", "<Enter> <Esc>"},
    {"sort nodes by the next column", "2", "o o o o o o o o", "", ""},
};

struct measured {
    struct series wall, cpu; /* ms */
    double worst_waited; /* of the slowest key the program only waited so long for a CPU */
};

static bool has_sent(struct vt *vt, void *user)
{
    return vt_bytes(vt) > *(const uint64_t *)user;
}

/* Waits until no tick of the clock is near. */
static void avoid_tick(struct vt *vt)
{
    const struct clock clock = {0};
    int ms = (int)(clock_ms(&clock) % 1000);

    if (ms < 100)
        vt_run(vt, 100 - ms);
    else if (ms > TICK_MS)
        vt_run(vt, 1100 - ms);
}

/* Presses one key and lets it work; `m` may be NULL. */
static bool press(struct finding *f, const char *key, bool literal, struct measured *m)
{
    struct procs screen = {.pids = {vt_pid(f->vt)}, .n = 1};
    uint64_t bytes;
    double cpu, waited, ms;
    int64_t start;

    avoid_tick(f->vt);
    bytes = vt_bytes(f->vt);
    cpu = procs_cpu_ms(&screen);
    waited = proc_waited_ms(vt_pid(f->vt));
    start = clock_monotonic_us();
    if (literal)
        vt_type(f->vt, key);
    else
        vt_keys(f->vt, key);
    if (!vt_wait_match(f->vt, has_sent, &bytes, KEY_MS))
        return false;
    vt_wait_quiet(f->vt, QUIET_MS, KEY_MS);
    if (m == NULL)
        return true;
    ms = (double)(vt_last_byte_us(f->vt) - start) / 1e3;
    if (m->wall.n == 0 || ms > series_max(&m->wall))
        m->worst_waited = proc_waited_ms(vt_pid(f->vt)) - waited;
    series_add(&m->wall, ms);
    series_add(&m->cpu, procs_cpu_ms(&screen) - cpu);
    return true;
}

static bool press_all(struct finding *f, const char *keys, struct measured *m)
{
    char key[16];

    while (*keys) {
        size_t n = strcspn(keys, " ");

        snprintf(key, sizeof(key), "%.*s", (int)n, keys);
        if (!press(f, key, false, m))
            return false;
        keys += n + (keys[n] == ' ');
    }
    return true;
}

static bool type_all(struct finding *f, const char *text, struct measured *m)
{
    for (; *text; text++)
        if (!press(f, (const char[]){*text, '\0'}, true, m))
            return false;
    return true;
}

static bool measure_group(struct finding *f, const struct group *g)
{
    struct measured m = {0};
    struct report_row *row;
    bool ok = press_all(f, g->before, NULL) && press_all(f, g->keys, &m) &&
              type_all(f, g->typed, &m) && press_all(f, g->after, NULL);

    if (ok) {
        row = report_row(&f->bench->report, "%s, worst of %zu", g->what, m.wall.n);
        row_limit(row, "%.0f ms", LIMIT_KEY_MS);
        row_series(row, &m.wall, "ms");
        row_comparison(row, "CPU %.1f %.1f %.1f ms; the worst waited %.1f ms for a CPU",
            series_min(&m.cpu), series_median(&m.cpu), series_max(&m.cpu), m.worst_waited);
        row_judge(row, series_max(&m.wall), LIMIT_KEY_MS);
    } else {
        fprintf(stderr, "bench: nothing follows a key of \"%s\"\n", g->what);
    }
    series_release(&m.wall);
    series_release(&m.cpu);
    return ok;
}

bool measure_finding(struct bench *b)
{
    struct finding f = {
        .bench = b, .vt = top_open(b->program, (const char *const[]){"--refresh", "3600", NULL})};
    uint32_t job;
    bool ok = f.vt && top_see_job(f.vt, &job);

    if (ok)
        vt_run(f.vt, 1500); /* the log of the selected job, and what else a start leaves behind */
    report_row(&b->report, "%s", "");
    for (size_t i = 0; i < KF_LEN(groups) && ok; i++)
        ok = measure_group(&f, &groups[i]);
    ok = ok && top_quit(f.vt);
    vt_free(f.vt);
    return ok;
}
