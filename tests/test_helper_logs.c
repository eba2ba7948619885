/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The logs helper as the screen sees it: a process at the other end of a socket. Nothing here sleeps
 * for a time: a test waits until what it expects has come, and fails if that takes longer than
 * DEADLINE_MS. Lines are written down as "o|error|a.c:1: error: x", o for stdout and e for stderr,
 * with the flags of logproto.h in angle brackets before the text.
 */
#include "backend/helper_logs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/logproto.h"
#include "backend/logrule.h"
#include "backend/watch.h"
#include "backend/wire.h"
#include "base/alloc.h"
#include "base/clock.h"

#define DEADLINE_MS 20000
#define STRANGER    54321 /* a user with no inotify instances of his own yet */

struct file_state {
    enum log_file_state state;
    int error;
    int64_t size;
    bool polled;
};

/* The last WIRE_LOG_STATE. */
struct log_state {
    uint32_t follow;
    struct file_state file[LOG_STREAM_COUNT];
    bool complete;
    int64_t level[LOG_LEVEL_COUNT];
    char first_tag[32];
    int64_t first_tag_n;
};

struct world {
    char dir[64], out[96], err[96];
    pid_t pid;
    int fd, words; /* socket, standard error of the helper */
    struct wire_stream in;
    uint32_t follow;
    uid_t owner; /* of the job */
    bool hello;
    struct log_state state;
    struct place {
        char path[96];
        uint32_t uid;
    } place[LOG_STREAM_COUNT]; /* the last WIRE_LOG_PLACES */
    struct buf seen;
    uint32_t line_frames;
    size_t largest_frame;
};

/* ---- reading frames ---- */

static void read_lines(struct world *w, struct wire_reader *r)
{
    uint32_t n = wire_get_u32(r);

    for (uint32_t i = 0; i < n; i++) {
        uint8_t stream = wire_get_u8(r), level = wire_get_u8(r), flags = wire_get_u8(r);
        uint8_t spans = wire_get_u8(r);
        uint32_t end = 0;
        size_t len;
        const char *text;

        assert_true(stream < LOG_STREAM_COUNT && level < LOG_LEVEL_COUNT);
        assert_true(spans <= LOG_SPANS_MAX);
        for (uint8_t k = 0; k < spans; k++) {
            uint32_t span_end = wire_get_u32(r);

            span_end += wire_get_u32(r);
            end = KF_MAX(end, span_end);
            assert_true(wire_get_u8(r) < LOG_SPAN_COUNT);
        }
        text = wire_get_bytes(r, &len);
        assert_false(r->bad);
        assert_true(end <= len && len <= LOG_LINE_MAX);
        buf_addf(&w->seen, "%c|%s|", "oe"[stream], log_level_name((enum log_level)level));
        if (flags & LOG_LINE_RESTART)
            buf_adds(&w->seen, "<restart>");
        if (flags & LOG_LINE_SKIPPED)
            buf_adds(&w->seen, "<skipped>");
        if (flags & LOG_LINE_PARTIAL)
            buf_adds(&w->seen, "<partial>");
        if (!(flags & (LOG_LINE_RESTART | LOG_LINE_SKIPPED)))
            buf_add(&w->seen, text, len);
        buf_addc(&w->seen, '\n');
    }
}

static void read_state(struct log_state *s, struct wire_reader *r)
{
    uint32_t tags;

    for (int i = 0; i < LOG_STREAM_COUNT; i++) {
        struct file_state *f = &s->file[i];

        f->state = (enum log_file_state)wire_get_u8(r);
        assert_true(f->state < LOG_FILE_STATE_COUNT);
        f->error = (int)wire_get_u32(r);
        f->size = wire_get_i64(r);
        wire_get_i64(r);
        f->polled = wire_get_u8(r);
    }
    s->complete = wire_get_u8(r);
    assert_int_equal(wire_get_u32(r), LOG_LEVEL_COUNT);
    for (int i = 0; i < LOG_LEVEL_COUNT; i++)
        s->level[i] = wire_get_i64(r);
    tags = wire_get_u32(r);
    s->first_tag[0] = '\0';
    for (uint32_t i = 0; i < tags; i++) {
        char name[32];
        int64_t n;

        wire_get_text(r, name, sizeof(name));
        n = wire_get_i64(r);
        if (i == 0) {
            memcpy(s->first_tag, name, sizeof(name));
            s->first_tag_n = n;
        }
        assert_true(n > 0 && n <= s->first_tag_n);
    }
}

static int on_frame(void *user, const struct wire_frame *f)
{
    struct world *w = user;
    struct wire_reader r = wire_reader(f);
    uint32_t follow;

    assert_true(w->hello || f->head.type == WIRE_HELLO);
    if (f->head.type == WIRE_LOG_ALIVE)
        return 0;
    if (f->head.type == WIRE_HELLO) {
        char role[16];

        wire_get_text(&r, role, sizeof(role));
        assert_string_equal(role, "logs");
        w->hello = true;
        return 0;
    }
    follow = wire_get_u32(&r);
    if (follow != w->follow) { /* sent before the helper heard of the new one */
        assert_true(follow < w->follow && w->state.follow != w->follow);
        return 0;
    }
    if (f->head.type == WIRE_LOG_LINES) {
        w->line_frames++;
        w->largest_frame = KF_MAX(w->largest_frame, (size_t)f->head.length);
        read_lines(w, &r);
    } else if (f->head.type == WIRE_LOG_PLACES) {
        for (int i = 0; i < LOG_STREAM_COUNT; i++) {
            wire_get_text(&r, w->place[i].path, sizeof(w->place[i].path));
            w->place[i].uid = wire_get_u32(&r);
        }
    } else {
        assert_int_equal(f->head.type, WIRE_LOG_STATE);
        w->state.follow = follow;
        read_state(&w->state, &r);
    }
    assert_false(r.bad);
    assert_in_range(r.left, 0, 7); /* a frame's padding */
    return 0;
}

typedef bool condition_fn(const struct world *w, const void *argument);

/* Reads frames until the condition holds. */
static void wait_for(struct world *w, condition_fn *holds, const void *argument, const char *what)
{
    int64_t end = clock_monotonic_us() + DEADLINE_MS * 1000;

    while (!holds(w, argument)) {
        struct pollfd p = {.fd = w->fd, .events = POLLIN};
        int64_t left = (end - clock_monotonic_us()) / 1000;

        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            fail_msg("waited in vain for %s; seen:\n%s", what, buf_str(&w->seen));
        assert_int_equal(wire_read(w->fd, &w->in, on_frame, w), 0);
    }
}

static bool has_seen(const struct world *w, const void *expected)
{
    return strcmp(buf_str(&w->seen), expected) == 0;
}

/* Waits until just these lines have come since the last time. */
static void see(struct world *w, const char *expected)
{
    wait_for(w, has_seen, expected, expected);
    buf_clear(&w->seen);
}

static bool contains(const struct world *w, const void *expected)
{
    return memmem(buf_str(&w->seen), w->seen.len, expected, strlen(expected)) != NULL;
}

static void see_among_others(struct world *w, const char *expected)
{
    wait_for(w, contains, expected, expected);
    buf_clear(&w->seen);
}

static bool level_is(const struct world *w, const void *argument)
{
    const int64_t *want = argument;

    return w->state.follow == w->follow && w->state.level[want[0]] == want[1] && w->state.complete;
}

static void see_count(struct world *w, enum log_level level, int64_t n)
{
    wait_for(w, level_is, (int64_t[]){level, n}, log_level_name(level));
}

static bool file_is(const struct world *w, const void *argument)
{
    const int *want = argument;
    const struct file_state *f = &w->state.file[want[0]];

    return w->state.follow == w->follow && (int)f->state == want[1] && f->error == want[2] &&
           f->polled == want[3];
}

static void see_state(
    struct world *w, enum log_stream stream, enum log_file_state state, int error, bool polled)
{
    wait_for(w, file_is, (int[]){stream, (int)state, error, polled}, "a state");
}

/* ---- the helper ---- */

static void start(struct world *w, int (*helper)(int fd))
{
    int pair[2], words[2];

    fflush(NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(pipe2(words, O_CLOEXEC), 0);
    w->pid = fork();
    if (w->pid == 0) {
        close(pair[0]);
        dup2(words[1], STDERR_FILENO);
        exit(helper(pair[1]));
    }
    assert_true(w->pid > 0);
    close(pair[1]);
    close(words[1]);
    w->fd = pair[0];
    w->words = words[0];
}

static void set_up(struct world *w)
{
    *w = (struct world){.dir = "/tmp/test_helper_logs.XXXXXX", .owner = geteuid()};
    assert_non_null(mkdtemp(w->dir));
    assert_int_equal(chmod(w->dir, 0755), 0);
    snprintf(w->out, sizeof(w->out), "%s/out", w->dir);
    snprintf(w->err, sizeof(w->err), "%s/err", w->dir);
    start(w, helper_logs_main);
}

/* Closes the socket, as a screen that is gone; returns the helper's exit status. */
static int stop(struct world *w)
{
    int status;

    close(w->fd);
    assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
    close(w->words);
    wire_stream_release(&w->in);
    buf_release(&w->seen);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void tear_down(struct world *w)
{
    assert_int_equal(stop(w), 0);
    unlink(w->out);
    unlink(w->err);
    assert_int_equal(rmdir(w->dir), 0);
}

static void follow(struct world *w, const char *out, const char *err)
{
    struct buf b = BUF_INIT;
    size_t at = wire_begin(&b, WIRE_LOG_FOLLOW, 0, 0);

    wire_put_u32(&b, ++w->follow);
    wire_put_str(&b, out);
    wire_put_str(&b, err);
    wire_put_u32(&b, w->owner);
    assert_true(wire_end(&b, at));
    assert_int_equal(wire_write(w->fd, b.p, b.len), 0);
    buf_release(&b);
    buf_clear(&w->seen);
}

static void put_bytes(const char *path, const void *p, size_t n, int flags)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    close(fd);
}

static void append(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text), O_APPEND);
}

static void set_mtime(const char *path, time_t s)
{
    const struct timespec times[2] = {{.tv_sec = s}, {.tv_sec = s}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool events_here(const struct world *w)
{
    return watch_fs_of(w->dir) == WATCH_FS_EVENTS;
}

/* ---- tests ---- */

static void test_backlog(void **state)
{
    struct world w;

    (void)state;
    set_up(&w);
    append(w.out, "  CC      a.o\n  CC      b.o\n  LD      c.o\n");
    append(w.err, "a.c:1:2: error: no\n");
    set_mtime(w.out, 1000);
    set_mtime(w.err, 2000);
    follow(&w, w.out, w.err);
    see(&w, "o|step|  CC      a.o\no|step|  CC      b.o\no|step|  LD      c.o\n"
            "e|error|a.c:1:2: error: no\n");
    see_count(&w, LOG_STEP, 3);
    assert_int_equal(w.state.level[LOG_ERROR], 1);
    assert_string_equal(w.state.first_tag, "CC");
    assert_int_equal(w.state.first_tag_n, 2);
    assert_int_equal(w.state.file[LOG_STDOUT].size, 42);
    see_state(&w, LOG_STDERR, LOG_OPEN, 0, !events_here(&w));
    /* the one that was written to last comes last */
    set_mtime(w.err, 500);
    follow(&w, w.out, w.err);
    see(&w, "e|error|a.c:1:2: error: no\n"
            "o|step|  CC      a.o\no|step|  CC      b.o\no|step|  LD      c.o\n");
    see_count(&w, LOG_STEP, 3);
    tear_down(&w);
}

static void test_order_of_arrival(void **state)
{
    struct world w;

    (void)state;
    set_up(&w);
    if (!events_here(&w))
        print_message("SKIPPED: /tmp is on a file system without events\n");
    append(w.out, "o\n");
    append(w.err, "e\n");
    set_mtime(w.out, 1000);
    set_mtime(w.err, 2000);
    follow(&w, w.out, w.err);
    see(&w, "o|text|o\ne|text|e\n");
    for (int i = 0; i < 20 && events_here(&w); i++) {
        append(w.err, "first\n");
        append(w.out, "second\n");
        see(&w, "e|text|first\no|text|second\n");
        append(w.out, "third\n");
        append(w.err, "fourth\n");
        see(&w, "o|text|third\ne|text|fourth\n");
    }
    tear_down(&w);
}

static void test_one_file(void **state)
{
    struct world w;

    (void)state;
    set_up(&w);
    append(w.out, "a\n");
    follow(&w, w.out, w.out);
    see(&w, "o|text|a\n");
    see_count(&w, LOG_TEXT, 1);
    assert_int_equal(w.state.file[LOG_STDERR].state, LOG_OPEN);
    assert_int_equal(w.state.file[LOG_STDERR].size, 2);
    assert_int_equal(link(w.out, w.err), 0); /* two names of one file */
    follow(&w, w.out, w.err);
    see(&w, "o|text|a\n");
    append(w.err, "b\n");
    see(&w, "o|text|b\n");
    see_count(&w, LOG_TEXT, 2);
    follow(&w, w.out, "");
    see(&w, "o|text|a\no|text|b\n");
    see_state(&w, LOG_STDERR, LOG_NO_PATH, 0, false);
    follow(&w, "", "");
    see_state(&w, LOG_STDOUT, LOG_NO_PATH, 0, false);
    tear_down(&w);
}

static void test_comes_and_goes(void **state)
{
    struct world w;

    (void)state;
    set_up(&w);
    follow(&w, w.out, w.err);
    see_state(&w, LOG_STDOUT, LOG_WAITING, 0, !events_here(&w));
    append(w.out, "a\n");
    see(&w, "o|text|a\n");
    see_state(&w, LOG_STDOUT, LOG_OPEN, 0, !events_here(&w));
    assert_int_equal(mkdir(w.err, 0755), 0);
    see_state(&w, LOG_STDERR, LOG_UNREADABLE, EISDIR, !events_here(&w));
    assert_int_equal(rmdir(w.err), 0);
    see_state(&w, LOG_STDERR, LOG_WAITING, 0, !events_here(&w));
    /* requeued: truncated, and its counts begin again */
    append(w.out, "a.c:1: error: x\n");
    see(&w, "o|error|a.c:1: error: x\n");
    see_count(&w, LOG_ERROR, 1);
    put_bytes(w.out, "  CC      a.o\n", 14, O_TRUNC);
    see(&w, "o|text|<restart>\no|step|  CC      a.o\n");
    see_count(&w, LOG_STEP, 1);
    assert_int_equal(w.state.level[LOG_ERROR], 0);
    unlink(w.out);
    see_state(&w, LOG_STDOUT, LOG_WAITING, 0, !events_here(&w));
    tear_down(&w);
}

static void test_unfinished_line(void **state)
{
    struct world w;

    (void)state;
    set_up(&w);
    append(w.out, "a.c:1: error: x");
    follow(&w, w.out, "");
    see(&w, "o|error|<partial>a.c:1: error: x\n");
    see_count(&w, LOG_ERROR, 1);
    append(w.out, " and y\n");
    see(&w, "o|error|a.c:1: error: x and y\n");
    append(w.out, "text\n");
    see_count(&w, LOG_TEXT, 1);
    assert_int_equal(w.state.level[LOG_ERROR], 1);
    tear_down(&w);
}

/* A directory that is removed and made again, and more directories than are watched at once. */
static void test_directories(void **state)
{
    char dir[96], path[128];
    struct world w;

    (void)state;
    set_up(&w);
    snprintf(dir, sizeof(dir), "%s/sub", w.dir);
    snprintf(path, sizeof(path), "%s/log", dir);
    assert_int_equal(mkdir(dir, 0755), 0);
    append(path, "a\n");
    follow(&w, path, "");
    see(&w, "o|text|a\n");
    for (int i = 0; i < 3; i++) {
        unlink(path);
        assert_int_equal(rmdir(dir), 0);
        see_state(&w, LOG_STDOUT, LOG_WAITING, 0, true);
        assert_int_equal(mkdir(dir, 0755), 0);
        append(path, i % 2 ? "a\n" : "b\n");
        see(&w, i % 2 ? "o|text|<restart>\no|text|a\n" : "o|text|<restart>\no|text|b\n");
        see_state(&w, LOG_STDOUT, LOG_OPEN, 0, !events_here(&w));
    }
    unlink(path);
    assert_int_equal(rmdir(dir), 0);
    for (int i = 0; i < 2 * WATCH_DIRS_MAX; i++) {
        snprintf(dir, sizeof(dir), "%s/%d", w.dir, i);
        snprintf(path, sizeof(path), "%s/log", dir);
        assert_int_equal(mkdir(dir, 0755), 0);
        append(path, "a\n");
        follow(&w, path, w.out);
        see(&w, "o|text|a\n");
        see_state(&w, LOG_STDOUT, LOG_OPEN, 0, !events_here(&w));
        append(path, "b\n");
        see(&w, "o|text|b\n");
        unlink(path);
        assert_int_equal(rmdir(dir), 0);
    }
    tear_down(&w);
}

static void append_steps(const char *path, int n)
{
    struct buf b = BUF_INIT;

    for (int i = 0; i < n; i++)
        buf_addf(&b, "  %-7s drivers/net/file%d.o\n", i % 4 ? "CC" : "AR", i);
    put_bytes(path, b.p, b.len, O_APPEND);
    buf_release(&b);
}

/* The tail at once, all of it counted in time, in frames of bounded size. */
static void test_large_file(void **state)
{
    const int n = 200000;
    struct world w;

    (void)state;
    set_up(&w);
    append_steps(w.out, n);
    append(w.out, "the end\n");
    follow(&w, w.out, "");
    wait_for(&w, contains, "o|text|the end\n", "the end");
    assert_memory_equal(buf_str(&w.seen), "o|text|<skipped>\no|step|  ", 26);
    assert_true(w.seen.len < 2 * LOG_TAIL_MAX);
    assert_false(w.state.complete);
    see_count(&w, LOG_STEP, n);
    assert_string_equal(w.state.first_tag, "CC");
    assert_int_equal(w.state.first_tag_n, n / 4 * 3);
    assert_true(w.largest_frame < (64u << 10) + LOG_LINE_MAX);
    /* grown by more than can be shown: counted all the same, and the end is there */
    buf_clear(&w.seen);
    append_steps(w.out, n);
    append(w.out, "the very end\n");
    see_count(&w, LOG_STEP, 2 * n);
    assert_true(contains(&w, "o|text|<skipped>\no|step|  "));
    assert_true(contains(&w, "o|text|the very end\n"));
    assert_true(w.seen.len < 4 * LOG_TAIL_MAX);
    tear_down(&w);
}

/* Another build is selected while the first is still being read. */
static void test_follow_replaces(void **state)
{
    struct world w;

    (void)state;
    set_up(&w);
    append_steps(w.out, 300000);
    append(w.err, "small\n");
    for (int i = 0; i < 20; i++) {
        follow(&w, w.out, "");
        follow(&w, w.err, "");
        see(&w, "o|text|small\n");
        see_count(&w, LOG_TEXT, 1);
        assert_int_equal(w.state.level[LOG_STEP], 0);
    }
    tear_down(&w);
}

static void test_junk(void **state)
{
    struct world w;
    char *p = xcalloc(1, 1 << 20);
    uint32_t x = 1;

    (void)state;
    set_up(&w);
    for (size_t i = 0; i < 1 << 20; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (char)(x >> 24);
    }
    put_bytes(w.out, p, 1 << 20, 0);
    append(w.out, "\nafter the junk\n");
    free(p);
    follow(&w, w.out, w.out);
    see_among_others(&w, "o|text|after the junk\n");
    append(w.out, "more\n");
    see_among_others(&w, "o|text|more\n");
    tear_down(&w);
}

static bool says_hello(const struct world *w, const void *argument)
{
    (void)argument;
    return w->hello;
}

static void test_end(void **state)
{
    struct pollfd hung_up = {.events = POLLIN};
    struct world w;

    (void)state;
    set_up(&w);
    wait_for(&w, says_hello, NULL, "a hello");
    assert_int_equal(wire_write(w.fd, "this is not a frame of ours at all", 34), 0);
    hung_up.fd = w.fd;
    assert_int_equal(poll(&hung_up, 1, DEADLINE_MS), 1);
    assert_int_equal(stop(&w), 1);
    rmdir(w.dir);
    /* gone while the helper is writing */
    set_up(&w);
    append_steps(w.out, 20000);
    follow(&w, w.out, "");
    wait_for(&w, contains, "o|step|", "a line");
    tear_down(&w);
}

/* All inotify instances of the user are taken. */
static int helper_without_inotify(int fd)
{
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (setresgid(STRANGER, STRANGER, STRANGER) || setresuid(STRANGER, STRANGER, STRANGER))
        return 99;
    for (int i = 0; i < 1000; i++)
        if (inotify_init1(IN_CLOEXEC) < 0)
            return helper_logs_main(fd);
    return 99;
}

static bool can_be_stranger(void)
{
    long instances = 0;
    FILE *f = fopen("/proc/sys/fs/inotify/max_user_instances", "re");
    char text[32] = "";

    if (f && fgets(text, sizeof(text), f))
        instances = strtol(text, NULL, 10);
    if (f)
        fclose(f);
    return instances > 0 && instances < 900 && geteuid() == 0 && seteuid(STRANGER) == 0 &&
           seteuid(0) == 0;
}

static void test_no_inotify(void **state)
{
    char words[256] = "";
    struct world w;

    (void)state;
    if (!can_be_stranger()) {
        print_message("SKIPPED: taking all inotify instances of another user needs root\n");
        skip();
    }
    set_up(&w);
    if (!events_here(&w)) {
        tear_down(&w);
        print_message("SKIPPED: /tmp is on a file system without events\n");
        skip();
    }
    assert_int_equal(stop(&w), 0);
    w.in = (struct wire_stream){0};
    w.seen = (struct buf){0};
    w.hello = false;
    start(&w, helper_without_inotify);
    w.owner = STRANGER;
    append(w.out, "a\n");
    follow(&w, w.out, "");
    see(&w, "o|text|a\n");
    see_state(&w, LOG_STDOUT, LOG_OPEN, 0, true);
    append(w.out, "b\n");
    see(&w, "o|text|b\n");
    assert_true(read(w.words, words, sizeof(words) - 1) > 0);
    assert_non_null(strstr(words, "fs.inotify.max_user_instances"));
    tear_down(&w);
}

/* ---- a file system that tells of nothing: bindfs, written to from below ---- */

static int run(const char *const argv[])
{
    pid_t pid;
    int status;

    if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ) != 0)
        return -1;
    if (waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_fuse(void **state)
{
    char below[96], above[96], path[128], path_below[128];
    const char *mount[] = {"bindfs", below, above, NULL};
    const char *unmount[] = {"fusermount", "-u", above, NULL};
    struct world w;

    (void)state;
    set_up(&w);
    snprintf(below, sizeof(below), "%s/below", w.dir);
    snprintf(above, sizeof(above), "%s/above", w.dir);
    snprintf(path, sizeof(path), "%s/log", above);
    snprintf(path_below, sizeof(path_below), "%s/log", below);
    assert_int_equal(mkdir(below, 0755), 0);
    assert_int_equal(mkdir(above, 0755), 0);
    if (access("/dev/fuse", R_OK | W_OK) != 0 || run(mount) != 0) {
        rmdir(below);
        rmdir(above);
        tear_down(&w);
        print_message("SKIPPED: bindfs cannot be mounted here: NOTHING TESTED ON A FILE SYSTEM "
                      "WITHOUT EVENTS\n");
        skip();
    }
    follow(&w, path, "");
    see_state(&w, LOG_STDOUT, LOG_WAITING, 0, true);
    append(path_below, "a\n");
    see(&w, "o|text|a\n");
    see_state(&w, LOG_STDOUT, LOG_OPEN, 0, true);
    append(path_below, "b\nc");
    see(&w, "o|text|b\no|text|<partial>c\n");
    append(path_below, "\n");
    see(&w, "o|text|c\n");
    put_bytes(path_below, "d\n", 2, O_TRUNC);
    see(&w, "o|text|<restart>\no|text|d\n");
    assert_int_equal(rename(path_below, w.out), 0);
    append(path_below, "new file\n");
    see(&w, "o|text|<restart>\no|text|new file\n");
    unlink(path_below);
    see_state(&w, LOG_STDOUT, LOG_WAITING, 0, true);
    assert_int_equal(run(unmount), 0);
    rmdir(below);
    rmdir(above);
    tear_down(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backlog),
        cmocka_unit_test(test_order_of_arrival),
        cmocka_unit_test(test_one_file),
        cmocka_unit_test(test_comes_and_goes),
        cmocka_unit_test(test_unfinished_line),
        cmocka_unit_test(test_directories),
        cmocka_unit_test(test_large_file),
        cmocka_unit_test(test_follow_replaces),
        cmocka_unit_test(test_junk),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_no_inotify),
        cmocka_unit_test(test_fuse),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
