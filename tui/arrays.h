/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_ARRAYS_H
#define KFARM_TUI_ARRAYS_H
/*
 * The arrays of a snapshot. Slurm has one record for all tasks of an array that wait, and one of its
 * own for each that has started or was changed by itself. Made with the order of the rows, in one pass
 * over them, and kept as long as it.
 *
 * An array of which more than one record is shown is folded into one row, its head, unless the
 * operator unfolded it. The head is the record that bears the array's number, or else the one with the
 * lowest: that stays as tasks start and end, and selection and marks are by number.
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/snapshot.h"
#include "backend/taskset.h"
#include "widgets/marks.h"

/* Which arrays are folded. */
struct folds {
    bool unfolded; /* all but the exceptions */
    struct marks exceptions; /* numbers of arrays */
};

enum array_part {
    ARRAY_FAILED,
    ARRAY_RUNNING,
    ARRAY_COMPLETING,
    ARRAY_SUSPENDED,
    ARRAY_PENDING,
    ARRAY_HELD,
    ARRAY_DONE,
    ARRAY_CANCELLED,
    ARRAY_PART_COUNT
};

#define ARRAY_LABEL 24

struct array {
    uint32_t id; /* array_job_id */
    uint32_t first, count; /* its records: rows[first] … rows[first + count - 1] of struct arrays */
    /* of the records that are shown: */
    uint32_t shown;
    uint32_t head; /* row of the section that stands for it */
    uint32_t tasks[ARRAY_PART_COUNT], task_count;
    uint32_t worst; /* row of the record whose state matters most */
    char label[ARRAY_LABEL]; /* "44_[0-9]", "44_[…]" if that is too long */
    bool folded; /* the head stands for all of them */
    bool spread; /* the others stand below the head; neither: each stands by itself */
};

struct arrays {
    struct array *v; /* ascending by number */
    uint32_t count;
    uint32_t *rows; /* of the job section, each array's together, ascending */
    uint32_t *of; /* row of the section → its array's place in v plus 1; 0: of none */
    bool *shown; /* row of the section → the filter lets its record through */
    uint32_t row_count; /* rows of the section */
};

void arrays_release(struct arrays *a);
/* Makes it anew of a snapshot, of which these rows are shown (ascending). `folds` NULL: each record
   stands by itself. */
void arrays_build(struct arrays *a, const struct snapshot *s, const uint32_t *shown, uint32_t count,
    const struct folds *folds);

/* The array that the job in this row of the section belongs to, or NULL. */
const struct array *arrays_of(const struct arrays *a, uint32_t row);
/* The array with this number, or NULL. */
const struct array *arrays_find(const struct arrays *a, uint32_t id);
/* The array that is folded into this row, or NULL. */
const struct array *arrays_folded(const struct arrays *a, uint32_t row);
/* The record in this row is shown, or is one of those of a folded array that count in its row. */
bool arrays_shown(const struct arrays *a, uint32_t row);
/* The job in this row stands below the head of its array. */
bool arrays_below(const struct arrays *a, uint32_t row);

/* The tasks that a record stands for are added. */
void arrays_tasks(const struct snapshot *s, const struct job *j, struct taskset *to);
/* All tasks of an array; the caller's. */
struct taskset arrays_all_tasks(
    const struct arrays *a, const struct snapshot *s, const struct array *of);

/* "10 tasks: 1 F 2 R 7 PD" */
void arrays_summary(const struct array *of, char *out, size_t size);
/* What a record counts as. */
enum array_part array_part(const struct job *j);

void folds_release(struct folds *f);
bool folds_folded(const struct folds *f, uint32_t id);
void folds_set(struct folds *f, uint32_t id, bool folded);
/* All of them, those that come too. */
void folds_set_all(struct folds *f, bool folded);

#endif
