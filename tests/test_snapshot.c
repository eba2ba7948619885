/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From frames to snapshots: what is taken, what is dropped whole, what is shared, what is healthy. */
#include "backend/snapshot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/snapshots.h"

static const enum section_result loaded[SECTION_COUNT] = {
    SECTION_LOADED, SECTION_LOADED, SECTION_LOADED, SECTION_LOADED};

static struct draft three_jobs(void)
{
    struct draft d = draft_new(sizeof(struct job));

    for (uint32_t id = 10; id <= 30; id += 10) {
        struct job j = {
            .job_id = id, .name = draft_str(&d, id == 20 ? "a|b,\"c\"" : "kernel_build")};

        draft_add(&d, &j);
    }
    return d;
}

static struct draft one_node(const char *name)
{
    struct draft d = draft_new(sizeof(struct node));
    struct node n = {.cpus = 4, .name = draft_str(&d, name)};

    draft_add(&d, &n);
    return d;
}

static void test_good(void **state)
{
    struct draft jobs = three_jobs(), nodes = one_node("node1");
    struct snapshot *s = snapshot_of(&jobs, &nodes, NULL);

    (void)state;
    assert_int_equal(s->generation, 1);
    assert_int_equal(s->job_count, 3);
    assert_string_equal(job_str(s, s->jobs[1].name), "a|b,\"c\"");
    assert_string_equal(job_str(s, s->jobs[1].user), "");
    assert_ptr_equal(snapshot_job(s, 20), &s->jobs[1]);
    assert_null(snapshot_job(s, 15));
    assert_null(snapshot_job(s, 0));
    assert_null(snapshot_job(s, UINT32_MAX));
    assert_ptr_equal(snapshot_node(s, "node1"), &s->nodes[0]);
    assert_null(snapshot_node(s, "node"));
    assert_int_equal(snapshot_failed(s), SECTION_COUNT);
    assert_int_equal(s->cpu_us, 3000);
    assert_int_equal(s->wall_us, 9000);
    snapshot_free(s);
    draft_release(&jobs);
    draft_release(&nodes);
}

static void test_empty(void **state)
{
    struct draft jobs = draft_new(sizeof(struct job));
    struct snapshot *s = snapshot_new();

    (void)state;
    assert_int_equal(s->generation, 0);
    assert_null(snapshot_job(s, 1));
    assert_null(snapshot_node(s, ""));
    s = snapshot_free(s);
    assert_null(s);
    assert_null(snapshot_free(NULL));
    s = snapshot_of(&jobs, NULL, NULL); /* no jobs at all is a good answer */
    assert_int_equal(s->job_count, 0);
    snapshot_free(s);
    draft_release(&jobs);
}

/* Cut into pieces of any size the frames give the same snapshot. */
static void test_pieces(void **state)
{
    struct draft jobs = three_jobs(), nodes = one_node("node1");
    struct buf b = BUF_INIT;

    (void)state;
    draft_write(&nodes, WIRE_NODES, 5, &b);
    draft_write(&jobs, WIRE_JOBS, 5, &b);
    write_health(loaded, "", 7, &b);
    for (size_t piece = 1; piece < b.len; piece += 1 + piece / 8) {
        struct snapshot *before = snapshot_new();
        struct assembly a = {0};
        struct feeding f = {.assembly = &a, .before = before};

        assert_int_equal(feed_bytes(&f, b.p, b.len, piece), 0);
        assert_int_equal(f.dropped, 0);
        assert_non_null(f.next);
        assert_int_equal(f.next->time_ms, 7);
        assert_string_equal(job_str(f.next, f.next->jobs[2].name), "kernel_build");
        assert_string_equal(node_str(f.next, f.next->nodes[0].name), "node1");
        snapshot_free(f.next);
        snapshot_free(before);
        assembly_release(&a);
    }
    buf_release(&b);
    draft_release(&jobs);
    draft_release(&nodes);
}

/* Ways to spoil a good section of jobs. */
enum spoil {
    SPOIL_REF,
    SPOIL_LAST_REF,
    SPOIL_POOL_END,
    SPOIL_POOL_BEGIN,
    SPOIL_POOL_EMPTY,
    SPOIL_ORDER,
    SPOIL_TWICE,
    SPOIL_RECORD_SIZE,
    SPOIL_COUNT_MORE,
    SPOIL_COUNT_HUGE,
    SPOIL_LENGTH,
    SPOIL_HEAD,
    SPOIL_TIME_BEFORE,
    SPOIL_TIME_AFTER,
    SPOIL_STATE,
    SPOIL_COUNT
};

static void write_spoiled(enum spoil how, struct buf *b)
{
    struct draft d = three_jobs();
    struct job *jobs = (struct job *)d.records.p;
    struct section_head head = {sizeof(struct job), 3, (uint32_t)d.pool.len, 0};
    size_t at = wire_begin(b, WIRE_JOBS, 1, 5), pool = d.pool.len, records = d.records.len;

    if (how == SPOIL_REF)
        jobs[1].name = head.pool_size;
    if (how == SPOIL_LAST_REF)
        jobs[2].std_err = UINT32_MAX;
    if (how == SPOIL_POOL_END)
        d.pool.p[d.pool.len - 1] = 'x';
    if (how == SPOIL_POOL_BEGIN)
        d.pool.p[0] = 'x';
    if (how == SPOIL_POOL_EMPTY)
        head.pool_size = 0, pool = 0;
    if (how == SPOIL_TIME_BEFORE) /* nobody who counts with times looks at them again */
        jobs[1].submit_time = INT64_MIN;
    if (how == SPOIL_TIME_AFTER)
        jobs[2].pre_suspend_s = INT64_MAX;
    if (how == SPOIL_STATE)
        jobs[1].state = JOB_STATE_COUNT;
    if (how == SPOIL_ORDER)
        jobs[0].job_id = 25;
    if (how == SPOIL_TWICE)
        jobs[0].job_id = 20;
    if (how == SPOIL_RECORD_SIZE)
        head.record_size -= 8;
    if (how == SPOIL_COUNT_MORE)
        head.count = 4;
    if (how == SPOIL_COUNT_HUGE)
        head.count = UINT32_MAX;
    if (how == SPOIL_LENGTH)
        records -= sizeof(struct job);
    buf_add(b, &head, how == SPOIL_HEAD ? 8 : sizeof(head));
    if (how != SPOIL_HEAD) {
        buf_add(b, d.records.p, records);
        buf_add(b, d.pool.p, pool);
    }
    wire_end(b, at);
    draft_release(&d);
}

static void test_dropped(void **state)
{
    (void)state;
    for (int how = 0; how < SPOIL_COUNT; how++) {
        struct draft jobs = three_jobs();
        struct snapshot *before = snapshot_of(&jobs, NULL, NULL);
        struct assembly a = {0};
        struct feeding f = {.assembly = &a, .before = before};
        struct buf b = BUF_INIT;

        write_spoiled((enum spoil)how, &b);
        write_health(loaded, "", 9000, &b);
        assert_int_equal(feed_bytes(&f, b.p, b.len, SIZE_MAX), 0);
        if (f.dropped != 1 || f.diag.text[0] == '\0')
            fail_msg("spoil %d: %d dropped, \"%s\"", how, f.dropped, f.diag.text);
        assert_non_null(strstr(f.diag.text, "jobs"));
        /* what was before stays the truth */
        assert_ptr_equal(f.next->jobs, before->jobs);
        assert_int_equal(f.next->job_count, 3);
        assert_int_equal(f.next->changed & REFRESH_JOBS, 0);
        assert_int_equal(f.next->health[SECTION_JOBS].given_s, 1); /* and of its own time */
        snapshot_free(f.next);
        snapshot_free(before);
        assembly_release(&a);
        buf_release(&b);
        draft_release(&jobs);
    }
}

/* A message that ends early is dropped, wherever it ends. */
static void test_early_end(void **state)
{
    struct snapshot *before = snapshot_new();
    struct buf b = BUF_INIT, c = BUF_INIT;
    size_t at = wire_begin(&c, WIRE_CLUSTER, 1, 1);

    (void)state;
    write_health(loaded, "", 9, &b);
    for (int i = 0; i < 3; i++)
        wire_put_str(&c, "abc");
    wire_end(&c, at);
    for (size_t n = 0; n < b.len - sizeof(struct wire_head) - 8; n++) {
        struct wire_frame f = {.payload = b.p + sizeof(f.head)};
        struct snapshot *next = NULL;
        struct assembly a = {0};

        memcpy(&f.head, b.p, sizeof(f.head));
        f.head.length = (uint32_t)n;
        assert_int_equal(assembly_take(&a, &f, before, &next, NULL), -EBADMSG);
        assert_null(next);
    }
    for (size_t n = 0; n <= c.len - sizeof(struct wire_head); n++) {
        struct wire_frame f = {.payload = c.p + sizeof(f.head)};
        struct snapshot *next = NULL;
        struct assembly a = {0};

        memcpy(&f.head, c.p, sizeof(f.head));
        f.head.length = (uint32_t)n;
        assert_int_equal(assembly_take(&a, &f, before, &next, NULL), -EBADMSG);
        assert_false(a.have_cluster);
    }
    snapshot_free(before);
    buf_release(&b);
    buf_release(&c);
}

static void test_unchanged_is_shared(void **state)
{
    static const enum section_result results[SECTION_COUNT] = {
        [SECTION_JOBS] = SECTION_UNCHANGED, [SECTION_NODES] = SECTION_LOADED};
    struct draft jobs = three_jobs(), nodes = one_node("node1"), others = one_node("node2");
    struct snapshot *first = snapshot_of(&jobs, &nodes, NULL);
    struct assembly a = {0};
    struct feeding f = {.assembly = &a, .before = first};
    struct buf b = BUF_INIT;

    (void)state;
    draft_write(&others, WIRE_NODES, 2000, &b);
    write_health(results, "", 2000, &b);
    assert_int_equal(feed_bytes(&f, b.p, b.len, SIZE_MAX), 0);
    assert_ptr_equal(f.next->jobs, first->jobs);
    assert_ptr_not_equal(f.next->nodes, first->nodes);
    assert_int_equal(f.next->changed, REFRESH_NODES);
    assert_int_equal(f.next->generation, 2);
    snapshot_free(first); /* what is shared lives on */
    assert_string_equal(job_str(f.next, f.next->jobs[0].name), "kernel_build");
    assert_string_equal(node_str(f.next, f.next->nodes[0].name), "node2");
    assert_int_equal(
        f.next->health[SECTION_JOBS].fresh_ms, 2000); /* unchanged is known to be true */
    assert_int_equal(f.next->health[SECTION_PARTITIONS].fresh_ms, 1000); /* was not asked */
    assert_int_equal(f.next->health[SECTION_JOBS].given_s, 1);
    assert_int_equal(f.next->health[SECTION_NODES].given_s, 2);
    snapshot_free(f.next);
    assembly_release(&a);
    buf_release(&b);
    draft_release(&jobs);
    draft_release(&nodes);
    draft_release(&others);
}

/* The controller goes away: the data stays, with its age and Slurm's words; then it is back. */
static void test_health(void **state)
{
    static const enum section_result bad[SECTION_COUNT] = {
        [SECTION_JOBS] = SECTION_FAILED, [SECTION_NODES] = SECTION_FAILED};
    static const enum section_result good[SECTION_COUNT] = {
        [SECTION_JOBS] = SECTION_UNCHANGED, [SECTION_NODES] = SECTION_UNCHANGED};
    struct draft jobs = three_jobs(), nodes = one_node("node1");
    struct snapshot *first = snapshot_of(&jobs, &nodes, NULL), *down;
    struct assembly a = {0};
    struct feeding f = {.assembly = &a, .before = first};
    struct buf b = BUF_INIT;

    (void)state;
    write_health(bad, "Unable to contact slurm controller", 5000, &b);
    feed_bytes(&f, b.p, b.len, SIZE_MAX);
    down = f.next;
    assert_int_equal(snapshot_failed(down), SECTION_JOBS);
    assert_int_equal(down->job_count, 3);
    assert_int_equal(down->health[SECTION_JOBS].fresh_ms, 1000);
    assert_string_equal(down->health[SECTION_JOBS].message, "Unable to contact slurm controller");
    assert_int_equal(down->health[SECTION_CLUSTER].error, 0);
    assert_int_equal(down->changed, 0);
    assert_int_equal(down->health[SECTION_JOBS].given_s, 0);
    buf_clear(&b);
    write_health(good, "", 7000, &b);
    f = (struct feeding){.assembly = &a, .before = down};
    feed_bytes(&f, b.p, b.len, SIZE_MAX);
    assert_int_equal(snapshot_failed(f.next), SECTION_COUNT);
    assert_int_equal(f.next->health[SECTION_JOBS].fresh_ms, 7000);
    assert_string_equal(f.next->health[SECTION_JOBS].message, "");
    snapshot_free(f.next);
    snapshot_free(down);
    snapshot_free(first);
    buf_release(&b);
    draft_release(&jobs);
    draft_release(&nodes);
}

/* A failure that names no number is one all the same, and so is a result this program does not know. */
static void test_strange_results(void **state)
{
    struct snapshot *before = snapshot_new();
    struct assembly a = {0};
    struct feeding f = {.assembly = &a, .before = before};
    struct buf b = BUF_INIT;
    size_t at = wire_begin(&b, WIRE_HEALTH, 1, 5);

    (void)state;
    for (int i = 0; i < SECTION_COUNT; i++) {
        wire_put_u8(&b, i == SECTION_NODES ? 77 : i == SECTION_JOBS ? SECTION_FAILED : 0);
        wire_put_u32(&b, 0);
        wire_put_str(&b, "");
        wire_put_i64(&b, 0);
    }
    wire_put_i64(&b, 0);
    wire_put_i64(&b, 0);
    wire_end(&b, at);
    feed_bytes(&f, b.p, b.len, SIZE_MAX);
    assert_int_not_equal(f.next->health[SECTION_JOBS].error, 0);
    assert_int_not_equal(f.next->health[SECTION_NODES].error, 0);
    assert_int_equal(f.next->health[SECTION_CLUSTER].error, 0);
    snapshot_free(f.next);
    snapshot_free(before);
    buf_release(&b);
}

/* What arrived of a refresh that was never ended belongs to none: released, or replaced by the next. */
static void test_half_a_refresh(void **state)
{
    struct draft jobs = three_jobs();
    struct snapshot *before = snapshot_new();
    struct assembly a = {0};
    struct feeding f = {.assembly = &a, .before = before};
    struct buf b = BUF_INIT;

    (void)state;
    draft_write(&jobs, WIRE_JOBS, 1, &b);
    draft_write(&jobs, WIRE_JOBS, 1, &b); /* twice: the second counts, the first is not leaked */
    feed_bytes(&f, b.p, b.len, SIZE_MAX);
    assert_null(f.next);
    assembly_release(&a);
    buf_clear(&b);
    write_health(loaded, "", 9, &b);
    feed_bytes(&f, b.p, b.len, SIZE_MAX);
    assert_int_equal(f.next->job_count, 0);
    snapshot_free(f.next);
    snapshot_free(before);
    buf_release(&b);
    draft_release(&jobs);
}

/* Guards an array submitted with a step: its tasks were counted by a division by nothing. */
static void test_tasks_of_a_record(void **state)
{
    static const struct {
        const char *tasks;
        uint32_t count;
    } rows[] = {
        {"", 1},
        {"7", 1},
        {"0-9", 10},
        {"1-4,8-9%2", 6},
        {"3-30:3", 10},
        {"0-8:2%1", 5},
        {"1,3-9:2", 5},
        {"0-9:0", 10},
        {"0-9:", 10},
        {"9-1", 1},
        {"0-4294967295", UINT32_MAX},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct draft d = draft_new(sizeof(struct job));
        struct job j = {.job_id = 1, .array_tasks = draft_str(&d, rows[i].tasks)};
        struct snapshot *s;

        draft_add(&d, &j);
        s = snapshot_of(&d, NULL, NULL);
        if (job_tasks(s, s->jobs) != rows[i].count)
            fail_msg("\"%s\": %u tasks, expected %u", rows[i].tasks, job_tasks(s, s->jobs),
                rows[i].count);
        snapshot_free(s);
        draft_release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_early_end),
        cmocka_unit_test(test_unchanged_is_shared),
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_strange_results),
        cmocka_unit_test(test_half_a_refresh),
        cmocka_unit_test(test_tasks_of_a_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
