/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process that reads a stranger's logs can still do, tried from inside it: each attempt is a row of a table, and
 * the reader answers with what came of it. Needs root, as the operator on the master is.
 */
#include "backend/reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/sandbox.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/pattern.h"

#define EVE         54321
#define DEADLINE_MS 20000

/* Where the attempts are made; the same in the reader's memory. */
static struct {
    char dir[64], own[96], roots[96], others[96], new[96];
    pid_t screen; /* stands for the screen: a process of the operator's */
    int secret; /* an open file of the helper's */
} at;

/* ---- attempts: 0, or the errno that refused ---- */

static int outcome(long rc)
{
    return rc < 0 ? errno : 0;
}

static int open_for(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600), error = errno;

    if (fd >= 0)
        close(fd);
    return fd < 0 ? error : 0;
}

static int read_own(void)
{
    struct stat st;
    int fd = file_open_regular(at.own, &st);
    char text[8] = "";

    if (fd < 0)
        return -fd;
    return file_read_at(fd, text, sizeof(text), 0) == 5 && strcmp(text, "text\n") == 0 ? 0 : EIO;
}

static int read_shadow(void)
{
    return open_for("/etc/shadow", O_RDONLY);
}

static int read_roots(void)
{
    return open_for(at.roots, O_RDONLY);
}

static int read_others(void)
{
    return open_for(at.others, O_RDONLY);
}

static int read_memory(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/mem", (int)at.screen);
    return open_for(path, O_RDONLY);
}

static int read_environment(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/environ", (int)at.screen);
    return open_for(path, O_RDONLY);
}

static int write_own(void)
{
    return open_for(at.own, O_WRONLY);
}

static int append_own(void)
{
    return open_for(at.own, O_RDWR | O_APPEND);
}

static int make_new(void)
{
    return open_for(at.new, O_RDONLY | O_CREAT);
}

static int truncate_own(void)
{
    return outcome(truncate(at.own, 0));
}

static int remove_own(void)
{
    return outcome(unlink(at.own));
}

static int rename_own(void)
{
    return outcome(rename(at.own, at.new));
}

static int chmod_own(void)
{
    return outcome(chmod(at.own, 0666));
}

static int make_directory(void)
{
    return outcome(mkdir(at.new, 0700));
}

static int make_link(void)
{
    return outcome(symlink("/etc/passwd", at.new));
}

static int run_program(void)
{
    char *const argv[] = {(char *)"true", NULL};

    execv("/bin/true", argv);
    return errno;
}

static int start_process(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return outcome(pid);
}

static int open_tcp(void)
{
    return outcome(socket(AF_INET, SOCK_STREAM, 0));
}

static int open_unix(void)
{
    return outcome(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int signal_screen(void)
{
    return outcome(kill(at.screen, 0));
}

static int signal_by_thread(void)
{
    return outcome(syscall(SYS_tgkill, at.screen, at.screen, 0));
}

/* A file's owner gets a signal when something comes. */
static int signal_by_file(void)
{
    return outcome(fcntl(STDERR_FILENO, F_SETOWN, at.screen));
}

static int trace_screen(void)
{
    return outcome(ptrace(PTRACE_ATTACH, at.screen, NULL, NULL));
}

static int read_screen(void)
{
    char byte;
    struct iovec to = {&byte, 1}, from = {&at, 1};

    return outcome(process_vm_readv(at.screen, &to, 1, &from, 1, 0));
}

static int become_root(void)
{
    return outcome(setresuid(0, 0, 0));
}

static int use_descriptor(void)
{
    char byte;

    return outcome(pread(at.secret, &byte, 1, 0));
}

static int count_rights(void)
{
    char line[256], cap[32];
    FILE *f = fopen("/proc/self/status", "re");
    int faults = f ? 0 : ENOENT;
    unsigned long long set;
    unsigned uid[3];

    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "Cap%31s %llx", cap, &set) == 2 && set != 0)
            faults = EPERM;
        if (sscanf(line, "Uid: %u %u %u", &uid[0], &uid[1], &uid[2]) == 3 &&
            (uid[0] != EVE || uid[1] != EVE || uid[2] != EVE))
            faults = EPERM;
        if (strncmp(line, "Groups:", 7) == 0 && strtol(line + 7, NULL, 10) != 0)
            faults = EPERM;
        if (strncmp(line, "NoNewPrivs:", 11) == 0 && strtol(line + 11, NULL, 10) != 1)
            faults = EPERM;
    }
    if (f)
        fclose(f);
    return faults;
}

static void *do_nothing(void *unused)
{
    return unused;
}

static int start_thread(void)
{
    pthread_t thread;
    int err = pthread_create(&thread, NULL, do_nothing, NULL);

    return err ? err : pthread_join(thread, NULL);
}

static int watch_directory(void)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    return fd < 0 ? errno : outcome(inotify_add_watch(fd, at.dir, IN_MODIFY));
}

static int find_pattern(void)
{
    struct diag d = DIAG_INIT;
    struct pattern *p = pattern_new("e[rx]+or", &d);
    int found = p ? pattern_find(p, "an error", 8, 0, NULL, NULL) : 0;

    pattern_free(p);
    return found == 1 ? 0 : EINVAL;
}

static int use_memory(void)
{
    char *p = malloc(64u << 20);

    if (p == NULL)
        return ENOMEM;
    memset(p, 1, 64u << 20);
    free(p);
    return 0;
}

enum { BY_USER = 1 << 4 }; /* beside the means of the sandbox: held by whose process it is */

/* Refused by these means, each by itself; 0: it must work under all of them. */
static const struct attempt {
    const char *name;
    int (*try)(void);
    unsigned held_by;
} attempts[] = {
    {"read the user's own file", read_own, 0},
    {"start a thread", start_thread, 0},
    {"watch a directory", watch_directory, 0},
    {"compile a pattern", find_pattern, 0},
    {"use memory", use_memory, 0},
    {"have no right left", count_rights, 0},
    {"read /etc/shadow", read_shadow, BY_USER},
    {"read root's file", read_roots, BY_USER},
    {"read another user's file", read_others, BY_USER},
    {"read the screen's memory", read_memory, BY_USER},
    {"read the screen's environment", read_environment, BY_USER},
    {"use the helper's descriptors", use_descriptor, BY_USER},
    {"write the user's own file", write_own, SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"append to it", append_own, SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"make a file", make_new, SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"truncate it", truncate_own, SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"remove it", remove_own, SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"rename it", rename_own, SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"make a directory", make_directory, SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"make a link", make_link, SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"run a program", run_program, SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"change its mode", chmod_own, SANDBOX_SECCOMP},
    {"start a process", start_process, SANDBOX_SECCOMP},
    {"open a TCP socket", open_tcp, SANDBOX_SECCOMP},
    {"open a local socket", open_unix, SANDBOX_SECCOMP},
    {"signal the screen", signal_screen, BY_USER | SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"signal it by its thread", signal_by_thread, BY_USER | SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"signal it by a file", signal_by_file, SANDBOX_SECCOMP},
    {"trace the screen", trace_screen, BY_USER | SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"read the screen's memory by a call", read_screen,
        BY_USER | SANDBOX_LANDLOCK | SANDBOX_SECCOMP},
    {"become root", become_root, BY_USER | SANDBOX_SECCOMP},
};

/* ---- the reader ---- */

static int try_all(int fd, const void *unused)
{
    int32_t results[KF_LEN(attempts)];

    (void)unused;
    for (size_t i = 0; i < KF_LEN(attempts); i++)
        results[i] = attempts[i].try();
    return wire_write(fd, results, sizeof(results));
}

static void start_reader(struct reader *r, uid_t owner, reader_main *main, const void *with)
{
    *r = READER_NONE;
    assert_int_equal(reader_start(r, owner, main, with), 0);
}

static void get_results(struct reader *r, int32_t results[KF_LEN(attempts)])
{
    char *p = (char *)results;
    size_t left = sizeof(attempts) / sizeof(attempts[0]) * sizeof(results[0]);

    while (left > 0) {
        struct pollfd in = {.fd = r->fd, .events = POLLIN};
        ssize_t n = poll(&in, 1, DEADLINE_MS) == 1 ? read(r->fd, p, left) : -1;

        if (n <= 0) {
            reader_pass_words(r);
            fail_msg("the reader has ended without an answer");
        }
        p += n;
        left -= (size_t)n;
    }
    reader_close(r);
}

static void write_file(const char *path, uid_t owner)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "text\n", 5), 5);
    close(fd);
    assert_int_equal(chown(path, owner, owner), 0);
}

static int set_up(void **state)
{
    int fd;

    (void)state;
    snprintf(at.dir, sizeof(at.dir), "/tmp/kfarm-reader.XXXXXX");
    if (geteuid() != 0 || mkdtemp(at.dir) == NULL)
        return -1;
    chmod(at.dir, 0777);
    snprintf(at.own, sizeof(at.own), "%s/own", at.dir);
    snprintf(at.roots, sizeof(at.roots), "%s/roots", at.dir);
    snprintf(at.others, sizeof(at.others), "%s/others", at.dir);
    snprintf(at.new, sizeof(at.new), "%s/new", at.dir);
    signal(SIGCHLD, SIG_IGN);
    at.screen = fork();
    if (at.screen == 0)
        for (;;)
            pause();
    fd = open("/etc/shadow", O_RDONLY | O_CLOEXEC);
    at.secret =
        fcntl(fd, F_DUPFD_CLOEXEC, 100); /* a number that the reader has not got by itself */
    close(fd);
    write_file(at.own, EVE);
    write_file(at.roots, 0);
    write_file(at.others, EVE + 1);
    return at.secret < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    kill(at.screen, SIGKILL);
    close(at.secret);
    unlink(at.own);
    unlink(at.roots);
    unlink(at.others);
    unlink(at.new);
    rmdir(at.new);
    return rmdir(at.dir);
}

static void test_reader(void **state)
{
    int32_t results[KF_LEN(attempts)];
    struct reader r;
    int faults = 0;

    (void)state;
    start_reader(&r, EVE, try_all, NULL);
    get_results(&r, results);
    for (size_t i = 0; i < KF_LEN(attempts); i++) {
        print_message("%-36s %s\n", attempts[i].name, results[i] ? strerror(results[i]) : "done");
        faults += (attempts[i].held_by != 0) != (results[i] != 0);
    }
    assert_int_equal(faults, 0);
}

/* A row that is done once the sandbox is left out would test nothing; tried in an order that leaves the file there. */
static int try_unconfined(int fd, const void *means)
{
    int32_t results[KF_LEN(attempts)] = {0};
    struct diag d = DIAG_INIT;

    if (*(const unsigned *)means && sandbox_enter(*(const unsigned *)means, &d) < 0)
        return 1;
    for (size_t i = 0; i < KF_LEN(attempts); i++)
        if (attempts[i].try != run_program || *(const unsigned *)means)
            results[i] = attempts[i].try();
    return wire_write(fd, results, sizeof(results));
}

/* Each means by itself holds what is said to be held by it. The process is root's, so that it has all rights else. */
static void test_each_means(void **state)
{
    static const unsigned means[] = {SANDBOX_LANDLOCK, SANDBOX_SECCOMP};

    (void)state;
    assert_int_equal(sandbox_has(), SANDBOX_LANDLOCK | SANDBOX_SECCOMP);
    for (size_t m = 0; m < KF_LEN(means); m++) {
        int32_t results[KF_LEN(attempts)];
        int pair[2];
        struct reader r = READER_NONE;
        pid_t pid;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        pid = fork();
        if (pid == 0) {
            close(pair[0]);
            _exit(try_unconfined(pair[1], &means[m]));
        }
        close(pair[1]);
        r.fd = pair[0];
        get_results(&r, results);
        for (size_t i = 0; i < KF_LEN(attempts); i++)
            if ((attempts[i].held_by & means[m]) && results[i] == 0)
                fail_msg("%s: not refused by means %u", attempts[i].name, means[m]);
    }
}

/* The attempts are ones that a process without a sandbox could make. */
static void test_without(void **state)
{
    int32_t results[KF_LEN(attempts)];
    const unsigned none = 0;
    int pair[2], succeeded = 0;
    struct reader r = READER_NONE;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    if (fork() == 0) {
        close(pair[0]);
        _exit(try_unconfined(pair[1], &none));
    }
    close(pair[1]);
    r.fd = pair[0];
    get_results(&r, results);
    for (size_t i = 0; i < KF_LEN(attempts); i++) {
        if (results[i] == 0)
            succeeded++;
        else
            print_message("%s: %s\n", attempts[i].name, strerror(results[i]));
    }
    assert_true(succeeded > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_means, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
