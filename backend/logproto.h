/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGPROTO_H
#define KFARM_BACKEND_LOGPROTO_H
/*
 * The payloads between the screen and the logs helper. One build is followed at a time: its stdout
 * and stderr, which are one file when the job gave no --error.
 *
 * WIRE_LOG_FOLLOW (screen → helper; replaces what was followed before):
 *     u32 follow          a number the screen chose; comes back in every frame about it
 *     str stdout, stderr  absolute paths; "" for none; equal for one file
 * WIRE_LOG_STATE (helper → screen; when anything in it changed):
 *     u32 follow
 *     twice (stdout, stderr): u8 state (enum log_file_state), u32 errno, i64 size (bytes, -1 if not
 *                         known), i64 mtime_s, u8 polled (1: no events tell of its changes, as on
 *                         a network file system; it is looked at again and again)
 *     u8 complete         1: the counts cover the files from their first byte; 0: still reading
 *                         what lies before the tail that was shown first
 *     u32 n, then n × i64 lines per level (enum log_level, n = LOG_LEVEL_COUNT)
 *     u32 n, then n × (str tag, i64 count)   kbuild steps by tag ("CC", "LD", …), most first
 * WIRE_LOG_LINES (helper → screen; a batch in order of arrival):
 *     u32 follow
 *     u32 n, then n × { u8 stream (enum log_stream), u8 level (enum log_level), u8 flags
 *     (LOG_LINE_*), u8 spans, spans × (u32 start, u32 length, u8 enum log_span), bytes text }
 *     A span is in bytes of text; spans are by start, and one may lie inside an earlier one: paint
 *     them in order. Text has neither newline nor its carriage-return history; it is otherwise as it
 *     stands in the file, bytes from strangers.
 *     A line flagged LOG_LINE_PARTIAL has no newline yet and has rested for a moment (a prompt, a
 *     counter); the next line of the same stream, whatever its flags, stands in its place. It is in
 *     the counts as long as it stands.
 */
#include <stdint.h>

enum log_stream { LOG_STDOUT, LOG_STDERR, LOG_STREAM_COUNT };

enum log_file_state {
    LOG_NO_PATH, /* the job has no such file */
    LOG_WAITING, /* not there yet (ENOENT); looked for again and again */
    LOG_OPEN, /* being read */
    LOG_UNREADABLE, /* errno says why: EACCES, EIO, ESTALE, …; EISDIR: a directory; ENOTSUP: a FIFO
                       or a device (/dev/null) */
    LOG_FILE_STATE_COUNT
};

/* What a line is, in ascending urgency for the eye. The names are those of the rules files. */
enum log_level {
    LOG_TEXT, /* nothing recognised */
    LOG_STEP, /* a kbuild step: "  CC      init/main.o" */
    LOG_CONTEXT, /* belongs to a diagnostic: "In file included from", caret lines, "note:" … */
    LOG_PROGRESS, /* a milestone: "Kernel: … is ready", the batch script's own messages */
    LOG_WARNING,
    LOG_MAKE, /* make's "*** [...] Error n" */
    LOG_SLURM, /* slurmstepd, srun */
    LOG_ERROR,
    LOG_LEVEL_COUNT
};

enum log_span {
    LOG_SPAN_TAG, /* CC */
    LOG_SPAN_TARGET, /* init/main.o */
    LOG_SPAN_SOURCE, /* kernel/fork.c:133:15 */
    LOG_SPAN_MESSAGE, /* expected ';' before 'static' */
    LOG_SPAN_FLAG, /* -Wunused-variable */
    LOG_SPAN_COUNT
};

#define LOG_LINE_CUT    0x01 /* longer than LOG_LINE_MAX: the rest was left out */
#define LOG_LINE_BINARY 0x02 /* had NUL bytes */
#define LOG_LINE_RESTART                                                                           \
    0x04 /* the text is ours: the file was truncated or replaced, read anew from here */
#define LOG_LINE_SKIPPED 0x08 /* the text is ours: what lies before was left out, only counted */
#define LOG_LINE_PARTIAL 0x10 /* unfinished: the next line of this stream stands in its place */

#define LOG_LINE_MAX  4096 /* bytes of one line that are kept */
#define LOG_SPANS_MAX 6 /* spans of one line */
#define LOG_TAIL_MAX  (256 << 10) /* bytes of an existing file that are shown at first */

#endif
