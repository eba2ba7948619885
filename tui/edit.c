/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/edit.h"

#include "base/alloc.h"
#include "tui/keys.h"

enum edit_result edit_key(struct lineedit *e, uint32_t key)
{
    static const struct {
        uint32_t key;
        enum lineedit_move move;
    } moves[] = {{KEYCODE_LEFT, LINEEDIT_LEFT}, {KEYCODE_RIGHT, LINEEDIT_RIGHT},
        {KEYCODE_HOME, LINEEDIT_HOME}, {KEYCODE_END, LINEEDIT_END},
        {KEYCODE_CTRL('A'), LINEEDIT_HOME}, {KEYCODE_CTRL('E'), LINEEDIT_END},
        {KEYCODE_BACKSPACE, LINEEDIT_ERASE_BACK}, {KEYCODE_DELETE, LINEEDIT_ERASE},
        {KEYCODE_CTRL('W'), LINEEDIT_ERASE_WORD}, {KEYCODE_CTRL('U'), LINEEDIT_ERASE_ALL}};

    for (size_t i = 0; i < KF_LEN(moves); i++)
        if (moves[i].key == key) {
            lineedit_move(e, moves[i].move);
            return EDIT_CHANGED;
        }
    return key < KEYCODE_BASE && lineedit_insert(e, key) ? EDIT_TYPED : EDIT_NONE;
}
