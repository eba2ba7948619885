/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_HELPER_BUILDS_H
#define KFARM_BACKEND_HELPER_BUILDS_H

/*
 * The process between the screen and those that follow the logs of all builds (followers.h): takes WIRE_LOG_BUILDS
 * on fd, and answers with WIRE_LOG_BUILD as they get on, and WIRE_LOG_SILENT when a file server does not let them.
 * Returns the exit status when the screen is gone (0), or when the stream on fd is not ours (1).
 */
int helper_builds_main(int fd);

#endif
