/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `--once` of nodes and partitions, as CSV, without a controller, and wrongly asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/snapshot.h"
#include "base/alloc.h"
#include "base/given.h"
#include "base/parse.h"
#include "tests/e2e_audit.h"
#include "tests/e2e_json.h"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* ---- nodes ---- */

/* "IDLE+DRAIN": a state and its flags, whatever their order in the list. */
static void compare_node_state(struct e2e_compare *c)
{
    json_t *flags = json_object_get(c->object, "flags"), *flag;
    char state[256], *plus;
    size_t i, wanted = 0;

    e2e_field(c->truth, "State", false, state, sizeof(state));
    plus = strchr(state, '+');
    if (plus)
        *plus = '\0';
    e2e_is_text(c, "state", state);
    for (char *p = plus ? plus + 1 : NULL, *next; p; p = next, wanted++) {
        bool found = false;

        next = strchr(p, '+');
        if (next)
            *next++ = '\0';
        json_array_foreach(flags, i, flag) found = found || strcmp(json_string_value(flag), p) == 0;
        if (!found)
            fail_msg("%s: the flag %s is missing", c->what, p);
    }
    assert_int_equal(json_array_size(flags), wanted);
}

/* "Reason=disk full [root@2026-01-31T12:00:00]" */
static void compare_node_reason(struct e2e_compare *c)
{
    char reason[512], line[600];
    char *bracket, *at, *end;
    struct e2e_compare when = *c;

    e2e_field(c->truth, "Reason", true, reason, sizeof(reason));
    bracket = strstr(reason, " [");
    if (bracket == NULL) {
        e2e_is_text(c, "reason", NULL);
        e2e_is_text(c, "reason_user", NULL);
        e2e_is_number(c, "reason_time", false, 0);
        return;
    }
    *bracket = '\0';
    at = strchr(bracket + 2, '@');
    end = strchr(bracket + 2, ']');
    assert_true(at != NULL && end != NULL);
    *at = *end = '\0';
    e2e_is_text(c, "reason", reason);
    e2e_is_text(c, "reason_user", bracket + 2);
    snprintf(line, sizeof(line), " When=%s ", at + 1);
    when.truth = line;
    e2e_same_time(&when, "reason_time", "When");
    c->wrong = when.wrong;
}

static void compare_load(struct e2e_compare *c)
{
    json_t *said = json_object_get(c->object, "load");
    char text[64];
    double load;

    e2e_field(c->truth, "CPULoad", false, text, sizeof(text));
    if (parse_double(text, 0, 100000, &load) < 0)
        e2e_is_number(c, "load", false, 0);
    else if (json_number_value(said) < load - 0.006 || json_number_value(said) > load + 0.006)
        fail_msg("%s: the load is %f, Slurm says %s", c->what, json_number_value(said), text);
}

static int compare_node(json_t *node, const char *truth)
{
    struct e2e_compare c = {
        .object = node, .truth = truth, .what = json_string_value(json_object_get(node, "name"))};

    compare_node_state(&c);
    e2e_same_number(&c, "cpus", "CPUTot");
    e2e_same_number(&c, "cpus_alloc", "CPUAlloc");
    compare_load(&c);
    e2e_same_number(&c, "mem_mb", "RealMemory");
    e2e_same_number(&c, "mem_alloc_mb", "AllocMem");
    e2e_same_number(&c, "mem_free_mb", "FreeMem");
    e2e_same_list(&c, "partitions", "Partitions");
    compare_node_reason(&c);
    e2e_same_list(&c, "features", "ActiveFeatures");
    e2e_same_text(&c, "version", "Version");
    return c.wrong;
}

/* The program's answer, between two equal answers of scontrol. */
static json_t *consistent(struct e2e *e, const char *view, const char *kind, struct buf *truth)
{
    for (int i = 0; i < 50; i++) {
        json_t *root;

        buf_clear(truth);
        buf_adds(truth, e2e_output(e, "scontrol", "show", kind));
        root = e2e_once(e, view, NULL);
        if (strcmp(buf_str(truth), e2e_output(e, "scontrol", "show", kind)) == 0)
            return root;
        json_decref(root);
    }
    fail_msg("the farm does not come to rest");
    return NULL;
}

static void compare_nodes(struct e2e *e)
{
    static const char *const names[] = {"node1", "node2"};
    struct buf truth = BUF_INIT, block = BUF_INIT;
    json_t *root = consistent(e, "nodes", "nodes", &truth), *nodes = json_object_get(root, "nodes");
    int wrong = 0;

    assert_int_equal(json_array_size(nodes), KF_LEN(names));
    for (size_t i = 0; i < KF_LEN(names); i++) {
        json_t *node = e2e_with_text(nodes, "name", names[i]);
        char head[64];
        char *end;

        assert_non_null(node);
        snprintf(head, sizeof(head), "NodeName=%s", names[i]);
        assert_true(e2e_block(buf_str(&truth), head, &block));
        end = strstr(block.p, "\n\n");
        if (end)
            *end = '\0';
        wrong += compare_node(node, block.p);
    }
    json_decref(root);
    buf_release(&truth);
    buf_release(&block);
    assert_int_equal(wrong, 0);
}

static void update_node(struct e2e *e, const char *state, const char *reason)
{
    e2e_output(e, "scontrol", "update", "nodename=node2", state, reason);
}

/* Guards the contract of `--once nodes` for nodes that are idle, mixed, allocated, draining,
   drained and down. */
static void test_every_node_state(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], id[16];
    uint32_t job;

    compare_nodes(e);
    e2e_file(e, script, "sleeper.sh", "#!/bin/sh\nexec sleep 3600\n");
    e2e_wait_job(e, e2e_submit(e, "-c4", "--mem=3000M", "--nodelist=node1", script),
        "JobState=RUNNING", E2E_MS);
    job = e2e_submit(e, "-c3", "--mem=1G", "--nodelist=node2", script);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_wait_node(e, "node1", "State=ALLOCATED", E2E_MS);
    e2e_wait_node(e, "node2", "State=MIXED ", E2E_MS);
    compare_nodes(e);
    update_node(e, "state=drain", "reason=disk full, \"sda1\"");
    e2e_wait_node(e, "node2", "State=MIXED+DRAIN ", E2E_MS);
    compare_nodes(e);
    snprintf(id, sizeof(id), "%u", job);
    e2e_output(e, "scancel", id);
    e2e_wait_node(e, "node2", "State=IDLE+DRAIN ", E2E_MS);
    compare_nodes(e);
    update_node(e, "state=down", "reason=the fan is broken");
    e2e_wait_node(e, "node2", "State=DOWN", E2E_MS);
    compare_nodes(e);
    e2e_mend_nodes(e);
    e2e_wait_node(e, "node2", "State=IDLE ", E2E_MS);
}

/* ---- partitions ---- */

/* Guards `--once partitions` against scontrol. */
static void test_partitions(void **state)
{
    struct e2e *e = *state;
    struct buf truth = BUF_INIT;
    json_t *root = consistent(e, "partitions", "partitions", &truth);
    json_t *list = json_object_get(root, "partitions");
    char text[64];
    struct e2e_compare c = {.object = e2e_with_text(list, "name", "debug"), .what = "partition"};
    int64_t limit;

    c.truth = buf_str(&truth);
    assert_int_equal(json_array_size(list), 1);
    assert_non_null(c.object);
    e2e_field(c.truth, "Default", false, text, sizeof(text));
    e2e_is_text(&c, "default", strcmp(text, "YES") == 0 ? "yes" : "no");
    e2e_is_text(&c, "state", e2e_field(c.truth, "State", false, text, sizeof(text)));
    e2e_same_number(&c, "nodes", "TotalNodes");
    e2e_same_number(&c, "cpus", "TotalCPUs");
    limit = e2e_span(e2e_field(c.truth, "MaxTime", false, text, sizeof(text)));
    e2e_is_number(&c, "max_time_min", limit >= 0, limit / 60);
    e2e_is_number(&c, "default_time_min", false, 0);
    e2e_same_number(&c, "max_nodes", "MaxNodes");
    e2e_same_number(&c, "tier", "PriorityTier");
    e2e_is_text(&c, "node_list", e2e_field(c.truth, "Nodes", false, text, sizeof(text)));
    e2e_agree(&c);
    json_decref(root);
    buf_release(&truth);
}

/* ---- CSV ---- */

/* The next field of a file as RFC 4180 has it; *ret_last: the record ends behind it. Fails on
   anything else. */
static void csv_field(const char **at, struct buf *out, bool *ret_last)
{
    const char *p = *at;

    buf_clear(out);
    if (*p == '"') {
        for (p++; *p != '"' || p[1] == '"'; p++) {
            assert_true(*p != '\0');
            buf_addc(out, *p);
            p += *p == '"';
        }
        p++;
    } else {
        size_t n = strcspn(p, ",\"\r\n");

        buf_add(out, p, n);
        p += n;
    }
    *ret_last = *p != ',';
    if (*ret_last) {
        assert_true(p[0] == '\r' && p[1] == '\n');
        p++;
    }
    *at = p + 1;
}

/* A value of the JSON as CSV has it. */
static void csv_of(json_t *value, struct buf *out)
{
    size_t i;
    json_t *item;

    buf_clear(out);
    if (json_is_string(value))
        buf_adds(out, json_string_value(value));
    else if (json_is_integer(value))
        buf_addf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        buf_addf(out, "%.2f", json_real_value(value));
    json_array_foreach(value, i, item) buf_addf(out, "%s%s", i ? "," : "", json_string_value(item));
}

static void compare_csv(struct e2e *e, const char *view, const char *columns)
{
    json_t *root = e2e_once(e, view, columns), *list = json_object_get(root, view);
    const char *p = e2e_output(e, e->top, "--once", view, "--format", "csv", "--columns", columns);
    struct buf field = BUF_INIT, expected = BUF_INIT, head = BUF_INIT;
    bool last = false;

    buf_addf(&head, "%s\r\n", columns); /* the first record has the names */
    assert_true(strncmp(p, buf_str(&head), head.len) == 0);
    p += head.len;
    for (size_t row = 0; row < json_array_size(list); row++) {
        const char *name = columns;

        for (last = false; !last; name += strcspn(name, ",") + 1) {
            char key[64];

            snprintf(key, sizeof(key), "%.*s", (int)strcspn(name, ","), name);
            csv_field(&p, &field, &last);
            csv_of(json_object_get(json_array_get(list, row), key), &expected);
            assert_string_equal(buf_str(&field), buf_str(&expected));
            assert_int_equal(last, name[strcspn(name, ",")] == '\0');
        }
    }
    assert_string_equal(p, "");
    json_decref(root);
    buf_release(&field);
    buf_release(&expected);
    buf_release(&head);
}

/* Guards that CSV can be read by any reader of CSV and says what the JSON says. */
static void test_csv(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];

    e2e_file(e, script, "true.sh", "#!/bin/sh\nexec true\n");
    e2e_submit(e, "--hold", "--job-name=a,b \"c\" d", script);
    e2e_submit(e, "--hold", "--job-name=two\nlines\r", script);
    e2e_submit(e, "--hold", "--array=1,3-5%2", "--job-name=\"", script);
    e2e_submit(e, "--hold", "--job-name=,", script);
    e2e_wait_node(e, "node1", "State=IDLE ", E2E_MS); /* nothing changes from one to the next */
    e2e_wait_node(e, "node2", "State=IDLE ", E2E_MS);
    update_node(e, "state=drain", "reason=\"quoted\", and more");
    compare_csv(e, "jobs",
        "job_id,array_job_id,array_task_id,name,user,partition,state,reason,priority,nice,cpus,"
        "mem_mb,nodes,node_list,submit_time,time_limit_min,restarts,work_dir,stdout,exit_code");
    compare_csv(
        e, "nodes", "name,state,flags,cpus,cpus_alloc,mem_mb,partitions,reason,reason_user");
    compare_csv(e, "partitions", "name,default,state,nodes,cpus,max_time_min,groups,node_list");
    e2e_mend_nodes(e);
}

/* ---- messages ---- */

static json_t *messages(struct e2e *e, size_t wanted)
{
    json_t *root =
        json_loads(e2e_output(e, e->top, "--once", "messages", "--format", "json"), 0, NULL);
    json_t *list = json_object_get(root, "messages");

    assert_int_equal(json_integer_value(json_object_get(root, "schema")), 1);
    assert_int_equal(json_array_size(list), wanted);
    json_incref(list);
    json_decref(root);
    return list;
}

/* Guards what was done: also without a controller, with a request that nobody knows the outcome of, and a line
   that is none. */
static void test_messages(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], id[16];
    struct e2e_result r;
    json_t *list;
    uint32_t job;

    assert_string_equal(e2e_output(e, e->top, "--once", "messages"),
        "TIME  USER  VERB  ARGUMENT  ID  NAME  OUTCOME  WORDS\n");
    job = e2e_submit(
        e, "--hold", "-J", "said, and done", e2e_file(e, script, "true.sh", "#!/bin/sh\ntrue\n"));
    snprintf(id, sizeof(id), "%u", job);
    e2e_top(e, &(struct e2e_top){.cols = 120});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel job");
    assert_true(vt_keys(e->vt, "y"));
    e2e_wait_job(e, job, "JobState=CANCELLED", E2E_MS);
    json_decref(e2e_audit_line(e, "result", "job-cancel", 1));
    e2e_quit(e);
    e2e_farm(e, "ctl", "stop");
    list = messages(e, 1);
    assert_string_equal(e2e_audit_text(json_array_get(list, 0), "verb"), "job-cancel");
    assert_string_equal(e2e_audit_text(json_array_get(list, 0), "id"), id);
    assert_string_equal(e2e_audit_text(json_array_get(list, 0), "name"), "said, and done");
    assert_string_equal(e2e_audit_text(json_array_get(list, 0), "user"), "root");
    assert_string_equal(e2e_audit_text(json_array_get(list, 0), "outcome"), "done");
    json_decref(list);
    e2e_output(e, "sh", "-c",
        "cd .local/state/kfarm-top; echo "
        "'{\"time\":\"2026-11-27T10:00:00Z\",\"id\":\"1-1\",\"event\":\"request\","
        "\"user\":\"eve\",\"verb\":\"job-hold\",\"argument\":\"\",\"targets\":[{\"id\":\"7\","
        "\"name\":\"x\\u001b[2J\"}]}'"
        " >> audit.jsonl; echo nonsense >> audit.jsonl");
    r = e2e_run(e, e->top, "--once", "messages");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "/audit.jsonl:4: no line of an audit file"));
    assert_non_null(strstr(r.out, "eve   job-hold"));
    assert_non_null(strstr(r.out, "unknown"));
    assert_null(strchr(r.out, '\033'));
    assert_non_null(
        strstr(e2e_output(e, e->top, "--once", "messages", "--format", "csv"), ",job-cancel,,"));
    assert_non_null(strstr(e2e_output(e, e->top, "--once", "messages", "--format", "csv"),
        ",\"said, and done\",done,"));
    e2e_output(e, "mkdir", "-p", "other/kfarm-top/audit.jsonl");
    r = e2e_run(
        e, "sh", "-c", "XDG_STATE_HOME=$PWD/other exec \"$1\" --once messages", "sh", e->top);
    assert_int_equal(r.status, 2);
    assert_string_equal(r.out, "");
    assert_non_null(strstr(r.err, "other/kfarm-top/audit.jsonl: this is a directory"));
    e2e_output(
        e, "sh", "-c", "rmdir other/kfarm-top/audit.jsonl; mkfifo other/kfarm-top/audit.jsonl");
    r = e2e_run(
        e, "sh", "-c", "XDG_STATE_HOME=$PWD/other exec \"$1\" --once messages", "sh", e->top);
    assert_int_equal(r.status, 2);
    assert_non_null(
        strstr(r.err, "other/kfarm-top/audit.jsonl: this is a pipe, a socket or a device"));
    e2e_farm(e, "ctl", "start");
}

/* ---- errors ---- */

/* Guards that a farm without controller is never an empty farm. */
static void test_controller_down(void **state)
{
    static const char *const views[] = {"farm", "jobs", "nodes", "partitions"};
    struct e2e *e = *state;

    e2e_farm(e, "ctl", "stop");
    for (size_t i = 0; i < KF_LEN(views); i++) {
        struct e2e_result r = e2e_run(e, e->top, "--once", views[i], "--format", "json");

        assert_int_equal(r.status, 3);
        assert_string_equal(r.out, "");
        assert_non_null(strstr(r.err, "Unable to contact slurm controller"));
        assert_true(r.took_ms < 5000);
    }
    e2e_farm(e, "ctl", "start");
    assert_int_equal(e2e_run(e, e->top, "--once", "jobs").status, 0);
}

/* Guards that a mistake in the command line is named, and nothing is asked of Slurm. */
static void test_wrong_usage(void **state)
{
    static const struct {
        const char *words[6], *named;
    } cases[] = {
        {{"--once", "nodez"}, "nodez"},
        {{"--once", "jobs", "--columns", "job_id,nmae"}, "nmae"},
        {{"--once", "jobs", "--columns", ""}, "column"},
        {{"--once", "jobs", "--sort", "colour"}, "colour"},
        {{"--once", "jobs", "--format", "xml"}, "xml"},
        {{"--once", "jobs", "nodes"}, "nodes"},
        {{"--format", "json"}, "--once"},
        {{"--once", "messages", "--filter", "user:root"}, "--filter go with"},
        {{"--bogus"}, "--bogus"},
        {{"--refresh", "0"}, "--refresh 0"},
    };
    struct e2e *e = *state;

    for (size_t i = 0; i < KF_LEN(cases); i++) {
        const char *const *w = cases[i].words;
        struct e2e_result r = e2e_run(e, e->top, w[0], w[1], w[2], w[3], w[4], w[5]);

        if (r.status != 2 || r.out[0] || strstr(r.err, cases[i].named) == NULL)
            fail_msg("%s %s %s %s: status %d, \"%s\"", w[0], w[1] ? w[1] : "", w[2] ? w[2] : "",
                w[3] ? w[3] : "", r.status, r.err);
    }
}

/* ---- what is loaded ---- */

/* The sections in a recording, enum refresh_want. */
static uint32_t sections_in(const char *path)
{
    static const struct {
        uint16_t type;
        uint32_t section;
    } types[] = {{WIRE_CLUSTER, REFRESH_CLUSTER}, {WIRE_JOBS, REFRESH_JOBS},
        {WIRE_NODES, REFRESH_NODES}, {WIRE_PARTITIONS, REFRESH_PARTITIONS}};
    struct buf b = BUF_INIT;
    struct diag d = DIAG_INIT;
    struct wire_head head;
    uint32_t sections = 0;

    assert_int_equal(given_read(path, 16u << 20, &b, &d), 0);
    for (size_t at = 0; at + sizeof(head) <= b.len; at += sizeof(head) + head.length) {
        memcpy(&head, b.p + at, sizeof(head));
        for (size_t i = 0; i < KF_LEN(types); i++)
            sections |= head.type == types[i].type ? types[i].section : 0;
    }
    buf_release(&b);
    return sections;
}

/* Guards the controller, which was asked for all jobs of a large farm to print the names of its nodes. */
static void test_loads_what_it_shows(void **state)
{
    static const struct {
        const char *view, *columns, *more[2];
        uint32_t sections;
    } rows[] = {
        {"nodes", "name,sinfo,cpus,load,mem_mb,note", {NULL}, REFRESH_NODES},
        {"nodes", "name", {"--sort", "weight"}, REFRESH_NODES},
        {"nodes", "name,jobs", {NULL}, REFRESH_NODES | REFRESH_JOBS},
        {"nodes", "name", {"--sort", "jobs"}, REFRESH_NODES | REFRESH_JOBS},
        {"nodes", "name", {"--filter", "jobs~."}, REFRESH_NODES | REFRESH_JOBS},
        {"nodes", "name", {"--filter", "partition=debug"}, REFRESH_NODES | REFRESH_PARTITIONS},
        {"nodes", "name", {"--format", "json"}, REFRESH_NODES | REFRESH_CLUSTER},
        {"jobs", "job,name,why", {NULL}, REFRESH_JOBS},
        {"jobs", "job", {"--filter", "node=node1"}, REFRESH_JOBS | REFRESH_NODES},
        {"jobs", "job,stdout", {NULL}, REFRESH_JOBS | REFRESH_NODES | REFRESH_CLUSTER},
        {"jobs", "job,build", {NULL}, REFRESH_JOBS | REFRESH_NODES | REFRESH_CLUSTER},
        {"partitions", "name,nodes", {NULL}, REFRESH_PARTITIONS},
    };
    struct e2e *e = *state;

    for (size_t i = 0; i < KF_LEN(rows); i++) {
        char path[E2E_PATH + 16];
        uint32_t sections;

        snprintf(path, sizeof(path), "%s/loaded.rec", e->work);
        unlink(path);
        e2e_output(e, e->top, "--once", rows[i].view, "--record", path, "--columns",
            rows[i].columns, rows[i].more[0], rows[i].more[1]);
        sections = sections_in(path);
        if (sections != rows[i].sections)
            fail_msg("%s, %s %s: %#x were loaded, not %#x", rows[i].view, rows[i].columns,
                rows[i].more[1] ? rows[i].more[1] : "", sections, rows[i].sections);
    }
}

/* Guards each column by itself: it is as it is when all is loaded. Node by node, as no job runs. */
static void test_columns_alone(void **state)
{
    static const char *const views[] = {"nodes", "partitions"};
    static const char *const columns[][10] = {
        {"name", "sinfo", "flags", "cpus", "jobs", "partitions", "features", "gres", "weight"},
        {"name", "default", "state", "nodes", "cpus", "tier", "groups", "node_list"}};
    struct e2e *e = *state;

    for (size_t v = 0; v < KF_LEN(views); v++)
        for (size_t i = 0; i < KF_LEN(columns[v]) && columns[v][i]; i++) {
            char both[64], *alone;
            const char *at, *with;

            snprintf(both, sizeof(both), "%s,%s", columns[v][i], v ? "name" : "jobs,partitions");
            alone = xstrdup(e2e_output(
                e, e->top, "--once", views[v], "--format", "csv", "--columns", columns[v][i]));
            with = e2e_output(e, e->top, "--once", views[v], "--format", "csv", "--columns", both);
            for (at = alone; *at; at += strcspn(at, "\n") + 1, with += strcspn(with, "\n") + 1) {
                size_t n = strcspn(at, "\r");

                if (strncmp(at, with, n) != 0 || with[n] != ',')
                    fail_msg("%s alone: %.*s, not %.*s", columns[v][i], (int)n, at, (int)n, with);
            }
            assert_int_equal(*with, '\0');
            free(alone);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_every_node_state),
        e2e_test(test_partitions),
        e2e_test(test_csv),
        e2e_test(test_loads_what_it_shows),
        e2e_test(test_columns_alone),
        e2e_test(test_messages),
        e2e_test(test_controller_down),
        e2e_test(test_wrong_usage),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
