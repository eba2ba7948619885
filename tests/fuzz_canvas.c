/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of widgets/canvas.h: any bytes, drawn anywhere in a small canvas over what is there.
 * The input is a list of drawings: u8 what, i8 x, y, width, u8 length, then that many bytes of text.
 *
 * Beyond what the sanitizers see, it aborts if a cell holds anything that a terminal could obey, if
 * half a wide character is left, or if anything else than UTF-8 gets out.
 */
#include "widgets/canvas.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "widgets/lineedit.h"
#include "widgets/textview.h"

#define COLS 13
#define ROWS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool controls(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x61c ||
           (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
           (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xe0000 && cp < 0xe1000);
}

static void check_cells(const struct canvas *c)
{
    for (int y = 0; y < c->rows; y++)
        for (int x = 0; x < c->cols; x++) {
            const struct cell *at = canvas_at(c, x, y);
            int width = 0;

            must(at->len <= CELL_BYTES);
            for (size_t i = 0; i < at->len;) {
                uint32_t cp;

                i += utf8_decode(at->text + i, at->len - i, &cp);
                must(!controls(cp));
                must(i <= at->len && (width == 0) == (utf8_width(cp) > 0));
                width += utf8_width(cp);
            }
            must(at->len > 0 || (x > 0 && canvas_at(c, x - 1, y)->len > 0));
            must(width != 2 || (x + 1 < c->cols && canvas_at(c, x + 1, y)->len == 0));
            must(width != 1 || x + 1 == c->cols || canvas_at(c, x + 1, y)->len > 0);
        }
}

static void check_dump(const struct canvas *c)
{
    struct buf b = BUF_INIT;

    canvas_dump(c, &b);
    for (size_t i = 0; i < b.len;) {
        uint32_t cp;

        i += utf8_decode(b.p + i, b.len - i, &cp);
        must(cp == '\n' || !controls(cp));
    }
    buf_clear(&b);
    canvas_dump_roles(c, &b);
    buf_release(&b);
}

struct drawing {
    uint8_t what;
    int x, y, width;
    const char *text;
    size_t n;
};

static void get_line(void *user, uint64_t number, struct text_line *out)
{
    const struct drawing *d = user;

    out->p = d->text;
    out->n = d->n;
    out->span_count = 3; /* wherever they lie */
    for (int i = 0; i < out->span_count; i++)
        out->spans[i] = (struct text_span){(uint32_t)(d->what * 7 + i * 3 + (int)number),
            (uint32_t)(d->width * i), (enum role)((d->what + i) % ROLE_COUNT)};
}

static void draw_more(const struct drawing *d, struct canvas *c, struct rect r)
{
    struct text_source source = {.user = (void *)(uintptr_t)d, .end = 3, .line = get_line};
    struct textview view = {.left = d->y & 15};
    struct lineedit edit = {0};
    char *text = xmemdup0(d->text, d->n);

    if (d->what & 1) {
        textview_draw(&view, &source, c, (struct rect){0, 0, d->width & 15, ROWS});
    } else {
        lineedit_set(&edit, text);
        for (int i = 0; i < d->x; i++)
            lineedit_move(&edit, LINEEDIT_LEFT);
        lineedit_move(&edit, (enum lineedit_move)(d->what / 8 % (LINEEDIT_ERASE_ALL + 1)));
        must(edit.len == strlen(edit.text) && edit.cursor <= edit.len);
        lineedit_draw(&edit, c, (struct rect){0, 0, KF_MAX(r.w & 15, 1), 1}, ROLE_TEXT);
        must(c->cursor_x < KF_MAX(r.w & 15, 1));
    }
    free(text);
}

static void draw(const struct drawing *d, struct canvas *c)
{
    struct rect r = {d->x, d->y, d->width, d->what / 8};
    char *text = xmemdup0(d->text, d->n);
    int used;

    switch (d->what % 8) {
    case 0:
    case 1:
        used = canvas_text(c, d->x, d->y, d->width, ROLE_BAD, d->text, d->n);
        must(used >= 0 && used <= KF_MAX(d->width, 0) && used <= COLS);
        break;
    case 2:
        canvas_right(c, d->x, d->y, d->width, ROLE_GOOD, text);
        break;
    case 3:
        canvas_fill(c, r, ROLE_BORDER, "─");
        break;
    case 4:
        canvas_under(c, r, UNDER_SELECTED);
        canvas_tint(c, r, ROLE_DIM);
        break;
    case 5:
        canvas_meter(c, d->x, d->y, d->width, (double)d->n / 50, ROLE_METER);
        break;
    default:
        draw_more(d, c, r);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct canvas c;

    canvas_init(&c, COLS, ROWS);
    while (size >= 5) {
        struct drawing d = {data[0], (int8_t)data[1] % (COLS + 4), (int8_t)data[2] % (ROWS + 2),
            (int8_t)data[3] % (COLS + 8), (const char *)data + 5, data[4]};

        d.n = KF_MIN(d.n, size - 5);
        data += 5 + d.n;
        size -= 5 + d.n;
        draw(&d, &c);
        check_cells(&c);
    }
    check_dump(&c);
    canvas_release(&c);
    return 0;
}
