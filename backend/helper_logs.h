/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_HELPER_LOGS_H
#define KFARM_BACKEND_HELPER_LOGS_H

/*
 * The process that follows the log of the selected build: takes WIRE_LOG_FOLLOW on fd, and answers
 * with WIRE_LOG_LINES and WIRE_LOG_STATE (logproto.h) as the files grow. Returns the exit status
 * when the screen is gone (0), or when the stream on fd is not ours (1).
 */
int helper_logs_main(int fd);

#endif
