/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved views on a recorded farm: what one shows, and the file they are saved in, whatever may be wrong
   with it. */
#include "tui/views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tui/app.h"
#include "tui/keys.h"

struct fixture {
    uv_loop_t loop;
    struct config *config;
    struct app *app;
    struct canvas canvas;
    struct buf screen;
    char dir[64], path[128];
};

/* An app as main() makes it, that has seen three seconds of the recording. */
static void open_app(struct fixture *f)
{
    struct app_options options = {.refresh_ms = 2000, .read_only = true};
    struct diag d = DIAG_INIT;
    struct source *s;

    assert_int_equal(config_load(&f->config, NULL, &d), 0);
    options.config = f->config;
    f->app = app_new(&f->loop, &options);
    s = source_replay(
        SOURCE_DIR "/tests/golden/farm.rec", &f->app->clock, &app_source_events, f->app, &d);
    assert_non_null(s);
    app_attach(f->app, s);
    source_advance(s, 3000);
    app_tick(f->app);
}

static void close_app(struct fixture *f)
{
    f->app = app_free(f->app);
    f->config = config_free(f->config);
    uv_run(&f->loop, UV_RUN_DEFAULT);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    snprintf(f->dir, sizeof(f->dir), "/tmp/kfarm-views.XXXXXX");
    if (mkdtemp(f->dir) == NULL || uv_loop_init(&f->loop) != 0)
        return -1;
    setenv("XDG_CONFIG_HOME", f->dir, 1);
    snprintf(f->path, sizeof(f->path), "%s/kfarm-top/views", f->dir);
    canvas_init(&f->canvas, 120, 34);
    open_app(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    close_app(f);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    unlink(f->path);
    *strrchr(f->path, '/') = '\0';
    rmdir(f->path);
    rmdir(f->dir); /* nothing else was left in it */
    assert_int_equal(access(f->dir, F_OK), -1);
    canvas_release(&f->canvas);
    buf_release(&f->screen);
    free(f);
    return 0;
}

static void type(struct fixture *f, const char *text)
{
    for (; *text; text++)
        app_key(f->app, (unsigned char)*text);
}

static void press(struct fixture *f, const char *names)
{
    for (const char *at = names; *(at += strspn(at, " "));) {
        size_t n = strcspn(at, " ");

        app_key(f->app, keys_parse(at, n));
        at += n;
    }
}

static bool sees(struct fixture *f, const char *text)
{
    app_draw(f->app, &f->canvas);
    buf_clear(&f->screen);
    canvas_dump(&f->canvas, &f->screen);
    return strstr(buf_str(&f->screen), text) != NULL;
}

/* S, this name, and the end of the writing. Returns what was said then. */
static const char *save(struct fixture *f, const char *name)
{
    press(f, "S Ctrl-U");
    type(f, name);
    press(f, "Enter");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    return messages_last(&f->app->messages)->text;
}

static void filter(struct fixture *f, const char *text)
{
    press(f, "/ Ctrl-U");
    type(f, text);
    press(f, "Enter");
}

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "we");

    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static char *content(const char *path)
{
    struct buf b = BUF_INIT;
    FILE *in = fopen(path, "re");
    char line[512], *text;

    while (in && fgets(line, sizeof(line), in))
        buf_adds(&b, line);
    if (in)
        fclose(in);
    text = xstrdup(buf_str(&b));
    buf_release(&b);
    return text;
}

/* Guards the way out of a view: Esc took its filter off, and its columns and order stayed. */
static void test_leave(void **state)
{
    struct fixture *f = *state;
    const struct app *a = f->app;

    press(f, "3");
    filter(f, "name:build");
    press(f, "V Enter");
    assert_string_equal(a->views.name, "failed");
    assert_true(a->order_by.jobs >= 0);
    press(f, "V");
    type(f, "waiting longest");
    press(f, "Enter"); /* from one to the next: there is one way out of both */
    press(f, "Esc");
    assert_string_equal(a->find.jobs.filter_text, "name:build");
    assert_string_equal(a->find.jobs.columns[true], "");
    assert_int_equal(a->order_by.jobs, -1);
    assert_false(a->order_by.jobs_descending);
    press(f, "Esc");
    assert_string_equal(a->find.jobs.filter_text, "");
    press(f, "V Enter V");
    type(f, "default");
    press(f, "Enter");
    assert_string_equal(a->find.jobs.filter_text, "");
    assert_string_equal(a->find.jobs.columns[true], "");
    assert_int_equal(a->order_by.jobs, -1);
}

/* Guards that a view brings all of its rows, filter, columns and order, from any other view, and that
   one which says nothing of them takes off what there is. */
static void test_show(void **state)
{
    struct fixture *f = *state;
    const struct app *a = f->app;
    static struct saved_view plain = {"plain", COLUMNS_JOBS, "", "", ""};

    press(f, "m V Enter"); /* "failed", the first one built in */
    assert_int_equal(a->view, VIEW_QUEUE);
    assert_string_equal(a->find.jobs.filter_text, config_view(f->config, "failed")->filter);
    assert_string_equal(app_columns(a, PANE_QUEUE), config_view(f->config, "failed")->columns);
    assert_int_equal(a->order_by.jobs, column_find(&columns_jobs, "end_time", 8));
    assert_true(a->order_by.jobs_descending);
    assert_int_equal(a->order.job_count, 1);
    assert_true(sees(f, "arm64_defconfig"));
    assert_false(sees(f, "allmodconfig"));
    views_show(f->app, &plain);
    app_apply(f->app);
    assert_int_equal(a->order.job_count, a->snapshot->job_count);
    assert_int_equal(a->order_by.jobs, -1);
    assert_false(a->order_by.jobs_descending);
    assert_string_equal(a->find.jobs.columns[true], "");
    press(f, "V");
    type(f, "out of service"); /* typing its name will do too */
    press(f, "Enter");
    assert_int_equal(a->view, VIEW_NODES);
    assert_int_equal(a->order.node_count, 1);
    press(f, "V");
    type(f, "nosuch");
    press(f, "Enter");
    assert_true(sees(f, "there is no view of that name"));
}

/* Guards the way there and back: saved, chosen in the same process, chosen in the next one. */
static void test_save(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    char *text;

    press(f, "3");
    filter(f, " state:pend  !name~\"a b\" ");
    press(f, "F2 Ctrl-U");
    type(f, "job,name,age");
    press(f, "Enter o o O");
    assert_non_null(strstr(save(f, "mine 1"), "view \"mine 1\" saved in /tmp/kfarm-views."));
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    text = content(f->path);
    assert_string_equal(text,
        "# Views saved by kfarm-top, which writes this file anew each time.\n\n"
        "[view mine 1]\nrows = jobs\nfilter = state:pend  !name~\"a b\"\n"
        "columns = job,name,age\nsort = -name\n");
    free(text);
    for (int again = 0; again < 2; again++) {
        const struct saved_view *v = views_find(f->app, "mine 1");

        assert_non_null(v);
        views_show(f->app, config_view(f->config, "failed"));
        views_show(f->app, v);
        app_apply(f->app);
        assert_string_equal(f->app->find.jobs.filter_text, "state:pend  !name~\"a b\"");
        assert_string_equal(app_columns(f->app, PANE_QUEUE), "job,name,age");
        assert_int_equal(f->app->order_by.jobs, column_find(&columns_jobs, "name", 4));
        assert_true(f->app->order_by.jobs_descending);
        close_app(f);
        open_app(f);
    }
}

/* Guards that a view is replaced only when that was confirmed, and that one saved takes the place of a
   built-in one in the list, where it was. */
static void test_replace(void **state)
{
    struct fixture *f = *state;
    int count = 0;

    while (views_at(f->app, count))
        count++;
    press(f, "2 S Ctrl-U");
    type(f, "failed");
    press(f, "Enter");
    assert_true(sees(f, "There is a view \"failed\" already. Replace it by what is shown?"));
    press(f, "n");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(access(f->path, F_OK), -1);
    press(f, "S Ctrl-U");
    type(f, "failed");
    press(f, "Enter y");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(views_find(f->app, "failed")->rows, COLUMNS_NODES);
    assert_ptr_equal(views_find(f->app, "failed"), views_at(f->app, 0));
    save(f, "new");
    for (int i = 0; i <= count; i++)
        assert_non_null(views_at(f->app, i));
    assert_string_equal(views_at(f->app, count)->name, "new");
    assert_null(views_at(f->app, count + 1));
    /* what was saved last is suggested: just Enter asks whether to replace it */
    press(f, "S Enter");
    assert_true(sees(f, "There is a view \"new\" already."));
}

/* Guards that what another kfarm-top saved meanwhile stays, and is known from then on. */
static void test_others(void **state)
{
    struct fixture *f = *state;
    char *text;

    press(f, "3");
    save(f, "a");
    write_file(f->path, "[view theirs]\nfilter = user=ana\n");
    save(f, "b");
    text = content(f->path);
    assert_non_null(strstr(text, "\n[view theirs]\nrows = jobs\nfilter = user=ana\n\n[view b]\n"));
    assert_null(strstr(text, "[view a]"));
    free(text);
    assert_non_null(views_find(f->app, "theirs"));
}

/* Guards that filters too long for a line of an INI file are broken where nothing is lost, and that one
   that would be read back as another is not written. */
static void test_long_and_odd(void **state)
{
    struct fixture *f = *state;
    struct buf b = BUF_INIT;
    char *before, *after;

    press(f, "3");
    for (int i = 0; i < 30; i++)
        buf_addf(&b, "%sname~x%dyyyyy", i ? " !" : "!", i);
    filter(f, buf_str(&b));
    assert_string_equal(f->app->find.jobs.filter_text, buf_str(&b));
    press(f, "F2 Ctrl-U");
    type(f,
        "job,name,user,state,st,reason,why,priority,nice,cpus,mem,nodes,node_list,submit_time,age,"
        "eligible_time,start_time,end_time,time,limit,left,restarts,dependency,features");
    press(f, "Enter");
    assert_non_null(strstr(save(f, "long"), "saved"));
    buf_release(&b);
    before = content(f->path);
    filter(f, "name~\"a ;b\"");
    assert_non_null(strstr(save(f, "odd"), "view \"odd\" is not saved: "));
    after = content(f->path);
    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_null(views_find(f->app, "odd"));
    close_app(f);
    open_app(f);
    assert_null(f->config->views_wrong);
    assert_true(strlen(views_find(f->app, "long")->filter) > 300);
    assert_true(strlen(views_find(f->app, "long")->columns) > 160);
}

/* Guards that a file which is not understood keeps the farm from nobody, is told, and is not written
   over. */
static void test_broken(void **state)
{
    static const char broken[] = "[view x]\nsort = nosuch\n";
    struct fixture *f = *state;
    char *text;

    press(f, "3");
    save(f, "a");
    close_app(f);
    write_file(f->path, broken);
    open_app(f);
    assert_non_null(
        strstr(messages_last(&f->app->messages)->text, "the saved views are not read: "));
    assert_non_null(strstr(messages_last(&f->app->messages)->text, "views:2: sort = nosuch: "));
    press(f, "3");
    assert_non_null(strstr(save(f, "b"), "views:2: sort = nosuch: "));
    text = content(f->path);
    assert_string_equal(text, broken);
    free(text);
    write_file(f->path, "[general]\nrefresh = 9\n"); /* it would be lost with the next view */
    assert_non_null(strstr(save(f, "b"), "[general]: here only sections [view NAME] may stand"));
    assert_int_equal(f->app->options.refresh_ms, 2000);
}

/* Guards the words when it cannot be written, and that a symbolic link stays one. */
static void test_places(void **state)
{
    struct fixture *f = *state;
    char real[128], *text;
    struct stat st;

    press(f, "3");
    snprintf(f->app->views.path, sizeof(f->app->views.path), "/dev/null/kfarm-top/views");
    assert_non_null(strstr(save(f, "a"), "view \"a\" is not saved: /dev/null/kfarm-top/views: "
                                         "Not a directory"));
    f->app->views.path[0] = '\0';
    press(f, "S");
    assert_int_equal(f->app->dialog.kind, DIALOG_NONE);
    assert_string_equal(messages_last(&f->app->messages)->text,
        "view-save: there is no home directory to save it in");
    snprintf(f->app->views.path, sizeof(f->app->views.path), "%s", f->path);
    save(f, "a");
    snprintf(real, sizeof(real), "%s/real", f->dir);
    assert_int_equal(rename(f->path, real), 0);
    assert_int_equal(symlink(real, f->path), 0);
    save(f, "b");
    assert_int_equal(lstat(f->path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    text = content(real);
    assert_non_null(strstr(text, "[view b]"));
    free(text);
    unlink(real);
}

/* Guards names, and that a pane without rows has nothing to save. */
static void test_refused(void **state)
{
    struct fixture *f = *state;

    press(f, "3 S");
    type(f, "a/b");
    press(f, "Enter");
    assert_true(sees(f, "a name is of letters, digits, blanks and _ - . , at most 40"));
    press(f, "Ctrl-U");
    press(f, "Enter");
    assert_int_equal(f->app->dialog.kind, DIALOG_PROMPT);
    press(f, "Esc 1 Tab S"); /* the log has the focus */
    assert_int_equal(f->app->dialog.kind, DIALOG_NONE);
    assert_string_equal(
        messages_last(&f->app->messages)->text, "view-save: it is for the panes nodes, queue");
}

/* Guards the end of the program while a view is being written: it is waited for. */
static void test_end(void **state)
{
    struct fixture *f = *state;
    char *text;

    press(f, "3 S");
    type(f, "last");
    press(f, "Enter");
    close_app(f);
    text = content(f->path);
    assert_non_null(strstr(text, "[view last]"));
    free(text);
    open_app(f);
}

#define views_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* Guards who keeps his views elsewhere: his link stays, and so does the file that another user's link names. */
static void test_links(void **state)
{
    struct fixture *f = *state;
    char target[256], sound[128];
    struct stat st;
    char *text;

    snprintf(target, sizeof(target), "%s/kfarm-top", f->dir);
    assert_int_equal(mkdir(target, 0700), 0);
    snprintf(target, sizeof(target), "%s/dotfile", f->dir);
    write_file(target, "");
    assert_int_equal(symlink("../dotfile", f->path), 0);
    assert_non_null(strstr(save(f, "mine"), "view \"mine\" saved in "));
    text = content(target);
    assert_non_null(strstr(text, "[view mine]"));
    free(text);
    assert_int_equal(lstat(f->path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    snprintf(sound, sizeof(sound), "%s/kfarm-top", f->dir);
    assert_int_equal(chmod(sound, 0777), 0); /* anybody could have put it there */
    assert_non_null(
        strstr(save(f, "other"), "view \"other\" is not saved: everybody can replace files in "));
    assert_int_equal(chmod(sound, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(lchown(f->path, 65534, 65534), 0);
        assert_non_null(strstr(save(f, "other"), "is not saved: the symbolic link "));
    }
    text = content(target);
    assert_null(strstr(text, "[view other]"));
    free(text);
    unlink(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        views_test(test_leave),
        views_test(test_show),
        views_test(test_save),
        views_test(test_replace),
        views_test(test_others),
        views_test(test_long_and_odd),
        views_test(test_broken),
        views_test(test_places),
        views_test(test_refused),
        views_test(test_links),
        views_test(test_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
