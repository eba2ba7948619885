/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_RECORDER_H
#define KFARM_BACKEND_RECORDER_H
/*
 * Writes a recording in a thread: its disk may be slow, and its file server may not answer at all. What waits to be written
 * is bounded; a recording that falls behind further than that ends, as one does whose disk is full. It then ends with a
 * whole frame, or with a part of one, which a replay leaves out.
 */
#include <stddef.h>

#include "base/diag.h"

struct recorder;

/* Takes over the descriptor. `path` is for the words. NULL with the reason in d if there can be no thread. */
struct recorder *recorder_new(int fd, const char *path, struct diag *d);

/* Adds a frame, in two parts; copied. 0, or a negative errno with the reason in d if nothing is written any more. */
int recorder_add(struct recorder *r, const void *head, size_t head_size, const void *payload,
    size_t payload_size, struct diag *d);

/* Waits until all is written, for two seconds at most, and frees it. 0, or a negative errno with the reason in d if not
   all was written. Takes NULL. */
int recorder_end(struct recorder *r, struct diag *d);
/* Frees it without waiting: for one that has said that it writes no more. Returns NULL. */
struct recorder *recorder_forget(struct recorder *r);

#endif
