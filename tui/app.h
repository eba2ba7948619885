/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_APP_H
#define KFARM_TUI_APP_H
/*
 * The program's one root: everything that lives as long as the screen. Frames and keys come in,
 * commands change it, and app_draw() turns it into a canvas. It knows neither terminal nor helper
 * processes, so a test drives it as an operator does.
 */
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "backend/progress.h"
#include "backend/snapshot.h"
#include "backend/source.h"
#include "base/clock.h"
#include "tui/act.h"
#include "tui/audit.h"
#include "tui/builds.h"
#include "tui/cmdline.h"
#include "tui/column.h"
#include "tui/config.h"
#include "tui/detail.h"
#include "tui/diaglist.h"
#include "tui/dialog.h"
#include "tui/find.h"
#include "tui/joblog.h"
#include "tui/lines.h"
#include "tui/logbuf.h"
#include "tui/loglook.h"
#include "tui/logwhole.h"
#include "tui/messages.h"
#include "tui/noderun.h"
#include "tui/order.h"
#include "tui/output.h"
#include "tui/paste.h"
#include "tui/refresh.h"
#include "tui/shell.h"
#include "tui/submit.h"
#include "tui/summary.h"
#include "tui/unasked.h"
#include "tui/views.h"
#include "widgets/canvas.h"
#include "widgets/table.h"
#include "widgets/textview.h"

enum view_id {
    VIEW_FARM,
    VIEW_NODES,
    VIEW_QUEUE,
    VIEW_PARTITIONS,
    VIEW_BUILDS, /* the queue: jobs with a log alone, and what their logs say */
    VIEW_LOG,
    VIEW_MESSAGES,
    VIEW_OUTPUT,
    VIEW_HELP,
    VIEW_COUNT
};

enum pane_id {
    PANE_NODES,
    PANE_QUEUE,
    PANE_LOG,
    PANE_PARTITIONS,
    PANE_MESSAGES,
    PANE_OUTPUT,
    PANE_HELP,
    PANE_COUNT
};

/* What a command changed. The loop applies it once per wake-up. */
enum reaction {
    REACT_NONE = 0,
    REACT_PAINT = 1, /* draw again */
    REACT_REBUILD_JOBS = 2, /* other rows are shown, or in another order */
    REACT_REBUILD_NODES = 16,
    REACT_REBUILD = REACT_REBUILD_JOBS | REACT_REBUILD_NODES,
    REACT_REDRAW = 4, /* send the whole screen anew (Ctrl-L) */
    REACT_QUIT = 8,
    REACT_COPY = 64, /* put what was copied into the terminal's clipboard */
    REACT_SUSPEND = 128, /* give the terminal back to the shell (Ctrl-Z) */
    REACT_SHELL = 32, /* give the terminal to the shell that was opened */
};

#define APP_SPARK 60 /* samples of the queue's length */

struct app_options {
    bool read_only, dry_run;
    int64_t refresh_ms;
    int64_t grace_ms; /* how long a bulk that would lose work can be taken back */
    const struct config *config; /* must outlive the app; NULL: the built-in one */
};

struct app {
    uv_loop_t *loop;
    struct clock clock;
    struct app_options options; /* its config is never NULL here */
    struct config *own_config; /* made because none was given */
    struct source *source;
    struct assembly assembly;
    struct snapshot *snapshot;
    struct refresh refresh;
    struct order order;
    struct order_by order_by;
    struct folds folds;
    uint32_t
        selected_array; /* the array whose head was selected before the last change of rows; 0: none */
    struct summary summary;
    struct messages messages;
    struct output output; /* of commands on nodes */
    struct noderuns runs;
    struct buf request; /* the frame being sent */

    enum view_id view, view_before; /* before: where Esc goes back to from help */
    enum view_id view_main; /* the last one of tables: what log, messages and output lie above */
    enum pane_id focus; /* in the farm view */
    bool zoom; /* the focused pane alone */
    struct table nodes, queue, partitions;
    struct marks node_marks, job_marks;
    uint64_t node_anchor, job_anchor; /* rows marked last: where a range begins */
    struct textview log_view, messages_view, output_view, help_view;
    struct lines help;

    struct progress progress; /* of all builds */
    struct builds_link builds;
    struct logbuf log;
    struct logwhole whole;
    struct loglook look;
    struct diaglist diags;
    struct buf copy; /* for the terminal's clipboard, at REACT_COPY */
    uint32_t log_job; /* job whose log is followed; 0: none */
    char log_paths[2][4096]; /* stdout, stderr */
    struct log_place log_places[2]; /* where these two are, … */
    bool log_places_known; /* … as whoever follows them has said */
    int64_t log_settle_ms; /* steady time at which a new selection's log is opened; 0: none */
    int64_t log_asked_ms; /* steady time of a request without an answer yet; 0: none is awaited */
    int64_t log_heard_ms; /* steady time of the last word of its helper; 0: none came */
    bool log_lost; /* whoever followed it is gone: ask the next one */
    bool log_confined; /* what their readers can still do has been told, if it is more than usual */
    bool log_fresh; /* whoever is asked next has not followed anything before, … */
    bool
        log_alone; /* … nor had the one that was asked: what it hangs in is this log's file server */
    char log_why[256]; /* why there is no log, "" if there is */

    struct find find;
    struct cmdline cmdline;
    struct views views;
    struct dialog dialog;
    struct detail detail;
    struct actions actions;
    struct submit submit;
    struct shell shell;
    struct audit audit;
    bool leaving; /* the screen is closed: what is said now goes to standard error */
    struct paste paste;
    struct unasked unasked;
    bool pasting; /* the key that is handled now was pasted: it is text, and no command */

    uint32_t spark[APP_SPARK];
    int spark_count;
    int64_t apply_us; /* CPU time the last snapshot took on this side */
    unsigned reactions; /* not applied yet */
};

/* An app on a loop, without a source yet. Never NULL. */
struct app *app_new(uv_loop_t *loop, const struct app_options *options);
/* Takes NULL; returns NULL. */
struct app *app_free(struct app *a);
/* The events to make the source with; `user` is the app. */
extern const struct source_events app_source_events;
/* Hands it the source; it owns it from now on. */
void app_attach(struct app *a, struct source *s);

/* A key was pressed (keys.h). */
void app_key(struct app *a, uint32_t key);
/* Time passed: a key that waited to be told from pasted text is handled, if it is due (paste.h). */
void app_release_key(struct app *a);
/* Puts rows into another order now, if something asked for it. */
void app_apply(struct app *a);
/* Time passed: asks for a refresh if one is due, opens logs, takes messages back. */
void app_tick(struct app *a);
/* Steady time at which app_tick() has something to do next, ms. */
int64_t app_due_ms(const struct app *a);
/* Draws the whole screen. */
void app_draw(struct app *a, struct canvas *c);

/* Wall time: for what is shown and written down. */
int64_t app_now_ms(const struct app *a);
int64_t app_now_s(const struct app *a);
/* Steady time (clock.h): for what is waited for. */
int64_t app_steady_ms(const struct app *a);
/* The selected job or node of the snapshot; NULL if there is none, or none is in sight. */
const struct job *app_job(const struct app *a);
/* The selected job, whether it is in sight or not; NULL. */
const struct job *app_selected_job(const struct app *a);
const struct node *app_node(const struct app *a);
/* The id of a node's row, and that of the node with this name. */
uint64_t app_node_id(const struct app *a, const struct node *n);
uint64_t app_name_id(const char *name);
/* Does the present view show this pane? */
bool app_shows(const struct app *a, enum pane_id pane);
/* The pane the navigation keys go to. */
enum pane_id app_focus(const struct app *a);
void app_show_view(struct app *a, enum view_id view);
/* Rows of a table pane, for the table widget. */
struct table_source app_rows(struct app *a, enum pane_id pane);
struct text_source app_text(struct app *a, enum pane_id pane);
/* The columns a pane shows in the present view, as names separated by commas. */
const char *app_columns(const struct app *a, enum pane_id pane);
/* Selects a job when it appears (a new one is not in the snapshot yet). */
void app_select_job(struct app *a, uint32_t job_id);
/* Selects a job of the queue as it is shown; false if it is not. */
bool app_go_to_job(struct app *a, uint32_t job_id);
bool app_go_to_node(struct app *a, const char *name);
/* The data on the screen is old: a refresh failed, or takes too long. */
bool app_stale(const struct app *a);

#endif
