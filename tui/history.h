/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_HISTORY_H
#define KFARM_TUI_HISTORY_H
/* Lines typed before, the newest last: what Up and Down bring back. */
#define HISTORY_MAX 100

struct history {
    char *lines[HISTORY_MAX]; /* owned */
    int count;
};

void history_release(struct history *h);
/* Adds a line; an older one that is the same goes. "" is not kept. */
void history_add(struct history *h, const char *line);

#endif
