/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_BUILDS_H
#define KFARM_TUI_BUILDS_H
#include "backend/snapshot.h"
#include "base/buf.h"

struct app;

/* A WIRE_LOG_BUILDS for the builds of a snapshot, in out, emptied first; how many they are. */
uint32_t builds_frame(const struct snapshot *s, struct buf *out);
/* Asks for the builds of the present snapshot, if they are not those that were asked for last. */
void builds_ask(struct app *a);

#endif
