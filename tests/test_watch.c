/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of directories, in a process whose threads open and close files all the time, as those that read sources and
   trees do. */
#include "backend/watch.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

#define ROUNDS  150
#define THREADS 3
#define WAIT_MS 10000

static atomic_bool over;

static void *open_and_close(void *unused)
{
    (void)unused;
    while (!atomic_load(&over)) {
        int fds[3];

        for (size_t i = 0; i < KF_LEN(fds); i++)
            fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        for (size_t i = 0; i < KF_LEN(fds); i++)
            close(fds[i]);
    }
    return NULL;
}

/* A file is made in the directory: the descriptor becomes readable, and the event is there. */
static void must_tell(struct watch *w, const char *dir)
{
    struct pollfd p = {.fd = watch_fd(w), .events = POLLIN};
    struct watch_event e;
    char path[96];
    int fd;

    snprintf(path, sizeof(path), "%s/log", dir);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(poll(&p, 1, WAIT_MS), 1);
    assert_true(watch_next(w, &e));
    assert_int_equal(e.kind, WATCH_CHANGED);
    assert_string_equal(e.name, "log");
    unlink(path);
}

/* Guards the descriptor, which was taken to be the lowest one that is free: a thread took it first, and the log was only
   looked at now and then. */
static void test_while_threads_open_files(void **state)
{
    pthread_t threads[THREADS];
    char dir[] = "/dev/shm/kfarm-watch.XXXXXX"; /* a file system that tells all */
    struct diag d = DIAG_INIT;

    (void)state;
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < KF_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct watch *w = watch_new(&d);

        if (w == NULL)
            fail_msg("round %d: %s", i, d.text);
        if (watch_dir(w, dir, &d) < 0)
            fail_msg("round %d: %s", i, d.text);
        must_tell(w, dir);
        watch_free(w);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < KF_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    rmdir(dir);
}

/* A descriptor of inotify that is somebody else's is not taken for the library's. */
static void test_another_inotify(void **state)
{
    char dir[] = "/dev/shm/kfarm-watch.XXXXXX";
    struct watch *first, *second;
    struct diag d = DIAG_INIT;
    int other;

    (void)state;
    assert_non_null(mkdtemp(dir));
    first = watch_new(&d);
    assert_non_null(first);
    other = fcntl(watch_fd(first), F_DUPFD_CLOEXEC, 0);
    assert_true(other >= 0);
    watch_free(first);
    second = watch_new(&d);
    assert_non_null(second);
    assert_int_not_equal(watch_fd(second), other);
    assert_true(watch_dir(second, dir, &d) >= 0);
    must_tell(second, dir);
    watch_free(second);
    close(other);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_while_threads_open_files),
        cmocka_unit_test(test_another_inotify),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
