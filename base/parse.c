/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    char *end;
    long long value;

    if (text[0] == '\0' || isspace((unsigned char)text[0]))
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

int parse_minutes(const char *text, int64_t *ret_minutes)
{
    int64_t days = 0, part[3] = {0}, minutes;
    const char *at = strchr(text, '-');
    int parts = 0;
    bool with_days = at != NULL;

    at = with_days ? at + 1 : text;
    if (with_days) {
        if (!isdigit((unsigned char)*text))
            return -EINVAL;
        days = strtoll(text, NULL, 10);
        if (strspn(text, "0123456789") != (size_t)(at - text - 1) || days > 3660)
            return -EINVAL;
    }
    for (;;) {
        char *end;

        if (!isdigit((unsigned char)*at) || parts == 3)
            return -EINVAL;
        part[parts] = strtoll(at, &end, 10);
        if (part[parts++] > PARSE_MINUTES_MAX)
            return -ERANGE;
        at = end;
        if (*at == '\0')
            break;
        if (*at++ != ':')
            return -EINVAL;
    }
    if (with_days)
        minutes = days * 1440 + part[0] * 60 + part[1] + (part[2] > 0);
    else if (parts == 3)
        minutes = part[0] * 60 + part[1] + (part[2] > 0);
    else
        minutes = part[0] + (part[1] > 0);
    if (minutes > PARSE_MINUTES_MAX)
        return -ERANGE;
    *ret_minutes = minutes;
    return 0;
}

int parse_mib(const char *text, uint64_t *ret_mib)
{
    static const char units[] = "KMGT";
    char *end;
    unsigned long long value;
    const char *unit;

    if (!isdigit((unsigned char)*text))
        return -EINVAL;
    value = strtoull(text, &end, 10);
    if (value > UINT64_C(1) << 40)
        return -ERANGE;
    unit = *end ? strchr(units, toupper((unsigned char)*end)) : units + 1;
    if (unit == NULL || (*end && end[1] != '\0' && strcasecmp(end + 1, "B") != 0))
        return -EINVAL;
    if (unit == units)
        value = (value + 1023) / 1024;
    else
        value <<= 10 * (unit - units - 1);
    *ret_mib = value;
    return 0;
}
