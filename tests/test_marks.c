/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set of marked ids against a plain array that does the same. */
#include "widgets/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define IDS 500u

static uint64_t id_of(uint32_t i)
{
    /* small ones, as jobs have, and large ones that fall together, as hashes of names can */
    return i % 3 == 0 ? i : i % 3 == 1 ? (uint64_t)i << 40 : ~(uint64_t)i;
}

static bool is_even(void *user, uint64_t id)
{
    (void)user;
    return id % 2 == 0;
}

static void test_as_an_array(void **state)
{
    struct marks m = {0};
    bool plain[IDS] = {false};
    uint32_t seed = 1, count = 0;

    (void)state;
    for (int step = 0; step < 20000; step++) {
        uint32_t i;
        bool marked;

        seed = seed * 1103515245u + 12345u;
        i = (seed >> 8) % IDS;
        marked = (seed >> 4 & 3) != 0;
        count += (uint32_t)marked - (uint32_t)plain[i];
        plain[i] = marked;
        marks_set(&m, id_of(i), marked);
        assert_int_equal(marks_count(&m), count);
        if (step % 500 == 0)
            for (uint32_t k = 0; k < IDS; k++)
                assert_int_equal(marks_has(&m, id_of(k)), plain[k]);
    }
    marks_retain(&m, is_even, NULL);
    for (uint32_t k = 0; k < IDS; k++)
        assert_int_equal(marks_has(&m, id_of(k)), plain[k] && id_of(k) % 2 == 0);
    marks_clear(&m);
    assert_int_equal(marks_count(&m), 0);
    assert_false(marks_has(&m, id_of(1)));
}

static void test_empty(void **state)
{
    struct marks m = {0};

    (void)state;
    assert_false(marks_has(&m, 0));
    assert_false(marks_has(&m, 7));
    marks_set(&m, 7, false);
    assert_int_equal(marks_count(&m), 0);
    marks_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_an_array),
        cmocka_unit_test(test_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
