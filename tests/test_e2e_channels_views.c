/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved views, of the configuration and of their own file, and the paths that messages about them name: each sequence of
 * tests/sequences.h, and every byte that the terminal gets. They are shown on a recording; no farm is needed.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/channels.h"
#include "tests/vt.h"

#define REC   SOURCE_DIR "/tests/golden/farm.rec"
#define MS    30000
#define COLS  250
#define ROWS  40
#define VIEWS 90 /* of a file: there may be 100 */

static char dir[] = "/tmp/kfarm-channels.XXXXXX";
static struct channels ch;
static struct vt *vt;

static int start(void **state)
{
    (void)state;
    channels_init(&ch);
    setenv("LC_ALL", "C.UTF-8", 1);
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
    channels_release(&ch);
    return chdir("/") == 0 ? nftw(dir, remove_it, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

static int end_test(void **state)
{
    (void)state;
    vt = vt_free(vt);
    return 0;
}

/* ---- the program ---- */

static void see(const char *text)
{
    if (!vt_wait_text(vt, text, MS))
        fail_msg("\"%s\" did not come to the screen", text);
}

static void press(const char *keys, const char *seen)
{
    assert_true(vt_keys(vt, keys));
    if (seen)
        see(seen);
}

/* Its own files are in the directory `place`. */
static void open_top(const char *place, const char *config)
{
    char variable[4200];
    const char *const env[] = {variable, NULL};
    const char *const argv[] = {
        KFARM_TOP, "--replay", REC, config ? "--config" : NULL, config, NULL};

    snprintf(variable, sizeof(variable), "XDG_CONFIG_HOME=%s/%s", dir, place);
    vt = vt_spawn(&(struct vt_options){
        .argv = argv, .env = env, .cols = COLS, .rows = ROWS, .record = &ch.record});
    assert_non_null(vt);
    see("recording");
}

static void quit(void)
{
    int status = -1;

    press("<F10>", NULL);
    assert_true(vt_wait_exit(vt, MS, &status));
    assert_int_equal(status, 0);
    vt = vt_free(vt);
}

static void make_directory(const char *path)
{
    if (access(path, F_OK) != 0)
        assert_int_equal(mkdir(path, 0700), 0);
}

/* ---- the list ---- */

/* As many views as a file may have, each with a sequence in its filter; returns the sequence to go on with. */
static size_t add_views(size_t from, struct buf *out)
{
    char one[CHANNELS_ONE];

    buf_clear(out);
    for (int n = 0; from < ch.count && n < VIEWS; from++) {
        if (!channels_is(&ch, CHANNELS_PLAIN, from))
            continue;
        buf_addf(out, "[view %zu]\nfilter = name:%s\n", from, channels_one(&ch, "vw", from, one));
        n++;
    }
    return from;
}

/* Those from `from` on, each seen on the screen: of rows that are alike the terminal gets only what differs. */
static void walk_through_the_list(size_t from, size_t to)
{
    press("V", "Show which view?");
    for (size_t i = from; i < to; i++) {
        char text[32];

        if (!channels_is(&ch, CHANNELS_PLAIN, i))
            continue;
        snprintf(text, sizeof(text), "name:vw%03zu" SEQUENCES_OPEN, i);
        see(text);
        press("<Down>", NULL);
    }
    press("<Enter>", NULL); /* its filter stands above the table */
    vt_wait_quiet(vt, 60, MS);
    quit();
}

static void test_list(void **state)
{
    struct buf text = BUF_INIT;

    (void)state;
    make_directory("own");
    make_directory("own/kfarm-top");
    for (int own = 0; own < 2; own++) {
        for (size_t i = 0, next; i < ch.count; i = next) {
            next = add_views(i, &text);
            channels_write(own ? "own/kfarm-top/views" : "config", &text);
            open_top(own ? "own" : "none", own ? NULL : "config");
            walk_through_the_list(i, next);
        }
        channels_clean(
            &ch, own ? "views of their own file" : "views of the configuration", false, 0);
    }
    buf_release(&text);
}

/* ---- messages ---- */

/* A file of views that is not well, with the sequences in it. */
static void try_wrong_views(const char *form, const char *text)
{
    struct buf file = BUF_INIT;

    buf_addf(&file, "[view %s%s\n", strcmp(form, "name") == 0 ? text : "a",
        strcmp(form, "name") == 0 ? "]\nrows = jobs" : "]");
    if (strcmp(form, "key") == 0)
        buf_addf(&file, "%s = x\n", text);
    if (strcmp(form, "filter") == 0)
        buf_addf(&file, "filter = %s:x\n", text);
    channels_write("own/kfarm-top/views", &file);
    buf_release(&file);
    open_top("own", NULL);
    press("m", "the saved views are not read");
    quit();
}

static void test_wrong_views(void **state)
{
    static const struct {
        const char *form, *marker;
        size_t room;
        enum channels_kind kinds;
    } forms[] = {{"name", "wn", CHANNELS_SECTION, CHANNELS_SHORT},
        {"key", "wk", CHANNELS_SECTION, CHANNELS_SHORT},
        {"filter", "wf", CHANNELS_NAME, CHANNELS_PLAIN}};
    struct buf text = BUF_INIT;

    (void)state;
    make_directory("own");
    make_directory("own/kfarm-top");
    for (size_t f = 0; f < KF_LEN(forms); f++) {
        for (size_t i = 0; i < ch.count;) {
            i = channels_some(&ch, forms[f].kinds, forms[f].marker, i, forms[f].room, &text);
            if (text.len > 0)
                try_wrong_views(forms[f].form, buf_str(&text));
        }
        channels_reached_list(&ch, forms[f].kinds, (const char *const[]){forms[f].marker, NULL});
        channels_clean(&ch, forms[f].form, false, 0);
    }
    buf_release(&text);
}

/* Guards the path in the words that a view is saved, or is not: a directory is in the file's place. */
static void test_place(void **state)
{
    struct buf text = BUF_INIT;
    char path[512];

    (void)state;
    for (int well = 0; well < 2; well++) {
        const char *marker = well ? "ps" : "pn";

        for (size_t i = 0; i < ch.count;) {
            i = channels_some(&ch, CHANNELS_ALL, marker, i, CHANNELS_NAME, &text);
            make_directory(buf_str(&text));
            snprintf(path, sizeof(path), "%s/kfarm-top", buf_str(&text));
            make_directory(path);
            snprintf(path, sizeof(path), "%s/kfarm-top/views", buf_str(&text));
            if (!well)
                make_directory(path);
            open_top(buf_str(&text), NULL);
            press("3", "Queue ");
            press("S", "Save this view under which name?");
            press("mine<Enter>", well ? "\" saved in " : "\" is not saved: ");
            press("m", "Messages ");
            quit();
        }
        channels_reached_list(&ch, CHANNELS_ALL, (const char *const[]){marker, NULL});
        channels_clean(&ch, well ? "saved" : "not saved", false, 0);
    }
    buf_release(&text);
}

#define TEST(function) cmocka_unit_test_teardown(function, end_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_list),
        TEST(test_wrong_views),
        TEST(test_place),
    };

    return cmocka_run_group_tests(tests, start, end);
}
