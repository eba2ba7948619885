/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BENCH_ARGS_H
#define KFARM_BENCH_ARGS_H
/*
 * The command line of a benchmark: long options only, each a row.
 */
#include <stdbool.h>
#include <stddef.h>

#define ARGS_MAX 32

struct arg {
    const char *name;
    const char **text; /* where its value goes, as it is */
    int *number; /* or, from 1 to 100000 */
    bool *flag; /* or, without a value */
};

/* False, after a word on stderr if there is one, for what is no option or has no proper value. */
bool args_parse(int argc, char **argv, const struct arg *rows, size_t n);

#endif
