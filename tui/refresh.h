/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_REFRESH_H
#define KFARM_TUI_REFRESH_H
/*
 * When the controller is asked, and what is known of it. Asked at most every `interval`, less often
 * when an answer is dear (never more than one part in twenty of the time is spent on it), more
 * slowly while it is down; and one question at a time.
 */
#include <stdbool.h>
#include <stdint.h>

#include "backend/snapshot.h"
#include "base/buf.h"

enum link_state {
    LINK_STARTING, /* nothing has come yet */
    LINK_OK,
    LINK_SLOW, /* asked, and no answer for a while */
    LINK_DOWN, /* Slurm says so: words */
    LINK_LOST /* the helper is gone: words */
};

struct refresh {
    int64_t interval_ms; /* as configured */
    /* the times of this struct are steady time (clock.h) */
    int64_t due_ms; /* when to ask next */
    int64_t asked_ms; /* when the question under way was asked; 0: none is */
    bool again; /* as soon as that is answered */
    int64_t rare_due_ms; /* when to ask for what seldom changes */
    uint32_t sequence;
    int64_t floor_ms; /* the pause that the cost of the last answer asks for */
    int soon; /* so many questions come sooner than the interval says */
    int failures; /* in a row */
    bool lost;
    int64_t fresh_wall_ms; /* refresh_fresh_ms() of the last answer, … */
    int64_t fresh_ms; /* … and that moment in steady time */
    char words[256]; /* of the last trouble */
    const char *advice; /* what to do about it, static; NULL: nothing is known */
};

void refresh_init(struct refresh *r, int64_t interval_ms);
/* Writes a WIRE_REFRESH for `want` (enum refresh_want) to out, emptied first. */
void refresh_frame(struct buf *out, uint32_t want, uint32_t sequence, int64_t wall_ms);
/* If it is time, writes a WIRE_REFRESH to out (emptied first) and returns true. Here and below now_ms is steady time;
   wall_ms, which the frame gets, is wall time. */
bool refresh_ask(struct refresh *r, int64_t now_ms, int64_t wall_ms, struct buf *out);
/* When there is something to do by the clock next: a question to ask, a helper to give up, a wait
   to show. */
int64_t refresh_due_ms(const struct refresh *r);
/* An answer came and is in s. */
void refresh_answered(struct refresh *r, const struct snapshot *s, int64_t now_ms, int64_t wall_ms);
/* The helper is gone, with these last words. */
void refresh_lost(struct refresh *r, const char *words);
/* A new helper runs: ask it at once. */
void refresh_restarted(struct refresh *r, int64_t now_ms);
/* Ask now, whatever the interval (F5); if a question is under way, whose answer may be of before, once more behind
   it. */
void refresh_now(struct refresh *r, int64_t now_ms);
/* What the answer shows is on its way to something else, by Slurm's doing: a few questions come sooner than the interval
   says, but not so often that they cost too much. */
void refresh_follow(struct refresh *r, int64_t now_ms);
/* Do not ask before then, unless refresh_now() says so. */
void refresh_hold(struct refresh *r, int64_t until_ms);
/* The helper has not answered for so long that it must be ended. */
bool refresh_hopeless(const struct refresh *r, int64_t now_ms);
enum link_state refresh_link(const struct refresh *r, const struct snapshot *s, int64_t now_ms);
/* Wall time at which the jobs and nodes that are shown were known to be true last, or the partitions where they are all
   that was loaded; 0 never. */
int64_t refresh_fresh_ms(const struct snapshot *s);
/* How long ago that was, ms, whatever the wall clock was set to since the answer came. */
int64_t refresh_age_ms(const struct refresh *r, int64_t now_ms);

#endif
