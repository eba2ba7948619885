/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the screen together: header, the panes of the present view, footer, and on top the details
 * and a question. Each drawing starts from nothing; term.c finds out what changed.
 */
#include "tui/screen.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "widgets/pieces.h"

#define WIDE_COLS 110 /* from here on the log stands beside the tables, below it under them */

static void vertical_line(struct canvas *c, struct rect r)
{
    canvas_fill(c, r, ROLE_BORDER, "│");
}

/* Rows the nodes get: all of them if there are few, then a share. */
static int node_rows(const struct app *a, int height)
{
    int all = (int)KF_MIN(a->order.node_count, 1000u) + 2; /* title and column titles */

    return KF_MAX(KF_MIN(all, height * 2 / 5), KF_MIN(4, height));
}

static void draw_farm_wide(struct app *a, struct canvas *c, struct rect r)
{
    struct rect left = rect_left(&r, KF_MAX(r.w * 55 / 100, 60)), line;

    line = rect_left(&r, 1);
    pane_draw(a, PANE_NODES, c, rect_top(&left, node_rows(a, left.h)));
    pane_draw(a, PANE_QUEUE, c, left);
    vertical_line(c, line);
    pane_draw(a, PANE_LOG, c, r);
}

static void draw_farm_narrow(struct app *a, struct canvas *c, struct rect r)
{
    int nodes = (int)KF_MIN(a->order.node_count, 1000u);
    int log = KF_MAX(r.h * 2 / 5, 5);
    struct rect bottom;

    if (nodes + 2 <= r.h / 4 || a->focus == PANE_NODES)
        pane_draw(a, PANE_NODES, c, rect_top(&r, KF_MIN(nodes + 2, r.h * 2 / 5)));
    else
        nodes_strip_draw(a, c, rect_top(&r, 1));
    bottom = rect_bottom(&r, KF_MIN(log, r.h - 4));
    pane_draw(a, PANE_QUEUE, c, r);
    pane_draw(a, PANE_LOG, c, bottom);
}

static void draw_view(struct app *a, struct canvas *c, struct rect r)
{
    if (a->view != VIEW_FARM || a->zoom)
        pane_draw(a, app_focus(a), c, r);
    else if (r.w >= WIDE_COLS)
        draw_farm_wide(a, c, r);
    else
        draw_farm_narrow(a, c, r);
}

static void draw_detail(struct app *a, struct canvas *c, struct rect r)
{
    static const char close[] = "Esc closes";
    struct rect box = rect_middle(r, 100, r.h), title;
    struct pieces of = {0};
    struct text_source s = lines_source(&a->detail.text);

    canvas_fill(c, box, ROLE_TEXT, " ");
    title = rect_top(&box, 1);
    pieces_text(&of, 1, 1, ROLE_TITLE_FOCUS, "%s %s", a->detail.kind, a->detail.id);
    pieces_draw(&of, c, (struct rect){title.x + 1, title.y, title.w - 4 - (int)strlen(close), 1});
    canvas_right(c, title.x, title.y, title.w - 1, ROLE_HINT, close);
    textview_draw(&a->detail.view, &s, c, (struct rect){box.x + 1, box.y, box.w - 2, box.h});
    canvas_under(c, (struct rect){title.x, title.y, title.w, box.h + 1}, UNDER_DIALOG);
}

/* The place a question is about: the selected row, or the last line of the view. */
static struct rect question_place(const struct app *a, struct rect r)
{
    const struct table *t = NULL;

    if (a->dialog.place == DIALOG_AT_BOTTOM)
        return (struct rect){r.x, r.y + r.h, r.w, 0};
    t = a->dialog.place == DIALOG_AT_NODE ? &a->nodes : &a->queue;
    if (!app_shows(a, t == &a->nodes ? PANE_NODES : PANE_QUEUE) || t->shown.w == 0)
        return (struct rect){r.x, r.y + r.h, r.w, 0};
    return t->shown;
}

void app_draw(struct app *a, struct canvas *c)
{
    struct rect r = {0, 0, c->cols, c->rows}, whole, last;

    canvas_clear(c);
    a->dialog.settling = unasked_waits(a);
    if (c->cols < SCREEN_MIN_COLS || c->rows < SCREEN_MIN_ROWS) {
        canvas_printf(c, 0, 0, c->cols, ROLE_WARN, "%dx%d: needs %dx%d", c->cols, c->rows,
            SCREEN_MIN_COLS, SCREEN_MIN_ROWS);
        return;
    }
    header_draw(a, c, rect_top(&r, 2));
    last = rect_bottom(&r, 1);
    whole = r;
    draw_view(a, c, r);
    if (a->detail.open)
        draw_detail(a, c, whole);
    if (a->submit.open)
        submit_draw(a, c, whole);
    if (a->dialog.kind == DIALOG_LINE)
        dialog_draw_line(&a->dialog, c, whole, last);
    else if (a->submit.open)
        submit_draw_keys(a, c, last);
    else if (a->dialog.kind == DIALOG_NONE && unasked_waits(a))
        canvas_str(c, last.x + 1, last.y, last.w - 1, ROLE_DIM, "… no key counts yet");
    else
        footer_draw(a, c, last);
    if (a->dialog.kind != DIALOG_NONE && a->dialog.kind != DIALOG_LINE)
        dialog_draw(&a->dialog, c, whole, question_place(a, whole));
    loglook_ask_lines(a);
}
