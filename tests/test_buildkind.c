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
    buildkind_find(&(struct buildkind_question){places, end_s, "", 0}, &kind);
    snprintf(out, BUILDKIND_BYTES, "%s", kind.config);
    build_free(b);
}

/* Guards what makes two kinds: an option; and what does not: comments, with the version and the time. */
static void test_config(void **state)
{
    char first[BUILDKIND_BYTES], kind[BUILDKIND_BYTES];
    struct world *w = *state;

    kind_of(w, 0, kind);
    assert_string_equal(kind, ""); /* there is no configuration */
    write_config(
        w, "# Linux/x86 6.1 Kernel Configuration\nCONFIG_X86=y\n# CONFIG_NET is not set\n");
    kind_of(w, 0, first);
    assert_int_equal(strncmp(first, w->tree, strlen(w->tree)), 0);
    write_config(
        w, "# Linux/x86 6.2 Kernel Configuration\nCONFIG_X86=y\n\n# CONFIG_NET is not set");
    kind_of(w, 0, kind);
    assert_string_equal(kind, first);
    write_config(w, "# Linux/x86 6.1 Kernel Configuration\nCONFIG_X86=y\nCONFIG_NET=y\n");
    kind_of(w, 0, kind);
    assert_string_not_equal(kind, first);
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

    buildkind_find(&(struct buildkind_question){none, 0, command, submit_s}, &kind);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_config, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_script, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
