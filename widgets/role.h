/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_WIDGETS_ROLE_H
#define KFARM_WIDGETS_ROLE_H
/*
 * What a piece of the screen means. Everything drawn has a role, and only the theme knows colours.
 * Each row of the table is: enumerator, name in theme files, one letter for dumps of the screen.
 */
#define ROLE_TABLE(X)                                                                              \
    X(ROLE_TEXT, "text", ' ')                                                                      \
    X(ROLE_DIM, "dim", '.') /* old, idle, of lesser interest */                                    \
    X(ROLE_BRIGHT, "bright", 'B') /* what the eye should find first in a line */                   \
    X(ROLE_BORDER, "border", '-')                                                                  \
    X(ROLE_TITLE, "title", 't') /* of a pane without the focus */                                  \
    X(ROLE_TITLE_FOCUS, "title-focus", 'T') /* of the pane with the focus */                       \
    X(ROLE_HEADER, "header", 'h') /* column titles */                                              \
    X(ROLE_GOOD, "good", 'g')                                                                      \
    X(ROLE_BUSY, "busy", 'b') /* at work, as it should be */                                       \
    X(ROLE_WARN, "warn", 'w') /* may need a person soon */                                         \
    X(ROLE_BAD, "bad", '!') /* needs a person */                                                   \
    X(ROLE_METER, "meter", 'm')                                                                    \
    X(ROLE_METER_REST, "meter-rest", '_')                                                          \
    X(ROLE_MARKED, "marked", '+') /* a row that was marked for a verb */                           \
    X(ROLE_KEY, "key", 'k') /* a key in the footer */                                              \
    X(ROLE_HINT, "hint", 'i') /* what it does */                                                   \
    X(ROLE_BLOCKED, "blocked", 'x') /* what cannot be done now */                                  \
    X(ROLE_PROMPT, "prompt", 'p')                                                                  \
    X(ROLE_LOG_TAG, "log-tag", 'c') /* CC */                                                       \
    X(ROLE_LOG_TARGET, "log-target", 'o') /* init/main.o */                                        \
    X(ROLE_LOG_CONTEXT, "log-context", 'n') /* notes, caret lines */                               \
    X(ROLE_LOG_PROGRESS, "log-progress", 'P')                                                      \
    X(ROLE_LOG_WARNING, "log-warning", 'W')                                                        \
    X(ROLE_LOG_MAKE, "log-make", 'M')                                                              \
    X(ROLE_LOG_SLURM, "log-slurm", 'S')                                                            \
    X(ROLE_LOG_ERROR, "log-error", 'E')                                                            \
    X(ROLE_LOG_SOURCE, "log-source", 's') /* kernel/fork.c:133:15 */                               \
    X(ROLE_SELECTED, "selected", '>') /* background of the row the keys act on */                  \
    X(ROLE_SELECTED_BLUR, "selected-blur", ')') /* the same in a pane without the focus */         \
    X(ROLE_DIALOG, "dialog", 'd') /* background of prompts and pop-ups */

#define ROLE_ENUM(id, name, letter) id,
enum role { ROLE_TABLE(ROLE_ENUM) ROLE_COUNT };
#undef ROLE_ENUM

/* "log-tag"; and 'c'. */
const char *role_name(enum role role);
char role_letter(enum role role);

#endif
