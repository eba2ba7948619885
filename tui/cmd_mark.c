/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that mark rows for verbs. */
#include "base/alloc.h"
#include "tui/app.h"
#include "tui/cmd.h"

static struct table *table_of(struct app *a)
{
    return app_focus(a) == PANE_NODES ? &a->nodes : &a->queue;
}

static struct marks *marks_of(struct app *a)
{
    return app_focus(a) == PANE_NODES ? &a->node_marks : &a->job_marks;
}

/* The row from which a range is marked. */
static uint64_t *anchor_of(struct app *a)
{
    return app_focus(a) == PANE_NODES ? &a->node_anchor : &a->job_anchor;
}

unsigned cmd_mark(struct app *a, int unused)
{
    struct table *t = table_of(a);
    struct table_source s = app_rows(a, app_focus(a));

    (void)unused;
    if (!t->has_selected)
        return REACT_NONE;
    marks_set(marks_of(a), t->selected, !marks_has(marks_of(a), t->selected));
    *anchor_of(a) = t->selected;
    table_move(t, &s, 1);
    return REACT_PAINT;
}

unsigned cmd_mark_range(struct app *a, int unused)
{
    struct table *t = table_of(a);
    struct table_source s = app_rows(a, app_focus(a));
    uint32_t from = t->cursor;

    (void)unused;
    if (!t->has_selected)
        return REACT_NONE;
    for (uint32_t row = 0; row < s.count && marks_has(marks_of(a), *anchor_of(a)); row++)
        if (s.id(s.user, row) == *anchor_of(a))
            from = row;
    for (uint32_t row = KF_MIN(from, t->cursor); row <= KF_MAX(from, t->cursor); row++)
        marks_set(marks_of(a), s.id(s.user, row), true);
    *anchor_of(a) = t->selected;
    return REACT_PAINT;
}

unsigned cmd_mark_all(struct app *a, int invert)
{
    struct table_source s = app_rows(a, app_focus(a));

    for (uint32_t row = 0; row < s.count; row++) {
        uint64_t id = s.id(s.user, row);

        marks_set(marks_of(a), id, !invert || !marks_has(marks_of(a), id));
    }
    return REACT_PAINT;
}

unsigned cmd_unmark_all(struct app *a, int unused)
{
    (void)unused;
    marks_clear(&a->job_marks);
    marks_clear(&a->node_marks);
    return REACT_PAINT;
}
