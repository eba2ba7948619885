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

/* A name may hold anything, also what scontrol puts between its fields: squeue prints it alone. */
static void compare_name(struct e2e *e, struct e2e_compare *c, uint32_t job)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    char id[16], name[512], whole[600];
    const char *out;

    e2e_field(c->truth, "JobName", true, name, sizeof(name));
    snprintf(whole, sizeof(whole), "JobName=%s\n   UserId=", name);
    if (name[strspn(name, plain)] != '\0' || strstr(c->truth, whole) == NULL) {
        snprintf(id, sizeof(id), "%u", job);
        out = e2e_output(e, "squeue", "-h", "-a", "-t", "all", "-j", id, "-o", "%j");
        assert_true(strlen(out) > 0 && strlen(out) < sizeof(name));
        snprintf(name, sizeof(name), "%.*s", (int)strlen(out) - 1, out);
    }
    e2e_is_text(c, "name", name);
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
    /* the waiting tasks are one record, with a list of numbers: no number, null */
    e2e_same_number(c, "array_job_id", "ArrayJobId");
    e2e_same_number(c, "array_task_id", "ArrayTaskId");
}

#define REASONS "JobID:20,Reason:400" /* squeue -O: a line per record, columns of these widths */

/* What scontrol says of a reason has _ for blanks; squeue has it as it is. */
static void compare_reason(const char *reasons, struct e2e_compare *c, uint32_t job)
{
    char reason[512];

    for (const char *p = reasons; *p; p += strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n')) {
        size_t n = strcspn(p, "\n");

        if ((unsigned)strtoul(p, NULL, 10) != job || n < 20)
            continue;
        snprintf(reason, sizeof(reason), "%.*s", (int)(n - 20), p + 20);
        for (n = strlen(reason); n > 0 && reason[n - 1] == ' '; n--)
            reason[n - 1] = '\0';
        e2e_is_text(c, "reason", reason);
        return;
    }
    fail_msg("squeue does not know job %u: %s", job, reasons);
}

static int compare_job(struct e2e *e, json_t *job, const char *truth, const char *reasons)
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
    e2e_is_text(&c, "partition", e2e_field(truth, "Partition", false, text, sizeof(text)));
    compare_reason(reasons, &c, id);
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

/* ---- all jobs ---- */

/* What `scontrol show jobs` says, without the times that go on by themselves. */
static void show_jobs(struct e2e *e, struct buf *out)
{
    const char *p = e2e_output(e, "scontrol", "show", "jobs");

    buf_clear(out);
    while (*p) {
        const char *runs = strstr(p, "RunTime=");
        size_t n = runs ? (size_t)(runs - p) : strlen(p);

        buf_add(out, p, n);
        p += n;
        p += runs ? strcspn(p, " ") : 0;
    }
}

/* The program's answer and scontrol's of the same moment: nothing changed while both were asked. */
static json_t *consistent(struct e2e *e, struct buf *truth, struct buf *reasons)
{
    struct buf before = BUF_INIT, after = BUF_INIT;
    json_t *root = NULL;

    for (int i = 0; i < 50 && root == NULL; i++) {
        show_jobs(e, &before);
        root = e2e_once(e, "jobs", NULL);
        buf_clear(truth);
        buf_adds(truth, e2e_output(e, "scontrol", "show", "jobs"));
        buf_clear(reasons);
        buf_adds(reasons, e2e_output(e, "squeue", "-h", "-a", "-t", "all", "-O", REASONS));
        show_jobs(e, &after);
        if (strcmp(buf_str(&before), buf_str(&after)) != 0) {
            json_decref(root);
            root = NULL;
        }
    }
    buf_release(&before);
    buf_release(&after);
    if (root == NULL)
        fail_msg("the farm does not come to rest");
    return root;
}

static size_t count_records(const char *truth)
{
    size_t n = strncmp(truth, "JobId=", 6) == 0;

    for (const char *p = truth; (p = strstr(p, "\n\nJobId=")) != NULL; p++)
        n++;
    return n;
}

static void compare_all(struct e2e *e)
{
    struct buf truth = BUF_INIT, reasons = BUF_INIT, block = BUF_INIT;
    json_t *root = consistent(e, &truth, &reasons), *jobs = json_object_get(root, "jobs"), *job;
    int wrong = 0;
    size_t i;

    assert_string_equal(json_string_value(json_object_get(root, "cluster")), "debug");
    assert_int_equal(json_array_size(jobs), count_records(buf_str(&truth)));
    json_array_foreach(jobs, i, job)
    {
        char head[32];

        snprintf(head, sizeof(head), "JobId=%d",
            (int)json_integer_value(json_object_get(job, "job_id")));
        if (!e2e_block(buf_str(&truth), head, &block))
            fail_msg("scontrol does not know %s", head);
        wrong += compare_job(e, job, buf_str(&block), buf_str(&reasons));
    }
    json_decref(root);
    buf_release(&truth);
    buf_release(&reasons);
    buf_release(&block);
    assert_int_equal(wrong, 0);
}

/* ---- the jobs ---- */

#define NASTY_NAMES                                                                                \
    {                                                                                              \
        "two words", "a|b,c;d", "say \"hi\" 'x'", "back\\slash", "tab\tin it", "two\nlines",       \
            "\033]0;x\a", "\033[31mred", "名前 wide", "e\314\201 combining", "JobId=1 JobName=x",  \
            "%j %s", "null", "=1+1"                                                                \
    }

static uint32_t submit_waiting(struct e2e *e, const char *name)
{
    char option[256], script[E2E_PATH];

    snprintf(option, sizeof(option), "--job-name=%s", name);
    e2e_file(e, script, "true.sh", "#!/bin/sh\nexec true\n");
    return e2e_submit(e, "--begin=now+9hours", option, script);
}

static void submit_running(struct e2e *e)
{
    char script[E2E_PATH], dependency[64];
    uint32_t job, pair, array;

    e2e_file(e, script, "sleeper.sh", "#!/bin/sh\nexec sleep 3600\n");
    job = e2e_submit(e, "--time=90", "--mem=100M", "-c2", "--nice=5", "--nodelist=node1", script);
    pair = e2e_submit(e, "--time=1-02:03:00", "-N2", "--mem-per-cpu=50M", script);
    array = e2e_submit(e, "--array=0-9%2", "--mem=10M", "--nodelist=node2", script);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_wait_job(e, pair, "JobState=RUNNING", E2E_MS);
    e2e_wait_job(e, array, "Reason=JobArrayTaskLimit", E2E_MS);
    snprintf(dependency, sizeof(dependency), "--dependency=afterok:%u", job);
    e2e_wait_job(e, e2e_submit(e, dependency, script), "Reason=Dependency", E2E_MS);
    e2e_wait_job(e, e2e_submit(e, "--hold", "--nice=100", script), "Reason=JobHeldUser", E2E_MS);
    e2e_submit(e, "--time=10", "--begin=now+2hours", "--comment=x", script);
}

static void end_job(struct e2e *e, const char *program, const char *verb, uint32_t job)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", job);
    e2e_output(e, program, verb ? verb : id, verb ? id : NULL);
}

static void submit_ended(struct e2e *e)
{
    char exit3[E2E_PATH], kill9[E2E_PATH], true_[E2E_PATH];
    uint32_t failed, killed, completed, cancelled, requeued;

    e2e_file(e, exit3, "exit3.sh", "#!/bin/sh\nexit 3\n");
    e2e_file(e, kill9, "kill9.sh", "#!/bin/sh\nkill -9 $$\n");
    e2e_file(e, true_, "true.sh", "#!/bin/sh\nexec true\n");
    failed = e2e_submit(e, exit3);
    killed = e2e_submit(e, kill9);
    completed = e2e_submit(e, true_);
    cancelled = e2e_submit_sleeper(e, "--mem=10M");
    requeued = e2e_submit_sleeper(e, "--mem=20M");
    e2e_wait_job(e, cancelled, "JobState=RUNNING", E2E_MS);
    e2e_wait_job(e, requeued, "JobState=RUNNING", E2E_MS);
    end_job(e, "scancel", NULL, cancelled);
    end_job(e, "scancel", NULL, submit_waiting(e, "never-ran"));
    end_job(e, "scontrol", "requeue", requeued);
    e2e_wait_job(e, failed, "JobState=FAILED", E2E_MS);
    e2e_wait_job(e, killed, "JobState=FAILED", E2E_MS);
    e2e_wait_job(e, completed, "JobState=COMPLETED", E2E_MS);
    e2e_wait_job(e, cancelled, "JobState=CANCELLED", E2E_MS);
    e2e_wait_job(e, requeued, "JobState=PENDING Reason=BeginTime", E2E_MS);
}

/* Guards the contract of `--once jobs --format json` for jobs in every state. */
static void test_every_state(void **state)
{
    struct e2e *e = *state;

    submit_ended(e);
    submit_running(e);
    compare_all(e);
}

/* Guards names that are made to break a reader: they come through whole, in JSON and in CSV. */
static void test_nasty_names(void **state)
{
    static const char *const names[] = NASTY_NAMES;
    struct e2e *e = *state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        submit_waiting(e, names[i]);
    compare_all(e);
}

/* Guards bytes that are no UTF-8: JSON must be, so each such byte becomes U+FFFD. */
static void test_invalid_utf8(void **state)
{
    struct e2e *e = *state;
    uint32_t id = submit_waiting(e, "a\377b\300\257c");
    json_t *root = e2e_once(e, "jobs", "job_id,name");
    json_t *job = e2e_with_number(json_object_get(root, "jobs"), "job_id", id);

    assert_string_equal(
        json_string_value(json_object_get(job, "name")), "a\357\277\275b\357\277\275\357\277\275c");
    json_decref(root);
}

/* Guards a reason that Slurm writes itself: node2 is out of service, the job asks for it. */
static void test_reason_in_slurms_words(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];

    e2e_file(e, script, "true.sh", "#!/bin/sh\nexec true\n");
    e2e_output(e, "scontrol", "update", "nodename=node2", "state=drain", "reason=test");
    e2e_wait_job(e, e2e_submit(e, "--nodelist=node2", script), "Reason=ReqNodeNotAvail", E2E_MS);
    compare_all(e);
    e2e_mend_nodes(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_every_state), e2e_test(test_nasty_names),
        e2e_test(test_reason_in_slurms_words),
        e2e_test(test_invalid_utf8), /* last: what squeue says of it cannot be compared */
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
