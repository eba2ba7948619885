/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following one file through everything that happens to logs. Buffers are tiny so that their edges
 * are reached, time is a number that the test moves. What was handed over is written down as text:
 * a line as it is, preceded by its flags in angle brackets: cut, nul, restart, skipped, partial.
 */
#include "backend/logtail.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/logsplit.h"
#include "base/alloc.h"
#include "base/buf.h"

#define NOBODY 65534

struct world {
    char dir[64];
    char path[96];
    char other[96];
    struct logtail *tail;
    int64_t now;
    struct buf seen;
};

static const struct logtail_conf tiny = {
    .line_max = 16, .tail_max = 64, .chunk = 8, .step = 24, .rest_ms = 1000};

static void set_up(struct world *w, const struct logtail_conf *conf)
{
    *w = (struct world){.dir = "/tmp/test_logtail.XXXXXX"};
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof(w->path), "%s/log", w->dir);
    snprintf(w->other, sizeof(w->other), "%s/other", w->dir);
    w->tail = logtail_new(w->path, conf);
}

static void tear_down(struct world *w)
{
    logtail_free(w->tail);
    buf_release(&w->seen);
    unlink(w->path);
    rmdir(w->path);
    unlink(w->other);
    rmdir(w->dir);
}

static void put_bytes(const char *path, const char *p, size_t n, int flags)
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

/* As a requeued job does it: the same inode, emptied and written anew. */
static void overwrite(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text), O_TRUNC);
}

static void write_down(void *user, const struct logtail_line *line)
{
    static const struct {
        uint8_t flag;
        const char *name;
    } names[] = {
        {LOG_LINE_CUT, "<cut>"},
        {LOG_LINE_BINARY, "<nul>"},
        {LOG_LINE_RESTART, "<restart>"},
        {LOG_LINE_SKIPPED, "<skipped>"},
        {LOG_LINE_PARTIAL, "<partial>"},
    };
    struct buf *seen = user;

    for (size_t i = 0; i < KF_LEN(names); i++)
        if (line->flags & names[i].flag)
            buf_adds(seen, names[i].name);
    if (!(line->flags & (LOG_LINE_RESTART | LOG_LINE_SKIPPED)))
        for (size_t i = 0; i < line->len; i++)
            buf_addc(seen, line->text[i] ? line->text[i] : '0');
    buf_addc(seen, '\n');
}

/* One look and, if there is more to read at once, the rest. */
static void look(struct world *w)
{
    int looks = 0;

    w->now += 10;
    while (logtail_poll(w->tail, w->now, write_down, &w->seen))
        assert_true(++looks < 100000);
}

static void assert_seen(struct world *w, const char *expected)
{
    assert_string_equal(buf_str(&w->seen), expected);
    buf_clear(&w->seen);
}

static void look_and_see(struct world *w, const char *expected)
{
    look(w);
    assert_seen(w, expected);
}

static void assert_state(const struct world *w, enum log_file_state state, int error)
{
    assert_int_equal(logtail_state(w->tail)->state, state);
    assert_int_equal(logtail_state(w->tail)->error, error);
}

/* ---- lines ---- */

#define PIECES                                                                                     \
    "one\n\ntwo\r\n"                                                                               \
    "10%\r20%\r100%\n"                                                                             \
    "a\r\r\n"                                                                                      \
    "\r\rb\n"                                                                                      \
    "\r\n"                                                                                         \
    "n\0l\n"                                                                                       \
    "0123456789abcdef\n"                                                                           \
    "0123456789abcdefX\n"                                                                          \
    "0123456789abcdefX\rshort\n"                                                                   \
    "0123456789abcd\xe2\x80\x98quoted\n"                                                           \
    "\xe2\x80\x98\xff\xc3\n"                                                                       \
    "end"
#define LINES                                                                                      \
    "one\n\ntwo\n100%\na\nb\n\n<nul>n0l\n0123456789abcdef\n<cut>0123456789abcdef\nshort\n"         \
    "<cut>0123456789abcd\n\xe2\x80\x98\xff\xc3\n"

static void split_down(void *user, const char *text, size_t len, uint8_t flags, size_t rest)
{
    struct logtail_line line = {.text = text, .len = len, .flags = flags, .left = (int64_t)rest};

    write_down(user, &line);
}

/* Wherever the bytes are cut into three pieces, the same lines come out. */
static void test_split_at_every_byte(void **state)
{
    static const char all[] = PIECES;
    const size_t n = sizeof(all) - 1;
    struct logsplit s;
    struct buf seen = BUF_INIT;

    (void)state;
    logsplit_init(&s, 16);
    for (size_t i = 0; i <= n; i++) {
        for (size_t k = i; k <= n; k++) {
            const char *text;
            size_t len;
            uint8_t flags;

            logsplit_feed(&s, all, i, split_down, &seen);
            logsplit_feed(&s, all + i, k - i, split_down, &seen);
            logsplit_feed(&s, all + k, n - k, split_down, &seen);
            assert_string_equal(buf_str(&seen), LINES);
            assert_true(logsplit_unfinished(&s, &text, &len, &flags));
            assert_int_equal(len, 3);
            logsplit_reset(&s);
            assert_false(logsplit_unfinished(&s, &text, &len, &flags));
            buf_clear(&seen);
        }
    }
    logsplit_release(&s);
    buf_release(&seen);
}

static void test_grows_byte_by_byte(void **state)
{
    static const char all[] = PIECES;
    struct logtail_conf conf = tiny;
    struct world w;

    (void)state;
    conf.rest_ms = 1 << 30;
    set_up(&w, &conf);
    for (size_t i = 0; i < sizeof(all) - 1; i++) {
        put_bytes(w.path, all + i, 1, O_APPEND);
        look(&w);
    }
    assert_seen(&w, LINES);
    assert_int_equal(logtail_state(w.tail)->size, sizeof(all) - 1);
    tear_down(&w);
}

/* An unfinished line is shown once it rests, again when it has changed and rests, and whole when it
   is whole; never is a whole line handed over twice. */
static void test_unfinished_line(void **state)
{
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    assert_int_equal(logtail_deadline(w.tail), -1);
    append(w.path, "done\nProceed? [y]");
    look_and_see(&w, "done\n");
    assert_int_equal(logtail_deadline(w.tail), w.now + 1000);
    w.now += 980;
    look_and_see(&w, "");
    look_and_see(&w, "<partial>Proceed? [y]\n");
    assert_int_equal(logtail_deadline(w.tail), -1);
    w.now += 5000;
    look_and_see(&w, "");
    append(w.path, " y");
    look_and_see(&w, "");
    w.now += 1000;
    look_and_see(&w, "<partial>Proceed? [y] y\n");
    append(w.path, "\nnext\n");
    look_and_see(&w, "Proceed? [y] y\nnext\n");
    /* a counter: its state, not its history; then the file goes, and the rest is still shown */
    append(w.path, "1%\r2%\r");
    look_and_see(&w, "");
    unlink(w.path);
    w.now += 1000;
    look_and_see(&w, "<partial>2%\n");
    assert_state(&w, LOG_WAITING, 0);
    tear_down(&w);
}

static void test_long_line(void **state)
{
    const size_t mb = 1 << 20;
    char *p = xcalloc(1, mb);
    struct rusage before, after;
    struct world w;

    (void)state;
    set_up(&w, NULL);
    append(w.path, "a\n");
    look_and_see(&w, "a\n");
    memset(p, 'x', mb);
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < 10; i++)
        put_bytes(w.path, p, mb, O_APPEND);
    append(w.path, "\nb\n");
    look(&w);
    getrusage(RUSAGE_SELF, &after);
    assert_int_equal(w.seen.len, strlen("<cut>") + LOG_LINE_MAX + strlen("\nb\n"));
    assert_memory_equal(w.seen.p, "<cut>xxx", 8);
    assert_string_equal(w.seen.p + w.seen.len - 4, "x\nb\n");
    assert_true(after.ru_maxrss - before.ru_maxrss < 2048); /* KiB */
    free(p);
    tear_down(&w);
}

/* ---- what happens to files ---- */

static void test_not_there_yet(void **state)
{
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    look_and_see(&w, "");
    assert_state(&w, LOG_WAITING, 0);
    assert_int_equal(logtail_state(w.tail)->size, -1);
    assert_true(logtail_complete(w.tail));
    assert_int_equal(symlink(w.other, w.path), 0); /* dangling */
    look_and_see(&w, "");
    assert_state(&w, LOG_WAITING, 0);
    append(w.other, "a\n");
    look_and_see(&w, "a\n");
    assert_state(&w, LOG_OPEN, 0);
    tear_down(&w);
}

static void test_truncated(void **state)
{
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    append(w.path, "one\ntwo\nthr");
    look_and_see(&w, "one\ntwo\n");
    overwrite(w.path, "");
    look_and_see(&w, "thr\n<restart>\n");
    append(w.path, "four\n");
    look_and_see(&w, "four\n");
    overwrite(w.path, "5\n");
    look_and_see(&w, "<restart>\n5\n");
    tear_down(&w);
}

/* Truncated and grown past where we were, between two looks. */
static void test_truncated_and_grown(void **state)
{
    static const char banner[] = "-----------------------------------------------------\n"
                                 "SLURM Job ID: 42\nRunning\n";
    struct logtail_conf conf = tiny;
    struct world w;

    (void)state;
    conf.line_max = 64;
    conf.tail_max = SIZE_MAX;
    set_up(&w, &conf);
    append(w.path, "one\ntwo\n");
    look_and_see(&w, "one\ntwo\n");
    overwrite(w.path, "uno\ndos\ntres\n"); /* another beginning */
    look_and_see(&w, "<restart>\nuno\ndos\ntres\n");
    overwrite(w.path, banner);
    look(&w);
    append(w.path, "on node1\nfirst\n");
    look(&w);
    buf_clear(&w.seen);
    overwrite(w.path, banner); /* the same beginning, longer than the sample of it */
    append(w.path, "on node2\nfirst\nsecond\n");
    look(&w);
    assert_non_null(strstr(buf_str(&w.seen), "<restart>\n-----"));
    assert_non_null(strstr(buf_str(&w.seen), "on node2\nfirst\nsecond\n"));
    tear_down(&w);
}

/* Rewritten to the size that it had: told by its time, then by its content. A new time alone is not
   a new file. */
static void test_rewritten_with_the_same_size(void **state)
{
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    append(w.path, "one\n");
    look_and_see(&w, "one\n");
    assert_int_equal(utimensat(AT_FDCWD, w.path, times, 0), 0);
    look_and_see(&w, "");
    overwrite(w.path, "uno\n");
    look_and_see(&w, "<restart>\nuno\n");
    tear_down(&w);
}

static void test_replaced(void **state)
{
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    append(w.path, "one\n");
    look_and_see(&w, "one\n");
    append(w.other, "one\ntwo\n");
    assert_int_equal(rename(w.other, w.path), 0);
    look_and_see(&w, "<restart>\none\ntwo\n");
    assert_int_equal(rename(w.path, w.other), 0); /* rotated: gone for a while */
    look_and_see(&w, "");
    assert_state(&w, LOG_WAITING, 0);
    append(w.path, "three\n");
    look_and_see(&w, "<restart>\nthree\n");
    tear_down(&w);
}

/* ---- network file systems ---- */

static void test_remote_shrink_is_asked_twice(void **state)
{
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    logtail_set_remote(w.tail, true);
    append(w.path, "one\ntwo\n");
    look_and_see(&w, "one\ntwo\n");
    /* old attributes: it seems shorter for one look, and is whole again at the next */
    assert_int_equal(truncate(w.path, 4), 0);
    look_and_see(&w, "");
    append(w.path, "two\nthree\n");
    look_and_see(&w, "three\n");
    /* really shorter */
    assert_int_equal(truncate(w.path, 4), 0);
    look_and_see(&w, "");
    look_and_see(&w, "<restart>\none\n");
    tear_down(&w);
}

/* A file system that numbers files anew when it likes: the content says that it is the same one. */
static void test_remote_renumbered(void **state)
{
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    logtail_set_remote(w.tail, true);
    append(w.path, "one\ntwo\n");
    look_and_see(&w, "one\ntwo\n");
    append(w.other, "one\ntwo\nthree\n");
    assert_int_equal(rename(w.other, w.path), 0);
    look_and_see(&w, "three\n");
    append(w.other, "uno\ndos\ntres\ncuatro\n");
    assert_int_equal(rename(w.other, w.path), 0);
    look_and_see(&w, "");
    look_and_see(&w, "<restart>\nuno\ndos\ntres\ncuatro\n");
    tear_down(&w);
}

/* A page that has not come yet reads as NUL bytes: waited for, but not for ever. */
static void test_remote_holes(void **state)
{
    struct world w;
    int fd;

    (void)state;
    set_up(&w, &tiny);
    logtail_set_remote(w.tail, true);
    put_bytes(w.path, "one\n\0\0\0\0thr\n", 12, 0);
    look_and_see(&w, "one\n");
    look_and_see(&w, "");
    fd = open(w.path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "two\n", 4, 4), 4);
    close(fd);
    look_and_see(&w, "two\nthr\n");
    put_bytes(w.path, "\0\n", 2, O_APPEND);
    for (int i = 0; i < 3; i++)
        look_and_see(&w, "");
    look_and_see(&w, "<nul>0\n");
    tear_down(&w);
}

/* ---- large files ---- */

static void make_numbers(const char *path, int n, struct buf *b)
{
    buf_clear(b);
    for (int i = 1; i <= n; i++)
        buf_addf(b, "%d\n", i);
    put_bytes(path, b->p, b->len, O_TRUNC);
}

/* Wherever the tail begins, the two passes together hand over every line once. */
static void test_tail_and_count_meet(void **state)
{
    struct buf all = BUF_INIT;

    (void)state;
    for (size_t tail = 1; tail < 80; tail++) {
        struct logtail_conf conf = tiny;
        struct buf counted = BUF_INIT;
        struct world w;
        int steps = 0;

        conf.tail_max = tail;
        set_up(&w, &conf);
        make_numbers(w.path, 30, &all); /* 81 bytes */
        look(&w);
        assert_memory_equal(buf_str(&w.seen), "<skipped>\n", 10);
        buf_drop(&w.seen, 10);
        assert_true(w.seen.len <= tail);
        assert_true(w.seen.len + 3 > tail); /* but for one line */
        while (logtail_count(w.tail, write_down, &counted))
            steps++;
        assert_true(logtail_complete(w.tail));
        assert_int_equal(steps, (all.len - w.seen.len - (counted.len ? 1 : 0)) / conf.step);
        buf_add(&counted, w.seen.p, w.seen.len);
        assert_string_equal(counted.p, all.p);
        buf_release(&counted);
        tear_down(&w);
    }
    buf_release(&all);
}

static void test_tail_begins_within_progress(void **state)
{
    struct buf counted = BUF_INIT;
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    append(w.path, "head\n");
    for (int i = 0; i < 50; i++)
        append(w.path, "12%\r34%\r");
    look_and_see(&w, "<skipped>\n");
    append(w.path, "100%\nend\n");
    look_and_see(&w, "100%\nend\n");
    while (logtail_count(w.tail, write_down, &counted))
        ;
    assert_string_equal(buf_str(&counted), "head\n");
    assert_true(logtail_complete(w.tail));
    buf_release(&counted);
    tear_down(&w);
}

static void test_steps_are_bounded(void **state)
{
    struct logtail_conf conf = tiny;
    struct buf all = BUF_INIT;
    struct world w;
    int looks = 1;

    (void)state;
    conf.tail_max = SIZE_MAX;
    set_up(&w, &conf);
    make_numbers(w.path, 1000, &all);
    while (logtail_poll(w.tail, ++w.now, write_down, &w.seen)) {
        assert_int_equal(logtail_behind(w.tail), (int64_t)all.len - looks * 24);
        looks++;
    }
    assert_int_equal(looks, (all.len + 23) / 24);
    assert_seen(&w, all.p);
    buf_release(&all);
    tear_down(&w);
}

static void test_truncated_while_counting(void **state)
{
    struct buf all = BUF_INIT, counted = BUF_INIT;
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    make_numbers(w.path, 1000, &all);
    look(&w);
    assert_true(logtail_count(w.tail, write_down, &counted));
    overwrite(w.path, "new\n");
    while (logtail_count(w.tail, write_down, &counted))
        ;
    assert_false(logtail_complete(w.tail));
    buf_clear(&w.seen);
    look_and_see(&w, "<restart>\nnew\n");
    assert_true(logtail_complete(w.tail));
    assert_false(logtail_count(w.tail, write_down, &counted));
    buf_release(&all);
    buf_release(&counted);
    tear_down(&w);
}

/* ---- what is no readable file ---- */

static int watch_opens(const char *path)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    assert_true(fd >= 0);
    assert_true(inotify_add_watch(fd, path, IN_OPEN) >= 0);
    return fd;
}

static bool was_opened(int events)
{
    char event[4096];

    return read(events, event, sizeof(event)) > 0;
}

static void test_no_regular_file(void **state)
{
    struct world w;
    int events;

    (void)state;
    set_up(&w, &tiny);
    assert_int_equal(mkdir(w.path, 0755), 0);
    look_and_see(&w, "");
    assert_state(&w, LOG_UNREADABLE, EISDIR);
    assert_int_equal(rmdir(w.path), 0);
    assert_int_equal(mkfifo(w.path, 0600), 0);
    look_and_see(&w, "");
    assert_state(&w, LOG_UNREADABLE, ENOTSUP);
    /* it was not opened: a writer still waits for a reader */
    assert_int_equal(open(w.path, O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
    assert_int_equal(unlink(w.path), 0);
    assert_int_equal(symlink("/dev/null", w.path), 0);
    look_and_see(&w, "");
    assert_state(&w, LOG_UNREADABLE, ENOTSUP);
    assert_int_equal(unlink(w.path), 0);
    assert_int_equal(symlink(w.path, w.path), 0);
    look_and_see(&w, "");
    assert_state(&w, LOG_UNREADABLE, ELOOP);
    assert_int_equal(unlink(w.path), 0);
    append(w.path, "a\n");
    look_and_see(&w, "a\n");
    assert_state(&w, LOG_OPEN, 0);
    /* a followed file that becomes something else, and comes back */
    assert_int_equal(rename(w.path, w.other), 0);
    assert_int_equal(mkfifo(w.path, 0600), 0);
    events = watch_opens(w.path);
    look_and_see(&w, "");
    assert_state(&w, LOG_UNREADABLE, ENOTSUP);
    assert_false(was_opened(events)); /* a device does things when it is opened */
    close(events);
    append(w.other, "b\n");
    assert_int_equal(rename(w.other, w.path), 0);
    look_and_see(&w, "b\n");
    tear_down(&w);
}

static void test_no_permission(void **state)
{
    struct world w;
    bool root = geteuid() == 0;

    (void)state;
    set_up(&w, &tiny);
    append(w.path, "a\n");
    assert_int_equal(chmod(w.path, 0), 0);
    assert_int_equal(chmod(w.dir, 0755), 0);
    if (root)
        assert_int_equal(seteuid(NOBODY), 0);
    look_and_see(&w, "");
    assert_state(&w, LOG_UNREADABLE, EACCES);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(w.path, 0644), 0);
    look_and_see(&w, "a\n");
    assert_state(&w, LOG_OPEN, 0);
    tear_down(&w);
}

static void test_twin(void **state)
{
    struct logtail *second;
    struct world w;

    (void)state;
    set_up(&w, &tiny);
    append(w.path, "a\n");
    assert_int_equal(symlink(w.path, w.other), 0);
    second = logtail_new(w.other, &tiny);
    logtail_set_twin(second, w.tail);
    look_and_see(&w, "a\n");
    assert_false(logtail_poll(second, w.now, write_down, &w.seen));
    assert_seen(&w, "");
    assert_true(logtail_state(second)->twin);
    assert_int_equal(logtail_state(second)->state, LOG_OPEN);
    assert_int_equal(logtail_state(second)->size, 2);
    assert_true(logtail_complete(second));
    unlink(w.other);
    append(w.other, "b\n");
    logtail_poll(second, w.now, write_down, &w.seen);
    assert_seen(&w, "b\n");
    assert_false(logtail_state(second)->twin);
    logtail_free(second);
    tear_down(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split_at_every_byte),
        cmocka_unit_test(test_grows_byte_by_byte),
        cmocka_unit_test(test_unfinished_line),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_not_there_yet),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_truncated_and_grown),
        cmocka_unit_test(test_rewritten_with_the_same_size),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_remote_shrink_is_asked_twice),
        cmocka_unit_test(test_remote_renumbered),
        cmocka_unit_test(test_remote_holes),
        cmocka_unit_test(test_tail_and_count_meet),
        cmocka_unit_test(test_tail_begins_within_progress),
        cmocka_unit_test(test_steps_are_bounded),
        cmocka_unit_test(test_truncated_while_counting),
        cmocka_unit_test(test_no_regular_file),
        cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_twin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
