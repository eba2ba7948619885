/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/refresh.h"

#include <stdio.h>
#include <string.h>

#include "backend/wire.h"
#include "base/alloc.h"
#include "tui/why.h"

#define SLOW_MS     2500 /* no answer for so long is worth a word */
#define HOPELESS_MS 90000 /* longer than any time-out of libslurm's own */
#define RARE_MS     30000 /* cluster and partitions */
#define SHARE       20 /* an answer that took t is not asked for again before 20 t */
/* Never longer than this for the cost alone: most of a long answer is libslurm's waiting for a
   controller that was away, and the screen must follow when it is back. */
#define SHARE_MAX   10000
#define SOON_MS     500 /* refresh_follow(): between its questions, … */
#define SOON_TIMES  4 /* … and how many they are */
#define FAILING_MAX 10000 /* between two attempts while the controller is down */
#define OVERDUE_MS  5000 /* a question that nobody asked for so long: what is shown is old */

void refresh_init(struct refresh *r, int64_t interval_ms)
{
    *r = (struct refresh){.interval_ms = interval_ms};
}

void refresh_frame(struct buf *out, uint32_t want, uint32_t sequence, int64_t wall_ms)
{
    size_t offset;

    buf_clear(out);
    offset = wire_begin(out, WIRE_REFRESH, sequence, wall_ms);
    wire_put_u32(out, want);
    wire_end(out, offset);
}

bool refresh_ask(struct refresh *r, int64_t now_ms, int64_t wall_ms, struct buf *out)
{
    uint32_t want = REFRESH_JOBS | REFRESH_NODES;

    if (r->asked_ms || now_ms < r->due_ms)
        return false;
    if (r->sequence == 0) {
        /* the queue is what one wants to see first, and to act on: who may is in the cluster's */
        want = REFRESH_JOBS | REFRESH_CLUSTER;
    } else if (now_ms >= r->rare_due_ms || r->failures) {
        want = REFRESH_ALL;
        r->rare_due_ms = now_ms + RARE_MS;
    }
    refresh_frame(out, want, ++r->sequence, wall_ms);
    r->asked_ms = now_ms;
    return true;
}

int64_t refresh_due_ms(const struct refresh *r)
{
    return r->asked_ms ? r->asked_ms + HOPELESS_MS + 1 : r->due_ms;
}

/* Between an answer that was good and the next question. */
static int64_t pause_ms(const struct refresh *r)
{
    return KF_MAX(r->soon > 0 ? KF_MIN(r->interval_ms, SOON_MS) : r->interval_ms, r->floor_ms);
}

void refresh_answered(struct refresh *r, const struct snapshot *s, int64_t now_ms, int64_t wall_ms)
{
    enum section_id bad = snapshot_failed(s);
    int64_t pause;

    r->floor_ms = KF_MIN(s->wall_us * SHARE / 1000, (int64_t)SHARE_MAX);
    pause = pause_ms(r);
    r->soon = KF_MAX(r->soon - 1, 0);
    if (refresh_fresh_ms(s) != r->fresh_wall_ms) {
        r->fresh_wall_ms = refresh_fresh_ms(s);
        r->fresh_ms = now_ms - KF_MAX(wall_ms - r->fresh_wall_ms, (int64_t)0);
    }
    r->asked_ms = 0;
    r->lost = false;
    if (bad != SECTION_COUNT) {
        snprintf(r->words, sizeof(r->words), "%s", s->health[bad].message);
        r->failures++;
        pause = KF_MAX(r->interval_ms, KF_MIN(r->interval_ms * r->failures, (int64_t)FAILING_MAX));
    } else {
        r->failures = 0;
    }
    /* after the queue the rest */
    r->due_ms = r->sequence == 1 || r->again ? now_ms : now_ms + pause;
    r->again = false;
}

void refresh_lost(struct refresh *r, const char *words)
{
    const struct why_trouble *trouble = why_lost(words);
    const char *last = strrchr(words, '\n');

    r->asked_ms = 0;
    r->again = false;
    r->lost = true;
    r->failures++;
    r->due_ms = INT64_MAX; /* until there is a helper to ask */
    r->advice = trouble ? trouble->advice : NULL;
    if (trouble && trouble->plain)
        snprintf(r->words, sizeof(r->words), "%s", trouble->plain);
    else
        snprintf(r->words, sizeof(r->words), "%s",
            *words ? (last ? last + 1 : words)
                   : "the process that asks Slurm ended without a word");
}

void refresh_restarted(struct refresh *r, int64_t now_ms)
{
    r->asked_ms = 0;
    r->due_ms = now_ms;
    r->rare_due_ms = 0;
}

void refresh_follow(struct refresh *r, int64_t now_ms)
{
    r->soon = SOON_TIMES - 1; /* this one is the first */
    r->due_ms = KF_MIN(r->due_ms, now_ms + pause_ms(r));
}

void refresh_hold(struct refresh *r, int64_t until_ms)
{
    r->due_ms = KF_MAX(r->due_ms, until_ms);
}

void refresh_now(struct refresh *r, int64_t now_ms)
{
    r->again = r->asked_ms != 0;
    if (r->due_ms != INT64_MAX)
        r->due_ms = now_ms;
}

bool refresh_hopeless(const struct refresh *r, int64_t now_ms)
{
    return r->asked_ms && now_ms - r->asked_ms > HOPELESS_MS;
}

enum link_state refresh_link(const struct refresh *r, const struct snapshot *s, int64_t now_ms)
{
    if (r->lost)
        return LINK_LOST;
    if (r->failures)
        return LINK_DOWN;
    if (r->asked_ms ? now_ms - r->asked_ms > SLOW_MS : now_ms - r->due_ms > OVERDUE_MS && r->due_ms)
        return LINK_SLOW;
    return s->generation ? LINK_OK : LINK_STARTING;
}

int64_t refresh_fresh_ms(const struct snapshot *s)
{
    int64_t jobs = s->health[SECTION_JOBS].fresh_ms, nodes = s->health[SECTION_NODES].fresh_ms;

    if (jobs && nodes)
        return KF_MIN(jobs, nodes);
    /* the first answer holds the queue alone, and --once asks for what it shows */
    return jobs ? jobs : nodes ? nodes : s->health[SECTION_PARTITIONS].fresh_ms;
}

int64_t refresh_age_ms(const struct refresh *r, int64_t now_ms)
{
    return now_ms - r->fresh_ms;
}
