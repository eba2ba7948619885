/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every column on records of nothing, of everything absent and of extremes; sorting; text, CSV, JSON. */
#include "tui/column.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "tests/snapshots.h"
#include "tui/print.h"

#define NOW 1000000

/* What no column may show: Slurm's magic numbers. */
static const char *const magic[] = {
    "4294967294", "4294967295", "65534", "65535", "NO_VAL", "INFINITE"};

static void assert_text_sound(const struct column *c, const struct row *r)
{
    char text[4608], tiny[4];
    struct table_cell cell = {.meter = -1};

    column_text(c, r, text, sizeof(text));
    column_text(c, r, tiny, sizeof(tiny));
    assert_true(strlen(tiny) < sizeof(tiny));
    column_cell(c, r, &cell);
    assert_in_range(cell.role, 0, ROLE_COUNT - 1);
    assert_true(cell.meter <= 1e10 && cell.meter == cell.meter); /* a number */
    for (const char *at = c->name; *at; at++)
        assert_true((*at >= 'a' && *at <= 'z') || *at == '_');
}

static void each_column(enum column_set_id id, const struct snapshot *s,
    void (*check)(const struct column *c, const struct row *r))
{
    static const struct order_by own = {.jobs = -1, .nodes = -1};
    struct order o = {0};

    order_build(&o, s, &own, NOW, REFRESH_ALL);
    for (uint32_t row = 0; row < column_rows(id, s); row++)
        for (int i = 0; i < column_set(id)->count; i++) {
            struct row r = column_row(id, s, &o, NOW, row);

            check(&column_set(id)->columns[i], &r);
            r.order = NULL; /* --once and sorting come without */
            check(&column_set(id)->columns[i], &r);
        }
    order_release(&o);
}

static void assert_absent(const struct column *c, const struct row *r)
{
    static const char *const known_zero[] = {"job", "job_id", "st", "state", "cpus", "nodes",
        "restarts", "elapsed_s", "why", "sinfo", "cpu", "cpus_alloc", "mem", "mem_mb",
        "mem_alloc_mb", "weight", "default", "tier", "jobs"};
    char text[4608];

    assert_text_sound(c, r);
    column_text(c, r, text, sizeof(text));
    for (size_t i = 0; i < KF_LEN(known_zero); i++)
        if (strcmp(c->name, known_zero[i]) == 0)
            return;
    if (text[0] != '\0') /* what Slurm did not say is not shown as a number */
        fail_msg("column %s of an empty record shows \"%s\"", c->name, text);
}

static struct snapshot *one_of_each(
    const struct job *j, const struct node *n, const struct partition *p)
{
    struct draft jobs = draft_new(sizeof(*j)), nodes = draft_new(sizeof(*n)),
                 partitions = draft_new(sizeof(*p));
    struct snapshot *s;

    draft_add(&jobs, j);
    draft_add(&nodes, n);
    draft_add(&partitions, p);
    s = snapshot_of(&jobs, &nodes, &partitions);
    draft_release(&jobs);
    draft_release(&nodes);
    draft_release(&partitions);
    return s;
}

static void test_all_absent(void **state)
{
    struct snapshot *s = one_of_each(&(struct job){0}, &(struct node){0}, &(struct partition){0});

    (void)state;
    for (int id = 0; id < COLUMNS_COUNT; id++)
        each_column((enum column_set_id)id, s, assert_absent);
    snapshot_free(s);
}

/* Times far in the past and the future, the largest numbers, every flag. */
static void test_extremes(void **state)
{
    static const int64_t times[] = {1, INT32_MAX, 253402300799, (int64_t)1 << 40};

    (void)state;
    for (size_t i = 0; i < KF_LEN(times); i++)
        for (uint32_t st = 0; st <= JOB_STATE_COUNT; st++) {
            struct job j = {.job_id = UINT32_MAX - 5,
                .array_job_id = 7,
                .array_task_id = 9,
                .has = UINT32_MAX,
                .state = (uint16_t)KF_MIN(st, JOB_STATE_COUNT - 1u), /* no others are taken */
                .flags = (uint16_t)(st % 2 ? 0xffff : 0),
                .priority = UINT32_MAX - 9,
                .nice = INT32_MIN,
                .cpus = UINT32_MAX - 9,
                .nodes = UINT32_MAX - 9,
                .time_limit_min = UINT32_MAX - 9,
                .mem_mb = UINT64_MAX / 2,
                .submit_time = times[i],
                .eligible_time = times[i],
                .start_time = times[i],
                .end_time = times[i],
                .suspend_time = times[i],
                .pre_suspend_s = times[i],
                .restarts = UINT32_MAX - 9,
                .exit_code = 255,
                .exit_signal = 64,
                .batch = 1};
            struct node n = {.has = UINT32_MAX,
                .state = st,
                .flags = UINT32_MAX,
                .cpus = UINT32_MAX - 9,
                .cpus_alloc = UINT32_MAX - 9,
                .load_x100 = UINT32_MAX - 9,
                .mem_mb = UINT64_MAX / 2,
                .mem_alloc_mb = UINT64_MAX / 2,
                .mem_free_mb = UINT64_MAX / 2,
                .reason_time = times[i],
                .boot_time = times[i],
                .start_time = times[i]};
            struct partition p = {.has = UINT32_MAX,
                .flags = UINT32_MAX,
                .state = UINT32_MAX,
                .max_time_min = UINT32_MAX - 9,
                .total_cpus = UINT32_MAX - 9};
            struct snapshot *s = one_of_each(&j, &n, &p);

            for (int id = 0; id < COLUMNS_COUNT; id++)
                each_column((enum column_set_id)id, s, assert_text_sound);
            snapshot_free(s);
        }
}

static struct snapshot *named_jobs(const char *const *names, const uint32_t *priorities, size_t n)
{
    struct draft d = draft_new(sizeof(struct job));
    struct snapshot *s;

    for (size_t i = 0; i < n; i++) {
        struct job j = {.job_id = (uint32_t)i + 1, .name = draft_str(&d, names[i])};

        if (priorities[i] != UINT32_MAX) {
            j.has = JOB_HAS_PRIORITY;
            j.priority = priorities[i];
        }
        draft_add(&d, &j);
    }
    s = snapshot_of(&d, NULL, NULL);
    draft_release(&d);
    return s;
}

static void assert_sorted(const struct snapshot *s, const char *column, bool descending,
    const uint32_t *expected, uint32_t n)
{
    uint32_t rows[32];

    for (uint32_t i = 0; i < n; i++)
        rows[i] = i;
    column_sort(&columns_jobs, column_find(&columns_jobs, column, strlen(column)), descending, s,
        NULL, NOW, rows, n);
    for (uint32_t i = 0; i < n; i++)
        if (rows[i] != expected[i])
            fail_msg("by %s%s: place %u holds row %u, expected %u", column,
                descending ? ", descending" : "", i, rows[i], expected[i]);
}

/* Equal rows keep the order of their section and absent values come last, either way round. */
static void test_sort(void **state)
{
    static const char *const names[] = {
        "build-arm64-b", "", "build-arm64-a", "a", "build-arm64-b", ""};
    static const uint32_t priorities[] = {5, UINT32_MAX, 7, 5, 0, UINT32_MAX};
    struct snapshot *s = named_jobs(names, priorities, KF_LEN(names));

    (void)state;
    assert_sorted(s, "name", false, (const uint32_t[]){3, 2, 0, 4, 1, 5}, 6);
    assert_sorted(s, "priority", false, (const uint32_t[]){4, 0, 3, 2, 1, 5}, 6);
    assert_sorted(s, "priority", true, (const uint32_t[]){2, 0, 3, 4, 1, 5}, 6);
    assert_sorted(s, "name", true, (const uint32_t[]){0, 4, 2, 3, 1, 5}, 6);
    snapshot_free(s);
}

/* Jobs by their number, not letter by letter: 9 comes before 10. */
static void test_sort_by_job(void **state)
{
    struct draft d = draft_new(sizeof(struct job));
    struct snapshot *s;

    (void)state;
    for (uint32_t id = 8; id <= 11; id++)
        draft_add(&d, &(struct job){.job_id = id});
    s = snapshot_of(&d, NULL, NULL);
    assert_sorted(s, "job", false, (const uint32_t[]){0, 1, 2, 3}, 4);
    assert_sorted(s, "job", true, (const uint32_t[]){3, 2, 1, 0}, 4);
    snapshot_free(s);
    draft_release(&d);
}

/* Nodes by CPUs in use and by memory in use, which are shown as "8/12". */
static void test_sort_by_bars(void **state)
{
    static const uint32_t alloc[] = {8, 12, 0, 100};
    static const char *const names[] = {"cpu", "mem"};
    struct draft d = draft_new(sizeof(struct node));
    struct snapshot *s;

    (void)state;
    for (uint32_t i = 0; i < KF_LEN(alloc); i++)
        draft_add(&d, &(struct node){.index = i,
                          .cpus = 128,
                          .cpus_alloc = alloc[i],
                          .mem_mb = 128 << 10,
                          .mem_alloc_mb = (uint64_t)alloc[i] << 10});
    s = snapshot_of(NULL, &d, NULL);
    for (size_t i = 0; i < KF_LEN(names); i++) {
        uint32_t rows[] = {0, 1, 2, 3};

        column_sort(
            &columns_nodes, column_find(&columns_nodes, names[i], 3), false, s, NULL, NOW, rows, 4);
        if (rows[0] != 2 || rows[1] != 0 || rows[2] != 1 || rows[3] != 3)
            fail_msg("by %s: %u %u %u %u", names[i], rows[0], rows[1], rows[2], rows[3]);
    }
    snapshot_free(s);
    draft_release(&d);
}

/* Guards the sign and the colour of a node that Slurm waits for: red is for what needs a person. */
static void test_node_signs(void **state)
{
    static const struct {
        uint32_t state, flags;
        const char *sinfo, *shown;
        enum role role;
    } rows[] = {
        {NODE_STATE_IDLE_, 0, "idle", "○ idle", ROLE_GOOD},
        {NODE_STATE_MIXED_, 0, "mixed", "● mixed", ROLE_BUSY},
        {NODE_STATE_IDLE_, NODE_FLAG_NOT_RESPONDING, "idle*", "▲ idle*", ROLE_WARN},
        {NODE_STATE_MIXED_, NODE_FLAG_NOT_RESPONDING, "mixed*", "▲ mixed*", ROLE_WARN},
        {NODE_STATE_DOWN_, NODE_FLAG_NOT_RESPONDING, "down*", "✗ down*", ROLE_BAD},
        {NODE_STATE_DOWN_, NODE_FLAG_REBOOT_ISSUED, "reboot^", "▲ reboot^", ROLE_WARN},
        {NODE_STATE_IDLE_, NODE_FLAG_DRAIN, "drained", "▲ drained", ROLE_WARN},
    };
    const struct column *c = &columns_nodes.columns[column_find(&columns_nodes, "st", 2)];

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct draft d = draft_new(sizeof(struct node));
        struct table_cell cell = {.meter = -1};
        struct snapshot *s;
        struct row r;

        draft_add(&d, &(struct node){.state = rows[i].state,
                          .flags = rows[i].flags,
                          .state_text = draft_str(&d, rows[i].sinfo)});
        s = snapshot_of(NULL, &d, NULL);
        r = column_row(COLUMNS_NODES, s, NULL, NOW, 0);
        column_cell(c, &r, &cell);
        assert_string_equal(cell.text, rows[i].shown);
        assert_int_equal(cell.role, rows[i].role);
        snapshot_free(s);
        draft_release(&d);
    }
}

/* A drained node without a known time has no age. */
static void test_no_invented_age(void **state)
{
    struct draft d = draft_new(sizeof(struct node));
    struct node n = {
        .state = NODE_STATE_IDLE_, .flags = NODE_FLAG_DRAIN, .reason = draft_str(&d, "disk")};
    struct snapshot *s;
    struct row r;
    char text[256];

    (void)state;
    draft_add(&d, &n);
    s = snapshot_of(NULL, &d, NULL);
    r = column_row(COLUMNS_NODES, s, NULL, 1700000000, 0);
    column_text(
        &columns_nodes.columns[column_find(&columns_nodes, "note", 4)], &r, text, sizeof(text));
    snapshot_free(s);
    draft_release(&d);
    assert_null(strstr(text, "ago"));
    assert_null(strstr(text, "— ,"));
}

/* Guards the words about a job that Slurm refused: it never ran, so no signal ended it. */
static void test_never_ran(void **state)
{
    struct draft d = draft_new(sizeof(struct job));
    struct job j = {.job_id = 1,
        .state = JOB_STATE_FAILED,
        .has = JOB_HAS_EXIT,
        .exit_signal = 1,
        .reason = draft_str(&d, "BadConstraints")};
    struct snapshot *s;
    struct row r;
    char text[256];

    (void)state;
    draft_add(&d, &j);
    s = snapshot_of(&d, NULL, NULL);
    r = column_row(COLUMNS_JOBS, s, NULL, NOW, 0);
    column_text(
        &columns_jobs.columns[column_find(&columns_jobs, "why", 3)], &r, text, sizeof(text));
    snapshot_free(s);
    draft_release(&d);
    assert_string_equal(text, "✗ no node has what it asks for");
}

static void test_lists(void **state)
{
    struct column_list l = {.count = 99};
    struct diag d = DIAG_INIT;
    struct buf many = BUF_INIT;

    (void)state;
    for (int id = 0; id < COLUMNS_COUNT; id++) {
        const struct column_set *set = column_set((enum column_set_id)id);

        assert_int_equal(column_list_parse(&l, set, set->text, &d), 0);
        assert_int_equal(column_list_parse(&l, set, set->json, &d), 0);
        for (int i = 0; i < set->count; i++) { /* names are unique */
            assert_int_equal(
                column_find(set, set->columns[i].name, strlen(set->columns[i].name)), i);
            assert_true(set->columns[i].title && set->columns[i].help && set->columns[i].get);
        }
    }
    l.count = 99;
    assert_int_equal(column_list_parse(&l, &columns_jobs, "job,nosuch", &d), -EINVAL);
    assert_non_null(strstr(d.text, "\"nosuch\""));
    assert_int_equal(column_list_parse(&l, &columns_jobs, "", &d), -EINVAL);
    assert_non_null(strstr(d.text, "--columns \"\"")); /* the option and its value */
    assert_int_equal(column_list_parse(&l, &columns_jobs, "job,,name", &d), -EINVAL);
    assert_int_equal(column_list_parse(&l, &columns_jobs, "Job", NULL), -EINVAL);
    for (int i = 0; i <= TABLE_COLUMNS_MAX; i++)
        buf_adds(&many, "job,");
    assert_int_equal(column_list_parse(&l, &columns_jobs, many.p, &d), -E2BIG);
    assert_int_equal(l.count, 99);
    buf_release(&many);
}

/* Prints a snapshot as --once does; free() it. */
static char *print(
    const char *view, enum output_format format, const char *columns, const struct snapshot *s)
{
    struct options o = {.view = view, .format = format, .columns = columns};
    struct diag d = DIAG_INIT;
    struct print p;
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    assert_int_equal(print_plan(&p, &o, &d), 0);
    assert_int_equal(print_snapshot(&p, s, NOW * 1000ll, f), 0);
    fclose(f);
    return text;
}

static void test_formats(void **state)
{
    static const char *const names[] = {"a,b", "say \"hi\"", "x|y\n", "\xff編\x1b[31m", ""};
    static const uint32_t priorities[] = {1, UINT32_MAX, 0, 4, 5};
    struct snapshot *s = named_jobs(names, priorities, KF_LEN(names));
    char *csv = print("jobs", FORMAT_CSV, "job_id,name,priority", s),
         *text = print("jobs", FORMAT_TEXT, "job_id,name,priority", s),
         *json = print("jobs", FORMAT_JSON, "job_id,name,priority", s);

    (void)state;
    assert_string_equal(csv, "job_id,name,priority\r\n1,\"a,b\",1\r\n2,\"say \"\"hi\"\"\",\r\n"
                             "3,\"x|y\n\",0\r\n4,\xff編\x1b[31m,4\r\n5,,5\r\n");
    assert_string_equal(text,
        "JOBID  NAME      PRIO\n    1  a,b          1\n    2  say \"hi\"\n"
        "    3  x|y␊         0\n    4  �編␛[31m     4\n    5               5\n");
    assert_non_null(strstr(json, "\"priority\": null"));
    assert_non_null(strstr(json, "\"name\": \"x|y\\n\""));
    assert_non_null(strstr(json, "�編\\u001B[31m"));
    assert_non_null(strstr(json, "\"schema\": 1"));
    for (size_t i = 0; i < KF_LEN(magic); i++)
        assert_null(strstr(json, magic[i]));
    free(csv);
    free(text);
    free(json);
    snapshot_free(s);
}

static void test_plan(void **state)
{
    static const struct options bad[] = {{.view = "nosuch"}, {.view = "jobs", .columns = "nosuch"},
        {.view = "jobs", .sort = "nosuch"}, {.view = "jobs", .sort = "-"},
        {.view = "jobs", .sort = ""}, {.view = "farm", .columns = "job"},
        {.view = "farm", .sort = "job"}, {.view = ""}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(bad); i++) {
        struct diag d = DIAG_INIT;
        struct print p;

        assert_int_equal(print_plan(&p, &bad[i], &d), -EINVAL);
        assert_true(d.text[0] != '\0');
    }
}

/* Guards that a column is found by what stands above it, or as much of its name as is clear. */
static void test_typed(void **state)
{
    static const struct {
        const char *text, *column; /* NULL: none */
    } rows[] = {
        {"job", "job"},
        {"st", "st"},
        {"prio", "priority"},
        {"PRIO", "priority"},
        {"PRI", "priority"},
        {"Time", "time"},
        {"time_", "time_limit_min"},
        {"mem g", "mem"},
        {"node/why", "why"},
        {"jo", NULL},
        {"sub", "submit_time"},
        {"priorityx", NULL},
        {"", NULL},
        {"%", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        int at = column_find_typed(&columns_jobs, rows[i].text, strlen(rows[i].text));

        assert_string_equal(
            at < 0 ? "" : columns_jobs.columns[at].name, rows[i].column ? rows[i].column : "");
    }
}

/* ---- what columns need ---- */

/* The snapshot without the other sections. */
static struct snapshot only(const struct snapshot *s, uint32_t sections)
{
    struct snapshot less = *s;

    if (!(sections & REFRESH_CLUSTER))
        memset(&less.cluster, 0, sizeof(less.cluster));
    if (!(sections & REFRESH_JOBS))
        less.job_count = 0;
    if (!(sections & REFRESH_NODES))
        less.node_count = 0;
    if (!(sections & REFRESH_PARTITIONS))
        less.partition_count = 0;
    return less;
}

/* Does the column read the same with these sections alone? */
static bool reads_same(
    enum column_set_id set, int column, const struct snapshot *s, uint32_t sections)
{
    static const struct order_by own = {.jobs = -1, .nodes = -1};
    const struct column *c = &column_set(set)->columns[column];
    struct snapshot less = only(s, sections);
    struct order all_order = {0}, less_order = {0};
    bool same = true;

    order_build(&all_order, s, &own, NOW, REFRESH_ALL);
    order_build(&less_order, &less, &own, NOW, REFRESH_ALL);
    for (uint32_t i = 0; same && i < column_rows(set, s); i++) {
        struct row whole = column_row(set, s, &all_order, NOW, i);
        struct row part = column_row(set, &less, &less_order, NOW, i);
        char a[4608], b[4608];

        column_text(c, &whole, a, sizeof(a));
        column_text(c, &part, b, sizeof(b));
        same = strcmp(a, b) == 0;
    }
    order_release(&all_order);
    order_release(&less_order);
    return same;
}

/* A job on a node whose machine has another name, which its log's path has in it. */
static struct snapshot *related(void)
{
    struct draft jobs = draft_new(sizeof(struct job)), nodes = draft_new(sizeof(struct node)),
                 partitions = draft_new(sizeof(struct partition));
    struct snapshot *s;

    draft_add(&jobs, &(struct job){.job_id = 7,
                         .state = JOB_STATE_RUNNING,
                         .batch = 1,
                         .nodes = 1,
                         .start_time = NOW - 10,
                         .name = draft_str(&jobs, "build"),
                         .batch_host = draft_str(&jobs, "node1"),
                         .node_list = draft_str(&jobs, "node1"),
                         .node_index = draft_str(&jobs, "0"),
                         .work_dir = draft_str(&jobs, "/work"),
                         .std_out = draft_str(&jobs, "/work/%N.out"),
                         .std_err = draft_str(&jobs, "/work/%N.err")});
    draft_add(&nodes, &(struct node){.name = draft_str(&nodes, "node1"),
                          .hostname = draft_str(&nodes, "machine"),
                          .partitions = draft_str(&nodes, "debug"),
                          .state_text = draft_str(&nodes, "mixed"),
                          .cpus = 8});
    draft_add(&partitions, &(struct partition){.name = draft_str(&partitions, "debug")});
    s = snapshot_of(&jobs, &nodes, &partitions);
    draft_release(&jobs);
    draft_release(&nodes);
    draft_release(&partitions);
    return s;
}

/* Guards the table of needs, by which --once loads no more than it shows: each column reads the same with what it says
   that it needs, and there are columns that do not with less. */
static void test_needs(void **state)
{
    struct snapshot *s = related();
    int stdout_at = column_find(&columns_jobs, "stdout", 6);
    int jobs_at = column_find(&columns_nodes, "jobs", 4);

    (void)state;
    for (enum column_set_id set = 0; set < COLUMNS_COUNT; set++)
        for (int i = 0; i < column_set(set)->count; i++) {
            uint32_t needs = column_needs(column_set(set), i);

            assert_true(needs & column_set(set)->section);
            if (!reads_same(set, i, s, needs))
                fail_msg(
                    "%s of %s needs more", column_set(set)->columns[i].name, column_set(set)->name);
        }
    assert_false(reads_same(COLUMNS_JOBS, stdout_at, s, REFRESH_JOBS | REFRESH_CLUSTER));
    assert_false(reads_same(COLUMNS_NODES, jobs_at, s, REFRESH_NODES));
    snapshot_free(s);
}

/* Guards its names: a column that is not there needs nothing, and nobody notices. */
static void test_needs_name_columns(void **state)
{
    (void)state;
    for (enum column_set_id set = 0; set < COLUMNS_COUNT; set++) {
        const struct column_set *of = column_set(set);
        struct column_list named;

        for (int i = 0; i < COLUMN_NEEDS_MAX && of->needs[i].columns; i++)
            assert_int_equal(column_list_parse(&named, of, of->needs[i].columns, NULL), 0);
        for (int i = 0; i < of->count; i++)
            if (column_of_log(&of->columns[i]))
                assert_int_equal(
                    column_needs(of, i), REFRESH_JOBS | REFRESH_NODES | REFRESH_CLUSTER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_absent),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_sort_by_job),
        cmocka_unit_test(test_sort_by_bars),
        cmocka_unit_test(test_node_signs),
        cmocka_unit_test(test_no_invented_age),
        cmocka_unit_test(test_never_ran),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_typed),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_needs_name_columns),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
