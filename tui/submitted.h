/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_SUBMITTED_H
#define KFARM_TUI_SUBMITTED_H
/*
 * What a job was submitted with beside its script, as it is kept next to that: sbatch's options, the script's arguments,
 * and of the environment the variables that the script uses. Slurm tells none of this afterwards. A line each:
 *
 *   cluster NAME        time SECONDS        options WORDS        arguments WORDS
 *   set NAME VALUE      unset NAME          lost NAME            (its value has a line break)
 *
 * The file is 0600, as the script's: values may be confidential.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define SUBMITTED_MAX (64u << 10) /* bytes */

struct submitted_facts {
    const char *cluster;
    int64_t time_s; /* when sbatch said the job's number */
    const char *options, *arguments; /* as in the form */
    const char *script; /* its text */
    char *const *environment; /* that sbatch was given: "NAME=VALUE", NULL at the end */
    const char *const
        *variables; /* that are kept whether the script uses them or not; NULL at the end */
};

/* Appends the record; one that would be too large is not made. */
void submitted_write(const struct submitted_facts *f, struct buf *out);

struct submitted_item {
    const char *kind, *name, *value; /* value "" where there is none */
};

/* A record, taken apart. */
struct submitted {
    char *text; /* what the items point into; NULL: there is no record */
    struct submitted_item *items;
    size_t count;
};

/* Takes the text apart that was read; lines that make no sense are left out. submitted_release() it. */
void submitted_read(struct submitted *s, const char *text, size_t size);
void submitted_release(struct submitted *s);
/* It is of the job of this number that was submitted then: numbers come again, and another farm has them too. A requeue
   gives a job a new time. */
bool submitted_is_of(
    const struct submitted *s, const char *cluster, int64_t submit_s, bool requeued);
/* What stands behind a word: "options", "arguments"; "" if nothing does. */
const char *submitted_text(const struct submitted *s, const char *kind);
/* The item of a variable; NULL if the record does not tell. */
const struct submitted_item *submitted_variable(const struct submitted *s, const char *name);

#endif
