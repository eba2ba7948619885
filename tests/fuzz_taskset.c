/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target of backend/taskset.h. The input is what was typed. Aborts if a promise is broken. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backend/taskset.h"
#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct taskset *s)
{
    struct taskset again = {0}, rest;
    char text[4096];

    for (uint32_t i = 0; i < s->count; i++) {
        must(s->v[i].from <= s->v[i].to && s->v[i].to <= TASKSET_TASK_MAX);
        must(i == 0 || s->v[i - 1].to + 1 < s->v[i].from);
    }
    rest = taskset_without(s, s);
    must(rest.count == 0);
    taskset_release(&rest);
    if (s->count && taskset_text(s, text, sizeof(text))) { /* what is written reads as it was */
        must(taskset_parse(&again, text, NULL) == 0);
        must(taskset_count(&again) == taskset_count(s) && again.count == s->count);
    }
    taskset_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct taskset typed = {0}, slurm = {0};
    struct diag d = DIAG_INIT;
    char *text = xmemdup0(data, size);

    if (taskset_parse(&typed, text, &d) < 0)
        must(typed.count == 0 && d.text[0]);
    else
        must(typed.count > 0);
    check(&typed);
    taskset_add_slurm(&slurm, text);
    check(&slurm);
    taskset_release(&typed);
    taskset_release(&slurm);
    free(text);
    return 0;
}
