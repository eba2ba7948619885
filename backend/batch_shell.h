/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_BATCH_SHELL_H
#define KFARM_BACKEND_BATCH_SHELL_H
/*
 * The commands of a shell script, found in its text; nothing is run. Known are quotes, comments, continued lines,
 * here-documents, $( ) and the semicolon (Shell Command Language, POSIX.1-2017, 2.2 to 2.7); a function's body is read
 * as commands in their place.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_SHELL_WORDS 256 /* of one command; what stands behind them is not seen */

/* What is found, in the order of the script. Lines count from 1; texts are only there during the call. */
struct batch_shell_visitor {
    /* A command, its continued lines joined; the line is the one it began in. */
    void (*command)(void *user, const char *command, size_t len, uint32_t line);
    /* In `line` a comment stands where the command so far was to go on, and ends it: `next` is the line behind it. The
       command itself is told after this. */
    void (*cut)(void *user, const char *command, uint32_t line, const char *next, size_t next_len);
    /* A backslash at the end of this line has a blank behind it, and continues nothing. */
    void (*blank)(void *user, uint32_t line);
};

/* False, and nothing is told: the text is no script, as it does not begin with #! or has a NUL in it. */
bool batch_shell_read(
    const char *text, size_t size, const struct batch_shell_visitor *visitor, void *user);

/* The words of a command, split at blanks outside quotes, the quotes taken away; variables stay as they are. They lie in
   the text, which is written over. How many they are. */
int batch_shell_split(char *text, char *words[BATCH_SHELL_WORDS]);

#endif
