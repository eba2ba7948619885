/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that a person names on the command line and that are none: a FIFO without a writer, a directory, a socket, a
 * device without an end, a hundred gigabytes. And what is one all the same: a pipe that the shell hands over.
 */
#include "base/given.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/program.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define REC SOURCE_DIR "/tests/golden/farm.rec"

static char dir[] = "/tmp/kfarm-given.XXXXXX";
static struct buf out, err;

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* Links to devices. Nothing comes of the first and the last; the second makes a terminal. */
static const struct {
    const char *name, *device;
} links[] = {
    {"./full-link", "/dev/full"},
    {"./ptmx-link", "/dev/ptmx"},
    {"./zero-link", "/dev/zero"},
    {"./link-link", "zero-link"},
};

static int start(void **state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    if (mkdtemp(dir) == NULL || chdir(dir) < 0 || setenv("HOME", dir, 1) < 0 ||
        mkfifo("fifo", 0600) < 0 || mkdir("directory", 0700) < 0 ||
        bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
        return -1;
    close(fd);
    for (size_t i = 0; i < KF_LEN(links); i++)
        if (symlink(links[i].device, links[i].name) < 0)
            return -1;
    write_file("sparse", "");
    return truncate("sparse", 100ll << 30);
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

static int run_list(const char *const *argv)
{
    return program_run(&(struct program){.argv = argv}, &out, &err);
}
#define RUN(...) run_list((const char *const[]){KFARM_TOP, __VA_ARGS__, NULL})

/* The ways to name a file, with NULL in its place. */
static const char *const ways[][8] = {
    {"--once", "jobs", "--replay", ""},
    {"--once", "jobs", "--replay", REC, "--config", ""},
    {"--config", "", "--replay", REC},
    {"--check-config", ""},
    {"--check-rules", ""},
    {"--theme", "", "--replay", REC},
    {"--script", "", "--replay", REC},
    {"--script", "script", "--replay", ""},
    {"--script", "script", "--replay", REC, "--config", ""},
    {"log", ""},
    {"log", "--format", "json", "script", ""},
    {"check", "--replay", REC, ""},
    {"check", "--replay", "", "script"},
    {"check", "--replay", REC, "--config", "", "script"},
};

static void expect_refused(const char *path, const char *words)
{
    for (size_t i = 0; i < KF_LEN(ways); i++) {
        const char *argv[10] = {KFARM_TOP};
        int status;

        for (int k = 0; k < 8 && ways[i][k]; k++)
            argv[k + 1] = ways[i][k][0] ? ways[i][k] : path;
        status = run_list(argv);
        if (status != 2 || out.len > 0 || strstr(buf_str(&err), path) == NULL)
            fail_msg("%s %s, %s: status %d: %s%s", ways[i][0], ways[i][1], path, status,
                buf_str(&out), buf_str(&err));
        if (strcmp(ways[i][0], "check") == 0 && strcmp(ways[i][3], "") == 0)
            continue; /* the words for a batch script are its own */
        if (strstr(buf_str(&err), words) == NULL)
            fail_msg("%s %s, %s: %s", ways[i][0], ways[i][1], path, buf_str(&err));
    }
}

/* Guards that each is told by its name, with what would be right, at once and not after the whole of it. */
static void test_kinds(void **state)
{
    (void)state;
    write_file("script", "# nothing\n");
    expect_refused("./fifo", "a pipe, a socket or a device; a regular file is needed");
    expect_refused("./socket", "a pipe, a socket or a device; a regular file is needed");
    expect_refused("/dev/zero", "a pipe, a socket or a device; a regular file is needed");
    expect_refused("/dev/full", "a pipe, a socket or a device; a regular file is needed");
    expect_refused("/dev/ptmx", "a pipe, a socket or a device; a regular file is needed");
    for (size_t i = 0; i < KF_LEN(links); i++)
        expect_refused(links[i].name, "a pipe, a socket or a device; a regular file is needed");
    expect_refused("/dev/tty", "a pipe, a socket or a device; a regular file is needed");
    expect_refused("./directory", "a directory; a regular file is needed");
    expect_refused("./none", "No such file or directory");
}

/* Guards the recording that is to be written: before Slurm is asked, and nothing is written to what is there. */
static void test_record(void **state)
{
    static const char *const devices[] = {"/dev/full", "/dev/ptmx", "/dev/zero", "/dev/null",
        "/dev/tty", "./fifo", "./socket", "./directory"};

    (void)state;
    for (size_t i = 0; i < KF_LEN(devices) + KF_LEN(links); i++) {
        bool link = i >= KF_LEN(devices);
        const char *path = link ? links[i - KF_LEN(devices)].name : devices[i];
        const char *const once[] = {KFARM_TOP, "--once", "jobs", "--record", path, NULL};
        const char *const screen[] = {KFARM_TOP, "--record", path, NULL};

        for (int k = 0; k < 2; k++) {
            int status = program_run(
                &(struct program){.argv = k ? screen : once, .terminal = k == 1}, &out, &err);
            const struct buf *words = k ? &out : &err;

            if (status != 2 || strstr(buf_str(words), "kfarm-top: --record: ") == NULL ||
                strstr(buf_str(words), strrchr(path, '/')) == NULL ||
                strstr(buf_str(words), link ? " is a symbolic link; name the file itself"
                                            : "; it must be a regular file") == NULL)
                fail_msg("%s: status %d: %s%s", path, status, buf_str(&out), buf_str(&err));
        }
    }
}

/* Guards against reading a hundred gigabytes: all have a cap but logs, whose holes are passed over. */
static void test_sparse(void **state)
{
    (void)state;
    write_file("script", "# nothing\n");
    for (size_t i = 0; i < KF_LEN(ways); i++) {
        const char *argv[10] = {KFARM_TOP};
        int status;

        for (int k = 0; k < 8 && ways[i][k]; k++)
            argv[k + 1] = ways[i][k][0] ? ways[i][k] : "./sparse";
        status = run_list(argv);
        if (strcmp(ways[i][0], "log") == 0)
            assert_int_equal(status, 4);
        else if (status != 2 || strstr(buf_str(&err), "./sparse") == NULL)
            fail_msg("%s %s: status %d: %s", ways[i][0], ways[i][1], status, buf_str(&err));
    }
}

/* Guards the file in the home directory, whose absence is no mistake: a link that leads nowhere, or something in the place
   of a directory on its way, is not taken for absence. */
static void test_own_configuration(void **state)
{
    static const struct broken {
        const char *link, *target; /* NULL: a FIFO */
        const char *words;
    } broken[] = {
        {".config/kfarm-top/config", "nowhere",
            "this symbolic link leads nowhere; mend or remove it"},
        {".config/kfarm-top/config", "config", "Too many levels of symbolic links"},
        {".config/kfarm-top/config", "/dev/zero", "a pipe, a socket or a device"},
        {".config/kfarm-top/config", NULL, "a pipe, a socket or a device"},
        {".config/kfarm-top", "nowhere", "No such file or directory"},
        {".config/kfarm-top", "kfarm-top", "Too many levels of symbolic links"},
        {".config/kfarm-top", NULL, "Not a directory"},
        {".config", ".config", "Too many levels of symbolic links"},
        {".config", NULL, "Not a directory"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(broken); i++) {
        const struct broken *b = &broken[i];

        if (strchr(b->link, '/'))
            assert_int_equal(mkdir(".config", 0700), 0);
        if (strchr(b->link, '/') != strrchr(b->link, '/'))
            assert_int_equal(mkdir(".config/kfarm-top", 0700), 0);
        assert_int_equal(RUN("--once", "jobs", "--replay", REC), 0); /* absent */
        assert_int_equal(b->target ? symlink(b->target, b->link) : mkfifo(b->link, 0600), 0);
        if (RUN("--once", "jobs", "--replay", REC) != 2 ||
            strstr(buf_str(&err), "/.config/kfarm-top/config: ") == NULL ||
            strstr(buf_str(&err), b->words) == NULL)
            fail_msg("%s -> %s: %s", b->link, b->target, buf_str(&err));
        unlink(b->link);
        rmdir(".config/kfarm-top");
        rmdir(".config");
    }
}

/* In the child: a root directory of processes that is not there, as in some containers. */
static void hide_proc(void *unused)
{
    (void)unused;
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/proc", "tmpfs", MS_RDONLY, NULL) < 0)
        _exit(126);
}

/* Guards the words where every file would be said not to be there. */
static void test_without_proc(void **state)
{
    (void)state;
    if (geteuid() != 0 || SANITIZED) {
        print_message("only root can hide /proc, and AddressSanitizer needs it\n");
        skip();
    }
    for (size_t i = 0; i < KF_LEN(ways); i++) {
        const char *argv[10] = {KFARM_TOP};
        int status;

        for (int k = 0; k < 8 && ways[i][k]; k++)
            argv[k + 1] = ways[i][k][0] ? ways[i][k] : "script";
        status = program_run(&(struct program){.argv = argv, .prepare = hide_proc}, &out, &err);
        assert_int_equal(status, 2);
        assert_string_equal(
            buf_str(&err), "kfarm-top: /proc/self/fd: No such file or directory; mount /proc\n");
    }
}

/* Guards a script of keys against bytes behind which a line would be lost. */
static void test_script(void **state)
{
    static const char nul[] = "keys q\0dump\n";
    FILE *f = fopen("nul", "we");

    (void)state;
    assert_non_null(f);
    fwrite(nul, 1, sizeof(nul) - 1, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(RUN("--script", "nul", "--replay", REC), 2);
    assert_non_null(strstr(buf_str(&err), "nul:1: a NUL byte: this is no text file"));
    write_file("last", "size 90x20\ndump"); /* the last line without its newline */
    assert_int_equal(RUN("--script", "last", "--replay", REC), 0);
    assert_non_null(strstr(buf_str(&out), "== last:2 90x20\n"));
}

/* ---- the audit file that --once messages reads ---- */

#define AUDIT ".local/state/kfarm-top/audit.jsonl"

static long children_mb(void)
{
    struct rusage used;

    getrusage(RUSAGE_CHILDREN, &used);
    return used.ru_maxrss / 1024;
}

static void expect_messages(int status, const char *words)
{
    if (RUN("--once", "messages") != status || strstr(buf_str(&err), words) == NULL)
        fail_msg("%s: %s", words, buf_str(&err));
}

/* Guards against a hundred gigabytes, a line without an end and more lines than a person reads: bounded memory, and the
   line of ours behind them is printed. And against what is no file, also in the place of an older one: it is named. */
static void test_messages(void **state)
{
    static const char line[] = "\n{\"id\":\"1\",\"event\":\"result\",\"verb\":\"job-hold\","
                               "\"targets\":[{\"id\":\"7\"}]}\n";
    char *part = xcalloc(1 << 20, 1);
    FILE *f;

    (void)state;
    assert_int_equal(mkdir(".local", 0700), 0);
    assert_int_equal(mkdir(".local/state", 0700), 0);
    assert_int_equal(mkdir(".local/state/kfarm-top", 0700), 0);
    expect_messages(0, "");
    f = fopen(AUDIT, "we");
    assert_non_null(f);
    memset(part, 'x', 1 << 20);
    for (int i = 0; i < 400; i++)
        fwrite(part, 1 << 20, 1, f);
    assert_int_equal(fflush(f), 0);
    assert_int_equal(fseeko(f, 100ll << 30, SEEK_END), 0);
    fputs(line, f);
    for (int i = 0; i < 100; i++)
        fputs("[]\n", f);
    assert_int_equal(fclose(f), 0);
    free(part);
    expect_messages(0, "/audit.jsonl:1: no line of an audit file, passed over\n");
    assert_non_null(strstr(buf_str(&out), "job-hold"));
    assert_non_null(strstr(buf_str(&err), "/audit.jsonl: 81 more lines are no lines of an audit"));
    assert_true(children_mb() < 300); /* AddressSanitizer needs its part */
    unlink(AUDIT);
    assert_int_equal(mkfifo(AUDIT ".1", 0600), 0);
    expect_messages(
        2, "/audit.jsonl.1: this is a pipe, a socket or a device; a regular file is needed");
    unlink(AUDIT ".1");
    assert_int_equal(symlink("audit.jsonl", AUDIT), 0);
    expect_messages(2, "/audit.jsonl: Too many levels of symbolic links");
    unlink(AUDIT);
}

/* ---- what is handed over ---- */

/* In the child: standard input is a pipe with this text in it, and nobody writes to it any more. */
static void feed(void *text)
{
    int ends[2];

    if (pipe(ends) < 0 || write(ends[1], text, strlen(text)) < 0 || close(ends[1]) < 0 ||
        dup2(ends[0], STDIN_FILENO) < 0)
        _exit(126);
}

static int run_fed(const char *text, const char *const *argv)
{
    return program_run(
        &(struct program){.argv = argv, .prepare = feed, .user = (char *)(uintptr_t)text}, &out,
        &err);
}
#define RUN_FED(text, ...) run_fed(text, (const char *const[]){KFARM_TOP, __VA_ARGS__, NULL})

static void test_handed_over(void **state)
{
    static const char *const names[] = {"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"};

    (void)state;
    for (size_t i = 0; i < KF_LEN(names); i++) {
        assert_int_equal(RUN_FED("[general]\ntheme = mono\n", "--check-config", names[i]), 0);
        assert_int_equal(RUN_FED("[generic]\n", "--check-config", names[i]), 2);
        assert_non_null(strstr(buf_str(&err), ":1: there is no section [generic]"));
        assert_int_equal(RUN_FED("dump\n", "--script", names[i], "--replay", REC), 0);
        assert_non_null(strstr(buf_str(&out), "80x24\n"));
        assert_int_equal(
            RUN_FED("[general]\n", "--once", "--config", names[i], "--replay", REC), 0);
        /* logs are read by place, which a pipe has not */
        assert_int_equal(RUN_FED("  CC  a.o\n", "log", names[i]), 2);
        assert_non_null(strstr(buf_str(&err), "a pipe, a socket or a device"));
    }
    assert_int_equal(RUN("--once", "--config", "/dev/null", "--replay", REC), 0);
}

/* In the child: bash's process substitution, whose writer may be gone or still be there. */
static void test_substitution(void **state)
{
    static const char command[] =
        "\"$0\" --once jobs --replay <(cat \"$1\") --config <(echo '[general]')";
    const char *const argv[] = {"/bin/bash", "-c", command, KFARM_TOP, REC, NULL};

    (void)state;
    assert_int_equal(run_list(argv), 0);
    assert_non_null(strstr(buf_str(&out), "JOB"));
}

/* A pipe that holds ten bytes and has no writer any more, read with this cap. */
static int read_pipe(size_t max, struct buf *b, struct diag *d)
{
    char path[32];
    int ends[2], status;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "0123456789", 10), 10);
    close(ends[1]);
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
    status = given_read(path, max, b, d);
    close(ends[0]);
    return status;
}

/* Guards the reader itself: the cap is the same of a file and of a pipe, and both are said to be too large. */
static void test_cap(void **state)
{
    struct diag d = DIAG_INIT;
    struct buf b = BUF_INIT;

    (void)state;
    write_file("ten", "0123456789");
    assert_int_equal(given_read("ten", 10, &b, &d), 0);
    assert_string_equal(buf_str(&b), "0123456789");
    buf_release(&b);
    assert_int_equal(given_read("ten", 9, &b, &d), -EFBIG);
    assert_string_equal(d.text, "ten: larger than 9 bytes");
    assert_int_equal(read_pipe(10, &b, &d), 0);
    assert_string_equal(buf_str(&b), "0123456789");
    buf_release(&b);
    assert_int_equal(read_pipe(9, &b, &d), -EFBIG);
    assert_non_null(strstr(d.text, ": larger than 9 bytes"));
    write_file("ten", "");
    assert_int_equal(given_read("ten", 9, &b, &d), 0);
    assert_string_equal(buf_str(&b), "");
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_own_configuration),
        cmocka_unit_test(test_without_proc),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_handed_over),
        cmocka_unit_test(test_substitution),
        cmocka_unit_test(test_cap),
    };
    int failed = cmocka_run_group_tests(tests, start, end);

    buf_release(&out);
    buf_release(&err);
    return failed;
}
