/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that change what is seen. */
#include "base/alloc.h"
#include "tui/app.h"
#include "tui/cmd.h"
#include "tui/joblog.h"
#include "tui/logfind.h"

unsigned cmd_command(struct app *a, int unused)
{
    (void)unused;
    cmdline_ask(a);
    return REACT_PAINT;
}

unsigned cmd_view(struct app *a, int view)
{
    app_show_view(a, (enum view_id)view);
    if (view == VIEW_LOG)
        joblog_open(a); /* it is wanted: the selection need not rest first */
    return REACT_PAINT;
}

/* Where a view leads back to: help lies above any other, the log and its like above the tables. */
static enum view_id view_below(const struct app *a)
{
    switch (a->view) {
    case VIEW_HELP:
        return a->view_before != VIEW_HELP ? a->view_before : a->view_main;
    case VIEW_LOG:
    case VIEW_MESSAGES:
    case VIEW_OUTPUT:
        return a->view_main;
    default:
        return a->view == a->view_before ? VIEW_FARM : a->view_before;
    }
}

bool cmd_closable(const struct app *a)
{
    return a->detail.open || a->view == VIEW_LOG || a->view == VIEW_MESSAGES ||
           a->view == VIEW_OUTPUT || a->view == VIEW_HELP;
}

unsigned cmd_close(struct app *a, int unused)
{
    (void)unused;
    if (a->detail.open) {
        detail_close(&a->detail);
    } else if (a->view == VIEW_LOG && a->diags.open) {
        diaglist_toggle(a);
    } else {
        if (a->view == VIEW_LOG && a->whole.open)
            loglook_live(a, true);
        app_show_view(a, view_below(a));
    }
    return REACT_PAINT;
}

unsigned cmd_back(struct app *a, int unused)
{
    enum column_set_id rows = find_focus(a);

    (void)unused;
    if (find_searching(a))
        find_search(a, "", NULL);
    else if (logfind_searching(a))
        logfind_search(a, "", NULL);
    else if (a->view == VIEW_LOG && a->diags.open)
        diaglist_toggle(a);
    else if (a->view == VIEW_LOG && loglook_clear(a))
        return REACT_PAINT;
    else if (a->view == VIEW_LOG && a->whole.open)
        loglook_live(a, true);
    else if (views_leave(a, rows))
        return REACT_PAINT;
    else if (rows != COLUMNS_COUNT && find_rows_of(a, rows)->filter)
        find_filter(a, rows, "", NULL);
    else if (a->view == VIEW_FARM)
        a->zoom = false;
    else
        app_show_view(a, view_below(a));
    return REACT_PAINT;
}

unsigned cmd_focus(struct app *a, int by)
{
    static const enum pane_id order[] = {PANE_NODES, PANE_QUEUE, PANE_LOG};
    int n = (int)KF_LEN(order), at = 0;

    while (order[at] != a->focus)
        at++;
    a->focus = order[(at + by + n) % n];
    return REACT_PAINT;
}

unsigned cmd_zoom(struct app *a, int unused)
{
    (void)unused;
    a->zoom = !a->zoom;
    return REACT_PAINT;
}

unsigned cmd_quit(struct app *a, int unused)
{
    (void)a;
    (void)unused;
    return REACT_QUIT;
}

unsigned cmd_redraw(struct app *a, int unused)
{
    (void)a;
    (void)unused;
    return REACT_PAINT | REACT_REDRAW;
}

unsigned cmd_refresh(struct app *a, int unused)
{
    (void)unused;
    refresh_now(&a->refresh, app_steady_ms(a));
    app_tick(a);
    return REACT_PAINT;
}
