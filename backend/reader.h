/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_READER_H
#define KFARM_BACKEND_READER_H
/*
 * Processes that read a user's logs for a helper, which keeps the operator's rights and reads none of them. A reader is a
 * fork of the helper that has become the user (owner.h) and entered the sandbox (sandbox.h); it holds nothing open but
 * a socket to the helper (descriptor 3), and a pipe for its words (descriptor 2). It is ended by reader_close(), and when
 * the helper has ended; one that sleeps in a file server ends when it can.
 */
#include <sys/types.h>

#include "backend/wire.h"

#define READER_FRAME_MAX (8u << 20) /* a page of the longest lines has a quarter of this */
#define READER_NONE      ((struct reader){.fd = -1, .words = -1, .process = -1})

struct reader {
    int fd; /* the helper's end of the socket; -1: there is none */
    int words; /* the helper's end of the pipe; -1 */
    int process; /* stands for it, pidfd_open(2); -1 */
    struct wire_stream in;
};

/* What a reader does, with the socket and with what was given to reader_start(), which is in its memory as it is in the
   helper's. Returns its exit status. */
typedef int reader_main(int fd, const void *with);

/* Forks one for the files of `owner`; the helper must have one thread, and ignore SIGCHLD. A frame of more than
   READER_FRAME_MAX bytes is none of ours. 0 or a negative errno. */
int reader_start(struct reader *r, uid_t owner, reader_main *main, const void *with);
/* Passes on what it has written to standard error, as far as it is there and is not too much, to the helper's own. */
void reader_pass_words(struct reader *r);
/* Ends it: its owner may have stopped it, and what stands in a log may have taken it over. */
void reader_close(struct reader *r);

#endif
