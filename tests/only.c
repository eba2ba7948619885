/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In every test program: the environment's KFARM_TEST, a pattern with * and ?, says which of its tests
   run. The last lines tell how many did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void only(void)
{
    const char *pattern = getenv("KFARM_TEST");

    if (pattern)
        cmocka_set_test_filter(pattern);
}
