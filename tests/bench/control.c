/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/slurm_compat.h"
#include "base/alloc.h"
#include "tests/held_job.h"

/* The numbers of these two messages are part of Slurm's protocol (sdiag prints them). */
#define MESSAGE_JOB_INFO  2003
#define MESSAGE_NODE_INFO 2007

void control_start(void)
{
    slurm_init(NULL);
}

bool slurm_failed(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, slurm_strerror(errno));
    return false;
}

static bool change_job(uint32_t job, const char *name)
{
    char *copy = xstrdup(name), id[16];
    job_array_resp_msg_t *response = NULL;
    job_desc_msg_t change;
    int err;

    slurm_init_job_desc_msg(&change);
    snprintf(id, sizeof(id), "%u", job);
    change.job_id_str = id;
    change.name = copy;
    err = slurm_update_job2(&change, &response);
    if (response)
        slurm_free_job_array_resp(response);
    free(copy);
    return err == SLURM_SUCCESS || slurm_failed("changing a job");
}

static bool change_node(const char *node, const char *comment)
{
    char *name = xstrdup(node), *copy = xstrdup(comment);
    update_node_msg_t change;
    int err;

    slurm_init_update_node_msg(&change);
    change.node_names = name;
    change.comment = copy;
    err = slurm_update_node(&change);
    free(name);
    free(copy);
    return err == SLURM_SUCCESS || slurm_failed("changing a node");
}

bool control_change(uint32_t job, const char *name, const char *node, const char *comment)
{
    return change_job(job, name) && change_node(node, comment);
}

bool control_name(uint32_t job, char *out, size_t size)
{
    job_info_msg_t *answer = NULL;
    bool ok = slurm_load_job(&answer, job, SHOW_LOCAL) == SLURM_SUCCESS && answer->record_count > 0;

    if (ok)
        snprintf(out, size, "%s", answer->job_array[0].name ? answer->job_array[0].name : "");
    if (answer)
        slurm_free_job_info_msg(answer);
    return ok || slurm_failed("asking for a job");
}

static bool put_back(uint32_t id)
{
    job_array_resp_msg_t *response = NULL;
    char text[16];
    int err;

    snprintf(text, sizeof(text), "%u", id);
    err = slurm_requeue2(text, JOB_REQUEUE_HOLD, &response);
    if (err != SLURM_SUCCESS)
        return slurm_failed("requeueing a job");
    if (response)
        slurm_free_job_array_resp(response);
    return true;
}

bool control_held_jobs(const char *name, uint32_t *ret_ids, uint32_t count)
{
    job_info_msg_t *all = NULL;
    uint32_t found = 0;
    bool ok = true;

    if (slurm_load_jobs(0, &all, SHOW_ALL | SHOW_LOCAL) != SLURM_SUCCESS)
        return slurm_failed("loading the jobs");
    for (uint32_t i = 0; i < all->record_count && found < count && ok; i++) {
        const slurm_job_info_t *j = &all->job_array[i];

        if (j->name == NULL || strcmp(j->name, name) != 0)
            continue;
        ok = (j->job_state & JOB_STATE_BASE) == JOB_PENDING || put_back(j->job_id);
        ret_ids[found++] = j->job_id;
    }
    slurm_free_job_info_msg(all);
    while (found < count && ok)
        ok = held_job_submit(name, "/", &ret_ids[found++]) || slurm_failed("submitting a job");
    return ok;
}

bool control_counts(struct counts *ret)
{
    stats_info_request_msg_t request = {.command_id = STAT_COMMAND_GET};
    stats_info_response_msg_t *answer = NULL;

    if (slurm_get_statistics(&answer, &request) != SLURM_SUCCESS)
        return slurm_failed("asking for the controller's statistics");
    *ret = (struct counts){0};
    for (uint32_t i = 0; i < answer->rpc_type_size; i++) {
        if (answer->rpc_type_id[i] == MESSAGE_JOB_INFO)
            ret->jobs = answer->rpc_type_cnt[i];
        else if (answer->rpc_type_id[i] == MESSAGE_NODE_INFO)
            ret->nodes = answer->rpc_type_cnt[i];
    }
    return true; /* libslurm exports no function that frees the answer, a few kilobytes */
}
