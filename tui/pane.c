/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The panes that hold tables or plain text. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fmt.h"
#include "tui/screen.h"
#include "widgets/pieces.h"

static const char *const titles[] = {
    [PANE_NODES] = "Nodes",
    [PANE_QUEUE] = "Queue",
    [PANE_LOG] = "Log",
    [PANE_PARTITIONS] = "Partitions",
    [PANE_MESSAGES] = "Messages",
    [PANE_OUTPUT] = "Output",
    [PANE_HELP] = "Help",
};
_Static_assert(KF_LEN(titles) == PANE_COUNT, "a title for every pane");

/* What the cell callback needs: a table pane with its columns. */
struct shown {
    struct app *app;
    enum column_set_id set;
    struct column_list columns;
};

static uint32_t section_row(const struct shown *s, uint32_t row)
{
    const struct order *o = &s->app->order;

    switch (s->set) {
    case COLUMNS_JOBS:
        return o->jobs[row];
    case COLUMNS_NODES:
        return o->nodes[row];
    default:
        return o->partitions[row];
    }
}

static void get_cell(void *user, uint32_t row, int column, struct table_cell *out)
{
    const struct shown *s = user;
    const struct app *a = s->app;
    struct row r = column_row(s->set, a->snapshot, &a->order, app_now_s(a), section_row(s, row));

    column_cell(&s->columns.set->columns[s->columns.at[column]], &r, out);
}

static uint64_t get_id(void *user, uint32_t row)
{
    const struct shown *s = user;
    enum pane_id pane = s->set == COLUMNS_JOBS    ? PANE_QUEUE
                        : s->set == COLUMNS_NODES ? PANE_NODES
                                                  : PANE_PARTITIONS;
    struct table_source rows = app_rows(s->app, pane);

    return rows.id(rows.user, row);
}

/* Titles of the table's columns, with the one it is sorted by marked. */
static int describe_columns(const struct shown *s, struct table_column *out)
{
    const struct order_by *by = &s->app->order_by;
    int sorted = s->set == COLUMNS_JOBS ? by->jobs : s->set == COLUMNS_NODES ? by->nodes : -1;

    for (int i = 0; i < s->columns.count; i++) {
        const struct column *c = &s->columns.set->columns[s->columns.at[i]];

        out[i] = column_of_table(c);
        out[i].sorted = s->columns.at[i] == sorted;
        out[i].descending = s->set == COLUMNS_JOBS ? by->jobs_descending : by->nodes_descending;
    }
    return s->columns.count;
}

static const char *empty_text(const struct app *a, enum pane_id pane)
{
    enum section_id section = pane == PANE_QUEUE   ? SECTION_JOBS
                              : pane == PANE_NODES ? SECTION_NODES
                                                   : SECTION_PARTITIONS;

    if (a->snapshot->health[section].fresh_ms == 0)
        return a->refresh.lost && a->refresh.advice ? a->refresh.advice : "Waiting for Slurm …";
    if (pane == PANE_QUEUE && a->find.jobs.filter)
        return "No job fits the filter. Esc takes it off.";
    if (pane == PANE_NODES && a->find.nodes.filter)
        return "No node fits the filter. Esc takes it off.";
    if (pane == PANE_QUEUE && a->view == VIEW_BUILDS)
        return "No build runs, and Slurm remembers none. s submits one.";
    if (pane == PANE_QUEUE)
        return act_forbidden(a) ? "No jobs." : "No jobs. s submits one.";
    return pane == PANE_NODES ? "Slurm knows no nodes." : "Slurm knows no partitions.";
}

static void draw_table(struct app *a, enum pane_id pane, struct canvas *c, struct rect r)
{
    struct shown s = {.app = a,
        .set = pane == PANE_QUEUE   ? COLUMNS_JOBS
               : pane == PANE_NODES ? COLUMNS_NODES
                                    : COLUMNS_PARTITIONS};
    struct table *t = pane == PANE_QUEUE   ? &a->queue
                      : pane == PANE_NODES ? &a->nodes
                                           : &a->partitions;
    struct table_source source = app_rows(a, pane);
    struct table_column columns[TABLE_COLUMNS_MAX];
    int n;

    if (source.count == 0) {
        canvas_str(c, r.x + 1, r.y, r.w - 1, ROLE_DIM, empty_text(a, pane));
        return;
    }
    column_list_parse(&s.columns, column_set(s.set), app_columns(a, pane), NULL);
    n = describe_columns(&s, columns);
    source = (struct table_source){&s, source.count, get_id, get_cell, source.marks};
    table_draw(t, &source, columns, n, c, r, app_focus(a) == pane && !a->detail.open);
    if (app_stale(a))
        canvas_tint(c, r, ROLE_DIM);
}

static void draw_text(struct app *a, enum pane_id pane, struct canvas *c, struct rect r)
{
    struct text_source s = app_text(a, pane);

    if (s.end == s.first) {
        canvas_str(c, r.x + 1, r.y, r.w - 1, ROLE_DIM,
            pane == PANE_OUTPUT ? "No output yet. x on a node runs a command there."
                                : "No messages yet.");
        return;
    }
    rect_left(&r, 1);
    textview_draw(pane == PANE_MESSAGES ? &a->messages_view
                  : pane == PANE_OUTPUT ? &a->output_view
                                        : &a->help_view,
        &s, c, r);
}

/* "/state:pend 12 of 340", and what is searched for. */
static void add_found(const struct app *a, enum pane_id pane, uint32_t shown, struct pieces *p)
{
    enum column_set_id set = pane == PANE_NODES ? COLUMNS_NODES : COLUMNS_JOBS;
    const struct find_rows *rows = find_rows_of(a, set);

    if (rows->filter) {
        pieces_text(p, 3, 10, ROLE_WARN, "/%s", rows->filter_text);
        pieces_add(p, 2, ROLE_WARN, " %u of %u ", shown, column_rows(set, a->snapshot));
    }
    if (a->find.wanted && filter_set(a->find.wanted) == set)
        pieces_text(p, 4, 12, ROLE_HINT, "n N: %s ", a->find.wanted_text);
}

/* "─ Queue ── 12/340 ───", the name bright in the pane with the focus. */
static void draw_title(
    struct app *a, enum pane_id pane, int rows_shown, struct canvas *c, struct rect r)
{
    const struct table *t = pane == PANE_QUEUE ? &a->queue : pane == PANE_NODES ? &a->nodes : NULL;
    struct table_source rows = app_rows(a, pane);
    bool focused = app_focus(a) == pane && !a->detail.open;
    bool builds = pane == PANE_QUEUE && a->view == VIEW_BUILDS;
    char silence[FILESERVER_MAX + 100];
    struct pieces p = {0};

    canvas_fill(c, r, ROLE_BORDER, "─");
    pieces_text(&p, 1, 4, focused ? ROLE_TITLE_FOCUS : ROLE_TITLE, " %s ",
        builds ? "Builds" : titles[pane]);
    if (builds && builds_silent(a, silence, sizeof(silence)))
        pieces_text(&p, 5, 20, ROLE_WARN, "%s ", silence);
    if (t && rows.count > (uint32_t)KF_MAX(rows_shown, 0) && t->has_selected)
        pieces_add(&p, 3, ROLE_DIM, "%u/%u ", t->cursor + 1, rows.count);
    if (rows.marks && marks_count(rows.marks) > 0)
        pieces_add(&p, 2, ROLE_MARKED, "%u marked ", marks_count(rows.marks));
    if (t)
        add_found(a, pane, t == &a->queue ? a->order.job_matches : rows.count, &p);
    pieces_draw(&p, c, (struct rect){r.x + 2, r.y, r.w - 2, 1});
}

void pane_draw(struct app *a, enum pane_id pane, struct canvas *c, struct rect r)
{
    struct rect title;

    if (pane == PANE_LOG) {
        pane_log_draw(a, c, r);
        return;
    }
    title = rect_top(&r, 1);
    draw_title(a, pane, r.h - 1, c, title); /* a line less: the titles of the columns */
    if (pane == PANE_MESSAGES || pane == PANE_OUTPUT || pane == PANE_HELP)
        draw_text(a, pane, c, r);
    else
        draw_table(a, pane, c, r);
}

void nodes_strip_draw(struct app *a, struct canvas *c, struct rect r)
{
    int column = column_find(&columns_nodes, "st", 2), x = r.x + 1;

    x += canvas_str(c, x, r.y, r.w - 1, ROLE_DIM, "nodes ");
    for (uint32_t i = 0; i < a->order.node_count && x < r.x + r.w - 1; i++) {
        struct row row =
            column_row(COLUMNS_NODES, a->snapshot, &a->order, app_now_s(a), a->order.nodes[i]);
        struct table_cell cell = {.meter = -1};

        column_cell(&columns_nodes.columns[column], &row, &cell);
        cell.text[strcspn(cell.text, " ")] = '\0'; /* the sign alone */
        x += canvas_str(c, x, r.y, 1, cell.role, cell.text);
    }
    if (app_stale(a))
        canvas_tint(c, r, ROLE_DIM);
}
