/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_CONFIG_IMPL_H
#define KFARM_TUI_CONFIG_IMPL_H
/* A file's values from the inside: config_read.c collects and sets them, config_check.c tells all that is wrong in them.
   Private to these two. */
#include "tui/config.h"

#define CONFIG_BLANKS " \t"

enum part {
    PART_GENERAL,
    PART_AUDIT,
    PART_SUBMIT,
    PART_BUILDS,
    PART_NODE,
    PART_PRESET,
    PART_VIEW,
    PART_COUNT
};

struct key;

struct entry {
    const struct key *key;
    char *name; /* of the preset or view; "" elsewhere */
    char *value;
    int line;
};

struct reader {
    struct entry *entries;
    int count;
    bool only_views;
};

/* conf_parse()'s function: collects a value into the reader that is its user. */
int config_collect(
    void *user, const char *section, const char *key, const char *value, int line, struct diag *d);
void config_release(struct reader *r);
/* Which section this is, and the name behind its word. */
int config_find_section(
    const char *text, enum part *ret_section, char name[CONFIG_NAME + 1], struct diag *d);
/* Sets a value that was collected from this file. */
int config_set_entry(struct config *c, const struct reader *r, const struct entry *e,
    const char *file, struct diag *d);

#endif
