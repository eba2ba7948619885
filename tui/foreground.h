/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_FOREGROUND_H
#define KFARM_TUI_FOREGROUND_H
/*
 * A child that has the terminal for itself: a process group of its own in the foreground, so that
 * Ctrl-C and Ctrl-Z go to it and not to us, with the terminal on its standard input, output and error.
 * The loop goes on meanwhile. Afterwards the terminal is ours again, in the modes it was in before.
 * Whoever starts one has left the screen to it (term_lend()). If we crash meanwhile, it is hung up, and the terminal is
 * given back as it was (fatal.h).
 */
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>
#include <uv.h>

#include "base/diag.h"

struct foreground {
    uv_signal_t child_ended;
    pid_t pid; /* 0: none */
    struct termios modes;
    bool have_modes;
    int flags; /* of standard input's open file, which it shares with the child */
    /* It has ended, with this status as of waitpid(2), and the terminal is ours. */
    void (*ended)(void *user, int status);
    void *user;
};

/* For a program that has no child there yet; closed by foreground_close(). */
void foreground_init(struct foreground *f, uv_loop_t *loop);
/* Starts argv[0] (looked up in PATH). 0, or a negative errno with the reason in d. */
int foreground_start(struct foreground *f, char *const argv[], char *const env[],
    void (*ended)(void *user, int status), void *user, struct diag *d);
/* At the end of the program: the child is hung up, as if its terminal had gone, has three seconds to
   end, and the terminal is ours. `ended` is not called any more. */
void foreground_close(struct foreground *f);

#endif
