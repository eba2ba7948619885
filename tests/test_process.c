/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real children: what they say, how they end, deadlines, and that nothing is left of them. */
#include "backend/process.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"

#define PATIENCE_MS 20000

struct child {
    struct process *process;
    struct process_end end;
    char *output, *errors;
    struct buf lines;
    int ended;
    bool free_at_line;
};

static uv_loop_t loop;

static void on_line(void *user, const char *line)
{
    struct child *c = user;

    buf_addf(&c->lines, "%s|", line);
    if (c->free_at_line)
        c->process = process_free(c->process);
}

static void on_ended(void *user, const struct process_end *end)
{
    struct child *c = user;

    c->ended++;
    c->end = *end;
    c->output = xstrdup(end->output);
    c->errors = xstrdup(end->errors);
    c->process = process_free(c->process);
}

static const struct process_events events = {.error_line = on_line, .ended = on_ended};

static bool no_children(void)
{
    int status;

    return waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD;
}

static void on_wake_up(uv_timer_t *timer)
{
    (void)timer;
}

/* Runs the loop until all of its handles are closed, but not for ever. */
static void run_loop(void)
{
    int64_t end = clock_monotonic_us() + PATIENCE_MS * 1000ll;
    uv_timer_t timer;

    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_wake_up, 20, 20);
    uv_unref((uv_handle_t *)&timer);
    while (uv_loop_alive(&loop) && clock_monotonic_us() < end)
        uv_run(&loop, UV_RUN_ONCE);
    assert_false(uv_loop_alive(&loop));
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
}

static void start(struct child *c, const char *const argv[], const char *cwd, uint64_t deadline_ms)
{
    struct diag d = DIAG_INIT;

    *c = (struct child){0};
    c->process = process_command(&loop, argv, cwd, deadline_ms, &events, c, &d);
    assert_non_null(c->process);
    assert_int_equal(c->ended, 0); /* events come from the loop, never from here */
}

static void run_shell(struct child *c, const char *script, uint64_t deadline_ms)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};

    start(c, argv, NULL, deadline_ms);
    run_loop();
    assert_int_equal(c->ended, 1);
    assert_true(no_children());
}

static void release(struct child *c)
{
    free(c->output);
    free(c->errors);
    buf_release(&c->lines);
}

static void test_output(void **state)
{
    struct child c;

    (void)state;
    run_shell(&c, "echo out; echo one >&2; printf two >&2; printf more", 0);
    assert_string_equal(c.output, "out\nmore");
    assert_string_equal(c.errors, "one\ntwo"); /* also a last line without its newline */
    assert_string_equal(buf_str(&c.lines), "one|two|");
    assert_int_equal(c.end.exit_status, 0);
    assert_int_equal(c.end.signal, 0);
    assert_false(c.end.timed_out);
    release(&c);
    run_shell(&c, ":", 0);
    assert_string_equal(c.output, "");
    assert_string_equal(c.errors, "");
    release(&c);
}

static void test_ends(void **state)
{
    struct child c;

    (void)state;
    run_shell(&c, "exit 3", 0);
    assert_int_equal(c.end.exit_status, 3);
    release(&c);
    run_shell(&c, "kill -USR1 $$", 0);
    assert_int_equal(c.end.signal, SIGUSR1);
    assert_false(c.end.timed_out);
    release(&c);
}

/* The arguments are a vector: no shell looks at them. */
static void test_no_shell(void **state)
{
    const char *const argv[] = {"printf", "%s|%s", "$(id) `id` ; rm -rf /nonexistent", "", NULL};
    struct child c;

    (void)state;
    start(&c, argv, "/", 0);
    run_loop();
    assert_string_equal(c.output, "$(id) `id` ; rm -rf /nonexistent|");
    release(&c);
}

static void test_surroundings(void **state)
{
    char session[64];
    struct child c;

    (void)state;
    run_shell(&c, "cat; echo $$; cut -d' ' -f6 /proc/$$/stat", 0);
    /* standard input is empty, and the session is its own: Ctrl-C at the terminal is not for it */
    snprintf(session, sizeof(session), "%ld\n", strtol(c.output, NULL, 10));
    assert_string_equal(strchr(c.output, '\n') + 1, session);
    release(&c);
}

static void test_deadline(void **state)
{
    int64_t begin = clock_monotonic_us();
    struct child c;

    (void)state;
    run_shell(&c, "echo before; exec sleep 100", 2000);
    assert_true(c.end.timed_out);
    assert_int_equal(c.end.signal, SIGKILL);
    assert_string_equal(c.output, "before\n");
    assert_true(clock_monotonic_us() - begin < 10000000);
    release(&c);
}

/* What the command has started itself (a site's wrapper around sbatch) must not hold up its end. */
static void test_deadline_of_a_wrapper(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", "sleep 7; true", NULL};
    int64_t begin = clock_monotonic_us();
    struct child c;

    (void)state;
    start(&c, argv, NULL, 200);
    run_loop();
    assert_int_equal(c.ended, 1);
    assert_true(c.end.timed_out);
    release(&c);
    assert_true(clock_monotonic_us() - begin < 5000000);
}

static void test_missing(void **state)
{
    static const char *const missing[] = {"/nonexistent/program", NULL};
    static const char *const unnamed[] = {"kfarm-no-such-program", "x", NULL};
    static const char *const there[] = {"true", NULL};
    static const struct {
        const char *const *argv;
        const char *cwd, *said;
    } rows[] = {{missing, NULL, "/nonexistent/program"}, {unnamed, NULL, "kfarm-no-such-program"},
        {there, "/nonexistent/directory", "/nonexistent/directory"}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct child c = {0};
        struct diag d = DIAG_INIT;

        assert_null(process_command(&loop, rows[i].argv, rows[i].cwd, 0, &events, &c, &d));
        run_loop();
        assert_int_equal(c.ended, 0);
        assert_true(no_children());
        if (strstr(d.text, rows[i].said) == NULL)
            fail_msg("\"%s\" does not name %s", d.text, rows[i].said);
    }
}

/* Output beyond the cap is left out from there on, not in the middle, and the child is not blocked:
   the b's do not fit any more, so the c must not stand in their place. The pauses keep them apart. */
static void test_output_cap(void **state)
{
    struct child c;

    (void)state;
    run_shell(&c,
        "head -c 1048476 /dev/zero | tr '\\0' a; sleep 1; head -c 200 /dev/zero | tr '\\0' b; "
        "sleep 1; echo c; exit 5",
        0);
    assert_int_equal(c.end.exit_status, 5);
    assert_true(strlen(c.output) >= 1048476 && strlen(c.output) <= PROCESS_OUTPUT_MAX);
    assert_null(strchr(c.output, 'c'));
    release(&c);
}

static void test_endless_error_line(void **state)
{
    struct child c;

    (void)state;
    run_shell(&c, "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2", 0);
    assert_true(strlen(c.errors) < 10000);
    assert_non_null(strstr(c.errors, "last"));
    release(&c);
}

static void test_freed_while_running(void **state)
{
    static const char *const argv[] = {"/bin/sh", "-c", "echo line >&2; exec sleep 100", NULL};
    struct child c;

    (void)state;
    start(&c, argv, NULL, 0);
    c.process = process_free(c.process);
    run_loop();
    assert_int_equal(c.ended, 0);
    assert_true(no_children()); /* killed and reaped */
    release(&c);
    start(&c, argv, NULL, 0);
    c.free_at_line = true; /* from its own event */
    run_loop();
    assert_int_equal(c.ended, 0);
    assert_string_equal(buf_str(&c.lines), "line|");
    assert_true(no_children());
    release(&c);
    assert_null(process_free(NULL));
}

static void test_killed(void **state)
{
    static const char *const argv[] = {"sleep", "100", NULL};
    struct child c;

    (void)state;
    start(&c, argv, NULL, 0);
    process_kill(c.process);
    run_loop();
    assert_int_equal(c.ended, 1);
    assert_int_equal(c.end.signal, SIGKILL);
    assert_false(c.end.timed_out);
    release(&c);
}

/* ---- output line by line ---- */

static void on_output_line(void *user, const char *line, size_t len)
{
    struct child *c = user;

    buf_add(&c->lines, line, len);
    buf_addc(&c->lines, '|');
    if (c->free_at_line)
        c->process = process_free(c->process);
}

static const struct process_events line_events = {
    .output_line = on_output_line, .error_line = on_line, .ended = on_ended};

static void start_lines(struct child *c, const char *script, char *const env[])
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct diag d = DIAG_INIT;

    *c = (struct child){0};
    c->process = process_command_env(&loop, argv, env, NULL, 0, &line_events, c, &d);
    assert_non_null(c->process);
}

static void run_lines(struct child *c, const char *script)
{
    start_lines(c, script, NULL);
    run_loop();
    assert_int_equal(c->ended, 1);
    assert_true(no_children());
}

static void test_output_lines(void **state)
{
    static const struct {
        const char *script, *lines;
    } rows[] = {
        {"echo one; echo; echo two; printf three", "one||two|three|"},
        {":", ""},
        {"echo", "|"},
        {"printf '1%%\\r2%%\\r3%%\\n'", "3%|"}, /* a progress bar */
        {"printf 'dos\\r\\nline\\r\\n'", "dos|line|"},
        {"printf '1%%\\r2%%\\r'", "2%|"},
        {"printf '\\r\\r\\nx'", "|x|"},
        {"printf 'a\\033[31mb\\n'", "a\033[31mb|"}, /* the canvas deals with it */
        {"printf '1%%\\r2%%\\n' >&2", "2%|"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct child c;

        run_lines(&c, rows[i].script);
        assert_string_equal(buf_str(&c.lines), rows[i].lines);
        assert_string_equal(c.output, ""); /* not collected as well */
        release(&c);
    }
}

static void test_output_lines_are_cut(void **state)
{
    struct child c;

    (void)state;
    run_lines(&c, "head -c 1000000 /dev/zero | tr '\\0' x; echo; printf 'a\\0b\\n'");
    assert_int_equal(c.lines.len, PROCESS_LINE_MAX + 1 + 4);
    assert_memory_equal(c.lines.p + PROCESS_LINE_MAX, "|a\0b|", 5);
    release(&c);
}

/* Guards streaming: a line is handed over while the command still runs. */
static void test_output_line_comes_at_once(void **state)
{
    int64_t end = clock_monotonic_us() + PATIENCE_MS * 1000ll;
    struct child c;

    (void)state;
    start_lines(&c, "echo first; exec sleep 100", NULL);
    while (c.lines.len == 0 && clock_monotonic_us() < end)
        uv_run(&loop, UV_RUN_ONCE);
    assert_string_equal(buf_str(&c.lines), "first|");
    assert_int_equal(c.ended, 0);
    process_signal(c.process, SIGTERM);
    run_loop();
    assert_int_equal(c.ended, 1);
    assert_int_equal(c.end.signal, SIGTERM);
    release(&c);
}

static void test_freed_at_an_output_line(void **state)
{
    struct child c;

    (void)state;
    start_lines(&c, "echo a; echo b; exec sleep 100", NULL);
    c.free_at_line = true;
    run_loop();
    assert_int_equal(c.ended, 0);
    assert_string_equal(buf_str(&c.lines), "a|");
    assert_true(no_children());
    release(&c);
}

static void test_environment(void **state)
{
    static char path[] = "PATH=/usr/bin:/bin", mine[] = "KFARM_TEST=mine";
    char *const env[] = {path, mine, NULL};
    struct child c;

    (void)state;
    start_lines(&c, "echo $KFARM_TEST ${HOME-none}", env);
    run_loop();
    assert_string_equal(buf_str(&c.lines), "mine none|");
    release(&c);
}

/* Guards what is let go of: it is told to end, and not killed. */
static void test_abandoned(void **state)
{
    char flag[] = "/tmp/kfarm-process.XXXXXX";
    int fd = mkstemp(flag);
    char script[128];
    struct child c;
    char byte;

    (void)state;
    assert_true(fd >= 0);
    snprintf(script, sizeof(script),
        "trap 'echo t >%s; exit 0' TERM; echo set; while :; do read x; sleep 0.01; done", flag);
    start_lines(&c, script, NULL);
    while (c.lines.len == 0)
        uv_run(&loop, UV_RUN_ONCE);
    process_signal(c.process, SIGTERM);
    c.process = process_abandon(c.process);
    run_loop();
    assert_int_equal(c.ended, 0);
    assert_true(no_children());
    assert_int_equal(read(fd, &byte, 1), 1);
    close(fd);
    unlink(flag);
    release(&c);
    assert_null(process_abandon(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_no_shell),
        cmocka_unit_test(test_surroundings),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_deadline_of_a_wrapper),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_output_cap),
        cmocka_unit_test(test_endless_error_line),
        cmocka_unit_test(test_freed_while_running),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_output_lines),
        cmocka_unit_test(test_output_lines_are_cut),
        cmocka_unit_test(test_output_line_comes_at_once),
        cmocka_unit_test(test_freed_at_an_output_line),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_abandoned),
    };
    int failed;

    uv_loop_init(&loop);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    uv_loop_close(&loop);
    return failed;
}
