/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_SANDBOX_H
#define KFARM_BACKEND_SANDBOX_H
/*
 * For a process that parses the bytes of strangers: it can read files and write to the descriptors that it has, and
 * nothing else, even if such bytes take it over. Two means of the kernel hold that, each by itself:
 *
 *   Landlock (landlock(7))  no file is made, written, removed or run; no TCP connection; from Linux 6.12 on no signal to
 *                           a process outside and no abstract socket
 *   seccomp (seccomp(2))    no system call but those in the table of sandbox.c
 *
 * Which files it can read is decided by whose process it is (owner.h).
 */
#include "base/diag.h"

enum { SANDBOX_LANDLOCK = 1 << 0, SANDBOX_SECCOMP = 1 << 1 };

/* Which of the two this kernel has. */
unsigned sandbox_has(void);
/* Enters it for good, with all threads that come later, by these means; to be called with one thread. 0, or a negative
   errno with the reason in d: then no stranger's byte must be read. */
int sandbox_enter(unsigned means, struct diag *d);

#endif
