/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_PARSE_H
#define KFARM_BASE_PARSE_H
/* Numbers from outside. All of the text must be used; nothing is written on failure (-EINVAL for
   text that is no number, -ERANGE for one out of bounds). */
#include <stdint.h>

int parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret_value);
int parse_double(const char *text, double min, double max, double *ret_value);
/* A size in bytes: "4096", "512K", "10M", "2G", "1T" (powers of 1024, either case). The bounds are not
   negative. */
int parse_size(const char *text, int64_t min, int64_t max, int64_t *ret_value);

#define PARSE_MINUTES_MAX (366ll * 24 * 60 * 10) /* for those who have no other bound */
/* A time limit in minutes, as sbatch(1) --time takes it: "MM", "MM:SS", "HH:MM:SS", "D-HH", "D-HH:MM",
   "D-HH:MM:SS"; seconds are rounded up to a minute. From 0 to `max`, which is INT32_MAX at most: what
   Slurm itself counts in. */
int parse_minutes(const char *text, int64_t max, int64_t *ret_minutes);
/* A size in MiB as sbatch(1) --mem takes it: a whole number with K, M, G or T behind it, M if there
   is none; K is rounded up. */
int parse_mib(const char *text, uint64_t *ret_mib);

#endif
