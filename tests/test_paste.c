/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is pasted text, and when it is over. */
#include "tui/paste.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/keys.h"

static void test_marks(void **state)
{
    struct paste p = {0};

    (void)state;
    assert_int_equal(paste_take(&p, 'a', 0), PASTE_NONE);
    assert_int_equal(paste_take(&p, KEYCODE_PASTE_END, 0), PASTE_PASSED);
    assert_int_equal(paste_take(&p, 'a', 0), PASTE_NONE);
    assert_int_equal(paste_take(&p, KEYCODE_PASTE_BEGIN, 10), PASTE_PASSED);
    assert_int_equal(paste_take(&p, 'a', 10), PASTE_TEXT);
    assert_int_equal(paste_take(&p, 'b', 10 + PASTE_SILENT_MS - 1), PASTE_TEXT);
    assert_int_equal(paste_due_ms(&p), 0);
    assert_int_equal(paste_take(&p, KEYCODE_PASTE_END, 99999), PASTE_PASSED);
    assert_int_equal(paste_take(&p, 'c', 99999), PASTE_NONE);
}

/* A key that stays alone after the silence is a person's, and ends the paste. */
static void test_alone(void **state)
{
    struct paste p = {0};
    bool text = true;

    (void)state;
    paste_take(&p, KEYCODE_PASTE_BEGIN, 0);
    assert_int_equal(paste_take(&p, 'm', PASTE_SILENT_MS), PASTE_HELD);
    assert_int_equal(paste_due_ms(&p), PASTE_SILENT_MS + PASTE_BURST_MS);
    assert_int_equal(paste_release(&p, false, PASTE_SILENT_MS + PASTE_BURST_MS - 1, &text), 0);
    assert_int_equal(paste_release(&p, false, PASTE_SILENT_MS + PASTE_BURST_MS, &text), 'm');
    assert_false(text);
    assert_false(p.on);
    assert_int_equal(paste_due_ms(&p), 0);
    assert_int_equal(paste_release(&p, true, 99999, &text), 0);
    assert_int_equal(paste_take(&p, 'n', 99999), PASTE_NONE);
    /* the next key may come before the clock was looked at */
    paste_take(&p, KEYCODE_PASTE_BEGIN, 0);
    assert_int_equal(paste_take(&p, 'm', PASTE_SILENT_MS), PASTE_HELD);
    text = true;
    assert_int_equal(paste_release(&p, true, PASTE_SILENT_MS + PASTE_BURST_MS, &text), 'm');
    assert_false(text);
    assert_int_equal(paste_take(&p, 'n', PASTE_SILENT_MS + PASTE_BURST_MS), PASTE_NONE);
}

/* A burst after the silence is what a slow line held up. */
static void test_burst(void **state)
{
    struct paste p = {0};
    bool text = false;

    (void)state;
    paste_take(&p, KEYCODE_PASTE_BEGIN, 0);
    assert_int_equal(paste_take(&p, 'm', 5000), PASTE_HELD);
    assert_int_equal(paste_release(&p, true, 5001, &text), 'm');
    assert_true(text);
    assert_int_equal(paste_take(&p, 'n', 5001), PASTE_TEXT);
    assert_int_equal(paste_take(&p, 'o', 5001 + PASTE_SILENT_MS), PASTE_HELD);
    text = false;
    assert_int_equal(paste_release(&p, true, 5002 + PASTE_SILENT_MS, &text), 'o');
    assert_true(text);
    assert_int_equal(paste_take(&p, KEYCODE_PASTE_END, 5002 + PASTE_SILENT_MS), PASTE_PASSED);
    assert_int_equal(paste_take(&p, 'p', 5002 + PASTE_SILENT_MS), PASTE_NONE);
}

static void test_size(void **state)
{
    struct paste p = {0};

    (void)state;
    paste_take(&p, KEYCODE_PASTE_BEGIN, 0);
    for (int i = 0; i < PASTE_MAX; i++)
        assert_int_equal(paste_take(&p, 'x', 0), PASTE_TEXT);
    assert_int_equal(paste_take(&p, 'x', 0), PASTE_FULL);
    for (int i = 0; i < 3 * PASTE_MAX; i++)
        assert_int_equal(paste_take(&p, 'q', 0), PASTE_PASSED);
    assert_int_equal(paste_take(&p, KEYCODE_PASTE_END, 0), PASTE_PASSED);
    assert_int_equal(paste_take(&p, 'q', 0), PASTE_NONE);
}

/* A clock that is set back neither ends a paste nor makes it last for ever. */
static void test_clock_set_back(void **state)
{
    struct paste p = {0};
    bool text = true;

    (void)state;
    paste_take(&p, KEYCODE_PASTE_BEGIN, 1000000);
    assert_int_equal(paste_take(&p, 'a', 500), PASTE_TEXT);
    assert_int_equal(paste_take(&p, 'b', 500 + PASTE_SILENT_MS), PASTE_HELD);
    assert_int_equal(paste_release(&p, false, 0, &text), 'b');
    assert_false(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_clock_set_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
