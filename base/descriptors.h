/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_DESCRIPTORS_H
#define KFARM_BASE_DESCRIPTORS_H
/* File descriptors that the program may find closed or used up when it is started. */
#include "base/diag.h"

/*
 * Opens something for whichever of 0, 1 and 2 is closed, so that no file gets the number to which others write their
 * words. Reading it, or writing to it, fails with EBADF all the same. To be called before anything is opened. 0 or a
 * negative errno.
 */
int descriptors_fill(void);

/* Are there n (at most 64) that can still be opened? 0, or -EMFILE with what would be right in d. */
int descriptors_left(int n, struct diag *d);

#endif
