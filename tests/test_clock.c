/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody sets the wall clock by an hour, forward or back, while the screen waits for answers, for the end of a time of
 * grace and for a message to go away. All of that must take as long as it does otherwise. The farm is a recorded one;
 * the source only counts what it is asked, and time is this test's.
 */
#include "base/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/action.h"
#include "backend/logproto.h"
#include "backend/source_impl.h"
#include "base/alloc.h"
#include "tests/program.h"
#include "tui/app.h"

#define HOUR_MS 3600000
#define STEP_MS 100

struct counted {
    struct source source;
    int refreshes, killed[3];
};

struct fixture {
    uv_loop_t loop;
    struct app *app;
    struct counted *source;
    struct canvas canvas;
    char dir[64];
};

static void count_send(struct source *s, const struct buf *frame)
{
    struct wire_head head;

    memcpy(&head, frame->p, sizeof(head));
    ((struct counted *)s)->refreshes += head.type == WIRE_REFRESH;
}

static void count_kill(struct source *s, enum source_role role)
{
    ((struct counted *)s)->killed[role]++;
}

static void count_free(struct source *s)
{
    free(s);
}

/* An app that has seen the recorded farm, and from now on asks the counting source. */
static int setup(void **state)
{
    static const struct source_ops ops = {
        .send = count_send, .kill = count_kill, .free = count_free};
    struct app_options options = {.refresh_ms = 2000, .grace_ms = 10000};
    struct fixture *f = xcalloc(1, sizeof(*f));
    struct diag d = DIAG_INIT;
    struct source *replay;

    snprintf(f->dir, sizeof(f->dir), "/tmp/kfarm-clock.XXXXXX");
    if (mkdtemp(f->dir) == NULL || uv_loop_init(&f->loop) != 0)
        return -1;
    setenv("XDG_CONFIG_HOME", f->dir, 1);
    setenv("XDG_STATE_HOME", f->dir, 1);
    setenv("HOME", f->dir, 1);
    canvas_init(&f->canvas, 160, 40);
    f->app = app_new(&f->loop, &options);
    replay = source_replay(
        SOURCE_DIR "/tests/golden/farm.rec", &f->app->clock, &app_source_events, f->app, &d);
    assert_non_null(replay);
    app_attach(f->app, replay);
    source_advance(replay, 3000);
    f->source = xcalloc(1, sizeof(*f->source));
    f->source->source.ops = &ops;
    app_attach(f->app, &f->source->source);
    source_free(replay);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    struct buf out = BUF_INIT, err = BUF_INIT;
    const char *argv[] = {"/bin/rm", "-r", f->dir, NULL};

    f->app = app_free(f->app);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    canvas_release(&f->canvas);
    assert_int_equal(program_run(&(struct program){.argv = argv}, &out, &err), 0);
    buf_release(&out);
    buf_release(&err);
    free(f);
    return 0;
}

/* Time passes, as the loop lets it. */
static void pass(struct fixture *f, int64_t ms)
{
    for (int64_t done = 0; done < ms; done += STEP_MS) {
        clock_advance(&f->app->clock, STEP_MS);
        app_tick(f->app);
    }
}

/* The controller's answer to the last question, with what is known already. */
static void answer(struct fixture *f)
{
    f->app->snapshot->health[SECTION_JOBS].fresh_ms =
        f->app->snapshot->health[SECTION_NODES].fresh_ms = app_now_ms(f->app);
    f->app->snapshot->wall_us = 1000;
    refresh_answered(&f->app->refresh, f->app->snapshot, app_steady_ms(f->app), app_now_ms(f->app));
}

static bool shows(struct fixture *f, const char *text)
{
    struct buf b = BUF_INIT;
    bool found;

    app_apply(f->app);
    app_draw(f->app, &f->canvas);
    f->app->reactions = 0;
    for (int y = 0; y < f->canvas.rows; y++) {
        for (int x = 0; x < f->canvas.cols; x++) {
            const struct cell *c = canvas_at(&f->canvas, x, y);

            buf_add(&b, c->text, c->len);
        }
        buf_addf(&b, "\n");
    }
    found = strstr(buf_str(&b), text) != NULL;
    buf_release(&b);
    return found;
}

/* Both ways, and not at all. */
static const int64_t jumps[] = {0, -HOUR_MS, HOUR_MS};

static void test_refresh_goes_on(void **state)
{
    struct fixture *f = *state;

    pass(f, 5000);
    answer(f); /* of the queue: the rest is asked for at once */
    for (size_t i = 0; i < KF_LEN(jumps); i++) {
        int before;

        pass(f, 5000);
        answer(f);
        before = f->source->refreshes;
        clock_step(&f->app->clock, jumps[i]);
        pass(f, 1500);
        assert_int_equal(f->source->refreshes, before);
        pass(f, 1000); /* the interval is over */
        assert_int_equal(f->source->refreshes, before + 1);
        assert_true(shows(f, " 2.5s ago"));
        clock_step(&f->app->clock, jumps[i]); /* while the answer is waited for */
        pass(f, 60000);
        assert_int_equal(f->source->killed[SOURCE_SLURM], 0);
        assert_true(app_stale(f->app));
        assert_true(shows(f, "no answer for 60"));
    }
    pass(f, 40000); /* no libslurm takes so long */
    assert_true(f->source->killed[SOURCE_SLURM] > 0);
}

static void test_grace_is_as_long(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < KF_LEN(jumps); i++) {
        struct act_ask ask = {.verb = ACTION_JOB_CANCEL};

        ask.targets = (struct targets){.v = xcalloc(2, sizeof(*ask.targets.v)), .count = 2};
        snprintf(ask.targets.v[0].id, sizeof(ask.targets.v[0].id), "1");
        snprintf(ask.targets.v[1].id, sizeof(ask.targets.v[1].id), "2");
        act_run(f->app, &ask);
        assert_true(act_in_grace(f->app));
        clock_step(&f->app->clock, jumps[i]);
        pass(f, 9000);
        assert_true(act_in_grace(f->app));
        assert_true(act_due_ms(f->app) - app_steady_ms(f->app) <= 1000);
        pass(f, 2000);
        assert_false(act_in_grace(f->app));
        actions_release(&f->app->actions);
        f->app->actions.first = NULL;
    }
}

/* A helper that answers in time is not given up; one that does not, is. */
static void test_log_helper(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < KF_LEN(jumps); i++) {
        f->source->killed[SOURCE_LOGS] = 0;
        joblog_ask(f->app, joblog_begin(f->app, WIRE_LOG_FOLLOW));
        clock_step(&f->app->clock, jumps[i]);
        pass(f, 4500);
        assert_int_equal(f->source->killed[SOURCE_LOGS], 0);
        pass(f, 1000);
        assert_int_equal(f->source->killed[SOURCE_LOGS], 1);
    }
}

static void test_message_goes_away(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < KF_LEN(jumps); i++) {
        messages_add(&f->app->messages, app_now_ms(f->app), MESSAGE_NOTE, "a note %zu", i);
        clock_step(&f->app->clock, jumps[i]);
        pass(f, 5000);
        assert_non_null(messages_shown(&f->app->messages));
        pass(f, 2000);
        assert_null(messages_shown(&f->app->messages));
    }
}

/* That the builds' helper is silent is seen, and only when it is. */
static void test_builds_helper(void **state)
{
    struct fixture *f = *state;
    struct wire_frame alive = {.head.type = WIRE_LOG_ALIVE};
    char words[256];

    for (size_t i = 0; i < KF_LEN(jumps); i++) {
        builds_take(f->app, &alive);
        clock_step(&f->app->clock, jumps[i]);
        assert_false(builds_silent(f->app, words, sizeof(words)));
        pass(f, LOG_SILENT_MS + 1000);
        assert_true(builds_silent(f->app, words, sizeof(words)));
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refresh_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_grace_is_as_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_log_helper, setup, teardown),
        cmocka_unit_test_setup_teardown(test_message_goes_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_builds_helper, setup, teardown),
    };

    (void)argv;
    signal(SIGPIPE, SIG_IGN); /* as the program does: the helper below reads nothing */
    if (argc > 1) /* as the helper that act_run() starts */
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
