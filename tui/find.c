/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/find.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/app.h"

void find_release(struct find *f)
{
    filter_free(f->jobs.filter);
    filter_free(f->nodes.filter);
    filter_free(f->wanted);
    history_release(&f->filters);
    history_release(&f->searches);
    history_release(&f->columns);
}

enum column_set_id find_focus(const struct app *a)
{
    switch (app_focus(a)) {
    case PANE_NODES:
        return COLUMNS_NODES;
    case PANE_QUEUE:
        return COLUMNS_JOBS;
    default:
        return COLUMNS_COUNT;
    }
}

static struct find_rows *rows_of(struct app *a, enum column_set_id set)
{
    return set == COLUMNS_NODES ? &a->find.nodes : &a->find.jobs;
}

const struct find_rows *find_rows_of(const struct app *a, enum column_set_id set)
{
    return set == COLUMNS_NODES ? &a->find.nodes : &a->find.jobs;
}

/* ---- filter ---- */

int find_filter(struct app *a, enum column_set_id set, const char *text, struct diag *d)
{
    struct find_rows *rows = rows_of(a, set);
    struct diag why = DIAG_INIT;
    struct filter *f = filter_new(set, text, &why);

    if (f == NULL && why.text[0])
        return diag_set(d, -EINVAL, "%s", why.text);
    filter_free(rows->filter);
    rows->filter = f;
    snprintf(rows->filter_text, sizeof(rows->filter_text), "%s", f ? text : "");
    *(set == COLUMNS_NODES ? &a->order_by.node_filter : &a->order_by.job_filter) = f;
    a->reactions |= REACT_PAINT | (set == COLUMNS_NODES ? REACT_REBUILD_NODES : REACT_REBUILD_JOBS);
    return 0;
}

#define TOO_MANY_WAYS "the pattern tries too many ways on some rows"

static void say_wrong(struct app *a, const struct diag *d)
{
    snprintf(a->dialog.error, sizeof(a->dialog.error), "%s", d->text);
}

/* "state:" is typed, and what it is compared with is still to come. */
static bool is_half_typed(const char *word)
{
    size_t n = strlen(word);

    return n > 1 && strchr(":=<>~", word[n - 1]);
}

static void filter_changed(struct app *a, const char *text)
{
    enum column_set_id set = find_focus(a);
    struct diag d = DIAG_INIT;
    size_t last = filter_last_word(text);
    char before[LINEEDIT_BYTES];

    a->dialog.error[0] = '\0';
    if (find_filter(a, set, text, &d) < 0) { /* the last one that could be read stays, … */
        say_wrong(a, &d);
        if (!is_half_typed(text + last))
            return;
        /* … but that was the name of a column, taken for a word that rows have */
        snprintf(before, sizeof(before), "%.*s", (int)last, text);
        find_filter(a, set, before, NULL);
    }
    app_apply(a);
    if (filter_gave_up(find_rows_of(a, set)->filter))
        snprintf(a->dialog.error, sizeof(a->dialog.error), TOO_MANY_WAYS ": those are not shown");
}

static const char *filter_accepted(struct app *a, const char *text)
{
    return find_filter(a, find_focus(a), text, NULL) == 0 ? NULL : ""; /* why is said already */
}

static struct table *focused_table(struct app *a)
{
    return app_focus(a) == PANE_NODES ? &a->nodes : &a->queue;
}

/* The row that was selected when the prompt was opened. */
static void back_home(struct app *a)
{
    struct table_source s = app_rows(a, app_focus(a));

    table_select(focused_table(a), &s, a->find.home);
}

/* What was typed may have hidden the selected row, and have selected another one. */
static void filter_cancelled(struct app *a)
{
    find_filter(a, find_focus(a), a->find.before, NULL);
    app_apply(a);
    back_home(a);
}

struct offering {
    struct app *app;
    const char *text;
    size_t start; /* of the word that is being typed */
};

static void offer_word(void *user, const char *candidate)
{
    const struct offering *o = user;
    char whole[LINEEDIT_BYTES];

    snprintf(whole, sizeof(whole), "%.*s%s", (int)o->start, o->text, candidate);
    choices_add(&o->app->dialog.choices, whole);
}

static void complete_filter(struct app *a, const char *text)
{
    struct offering o = {a, text, filter_last_word(text)};

    filter_offer(find_focus(a), text + o.start, a->snapshot, app_now_s(a), offer_word, &o);
}

void find_ask_filter(struct app *a)
{
    const struct find_rows *rows = find_rows_of(a, find_focus(a));

    a->find.home = focused_table(a)->selected;
    a->dialog = (struct dialog){.kind = DIALOG_LINE,
        .question = "filter: ",
        .yes = "Enter keeps it",
        .example = "state:pend user=ana node=node2 name~6\\.1 age>1h",
        .accept = filter_accepted,
        .changed = filter_changed,
        .cancelled = filter_cancelled,
        .complete = complete_filter,
        .history = &a->find.filters};
    lineedit_suggest(&a->dialog.edit, rows->filter_text);
    snprintf(a->find.before, sizeof(a->find.before), "%s", rows->filter_text);
}

/* ---- search ---- */

bool find_searching(const struct app *a)
{
    return a->find.wanted && find_focus(a) == filter_set(a->find.wanted);
}

/* A folded array has what any of its records has that is shown. */
static bool array_has(const struct app *a, const struct array *of)
{
    for (uint32_t i = 0; i < of->count; i++) {
        uint32_t index = a->order.arrays.rows[of->first + i];
        struct row r = column_row(COLUMNS_JOBS, a->snapshot, NULL, app_now_s(a), index);

        if (arrays_shown(&a->order.arrays, index) && filter_holds(a->find.wanted, &r))
            return true;
    }
    return false;
}

static bool row_has(const struct app *a, enum column_set_id set, uint32_t index)
{
    const struct array *of = set == COLUMNS_JOBS ? arrays_folded(&a->order.arrays, index) : NULL;
    /* a job as its record: a pattern is for 44_3, however far it is indented */
    struct row r =
        column_row(set, a->snapshot, set == COLUMNS_JOBS ? NULL : &a->order, app_now_s(a), index);

    return of ? array_has(a, of) : filter_holds(a->find.wanted, &r);
}

/* The first row from `from` on, going `by`, once round. -1: none. */
static int64_t look_from(struct app *a, int64_t from, int by)
{
    enum column_set_id set = find_focus(a);
    const uint32_t *rows = set == COLUMNS_NODES ? a->order.nodes : a->order.jobs;
    int64_t count = set == COLUMNS_NODES ? a->order.node_count : a->order.job_count;

    filter_begin(a->find.wanted);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = ((from + i * by) % count + count) % count;

        if (row_has(a, set, rows[at]))
            return at;
    }
    return -1;
}

static bool select_from(struct app *a, int64_t from, int by)
{
    struct table_source s = app_rows(a, app_focus(a));
    int64_t at = look_from(a, from, by);

    return at >= 0 && table_select(focused_table(a), &s, s.id(s.user, (uint32_t)at));
}

bool find_next(struct app *a, int by)
{
    return find_searching(a) && select_from(a, (int64_t)focused_table(a)->cursor + by, by);
}

int find_search(struct app *a, const char *pattern, struct diag *d)
{
    struct filter *f = pattern[0] ? filter_of_pattern(find_focus(a), pattern, d) : NULL;

    if (f == NULL && pattern[0])
        return -EINVAL;
    filter_free(a->find.wanted);
    a->find.wanted = f;
    snprintf(a->find.wanted_text, sizeof(a->find.wanted_text), "%s", pattern);
    return 0;
}

static void search_changed(struct app *a, const char *text)
{
    struct diag d = DIAG_INIT;

    a->dialog.error[0] = '\0';
    back_home(a);
    if (find_search(a, text, &d) < 0)
        say_wrong(a, &d);
    else if (text[0] && !select_from(a, focused_table(a)->cursor, 1))
        snprintf(a->dialog.error, sizeof(a->dialog.error), "%s",
            filter_gave_up(a->find.wanted) ? TOO_MANY_WAYS : "no row has it");
}

static const char *search_accepted(struct app *a, const char *text)
{
    return a->find.wanted || text[0] == '\0' ? NULL : "";
}

static void search_cancelled(struct app *a)
{
    find_search(a, "", NULL);
    back_home(a);
}

void find_ask_search(struct app *a)
{
    const struct table *t = focused_table(a);

    a->find.home = t->selected;
    a->dialog = (struct dialog){.kind = DIALOG_LINE,
        .question = "search: ",
        .yes = "Enter, then n and N",
        .example = "a pattern: build, ^node1$, 6\\.1",
        .accept = search_accepted,
        .changed = search_changed,
        .cancelled = search_cancelled,
        .history = &a->find.searches};
}

/* ---- columns ---- */

bool find_alone(const struct app *a)
{
    return a->view != VIEW_FARM || a->zoom;
}

int find_columns(
    struct app *a, enum column_set_id set, bool alone, const char *names, struct diag *d)
{
    struct column_list list;

    if (names[0] && column_list_parse(&list, column_set(set), names, d) < 0)
        return -EINVAL;
    snprintf(rows_of(a, set)->columns[alone], FIND_TEXT, "%s", names);
    (set == COLUMNS_NODES ? &a->nodes : &a->queue)->width_for = 0; /* their widths anew */
    a->reactions |= REACT_PAINT;
    return 0;
}

static void columns_changed(struct app *a, const char *text)
{
    struct diag d = DIAG_INIT;

    a->dialog.error[0] = '\0';
    if (find_columns(a, find_focus(a), find_alone(a), text, &d) < 0)
        say_wrong(a, &d);
}

static const char *columns_accepted(struct app *a, const char *text)
{
    return find_columns(a, find_focus(a), find_alone(a), text, NULL) == 0 ? NULL : "";
}

static void columns_cancelled(struct app *a)
{
    find_columns(a, find_focus(a), find_alone(a), a->find.before, NULL);
}

/* The names that the word being typed could become, as whole texts. */
static void offer_columns(struct app *a, const char *text)
{
    const struct column_set *set = column_set(find_focus(a));
    size_t start = strlen(text);

    while (start > 0 && text[start - 1] != ',')
        start--;
    for (int i = 0; i < set->count; i++)
        if (strncmp(set->columns[i].name, text + start, strlen(text + start)) == 0) {
            char whole[LINEEDIT_BYTES];

            snprintf(whole, sizeof(whole), "%.*s%s", (int)start, text, set->columns[i].name);
            choices_add(&a->dialog.choices, whole);
        }
}

void find_ask_columns(struct app *a)
{
    enum column_set_id set = find_focus(a);

    snprintf(
        a->find.before, sizeof(a->find.before), "%s", find_rows_of(a, set)->columns[find_alone(a)]);
    a->dialog = (struct dialog){.kind = DIALOG_LINE,
        .question = "columns: ",
        .yes = "Tab completes",
        .example = "none: the usual ones",
        .accept = columns_accepted,
        .changed = columns_changed,
        .cancelled = columns_cancelled,
        .complete = offer_columns,
        .history = &a->find.columns};
    lineedit_suggest(&a->dialog.edit, app_columns(a, app_focus(a)));
}
