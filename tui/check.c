/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "base/fmt.h"
#include "base/harmless.h"
#include "tui/once.h"
#include "tui/print.h"

#define ANSWER_MS 30000
#define LINES_MAX 20 /* groups of nodes that are told */

extern char **environ;

/* ---- the second opinion ---- */

struct asking {
    struct check_opinion *opinion;
    bool over;
};

static void on_ended(void *user, const struct process_end *end)
{
    struct asking *a = user;
    const char *words = end->errors, *prefix = "sbatch: ";

    a->over = true;
    a->opinion->asked = !end->timed_out;
    a->opinion->accepted = end->exit_status == 0 && end->signal == 0 && !end->timed_out;
    /* it names the place in its last line; what is before are warnings of the library */
    if (a->opinion->accepted && strrchr(words, '\n'))
        words = strrchr(words, '\n') + 1;
    if (strncmp(words, prefix, strlen(prefix)) == 0)
        words += strlen(prefix);
    snprintf(a->opinion->words, sizeof(a->opinion->words), "%s",
        end->timed_out ? "sbatch did not answer in time" : words);
}

/* sbatch --test-only OPTION… SCRIPT, where we are. */
static void ask_sbatch(const struct options *o, struct check_opinion *opinion)
{
    static const struct process_events events = {.ended = on_ended};
    struct asking asking = {.opinion = opinion};
    struct process *p = NULL;
    struct diag d = DIAG_INIT;
    bool begun = false;
    const char **argv;
    size_t n = 0;
    uv_loop_t loop;

    while (o->batch_options[n])
        n++;
    argv = xcalloc(n + 4, sizeof(*argv));
    argv[0] = "sbatch";
    argv[1] = "--test-only";
    memcpy(argv + 2, o->batch_options, n * sizeof(*argv));
    argv[n + 2] = o->batch;
    if (process_loop_init(&loop, &d) == 0) {
        p = process_command(&loop, argv, NULL, ANSWER_MS, &events, &asking, &d);
        begun = true;
    }
    while (p && !asking.over)
        uv_run(&loop, UV_RUN_ONCE);
    if (p == NULL)
        snprintf(opinion->words, sizeof(opinion->words), "%s", d.text);
    process_free(p);
    if (begun) {
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    free(argv);
}

/* ---- for people ---- */

struct group {
    char text[256];
    uint32_t first, count;
};

void check_node_lines(
    const struct verdict *v, const struct snapshot *s, uint32_t most, check_line_fn *fn, void *user)
{
    struct group *groups = xcalloc(most, sizeof(*groups));
    uint32_t n = 0, others = 0, width = 4;
    char line[512], name[300];

    for (uint32_t i = 0; i < v->fit.count; i++) {
        char text[sizeof(groups->text)];
        uint32_t k = 0;

        fit_node_text(&v->fit, s, &v->request, i, text, sizeof(text));
        /* few nodes are told one by one */
        while (k < n && (v->fit.count <= most || strcmp(groups[k].text, text) != 0))
            k++;
        if (k == most) {
            others++;
            continue;
        }
        if (k == n) {
            groups[n] = (struct group){.first = i};
            memcpy(groups[n++].text, text, sizeof(text));
        }
        groups[k].count++;
    }
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t k = 0; k < n; k++) {
            const char *first = node_str(s, s->nodes[groups[k].first].name);

            if (groups[k].count > 1)
                snprintf(name, sizeof(name), "%s and %u more", first, groups[k].count - 1);
            else
                snprintf(name, sizeof(name), "%s", first);
            width = KF_MAX(width, (uint32_t)KF_MIN(strlen(name), (size_t)40));
            snprintf(line, sizeof(line), "%-*s  %s", (int)width, name, groups[k].text);
            if (pass)
                fn(user, line);
        }
    if (others) {
        snprintf(line, sizeof(line), "and %u more nodes, for other reasons", others);
        fn(user, line);
    }
    free(groups);
}

static void print_line(void *user, const char *line)
{
    buf_addf(user, "  %s\n", line);
}

static void print_findings(const struct verdict *v, struct buf *out)
{
    for (uint32_t i = 0; i < v->findings.count; i++) {
        const struct finding *f = &v->findings.v[i];
        char at[32] = "";

        if (f->line)
            snprintf(at, sizeof(at), "line %u: ", f->line);
        buf_addf(out, "  %-8s %s%s\n", finding_level_name(f->level), at, f->text);
    }
}

static void print_request(const struct verdict *v, const struct snapshot *s, struct buf *out)
{
    const struct fit *f = &v->fit;
    char span[FMT_SIZE];

    if (f->partition == NULL)
        return;
    buf_addf(out, "  asks for  partition %s, %u node%s, %u task%s of %u CPU%s",
        partition_str(s, f->partition->name), f->want_nodes, f->want_nodes == 1 ? "" : "s",
        f->want_tasks, f->want_tasks == 1 ? "" : "s", f->want_cpus, f->want_cpus == 1 ? "" : "s");
    if (f->node_mb)
        buf_addf(out, ", %llu MiB on each node", (unsigned long long)f->node_mb);
    if (f->cpu_mb)
        buf_addf(out, ", %llu MiB for each CPU", (unsigned long long)f->cpu_mb);
    if (v->request.mem_all)
        buf_adds(out, ", all memory of each node");
    if (v->request.time_min && v->request.time_min != REQUEST_UNLIMITED)
        buf_addf(out, ", %s", fmt_span(span, (int64_t)v->request.time_min * 60));
    if (v->request.has_array)
        buf_addf(out, ", array %s", request_value(&v->request, REQUEST_ARRAY));
    buf_addc(out, '\n');
}

static void print_text(const struct options *o, const struct verdict *v, const struct snapshot *s,
    const struct check_opinion *opinion, struct buf *out)
{
    bool runs = v->runs && (!opinion->asked || opinion->accepted);

    harmless_add(out, o->batch, strlen(o->batch));
    buf_addf(out, ": %s: %s%s%s\n", runs ? "yes" : "no", v->fit.words, verdict_but(v),
        v->runs && !runs ? ", but Slurm says no" : "");
    print_request(v, s, out);
    check_node_lines(v, s, LINES_MAX, print_line, out);
    print_findings(v, out);
    if (opinion->words[0])
        buf_addf(out, "  sbatch    %s\n", opinion->words);
}

int check_main(const struct options *o)
{
    struct buf text = BUF_INIT, out = BUF_INIT;
    struct findings files = {0};
    struct check_opinion opinion = {0};
    struct verdict v;
    struct snapshot *s;
    struct diag d = DIAG_INIT;
    char cwd[PATH_MAX];
    struct verdict_job job = {.script = o->batch,
        .cwd = getcwd(cwd, sizeof(cwd)),
        .argv = o->batch_options,
        .environment = environ,
        .variables = {
            o->config->source_variable, o->config->output_variable, o->config->config_variable}};
    int64_t now_ms;
    int status, err;

    if (job.cwd == NULL) { /* sbatch then refuses, too */
        harmless_error("kfarm-top: the working directory: %s", strerror(errno));
        return 2;
    }
    if (verdict_read(o->batch, &text, &d) < 0) {
        harmless_error("kfarm-top: %s", d.text);
        return 2;
    }
    s = once_snapshot(
        o, REFRESH_CLUSTER | REFRESH_NODES | REFRESH_PARTITIONS, NULL, &now_ms, &status);
    if (s) {
        verdict_files(&job, buf_str(&text), text.len, &files);
        verdict_judge(&v, &job, buf_str(&text), text.len, s, &files);
        if (o->replay == NULL)
            ask_sbatch(o, &opinion);
        if (o->format == FORMAT_JSON) {
            check_json(o, &v, s, &opinion, &out);
            err = harmless_data(&out, stdout);
        } else {
            print_text(o, &v, s, &opinion, &out);
            err = harmless_write(&out, stdout);
        }
        status = v.runs && (!opinion.asked || opinion.accepted) ? 0 : 1;
        if (err)
            status = print_unwritten(err);
        verdict_release(&v);
    }
    findings_release(&files);
    buf_release(&out);
    buf_release(&text);
    snapshot_free(s);
    return status;
}
