/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording that somebody sent: every text in every frame of it has the sequences of tests/sequences.h, and every byte that
 * the terminal gets is looked at. Slurm would refuse many of these texts; a recording asks nobody.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/buildinfo.h"
#include "backend/logline.h"
#include "backend/logproto.h"
#include "base/alloc.h"
#include "tests/channels.h"
#include "tests/program.h"
#include "tests/snapshots.h"
#include "tests/vt.h"

#define MS      30000
#define COLS    250
#define ROWS    240 /* for all jobs and more */
#define FILE_   "given.rec"
#define BEGIN_S 1700000000
#define JOBS    1000 /* numbers of jobs begin here */
#define LOG     "/log/of/one" /* of the job PLAIN, which has its name in order to be found */
#define PLAIN   7
#define FOLLOWS 12 /* numbers of what the screen follows: it counts from 1 */
#define NUMBERS 3 /* likewise of what it asks */
#define SECONDS 3 /* in which it is answered, again and again */

static char dir[] = "/tmp/kfarm-channels.XXXXXX";
static struct channels ch;
static struct vt *vt;

static int start(void **state)
{
    (void)state;
    channels_init(&ch);
    setenv("LC_ALL", "C.UTF-8", 1);
    return mkdtemp(dir) && chdir(dir) == 0 && setenv("HOME", dir, 1) == 0 ? 0 : -1;
}

static int remove_it(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    channels_release(&ch);
    return chdir("/") == 0 ? nftw(dir, remove_it, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

static int end_test(void **state)
{
    (void)state;
    vt = vt_free(vt);
    return 0;
}

/* ---- frames of the farm ---- */

struct field {
    size_t at; /* of its reference in the record */
    const char *marker;
    const char *column; /* that shows it; NULL: none does */
    enum {
        EITHER,
        PENDING,
        RUNNING
    } of; /* which jobs have it: one text stands in another's place */
};
#define AT(type, member) offsetof(struct type, member)

static const struct field job_fields[] = {{AT(job, name), "nm", "name", EITHER},
    {AT(job, user), "us", "user", EITHER}, {AT(job, partition), "pt", "partition", EITHER},
    {AT(job, account), "ac", "account", EITHER}, {AT(job, node_list), "nl", "node_list", EITHER},
    {AT(job, node_index), "ni", NULL, EITHER}, {AT(job, reason), "re", "reason", RUNNING},
    {AT(job, state_desc), "sd", "reason", PENDING},
    {AT(job, dependency), "de", "dependency", EITHER},
    {AT(job, features), "fe", "features", EITHER}, {AT(job, req_nodes), "rn", NULL, EITHER},
    {AT(job, array_tasks), "at", "job", PENDING}, {AT(job, batch_host), "bh", "batch_host", EITHER},
    {AT(job, work_dir), "/wd", "work_dir", EITHER}, {AT(job, command), "/sc", "command", EITHER},
    {AT(job, std_out), "/so", "stdout", EITHER}, {AT(job, std_err), "/se", "stderr", EITHER}};
_Static_assert(
    KF_LEN(job_fields) ==
        (offsetof(struct job, std_err) - offsetof(struct job, name)) / sizeof(strref) + 1,
    "each text of a job");

static const struct field node_fields[] = {{AT(node, hostname), "hn", NULL, EITHER},
    {AT(node, name), "no", "name", EITHER}, {AT(node, state_text), "st", "sinfo", EITHER},
    {AT(node, partitions), "np", "partitions", EITHER}, {AT(node, reason), "nr", "reason", EITHER},
    {AT(node, reason_user), "ru", "reason_user", EITHER},
    {AT(node, features), "nf", "features", EITHER}, {AT(node, version), "nv", "version", EITHER},
    {AT(node, os), "os", "os", EITHER}, {AT(node, address), "ad", "address", EITHER},
    {AT(node, gres), "gr", "gres", EITHER}};
_Static_assert(
    KF_LEN(node_fields) ==
        (offsetof(struct node, gres) - offsetof(struct node, hostname)) / sizeof(strref) + 1,
    "each text of a node");

static const struct field partition_fields[] = {{AT(partition, name), "pa", "name", EITHER},
    {AT(partition, node_list), "pl", "node_list", EITHER},
    {AT(partition, qos), "qo", "qos", EITHER},
    {AT(partition, allow_groups), "gp", "groups", EITHER},
    {AT(partition, allow_accounts), "aa", NULL, EITHER}};
_Static_assert(KF_LEN(partition_fields) ==
                   (offsetof(struct partition, allow_accounts) - offsetof(struct partition, name)) /
                           sizeof(strref) +
                       1,
    "each text of a partition");

static bool has_field(const struct field *f, bool running)
{
    return f->of == EITHER || f->of == (running ? RUNNING : PENDING);
}

/* Sequence i in all texts of a record, which is added. */
static void add_record(
    struct draft *d, void *record, const struct field *fields, size_t count, bool running, size_t i)
{
    for (size_t f = 0; f < count; f++) {
        char one[CHANNELS_ONE];
        strref ref;

        if (!has_field(&fields[f], running))
            continue;
        ref = draft_str(d, channels_one(&ch, fields[f].marker, i, one));
        memcpy((char *)record + fields[f].at, &ref, sizeof(ref));
    }
    draft_add(d, record);
}

/* A job for each sequence, pending as a part of an array or running; and one whose log is followed. */
static void put_jobs(bool running, struct buf *out)
{
    struct draft d = draft_new(sizeof(struct job));
    struct job plain = {.job_id = PLAIN,
        .state = JOB_STATE_RUNNING,
        .batch = 1,
        .start_time = BEGIN_S - 60,
        .name = draft_str(&d, "plain"),
        .std_out = draft_str(&d, LOG),
        .std_err = draft_str(&d, LOG)};

    draft_add(&d, &plain);
    for (size_t i = 0; i < ch.count; i++) {
        struct job j = {.job_id = JOBS + (uint32_t)i,
            .array_job_id = JOBS + (uint32_t)i,
            .has = running ? 0 : JOB_HAS_ARRAY,
            .state = running ? JOB_STATE_RUNNING : JOB_STATE_PENDING,
            .batch = 1,
            .submit_time = BEGIN_S - 100,
            .start_time = running ? BEGIN_S - 60 : 0};

        add_record(&d, &j, job_fields, KF_LEN(job_fields), running, i);
    }
    draft_write(&d, WIRE_JOBS, BEGIN_S * 1000ll, out);
    draft_release(&d);
}

static void put_nodes(struct buf *out)
{
    struct draft d = draft_new(sizeof(struct node));

    for (size_t i = 0; i < ch.count; i++) {
        struct node n = {.index = (uint32_t)i,
            .state = NODE_STATE_IDLE_,
            .flags = NODE_FLAG_DRAIN,
            .cpus = 4,
            .reason_time = BEGIN_S - 1000};

        add_record(&d, &n, node_fields, KF_LEN(node_fields), false, i);
    }
    draft_write(&d, WIRE_NODES, BEGIN_S * 1000ll, out);
    draft_release(&d);
}

static void put_partitions(struct buf *out)
{
    struct draft d = draft_new(sizeof(struct partition));

    for (size_t i = 0; i < ch.count; i++) {
        struct partition p = {.total_nodes = 1};

        add_record(&d, &p, partition_fields, KF_LEN(partition_fields), false, i);
    }
    draft_write(&d, WIRE_PARTITIONS, BEGIN_S * 1000ll, out);
    draft_release(&d);
}

/* Its texts, all the same. */
static void put_cluster(const char *text, struct buf *out)
{
    size_t at = wire_begin(out, WIRE_CLUSTER, 1, BEGIN_S * 1000ll);

    for (int i = 0; i < 4; i++) /* name, controller, version, configuration */
        wire_put_str(out, text);
    for (int i = 0; i < 3; i++)
        wire_put_u32(out, 0);
    wire_put_str(out, text); /* who looks */
    wire_put_i64(out, BEGIN_S);
    wire_end(out, at);
}

static void put_health(bool well, const char *message, struct buf *out)
{
    enum section_result results[SECTION_COUNT];

    for (int i = 0; i < SECTION_COUNT; i++)
        results[i] = well ? SECTION_LOADED : SECTION_FAILED;
    write_health(results, message, BEGIN_S * 1000ll, out);
}

/* What the logs of all jobs say. */
static void put_builds(struct buf *out)
{
    for (size_t i = 0; i < ch.count; i++) {
        struct buildinfo info = {
            .job_id = JOBS + (uint32_t)i, .complete = true, .steps = 1, .rate = -1};
        char one[CHANNELS_ONE];
        int64_t time_ms = BEGIN_S * 1000ll; /* not that of this moment */
        size_t at;

        snprintf(info.first, sizeof(info.first), "%s", channels_one(&ch, "er", i, one));
        snprintf(info.message, sizeof(info.message), "%s", channels_one(&ch, "ms", i, one));
        snprintf(info.last, sizeof(info.last), "%s", channels_one(&ch, "ls", i, one));
        at = out->len;
        buildinfo_put(out, &info);
        memcpy(out->p + at + offsetof(struct wire_head, time_ms), &time_ms, sizeof(time_ms));
    }
}

static void write_farm(bool running)
{
    struct buf b = BUF_INIT;

    put_cluster("cluster", &b);
    put_jobs(running, &b);
    put_nodes(&b);
    put_partitions(&b);
    put_health(true, "", &b);
    if (running)
        put_builds(&b);
    channels_write(FILE_, &b);
    buf_release(&b);
}

/* ---- the program ---- */

static void see(const char *text)
{
    if (!vt_wait_text(vt, text, MS))
        fail_msg("\"%s\" did not come to the screen", text);
}

static void press(const char *keys, const char *seen)
{
    assert_true(vt_keys(vt, keys));
    if (seen)
        see(seen);
    vt_wait_quiet(vt, 40, MS);
}

static void open_top(bool ascii)
{
    static const char *const plain[] = {"LC_ALL=C", NULL};
    const char *const argv[] = {KFARM_TOP, "--replay", FILE_, NULL};

    vt = vt_spawn(&(struct vt_options){.argv = argv,
        .env = ascii ? plain : NULL,
        .cols = COLS,
        .rows = ROWS,
        .record = &ch.record});
    assert_non_null(vt);
    see("recording");
}

static void quit(void)
{
    int status = -1;

    assert_true(vt_keys(vt, "<F10>"));
    assert_true(vt_wait_exit(vt, MS, &status));
    assert_int_equal(status, 0);
    vt = vt_free(vt);
}

static bool shows_all(struct vt *of, void *marker)
{
    const char *screen = vt_screen_text(of);
    bool all = true;

    for (size_t i = 0; i < ch.count && all; i++) {
        char text[32];

        snprintf(text, sizeof(text), "%s%03zu" SEQUENCES_OPEN, (const char *)marker, i);
        all = channels_newline(&ch, i) || strstr(screen, text) != NULL;
    }
    return all;
}

/* On the screen: of rows that are alike the terminal gets only what differs. */
static void all_are_shown(const char *marker)
{
    char of[8];

    snprintf(of, sizeof(of), "%s", marker);
    if (!vt_wait_match(vt, shows_all, of, MS))
        fail_msg("not all of %s came to the screen", marker);
}

/* ---- the tables ---- */

/* Every column that shows a text, two at a time: they are as wide as they may be. */
static void look_at_columns(
    const char *first, const struct field *fields, size_t count, bool running)
{
    for (size_t f = 0; f < count; f++) {
        char keys[120];

        if (fields[f].column == NULL || !has_field(&fields[f], running))
            continue;
        snprintf(keys, sizeof(keys), ":columns %s,%s<Enter>", first, fields[f].column);
        press(keys, NULL);
        all_are_shown(fields[f].marker);
    }
}

static void look_at_details(void)
{
    press("<Enter>", "Esc closes");
    press("<PgDn>", NULL);
    press("<Esc>", NULL);
}

/* Names that Tab offers. */
static void complete_names(void)
{
    static const char *const typed[] = {
        "/user:", "/partition:", "/account:", "/features:", "/reason:", "<F3>name:"};

    for (size_t i = 0; i < KF_LEN(typed); i++) {
        press(typed[i], NULL);
        for (int k = 0; k < 12; k++)
            assert_true(vt_keys(vt, "<Tab>"));
        press("<Esc>", NULL);
        press("<Esc>", NULL);
        press("3", "Queue ");
    }
}

static void look_at_tables(bool running)
{
    press("3", "Queue ");
    look_at_columns("job_id", job_fields, KF_LEN(job_fields), running);
    if (!running)
        complete_names();
    press(":columns job_id,why<Enter>", "NODE/WHY");
    look_at_details();
    press("2", "Nodes ");
    look_at_columns("name", node_fields, KF_LEN(node_fields), running);
    look_at_details();
    press("4", "Partitions ");
    all_are_shown("pa");
    press("5", "Builds ");
    if (running)
        all_are_shown("nm");
    press("3", "Queue ");
    if (running) {
        press(":columns job_id,first_error<Enter>", "FIRST ERROR");
        all_are_shown("er");
        press(":columns job_id,last_step<Enter>", "LAST STEP");
        all_are_shown("ls");
    }
    press("1", "Nodes ");
    quit();
}

static void test_tables(void **state)
{
    (void)state;
    for (int running = 0; running < 2; running++) {
        write_farm(running);
        for (int ascii = 0; ascii < 2; ascii++) {
            open_top(ascii);
            look_at_tables(running);
            channels_clean(&ch, running ? "running jobs" : "pending jobs", ascii, 0);
        }
    }
}

/* ---- without the screen ---- */

static void print_fields(const char *what, const struct field *fields, size_t count, bool running)
{
    static const char *const formats[] = {"text", "csv", "json"};
    struct buf columns = BUF_INIT, out = BUF_INIT, err = BUF_INIT;

    for (size_t f = 0; f < count; f++)
        if (fields[f].column && has_field(&fields[f], running))
            buf_addf(&columns, "%s%s", columns.len ? "," : "", fields[f].column);
    for (size_t i = 0; i < KF_LEN(formats); i++) {
        const char *const argv[] = {KFARM_TOP, "--once", what, "--replay", FILE_, "--format",
            formats[i], "--columns", buf_str(&columns), NULL};

        assert_int_equal(
            program_run(&(struct program){.argv = argv, .terminal = true}, &out, &err), 0);
        buf_add(&ch.record, out.p, out.len);
        for (size_t f = 0; f < count; f++)
            if (fields[f].column && has_field(&fields[f], running))
                channels_reached_list(
                    &ch, CHANNELS_ALL, (const char *const[]){fields[f].marker, NULL});
        channels_clean(&ch, formats[i], false, 0);
    }
    buf_release(&columns);
    buf_release(&out);
    buf_release(&err);
}

static void test_once(void **state)
{
    (void)state;
    for (int running = 0; running < 2; running++) {
        write_farm(running);
        print_fields("jobs", job_fields, KF_LEN(job_fields), running);
    }
    print_fields("nodes", node_fields, KF_LEN(node_fields), false);
    print_fields("partitions", partition_fields, KF_LEN(partition_fields), false);
}

/* ---- what there is one of ---- */

static void put_silent(const char *text, struct buf *out)
{
    size_t at = wire_begin(out, WIRE_LOG_SILENT, 0, BEGIN_S * 1000ll);

    wire_put_u32(out, 1);
    wire_put_str(out, text);
    wire_put_i64(out, BEGIN_S * 1000ll);
    wire_end(out, at);
}

/* Guards the head: cluster, controller, version, Slurm's own words; and the file server that does not answer. */
static void test_heads(void **state)
{
    struct buf text = BUF_INIT, b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < ch.count;) {
        i = channels_some(&ch, CHANNELS_ALL, "h", i, 55, &text);
        buf_clear(&b);
        put_cluster(buf_str(&text), &b);
        put_jobs(true, &b);
        put_health(true, "", &b);
        put_silent(buf_str(&text), &b);
        put_health(false, buf_str(&text), &b);
        channels_write(FILE_, &b);
        open_top(false);
        press("5", "no word of the logs on ");
        press("m", "Slurm: ");
        quit();
    }
    channels_reached(&ch, "h");
    channels_clean(&ch, "heads", false, 0);
    buf_release(&text);
    buf_release(&b);
}

/* ---- a log ---- */

static void put_lines(struct buf *out)
{
    for (size_t i = 0; i < ch.count; i++) {
        char one[CHANNELS_ONE];
        struct log_match match = {.level = LOG_ERROR};

        channels_one(&ch, "ll", i, one);
        logline_put(out, LOG_STDOUT, 0, &match, one, strlen(one));
    }
}

static size_t begin(struct buf *out, enum wire_type type, int second, uint32_t follow)
{
    size_t at = wire_begin(out, type, 0, (BEGIN_S + second) * 1000ll);

    wire_put_u32(out, follow);
    return at;
}

static void put_log(struct buf *out)
{
    size_t at = begin(out, WIRE_LOG_FOLLOW, 0, 1);
    char one[CHANNELS_ONE];

    wire_put_str(out, LOG);
    wire_put_str(out, LOG);
    wire_put_u32(out, 0);
    wire_end(out, at);
    at = begin(out, WIRE_LOG_STATE, 0, 1);
    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        wire_put_u8(out, LOG_OPEN);
        wire_put_u32(out, 0);
        wire_put_i64(out, 1000);
        wire_put_i64(out, BEGIN_S);
        wire_put_u8(out, 0);
    }
    wire_put_u8(out, 1);
    wire_put_u32(out, LOG_LEVEL_COUNT);
    for (int i = 0; i < LOG_LEVEL_COUNT; i++)
        wire_put_i64(out, 10);
    wire_put_u32(out, (uint32_t)ch.count);
    for (size_t i = 0; i < ch.count; i++) {
        wire_put_str(out, channels_one(&ch, "tg", i, one));
        wire_put_i64(out, 1);
    }
    wire_end(out, at);
    at = begin(out, WIRE_LOG_LINES, 0, 1);
    wire_put_u32(out, (uint32_t)ch.count);
    put_lines(out);
    wire_end(out, at);
}

static void put_diagnostics(int second, uint32_t follow, struct buf *out)
{
    size_t at = begin(out, WIRE_LOG_DIAG_LIST, second, follow);
    char one[CHANNELS_ONE];

    wire_put_i64(out, (int64_t)ch.count);
    wire_put_i64(out, 0);
    wire_put_u8(out, 1);
    wire_put_u32(out, (uint32_t)ch.count);
    for (size_t i = 0; i < ch.count; i++) {
        wire_put_u8(out, LOG_ERROR);
        wire_put_u8(out, i == 0);
        wire_put_u8(out, LOG_STDOUT);
        wire_put_i64(out, (int64_t)i + 1);
        wire_put_str(out, channels_one(&ch, "ds", i, one));
        wire_put_i64(out, 3);
        wire_put_i64(out, 1);
        wire_put_str(out, channels_one(&ch, "dm", i, one));
        wire_put_str(out, channels_one(&ch, "df", i, one));
        wire_put_i64(out, 1);
    }
    wire_end(out, at);
}

/* The answers to all questions for a source that there may be; a replay asks none. */
static void put_sources(int second, uint32_t follow, struct buf *out)
{
    for (uint32_t asked = 1; asked <= NUMBERS; asked++) {
        size_t at = begin(out, WIRE_LOG_SOURCE_LINES, second, follow);
        char one[CHANNELS_ONE];

        wire_put_u32(out, asked);
        wire_put_str(out, buf_str(&ch.whole));
        wire_put_u32(out, 0);
        wire_put_u32(out, 0);
        wire_put_i64(out, 1);
        wire_put_u32(out, (uint32_t)ch.count);
        for (size_t i = 0; i < ch.count; i++)
            wire_put_str(out, channels_one(&ch, "sl", i, one));
        wire_end(out, at);
    }
}

/* The same for the views of a whole file. */
static void put_pages(int second, uint32_t follow, struct buf *out)
{
    for (uint32_t view = 1; view <= NUMBERS; view++) {
        size_t at = begin(out, WIRE_LOG_VIEW_STATE, second, follow);

        wire_put_u32(out, view);
        for (int i = 0; i < 4; i++) /* places, lines, bytes read, and of how many */
            wire_put_i64(out, (int64_t)ch.count);
        for (int i = 0; i < 3; i++)
            wire_put_u32(out, 0);
        wire_put_i64(out, 0);
        wire_put_u8(out, 1);
        wire_end(out, at);
        at = begin(out, WIRE_LOG_PAGE, second, follow);
        wire_put_u32(out, view);
        wire_put_i64(out, 0);
        wire_put_u32(out, (uint32_t)ch.count);
        for (size_t i = 0; i < ch.count; i++) {
            char one[CHANNELS_ONE];
            struct log_match match = {.level = LOG_WARNING};

            wire_put_i64(out, (int64_t)i);
            channels_one(&ch, "pg", i, one);
            logline_put(out, LOG_STDOUT, 0, &match, one, strlen(one));
        }
        wire_end(out, at);
    }
}

/* Files that a log was saved to, or was not, and whose the log is. */
static void put_places(struct buf *out)
{
    struct buf text = BUF_INIT;

    for (size_t i = 0; i < ch.count;) {
        i = channels_some(&ch, CHANNELS_ALL, "sv", i, CHANNELS_NAME, &text);
        for (int failed = 0; failed < 2; failed++) {
            size_t at = begin(out, WIRE_LOG_SAVED, 0, 1);

            wire_put_u32(out, 1);
            wire_put_u32(out, failed ? 5 : 0);
            wire_put_i64(out, 1000);
            wire_put_str(out, failed ? "" : buf_str(&text));
            wire_put_str(out, failed ? buf_str(&text) : "");
            wire_end(out, at);
        }
    }
    for (uint32_t follow = 1; follow <= FOLLOWS; follow++) {
        size_t at = begin(out, WIRE_LOG_PLACES, 1, follow);

        for (int i = 0; i < LOG_STREAM_COUNT; i++) {
            wire_put_str(out, buf_str(&ch.whole));
            wire_put_u32(out, 0);
        }
        wire_end(out, at);
    }
    buf_release(&text);
}

static void write_log(void)
{
    struct buf b = BUF_INIT;

    put_cluster("cluster", &b);
    put_jobs(true, &b);
    put_health(true, "", &b);
    put_log(&b);
    put_places(&b);
    for (int second = 1; second <= SECONDS; second++)
        for (uint32_t follow = 1; follow <= FOLLOWS; follow++) {
            put_diagnostics(second, follow, &b);
            put_sources(second, follow, &b);
            put_pages(second, follow, &b);
        }
    channels_write(FILE_, &b);
    buf_release(&b);
}

static void test_log(void **state)
{
    (void)state;
    write_log();
    for (int ascii = 0; ascii < 2; ascii++) {
        open_top(ascii);
        press("m", "Messages ");
        all_are_shown("sv");
        press("3", "Queue ");
        press(":7<Enter>", NULL);
        press("l", "Log of ");
        all_are_shown("ll");
        press("D", "a recording holds only the lines"); /* nor does it show what it has of them */
        press("g", NULL);
        press("<PgDn>", NULL);
        press("y", NULL);
        press("L", NULL);
        press("v", NULL);
        quit();
        channels_clean(&ch, "a log", ascii, 0);
    }
}

#define TEST(function) cmocka_unit_test_teardown(function, end_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tables),
        TEST(test_once),
        TEST(test_heads),
        TEST(test_log),
    };

    return cmocka_run_group_tests(tests, start, end);
}
