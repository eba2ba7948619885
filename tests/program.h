/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_PROGRAM_H
#define KFARM_TESTS_PROGRAM_H
/* Runs a program to its end, without a shell, and keeps what it writes: byte by byte, also on a terminal. */
#include <stdbool.h>

#include "base/buf.h"

#define PROGRAM_MS   20000 /* the usual deadline */
#define PROGRAM_HUNG 124 /* the status of one that had to be killed at its deadline */

struct program {
    const char *const *argv; /* the file and its arguments, NULL at the end */
    const char *const *env; /* NULL: LC_ALL=C.UTF-8, and ours otherwise */
    bool terminal; /* both outputs are one terminal, whose bytes come in `out` */
    void (*prepare)(void *user); /* in the child, when its descriptors are set up; may be NULL */
    void *user;
    int deadline_ms; /* 0: PROGRAM_MS */
};

/* Its standard input is empty. Returns its status as a shell gives it: 0..255, or 128 + signal; PROGRAM_HUNG. out and
   err are cleared first. A failure of the machine ends the test. */
int program_run(const struct program *p, struct buf *out, struct buf *err);

#endif
