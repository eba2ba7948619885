/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/paste.h"

#include "tui/keys.h"

enum paste_kind paste_take(struct paste *p, uint32_t key, int64_t now_ms)
{
    bool silent = p->on && now_ms - p->last_ms >= PASTE_SILENT_MS;

    if (key == KEYCODE_PASTE_BEGIN) {
        *p = (struct paste){.on = true, .last_ms = now_ms};
        return PASTE_PASSED;
    }
    if (key == KEYCODE_PASTE_END) {
        *p = (struct paste){0};
        return PASTE_PASSED;
    }
    if (!p->on)
        return PASTE_NONE;
    if (silent) {
        p->held = key;
        p->held_ms = now_ms;
        return PASTE_HELD;
    }
    p->last_ms = now_ms;
    if (p->taken == PASTE_MAX + 1)
        return PASTE_PASSED;
    return ++p->taken > PASTE_MAX ? PASTE_FULL : PASTE_TEXT;
}

uint32_t paste_release(struct paste *p, bool another, int64_t now_ms, bool *ret_text)
{
    /* a clock that was set back tells nothing: it does not hold the key for ever */
    bool alone = now_ms - p->held_ms >= PASTE_BURST_MS || now_ms < p->held_ms;
    uint32_t key = p->held;

    if (key == 0 || (!alone && !another))
        return 0;
    p->held = 0;
    *ret_text = !alone;
    if (alone)
        *p = (struct paste){0};
    else
        p->last_ms = now_ms;
    return key;
}

int64_t paste_due_ms(const struct paste *p)
{
    return p->held ? p->held_ms + PASTE_BURST_MS : 0;
}
