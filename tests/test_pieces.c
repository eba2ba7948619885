/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of pieces: what matters least gives way, and nothing is cut without a sign. */
#include "widgets/pieces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static void assert_line(const struct pieces *p, int width, const char *expected)
{
    struct canvas c;
    struct buf b = BUF_INIT;
    int used;

    canvas_init(&c, 80, 1);
    used = pieces_draw(p, &c, (struct rect){0, 0, width, 1});
    assert_in_range(used, 0, width);
    canvas_dump(&c, &b);
    b.p[b.len - 1] = '\0'; /* the newline */
    assert_string_equal(b.p, expected);
    buf_release(&b);
    canvas_release(&c);
}

/* Guards "ETA 00:04" for four minutes and "1 he" for one that is held. */
static void test_numbers_stay_whole(void **state)
{
    struct pieces p = {0};

    (void)state;
    pieces_add(&p, 1, ROLE_TEXT, "RUNNING");
    pieces_add(&p, 3, ROLE_TEXT, " of %s", "03:00:00");
    pieces_add(&p, 2, ROLE_TEXT, " ETA %s", "00:04:00");
    pieces_add(&p, 3, ROLE_TEXT, " 1 held");
    assert_line(&p, 39, "RUNNING of 03:00:00 ETA 00:04:00 1 held");
    assert_line(&p, 38, "RUNNING of 03:00:00 ETA 00:04:00");
    assert_line(&p, 31, "RUNNING ETA 00:04:00");
    assert_line(&p, 19, "RUNNING");
    assert_line(&p, 6, "");
    assert_line(&p, 0, "");
}

/* Guards titles of panes, whose text ended at the edge as if that were all. */
static void test_text_is_cut_with_a_sign(void **state)
{
    struct pieces p = {0};

    (void)state;
    pieces_add(&p, 1, ROLE_TEXT, "Log of 42");
    pieces_text(&p, 3, 6, ROLE_TEXT, " kernel_build");
    pieces_text(&p, 2, 6, ROLE_TEXT, " on node2");
    pieces_add(&p, 9, ROLE_TEXT, "%s", ""); /* nothing takes no place */
    assert_int_equal(p.count, 3);
    assert_line(&p, 31, "Log of 42 kernel_build on node2");
    assert_line(&p, 30, "Log of 42 kernel_bui… on node2");
    assert_line(&p, 24, "Log of 42 kern… on node2");
    assert_line(&p, 23, "Log of 42 on node2");
    assert_line(&p, 17, "Log of 42 on nod…");
    assert_line(&p, 14, "Log of 42");
    assert_line(&p, 3, "");
}

static void test_too_many(void **state)
{
    struct pieces p = {0};

    (void)state;
    for (int i = 0; i < 2 * PIECES_MAX; i++)
        pieces_add(&p, 1, ROLE_TEXT, "%d", i % 10);
    assert_int_equal(p.count, PIECES_MAX);
    assert_line(&p, 5, "01234");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_stay_whole),
        cmocka_unit_test(test_text_is_cut_with_a_sign),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
