/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_HELPER_LOGS_H
#define KFARM_BACKEND_HELPER_LOGS_H

/*
 * The process between the screen (on fd) and the one that reads the log of the selected build (logreader.h). It keeps the
 * operator's rights and reads no log; what it does with those rights is to start a reader that has the rights of the
 * user whose log is followed, and to make the file that a log is saved to. Returns the exit status when the screen is
 * gone (0), or when a stream is not ours or the reader has ended (1): the screen then starts another one.
 */
int helper_logs_main(int fd);

#endif
