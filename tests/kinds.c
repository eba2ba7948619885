/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

static const struct {
    const char *name;
    bool root, watched;
    unsigned minor; /* of major number 1, or 5 where the next one is set */
    bool major_5;
} kinds[] = {
    [KIND_ABSENT] = {.name = "absent"},
    [KIND_FILE] = {.name = "a file"},
    [KIND_DIRECTORY] = {.name = "a directory"},
    [KIND_FIFO] = {.name = "a FIFO", .watched = true},
    [KIND_FED_FIFO] = {.name = "a FIFO with a writer", .watched = true},
    [KIND_SOCKET] = {.name = "a socket", .watched = true},
    [KIND_ZERO] = {.name = "zero", .root = true, .watched = true, .minor = 5},
    [KIND_FULL] = {.name = "full", .root = true, .watched = true, .minor = 7},
    [KIND_PTMX] = {.name = "ptmx", .root = true, .watched = true, .minor = 2, .major_5 = true},
    [KIND_TTY] = {.name = "tty", .root = true, .watched = true, .minor = 0, .major_5 = true},
    [KIND_LOOP] = {.name = "a loop of links"},
    [KIND_DANGLING] = {.name = "a link to nowhere"},
    [KIND_SECRET] = {.name = "a link to root's", .root = true},
    [KIND_CLOSED] = {.name = "of mode 000", .root = true},
    [KIND_SPARSE] = {.name = "100 GB"},
};
_Static_assert(KF_LEN(kinds) == KIND_COUNT, "a row for every kind");

const char *kind_name(enum kind k)
{
    return kinds[k].name;
}

bool kind_needs_root(enum kind k)
{
    return kinds[k].root;
}

bool kind_is_watched(enum kind k)
{
    return kinds[k].watched;
}

static void make_socket(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(strlen(path) < sizeof(name.sun_path));
    memcpy(name.sun_path, path, strlen(path) + 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    close(fd);
}

static int make_sparse(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int err =
        fd < 0 || pwrite(fd, KIND_SPARSE_END, strlen(KIND_SPARSE_END), 100ll << 30) < 0 ? -1 : 0;

    if (fd >= 0)
        close(fd);
    return err;
}

/* Makes it under that name; link is the name it will have. */
static int make(struct kind_place *p, const char *path, const char *link)
{
    dev_t device = makedev(kinds[p->kind].major_5 ? 5 : 1, kinds[p->kind].minor);

    switch (p->kind) {
    case KIND_FILE:
        return close(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    case KIND_DIRECTORY:
        return mkdir(path, 0755);
    case KIND_FIFO:
        return mkfifo(path, 0666);
    case KIND_FED_FIFO:
        if (mkfifo(path, 0666) < 0)
            return -1;
        p->end = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        return write(p->end, "from a pipe\n", 12) == 12 ? 0 : -1;
    case KIND_SOCKET:
        make_socket(path);
        return chmod(path, 0666);
    case KIND_ZERO:
    case KIND_FULL:
    case KIND_PTMX:
    case KIND_TTY:
        return mknod(path, S_IFCHR | 0666, device) < 0 ? -1 : chmod(path, 0666);
    case KIND_LOOP:
        return symlink(strrchr(link, '/') + 1, path);
    case KIND_DANGLING:
        return symlink("/proc/self/nonexistent", path);
    case KIND_SECRET:
        return symlink("/etc/shadow", path);
    case KIND_SPARSE:
        return make_sparse(path);
    case KIND_ABSENT:
    case KIND_CLOSED:
    case KIND_COUNT:
        break;
    }
    return 0;
}

static void watch(struct kind_place *p, const char *path)
{
    p->events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (inotify_add_watch(p->events, path, IN_OPEN | IN_ACCESS) < 0)
        fail_msg("%s cannot be watched: %s", path, strerror(errno));
}

void kind_put(struct kind_place *p, enum kind k, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    int directory = (int)(name - path);
    char fresh[600];
    struct stat st;

    *p = (struct kind_place){.kind = k, .events = -1, .end = -1};
    snprintf(p->path, sizeof(p->path), "%s", path);
    /* names that no completion offers */
    snprintf(p->aside, sizeof(p->aside), "%.*s.aside.%s", directory, path, name);
    snprintf(fresh, sizeof(fresh), "%.*s.fresh.%s", directory, path, name);
    p->was_there = lstat(path, &st) == 0;
    p->mode = p->was_there ? st.st_mode & 07777 : 0;
    if (k == KIND_CLOSED) {
        if (p->was_there)
            assert_int_equal(chmod(path, 0), 0);
        return;
    }
    if (k != KIND_ABSENT && make(p, fresh, path) < 0)
        fail_msg("%s: %s cannot be made: %s", path, kind_name(k), strerror(errno));
    if (kind_is_watched(k))
        watch(p, fresh);
    if (p->was_there)
        assert_int_equal(rename(path, p->aside), 0);
    if (k != KIND_ABSENT)
        assert_int_equal(rename(fresh, path), 0);
}

static void must_be_unopened(const struct kind_place *p)
{
    char event[4096];

    if (p->events >= 0 && read(p->events, event, sizeof(event)) > 0)
        fail_msg("%s: %s was opened", p->path, kind_name(p->kind));
}

void kind_take(struct kind_place *p)
{
    must_be_unopened(p);
    if (p->kind == KIND_CLOSED) {
        if (p->was_there)
            assert_int_equal(chmod(p->path, p->mode), 0);
        return;
    }
    if (p->kind != KIND_ABSENT && remove(p->path) < 0 && errno != ENOENT)
        fail_msg("%s cannot be removed: %s", p->path, strerror(errno));
    if (p->was_there)
        assert_int_equal(rename(p->aside, p->path), 0);
    if (p->events >= 0)
        close(p->events);
    if (p->end >= 0)
        close(p->end);
}
