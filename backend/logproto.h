/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGPROTO_H
#define KFARM_BACKEND_LOGPROTO_H
/*
 * The payloads between the screen and the logs helper. One build is followed at a time: its stdout
 * and stderr, which are one file when the job gave no --error. Of one of the two the screen may look at
 * every line, however long it is (logindex.h).
 *
 * WIRE_LOG_FOLLOW (screen → helper; replaces what was followed before):
 *     u32 follow          a number the screen chose; comes back in every frame about it
 *     str stdout, stderr  absolute paths; "" for none; equal for one file
 *     u32 uid             whose job writes them: as that user they are read (reader.h)
 * WIRE_LOG_STATE (helper → screen; when anything in it changed):
 *     u32 follow
 *     twice (stdout, stderr): u8 state (enum log_file_state), u32 errno, i64 size (bytes, -1 if not
 *                         known), i64 mtime_s, u8 polled (1: no events tell of its changes, as on
 *                         a network file system; it is looked at again and again)
 *     u8 complete         1: the counts cover the files from their first byte; 0: still reading
 *                         what lies before the tail that was shown first
 *     u32 n, then n × i64 lines per level (enum log_level, n = LOG_LEVEL_COUNT)
 *     u32 n, then n × (str tag, i64 count)   kbuild steps by tag ("CC", "LD", …), most first
 * WIRE_LOG_PLACES (helper → screen; when another file is being read):
 *     u32 follow
 *     twice (stdout, stderr): str path, u32 uid   without symbolic links, and whose the file is; "" if none is read
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
 *
 * WIRE_LOG_VIEW (screen → helper; replaces the view before):
 *     u32 follow, u32 view   a number the screen chose; comes back in every frame about it
 *     u8 stream           enum log_stream; LOG_STREAM_COUNT: nothing is looked at any more
 *     u8 pick             enum log_pick: which lines, …
 *     str pattern         … of these the ones that have this (pattern.h); "" for all
 * WIRE_LOG_VIEW_STATE (helper → screen; when anything in it changed):
 *     u32 follow, u32 view
 *     i64 places          lines that are picked, as far as the file has been read
 *     i64 lines           lines so far, …
 *     i64 read, i64 size  … and bytes, of how many
 *     u32 errno           why it cannot be read; 0
 *     u32 restarts        how often the file was begun anew: places have another meaning then
 *     u32 seek, i64 hits  of the search that runs: its number (0: none), lines found so far
 *     u8 complete         1: bit 0, the file has been read to its end; bit 1, by the search too
 * WIRE_LOG_PAGE_ASK (screen → helper):
 *     u32 follow, u32 view, i64 first, u32 n     at most LOG_PAGE_MAX lines from this place on
 * WIRE_LOG_PAGE (helper → screen; the answer):
 *     u32 follow, u32 view, i64 first
 *     u32 n, then n × { i64 number of the line in the file, from 0; and as in WIRE_LOG_LINES }
 * WIRE_LOG_SEEK (screen → helper; replaces the one before):
 *     u32 follow, u32 view, u32 seek   a number, as above
 *     u8 target           enum log_seek
 *     u8 back             1: the nearest before, else behind `from`
 *     i64 from            the line's number in the file; of LOG_SEEK_PERCENT 0..100
 *     str pattern         of LOG_SEEK_PATTERN
 * WIRE_LOG_FOUND (helper → screen; as soon as it is known):
 *     u32 follow, u32 view, u32 seek
 *     i64 place           among the lines picked; -1: there is none that way
 *     i64 number          of that line in the file, from 0
 *
 * WIRE_LOG_DIAGS (screen → helper):
 *     u32 follow, u8 wanted   1: tell of the diagnostics from now on, 0: no longer
 * WIRE_LOG_DIAG_LIST (helper → screen; when there are others; errors and warnings in the order of the log):
 *     u32 follow, i64 errors, i64 warnings   all of them; in the list are at most LOG_DIAGS_MAX
 *     u8 complete         1: the files have been read to their end
 *     u32 n, then n × { u8 level, u8 first (1: the first root error), u8 stream, i64 line (in that file, from
 *     1), str source, i64 source_line, i64 column (0: not named), str message, str flag, i64 count }
 * WIRE_LOG_SOURCE (screen → helper):
 *     u32 follow, u32 asked, str source, i64 line, str directory   as a diagnostic names them; the job's directory
 * WIRE_LOG_SOURCE_LINES (helper → screen; the answer):
 *     u32 follow, u32 asked, str path (where it was found, without symbolic links; ""), u32 uid (whose it is), u32
 *     errno (ERANGE: there is a file, which has not that many lines; EXDEV: it is outside the directories that the
 *     log names and the job's; ETIMEDOUT: its file server does not answer so far), i64 first (number of
 *     the first line, from 1), u32 n, then n × str
 * WIRE_LOG_ALIVE (either helper → screen; at least every LOG_ALIVE_MS, unless it sleeps in a file server):
 *     u8 builds           1: the helper of all builds, 0: the one that follows the log on the screen
 * WIRE_LOG_SILENT (builds helper → screen; when it changes):
 *     u32 n, then n × { str server (fileserver.h; of this machine, whose) whose builds there is no word of, because it does not answer,
 *     i64 since when (wall time, ms) }
 * WIRE_LOG_SAVE (screen → helper):
 *     u32 follow, u32 view, str path   a file that is not there yet gets the lines of the view; the whole file as
 *     it is, if all are picked. A process of the helper's makes the file, with the operator's rights, where nobody
 *     else may change the path (ownfile.h), and writes what the reader puts into a pipe (logcopy.h)
 * WIRE_LOG_SAVED (helper → screen):
 *     u32 follow, u32 view, u32 errno (0: done; ETIMEDOUT: not yet, since the copy's file server does not answer so
 *     far), i64 bytes, str path, str why (in words; "": as errno has it)
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

/* Which lines of a file the screen looks at. */
enum log_pick {
    LOG_PICK_ALL,
    LOG_PICK_NO_STEPS, /* what is left without the kbuild steps */
    LOG_PICK_TROUBLE, /* warnings, errors, make's and Slurm's complaints */
    LOG_PICK_COUNT
};

enum log_seek {
    LOG_SEEK_LINE,
    LOG_SEEK_PERCENT, /* of the bytes */
    LOG_SEEK_ERROR, /* of a compiler or of Slurm */
    LOG_SEEK_WARNING,
    LOG_SEEK_PATTERN,
    LOG_SEEK_COUNT
};

#define LOG_LINE_CUT    0x01 /* longer than LOG_LINE_MAX: the rest was left out */
#define LOG_LINE_BINARY 0x02 /* had NUL bytes */
#define LOG_LINE_RESTART                                                                           \
    0x04 /* the text is ours: the file was truncated or replaced, read anew from here */
#define LOG_LINE_SKIPPED 0x08 /* the text is ours: what lies before was left out, only counted */
#define LOG_LINE_PARTIAL 0x10 /* unfinished: the next line of this stream stands in its place */
#define LOG_LINE_GOOD    0x20 /* says that the build has come to a good end, … */
#define LOG_LINE_BAD     0x40 /* … or to a bad one */

#define LOG_LINE_MAX     4096 /* bytes of one line that are kept */
#define LOG_SPANS_MAX    6 /* spans of one line */
#define LOG_PAGE_MAX     500 /* lines of one page */
#define LOG_ALIVE_MS     5000
#define LOG_SILENT_MS    15000 /* three of these words did not come */
#define LOG_DIAGS_MAX    500
#define LOG_SOURCE_LINES 15 /* around the line that is asked for */
#define LOG_TAIL_MAX     (256 << 10) /* bytes of an existing file that are shown at first */

/* Whether a line of this level is picked. */
static inline int log_picks(enum log_pick pick, enum log_level level)
{
    switch (pick) {
    case LOG_PICK_NO_STEPS:
        return level != LOG_STEP;
    case LOG_PICK_TROUBLE:
        return level >= LOG_WARNING;
    case LOG_PICK_ALL:
    case LOG_PICK_COUNT:
        break;
    }
    return 1;
}

#endif
