/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_OPTIONS_H
#define KFARM_TUI_OPTIONS_H
/* The command line: a table of options, which also writes --help. */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "tui/app.h"
#include "tui/config.h"
#include "tui/localfarm.h"

enum mode {
    MODE_DASHBOARD,
    MODE_ONCE,
    MODE_SCRIPT,
    MODE_CHECK, /* kfarm-top check SCRIPT … */
    MODE_LOG, /* kfarm-top log FILE… */
    MODE_HELPER, /* this process is one of our own helpers */
    MODE_LIST_COMMANDS,
    MODE_LIST_COLUMNS,
    MODE_LIST_THEMES,
    MODE_CHECK_RULES,
    MODE_CHECK_CONFIG,
    MODE_VERSION,
    MODE_HELP
};

enum output_format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON };

struct options {
    enum mode mode;
    const char *view; /* of --once; "farm" if none was named */
    enum output_format format;
    const char *columns, *sort, *filter;
    const char *batch; /* of MODE_CHECK: the script */
    const char **batch_options; /* and the options for sbatch, NULL at the end; argv's */
    const char **logs; /* of MODE_LOG: the files, NULL at the end; argv's */
    const char *replay, *record, *script, *theme, *helper, *rules;
    const char *config_file; /* NULL: the usual place */
    int cols, rows; /* --size */
    int64_t refresh_ms; /* 0: not given */
    bool read_only, dry_run, ascii;
    bool follow; /* of MODE_LOG */
    bool sized; /* --size was given */
    const struct config *config; /* of options_use() */
    enum localfarm local_farm; /* of localfarm_use(), and its words */
    struct diag local_farm_words;
};

/* Reads the command line; argv's strings are kept. 0, or -EINVAL with what is wrong in d. */
int options_parse(struct options *o, int argc, char **argv, struct diag *d);
/* Takes what the command line does not say from the configuration, which must live as long. */
void options_use(struct options *o, const struct config *c);
/* What the app is told of them; after options_use(). */
struct app_options options_app(const struct options *o);
/* The text of --help. */
void options_help(struct buf *out);

#endif
