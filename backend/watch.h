/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_WATCH_H
#define KFARM_BACKEND_WATCH_H
/*
 * Word of changes in a few directories, so that a poll need not wait for its turn. inotify(7) tells
 * only of what is done on this host: what comes over NFS it never mentions. So events quicken
 * polling, they do not replace it, and every failure here means no more than "poll".
 *
 * libinotifytools keeps all its state in globals: one watch per process, in one thread.
 */
#include <stdbool.h>

#include "base/diag.h"

#define WATCH_DIRS_MAX 8 /* the one asked for longest ago makes room for a new one */
#define WATCH_NAME_MAX 256

enum watch_fs {
    WATCH_FS_EVENTS, /* local: every change causes an event */
    WATCH_FS_LOCAL, /* local, but not all changes cause events where we look (overlayfs) */
    WATCH_FS_REMOTE /* the network, FUSE, or not known */
};

/* What the file system of a path is (statfs(2) follows symbolic links); REMOTE if it fails. */
enum watch_fs watch_fs_of(const char *path);

enum watch_kind {
    WATCH_CHANGED, /* the file `name` in directory `dir` */
    WATCH_GONE, /* directory `dir` is gone or unmounted, and with it its number */
    WATCH_MISSED /* events have been lost: anything may have changed */
};

struct watch_event {
    enum watch_kind kind;
    int dir;
    char name[WATCH_NAME_MAX];
};

struct watch;

/* NULL with the reason in d if there can be no events at all (fs.inotify.max_user_instances). */
struct watch *watch_new(struct diag *d);
/* Takes NULL; returns NULL. */
struct watch *watch_free(struct watch *w);

/*
 * Watches a directory, or goes on to. Returns its number (>= 0), valid until WATCH_GONE or until
 * WATCH_DIRS_MAX others have been added; -EOPNOTSUPP if its file system is not WATCH_FS_EVENTS; or
 * -ENOENT, -EACCES, -ENOSPC (fs.inotify.max_user_watches), … with words in d.
 */
int watch_dir(struct watch *w, const char *dir, struct diag *d);

/* Becomes readable when there are events. -1 if there can be none any more. Ask before each poll():
   it may change. */
int watch_fd(const struct watch *w);
/* Takes the next event; false if there is none. Never waits. */
bool watch_next(struct watch *w, struct watch_event *ret);

#endif
