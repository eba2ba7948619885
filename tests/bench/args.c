/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/args.h"

#include <getopt.h>
#include <stdint.h>

#include "base/parse.h"

static bool take_number(const char *text, int *ret)
{
    int64_t n;

    if (parse_i64(text, 1, 100000, &n) < 0)
        return false;
    *ret = (int)n;
    return true;
}

bool args_parse(int argc, char **argv, const struct arg *rows, size_t n)
{
    struct option options[ARGS_MAX + 1] = {0};
    bool ok = n <= ARGS_MAX;
    int row;

    for (size_t i = 0; ok && i < n; i++)
        options[i] = (struct option){
            rows[i].name, rows[i].flag ? no_argument : required_argument, NULL, (int)i + 1};
    while (ok && (row = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (row == '?')
            ok = false;
        else if (rows[row - 1].flag)
            *rows[row - 1].flag = true;
        else if (rows[row - 1].text)
            *rows[row - 1].text = optarg;
        else
            ok = take_number(optarg, rows[row - 1].number);
    }
    return ok && optind == argc;
}
