/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BUILD_H
#define KFARM_BACKEND_BUILD_H
/*
 * What the lines of a build's log come to: steps and phase, diagnostics with all that belongs to them,
 * the first root error, the result and its cause. Lines come in one by one, each already recognised
 * (logrule.h); what comes out does not depend on the pieces in which the files were read. Memory is
 * bounded: BUILD_DIAGS_MAX different diagnostics are kept (warnings take three quarters of the room at most, so
 * that an error finds some behind them), of each BUILD_CONTEXT_MAX bytes of context.
 *
 * A diagnostic that is told again (a header's, once for each file that includes it) is one, with a
 * count. A diagnostic belongs to the target that make gives up on: by its stem, wherever make's line
 * stands, for with -jN others' lines lie between; one that names no source by standing before it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/logcount.h"
#include "backend/logrule.h"

#define BUILD_FILES_MAX   8
#define BUILD_DIAGS_MAX   4000
#define BUILD_CONTEXT_MAX 4096
#define BUILD_STEP_MAX    128
#define BUILD_PLACES_MAX  8

enum build_result {
    BUILD_UNKNOWN, /* nothing in it says that it is a build */
    BUILD_RUNNING, /* it has begun, and nothing says that it has ended */
    BUILD_SUCCESS,
    BUILD_FAILED,
    BUILD_CANCELLED,
    BUILD_RESULT_COUNT
};

/* In the order in which a clean build goes through them. */
enum build_phase {
    PHASE_NONE,
    PHASE_CONFIG,
    PHASE_PREPARE,
    PHASE_COMPILE,
    PHASE_LINK,
    PHASE_MODPOST,
    PHASE_IMAGE,
    PHASE_MODULES,
    PHASE_INSTALL,
    PHASE_DONE,
    BUILD_PHASE_COUNT
};

/* What the first error was found by. */
enum build_basis {
    BASIS_NONE,
    BASIS_ERROR, /* a diagnostic */
    BASIS_MAKE, /* only make says that it failed */
    BASIS_SLURM, /* only Slurm does */
    BASIS_LINE, /* the last line that means something */
    BUILD_BASIS_COUNT
};

struct build_diag {
    enum log_level
        level; /* LOG_WARNING, LOG_ERROR; of make's and Slurm's lines LOG_MAKE, LOG_SLURM */
    enum log_cause cause;
    bool echo; /* only follows from another */
    bool fatal; /* make gave up on its target because of it */
    int file; /* where it stood first: number of the file, … */
    int64_t line; /* … and line in it, from 1 */
    char *source; /* path as the tool wrote it; "" if it named none */
    int64_t source_line, column; /* 0: not named */
    char *message, *flag, *target; /* "": none */
    char *tool; /* "" if it is not known */
    char *context; /* the whole of it, line by line, as it stood; never NULL */
    char *unit; /* the file that was being compiled when the source is a header; else "" */
    uint64_t count; /* how often it was told */
};

struct build;

struct build *build_new(const struct logrule_set *rules);
/* Takes NULL; returns NULL. */
struct build *build_free(struct build *b);

/* Keeps fewer diagnostics, and less context of each. Before the first file is added. */
void build_set_room(struct build *b, size_t diags, size_t context);
/* Another of the files that the log is made of; its number, or -1 if there are BUILD_FILES_MAX. */
int build_add_file(struct build *b);
/* The next whole line of a file, without its newline, as logrule_match() recognised it. */
void build_line(struct build *b, int file, const char *text, size_t len, const struct log_match *m);
/* Takes whole lines off the n bytes at p that are steps like some before them, as build_line() would; the
   length of what it took. For logsplit.h. */
size_t build_quick(struct build *b, int file, const char *p, size_t n);
/* The file is read anew from its first line on: forgets what came from it. */
void build_restart(struct build *b, int file);

/* What is known of it now. Valid until the next line. */
struct build_report {
    enum build_result result;
    enum log_cause cause;
    enum build_phase phase;
    const char *image; /* as make told it; NULL */
    const char *last_step; /* what was made last, perhaps cut; "" */
    const struct build_diag *first; /* the first root error; NULL if it did not fail */
    enum build_basis basis; /* what that is */
    uint64_t warnings, errors; /* different ones, echoes and make's own lines left out */
    bool clean; /* it began from nothing, so that it makes every step there is … */
    bool scratch; /* … and the tools that the build itself needs, too */
    bool ended; /* the script itself says that it is over */
    unsigned forgotten; /* how often what came from a file was forgotten */
    bool full; /* there were more diagnostics than are kept */
};

struct build_report build_judge(struct build *b);

/* Of all files. */
int64_t build_step_count(struct build *b);
size_t build_diag_count(const struct build *b);
/* In order of arrival; valid until the next line. */
const struct build_diag *build_diag(const struct build *b, size_t i);
/* The i-th directory that sources named in the log may be relative to, as the log told; NULL: no more. */
const char *build_place(const struct build *b, size_t i);
/* The source of a diagnostic as it is called within the tree, "kernel/fork.c" for "/src/linux/kernel/fork.c",
   "./kernel/fork.c" and "../kernel/fork.c": as far as the target that is made of it, or a directory that the log names, shows where the tree is.
   A part of d->source, as long as that. */
const char *build_source(const struct build *b, const struct build_diag *d);
/* The targets that make was called with: those of the first line of the log that names them. NULL: no line does. */
const char *build_targets(const struct build *b);
/* Steps by tag, and lines by level, of all files. */
void build_steps(struct build *b, struct logcount *out);

const char *build_result_name(enum build_result r);
const char *build_phase_name(enum build_phase p);
const char *build_basis_name(enum build_basis b);

#endif
