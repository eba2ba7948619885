/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_AUDIT_H
#define KFARM_TUI_AUDIT_H
/*
 * The audit file: who did what to the farm, one JSON object a line, only ever appended to. A line
 * before a request leaves ("event": "request"), one when its outcome is known ("result"), one for what
 * was taken back in its time of grace ("taken-back"):
 *
 *   time (UTC, RFC 3339), id (of this action, to find its other lines by), event, user, uid, login (who
 *   was logged in before su or sudo, null if unknown), tty, cluster, verb, argument, targets (list of
 *   id, name; in "result" also outcome and words)
 *
 * It is written by a thread of libuv's, because its file server may hang. When it grows beyond its
 * size it becomes FILE.1, that FILE.2, and so on. Several kfarm-top may write to the same file: each
 * holds its lock (flock) while it writes or rotates.
 */
#include <stdint.h>
#include <uv.h>

#include "backend/action.h"
#include "base/buf.h"

struct audit {
    uv_loop_t *loop;
    char path[4096]; /* "": none is written */
    int64_t size_max; /* bytes from which on it is rotated */
    int keep; /* old ones */
    struct audit_write *under_way;
    struct buf pending; /* lines behind those being written */
    char told[512]; /* the words that were told last, … */
    uint64_t told_ms; /* … and when, by the loop's clock */
    /* What went wrong, in words; called from the loop, once a minute for the same: it must not stand over
       Slurm's answer to the very action that was not written down. */
    void (*failed)(void *user, const char *words);
    void *user;
};

/* The file of a user who says nothing else: $XDG_STATE_HOME/kfarm-top/audit.jsonl, or the same below
   ~/.local/state; "" if there is no home either. */
void audit_default_path(char *out, size_t size);
/* The file by the configuration, which may name none: NULL is the default, "" stays "". */
void audit_path(const char *configured, char *out, size_t size);
void audit_init(struct audit *a, uv_loop_t *loop);
/* Lines are being written. */
bool audit_busy(const struct audit *a);
/* What audit_busy() still writes is left to itself. */
void audit_release(struct audit *a);

struct audit_entry {
    int64_t time_ms;
    const char *event, *verb, *argument, *cluster, *user;
    unsigned long number; /* of the action in this process */
    const struct action_target *targets;
    const struct action_result *results; /* of the targets; NULL: no outcome yet */
    uint32_t count;
};

void audit_add(struct audit *a, const struct audit_entry *e);

#endif
