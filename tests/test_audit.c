/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit file: one whole JSON object a line, whatever the names are; its rotation; its failure. */
#include "tui/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/alloc.h"

#define FILES 300 /* old ones, at most */

struct fixture {
    uv_loop_t loop;
    struct audit audit;
    char dir[64], words[512];
};

static void on_failed(void *user, const char *words)
{
    struct fixture *f = user;

    snprintf(f->words, sizeof(f->words), "%s", words);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    snprintf(f->dir, sizeof(f->dir), "/tmp/kfarm-audit.XXXXXX");
    if (mkdtemp(f->dir) == NULL || uv_loop_init(&f->loop) != 0)
        return -1;
    audit_init(&f->audit, &f->loop);
    f->audit.failed = on_failed;
    f->audit.user = f;
    snprintf(f->audit.path, sizeof(f->audit.path), "%s/state/deep/audit.jsonl", f->dir);
    *state = f;
    return 0;
}

/* As at the end of the program. */
static void finish(uv_loop_t *loop, struct audit *audit)
{
    while (audit_busy(audit))
        uv_run(loop, UV_RUN_ONCE);
    audit_release(audit);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char file[128];

    finish(&f->loop, &f->audit);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    for (int i = 0; i <= FILES; i++) {
        snprintf(file, sizeof(file),
            i ? "%s/state/deep/audit.jsonl.%d" : "%s/state/deep/audit.jsonl", f->dir, i);
        unlink(file);
    }
    snprintf(file, sizeof(file), "%s/state/deep", f->dir);
    rmdir(file);
    snprintf(file, sizeof(file), "%s/state", f->dir);
    rmdir(file);
    rmdir(f->dir);
    free(f);
    return 0;
}

static void add(struct fixture *f, const char *name)
{
    static const struct action_result done = {.outcome = ACTION_DONE};
    struct action_target t = {.id = "42"};

    snprintf(t.name, sizeof(t.name), "%s", name);
    audit_add(&f->audit, &(struct audit_entry){.time_ms = 1700000000000,
                             .event = "result",
                             .verb = "job-cancel",
                             .argument = "",
                             .cluster = "farm",
                             .user = "ana",
                             .number = 7,
                             .targets = &t,
                             .results = &done,
                             .count = 1});
}

/* The lines of FILE, or of FILE.n; each must be one object. -1: there is no such file. */
static int lines(struct fixture *f, int n, json_t **last)
{
    char path[128], *line = NULL;
    size_t size = 0;
    int count = 0;
    FILE *in;

    snprintf(path, sizeof(path), n ? "%s/state/deep/audit.jsonl.%d" : "%s/state/deep/audit.jsonl",
        f->dir, n);
    in = fopen(path, "re");
    if (in == NULL)
        return -1;
    while (getline(&line, &size, in) > 0) {
        json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

        assert_non_null(o);
        count++;
        if (last) {
            json_decref(*last);
            *last = o;
        } else {
            json_decref(o);
        }
    }
    free(line);
    fclose(in);
    return count;
}

/* Notes which numbered lines are in FILE.n; none may be there twice. */
static void tick_off(struct fixture *f, int n, bool *found)
{
    char path[128], *line = NULL;
    size_t size = 0;
    FILE *in;

    snprintf(path, sizeof(path), n ? "%s/state/deep/audit.jsonl.%d" : "%s/state/deep/audit.jsonl",
        f->dir, n);
    in = fopen(path, "re");
    assert_non_null(in);
    while (getline(&line, &size, in) > 0) {
        json_t *o = json_loads(line, 0, NULL);
        json_t *t = json_array_get(json_object_get(o, "targets"), 0);
        const char *name = json_string_value(json_object_get(t, "name"));
        long number = name ? strtol(name, NULL, 10) : -1;

        assert_true(number >= 0);
        assert_false(found[number]);
        found[number] = true;
        json_decref(o);
    }
    free(line);
    fclose(in);
}

/* Guards the form of a line: directories are made, a name with a newline, quotes and bytes that are
   no UTF-8 stays within its line, and nobody else can read it. */
static void test_line(void **state)
{
    struct fixture *f = *state;
    json_t *o = NULL, *t;
    struct stat st;

    add(f, "a\n\"b\"\xff\033[31m");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_string_equal(f->words, "");
    assert_int_equal(lines(f, 0, &o), 1);
    assert_string_equal(json_string_value(json_object_get(o, "time")), "2023-11-14T22:13:20Z");
    assert_string_equal(json_string_value(json_object_get(o, "user")), "ana");
    t = json_array_get(json_object_get(o, "targets"), 0);
    assert_string_equal(json_string_value(json_object_get(t, "id")), "42");
    assert_string_equal(json_string_value(json_object_get(t, "name")), "a\n\"b\"\uFFFD\033[31m");
    assert_string_equal(json_string_value(json_object_get(t, "outcome")), "done");
    json_decref(o);
    assert_int_equal(stat(f->audit.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* Guards rotation by size: nothing is lost before the oldest file, and never more than `keep`. */
static void test_rotation(void **state)
{
    struct fixture *f = *state;
    int all = 0;

    f->audit.size_max = 1500;
    f->audit.keep = 2;
    for (int i = 0; i < 7; i++) {
        add(f, "kernel_build");
        uv_run(&f->loop, UV_RUN_DEFAULT);
    }
    for (int n = 0; n <= 2; n++)
        all += KF_MAX(lines(f, n, NULL), 0);
    assert_int_equal(all, 7);
    assert_true(lines(f, 1, NULL) > 1);
    for (int i = 0; i < 20; i++) {
        add(f, "kernel_build");
        uv_run(&f->loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(lines(f, 3, NULL), -1);
    assert_true(lines(f, 2, NULL) > 1);
    assert_string_equal(f->words, "");
}

/* Guards that lines added while others are being written come behind them, and those pending at the
   end are written. */
static void test_many(void **state)
{
    struct fixture *f = *state;
    json_t *o = NULL;

    for (int i = 0; i < 100; i++) {
        char name[16];

        snprintf(name, sizeof(name), "%d", i);
        add(f, name);
    }
    finish(&f->loop, &f->audit);
    snprintf(f->audit.path, sizeof(f->audit.path), "%s/state/deep/audit.jsonl", f->dir);
    assert_int_equal(lines(f, 0, &o), 100);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(o, "targets"), 0), "name")),
        "99");
    json_decref(o);
}

#define WRITERS 4
#define EACH    60

/* One operator's program; it never returns. */
static _Noreturn void write_as_another(const struct fixture *f, int writer)
{
    struct fixture own = {.dir = ""};

    alarm(60);
    if (uv_loop_init(&own.loop) != 0)
        _exit(1);
    audit_init(&own.audit, &own.loop);
    own.audit.failed = on_failed;
    own.audit.user = &own;
    own.audit.size_max =
        1; /* each line rotates it, and with so many old ones that takes its time */
    own.audit.keep = FILES;
    memcpy(own.audit.path, f->audit.path, sizeof(own.audit.path));
    for (int i = 0; i < EACH; i++) {
        char name[16];

        snprintf(name, sizeof(name), "%d", writer * EACH + i);
        add(&own, name);
        uv_run(&own.loop, UV_RUN_DEFAULT);
    }
    finish(&own.loop, &own.audit);
    _exit(own.words[0] ? 1 : 0);
}

/* Guards several programs that write to one file while each of them rotates it: every line is there
   once. One that had begun to rotate put the new file over the other's old one. */
static void test_rotated_by_several(void **state)
{
    struct fixture *f = *state;
    bool found[WRITERS * EACH] = {false};
    pid_t pids[WRITERS];
    int files = 0, status;

    for (int i = 0; i < WRITERS; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0)
            write_as_another(f, i);
    }
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    for (; lines(f, files, NULL) >= 0; files++)
        tick_off(f, files, found);
    assert_true(files > WRITERS * EACH / 4); /* it was rotated */
    for (int i = 0; i < WRITERS * EACH; i++)
        if (!found[i])
            fail_msg("line %d is lost", i);
}

/* Guards that a place where it cannot be written is said, with the reason. */
static void test_unwritable(void **state)
{
    struct fixture *f = *state;

    snprintf(f->audit.path, sizeof(f->audit.path), "/dev/null/audit.jsonl");
    add(f, "kernel_build");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_non_null(strstr(f->words, "/dev/null/audit.jsonl"));
    assert_non_null(strstr(f->words, "Not a directory"));
    f->words[0] = '\0';
    snprintf(f->audit.path, sizeof(f->audit.path), "%s", f->dir);
    add(f, "kernel_build");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_non_null(strstr(f->words, "Is a directory"));
}

/* Guards where it is looked for by default. */
static void test_default_path(void **state)
{
    char path[256];

    (void)state;
    setenv("HOME", "/home/ana", 1);
    unsetenv("XDG_STATE_HOME");
    audit_default_path(path, sizeof(path));
    assert_string_equal(path, "/home/ana/.local/state/kfarm-top/audit.jsonl");
    setenv("XDG_STATE_HOME", "/var/state", 1);
    audit_default_path(path, sizeof(path));
    assert_string_equal(path, "/var/state/kfarm-top/audit.jsonl");
    setenv("XDG_STATE_HOME", "relative", 1); /* to be ignored (XDG Base Directory Specification) */
    unsetenv("HOME");
    audit_default_path(path, sizeof(path));
    assert_string_equal(path, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rotation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rotated_by_several, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unwritable, setup, teardown),
        cmocka_unit_test(test_default_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
