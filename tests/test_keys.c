/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of keys, both ways. */
#include "tui/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static void test_parse(void **state)
{
    static const struct {
        const char *name;
        uint32_t key;
    } rows[] = {
        {"c", 'c'},
        {"C", 'C'},
        {"/", '/'},
        {"?", '?'},
        {"é", 0xe9},
        {"編", 0x7de8},
        {"Enter", '\r'},
        {"enter", '\r'},
        {"ESC", 27},
        {"Space", ' '},
        {"Tab", '\t'},
        {"Shift-Tab", KEYCODE_BACKTAB},
        {"PgUp", KEYCODE_PAGE_UP},
        {"Del", KEYCODE_DELETE},
        {"Ctrl-L", 12},
        {"ctrl-l", 12},
        {"Ctrl-A", 1},
        {"Ctrl-Z", 26},
        {"F1", KEYCODE_F1},
        {"F9", KEYCODE_F1 + 8},
        {"F12", KEYCODE_F12},
        /* none */
        {"", 0},
        {"F0", 0},
        {"F13", 0},
        {"F1x", 0},
        {"Fx", 0},
        {"F100", 0},
        {"Ctrl-", 0},
        {"Ctrl-1", 0},
        {"Ctrl-LL", 0},
        {"cc", 0},
        {"Entert", 0},
        {"Ente", 0},
        {"\xff", 0},
        {"\xc3", 0},
        {"éé", 0},
        {"Escape", 0},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++)
        if (keys_parse(rows[i].name, strlen(rows[i].name)) != rows[i].key)
            fail_msg("\"%s\" is %x, expected %x", rows[i].name,
                keys_parse(rows[i].name, strlen(rows[i].name)), rows[i].key);
}

/* Every key with a name has one that leads back to it. */
static void test_round_trip(void **state)
{
    char name[KEY_NAME_SIZE];

    (void)state;
    for (uint32_t key = 1; key < 0x3000; key++) {
        if ((key > 26 && key < 32 && key != 27) || (key >= 127 && key < 0xa0))
            continue;
        keys_name(key, name);
        if (keys_parse(name, strlen(name)) != key)
            fail_msg("key %x has the name \"%s\", which is %x", key, name,
                keys_parse(name, strlen(name)));
    }
    for (uint32_t key = KEYCODE_BASE; key < KEYCODE_OTHER; key++) {
        keys_name(key, name);
        assert_int_equal(keys_parse(name, strlen(name)), key);
    }
    assert_string_equal(keys_name(KEYCODE_OTHER, name), "?");
    assert_string_equal(keys_name(UINT32_MAX, name), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
