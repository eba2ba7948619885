/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that reads a user's logs, taken over by what it read, or stopped by the user whose process it is. What such a
 * process could write to its helper is written here through a copy of its descriptor (pidfd_getfd(2)), which
 * takes root.
 */
#include "tests/e2e.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/process.h"
#include "backend/wire.h"
#include "tests/snapshots.h"

#define NOBODY 65534

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* ---- the processes ---- */

/* The children of a process, one behind the other; their number. */
static int children_of(pid_t parent, pid_t *out, int max)
{
    char path[64], list[4096] = "", *end = list;
    FILE *f;
    int n = 0;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
    f = fopen(path, "re");
    if (f == NULL)
        return 0;
    list[fread(list, 1, sizeof(list) - 1, f)] = '\0';
    fclose(f);
    for (char *p = list; n < max; p = end) {
        long child = strtol(p, &end, 10);

        if (end == p)
            break;
        out[n++] = (pid_t)child;
    }
    return n;
}

struct awaited {
    pid_t parent;
    int count;
    pid_t before; /* not this one; 0 */
    pid_t v[64];
};

static bool has_children(struct e2e *e, void *user)
{
    struct awaited *w = user;

    (void)e;
    return children_of(w->parent, w->v, 64) == w->count && w->v[0] != w->before;
}

/* The reader of a helper that has one. */
static pid_t reader_of(struct e2e *e, const char *role)
{
    struct awaited w = {.parent = e2e_helper(e, role, E2E_MS), .count = 1};

    assert_true(e2e_wait(e, has_children, &w, E2E_MS));
    return w.v[0];
}

/* A copy of a descriptor of that process; close() it. */
static int taken_over(pid_t pid, int fd)
{
    int process = (int)syscall(SYS_pidfd_open, pid, 0), copy;

    assert_true(process >= 0);
    copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    assert_true(copy >= 0);
    close(process);
    return copy;
}

static uint32_t submit_as_nobody(struct e2e *e, const char *name, const char *script)
{
    char out[E2E_PATH * 2];

    snprintf(out, sizeof(out), "%s/%s.out", e->work, name);
    return (uint32_t)strtoul(
        e2e_output(e, E2E_NOBODY, "sbatch", "--parsable", "-J", name, "-o", out, "--wrap", script),
        NULL, 10);
}

static void open_log(struct e2e *e, uint32_t job)
{
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
}

/* ---- frames ---- */

/* Guards the picture of the farm: no reader has a say in it. */
static void test_farm_is_not_forged(void **state)
{
    static const enum section_result failed[SECTION_COUNT] = {
        SECTION_FAILED, SECTION_FAILED, SECTION_FAILED, SECTION_FAILED};
    struct e2e *e = *state;
    struct buf frame = BUF_INIT;
    uint32_t job = submit_as_nobody(e, "kernel_build", "echo well; sleep 300");
    int fd;

    e2e_top(e, &(struct e2e_top){.cols = 140});
    open_log(e, job);
    e2e_see(e, "well");
    fd = taken_over(reader_of(e, "logs"), PROCESS_HELPER_FD);
    write_health(failed, "forged by a reader", 0, &frame);
    assert_int_equal(wire_write(fd, frame.p, frame.len), 0);
    close(fd);
    e2e_never(e, "forged by a reader", 1000);
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "logs: a frame came that is not this process's to send");
    assert_true(vt_keys(e->vt, "1"));
    open_log(e, job);
    e2e_see(e, "well"); /* of the next process */
    buf_release(&frame);
    e2e_quit(e);
}

/* Guards other users' builds: a reader that says what makes no sense is ended, and nobody else. */
static void test_bad_build_ends_one_reader(void **state)
{
    struct e2e *e = *state;
    struct buf frame = BUF_INIT;
    uint32_t job = submit_as_nobody(e, "kernel_build", "echo '  CC      a.o'; sleep 300");
    pid_t helper, reader;
    struct awaited next;
    size_t at;
    int fd;

    e2e_top(e, &(struct e2e_top){.cols = 140});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "a.o");
    helper = e2e_helper(e, "builds", E2E_MS);
    reader = reader_of(e, "builds");
    at = wire_begin(&frame, WIRE_LOG_BUILD, 0, 0);
    wire_put_u32(&frame, job);
    wire_end(&frame, at);
    fd = taken_over(reader, PROCESS_HELPER_FD);
    assert_int_equal(wire_write(fd, frame.p, frame.len), 0);
    close(fd);
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "follows builds on this machine (of user 65534) ended");
    assert_int_equal(e2e_helper(e, "builds", E2E_MS), helper);
    next = (struct awaited){.parent = helper, .count = 1, .before = reader};
    assert_true(e2e_wait(e, has_children, &next, E2E_MS));
    buf_release(&frame);
    e2e_quit(e);
}

/* ---- words ---- */

/* Guards the helper from a reader that writes to standard error without an end. */
static void test_words_without_an_end(void **state)
{
    struct e2e *e = *state;
    uint32_t job = submit_as_nobody(e, "kernel_build", "echo well; sleep 300");
    uint32_t other;
    static char words[1 << 16];
    pid_t writer;
    int fd;

    memset(words, 'w', sizeof(words));
    for (size_t i = 79; i < sizeof(words); i += 80)
        words[i] = '\n';
    e2e_output(e, "sh", "-c", "echo of root > roots.out");
    other = e2e_submit(
        e, "-J", "kernel_build", "-o", "roots.out", "--open-mode=append", "--wrap", "sleep 300");
    e2e_top(e, &(struct e2e_top){.cols = 140});
    open_log(e, job);
    e2e_see(e, "well");
    fd = taken_over(reader_of(e, "logs"), STDERR_FILENO);
    writer = fork();
    if (writer == 0)
        for (;;)
            if (write(fd, words, sizeof(words)) < 0)
                _exit(0);
    close(fd);
    assert_true(writer > 0);
    assert_true(vt_keys(e->vt, "<Esc>"));
    open_log(e, other);
    e2e_see_within(e, "of root", 4000);
    kill(writer, SIGKILL);
    e2e_quit(e);
}

/* ---- signals ---- */

/* Guards memory and processes: who is stopped by his owner is not left behind. */
static void test_stopped_readers_end(void **state)
{
    struct e2e *e = *state;
    uint32_t job = submit_as_nobody(e, "kernel_build", "echo well; sleep 300");
    uint32_t other;
    struct awaited one;

    e2e_output(e, "sh", "-c", "echo of root > roots.out");
    other = e2e_submit(
        e, "-J", "kernel_build", "-o", "roots.out", "--open-mode=append", "--wrap", "sleep 300");
    e2e_top(e, &(struct e2e_top){.cols = 140});
    open_log(e, job);
    e2e_see(e, "well");
    assert_int_equal(kill(reader_of(e, "logs"), SIGSTOP), 0);
    assert_true(vt_keys(e->vt, "<Esc>"));
    open_log(e, other);
    e2e_see(e, "of root");
    one = (struct awaited){.parent = e2e_helper(e, "logs", E2E_MS), .count = 1};
    assert_true(e2e_wait(e, has_children, &one, E2E_MS));
    e2e_quit(e);
}

/* Guards the other users, and the machine: it is said whose builds nothing is heard of. */
static void test_stopped_builds_are_named(void **state)
{
    struct e2e *e = *state;

    submit_as_nobody(e, "kernel_build", "echo '  CC      a.o'; sleep 300");
    e2e_top(e, &(struct e2e_top){.cols = 140});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "a.o");
    assert_int_equal(kill(reader_of(e, "builds"), SIGSTOP), 0);
    e2e_see_within(e, "no word of the logs on this machine (of user 65534) for ", 40000);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_farm_is_not_forged),
        e2e_test(test_bad_build_ends_one_reader),
        e2e_test(test_stopped_builds_are_named),
        e2e_test(test_words_without_an_end),
        e2e_test(test_stopped_readers_end),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
