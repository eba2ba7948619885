/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every command in every view and every focused pane of a recorded farm, by each of its keys, by its name and by its
 * name with a text behind it. Nothing may crash (the sanitizers watch), and a command that is not for the place where
 * it was given says so and changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tui/app.h"
#include "tui/command.h"
#include "tui/keys.h"

struct fixture {
    uv_loop_t loop;
    struct app *app;
    struct canvas canvas;
    char dir[64];
};

struct place {
    enum view_id view;
    enum pane_id focus; /* of the farm view */
    bool zoom;
};

static const struct place places[] = {
    {VIEW_FARM, PANE_NODES, false},
    {VIEW_FARM, PANE_QUEUE, false},
    {VIEW_FARM, PANE_LOG, false},
    {VIEW_FARM, PANE_NODES, true},
    {VIEW_FARM, PANE_QUEUE, true},
    {VIEW_FARM, PANE_LOG, true},
    {VIEW_NODES, PANE_QUEUE, false},
    {VIEW_QUEUE, PANE_NODES, false},
    {VIEW_PARTITIONS, PANE_QUEUE, false},
    {VIEW_BUILDS, PANE_LOG, false},
    {VIEW_LOG, PANE_QUEUE, false},
    {VIEW_MESSAGES, PANE_NODES, false},
    {VIEW_OUTPUT, PANE_QUEUE, false},
    {VIEW_HELP, PANE_QUEUE, false},
};

static int open_app(void **state, int64_t seen_ms)
{
    struct app_options options = {.refresh_ms = 2000, .dry_run = true};
    struct fixture *f = xcalloc(1, sizeof(*f));
    struct diag d = DIAG_INIT;
    struct source *s;

    snprintf(f->dir, sizeof(f->dir), "/tmp/kfarm-panes.XXXXXX");
    if (mkdtemp(f->dir) == NULL || uv_loop_init(&f->loop) != 0)
        return -1;
    setenv("XDG_CONFIG_HOME", f->dir, 1);
    setenv("XDG_STATE_HOME", f->dir, 1);
    setenv("HOME", f->dir, 1);
    canvas_init(&f->canvas, 120, 34);
    f->app = app_new(&f->loop, &options);
    s = source_replay(
        SOURCE_DIR "/tests/golden/farm.rec", &f->app->clock, &app_source_events, f->app, &d);
    assert_non_null(s);
    app_attach(f->app, s);
    if (seen_ms)
        source_advance(s, seen_ms);
    app_tick(f->app);
    *state = f;
    return 0;
}

static int setup(void **state)
{
    return open_app(state, 3000);
}

/* Nothing has come from Slurm yet. */
static int setup_empty(void **state)
{
    return open_app(state, 0);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    f->app = app_free(f->app);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    canvas_release(&f->canvas);
    rmdir(f->dir);
    free(f);
    return 0;
}

static void draw(struct fixture *f)
{
    uv_run(&f->loop, UV_RUN_NOWAIT);
    app_apply(f->app);
    app_draw(f->app, &f->canvas);
    f->app->reactions = 0;
}

static void type(struct fixture *f, const char *text)
{
    for (; *text; text++)
        app_key(f->app, (unsigned char)*text);
}

/* Whatever a command opened is used a little, and left. */
static void leave(struct fixture *f)
{
    static const uint32_t keys[] = {'a', KEYCODE_TAB, KEYCODE_UP, KEYCODE_DOWN, KEYCODE_BACKSPACE};
    struct app *a = f->app;

    for (size_t i = 0; i < KF_LEN(keys) && (a->dialog.kind != DIALOG_NONE || a->submit.open); i++) {
        app_key(a, keys[i]);
        draw(f);
    }
    for (int i = 0; i < 3 && (a->dialog.kind != DIALOG_NONE || a->submit.open); i++)
        app_key(a, a->dialog.kind == DIALOG_CONFIRM && a->submit.open ? 'y' : KEYCODE_ESCAPE);
    assert_int_equal(a->dialog.kind, DIALOG_NONE);
    assert_false(a->submit.open);
    detail_close(&a->detail);
    shell_release(a); /* a pager that was asked for: nobody starts it here */
    draw(f);
}

static void go(struct fixture *f, const struct place *p)
{
    struct app *a = f->app;

    app_show_view(a, p->view);
    a->focus = p->focus;
    a->zoom = p->zoom;
    draw(f);
}

/* How many messages there were: one that comes again is counted. */
static uint64_t told(const struct app *a)
{
    const struct message *last = messages_last(&a->messages);

    return last ? a->messages.end << 32 | last->count : 0;
}

/* The words that the last command was refused with; "" if it was not. */
static const char *refusal(struct fixture *f, uint64_t told_before)
{
    const struct app *a = f->app;

    if (a->dialog.kind == DIALOG_LINE && a->dialog.error[0])
        return a->dialog.error;
    return told(a) > told_before ? messages_last(&a->messages)->text : "";
}

/* What commands change about rows, the log and the screen, and what one that is refused must not. */
struct looks {
    struct order_by order_by;
    enum view_id view;
    enum pane_id focus;
    bool zoom, wrap, whole, diags;
    uint32_t job_marks, node_marks;
    uint8_t stream;
    enum log_pick lines;
    char filters[2][FIND_TEXT];
};

static struct looks looks_of(const struct app *a)
{
    struct looks l;

    memset(&l, 0, sizeof(l)); /* compared as bytes */
    l.order_by = a->order_by;
    l.view = a->view;
    l.focus = a->focus;
    l.zoom = a->zoom;
    l.wrap = a->log_view.wrap;
    l.whole = a->whole.open;
    l.diags = a->diags.open;
    l.job_marks = marks_count(&a->job_marks);
    l.node_marks = marks_count(&a->node_marks);
    l.stream = a->look.stream;
    l.lines = a->look.lines;
    memcpy(l.filters[0], a->find.jobs.filter_text, FIND_TEXT);
    memcpy(l.filters[1], a->find.nodes.filter_text, FIND_TEXT);
    return l;
}

static bool is_for(const struct app *a, const struct command *c)
{
    return (c->views == 0 || (c->views & 1u << a->view)) &&
           (c->panes == 0 || (c->panes & 1u << app_focus(a)));
}

static void expect_refused(
    struct fixture *f, const struct command *c, const struct looks *before, uint64_t messages)
{
    struct looks after = looks_of(f->app);
    const char *why = refusal(f, messages);

    if (strstr(why, "it is for") == NULL)
        fail_msg("%s in the %s view, pane %d, says \"%s\"", c->name, view_name(f->app->view),
            (int)app_focus(f->app), why);
    assert_memory_equal(&after, before, sizeof(after));
}

static void by_key(struct fixture *f, const struct place *p, const struct command *c)
{
    for (const char *at = c->keys; *(at += strspn(at, " "));) {
        size_t n = strcspn(at, " ");
        uint32_t key = keys_parse(at, n);
        uint64_t messages;
        struct looks before;

        go(f, p);
        before = looks_of(f->app);
        messages = told(f->app);
        app_key(f->app, key);
        if (command_for_key(f->app, key) == c && !is_for(f->app, c))
            expect_refused(f, c, &before, messages);
        draw(f);
        leave(f);
        at += n;
    }
}

static void by_name(
    struct fixture *f, const struct place *p, const struct command *c, const char *text)
{
    bool refused;
    uint64_t messages;
    struct looks before;

    go(f, p);
    refused = !is_for(f->app, c) && (c->active == NULL || c->active(f->app));
    before = looks_of(f->app);
    messages = told(f->app);
    app_key(f->app, ':');
    type(f, c->name);
    type(f, text);
    app_key(f->app, KEYCODE_ENTER);
    if (refused)
        expect_refused(f, c, &before, messages);
    draw(f);
    leave(f);
}

static void test_every_command_in_every_pane(void **state)
{
    static const char *const texts[] = {"", " 1", " name", " e", " 50%"};
    struct fixture *f = *state;

    for (size_t p = 0; p < KF_LEN(places); p++)
        for (int i = 0; i < command_count; i++) {
            by_key(f, &places[p], &commands[i]);
            for (size_t t = 0; t < (commands[i].take ? KF_LEN(texts) : 1); t++)
                by_name(f, &places[p], &commands[i], texts[t]);
        }
}

/* The table of places names every pane that can have the focus. */
static void test_places_are_all(void **state)
{
    struct fixture *f = *state;
    unsigned panes = 0, views = 0;

    for (size_t p = 0; p < KF_LEN(places); p++) {
        go(f, &places[p]);
        views |= 1u << f->app->view;
        panes |= 1u << app_focus(f->app);
    }
    assert_int_equal(views, (1u << VIEW_COUNT) - 1);
    assert_int_equal(panes, (1u << PANE_COUNT) - 1);
}

/* Guards the way down by q: help over a log over the queue, one at a time, and the end only from there. Going back and
   forth before does not make it go in circles. */
static void test_close(void **state)
{
    struct fixture *f = *state;
    struct app *a = f->app;

    app_show_view(a, VIEW_QUEUE);
    app_show_view(a, VIEW_LOG);
    app_key(a, '?');
    assert_int_equal(a->view, VIEW_HELP);
    app_key(a, 'q');
    assert_int_equal(a->view, VIEW_LOG);
    app_key(a, '?');
    app_key(a, KEYCODE_ESCAPE);
    assert_int_equal(a->view, VIEW_LOG);
    app_key(a, KEYCODE_ENTER);
    assert_true(a->detail.open);
    app_key(a, 'q');
    assert_false(a->detail.open);
    app_key(a, 'q');
    assert_int_equal(a->view, VIEW_QUEUE);
    assert_false(a->reactions & REACT_QUIT);
    app_key(a, 'q');
    assert_true(a->reactions & REACT_QUIT);
}

/* Guards what people type who know Slurm's commands: there was no such command. */
static void test_usual_words(void **state)
{
    static const char *const words[] = {"cancel", "scancel", "drain", "hold", "release", "resume",
        "requeue", "submit", "sbatch", "jobs", "squeue", "sinfo", "nodes", "log", "top", "reboot",
        "suspend", "signal", "priority", "ssh", "srun", "pager", "edit", "save"};
    struct fixture *f = *state;

    for (size_t i = 0; i < KF_LEN(words); i++) {
        const char *wrong = cmdline_run(f->app, words[i]);

        if (wrong && strstr(wrong, "command"))
            fail_msg("%s: %s", words[i], wrong);
        draw(f);
        leave(f);
    }
    assert_null(cmdline_run(f->app, "jobs"));
    assert_int_equal(f->app->view, VIEW_QUEUE);
    assert_null(cmdline_run(f->app, "sinfo"));
    assert_int_equal(f->app->view, VIEW_NODES);
    assert_non_null(strstr(cmdline_run(f->app, "cancellation"), "there is no command"));
}

/* Guards a command that is mistyped: the one that was meant is named, also a usual word, and none where none is near. */
static void test_mistyped_command(void **state)
{
    static const struct {
        const char *typed, *said;
    } rows[] = {{"fitler state:pend", "\"fitler\"; did you mean filter?"},
        {"cancle", "\"cancle\"; did you mean cancel?"}, {"quti", "\"quti\"; did you mean quit?"},
        {"job-prioritie", "\"job-prioritie\"; did you mean job-priority?"},
        {"views-", "\"views-\"; did you mean views?"},
        {"nonsense", "\"nonsense\"; Tab shows those there are"},
        {"xy", "\"xy\"; Tab shows those there are"}};
    struct fixture *f = *state;
    char longest[300];

    for (size_t i = 0; i < KF_LEN(rows); i++) {
        const char *wrong = cmdline_run(f->app, rows[i].typed);

        if (wrong == NULL || strstr(wrong, rows[i].said) == NULL)
            fail_msg("%s: %s", rows[i].typed, wrong ? wrong : "taken");
    }
    memset(longest, 'q', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_non_null(strstr(cmdline_run(f->app, longest), "there is no command"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_command_in_every_pane, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_command_in_every_pane, setup_empty, teardown),
        cmocka_unit_test_setup_teardown(test_places_are_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_close, setup, teardown),
        cmocka_unit_test_setup_teardown(test_usual_words, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mistyped_command, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
