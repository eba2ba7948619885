/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The benchmark: kfarm-top on a real slurmctld with many jobs and nodes, measured from outside,
 * side by side with a bare loop over libslurm and with squeue and sinfo, in the same minutes. It
 * prints a table and leaves it to the reader; the exit status says only whether everything could
 * be measured: 0, 1 if not, 2 for wrong usage.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/parse.h"
#include "tests/bench/bench.h"
#include "tests/bench/control.h"

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

struct farm {
    const char *dir, *conf, *jobs, *nodes;
    char own_dir[128], own_conf[192];
    bool keep, help, started;
};

/* ---- the program in a terminal ---- */

struct vt *bench_open(const struct bench *b, const char *const *args)
{
    const char *argv[8] = {b->program};
    struct vt *vt;

    for (size_t i = 0; args && args[i] && i + 2 < KF_LEN(argv); i++)
        argv[i + 1] = args[i];
    vt = vt_spawn(&(struct vt_options){.argv = argv, .cols = 120, .rows = 40});
    if (vt == NULL)
        fprintf(stderr, "bench: %s: %s\n", b->program, strerror(errno));
    return vt;
}

/* Its number stands behind the sign of the selection, whether it is marked or not (the selected node's
   name is no number). */
bool bench_selected(struct vt *vt, uint32_t *ret_job)
{
    static const char *const signs[] = {"▸", "◆"};

    for (int row = 0; row < vt_rows(vt); row++)
        for (size_t i = 0; i < KF_LEN(signs); i++) {
            const char *at = strstr(vt_row_text(vt, row), signs[i]);

            at = at ? at + strlen(signs[i]) : NULL;
            if (at && *at >= '0' && *at <= '9') {
                *ret_job = (uint32_t)strtoul(at, NULL, 10);
                return true;
            }
        }
    return false;
}

static bool job_is_selected(struct vt *vt, void *user)
{
    return bench_selected(vt, user);
}

bool bench_see_job(struct vt *vt, uint32_t *ret_job)
{
    return vt_wait_match(vt, job_is_selected, ret_job, BENCH_WAIT_MS);
}

bool bench_quit(struct vt *vt)
{
    int status;

    vt_keys(vt, "q");
    return vt_wait_exit(vt, BENCH_WAIT_MS, &status) && status == 0;
}

bool bench_change(struct bench *b)
{
    snprintf(b->name, sizeof(b->name), "bench_%05u", ++b->changes % 100000);
    return control_change(b->job, b->name, BENCH_NODE, b->name);
}

/* ---- the farm ---- */

static bool farm_command(const struct farm *farm, bool start)
{
    const char *const up[] = {SOURCE_DIR "/farm/up", "--dir", farm->dir, "--jobs", farm->jobs,
        "--nodes", farm->nodes, NULL};
    const char *const down[] = {SOURCE_DIR "/farm/down", "--dir", farm->dir, NULL};

    if (command_run(start ? up : down, true, NULL) == 0)
        return true;
    fprintf(stderr, "bench: farm/%s does not work\n", start ? "up" : "down");
    return false;
}

/* Has everything that is run from here on talk to one farm, and in one language. */
static void set_environment(const char *conf)
{
    static const char *const prefixes[] = {"SLURM_", "SQUEUE_", "SINFO_", "SCONTROL_", "KFARM_"};

    for (size_t i = 0; environ && environ[i];) {
        char *name = xmemdup0(environ[i], strcspn(environ[i], "="));
        bool drop = false;

        for (size_t k = 0; k < KF_LEN(prefixes); k++)
            drop = drop || strncmp(name, prefixes[k], strlen(prefixes[k])) == 0;
        if (drop)
            unsetenv(name);
        else
            i++;
        free(name);
    }
    setenv("SLURM_CONF", conf, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
}

static bool farm_start(struct farm *farm)
{
    const char *tmp = getenv("TMPDIR");
    const char *status[] = {SOURCE_DIR "/farm/status", "--dir", NULL, NULL};

    if (farm->conf == NULL) {
        snprintf(farm->own_dir, sizeof(farm->own_dir), "%s/kfarm-speed.%u.%sx%s",
            tmp && *tmp ? tmp : "/tmp", (unsigned)geteuid(), farm->jobs, farm->nodes);
        farm->dir = farm->dir ? farm->dir : farm->own_dir;
        snprintf(farm->own_conf, sizeof(farm->own_conf), "%s/etc/slurm.conf", farm->dir);
        status[2] = farm->dir;
        farm->started = command_run(status, false, NULL) != 0;
        if (!farm_command(farm, true))
            return false;
    }
    set_environment(farm->conf ? farm->conf : farm->own_conf);
    return true;
}

static bool farm_end(const struct farm *farm)
{
    return !farm->started || farm->keep || farm_command(farm, false);
}

/* ---- the run ---- */

static void print_load(const char *when)
{
    double load[3] = {0};

    if (getloadavg(load, 3) > 0)
        printf("load average %s: %.2f %.2f %.2f (%ld CPUs)\n", when, load[0], load[1], load[2],
            sysconf(_SC_NPROCESSORS_ONLN));
}

/* Which job is changed: the first on the screen. */
static bool choose_job(struct bench *b)
{
    struct vt *vt = bench_open(b, NULL);
    bool ok = vt && bench_see_job(vt, &b->job) && bench_quit(vt);

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
    print_load("before");
    fflush(stdout);
    ok = measure_parts(b);
    ok = control_change(b->job, b->job_name, BENCH_NODE, "") && ok;
    print_load("after");
    putchar('\n');
    report_print(&b->report);
    puts("\n* from the issue that asked for this benchmark, on such a farm; not measured here");
    b->load = load_stop(b->load);
    return ok;
}

static bool take_number(const char *text, int *ret)
{
    int64_t n;

    if (parse_i64(text, 1, 100000, &n) < 0)
        return false;
    *ret = (int)n;
    return true;
}

static int parse(int argc, char **argv, struct bench *b, struct farm *farm)
{
    const struct {
        const char *name;
        const char **text; /* where its value goes */
        int *number; /* or */
        bool *flag; /* or, without a value */
    } rows[] = {{.name = "jobs", .text = &farm->jobs}, {.name = "nodes", .text = &farm->nodes},
        {.name = "dir", .text = &farm->dir}, {.name = "conf", .text = &farm->conf},
        {.name = "program", .text = &b->program}, {.name = "rounds", .number = &b->rounds},
        {.name = "keys", .number = &b->keys}, {.name = "starts", .number = &b->starts},
        {.name = "bulk", .number = &b->bulk}, {.name = "bulks", .number = &b->bulks},
        {.name = "only", .text = &b->only}, {.name = "seconds", .number = &b->seconds},
        {.name = "keep", .flag = &farm->keep}, {.name = "help", .flag = &farm->help}};
    struct option options[KF_LEN(rows) + 1] = {0};
    bool ok = true;
    int row;

    for (size_t i = 0; i < KF_LEN(rows); i++)
        options[i] = (struct option){
            rows[i].name, rows[i].flag ? no_argument : required_argument, NULL, (int)i + 1};
    while (ok && (row = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (row == '?')
            ok = false;
        else if (rows[row - 1].flag)
            *rows[row - 1].flag = true;
        else if (rows[row - 1].text)
            *rows[row - 1].text = optarg;
        else
            ok = take_number(optarg, rows[row - 1].number);
    }
    return ok && optind == argc && (b->only == NULL || is_part(b->only)) ? 0 : -EINVAL;
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
    bool ok;

    if (parse(argc, argv, &b, &farm) < 0) {
        fputs(usage, stderr);
        return 2;
    }
    if (farm.help) {
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
