/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_CLOCK_H
#define KFARM_BASE_CLOCK_H
/*
 * The one place where time comes from. Whoever shows an age or an elapsed time is handed a clock;
 * nothing that draws calls time(). Tests and replays set the hands themselves.
 */
#include <stdbool.h>
#include <stdint.h>

struct clock {
    bool fixed; /* true: the hands stand until clock_set() or clock_advance() */
    int64_t fixed_ms; /* wall time of a fixed clock, ms since the epoch */
};

/* Wall time, milliseconds since the epoch. */
int64_t clock_ms(const struct clock *c);
/* Wall time, whole seconds since the epoch. */
int64_t clock_s(const struct clock *c);
/* Stops the hands at wall time ms. */
void clock_set(struct clock *c, int64_t ms);
/* Moves the hands of a fixed clock on by ms. */
void clock_advance(struct clock *c, int64_t ms);

/* Monotonic microseconds and CPU microseconds of this process: for measuring what work costs. */
int64_t clock_monotonic_us(void);
int64_t clock_cpu_us(void);

#endif
