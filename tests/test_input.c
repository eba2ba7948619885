/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the terminal sends, as keys: what terminals are documented to send, cut and delayed at every byte. */
#include "tui/input.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tui/keys.h"

#define KEYS  64
#define APART 1000 /* milliseconds between bytes on the slowest line */

struct heard {
    uint32_t keys[KEYS];
    size_t n;
};

static void hear(struct heard *h, uint32_t key)
{
    if (key == 0)
        return;
    assert_true(h->n < KEYS);
    h->keys[h->n++] = key;
}

/* The bytes, with so many milliseconds before the one at `cut`, or before each if it is SIZE_MAX. */
static struct heard send(
    struct input *in, const char *bytes, size_t n, size_t cut, int64_t ms, int64_t *now)
{
    struct heard h = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        int64_t until = *now + (i > 0 && (i == cut || cut == SIZE_MAX) ? ms : 0);

        for (; *now < until; *now += 10)
            hear(&h, input_wait(in, *now));
        hear(&h, input_take(in, (uint8_t)bytes[i], *now));
    }
    return h;
}

static struct heard at_once(const char *bytes, size_t n)
{
    struct input in;
    int64_t now = 5000;
    struct heard h;

    input_init(&in, true);
    h = send(&in, bytes, n, 0, 0, &now);
    hear(&h, input_wait(&in, now + INPUT_ESC_MAX_MS));
    return h;
}

/* ---- keys ---- */

static const struct {
    const char *sends, *key; /* a name of keys.h */
} keys[] = {
    {"a", "a"},
    {"\xc3\xa9", "\xc3\xa9"},
    {"\r", "Enter"},
    {"\n", "Enter"},
    {"\t", "Tab"},
    {"\177", "Backspace"},
    {"\b", "Backspace"},
    {"\003", "Ctrl-C"},
    {"\033", "Esc"},
    /* cursor keys in both modes, and with parameters that say nothing */
    {"\033[A", "Up"},
    {"\033OA", "Up"},
    {"\033[B", "Down"},
    {"\033OB", "Down"},
    {"\033[C", "Right"},
    {"\033[D", "Left"},
    {"\033[1;1A", "Up"},
    {"\033[H", "Home"},
    {"\033OF", "End"},
    {"\033[1~", "Home"},
    {"\033[7~", "Home"},
    {"\033[4~", "End"},
    {"\033[5~", "PgUp"},
    {"\033[6~", "PgDn"},
    {"\033[2~", "Ins"},
    {"\033[3~", "Del"},
    {"\033[Z", "Shift-Tab"},
    {"\033[1;2Z", "Shift-Tab"},
    {"\033OP", "F1"},
    {"\033[11~", "F1"},
    {"\033[[A", "F1"}, /* the Linux console */
    {"\033[[E", "F5"},
    {"\033[15~", "F5"},
    {"\033[24~", "F12"},
    {"\033[200~", "PasteBegin"},
    {"\033[201~", "PasteEnd"},
    {"\xc2\x9b"
     "A",
        "Up"}, /* CSI as a C1 control, in UTF-8 and as a byte */
    {"\x9b"
     "A",
        "Up"},
    {"\x8f"
     "A",
        "Up"},
    /* the keypad in application mode */
    {"\033Op", "0"},
    {"\033OM", "Enter"},
    {"\033O[", "Esc"}, /* mintty */
    /* kitty's keyboard protocol, and xterm's modifyOtherKeys */
    {"\033[27u", "Esc"},
    {"\033[13u", "Enter"},
    {"\033[9;2u", "Shift-Tab"},
    {"\033[99;5u", "Ctrl-C"},
    {"\033[106u", "j"},
    {"\033[106;129u", "j"}, /* Num Lock */
    {"\033[106;1:2u", "j"}, /* repeated */
    {"\033[106:74;2u", "J"},
    {"\033[106;2;74u", "J"},
    {"\033[49:33;2u", "!"},
    {"\033[57414u", "Enter"},
    {"\033[57419u", "Up"},
    {"\033[1;1:1B", "Down"},
    {"\033[27;2;33~", "!"},
    {"\033[27;5;99~", "Ctrl-C"},
};

static void test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(keys); i++) {
        struct heard h = at_once(keys[i].sends, strlen(keys[i].sends));

        if (h.n != 1 || h.keys[0] != keys_parse(keys[i].key, strlen(keys[i].key)))
            fail_msg(
                "row %zu, %s: %zu keys, the first %x", i, keys[i].key, h.n, h.n ? h.keys[0] : 0);
    }
}

/* ---- what is no key ---- */

#define REPORT(s)                                                                                  \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

/* Of xterm's ctlseqs, kitty's and mintty's documents and tmux(1): reports and keys that mean nothing here. */
static const struct report {
    const char *p;
    size_t n;
} reports[] = {
    REPORT("\033[M cy"), /* X10 mouse; these three are cancel, and yes */
    REPORT("\033[M y!"),
    REPORT("\033[M\"\xc4\x80\xc4\x81"), /* the same in UTF-8 mode */
    REPORT("\033[<0;20;8M"), /* SGR mouse */
    REPORT("\033[<0;20;8m"),
    REPORT("\033[<65;120;40M"),
    REPORT("\033[32;20;8M"), /* urxvt's */
    REPORT("\033[tcy"), /* highlight tracking */
    REPORT("\033[Tcycycy"),
    REPORT("\033[1;2;3;4;5&w"), /* DEC locator */
    REPORT("\033[I"), /* focus */
    REPORT("\033[O"),
    REPORT("\033[24;80R"), /* cursor position */
    REPORT("\033[?24;80;1R"),
    REPORT("\033[?64;1;2;6;22c"), /* device attributes */
    REPORT("\033[>41;370;0c"),
    REPORT("\033[0n"),
    REPORT("\033[?2026;2$y"), /* DECRPM */
    REPORT("\033[4;2$y"),
    REPORT("\033[8;40;120t"), /* window reports */
    REPORT("\033[48;40;120;800;1200t"),
    REPORT("\033[?997;1n"), /* dark or light */
    REPORT("\033[?1u"), /* kitty's flags */
    REPORT("\033[>4;2m"),
    REPORT("\033[1;5A"), /* Ctrl-Up, Alt-Home, Shift-F5 */
    REPORT("\033[1;3H"),
    REPORT("\033[15;2~"),
    REPORT("\033[106;3u"), /* Alt-j */
    REPORT("\033[99;1:3u"), /* c was let go */
    REPORT("\033[121;1:3u"),
    REPORT("\033[49;2u"), /* Shift-1 on a keyboard whose layout is not known */
    REPORT("\033[27;6;99~"),
    REPORT("\033[57441u"), /* Shift itself */
    REPORT("\033[99;5:3u"),
    REPORT("\033[7$"), /* rxvt: Shift-Home, Ctrl-Home, Shift-Up */
    REPORT("\033[7^"),
    REPORT("\033[a"),
    REPORT("\033O5A"),
    REPORT("\033OE"),
    REPORT("\033[1;5I"), /* mintty: Ctrl-Tab */
    REPORT("\033[99;46;99;1;0;1_"), /* win32-input-mode */
    REPORT("\033]11;rgb:0000/0000/0000\033\\"), /* colours */
    REPORT("\033]11;rgb:ffff/ffff/ffff\007"),
    REPORT("\033]52;c;eXl5\033\\"), /* the clipboard */
    REPORT("\033]lycy\033\\"), /* the title */
    REPORT("\033]Lycy\033\\"),
    REPORT("\033P1$r0;1y\033\\"), /* DECRQSS */
    REPORT("\033P>|XTerm(370)\033\\"), /* XTVERSION */
    REPORT("\033P!|7E7E5459\033\\"), /* DA3 */
    REPORT("\033P1+r544e=787465726d\033\\"), /* XTGETTCAP */
    REPORT("\033_Gi=31;OK\033\\"), /* kitty's graphics */
    REPORT("\xc2\x9b<0;20;8M"),
    REPORT("\x9d"
           "11;rgb:ff/ff/ff\033\\"),
};

static void no_key(const struct report *r, const struct heard *h, const char *how, size_t cut)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->keys[i] != KEYCODE_ESCAPE)
            fail_msg("ESC%s, %s at %zu: key %x", r->p + 1, how, cut, h->keys[i]);
}

/* Guards the job under the cursor: a click in a terminal that a crashed program had left in mouse mode cancelled it. */
static void test_reports(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(reports); i++) {
        struct heard h = at_once(reports[i].p, reports[i].n);

        no_key(&reports[i], &h, "at once", 0);
        assert_int_equal(h.n, 0);
    }
}

/* Guards slow lines: the rest of a sequence that comes a second later is no key; Esc may have been told by then. What
   follows it is a key again. */
static void test_reports_in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(reports); i++)
        for (size_t cut = 1; cut <= reports[i].n; cut++) {
            struct input in;
            int64_t now = 5000;
            size_t where = cut < reports[i].n ? cut : SIZE_MAX; /* and at every byte */
            struct heard h;

            input_init(&in, true);
            h = send(&in, reports[i].p, reports[i].n, where, APART, &now);
            no_key(&reports[i], &h, "cut", where);
            assert_true(h.n <= 1);
            assert_int_equal(input_take(&in, 'j', now + 1), 'j');
        }
}

/* A report that is cut off for good: Esc and a key are keys again. */
static void test_reports_without_an_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(reports); i++)
        for (size_t end = 1; end < reports[i].n; end++) {
            struct input in;
            int64_t now = 5000;
            uint32_t key = 0;

            input_init(&in, true);
            send(&in, reports[i].p, end, 0, 0, &now);
            for (int presses = 0; presses < 3 && key != KEYCODE_ESCAPE; presses++) {
                now += 10 * APART;
                input_wait(&in, now);
                input_take(&in, 033, now);
                now += INPUT_ESC_MAX_MS;
                key = input_wait(&in, now);
            }
            assert_int_equal(key, KEYCODE_ESCAPE);
            assert_int_equal(input_take(&in, 'j', now), 'j');
        }
}

/* ---- Esc ---- */

static void test_escape(void **state)
{
    struct input in;
    struct heard h;
    int64_t now = 100;

    (void)state;
    input_init(&in, true);
    assert_int_equal(input_due_ms(&in), 0);
    assert_int_equal(input_take(&in, 033, now), 0);
    assert_int_equal(input_due_ms(&in), now + INPUT_ESC_MS);
    assert_int_equal(input_wait(&in, now + INPUT_ESC_MS - 1), 0);
    assert_int_equal(input_wait(&in, now + INPUT_ESC_MS), KEYCODE_ESCAPE);
    assert_int_equal(input_take(&in, 'j', now + INPUT_ESC_MS), 'j');
    /* Alt and a key is no key of its own, and neither of its parts is one */
    h = at_once("\033B", 2);
    assert_int_equal(h.n, 0);
    h = at_once("\033\xc3\xa9", 3);
    assert_int_equal(h.n, 0);
    h = at_once("\033\033[B", 4);
    assert_int_equal(h.n, 0);
    h = at_once("\033\033", 2);
    assert_int_equal(h.n, 1);
}

/* Guards a slow line: the first arrow key is told as Esc, and those after it are arrows. On a fast one Esc is at once a
   key again. */
static void test_escape_learns(void **state)
{
    struct input in;
    struct heard h;
    int64_t now = 5000;

    (void)state;
    input_init(&in, true);
    h = send(&in, "\033OB", 3, 1, 300, &now);
    assert_int_equal(h.n, 2);
    assert_int_equal(h.keys[0], KEYCODE_ESCAPE);
    assert_int_equal(h.keys[1], KEYCODE_DOWN); /* it was pressed */
    now += 1000;
    h = send(&in, "\033OB", 3, 1, 400, &now);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.keys[0], KEYCODE_DOWN);
    for (int i = 0; i < 8; i++)
        send(&in, "\033OB", 3, 0, 0, &now);
    input_take(&in, 033, now);
    assert_int_equal(input_due_ms(&in), now + INPUT_ESC_MS);
}

/* ---- text ---- */

static void test_broken_text(void **state)
{
    struct heard h;

    (void)state;
    h = at_once("\xe4j", 2); /* broken off */
    assert_int_equal(h.n, 1);
    assert_int_equal(h.keys[0], 'j');
    h = at_once("\xe4\xc3\xa9", 3);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.keys[0], 0xe9);
    h = at_once("\xe4\033[B", 4);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.keys[0], KEYCODE_DOWN);
    h = at_once("\xff\xfe\x85", 3);
    assert_int_equal(h.n, 0);
}

/* What the terminal's description says goes first. */
static void test_defined(void **state)
{
    struct input in;
    int64_t now = 0;
    struct heard h;

    (void)state;
    input_init(&in, true);
    input_define(&in, "\033A", KEYCODE_UP); /* a VT52 */
    input_define(&in, "\033[M", KEYCODE_F1); /* cons25, where others begin a mouse report */
    input_define(&in, "\013", KEYCODE_UP); /* wy50 */
    input_define(&in, "x", KEYCODE_UP); /* nonsense */
    input_define(&in, "", KEYCODE_UP);
    input_define(&in, "\r", KEYCODE_DOWN);
    h = send(&in, "\033A\033[M\013x\r", 8, 0, 0, &now);
    assert_int_equal(h.n, 5);
    assert_int_equal(h.keys[0], KEYCODE_UP);
    assert_int_equal(h.keys[1], KEYCODE_F1);
    assert_int_equal(h.keys[2], KEYCODE_UP);
    assert_int_equal(h.keys[3], 'x');
    assert_int_equal(h.keys[4], KEYCODE_ENTER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_reports_in_pieces),
        cmocka_unit_test(test_reports_without_an_end),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_learns),
        cmocka_unit_test(test_broken_text),
        cmocka_unit_test(test_defined),
    };

    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
