/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widgets/lineedit.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

void lineedit_set(struct lineedit *e, const char *text)
{
    snprintf(e->text, sizeof(e->text), "%s", text);
    e->len = strlen(e->text);
    e->len -= utf8_partial(e->text, e->len);
    e->text[e->len] = '\0';
    e->cursor = e->len;
    e->selected = false;
}

void lineedit_suggest(struct lineedit *e, const char *text)
{
    lineedit_set(e, text);
    e->selected = e->len > 0;
}

bool lineedit_insert(struct lineedit *e, uint32_t cp)
{
    char bytes[4];
    size_t n = utf8_encode(cp, bytes);

    if (utf8_width(cp) < 0 || n == 0)
        return false;
    if (e->selected)
        lineedit_set(e, "");
    if (e->len + n >= sizeof(e->text))
        return false;
    memmove(e->text + e->cursor + n, e->text + e->cursor, e->len - e->cursor + 1);
    memcpy(e->text + e->cursor, bytes, n);
    e->cursor += n;
    e->len += n;
    return true;
}

static size_t before(const struct lineedit *e, size_t at)
{
    while (at > 0 && ((unsigned char)e->text[--at] & 0xC0) == 0x80)
        ;
    return at;
}

static size_t behind(const struct lineedit *e, size_t at)
{
    uint32_t cp;

    return at < e->len ? at + utf8_decode(e->text + at, e->len - at, &cp) : at;
}

static void erase(struct lineedit *e, size_t from, size_t to)
{
    memmove(e->text + from, e->text + to, e->len - to + 1);
    e->len -= to - from;
    e->cursor = from;
}

static size_t word_start(const struct lineedit *e)
{
    size_t at = e->cursor;

    while (at > 0 && e->text[at - 1] == ' ')
        at--;
    while (at > 0 && e->text[at - 1] != ' ' && e->text[at - 1] != '/')
        at--;
    return at == e->cursor && at > 0 ? at - 1 : at;
}

void lineedit_move(struct lineedit *e, enum lineedit_move move)
{
    e->selected = false;
    switch (move) {
    case LINEEDIT_LEFT:
        e->cursor = before(e, e->cursor);
        break;
    case LINEEDIT_RIGHT:
        e->cursor = behind(e, e->cursor);
        break;
    case LINEEDIT_HOME:
        e->cursor = 0;
        break;
    case LINEEDIT_END:
        e->cursor = e->len;
        break;
    case LINEEDIT_ERASE_BACK:
        erase(e, before(e, e->cursor), e->cursor);
        break;
    case LINEEDIT_ERASE:
        erase(e, e->cursor, behind(e, e->cursor));
        break;
    case LINEEDIT_ERASE_WORD:
        erase(e, word_start(e), e->cursor);
        break;
    case LINEEDIT_ERASE_ALL:
        erase(e, 0, e->len);
        break;
    }
}

void lineedit_draw(const struct lineedit *e, struct canvas *c, struct rect r, enum role role)
{
    size_t from = 0;
    int used;

    /* in bytes that are no UTF-8 a step may lead past the cursor */
    while (from < e->cursor && utf8_columns(e->text + from, e->cursor - from) >= KF_MAX(r.w, 1))
        from = KF_MIN(behind(e, from), e->cursor);
    used = canvas_text(c, r.x, r.y, r.w, role, e->text + from, e->len - from);
    if (e->selected)
        canvas_under(c, (struct rect){r.x, r.y, used, 1}, UNDER_SELECTED);
    c->cursor_x = r.x + utf8_columns(e->text + from, e->cursor - from);
    c->cursor_y = r.y;
}
