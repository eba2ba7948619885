/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit file: one whole JSON object a line, whatever the names are; its rotation; its failure. */
#include "tui/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "tui/app.h"
#include "tui/loop.h"

#define FILES 300 /* old ones, at most */

struct fixture {
    uv_loop_t loop;
    struct audit audit;
    char dir[64], words[768];
    unsigned long number; /* of the action */
    int failures;
};

static void on_failed(void *user, const char *words)
{
    struct fixture *f = user;

    f->failures++;
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
    f->number = 7;
    alarm(60); /* what waits for ever for a FIFO or a lock */
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

static struct audit_entry entry(
    const struct fixture *f, struct action_target *t, const struct action_result *result)
{
    return (struct audit_entry){.time_ms = 1700000000000,
        .event = result ? "result" : "request",
        .verb = "job-cancel",
        .argument = "",
        .cluster = "farm",
        .user = "ana",
        .number = f->number,
        .targets = t,
        .results = result,
        .count = 1};
}

static void add(struct fixture *f, const char *name)
{
    static const struct action_result done = {.outcome = ACTION_DONE};
    struct action_target t = {.id = "42"};
    struct audit_entry e;

    snprintf(t.name, sizeof(t.name), "%s", name);
    e = entry(f, &t, &done);
    audit_add(&f->audit, &e);
}

/* A line of an action of its own, and what is said of it. */
static const char *try(struct fixture *f)
{
    f->number++;
    f->words[0] = '\0';
    add(f, "kernel_build");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    return f->words;
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

/* Guards whoever looks at the file itself: a name does nothing to a terminal, and is read back as it was. */
static void test_harmless(void **state)
{
    static const char name[] = "x\x7f\xc2\x9b"
                               "31m\u202e\u200b\033]0;t\ae\u0301\u0301\u0301\u0301\u0301\u0301";
    static const char *const harmful[] = {
        "\x7f", "\xc2\x9b", "\u202e", "\u200b", "\033", "\a", "\u0301\u0301\u0301\u0301\u0301"};
    struct fixture *f = *state;
    json_t *o = NULL;
    char text[4096];
    FILE *file;
    size_t n;

    add(f, name);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    file = fopen(f->audit.path, "re");
    assert_non_null(file);
    n = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[n] = '\0';
    for (size_t i = 0; i < KF_LEN(harmful); i++)
        assert_null(strstr(text, harmful[i]));
    assert_int_equal(lines(f, 0, &o), 1);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(o, "targets"), 0), "name")),
        name);
    json_decref(o);
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

static void must_say(const char *said, const char *words)
{
    if (strstr(said, words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, said);
}

/* Guards that a place where it cannot be written is said, with the reason: once for each action. */
static void test_unwritable(void **state)
{
    struct fixture *f = *state;

    snprintf(f->audit.path, sizeof(f->audit.path), "/dev/null/audit.jsonl");
    must_say(
        try(f), "the result of job-cancel 42 is not in the audit file: /dev/null: Not a directory");
    add(f, "kernel_build");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->failures, 1);
    must_say(try(f), "Not a directory");
    assert_int_equal(f->failures, 2);
    snprintf(f->audit.path, sizeof(f->audit.path), "%s", f->dir);
    must_say(try(f), " is a directory; it must be a regular file");
}

/* Guards against what somebody may have put in its place: it neither hangs nor is written to, and that is said. */
static void test_not_ours(void **state)
{
    struct fixture *f = *state;
    char place[128], victim[128];
    struct stat st;

    try(f);
    assert_string_equal(f->words, "");
    snprintf(place, sizeof(place), "%s", f->audit.path);
    snprintf(victim, sizeof(victim), "%s/victim", f->dir);
    assert_int_equal(rename(place, victim), 0);
    assert_int_equal(mkfifo(place, 0600), 0);
    must_say(try(f), "/audit.jsonl is a FIFO; it must be a regular file");
    unlink(place);
    assert_int_equal(symlink(victim, place), 0);
    must_say(try(f), "/audit.jsonl is a symbolic link; name the file itself");
    assert_int_equal(stat(victim, &st), 0);
    unlink(place);
    assert_int_equal(link(victim, place), 0);
    must_say(try(f), "/audit.jsonl has 2 names (hard links); it must have one");
    unlink(victim);
    if (geteuid() == 0) {
        assert_int_equal(chown(place, 65534, 65534), 0);
        must_say(try(f), "/audit.jsonl belongs to user 65534; it must belong to user 0");
        assert_int_equal(chown(place, 0, 0), 0);
    }
    assert_int_equal(lines(f, 0, NULL), 1);
    assert_int_equal(chmod(f->dir, 0777), 0);
    must_say(try(f), "everybody can replace files in the directory /tmp/kfarm-audit.");
    assert_int_equal(chmod(f->dir, 0700), 0);
    assert_string_equal(try(f), "");
    snprintf(f->audit.path, sizeof(f->audit.path), "/dev/full");
    must_say(try(f), "/dev/full is a device; it must be a regular file");
}

/* Guards that there is none although one is wanted: it is said once. */
static void test_no_home(void **state)
{
    struct fixture *f = *state;

    f->audit.path[0] = '\0';
    must_say(try(f), "what you do is not written down: there is no home directory");
    assert_string_equal(try(f), "");
    f->audit.told_none = false;
    f->audit.none = true;
    assert_string_equal(try(f), "");
}

/* Another user who may read the file holds its lock until he is killed. */
static pid_t hold_lock(const char *path)
{
    int ready[2], fd;
    pid_t pid;
    char c;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        fd = geteuid() != 0 || setuid(65534) == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        (void)!write(ready[1], "", fd >= 0 && flock(fd, LOCK_EX) == 0);
        pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return pid;
}

/* Guards a lock that is never given back: lines are written all the same, and the file grows on, which is said. */
static void test_lock_held(void **state)
{
    struct fixture *f = *state;
    char path[128];
    pid_t pid;

    try(f);
    snprintf(path, sizeof(path), "%s", f->audit.path);
    assert_int_equal(chmod(path, 0644), 0); /* by an administrator who lets others read it */
    *strrchr(path, '/') = '\0';
    assert_int_equal(chmod(path, 0755), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(chmod(path, 0755) | chmod(f->dir, 0755), 0);
    pid = hold_lock(f->audit.path);
    assert_string_equal(try(f), "");
    assert_int_equal(lines(f, 0, NULL), 2);
    f->audit.size_max = 1;
    must_say(try(f), "/audit.jsonl grows on, it cannot be rotated: somebody holds its lock");
    assert_int_equal(lines(f, 0, NULL), 3);
    assert_int_equal(lines(f, 1, NULL), -1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_string_equal(try(f), "");
    assert_int_equal(lines(f, 0, NULL), 1);
    assert_int_equal(lines(f, 1, NULL), 3);
}

/* Guards old files that cannot be moved away: nothing is put over them. */
static void test_rotation_fails(void **state)
{
    struct fixture *f = *state;
    char path[128];

    f->audit.size_max = 1;
    f->audit.keep = 2;
    try(f);
    try(f);
    snprintf(path, sizeof(path), "%s.2", f->audit.path);
    assert_int_equal(mkdir(path, 0700), 0);
    must_say(try(f), "grows on, it cannot be rotated: Is a directory");
    assert_int_equal(lines(f, 0, NULL), 2);
    assert_int_equal(lines(f, 1, NULL), 1);
    assert_int_equal(rmdir(path), 0);
}

/* Guards half a line that somebody's crash has left at the end: the next one begins a line of its own. */
static void test_half_line(void **state)
{
    struct fixture *f = *state;
    char *line = NULL;
    size_t size = 0;
    FILE *file;

    try(f);
    file = fopen(f->audit.path, "ae");
    fputs("{\"time\":\"2023-11-14T2", file);
    fclose(file);
    assert_string_equal(try(f), "");
    file = fopen(f->audit.path, "re");
    for (int i = 0; i < 3; i++) {
        json_t *o;

        assert_true(getline(&line, &size, file) > 0);
        o = json_loads(line, 0, NULL);
        assert_int_equal(o != NULL, i != 1);
        json_decref(o);
    }
    assert_int_equal(getline(&line, &size, file), -1);
    free(line);
    fclose(file);
}

static off_t size_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

/* Guards a full disk: that is said, no half line stays, and once there is room again it goes on. */
static void test_full_disk(void **state)
{
    struct fixture *f = *state;
    char dir[128], filler[160], page[4096] = "";
    off_t before = 0;
    int fd, written = 0;

    if (geteuid() != 0) {
        print_message("only root can have a small disk\n");
        skip();
    }
    try(f);
    snprintf(dir, sizeof(dir), "%s", f->audit.path);
    *strrchr(dir, '/') = '\0';
    unlink(f->audit.path);
    assert_int_equal(mount("tmpfs", dir, "tmpfs", MS_NODEV | MS_NOSUID, "size=64k,mode=700"), 0);
    try(f);
    snprintf(filler, sizeof(filler), "%s/filler", dir);
    fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    while (write(fd, page, sizeof(page)) == (ssize_t)sizeof(page))
        continue;
    close(fd);
    do {
        before = size_of(f->audit.path);
        written++;
    } while (try(f)[0] == '\0' && written < 100);
    must_say(f->words, ": No space left on device");
    assert_int_equal(size_of(f->audit.path), before);
    assert_int_equal(lines(f, 0, NULL), written);
    unlink(filler);
    assert_string_equal(try(f), "");
    assert_int_equal(lines(f, 0, NULL), written + 1);
    assert_int_equal(umount(dir), 0);
}

/* ---- required ---- */

/* One who waits for the line of his request. */
struct waiter {
    int called;
    char why[768]; /* "": it may be sent */
    int lines; /* in the file, when he was told */
    struct fixture *fixture;
};

static void on_written(void *user, const char *why)
{
    struct waiter *w = user;

    w->called++;
    snprintf(w->why, sizeof(w->why), "%s", why ? why : "");
    w->lines = why ? 0 : lines(w->fixture, 0, NULL);
}

static bool request(struct fixture *f, struct waiter *w)
{
    struct action_target t = {.id = "42", .name = "kernel_build"};
    struct audit_entry e;

    f->number++;
    f->words[0] = '\0';
    *w = (struct waiter){.fixture = f};
    e = entry(f, &t, NULL);
    return audit_request(&f->audit, &e, on_written, w);
}

/* Guards that a request may be sent at once if the file need not be there, and otherwise only when its line is in it;
   the reason why it is not is told to him who waits, and to nobody else. */
static void test_required(void **state)
{
    struct fixture *f = *state;
    struct waiter w, second;

    assert_true(request(f, &w));
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(w.called, 0);
    f->audit.required = true;
    assert_false(request(f, &w));
    assert_false(request(f, &second));
    assert_int_equal(w.called, 0);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(w.called + second.called, 2);
    assert_string_equal(w.why, "");
    assert_int_equal(w.lines, 2);
    assert_int_equal(second.lines, 3);
    assert_false(request(f, &w));
    audit_forget(&f->audit, &w);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(w.called, 0);
    unlink(f->audit.path);
    assert_int_equal(mkfifo(f->audit.path, 0600), 0);
    assert_false(request(f, &w));
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(w.called, 1);
    must_say(w.why, "/audit.jsonl is a FIFO");
    assert_string_equal(f->words, "");
    add(f, "kernel_build"); /* of the same action: that is said already */
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_string_equal(f->words, "");
    f->audit.path[0] = '\0';
    assert_false(request(f, &w));
    uv_run(&f->loop, UV_RUN_DEFAULT);
    must_say(w.why, "there is no home directory");
    f->audit.none = true;
    assert_false(request(f, &w));
    uv_run(&f->loop, UV_RUN_DEFAULT);
    must_say(w.why, "[audit] file = none");
    snprintf(f->audit.path, sizeof(f->audit.path), "%s/state/deep/audit.jsonl", f->dir);
}

/* Guards a file server that hangs: who waits is told in time, and only once. */
static void test_patience(void **state)
{
    struct fixture *f = *state;
    struct waiter w;

    f->audit.patience_ms = 0;
    audit_tick(&f->audit);
    add(f, "kernel_build"); /* it is under way, and for all that is known hangs */
    audit_tick(&f->audit);
    must_say(f->words, "/audit.jsonl does not answer");
    f->audit.required = true;
    assert_false(request(f, &w));
    assert_int_equal(audit_unwritten(&f->audit), 2);
    audit_tick(&f->audit);
    assert_int_equal(w.called, 1);
    must_say(w.why, "/audit.jsonl does not answer");
    audit_tick(&f->audit);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(audit_unwritten(&f->audit), 0);
    assert_int_equal(w.called, 1);
    assert_string_equal(f->words, "");
    assert_int_equal(f->failures, 1);
}

static void hang(uv_work_t *work)
{
    (void)work;
    pause();
}

static void nothing(uv_work_t *work, int status)
{
    (void)work;
    (void)status;
}

/* One who does something and leaves, while the only thread hangs as on a file server that is gone. */
static _Noreturn void leave_while_it_hangs(struct fixture *f, int err_fd)
{
    const struct app_options options = {0};
    struct action_target t = {.id = "42"};
    struct audit_entry e = entry(f, &t, NULL);
    uv_work_t hanging;
    uv_loop_t loop;
    struct app *a;

    dup2(err_fd, STDERR_FILENO);
    setenv("UV_THREADPOOL_SIZE", "1", 1);
    setenv("XDG_STATE_HOME", f->dir, 1);
    if (uv_loop_init(&loop) != 0)
        _exit(2);
    uv_queue_work(&loop, &hanging, hang, nothing);
    a = app_new(&loop, &options);
    audit_add(&a->audit, &e);
    _exit(loop_finish(a, &loop) ? 1 : 0);
}

/* Guards what could not be written before the end: it is not waited for longer than that, and said. */
static void test_left_unwritten(void **state)
{
    struct fixture *f = *state;
    char said[512] = "";
    int ends[2], status;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        leave_while_it_hangs(f, ends[1]);
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
    close(ends[0]);
    must_say(said,
        "kfarm-top: what was done last is not in the audit file (lines: 1): /tmp/kfarm-audit.");
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

/* ---- who logged in ---- */

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        fail_msg("%s: %s", path, strerror(errno));
    close(fd);
}

/* This process has been logged in as 4242, whose name stands in a list of users that nobody can open before the descriptor
   that is returned is closed: it has a lease (fcntl(2)). */
static int hang_users(char *list)
{
    int fd = mkostemp(list, O_CLOEXEC);

    assert_true(fd >= 0);
    write_text(list, "root:x:0:0::/:/bin/sh\nana:x:4242:4242::/:/bin/sh\n");
    write_text("/proc/self/loginuid", "4242");
    assert_int_equal(unshare(CLONE_NEWNS), 0);
    assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    assert_int_equal(mount(list, "/etc/passwd", NULL, MS_BIND, NULL), 0);
    signal(SIGIO, SIG_IGN); /* somebody wants to open it */
    if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
        fail_msg("a lease of %s: %s", list, strerror(errno));
    return fd;
}

static void complain_at_once(struct fixture *f)
{
    uint64_t patience_ms = f->audit.patience_ms;

    f->audit.patience_ms = 0;
    audit_tick(&f->audit);
    f->audit.patience_ms = patience_ms;
}

/* Guards the screen, which asked for the name of its operator and stood still if the name service did. Only the line
   waits, which is complained of; when the name is there, it is in the line. First of all tests: threads that are there
   already would see the list of users that answers. */
static void test_name_service_hangs(void **state)
{
    static const char name[] = "a\",\"login\":null,\"b";
    struct fixture *f = *state;
    char list[] = "/dev/shm/kfarm-users.XXXXXX";
    json_t *o = NULL;
    int64_t begin_us;
    int lease;

    if (geteuid() != 0)
        fail_msg("only root can make the list of users hang");
    unsetenv("SUDO_USER");
    lease = hang_users(list);
    begin_us = clock_monotonic_us();
    add(f, name);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_true(clock_monotonic_us() - begin_us < 10000000); /* the lease is broken after 45 s */
    assert_true(audit_busy(&f->audit));
    assert_int_equal(f->failures, 0);
    complain_at_once(f);
    assert_int_equal(f->failures, 1);
    must_say(f->words, "does not answer");
    assert_int_equal(fcntl(lease, F_SETLEASE, F_UNLCK), 0);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(lines(f, 0, &o), 1);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(o, "targets"), 0), "name")),
        name);
    assert_string_equal(json_string_value(json_object_get(o, "login")), "ana");
    json_decref(o);
    close(lease);
    assert_int_equal(umount("/etc/passwd"), 0);
    unlink(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_name_service_hangs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_harmless, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rotation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rotated_by_several, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unwritable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_home, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lock_held, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rotation_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_required, setup, teardown),
        cmocka_unit_test_setup_teardown(test_patience, setup, teardown),
        cmocka_unit_test_setup_teardown(test_left_unwritten, setup, teardown),
        cmocka_unit_test(test_default_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
