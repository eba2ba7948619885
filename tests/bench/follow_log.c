/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One log on the screen.
 *
 * A large one is opened from the queue, another job's log having been on the screen before: by somebody who has
 * looked at the row for a second (the program has asked for the log of what is selected by then), and by somebody
 * who has not, so that all the key leads to is measured: the helper is told of the file, reads its end, and the
 * screen draws it. The file is in the page cache as far as there is room. Memory is looked at all the time while the
 * helpers read what lies before the end (they count it), and again while `g` has it read for the line numbers.
 *
 * A new line's way is measured from before write(2) until it is on the screen, at moments that have nothing to
 * do with ours: a helper that polls is met at any point of its pause.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tests/bench/follow.h"
#include "tests/bench/procs.h"
#include "tests/bench/steps.h"
#include "tests/bench/top.h"

#define SLEEPER   "#!/bin/sh\nexec sleep 100000\n"
#define OPENINGS  5 /* of each kind */
#define RESTED_MS 1000 /* by then what is selected has long been told to the helper */
#define SAMPLE_MS 250
#define REST_MS   2000 /* so long with … */
#define REST_PART 0.1 /* … less than this of a CPU: nothing is read any more */
#define READ_S    300 /* by then it has been read, or never will be */
#define SPARE_MB  2000 /* that stay free on the disk */

#define FIRST_OF  " 1 of "
#define LARGE_END "  LD      the/end/of/the/large/log.o"
#define SMALL_END "  LD      the/end/of/the/small/log.o"

/* Opens a job's log from the queue, so many ms after the job was selected; how long that took until this text,
   its end, was there. */
static bool open_log(struct vt *vt, uint32_t job, int rest_ms, const char *text, double *ret_ms)
{
    int64_t start;

    if (!top_select(vt, job) || !vt_wait_gone(vt, text, TOP_WAIT_MS))
        return follow_failed("the job cannot be selected");
    vt_run(vt, rest_ms);
    start = clock_monotonic_us();
    if (!vt_keys(vt, "l") || !vt_wait_text(vt, text, TOP_WAIT_MS))
        return follow_failed("the log does not come");
    *ret_ms = (double)(clock_monotonic_us() - start) / 1e3;
    return true;
}

/* ---- a large one ---- */

struct large {
    struct follow *follow;
    struct vt *vt;
    struct follow_path path;
    int64_t bytes, lines;
    int64_t told; /* lines, by kfarm-top */
    uint32_t job, other;
    struct procs all; /* kfarm-top and its helpers */
    struct series rested, at_once; /* ms, opened … after the job was selected */
    double count_s, first_ms, index_s;
    double count_mb, index_mb; /* PSS, the most that was seen */
};

static bool make_files(struct large *l)
{
    const struct steps_log big = {.bytes = (int64_t)l->follow->mb * 1000000, .last = LARGE_END};
    const struct steps_log small = {.bytes = 20000, .last = SMALL_END};
    struct steps steps;
    struct statvfs fs;
    bool ok;

    if (statvfs(l->follow->work, &fs) < 0)
        return follow_failed(strerror(errno));
    if ((double)fs.f_bavail * (double)fs.f_frsize / 1e6 < l->follow->mb + SPARE_MB) {
        fprintf(stderr, "bench_follow: no room for %d MB in %s; try --mb\n", l->follow->mb,
            l->follow->dir);
        return false;
    }
    if (!steps_read(&steps, RECORDED))
        return follow_failed(RECORDED);
    l->bytes = steps_write(&steps, l->path.text, &big, &l->lines);
    ok = l->bytes > 0 &&
         steps_write(&steps, follow_path(l->follow, "small.log").text, &small, NULL) > 0;
    steps_release(&steps);
    return ok || follow_failed(strerror(errno));
}

static bool look_at_memory(const struct large *l, double *most)
{
    struct procs_memory memory;

    if (!procs_memory(&l->all, &memory))
        return follow_failed("a process of kfarm-top has ended");
    *most = KF_MAX(*most, memory.pss);
    return true;
}

/* Waits until the helpers rest. */
static bool let_it_count(struct large *l)
{
    int64_t start = clock_monotonic_us(), now = start, busy = start;
    double before = procs_cpu_ms(&l->all);

    while (now - busy < REST_MS * 1000 && now - start < (int64_t)READ_S * 1000000) {
        double cpu;

        vt_run(l->vt, SAMPLE_MS);
        cpu = procs_cpu_ms(&l->all);
        now = clock_monotonic_us();
        if (cpu < 0 || !look_at_memory(l, &l->count_mb))
            return false;
        if (cpu - before > SAMPLE_MS * REST_PART)
            busy = now;
        before = cpu;
    }
    l->count_s = (double)(busy - start) / 1e6;
    return true;
}

/* The number behind "1 of " in the title; -1 if there is none, or it is still growing. */
static int64_t lines_told(struct vt *vt)
{
    int row, col;
    const char *at;

    if (!vt_find(vt, FIRST_OF, &row, &col) || vt_find(vt, "% read)", NULL, NULL))
        return -1;
    at = strstr(vt_row_text(vt, row), FIRST_OF);
    return at ? strtoll(at + strlen(FIRST_OF), NULL, 10) : -1;
}

/* Goes to the first line, and waits until the last one has its number. */
static bool index_all(struct large *l)
{
    int64_t start = clock_monotonic_us(), now, sampled = 0;

    if (!vt_keys(l->vt, "g") || !vt_wait_text(l->vt, FIRST_OF, TOP_WAIT_MS))
        return follow_failed("g does not lead to the first line");
    now = clock_monotonic_us();
    l->first_ms = (double)(now - start) / 1e3;
    while ((l->told = lines_told(l->vt)) < 0) {
        if (now - start > (int64_t)READ_S * 1000000)
            return follow_failed("the log is not read to its end");
        if (now - sampled > SAMPLE_MS * 1000) {
            if (!look_at_memory(l, &l->index_mb))
                return false;
            sampled = now;
        }
        vt_run(l->vt, 20);
        now = clock_monotonic_us();
    }
    l->index_s = (double)(now - start) / 1e6;
    return look_at_memory(l, &l->index_mb);
}

static void report_memory(struct report *r, double mb, const char *comparison)
{
    struct report_row *row = report_row(r, "  memory meanwhile");

    row_limit(row, "%.0f MB", LIMIT_FOLLOW_MB);
    row_measured(row, "%.1f MB", mb);
    row_comparison(row, "%s", comparison);
    row_judge(row, mb, LIMIT_FOLLOW_MB);
}

static void report_opened(struct report_row *row, struct series *s, const char *comparison)
{
    row_limit(row, "%.0f ms", LIMIT_OPEN_MS);
    row_series(row, s, "ms");
    row_comparison(row, "%zu times; %s", s->n, comparison);
    row_judge(row, series_max(s), LIMIT_OPEN_MS);
}

static bool report_large(struct large *l)
{
    const char *const wc[] = {"wc", "-l", l->path.text, NULL};
    struct report *r = &l->follow->report;
    struct report_row *row;
    struct command_cost cost;
    struct procs_memory memory;

    if (!procs_memory(&l->all, &memory) || command_run(wc, false, &cost) != 0)
        return follow_failed("wc -l does not work");
    row = report_row(r, "a log of %.0f MB: l to its last line", (double)l->bytes / 1e6);
    report_opened(row, &l->rested, "the job was selected a second before, in the queue");
    row = report_row(r, "  the same, at once");
    report_opened(row, &l->at_once, "the job was selected just before");
    row = report_row(r, "  until the helpers have read it");
    row_measured(row, "%.1f s", l->count_s);
    row_comparison(row, "from the last opening on; one counts its lines, one follows the build");
    report_memory(r, l->count_mb, "the most; PSS of all processes");
    row = report_row(r, "  g to its first line");
    row_measured(row, "%.0f ms", l->first_ms);
    row = report_row(r, "  g until every line has its number");
    row_measured(row, "%.1f s", l->index_s);
    row_comparison(
        row, "wc -l: %.1f s, of that %.1f s of CPU", cost.wall_ms / 1e3, cost.cpu_ms / 1e3);
    report_memory(r, l->index_mb, "likewise");
    row = report_row(r, "  lines that it tells of");
    row_limit(row, "%lld", (long long)l->lines);
    row_measured(row, "%lld", (long long)l->told);
    row_comparison(row, "the limit is what the file has");
    row_judge(row, (double)llabs(l->told - l->lines), 0);
    row = report_row(r, "  peaks of all processes, summed");
    row_measured(row, "%.1f MB", memory.peak);
    row_comparison(row, "RSS, what they share counted in each");
    return true;
}

static bool measure_opened(struct large *l)
{
    double ms;

    for (int i = 0; i < 2 * OPENINGS; i++) {
        int rest_ms = i % 2 ? RESTED_MS : 0;

        if (!open_log(l->vt, l->other, RESTED_MS, SMALL_END, &ms) ||
            !open_log(l->vt, l->job, rest_ms, LARGE_END, &ms))
            return false;
        series_add(rest_ms ? &l->rested : &l->at_once, ms);
    }
    procs_of(&l->all, vt_pid(l->vt)); /* with the helpers that the logs brought */
    return let_it_count(l) && index_all(l) && report_large(l);
}

bool measure_large(struct follow *f)
{
    struct large l = {.follow = f, .path = follow_path(f, "large.log")};
    uint32_t job;
    bool ok =
        make_files(&l) && follow_script(f, "sleeper.sh", SLEEPER) &&
        follow_submit(f, "sleeper.sh", "large", l.path.text, NULL, &l.job) &&
        follow_submit(f, "sleeper.sh", "small", follow_path(f, "small.log").text, NULL, &l.other) &&
        follow_wait_jobs("RUNNING", 2, 30);

    l.vt = ok ? top_open(f->program, NULL) : NULL;
    ok = l.vt && top_see_job(l.vt, &job) && measure_opened(&l) && top_quit(l.vt);
    vt_free(l.vt);
    series_release(&l.rested);
    series_release(&l.at_once);
    unlink(l.path.text); /* else it would be read again for every kfarm-top to come */
    return follow_cancel() && ok;
}

/* ---- latency ---- */

struct way {
    const char *what;
    double limit;
    const char *seen,
        *written; /* the directory as the job knows it, and where lines are written to */
    char note[96];
};

static bool append_lines(struct follow *f, struct vt *vt, const char *path, struct series *s)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool ok = fd >= 0 || follow_failed(strerror(errno));

    for (int i = 0; i < f->lines && ok; i++) {
        char line[64];
        int n = snprintf(line, sizeof(line), "  CC      late/line_%04d.o\n", i);
        int64_t start;

        vt_run(vt, 300 + (int)(random() % 1700));
        start = clock_monotonic_us();
        ok = write(fd, line, (size_t)n) == n;
        line[n - 1] = '\0';
        ok = ok && vt_wait_text(vt, line, TOP_WAIT_MS);
        series_add(s, (double)(clock_monotonic_us() - start) / 1e3);
    }
    if (fd >= 0)
        close(fd);
    return ok || follow_failed("an appended line does not come");
}

static bool measure_way(struct follow *f, const struct way *w)
{
    char seen[300], written[300];
    struct series s = {0};
    struct report_row *row;
    uint32_t job;
    double ms;
    struct vt *vt = NULL;
    bool ok;

    snprintf(seen, sizeof(seen), "%s/latency.log", w->seen);
    snprintf(written, sizeof(written), "%s/latency.log", w->written);
    ok = follow_script(f, "first.sh", "#!/bin/sh\necho '" SMALL_END "'\nexec sleep 100000\n") &&
         follow_submit(f, "first.sh", "latency", seen, NULL, &job) &&
         follow_wait_jobs("RUNNING", 1, 30) && (vt = top_open(f->program, NULL)) != NULL &&
         top_see_job(vt, &job) && open_log(vt, job, RESTED_MS, SMALL_END, &ms) &&
         append_lines(f, vt, written, &s) && top_quit(vt);
    vt_free(vt);
    if (ok) {
        row = report_row(&f->report, "%s", w->what);
        row_limit(row, "%.0f ms", w->limit);
        row_series(row, &s, "ms");
        row_comparison(row, "%zu lines; %s", s.n, w->note);
        row_judge(row, series_max(&s), w->limit);
    }
    series_release(&s);
    ok = follow_cancel() && ok;
    unlink(written);
    return ok;
}

/* Without file events, as on NFS: what was written below the mount is not told to inotify. Nothing is remembered
   of a file's size, since NFS asks the server for it, too, when a file is opened. */
static bool measure_mounted(struct follow *f, const char *below)
{
    struct follow_path mount = follow_path(f, "mounted");
    const char *const mkdir_argv[] = {"mkdir", "-p", mount.text, NULL};
    const char *const bind[] = {
        "bindfs", "-o", "attr_timeout=0,entry_timeout=0", below, mount.text, NULL};
    const char *const unbind[] = {"fusermount", "-u", mount.text, NULL};
    struct way w = {"  on a FUSE mount (bindfs)", LIMIT_POLLED_MS, mount.text, below, ""};
    struct report_row *row;
    bool ok;

    snprintf(w.note, sizeof(w.note), "written below the mount, as by another machine");
    if (command_run(mkdir_argv, true, NULL) != 0 || command_run(bind, false, NULL) != 0) {
        row = report_row(&f->report, "%s", w.what);
        row_measured(row, "bindfs cannot be used here");
        return true;
    }
    ok = measure_way(f, &w);
    return command_run(unbind, true, NULL) == 0 && ok;
}

static const char *file_system(const char *path)
{
    struct statfs st;

    if (statfs(path, &st) != 0)
        return "an unknown file system";
    return st.f_type == 0xEF53 ? "ext4" : st.f_type == 0x01021994 ? "tmpfs" : "another file system";
}

bool measure_latency(struct follow *f)
{
    struct follow_path local = follow_path(f, "local"), link = follow_path(f, "link");
    const char *const mkdir_argv[] = {"mkdir", "-p", local.text, link.text, NULL};
    struct way events = {
        "a new line, on a local file system", LIMIT_LOCAL_MS, local.text, local.text, ""};
    struct way linked = {"  through a symbolic link", LIMIT_POLLED_MS, link.text, local.text, ""};
    struct follow_path from = follow_path(f, "link/latency.log");
    struct follow_path to = follow_path(f, "local/latency.log");

    snprintf(events.note, sizeof(events.note), "%s, with file events", file_system(f->work));
    snprintf(linked.note, sizeof(linked.note), "polled, since events come to where it leads");
    report_row(&f->report, "%s", "");
    if (command_run(mkdir_argv, true, NULL) != 0 || symlink(to.text, from.text) < 0)
        return follow_failed(strerror(errno));
    return measure_way(f, &events) && measure_way(f, &linked) && measure_mounted(f, local.text);
}
