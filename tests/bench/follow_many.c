/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many logs at once, at rest: jobs that share the CPUs of the two nodes (OverSubscribe=FORCE, set in the running
 * controller and gone with it), each of which has written a part of a recorded build and then sleeps. What
 * kfarm-top costs in the builds view then is looking at all their files, Slurm's answers, and the ticks of the
 * clock.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/bench/follow.h"
#include "tests/bench/procs.h"
#include "tests/bench/top.h"

#define CPUS      12 /* of farm/up's nodes */
#define SETTLE_MS 15000 /* until all has been read, and the rates of steps have become 0 … */
#define RATES_MS  80000 /* … which takes as long as backend/builds.c looks back */

static bool share_cpus(const struct follow *f)
{
    char share[48];
    const char *const argv[] = {"scontrol", "update", "PartitionName=debug", share, NULL};

    snprintf(share, sizeof(share), "OverSubscribe=FORCE:%d", (f->jobs + CPUS - 1) / CPUS + 2);
    return command_run(argv, true, NULL) == 0 || follow_failed("scontrol does not work");
}

static bool submit_all(struct follow *f)
{
    struct follow_path dir = follow_path(f, "many");
    uint32_t job;

    if (mkdir(dir.text, 0755) < 0 || !share_cpus(f) ||
        !follow_script(
            f, "many.sh", "#!/bin/sh\nhead -n \"$LINES_MADE\" " RECORDED "\nexec sleep 100000\n"))
        return false;
    for (int i = 0; i < f->jobs; i++) {
        char name[32], log[300], lines[48];

        snprintf(name, sizeof(name), "build_%03d", i);
        snprintf(log, sizeof(log), "%s/%s.log", dir.text, name);
        snprintf(lines, sizeof(lines), "ALL,LINES_MADE=%d", 200 + i * 7 % 400);
        if (!follow_submit(f, "many.sh", name, log, lines, &job))
            return false;
    }
    return follow_wait_jobs("RUNNING", f->jobs, 300);
}

/* That all of them are followed, and read, is what the filter says. */
static bool see_all(const struct follow *f, struct vt *vt)
{
    char all[48];

    snprintf(all, sizeof(all), "/state:run steps>100 %d of ", f->jobs);
    return (vt_keys(vt, "5", "/") && vt_wait_text(vt, "filter: ", TOP_WAIT_MS) &&
               vt_keys(vt, "state:run steps>100<Enter>") && vt_wait_text(vt, all, TOP_WAIT_MS) &&
               vt_keys(vt, "<Esc>") && vt_wait_gone(vt, "steps>100", TOP_WAIT_MS)) ||
           follow_failed("not all builds are followed");
}

static bool watch(struct follow *f, struct vt *vt, const char *what, const char *note)
{
    struct report_row *row;
    struct procs_memory memory;
    struct procs all;
    double cpu_ms, wall_ms, percent;
    uint64_t bytes = vt_bytes(vt);
    int64_t start = clock_monotonic_us();

    procs_of(&all, vt_pid(vt));
    cpu_ms = procs_cpu_ms(&all);
    vt_run(vt, f->seconds * 1000);
    cpu_ms = procs_cpu_ms(&all) - cpu_ms;
    wall_ms = (double)(clock_monotonic_us() - start) / 1e3;
    if (!procs_memory(&all, &memory))
        return follow_failed("a process of kfarm-top has ended");
    percent = cpu_ms / wall_ms * 100;
    row = report_row(&f->report, "%s", what);
    row_limit(row, "%.0f %%", LIMIT_MANY_PERCENT);
    row_measured(row, "%.2f %%", percent);
    row_comparison(row, "of one CPU over %d s; %s; %.0f bytes/s to the terminal; %.0f MB of memory",
        f->seconds, note, (double)(vt_bytes(vt) - bytes) / wall_ms * 1e3, memory.pss);
    row_judge(row, percent, LIMIT_MANY_PERCENT);
    return true;
}

bool measure_many(struct follow *f)
{
    struct vt *vt = NULL;
    char what[48];
    uint32_t job;
    bool ok;

    report_row(&f->report, "%s", "");
    snprintf(what, sizeof(what), "%d logs at rest, builds view", f->jobs);
    ok = submit_all(f) && (vt = top_open(f->program, NULL)) != NULL && top_see_job(vt, &job) &&
         see_all(f, vt);
    if (ok) {
        vt_run(vt, SETTLE_MS);
        ok = watch(f, vt, what, "soon after they were read");
    }
    if (ok) {
        vt_run(vt, RATES_MS);
        ok = watch(f, vt, "  later on", "nothing changes any more") && top_quit(vt);
    }
    vt_free(vt);
    return follow_cancel() && ok;
}
