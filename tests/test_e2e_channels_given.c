/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the person who starts the program gives it, and may have from a stranger: words of the command line, names of files,
 * configurations, rules, themes, scripts. Each sequence of tests/sequences.h stands in each of them; whatever is said of it
 * on a terminal must be text. No farm is needed: the program ends with a message, or shows a recording.
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
#include "tests/program.h"

#define REC         SOURCE_DIR "/tests/golden/farm.rec"
#define HERE        '~' /* where the sequences stand in a form */
#define ONE         1 /* room for no more than one sequence */
#define MANY        190 /* of a file's name, or a word that messages repeat: some take 200 */
#define LINE        150 /* of a line: the reader of configurations takes 198 */
#define SECTION     CHANNELS_SECTION
#define ANY         -1
#define OPTION_STEP 5 /* likewise, of an option; the next one has others */
#define ASCII_STEP  8 /* of the texts, on a terminal without UTF-8 */
#define ARGS        10

static char dir[] = "/tmp/kfarm-channels.XXXXXX";
static struct channels ch;
static struct buf out, err;

static int start(void **state)
{
    (void)state;
    channels_init(&ch);
    if (mkdtemp(dir) == NULL || chdir(dir) < 0 || setenv("HOME", dir, 1) < 0)
        return -1;
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    return setenv("SLURM_CONF", "/nonexistent", 1);
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
    buf_release(&out);
    buf_release(&err);
    return chdir("/") == 0 ? nftw(dir, remove_it, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

/* ---- one channel ---- */

struct channel {
    const char *marker;
    size_t room; /* bytes of sequences in a form; 0: one form for each, all of them in one file */
    const char *args[ARGS]; /* of the program; sequences in place of HERE */
    const char *file; /* what stands in the file "given", likewise; NULL: there is none */
    const char *named; /* what stands in a file of that name; NULL: there is none */
    int status; /* of the program; ANY: whichever */
    enum channels_kind shown; /* what must be repeated; 0: all. Of a line with another nothing is */
};

/* A form with the text in each place of HERE; for free(). */
static char *fill(const char *form, const char *text)
{
    struct buf b = BUF_INIT;

    for (; *form; form++)
        if (*form == HERE)
            buf_adds(&b, text);
        else
            buf_addc(&b, *form);
    buf_addc(&b, '\0');
    return b.p;
}

static void write_text(const char *path, const char *text)
{
    struct buf b = BUF_INIT;

    buf_adds(&b, text);
    channels_write(path, &b);
    buf_release(&b);
}

static int run(const char *const *args, bool ascii)
{
    static const char *const plain[] = {
        "LC_ALL=C", "HOME=/nonexistent", "SLURM_CONF=/nonexistent", NULL};
    const char *argv[ARGS + 2] = {KFARM_TOP};

    for (size_t i = 0; i < ARGS && args[i]; i++)
        argv[i + 1] = args[i];
    return program_run(
        &(struct program){.argv = argv, .env = ascii ? plain : NULL, .terminal = true}, &out, &err);
}

/* What the program says of one text; into the recording. */
static void try_text(const struct channel *c, const char *text, bool ascii)
{
    char *args[ARGS + 1] = {0}, *file = c->file ? fill(c->file, text) : NULL;
    int status;

    for (size_t i = 0; i < ARGS && c->args[i]; i++)
        args[i] = fill(c->args[i], text);
    if (file)
        write_text("given", file);
    if (c->named)
        write_text(text, c->named);
    status = run((const char *const *)args, ascii);
    if (status != c->status && (c->status != ANY || status >= 128)) {
        channels_print_around(&out, 0);
        fail_msg("%s: the program ended with %d", c->marker, status);
    }
    /* a line of our own is not what a stranger says */
    if (strstr(buf_str(&out), "\nkfarm-top: all is well"))
        fail_msg("%s: a newline was written as one", c->marker);
    if (c->named)
        assert_int_equal(unlink(text), 0);
    buf_add(&ch.record, buf_str(&out), out.len);
    for (size_t i = 0; args[i]; i++)
        free(args[i]);
    free(file);
}

/* The sequences of these kinds, in as many texts as the channel's room asks for; of every `step`th the program says something. */
static void try_kind(const struct channel *c, enum channels_kind kinds, bool ascii, size_t step)
{
    size_t room = ascii ? KF_MAX(c->room, (size_t)MANY) : c->room;
    struct buf text = BUF_INIT;

    for (size_t i = 0, k = 0; i < ch.count; k++) {
        i = channels_some(&ch, kinds, c->marker, i, room, &text);
        if (text.len > 0 && k % step == 0)
            try_text(c, buf_str(&text), ascii);
    }
    buf_release(&text);
}

/* All mistakes of a file are told at once. */
static void try_file(const struct channel *c)
{
    struct channel filled = *c;
    struct buf file = BUF_INIT;

    for (size_t i = 0; i < ch.count; i++) {
        char one[CHANNELS_ONE], *form;

        if (channels_newline(&ch, i))
            continue;
        form = fill(c->file, channels_one(&ch, c->marker, i, one));
        buf_adds(&file, form);
        free(form);
    }
    filled.file = buf_str(&file);
    try_text(&filled, "", false);
    buf_release(&file);
}

static void try_channel(const struct channel *c)
{
    enum channels_kind shown = c->shown ? c->shown : CHANNELS_ALL;

    if (c->room == 0) {
        try_file(c);
    } else {
        try_kind(c, CHANNELS_PLAIN, false, 1);
        try_kind(c, CHANNELS_CONTROL | CHANNELS_RETURN, false, 1);
        try_kind(c, CHANNELS_LONG, false, 1);
    }
    if (c->file == NULL)
        try_text(c, "x\nkfarm-top: all is well", false);
    channels_reached_list(&ch, shown, (const char *const[]){c->marker, NULL});
    channels_clean(&ch, c->args[0], false, 0);
    try_kind(c, CHANNELS_ALL, true, ASCII_STEP);
    channels_clean(&ch, c->args[0], true, 0);
}

/* ---- words of the command line ---- */

#define REPLAY "--replay", REC

/* Guards every word that the program repeats: unknown ones, values, names of files that are not there. */
static void test_arguments(void **state)
{
    static const struct channel channels[] = {
        {"ar", MANY, {"~"}, .status = 2},
        {"op", MANY, {"--~"}, .status = 2},
        {"ov", MANY, {"--ascii=~"}, .status = 2},
        {"on", MANY, {"--once", "~"}, .status = 2},
        {"he", MANY, {"--helper", "~"}, .status = 2},
        {"fm", MANY, {"--once", "jobs", "--format", "~"}, .status = 2},
        {"cl", MANY, {"--once", "jobs", "--columns", "~", REPLAY}, .status = 2},
        {"so", MANY, {"--once", "jobs", "--sort", "~", REPLAY}, .status = 2},
        {"fi", ONE, {"--once", "jobs", "--filter", "~:x", REPLAY}, .status = 2},
        {"rf", MANY, {"--refresh", "~"}, .status = 2},
        {"sz", MANY, {"--size", "~"}, .status = 2},
        {"th", MANY, {"--theme", "~", REPLAY}, .status = 2},
        {"tf", MANY, {"--theme", "./~", REPLAY}, .status = 2},
        {"cg", MANY, {"--config", "~", REPLAY}, .status = 2},
        {"kc", MANY, {"--check-config=~"}, .status = 2},
        {"kr", MANY, {"--check-rules", "~"}, .status = 2},
        {"rp", MANY, {"--replay", "~"}, .status = 2},
        {"ro", MANY, {"--once", "jobs", "--replay", "none/~"}, .status = 2},
        {"rd", MANY, {"--once", "farm", "--record", "~/x"}, .status = 2},
        {"sc", MANY, {"--script", "~", REPLAY}, .status = 2},
        {"lg", MANY, {"log", "none/~"}, .status = 2},
        {"lo", MANY, {"log", "--~"}, .status = 2},
        {"lf", MANY, {"log", "--format", "~", "x"}, .status = 2},
        {"ck", MANY, {"check", REPLAY, "none/~"}, .status = 2},
        {"cf", MANY, {"check", "--format", "~", "x"}, .status = 2},
        {"cr", MANY, {"check", "--replay", "~", "given"}, "#!/bin/sh\n", .status = 2},
        {"cc", MANY, {"check", REPLAY, "--config", "~", "given"}, "#!/bin/sh\n", .status = 2},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(channels); i++)
        try_channel(&channels[i]);
}

/* Guards the options of later releases: each that the help names, with some of the sequences for its value. */
static void test_options(void **state)
{
    unsigned k = 0;
    char *help;

    (void)state;
    assert_int_equal(
        program_run(&(struct program){.argv = (const char *const[]){KFARM_TOP, "--help", NULL}},
            &out, &err),
        0);
    help = xstrdup(buf_str(&out));
    for (const char *at = help; (at = strstr(at, "\n  --")) != NULL; at++) {
        struct buf text = BUF_INIT;
        char option[64], joined[600];
        int n = 0;

        assert_int_equal(sscanf(at, " %60[-a-z]%n", option, &n), 1);
        for (size_t i = 0; i < ch.count;) {
            i = channels_some(&ch, CHANNELS_ALL, "v", i, MANY, &text);
            if (k++ % OPTION_STEP)
                continue;
            snprintf(joined, sizeof(joined), "%s=./%s", option, buf_str(&text));
            assert_true(
                run((const char *const[]){"--once", "jobs", joined, REPLAY, NULL}, false) < 128);
            buf_add(&ch.record, out.p, out.len);
        }
        buf_release(&text);
    }
    channels_reached(&ch, "v");
    channels_clean(&ch, "options of the help", false, 0);
    free(help);
}

/* ---- names of files ---- */

/* Guards files that are there, and of which something is said: that they are well, or where they are not. */
static void test_names(void **state)
{
    static const char rules[] = "[x]\nlevel = error\nanchor = x\npattern = ^x\nsample = x\n";
    static const char wrong[] = "[x]\ny = z\n";
    static const char script[] = "#!/bin/sh\n#SBATCH --mem=10M\n";
    static const char log[] = "a.c:1:1: error: x\nmake: *** [Makefile:1: a.o] Error 1\n";
    static const struct channel channels[] = {
        {"wr", MANY, {"--check-rules", "~"}, .named = rules},
        {"wc", MANY, {"--check-config=~"}, .named = "[general]\nascii = yes\n"},
        {"br", MANY, {"--check-rules", "~"}, .named = wrong, .status = 2},
        {"bc", MANY, {"--check-config=~"}, .named = wrong, .status = 2},
        {"bg", MANY, {"--config", "~", REPLAY}, .named = wrong, .status = 2},
        {"bt", MANY, {"--theme", "./~", REPLAY}, .named = wrong, .status = 2},
        {"bp", MANY, {"--replay", "~"}, .named = wrong, .status = 2},
        {"bo", MANY, {"--once", "jobs", "--replay", "~"}, .named = wrong, .status = 2},
        {"bs", MANY, {"--script", "~", REPLAY}, .named = wrong, .status = 2},
        {"nl", MANY, {"log", "./~"}, .named = log, .status = 1},
        {"nj", MANY, {"log", "--format", "json", "./~"}, .named = log, .status = 1},
        {"nc", MANY, {"check", REPLAY, "./~"}, .named = script},
        {"nk", MANY, {"check", REPLAY, "--format", "json", "./~"}, .named = script},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(channels); i++)
        try_channel(&channels[i]);
}

/* ---- what stands in files ---- */

#define CHECK  "--check-config=given"
#define CONFIG "--once", "jobs", "--config", "given", REPLAY

/* Guards the mistakes in a configuration, whose words repeat what stands there. */
static void test_configuration(void **state)
{
    static const struct channel channels[] = {
        {"se", 0, {CHECK}, "[~]\na = b\n", .status = 2, .shown = CHANNELS_SHORT},
        {"ke", 0, {CHECK}, "[general]\n~ = x\n", .status = 2, .shown = CHANNELS_SHORT},
        {"vn", 0, {CHECK}, "[view ~]\nrows = jobs\n", .status = 2, .shown = CHANNELS_SHORT},
        {"pn", 0, {CHECK}, "[preset ~]\ncpus = 1\n", .status = 2, .shown = CHANNELS_SHORT},
        {"kl", SECTION, {CONFIG}, "[general]\n~ = x\n", .status = 2, .shown = CHANNELS_SHORT},
        {"vl", SECTION, {CONFIG}, "[view ~]\nrows = jobs\n", .status = 2, .shown = CHANNELS_SHORT},
        {"th", LINE, {CHECK}, "[general]\ntheme = ~\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"tl", LINE, {CONFIG}, "[general]\ntheme = ~\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"re", LINE, {CHECK}, "[general]\nrefresh = ~\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"tw", LINE, {CHECK}, "[general]\nascii = no\nascii = ~\n", .status = 2,
            .shown = CHANNELS_PLAIN},
        {"vf", LINE, {CHECK}, "[view a]\nfilter = ~:x\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"vc", LINE, {CHECK}, "[view a]\ncolumns = ~\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"vs", LINE, {CHECK}, "[view a]\nsort = ~\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"vr", LINE, {CHECK}, "[view a]\nrows = ~\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"au", LINE, {CHECK}, "[audit]\nfile = ~\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"sd", LINE, {CHECK}, "[submit]\ndirectories = ~\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"no", LINE, {CHECK}, "[node]\nshell = ~\n", .status = 2, .shown = CHANNELS_PLAIN},
        {"pp", LINE, {CHECK}, "[preset a]\npartition = -~\n", .status = 2, .shown = CHANNELS_PLAIN},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(channels); i++)
        try_channel(&channels[i]);
}

#define RULES "--check-rules", "given"
#define RULE  "level = error\nanchor = x\npattern = ^(?<tag>x)\nsample = x\n"

static void test_rules(void **state)
{
    static const struct channel channels[] = {
        {"ru", SECTION, {RULES}, "[~]\nlevel = error\nlevel = error\n", .status = 2,
            .shown = CHANNELS_SHORT},
        {"rk", SECTION, {RULES}, "[x]\n~ = x\n", .status = 2, .shown = CHANNELS_SHORT},
        {"rl", MANY, {RULES}, "[x]\nlevel = ~\n", .status = 2, .shown = CHANNELS_SHORT},
        {"rc", MANY, {RULES}, "[x]\ncause = ~\n", .status = 2, .shown = CHANNELS_SHORT},
        {"rp", MANY, {RULES}, "[x]\npart = ~\n", .status = 2, .shown = CHANNELS_SHORT},
        {"rh", MANY, {RULES}, "[x]\nhead = ~\n", .status = 2, .shown = CHANNELS_SHORT},
        {"rg", MANY, {RULES}, "[x]\n" RULE "tag = ~\n", .status = 2, .shown = CHANNELS_SHORT},
        {"rx", SECTION, {RULES}, "[~]\nlevel = error\nanchor = x\npattern = ^x(\nsample = x\n",
            .status = 2, .shown = CHANNELS_SHORT},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(channels); i++)
        try_channel(&channels[i]);
}

#define THEME  "--theme", "./given", REPLAY
#define SCRIPT "--script", "given", REPLAY

static void test_themes_and_scripts(void **state)
{
    static const struct channel channels[] = {
        {"ts", SECTION, {THEME}, "[~]\na = b\n", .status = 2, .shown = CHANNELS_SHORT},
        {"tr", SECTION, {THEME}, "[roles]\n~ = red\n", .status = 2, .shown = CHANNELS_SHORT},
        {"tc", ONE, {THEME}, "[roles]\ntext = ~\n", .status = 2, .shown = CHANNELS_SHORT},
        {"kk", MANY, {SCRIPT}, "keys ~\n", .status = 2},
        {"ks", MANY, {SCRIPT}, "~\n", .status = 2},
        {"kz", MANY, {SCRIPT}, "size ~\n", .status = 2},
        {"ka", MANY, {SCRIPT}, "advance ~\n", .status = 2},
        {"kt", MANY, {SCRIPT}, .file = "size 300x40\nkeys /\ntype ~\ndump\n",
            .shown = CHANNELS_PLAIN},
        {"kw", MANY, {SCRIPT}, "wait ~\n", .status = 1},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(channels); i++)
        try_channel(&channels[i]);
}

#define CHECKED "check", REPLAY, "given"

/* Guards the verdict on a batch script, which repeats its options and the values that make no sense. */
static void test_batch_scripts(void **state)
{
    static const struct channel channels[] = {
        {"co", SECTION, {CHECKED, "--~"}, "#!/bin/sh\n", .status = 1},
        {"cp", MANY, {CHECKED, "--partition=~"}, "#!/bin/sh\n", .status = 1},
        {"so", SECTION, {CHECKED}, "#!/bin/sh\n#SBATCH --~\n", .status = 1},
        {"st", SECTION, {CHECKED}, "#!/bin/sh\n#SBATCH --time=~\n", .status = 1},
        {"sn", SECTION, {CHECKED, "--format=json"}, "#!/bin/sh\n#SBATCH -J ~\n", .status = ANY},
        {"sj", SECTION, {CHECKED, "--format=json"}, "#!/bin/sh\n#SBATCH --~\n", .status = 1},
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(channels); i++)
        try_channel(&channels[i]);
}

/* ---- logs, and rules of one's own ---- */

/* Guards what `log` says of a build: its diagnostics, their sources, targets and steps. */
static void test_logs(void **state)
{
    static const char *const forms[] = {"ls#e.c:3:1: error: x\n", "y.c:3:1: error: lr#e\n",
        "lu#e.c:22:2: warning: x\n", "z.c:22:2: warning: lw#e\n",
        "make[2]: *** [Makefile:1: lt#e.o] Error 1\n",
        "slurmstepd: error: *** JOB 1 ON lj#e CANCELLED ***\n", "  CC      lc#e.o\n"};
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < KF_LEN(forms); i++)
        channels_add_lines(&ch, forms[i], &b);
    channels_write("given", &b);
    buf_release(&b);
    for (int json = 0; json < 2; json++) {
        const char *const args[] = {"log", json ? "--format=json" : "--format=text", "given", NULL};

        for (int ascii = 0; ascii < 2; ascii++) {
            assert_int_equal(run(args, ascii), 1);
            buf_add(&ch.record, out.p, out.len);
            if (json)
                channels_reached_list(&ch, CHANNELS_LOG, (const char *const[]){"lr", "lw", NULL});
            channels_clean(&ch, json ? "log in JSON" : "log in text", ascii && !json, 0);
        }
    }
}

/* Guards the word that rules of one's own are not well and left out: it names their file. */
static void test_own_rules(void **state)
{
    struct buf text = BUF_INIT;

    (void)state;
    assert_int_equal(mkdir(".config", 0700), 0);
    assert_int_equal(mkdir(".config/kfarm-top", 0700), 0);
    assert_int_equal(mkdir(".config/kfarm-top/rules", 0700), 0);
    write_text("given", "x\n");
    for (size_t i = 0; i < ch.count;) {
        char path[512];

        i = channels_some(&ch, CHANNELS_ALL, "rw", i, MANY, &text);
        snprintf(path, sizeof(path), ".config/kfarm-top/rules/%s.rules", buf_str(&text));
        write_text(path, "[x]\ny = z\n");
        run((const char *const[]){"log", "given", NULL}, false);
        buf_add(&ch.record, out.p, out.len);
        assert_int_equal(unlink(path), 0);
    }
    channels_reached(&ch, "rw");
    channels_clean(&ch, "rules of one's own", false, 0);
    buf_release(&text);
}

/* Guards the words about the configuration's usual place, which a variable of the environment names. */
static void test_usual_place(void **state)
{
    struct buf text = BUF_INIT;
    char *place = NULL;

    (void)state;
    for (size_t i = 0; i < ch.count; free(place)) {
        char path[4200];

        i = channels_some(&ch, CHANNELS_ALL, "up", i, MANY, &text);
        place = realpath(".", NULL);
        assert_non_null(place);
        snprintf(path, sizeof(path), "%s/%s", place, buf_str(&text));
        setenv("XDG_CONFIG_HOME", path, 1);
        assert_int_equal(run((const char *const[]){"--check-config", NULL}, false), 0);
        buf_add(&ch.record, out.p, out.len);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof(path), "%s/%s/kfarm-top", place, buf_str(&text));
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof(path), "%s/%s/kfarm-top/config", place, buf_str(&text));
        write_text(path, "[x]\ny = z\n");
        assert_int_equal(run((const char *const[]){"--once", "jobs", REPLAY, NULL}, false), 2);
        buf_add(&ch.record, out.p, out.len);
    }
    unsetenv("XDG_CONFIG_HOME");
    channels_reached(&ch, "up");
    channels_clean(&ch, "the usual place", false, 0);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_themes_and_scripts),
        cmocka_unit_test(test_batch_scripts),
        cmocka_unit_test(test_logs),
        cmocka_unit_test(test_own_rules),
        cmocka_unit_test(test_usual_place),
    };

    return cmocka_run_group_tests(tests, start, end);
}
