/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_LOG_H
#define KFARM_TUI_LOG_H
#include "backend/build.h"
#include "base/buf.h"
#include "tui/options.h"

/*
 * kfarm-top log [--format text|json] [--follow] FILE…: understands a build log; several files are one
 * build, as its standard output and standard error. Exit status: 0 the build succeeded, 1 it failed or
 * was cancelled, 2 a file cannot be read, 4 it has not finished. The process is in its sandbox from then on
 * (sandbox.h): the log may be anybody's.
 */
int log_main(const struct options *o);

/* The report as one JSON object, appended to out (log_json.c): schema, files, result, cause, phase, steps,
   steps_total, warnings, errors, image, first_error, diagnostics. A diagnostic: file, line, tool,
   severity, source, source_line, column, message, flag, target, count, context; first_error also has
   "basis": what it was found by (error, make, slurm, line). */
void log_json(
    const struct options *o, struct build *b, const struct build_report *r, struct buf *out);

#endif
