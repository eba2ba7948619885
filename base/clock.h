/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_CLOCK_H
#define KFARM_BASE_CLOCK_H
/*
 * The one place where time comes from. Code that shows a time of day, an age or an elapsed time is handed a clock and
 * uses its wall time; nothing that draws calls time(). What is waited for is measured in steady time, which goes on
 * evenly when somebody sets the wall clock. Tests and replays set the hands themselves.
 */
#include <stdbool.h>
#include <stdint.h>

struct clock {
    bool fixed; /* true: the hands stand until clock_set() or clock_advance() */
    int64_t fixed_ms; /* time of a fixed clock, ms since the epoch */
    int64_t step_ms; /* by how much its wall clock was set since clock_set(), for tests */
};

/* Wall time, milliseconds since the epoch. */
int64_t clock_ms(const struct clock *c);
/* Wall time, whole seconds since the epoch. */
int64_t clock_s(const struct clock *c);
/* Milliseconds from some beginning, for deadlines: it never goes back, and setting the wall clock does not change it.
   Of a fixed clock it is what wall time would be had nobody called clock_step(). */
int64_t clock_steady_ms(const struct clock *c);
/* Stops the hands at wall time ms. */
void clock_set(struct clock *c, int64_t ms);
/* Moves the hands of a fixed clock on by ms. */
void clock_advance(struct clock *c, int64_t ms);
/* Sets the wall clock by ms, forward or back, as an administrator does; steady time does not notice. */
void clock_step(struct clock *c, int64_t ms);

/* Monotonic microseconds and CPU microseconds of this process: for measuring what work costs. */
int64_t clock_monotonic_us(void);
int64_t clock_cpu_us(void);

#endif
