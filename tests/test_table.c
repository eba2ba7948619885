/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The selection is an id and survives whatever happens to the rows; columns never leave their place. */
#include "widgets/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

struct rows {
    uint64_t ids[64];
    const char *text; /* of every cell; NULL: the row's id */
    unsigned asked; /* cells */
};

static uint64_t get_id(void *user, uint32_t row)
{
    return ((struct rows *)user)->ids[row];
}

static void get_cell(void *user, uint32_t row, int column, struct table_cell *out)
{
    struct rows *r = user;

    r->asked++;
    assert_int_equal(out->text[0], 0);
    assert_int_equal(out->role, ROLE_TEXT);
    assert_true(out->meter < 0);
    if (r->text)
        snprintf(out->text, sizeof(out->text), "%s", r->text);
    else
        snprintf(out->text, sizeof(out->text), "%c%d", 'a' + column, (int)r->ids[row]);
}

static struct table_source source_of(struct rows *r, uint32_t count)
{
    return (struct table_source){r, count, get_id, get_cell, NULL};
}

/* Rows 1 … n. */
static struct table_source numbered(struct rows *r, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        r->ids[i] = i + 1;
    return source_of(r, n);
}

static const struct table_column one[] = {{.title = "ID", .min = 3, .max = 5, .priority = 1}};

static char *draw(struct table *t, const struct table_source *s, const struct table_column *columns,
    int count, int w, int h)
{
    struct canvas c;
    struct buf b = BUF_INIT;

    canvas_init(&c, w, h);
    table_draw(t, s, columns, count, &c, (struct rect){0, 0, w, h}, true);
    canvas_dump(&c, &b);
    canvas_release(&c);
    return b.p;
}

static void assert_drawn(
    struct table *t, const struct table_source *s, int w, int h, const char *expected)
{
    char *text = draw(t, s, one, 1, w, h);

    assert_string_equal(text, expected);
    free(text);
}

static void test_selection_stays_on_its_id(void **state)
{
    struct rows r = {0};
    struct table t = {0};
    struct table_source s = numbered(&r, 10);

    (void)state;
    table_sync(&t, &s);
    assert_true(t.has_selected && t.selected == 1);
    assert_true(table_select(&t, &s, 7));
    assert_false(table_select(&t, &s, 99));
    assert_true(t.selected == 7);
    for (int i = 0; i < 10; i++) /* reversed */
        r.ids[i] = (uint64_t)(10 - i);
    table_sync(&t, &s);
    assert_true(t.selected == 7 && t.cursor == 3);
    memmove(r.ids + 2, r.ids, 10 * sizeof(r.ids[0])); /* two come in front */
    r.ids[0] = 50;
    r.ids[1] = 51;
    s.count = 12;
    table_sync(&t, &s);
    assert_true(t.selected == 7 && t.cursor == 5);
    memmove(r.ids, r.ids + 4, 8 * sizeof(r.ids[0])); /* four go in front */
    s.count = 8;
    table_sync(&t, &s);
    assert_true(t.selected == 7 && t.cursor == 1);
}

static void test_selection_that_goes(void **state)
{
    struct rows r = {0};
    struct table t = {0};
    struct table_source s = numbered(&r, 5);

    (void)state;
    table_select(&t, &s, 3);
    memmove(r.ids + 2, r.ids + 3, 2 * sizeof(r.ids[0]));
    s.count = 4;
    table_sync(&t, &s);
    assert_true(t.selected == 4 && t.cursor == 2); /* who took its place */
    table_select(&t, &s, 5);
    s.count = 3;
    table_sync(&t, &s);
    assert_true(t.selected == 4 && t.cursor == 2); /* the last one now */
    s.count = 0;
    table_sync(&t, &s);
    assert_false(t.has_selected);
    table_move(&t, &s, 5);
    assert_false(t.has_selected);
    s = numbered(&r, 2);
    table_sync(&t, &s);
    assert_true(t.has_selected && t.selected == 1);
}

static void test_moving(void **state)
{
    struct rows r = {0};
    struct table t = {0};
    struct table_source s = numbered(&r, 20);

    (void)state;
    table_sync(&t, &s);
    table_move(&t, &s, -1);
    assert_true(t.selected == 1);
    table_move(&t, &s, 3);
    assert_true(t.selected == 4);
    table_move(&t, &s, INT64_MAX / 2);
    assert_true(t.selected == 20);
    table_move(&t, &s, -(int64_t)UINT32_MAX);
    assert_true(t.selected == 1);
}

static void test_scrolling(void **state)
{
    struct rows r = {0};
    struct table t = {0};
    struct table_source s = numbered(&r, 20);

    (void)state;
    table_sync(&t, &s);
    assert_drawn(&t, &s, 8, 4, " ID\n▸a1\n a2\n a3\n");
    table_move(&t, &s, 4);
    assert_drawn(&t, &s, 8, 4, " ID\n a3\n a4\n▸a5\n");
    table_move(&t, &s, -1);
    assert_drawn(&t, &s, 8, 4, " ID\n a3\n▸a4\n a5\n"); /* the view stays while it can */
    assert_int_equal(t.shown.y, 2);
    assert_int_equal(t.shown.w, 8);
    table_move(&t, &s, 100);
    assert_drawn(&t, &s, 8, 4, " ID\n a18\n a19\n▸a20\n");
    s.count = 2; /* no empty rows below the last one */
    table_sync(&t, &s);
    assert_drawn(&t, &s, 8, 4, " ID\n a1\n▸a2\n\n");
    r.asked = 0;
    s = numbered(&r, 60);
    free(draw(&t, &s, one, 1, 8, 4));
    assert_true(r.asked <= 6); /* only what is shown is asked for */
}

/* Nothing is drawn outside the rectangle, in whatever width, height and with whatever text. */
static void test_every_width(void **state)
{
    static const struct table_column columns[] = {
        {.title = "JOB", .min = 5, .max = 16, .priority = 1},
        {.title = "NAME", .min = 6, .max = 24, .priority = 2},
        {.title = "USER", .min = 4, .max = 10, .priority = 3},
        {.title = "PRIORITY",
            .min = 2,
            .max = 4,
            .priority = 5,
            .right = true,
            .sorted = true,
            .descending = true},
        {.title = "WHY", .min = 16, .max = 0, .priority = 1},
        {.title = "LAST", .min = 3, .max = 5, .priority = 7, .right = true}};
    static const char *const texts[] = {
        "", "x", "編譯編譯編譯編譯編譯", "a long text, longer than any"};

    (void)state;
    for (int w = 1; w <= 200; w++)
        for (size_t i = 0; i < KF_LEN(texts); i++) {
            struct rows r = {.text = texts[i]};
            struct table_source s = numbered(&r, 5);
            struct table t = {0};
            struct canvas c;

            canvas_init(&c, w + 6, 6);
            canvas_fill(&c, (struct rect){0, 0, w + 6, 6}, ROLE_BORDER, "#");
            canvas_fill(&c, (struct rect){3, 1, w, 4}, ROLE_TEXT, " ");
            table_sync(&t, &s);
            table_draw(&t, &s, columns, (int)KF_LEN(columns), &c, (struct rect){3, 1, w, 4}, true);
            for (int y = 0; y < 6; y++)
                for (int x = 0; x < w + 6; x++)
                    if (y < 1 || y > 4 || x < 3 || x >= w + 3)
                        assert_int_equal(canvas_at(&c, x, y)->text[0], '#');
            canvas_release(&c);
        }
}

static void test_narrow_priority(void **state)
{
    static const struct table_column columns[] = {
        {.title = "AAAA", .min = 4, .max = 4, .priority = 1},
        {.title = "BBBB", .min = 4, .max = 4, .priority = 3},
        {.title = "CCCC", .min = 4, .max = 4, .priority = 2},
        {.title = "DDDD", .min = 4, .max = 4, .priority = 3}};
    static const struct {
        int width;
        const char *titles;
    } rows[] = {{20, " AAAA BBBB CCCC DDDD\n"}, {19, " AAAA BBBB CCCC\n"},
        {15, " AAAA BBBB CCCC\n"}, {14, " AAAA CCCC\n"}, {9, " AAAA\n"}, {5, " AAAA\n"},
        {4, " AAA\n"}, {3, "\n"}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct rows r = {.text = "x"};
        struct table_source s = numbered(&r, 1);
        struct table t = {0};
        char *text = draw(&t, &s, columns, (int)KF_LEN(columns), rows[i].width, 1);

        assert_string_equal(text, rows[i].titles);
        free(text);
    }
}

/* Columns grow with what is shown and do not shrink while the data ticks; a new width starts anew. */
static void test_widths_do_not_jump(void **state)
{
    static const struct table_column columns[] = {{.title = "A", .min = 2, .max = 6, .priority = 1},
        {.title = "B", .min = 2, .max = 0, .priority = 1}};
    struct rows r = {.text = "12345678"};
    struct table_source s = numbered(&r, 1);
    struct table t = {0};
    char *text;

    (void)state;
    text = draw(&t, &s, columns, 2, 20, 2);
    assert_string_equal(text, " A      B\n …      12345678\n");
    free(text);
    r.text = "1";
    text = draw(&t, &s, columns, 2, 20, 2);
    assert_string_equal(text, " A      B\n 1      1\n");
    free(text);
    text = draw(&t, &s, columns, 2, 21, 2);
    assert_string_equal(text, " A  B\n 1  1\n");
    free(text);
}

/* Guards counts that a stranger's log makes large: of 800000 nobody must see 80000. */
static void test_cut_number_is_marked(void **state)
{
    static const struct {
        struct table_column column;
        const char *text, *drawn;
    } rows[] = {
        {{.title = "WARN", .min = 4, .max = 5, .priority = 1, .right = true, .whole = true},
            "800000", "  WARN\n     …\n"},
        {{.title = "NODE", .min = 4, .max = 12, .priority = 1}, "node[10-20,30]",
            " NODE\n node[10-20,…\n"},
        {{.title = "NODE", .min = 4, .max = 10, .priority = 1}, "node[10-20,30]",
            " NODE\n node[10-…\n"},
        {{.title = "NAME", .min = 4, .max = 5, .priority = 1}, "800000", " NAME\n …\n"},
        {{.title = "WHAT", .min = 4, .max = 22, .priority = 1, .path = true},
            "/src/linux/fs/inode.c:231: oops", " WHAT\n …/fs/inode.c:231: oops\n"},
        {{.title = "WHAT", .min = 4, .max = 16, .priority = 1, .path = true},
            "/src/linux/fs/inode.c:231: oops", " WHAT\n …/inode.c:231: …\n"},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct rows r = {.text = rows[i].text};
        struct table_source s = numbered(&r, 1);
        struct table t = {0};
        char *text = draw(&t, &s, &rows[i].column, 1, 40, 2);

        assert_string_equal(text, rows[i].drawn);
        free(text);
    }
}

/* Guards the edge of a narrow pane: a number that does not fit there goes as a whole, a text is cut. */
static void test_edge(void **state)
{
    static const struct table_column columns[] = {
        {.title = "ID", .min = 6, .max = 6, .priority = 1},
        {.title = "N", .min = 6, .max = 6, .priority = 1, .right = true, .whole = true},
        {.title = "T", .min = 6, .max = 6, .priority = 1}};
    static const struct {
        int width;
        const char *drawn;
    } rows[] = {{21, " ID          N T\n 123456 123456 123456\n"},
        {20, " ID          N T\n 123456 123456 …\n"},
        {17, " ID          N T\n 123456 123456 …\n"}, {16, " ID          N\n 123456 123456\n"},
        {13, " ID     T\n 123456 …\n"}, {5, " ID\n …\n"}};

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct rows r = {.text = "123456"};
        struct table_source s = numbered(&r, 1);
        struct table t = {0};
        char *text = draw(&t, &s, columns, 3, rows[i].width, 2);

        assert_string_equal(text, rows[i].drawn);
        free(text);
    }
}

/* One cannot see colours everywhere: the title must show in words which way the rows are sorted. */
static void test_sorted_title_has_a_sign(void **state)
{
    static const struct table_column up[] = {
        {.title = "ID", .min = 4, .max = 5, .priority = 1, .sorted = true}};
    static const struct table_column down[] = {
        {.title = "ID", .min = 4, .max = 5, .priority = 1, .sorted = true, .descending = true}};
    struct rows r = {0};
    struct table_source s = numbered(&r, 1);
    struct table t = {0};
    char *plain = draw(&t, &s, one, 1, 10, 2), *a = draw(&t, &s, up, 1, 10, 2),
         *b = draw(&t, &s, down, 1, 10, 2);
    bool told = strcmp(plain, a) != 0 && strcmp(a, b) != 0;

    (void)state;
    free(plain);
    free(a);
    free(b);
    assert_true(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selection_stays_on_its_id),
        cmocka_unit_test(test_selection_that_goes),
        cmocka_unit_test(test_moving),
        cmocka_unit_test(test_scrolling),
        cmocka_unit_test(test_every_width),
        cmocka_unit_test(test_narrow_priority),
        cmocka_unit_test(test_widths_do_not_jump),
        cmocka_unit_test(test_cut_number_is_marked),
        cmocka_unit_test(test_edge),
        cmocka_unit_test(test_sorted_title_has_a_sign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
