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
 * size it becomes FILE.1, that FILE.2, and so on. Several kfarm-top of one user may write to the same file: each
 * holds its lock (flock) while it writes or rotates (audit_file.h).
 *
 * Of each action either its lines are in the file, or `failed` says that one is not, and why. If the file is
 * `required`, nothing is sent before the line of its request is there.
 */
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "backend/action.h"
#include "base/buf.h"

#define AUDIT_TOLD 16 /* actions of which it is remembered that they were complained of */

struct audit_note;

/* Lines, and a note of each. */
struct audit_batch {
    struct buf lines;
    struct audit_note *notes;
    size_t count;
};

struct audit {
    uv_loop_t *loop;
    char path[4096]; /* "": there is none, … */
    bool none; /* … because the configuration wants none */
    bool required;
    int64_t size_max; /* bytes from which on it is rotated */
    int keep; /* old ones */
    uint64_t patience_ms; /* a line that is not written by then is complained of */
    struct audit_write *under_way;
    struct audit_batch pending; /* behind those being written */
    unsigned long told[AUDIT_TOLD]; /* numbers of actions, the oldest at told_next */
    unsigned told_next;
    bool told_none; /* that nothing is written down */
    char remark[512]; /* what was said last of a file that is written, … */
    uint64_t remark_ms; /* … and when, by the loop's clock */
    /* What went wrong, in words; called from the loop, once for each action: it must not stand over Slurm's answer to
       the very action that was not written down. */
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
/* So many lines are not written yet. */
size_t audit_unwritten(const struct audit *a);
/* Time passed: complains of what takes too long. */
void audit_tick(struct audit *a);
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

/* The line of a request is in the file (why: NULL), or will not be in time, for this reason: then it must not be
   sent. */
typedef void audit_written_fn(void *user, const char *why);

/* Adds the line of a request. True: it may be sent at once. False, if the file is required: `written` will be called,
   once, from the loop. */
bool audit_request(
    struct audit *a, const struct audit_entry *e, audit_written_fn *written, void *user);
/* `written` is not to be called any more for this user: the request is not sent in any case. */
void audit_forget(struct audit *a, const void *user);

#endif
