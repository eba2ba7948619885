/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An action whose helper cannot be started. The helper is this program itself, so the tests run from a copy of their
 * own file that nobody may execute any more.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/source_impl.h"
#include "base/alloc.h"
#include "base/given.h"
#include "tests/program.h"
#include "tui/app.h"
#include "tui/loop.h"

#define COPY "KFARM_TEST_COPY" /* in the environment: the directory of the copy that runs */

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

static int count_of(const char *text, const char *what)
{
    int count = 0;

    for (text = strstr(text, what); text; text = strstr(text + 1, what))
        count++;
    return count;
}

/* Does a verb on some jobs, leaves, and returns the audit file. */
static void act(uint32_t targets, int64_t grace_ms, struct buf *lines)
{
    struct app_options options = {.grace_ms = grace_ms};
    struct act_ask ask = {.verb = ACTION_JOB_CANCEL};
    struct diag d = DIAG_INIT;
    char path[256];
    uv_loop_t loop;
    struct app *a;

    uv_loop_init(&loop);
    a = app_new(&loop, &options);
    a->source = &farm;
    ask.targets = (struct targets){.v = xcalloc(targets, sizeof(*ask.targets.v)), .count = targets};
    for (uint32_t i = 0; i < targets; i++)
        snprintf(ask.targets.v[i].id, sizeof(ask.targets.v[i].id), "%u", i + 1);
    act_run(a, &ask);
    assert_int_equal(act_in_grace(a), targets > 1 && grace_ms > 0);
    act_send_now(a);
    assert_null(a->actions.first);
    assert_non_null(messages_last(&a->messages));
    assert_non_null(strstr(messages_last(&a->messages)->text, "not sent: "));
    assert_true(loop_finish(a, &loop));
    snprintf(path, sizeof(path), "%s/kfarm-top/audit.jsonl", getenv(COPY));
    assert_int_equal(given_read(path, 65536, lines, &d), 0);
    unlink(path);
}

/* Guards the audit file: each request has a result, also if nothing could be sent. */
static void test_helper_cannot_start(void **state)
{
    static const struct {
        uint32_t targets;
        int64_t grace_ms;
    } rows[] = {{1, 0}, {3, 0}, {3, 60000}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct buf lines = BUF_INIT;

        act(rows[i].targets, rows[i].grace_ms, &lines);
        assert_int_equal(count_of(buf_str(&lines), "\n"), 2);
        assert_int_equal(count_of(buf_str(&lines), "\"event\":\"request\""), 1);
        assert_int_equal(count_of(buf_str(&lines), "\"event\":\"result\""), 1);
        assert_int_equal(
            count_of(buf_str(&lines), "\"outcome\":\"not-sent\""), (int)rows[i].targets);
        buf_release(&lines);
    }
}

/* Runs a copy of this program in a directory of its own. Returns only if that fails. */
static int run_copy(char **argv)
{
    char dir[] = "/tmp/kfarm-act.XXXXXX", path[64];
    struct stat st;
    int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;

    if (from < 0 || fstat(from, &st) < 0 || mkdtemp(dir) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/test", dir);
    to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    for (off_t left = st.st_size; to >= 0 && left > 0;) {
        ssize_t n = sendfile(to, from, NULL, (size_t)left);

        if (n <= 0)
            return 1;
        left -= n;
    }
    close(to);
    setenv(COPY, dir, 1);
    execv(path, argv);
    return 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_helper_cannot_start)};
    struct buf out = BUF_INIT, err = BUF_INIT;
    const char *dir = getenv(COPY);
    int failed;

    (void)argc;
    if (dir == NULL)
        return run_copy(argv);
    setenv("XDG_STATE_HOME", dir, 1);
    setenv("XDG_CONFIG_HOME", dir, 1);
    if (chmod("/proc/self/exe", 0600) < 0)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_run(
        &(struct program){.argv = (const char *const[]){"/bin/rm", "-r", dir, NULL}}, &out, &err);
    buf_release(&out);
    buf_release(&err);
    return failed;
}
