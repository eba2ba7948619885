/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_KINDS_H
#define KFARM_TESTS_KINDS_H
/*
 * What may stand in the place of a file, or of a directory on its way: put there for a moment, with what was there
 * kept aside, and a watch that sees whether somebody opens what has effects when it is opened.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum kind {
    KIND_ABSENT,
    KIND_FILE, /* an empty one: in the place of a directory */
    KIND_DIRECTORY,
    KIND_FIFO, /* nobody has its other end open */
    KIND_FED_FIFO, /* somebody has, and has written to it */
    KIND_SOCKET,
    KIND_ZERO, /* /dev/zero, a device of its own with that number, and likewise … */
    KIND_FULL,
    KIND_PTMX,
    KIND_TTY,
    KIND_LOOP, /* a link to itself */
    KIND_DANGLING, /* a link to what is not there */
    KIND_SECRET, /* a link to a file that only root may read */
    KIND_CLOSED, /* the file itself, of mode 000 */
    KIND_SPARSE, /* 100 GB, and KIND_SPARSE_END behind them */
    KIND_COUNT
};

#define KIND_SPARSE_END "\nthe end of it\n"

/* In words, for messages. */
const char *kind_name(enum kind k);
/* Devices can only be made, and mode 000 only be respected, where this is true of root. */
bool kind_needs_root(enum kind k);
/* Opening it would wait, or do something: it must not be. */
bool kind_is_watched(enum kind k);

/* One that stands somewhere. */
struct kind_place {
    char path[512], aside[600];
    bool was_there;
    mode_t mode; /* KIND_CLOSED: before */
    enum kind kind;
    int events; /* inotify's descriptor; -1 */
    int end; /* of KIND_FED_FIFO; -1 */
};

/* Puts it there, with one rename(2) as far as that can be. A failure of the machine ends the test. */
void kind_put(struct kind_place *p, enum kind k, const char *path);
/* Takes it away, and puts back what was there. Fails the test if it was opened meanwhile. */
void kind_take(struct kind_place *p);

#endif
