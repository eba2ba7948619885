/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What builds come to: logs of real builds, good and broken, of jobs on a real farm (builds/NAME/out and
 * err), each with what must be found in it (builds/NAME/want); and small made-up ones for what
 * those do not have.
 */
#include "tests/build_feed.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BUILDS SOURCE_DIR "/tests/builds/"

static struct logrule_set *rules;

static int start(void **state)
{
    struct diag d = DIAG_INIT;

    (void)state;
    rules = logrule_set_builtin(&d);
    if (rules == NULL)
        print_error("%s\n", d.text);
    return rules ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    rules = logrule_set_free(rules);
    return 0;
}

/* ---- real ones ---- */

/* False if there is no such file. */
static bool read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "re");
    char piece[65536];
    size_t n;

    if (f == NULL)
        return false;
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_add(out, piece, n);
    fclose(f);
    return true;
}

static struct build *feed_dir(const char *name, piece_fn *piece, void *user)
{
    static const char *const files[] = {"out", "err"};
    struct build *b = build_new(rules);

    for (size_t i = 0; i < KF_LEN(files); i++) {
        struct feed f = {.rules = rules, .build = b, .file = build_add_file(b)};
        struct buf text = BUF_INIT;
        char path[1024];

        snprintf(path, sizeof(path), BUILDS "%s/%s", name, files[i]);
        if (read_file(path, &text))
            feed_file(&f, buf_str(&text), text.len, piece, user);
        buf_release(&text);
    }
    return b;
}

static int64_t steps_of(struct build *b)
{
    struct logcount *c = xcalloc(1, sizeof(*c));
    int64_t n;

    build_steps(b, c);
    n = c->level[LOG_STEP];
    free(c);
    return n;
}

/* What a key of `want` is about, in words. */
static void answer(struct build *b, const char *key, char *out, size_t size)
{
    struct build_report r = build_judge(b);
    const struct build_diag *d = r.first;

    if (strcmp(key, "result") == 0)
        snprintf(out, size, "%s", build_result_name(r.result));
    else if (strcmp(key, "cause") == 0)
        snprintf(out, size, "%s", log_cause_name(r.cause));
    else if (strcmp(key, "phase") == 0)
        snprintf(out, size, "%s", build_phase_name(r.phase));
    else if (strcmp(key, "basis") == 0)
        snprintf(out, size, "%s", build_basis_name(r.basis));
    else if (strcmp(key, "image") == 0)
        snprintf(out, size, "%s", r.image ? r.image : "none");
    else if (strcmp(key, "errors") == 0)
        snprintf(out, size, "%llu", (unsigned long long)r.errors);
    else if (strcmp(key, "warnings") == 0)
        snprintf(out, size, "%llu", (unsigned long long)r.warnings);
    else if (strcmp(key, "steps") == 0)
        snprintf(out, size, "%lld", (long long)steps_of(b));
    else if (d == NULL)
        snprintf(out, size, "none");
    else if (strcmp(key, "first") == 0)
        snprintf(out, size, "%s:%lld", d->file ? "err" : "out", (long long)d->line);
    else if (strcmp(key, "source") == 0)
        snprintf(
            out, size, "%s:%lld:%lld", d->source, (long long)d->source_line, (long long)d->column);
    else if (strcmp(key, "in_tree") == 0)
        snprintf(out, size, "%s", build_source(b, d));
    else if (strcmp(key, "target") == 0)
        snprintf(out, size, "%s", d->target);
    else if (strcmp(key, "message") == 0)
        snprintf(out, size, "%s", d->message);
    else
        fail_msg("want: unknown key %s", key);
}

static void check_wants(struct build *b, const char *name)
{
    char path[1024], line[512], got[512];
    int wants = 0;
    FILE *f;

    snprintf(path, sizeof(path), BUILDS "%s/want", name);
    f = fopen(path, "re");
    if (f == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof(line), f)) {
        char *value = strchr(line, ' ');

        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        assert_non_null(value);
        *value++ = '\0';
        answer(b, line, got, sizeof(got));
        if (strcmp(got, value) != 0)
            fail_msg("%s: %s: %s, not %s", name, line, got, value);
        wants++;
    }
    fclose(f);
    if (wants < 4)
        fail_msg("%s: only %d things are wanted", path, wants);
}

static size_t some(void *user, size_t n)
{
    unsigned *seed = user;

    *seed = *seed * 1103515245u + 12345u;
    return KF_MIN(n, (size_t)(1 + (*seed >> 16) % 97));
}

/* In one go, and in pieces of many sizes: the same. */
static void check_pieces(struct build *b, const char *name)
{
    struct buf whole = BUF_INIT, pieces = BUF_INIT;
    unsigned seed = 1;
    struct build *other = feed_dir(name, some, &seed);

    dump_build(&whole, b);
    dump_build(&pieces, other);
    if (strcmp(buf_str(&whole), buf_str(&pieces)) != 0)
        fail_msg("%s: in pieces:\n%s\nin one go:\n%s", name, buf_str(&pieces), buf_str(&whole));
    build_free(other);
    buf_release(&whole);
    buf_release(&pieces);
}

static void test_real_builds(void **state)
{
    const struct dirent *e;
    DIR *d = opendir(BUILDS);
    int n = 0;

    (void)state;
    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        struct build *b;

        if (e->d_name[0] == '.')
            continue;
        b = feed_dir(e->d_name, NULL, NULL);
        check_wants(b, e->d_name);
        check_pieces(b, e->d_name);
        build_free(b);
        n++;
    }
    closedir(d);
    assert_true(n >= 46);
}

/* ---- made-up ones ---- */

static struct build *feed_text(const char *out, const char *err)
{
    const char *const texts[] = {out, err};
    struct build *b = build_new(rules);

    for (size_t i = 0; i < KF_LEN(texts); i++) {
        struct feed f = {.rules = rules, .build = b, .file = build_add_file(b)};

        feed_file(&f, texts[i], strlen(texts[i]), NULL, NULL);
    }
    return b;
}

static void check_text(const char *out, const char *err, const char *const wants[][2])
{
    struct build *b = feed_text(out, err);

    for (int i = 0; wants[i][0]; i++) {
        char got[512];

        answer(b, wants[i][0], got, sizeof(got));
        if (strcmp(got, wants[i][1]) != 0)
            fail_msg("%s%s: %s: %s, not %s", out, err, wants[i][0], got, wants[i][1]);
    }
    build_free(b);
}

static const struct {
    const char *out, *err;
    const char *wants[8][2];
} texts[] = {
    {"", "", {{"result", "unknown"}, {"phase", "none"}}},
    {"hello\n", "", {{"result", "unknown"}}},
    {"  CC      init/main.o\n", "", {{"result", "running"}, {"phase", "compile"}, {"steps", "1"}}},
    /* what make clean takes away is neither a step nor as far as it got */
    {"  CLEAN   arch/x86/boot/compressed\n  CLEAN   vmlinux\n  HOSTCC  scripts/basic/fixdep\n", "",
        {{"result", "running"}, {"phase", "prepare"}, {"steps", "1"}}},
    /* a header's warning, told once for each file that includes it */
    {"  CC      a.o\na.h:1:2: warning: x\n  CC      b.o\na.h:1:2: warning: x\n2 warnings "
     "generated.\n",
        "", {{"warnings", "1"}, {"errors", "0"}}},
    /* with -j4 others' steps and errors stand in between, and make names the one that counts first */
    {"a.c:1:1: error: one\n  CC      z.o\nb.c:2:2: error: two\n"
     "make[2]: *** [scripts/Makefile.build:1: b.o] Error 1\n",
        "",
        {{"result", "failed"}, {"first", "out:3"}, {"source", "b.c:2:2"}, {"target", "b.o"},
            {"cause", "compile"}}},
    /* the same name in another directory is another file */
    {"x/a.c:1:1: error: one\ny/a.c:2:2: error: two\nmake[2]: *** [M:1: y/a.o] Error 1\n", "",
        {{"source", "y/a.c:2:2"}}},
    /* a header's error belongs to what includes it */
    {"z.c:1:1: error: other\nIn file included from h/b.h:3,\n                 from "
     "../k/a.c:4:\nh/c.h:5:6: error: x\n"
     "make[2]: *** [M:1: k/a.o] Error 1\n",
        "", {{"source", "h/c.h:5:6"}, {"target", "k/a.o"}}},
    /* sources as they are called within the tree: by the target, by what includes a header, by make's directories */
    {"/s/linux/k/a.c:1:1: error: x\nmake[2]: *** [M:1: k/a.o] Error 1\n", "",
        {{"in_tree", "k/a.c"}, {"source", "/s/linux/k/a.c:1:1"}}},
    {"../k/a.c:1:1: error: x\nmake[2]: *** [M:1: k/a.o] Error 1\n", "", {{"in_tree", "k/a.c"}}},
    {"In file included from /s/k/a.c:4:\n/s/h/c.h:5:6: error: x\n"
     "make[2]: *** [M:1: k/a.o] Error 1\n",
        "", {{"in_tree", "h/c.h"}}},
    {"In file included from /s/k/a.c:4:\n/usr/include/c.h:5:6: error: x\n"
     "make[2]: *** [M:1: k/a.o] Error 1\n",
        "", {{"in_tree", "/usr/include/c.h"}}},
    {"make: Entering directory '/s/linux'\n/s/linux/k/a.c:1:1: error: x\n"
     "make: *** [M:1: all] Error 2\n",
        "", {{"in_tree", "k/a.c"}}},
    {"./k/a.h:1:1: error: x\nmake: *** [M:1: all] Error 2\n", "", {{"in_tree", "k/a.h"}}},
    {"k/a.c:1:1: error: x\nmake[2]: *** [M:1: o/k/a.o] Error 1\n", "", {{"in_tree", "k/a.c"}}},
    {"make[1]: *** [M:1: a.o] Error 1\nmake: *** [M:2: all] Error 2\n", "",
        {{"result", "failed"}, {"basis", "make"}, {"cause", "make"}, {"first", "out:1"}}},
    {"make[1]: *** [M:1: a.o] Killed\nmake: *** [M:2: all] Error 2\n", "",
        {{"basis", "make"}, {"cause", "oom"}}},
    {"make[1]: *** [M:1: a.o] Error 127\n", "", {{"cause", "missing-tool"}}},
    {"doing\nthis went wrong\n", "Kernel compilation FAILED.\n",
        {{"result", "failed"}, {"cause", "script"}, {"basis", "line"}, {"first", "out:2"}}},
    /* collect2's line is not the error */
    {"",
        "ld: a.o: in function `f':\na.c:(.text+0x1): undefined reference to `g'\n"
        "collect2: error: ld returned 1 exit status\nmake: *** [M:1: vmlinux] Error 1\n",
        {{"cause", "link"}, {"errors", "1"}, {"first", "err:2"}, {"target", "vmlinux"}}},
    {"", "collect2: error: ld returned 1 exit status\nmake: *** [M:1: vmlinux] Error 1\n",
        {{"cause", "make"}, {"first", "err:2"}}},
    {"Kernel: arch/x86/boot/bzImage is ready  (#1)\n", "",
        {{"result", "success"}, {"phase", "done"}, {"image", "arch/x86/boot/bzImage"}}},
    /* one try that fails, and another that does not; the last counts, in one file */
    {"make: *** [M:1: a] Error 1\nKernel: arch/x86/boot/bzImage is ready  (#1)\n", "",
        {{"result", "success"}}},
    {"Kernel: arch/x86/boot/bzImage is ready  (#1)\nmake: *** [M:1: modules] Error 1\n", "",
        {{"result", "failed"}}},
    /* in two files nobody knows: then the script's own word decides, if the image is there, too */
    {"Kernel: arch/x86/boot/bzImage is ready  (#1)\n", "make: *** [M:1: a] Error 1\n",
        {{"result", "failed"}}},
    {"Kernel: arch/x86/boot/bzImage is ready  (#1)\nKernel compilation successful!\n",
        "make: *** [M:1: a] Error 1\n", {{"result", "success"}}},
    {"Kernel compilation successful!\n", "make: *** [M:1: a] Error 1\n", {{"result", "failed"}}},
    /* Slurm's word goes before what breaks because of it */
    {"  CC      a.o\n",
        "slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2026-11-22T20:30:46 DUE TO TIME LIMIT "
        "***\n"
        "make[1]: *** [M:1: a.o] Terminated\nmake: *** [M:2: all] Error 2\n",
        {{"result", "failed"}, {"cause", "time-limit"}, {"basis", "slurm"}, {"first", "err:1"}}},
    {"  CC      a.o\n", "slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2026-11-22T20:30:46 ***\n",
        {{"result", "cancelled"}, {"cause", "cancelled"}}},
    /* what follows a requeue is another run */
    {"  CC      a.o\na.c:1:1: error: x\nslurmstepd: error: *** JOB 4 ON n1 CANCELLED AT "
     "2026-11-22T20:30:46 DUE TO JOB REQUEUE ***\n"
     "  CC      b.o\n",
        "", {{"result", "running"}, {"errors", "0"}, {"steps", "1"}}},
    /* and so is what follows the script's own beginning; of the makes that were ended before it, only what
       they say themselves */
    {"SLURM Job ID: 4\n  CC      a.o\n  CC      b.o\nSLURM Job ID: 4\n  CC      a.o\nKernel: x is "
     "ready\n",
        "slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2026-11-22T20:30:46 DUE TO JOB REQUEUE "
        "***\n"
        "Terminated\nmake[1]: *** [M:1: a.o] Error 143\nmake: *** [M:2: all] Error 2\n",
        {{"result", "success"}, {"steps", "1"}, {"errors", "0"}}},
    {"",
        "slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2026-11-22T20:30:46 DUE TO TIME LIMIT "
        "***\n"
        "make[3]: *** wait: No child processes.  Stop.\nmake[2]: *** No rule to make target 'x'.  "
        "Stop.\n",
        {{"cause", "time-limit"}, {"basis", "slurm"}, {"first", "err:1"}}},
    /* preempted, run once more from the start of the same files, and well */
    {"SLURM Job ID: 4\n  CC      a.o\nSLURM Job ID: 4\n  CC      a.o\nKernel: x is ready\n",
        "slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2026-11-22T20:30:46 DUE TO PREEMPTION "
        "***\n",
        {{"result", "failed"}, {"cause", "preempted"}}},
    {"SLURM Job ID: 4\nslurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2026-11-22T20:30:46 DUE TO "
     "PREEMPTION ***\n"
     "SLURM Job ID: 4\n  CC      a.o\nKernel: x is ready\n",
        "", {{"result", "success"}, {"steps", "1"}}},
    /* a compiler that was told to colour, whatever it writes to */
    {"\033[01m\033[Ka.c:1:2:\033[m\033[K \033[01;31m\033[Kerror: \033[m\033[Kx\n"
     "\033[1mb.c:3:4: \033[0m\033[0;1;31merror: \033[0m\033[1my\033[0m\n",
        "make: *** [M:1: b.o] Error 1\n",
        {{"source", "a.c:1:2"}, {"errors", "2"}, {"message", "x"}}},
    /* rustc names the place in the next line */
    {"error[E0425]: cannot find value `x` in this scope\n  --> rust/a.rs:3:9\n   |\n3  |     x\n"
     "error: aborting due to previous error\nmake[1]: *** [M:1: rust/a.o] Error 1\n",
        "", {{"source", "rust/a.rs:3:9"}, {"errors", "1"}, {"target", "rust/a.o"}}},
    {"Error: arch/arm/boot/dts/x.dts:20.1-2 syntax error\nmake[1]: *** [M:1: x.dtb] Error 1\n", "",
        {{"source", "arch/arm/boot/dts/x.dts:20:1"}, {"target", "x.dtb"}}},
    {"",
        "/bin/sh: 1: flex: not found\nmake[1]: *** [scripts/Makefile.host:9: "
        "scripts/kconfig/lexer.lex.c] Error 127\n",
        {{"cause", "missing-tool"}, {"message", "flex: not found"}}},
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < KF_LEN(texts); i++)
        check_text(texts[i].out, texts[i].err, texts[i].wants);
}

static size_t one(void *user, size_t n)
{
    (void)user;
    return KF_MIN(n, (size_t)1);
}

/* What begins like a command or a step before is counted without the rules: as they would. */
static void test_heads(void **state)
{
    static const char before[] = "  gcc -Wall -c -o a.o a.c\n  CC      a.o\n"
                                 "  /opt/cross/bin/aarch64-linux-gnu-gcc-12 -W -c -o a.o a.c\n"
                                 "  clang  -c -o a.o a.c\n";
    static const char *const lines[] = {
        "  gcc -Wl,x -c -o init/main.o init/main.c",
        "  gcc -Wl,x -S -o kernel/bounds.s kernel/bounds.c",
        "  gcc -Wl,x -o scripts/basic/fixdep scripts/basic/fixdep.c",
        "  gcc -Wl,x -c -o a.o a.c ; ./tools/objtool/objtool --mcount a.o",
        "  gcc -Wl,x -c -o a.o -c -o b.o b.c",
        "  gcc -Wl,x -c -o a.o -S -c -o",
        "  gcc -Wl,x -c -o  a.o",
        "  gcc -Wl,x -c -o ",
        "  gcc -Wl,x -c -o \ta.o",
        "  gcc -Wl,x -c -o a\t.o",
        "  gcc -W -c -o arch/x86/boot/a.o",
        "  gcc -Wl,x -c -o -S -o kernel/bounds.s",
        "  gcc -Wl,x -c -o a.o -S -o arch/x86/boot/a.o",
        "  gcc -W",
        "  gcc -c -o a.o a.c",
        "  gcc-12 -Wl,x -c -o a.o a.c",
        "  clang -c -o a.o a.c",
        "  clang  -c -o b.o b.c",
        "  /opt/cross/bin/aarch64-linux-gnu-gcc-12 -f -c -o kernel/fork.o kernel/fork.c",
        "  /opt/cross/bin/aarch64-linux-gnu-gcc-13 -f -c -o kernel/fork.o kernel/fork.c",
        "  CC       b.o",
        "  CC      \tb.o",
        "  CC      ",
    };

    (void)state;
    for (size_t i = 0; i < KF_LEN(lines); i++) {
        struct feed quick = {.rules = rules, .build = build_new(rules)};
        struct feed slow = {.rules = rules, .build = build_new(rules)};
        struct buf text = BUF_INIT, a = BUF_INIT, b = BUF_INIT;

        build_add_file(quick.build);
        build_add_file(slow.build);
        buf_addf(&text, "%s%s\nmake: x\n", before, lines[i]);
        feed_file(&quick, text.p, text.len, NULL, NULL);
        feed_file(&slow, text.p, text.len, one, NULL);
        dump_build(&a, quick.build);
        dump_build(&b, slow.build);
        if (strcmp(buf_str(&a), buf_str(&b)) != 0)
            fail_msg("\"%s\": %s\nby the rules: %s", lines[i], buf_str(&a), buf_str(&b));
        build_free(quick.build);
        build_free(slow.build);
        buf_release(&text);
        buf_release(&a);
        buf_release(&b);
    }
}

/* Guards the file that is truncated, as by a requeue: what came from it is forgotten, and only that. */
static void test_restart(void **state)
{
    struct build *b = feed_text("a.c:1:1: error: x\n  CC      a.o\n", "b.c:1:1: error: y\n");
    char got[64];

    (void)state;
    build_restart(b, 0);
    answer(b, "errors", got, sizeof(got));
    assert_string_equal(got, "1");
    answer(b, "steps", got, sizeof(got));
    assert_string_equal(got, "0");
    assert_string_equal(build_diag(b, 0)->source, "b.c");
    feed_file(&(struct feed){.rules = rules, .build = b, .file = 0}, "b.c:1:1: error: y\n", 18,
        NULL, NULL);
    assert_int_equal(build_diag_count(b), 1);
    assert_int_equal(build_diag(b, 0)->count, 2);
    build_free(b);
}

/* Guards the error behind more warnings than are kept. */
static void test_error_behind_warnings(void **state)
{
    struct build *b = build_new(rules);
    struct feed f = {.rules = rules, .build = b, .file = build_add_file(b)};
    static const char error[] = "b.c:1:2: error: y\nmake: *** [M:1: b.o] Error 1\n";
    char got[64];

    (void)state;
    for (int i = 0; i < BUILD_DIAGS_MAX + 10; i++) {
        char line[64];
        int n = snprintf(line, sizeof(line), "a.c:%d:1: warning: x\n", i + 1);

        feed_file(&f, line, (size_t)n, NULL, NULL);
    }
    feed_file(&f, error, strlen(error), NULL, NULL);
    answer(b, "source", got, sizeof(got));
    assert_string_equal(got, "b.c:1:2");
    answer(b, "errors", got, sizeof(got));
    assert_string_equal(got, "1");
    build_free(b);
}

/* Guards the bound: more different diagnostics than are kept are counted all the same. */
static void test_too_many(void **state)
{
    struct build *b = build_new(rules);
    struct feed f = {.rules = rules, .build = b, .file = build_add_file(b)};
    struct build_report r;

    (void)state;
    for (int i = 0; i < BUILD_DIAGS_MAX + 10; i++) {
        char line[64];
        int n = snprintf(line, sizeof(line), "a.c:%d:1: warning: x\n", i + 1);

        feed_file(&f, line, (size_t)n, NULL, NULL);
    }
    r = build_judge(b);
    assert_int_equal(r.warnings, BUILD_DIAGS_MAX + 10);
    assert_true(r.full);
    build_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_builds),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_error_behind_warnings),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests(tests, start, end);
}
