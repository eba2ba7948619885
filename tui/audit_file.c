/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/ownfile.h"

#define TRIES 100 /* to get hold of the file between two that rotate it */

/* FILE.4 becomes FILE.5, …, FILE becomes FILE.1. The first that cannot ends it, or the next one would be put over what
   is still there. 0 or a negative errno. */
static int rotate(const struct ownfile *o, int keep)
{
    char from[NAME_MAX + 16], to[NAME_MAX + 16];

    for (int i = keep - 1; i >= 0; i--) {
        if (i == 0)
            snprintf(from, sizeof(from), "%s", o->name);
        else
            snprintf(from, sizeof(from), "%s.%d", o->name, i);
        snprintf(to, sizeof(to), "%s.%d", o->name, i + 1);
        if (renameat(o->directory, from, o->directory, to) < 0 && errno != ENOENT)
            return -errno;
    }
    return 0;
}

/* Opens the file and, if that can be had in time, keeps others from rotating it until it is closed again. The one that
   was waited for may have become FILE.1 meanwhile: then it is the next one's turn. */
static int open_locked(const struct ownfile *o, bool *ret_locked, struct diag *d)
{
    int64_t until_us = clock_monotonic_us() + AUDIT_LOCK_MS * 1000;
    struct stat here, there;

    for (int i = 0; i < TRIES; i++) {
        int fd = ownfile_open(o, OWNFILE_APPEND, d);

        if (fd < 0)
            return fd;
        *ret_locked = file_lock(fd, LOCK_EX, until_us) == 0;
        if (fstat(fd, &here) == 0 &&
            fstatat(o->directory, o->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
            there.st_dev == here.st_dev && there.st_ino == here.st_ino)
            return fd;
        close(fd);
    }
    return diag_set(d, -EAGAIN, "%.300s is being replaced again and again", o->path);
}

/* The last line of the file is not whole. */
static bool ends_within_line(int fd, int64_t size)
{
    char last;

    return size > 0 && file_read_at(fd, &last, 1, size - 1) == 1 && last != '\n';
}

static int append(int fd, const struct audit_file *f, const struct buf *lines, bool locked)
{
    struct stat st;
    int err;

    if (fstat(fd, &st) < 0)
        return -errno;
    err = ends_within_line(fd, st.st_size) ? ownfile_write(fd, "\n", 1) : 0;
    if (!err)
        err = ownfile_write(fd, lines->p, lines->len);
    if (!err && f->sync && fdatasync(fd) < 0)
        err = -errno;
    if (err && locked) /* without the lock it could be another one's line that is cut off */
        (void)!ftruncate(fd, st.st_size);
    return err;
}

/* Two that rotate at once would put one's new file over the other's old one; so whoever rotates holds
   the file, and looks at its size only then. */
static int open_rotated(const struct audit_file *f, const struct ownfile *o, size_t more,
    bool *ret_locked, struct diag *d)
{
    int fd = open_locked(o, ret_locked, d), err;
    struct stat st;

    if (fd < 0 || f->keep == 0 || fstat(fd, &st) < 0 || st.st_size == 0 ||
        st.st_size + (int64_t)more <= f->size_max)
        return fd;
    err = *ret_locked ? rotate(o, f->keep) : -EWOULDBLOCK;
    if (!err) {
        close(fd);
        return open_locked(o, ret_locked, d);
    }
    diag_set(d, 0, "%.300s grows on, it cannot be rotated: %s", o->path,
        err == -EWOULDBLOCK ? "somebody holds its lock" : strerror(-err));
    return fd;
}

int audit_file_append(const struct audit_file *f, const struct buf *lines, struct diag *d)
{
    struct ownfile o;
    bool locked = false;
    int err = ownfile_init(&o, f->path, OWNFILE_PARENTS, d), fd = -1;

    if (!err)
        fd = open_rotated(f, &o, lines->len, &locked, d);
    ownfile_release(&o);
    if (err || fd < 0)
        return err ? err : fd;
    err = append(fd, f, lines, locked);
    if (close(fd) < 0 && !err)
        err = -errno;
    return err ? diag_set(d, err, "%.300s: %s", f->path, strerror(-err)) : 0;
}
