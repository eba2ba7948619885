/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backend/progress.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fmt.h"
#include "base/harmless.h"
#include "base/utf8.h"
#include "tui/print_json.h"
#include "tui/summary.h"
#include "widgets/canvas.h"

#define CELL_COLUMNS_MAX                                                                           \
    400 /* of text output; longer cells are cut, CSV and JSON have them whole */

/* What --once can be asked for; without columns of its own a view has those of its set. */
static const struct view {
    const char *name;
    enum column_set_id set;
    bool builds;
    const char *text, *json;
} views[] = {
    {"jobs", COLUMNS_JOBS, false, NULL, NULL},
    {"nodes", COLUMNS_NODES, false, NULL, NULL},
    {"partitions", COLUMNS_PARTITIONS, false, NULL, NULL},
    {"builds", COLUMNS_JOBS, true,
        "job,name,user,node_list,build,part,steps,rate,warnings,errors,time,eta_s,what",
        "job_id,array_job_id,array_task_id,name,user,node_list,state,result,cause,phase,steps,"
        "total,rate,eta_s,warnings,errors,first_error,last_step,elapsed_s,time_limit_min,restarts,"
        "stdout,stderr,exit_code,"
        "exit_signal"},
};

static const struct view *find_view(const char *name)
{
    for (size_t i = 0; i < KF_LEN(views); i++)
        if (strcmp(views[i].name, name) == 0)
            return &views[i];
    return NULL;
}

int print_unwritten(int err)
{
    if (err != -EPIPE)
        harmless_error("kfarm-top: cannot write to standard output: %s", strerror(-err));
    return 1;
}

static bool wants_logs(const struct print *p)
{
    bool wants = p->builds || (p->filter && filter_of_log(p->filter)) ||
                 (p->sort >= 0 && column_of_log(&column_set(p->set)->columns[p->sort]));

    for (int i = 0; i < p->columns.count && !wants; i++)
        wants = column_of_log(&p->columns.set->columns[p->columns.at[i]]);
    return wants;
}

/* What must be loaded for it. */
static uint32_t needs(const struct print *p)
{
    const struct column_set *set = column_set(p->set);
    uint32_t sections = set->section;

    if (p->format ==
        FORMAT_JSON) /* its head: the name of the farm, the release of the controller */
        sections |= REFRESH_CLUSTER;
    if (p->logs) /* the builds, and where their logs are */
        sections |= REFRESH_JOBS | REFRESH_NODES | REFRESH_CLUSTER;
    if (p->filter)
        sections |= filter_needs(p->filter);
    if (p->sort >= 0)
        sections |= column_needs(set, p->sort);
    for (int i = 0; i < p->columns.count; i++)
        sections |= column_needs(set, p->columns.at[i]);
    return sections;
}

int print_plan(struct print *p, const struct options *o, struct diag *d)
{
    const struct view *view = find_view(o->view);
    const struct column_set *set;
    int err = 0;

    *p = (struct print){.format = o->format, .sort = -1};
    p->farm = strcmp(o->view, "farm") == 0;
    p->messages = strcmp(o->view, "messages") == 0;
    if ((p->farm || p->messages) && (o->columns || o->sort || o->filter))
        return diag_set(
            d, -EINVAL, "--columns, --sort and --filter go with nodes, jobs, partitions or builds");
    p->needs = p->farm ? REFRESH_ALL : 0;
    if (p->farm || p->messages)
        return 0;
    if (view == NULL)
        return diag_set(d, -EINVAL,
            "--once %s: it is one of farm, nodes, jobs, partitions, builds, messages", o->view);
    p->name = view->name;
    p->set = view->set;
    p->builds = view->builds;
    set = column_set(p->set);
    err = column_list_parse(&p->columns, set,
        o->columns                 ? o->columns
        : o->format == FORMAT_TEXT ? (view->text ? view->text : set->text)
                                   : (view->json ? view->json : set->json),
        d);
    if (!err && o->sort) {
        p->descending = o->sort[0] == '-';
        p->sort = column_find(set, o->sort + p->descending, strlen(o->sort + p->descending));
        if (p->sort < 0)
            err = diag_set(
                d, -EINVAL, "--sort %s: there is no such column of %s", o->sort, set->name);
    }
    if (!err && o->filter) {
        struct diag why = DIAG_INIT;

        p->filter = filter_new(p->set, o->filter, &why);
        if (why.text[0])
            err = diag_set(d, -EINVAL, "--filter %s: %s", o->filter, why.text);
    }
    p->logs = !err && wants_logs(p);
    p->needs = err ? 0 : needs(p);
    return err;
}

void print_release(struct print *p)
{
    p->filter = filter_free(p->filter);
}

uint32_t *print_rows(const struct print *p, const struct snapshot *s, enum column_set_id set,
    int64_t now_s, uint32_t *ret_count)
{
    uint32_t count = 0;
    uint32_t *rows = xcalloc(column_rows(set, s), sizeof(*rows));

    for (uint32_t i = 0; i < column_rows(set, s); i++)
        if (!p->builds || job_is_build(s, &s->jobs[i]) != IS_NO_BUILD)
            rows[count++] = i; /* Slurm's order: by job id, by place in the configuration */
    count = filter_rows(p->filter, s, now_s, rows, count);
    if (p->sort >= 0)
        column_sort(column_set(set), p->sort, p->descending, s, NULL, now_s, rows, count);
    *ret_count = count;
    return rows;
}

/* ---- CSV ---- */

void print_csv_field(struct buf *out, const char *text)
{
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        buf_adds(out, text);
        return;
    }
    buf_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            buf_addc(out, '"');
        buf_addc(out, *text);
    }
    buf_addc(out, '"');
}

static void csv_value(const struct column *c, const struct row *r, struct buf *out)
{
    struct value v;

    column_value(c, r, &v);
    if (!v.present)
        return;
    if (column_is_text(c))
        print_csv_field(out, v.text);
    else if (c->kind == COLUMN_HUNDREDTHS)
        buf_addf(out, "%" PRId64 ".%02d", v.number / 100, (int)(v.number % 100));
    else
        buf_addf(out, "%" PRId64, v.number);
}

static void print_csv(const struct print *p, const struct snapshot *s, const struct order *o,
    int64_t now_s, struct buf *out)
{
    const struct column *all = p->columns.set->columns;
    uint32_t count, *rows = print_rows(p, s, p->set, now_s, &count);

    for (int k = 0; k < p->columns.count; k++)
        buf_addf(out, "%s%s", k ? "," : "", all[p->columns.at[k]].name);
    buf_adds(out, "\r\n");
    for (uint32_t i = 0; i < count; i++) {
        struct row r = column_row(p->set, s, o, now_s, rows[i]);

        for (int k = 0; k < p->columns.count; k++) {
            if (k)
                buf_addc(out, ',');
            csv_value(&all[p->columns.at[k]], &r, out);
        }
        buf_adds(out, "\r\n");
    }
    free(rows);
}

/* ---- text ---- */

/* Draws one row into a canvas of one line: there text of strangers becomes harmless. */
static void text_row(struct canvas *line, const struct column_list *l, const int *widths,
    const struct row *r, struct buf *out)
{
    char text[TABLE_CELL_BYTES * 4];
    int x = 0;

    canvas_clear(line);
    for (int k = 0; k < l->count; k++) {
        const struct column *c = &l->set->columns[l->at[k]];

        if (r)
            column_text(c, r, text, sizeof(text));
        else
            snprintf(text, sizeof(text), "%s", c->title);
        if (c->right)
            canvas_right(line, x, 0, widths[k], ROLE_TEXT, text);
        else
            canvas_str(line, x, 0, widths[k], ROLE_TEXT, text);
        x += widths[k] + 2;
    }
    canvas_dump(line, out);
}

static void print_table(const struct print *p, const struct column_list *l, enum column_set_id set,
    const struct snapshot *s, const struct order *o, int64_t now_s, struct buf *out)
{
    uint32_t count, *rows = print_rows(p, s, set, now_s, &count);
    int widths[TABLE_COLUMNS_MAX] = {0}, total = 0;
    char text[TABLE_CELL_BYTES * 4];
    struct canvas line;

    for (int k = 0; k < l->count; k++) {
        const struct column *c = &l->set->columns[l->at[k]];

        widths[k] = utf8_columns(c->title, strlen(c->title));
        for (uint32_t i = 0; i < count; i++) {
            struct row r = column_row(set, s, o, now_s, rows[i]);

            column_text(c, &r, text, sizeof(text));
            widths[k] = KF_MAX(widths[k], utf8_columns(text, strlen(text)));
        }
        widths[k] = KF_MIN(widths[k], CELL_COLUMNS_MAX);
        total += widths[k] + 2;
    }
    canvas_init(&line, total, 1);
    text_row(&line, l, widths, NULL, out);
    for (uint32_t i = 0; i < count; i++) {
        struct row r = column_row(set, s, o, now_s, rows[i]);

        text_row(&line, l, widths, &r, out);
    }
    canvas_release(&line);
    free(rows);
}

static void print_default_table(const struct print *p, enum column_set_id set,
    const struct snapshot *s, const struct order *o, int64_t now_s, struct buf *out)
{
    struct column_list l;

    column_list_parse(&l, column_set(set), column_set(set)->text, NULL);
    print_table(p, &l, set, s, o, now_s, out);
}

/* One line a fact, as text or as CSV. */
static void print_summary(const struct print *p, const struct snapshot *s, struct buf *out)
{
    struct summary sum = summary_of(s);
    const struct {
        const char *name;
        uint64_t value;
    } facts[] = {{"nodes", sum.nodes}, {"nodes_busy", sum.busy}, {"nodes_idle", sum.idle},
        {"nodes_draining", sum.draining}, {"nodes_down", sum.down}, {"nodes_off", sum.off},
        {"nodes_not_responding", sum.silent}, {"nodes_rebooting", sum.rebooting},
        {"jobs", sum.jobs}, {"jobs_running", sum.running}, {"jobs_completing", sum.completing},
        {"jobs_suspended", sum.suspended}, {"jobs_pending", sum.pending}, {"jobs_held", sum.held},
        {"jobs_done", sum.done}, {"jobs_failed", sum.failed}, {"cpus_alloc", sum.cpus_alloc},
        {"cpus_usable", sum.cpus_usable}, {"cpus_total", sum.cpus_total},
        {"mem_alloc_mb", sum.mem_alloc_mb}, {"mem_usable_mb", sum.mem_usable_mb},
        {"mem_total_mb", sum.mem_total_mb}};

    if (p->format == FORMAT_CSV) {
        buf_addf(out, "fact,value\r\ncluster,");
        print_csv_field(out, s->cluster.name);
        buf_adds(out, "\r\n");
        for (size_t i = 0; i < KF_LEN(facts); i++)
            buf_addf(out, "%s,%" PRIu64 "\r\n", facts[i].name, facts[i].value);
        return;
    }
    buf_addf(out, "cluster %s, controller %s, Slurm %s\n", s->cluster.name, s->cluster.controller,
        s->cluster.version);
    buf_addf(out,
        "nodes %u: %u busy, %u idle, %u draining, %u down, %u not responding, %u rebooting, "
        "%u off   CPUs %" PRIu64 "/%" PRIu64 " of %" PRIu64 "\n",
        sum.nodes, sum.busy, sum.idle, sum.draining, sum.down, sum.silent, sum.rebooting, sum.off,
        sum.cpus_alloc, sum.cpus_usable, sum.cpus_total);
    buf_addf(out, "jobs %u: %u running, %u completing, %u pending, %u held, %u done, %u failed\n\n",
        sum.jobs, sum.running, sum.completing, sum.pending, sum.held, sum.done, sum.failed);
}

int print_snapshot(const struct print *p, const struct snapshot *s, int64_t now_ms, FILE *out)
{
    static const struct order_by by = {.jobs = -1, .nodes = -1};
    int64_t now_s = now_ms / 1000;
    struct order order = {0};
    struct buf b = BUF_INIT;
    int err;

    order_build(&order, s, &by, now_s, REFRESH_ALL);
    if (p->format == FORMAT_JSON)
        print_json(p, s, &order, now_ms, &b);
    else if (p->format == FORMAT_CSV && !p->farm)
        print_csv(p, s, &order, now_s, &b);
    else if (!p->farm)
        print_table(p, &p->columns, p->set, s, &order, now_s, &b);
    else {
        print_summary(p, s, &b);
        if (p->format == FORMAT_TEXT) {
            print_default_table(p, COLUMNS_NODES, s, &order, now_s, &b);
            buf_addc(&b, '\n');
            print_default_table(p, COLUMNS_JOBS, s, &order, now_s, &b);
        }
    }
    order_release(&order);
    err = p->format == FORMAT_TEXT ? harmless_write(&b, out) : harmless_data(&b, out);
    buf_release(&b);
    return err;
}
