/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/channels_farm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"

#define DRAWN_MS 400 /* after a key that changes nothing */

void channels_press(struct e2e *e, const char *keys, const char *seen)
{
    assert_true(vt_keys(e->vt, keys));
    if (seen)
        e2e_see(e, seen);
    vt_wait_quiet(e->vt, 40, 1000);
}

void channels_page(struct e2e *e, const char *key)
{
    int64_t until_us;
    uint64_t before;

    vt_wait_quiet(e->vt, 20, 300);
    before = vt_bytes(e->vt);
    until_us = clock_monotonic_us() + DRAWN_MS * 1000;
    assert_true(vt_keys(e->vt, key));
    while (vt_bytes(e->vt) == before && clock_monotonic_us() < until_us)
        vt_run(e->vt, 5);
    vt_wait_quiet(e->vt, 40, 1000);
}

void channels_go_to(struct e2e *e, bool ascii, const char *name)
{
    char text[64];

    snprintf(text, sizeof(text), ":%s<Enter>", name);
    channels_press(e, text, NULL);
    snprintf(text, sizeof(text), "%s%s ", ascii ? ">" : "▸", name);
    e2e_see(e, text);
}

void channels_go_to_job(struct e2e *e, bool ascii, uint32_t job)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", job);
    channels_go_to(e, ascii, id);
}

void channels_open(struct e2e *e, struct buf *record, bool ascii)
{
    static const char *const plain[] = {"LANG=C", "EDITOR=true", NULL};
    static const char *const utf8[] = {"EDITOR=true", NULL};

    e2e_top(e, &(struct e2e_top){.cols = CHANNELS_COLS,
                   .rows = CHANNELS_ROWS,
                   .record = record,
                   .env = ascii ? plain : utf8});
}
