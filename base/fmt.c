/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fmt.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

char *fmt_span(char out[FMT_SIZE], int64_t seconds)
{
    int64_t s = seconds < 0 ? 0 : seconds;

    if (s >= 86400)
        snprintf(out, FMT_SIZE, "%" PRId64 "-%02d:%02d:%02d", s / 86400, (int)(s / 3600 % 24),
            (int)(s / 60 % 60), (int)(s % 60));
    else
        snprintf(
            out, FMT_SIZE, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    return out;
}

char *fmt_span_short(char out[FMT_SIZE], int64_t seconds)
{
    int64_t days = seconds / 86400;

    if (days < 100)
        return fmt_span(out, seconds);
    snprintf(out, FMT_SIZE, days < 1000000 ? "%" PRId64 "d %dh" : "%" PRId64 "d", days,
        (int)(seconds / 3600 % 24));
    return out;
}

char *fmt_count(char out[FMT_SIZE], int64_t n, int columns)
{
    static const char units[] = "\0KMGTPE";
    double value = (double)n;
    int unit = 0;

    snprintf(out, FMT_SIZE, "%" PRId64, n);
    if ((int)strlen(out) <= columns)
        return out;
    while (value >= 999.5 || value <= -999.5) {
        value /= 1000;
        unit++;
    }
    snprintf(out, FMT_SIZE, "%.1f%c", value, units[unit]);
    if ((int)strlen(out) > columns)
        snprintf(out, FMT_SIZE, "%.0f%c", value, units[unit]);
    return out;
}

char *fmt_age(char out[FMT_SIZE], int64_t seconds)
{
    static const struct {
        int64_t below, unit;
        char sign;
    } scale[] = {{120, 1, 's'}, {7200, 60, 'm'}, {172800, 3600, 'h'}, {0, 86400, 'd'}};
    int64_t s = seconds < 0 ? 0 : seconds;
    int i = 0;

    while (i < 3 && s >= scale[i].below)
        i++;
    snprintf(out, FMT_SIZE, "%" PRId64 "%c", s / scale[i].unit, scale[i].sign);
    return out;
}

char *fmt_age_ms(char out[FMT_SIZE], int64_t ms)
{
    if (ms >= 10000)
        return fmt_age(out, ms / 1000);
    ms = ms < 0 ? 0 : ms;
    snprintf(out, FMT_SIZE, "%d.%ds", (int)(ms / 1000), (int)(ms / 100 % 10));
    return out;
}

char *fmt_gib(char out[FMT_SIZE], uint64_t mib)
{
    snprintf(out, FMT_SIZE, "%.1f", (double)mib / 1024.0);
    return out;
}

char *fmt_bytes(char out[FMT_SIZE], uint64_t bytes)
{
    static const char units[] = "\0KMGTPE";
    double value = (double)bytes;
    int unit = 0;

    while (value >= 999.5) {
        value /= 1024.0;
        unit++;
    }
    if (unit == 0)
        snprintf(out, FMT_SIZE, "%" PRIu64, bytes);
    else
        snprintf(out, FMT_SIZE, value < 9.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
    return out;
}

static void strftime_local(char out[FMT_SIZE], const char *format, int64_t when_s)
{
    time_t t = (time_t)when_s;
    struct tm tm;

    if (localtime_r(&t, &tm) == NULL || strftime(out, FMT_SIZE, format, &tm) == 0)
        snprintf(out, FMT_SIZE, "?");
}

static bool same_day(int64_t a_s, int64_t b_s)
{
    time_t a = (time_t)a_s, b = (time_t)b_s;
    struct tm ta, tb;

    return localtime_r(&a, &ta) && localtime_r(&b, &tb) && ta.tm_year == tb.tm_year &&
           ta.tm_yday == tb.tm_yday;
}

char *fmt_when(char out[FMT_SIZE], int64_t when_s, int64_t now_s)
{
    int64_t distance = when_s > now_s ? when_s - now_s : now_s - when_s;

    if (same_day(when_s, now_s))
        strftime_local(out, "%H:%M", when_s);
    else if (distance < 6 * 86400)
        strftime_local(out, "%a %H:%M", when_s);
    else if (distance < 300 * 86400)
        strftime_local(out, "%m-%d %H:%M", when_s);
    else
        strftime_local(out, "%Y-%m-%d", when_s);
    return out;
}

char *fmt_time(char out[FMT_SIZE], int64_t when_s)
{
    strftime_local(out, "%Y-%m-%dT%H:%M:%S", when_s);
    return out;
}
