/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the program draws. libvterm keeps the cells; three things it does not tell are taken from
 * the control sequences on their way to it: the modes of pastes, focus and synchronized updates,
 * and "dim", which it does not know. Dim is kept as its attribute "font" (SGR 10..19), which
 * terminals ignore and which it stores, moves and resets with the cell: SGR 2 goes in as 12, 22 as
 * 22;10.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "tests/vt_impl.h"

#define DIM_FONT 2
#define CSI_MAX  256 /* bytes; a longer sequence is left out */

/* What a dark terminal of today shows for the 16 named colours. */
static const uint8_t palette[16][3] = {
    {0x1d, 0x20, 0x26},
    {0xe0, 0x5f, 0x65},
    {0x78, 0xb8, 0x6b},
    {0xd9, 0xa8, 0x4e},
    {0x5b, 0x9b, 0xe0},
    {0xb8, 0x7f, 0xd9},
    {0x4f, 0xb3, 0xbf},
    {0xc5, 0xc8, 0xce},
    {0x6b, 0x72, 0x80},
    {0xf2, 0x7f, 0x84},
    {0x98, 0xd4, 0x8b},
    {0xf0, 0xc6, 0x74},
    {0x82, 0xb7, 0xf2},
    {0xd0, 0xa3, 0xee},
    {0x7a, 0xd1, 0xdb},
    {0xf4, 0xf5, 0xf7},
};

/* ---- libvterm's callbacks ---- */

static void set_title(struct vt *vt, const VTermValue *value)
{
    char *title = vt->modes.title;
    size_t n, old = 0;
    const char *p;

#if VTERM_VERSION_MAJOR > 0 || VTERM_VERSION_MINOR > 1
    p = value->string.str;
    n = value->string.len;
    if (!value->string.initial)
        old = strlen(title);
#else
    p = value->string;
    n = strlen(p);
#endif
    n = KF_MIN(n, sizeof(vt->modes.title) - 1 - old);
    if (n)
        memcpy(title + old, p, n);
    title[old + n] = '\0';
    vt->modes.title_set = true;
}

static int on_termprop(VTermProp prop, VTermValue *value, void *user)
{
    struct vt *vt = user;

    if (prop == VTERM_PROP_CURSORVISIBLE)
        vt->modes.cursor_visible = value->boolean;
    else if (prop == VTERM_PROP_ALTSCREEN)
        vt->modes.alternate = value->boolean;
    else if (prop == VTERM_PROP_MOUSE)
        vt->modes.mouse = (enum vt_mouse_mode)value->number;
    else if (prop == VTERM_PROP_TITLE)
        set_title(vt, value);
    return 1;
}

static int on_movecursor(VTermPos pos, VTermPos old, int visible, void *user)
{
    struct vt *vt = user;

    (void)old;
    (void)visible;
    vt->modes.cursor_row = pos.row;
    vt->modes.cursor_col = pos.col;
    return 1;
}

static void on_output(const char *p, size_t n, void *user)
{
    struct vt *vt = user;

    buf_add(&vt->out, p, n);
}

static const VTermScreenCallbacks callbacks = {
    .movecursor = on_movecursor,
    .settermprop = on_termprop,
};

void vt_screen_open(struct vt *vt)
{
    vt->term = vterm_new(vt->rows, vt->cols);
    vterm_set_utf8(vt->term, 1);
    vterm_output_set_callback(vt->term, on_output, vt);
    vt->screen = vterm_obtain_screen(vt->term);
    vterm_screen_set_callbacks(vt->screen, &callbacks, vt);
    vterm_screen_enable_altscreen(vt->screen, 1);
    vterm_screen_reset(vt->screen, 1);
    vt->row_text = xcalloc((size_t)vt->rows, sizeof(*vt->row_text));
    vt->csi.max = CSI_MAX;
}

static void release_rows(struct vt *vt)
{
    for (int i = 0; vt->row_text && i < vt->rows; i++)
        buf_release(&vt->row_text[i]);
    free(vt->row_text);
}

void vt_screen_resize(struct vt *vt, int cols, int rows)
{
    release_rows(vt);
    vt->cols = cols;
    vt->rows = rows;
    vt->row_text = xcalloc((size_t)rows, sizeof(*vt->row_text));
    vterm_set_size(vt->term, rows, cols);
}

void vt_screen_close(struct vt *vt)
{
    release_rows(vt);
    vterm_free(vt->term);
    buf_release(&vt->csi);
    buf_release(&vt->filtered);
    buf_release(&vt->text);
}

/* ---- control sequences on their way to libvterm ---- */

/* "2;31;38;5;2" → "12;31;38;5;2" and so on; appended to vt->filtered. */
static void rewrite_sgr(struct vt *vt, const char *p)
{
    int colour = 0; /* parameters that still belong to a 38, 48 or 58; -1: its kind comes next */
    bool first = true;
    bool drop = false; /* they belong to an underline colour, which libvterm does not know */

    for (;;) {
        size_t n = strcspn(p, ";");
        const char *out = NULL;

        if (colour != 0) {
            colour = colour > 0 ? colour - 1 : (*p == '2' ? 3 : 1);
        } else if (n == 2 && strchr("345", p[0]) && p[1] == '8') {
            colour = -1;
            drop = p[0] == '5';
        } else {
            drop = false;
            if (n == 1 && *p == '2')
                out = "12";
            else if (n == 2 && strncmp(p, "22", 2) == 0)
                out = "22;10";
        }
        if (!drop) {
            if (!first)
                buf_addc(&vt->filtered, ';');
            buf_add(&vt->filtered, out ? out : p, out ? strlen(out) : n);
            first = false;
        }
        if (p[n] == '\0')
            break;
        p += n + 1;
    }
    if (first) /* nothing is left, and an empty list would mean "reset": say what is ignored */
        buf_adds(&vt->filtered, "99");
}

/* "?1000;1006" and 'h': notes the modes, and writes one sequence for each, because libvterm 0.1 only
   looks at the first. */
static void split_modes(struct vt *vt, const char *p, char final)
{
    bool on = final == 'h';

    for (p++; *p; p += *p == ';') {
        long mode = strtol(p, NULL, 10);
        size_t n = strcspn(p, ";");

        if (mode == 2004)
            vt->modes.paste = on;
        else if (mode == 1004)
            vt->modes.focus = on;
        else if (mode == 2026)
            vt->modes.sync = on;
        buf_addf(&vt->filtered, "\033[?%.*s%c", (int)n, p, final);
        p += n;
    }
}

/* A whole control sequence: vt->csi and its final byte. */
static void csi_end(struct vt *vt, char final)
{
    const char *p = buf_str(&vt->csi);
    size_t numbers = strspn(p + (*p == '?'), "0123456789;:") + (*p == '?');

    vt->input_state = VT_INPUT_GROUND;
    if (vt->csi.overflow)
        return;
    if (*p == '?' && numbers == vt->csi.len && (final == 'h' || final == 'l')) {
        split_modes(vt, p, final);
        return;
    }
    buf_adds(&vt->filtered, "\033[");
    if (final == 'm' && *p != '?' && numbers > 0 && numbers == vt->csi.len)
        rewrite_sgr(vt, p);
    else
        buf_add(&vt->filtered, p, vt->csi.len);
    buf_addc(&vt->filtered, final);
}

static void filter_byte(struct vt *vt, char c)
{
    switch (vt->input_state) {
    case VT_INPUT_GROUND:
        if (c == '\033')
            vt->input_state = VT_INPUT_ESC;
        else
            buf_addc(&vt->filtered, c);
        break;
    case VT_INPUT_ESC:
        if (c == '[') {
            buf_clear(&vt->csi);
            vt->input_state = VT_INPUT_CSI;
            break;
        }
        if (c == 'c') /* reset */
            vt->modes.paste = vt->modes.focus = vt->modes.sync = false;
        buf_addc(&vt->filtered, '\033');
        if (c != '\033') {
            buf_addc(&vt->filtered, c);
            vt->input_state = VT_INPUT_GROUND;
        }
        break;
    case VT_INPUT_CSI:
        if (c >= 0x40 && c <= 0x7e) {
            csi_end(vt, c);
        } else if (c >= 0x20 && c < 0x40) {
            buf_addc(&vt->csi, c);
        } else { /* broken off */
            vt->input_state = c == '\033' ? VT_INPUT_ESC : VT_INPUT_GROUND;
        }
        break;
    }
}

void vt_screen_feed(struct vt *vt, const char *p, size_t n)
{
    VTermPos cursor;

    buf_clear(&vt->filtered);
    for (size_t i = 0; i < n; i++)
        filter_byte(vt, p[i]);
    if (vt->filtered.len)
        vterm_input_write(vt->term, vt->filtered.p, vt->filtered.len);
    vterm_state_get_cursorpos(vterm_obtain_state(vt->term), &cursor);
    vt->modes.cursor_row = cursor.row;
    vt->modes.cursor_col = cursor.col;
}

/* ---- looking at it ---- */

/* xterm's 256 colours; libvterm's own cube has other steps. */
static void palette_rgb(struct vt_color *c)
{
    int i = c->index - 16;
    int levels[3] = {i / 36, i / 6 % 6, i % 6};
    uint8_t *rgb[3] = {&c->r, &c->g, &c->b};

    for (int k = 0; k < 3; k++) {
        if (c->index < 16)
            *rgb[k] = palette[c->index][k];
        else if (c->index < 232)
            *rgb[k] = (uint8_t)(levels[k] ? 55 + 40 * levels[k] : 0);
        else
            *rgb[k] = (uint8_t)(8 + 10 * (c->index - 232));
    }
}

static struct vt_color get_color(const VTermColor *c)
{
    struct vt_color out = {.kind = VT_COLOR_DEFAULT};

    if (VTERM_COLOR_IS_DEFAULT_FG(c) || VTERM_COLOR_IS_DEFAULT_BG(c))
        return out;
    if (VTERM_COLOR_IS_INDEXED(c)) {
        out.kind = VT_COLOR_INDEX;
        out.index = c->indexed.idx;
        palette_rgb(&out);
        return out;
    }
    out.kind = VT_COLOR_RGB;
    out.r = c->rgb.red;
    out.g = c->rgb.green;
    out.b = c->rgb.blue;
    return out;
}

struct vt_cell vt_cell(const struct vt *vt, int row, int col)
{
    struct vt_cell out = {.width = 1};
    VTermScreenCell c = {0};
    size_t n = 0;

    if (row < 0 || row >= vt->rows || col < 0 || col >= vt->cols ||
        !vterm_screen_get_cell(vt->screen, (VTermPos){.row = row, .col = col}, &c))
        return out;
    out.width = c.chars[0] == UINT32_MAX ? 0 : c.width;
    for (int i = 0; out.width && i < VTERM_MAX_CHARS_PER_CELL && c.chars[i]; i++)
        n += utf8_encode(c.chars[i], out.text + n);
    out.text[n] = '\0';
    if (strcmp(out.text, " ") == 0)
        out.text[0] = '\0';
    out.fg = get_color(&c.fg);
    out.bg = get_color(&c.bg);
    out.bold = c.attrs.bold;
    out.dim = c.attrs.font == DIM_FONT;
    out.italic = c.attrs.italic;
    out.underline = c.attrs.underline;
    out.blink = c.attrs.blink;
    out.reverse = c.attrs.reverse;
    out.strike = c.attrs.strike;
    return out;
}

/* Appends a row without the blanks at its end. */
static void add_row(const struct vt *vt, int row, struct buf *b)
{
    size_t end = b->len;

    for (int col = 0; col < vt->cols; col++) {
        struct vt_cell cell = vt_cell(vt, row, col);

        if (cell.width == 0)
            continue;
        buf_adds(b, cell.text[0] ? cell.text : " ");
        if (cell.text[0])
            end = b->len;
    }
    b->len = end;
    if (b->p)
        b->p[end] = '\0';
}

const char *vt_row_text(struct vt *vt, int row)
{
    if (row < 0 || row >= vt->rows)
        return "";
    buf_clear(&vt->row_text[row]);
    add_row(vt, row, &vt->row_text[row]);
    return buf_str(&vt->row_text[row]);
}

const char *vt_screen_text(struct vt *vt)
{
    struct buf *b = &vt->text;
    size_t end = 0;

    buf_clear(b);
    for (int row = 0; row < vt->rows; row++) {
        size_t begin = b->len;

        add_row(vt, row, b);
        buf_addc(b, '\n');
        if (b->len > begin + 1)
            end = b->len;
    }
    b->len = end;
    b->p[end] = '\0';
    return b->p;
}

/* The column where the offset-th byte of the row's text stands. */
static int column_of(const struct vt *vt, int row, size_t offset)
{
    size_t at = 0;
    int col = 0;

    while (col < vt->cols) {
        struct vt_cell cell = vt_cell(vt, row, col);

        if (cell.width && at >= offset)
            break;
        if (cell.width)
            at += cell.text[0] ? strlen(cell.text) : 1;
        col++;
    }
    return col;
}

bool vt_find(struct vt *vt, const char *text, int *ret_row, int *ret_col)
{
    for (int row = 0; row < vt->rows; row++) {
        struct buf b = BUF_INIT;
        const char *hit;
        size_t offset;

        add_row(vt, row, &b);
        hit = strstr(buf_str(&b), text);
        offset = hit ? (size_t)(hit - buf_str(&b)) : 0;
        buf_release(&b);
        if (!hit)
            continue;
        if (ret_row)
            *ret_row = row;
        if (ret_col)
            *ret_col = column_of(vt, row, offset);
        return true;
    }
    return false;
}

int vt_cols(const struct vt *vt)
{
    return vt->cols;
}

int vt_rows(const struct vt *vt)
{
    return vt->rows;
}

const struct vt_modes *vt_modes(const struct vt *vt)
{
    return &vt->modes;
}

void vt_dump(struct vt *vt, FILE *f, const char *why)
{
    const struct vt_modes *m = &vt->modes;

    fprintf(f, "vt: %s\n+-- %dx%d, cursor %d,%d%s%s%s%s, %llu bytes, program %s", why, vt->cols,
        vt->rows, m->cursor_row, m->cursor_col, m->cursor_visible ? "" : " hidden",
        m->alternate ? ", alternate screen" : "", m->sync ? ", in a synchronized update" : "",
        m->title_set ? ", titled" : "", (unsigned long long)vt->bytes,
        vt->ended ? "ended" : (vt->closed ? "closed its side" : "runs"));
    fputc('\n', f);
    for (int row = 0; row < vt->rows; row++)
        fprintf(f, "|%s\n", vt_row_text(vt, row));
    fprintf(f, "+--\n");
}
