/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "widgets/role.h"

#define ROW(id, name, letter) [id] = {name, letter},
static const struct {
    const char *name;
    char letter;
} rows[ROLE_COUNT] = {ROLE_TABLE(ROW)};
#undef ROW

const char *role_name(enum role role)
{
    return rows[role].name;
}

char role_letter(enum role role)
{
    return rows[role].letter;
}
