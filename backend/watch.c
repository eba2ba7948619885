/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three habits of libinotifytools (3.22, and 4.x, which kept them) shape this:
 *
 *  - It hides its descriptor, and waits in whole seconds. The descriptor is found: it is the one of
 *    inotify that /proc did not show before. (Its number cannot be foretold, as threads open files
 *    meanwhile.) Events are taken with next_events(0, 1), the one call that never waits
 *    (next_event(0) waits for ever).
 *  - It cannot forget a watch that the kernel has dropped already, and confuses a directory that is
 *    made again with the one that was. So whatever is to be forgotten, everything is begun anew.
 *    That is rare, and reported as WATCH_MISSED.
 *  - It does not set close-on-exec.
 */
#include "backend/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <inotifytools/inotifytools.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"

#define EVENTS (IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_ONLYDIR)

struct dir {
    char *path; /* canonical, with a slash at the end; NULL: free */
    int wd;
    uint64_t asked; /* when it was asked for last, in calls of watch_dir() */
};

struct watch {
    int fd;
    bool stale; /* the library is to be begun anew */
    bool missed; /* a WATCH_MISSED is due */
    uint64_t calls;
    struct dir dirs[WATCH_DIRS_MAX];
};

/* Numbers from linux/magic.h and, for what lives outside the kernel, statfs(2). */
static const struct {
    uint32_t type;
    enum watch_fs fs;
} file_systems[] = {
    {0x0000EF53, WATCH_FS_EVENTS}, /* ext2, ext3, ext4 */
    {0x58465342, WATCH_FS_EVENTS}, /* xfs */
    {0x9123683E, WATCH_FS_EVENTS}, /* btrfs */
    {0x01021994, WATCH_FS_EVENTS}, /* tmpfs */
    {0x858458F6, WATCH_FS_EVENTS}, /* ramfs */
    {0x2FC12FC1, WATCH_FS_EVENTS}, /* zfs */
    {0xF2F52010, WATCH_FS_EVENTS}, /* f2fs */
    {0xCA451A4E, WATCH_FS_EVENTS}, /* bcachefs */
    {0x794C7630, WATCH_FS_LOCAL}, /* overlayfs: what is written below it is not told */
};

enum watch_fs watch_fs_of(const char *path)
{
    struct statfs st;

    if (statfs(path, &st) != 0)
        return WATCH_FS_REMOTE;
    for (size_t i = 0; i < KF_LEN(file_systems); i++)
        if (file_systems[i].type == (uint32_t)st.f_type)
            return file_systems[i].fs;
    return WATCH_FS_REMOTE;
}

static bool is_inotify(int fd)
{
    char link[64];
    char target[64];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, target, sizeof(target) - 1);
    if (n < 0)
        return false;
    target[n] = '\0';
    return strcmp(target, "anon_inode:inotify") == 0;
}

/* Descriptors of inotify; the library waits with select(2), which knows no higher ones. */
struct inotify_fds {
    bool is[FD_SETSIZE];
};

static void find_inotify_fds(struct inotify_fds *ret)
{
    for (int fd = 0; fd < FD_SETSIZE; fd++)
        ret->is[fd] = fcntl(fd, F_GETFD) >= 0 && is_inotify(fd);
}

/* The first descriptor that is in now, and was not in before; -1. */
static int new_fd(const struct inotify_fds *before, const struct inotify_fds *now)
{
    for (int fd = 0; fd < FD_SETSIZE; fd++)
        if (now->is[fd] && !before->is[fd])
            return fd;
    return -1;
}

/* Returns the library's descriptor or a negative errno. */
static int open_library(struct diag *d)
{
    struct inotify_fds before, now;
    int fd;

    find_inotify_fds(&before);
    if (!inotifytools_initialize()) {
        int error = inotifytools_error();

        return diag_set(d, -error, "no inotify%s: %s",
            error == EMFILE ? ", see fs.inotify.max_user_instances" : "", strerror(error));
    }
    find_inotify_fds(&now);
    fd = new_fd(&before, &now);
    if (fd < 0) {
        inotifytools_cleanup();
        return diag_set(d, -ENOTSUP, "no inotify: its descriptor was not found");
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

struct watch *watch_new(struct diag *d)
{
    struct watch *w;
    int fd = open_library(d);

    if (fd < 0)
        return NULL;
    w = xcalloc(1, sizeof(*w));
    w->fd = fd;
    return w;
}

struct watch *watch_free(struct watch *w)
{
    if (w == NULL)
        return NULL;
    if (w->fd >= 0)
        inotifytools_cleanup();
    for (int i = 0; i < WATCH_DIRS_MAX; i++)
        free(w->dirs[i].path);
    free(w);
    return NULL;
}

int watch_fd(const struct watch *w)
{
    return w->fd;
}

static int start_dir(struct dir *dir)
{
    if (!inotifytools_watch_file(dir->path, EVENTS))
        return -inotifytools_error();
    dir->wd = inotifytools_wd_from_filename(dir->path);
    return dir->wd < 0 ? -ENOENT : 0;
}

static void drop_dir(struct dir *dir)
{
    free(dir->path);
    *dir = (struct dir){0};
}

/*
 * Begins anew with the directories that are left. One that cannot be watched any more is dropped in
 * silence: WATCH_MISSED makes its owner ask for it again, and then he is told. Events that the
 * library still has in its buffer come out later with numbers of before; at worst they cause a look
 * at a file that has not changed.
 */
static void renew(struct watch *w)
{
    w->stale = false;
    w->missed = true;
    if (w->fd >= 0)
        inotifytools_cleanup();
    w->fd = open_library(NULL);
    if (w->fd < 0)
        w->fd = -1;
    for (int i = 0; i < WATCH_DIRS_MAX; i++)
        if (w->dirs[i].path && (w->fd < 0 || start_dir(&w->dirs[i])))
            drop_dir(&w->dirs[i]);
}

/* A free place, if need be that of the directory asked for longest ago. */
static struct dir *free_dir(struct watch *w)
{
    struct dir *oldest = &w->dirs[0];

    for (int i = 0; i < WATCH_DIRS_MAX; i++) {
        if (w->dirs[i].path == NULL)
            return &w->dirs[i];
        if (w->dirs[i].asked < oldest->asked)
            oldest = &w->dirs[i];
    }
    drop_dir(oldest);
    renew(w);
    return oldest;
}

int watch_dir(struct watch *w, const char *dir, struct diag *d)
{
    char real[PATH_MAX + 1];
    struct dir *place;
    size_t n;
    int err;

    if (w->stale)
        renew(w);
    if (w->fd < 0)
        return diag_set(d, -ENOTSUP, "no inotify");
    if (realpath(dir, real) == NULL)
        return diag_set(d, -errno, "%s: %s", dir, strerror(errno));
    if (watch_fs_of(real) != WATCH_FS_EVENTS)
        return -EOPNOTSUPP;
    n = strlen(real);
    if (real[n - 1] != '/') { /* the form in which the library files it */
        real[n] = '/';
        real[n + 1] = '\0';
    }
    for (int i = 0; i < WATCH_DIRS_MAX; i++) {
        if (w->dirs[i].path && strcmp(w->dirs[i].path, real) == 0) {
            w->dirs[i].asked = ++w->calls;
            return i;
        }
    }
    place = free_dir(w);
    *place = (struct dir){.path = xstrdup(real), .asked = ++w->calls};
    err = w->fd < 0 ? -ENOTSUP : start_dir(place);
    if (err) {
        drop_dir(place);
        return diag_set(d, err, "%s: no events%s: %s", dir,
            err == -ENOSPC ? ", see fs.inotify.max_user_watches" : "", strerror(-err));
    }
    return (int)(place - w->dirs);
}

/* Whether an event of the library is one for us. */
static bool translate(struct watch *w, const struct inotify_event *e, struct watch_event *ret)
{
    *ret = (struct watch_event){.dir = -1};
    if (e->mask & IN_Q_OVERFLOW) {
        ret->kind = WATCH_MISSED;
        return true;
    }
    for (int i = 0; i < WATCH_DIRS_MAX && ret->dir < 0; i++)
        if (w->dirs[i].path && w->dirs[i].wd == e->wd)
            ret->dir = i;
    if (ret->dir < 0)
        return false;
    if (e->mask & (IN_IGNORED | IN_UNMOUNT)) {
        ret->kind = WATCH_GONE;
        drop_dir(&w->dirs[ret->dir]);
        w->stale = true;
        return true;
    }
    if (e->len == 0)
        return false;
    snprintf(ret->name, sizeof(ret->name), "%.*s", (int)e->len, e->name);
    return true;
}

bool watch_next(struct watch *w, struct watch_event *ret)
{
    const struct inotify_event *e;

    while (w->fd >= 0 && (e = inotifytools_next_events(0, 1)) != NULL)
        if (translate(w, e, ret))
            return true;
    if (w->stale)
        renew(w);
    if (w->missed) {
        w->missed = false;
        *ret = (struct watch_event){.kind = WATCH_MISSED, .dir = -1};
        return true;
    }
    return false;
}
