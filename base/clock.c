/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec ts = {0};

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_ms(const struct clock *c)
{
    return c->fixed ? c->fixed_ms + c->step_ms : read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_steady_ms(const struct clock *c)
{
    return c->fixed ? c->fixed_ms : read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_s(const struct clock *c)
{
    return clock_ms(c) / 1000;
}

void clock_set(struct clock *c, int64_t ms)
{
    c->fixed = true;
    c->fixed_ms = ms;
    c->step_ms = 0;
}

void clock_advance(struct clock *c, int64_t ms)
{
    c->fixed_ms += ms;
}

void clock_step(struct clock *c, int64_t ms)
{
    c->step_ms += ms;
}

int64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_cpu_us(void)
{
    return read_us(CLOCK_PROCESS_CPUTIME_ID);
}
