/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands on nodes have written. */
#include "tui/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static struct text_line line_of(struct output *o, uint64_t number)
{
    struct text_source s = output_source(o);
    struct text_line line = {.role = ROLE_TEXT};

    assert_true(number >= s.first && number < s.end);
    s.line(s.user, number, &line);
    return line;
}

static void test_lines(void **state)
{
    struct output o = {0};
    struct text_line line;

    (void)state;
    assert_true(output_source(&o).end == 0);
    output_addf(&o, ROLE_TITLE, NULL, "%s on %s", "12:00:00", "node1");
    output_add(&o, ROLE_WARN, "node1", "a\0b", 3);
    output_add(&o, ROLE_TEXT, "node1", "", 0);
    output_add(&o, ROLE_TEXT, NULL, "", 0);
    line = line_of(&o, 0);
    assert_memory_equal(line.p, "12:00:00 on node1", line.n);
    assert_int_equal(line.role, ROLE_TITLE);
    assert_int_equal(line.span_count, 0);
    line = line_of(&o, 1);
    assert_int_equal(line.n, 10); /* NULs are part of it */
    assert_memory_equal(line.p, "node1: a\0b", line.n);
    assert_int_equal(line.role, ROLE_WARN);
    assert_int_equal(line.span_count, 1); /* who wrote it */
    assert_int_equal(line.spans[0].length, 7);
    assert_int_equal(line.spans[0].role, ROLE_DIM);
    assert_int_equal(line_of(&o, 2).n, 7);
    assert_int_equal(line_of(&o, 3).n, 0);
    output_release(&o);
    output_release(&o);
}

/* Guards the memory against output without end, and the reader against not knowing of it. */
static void test_the_oldest_go(void **state)
{
    struct output o = {0};
    struct text_source s;
    struct text_line line;

    (void)state;
    for (int i = 0; i < OUTPUT_LINES; i++)
        output_addf(&o, ROLE_TEXT, "node1", "%d", i);
    assert_memory_equal(line_of(&o, 0).p, "node1: 0", 9);
    for (int i = 0; i < 25; i++)
        output_addf(&o, ROLE_TEXT, "node1", "%d", OUTPUT_LINES + i);
    s = output_source(&o);
    assert_int_equal(s.end - s.first, OUTPUT_LINES);
    assert_int_equal(s.first, 25); /* a reader's place does not move under him */
    line = line_of(&o, s.first);
    assert_non_null(strstr(line.p, "26 lines before this are gone"));
    assert_int_equal(line.role, ROLE_WARN);
    assert_int_equal(line.span_count, 0);
    assert_memory_equal(line_of(&o, 26).p, "node1: 26", 10);
    output_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_the_oldest_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
