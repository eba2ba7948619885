/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fnv.h"
#include "base/harmless.h"
#include "tui/builds.h"
#include "tui/fold.h"
#include "tui/help.h"
#include "tui/joblog.h"

#define WRITTEN_MS 3000 /* longer than the lock of the audit file is waited for, twice */

int64_t app_now_ms(const struct app *a)
{
    return clock_ms(&a->clock);
}

int64_t app_now_s(const struct app *a)
{
    return clock_s(&a->clock);
}

int64_t app_steady_ms(const struct app *a)
{
    return clock_steady_ms(&a->clock);
}

/* Of the audit file or the recording. */
static void on_unwritten(void *user, const char *words)
{
    struct app *a = user;

    if (a->leaving) { /* the terminal is the shell's again */
        harmless_error("kfarm-top: %s", words);
        return;
    }
    messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "%s", words);
    a->reactions |= REACT_PAINT;
}

static void init_audit(struct app *a)
{
    const struct config *c = a->options.config;

    audit_init(&a->audit, a->loop);
    a->audit.failed = on_unwritten;
    a->audit.user = a;
    a->audit.size_max = c->audit_size;
    a->audit.keep = c->audit_keep;
    a->audit.required = c->audit_required;
    a->audit.none = c->audit_file && c->audit_file[0] == '\0';
    audit_path(c->audit_file, a->audit.path, sizeof(a->audit.path));
}

struct app *app_new(uv_loop_t *loop, const struct app_options *options)
{
    struct app *a = xcalloc(1, sizeof(*a));

    a->loop = loop;
    a->options = *options;
    if (a->options.config == NULL)
        a->options.config = a->own_config = config_default();
    a->progress.names = a->options.config->build_names;
    a->snapshot = snapshot_new();
    a->order_by = (struct order_by){.jobs = -1, .nodes = -1, .folds = &a->folds};
    a->focus = PANE_QUEUE;
    a->log_view.following = true;
    a->look.stream = LOG_STREAM_COUNT;
    a->messages_view.following = true;
    a->output_view.following = true;
    help_build(&a->help);
    refresh_init(&a->refresh, options->refresh_ms);
    messages_init(&a->messages, &a->clock);
    init_audit(a);
    views_init(a);
    return a;
}

/* At the end: lets the loop run while something is being written down, all of the app being there still. It is a local
   file as a rule. */
static void wait_written(struct app *a)
{
    int64_t until_us = clock_monotonic_us() + WRITTEN_MS * 1000;

    while ((audit_busy(&a->audit) || views_busy(a) || resubmit_busy(&a->submit)) &&
           clock_monotonic_us() < until_us) {
        uv_run(a->loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
    if (audit_unwritten(&a->audit) > 0)
        harmless_error("kfarm-top: what was done last is not in the audit file (lines: %zu): %s "
                       "does not answer",
            audit_unwritten(&a->audit), a->audit.path);
}

struct app *app_free(struct app *a)
{
    if (a) {
        a->leaving = true;
        /* what these have to say is written down; from there on nothing runs the loop */
        noderun_release(a);
        actions_release(&a->actions);
        submit_leave(a);
        shell_release(a);
        wait_written(a);
        dialog_close(&a->dialog);
        detail_release(&a->detail);
        submit_release(&a->submit);
        audit_release(&a->audit);
        views_release(a);
        marks_release(&a->node_marks);
        marks_release(&a->job_marks);
        find_release(&a->find);
        history_release(&a->cmdline.history);
        folds_release(&a->folds);
        source_free(a->source);
        assembly_release(&a->assembly);
        snapshot_free(a->snapshot);
        order_release(&a->order);
        messages_release(&a->messages);
        logbuf_release(&a->log);
        logwhole_release(&a->whole);
        diaglist_release(&a->diags);
        buf_release(&a->copy);
        progress_release(&a->progress);
        buf_release(&a->builds.asked);
        lines_release(&a->help);
        buf_release(&a->request);
        config_free(a->own_config);
    }
    free(a);
    return NULL;
}

void app_attach(struct app *a, struct source *s)
{
    a->source = s;
}

/* ---- what is seen ---- */

bool app_shows(const struct app *a, enum pane_id pane)
{
    switch (a->view) {
    case VIEW_FARM:
        if (a->zoom)
            return pane == a->focus;
        return pane == PANE_NODES || pane == PANE_QUEUE || pane == PANE_LOG;
    case VIEW_NODES:
        return pane == PANE_NODES;
    case VIEW_QUEUE:
    case VIEW_BUILDS:
        return pane == PANE_QUEUE;
    case VIEW_PARTITIONS:
        return pane == PANE_PARTITIONS;
    case VIEW_LOG:
        return pane == PANE_LOG;
    case VIEW_MESSAGES:
        return pane == PANE_MESSAGES;
    case VIEW_OUTPUT:
        return pane == PANE_OUTPUT;
    case VIEW_HELP:
        return pane == PANE_HELP;
    case VIEW_COUNT:
        break;
    }
    return false;
}

enum pane_id app_focus(const struct app *a)
{
    if (a->view == VIEW_FARM)
        return a->focus;
    for (int pane = 0; pane < PANE_COUNT; pane++)
        if (app_shows(a, (enum pane_id)pane))
            return (enum pane_id)pane;
    return PANE_HELP;
}

void app_show_view(struct app *a, enum view_id view)
{
    if (view != a->view)
        a->view_before = a->view;
    a->view = view;
    if (view != VIEW_LOG && view != VIEW_MESSAGES && view != VIEW_OUTPUT && view != VIEW_HELP)
        a->view_main = view;
    if (a->order_by.builds != (view == VIEW_BUILDS) && view != VIEW_LOG && view != VIEW_HELP) {
        a->order_by.builds = view == VIEW_BUILDS;
        a->reactions |= REACT_REBUILD_JOBS;
    }
    detail_close(&a->detail);
}

const char *app_columns(const struct app *a, enum pane_id pane)
{
    bool alone = a->view != VIEW_FARM || a->zoom;

    switch (pane) {
    case PANE_NODES:
        if (a->find.nodes.columns[alone][0])
            return a->find.nodes.columns[alone];
        /* why a node is out of service matters more than its memory, where there is no room for both */
        if (!alone && (a->summary.draining || a->summary.down))
            return "name,st,cpu,load,jobs,note,mem";
        return alone ? "name,st,cpu,load,mem,free,jobs,partitions,note"
                     : "name,st,cpu,load,mem,jobs";
    case PANE_QUEUE:
        if (a->view == VIEW_BUILDS)
            return "job,name,user,node_list,build,part,steps,rate,warnings,errors,time,eta_s,left,"
                   "what";
        if (a->find.jobs.columns[alone][0])
            return a->find.jobs.columns[alone];
        return alone ? "job,partition,name,user,st,time,left,cpus,mem,priority,restarts,why"
                     : "job,name,user,st,time,cpus,why";
    default:
        return columns_partitions.text;
    }
}

uint64_t app_name_id(const char *name)
{
    return fnv_add(FNV_START, name, strlen(name));
}

uint64_t app_node_id(const struct app *a, const struct node *n)
{
    return app_name_id(node_str(a->snapshot, n->name));
}

static uint64_t job_row_id(void *user, uint32_t row)
{
    const struct app *a = user;

    return a->snapshot->jobs[a->order.jobs[row]].job_id;
}

static uint64_t node_row_id(void *user, uint32_t row)
{
    const struct app *a = user;

    return app_node_id(a, &a->snapshot->nodes[a->order.nodes[row]]);
}

static uint64_t partition_row_id(void *user, uint32_t row)
{
    const struct app *a = user;

    return app_name_id(
        partition_str(a->snapshot, a->snapshot->partitions[a->order.partitions[row]].name));
}

struct table_source app_rows(struct app *a, enum pane_id pane)
{
    switch (pane) {
    case PANE_NODES:
        return (struct table_source){a, a->order.node_count, node_row_id, NULL, &a->node_marks};
    case PANE_QUEUE:
        return (struct table_source){a, a->order.job_count, job_row_id, NULL, &a->job_marks};
    case PANE_PARTITIONS:
        return (struct table_source){a, a->order.partition_count, partition_row_id, NULL, NULL};
    default:
        return (struct table_source){.user = a};
    }
}

struct text_source app_text(struct app *a, enum pane_id pane)
{
    switch (pane) {
    case PANE_LOG:
        return loglook_source(a);
    case PANE_MESSAGES:
        return messages_source(&a->messages);
    case PANE_OUTPUT:
        return output_source(&a->output);
    default:
        return lines_source(&a->help);
    }
}

const struct job *app_selected_job(const struct app *a)
{
    return a->queue.has_selected ? snapshot_job(a->snapshot, (uint32_t)a->queue.selected) : NULL;
}

const struct job *app_job(const struct app *a)
{
    return app_shows(a, PANE_QUEUE) || app_shows(a, PANE_LOG) ? app_selected_job(a) : NULL;
}

const struct node *app_node(const struct app *a)
{
    if (!app_shows(a, PANE_NODES) || !a->nodes.has_selected ||
        a->nodes.cursor >= a->order.node_count)
        return NULL;
    return &a->snapshot->nodes[a->order.nodes[a->nodes.cursor]];
}

bool app_stale(const struct app *a)
{
    enum link_state link = refresh_link(&a->refresh, a->snapshot, app_steady_ms(a));

    return a->snapshot->generation > 0 && link != LINK_OK;
}

/* ---- data comes in ---- */

static void sync_tables(struct app *a)
{
    struct table_source s;

    if (a->actions.select_job && snapshot_job(a->snapshot, a->actions.select_job)) {
        s = app_rows(a, PANE_QUEUE);
        table_select(&a->queue, &s, a->actions.select_job);
        a->actions.select_job = 0;
    }
    fold_select(a);
    s = app_rows(a, PANE_QUEUE);
    table_sync(&a->queue, &s);
    s = app_rows(a, PANE_NODES);
    table_sync(&a->nodes, &s);
    s = app_rows(a, PANE_PARTITIONS);
    table_sync(&a->partitions, &s);
}

static bool job_is_there(void *user, uint64_t id)
{
    const struct app *a = user;

    return snapshot_job(a->snapshot, (uint32_t)id) != NULL;
}

static bool node_is_there(void *user, uint64_t id)
{
    const struct app *a = user;

    for (uint32_t i = 0; i < a->snapshot->node_count; i++)
        if (app_node_id(a, &a->snapshot->nodes[i]) == id)
            return true;
    return false;
}

/* A mark goes with its job: the number may be another job's one day. */
static void sync_marks(struct app *a, uint32_t which)
{
    if (which & REFRESH_JOBS)
        marks_retain(&a->job_marks, job_is_there, a);
    if ((which & REFRESH_NODES) && marks_count(&a->node_marks) > 0)
        marks_retain(&a->node_marks, node_is_there, a);
}

static void rebuild(struct app *a, uint32_t which)
{
    order_build(&a->order, a->snapshot, &a->order_by, app_now_s(a), which);
    sync_tables(a);
}

static void sample_queue(struct app *a)
{
    if (a->spark_count == APP_SPARK)
        memmove(a->spark, a->spark + 1, sizeof(a->spark) - sizeof(a->spark[0]));
    else
        a->spark_count++;
    a->spark[a->spark_count - 1] = a->summary.pending;
}

static void take_snapshot(struct app *a, struct snapshot *next)
{
    bool was_ok = snapshot_failed(a->snapshot) == SECTION_COUNT && a->snapshot->generation > 0;
    enum section_id failed = snapshot_failed(next);
    int64_t now_ms = app_now_ms(a);
    uint32_t silent = a->summary.silent;
    bool of_before;

    if (failed != SECTION_COUNT && (was_ok || a->snapshot->generation == 0))
        messages_add(
            &a->messages, now_ms, MESSAGE_FAILED, "Slurm: %s", next->health[failed].message);
    else if (failed == SECTION_COUNT && !was_ok && a->snapshot->generation > 0)
        messages_add(&a->messages, now_ms, MESSAGE_DONE, "the controller answers again");
    of_before = a->refresh.again; /* it was asked for before what was done last */
    refresh_answered(&a->refresh, next, app_steady_ms(a), now_ms);
    fold_remember(a);
    snapshot_free(a->snapshot);
    a->snapshot = next;
    next->progress = &a->progress;
    if (next->changed & (REFRESH_JOBS | REFRESH_NODES))
        a->summary = summary_of(next);
    if (a->summary.silent > silent) /* nodes just resumed: most answer within a second */
        refresh_follow(&a->refresh, app_steady_ms(a));
    sync_marks(a, next->changed);
    rebuild(a, next->changed);
    sample_queue(a);
    joblog_follow(a);
    if ((next->changed & REFRESH_JOBS) || a->builds.asked.len == 0)
        builds_ask(a);
    if ((next->changed & REFRESH_JOBS) || a->progress.changed)
        progress_suspect(&a->progress, next);
    detail_rebuild(a);
    if (!of_before)
        act_may_ask_again(a);
    submit_judge(a);
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct app *a = user;
    int log = 1;
    struct snapshot *next = NULL;
    struct diag d = DIAG_INIT;
    int64_t cpu = clock_cpu_us();
    int err;

    if (frame->head.type == WIRE_LOG_BUILD || frame->head.type == WIRE_LOG_SILENT)
        return builds_take(a, frame);
    if (frame->head.type >= WIRE_LOG_STATE)
        log = joblog_take(a, frame);
    if (log <= 0)
        return log;
    err = assembly_take(&a->assembly, frame, a->snapshot, &next, &d);
    if (err < 0) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "%s", d.text);
        return err;
    }
    if (next) {
        take_snapshot(a, next);
        /* a recording's cost is the recorder's, or it would never print the same twice */
        a->apply_us = source_is_replay(a->source) ? 0 : clock_cpu_us() - cpu;
        a->reactions |= REACT_PAINT;
    }
    return 0;
}

static void on_lost(void *user, enum source_role role, const char *words, uint64_t retry_ms)
{
    struct app *a = user;
    const char *last = strrchr(words, '\n');

    last = last ? last + 1 : words;
    if (role == SOURCE_SLURM)
        refresh_lost(&a->refresh, words);
    else if (role == SOURCE_LOGS)
        joblog_lost(a);
    messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "%s: %s; again in %.1f s",
        role == SOURCE_SLURM  ? "the process that asks Slurm ended"
        : role == SOURCE_LOGS ? "the process that reads logs ended"
                              : "the process that follows all builds ended",
        *last ? last : "without a word", (double)retry_ms / 1000);
    a->reactions |= REACT_PAINT;
}

static void on_started(void *user, enum source_role role)
{
    struct app *a = user;

    if (role == SOURCE_BUILDS)
        builds_restart(a);
    if (role == SOURCE_LOGS)
        joblog_started(a);
    if (role == SOURCE_SLURM && a->refresh.lost) {
        refresh_restarted(&a->refresh, app_steady_ms(a));
        assembly_release(&a->assembly);
    }
}

static void on_words(void *user, enum source_role role, const char *line)
{
    struct app *a = user;

    messages_add_aside(&a->messages, app_now_ms(a), MESSAGE_WARNING, "%s: %s",
        role == SOURCE_SLURM  ? "slurm"
        : role == SOURCE_LOGS ? "logs"
                              : "builds",
        line);
    a->reactions |= REACT_PAINT;
}

const struct source_events app_source_events = {.frame = on_frame,
    .lost = on_lost,
    .started = on_started,
    .words = on_words,
    .unrecorded = on_unwritten};

void app_select_job(struct app *a, uint32_t job_id)
{
    a->actions.select_job = job_id;
}

bool app_go_to_job(struct app *a, uint32_t job_id)
{
    struct table_source s = app_rows(a, PANE_QUEUE);

    a->reactions |= REACT_PAINT;
    return table_select(&a->queue, &s, job_id);
}

bool app_go_to_node(struct app *a, const char *name)
{
    struct table_source s = app_rows(a, PANE_NODES);

    a->reactions |= REACT_PAINT;
    return table_select(&a->nodes, &s, app_name_id(name));
}

/* ---- keys and time ---- */

void app_apply(struct app *a)
{
    if (a->reactions & REACT_REBUILD) {
        rebuild(a, (a->reactions & REACT_REBUILD_JOBS ? REFRESH_JOBS : 0u) |
                       (a->reactions & REACT_REBUILD_NODES ? REFRESH_NODES : 0u));
        a->reactions &= ~(unsigned)REACT_REBUILD;
    }
}

void app_tick(struct app *a)
{
    int64_t now_ms = app_steady_ms(a);

    app_release_key(a);
    unasked_tick(a);
    act_ask_again(a);
    submit_ask(a);
    act_tick(a);
    noderun_tick(a);
    builds_tick(a);
    if (refresh_hopeless(&a->refresh, now_ms))
        source_kill(a->source, SOURCE_SLURM);
    if (refresh_ask(&a->refresh, now_ms, app_now_ms(a), &a->request))
        source_send(a->source, &a->request);
    joblog_tick(a);
    audit_tick(&a->audit);
    views_tick(a);
    resubmit_tick(a);
}

int64_t app_due_ms(const struct app *a)
{
    int64_t due = refresh_due_ms(&a->refresh), act = act_due_ms(a), run = noderun_due_ms(a);
    int64_t builds = builds_due_ms(a), log = joblog_due_ms(a), paste = paste_due_ms(&a->paste);

    if (paste)
        due = KF_MIN(due, paste);
    if (unasked_due_ms(a))
        due = KF_MIN(due, unasked_due_ms(a));
    if (act)
        due = KF_MIN(due, act);
    if (run)
        due = KF_MIN(due, run);
    if (builds)
        due = KF_MIN(due, builds);
    return log ? KF_MIN(due, log) : due;
}
