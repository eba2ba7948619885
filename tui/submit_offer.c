/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Tab offers in each field of the form. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/app.h"

#define JOBS_SEEN 2000 /* of the queue, newest first, are looked at for scripts and directories */

static void offer_matching(struct app *a, const char *text, const char *candidate)
{
    if (strncmp(candidate, text, strlen(text)) == 0)
        choices_add(&a->submit.choices, candidate);
}

/* Nodes: the name behind the last comma. */
static void offer_nodes(struct app *a, const char *text)
{
    const char *comma = strrchr(text, ',');
    size_t before = comma ? (size_t)(comma - text) + 1 : 0;
    char whole[LINEEDIT_BYTES];

    for (uint32_t i = 0; i < a->snapshot->node_count; i++) {
        snprintf(whole, sizeof(whole), "%.*s%s", (int)before, text,
            node_str(a->snapshot, a->snapshot->nodes[i].name));
        offer_matching(a, text, whole);
    }
}

/* Scripts submitted before, and those of the jobs that Slurm knows. */
static void offer_scripts(struct app *a, const char *begins)
{
    const struct snapshot *s = a->snapshot;
    uint32_t last = s->job_count > JOBS_SEEN ? s->job_count - JOBS_SEEN : 0;
    const struct history *h = &a->submit.scripts;

    for (int i = h->count; i-- > 0;)
        if (strncmp(h->lines[i], begins, strlen(begins)) == 0 && !resubmit_is_copy(h->lines[i]))
            choices_add(&a->submit.choices, h->lines[i]);
    for (uint32_t i = s->job_count; i-- > last;) {
        char command[PATH_MAX];

        /* its arguments stand behind it */
        snprintf(command, sizeof(command), "%s", job_str(s, s->jobs[i].command));
        command[strcspn(command, " ")] = '\0';
        if (s->jobs[i].batch && command[0] == '/' &&
            strncmp(command, begins, strlen(begins)) == 0 && !resubmit_is_copy(command))
            choices_add(&a->submit.choices, command);
    }
}

/* Directories that jobs of this operator's were submitted to: the last one first. Those of others' jobs are theirs, where a
   log's name may be a link already. */
static void offer_directories(struct app *a, const char *begins)
{
    const struct snapshot *s = a->snapshot;
    uint32_t last = s->job_count > JOBS_SEEN ? s->job_count - JOBS_SEEN : 0;
    const struct history *h = &a->submit.directories;

    for (int i = h->count; i-- > 0;)
        offer_matching(a, begins, h->lines[i]);
    for (uint32_t i = s->job_count; i-- > last;) {
        const char *directory = job_str(s, s->jobs[i].work_dir);

        if (s->jobs[i].batch && directory[0] == '/' && strlen(directory) < LINEEDIT_BYTES &&
            strcmp(job_str(s, s->jobs[i].user), s->cluster.user) == 0)
            offer_matching(a, begins, directory);
    }
}

void submit_offer_all(struct app *a)
{
    static const char *const configurations[] = {
        "defconfig", "tinyconfig", "allmodconfig", "allnoconfig", "allyesconfig", "olddefconfig"};
    const char *text = submit_text(a, a->submit.focus);
    const struct config *c = a->options.config;

    switch (a->submit.focus) {
    case FIELD_SCRIPT:
        offer_scripts(a, text);
        submit_offer_files(a, text, false);
        return;
    case FIELD_SOURCE:
    case FIELD_OUTPUT:
        submit_offer_files(a, text[0] ? text : "/", true);
        return;
    case FIELD_DIRECTORY:
        offer_directories(a, text);
        if (text[0] || a->submit.choices.count == 0)
            submit_offer_files(a, text[0] ? text : "/", true);
        return;
    case FIELD_PRESET: /* one after the other, whichever is there now */
        for (int i = 0; i < c->preset_count; i++)
            choices_add(&a->submit.choices, c->presets[i].name);
        return;
    case FIELD_PARTITION:
        for (uint32_t i = 0; i < a->snapshot->partition_count; i++)
            offer_matching(a, text, partition_str(a->snapshot, a->snapshot->partitions[i].name));
        return;
    case FIELD_NODES:
        offer_nodes(a, text);
        return;
    case FIELD_CONFIG:
        for (size_t i = 0; i < KF_LEN(configurations); i++)
            offer_matching(a, text, configurations[i]);
        return;
    case FIELD_CPUS:
    case FIELD_MEMORY:
    case FIELD_TIME:
    case FIELD_ARRAY:
    case FIELD_OPTIONS:
    case FIELD_ARGUMENTS:
    case FIELD_COUNT:
        return;
    }
}
