/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

int parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    char *end;
    long long value;

    if (text[0] == '\0' || ascii_is_space(text[0]))
        return -EINVAL;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (*end != '\0')
        return -EINVAL;
    if (errno == ERANGE || value < min || value > max)
        return -ERANGE;
    *ret_value = value;
    return 0;
}

int parse_double(const char *text, double min, double max, double *ret_value)
{
    char *end;
    double value;

    /* strtod() would take "0x10", "inf" and "+1" */
    if (text[0] == '+' || text[strspn(text, "0123456789.-+eE")] != '\0')
        return -EINVAL;
    value = strtod(text, &end);
    if (*end != '\0' || end == text)
        return -EINVAL;
    if (!(value >= min && value <= max))
        return -ERANGE;
    *ret_value = value;
    return 0;
}

int parse_minutes(const char *text, int64_t max, int64_t *ret_minutes)
{
    int64_t days = 0, part[3] = {0}, minutes;
    const char *at = strchr(text, '-');
    int parts = 0;
    bool with_days = at != NULL, beyond;

    at = with_days ? at + 1 : text;
    if (with_days) {
        if (!ascii_is_digit(*text))
            return -EINVAL;
        days = strtoll(text, NULL, 10);
        if (strspn(text, "0123456789") != (size_t)(at - text - 1))
            return -EINVAL;
    }
    beyond = days > max; /* said once the rest was found to be a time */
    for (;;) {
        char *end;

        if (!ascii_is_digit(*at) || parts == 3)
            return -EINVAL;
        part[parts] = strtoll(at, &end, 10);
        beyond = part[parts++] > max || beyond;
        at = end;
        if (*at == '\0')
            break;
        if (*at++ != ':')
            return -EINVAL;
    }
    if (beyond)
        return -ERANGE;
    if (with_days)
        minutes = days * 1440 + part[0] * 60 + part[1] + (part[2] > 0);
    else if (parts == 3)
        minutes = part[0] * 60 + part[1] + (part[2] > 0);
    else
        minutes = part[0] + (part[1] > 0);
    if (minutes > max)
        return -ERANGE;
    *ret_minutes = minutes;
    return 0;
}

int parse_size(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    static const char units[] = "KMGT";
    size_t digits = strspn(text, "0123456789");
    const char *unit;
    int64_t value, factor = 1;
    char number[24];

    if (text[digits]) {
        unit = strchr(units, ascii_upper(text[digits]));
        if (unit == NULL || text[digits + 1])
            return -EINVAL;
        factor = INT64_C(1) << (10 * (unit - units + 1));
    }
    if (digits == 0)
        return -EINVAL;
    if (digits >= sizeof(number))
        return -ERANGE;
    memcpy(number, text, digits);
    number[digits] = '\0';
    if (parse_i64(number, 0, INT64_MAX / factor, &value) < 0 || value * factor < min ||
        value * factor > max)
        return -ERANGE;
    *ret_value = value * factor;
    return 0;
}

int parse_mib(const char *text, uint64_t *ret_mib)
{
    static const int64_t mib = 1 << 20;
    char size[32];
    size_t n = strlen(text);
    int64_t bytes;
    int err;

    if (n > 1 && !ascii_is_digit(text[n - 2]) && ascii_upper(text[n - 1]) == 'B')
        n--; /* "7GB" */
    if (n == 0 || n > sizeof(size) - 2)
        return -EINVAL;
    snprintf(size, sizeof(size), "%.*s%s", (int)n, text, ascii_is_digit(text[n - 1]) ? "M" : "");
    err = parse_size(size, 0, INT64_MAX - mib, &bytes);
    if (err == 0)
        *ret_mib = (uint64_t)((bytes + mib - 1) / mib);
    return err;
}
