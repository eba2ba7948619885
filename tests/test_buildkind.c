/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a build is of: the configuration in a directory that its log names. */
#include "backend/buildkind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/build.h"
#include "backend/logrule.h"
#include "base/alloc.h"

struct world {
    struct logrule_set *rules;
    char dir[64], tree[80], config[96], script[96];
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct diag d = DIAG_INIT;

    w->rules = logrule_set_builtin(&d);
    snprintf(w->dir, sizeof(w->dir), "/tmp/kfarm-kind.XXXXXX");
    if (w->rules == NULL || mkdtemp(w->dir) == NULL)
        return -1;
    snprintf(w->tree, sizeof(w->tree), "%s/linux", w->dir);
    snprintf(w->config, sizeof(w->config), "%s/.config", w->tree);
    snprintf(w->script, sizeof(w->script), "%s/build.sh", w->dir);
    *state = w;
    return mkdir(w->tree, 0700);
}

static int tear_down(void **state)
{
    struct world *w = *state;

    unlink(w->config);
    unlink(w->script);
    rmdir(w->tree);
    rmdir(w->dir);
    logrule_set_free(w->rules);
    free(w);
    return 0;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void write_config(struct world *w, const char *text)
{
    write_file(w->config, text);
}

static void feed(struct world *w, struct build *b, const char *format, const char *what)
{
    struct log_match m;
    char line[256];

    snprintf(line, sizeof(line), format, what);
    logrule_match(w->rules, line, strlen(line), &m);
    build_line(b, 0, line, strlen(line), &m);
}

/* The kind of a build whose log names these two directories. */
static void kind_of(struct world *w, int64_t end_s, char out[BUILDKIND_BYTES])
{
    const char *places[BUILD_PLACES_MAX + 1] = {0};
    struct build *b = build_new(w->rules);
    struct buildkind kind;

    build_add_file(b);
    feed(w, b, "Kernel Source Path: %s", w->dir); /* nothing is there */
    feed(w, b, "make[1]: Entering directory '%s'", w->tree);
    feed(w, b, "  CC      %s", "kernel/bounds.s");
    for (size_t i = 0; i < BUILD_PLACES_MAX && (places[i] = build_place(b, i)) != NULL;)
        i++;
    buildkind_find(
        &(struct buildkind_question){.places = places, .end_s = end_s, .command = ""}, &kind);
    snprintf(out, BUILDKIND_BYTES, "%s", kind.config);
    build_free(b);
}

#define OPTIONS                                                                                    \
    "CONFIG_X86=y\nCONFIG_LOCALVERSION=\"-job17\"\nCONFIG_INITRAMFS_SOURCE=\"/out/17/"             \
    "initramfs\"\n"

/* Guards what makes two kinds: the kernel's release, its architecture, an option, the compiler; and what does not: fixes
   to the release, comments, the name of the build, a path. */
static void test_config(void **state)
{
    static const struct {
        const char *text;
        bool same;
    } others[] = {
        {"# Linux/x86 6.1.9 Kernel Configuration\n" OPTIONS, true},
        {"# Linux/x86 6.1.10 Kernel Configuration\n" OPTIONS "\n# CONFIG_NET is not set", true},
        {"# Linux/x86 6.1.9 Kernel Configuration\nCONFIG_X86=y\nCONFIG_LOCALVERSION=\"-job18\"\n"
         "CONFIG_BUILD_SALT=\"18\"\nCONFIG_INITRAMFS_SOURCE=\"/out/18/initramfs\"\n",
            true},
        {"# Linux/x86 6.2.9 Kernel Configuration\n" OPTIONS, false},
        {"# Linux/i386 6.1.9 Kernel Configuration\n" OPTIONS, false},
        {"# Linux/x86 6.1.9 Kernel Configuration\n" OPTIONS "CONFIG_NET=y\n", false},
        {"# Linux/x86 6.1.9 Kernel Configuration\n" OPTIONS "CONFIG_CC_VERSION_TEXT=\"gcc 12\"\n",
            false},
        {"# Linux/x86 6.1.9 Kernel Configuration\nCONFIG_X86=y\nCONFIG_LOCALVERSION=\"-job17\"\n"
         "CONFIG_INITRAMFS_SOURCE=\"\"\n",
            false},
    };
    char first[BUILDKIND_BYTES], kind[BUILDKIND_BYTES];
    struct world *w = *state;

    kind_of(w, 0, kind);
    assert_string_equal(kind, ""); /* there is no configuration */
    write_config(
        w, "#\n# Linux/x86 6.1.9 Kernel Configuration\n#\n" OPTIONS "# CONFIG_NET is not set\n");
    kind_of(w, 0, first);
    assert_int_equal(strncmp(first, "Linux/x86 6.1 ", 14), 0);
    for (size_t i = 0; i < KF_LEN(others); i++) {
        write_config(w, others[i].text);
        kind_of(w, 0, kind);
        if ((strcmp(kind, first) == 0) != others[i].same)
            fail_msg("%s is %sof the same kind", others[i].text, others[i].same ? "not " : "");
    }
}

/* Guards where a build's objects, and its tree, lie: in a directory of each job, they are of one kind. */
static void test_place(void **state)
{
    char first[BUILDKIND_BYTES], kind[BUILDKIND_BYTES];
    struct world *w = *state;

    write_config(w, "# Linux/x86 6.1.9 Kernel Configuration\nCONFIG_X86=y\n");
    kind_of(w, 0, first);
    assert_string_not_equal(first, "");
    unlink(w->config);
    rmdir(w->tree);
    snprintf(w->tree, sizeof(w->tree), "%s/17", w->dir);
    snprintf(w->config, sizeof(w->config), "%s/.config", w->tree);
    assert_int_equal(mkdir(w->tree, 0700), 0);
    write_config(w, "# Linux/x86 6.1.9 Kernel Configuration\nCONFIG_X86=y\n");
    kind_of(w, 0, kind);
    assert_string_equal(kind, first);
}

/* Guards one that was written after the build had ended: it says nothing of it. */
static void test_later(void **state)
{
    char kind[BUILDKIND_BYTES];
    struct world *w = *state;

    write_config(w, "CONFIG_X86=y\n");
    kind_of(w, (int64_t)time(NULL) - 1000, kind);
    assert_string_equal(kind, "");
    kind_of(w, (int64_t)time(NULL) + 1000, kind);
    assert_string_not_equal(kind, "");
}

static void makes_of(const char *command, int64_t submit_s, char out[BUILDKIND_BYTES])
{
    const char *const none[] = {NULL};
    struct buildkind kind;

    buildkind_find(
        &(struct buildkind_question){.places = none, .command = command, .submit_s = submit_s},
        &kind);
    snprintf(out, BUILDKIND_BYTES, "%s", kind.makes);
}

/* Guards what of a script makes two kinds: what make is told to do; and a script that is not the one that runs. */
static void test_script(void **state)
{
    char first[BUILDKIND_BYTES], kind[BUILDKIND_BYTES], command[128];
    struct world *w = *state;
    const int64_t later_s = (int64_t)time(NULL) + 10;

    write_file(w->script, "#!/bin/sh\n#SBATCH -c 4\nmake -j4 bzImage\n");
    makes_of(w->script, later_s, first);
    assert_string_not_equal(first, "");
    write_file(w->script, "#!/bin/sh\n#SBATCH -c 8\n# all of them\nmake -j8 bzImage\n");
    snprintf(command, sizeof(command), "%s one two", w->script);
    makes_of(command, later_s, kind);
    assert_string_equal(kind, first);
    write_file(w->script, "#!/bin/sh\nmake -j8 bzImage modules\n");
    makes_of(w->script, later_s, kind);
    assert_string_not_equal(kind, "");
    assert_string_not_equal(kind, first);
    makes_of(w->script, later_s - 1000, kind); /* written after the job was submitted */
    assert_string_equal(kind, "");
    utimes(
        w->script, (const struct timeval[]){{1, 0}, {1, 0}}); /* … or put there, as by rsync(1) */
    makes_of(w->script, later_s - 1000, kind);
    assert_string_equal(kind, "");
    makes_of(w->dir, later_s, kind);
    assert_string_equal(kind, "");
    makes_of("", later_s, kind);
    assert_string_equal(kind, "");
    makes_of("build.sh", later_s, kind); /* of which directory? */
    assert_string_equal(kind, "");
    write_file(w->script, "#!/bin/sh\necho nothing\n");
    makes_of(w->script, later_s, kind);
    assert_string_equal(kind, "");
}

static void targets_of(const char *targets, const char *command, char out[BUILDKIND_BYTES])
{
    const char *const none[] = {NULL};
    struct buildkind kind;

    buildkind_find(
        &(struct buildkind_question){
            .places = none, .targets = targets, .command = command, .submit_s = INT64_MAX},
        &kind);
    snprintf(out, BUILDKIND_BYTES, "%s", kind.makes);
}

/* Guards targets that the log names: they count, whatever the script says, since it may have them from its environment. */
static void test_targets(void **state)
{
    char first[BUILDKIND_BYTES], kind[BUILDKIND_BYTES];
    struct world *w = *state;

    write_file(w->script, "#!/bin/sh\nmake -j4 $KERNEL_TARGETS\n");
    targets_of("bzImage modules", w->script, first);
    targets_of("modules  bzImage", "/nowhere", kind);
    assert_string_equal(kind, first);
    targets_of("bzImage", w->script, kind);
    assert_string_not_equal(kind, first);
    targets_of(NULL, w->script, kind);
    assert_string_not_equal(kind, first);
    assert_string_not_equal(kind, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_config, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_targets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_script, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
