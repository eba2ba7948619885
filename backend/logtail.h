/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGTAIL_H
#define KFARM_BACKEND_LOGTAIL_H
/*
 * Follows one growing file, line by line, in bounded memory and bounded steps, and is not fooled by
 * network file systems, truncation, replacement or what stands in the file.
 *
 * Every look opens the file anew, for an open file on NFS may be shown with old attributes for up to
 * a minute (nfs(5), "close-to-open"), and nothing is kept open, so that a log can be removed. Never
 * more is read than fstat() says there is.
 *
 * A large file is begun LOG_TAIL_MAX before its end; logtail_count() covers the rest in its own time.
 *
 * The file is read anew, after a line flagged LOG_LINE_RESTART, when it is another one (device,
 * inode), is shorter than what has been read, or no longer has the same bytes at its beginning or
 * just before where we are (truncated and grown past us). On a network file system two looks in a
 * row must say so, since one may show old attributes; and bytes that read as NUL there are waited
 * for, since they may be a page that the writer's node has not sent yet.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/logproto.h"
#include "backend/logsplit.h"

/* 0 means the default. */
struct logtail_conf {
    size_t line_max; /* bytes kept of a line: LOG_LINE_MAX */
    size_t tail_max; /* bytes of an existing file read at first: LOG_TAIL_MAX; SIZE_MAX for all */
    size_t chunk; /* bytes per read: 64 KiB */
    size_t step; /* bytes per call: 1 MiB */
    int64_t rest_ms; /* an unfinished line is shown when it has not changed for so long: 1000 */
};

/* Valid during the callback only. */
struct logtail_line {
    const char *text; /* len bytes, no NUL behind them */
    size_t len;
    uint8_t flags; /* LOG_LINE_*; see logproto.h for what a partial line means */
    int64_t left; /* bytes that are known to follow in the file */
};

typedef void logtail_fn(void *user, const struct logtail_line *line);

struct logtail_state {
    enum log_file_state state;
    int error; /* positive errno for LOG_UNREADABLE, else 0 */
    int64_t size; /* bytes; -1 if not known */
    int64_t mtime_s; /* of the last change; 0 if not known */
    uint32_t uid; /* whose file it is, … */
    uint64_t device, inode; /* … and which; 0 if it is not open */
    bool twin; /* it is the same file as the one given to logtail_set_twin() */
};

struct logtail;

/* path is copied; conf may be NULL. */
struct logtail *logtail_new(const char *path, const struct logtail_conf *conf);
/* Takes NULL; returns NULL. */
struct logtail *logtail_free(struct logtail *t);

/* Whether the path is on a network file system, or may be; false at first. */
void logtail_set_remote(struct logtail *t, bool remote);
/* Whoever takes lines that are plain before they are looked at one by one (logsplit.h); they are not
   handed to the logtail_fn. */
void logtail_set_quick(struct logtail *t, logsplit_quick_fn *fn, void *user);
/* While the path leads to the file that `other` reads, nothing is read here. */
void logtail_set_twin(struct logtail *t, const struct logtail *other);

/*
 * Looks at the file, hands what is new to fn, at most `step` bytes of it. now_ms is any clock that
 * only goes forward. Returns true if there is more to be read at once.
 */
bool logtail_poll(struct logtail *t, int64_t now_ms, logtail_fn *fn, void *user);

/*
 * Hands the next lines of what was left out at the beginning to fn, at most `step` bytes of them,
 * without flags. Returns true if there is more of it.
 */
bool logtail_count(struct logtail *t, logtail_fn *fn, void *user);
/* Whether every line from the first byte on has been handed over by one of the two. */
bool logtail_complete(const struct logtail *t);

const struct logtail_state *logtail_state(const struct logtail *t);
/* Bytes of the file that have not been read yet, as of the last look. */
int64_t logtail_behind(const struct logtail *t);
/* The byte behind which NULs of the file may be a page that is still to come, as of the last look; -1: none. */
int64_t logtail_sure(const struct logtail *t);
/* When logtail_poll() would show an unfinished line if nothing changed; -1 if there is none. */
int64_t logtail_deadline(const struct logtail *t);

#endif
