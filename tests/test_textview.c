/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scrolling text whose end grows and whose beginning is dropped; spans; scrolling sideways. */
#include "widgets/textview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

struct text {
    uint64_t first, end;
    const struct text_line *line; /* of every number; NULL: the number itself */
    char scratch[32];
};

static void get_line(void *user, uint64_t number, struct text_line *out)
{
    struct text *t = user;

    assert_true(number >= t->first && number < t->end); /* nothing else is asked for */
    if (t->line) {
        *out = *t->line;
        return;
    }
    snprintf(t->scratch, sizeof(t->scratch), "%llu", (unsigned long long)number);
    out->p = t->scratch;
    out->n = strlen(t->scratch);
}

static struct text_source source_of(struct text *t)
{
    return (struct text_source){.user = t, .first = t->first, .end = t->end, .line = get_line};
}

static void assert_drawn(
    struct textview *v, struct text *t, int w, int h, const char *expected, const char *roles)
{
    struct text_source s = source_of(t);
    struct buf b = BUF_INIT;
    struct canvas c;

    canvas_init(&c, w + 1, h);
    canvas_fill(&c, (struct rect){w, 0, 1, h}, ROLE_BORDER, "|");
    textview_draw(v, &s, &c, (struct rect){0, 0, w, h});
    for (int y = 0; y < h; y++)
        assert_int_equal(canvas_at(&c, w, y)->text[0], '|'); /* not beyond its edge */
    canvas_fill(&c, (struct rect){w, 0, 1, h}, ROLE_TEXT, " ");
    canvas_dump(&c, &b);
    assert_string_equal(buf_str(&b), expected);
    if (roles) {
        buf_clear(&b);
        canvas_dump_roles(&c, &b);
        assert_string_equal(buf_str(&b), roles);
    }
    buf_release(&b);
    canvas_release(&c);
}

static void test_following(void **state)
{
    struct text t = {.end = 2};
    struct textview v = {.following = true};

    (void)state;
    assert_drawn(&v, &t, 5, 3, "0\n1\n\n", NULL);
    t.end = 10;
    assert_drawn(&v, &t, 5, 3, "7\n8\n9\n", NULL);
    t.first = 9; /* nearly all was dropped */
    assert_drawn(&v, &t, 5, 3, "9\n\n\n", NULL);
    t.first = 0;
    t.end = 0;
    assert_drawn(&v, &t, 5, 3, "\n\n\n", NULL);
}

static void test_place_does_not_move(void **state)
{
    struct text t = {.end = 20};
    struct textview v = {.following = true, .page = 3};
    struct text_source s = source_of(&t);

    (void)state;
    textview_move(&v, &s, -5, true);
    assert_false(v.following);
    assert_drawn(&v, &t, 5, 3, "12\n13\n14\n", NULL);
    t.end = 100; /* lines come: the reader's place stays */
    t.first = 5;
    assert_drawn(&v, &t, 5, 3, "12\n13\n14\n", NULL);
    t.first = 50; /* his lines are gone: the oldest */
    assert_drawn(&v, &t, 5, 3, "50\n51\n52\n", NULL);
    t.first = 0; /* another text, shorter */
    t.end = 10;
    assert_drawn(&v, &t, 5, 3, "7\n8\n9\n", NULL);
}

static void test_moving(void **state)
{
    struct text t = {.end = 20};
    struct text_source s = source_of(&t);
    struct textview v = {.page = 5};

    (void)state;
    textview_move(&v, &s, -3, true);
    assert_true(v.top == 0 && !v.following);
    textview_move(&v, &s, 4, true);
    assert_true(v.top == 4 && !v.following);
    textview_move(&v, &s, 1000000, true);
    assert_true(v.top == 15 && v.following);
    textview_move(&v, &s, -1, true);
    assert_true(v.top == 14 && !v.following);
    textview_move(&v, &s, 1, false); /* a text that does not grow is not followed */
    assert_true(v.top == 15 && !v.following);
    textview_home(&v, &s);
    assert_true(v.top == 0 && !v.following);
    textview_end(&v, &s, true);
    assert_true(v.top == 15 && v.following);
    textview_move(&v, &s, -(int64_t)UINT32_MAX, true);
    assert_true(v.top == 0 && !v.following);
    t.first = t.end = 3; /* nothing there */
    s = source_of(&t);
    textview_move(&v, &s, 5, true);
    textview_move(&v, &s, -5, true);
    assert_true(v.top == 3);
}

static void test_spans(void **state)
{
    static const struct text_line line = {.p = "ab cd ef",
        .n = 8,
        .role = ROLE_LOG_ERROR,
        .spans = {{0, 2, ROLE_LOG_SOURCE}, {6, 2, ROLE_GOOD}},
        .span_count = 2};
    /* spans that lie outside, or in one another, do no harm and lose no text */
    static const struct text_line wild = {.p = "ab cd ef",
        .n = 8,
        .role = ROLE_LOG_ERROR,
        .spans = {{0, 5, ROLE_LOG_SOURCE}, {3, 1, ROLE_GOOD}, {7, 9, ROLE_BAD},
            {UINT32_MAX, UINT32_MAX, ROLE_BAD}},
        .span_count = 4};
    struct text t = {.end = 1, .line = &line};
    struct textview v = {0};

    (void)state;
    assert_drawn(&v, &t, 10, 1, "ab cd ef\n", "ss EE gg\n");
    t.line = &wild;
    assert_drawn(&v, &t, 10, 1, "ab cd ef\n", NULL);
}

static void test_cut_and_pan(void **state)
{
    static const struct text_line line = {
        .p = "0123456編9", .n = 11, .spans = {{3, 4, ROLE_BAD}}, .span_count = 1};
    struct text t = {.end = 1, .line = &line};
    struct textview v = {0};

    (void)state;
    assert_drawn(&v, &t, 10, 1, "0123456編9\n", NULL); /* just fits: not marked as cut */
    assert_drawn(&v, &t, 6, 1, "01234…\n", NULL);
    assert_drawn(&v, &t, 1, 1, "0\n", NULL);
    textview_pan(&v, -8);
    assert_int_equal(v.left, 0);
    textview_pan(&v, 4);
    assert_drawn(&v, &t, 10, 1, "456編9\n", "!!!\n");
    textview_pan(&v, 4); /* half a wide character is left out */
    assert_drawn(&v, &t, 10, 1, " 9\n", NULL);
    textview_pan(&v, 1000);
    assert_drawn(&v, &t, 10, 1, "\n", NULL);
}

static void test_tabs_scrolled(void **state)
{
    static const struct text_line line = {.p = "\tx\ty", .n = 4};
    struct text t = {.end = 1, .line = &line};
    struct textview v = {0};

    (void)state;
    assert_drawn(&v, &t, 20, 1, "        x       y\n", NULL);
    textview_pan(&v, 8);
    assert_drawn(&v, &t, 20, 1, "x       y\n", NULL);
}

static bool is_odd(void *user, uint64_t number)
{
    (void)user;
    return number % 2 == 1;
}

/* Guards lines that are passed over: they are not drawn, not counted by moves, and the end is the last one
   that is shown. */
static void test_hidden(void **state)
{
    struct text t = {.end = 20};
    struct textview v = {.following = true};
    struct text_source s = source_of(&t);
    struct buf b = BUF_INIT;
    struct canvas c;

    (void)state;
    s.hidden = is_odd;
    canvas_init(&c, 4, 3);
    textview_draw(&v, &s, &c, (struct rect){0, 0, 4, 3});
    canvas_dump(&c, &b);
    assert_string_equal(buf_str(&b), "14\n16\n18\n");
    textview_move(&v, &s, -2, true);
    assert_int_equal(v.top, 10);
    assert_false(v.following);
    textview_move(&v, &s, 1, true);
    assert_int_equal(v.top, 12);
    textview_move(&v, &s, 9, true);
    assert_int_equal(v.top, 14);
    assert_true(v.following);
    textview_go(&v, &s, 8);
    assert_int_equal(v.top, 6);
    textview_home(&v, &s);
    v.top = 5; /* it has been hidden since */
    canvas_clear(&c);
    textview_draw(&v, &s, &c, (struct rect){0, 0, 4, 3});
    buf_clear(&b);
    canvas_dump(&c, &b);
    assert_string_equal(buf_str(&b), "6\n8\n10\n");
    buf_release(&b);
    canvas_release(&c);
}

/* Guards wrapped lines: rows are what one moves by, also within a line that is higher than the view, and a tab
   and wide letters take the columns they are drawn in. */
static void test_wrapped(void **state)
{
    static const struct text_line lines[] = {
        {.p = "abcdefghij", .n = 10}, {.p = "short", .n = 5}, {.p = "1234567890123456", .n = 16}};
    struct text t = {.end = 3};
    struct textview v = {.wrap = true};

    (void)state;
    for (size_t i = 0; i < KF_LEN(lines); i++) {
        t.line = &lines[i]; /* each of them three times */
        v.top = 0;
        v.skip = 0;
        assert_drawn(&v, &t, 5, 4,
            i == 0   ? "abcde\nfghij\nabcde\nfghij\n"
            : i == 1 ? "short\nshort\nshort\n\n"
                     : "12345\n67890\n12345\n6\n",
            NULL);
    }
    {
        struct text_source s = source_of(&t);

        textview_move(&v, &s, 3, true);
        assert_true(v.top == 0 && v.skip == 3);
        assert_drawn(&v, &t, 5, 4, "6\n12345\n67890\n12345\n", NULL);
        textview_move(&v, &s, 1, true);
        assert_true(v.top == 1 && v.skip == 0);
        textview_move(&v, &s, -2, true);
        assert_true(v.top == 0 && v.skip == 2);
        textview_end(&v, &s, true);
        assert_true(v.top == 2 && v.skip == 0);
        assert_drawn(
            &v, &t, 5, 3, "67890\n12345\n6\n", NULL); /* the end, of a line that does not fit */
        textview_move(&v, &s, -1, true);
        assert_true(v.top == 2 && v.skip == 0 && !v.following);
    }
}

static bool is_first(void *user, uint64_t number)
{
    (void)user;
    return number == 0;
}

/* Guards the view when its first line, of several rows, has just been hidden: it is not empty. */
static void test_wrapped_and_hidden(void **state)
{
    static const struct text_line line = {.p = "abcdefghij", .n = 10};
    struct text t = {.end = 3, .line = &line};
    struct textview v = {.wrap = true};
    struct text_source s = source_of(&t);
    struct buf b = BUF_INIT;
    struct canvas c;

    (void)state;
    s.hidden = is_first;
    canvas_init(&c, 5, 3);
    textview_draw(&v, &s, &c, (struct rect){0, 0, 5, 3});
    canvas_dump(&c, &b);
    assert_string_equal(buf_str(&b), "abcde\nfghij\nabcde\n");
    assert_int_equal(v.top, 1);
    assert_int_equal(v.bottom, 2);
    assert_true(textview_at_top(&v, &s));
    textview_move(&v, &s, 1, true);
    assert_false(textview_at_top(&v, &s));
    buf_release(&b);
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_following),
        cmocka_unit_test(test_place_does_not_move),
        cmocka_unit_test(test_moving),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_cut_and_pan),
        cmocka_unit_test(test_tabs_scrolled),
        cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_wrapped),
        cmocka_unit_test(test_wrapped_and_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
