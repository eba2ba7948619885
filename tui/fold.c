/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/fold.h"

#include <stdio.h>

#include "base/alloc.h"
#include "tui/app.h"
#include "tui/cmd.h"

/* The array of the selected job, or NULL. */
static const struct array *selected_array(const struct app *a)
{
    const struct job *j =
        a->queue.has_selected ? snapshot_job(a->snapshot, (uint32_t)a->queue.selected) : NULL;

    return j ? arrays_of(&a->order.arrays, (uint32_t)(j - a->snapshot->jobs)) : NULL;
}

void fold_remember(struct app *a)
{
    const struct array *of = selected_array(a);

    a->selected_array = of && of->folded ? of->id : 0;
}

void fold_select(struct app *a)
{
    const struct array *of = selected_array(a);
    const struct job *there =
        a->queue.has_selected ? snapshot_job(a->snapshot, (uint32_t)a->queue.selected) : NULL;

    if (there == NULL && a->selected_array)
        of = arrays_find(&a->order.arrays, a->selected_array);
    if (of && of->shown && (of->folded || there == NULL))
        a->queue.selected = a->snapshot->jobs[of->head].job_id;
}

/* ---- commands ---- */

static const struct job *member(const struct app *a, const struct array *of, uint32_t i)
{
    return &a->snapshot->jobs[a->order.arrays.rows[of->first + i]];
}

/* Folds or unfolds one, and keeps to what its marks mean. */
static void fold_one(struct app *a, const struct array *of, bool fold)
{
    uint64_t head = a->snapshot->jobs[of->head].job_id;
    bool marked = marks_has(&a->job_marks, head);
    uint32_t count = 0;

    for (uint32_t i = 0; i < of->count; i++)
        count += marks_has(&a->job_marks, member(a, of, i)->job_id);
    folds_set(&a->folds, of->id, fold);
    for (uint32_t i = 0; i < of->count && (fold ? count > 0 : marked); i++)
        marks_set(&a->job_marks, member(a, of, i)->job_id, !fold);
    if (!fold || count == 0)
        return;
    if (count == of->count)
        marks_set(&a->job_marks, head, true);
    else
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "marks of single tasks of array %u were taken off: it is one row now", of->id);
}

const char *cmd_fold_blocked(const struct app *a, int unused)
{
    const struct array *of = selected_array(a);

    (void)unused;
    if (app_job(a) == NULL)
        return "no job is selected";
    if (of == NULL)
        return "the job is not of an array";
    return of->shown > 1 ? NULL : "the array has this one row only: none of its tasks has started";
}

unsigned cmd_fold(struct app *a, int unused)
{
    const struct array *of = selected_array(a);

    (void)unused;
    fold_one(a, of, !of->folded);
    return REACT_PAINT | REACT_REBUILD;
}

unsigned cmd_fold_all(struct app *a, int unused)
{
    const struct arrays *all = &a->order.arrays;
    bool fold = a->folds.unfolded || marks_count(&a->folds.exceptions) > 0;

    (void)unused;
    for (uint32_t i = 0; i < all->count; i++)
        if (all->v[i].shown > 1 && all->v[i].folded != fold)
            fold_one(a, &all->v[i], fold);
    folds_set_all(&a->folds, fold);
    return REACT_PAINT | REACT_REBUILD;
}
