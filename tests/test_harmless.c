/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the program prints without its screen, of text of strangers, for people and for programs: lines of logs, words of the
 * audit file. Nothing of it may do something to the terminal; what programs read stays as it is where it is no terminal. What
 * is given on the command line and in files has its test in test_e2e_channels_given.c.
 */
#include "base/harmless.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "tests/program.h"
#include "tui/json_text.h"

#define REC  SOURCE_DIR "/tests/golden/farm.rec"
#define ARGS 12

static char dir[] = "/tmp/kfarm-harmless.XXXXXX";

/* Names that a user gives his files. */
static const char *const names[] = {
    "\033]0;owned\007.out", /* a window's title */
    "\033[2J\033[1;1Hfake", /* another screen */
    "\033P+q544e\033\\", /* DCS: the terminal answers, as if somebody typed */
    "\033_Gq\033\\\033^x\033\\", /* APC, PM */
    "\233"
    "31mraw", /* C1 as a byte: CSI */
    "\235"
    "52;c;b3duZWQ=\234", /* OSC 52 with C1 bytes */
    "\xc2\x9b"
    "31mutf8", /* U+009B */
    "\xc2\x90q\xc2\x9c", /* DCS … ST */
    "a\rkfarm-top: all is well", /* another line in this one's place */
    "a\nkfarm-top: all is well", /* a line of ours */
    "\x08\x08\x7f\x0e\x0f", /* backspaces, another character set */
    "\xe2\x80\xaetuo.1", /* U+202E: from right to left */
    "\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8f", /* U+2066, U+2069, U+200F */
    "a\xe2\x80\x8b"
    "b\xef\xbb\xbf"
    "c\xe2\x81\xa0", /* zero-width */
    "\xc0\x9b\xe0\x82\x9b", /* overlong ESC and CSI */
    "\xed\xa0\x9b\xed\xb0\x9b", /* surrogates */
    "\xf3\xa0\x81\x81\xf4\x90\x80\x80", /* a tag, above U+10FFFF */
    "\xe2\x80\xa8\xe2\x80\xa9", /* line and paragraph separators */
};

static int start(void **state)
{
    (void)state;
    return mkdtemp(dir) && chdir(dir) == 0 && setenv("HOME", dir, 1) == 0 ? 0 : -1;
}

static int remove_it(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return chdir("/") == 0 ? nftw(dir, remove_it, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* The first byte that a terminal would not show as a character, or NULL. */
static const char *harm(const struct buf *b, bool lines_may_end_with_cr)
{
    for (size_t i = 0; i < b->len;) {
        const char *at = b->p + i;
        uint32_t cp;
        size_t n = utf8_decode(at, b->len - i, &cp);

        i += n;
        if (cp == UTF8_REPLACEMENT && (n != 3 || memcmp(at, "\xef\xbf\xbd", 3) != 0))
            return at; /* a byte that is no UTF-8 */
        if (cp == '\n' || cp == '\t' || (cp == '\r' && lines_may_end_with_cr && b->p[i] == '\n'))
            continue;
        if (utf8_harmless(cp) != cp)
            return at;
    }
    return NULL;
}

static void print_escaped(const struct buf *b)
{
    for (size_t i = 0; i < b->len; i++)
        if (b->p[i] == '\n' || (b->p[i] >= ' ' && b->p[i] < 0x7f))
            print_error("%c", b->p[i]);
        else
            print_error("\\x%02x", (unsigned char)b->p[i]);
}

static struct buf out, err;

static int run(bool terminal, const char *const *arguments)
{
    const char *argv[ARGS + 2] = {KFARM_TOP};

    for (int i = 0; arguments[i]; i++)
        argv[i + 1] = arguments[i];
    return program_run(&(struct program){.argv = argv, .terminal = terminal}, &out, &err);
}

/* What stands in a file must do no harm, wherever it is told. */
static void check_harm(const char *const *arguments)
{
    int status = run(true, arguments);

    assert_true(status < 128 && status != PROGRAM_HUNG);
    if (harm(&out, false)) {
        print_escaped(&out);
        fail_msg("%s %s", arguments[0], arguments[1] ? arguments[1] : "");
    }
    /* a line of our own is not what a name says */
    assert_null(strstr(buf_str(&out), "\nkfarm-top: all is well"));
}
#define CHECK_HARM(...) check_harm((const char *const[]){__VA_ARGS__, NULL})

/* ---- what programs read ---- */

/* Every name in one value of a JSON object. */
static char *all_names(void)
{
    struct buf b = BUF_INIT;

    for (size_t i = 0; i < KF_LEN(names); i++)
        buf_addf(&b, "%s,", names[i]);
    return b.p;
}

/* An audit file whose words have them all, and the configuration that names it. */
static void write_audit(const char *words)
{
    json_t *target = json_object(), *line;
    json_t *value = json_text(words, strlen(words));
    char *text;

    json_object_set_new(target, "id", json_string("7"));
    json_object_set(target, "words", value);
    line = json_pack("{s:s,s:s,s:[o]}", "event", "result", "user", "ana", "targets", target);
    text = json_dumps(line, 0);
    write_file("audit.jsonl", text);
    write_file("audit.conf", "[audit]\nfile = ~/audit.jsonl\n");
    free(text);
    json_decref(value);
    json_decref(line);
}

static void test_csv(void **state)
{
    static const char *const csv[] = {
        "--once", "messages", "--format", "csv", "--config", "audit.conf", NULL};
    static const char words[] = "\"x\"\033]0;y\007\x7f\xc2\x9b\xe2\x80\xae,\r\nlast";

    (void)state;
    write_audit(words);
    assert_int_equal(run(false, csv), 0); /* byte by byte */
    assert_non_null(
        strstr(buf_str(&out), ",\"\"\"x\"\"\033]0;y\007\x7f\xc2\x9b\xe2\x80\xae,\r\nlast\"\r\n"));
    assert_int_equal(run(true, csv), 0);
    assert_null(harm(&out, true));
    assert_non_null(strstr(buf_str(&out), "\xe2\x90\x9b]0;y\xe2\x90\x87"));
    assert_non_null(strstr(buf_str(&out), "words\r\n")); /* still lines */
}

static void expect_json(const char *const *arguments, const char *words)
{
    for (int terminal = 0; terminal < 2; terminal++) {
        json_t *root, *value = json_text(words, strlen(words));
        const json_t *list;

        assert_int_equal(run(terminal, arguments), 0);
        if (harm(&out, false)) {
            print_escaped(&out);
            fail_msg("%s", arguments[0]);
        }
        root = json_loads(buf_str(&out), 0, NULL);
        assert_non_null(root);
        list = json_object_get(root, "messages");
        assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "words")),
            json_string_value(value));
        json_decref(root);
        json_decref(value);
    }
}

/* Guards that JSON means what it meant, and does nothing to a terminal. */
static void test_json(void **state)
{
    static const char *const json[] = {
        "--once", "messages", "--format", "json", "--config", "audit.conf", NULL};
    char *words = all_names();

    (void)state;
    write_audit(words);
    expect_json(json, words);
    free(words);
    write_audit("plain é ✗ 漢"); /* what is harmless stays readable */
    expect_json(json, "plain é ✗ 漢");
    assert_non_null(strstr(buf_str(&out), "plain é ✗ 漢"));
    write_audit("\xf3\xa0\x81\x81"); /* beyond 16 bits: two of UTF-16 */
    expect_json(json, "\xf3\xa0\x81\x81");
    assert_non_null(strstr(buf_str(&out), "\"\\udb40\\udc41\""));
}

/* Of the other two that print JSON. */
static void test_json_of_files(void **state)
{
    char text[256];

    (void)state;
    for (size_t i = 0; i < KF_LEN(names); i++) {
        snprintf(text, sizeof(text), "a.c:1:1: error: %s\n", names[i]);
        write_file(names[i], text);
        CHECK_HARM("log", "--format", "json", "--", names[i]);
        snprintf(text, sizeof(text), "#!/bin/sh\n#SBATCH -J %s\n", names[i]);
        write_file(names[i], text);
        CHECK_HARM("check", "--replay", REC, "--format", "json", names[i]);
        assert_int_equal(unlink(names[i]), 0);
    }
}

/* ---- terminals without UTF-8 ---- */

/* Such a terminal takes the second byte of "ě" for CSI, and that of "␛", our own sign, for DCS. */
static void test_ascii(void **state)
{
    static const char *const environment[] = {"LC_ALL=C", "HOME=/nonexistent", NULL};

    (void)state;
    for (size_t i = 0; i < KF_LEN(names); i++) {
        char path[256];
        const char *const argv[] = {KFARM_TOP, "log", path, NULL};

        snprintf(path, sizeof(path), "none/\xc4\x9b%s", names[i]);
        program_run(
            &(struct program){.argv = argv, .env = environment, .terminal = true}, &out, &err);
        assert_true(out.len > 0);
        for (size_t k = 0; k < out.len; k++)
            assert_true(out.p[k] == '\n' || (out.p[k] >= ' ' && out.p[k] < 0x7f));
        program_run(&(struct program){.argv = argv, .env = environment}, &out, &err);
        assert_non_null(strstr(buf_str(&err), "\xc4\x9b")); /* no terminal */
    }
}

static void test_lines(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    harmless_add(&b, "a\nb\tc\r\n\033\xff", 9);
    assert_string_equal(buf_str(&b), "a\xe2\x90\x8a"
                                     "b\tc\xe2\x90\x8d\xe2\x90\x8a\xe2\x90\x9b\xef\xbf\xbd");
    buf_release(&b);
}

/* Guards terminals that fault on characters with very many marks, and the lines above and below them. */
static void test_marks(void **state)
{
    struct buf text = BUF_INIT, b = BUF_INIT;

    (void)state;
    buf_adds(&text, "\xcc\x81"); /* none on what stands before the text */
    for (int k = 0; k < 2; k++) {
        buf_adds(&text, "e");
        for (int i = 0; i < 100; i++)
            buf_adds(&text, "\xcc\x81");
    }
    harmless_add(&b, text.p, text.len);
    assert_string_equal(buf_str(&b), "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
                                     "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81");
    buf_release(&text);
    buf_release(&b);
}

/* Guards that what cannot be written is told, whatever its size. */
static void test_unwritten(void **state)
{
    struct buf b = BUF_INIT;
    FILE *full = fopen("/dev/full", "we");

    (void)state;
    assert_non_null(full);
    assert_int_equal(harmless_line(full, "x"), -ENOSPC);
    while (b.len < 100000)
        buf_adds(&b, "0123456789\n");
    assert_int_equal(harmless_write(&b, full), -ENOSPC);
    assert_int_equal(harmless_data(&b, full), -ENOSPC);
    fclose(full);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_of_files),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_unwritten),
    };
    int failed = cmocka_run_group_tests(tests, start, end);

    buf_release(&out);
    buf_release(&err);
    return failed;
}
