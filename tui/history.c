/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static void forget(struct history *h, int at)
{
    free(h->lines[at]);
    h->count--;
    memmove(h->lines + at, h->lines + at + 1, (size_t)(h->count - at) * sizeof(h->lines[0]));
}

void history_release(struct history *h)
{
    while (h->count > 0)
        forget(h, h->count - 1);
}

void history_add(struct history *h, const char *line)
{
    if (line[0] == '\0')
        return;
    for (int i = 0; i < h->count; i++)
        if (strcmp(h->lines[i], line) == 0) {
            forget(h, i);
            break;
        }
    if (h->count == HISTORY_MAX)
        forget(h, 0);
    h->lines[h->count++] = xstrdup(line);
}
