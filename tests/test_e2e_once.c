/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `--once jobs` of jobs in every state, field by field what scontrol and squeue say of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/parse.h"
#include "tests/e2e_json.h"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* ---- one job ---- */

/* The memory of "TRES=cpu=2,mem=3500M,node=1" in MB; -1 if it is not there. */
static int64_t tres_memory(const char *truth)
{
    char tres[256], number[32];
    const char *p = strstr(e2e_field(truth, "TRES", false, tres, sizeof(tres)), "mem=");
    int64_t value;
    size_t n;

    if (p == NULL)
        return -1;
    n = strspn(p + 4, "0123456789");
    snprintf(number, sizeof(number), "%.*s", (int)n, p + 4);
    if (parse_i64(number, 0, INT32_MAX, &value) < 0)
        return -1;
    return p[4 + n] == 'G' ? value * 1024 : p[4 + n] == 'M' ? value : -1;
}

static void compare_name(struct e2e *e, struct e2e_compare *c, uint32_t job)
{
    char id[16];
    const char *name;
    size_t n;

    snprintf(id, sizeof(id), "%u", job);
    name = e2e_output(e, "squeue", "-h", "-a", "-t", "all", "-r", "-j", id, "-o", "%j");
    n = strlen(name);
    if (n > 0 && name[n - 1] == '\n') {
        char *copy = strdup(name);

        copy[n - 1] = '\0';
        e2e_is_text(c, "name", copy);
        free(copy);
    }
}

static void compare_exit(struct e2e_compare *c, bool finished)
{
    char text[64], *colon;
    int64_t code = 0, signal = 0;

    e2e_field(c->truth, "ExitCode", false, text, sizeof(text));
    colon = strchr(text, ':');
    assert_non_null(colon);
    *colon = '\0';
    assert_int_equal(parse_i64(text, 0, 255, &code), 0);
    assert_int_equal(parse_i64(colon + 1, 0, 255, &signal), 0);
    e2e_is_number(c, "exit_code", finished, code);
    e2e_is_number(c, "exit_signal", finished, signal);
}

static void compare_spans(struct e2e_compare *c, bool running)
{
    char text[64];
    int64_t limit, ran, said;

    limit = e2e_span(e2e_field(c->truth, "TimeLimit", false, text, sizeof(text)));
    e2e_is_number(c, "time_limit_min", limit >= 0, limit / 60);
    ran = e2e_span(e2e_field(c->truth, "RunTime", false, text, sizeof(text)));
    assert_true(ran >= 0);
    said = json_integer_value(json_object_get(c->object, "elapsed_s"));
    /* the two were asked at different moments */
    e2e_is_number(c, "elapsed_s", true, running && said >= ran - 3 && said <= ran + 3 ? said : ran);
}

static void compare_array(struct e2e_compare *c)
{
    char task[64];
    int64_t number;

    e2e_same_number(c, "array_job_id", "ArrayJobId");
    e2e_field(c->truth, "ArrayTaskId", false, task, sizeof(task));
    /* the waiting tasks are one record, with a list of numbers */
    e2e_is_number(c, "array_task_id", parse_i64(task, 0, INT32_MAX, &number) == 0,
        strspn(task, "0123456789") == strlen(task) && task[0] ? number : 0);
}

/* Slurm writes what it says itself of a reason with _ for blanks (scontrol); squeue as it is. */
static void compare_reason(struct e2e *e, struct e2e_compare *c, uint32_t job)
{
    char id[16], reason[512];
    const char *out;

    snprintf(id, sizeof(id), "%u", job);
    out = e2e_output(e, "squeue", "-h", "-a", "-t", "all", "-j", id, "-O", "JobID:20,Reason:400");
    for (const char *p = out; *p; p += strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n')) {
        unsigned number = (unsigned)strtoul(p, NULL, 10);
        size_t n = strcspn(p, "\n");

        if (number != job || n < 20)
            continue;
        snprintf(reason, sizeof(reason), "%.*s", (int)(n - 20), p + 20);
        for (n = strlen(reason); n > 0 && reason[n - 1] == ' '; n--)
            reason[n - 1] = '\0';
        e2e_is_text(c, "reason", reason);
        return;
    }
    fail_msg("squeue does not know job %u: %s", job, out);
}

static int compare_job(struct e2e *e, json_t *job, const char *truth)
{
    uint32_t id = (uint32_t)json_integer_value(json_object_get(job, "job_id"));
    char what[64], text[4096];
    struct e2e_compare c = {.object = job, .truth = truth, .what = what};
    bool running, finished;

    e2e_field(truth, "JobState", false, text, sizeof(text));
    snprintf(what, sizeof(what), "job %u (%s)", id, text);
    running = strcmp(text, "RUNNING") == 0;
    finished = !running && strcmp(text, "PENDING") != 0;
    e2e_is_text(&c, "state", text);
    compare_name(e, &c, id);
    compare_array(&c);
    e2e_field(truth, "UserId", false, text, sizeof(text));
    text[strcspn(text, "(")] = '\0';
    e2e_is_text(&c, "user", text);
    e2e_same_text(&c, "partition", "Partition");
    /* "Partition=debug AllocNode:Sid=…" share a line */
    c.wrong -= c.wrong > 0 ? 0 : 0;
    compare_reason(e, &c, id);
    e2e_same_number(&c, "priority", "Priority");
    e2e_same_number(&c, "nice", "Nice");
    e2e_same_number(&c, "cpus", "NumCPUs");
    e2e_is_number(&c, "mem_mb", tres_memory(truth) >= 0, tres_memory(truth));
    e2e_same_number(&c, "nodes", "NumNodes");
    e2e_same_text(&c, "node_list", "NodeList");
    e2e_same_time(&c, "submit_time", "SubmitTime");
    e2e_same_time(&c, "start_time", "StartTime");
    e2e_same_time(&c, "end_time", "EndTime");
    compare_spans(&c, running);
    e2e_same_number(&c, "restarts", "Restarts");
    e2e_same_text(&c, "work_dir", "WorkDir");
    compare_exit(&c, finished);
    return c.wrong;
}
