/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_AUDIT_FILE_H
#define KFARM_TUI_AUDIT_FILE_H
/* The file below audit.h: lines are appended to it, and it is rotated. For a thread: its file server may hang. */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"

#define AUDIT_LOCK_MS 1000 /* its lock is waited for so long, by writers and by readers */

struct audit_file {
    char path[4096];
    int64_t size_max; /* bytes from which on it is rotated */
    int keep; /* old ones; 0: it is never rotated */
    bool sync; /* the lines must be on the disk, not only on the way there */
};

/*
 * Appends lines, each with its newline: all of them or nothing. They begin a line of their own, even if somebody's
 * crash has left half a one. The file is one of the user's own (base/ownfile.h); it is made with the directories above
 * it. Who holds its lock (flock) keeps others from rotating it, but not from writing: lines are then appended without
 * the lock, and if that fails half-way the half stays.
 *
 * 0; what is to be said all the same (it could not be rotated) is in d. Or a negative errno with the reason in d.
 */
int audit_file_append(const struct audit_file *f, const struct buf *lines, struct diag *d);

#endif
