/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGCOPY_H
#define KFARM_BACKEND_LOGCOPY_H
/*
 * The file that a log is saved to. A process of its own makes it, with the operator's rights, and writes into it what
 * comes through a pipe: the file server of that file may hang, and the logs on the screen must not wait for it. What is
 * not whole does not stay: the process removes it unless it is told to keep it, also when the helper has ended. One that
 * sleeps in a file server does so when it can.
 */
#include <stdbool.h>
#include <stdint.h>

#define LOGCOPY_ALIVE_MS                                                                           \
    1000 /* it says something at least so often, unless it sleeps in a file server */
#define LOGCOPY_NONE ((struct logcopy){.fd = -1, .pipe = -1, .process = -1})

struct logcopy {
    int fd; /* its words: readable, also when it has ended; -1: there is none */
    int pipe; /* what is written here goes into the file; does not block; -1: it was handed on */
    int process; /* stands for it, pidfd_open(2); -1 where Linux has none */
};

enum logcopy_event {
    LOGCOPY_ALIVE, /* it waits for more, or has written some */
    LOGCOPY_MADE, /* the file is there, and empty */
    LOGCOPY_ENDED, /* all that came is in the file, which is closed; or it failed */
};

struct logcopy_word {
    enum logcopy_event event;
    int error; /* of LOGCOPY_ENDED: 0 or a positive errno */
    int64_t bytes; /* written */
    char why[512]; /* the error in words; "": as the errno has it */
};

/* Starts the process; path is one that is not there yet, and which nobody else may change (ownfile.h). The caller must
   have one thread, and ignore SIGCHLD. 0 or a negative errno. */
int logcopy_start(struct logcopy *c, const char *path);
/* Reads one word, when fd is readable. One that ended without a last word has failed. */
void logcopy_read(const struct logcopy *c, struct logcopy_word *ret);
/* Closes the pipe: nothing more comes, unless another process has it, too. */
void logcopy_close_pipe(struct logcopy *c);
/* Lets go of it: the file stays, or is removed. Returns the descriptor that stands for the process, which may sleep on;
   -1. */
int logcopy_end(struct logcopy *c, bool keep);
/* Whether the process of a descriptor of logcopy_end() has ended; then it is closed. */
bool logcopy_is_over(int process);

#endif
