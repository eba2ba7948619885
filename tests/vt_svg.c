/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two passes over the cells: grounds, then what stands on them. Rectangles go through add_rect(),
 * which joins one with the rectangle before it where it can: a row of U+2500 is one rectangle.
 * The sizes are odd so that a line of one pixel has a middle to stand in.
 */
#include "tests/vt_svg.h"

#include <string.h>

#include "base/utf8.h"

#define CELL_W   9 /* pixels */
#define CELL_H   19
#define BASELINE 14 /* below the top of a cell */
#define FONT     14.95 /* DejaVu Sans Mono is 9 pixels wide at this size */
#define PAD      12
#define MID_X    4 /* the column and row of pixels that single lines stand in */
#define MID_Y    9
#define APART    2 /* the two lines of a double line stand this far from there */

#define GROUND 0x16181du
#define INK    0xd5d8deu

struct svg {
    struct buf *out;
    /* the rectangle not written yet; none if w is 0 */
    double x, y, w, h;
    uint32_t rgb;
    int percent;
};

/* What a cell looks like once reverse, dim and the cursor are applied. */
struct look {
    uint32_t ink, ground;
    bool bold, italic;
};

/* ---- rectangles ---- */

static void flush_rect(struct svg *s)
{
    if (s->w <= 0)
        return;
    buf_addf(s->out, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"#%06x\"", s->x,
        s->y, s->w, s->h, s->rgb);
    if (s->percent < 100)
        buf_addf(s->out, " fill-opacity=\".%02d\"", s->percent);
    buf_adds(s->out, "/>\n");
    s->w = 0;
}

static void add_rect(
    struct svg *s, double x, double y, double w, double h, uint32_t rgb, int percent)
{
    if (s->w > 0 && s->rgb == rgb && s->percent == percent) {
        if (s->y == y && s->h == h && x >= s->x && x <= s->x + s->w) {
            s->w = x + w > s->x + s->w ? x + w - s->x : s->w;
            return;
        }
        if (s->x == x && s->w == w && y >= s->y && y <= s->y + s->h) {
            s->h = y + h > s->y + s->h ? y + h - s->y : s->h;
            return;
        }
    }
    flush_rect(s);
    s->x = x;
    s->y = y;
    s->w = w;
    s->h = h;
    s->rgb = rgb;
    s->percent = percent;
}

/* ---- boxes, U+2500..257F ---- */

/* Up, right, down, left, a digit each: 0 none, 1 light, 2 heavy, 3 double. Source: the names of the
   characters in the Unicode chart "Box Drawing". */
static const uint16_t boxes[128] = {
    0x0101, 0x0202, 0x1010, 0x2020, 0x0101, 0x0202, 0x1010, 0x2020, /* 2500 ─━│┃┄┅┆┇ */
    0x0101, 0x0202, 0x1010, 0x2020, 0x0110, 0x0210, 0x0120, 0x0220, /* 2508 ┈┉┊┋┌┍┎┏ */
    0x0011, 0x0012, 0x0021, 0x0022, 0x1100, 0x1200, 0x2100, 0x2200, /* 2510 ┐┑┒┓└┕┖┗ */
    0x1001, 0x1002, 0x2001, 0x2002, 0x1110, 0x1210, 0x2110, 0x1120, /* 2518 ┘┙┚┛├┝┞┟ */
    0x2120, 0x2210, 0x1220, 0x2220, 0x1011, 0x1012, 0x2011, 0x1021, /* 2520 ┠┡┢┣┤┥┦┧ */
    0x2021, 0x2012, 0x1022, 0x2022, 0x0111, 0x0112, 0x0211, 0x0212, /* 2528 ┨┩┪┫┬┭┮┯ */
    0x0121, 0x0122, 0x0221, 0x0222, 0x1101, 0x1102, 0x1201, 0x1202, /* 2530 ┰┱┲┳┴┵┶┷ */
    0x2101, 0x2102, 0x2201, 0x2202, 0x1111, 0x1112, 0x1211, 0x1212, /* 2538 ┸┹┺┻┼┽┾┿ */
    0x2111, 0x1121, 0x2121, 0x2112, 0x2211, 0x1122, 0x1221, 0x2212, /* 2540 ╀╁╂╃╄╅╆╇ */
    0x1222, 0x2122, 0x2221, 0x2222, 0x0101, 0x0202, 0x1010, 0x2020, /* 2548 ╈╉╊╋╌╍╎╏ */
    0x0303, 0x3030, 0x0310, 0x0130, 0x0330, 0x0013, 0x0031, 0x0033, /* 2550 ═║╒╓╔╕╖╗ */
    0x1300, 0x3100, 0x3300, 0x1003, 0x3001, 0x3003, 0x1310, 0x3130, /* 2558 ╘╙╚╛╜╝╞╟ */
    0x3330, 0x1013, 0x3031, 0x3033, 0x0313, 0x0131, 0x0333, 0x1303, /* 2560 ╠╡╢╣╤╥╦╧ */
    0x3101, 0x3303, 0x1313, 0x3131, 0x3333, 0x0110, 0x0011, 0x1001, /* 2568 ╨╩╪╫╬╭╮╯ */
    0x1100, 0x0000, 0x0000, 0x0000, 0x0001, 0x1000, 0x0100, 0x0010, /* 2570 ╰╱╲╳╴╵╶╷ */
    0x0002, 0x2000, 0x0200, 0x0020, 0x0201, 0x1020, 0x0102, 0x2010, /* 2578 ╸╹╺╻╼╽╾╿ */
};

enum weight { NONE, LIGHT, HEAVY, DOUBLE };

/* One line from near the middle to an edge: dir 0 up, 1 right, 2 down, 3 left. It starts `begin`
   pixels from the middle outwards and stands `aside` pixels clockwise of the middle. */
static void add_line(
    struct svg *s, int x, int y, int dir, int begin, int aside, int thick, uint32_t rgb)
{
    int half = thick / 2;
    int length = (dir % 2 ? CELL_W : CELL_H) / 2 + 1 - begin;

    if (dir == 0)
        add_rect(s, x + MID_X - half + aside, y, thick, length, rgb, 100);
    else if (dir == 1)
        add_rect(s, x + MID_X + begin, y + MID_Y - half + aside, length, thick, rgb, 100);
    else if (dir == 2)
        add_rect(s, x + MID_X - half - aside, y + MID_Y + begin, thick, length, rgb, 100);
    else
        add_rect(s, x, y + MID_Y - half - aside, length, thick, rgb, 100);
}

/* One arm of a box character, so that it meets the others: `arms` as in boxes[], by direction. */
static void add_arm(struct svg *s, int x, int y, const enum weight arms[4], int dir, uint32_t rgb)
{
    enum weight own = arms[dir], opposite = arms[(dir + 2) % 4];
    /* clockwise and counter-clockwise of it */
    enum weight side[2] = {arms[(dir + 1) % 4], arms[(dir + 3) % 4]};
    bool heavy = side[0] == HEAVY || side[1] == HEAVY;
    int doubles = (side[0] == DOUBLE) + (side[1] == DOUBLE);
    int begin = 0;

    if (own == LIGHT || own == HEAVY) {
        if (!opposite) /* up to the near line, or to the far one of a corner */
            begin = doubles == 2 ? APART : (doubles == 1 ? -APART : (heavy ? -1 : 0));
        add_line(s, x, y, dir, begin, 0, own == HEAVY ? 3 : 1, rgb);
    }
    for (int i = 0; own == DOUBLE && i < 2; i++) {
        if (side[i] == DOUBLE) /* turns into that one */
            begin = APART;
        else /* goes on, goes round the outside of a corner, or ends */
            begin = !opposite && side[1 - i] == DOUBLE ? -APART : 0;
        add_line(s, x, y, dir, begin, i == 0 ? APART : -APART, 1, rgb);
    }
}

static void add_dashes(struct svg *s, int x, int y, unsigned code, uint32_t rgb)
{
    int n = code >= 0x4c ? 2 : (code >= 0x08 ? 4 : 3);
    int thick = code & 1 ? 3 : 1;
    int half = thick / 2;

    for (int i = 0; i < n; i++) {
        bool upright = code & 2;
        int size = upright ? CELL_H : CELL_W;
        int from = size * i / n, to = size * (i + 1) / n - (upright ? 2 : 1);

        if (upright)
            add_rect(s, x + MID_X - half, y + from, thick, to - from, rgb, 100);
        else
            add_rect(s, x + from, y + MID_Y - half, to - from, thick, rgb, 100);
    }
}

/* Arcs and diagonals, as paths in a cell whose corner is at 0, 0. */
static const char *curve(unsigned code)
{
    static const char *const curves[] = {
        "M4.5 19V14Q4.5 9.5 9 9.5", /* ╭ */
        "M4.5 19V14Q4.5 9.5 0 9.5", /* ╮ */
        "M4.5 0V5Q4.5 9.5 0 9.5", /* ╯ */
        "M4.5 0V5Q4.5 9.5 9 9.5", /* ╰ */
        "M0 19L9 0", /* ╱ */
        "M0 0L9 19", /* ╲ */
        "M0 19L9 0M0 0L9 19", /* ╳ */
    };

    return code >= 0x6d && code <= 0x73 ? curves[code - 0x6d] : NULL;
}

_Static_assert(CELL_W == 9 && CELL_H == 19, "the curves are drawn for this size");
_Static_assert(MID_X == CELL_W / 2 && MID_Y == CELL_H / 2, "the middle is in the middle");

static void add_box(struct svg *s, int x, int y, unsigned code, uint32_t rgb)
{
    static const int order[4] = {3, 1, 0, 2}; /* left and right together join to one rectangle */
    unsigned digits = boxes[code];
    const char *path = curve(code);

    if (path) {
        flush_rect(s);
        buf_addf(s->out,
            "<path transform=\"translate(%d %d)\" d=\"%s\" fill=\"none\" stroke=\"#%06x\""
            " shape-rendering=\"auto\"/>\n",
            x, y, path, rgb);
    } else if ((code >= 0x04 && code <= 0x0b) || (code >= 0x4c && code <= 0x4f)) {
        add_dashes(s, x, y, code, rgb);
    } else {
        const enum weight arms[4] = {digits >> 12, digits >> 8 & 15, digits >> 4 & 15, digits & 15};

        for (int i = 0; i < 4; i++)
            add_arm(s, x, y, arms, order[i], rgb);
    }
}

/* ---- blocks, U+2580..259F ---- */

static void add_block(struct svg *s, int x, int y, unsigned code, uint32_t rgb)
{
    /* 2596..259F: 1 upper left, 2 upper right, 4 lower left, 8 lower right */
    static const uint8_t quadrants[] = {4, 8, 1, 13, 9, 7, 11, 2, 6, 14};
    const double w = CELL_W, h = CELL_H;
    double part;

    if (code == 0x00) { /* ▀ */
        add_rect(s, x, y, w, h / 2, rgb, 100);
    } else if (code <= 0x08) { /* ▁…█ */
        part = h * code / 8;
        add_rect(s, x, y + h - part, w, part, rgb, 100);
    } else if (code <= 0x0f) { /* ▉…▏ */
        add_rect(s, x, y, w * (0x10 - code) / 8, h, rgb, 100);
    } else if (code == 0x10) { /* ▐ */
        add_rect(s, x + w / 2, y, w / 2, h, rgb, 100);
    } else if (code <= 0x13) { /* ░▒▓ */
        add_rect(s, x, y, w, h, rgb, 25 * ((int)code - 0x10));
    } else if (code == 0x14) { /* ▔ */
        add_rect(s, x, y, w, h / 8, rgb, 100);
    } else if (code == 0x15) { /* ▕ */
        add_rect(s, x + w - w / 8, y, w / 8, h, rgb, 100);
    } else {
        for (int i = 0; i < 4; i++) {
            if (quadrants[code - 0x16] & 1 << i)
                add_rect(s, x + (i & 1) * w / 2, y + (i >> 1) * h / 2, w / 2, h / 2, rgb, 100);
        }
    }
}

/* ---- text ---- */

static void add_escaped(struct buf *out, const char *p)
{
    for (; *p; p++) {
        if (*p == '&')
            buf_adds(out, "&amp;");
        else if (*p == '<')
            buf_adds(out, "&lt;");
        else if (*p == '>')
            buf_adds(out, "&gt;");
        else if (*p == '"')
            buf_adds(out, "&quot;");
        else if ((unsigned char)*p >= 0x20) /* control characters are not allowed in XML */
            buf_addc(out, *p);
    }
}

static uint32_t rgb_of(const struct vt_color *c, uint32_t standard)
{
    if (c->kind == VT_COLOR_DEFAULT)
        return standard;
    return (uint32_t)c->r << 16 | (uint32_t)c->g << 8 | c->b;
}

/* Three fifths of a and two of b. */
static uint32_t blend(uint32_t a, uint32_t b)
{
    uint32_t out = 0;

    for (int shift = 0; shift < 24; shift += 8)
        out |= ((a >> shift & 255) * 3 + (b >> shift & 255) * 2) / 5 << shift;
    return out;
}

static struct look look_of(const struct vt *vt, const struct vt_cell *c, int row, int col)
{
    const struct vt_modes *m = vt_modes(vt);
    bool cursor = m->cursor_visible && m->cursor_row == row && m->cursor_col == col;
    struct look l = {.ink = rgb_of(&c->fg, INK),
        .ground = rgb_of(&c->bg, GROUND),
        .bold = c->bold,
        .italic = c->italic};

    if (c->reverse != cursor) {
        uint32_t swap = l.ink;

        l.ink = l.ground;
        l.ground = swap;
    }
    if (c->dim)
        l.ink = blend(l.ink, l.ground);
    return l;
}

/* Letters that every monospaced font has in its own width: they may share an element. */
static bool in_run(const struct vt_cell *c)
{
    unsigned char first = (unsigned char)c->text[0];

    return c->width == 1 && first > ' ' && first < 0xc6 && (first < 0x80 || c->text[2] == '\0');
}

static bool same_look(const struct look *a, const struct look *b)
{
    return a->ink == b->ink && a->ground == b->ground && a->bold == b->bold &&
           a->italic == b->italic;
}

/* Writes the cells from col on that can share an element; returns how many columns that were. */
static int add_text(struct svg *s, const struct vt *vt, int row, int col)
{
    struct vt_cell c = vt_cell(vt, row, col);
    struct look look = look_of(vt, &c, row, col), next = look;
    bool run = in_run(&c);
    struct buf text = BUF_INIT;
    int n = 0;

    do {
        add_escaped(&text, c.text);
        n += run ? 1 : c.width;
        c = vt_cell(vt, row, col + n);
        next = look_of(vt, &c, row, col + n);
    } while (run && in_run(&c) && same_look(&look, &next) && col + n < vt_cols(vt));
    buf_addf(s->out, "<text x=\"%g\" y=\"%d\" textLength=\"%d\"%s fill=\"#%06x\"%s%s>%s</text>\n",
        col * CELL_W + (run ? 0 : n * CELL_W / 2.0), row * CELL_H + BASELINE, n * CELL_W,
        run ? "" : " lengthAdjust=\"spacingAndGlyphs\" text-anchor=\"middle\"", look.ink,
        look.bold ? " font-weight=\"bold\"" : "", look.italic ? " font-style=\"italic\"" : "",
        buf_str(&text));
    buf_release(&text);
    return n;
}

/* ---- the picture ---- */

static void add_grounds(struct svg *s, const struct vt *vt)
{
    for (int row = 0; row < vt_rows(vt); row++) {
        for (int col = 0; col < vt_cols(vt); col++) {
            struct vt_cell c = vt_cell(vt, row, col);
            uint32_t rgb = look_of(vt, &c, row, col).ground;

            if (rgb != GROUND)
                add_rect(s, col * CELL_W, row * CELL_H, CELL_W, CELL_H, rgb, 100);
        }
    }
    flush_rect(s);
}

/* The character if it is a box or a block, else 0. */
static uint32_t shape_of(const struct vt_cell *c)
{
    uint32_t cp = 0;

    if (c->text[0])
        utf8_decode(c->text, strlen(c->text), &cp);
    return cp >= 0x2500 && cp <= 0x259f ? cp : 0;
}

/* What stands in a cell apart from text: box, block, underline, strike. */
static void add_shapes(struct svg *s, const struct vt *vt, int row, int col)
{
    struct vt_cell c = vt_cell(vt, row, col);
    struct look look = look_of(vt, &c, row, col);
    int x = col * CELL_W, y = row * CELL_H;
    uint32_t cp = shape_of(&c);

    if (c.underline)
        add_rect(s, x, y + BASELINE + 2, CELL_W, 1, look.ink, 100);
    if (c.strike)
        add_rect(s, x, y + MID_Y, CELL_W, 1, look.ink, 100);
    if (cp >= 0x2580)
        add_block(s, x, y, cp - 0x2580, look.ink);
    else if (cp)
        add_box(s, x, y, cp - 0x2500, look.ink);
}

void vt_svg(const struct vt *vt, const char *title, struct buf *out)
{
    int w = vt_cols(vt) * CELL_W + 2 * PAD, h = vt_rows(vt) * CELL_H + 2 * PAD;
    struct svg s = {.out = out};

    buf_addf(out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
        " viewBox=\"0 0 %d %d\" role=\"img\">\n",
        w, h, w, h);
    if (title) {
        buf_adds(out, "<title>");
        add_escaped(out, title);
        buf_adds(out, "</title>\n");
    }
    buf_addf(out,
        "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#%06x\"/>\n"
        "<g transform=\"translate(%d %d)\" shape-rendering=\"crispEdges\" font-size=\"%.2fpx\""
        " font-family=\"DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace\">\n",
        w, h, GROUND, PAD, PAD, FONT);
    add_grounds(&s, vt);
    for (int row = 0; row < vt_rows(vt); row++) {
        for (int col = 0; col < vt_cols(vt); col++)
            add_shapes(&s, vt, row, col);
    }
    flush_rect(&s);
    for (int row = 0; row < vt_rows(vt); row++) {
        for (int col = 0; col < vt_cols(vt);) {
            struct vt_cell c = vt_cell(vt, row, col);

            col += c.text[0] && !shape_of(&c) ? add_text(&s, vt, row, col) : 1;
        }
    }
    buf_adds(out, "</g>\n</svg>\n");
}
