/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every column with the widest values that a farm may have, in tables of every width: no number on the screen is one that
   nobody said, and what is cut has its sign. */
#include "tui/column.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "backend/progress.h"
#include "base/ascii.h"
#include "base/utf8.h"
#include "tests/snapshots.h"

#define NOW 1800000000ll
#define DAY 86400ll

struct farm {
    struct snapshot *s;
    struct progress progress;
    struct buildinfo info;
    struct order order;
};

static void add_jobs(struct draft *d)
{
    static const uint16_t states[] = {
        JOB_STATE_RUNNING, JOB_STATE_PENDING, JOB_STATE_FAILED, JOB_STATE_TIMEOUT};

    for (uint32_t i = 0; i < KF_LEN(states); i++)
        draft_add(
            d, &(struct job){.job_id = 67043321 + i,
                   .array_job_id = 67043318,
                   .array_task_id = 4000001 + i,
                   .has = UINT32_MAX & ~(uint32_t)JOB_HAS_NO_LIMIT &
                          ~(uint32_t)(i == 1 ? JOB_HAS_TASK : 0),
                   .state = states[i],
                   .priority = 4294901759,
                   .nice = -2147483645,
                   .cpus = 1048577,
                   .nodes = 65537,
                   .time_limit_min = 365 * 1440,
                   .mem_mb = 123456789012ull,
                   .submit_time = NOW - 1234 * DAY,
                   .eligible_time = NOW - 33 * DAY,
                   .start_time = i == 1 ? NOW + 700 * DAY : NOW - 364 * DAY - 3723,
                   .end_time = i < 2 ? NOW + DAY : NOW - 3,
                   .restarts = 54321,
                   .exit_code = 255,
                   .batch = 1,
                   .name = draft_str(d, "arm64-20261130-987654321"),
                   .user = draft_str(d, "build01234567"),
                   .partition = draft_str(d, "partition7890123"),
                   .account = draft_str(d, "account89012345"),
                   .reason = draft_str(d, "Resources"),
                   .node_list = draft_str(d, "node[1001-1020,2001-2020,3001]"),
                   .node_index = draft_str(d, "0-0"),
                   .dependency = draft_str(d, "afterok:67043301,afterok:67043302"),
                   .features = draft_str(d, "cpu2699,mem512"),
                   .array_tasks = draft_str(d, "1000-1999,2500,2600-2699,3100%20"),
                   .batch_host = draft_str(d, "node1001.farm2.example"),
                   .work_dir = draft_str(d, "/mnt/share17/users/build01/kernel_builds/6.1.123"),
                   .command = draft_str(d, "/mnt/share17/users/build01/compile_kernel.sh"),
                   .std_out = draft_str(d, "/mnt/share17/logs/kernel_build_67043321.out"),
                   .std_err = draft_str(d, "/mnt/share17/logs/kernel_build_67043321.err")});
}

static void add_node(struct draft *d)
{
    draft_add(d, &(struct node){.state = NODE_STATE_MIXED_,
                     .flags = NODE_FLAG_DRAIN | NODE_FLAG_MAINT | NODE_FLAG_RESERVED,
                     .has = UINT32_MAX,
                     .cpus = 65536,
                     .cpus_alloc = 65535,
                     .load_x100 = 123456789,
                     .mem_mb = 98765432,
                     .mem_alloc_mb = 98765431,
                     .mem_free_mb = 87654321,
                     .reason_time = NOW - 700 * DAY,
                     .boot_time = NOW - 55 * DAY,
                     .start_time = NOW - 4 * DAY,
                     .weight = 4294967280,
                     .name = draft_str(d, "node1001.farm2.example"),
                     .state_text = draft_str(d, "not_responding*"),
                     .partitions = draft_str(d, "debug1001,long2002,huge3003"),
                     .reason = draft_str(d, "disk 17 of 24 full, ticket 123456789"),
                     .reason_user = draft_str(d, "operator1234"),
                     .features = draft_str(d, "cpu2699,mem512,disk4000,net100000"),
                     .version = draft_str(d, "22.05.8-123456"),
                     .os = draft_str(d, "Linux 6.1.0-123-amd64 #1 SMP Debian 6.1.123-1"),
                     .address = draft_str(d, "fe80::1234:5678:9abc:def0%eth0"),
                     .gres = draft_str(d, "gpu:a100:8,shard:64000")});
}

static void add_partition(struct draft *d)
{
    draft_add(d, &(struct partition){.has = UINT32_MAX & ~(uint32_t)PARTITION_HAS_NO_MAX_TIME,
                     .state = 3,
                     .max_time_min = 4294967290,
                     .default_time_min = 4294967280,
                     .max_nodes = 4294967270,
                     .total_cpus = 4294967260,
                     .total_nodes = 1234567,
                     .priority_tier = 65533,
                     .name = draft_str(d, "partition789012345678"),
                     .node_list = draft_str(d, "node[1001-1020,2001-2020,3001]"),
                     .qos = draft_str(d, "normal12345678"),
                     .allow_groups = draft_str(d, "group1001,group2002,group3003")});
}

static void farm_init(struct farm *f)
{
    static const struct order_by own = {.jobs = -1, .nodes = -1};
    struct draft jobs = draft_new(sizeof(struct job)), nodes = draft_new(sizeof(struct node)),
                 partitions = draft_new(sizeof(struct partition));

    *f = (struct farm){
        .info = {.job_id = 67043321,
            .restarts = 54321,
            .phase = PHASE_COMPILE,
            .complete = true,
            .steps = 123456789,
            .total = 234567891,
            .warnings = 7654321,
            .errors = 654321,
            .rate = 1234567,
            .eta_s = NOW + 364 * DAY + 86130,
            .learned = 3,
            .first = "/mnt/share17/src/linux/fs/ext4/inode.c:12345: expected 67 of 89 "
                     "arguments",
            .last = "drivers/net/ethernet/mellanox/mlx5/core/en_accel/ktls.o"}};
    add_jobs(&jobs);
    add_node(&nodes);
    add_partition(&partitions);
    f->s = snapshot_of(&jobs, &nodes, &partitions);
    f->progress = (struct progress){.v = &f->info, .count = 1, .room = 1};
    f->s->progress = &f->progress;
    order_build(&f->order, f->s, &own, NOW, REFRESH_ALL);
    draft_release(&jobs);
    draft_release(&nodes);
    draft_release(&partitions);
}

static void farm_release(struct farm *f)
{
    order_release(&f->order);
    snapshot_free(f->s);
}

/* ---- a table of some columns ---- */

struct shown {
    struct farm *farm;
    enum column_set_id set;
    int at[TABLE_COLUMNS_MAX], count;
};

static uint64_t get_id(void *user, uint32_t row)
{
    (void)user;
    return row;
}

static struct row row_of(const struct shown *s, uint32_t row)
{
    return column_row(s->set, s->farm->s, &s->farm->order, NOW, row);
}

static void get_cell(void *user, uint32_t row, int column, struct table_cell *out)
{
    const struct shown *s = user;
    struct row r = row_of(s, row);

    column_cell(&column_set(s->set)->columns[s->at[column]], &r, out);
}

static char *draw(struct shown *s, int width)
{
    uint32_t count = column_rows(s->set, s->farm->s);
    struct table_source source = {s, count, get_id, get_cell, NULL};
    struct table_column columns[TABLE_COLUMNS_MAX];
    struct rect all = {0, 0, width, (int)count + 1};
    struct buf b = BUF_INIT;
    struct table t = {0};
    struct canvas c;

    for (int i = 0; i < s->count; i++)
        columns[i] = column_of_table(&column_set(s->set)->columns[s->at[i]]);
    canvas_init(&c, width, all.h);
    table_draw(&t, &source, columns, s->count, &c, all, true);
    canvas_dump(&c, &b);
    canvas_release(&c);
    return b.p;
}

/* All that the cells of a row say, in full and as a table has it, between blanks. */
static char *said(const struct shown *s, uint32_t row)
{
    struct buf b = BUF_INIT;
    struct row r = row_of(s, row);

    for (int i = 0; i < s->count; i++) {
        struct table_cell cell = {.meter = -1};
        char text[VALUE_SCRATCH];

        column_text(&column_set(s->set)->columns[s->at[i]], &r, text, sizeof(text));
        get_cell((void *)s, row, i, &cell);
        buf_addf(&b, " %s %s ", text, cell.text);
    }
    return b.p;
}

static bool says(const char *text, const char *number, size_t n)
{
    for (const char *at = text; *at; at++)
        if (strncmp(at, number, n) == 0 && !ascii_is_digit(at[-1]) && !ascii_is_digit(at[n]))
            return true;
    return false;
}

/* Each number of a line is one of those that were said. */
static void assert_numbers(const struct shown *s, uint32_t row, const char *line, int width)
{
    char *text = said(s, row);

    for (const char *at = line; *at;) {
        size_t n = strspn(at, "0123456789");

        if (n && !says(text + 1, at, n))
            fail_msg("%d columns: \"%s\" has a number that is part of another: %.*s", width, line,
                (int)n, at);
        at += n ? n : 1;
    }
    free(text);
}

static void check(struct shown *s, int width)
{
    char *text = draw(s, width), *rest = text, *line;
    uint32_t row = 0;

    strsep(&rest, "\n"); /* the titles */
    while ((line = strsep(&rest, "\n")) != NULL && rest) {
        struct table_cell cell = {.meter = -1};

        assert_numbers(s, row, line, width);
        get_cell(s, row, 0, &cell);
        if (s->count == 1 && strstr(line, cell.text) == NULL && strstr(line, "…") == NULL)
            fail_msg("%s, %d columns: \"%s\" is cut without a sign: \"%s\"",
                column_set(s->set)->columns[s->at[0]].name, width, cell.text, line);
        row++;
    }
    free(text);
}

/* ---- tests ---- */

static void each_alone(void (*test)(struct shown *s, const struct column *c))
{
    struct farm f;

    farm_init(&f);
    for (enum column_set_id set = 0; set < COLUMNS_COUNT; set++)
        for (int i = 0; i < column_set(set)->count; i++) {
            struct shown s = {.farm = &f, .set = set, .at = {i}, .count = 1};

            test(&s, &column_set(set)->columns[i]);
        }
    farm_release(&f);
}

static void check_widths(struct shown *s, const struct column *c)
{
    for (int width = 4; width <= 160; width++)
        check(s, width);
    check(s, KF_MAX(4, 1 + KF_MAX(c->min, (int)strlen(c->title))));
}

/* Guards LEFT "364-23:55:3" and whatever else lost a digit at the edge of its column. */
static void test_each_alone(void **state)
{
    (void)state;
    each_alone(check_widths);
}

static void check_room(struct shown *s, const struct column *c)
{
    char *text = draw(s, 60);

    if ((!column_is_text(c) || c->meter) && strstr(text, "…"))
        fail_msg("%s has no room for its own numbers:\n%s", c->name, text);
    free(text);
}

/* A column of numbers is wide enough for the short form of any: its cells are never only a sign. */
static void test_numbers_are_seen(void **state)
{
    (void)state;
    each_alone(check_room);
}

/* As people put them side by side: the built-in lists, and all there are, a few at a time. */
static void test_side_by_side(void **state)
{
    static const struct {
        enum column_set_id set;
        const char *names;
    } lists[] = {
        {COLUMNS_JOBS,
            "job,name,user,node_list,build,part,steps,rate,warnings,errors,time,eta_s,left,what"},
        {COLUMNS_JOBS, "job,partition,name,user,st,time,left,cpus,mem,priority,restarts,why"},
        {COLUMNS_JOBS, "job,name,user,st,time,cpus,why"},
        {COLUMNS_JOBS, "job_id,job_id,job_id,job_id,st,st,job_id"},
        {COLUMNS_NODES, "name,st,cpu,load,mem,free,jobs,partitions,note"},
        {COLUMNS_NODES, "name,st,cpu,load,jobs,note,mem"},
        {COLUMNS_PARTITIONS,
            "name,default,state,nodes,cpus,max_time_min,default_time_min,node_list"},
    };
    struct farm f;

    (void)state;
    farm_init(&f);
    for (size_t i = 0; i < KF_LEN(lists); i++) {
        struct shown s = {.farm = &f, .set = lists[i].set};
        struct column_list l;

        assert_int_equal(column_list_parse(&l, column_set(s.set), lists[i].names, NULL), 0);
        memcpy(s.at, l.at, sizeof(s.at));
        s.count = l.count;
        for (int width = 4; width <= 200; width++)
            check(&s, width);
    }
    for (enum column_set_id set = 0; set < COLUMNS_COUNT; set++)
        for (int i = 0; i < column_set(set)->count; i++) {
            static const int widths[] = {40, 80, 100, 120, 160};
            struct shown s = {.farm = &f, .set = set};

            while (s.count < 9)
                s.at[s.count] = (i + s.count) % column_set(set)->count, s.count++;
            for (size_t k = 0; k < KF_LEN(widths); k++)
                check(&s, widths[k]);
        }
    farm_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_alone),
        cmocka_unit_test(test_numbers_are_seen),
        cmocka_unit_test(test_side_by_side),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
