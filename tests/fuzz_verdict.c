/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a batch script, judged against a small farm: no crash, no leak, no endless loop. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backend/verdict.h"
#include "tests/snapshots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct snapshot *farm(void)
{
    struct draft nodes = draft_new(sizeof(struct node)),
                 partitions = draft_new(sizeof(struct partition));
    struct node n = {.cpus = 8, .cpus_usable = 8, .mem_mb = 7682, .sockets = 8, .cores = 1};
    struct partition p = {.flags = PARTITION_DEFAULT, .state = 3, .total_nodes = 2};
    struct snapshot *s;

    n.state = NODE_STATE_IDLE_;
    n.partitions = draft_str(&nodes, "debug");
    n.features = draft_str(&nodes, "big,ssd");
    for (int i = 1; i <= 2; i++) {
        n.name = draft_str(&nodes, i == 1 ? "node1" : "node2");
        draft_add(&nodes, &n);
    }
    p.name = draft_str(&partitions, "debug");
    draft_add(&partitions, &p);
    s = snapshot_of(NULL, &nodes, &partitions);
    draft_release(&nodes);
    draft_release(&partitions);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "#!/bin/sh\n#SBATCH ";
    const char *const argv[] = {"-c2", NULL};
    struct verdict_job job = {.script = "x", .cwd = "/", .argv = argv, .variables = {"", "", ""}};
    struct buf text = BUF_INIT;
    struct snapshot *s = farm();
    struct verdict v;
    char words[128];

    if (size && data[0] & 1) /* else most inputs end at their first line */
        buf_adds(&text, head);
    buf_add(&text, data, size);
    verdict_judge(&v, &job, buf_str(&text), text.len, s, NULL);
    for (uint32_t i = 0; i < v.fit.count; i++)
        fit_node_text(&v.fit, s, &v.request, i, words, sizeof(words));
    if (v.accepted && v.fit.answer == FIT_NO)
        abort();
    verdict_release(&v);
    snapshot_free(s);
    buf_release(&text);
    return 0;
}
