/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/views.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ownfile.h"
#include "tui/app.h"

#define LATE_MS                                                                                    \
    3000 /* a file that is not written by then is on a file server that does not answer */

/* A view on its way into the file; all of it is the thread's while it works. */
struct views_write {
    uv_work_t work;
    struct app *app; /* NULL: nobody listens any more */
    char path[4096];
    struct config *view; /* holds the one view to save */
    struct config *written; /* all of the file, if it went well */
    struct diag diag; /* what went wrong otherwise */
};

/* ---- in the thread ---- */

static void in_thread(uv_work_t *work)
{
    struct views_write *w = work->data;
    struct config *c = config_new();
    struct buf text = BUF_INIT;
    int err = config_read_views(c, w->path, &w->diag);

    if (err == -ENOENT)
        err = 0;
    if (!err && config_put_view(c, &w->view->views[0]) < 0)
        err = diag_set(&w->diag, -E2BIG, "there are %d already", CONFIG_VIEWS_MAX);
    if (!err)
        err = config_write_views(c, &text, &w->diag);
    if (!err)
        err =
            ownfile_replace_path(w->path, OWNFILE_PARENTS | OWNFILE_FOLLOW, &text, 0600, &w->diag);
    w->written = err ? config_free(c) : c;
    buf_release(&text);
}

/* ---- in the loop ---- */

static void on_written(uv_work_t *work, int status)
{
    struct views_write *w = work->data;
    const char *name = w->view->views[0].name;
    struct app *a = w->app;

    (void)status;
    if (a) {
        a->views.under_way = NULL;
        if (w->written) {
            config_free(a->views.written);
            a->views.written = w->written;
            w->written = NULL;
            snprintf(a->views.name, sizeof(a->views.name), "%s", name);
            messages_add(&a->messages, app_now_ms(a), MESSAGE_DONE,
                "view \"%s\" saved in %s; V shows it", name, w->path);
        } else {
            messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED,
                "view \"%s\" is not saved: %s", name, w->diag.text);
        }
        a->reactions |= REACT_PAINT;
    }
    config_free(w->view);
    config_free(w->written);
    free(w);
}

void views_init(struct app *a)
{
    const struct config *c = a->options.config;

    config_views_path(a->views.path, sizeof(a->views.path));
    if (c->views_wrong)
        messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING,
            "the saved views are not read: %s", c->views_wrong);
}

bool views_busy(const struct app *a)
{
    return a->views.under_way != NULL;
}

void views_tick(struct app *a)
{
    struct views *v = &a->views;

    if (v->under_way == NULL || v->late_ms == 0 || app_steady_ms(a) < v->late_ms)
        return;
    v->late_ms = 0;
    messages_add(&a->messages, app_now_ms(a), MESSAGE_WARNING,
        "view \"%s\" is not saved yet: %s: its file server does not answer",
        v->under_way->view->views[0].name, v->path);
    a->reactions |= REACT_PAINT;
}

void views_release(struct app *a)
{
    struct views *v = &a->views;

    if (v->under_way)
        v->under_way->app = NULL;
    config_free(v->written);
    *v = (struct views){0};
}

/* ---- the list ---- */

const struct saved_view *views_at(const struct app *a, int i)
{
    const struct config *c = a->options.config, *written = a->views.written;
    const struct saved_view *found;

    if (i < c->view_count) {
        found = written ? config_view(written, c->views[i].name) : NULL;
        return found ? found : &c->views[i];
    }
    i -= c->view_count;
    for (int k = 0; written && k < written->view_count; k++)
        if (config_view(c, written->views[k].name) == NULL && i-- == 0)
            return &written->views[k];
    return NULL;
}

const struct saved_view *views_find(const struct app *a, const char *name)
{
    const struct saved_view *v;

    for (int i = 0; (v = views_at(a, i)); i++)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

/* ---- showing ---- */

static int *sort_of(struct app *a, enum column_set_id rows)
{
    return rows == COLUMNS_NODES ? &a->order_by.nodes : &a->order_by.jobs;
}

static bool *descending_of(struct app *a, enum column_set_id rows)
{
    return rows == COLUMNS_NODES ? &a->order_by.nodes_descending : &a->order_by.jobs_descending;
}

/* From one view to the next it is still what was before the first. */
static void remember(struct app *a, enum column_set_id rows)
{
    struct views_before *b = &a->views.before[rows == COLUMNS_NODES];
    const struct find_rows *r = find_rows_of(a, rows);

    if (b->known)
        return;
    *b = (struct views_before){
        .known = true, .sort = *sort_of(a, rows), .descending = *descending_of(a, rows)};
    snprintf(b->filter, sizeof(b->filter), "%s", r->filter_text);
    snprintf(b->columns, sizeof(b->columns), "%s", r->columns[true]);
}

/* sort: a column; -1: our own order. Filter or columns that make no sense are left as they are: a negative errno, and why
   in d. */
static int show_rows(struct app *a, enum column_set_id rows, const char *filter,
    const char *columns, int sort, bool descending, struct diag *d)
{
    int err = find_filter(a, rows, filter, d);

    if (err == 0)
        err = find_columns(a, rows, true, columns, d);
    *sort_of(a, rows) = sort;
    *descending_of(a, rows) = descending;
    a->reactions |= REACT_PAINT | REACT_REBUILD;
    return err;
}

bool views_leave(struct app *a, enum column_set_id rows)
{
    struct views_before *b = &a->views.before[rows == COLUMNS_NODES];

    if (!b->known || (rows != COLUMNS_JOBS && rows != COLUMNS_NODES))
        return false;
    b->known = false;
    show_rows(a, rows, b->filter, b->columns, b->sort, b->descending, NULL);
    return true;
}

void views_show(struct app *a, const struct saved_view *v)
{
    bool nodes = v->rows == COLUMNS_NODES, descending = v->sort[0] == '-';
    const char *sort = v->sort + descending;
    struct diag d = DIAG_INIT;

    app_show_view(a, nodes ? VIEW_NODES : VIEW_QUEUE);
    remember(a, v->rows);
    if (show_rows(a, v->rows, v->filter, v->columns,
            column_find(column_set(v->rows), sort, strlen(sort)), descending, &d) < 0)
        messages_add(
            &a->messages, app_now_ms(a), MESSAGE_FAILED, "view \"%s\": %s", v->name, d.text);
    snprintf(a->views.name, sizeof(a->views.name), "%s", v->name);
}

/* A view as a line of the list. */
static void list_line(const struct saved_view *v, char *out, size_t size)
{
    snprintf(out, size, "%-20s %-5s  %s%s%s%s%s", v->name, column_set(v->rows)->name,
        v->filter[0] ? v->filter : "all", v->sort[0] ? "   sort " : "", v->sort,
        v->columns[0] ? "   columns " : "", v->columns);
}

#define LINE_BYTES (3 * FIND_TEXT)
#define AS_SHIPPED "default              all rows, the usual columns, our own order"

static const char *accept_view(struct app *a, const char *text)
{
    const struct saved_view *v;
    char line[LINE_BYTES];

    if (strcmp(text, AS_SHIPPED) == 0 ||
        (strcmp(text, "default") == 0 && views_find(a, text) == NULL)) {
        enum column_set_id rows = find_focus(a) == COLUMNS_NODES ? COLUMNS_NODES : COLUMNS_JOBS;

        a->views.before[rows == COLUMNS_NODES].known = false;
        a->views.name[0] = '\0';
        show_rows(a, rows, "", "", -1, false, NULL);
        return NULL;
    }
    for (int i = 0; (v = views_at(a, i)); i++) {
        list_line(v, line, sizeof(line));
        if (strcmp(text, line) == 0 || strcmp(text, v->name) == 0) {
            views_show(a, v);
            return NULL;
        }
    }
    return "there is no view of that name";
}

void views_ask(struct app *a)
{
    const struct saved_view *v;
    struct dialog d = {.kind = DIALOG_PICK,
        .question = "Show which view?",
        .yes = "show it",
        .no = "as it is",
        .accept = accept_view};
    char line[LINE_BYTES];

    for (int i = 0; (v = views_at(a, i)); i++) {
        list_line(v, line, sizeof(line));
        choices_add(&d.choices, line);
        if (i == 0 || strcmp(v->name, a->views.name) == 0)
            choices_choose(&d.choices, d.choices.count - 1);
    }
    if (d.choices.count == 0) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE, "no view is saved; S saves one");
        return;
    }
    choices_add(&d.choices, AS_SHIPPED);
    a->dialog = d;
}

/* ---- saving ---- */

const char *views_blocked(const struct app *a)
{
    if (a->views.path[0] == '\0')
        return "there is no home directory to save it in";
    return a->views.under_way ? "the last one is still being written" : NULL;
}

/* What is shown of the focused table, in `text`: filter, columns, order. */
static struct saved_view shown(const struct app *a, char text[3][FIND_TEXT])
{
    enum column_set_id set = find_focus(a);
    const struct find_rows *rows = find_rows_of(a, set);
    bool nodes = set == COLUMNS_NODES;
    int by = nodes ? a->order_by.nodes : a->order_by.jobs;
    bool descending = nodes ? a->order_by.nodes_descending : a->order_by.jobs_descending;
    const char *filter = rows->filter_text + strspn(rows->filter_text, " ");
    size_t n = strlen(filter);

    while (n > 0 && filter[n - 1] == ' ') /* a file has none at the ends of a value */
        n--;
    snprintf(text[0], FIND_TEXT, "%.*s", (int)n, filter);
    snprintf(text[1], FIND_TEXT, "%s", rows->columns[find_alone(a)]);
    snprintf(text[2], FIND_TEXT, "%s%s", descending ? "-" : "",
        by < 0 ? "" : column_set(set)->columns[by].name);
    return (struct saved_view){.rows = set, .filter = text[0], .columns = text[1], .sort = text[2]};
}

void views_save(struct app *a, const char *name)
{
    char text[3][FIND_TEXT], own_name[CONFIG_NAME + 1];
    struct saved_view v = shown(a, text);
    struct views_write *w = xcalloc(1, sizeof(*w));

    snprintf(own_name, sizeof(own_name), "%s", name);
    v.name = own_name;
    w->app = a;
    w->work.data = w;
    w->view = config_new();
    config_put_view(w->view, &v);
    snprintf(w->path, sizeof(w->path), "%s", a->views.path);
    a->views.under_way = w;
    a->views.late_ms = app_steady_ms(a) + LATE_MS;
    uv_queue_work(a->loop, &w->work, in_thread, on_written);
}

static const char *accept_replace(struct app *a, const char *unused)
{
    (void)unused;
    views_save(a, a->views.asked);
    return NULL;
}

const char *views_take_name(struct app *a, const char *text)
{
    if (!config_name_ok(text))
        return "a name is of letters, digits, blanks and _ - . , at most 40";
    if (views_find(a, text) == NULL) {
        views_save(a, text);
        return NULL;
    }
    snprintf(a->views.asked, sizeof(a->views.asked), "%s", text);
    a->dialog = (struct dialog){
        .kind = DIALOG_CONFIRM, .yes = "replace it", .no = "keep it", .accept = accept_replace};
    snprintf(a->dialog.question, sizeof(a->dialog.question),
        "There is a view \"%s\" already. Replace it by what is shown?", text);
    return NULL;
}

void views_ask_save(struct app *a)
{
    char text[3][FIND_TEXT];
    const struct saved_view v = shown(a, text), *last = views_find(a, a->views.name);
    struct dialog *d = &a->dialog;

    *d = (struct dialog){.kind = DIALOG_PROMPT,
        .place = v.rows == COLUMNS_NODES ? DIALOG_AT_NODE : DIALOG_AT_JOB,
        .question = "Save this view under which name? V shows it again.",
        .yes = "save",
        .no = "do not",
        .accept = views_take_name};
    dialog_note(d, "filter   %s", v.filter[0] ? v.filter : "none: all rows");
    dialog_note(d, "columns  %s", v.columns[0] ? v.columns : "the usual ones");
    dialog_note(d, "sort     %s", v.sort[0] ? v.sort : "our own order");
    if (last && last->rows == v.rows)
        lineedit_suggest(&d->edit, last->name);
}
