/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_HELPER_BUILDS_H
#define KFARM_BACKEND_HELPER_BUILDS_H

/*
 * The process that follows the logs of all builds (builds.h): takes WIRE_LOG_BUILDS on fd, and answers with
 * WIRE_LOG_BUILD as they get on. Returns the exit status when the screen is gone (0), or when the stream on fd
 * is not ours (1).
 */
int helper_builds_main(int fd);

#endif
