/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_CONFIG_H
#define KFARM_TUI_CONFIG_H
/*
 * The configuration: what the program has built in (kfarm-top.conf, which documents every key), and on
 * top of it the user's file and the file of saved views, both INI files of the same form. A preset or
 * view there replaces the one of that name before it. A file is read as a whole or not at all: what
 * cannot be understood is refused with file, line, value and what would be right.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "tui/column.h"

#define CONFIG_NAME        40 /* bytes of a preset's or a view's name; inih cuts sections at 49 */
#define CONFIG_PRESETS_MAX 50
#define CONFIG_VIEWS_MAX   100

enum preset_field {
    PRESET_PARTITION,
    PRESET_CPUS,
    PRESET_MEMORY,
    PRESET_TIME,
    PRESET_NODES, /* a node list, for sbatch -w */
    PRESET_ARRAY,
    PRESET_OPTIONS, /* more of sbatch's options, as one line */
    PRESET_SOURCE,
    PRESET_OUTPUT,
    PRESET_DIRECTORY, /* where the job works: --chdir */
    PRESET_CONFIG,
    PRESET_FIELD_COUNT
};

struct preset {
    char *name;
    char *values[PRESET_FIELD_COUNT]; /* as they are written; NULL: does not say */
};

struct saved_view {
    char *name;
    enum column_set_id rows; /* COLUMNS_JOBS or COLUMNS_NODES */
    /* Read without error once; "": all rows, the usual columns, our own order ("-": turned round). */
    char *filter, *columns, *sort;
};

struct config {
    /* [general] */
    int64_t refresh_ms, grace_ms;
    char *theme;
    bool ascii, read_only;
    /* [audit] */
    char *audit_file; /* NULL: the usual place; "": none is written */
    int64_t audit_size;
    int audit_keep;
    bool audit_required; /* nothing is sent that is not written down first */
    /* [submit] */
    char **directories; /* absolute */
    int directory_count;
    char *source_variable, *output_variable, *config_variable;
    struct preset *presets;
    int preset_count;
    /* [builds]: patterns of fnmatch(3) */
    char **build_names; /* NULL behind the last */
    int build_name_count;
    /* [node]: words of a command; "{}" in them stands for the node's name */
    char **shell; /* NULL behind the last */
    int shell_count;

    struct saved_view *views;
    int view_count;
    char *views_wrong; /* why the file of saved views counts for nothing; NULL: it does not */
};

/* One that holds nothing, and the built-in one. Never NULL. */
struct config *config_new(void);
struct config *config_default(void);
/* Takes NULL; returns NULL. */
struct config *config_free(struct config *c);

/* The built-in configuration, then `path`, or the user's file if path is NULL (there need be none),
   then the saved views. 0, or a negative errno with what is wrong in d. */
int config_load(struct config **ret_config, const char *path, struct diag *d);
/* Where the user's file and his saved views are; "" if there is no home directory. */
void config_path(char *out, size_t size);
void config_views_path(char *out, size_t size);
/* Is there such a file? One in a home directory that is closed to us, as after su, is not there. One is, and cannot be read,
   if its path goes wrong at a link that leads nowhere or in a circle, or at something that is no directory: what is
   configured (a read-only screen, a required audit file) must not be passed over in silence. */
bool config_is_there(const char *path);

/* Reads a file, or text that is called `name` in errors, on top of c; c stays as it was on failure. */
int config_read_file(struct config *c, const char *path, struct diag *d);
int config_read(struct config *c, const char *name, const char *text, size_t len, struct diag *d);
/* The same where only views may stand. */
int config_read_views(struct config *c, const char *path, struct diag *d);
/* Tells the mistakes of a file, each as config_read_file() would, in the order of its lines; how
   many they are. Of lines that are no INI at all only the first is told. */
int config_check(const char *path, void (*tell)(void *user, const char *mistake), void *user);
/* Writes the views of c, as config_read_views() reads them. -EINVAL if one cannot be written so that it
   is read back the same, with its name and the reason in d. */
int config_write_views(const struct config *c, struct buf *out, struct diag *d);

/* NULL if there is none of that name. */
const struct preset *config_preset(const struct config *c, const char *name);
const struct saved_view *config_view(const struct config *c, const char *name);
/* Puts a copy of a view in the place of the one of its name, or behind the last; -E2BIG if there are too
   many. */
int config_put_view(struct config *c, const struct saved_view *v);
/* A name of a preset or view: letters, digits, blanks (not at its ends) and _ - . */
bool config_name_ok(const char *name);

/* The keys there are; false behind the last. */
struct config_key {
    const char *section; /* "general", "preset NAME" */
    const char *name;
    const char *takes; /* "a number of seconds from 0.2 to 3600" */
};
bool config_key(unsigned i, struct config_key *ret_key);

/* ---- between config.c and config_read.c ---- */

struct config *config_copy(const struct config *c);
/* The preset or view of that name, made if there is none; `anew`: without what it said before. NULL if
   there are too many. */
struct preset *config_make_preset(struct config *c, const char *name, bool anew);
struct saved_view *config_make_view(struct config *c, const char *name, bool anew);
void config_free_words(char **words);
/* Takes the words in text, parted by any of the separators; NULL behind the last. */
char **config_words(const char *text, const char *separators, int *ret_count);

#endif
