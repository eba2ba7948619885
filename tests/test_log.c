/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kfarm-top log, the command: exit statuses, what it prints for people and for programs, files that are none,
 * and --follow on a build that goes on while it is watched.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/clock.h"

#define BUILDS SOURCE_DIR "/tests/builds/"

static char dir[] = "/tmp/kfarm-log.XXXXXX";

static int start(void **state)
{
    (void)state;
    return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_it(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return chdir("/") == 0 ? nftw(dir, remove_it, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

/* Starts `kfarm-top log ARGUMENTS`, which are separated by blanks, with both outputs into fd. */
static pid_t spawn(const char *arguments, int fd)
{
    char copy[2048];
    const char *argv[16] = {KFARM_TOP, "log"};
    char *rest = copy;
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    snprintf(copy, sizeof(copy), "%s", arguments);
    for (int n = 2; rest && *rest && n < 15; n++)
        argv[n] = strsep(&rest, " ");
    if (dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0)
        execv(KFARM_TOP, (char **)argv);
    _exit(127);
}

/* Its exit status, and what it prints. */
static int run(const char *arguments, struct buf *out)
{
    char piece[4096];
    int ends[2], status;
    ssize_t n;
    pid_t pid;

    buf_clear(out);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = spawn(arguments, ends[1]);
    assert_true(pid > 0);
    close(ends[1]);
    while ((n = read(ends[0], piece, sizeof(piece))) > 0)
        buf_add(out, piece, (size_t)n);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void expect(const struct buf *out, const char *text)
{
    if (strstr(buf_str(out), text) == NULL)
        fail_msg("no \"%s\" in:\n%s", text, buf_str(out));
}

static void test_text(void **state)
{
    struct buf out = BUF_INIT;

    (void)state;
    assert_int_equal(run(BUILDS "good-tiny/out " BUILDS "good-tiny/err", &out), 0);
    expect(&out, "good-tiny/err: success\n");
    expect(&out, "image    arch/x86/boot/bzImage\n");
    assert_int_equal(run(BUILDS "syntax/out " BUILDS "syntax/err", &out), 1);
    expect(&out, "syntax/err: failed: a source does not compile\n");
    expect(&out, "syntax/err:1:\n    kernel/fork.c:133:15: error: expected ‘;’ before ‘static’\n");
    expect(&out, "    make gave up on kernel/fork.o\n");
    write_file("running", "  CC      init/main.o\n");
    assert_int_equal(run("running", &out), 4);
    expect(&out, "running: running\n  phase    compile, 1 steps: CC 1\n");
    write_file("evil", "a.c:1:1: error: \033]0;title\007\n");
    assert_int_equal(run("evil", &out), 4);
    assert_null(memchr(out.p, '\033', out.len));
    buf_release(&out);
}

static json_t *json_of(const char *arguments, int want)
{
    struct buf out = BUF_INIT;
    json_error_t e;
    json_t *root;

    assert_int_equal(run(arguments, &out), want);
    root = json_loads(buf_str(&out), 0, &e);
    if (root == NULL)
        fail_msg("%s: %s\n%s", arguments, e.text, buf_str(&out));
    buf_release(&out);
    return root;
}

static void test_json(void **state)
{
    static const char *const keys[] = {"schema", "files", "result", "cause", "phase", "steps",
        "steps_total", "warnings", "errors", "image", "first_error", "diagnostics"};
    static const char *const of_error[] = {"file", "line", "tool", "severity", "source",
        "source_line", "column", "message", "flag", "target"};
    json_t *root = json_of("--format json " BUILDS "werror/out " BUILDS "werror/err", 1), *first;

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_non_null(json_object_get(root, keys[i]));
    first = json_object_get(root, "first_error");
    for (size_t i = 0; i < sizeof(of_error) / sizeof(of_error[0]); i++)
        assert_non_null(json_object_get(first, of_error[i]));
    assert_string_equal(json_string_value(json_object_get(root, "result")), "failed");
    assert_string_equal(json_string_value(json_object_get(root, "cause")), "compile");
    assert_true(json_is_null(json_object_get(root, "image")));
    assert_string_equal(json_string_value(json_object_get(first, "source")), "kernel/fork.c");
    assert_int_equal(json_integer_value(json_object_get(first, "source_line")), 497);
    assert_string_equal(
        json_string_value(json_object_get(first, "flag")), "-Werror=unused-variable");
    assert_string_equal(json_string_value(json_object_get(first, "file")), BUILDS "werror/err");
    assert_int_equal(json_array_size(json_object_get(root, "diagnostics")), 1);
    json_decref(root);
    root = json_of("--format=json " BUILDS "good-one-file/out", 0);
    assert_true(json_is_null(json_object_get(root, "cause")));
    assert_true(json_is_null(json_object_get(root, "first_error")));
    assert_int_equal(json_integer_value(json_object_get(root, "steps_total")), 902);
    json_decref(root);
    /* bytes that are no UTF-8 still make JSON */
    write_file("bytes", "a\xff.c:1:1: error: \xc3\x28 \xf0\x9f\n");
    json_decref(json_of("--format json bytes", 4));
}

/* Guards what is no file that can be read: told by name, and nothing printed as if it were one. */
static void test_unreadable(void **state)
{
    struct buf out = BUF_INIT;

    (void)state;
    assert_int_equal(run("nothing-here", &out), 2);
    expect(&out, "kfarm-top: nothing-here: No such file or directory\n");
    assert_int_equal(run("--format json /tmp", &out), 2);
    expect(&out, "kfarm-top: /tmp: this is a directory; a regular file is needed\n");
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(run("fifo", &out), 2);
    expect(
        &out, "kfarm-top: fifo: this is a pipe, a socket or a device; a regular file is needed\n");
    assert_int_equal(run("", &out), 2);
    expect(&out, "log: which file?");
    assert_int_equal(run("--nothing x", &out), 2);
    expect(&out, "log: unknown option \"--nothing\"");
    assert_int_equal(run("--format xml x", &out), 2);
    assert_int_equal(run("--format csv x", &out), 2);
    expect(&out, "log: --format is text or json");
    write_file("a", "");
    assert_int_equal(run("a a a a a a a a a", &out), 2);
    expect(&out, "log: more than 8 files");
    write_file("--strange", "Kernel: a/b is ready  (#1)\n");
    assert_int_equal(run("-- --strange", &out), 0);
    buf_release(&out);
}

/* Guards the last line, which has no newline, and a file that is empty. */
static void test_edges(void **state)
{
    struct buf out = BUF_INIT;

    (void)state;
    write_file("short", "  CC      a.o\nmake: *** No rule to make target 'x'.  Stop.");
    assert_int_equal(run("short", &out), 1);
    expect(&out, "No rule to make target 'x'.  Stop.");
    write_file("empty", "");
    assert_int_equal(run("empty", &out), 4);
    expect(&out, "empty: unknown\n");
    buf_release(&out);
}

/* Guards the user's own rules: they come first, and one that is not well is told with its place. */
static void test_own_rules(void **state)
{
    struct buf out = BUF_INIT;

    (void)state;
    assert_int_equal(setenv("XDG_CONFIG_HOME", dir, 1), 0);
    assert_int_equal(mkdir("kfarm-top", 0700), 0);
    assert_int_equal(mkdir("kfarm-top/rules", 0700), 0);
    write_file("own", "deploy: the moon is wrong\nJob finished at x\n");
    assert_int_equal(run("own", &out), 4);
    write_file("kfarm-top/rules/site.rules",
        "[moon]\nlevel = error\ntool = deploy\ncause = script\nanchor = \"deploy: \"\n"
        "pattern = ^deploy: (?<message>.*)$\nsample = deploy: x\nmessage = x\n");
    assert_int_equal(run("own", &out), 1);
    expect(&out, "own: failed: the batch script failed\n");
    expect(&out, "first error, own:1:\n    deploy: the moon is wrong\n");
    write_file("kfarm-top/rules/site.rules", "[moon]\nlevel = loud\n");
    assert_int_equal(run("own", &out), 2);
    expect(&out, "kfarm-top/rules/site.rules:2: level \"loud\": must be text, ");
    assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
    buf_release(&out);
}

/* Guards --follow: it waits for a file that is not there yet, tells what comes, and ends with the build. */
static void test_follow(void **state)
{
    struct buf out = BUF_INIT;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        FILE *f = NULL;
        static const char *const lines[] = {"  CC      a.o\n", "a.c:1:2: warning: x [-Wy]\n",
            "  LD      vmlinux\n", "Kernel: arch/x86/boot/bzImage is ready  (#1)\n",
            "Job finished at Sat Nov 22 14:41:07 UTC 2026\n"};

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
            usleep(300000); /* so that it is read while it grows */
            f = f ? f : fopen("grows", "we");
            if (f == NULL || fputs(lines[i], f) < 0 || fflush(f) != 0)
                _exit(1);
        }
        _exit(0);
    }
    assert_int_equal(run("--follow grows", &out), 0);
    expect(&out, "  phase    compile\n");
    expect(&out, "  warning  a.c:1:2: x [-Wy]\n");
    expect(&out, "  phase    link\n");
    expect(&out, "grows: success\n");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    buf_release(&out);
}

/* The kernel's word on a process: proc(5), status. */
static bool has_status(pid_t pid, const char *line)
{
    char path[64], text[8192];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    f = fopen(path, "re");
    n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return strstr(text, line) != NULL;
}

/* Guards who parses a stranger's log: a process that can do nothing else (tests/test_reader.c). */
static void test_confined(void **state)
{
    const int64_t until = clock_monotonic_us() + 20 * 1000000;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        execl(KFARM_TOP, "kfarm-top", "log", "--follow", "never", NULL);
        _exit(127);
    }
    while (!has_status(pid, "Seccomp:\t2") || !has_status(pid, "NoNewPrivs:\t1"))
        assert_true(clock_monotonic_us() < until);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_own_rules),
        cmocka_unit_test(test_follow),
        cmocka_unit_test(test_confined),
    };

    return cmocka_run_group_tests(tests, start, end);
}
