/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_FINDINGS_H
#define KFARM_BACKEND_FINDINGS_H
/* What was found in a batch script, and on the farm it is meant for. */
#include <stdbool.h>
#include <stdint.h>

enum finding_level {
    FINDING_REFUSED, /* sbatch or the controller will not take it */
    FINDING_FAULT, /* it is taken, and cannot do what it is for */
    FINDING_WARNING, /* it may do something else than is meant */
    FINDING_NOTE,
    FINDING_LEVEL_COUNT
};

struct finding {
    enum finding_level level;
    uint32_t line; /* of the script, from 1; 0: of no line */
    char *text; /* one sentence without its full stop */
};

#define FINDINGS_MAX 100 /* more are counted, and not kept */

struct findings {
    struct finding *v;
    uint32_t count;
    uint32_t levels[FINDING_LEVEL_COUNT]; /* how many of each, those not kept too */
};

void findings_release(struct findings *f);
void findings_add(struct findings *f, enum finding_level level, uint32_t line, const char *format,
    ...) __attribute__((format(printf, 4, 5)));
/* In order of level, then line. */
void findings_sort(struct findings *f);
/* "refused", "fault", "warning", "note" */
const char *finding_level_name(enum finding_level level);

#endif
