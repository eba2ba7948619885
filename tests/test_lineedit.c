/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line being typed: moving and erasing whole characters, its limits, and where the cursor shows. */
#include "widgets/lineedit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static void assert_line(const struct lineedit *e, const char *text, size_t cursor)
{
    assert_string_equal(e->text, text);
    assert_int_equal(e->len, strlen(text));
    assert_int_equal(e->cursor, cursor);
}

static void type(struct lineedit *e, const char *text)
{
    for (; *text; text++)
        assert_true(lineedit_insert(e, (unsigned char)*text));
}

static void test_typing(void **state)
{
    struct lineedit e = {0};

    (void)state;
    type(&e, "ac");
    lineedit_move(&e, LINEEDIT_LEFT);
    type(&e, "b");
    assert_line(&e, "abc", 2);
    assert_true(lineedit_insert(&e, 0x7de8));
    assert_line(&e, "ab編c", 5);
    lineedit_move(&e, LINEEDIT_LEFT);
    assert_line(&e, "ab編c", 2);
    lineedit_move(&e, LINEEDIT_RIGHT);
    lineedit_move(&e, LINEEDIT_ERASE_BACK);
    assert_line(&e, "abc", 2);
    lineedit_move(&e, LINEEDIT_ERASE);
    assert_line(&e, "ab", 2);
    lineedit_move(&e, LINEEDIT_ERASE);
    lineedit_move(&e, LINEEDIT_RIGHT);
    assert_line(&e, "ab", 2);
    lineedit_move(&e, LINEEDIT_HOME);
    lineedit_move(&e, LINEEDIT_LEFT);
    lineedit_move(&e, LINEEDIT_ERASE_BACK);
    assert_line(&e, "ab", 0);
    lineedit_move(&e, LINEEDIT_END);
    assert_line(&e, "ab", 2);
    lineedit_move(&e, LINEEDIT_ERASE_ALL);
    assert_line(&e, "", 0);
}

static void test_words(void **state)
{
    static const struct {
        const char *before, *after;
    } rows[] = {
        {"one two", "one "},
        {"one two  ", "one "},
        {"one", ""},
        {"/a/b/c.sh", "/a/b/"},
        {"/a/b/", "/a/b"},
        {"/", ""},
        {"  ", ""},
        {"", ""},
        {"a 編譯", "a "},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct lineedit e;

        lineedit_set(&e, rows[i].before);
        lineedit_move(&e, LINEEDIT_ERASE_WORD);
        assert_line(&e, rows[i].after, strlen(rows[i].after));
    }
}

/* A text that is selected: the next character takes its place, any move makes it a text as any other. */
static void test_selected(void **state)
{
    struct canvas c;
    struct lineedit e;

    (void)state;
    canvas_init(&c, 10, 1);
    lineedit_suggest(&e, "old");
    lineedit_draw(&e, &c, (struct rect){1, 0, 8, 1}, ROLE_TEXT);
    for (int x = 0; x < 10; x++)
        assert_int_equal(canvas_at(&c, x, 0)->under, x >= 1 && x < 4 ? UNDER_SELECTED : UNDER_NONE);
    assert_false(lineedit_insert(&e, '\n'));
    assert_line(&e, "old", 3);
    type(&e, "new");
    assert_line(&e, "new", 3);
    canvas_clear(&c);
    lineedit_draw(&e, &c, (struct rect){1, 0, 8, 1}, ROLE_TEXT);
    assert_int_equal(canvas_at(&c, 1, 0)->under, UNDER_NONE);
    for (int move = LINEEDIT_LEFT; move <= LINEEDIT_END; move++) {
        lineedit_suggest(&e, "old");
        lineedit_move(&e, (enum lineedit_move)move);
        type(&e, "x");
        assert_int_equal(e.len, 4);
    }
    lineedit_suggest(&e, "old");
    lineedit_move(&e, LINEEDIT_ERASE_BACK);
    assert_line(&e, "ol", 2);
    lineedit_suggest(&e, "");
    assert_false(e.selected);
    canvas_release(&c);
}

static void test_refused(void **state)
{
    static const uint32_t bad[] = {0, 1, '\t', '\n', 27, 127, 0x80, 0x9b, 0x110000, UINT32_MAX};
    struct lineedit e;

    (void)state;
    lineedit_set(&e, "x");
    for (size_t i = 0; i < KF_LEN(bad); i++)
        assert_false(lineedit_insert(&e, bad[i]));
    assert_line(&e, "x", 1);
}

static void test_full(void **state)
{
    char text[LINEEDIT_BYTES + 50];
    struct lineedit e = {0};

    (void)state;
    for (int i = 0; i < LINEEDIT_BYTES - 1; i++)
        assert_true(lineedit_insert(&e, 'a'));
    assert_false(lineedit_insert(&e, 'a'));
    lineedit_move(&e, LINEEDIT_ERASE_BACK);
    assert_false(lineedit_insert(&e, 0x7de8)); /* three bytes do not fit into one */
    assert_true(lineedit_insert(&e, 'b'));
    assert_int_equal(e.len, LINEEDIT_BYTES - 1);
    /* a longer text is cut between characters */
    for (size_t i = 0; i + 3 < sizeof(text); i += 3)
        memcpy(text + i, "編", 4);
    lineedit_set(&e, text);
    assert_int_equal(e.len % 3, 0);
    assert_true(e.len > LINEEDIT_BYTES - 4 && e.cursor == e.len);
}

/* The cursor is in sight wherever it stands, in every width. */
static void test_cursor_in_sight(void **state)
{
    struct canvas c;

    (void)state;
    canvas_init(&c, 40, 1);
    for (int width = 1; width <= 30; width++) {
        struct lineedit e;

        lineedit_set(&e, "make ARCH=arm64 編譯 defconfig -j8");
        for (;;) {
            canvas_clear(&c);
            lineedit_draw(&e, &c, (struct rect){5, 0, width, 1}, ROLE_TEXT);
            assert_in_range(c.cursor_x, 5, 5 + width - 1);
            assert_int_equal(c.cursor_y, 0);
            assert_int_equal(canvas_at(&c, 5 + width, 0)->text[0], ' ');
            if (e.cursor == 0)
                break;
            lineedit_move(&e, LINEEDIT_LEFT);
        }
    }
    canvas_release(&c);
}

/* A file name need not be UTF-8, and erasing in one can bring bytes together into a character that
   reaches over the cursor. */
static void test_not_utf8(void **state)
{
    static const char bytes[] = "\xc3 \xa9\xf0\x9f a\x98\x80/\xe7\xb7";
    struct canvas c;

    (void)state;
    canvas_init(&c, 12, 1);
    for (unsigned seed = 0; seed < 2000; seed++) {
        unsigned random = seed;
        struct lineedit e;

        lineedit_set(&e, bytes);
        for (int i = 0; i < 12; i++) {
            random = random * 1103515245u + 12345u;
            lineedit_move(&e, (enum lineedit_move)(random >> 16) % LINEEDIT_ERASE_ALL);
            assert_true(e.cursor <= e.len && e.len == strlen(e.text));
            lineedit_draw(&e, &c, (struct rect){0, 0, 1 + i % 9, 1}, ROLE_TEXT);
            assert_in_range(c.cursor_x, 0, i % 9);
        }
    }
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typing),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_selected),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_cursor_in_sight),
        cmocka_unit_test(test_not_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
