/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_OWNFILE_H
#define KFARM_BASE_OWNFILE_H
/*
 * Files that the program writes for the user who runs it, often root. Nobody else may choose which file
 * that is, or read and change what is written. So a file is opened by the descriptor of its directory,
 * and the directory by walking there from / step by step. On the way,
 *
 *   - each directory and each symbolic link belongs to the user or to root;
 *   - nobody else may write a directory, unless it is sticky, as /tmp is: there others cannot replace
 *     what is the user's;
 *
 * and the file itself is a regular file, not a link, the user's own (by his effective user id), and has
 * one name only. What is not so is refused, with the path, what is wrong with it, and what would be right.
 * A user's own links to directories go on working: it matters who may change the path, not how it looks.
 * Who counts as somebody else is said in base/stranger.h: not the group that a distribution makes for each
 * user, since with the umask that goes with it every directory is writable for that.
 *
 * A file that others may write is not refused: its mode is corrected. A lax umask is a common slip, and
 * the audit file is better continued than given up for it. That cannot stop a process that has the file
 * open already.
 *
 * Opening never waits and has no effect on what is refused (a FIFO, a device). The file servers that the
 * path leads to may hang, though: call these where that may be, or before the screen is there.
 */
#include <limits.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/diag.h"

enum ownfile_flag {
    OWNFILE_PARENTS = 1, /* makes the directories that are missing, for their owner only */
    OWNFILE_FOLLOW = 2, /* the file may be a link of the user's or root's: its target is meant */
    OWNFILE_ALONE =
        4, /* nobody else may write its directory, be it sticky: for files beside which others
                          are looked for, as SQLite does */
};

/* The place of a file. */
struct ownfile {
    int directory; /* descriptor, for the *at() calls alone (O_PATH) */
    char path[PATH_MAX]; /* of the file: absolute, no link in it */
    const char *name; /* its last part; "" after an error */
};

/* Walks to the place of a file that need not be there. 0, or a negative errno with the reason in d: -EPERM if
   somebody else may change the path. ownfile_release() it in either case. */
int ownfile_init(struct ownfile *f, const char *path, unsigned flags, struct diag *d);
void ownfile_release(struct ownfile *f);

enum ownfile_use {
    OWNFILE_APPEND, /* read and write, at the end (O_APPEND) */
    OWNFILE_ANEW, /* write; what it held is gone, its mode is 0600 */
    OWNFILE_NEW, /* write; -EEXIST if there is one, whatever it is */
};

/* Opens the file; a new one has mode 0600. The descriptor, or a negative errno with the reason in d: -EPERM if it
   is somebody else's, -ELOOP for a link, -EISDIR, -ENOTSUP for what is no regular file, -EMLINK. */
int ownfile_open(const struct ownfile *f, enum ownfile_use use, struct diag *d);
/* Checks the file, or makes it, for those who open it themselves, by f->path. No descriptor of a file that was there
   is opened and closed: that would end the locks of SQLite in this process. 0 or a negative errno, as above. */
int ownfile_make(const struct ownfile *f, struct diag *d);
/* Checks the file whose name is this one's with `suffix` behind it, if there is one. 0 or a negative errno, as above. */
int ownfile_check_beside(const struct ownfile *f, const char *suffix, struct diag *d);
/* Puts a new file of this mode in the place: whatever happens, either the old one is there, whole, or the new one.
   The old one may be root's. 0 or a negative errno, as above. */
int ownfile_replace(const struct ownfile *f, const struct buf *text, unsigned mode, struct diag *d);

/* These in one call. */
int ownfile_open_path(const char *path, unsigned flags, enum ownfile_use use, struct diag *d);
int ownfile_replace_path(
    const char *path, unsigned flags, const struct buf *text, unsigned mode, struct diag *d);

/* Writes all of it, whatever signal comes. 0 or a negative errno. */
int ownfile_write(int fd, const void *p, size_t n);

#endif
