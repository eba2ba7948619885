/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that is started without a word about which farm: it finds the one of farm/quickstart, or says what to do. */
#include "tests/e2e.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/slurm_client.h"
#include "base/alloc.h"

#define NOT_FOUND "No " SLURM_CLIENT_CONF ". Start it as SLURM_CONF=/path/slurm.conf kfarm-top"

static const char *const alone[] = {"SLURM_CONF", NULL};

/* On a machine of a site's Slurm the program is right to find that: it is hidden from this test and all that it starts. */
static int hide_site(void)
{
    char directory[] = SLURM_CLIENT_CONF;

    if (access(SLURM_CLIENT_CONF, F_OK) < 0 && access(SLURM_CLIENT_FETCHED, F_OK) < 0)
        return 0;
    *strrchr(directory, '/') = '\0';
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", directory, "tmpfs", 0, NULL) < 0 ||
        (access("/run/slurm", F_OK) == 0 && mount("tmpfs", "/run/slurm", "tmpfs", 0, NULL) < 0)) {
        print_error("the site's slurm.conf cannot be hidden: %s\n", strerror(errno));
        return -1;
    }
    return 0;
}

static int start(void **state)
{
    return hide_site() < 0 ? -1 : e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* What farm/quickstart writes down, by its own function. */
static void remember(struct e2e *e)
{
    char command[3 * E2E_PATH];

    snprintf(command, sizeof(command), ". '%s/farm/lib.sh'; farm_use '%s'; farm_remember",
        e->source_dir, e->dir);
    e2e_output(e, "bash", "-c", command);
}

static void forget(struct e2e *e)
{
    e2e_output(e, "rm", "-rf", ".local");
}

/* --once, without a word about the farm. */
static struct e2e_result once(struct e2e *e)
{
    const char *const argv[] = {e->top, "--once", "nodes", NULL};

    return e2e_command(e, &(struct e2e_command){.argv = argv, .env = alone});
}

static void must_not_find(struct e2e *e, const char *words)
{
    struct e2e_result r = once(e);

    if (r.status != 3 || r.out[0] || strstr(r.err, words) == NULL)
        fail_msg("status %d, \"%s\", not \"%s\": %s", r.status, r.out, words, r.err);
}

/* Guards who closes quickstart's program and starts it again: nothing told him how, and it waited for Slurm. */
static void test_found(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], words[E2E_PATH + 64];
    struct e2e_result r;

    remember(e);
    r = once(e);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "node2"));
    e2e_top(e, &(struct e2e_top){.cols = 160, .env = alone});
    assert_true(vt_keys(e->vt, "m"));
    snprintf(words, sizeof(words), "SLURM_CONF is not set: this is the farm of farm/quickstart, %s",
        e->conf);
    e2e_see(e, words);
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, words);
    e2e_file(e, script, "alone.sh", "#!/bin/sh\nexec sleep 600\n");
    assert_true(vt_keys(e->vt, "1s")); /* and so do the commands that it runs */
    e2e_see(e, "Submit a batch script");
    vt_type(e->vt, script);
    e2e_see(e, "fits now on");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_submit_yes(e);
    e2e_quit(e);
    forget(e);
}

/* Guards the waiting screen without any farm: one line says which file was looked for and what to do. */
static void test_says_what_to_do(void **state)
{
    struct e2e *e = *state;

    must_not_find(e, NOT_FOUND);
    e2e_top(e, &(struct e2e_top){.cols = 80, .rows = 24, .env = alone, .quiet = true});
    e2e_see(e, "no " SLURM_CLIENT_CONF ", and SLURM_CONF is not set");
    e2e_see(e, NOT_FOUND);
    assert_false(vt_find(e->vt, "Waiting for Slurm", NULL, NULL));
    e2e_quit(e);
    remember(e); /* another one that is gone */
    e2e_output(e, "sh", "-c", "echo /nonexistent/slurm.conf >.local/state/kfarm-top/quickstart");
    must_not_find(e, NOT_FOUND);
    forget(e);
}

/* Guards root from a configuration that somebody else could have written: it names programs and libraries that are run. */
static void test_not_of_a_stranger(void **state)
{
    struct e2e *e = *state;
    const char *const note = ".local/state/kfarm-top/quickstart";

    remember(e);
    e2e_output(e, "chown", "65534", note);
    must_not_find(e, "the farm of farm/quickstart is not used: ‘quickstart’ belongs to nobody");
    e2e_output(e, "chown", "0", note);
    e2e_output(e, "chmod", "666", note);
    must_not_find(e, "everybody may write ‘quickstart’");
    e2e_output(e, "chmod", "600", note);
    e2e_output(e, "chmod", "777", ".local/state");
    must_not_find(e, "everybody may put another file in the place of ‘quickstart’");
    e2e_output(e, "chmod", "700", ".local/state");
    e2e_output(e, "mkdir", "-p", "theirs");
    e2e_output(e, "cp", e->conf, "theirs/slurm.conf");
    e2e_output(e, "sh", "-c", "echo \"$PWD/theirs/slurm.conf\" >.local/state/kfarm-top/quickstart");
    assert_int_equal(once(e).status, 0);
    e2e_output(e, "chown", "-R", "65534", "theirs");
    must_not_find(e, "the farm of farm/quickstart is not used: ‘slurm.conf’ belongs to nobody");
    e2e_top(e, &(struct e2e_top){.cols = 160, .env = alone, .quiet = true});
    e2e_see(e, NOT_FOUND);
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "the farm of farm/quickstart is not used: ‘slurm.conf’ belongs to nobody");
    e2e_quit(e);
    forget(e);
}

/* What is set counts: also if it is wrong. */
static void test_what_is_set_counts(void **state)
{
    static const char *const wrong[] = {"SLURM_CONF=/nonexistent/slurm.conf", NULL};
    struct e2e *e = *state;

    remember(e);
    e2e_top(e, &(struct e2e_top){.cols = 160, .env = wrong, .quiet = true});
    e2e_see(e, "SLURM_CONF names /nonexistent/slurm.conf: No such file or directory");
    e2e_see(e, "Start it as SLURM_CONF=/path/slurm.conf kfarm-top, or without SLURM_CONF");
    e2e_quit(e);
    forget(e);
}

/* farm/quickstart itself, without what it installs and builds: once its program is closed it says how to come back, and the
   program alone finds the farm. */
static void test_quickstart(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH * 6], words[2 * E2E_PATH], quickstart[E2E_PATH];
    const char *const argv[] = {"bash", "-c", quickstart, NULL};
    int status = -1;

    snprintf(script, sizeof(script),
        "mkdir -p top/build/release bin && cp -r '%s/farm' top/ && cp '%s' top/build/release/ &&"
        " printf '#!/bin/sh\\n' | tee top/farm/deps top/farm/kernel-source bin/cmake >/dev/null &&"
        " printf '#!/bin/sh\\n#SBATCH -J kernel_build -o kernel_build_%%%%j.out\\necho; exec sleep "
        "600\\n'"
        " >top/farm/compile_kernel.sh && chmod 755 top/farm/* bin/cmake",
        e->source_dir, e->top);
    e2e_output(e, "sh", "-c", script);
    snprintf(quickstart, sizeof(quickstart), "PATH=%s/bin:$PATH %s/top/farm/quickstart --dir %s",
        e->work, e->work, e->dir);
    e->vt = vt_free(e->vt);
    e->vt = vt_spawn(&(struct vt_options){.argv = argv, .env = alone, .cols = 160, .rows = 34});
    assert_non_null(e->vt);
    e2e_see(e, "ms/refresh");
    e2e_see(e, "kernel_build");
    assert_true(vt_keys(e->vt, "q"));
    assert_true(vt_wait_exit(e->vt, E2E_MS, &status));
    assert_int_equal(status, 0);
    snprintf(words, sizeof(words), "to see the farm again: SLURM_CONF=%s %s/top/build/release/",
        e->conf, e->work);
    assert_true(vt_find(e->vt, words, NULL, NULL));
    assert_int_equal(once(e).status, 0);
    forget(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_found),
        e2e_test(test_says_what_to_do),
        e2e_test(test_not_of_a_stranger),
        e2e_test(test_what_is_set_counts),
        e2e_test(test_quickstart),
    };

    return cmocka_run_group_tests_name("e2e_localfarm", tests, start, e2e_end);
}
