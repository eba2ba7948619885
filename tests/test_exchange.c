/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is exchanged within a single read: the kernel holds a process that reads it at one of its system calls
 * (fanotify(7), permission events) until another thing has the place: another file, a FIFO, a directory, nothing, or other
 * bytes in the same file. The reader does not hang, and does not take two files for one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/logtail.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/given.h"

#define DEADLINE_MS 10000
#define EVENTS                                                                                     \
    6 /* the file is exchanged at the first, the second, … system call: its open and reads */
#define OLD_LINES 2000
#define CHUNK     4096
#define LOOKS     4

enum how {
    RENAMED,
    RENAMED_SHORT,
    REWRITTEN,
    REWRITTEN_SHORT,
    TRUNCATED,
    FIFO,
    DIRECTORY,
    REMOVED
};

static const char *const how_names[] = {
    [RENAMED] = "another file",
    [RENAMED_SHORT] = "another, shorter file",
    [REWRITTEN] = "other bytes",
    [REWRITTEN_SHORT] = "other, fewer bytes",
    [TRUNCATED] = "no bytes",
    [FIFO] = "a FIFO",
    [DIRECTORY] = "a directory",
    [REMOVED] = "nothing",
};

static struct {
    char dir[64], file[96], fresh[96];
    int events; /* fanotify's descriptor */
    struct buf before, after; /* the file's bytes; after: "" if there is no file */
} w = {.events = -1};

/* ---- the files ---- */

static void put_lines(struct buf *b, const char *name, int n)
{
    buf_clear(b);
    for (int i = 0; i < n; i++)
        buf_addf(b, "%s %04d\n", name, i);
}

static void write_file(const char *path, const struct buf *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, buf_str(text), text->len), text->len);
    close(fd);
}

static void prepare(void)
{
    put_lines(&w.before, "old", OLD_LINES);
    write_file(w.file, &w.before);
}

static void exchange(enum how how)
{
    static const int lines[] = {[RENAMED] = OLD_LINES * 2,
        [RENAMED_SHORT] = OLD_LINES / 8,
        [REWRITTEN] = OLD_LINES * 2,
        [REWRITTEN_SHORT] = OLD_LINES / 8,
        [REMOVED] = 0};

    put_lines(&w.after, "new", lines[how]);
    if (how == REWRITTEN || how == REWRITTEN_SHORT || how == TRUNCATED) {
        write_file(w.file, &w.after);
        return;
    }
    if (how == RENAMED || how == RENAMED_SHORT)
        write_file(w.fresh, &w.after);
    else if (how == FIFO)
        assert_int_equal(mkfifo(w.fresh, 0644), 0);
    else if (how == DIRECTORY)
        assert_int_equal(mkdir(w.fresh, 0755), 0);
    if (how == DIRECTORY || how == REMOVED)
        assert_int_equal(unlink(w.file), 0);
    if (how != REMOVED)
        assert_int_equal(rename(w.fresh, w.file), 0);
}

/* ---- the reader is held ---- */

typedef void reader_fn(struct buf *out);

/* Answers the events of the file until all is exchanged; false if it was not opened or read that often. */
static bool hold_and_exchange(int out, int at, enum how how)
{
    int64_t until_us = clock_monotonic_us() + DEADLINE_MS * 1000;

    for (int n = 0; n < at;) {
        struct pollfd fds[] = {{.fd = w.events, .events = POLLIN}, {.fd = out}};
        struct fanotify_event_metadata e;
        struct fanotify_response r = {.response = FAN_ALLOW};

        if (clock_monotonic_us() > until_us)
            fail_msg("the reader neither read on nor ended");
        poll(fds, 2, 100);
        if (!(fds[0].revents & POLLIN)) {
            if (fds[1].revents & POLLHUP) /* it ended */
                return false;
            continue;
        }
        assert_int_equal(read(w.events, &e, sizeof(e)), sizeof(e));
        if (++n == at) { /* from here on nobody is held, nor are we */
            assert_int_equal(fanotify_mark(w.events, FAN_MARK_REMOVE,
                                 FAN_OPEN_PERM | FAN_ACCESS_PERM, AT_FDCWD, w.file),
                0);
            exchange(how);
        }
        r.fd = e.fd;
        assert_int_equal(write(w.events, &r, sizeof(r)), sizeof(r));
        close(e.fd);
    }
    return true;
}

static void collect(int out, struct buf *ret)
{
    int64_t until_us = clock_monotonic_us() + DEADLINE_MS * 1000;
    struct pollfd p = {.fd = out, .events = POLLIN};
    char piece[4096];
    ssize_t n;

    buf_clear(ret);
    do {
        if (poll(&p, 1, (int)((until_us - clock_monotonic_us()) / 1000)) <= 0)
            fail_msg("the reader hangs");
        n = read(out, piece, sizeof(piece));
        if (n > 0)
            buf_add(ret, piece, (size_t)n);
    } while (n > 0);
}

/* What a process brought that read the file, which was exchanged at its system call number `at`; false if it made no
   such call. */
static bool read_exchanged(reader_fn *fn, int at, enum how how, struct buf *ret)
{
    int ends[2], status;
    struct buf text = BUF_INIT;
    bool exchanged;
    pid_t pid;

    prepare();
    assert_int_equal(
        fanotify_mark(w.events, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_ACCESS_PERM, AT_FDCWD, w.file),
        0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(w.events);
        close(ends[0]);
        fn(&text);
        (void)!write(ends[1], buf_str(&text), text.len);
        _exit(0);
    }
    close(ends[1]);
    exchanged = hold_and_exchange(ends[0], at, how);
    collect(ends[0], ret);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    if (!exchanged)
        fanotify_mark(w.events, FAN_MARK_FLUSH, 0, AT_FDCWD, NULL);
    assert_int_equal(remove(w.file), exchanged && how == REMOVED ? -1 : 0);
    return exchanged;
}

/* Where the kernel has no such events, or we are not root, that is said by name. */
static void need_events(void)
{
    int err = -1;

    prepare();
    if (w.events >= 0)
        err = fanotify_mark(
            w.events, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_ACCESS_PERM, AT_FDCWD, w.file);
    if (!err) {
        fanotify_mark(w.events, FAN_MARK_FLUSH, 0, AT_FDCWD, NULL);
        return;
    }
    print_message(
        "SKIPPED: no permission events of fanotify here: NOTHING TESTED ON FILES THAT ARE "
        "EXCHANGED WHILE THEY ARE READ\n");
    skip();
}

/* ---- logs ---- */

#define RESTART "<restart>\n"

static void on_line(void *user, const struct logtail_line *line)
{
    if (line->flags & LOG_LINE_RESTART)
        buf_adds(user, RESTART);
    else if (!(line->flags & LOG_LINE_SKIPPED))
        buf_addf(user, "%.*s\n", (int)line->len, line->text);
}

static void follow_from(size_t tail_max, struct buf *out)
{
    struct logtail *t =
        logtail_new(w.file, &(struct logtail_conf){.chunk = CHUNK, .tail_max = tail_max});

    for (int i = 0; i < LOOKS; i++)
        while (logtail_poll(t, i, on_line, out))
            ;
    logtail_free(t);
}

static void follow_all(struct buf *out)
{
    follow_from(SIZE_MAX, out);
}

static void follow_tail(struct buf *out)
{
    follow_from(4 * CHUNK, out);
}

/* What follows the last restart. */
static const char *behind_restarts(const char *text)
{
    for (const char *next; (next = strstr(text, RESTART)) != NULL;)
        text = next + strlen(RESTART);
    return text;
}

/* The lines behind the last restart are those of one file: the one that is there in the end, or, if that is none, as much
   of the old one as was read. `tail`: only its last lines. */
static void must_be_of_one(const char *last, enum how how, bool tail)
{
    const struct buf *all = how <= TRUNCATED ? &w.after : &w.before;
    const char *from = tail && last[0] ? strstr(buf_str(all), last) : buf_str(all);
    bool same = from && strncmp(from, last, strlen(last)) == 0;

    if (how <= TRUNCATED) /* to its end */
        same = same && strlen(from) == strlen(last);
    if (!same)
        fail_msg("%.60s … (%zu bytes)", last, strlen(last));
}

/* Guards a log that is followed, from its first byte on and from its tail. */
static void test_followed_log(void **state)
{
    struct buf seen = BUF_INIT;
    int exchanged = 0;

    (void)state;
    need_events();
    for (int tail = 0; tail < 2; tail++)
        for (enum how how = RENAMED; how <= REMOVED; how++)
            for (int at = 1; at <= EVENTS; at++) {
                print_message("%s at call %d\n", how_names[how], at);
                exchanged += read_exchanged(tail ? follow_tail : follow_all, at, how, &seen);
                must_be_of_one(behind_restarts(buf_str(&seen)), how, tail);
            }
    assert_int_equal(exchanged, 2 * EVENTS * (REMOVED + 1)); /* all of them happened */
    buf_release(&seen);
}

/* ---- files that are read at once ---- */

static void give(struct buf *out)
{
    struct buf text = BUF_INIT;
    struct diag d = DIAG_INIT;

    if (given_read(w.file, 1 << 20, &text, &d) == 0)
        buf_add(out, buf_str(&text), text.len);
    buf_release(&text);
}

static void read_all(struct buf *out)
{
    struct stat st;
    size_t size;
    int error;
    char *text = file_read_all(w.file, 1 << 20, &st, &size, &error);

    if (text)
        buf_add(out, text, size);
    free(text);
}

/* Guards that what was opened is what is read, and that no FIFO that took its place is waited for: a configuration,
   a theme, rules, a recording, a source, a script. */
static void test_read_at_once(void **state)
{
    static reader_fn *const readers[] = {give, read_all};
    struct buf got = BUF_INIT;

    (void)state;
    need_events();
    for (enum how how = RENAMED; how <= REMOVED; how++)
        for (int at = 1; at <= 2; at++)
            for (size_t i = 0; i < KF_LEN(readers); i++) {
                bool in_place = how == REWRITTEN || how == REWRITTEN_SHORT || how == TRUNCATED;
                const char *want;

                assert_true(read_exchanged(readers[i], at, how, &got));
                want = buf_str(in_place ? &w.after : &w.before);
                /* file_read_all() reads as much as there was when it was opened */
                if (strncmp(want, buf_str(&got), got.len) != 0 ||
                    (got.len < strlen(want) && !(in_place && got.len == w.before.len)))
                    fail_msg("%s at call %d, reader %zu: %zu bytes: %.60s", how_names[how], at, i,
                        got.len, buf_str(&got));
            }
    buf_release(&got);
}

/* ---- fixtures ---- */

static int start(void **state)
{
    (void)state;
    snprintf(w.dir, sizeof(w.dir), "/tmp/kfarm-exchange.XXXXXX");
    if (mkdtemp(w.dir) == NULL)
        return -1;
    snprintf(w.file, sizeof(w.file), "%s/file", w.dir);
    snprintf(w.fresh, sizeof(w.fresh), "%s/fresh", w.dir);
    w.events = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC | O_LARGEFILE);
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (w.events >= 0)
        close(w.events);
    buf_release(&w.before);
    buf_release(&w.after);
    remove(w.file);
    return remove(w.dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_followed_log),
        cmocka_unit_test(test_read_at_once),
    };

    return cmocka_run_group_tests(tests, start, end);
}
