/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/arrays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/order.h"

#define LABEL_COLUMNS 16 /* of the column it stands in */

void arrays_release(struct arrays *a)
{
    free(a->v);
    free(a->rows);
    free(a->of);
    free(a->shown);
    *a = (struct arrays){0};
}

/* ---- what a record counts as ---- */

static const struct {
    const char *word;
    int rank; /* how much it matters: lower is more */
} parts[] = {
    [ARRAY_FAILED] = {"F", 0},
    [ARRAY_RUNNING] = {"R", 1},
    [ARRAY_COMPLETING] = {"CG", 2},
    [ARRAY_SUSPENDED] = {"S", 3},
    [ARRAY_PENDING] = {"PD", 4},
    [ARRAY_HELD] = {"held", 5},
    [ARRAY_DONE] = {"done", 6},
    [ARRAY_CANCELLED] = {"CA", 7},
};
_Static_assert(KF_LEN(parts) == ARRAY_PART_COUNT, "a word for every part");

enum array_part array_part(const struct job *j)
{
    if (j->flags & JOB_FLAG_COMPLETING)
        return ARRAY_COMPLETING;
    switch ((enum job_state)j->state) {
    case JOB_STATE_PENDING:
        return j->priority == 0 ? ARRAY_HELD : ARRAY_PENDING;
    case JOB_STATE_RUNNING:
        return ARRAY_RUNNING;
    case JOB_STATE_SUSPENDED:
        return ARRAY_SUSPENDED;
    case JOB_STATE_COMPLETED:
        return ARRAY_DONE;
    case JOB_STATE_CANCELLED:
        return ARRAY_CANCELLED;
    default:
        return ARRAY_FAILED;
    }
}

void arrays_summary(const struct array *of, char *out, size_t size)
{
    int n = snprintf(out, size, "%u tasks:", of->task_count);

    for (int k = 0; k < ARRAY_PART_COUNT; k++)
        if (of->tasks[k] && n >= 0 && (size_t)n < size)
            n += snprintf(out + n, size - (size_t)n, " %u %s", of->tasks[k], parts[k].word);
}

void arrays_tasks(const struct snapshot *s, const struct job *j, struct taskset *to)
{
    if (j->has & JOB_HAS_TASK)
        taskset_add(to, j->array_task_id, j->array_task_id);
    else
        taskset_add_slurm(to, job_str(s, j->array_tasks));
}

struct taskset arrays_all_tasks(
    const struct arrays *a, const struct snapshot *s, const struct array *of)
{
    struct taskset all = {0};

    for (uint32_t i = 0; i < of->count; i++)
        arrays_tasks(s, &s->jobs[a->rows[of->first + i]], &all);
    return all;
}

/* ---- the index ---- */

/* Groups the records by array: their rows stand together in a->rows, ascending. */
static void group(struct arrays *a, const struct snapshot *s)
{
    struct order_key *keys = xcalloc(KF_MAX(s->job_count, 1u), sizeof(*keys));
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->job_count; i++)
        if (s->jobs[i].has & JOB_HAS_ARRAY)
            keys[count++] = (struct order_key){s->jobs[i].array_job_id, i};
    order_sort(keys, count);
    a->rows = xcalloc(KF_MAX(count, 1u), sizeof(*a->rows));
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || keys[i].key != keys[i - 1].key) {
            if ((a->count & (a->count - 1)) == 0)
                a->v = xreallocarray(a->v, KF_MAX(a->count * 2, 1u), sizeof(*a->v));
            a->v[a->count++] = (struct array){.id = (uint32_t)keys[i].key, .first = i};
        }
        a->v[a->count - 1].count++;
        a->rows[i] = keys[i].row;
        a->of[keys[i].row] = a->count;
    }
    free(keys);
}

/* One more of its records is shown; they come ascending. */
static void count_in(struct array *of, const struct snapshot *s, uint32_t row)
{
    const struct job *j = &s->jobs[row];
    enum array_part part = array_part(j);
    uint32_t tasks = job_tasks(s, j);

    if (of->shown++ == 0) {
        of->head = of->worst = row;
    } else {
        if (j->job_id == of->id)
            of->head = row;
        if (parts[part].rank < parts[array_part(&s->jobs[of->worst])].rank)
            of->worst = row;
    }
    of->tasks[part] += tasks;
    of->task_count += tasks;
}

static void write_label(const struct arrays *a, struct array *of, const struct snapshot *s)
{
    struct taskset tasks = {0};
    char list[LABEL_COLUMNS];
    int before = snprintf(of->label, sizeof(of->label), "%u_[", of->id);

    for (uint32_t i = 0; i < of->count; i++)
        if (a->shown[a->rows[of->first + i]])
            arrays_tasks(s, &s->jobs[a->rows[of->first + i]], &tasks);
    if (!taskset_text(&tasks, list, (size_t)KF_MAX(LABEL_COLUMNS - before, 1)))
        snprintf(list, sizeof(list), "%s", "…");
    snprintf(of->label + before, sizeof(of->label) - (size_t)before, "%s]", list);
    taskset_release(&tasks);
}

void arrays_build(struct arrays *a, const struct snapshot *s, const uint32_t *shown, uint32_t count,
    const struct folds *folds)
{
    arrays_release(a);
    a->row_count = s->job_count;
    a->of = xcalloc(KF_MAX(s->job_count, 1u), sizeof(*a->of));
    group(a, s);
    a->shown = xcalloc(KF_MAX(s->job_count, 1u), sizeof(*a->shown));
    for (uint32_t i = 0; i < count; i++) {
        a->shown[shown[i]] = true;
        if (a->of[shown[i]])
            count_in(&a->v[a->of[shown[i]] - 1], s, shown[i]);
    }
    for (uint32_t i = 0; i < a->count; i++) {
        struct array *of = &a->v[i];

        if (folds == NULL || of->shown < 2)
            continue;
        of->folded = folds_folded(folds, of->id);
        of->spread = !of->folded;
        if (of->folded)
            write_label(a, of, s);
    }
}

const struct array *arrays_of(const struct arrays *a, uint32_t row)
{
    return row < a->row_count && a->of[row] ? &a->v[a->of[row] - 1] : NULL;
}

const struct array *arrays_find(const struct arrays *a, uint32_t id)
{
    uint32_t lo = 0, hi = a->count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (a->v[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < a->count && a->v[lo].id == id ? &a->v[lo] : NULL;
}

const struct array *arrays_folded(const struct arrays *a, uint32_t row)
{
    const struct array *of = arrays_of(a, row);

    return of && of->folded && of->head == row ? of : NULL;
}

bool arrays_shown(const struct arrays *a, uint32_t row)
{
    return row < a->row_count && a->shown[row];
}

bool arrays_below(const struct arrays *a, uint32_t row)
{
    const struct array *of = arrays_of(a, row);

    return of && of->spread && of->head != row;
}

/* ---- what is folded ---- */

void folds_release(struct folds *f)
{
    marks_release(&f->exceptions);
}

bool folds_folded(const struct folds *f, uint32_t id)
{
    return f->unfolded == marks_has(&f->exceptions, id);
}

void folds_set(struct folds *f, uint32_t id, bool folded)
{
    marks_set(&f->exceptions, id, folded == f->unfolded);
}

void folds_set_all(struct folds *f, bool folded)
{
    f->unfolded = !folded;
    marks_clear(&f->exceptions);
}
