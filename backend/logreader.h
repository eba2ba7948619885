/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_LOGREADER_H
#define KFARM_BACKEND_LOGREADER_H
/*
 * The process that reads the log of the selected build, as the user whose build it is: takes WIRE_LOG_FOLLOW on fd, and
 * answers with WIRE_LOG_LINES, WIRE_LOG_STATE and the other frames of logproto.h as the files grow.
 */

/* What a reader does (reader.h); `rules` is a const struct logrule_set *, or NULL: every line is text. Returns the exit
   status when the other end is gone (0), or when the stream on fd is not ours (1). */
int logreader_main(int fd, const void *rules);

#endif
