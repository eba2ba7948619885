/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that move about in the focused pane. */
#include <stdint.h>

#include "base/alloc.h"
#include "tui/app.h"
#include "tui/cmd.h"

/* The table of the focused pane, or NULL if it holds text. */
static struct table *focused_table(struct app *a)
{
    switch (app_focus(a)) {
    case PANE_NODES:
        return &a->nodes;
    case PANE_QUEUE:
        return &a->queue;
    case PANE_PARTITIONS:
        return &a->partitions;
    default:
        return NULL;
    }
}

static struct textview *focused_text(struct app *a)
{
    if (a->detail.open)
        return &a->detail.view;
    switch (app_focus(a)) {
    case PANE_LOG:
        return &a->log_view;
    case PANE_MESSAGES:
        return &a->messages_view;
    case PANE_OUTPUT:
        return &a->output_view;
    default:
        return &a->help_view;
    }
}

static struct text_source text_of(struct app *a)
{
    return a->detail.open ? lines_source(&a->detail.text) : app_text(a, app_focus(a));
}

static bool can_follow(const struct app *a)
{
    return !a->detail.open && (app_focus(a) == PANE_LOG || app_focus(a) == PANE_MESSAGES ||
                                  app_focus(a) == PANE_OUTPUT);
}

/* The log's live end, which may begin later than the log. */
static bool at_live_end(const struct app *a)
{
    return !a->detail.open && app_focus(a) == PANE_LOG && !a->whole.open;
}

/* The list of diagnostics has the keys while it is open. */
static bool in_diags(const struct app *a)
{
    return a->view == VIEW_LOG && a->diags.open && a->diags.drawn && !a->detail.open;
}

static void move_rows(struct app *a, int64_t rows)
{
    struct table *t = a->detail.open ? NULL : focused_table(a);

    if (in_diags(a)) {
        diaglist_move(a, rows);
    } else if (t) {
        struct table_source s = app_rows(a, app_focus(a));

        table_move(t, &s, rows);
    } else {
        struct text_source s = text_of(a);
        struct textview *v = focused_text(a);
        bool before = rows < 0 && at_live_end(a) && !v->following && textview_at_top(v, &s);

        if (before && logbuf_starts_late(&a->log))
            loglook_before(a);
        else if (v != &a->log_view || !loglook_move_tail(a, rows))
            textview_move(v, &s, rows, can_follow(a));
    }
}

unsigned cmd_move(struct app *a, int rows)
{
    move_rows(a, rows);
    return REACT_PAINT;
}

unsigned cmd_page(struct app *a, int pages)
{
    struct table *t = a->detail.open ? NULL : focused_table(a);
    int page = in_diags(a) ? a->diags.view.page : t ? t->page : focused_text(a)->page;

    move_rows(a, (int64_t)pages * KF_MAX(page - 1, 1));
    return REACT_PAINT;
}

unsigned cmd_ends(struct app *a, int which)
{
    struct table *t = a->detail.open ? NULL : focused_table(a);
    struct text_source s;

    if (t || in_diags(a)) {
        move_rows(a, which < 0 ? -(int64_t)UINT32_MAX : (int64_t)UINT32_MAX);
        return REACT_PAINT;
    }
    if (which < 0 && at_live_end(a) && logbuf_starts_late(&a->log) && loglook_whole(a))
        return REACT_PAINT;
    if (app_focus(a) == PANE_LOG)
        a->whole.tail = 0; /* a place of his own is chosen */
    s = text_of(a);
    if (which < 0)
        textview_home(focused_text(a), &s);
    else
        textview_end(focused_text(a), &s, can_follow(a));
    return REACT_PAINT;
}

unsigned cmd_pan(struct app *a, int columns)
{
    if (a->detail.open || focused_table(a) == NULL)
        textview_pan(focused_text(a), columns);
    return REACT_PAINT;
}

unsigned cmd_follow(struct app *a, int unused)
{
    (void)unused;
    if (a->log_view.following && !a->whole.open)
        a->log_view.following = false;
    else
        loglook_live(a, true);
    return REACT_PAINT;
}

unsigned cmd_sort(struct app *a, int unused)
{
    bool nodes = app_focus(a) == PANE_NODES;
    int *by = nodes ? &a->order_by.nodes : &a->order_by.jobs;
    struct column_list shown;

    (void)unused;
    /* through the columns of the full view, then back to our own order */
    if (column_list_parse(
            &shown, nodes ? &columns_nodes : &columns_jobs, app_columns(a, app_focus(a)), NULL) < 0)
        return REACT_NONE;
    for (int i = -1; i < shown.count; i++)
        if (*by == (i < 0 ? -1 : shown.at[i])) {
            *by = i + 1 < shown.count ? shown.at[i + 1] : -1;
            break;
        }
    return REACT_PAINT | (nodes ? REACT_REBUILD_NODES : REACT_REBUILD_JOBS);
}

unsigned cmd_sort_reverse(struct app *a, int unused)
{
    bool nodes = app_focus(a) == PANE_NODES;
    bool *descending = nodes ? &a->order_by.nodes_descending : &a->order_by.jobs_descending;

    (void)unused;
    *descending = !*descending;
    return REACT_PAINT | (nodes ? REACT_REBUILD_NODES : REACT_REBUILD_JOBS);
}
