/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_THEME_H
#define KFARM_TUI_THEME_H
/*
 * Colours by role. A theme file is an INI file with one section [roles]; each line is
 *
 *     role = [FOREGROUND] [on BACKGROUND] [bold] [dim] [italic] [underline] [reverse]
 *
 * A colour is default, one of black red green yellow blue magenta cyan white, bright-…, or a number
 * 0 … 255. Roles that are not named keep the terminal's own look. Of the roles selected,
 * selected-blur and dialog only the background and the attributes count.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "widgets/role.h"

#define THEME_DEFAULT_COLOUR (-1)

enum theme_attr {
    THEME_BOLD = 1,
    THEME_DIM = 2,
    THEME_ITALIC = 4,
    THEME_UNDERLINE = 8,
    THEME_REVERSE = 16
};

struct theme_style {
    int16_t fg, bg; /* 0 … 255 or THEME_DEFAULT_COLOUR */
    uint8_t attrs; /* enum theme_attr */
};

struct theme {
    struct theme_style styles[ROLE_COUNT];
};

/*
 * Loads a built-in theme by its name, or a file if `name` has a slash in it. Returns 0, or a negative
 * errno with file, line, value and what would be right in d.
 */
int theme_load(struct theme *t, const char *name, struct diag *d);

/* Names of the built-in themes, NULL behind the last. */
const char *theme_builtin_name(unsigned i);

#endif
