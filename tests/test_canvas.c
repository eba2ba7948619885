/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that makes text of strangers harmless, and clipping. */
#include "widgets/canvas.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/utf8.h"

/* Every cell holds one harmless character of the right width, and rows are as wide as the canvas. */
static void assert_sound(const struct canvas *c)
{
    for (int y = 0; y < c->rows; y++)
        for (int x = 0; x < c->cols;) {
            const struct cell *at = canvas_at(c, x, y);
            uint32_t cp = 0;
            size_t used;
            int width;

            assert_in_range(at->len, 1, CELL_BYTES);
            used = utf8_decode(at->text, at->len, &cp);
            width = utf8_width(cp);
            assert_in_range(width, 1, 2);
            if (width == 2) {
                assert_true(x + 1 < c->cols);
                assert_int_equal(canvas_at(c, x + 1, y)->len, 0);
            }
            while (used < at->len) {
                used += utf8_decode(at->text + used, at->len - used, &cp);
                assert_int_equal(utf8_width(cp), 0);
                assert_int_not_equal(cp, UTF8_REPLACEMENT);
            }
            x += width;
        }
}

static void assert_screen(const struct canvas *c, const char *expected)
{
    struct buf b = BUF_INIT;

    assert_sound(c);
    canvas_dump(c, &b);
    assert_string_equal(buf_str(&b), expected);
    buf_release(&b);
}

static void assert_shown(const char *text, size_t n, const char *expected)
{
    struct canvas c;
    struct buf b = BUF_INIT;

    canvas_init(&c, 20, 1);
    canvas_text(&c, 0, 0, 20, ROLE_TEXT, text, n);
    buf_addf(&b, "%s\n", expected);
    assert_screen(&c, buf_str(&b));
    buf_release(&b);
    canvas_release(&c);
}

static void test_harmless(void **state)
{
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"plain", "plain"},
        {"\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
        {"\x1b]52;c;eA==\a", "␛]52;c;eA==␇"},
        {"a\nb\rc", "a␊b␍c"},
        {"\x7f\b", "␡␈"},
        {"\xc2\x9b"
         "2J",
            "�2J"}, /* C1: CSI */
        {"\xc2\x90q\xc2\x9c", "�q�"}, /* DCS … ST */
        {"\x9b"
         "2J",
            "�2J"}, /* the bare byte */
        {"a\xe2\x80\xae"
         "exe.b",
            "a�exe.b"}, /* right-to-left override */
        {"\xe2\x81\xa6x\xe2\x81\xa9", "�x�"},
        {"\xd8\x9cx\xe2\x80\x8fy", "�x�y"},
        {"a\xe2\x80\xa8"
         "b\xe2\x80\xa9"
         "c",
            "a�b�c"}, /* line and paragraph separator */
        {"a\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf\xc2\xad"
         "b",
            "ab"}, /* invisible ones */
        {"a\xcd\x8f\xe1\x9e\xb4\xe1\xa0\x8b\xe1\xa0\x8f"
         "b",
            "ab"}, /* joiner, Khmer vowel, Mongolian selectors */
        {"\xe2\x9d\xa4\xef\xb8\x8fx", "❤x"}, /* a selector that makes it two columns wide */
        {"\xe1\x85\x9f\xe1\x85\xa0\xe3\x85\xa4\xef\xbe\xa0", "����"}, /* Hangul fillers */
        {"\xef\xbf\xb0x", "�x"},
        {"\xf3\xa0\x81\xa1x", "�x"}, /* tags */
        {"\xef\xbf\xb9x", "�x"}, /* annotation */
        {"\xcc\x81x", "x"}, /* a mark without a character */
        {"e\xcc\x81x", "é"
                       "x"},
        {"編譯x", "編譯x"},
        {"\xff\xfe\xc3(", "���("},
        {"\xed\xa0\x80", "���"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        /* the combined é is compared as it was written: character and mark */
        const char *shown = strcmp(rows[i].shown, "éx") == 0 ? "e\xcc\x81x" : rows[i].shown;

        assert_shown(rows[i].text, strlen(rows[i].text), shown);
    }
    assert_shown("a\0b", 3, "a␀b");
}

/* Any byte at any place of a text with a wide and a combined character. */
static void test_every_byte_everywhere(void **state)
{
    static const char text[] = "a編e\xcc\x81😀z";
    char changed[sizeof(text)];
    struct canvas c;

    (void)state;
    canvas_init(&c, 7, 1);
    for (size_t at = 0; at < sizeof(text) - 1; at++)
        for (int byte = 0; byte < 256; byte++)
            for (int width = 0; width <= 8; width++) {
                memcpy(changed, text, sizeof(text));
                changed[at] = (char)byte;
                canvas_clear(&c);
                assert_in_range(
                    canvas_text(&c, 0, 0, width, ROLE_TEXT, changed, sizeof(text) - 1), 0, 7);
                assert_sound(&c);
            }
    canvas_release(&c);
}

static void test_tabs(void **state)
{
    struct canvas c;

    (void)state;
    canvas_init(&c, 20, 2);
    assert_int_equal(canvas_str(&c, 0, 0, 20, ROLE_TEXT, "a\tb\t\tc"), 20);
    assert_int_equal(canvas_str(&c, 3, 1, 10, ROLE_TEXT, "\tx\t"), 10);
    assert_screen(&c, "a       b\n           x\n");
    canvas_release(&c);
}

static void test_wide_at_the_edge(void **state)
{
    struct canvas c;

    (void)state;
    canvas_init(&c, 5, 3);
    assert_int_equal(canvas_str(&c, 0, 0, 5, ROLE_TEXT, "編譯器"), 4);
    assert_int_equal(canvas_str(&c, 4, 1, 5, ROLE_TEXT, "編"), 0);
    assert_int_equal(canvas_str(&c, 0, 2, 3, ROLE_TEXT, "編譯"), 2);
    assert_screen(&c, "編譯\n\n編\n");
    canvas_release(&c);
}

/* Half a wide character never stays behind, whichever half is written over, by whatever. */
static void test_overwritten_halves(void **state)
{
    static const char *const over[] = {"x", "編", "xy", "\xcc\x81", "\t"};
    struct canvas c;

    (void)state;
    canvas_init(&c, 6, 1);
    for (int x = 0; x < 6; x++)
        for (size_t i = 0; i < KF_LEN(over); i++)
            for (int offset = 0; offset < 2; offset++) {
                canvas_clear(&c);
                canvas_str(&c, offset, 0, 6, ROLE_TEXT, "編譯器");
                canvas_str(&c, x, 0, 2, ROLE_BAD, over[i]);
                assert_sound(&c);
                canvas_fill(&c, (struct rect){x, 0, 1, 1}, ROLE_TEXT, "─");
                assert_sound(&c);
            }
    canvas_clear(&c);
    canvas_str(&c, 0, 0, 6, ROLE_TEXT, "編譯器");
    canvas_str(&c, 1, 0, 2, ROLE_TEXT, "xy");
    assert_screen(&c, " xy 器\n");
    canvas_release(&c);
}

static void test_combining_overflow(void **state)
{
    struct buf text = BUF_INIT;
    struct canvas c;

    (void)state;
    buf_addc(&text, 'e');
    for (int i = 0; i < 1000; i++)
        buf_adds(&text, "\xcc\x81");
    buf_adds(&text, "編\xcc\x81z");
    canvas_init(&c, 4, 1);
    assert_int_equal(canvas_text(&c, 0, 0, 4, ROLE_TEXT, text.p, text.len), 4);
    assert_sound(&c);
    assert_int_equal(canvas_at(&c, 0, 0)->len, 1 + 2 * ((CELL_BYTES - 1) / 2));
    assert_int_equal(canvas_at(&c, 1, 0)->len, 5); /* the mark of the wide one */
    assert_int_equal(canvas_at(&c, 3, 0)->text[0], 'z');
    canvas_release(&c);
    buf_release(&text);
}

static void test_clipping(void **state)
{
    static const int edges[] = {INT_MIN / 2, -100, -2, -1, 0, 1, 2, 3, 4, 5, 100, INT_MAX / 2};
    struct canvas c;

    (void)state;
    canvas_init(&c, 4, 3);
    for (size_t i = 0; i < KF_LEN(edges); i++)
        for (size_t k = 0; k < KF_LEN(edges); k++)
            for (size_t w = 0; w < KF_LEN(edges); w++) {
                struct rect r = {edges[i], edges[k], edges[w], edges[(w + i) % KF_LEN(edges)]};

                canvas_text(&c, r.x, r.y, r.w, ROLE_TEXT, "編abc", 6);
                canvas_right(&c, r.x, r.y, r.w, ROLE_TEXT, "編abc");
                canvas_fill(&c, r, ROLE_BORDER, "─");
                canvas_under(&c, r, UNDER_DIALOG);
                canvas_tint(&c, r, ROLE_DIM);
                if (r.w >= -100 && r.w <= 100)
                    canvas_meter(&c, r.x, r.y, r.w, 0.5, ROLE_METER);
                assert_sound(&c);
            }
    canvas_release(&c);
}

/* "oversized" as a caller may say it: all the rest. */
static void test_largest_rectangle(void **state)
{
    struct canvas c;

    (void)state;
    canvas_init(&c, 4, 3);
    canvas_fill(&c, (struct rect){1, 1, INT_MAX, INT_MAX}, ROLE_BORDER, "─");
    assert_screen(&c, "\n ───\n ───\n");
    canvas_release(&c);
}

static void test_right(void **state)
{
    struct canvas c;

    (void)state;
    canvas_init(&c, 10, 6);
    canvas_right(&c, 2, 0, 6, ROLE_TEXT, "12");
    canvas_right(&c, 2, 1, 6, ROLE_TEXT, "1234567890"); /* cut behind, it keeps its beginning */
    canvas_right(&c, 2, 2, 0, ROLE_TEXT, "12");
    canvas_right(&c, 2, 3, -5, ROLE_TEXT, "12");
    canvas_right(&c, 0, 4, 4, ROLE_TEXT,
        "a\x1b"
        "b");
    canvas_right(&c, 0, 5, 4, ROLE_TEXT,
        "a\xe2\x80\xae"
        "b"); /* a bidi control takes a column */
    assert_screen(&c, "      12\n  123456\n\n\n a␛b\n a�b\n");
    canvas_release(&c);
}

static void test_meter_and_spark(void **state)
{
    static const uint32_t values[] = {0, 1, 4, 8, UINT32_MAX};
    static const double parts[] = {-1, 0, 0.01, 0.5, 0.999, 1, 7};
    struct canvas c;

    (void)state;
    canvas_init(&c, 8, 1);
    for (size_t i = 0; i < KF_LEN(parts); i++)
        for (int width = 0; width <= 9; width++) {
            canvas_meter(&c, 0, 0, width, parts[i], ROLE_METER);
            assert_sound(&c);
        }
    canvas_clear(&c);
    canvas_meter(&c, 0, 0, 8, 0.5, ROLE_METER);
    assert_screen(&c, "████····\n");
    canvas_clear(&c);
    canvas_spark(&c, 0, 0, 8, values, 4, ROLE_DIM);
    assert_screen(&c, "    ▁▁▄█\n");
    canvas_spark(&c, 0, 0, 8, values, 5, ROLE_DIM); /* no overflow */
    canvas_spark(&c, 0, 0, 2, values, 5, ROLE_DIM);
    canvas_spark(&c, 0, 0, 0, values, 0, ROLE_DIM);
    assert_sound(&c);
    canvas_release(&c);
}

static void test_roles(void **state)
{
    struct buf b = BUF_INIT;
    struct canvas c;

    (void)state;
    canvas_init(&c, 6, 3);
    canvas_str(&c, 0, 0, 6, ROLE_BAD, "a b");
    canvas_under(&c, (struct rect){0, 1, 4, 1}, UNDER_SELECTED);
    canvas_str(&c, 1, 1, 1, ROLE_GOOD, "x");
    canvas_under(&c, (struct rect){0, 2, 6, 1}, UNDER_DIALOG);
    canvas_dump_roles(&c, &b);
    assert_string_equal(buf_str(&b), "! !\n>g>>\ndddddd\n");
    buf_release(&b);
    canvas_release(&c);
    /* letters and names tell roles apart */
    for (int i = 0; i < ROLE_COUNT; i++)
        for (int k = 0; k < i; k++) {
            assert_int_not_equal(role_letter((enum role)i), role_letter((enum role)k));
            assert_string_not_equal(role_name((enum role)i), role_name((enum role)k));
        }
}

static void test_sizes(void **state)
{
    struct canvas c;

    (void)state;
    canvas_init(&c, 0, -3);
    assert_int_equal(c.cols, 1);
    assert_int_equal(c.rows, 1);
    canvas_resize(&c, 3, 2);
    canvas_str(&c, 0, 1, 3, ROLE_TEXT, "abcdef");
    assert_screen(&c, "\nabc\n");
    canvas_resize(&c, 2, 2);
    assert_screen(&c, "\n\n");
    assert_true(c.cursor_x < 0);
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_harmless),
        cmocka_unit_test(test_every_byte_everywhere),
        cmocka_unit_test(test_tabs),
        cmocka_unit_test(test_wide_at_the_edge),
        cmocka_unit_test(test_overwritten_halves),
        cmocka_unit_test(test_combining_overflow),
        cmocka_unit_test(test_clipping),
        cmocka_unit_test(test_largest_rectangle),
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_meter_and_spark),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
