/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks of an array: what is typed, what Slurm writes, and sets of them. */
#include "backend/taskset.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static void assert_set(const struct taskset *s, const char *expected)
{
    char text[256];

    assert_true(taskset_text(s, text, sizeof(text)));
    assert_string_equal(text, expected);
}

static void test_typed(void **state)
{
    static const struct {
        const char *typed, *read;
        uint64_t count;
    } rows[] = {
        {"3", "3", 1},
        {"2-5,9", "2-5,9", 5},
        {"9,2-5", "2-5,9", 5},
        {" 1 , 4-6 ", "1,4-6", 4},
        {"0-8:2", "0,2,4,6,8", 5},
        {"0-9:4,1", "0-1,4,8", 4},
        {"1,2,3", "1-3", 3},
        {"1-4,3-6,5", "1-6", 6},
        {"5-5", "5", 1},
        {"0-4000000", "0-4000000", 4000001},
        {"007", "7", 1},
    };
    struct taskset s = {0};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        assert_int_equal(taskset_parse(&s, rows[i].typed, NULL), 0);
        assert_set(&s, rows[i].read);
        assert_int_equal(taskset_count(&s), rows[i].count);
    }
    taskset_release(&s);
}

/* What is wrong is refused whole, with what would be right. */
static void test_typed_wrong(void **state)
{
    static const struct {
        const char *typed, *says;
    } rows[] = {
        {"", "a number is missing"},
        {",", "a number is missing"},
        {"1,", "a number is missing"},
        {"1,,2", "a number is missing"},
        {"x", "\"x\" is no task"},
        {"1x", "\"1x\" is no task"},
        {"1 2", "\"1 2\" is no task"},
        {"-3", "\"-3\" is no task"},
        {"3-", "a range is FIRST-LAST"},
        {"5-2", "2-5 would be right"},
        {"1-5:0", "a step is a number behind a range"},
        {"1-5:", "a step is a number behind a range"},
        {"3:2", "a step is a number behind a range"},
        {"1-5-7", "\"1-5-7\" is no task"},
        {"4000001", "\"4000001\" is no task"},
        {"99999999999999999999", "is no task"},
        {"0-4000000:2", "too many tasks"},
        {"[1-2]", "\"[1-2]\" is no task"},
    };
    struct taskset s = {0};

    (void)state;
    assert_int_equal(taskset_parse(&s, "7", NULL), 0);
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct diag d = DIAG_INIT;

        assert_int_equal(taskset_parse(&s, rows[i].typed, &d), -EINVAL);
        if (strstr(d.text, rows[i].says) == NULL)
            fail_msg("\"%s\": says \"%s\", expected \"%s\"", rows[i].typed, d.text, rows[i].says);
        assert_set(&s, "7");
    }
    taskset_release(&s);
}

static void test_of_slurm(void **state)
{
    static const struct {
        const char *text, *read;
    } rows[] = {
        {"1-4,8-9%2", "1-4,8-9"},
        {"0-8:2", "0,2,4,6,8"},
        {"0-8:2%1", "0,2,4,6,8"},
        {"3", "3"},
        {"", ""},
        {"1-4,...", "1-4"}, /* cut short by libslurm */
        {"1-4,x", "1-4"},
        {"4-1", ""},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct taskset s = {0};

        taskset_add_slurm(&s, rows[i].text);
        assert_set(&s, rows[i].read);
        taskset_release(&s);
    }
}

/* Every set of few numbers, against sets of bits. */
static void test_against_bits(void **state)
{
    (void)state;
    for (unsigned x = 0; x < 256; x++)
        for (unsigned y = 0; y < 256; y++) {
            struct taskset a = {0}, b = {0}, both, rest;

            for (uint32_t i = 8; i-- > 0;) /* the one downwards, the other upwards */
                if (x >> i & 1)
                    taskset_add(&a, i, i);
            for (uint32_t i = 0; i < 8; i++)
                if (y >> i & 1)
                    taskset_add(&b, i, i);
            both = taskset_both(&a, &b);
            rest = taskset_without(&a, &b);
            for (uint32_t i = 0; i < 9; i++) {
                assert_int_equal(taskset_has(&a, i), i < 8 && (x >> i & 1));
                assert_int_equal(taskset_has(&both, i), i < 8 && (x & y) >> i & 1);
                assert_int_equal(taskset_has(&rest, i), i < 8 && (x & ~y) >> i & 1);
            }
            for (uint32_t i = 1; i < a.count; i++)
                assert_true(a.v[i - 1].to + 1 < a.v[i].from);
            taskset_release(&a);
            taskset_release(&b);
            taskset_release(&both);
            taskset_release(&rest);
        }
}

static void test_text_without_room(void **state)
{
    struct taskset s = {0};
    char text[8];

    (void)state;
    assert_int_equal(taskset_parse(&s, "1-2,4-5", NULL), 0);
    assert_true(taskset_text(&s, text, sizeof(text)));
    assert_false(taskset_text(&s, text, 7));
    assert_string_equal(text, "");
    taskset_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typed),
        cmocka_unit_test(test_typed_wrong),
        cmocka_unit_test(test_of_slurm),
        cmocka_unit_test(test_against_bits),
        cmocka_unit_test(test_text_without_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
