/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
