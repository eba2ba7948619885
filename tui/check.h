/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_CHECK_H
#define KFARM_TUI_CHECK_H
#include "backend/verdict.h"
#include "tui/options.h"

/*
 * kfarm-top check SCRIPT [SBATCH OPTION…]: would this script run on this farm? Our own verdict, then
 * `sbatch --test-only` as the second opinion. Exit status: 0 yes, 1 no, 2 the script cannot be read, 3
 * no controller.
 */
int check_main(const struct options *o);

/* What sbatch --test-only said; not asked for a recording. */
struct check_opinion {
    bool asked, accepted;
    char words[512];
};

/* The result as one JSON object, appended to out (check_json.c):
   schema, script, verdict ("yes" | "no"), accepted, fits ("now" | "later" | "no"), words, partition,
   request {ntasks, cpus_per_task, nodes_min, nodes_max, mem_mb, mem_per_cpu_mb, time_limit_min, array},
   nodes [{name, fits, why}], findings [{level, line, text}], options [{name, value, from, line}], slurm
   {accepted, words} or null. */
void check_json(const struct options *o, const struct verdict *v, const struct snapshot *s,
    const struct check_opinion *opinion, struct buf *out);

/* Lines for people; the nodes in groups of those with the same answer (check.c). The submit form shows
   the same. */
typedef void check_line_fn(void *user, const char *line);
void check_node_lines(const struct verdict *v, const struct snapshot *s, uint32_t most,
    check_line_fn *fn, void *user);

#endif
