/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_PARSE_H
#define KFARM_BASE_PARSE_H
/* Numbers from outside. All of the text must be used; nothing is written on failure (-EINVAL for
   text that is no number, -ERANGE for one out of bounds). */
#include <stdint.h>

int parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret_value);
int parse_double(const char *text, double min, double max, double *ret_value);

#endif
