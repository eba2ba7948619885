/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters: which rows hold, which expressions are refused and in which words. */
#include "tui/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/snapshots.h"
#include "tui/order.h"

#define NOW  1700000000
#define MANY 20000 /* rows */

/* Six jobs on three nodes (at places 0, 1 and 12 of Slurm's table: node1, node10, node2). */
static struct snapshot *farm(void)
{
    static const struct {
        const char *name, *user, *where, *list;
        int state;
        uint32_t cpus;
        uint64_t mem;
        int64_t age;
    } rows[] = {
        {"kernel_build 6.1", "ana", "0-1", "node[1,10]", JOB_STATE_RUNNING, 4, 4096, 7200},
        {"kernel_build 651", "anastasia", "12", "node2", JOB_STATE_RUNNING, 8, 7168, 60},
        {"matrix", "ana", "", "", JOB_STATE_PENDING, 2, 0, 5400},
        {"matrix", "root", "", "", JOB_STATE_PENDING, 1, 512, 10},
        {"Größe", "bob", "1", "node10", JOB_STATE_FAILED, 1, 1024, 90000},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "bob", "0", "node1", JOB_STATE_COMPLETED,
            1, 1024, 90000},
    };
    static const struct {
        const char *name, *text;
        uint32_t place, state, flags, load;
    } nodes[] = {{"node1", "mixed", 0, NODE_STATE_MIXED_, 0, 390},
        {"node10", "drained*", 1, NODE_STATE_IDLE_, NODE_FLAG_DRAIN | NODE_FLAG_NOT_RESPONDING, 5},
        {"node2", "allocated", 12, NODE_STATE_ALLOCATED_, 0, 810}};
    struct draft jobs = draft_new(sizeof(struct job)), there = draft_new(sizeof(struct node));
    struct snapshot *s;

    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct job j = {.job_id = (uint32_t)i + 1,
            .state = (uint16_t)rows[i].state,
            .cpus = rows[i].cpus,
            .mem_mb = rows[i].mem,
            .has = rows[i].mem ? JOB_HAS_MEM : 0,
            .submit_time = NOW - rows[i].age,
            .priority = 1,
            .name = draft_str(&jobs, rows[i].name),
            .user = draft_str(&jobs, rows[i].user),
            .node_index = draft_str(&jobs, rows[i].where),
            .node_list = draft_str(&jobs, rows[i].list)};

        draft_add(&jobs, &j);
    }
    for (size_t i = 0; i < KF_LEN(nodes); i++) {
        struct node n = {.index = nodes[i].place,
            .state = nodes[i].state,
            .flags = nodes[i].flags,
            .has = NODE_HAS_LOAD,
            .load_x100 = nodes[i].load,
            .name = draft_str(&there, nodes[i].name),
            .state_text = draft_str(&there, nodes[i].text)};

        draft_add(&there, &n);
    }
    s = snapshot_of(&jobs, &there, NULL);
    draft_release(&jobs);
    draft_release(&there);
    return s;
}

/* The numbers of the rows that f holds for at a time, as "1 2 6". */
static const char *rows_at(struct filter *f, enum column_set_id set, int64_t now_s, char out[64])
{
    struct snapshot *s = farm();
    uint32_t rows[8], count = column_rows(set, s);
    int n = 0;

    for (uint32_t i = 0; i < count; i++)
        rows[i] = i;
    count = filter_rows(f, s, now_s, rows, count);
    out[0] = '\0';
    for (uint32_t i = 0; i < count; i++)
        n += snprintf(out + n, 64 - (size_t)n, "%s%u", i ? " " : "", rows[i] + 1);
    snapshot_free(s);
    return out;
}

/* The same of an expression, now. */
static const char *rows_of(enum column_set_id set, const char *text, char out[64])
{
    struct diag d = DIAG_INIT;
    struct filter *f = filter_new(set, text, &d);

    if (f == NULL && d.text[0])
        fail_msg("%s: %s", text, d.text);
    rows_at(f, set, NOW, out);
    filter_free(f);
    return out;
}

static void test_jobs(void **state)
{
    static const struct {
        const char *text, *rows;
    } rows[] = {
        {"", "1 2 3 4 5 6"},
        {"  ", "1 2 3 4 5 6"},
        {"matrix", "3 4"},
        {"user!=root", "1 2 3 5 6"},
        {"user!:an name!=matrix", "5 6"},
        {"!user!=root", "4"},
        {"cpus!=1", "1 2 3"},
        {"name!~kernel|Gr", "3 4 6"},
        {"MATRIX", "3 4"},
        {"matrix ana", "3"},
        {"!matrix", "1 2 5 6"},
        {"state:pend", "3 4"},
        {"state:PD", "3 4"},
        {"state:pend,fail", "3 4 5"},
        {"st:r", "1 2"},
        {"!state:r !state:pd", "5 6"},
        {"user:ana", "1 2 3"},
        {"user=ana", "1 3"},
        {"user=ana,bob", "1 3 5 6"},
        {"node=node1", "1 6"}, /* one of the nodes of node[1,10] */
        {"node:node1", "1 5 6"},
        {"node=node10", "1 5"},
        {"node=node2", "2"},
        {"!node=node1", "2 3 4 5"},
        {"node~^node\\d$", "1 2 6"},
        {"name~6\\.1", "1"},
        {"name~^K", ""},
        {"name~größe", "5"},
        {"age>1h", "1 3 5 6"},
        {"age<1m", "4"},
        {"age>=1:30:00", "1 3 5 6"},
        {"age>1-00:00:00", "5 6"},
        {"mem>=4G", "1 2"},
        {"mem>=4", "1 2"},
        {"mem<600M", "4"}, /* not the one of which it is not known */
        {"mem_mb=1024", "5 6"},
        {"cpus>=2 cpus<8", "1 3"},
        {"cpus:8", "2"},
        {"id=4", "4"},
        {"submit_time<2023-11-14", "5 6"},
        {"name:\"kernel_build 6.1\"", "1"},
        {"\"kernel_build 65\"", "2"},
        {"state:pend user:ana age>1h", "3"},
    };
    char out[64];

    (void)state;
    setenv("TZ", "UTC", 1);
    for (size_t i = 0; i < KF_LEN(rows); i++)
        if (strcmp(rows_of(COLUMNS_JOBS, rows[i].text, out), rows[i].rows) != 0)
            fail_msg("%s: rows \"%s\", not \"%s\"", rows[i].text, out, rows[i].rows);
}

static void test_nodes(void **state)
{
    static const struct {
        const char *text, *rows;
    } rows[] = {
        {"state:drain", "2"},
        {"state:mix", "1"},
        {"state:alloc,mix", "1 3"},
        {"st:not", "2"}, /* NOT_RESPONDING */
        {"load>3.5", "1 3"},
        {"load<0.5", "2"},
        {"node=node1", "1"},
        {"node1", "1 2"},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        if (strcmp(rows_of(COLUMNS_NODES, rows[i].text, out), rows[i].rows) != 0)
            fail_msg("%s: rows \"%s\", not \"%s\"", rows[i].text, out, rows[i].rows);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"foo:bar", "there is no column \"foo\" of jobs"},
        {"state,user:x", "there is no column \"state,user\""},
        {"age>1", "\"1\" is no span of time: 90s, 30m, 1h"},
        {"age>soon", "is no span of time"},
        {"mem>=4Q", "\"4Q\" is no size: 512M, 4G"},
        {"mem>=4Gx", "is no size"},
        {"cpus>many", "\"many\" is no number"},
        {"user>ana", "user is text: it takes : = or ~"},
        {"submit_time>now", "is no time: 14:30"},
        {"name~a(b", "the pattern \"a(b\" is wrong"},
        {"name:", "name is compared with nothing"},
        {":x", "a column's name is missing"},
        {"!", "! wants a term behind it"},
        {"name:\"a b", "the second \" is missing"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct diag d = DIAG_INIT;

        assert_null(filter_new(COLUMNS_JOBS, rows[i].text, &d));
        if (strstr(d.text, rows[i].said) == NULL)
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].text, d.text, rows[i].said);
    }
}

/* Guards that a pattern which backtracks for ever is given up, and that this is known. */
static void test_runs_away(void **state)
{
    struct diag d = DIAG_INIT;
    struct filter *f = filter_new(COLUMNS_JOBS, "name~^(a+)+$", &d);
    struct snapshot *s = farm();
    uint32_t rows[] = {0, 1, 2, 3, 4, 5};

    (void)state;
    assert_non_null(f);
    assert_int_equal(filter_rows(f, s, NOW, rows, 6), 0);
    assert_true(filter_gave_up(f));
    rows[0] = 0;
    assert_int_equal(filter_rows(f, s, NOW, rows, 1), 0);
    assert_false(filter_gave_up(f));
    filter_free(f);
    snapshot_free(s);
}

/* Guards the pattern that only just is not given up on any row: all of them together have their end too.
   And that "not" does not show rows of which nobody knows. */
static void test_runs_away_slowly(void **state)
{
    struct diag d = DIAG_INIT;
    struct draft draft = draft_new(sizeof(struct job));
    struct filter *f = filter_new(COLUMNS_JOBS, "name~^(a+)+$", &d),
                  *not = filter_new(COLUMNS_JOBS, "!name~^(a+)+$", &d);
    uint32_t *rows = xcalloc(MANY, sizeof(*rows));
    struct snapshot *s;
    int64_t begin;

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        struct job j = {.job_id = i + 1, .name = draft_str(&draft, "aaaaaaaaaaaab")};

        draft_add(&draft, &j);
        rows[i] = i;
    }
    s = snapshot_of(&draft, NULL, NULL);
    begin = clock_cpu_us();
    assert_int_equal(filter_rows(f, s, NOW, rows, MANY), 0);
    assert_true(filter_gave_up(f));
    assert_true(clock_cpu_us() - begin < 500000); /* seconds without an end */
    assert_true(filter_rows(not, s, NOW, rows, MANY) < MANY);
    assert_true(filter_gave_up(not ));
    filter_free(f);
    filter_free(not );
    snapshot_free(s);
    draft_release(&draft);
    free(rows);
}

/* Guards that any expression is either read or refused in words. */
static void test_anything(void **state)
{
    static const char alphabet[] = "a1:=~<>!\",. \t(name";
    uint32_t seed = 7;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[24];
        struct diag d = DIAG_INIT;
        size_t n = (seed >> 16) % (sizeof(text) - 1);
        struct filter *f;

        for (size_t k = 0; k < n; k++) {
            seed = seed * 1103515245 + 12345;
            text[k] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
        }
        seed = seed * 1103515245 + 12345;
        text[n] = '\0';
        f = filter_new(COLUMNS_JOBS, text, &d);
        assert_true(f == NULL || d.text[0] == '\0');
        assert_true(f || d.text[0] || text[strspn(text, " \t")] == '\0');
        filter_free(f);
    }
}

/* ---- completion ---- */

static void note(void *user, const char *candidate)
{
    buf_addf(user, "%s|", candidate);
}

/* Guards what Tab offers: names; values without their doubles, in the case that is typed, quoted where they have to be;
   single nodes. */
static void test_offers(void **state)
{
    static const struct {
        enum column_set_id set;
        const char *word, *offers;
    } rows[] = {
        {COLUMNS_JOBS, "sta", "state:|start_time:|"},
        {COLUMNS_JOBS, "!us", "!user:|"},
        {COLUMNS_JOBS, "user:", "user:ana|user:anastasia|user:bob|user:root|"},
        {COLUMNS_JOBS, "user!=ro", "user!=root|"},
        {COLUMNS_JOBS, "user:AN", "user:ANa|user:ANastasia|"},
        {COLUMNS_JOBS, "!user:bob,r", "!user:bob,root|"},
        {COLUMNS_JOBS, "user=bob,r", "user=bob,root|"},
        {COLUMNS_JOBS, "why:node[", "why:node[1|"}, /* a comma is an or */
        {COLUMNS_JOBS, "why=node[", ""},
        {COLUMNS_JOBS, "state:p", "state:pending|"},
        {COLUMNS_JOBS, "st:", "st:COMPLETED|st:FAILED|st:PENDING|st:RUNNING|"},
        {COLUMNS_JOBS, "name:k", "name:\"kernel_build 6.1\"|name:\"kernel_build 651\"|"},
        {COLUMNS_JOBS, "name=m", "name=matrix|"},
        {COLUMNS_JOBS, "node:node1", "node:node1|node:node10|"},
        {COLUMNS_JOBS, "age:", ""}, /* numbers */
        {COLUMNS_JOBS, "name~k", ""},
        {COLUMNS_JOBS, "nothing:", ""},
        {COLUMNS_JOBS, "user:\"a", "user:\"ana\"|user:\"anastasia\"|"},
        {COLUMNS_JOBS, "name:\"kernel_build 65", "name:\"kernel_build 651\"|"},
        {COLUMNS_JOBS, "name:\"a b,ma", "name:\"a b,matrix\"|"},
        {COLUMNS_JOBS, "name:matrix,k",
            "name:matrix,\"kernel_build 6.1\"|name:matrix,\"kernel_build 651\"|"},
        {COLUMNS_JOBS, "name:\"a b\",ma", ""}, /* a quote that is closed */
        {COLUMNS_NODES,
            "st:", "st:ALLOCATED|st:DRAIN|st:drained*|st:IDLE|st:MIXED|st:NOT_RESPONDING|"},
        {COLUMNS_NODES, "id:node2", "id:node2|"},
    };
    struct snapshot *s = farm();
    struct buf got = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        buf_clear(&got);
        filter_offer(rows[i].set, rows[i].word, s, NOW, note, &got);
        assert_string_equal(buf_str(&got), rows[i].offers);
    }
    buf_release(&got);
    snapshot_free(s);
    assert_int_equal(filter_last_word("user:a"), 0);
    assert_int_equal(filter_last_word("user:a !st"), 7);
    assert_int_equal(filter_last_word("name:\"a b"), 0);
    assert_int_equal(filter_last_word("name:\"a b\" "), 11);
}

struct common {
    char first[64], last[64];
    int count;
};

static void note_ends(void *user, const char *candidate)
{
    struct common *c = user;

    snprintf(c->count++ ? c->last : c->first, sizeof(c->first), "%s", candidate);
}

/* Guards more values than are offered: all of them count in what the candidates have in common. Only those of the first
   rows did. And a word longer than anything. */
static void test_offers_many(void **state)
{
    struct draft jobs = draft_new(sizeof(struct job)), none = draft_new(sizeof(struct node));
    struct common c = {.count = 0};
    struct snapshot *s;
    char name[32], word[1200] = "name:";

    (void)state;
    for (uint32_t i = 0; i < 2000; i++) {
        snprintf(name, sizeof(name), "linux-%u%s", 1000 + (i * 7) % 2000, i % 5 ? "" : "\tx");
        draft_add(&jobs, &(struct job){.job_id = i + 1, .name = draft_str(&jobs, name)});
    }
    s = snapshot_of(&jobs, &none, NULL);
    draft_release(&jobs);
    draft_release(&none);
    filter_offer(COLUMNS_JOBS, "name:l", s, NOW, note_ends, &c);
    assert_int_equal(c.count, 101);
    assert_string_equal(c.first, "name:linux-1001");
    assert_string_equal(c.last, "name:linux-2999");
    memset(word + 5, 'l', sizeof(word) - 6);
    filter_offer(COLUMNS_JOBS, word, s, NOW, note_ends, &c);
    assert_int_equal(c.count, 101);
    snapshot_free(s);
}

/* Guards that every value which is offered can be read, and has rows. */
static void must_hold(void *user, const char *candidate)
{
    char rows[64];

    if (rows_of(*(enum column_set_id *)user, candidate, rows)[0] == '\0')
        fail_msg("%s fits no row", candidate);
}

static void test_offers_hold(void **state)
{
    struct snapshot *s = farm();

    (void)state;
    for (enum column_set_id set = COLUMNS_JOBS; set <= COLUMNS_NODES; set++)
        for (int i = 0; i < column_set(set)->count; i++)
            for (int op = 0; op < 2; op++) {
                char word[64];

                snprintf(word, sizeof(word), "%s%c", column_set(set)->columns[i].name, ":="[op]);
                filter_offer(set, word, s, NOW, must_hold, &set);
            }
    snapshot_free(s);
}

/* Guards a time without a day: it is of the day at which the rows are looked at, which of a recording is the recording's,
   and of a screen that stands over midnight the next one; not of the day on which the expression was typed. */
static void test_time_of_another_day(void **state)
{
    const int64_t day_s = 86400;
    struct diag d = DIAG_INIT;
    struct filter *f;
    char rows[64];

    (void)state;
    setenv("TZ", "UTC", 1);
    f = filter_new(COLUMNS_JOBS, "submit_time<22:00", &d);
    assert_non_null(f);
    assert_string_equal(rows_at(f, COLUMNS_JOBS, NOW, rows), "1 3 5 6");
    assert_string_equal(rows_at(f, COLUMNS_JOBS, NOW + day_s, rows), "1 2 3 4 5 6");
    assert_string_equal(rows_at(f, COLUMNS_JOBS, NOW - day_s, rows), "5 6");
    assert_string_equal(rows_at(f, COLUMNS_JOBS, NOW - 2 * day_s, rows), "");
    filter_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_runs_away),
        cmocka_unit_test(test_runs_away_slowly),
        cmocka_unit_test(test_anything),
        cmocka_unit_test(test_offers),
        cmocka_unit_test(test_offers_many),
        cmocka_unit_test(test_offers_hold),
        cmocka_unit_test(test_time_of_another_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
