/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening files whose names came from outside. What is opened for somebody is tried in a child process, since
 * file_serve() holds for the whole of one.
 */
#include "base/file.h"

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
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

#define EVE 54321

struct world {
    char dir[64], file[96], other[96];
};

static void write_file(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "text\n", 5), 5);
    close(fd);
    assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));

    *state = w;
    snprintf(w->dir, sizeof(w->dir), "/tmp/kfarm-file.XXXXXX");
    if (mkdtemp(w->dir) == NULL || chmod(w->dir, 0755) < 0)
        return -1;
    snprintf(w->file, sizeof(w->file), "%s/file", w->dir);
    snprintf(w->other, sizeof(w->other), "%s/other", w->dir);
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    remove(w->file);
    remove(w->other);
    remove(w->dir);
    free(w);
    return 0;
}

static int open_error(const char *path)
{
    struct stat st;
    int fd = file_open_regular(path, &st);

    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

/* Whether the path is opened on the way to `error`, which is what a device would notice. */
static bool is_touched(const char *path, int error)
{
    int events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    char event[4096];
    bool touched;

    assert_true(inotify_add_watch(events, path, IN_OPEN) >= 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(open_error(path), error);
    touched = read(events, event, sizeof(event)) > 0;
    close(events);
    return touched;
}

static void test_only_files(void **state)
{
    struct world *w = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(open_error(w->file), -ENOENT);
    assert_int_equal(open_error(w->dir), -EISDIR);
    assert_int_equal(mkfifo(w->file, 0644), 0);
    assert_false(is_touched(w->file, -ENOTSUP));
    assert_int_equal(remove(w->file), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", w->file);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_false(is_touched(w->file, -ENOTSUP));
    close(fd);
    assert_int_equal(remove(w->file), 0);
    assert_int_equal(symlink("/dev/ptmx", w->file), 0);
    assert_int_equal(open_error(w->file), -ENOTSUP);
    assert_int_equal(remove(w->file), 0);
    write_file(w->file, 0644);
    assert_true(is_touched(w->file, 0));
}

static void test_path_of(void **state)
{
    struct world *w = *state;
    char path[4096], small[8];
    struct stat st;
    int fd;

    write_file(w->other, 0644);
    assert_int_equal(symlink(w->other, w->file), 0);
    fd = file_open_regular(w->file, &st);
    assert_true(fd >= 0);
    assert_int_equal(file_path_of(fd, path, sizeof(path)), 0);
    assert_string_equal(path, w->other);
    assert_int_equal(file_path_of(fd, small, sizeof(small)), -ENAMETOOLONG);
    assert_int_equal(remove(w->other), 0);
    assert_int_equal(file_path_of(fd, path, sizeof(path)), -ENOENT);
    close(fd);
}

/* What opening `path` comes to in a process that serves this user. */
static int served_error(uid_t owner, const char *path)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        file_serve(owner);
        _exit(-open_error(path));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

/* An operator who may not become the job's owner must not open for her, by a link of hers, what only he may read. */
static void test_serve(void **state)
{
    struct world *w = *state;

    write_file(w->other, 0640);
    assert_int_equal(symlink(w->other, w->file), 0);
    assert_int_equal(served_error(EVE, w->file), -EPERM);
    assert_int_equal(served_error(geteuid(), w->file), 0);
    assert_int_equal(chmod(w->other, 0644), 0);
    assert_int_equal(served_error(EVE, w->file), 0);
    /* it says that everybody may read it, but nobody else gets there */
    assert_int_equal(chmod(w->dir, 0700), 0);
    assert_int_equal(served_error(EVE, w->file), -EPERM);
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(w->other, EVE, EVE), 0);
    assert_int_equal(chmod(w->other, 0600), 0);
    assert_int_equal(served_error(EVE, w->file), 0);
}

static void test_read_all(void **state)
{
    struct world *w = *state;
    struct stat st;
    size_t size = 0;
    int error = 0;
    char *text;

    write_file(w->file, 0644);
    text = file_read_all(w->file, 5, &st, &size, &error);
    assert_non_null(text);
    assert_string_equal(text, "text\n");
    assert_int_equal(size, 5);
    free(text);
    assert_null(file_read_all(w->file, 4, &st, &size, &error));
    assert_int_equal(error, EFBIG);
    assert_null(file_read_all(w->dir, 4, &st, &size, &error));
    assert_int_equal(error, EISDIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_path_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_serve, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_read_all, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
