/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal of the end-to-end tests, itself: everything is driven by small shell scripts. */
#include "tests/vt.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/vt_svg.h"

#define DEADLINE 10000 /* ms; only a failing test ever waits this long */

/* What sh -c runs, on 40×6, in an environment of PATH, TERM and the locale only. */
static struct vt *spawn_sh(const char *script, bool quiet)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const char *const env[] = {"LC_ALL=C.UTF-8", "GREETING=hello", NULL};
    struct vt_options o = {
        .argv = argv, .env = env, .clean_env = true, .cols = 40, .rows = 6, .quiet = quiet};
    struct vt *vt = vt_spawn(&o);

    assert_non_null(vt);
    return vt;
}

static void assert_exit(struct vt *vt, int expected)
{
    int status = -1;

    assert_true(vt_wait_exit(vt, DEADLINE, &status));
    assert_int_equal(status, expected);
}

static void test_output(void **state)
{
    struct vt *vt =
        spawn_sh("printf 'one\\n\\ttwo \\303\\244\\n'; printf \"$GREETING $TERM\"", false);
    int row = -1, col = -1;

    (void)state;
    assert_exit(vt, 0);
    assert_string_equal(vt_screen_text(vt), "one\n        two ä\nhello xterm-256color\n");
    assert_string_equal(vt_row_text(vt, 1), "        two ä");
    assert_string_equal(vt_row_text(vt, 5), "");
    assert_string_equal(vt_row_text(vt, 6), "");
    assert_true(vt_find(vt, "ä", &row, &col));
    assert_int_equal(row, 1);
    assert_int_equal(col, 12);
    assert_false(vt_find(vt, "three", NULL, NULL));
    assert_int_equal(vt_modes(vt)->cursor_row, 2);
    assert_int_equal(vt_modes(vt)->cursor_col, 20);
    assert_int_equal(vt_bytes(vt), 34);
    assert_true(vt_last_byte_us(vt) > 0 && vt_last_byte_us(vt) <= clock_monotonic_us());
    vt_free(vt);
}

static void test_wide_and_combining(void **state)
{
    struct vt *vt = spawn_sh("printf '\\344\\270\\255xe\\314\\201z'", false);
    int col = -1;

    (void)state;
    assert_exit(vt, 0);
    assert_string_equal(vt_row_text(vt, 0), "中xe\xcc\x81z");
    assert_int_equal(vt_cell(vt, 0, 0).width, 2);
    assert_int_equal(vt_cell(vt, 0, 1).width, 0);
    assert_string_equal(vt_cell(vt, 0, 3).text, "e\xcc\x81");
    assert_true(vt_find(vt, "z", NULL, &col));
    assert_int_equal(col, 4);
    vt_free(vt);
}

static void test_colours(void **state)
{
    struct vt *vt = spawn_sh("printf '\\033[31;44mA\\033[38;5;208mB\\033[38;2;1;2;3;48;2;4;5;6mC"
                             "\\033[0mD\\033[58;2;2;2;2;32mE\\033[58;5;9mF\\033[97mG'",
        false);
    struct vt_cell c;

    (void)state;
    assert_exit(vt, 0);
    c = vt_cell(vt, 0, 0);
    assert_true(c.fg.kind == VT_COLOR_INDEX && c.fg.index == 1);
    assert_true(c.bg.kind == VT_COLOR_INDEX && c.bg.index == 4);
    assert_true(c.fg.r > c.fg.g && c.bg.b > c.bg.r);
    c = vt_cell(vt, 0, 1);
    assert_true(c.fg.kind == VT_COLOR_INDEX && c.fg.index == 208);
    assert_true(c.fg.r == 255 && c.fg.g == 135 && c.fg.b == 0);
    c = vt_cell(vt, 0, 2);
    assert_true(c.fg.kind == VT_COLOR_RGB && c.fg.r == 1 && c.fg.g == 2 && c.fg.b == 3);
    assert_true(c.bg.kind == VT_COLOR_RGB && c.bg.r == 4 && c.bg.g == 5 && c.bg.b == 6);
    c = vt_cell(vt, 0, 3);
    assert_true(c.fg.kind == VT_COLOR_DEFAULT && c.bg.kind == VT_COLOR_DEFAULT);
    c = vt_cell(vt, 0, 4); /* the underline colour before it has left nothing behind */
    assert_true(c.fg.kind == VT_COLOR_INDEX && c.fg.index == 2 && !c.dim && !c.blink);
    c = vt_cell(vt, 0, 5);
    assert_true(c.fg.kind == VT_COLOR_INDEX && c.fg.index == 2 && !c.blink && !c.strike);
    assert_int_equal(vt_cell(vt, 0, 6).fg.index, 15);
    assert_string_equal(vt_cell(vt, 9, 99).text, "");
    vt_free(vt);
}

static void test_attributes(void **state)
{
    struct vt *vt =
        spawn_sh("printf '\\033[1mB\\033[22;2mD\\033[22mN\\033[4;7mU\\033[0;2;3;9mI\\033[mE"
                 "\\033[38;5;2mG\\033[48;2;2;2;2mH\\033['; printf '2;5mS'",
            false);
    struct vt_cell c;

    (void)state;
    assert_exit(vt, 0);
    assert_string_equal(vt_row_text(vt, 0), "BDNUIEGHS");
    c = vt_cell(vt, 0, 0);
    assert_true(c.bold && !c.dim && !c.reverse);
    c = vt_cell(vt, 0, 1);
    assert_true(!c.bold && c.dim);
    c = vt_cell(vt, 0, 2);
    assert_true(!c.bold && !c.dim);
    c = vt_cell(vt, 0, 3);
    assert_true(c.underline && c.reverse && !c.dim);
    c = vt_cell(vt, 0, 4);
    assert_true(c.dim && c.italic && c.strike && !c.underline && !c.reverse);
    c = vt_cell(vt, 0, 5);
    assert_true(!c.dim && !c.italic && !c.strike);
    assert_false(vt_cell(vt, 0, 6).dim); /* the 2 there is a colour */
    assert_false(vt_cell(vt, 0, 7).dim);
    c = vt_cell(vt, 0, 8);
    assert_true(c.dim && c.blink);
    vt_free(vt);
}

static void test_keys(void **state)
{
    struct vt *vt = spawn_sh("stty raw -echo; printf ready; "
                             "dd bs=1 count=40 2>/dev/null | od -An -v -tx1 | tr -d '\\n'; exit 3",
        false);

    (void)state;
    assert_true(vt_wait_text(vt, "ready", DEADLINE));
    vt_resize(vt, 132, 6);
    assert_true(vt_keys(vt, "j", "\r", "<Down><Up>", "\\x41\\e\\\\", "<C-c><M-x><lt>"));
    assert_false(vt_keys(vt, "k<NoSuchKey>"));
    assert_true(vt_keys(vt, "<F1><S-Tab><Del><BS><Tab>", "<<>", "<PgDn>", "ä"));
    vt_type(vt, "<Up>");
    assert_exit(vt, 3);
    assert_string_equal(vt_row_text(vt, 0),
        "ready 6a 0d 1b 5b 42 1b 5b 41 41 1b 5c 03 1b 78 3c" /* j Enter Down Up A Esc \ C-c M-x < */
        " 1b 4f 50 1b 5b 5a 1b 5b 33 7e 7f 09 3c 3c 3e" /* F1 S-Tab Del BS Tab < < > */
        " 1b 5b 36 7e c3 a4 3c 55 70 3e"); /* PgDn ä, and typed: <Up> */
    vt_free(vt);
}

static void test_keypad_mode(void **state)
{
    struct vt *vt = spawn_sh("stty raw -echo; printf '\\033[?1hready'; "
                             "dd bs=1 count=3 2>/dev/null | od -An -v -tx1",
        false);

    (void)state;
    assert_true(vt_wait_text(vt, "ready", DEADLINE));
    assert_true(vt_keys(vt, "<Left>"));
    assert_true(vt_wait_text(vt, "1b 4f 44", DEADLINE));
    assert_exit(vt, 0);
    vt_free(vt);
}

static void test_query_is_answered(void **state)
{
    struct vt *vt = spawn_sh("stty raw -echo; printf 'abc\\033[6n'; "
                             "dd bs=1 count=6 2>/dev/null | tr '\\033' E",
        false);

    (void)state;
    assert_true(vt_wait_text(vt, "E[1;4R", DEADLINE));
    vt_free(vt);
}

static void test_resize(void **state)
{
    struct vt *vt = spawn_sh(
        "trap 'stty size' WINCH; stty size; read x; while :; do read x && exit; done", false);

    (void)state;
    assert_true(vt_wait_text(vt, "6 40", DEADLINE));
    vt_resize(vt, 60, 12);
    assert_true(vt_wait_text(vt, "12 60", DEADLINE));
    assert_int_equal(vt_cols(vt), 60);
    assert_int_equal(vt_rows(vt), 12);
    assert_non_null(strstr(vt_screen_text(vt), "6 40"));
    vt_type(vt, "\n\n");
    assert_exit(vt, 0);
    vt_free(vt);
}

static void test_modes(void **state)
{
    struct vt *vt = spawn_sh(
        "stty -echo -icanon; printf "
        "'before\\033[?1049h\\033[?25l\\033[?2004h\\033[?1004h\\033[?1002h"
        "\\033[?1006h\\033]2;a title\\007\\033[H\\033[2Jinside'; dd bs=1 count=1 2>/dev/null; "
        "printf '\\033[?1002;1004;2004l\\033[?25h\\033[?1049l'; stty sane",
        false);

    (void)state;
    assert_true(vt_wait_text(vt, "inside", DEADLINE));
    assert_true(vt_modes(vt)->alternate && !vt_modes(vt)->cursor_visible);
    assert_true(vt_modes(vt)->paste && vt_modes(vt)->focus);
    assert_int_equal(vt_modes(vt)->mouse, VT_MOUSE_DRAG);
    assert_true(vt_modes(vt)->title_set);
    assert_string_equal(vt_modes(vt)->title, "a title");
    assert_null(strstr(vt_screen_text(vt), "before"));
    assert_false(vt_restored(vt));
    assert_true(vt_keys(vt, "x"));
    assert_exit(vt, 0);
    assert_non_null(strstr(vt_screen_text(vt), "before"));
    assert_true(vt_restored(vt));
    vt_free(vt);
}

static void test_termios_not_restored(void **state)
{
    struct vt *vt = spawn_sh("stty -echo", false);
    struct termios t;

    (void)state;
    assert_exit(vt, 0);
    assert_int_equal(vt_termios(vt, &t), 0);
    assert_false(t.c_lflag & ECHO);
    assert_true(t.c_lflag & ICANON);
    assert_false(vt_restored(vt));
    vt_free(vt);
}

static void test_mouse_and_paste(void **state)
{
    struct vt *vt = spawn_sh("stty raw -echo; printf '\\033[?1000;1006;2004hready'; "
                             "dd bs=1 count=32 2>/dev/null | tr '\\033' E",
        false);

    (void)state;
    assert_true(vt_wait_text(vt, "ready", DEADLINE));
    vt_mouse(vt, 2, 4, 1);
    vt_paste(vt, "ab");
    assert_true(vt_wait_text(vt, "E[<0;5;3ME[<0;5;3mE[200~abE[201~", DEADLINE));
    vt_free(vt);
}

static void test_sync_update_is_awaited(void **state)
{
    struct vt *vt =
        spawn_sh("printf '\\033[?2026hhalf'; read x; printf ' whole\\033[?2026l'; read x", true);

    (void)state;
    assert_false(vt_wait_text(vt, "half", 300));
    vt_type(vt, "\n");
    assert_true(vt_wait_text(vt, "half", DEADLINE));
    assert_non_null(strstr(vt_screen_text(vt), "whole"));
    vt_free(vt);
}

static void test_deadlines(void **state)
{
    struct vt *vt = spawn_sh("echo here; read x; printf '\\033[2J'; read x", true);
    int64_t begin = clock_monotonic_us();
    int status = -1;

    (void)state;
    assert_false(vt_wait_text(vt, "never", 150));
    assert_true(clock_monotonic_us() - begin >= 150000);
    assert_true(vt_wait_text(vt, "here", DEADLINE));
    assert_false(vt_wait_gone(vt, "here", 50));
    assert_false(vt_wait_exit(vt, 50, &status));
    assert_int_equal(status, -1);
    assert_true(vt_wait_quiet(vt, 100, DEADLINE));
    vt_type(vt, "\n");
    assert_true(vt_wait_gone(vt, "here", DEADLINE));
    vt_free(vt);
}

static void test_quiet_has_a_deadline(void **state)
{
    struct vt *vt = spawn_sh("while :; do echo x; done", true);

    (void)state;
    assert_false(vt_wait_quiet(vt, 3000, 200));
    vt_free(vt);
}

static void test_end_shortens_a_wait(void **state)
{
    struct vt *vt = spawn_sh("echo bye", true);
    int64_t begin = clock_monotonic_us();

    (void)state;
    assert_false(vt_wait_text(vt, "never", 60000));
    assert_true(clock_monotonic_us() - begin < 30000000);
    assert_exit(vt, 0);
    vt_free(vt);
}

static void test_signals(void **state)
{
    struct vt *vt = spawn_sh("trap '' TERM; echo ready; read x", true);

    (void)state;
    assert_true(vt_wait_text(vt, "ready", DEADLINE));
    assert_int_equal(vt_kill(vt, SIGTERM), 0);
    assert_false(vt_wait_exit(vt, 100, NULL));
    assert_int_equal(vt_kill(vt, SIGKILL), 0);
    assert_exit(vt, 128 + SIGKILL);
    assert_int_equal(vt_kill(vt, SIGKILL), -ESRCH);
    vt_free(vt);
}

/* A child that outlives the program and holds the tty open goes with the terminal. */
static void test_left_behind(void **state)
{
    struct vt *vt = spawn_sh("trap '' HUP; sleep 1000 & echo child=$!; exit 5", false);
    struct pollfd p = {.events = POLLIN};
    const char *text;
    pid_t child;

    (void)state;
    assert_exit(vt, 5);
    text = strstr(vt_screen_text(vt), "child=");
    assert_non_null(text);
    child = (pid_t)strtol(text + strlen("child="), NULL, 10);
    p.fd = pidfd_open(child, 0);
    assert_true(p.fd >= 0);
    assert_int_equal(poll(&p, 1, 0), 0);
    vt_free(vt);
    assert_int_equal(poll(&p, 1, DEADLINE), 1);
    close(p.fd);
}

static void test_no_such_program(void **state)
{
    const char *const argv[] = {"/nonexistent/program", NULL};
    const char *const sh[] = {"sh", "-c", "pwd", NULL};
    struct vt *vt;

    (void)state;
    errno = 0;
    assert_null(vt_spawn(&(struct vt_options){.argv = argv}));
    assert_int_equal(errno, ENOENT);
    assert_null(vt_spawn(&(struct vt_options){.argv = sh, .cwd = "/nonexistent"}));
    assert_int_equal(errno, ENOENT);
    vt = vt_spawn(&(struct vt_options){.argv = sh, .cwd = "/"});
    assert_non_null(vt);
    assert_exit(vt, 0);
    assert_string_equal(vt_row_text(vt, 0), "/");
    assert_int_equal(vt_cols(vt), 80);
    assert_int_equal(vt_rows(vt), 24);
    vt_free(vt);
    assert_null(vt_free(NULL));
}

static void test_environment(void **state)
{
    const char *const argv[] = {"sh", "-c", "echo ${LINES-none} ${GONE-none} $KEPT $TERM", NULL};
    const char *const env[] = {"GONE", "KEPT=new", NULL};
    struct vt *vt;

    (void)state;
    setenv("LINES", "99", 1);
    setenv("GONE", "here", 1);
    setenv("KEPT", "old", 1);
    vt = vt_spawn(&(struct vt_options){.argv = argv, .env = env, .term = "vt100"});
    assert_non_null(vt);
    assert_exit(vt, 0);
    assert_string_equal(vt_row_text(vt, 0), "none none new vt100");
    vt_free(vt);
}

/* More than a pty holds, in both directions, and more than is read in one go. */
static void test_volume(void **state)
{
    struct vt *vt =
        spawn_sh("stty raw -echo; printf ready; dd bs=1 count=1 of=/dev/null 2>/dev/null; i=0; "
                 "while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; "
                 "dd bs=1 count=19999 of=/dev/null 2>/dev/null; printf '\\r\\nend'",
            false);
    static char input[20001];

    (void)state;
    memset(input, 'x', sizeof(input) - 1);
    assert_true(vt_wait_text(vt, "ready", DEADLINE));
    vt_type(vt, input);
    assert_true(vt_wait_text(vt, "end", 60000));
    assert_true(vt_bytes(vt) > 200000);
    assert_exit(vt, 0);
    vt_free(vt);
}

static void test_svg(void **state)
{
    struct vt *vt = spawn_sh("printf '\\033[?25la<&>\\033[31;2mab c\\033[m\\r\\n"
                             "\\342\\224\\200\\342\\224\\200\\342\\224\\200\\342\\226\\221'",
        false);
    struct buf svg = BUF_INIT;
    const char *text;

    (void)state;
    assert_exit(vt, 0);
    vt_svg(vt, "a \"title\" & more", &svg);
    text = buf_str(&svg);
    assert_memory_equal(text, "<svg xmlns=", 11);
    assert_non_null(strstr(text, "<title>a &quot;title&quot; &amp; more</title>"));
    assert_non_null(strstr(text, ">a&lt;&amp;&gt;</text>"));
    assert_non_null(strstr(text, ">ab</text>")); /* another look: another element */
    /* three cells of one line are one rectangle; a shade is a translucent one */
    assert_non_null(strstr(text, "<rect x=\"0\" y=\"28\" width=\"27\" height=\"1\""));
    assert_non_null(strstr(text, "fill-opacity=\".25\""));
    assert_null(strstr(text, "─"));
    buf_release(&svg);
    vt_free(vt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_wide_and_combining),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_keypad_mode),
        cmocka_unit_test(test_query_is_answered),
        cmocka_unit_test(test_resize),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_termios_not_restored),
        cmocka_unit_test(test_mouse_and_paste),
        cmocka_unit_test(test_sync_update_is_awaited),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_quiet_has_a_deadline),
        cmocka_unit_test(test_end_shortens_a_wait),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_left_behind),
        cmocka_unit_test(test_no_such_program),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_volume),
        cmocka_unit_test(test_svg),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
