/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form of a batch script, faster than the disk. */
#include "tui/submit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/source_impl.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/given.h"
#include "tests/snapshots.h"
#include "tui/app.h"
#include "tui/keys.h"
#include "tui/loop.h"

#define LONG_LINES 100000 /* 3 MB */

static void type(struct app *a, const char *text)
{
    for (; *text; text++)
        submit_key(a, (uint32_t)*text);
}

static void write_script(const char *dir, const char *name, int lines)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "we");
    assert_non_null(f);
    fputs("#!/bin/sh\n", f);
    while (lines-- > 0)
        fputs("make -j4 all; echo \"$HOME\"\n", f);
    assert_int_equal(fclose(f), 0);
}

static void remove_script(const char *dir, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    unlink(path);
}

/* Guards a script whose path is typed, and sent, before what was typed on the way has been read. Of "a", "ab" and "abc"
   that are read at the same time, the last is there first, as there is no such file: that was told of "abcd", and
   nothing was sent. */
static void test_sent_once_it_is_read(void **state)
{
    char dir[] = "/tmp/kfarm-submit.XXXXXX", path[64];
    const struct app_options options = {.dry_run = true};
    struct draft node = draft_new(sizeof(struct node));
    uv_loop_t loop;
    struct app *a;

    (void)state;
    assert_non_null(mkdtemp(dir));
    write_script(dir, "a", LONG_LINES);
    write_script(dir, "ab", LONG_LINES);
    write_script(dir, "abcd", 1);
    snprintf(path, sizeof(path), "%s/a", dir);
    uv_loop_init(&loop);
    a = app_new(&loop, &options);
    draft_add(&node, &(struct node){0});
    snapshot_free(a->snapshot);
    a->snapshot = snapshot_of(NULL, &node, NULL);
    draft_release(&node);
    submit_open(a, path, dir);
    type(a, "bcd");
    submit_key(a, KEYCODE_CTRL('S'));
    assert_false(submit_is_settled(a));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(submit_is_settled(a));
    assert_string_equal(a->submit.error, "");
    assert_non_null(messages_last(&a->messages));
    assert_non_null(strstr(messages_last(&a->messages)->text, "/abcd"));
    assert_true(loop_finish(a, &loop));
    remove_script(dir, "a");
    remove_script(dir, "ab");
    remove_script(dir, "abcd");
    rmdir(dir);
}

/* ---- with an sbatch that keeps what it was handed ---- */

#define WAIT_MS 20000

struct place {
    char dir[64]; /* of the script, of sbatch, and of the state */
    char script[96];
    uv_loop_t loop;
    struct app *app;
};

static void no_frame(struct source *s, const struct buf *frame)
{
    (void)s;
    (void)frame;
}

static void no_release(struct source *s)
{
    (void)s;
}

static const struct source_ops farm_ops = {.send = no_frame, .free = no_release};
static struct source farm = {.ops = &farm_ops}; /* one that says nothing */

static void put_file(struct place *p, const char *name, const char *text, mode_t mode)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

/* The content of a file, which may not be there. */
static const char *file_text(struct place *p, const char *name, char out[128])
{
    char path[128];
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, out, 127);
    out[n < 0 ? 0 : n] = '\0';
    if (fd >= 0)
        close(fd);
    return out;
}

static bool has_copies(const struct place *p)
{
    char path[128];
    struct dirent *entry;
    bool any = false;
    DIR *d;

    snprintf(path, sizeof(path), "%s/kfarm-top/scripts", p->dir);
    d = opendir(path);
    while (d && (entry = readdir(d)) != NULL)
        any = any || strncmp(entry->d_name, "submit-", 7) == 0;
    if (d)
        closedir(d);
    return any;
}

/* The form with a script of these rights. */
static void open_place(struct place *p, mode_t mode)
{
    const struct app_options options = {0};
    struct draft node = draft_new(sizeof(struct node));
    char path[256];

    snprintf(p->dir, sizeof(p->dir), "/tmp/kfarm-submit.XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    setenv("XDG_STATE_HOME", p->dir, 1);
    snprintf(path, sizeof(path), "%s:/usr/bin:/bin", p->dir);
    setenv("PATH", path, 1);
    put_file(p, "sbatch",
        "#!/bin/sh\ncd ${0%/*}\nfor script; do :; done\n[ $1 = --test-only ] && { cat \"$script\" "
        ">tested; "
        "echo fine >&2; exit 0; }\ncat \"$script\" >sent\necho \"$script\" >path\necho 7\n",
        0700);
    put_file(p, "x.sh", "#!/bin/sh\n: judged\n", mode);
    snprintf(p->script, sizeof(p->script), "%s/x.sh", p->dir);
    uv_loop_init(&p->loop);
    p->app = app_new(&p->loop, &options);
    p->app->source = &farm;
    draft_add(&node, &(struct node){0});
    snapshot_free(p->app->snapshot);
    p->app->snapshot = snapshot_of(NULL, &node, NULL);
    draft_release(&node);
    submit_open(p->app, p->script, NULL);
}

static bool is_read(const struct place *p)
{
    return submit_is_settled(p->app) && p->app->submit.judged;
}

static bool is_asked(const struct place *p)
{
    return p->app->dialog.kind == DIALOG_CONFIRM && !unasked_waits(p->app);
}

static bool is_over(const struct place *p)
{
    return p->app->submit.under_way == NULL && !resubmit_busy(&p->app->submit);
}

static bool has_none(const struct place *p)
{
    return !has_copies(p);
}

static void until(struct place *p, bool (*holds)(const struct place *p))
{
    int64_t end = clock_monotonic_us() + WAIT_MS * 1000ll;

    while (!holds(p) && clock_monotonic_us() < end) {
        uv_run(&p->loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
    assert_true(holds(p));
}

static void clean_place(struct place *p)
{
    char path[128];
    const char *const names[] = {"sbatch", "x.sh", "tested", "sent", "path", "pid",
        "kfarm-top/scripts/7.sh", "kfarm-top/scripts/7.submitted", "kfarm-top/audit.jsonl",
        "kfarm-top/scripts", "kfarm-top"};

    assert_false(has_copies(p));
    for (size_t i = 0; i < KF_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", p->dir, names[i]);
        if (unlink(path) < 0 && errno != ENOENT)
            rmdir(path);
    }
    assert_int_equal(rmdir(p->dir), 0);
}

static void close_place(struct place *p)
{
    assert_true(loop_finish(p->app, &p->loop));
    clean_place(p);
}

static void press(struct place *p, uint32_t key)
{
    app_key(p->app, key);
}

/* Guards a script that others may write: from Ctrl-S on, what they write does not matter. */
static void test_a_stranger_writes(void **state)
{
    struct place p;
    char text[128];

    (void)state;
    open_place(&p, 0666);
    until(&p, is_read);
    press(&p, KEYCODE_CTRL('S'));
    until(&p, is_asked);
    assert_string_equal(file_text(&p, "tested", text), "#!/bin/sh\n: judged\n");
    assert_non_null(strstr(p.app->dialog.notes[0], "everybody may write ‘x.sh’; it will run as "));
    assert_true(has_copies(&p));
    put_file(&p, "x.sh", "#!/bin/sh\n: another\n", 0666);
    press(&p, 'y');
    until(&p, is_over);
    assert_string_equal(file_text(&p, "sent", text), "#!/bin/sh\n: judged\n");
    assert_string_equal(file_text(&p, "kfarm-top/scripts/7.sh", text), "#!/bin/sh\n: judged\n");
    assert_non_null(strstr(file_text(&p, "path", text), "/x.sh\n"));
    until(&p, has_none);
    close_place(&p);
}

/* Guards the operator's own script: no copy, and none is sent that is not what was judged. */
static void test_the_operator_writes(void **state)
{
    struct place p;
    char text[128], path[128];

    (void)state;
    open_place(&p, 0600);
    until(&p, is_read);
    press(&p, KEYCODE_CTRL('S'));
    until(&p, is_asked);
    assert_false(has_copies(&p));
    put_file(&p, "x.sh", "#!/bin/sh\n: another\n", 0600);
    press(&p, 'y');
    until(&p, is_over);
    assert_string_equal(file_text(&p, "sent", text), "");
    assert_non_null(strstr(p.app->submit.error, "‘x.sh’ changed since it was read"));
    until(&p, is_read);
    press(&p, KEYCODE_CTRL('S'));
    until(&p, is_asked);
    press(&p, 'y');
    until(&p, is_over);
    assert_string_equal(file_text(&p, "sent", text), "#!/bin/sh\n: another\n");
    snprintf(path, sizeof(path), "%s\n", p.script);
    assert_string_equal(file_text(&p, "path", text), path);
    close_place(&p);
}

/* Guards one who leaves the form, or the program, at each step: nothing is sent, and no copy stays behind. */
static void test_left_at_each_step(void **state)
{
    struct place p;
    char text[128];

    (void)state;
    for (int step = 0; step < 6; step++) {
        bool own = step >= 4;

        open_place(&p, own ? 0600 : 0666);
        until(&p, is_read);
        press(&p, KEYCODE_CTRL('S')); /* a thread makes the copy */
        if (step >= 2)
            until(&p, is_asked);
        if (own)
            press(&p, 'y'); /* a thread compares */
        if (step % 2 == 0) {
            press(&p, KEYCODE_ESCAPE);
            if (step == 2)
                press(&p, KEYCODE_ESCAPE);
            until(&p, is_over);
            until(&p, has_none);
            assert_false(p.app->submit.open);
        }
        if (step == 4)
            assert_non_null(
                strstr(messages_last(&p.app->messages)->text, "not submitted: the form was left"));
        assert_string_equal(file_text(&p, "sent", text), "");
        close_place(&p);
    }
}

static bool is_running(const struct place *p)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/pid", p->dir);
    return stat(path, &st) == 0 && st.st_size > 0;
}

/* Guards the audit file of one who leaves while sbatch runs: the request has a result, that it is not known. */
static void test_left_while_it_runs(void **state)
{
    struct place p;
    char text[128], path[128];
    struct buf lines = BUF_INIT;
    struct diag d = DIAG_INIT;

    (void)state;
    open_place(&p, 0600);
    put_file(&p, "sbatch",
        "#!/bin/sh\ncd ${0%/*}\n[ $1 = --test-only ] && { echo fine >&2; exit 0; }\n"
        "echo $$ >pid\nexec sleep 100 >&- 2>&-\n",
        0700);
    until(&p, is_read);
    press(&p, KEYCODE_CTRL('S'));
    until(&p, is_asked);
    press(&p, 'y');
    until(&p, is_running);
    assert_false(loop_finish(p.app, &p.loop)); /* sbatch goes on */
    snprintf(path, sizeof(path), "%s/kfarm-top/audit.jsonl", p.dir);
    assert_int_equal(given_read(path, 65536, &lines, &d), 0);
    assert_non_null(strstr(buf_str(&lines), "\"event\":\"request\""));
    assert_non_null(strstr(buf_str(&lines), "\"event\":\"result\""));
    assert_non_null(strstr(buf_str(&lines), "\"outcome\":\"unknown\""));
    buf_release(&lines);
    assert_int_equal(kill((pid_t)strtol(file_text(&p, "pid", text), NULL, 10), SIGKILL), 0);
    uv_run(&p.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&p.loop), 0);
    clean_place(&p);
}

/* What the form offers for a text, in a buffer: a line each. */
static void offered(struct place *p, const char *text, struct buf *out)
{
    struct submit *s = &p->app->submit;

    submit_forget_choices(s);
    submit_offer_files(p->app, text, false);
    until(p, is_read);
    buf_clear(out);
    for (int i = 0; i < s->choices.count; i++)
        buf_addf(out, "%s\n", s->choices.all[i]);
}

/* Guards the choices of a form that is opened in a directory that was removed since: a name that is typed there names
   nothing, and the files of the directory that was looked into before are not offered in its place. */
static void test_working_directory_is_gone(void **state)
{
    struct place p;
    struct buf choices = BUF_INIT;
    char path[128], here[PATH_MAX];

    (void)state;
    assert_non_null(getcwd(here, sizeof(here)));
    open_place(&p, 0600);
    until(&p, is_read);
    snprintf(path, sizeof(path), "%s/gone", p.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chdir(path), 0);
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof(path), "%s/", p.dir);
    offered(&p, path, &choices);
    assert_non_null(strstr(buf_str(&choices), "/x.sh\n"));
    offered(&p, "x", &choices);
    assert_string_equal(buf_str(&choices), "");
    offered(&p, "", &choices);
    assert_string_equal(buf_str(&choices), "");
    assert_int_equal(chdir(here), 0);
    buf_release(&choices);
    close_place(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sent_once_it_is_read),
        cmocka_unit_test(test_a_stranger_writes),
        cmocka_unit_test(test_the_operator_writes),
        cmocka_unit_test(test_left_at_each_step),
        cmocka_unit_test(test_left_while_it_runs),
        cmocka_unit_test(test_working_directory_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
