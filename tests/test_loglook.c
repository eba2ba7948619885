/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole file of a log, with the helper's answers made by hand: they come when they like. */
#include "tui/loglook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/logline.h"
#include "backend/source_impl.h"
#include "base/alloc.h"
#include "tui/app.h"
#include "tui/cmd.h"
#include "tui/keys.h"
#include "tui/logfind.h"

#define LINES 60

struct fixture {
    uv_loop_t loop;
    struct app *app;
    struct canvas canvas;
    struct source source;
};

/* Nobody answers what is asked. */
static void ignore(struct source *s, const struct buf *frame)
{
    (void)s;
    (void)frame;
}

static void keep(struct source *s)
{
    (void)s;
}

static int setup(void **state)
{
    static const struct source_ops ops = {.send = ignore, .free = keep};
    struct app_options options = {.refresh_ms = 2000, .read_only = true};
    struct fixture *f = xcalloc(1, sizeof(*f));

    if (uv_loop_init(&f->loop) != 0)
        return -1;
    canvas_init(&f->canvas, 100, 20);
    f->app = app_new(&f->loop, &options);
    f->source = (struct source){.ops = &ops, .events = app_source_events, .user = f->app};
    app_attach(f->app, &f->source);
    app_show_view(f->app, VIEW_LOG);
    snprintf(f->app->log_paths[0], sizeof(f->app->log_paths[0]), "/a/log");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    f->app = app_free(f->app);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    canvas_release(&f->canvas);
    free(f);
    return 0;
}

/* ---- the helper's answers ---- */

static size_t begin(struct fixture *f, struct buf *b, enum wire_type type)
{
    size_t offset = wire_begin(b, type, 0, 0);

    wire_put_u32(b, f->app->log.follow);
    wire_put_u32(b, f->app->whole.view);
    return offset;
}

static void deliver(struct fixture *f, struct buf *b, size_t offset)
{
    struct wire_frame frame = {.payload = NULL};

    assert_true(wire_end(b, offset));
    memcpy(&frame.head, b->p, sizeof(frame.head));
    frame.payload = b->p + sizeof(frame.head);
    assert_int_equal(app_source_events.frame(f->app, &frame), 0);
    buf_release(b);
}

static void answer_state(struct fixture *f)
{
    struct buf b = BUF_INIT;
    size_t offset = begin(f, &b, WIRE_LOG_VIEW_STATE);

    for (int i = 0; i < 4; i++) /* places, lines, read, size */
        wire_put_i64(&b, LINES);
    for (int i = 0; i < 3; i++) /* errno, restarts, seek */
        wire_put_u32(&b, 0);
    wire_put_i64(&b, 0);
    wire_put_u8(&b, 3);
    deliver(f, &b, offset);
}

static void answer_page(struct fixture *f)
{
    static const struct log_match nothing = {.level = LOG_TEXT};
    char text[301];
    struct buf b = BUF_INIT;
    size_t offset = begin(f, &b, WIRE_LOG_PAGE);

    memset(text, 'x', sizeof(text) - 1); /* longer than the screen: it is wrapped */
    text[sizeof(text) - 1] = '\0';
    wire_put_i64(&b, 0);
    wire_put_u32(&b, LINES);
    for (int64_t i = 0; i < LINES; i++) {
        wire_put_i64(&b, i);
        logline_put(&b, LOG_STDOUT, 0, &nothing, text, strlen(text));
    }
    deliver(f, &b, offset);
}

static void answer_found(struct fixture *f, int64_t place)
{
    struct buf b = BUF_INIT;
    size_t offset = begin(f, &b, WIRE_LOG_FOUND);

    wire_put_u32(&b, f->app->whole.seek);
    wire_put_i64(&b, place);
    wire_put_i64(&b, place);
    deliver(f, &b, offset);
}

/* Of the screen just the log: there is no job that it is of. */
static void draw(struct fixture *f)
{
    struct text_source s = app_text(f->app, PANE_LOG);

    textview_draw(&f->app->log_view, &s, &f->canvas, (struct rect){0, 0, 100, 20});
}

/* ---- tests ---- */

/* Guards the pattern that lines are marked by: another search frees it, and the answer to that may come before the
   screen is drawn again. To place a wrapped line its neighbours are laid out, marks and all. */
static void test_answer_before_the_next_drawing(void **state)
{
    struct fixture *f = *state;

    f->app->log_view.wrap = true;
    assert_true(loglook_whole(f->app));
    answer_state(f);
    answer_page(f);
    assert_int_equal(logfind_search(f->app, "xx", NULL), 0);
    draw(f);
    assert_int_equal(logfind_search(f->app, "xxx", NULL), 0);
    assert_true(logfind_go(f->app, LOGFIND_PATTERN, 1));
    answer_found(f, 40);
    assert_true(f->app->log_view.has_marked);
    assert_int_equal(f->app->log_view.marked, 40);
    draw(f);
    assert_int_equal(logfind_search(f->app, "", NULL), 0); /* and with none any more */
    loglook_seek(f->app, LOG_SEEK_LINE, false, 20, "");
    answer_found(f, 20);
    assert_int_equal(f->app->log_view.marked, 20);
    draw(f);
}

/* Guards the process that reads logs: its answer may come when the view that asked is closed. It was then waited for in
   vain, and the process ended for not answering. */
static void test_answer_after_the_view_was_left(void **state)
{
    struct fixture *f = *state;

    assert_true(loglook_whole(f->app));
    assert_true(f->app->log_asked_ms > 0);
    loglook_live(f->app, true);
    assert_true(f->app->log_asked_ms > 0); /* it may hang all the same */
    answer_state(f);
    assert_int_equal(f->app->log_asked_ms, 0);
}

/* Guards a PgUp that is held down: those pressed before the helper had told how long the file is gave up the place where
   the live end began, and the view stood at the file's first line. */
static void test_keys_before_the_end_is_known(void **state)
{
    struct fixture *f = *state;
    struct app *a = f->app;

    loglook_whole(a);
    a->whole.tail = 5; /* as many lines as the live end had */
    draw(f);
    cmd_page(a, -1);
    cmd_move(a, 1);
    answer_state(f);
    assert_int_equal(a->log_view.top, LINES - 5 - 20 - 19 + 1);
    cmd_move(a, 1);
    assert_int_equal(a->log_view.top, LINES - 5 - 20 - 19 + 2);

    loglook_whole(a);
    a->whole.tail = 5;
    cmd_ends(a, -1); /* a place of its own */
    answer_state(f);
    assert_int_equal(a->log_view.top, 0);
}

#define look_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        look_test(test_answer_before_the_next_drawing),
        look_test(test_answer_after_the_view_was_left),
        look_test(test_keys_before_the_end_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
