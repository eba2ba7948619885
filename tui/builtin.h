/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_BUILTIN_H
#define KFARM_TUI_BUILTIN_H
/* Files that are part of the program, so that it runs without being installed. Their bytes are made
   into arrays by cmake/embed.cmake. */
#include <stddef.h>

struct builtin {
    const char *name; /* of the file, for errors */
    const char *text;
    size_t size;
};

extern const struct builtin builtin_theme_default, builtin_theme_mono, builtin_config;

#endif
