/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays as one row: heads, order, selection, marks, and what a verb then means. */
#include "tui/arrays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/snapshots.h"
#include "tui/app.h"
#include "tui/keys.h"

#define ARRAY 44

/* A record of the tests: of array 44 if it has a task or a list of them. */
struct record {
    uint32_t id;
    enum job_state state;
    int task; /* -1: none */
    const char *tasks; /* those that wait together */
    bool held;
};

static void add_records(struct draft *d, const struct record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &records[i];
        struct job j = {.job_id = r->id,
            .state = (uint16_t)r->state,
            .priority = r->held ? 0 : 100,
            .has = JOB_HAS_PRIORITY,
            .start_time = r->state == JOB_STATE_PENDING ? 0 : 500 + r->id,
            .end_time = r->state > JOB_STATE_SUSPENDED ? 900 : 0,
            .batch = 1,
            .requeue = 1,
            .name = draft_str(d, "matrix"),
            .user = draft_str(d, "ana")};

        if (r->task >= 0 || r->tasks) {
            j.has |= JOB_HAS_ARRAY | (r->task >= 0 ? JOB_HAS_TASK : 0u);
            j.array_job_id = ARRAY;
            j.array_task_id = r->task >= 0 ? (uint32_t)r->task : 0;
            j.array_tasks = r->tasks ? draft_str(d, r->tasks) : 0;
        }
        draft_add(d, &j);
    }
}

static struct snapshot *snapshot_with(const struct record *records, size_t count)
{
    struct draft d = draft_new(sizeof(struct job));
    struct snapshot *s;

    add_records(&d, records, count);
    s = snapshot_of(&d, NULL, NULL);
    draft_release(&d);
    return s;
}

/* One job before and one behind an array of ten: 4-9 wait, 0 runs, 1 failed, 2 ended, 3 is held. */
static const struct record mixed[] = {
    {40, JOB_STATE_PENDING, -1, NULL, false},
    {44, JOB_STATE_PENDING, -1, "4-9%2", false},
    {45, JOB_STATE_RUNNING, 0, NULL, false},
    {46, JOB_STATE_FAILED, 1, NULL, false},
    {47, JOB_STATE_COMPLETED, 2, NULL, false},
    {48, JOB_STATE_PENDING, 3, NULL, true},
    {49, JOB_STATE_PENDING, -1, NULL, false},
};

static void assert_order(const struct snapshot *s, const struct order *o, const char *expected)
{
    struct buf b = BUF_INIT;

    for (uint32_t i = 0; i < o->job_count; i++)
        buf_addf(&b, "%s%u", i ? " " : "", s->jobs[o->jobs[i]].job_id);
    assert_string_equal(buf_str(&b), expected);
    buf_release(&b);
}

static void get_text(
    const struct snapshot *s, const struct order *o, uint32_t row, const char *name, char *out)
{
    struct row r = column_row(COLUMNS_JOBS, s, o, 1000, row);

    column_text(
        &columns_jobs.columns[column_find(&columns_jobs, name, strlen(name))], &r, out, 128);
}

/* ---- rows ---- */

static void test_folded_row(void **state)
{
    struct folds folds = {0};
    const struct order_by by = {.jobs = -1, .nodes = -1, .folds = &folds};
    struct snapshot *s = snapshot_with(mixed, KF_LEN(mixed));
    struct order o = {0};
    const struct array *of;
    char text[128];

    (void)state;
    order_build(&o, s, &by, 1000, REFRESH_ALL);
    assert_order(s, &o, "44 40 49"); /* it runs: so it stands with what runs */
    assert_int_equal(o.job_matches, 7);
    of = arrays_folded(&o.arrays, o.jobs[0]);
    assert_non_null(of);
    assert_int_equal(of->count, 5);
    assert_int_equal(of->task_count, 10);
    get_text(s, &o, o.jobs[0], "job", text);
    assert_string_equal(text, "44_[0-9]");
    get_text(s, &o, o.jobs[0], "why", text);
    assert_string_equal(text, "10 tasks: 1 F 1 R 6 PD 1 held 1 done");
    get_text(s, &o, o.jobs[0], "st", text);
    assert_string_equal(text, "F"); /* a failure matters more than that it runs */
    get_text(s, &o, o.jobs[0], "time", text);
    assert_string_equal(text, "");
    get_text(s, NULL, o.jobs[0], "job", text); /* the record itself, as --once shows it */
    assert_string_equal(text, "44_[4-9%2]");
    assert_null(arrays_of(&o.arrays, 0));
    assert_null(arrays_of(&o.arrays, 7));
    assert_null(arrays_find(&o.arrays, 45));
    order_release(&o);
    snapshot_free(s);
}

static void test_unfolded_rows(void **state)
{
    struct folds folds = {0};
    struct order_by by = {.jobs = -1, .nodes = -1, .folds = &folds};
    struct snapshot *s = snapshot_with(mixed, KF_LEN(mixed));
    struct order o = {0};
    char text[128];

    (void)state;
    folds_set(&folds, ARRAY, false);
    order_build(&o, s, &by, 1000, REFRESH_ALL);
    assert_order(s, &o, "44 45 46 47 48 40 49"); /* by task, whatever they do */
    get_text(s, &o, o.jobs[0], "job", text);
    assert_string_equal(text, "44_[4-9%2]");
    get_text(s, &o, o.jobs[1], "job", text);
    assert_string_equal(text, "  44_0");
    by.jobs_descending = true;
    order_build(&o, s, &by, 1000, REFRESH_ALL);
    assert_order(s, &o, "49 40 44 45 46 47 48"); /* the head stays on top */
    by = (struct order_by){
        .jobs = column_find(&columns_jobs, "st", 2), .nodes = -1, .folds = &folds};
    order_build(&o, s, &by, 1000, REFRESH_ALL);
    assert_order(s, &o, "47 46 40 44 48 49 45"); /* a column has its own order */
    folds_set_all(&folds, true);
    order_build(&o, s, &by, 1000, REFRESH_ALL);
    assert_order(s, &o, "44 40 49");
    by = (struct order_by){.jobs = -1, .nodes = -1};
    order_build(&o, s, &by, 1000, REFRESH_ALL);
    assert_order(s, &o, "45 40 44 49 48 46 47"); /* nobody asked for folding: records */
    folds_release(&folds);
    order_release(&o);
    snapshot_free(s);
}

/* The head is of the records that fit a filter, and all that fit are told. */
static void test_filter_is_for_records(void **state)
{
    struct folds folds = {0};
    struct filter *f = filter_new(COLUMNS_JOBS, "!state=pending", NULL);
    const struct order_by by = {.jobs = -1, .nodes = -1, .folds = &folds, .job_filter = f};
    struct snapshot *s = snapshot_with(mixed, KF_LEN(mixed));
    struct order o = {0};
    char text[128];

    (void)state;
    order_build(&o, s, &by, 1000, REFRESH_ALL);
    assert_order(s, &o, "45");
    assert_int_equal(o.job_matches, 3);
    get_text(s, &o, o.jobs[0], "job", text);
    assert_string_equal(text, "44_[0-2]");
    get_text(s, &o, o.jobs[0], "why", text);
    assert_string_equal(text, "3 tasks: 1 F 1 R 1 done");
    filter_free(f);
    order_release(&o);
    snapshot_free(s);
}

/* An array of one record is that record. */
static void test_lone_record(void **state)
{
    static const struct record lone[] = {{44, JOB_STATE_PENDING, -1, "0-9", false}};
    struct folds folds = {0};
    const struct order_by by = {.jobs = -1, .nodes = -1, .folds = &folds};
    struct snapshot *s = snapshot_with(lone, KF_LEN(lone));
    struct order o = {0};

    (void)state;
    order_build(&o, s, &by, 1000, REFRESH_ALL);
    assert_order(s, &o, "44");
    assert_null(arrays_folded(&o.arrays, 0));
    assert_non_null(arrays_of(&o.arrays, 0));
    order_release(&o);
    snapshot_free(s);
}

static void test_label_without_room(void **state)
{
    static const struct record odd[] = {{44, JOB_STATE_PENDING, -1, "1,3,5,7,9,11,13", false},
        {45, JOB_STATE_RUNNING, 0, NULL, false}};
    struct folds folds = {0};
    const struct order_by by = {.jobs = -1, .nodes = -1, .folds = &folds};
    struct snapshot *s = snapshot_with(odd, KF_LEN(odd));
    struct order o = {0};
    char text[128];

    (void)state;
    order_build(&o, s, &by, 1000, REFRESH_ALL);
    get_text(s, &o, o.jobs[0], "job", text);
    assert_string_equal(text, "44_[…]");
    order_release(&o);
    snapshot_free(s);
}

static void test_folds(void **state)
{
    struct folds f = {0};

    (void)state;
    assert_true(folds_folded(&f, 1));
    folds_set(&f, 1, false);
    assert_false(folds_folded(&f, 1));
    assert_true(folds_folded(&f, 2));
    folds_set_all(&f, false);
    assert_false(folds_folded(&f, 2));
    folds_set(&f, 2, true);
    assert_true(folds_folded(&f, 2));
    assert_false(folds_folded(&f, 3)); /* those that come later, too */
    folds_set(&f, 2, false);
    folds_set_all(&f, true);
    assert_true(folds_folded(&f, 2));
    folds_release(&f);
}

/* ---- the program ---- */

struct world {
    uv_loop_t loop;
    struct app *app;
};

static int on_fed(void *user, const struct wire_frame *frame)
{
    return app_source_events.frame(user, frame);
}

/* The controller answers with these records. */
static void answer(struct world *w, const struct record *records, size_t count)
{
    static const enum section_result results[SECTION_COUNT] = {
        SECTION_NOT_ASKED, SECTION_LOADED, SECTION_NOT_ASKED, SECTION_NOT_ASKED};
    struct draft d = draft_new(sizeof(struct job));
    struct wire_stream stream = {0};
    struct buf b = BUF_INIT;

    add_records(&d, records, count);
    draft_write(&d, WIRE_JOBS, 1000, &b);
    write_health(results, "", 1000, &b);
    for (size_t done = 0; done < b.len;) {
        char *room;
        size_t n = KF_MIN(b.len - done, wire_stream_room(&stream, &room));

        memcpy(room, b.p + done, n);
        assert_int_equal(wire_stream_fed(&stream, n, on_fed, w->app), 0);
        done += n;
    }
    wire_stream_release(&stream);
    buf_release(&b);
    draft_release(&d);
}

static int begin(void **state)
{
    static const struct app_options options = {.refresh_ms = 1000};
    struct world *w = xcalloc(1, sizeof(*w));

    uv_loop_init(&w->loop);
    w->app = app_new(&w->loop, &options);
    app_attach(w->app, source_replay(SOURCE_DIR "/tests/golden/arrays.rec", &w->app->clock,
                           &app_source_events, w->app, NULL));
    w->app->audit.path[0] = '\0';
    w->app->view = VIEW_QUEUE;
    snprintf(w->app->snapshot->cluster.name, sizeof(w->app->snapshot->cluster.name), "c");
    w->app->options.dry_run = true; /* a recording lets nothing be asked otherwise */
    answer(w, mixed, KF_LEN(mixed));
    *state = w;
    return 0;
}

static int end(void **state)
{
    struct world *w = *state;

    app_free(w->app);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    uv_loop_close(&w->loop);
    free(w);
    return 0;
}

static void press(struct world *w, const char *names)
{
    for (const char *at = names; *at;) {
        size_t n = strcspn(at, " ");

        app_key(w->app, keys_parse(at, n));
        at += n + (at[n] == ' ');
    }
}

static void type(struct world *w, const char *text)
{
    for (; *text; text++)
        app_key(w->app, (uint8_t)*text);
    press(w, "Enter");
}

static void assert_selected(struct world *w, uint32_t job)
{
    const struct app *a = w->app;

    assert_int_equal(a->queue.selected, job);
    assert_int_equal(a->snapshot->jobs[a->order.jobs[a->queue.cursor]].job_id, job);
}

/* While tasks start and end, and the record of those that wait becomes the last of them and goes, the
   array stays selected. */
static void test_selection_stays(void **state)
{
    static const struct record before[] = {{43, JOB_STATE_PENDING, -1, NULL, false},
        {44, JOB_STATE_PENDING, -1, "0-2", false}},
                               started[] = {{43, JOB_STATE_PENDING, -1, NULL, false},
                                   {44, JOB_STATE_PENDING, -1, "1-2", false},
                                   {45, JOB_STATE_RUNNING, 0, NULL, false}},
                               all[] = {{43, JOB_STATE_PENDING, -1, NULL, false},
                                   {44, JOB_STATE_RUNNING, 2, NULL, false},
                                   {45, JOB_STATE_COMPLETED, 0, NULL, false},
                                   {46, JOB_STATE_RUNNING, 1, NULL, false}},
                               gone[] = {{43, JOB_STATE_RUNNING, -1, NULL, false},
                                   {46, JOB_STATE_RUNNING, 1, NULL, false},
                                   {47, JOB_STATE_COMPLETED, 3, NULL, false}};
    struct world *w = *state;

    answer(w, before, KF_LEN(before));
    press(w, "End");
    assert_selected(w, 44);
    answer(w, started, KF_LEN(started));
    assert_selected(w, 44);
    answer(w, all, KF_LEN(all));
    assert_selected(w, 44);
    answer(w, gone, KF_LEN(gone));
    assert_selected(w, 46);
}

static void test_folding_selects_the_head(void **state)
{
    struct world *w = *state;

    press(w, "Home a Down Down");
    assert_selected(w, 46);
    answer(w, mixed, KF_LEN(mixed)); /* unfolded, it stays where it is */
    assert_selected(w, 46);
    press(w, "a");
    assert_selected(w, 44);
    press(w, "A Down");
    assert_selected(w, 45);
    press(w, "A");
    assert_selected(w, 44);
    assert_int_equal(w->app->order.job_count, 3);
}

/* A mark never means more than when it was set. */
static void test_marks(void **state)
{
    struct world *w = *state;
    struct marks *marks = &w->app->job_marks;

    press(w, "Home Space");
    assert_int_equal(marks_count(marks), 1);
    press(w, "Home a"); /* all of it was marked, so each of its rows is */
    assert_int_equal(marks_count(marks), 5);
    press(w, "a");
    assert_int_equal(marks_count(marks), 1);
    assert_true(marks_has(marks, 44));
    press(w, "a Home Space a"); /* the head's record alone is not */
    assert_int_equal(marks_count(marks), 0);
}

/* ---- verbs ---- */

static struct targets gather(struct world *w, enum action_verb verb)
{
    assert_null(act_blocked(w->app, verb));
    return targets_gather(w->app, verb);
}

/* A verb on the row is about the array, if it can work on any of its tasks; those are counted. */
static void test_targets_of_a_folded_row(void **state)
{
    static const struct {
        enum action_verb verb;
        uint32_t tasks;
    } rows[] = {{ACTION_JOB_CANCEL, 8}, {ACTION_JOB_HOLD, 6}, {ACTION_JOB_RELEASE, 1},
        {ACTION_JOB_SIGNAL, 1}, {ACTION_JOB_REQUEUE, 3}, {ACTION_JOB_TIME_LIMIT, 8}};
    struct world *w = *state;
    struct targets t;

    press(w, "Home");
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        t = gather(w, rows[i].verb);
        assert_int_equal(t.count, 1);
        assert_string_equal(t.v[0].id, "44");
        assert_int_equal(t.v[0].array_job_id, ARRAY);
        assert_int_equal(t.tasks, rows[i].tasks);
        assert_int_equal(t.hidden, 0);
        targets_release(&t);
    }
    assert_string_equal(act_blocked(w->app, ACTION_JOB_RESUME), "the job does not run yet");
    press(w, "a Down"); /* unfolded, about one */
    t = gather(w, ACTION_JOB_CANCEL);
    assert_string_equal(t.v[0].id, "44_0");
    assert_int_equal(t.tasks, 1);
    targets_release(&t);
}

static void test_targets_of_marked_rows(void **state)
{
    struct world *w = *state;
    struct targets t;

    press(w, "Home Ctrl-A");
    t = gather(w, ACTION_JOB_CANCEL);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.tasks, 10);
    assert_string_equal(t.v[1].id, "44");
    targets_release(&t);
    press(w, "U /");
    type(w, "state=pending");
    press(w, "Home Down");
    assert_selected(w, 44);
    t = gather(
        w, ACTION_JOB_CANCEL); /* the array, and it is told that the filter hides one that runs */
    assert_int_equal(t.tasks, 8);
    assert_int_equal(t.hidden, 1);
    targets_release(&t);
}

/* ---- some of the tasks ---- */

static const struct action_target *asked(struct world *w)
{
    assert_int_equal(w->app->actions.ask.targets.count, 1);
    return &w->app->actions.ask.targets.v[0];
}

static void test_range(void **state)
{
    struct world *w = *state;
    struct dialog *d = &w->app->dialog;

    press(w, "Home c");
    assert_string_equal(
        d->question, "Cancel array 44 ‘matrix’ of ana, 8 tasks? Type 8 to confirm:");
    press(w, "Ctrl-T");
    assert_non_null(strstr(d->question, "Which tasks of array 44? (0-9)"));
    type(w, "5-20");
    assert_string_equal(d->error, "array 44 has no task 10; it has 0-9");
    press(w, "Ctrl-U");
    type(w, "1-2");
    assert_string_equal(d->error, "the job has ended");
    press(w, "Ctrl-U");
    type(w, "5-,2");
    assert_non_null(strstr(d->error, "a range is FIRST-LAST"));
    press(w, "Ctrl-U");
    type(w, "5-7,9");
    assert_string_equal(asked(w)->id, "44_[5-7,9]");
    assert_int_equal(w->app->actions.ask.targets.tasks, 4);
    press(w, "Ctrl-T");
    type(w, "0-4:2"); /* 2 has ended: it is left out, and not named */
    assert_string_equal(asked(w)->id, "44_[0,4]");
    assert_int_equal(w->app->actions.ask.targets.left_out, 1);
    press(w, "Ctrl-T");
    type(w, "all");
    assert_string_equal(asked(w)->id, "44");
    press(w, "Ctrl-T");
    type(w, "7");
    assert_string_equal(asked(w)->id, "44_7");
    assert_int_equal(d->kind, DIALOG_CONFIRM);
    press(w, "a");
    assert_string_equal(asked(w)->id, "44");
}

/* In a confirmation a and t, in a prompt Ctrl-T alone; on a job of no array none of them. */
static void test_answers(void **state)
{
    struct world *w = *state;
    struct dialog *d = &w->app->dialog;

    press(w, "Home a Down c");
    assert_int_equal(d->other_count, 2);
    assert_string_equal(d->others[0].what, "the whole array 44 (8 tasks)");
    press(w, "t");
    assert_int_equal(d->kind, DIALOG_PROMPT);
    press(w, "Esc Home p");
    assert_int_equal(d->other_count, 1);
    assert_string_equal(d->others[0].name, "Ctrl-T");
    press(w, "Esc Home t"); /* Slurm moves all that waits of an array together */
    assert_int_equal(d->kind, DIALOG_CONFIRM);
    for (int i = 0; i < d->other_count; i++)
        assert_true(d->others[i].key != 't');
    press(w, "Esc End c");
    assert_int_equal(d->kind, DIALOG_CONFIRM);
    assert_int_equal(d->other_count, 0);
}

/* Tasks that go while the question stands: the next one is about what is there. */
static void test_array_goes(void **state)
{
    static const struct record none[] = {{40, JOB_STATE_PENDING, -1, NULL, false}};
    struct world *w = *state;

    press(w, "Home c Ctrl-T");
    answer(w, none, KF_LEN(none));
    type(w, "4");
    assert_string_equal(w->app->dialog.error, "it is gone");
    press(w, "Esc");
    assert_selected(w, 40);
}

#define in_program(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folded_row),
        cmocka_unit_test(test_unfolded_rows),
        cmocka_unit_test(test_filter_is_for_records),
        cmocka_unit_test(test_lone_record),
        cmocka_unit_test(test_label_without_room),
        cmocka_unit_test(test_folds),
        in_program(test_selection_stays),
        in_program(test_folding_selects_the_head),
        in_program(test_marks),
        in_program(test_targets_of_a_folded_row),
        in_program(test_targets_of_marked_rows),
        in_program(test_range),
        in_program(test_answers),
        in_program(test_array_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
