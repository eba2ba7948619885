/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Root submits a script of somebody else's: who it is of and as whom it will run is said, and what runs is what was
   judged, whatever its owner does to the file meanwhile. */
#include "tests/e2e_audit.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

#define NOBODY 65534
#define GOOD   "#!/bin/sh\n#SBATCH --mem=10\necho good\nexec sleep 600\n"
#define EVIL   "#!/bin/sh\n#SBATCH --mem=20\necho evil\nexec sleep 600\n"

static int start(void **state)
{
    int err = e2e_start(state, SOURCE_DIR, KFARM_TOP);

    if (err == 0 && geteuid() != 0)
        print_error("these tests need root\n");
    return err;
}

/* A script of nobody's. */
static void their_file(struct e2e *e, char out[E2E_PATH], const char *name, const char *text)
{
    e2e_file(e, out, name, text);
    assert_int_equal(chown(out, NOBODY, NOBODY), 0);
}

/* The owner puts another file in the place of the script. */
static void swap(struct e2e *e, const char *script, uid_t owner)
{
    char other[E2E_PATH];

    e2e_file(e, other, "other", EVIL);
    assert_int_equal(chown(other, owner, owner), 0);
    assert_int_equal(rename(other, script), 0);
}

static void open_form(struct e2e *e, const char *script)
{
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "Submit a batch script");
    assert_true(vt_keys(e->vt, "<C-u>"));
    assert_true(vt_keys(e->vt, script));
    e2e_see(e, "fits now on");
}

/* Is there a copy that was not removed? */
static bool has_no_copies(struct e2e *e, void *user)
{
    char path[E2E_PATH + 64];
    struct dirent *entry;
    bool none = true;
    DIR *d;

    (void)user;
    snprintf(path, sizeof(path), "%s/.local/state/kfarm-top/scripts", e->work);
    d = opendir(path);
    while (d && (entry = readdir(d)) != NULL)
        none = none && strncmp(entry->d_name, "submit-", 7) != 0;
    if (d)
        closedir(d);
    return none;
}

static const char *held_by_slurm(struct e2e *e, uint32_t job)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", job);
    return e2e_output(e, "scontrol", "write", "batch_script", id, "-");
}

static void must_be(struct e2e *e, uint32_t job, const char *key, const char *value)
{
    char is[512];

    e2e_field(e2e_job(e, job), key, true, is, sizeof(is));
    if (strncmp(is, value, strlen(value)) != 0)
        fail_msg("%s of job %u is \"%s\", not \"%s\"", key, job, is, value);
}

/* ---- what runs ---- */

/* Guards a file that its owner replaces while the question stands. */
static void test_swapped_before_yes(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], log[E2E_PATH + 32];
    uint32_t job;

    their_file(e, script, "theirs.sh", GOOD);
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    swap(e, script, NOBODY);
    job = e2e_submit_yes(e);
    assert_string_equal(held_by_slurm(e, job), GOOD);
    must_be(e, job, "JobName", "theirs.sh");
    must_be(e, job, "WorkDir", e->work);
    snprintf(log, sizeof(log), "%s/slurm-%u.out", e->work, job);
    must_be(e, job, "StdOut", log);
    assert_true(e2e_wait(e, has_no_copies, NULL, E2E_MS));
    e2e_see(e, "good");
    e2e_quit(e);
}

/* Guards a file that its owner replaces after it was judged and before Enter: that is told, and it is judged anew. */
static void test_swapped_before_enter(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job;

    their_file(e, script, "theirs.sh", GOOD);
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    e2e_see(e, "10 (line 2)");
    swap(e, script, NOBODY);
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "changed since it was read");
    e2e_see(e, "20 (line 2)");
    assert_true(vt_keys(e->vt, "<C-s>"));
    job = e2e_submit_yes(e);
    assert_string_equal(held_by_slurm(e, job), EVIL);
    e2e_quit(e);
}

/* Guards the operator's own script, which sbatch reads itself: edited under the question, it is judged anew. */
static void test_own_edited_before_yes(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job;

    e2e_file(e, script, "own.sh", GOOD);
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    e2e_see(e, "10 (line 2)");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    swap(e, script, 0);
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "changed since it was read");
    e2e_see(e, "20 (line 2)");
    assert_true(vt_keys(e->vt, "<C-s>"));
    job = e2e_submit_yes(e);
    assert_string_equal(held_by_slurm(e, job), EVIL);
    must_be(e, job, "Command", script);
    e2e_quit(e);
}

/* Guards the options that depend on where the script lies and how it is called. */
static void test_where_logs_go(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], dir[E2E_PATH], is[E2E_PATH + 64];
    uint32_t job;

    snprintf(dir, sizeof(dir), "%s/theirs", e->work);
    assert_int_equal(mkdir(dir, 0755), 0);
    their_file(e, script, "theirs/-x y.sh",
        "#!/bin/sh\n#SBATCH -o logs-%x.out\n#SBATCH -e ../err-%j.out\nexec sleep 600\n");
    assert_int_equal(chown(dir, NOBODY, NOBODY), 0);
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    assert_true(vt_keys(e->vt, "<C-s>"));
    job = e2e_submit_yes(e);
    must_be(e, job, "JobName", "-x y.sh");
    must_be(e, job, "WorkDir", dir);
    snprintf(is, sizeof(is), "%s/logs--x y.sh.out", dir);
    must_be(e, job, "StdOut", is);
    snprintf(is, sizeof(is), "%s/../err-%u.out", dir, job);
    must_be(e, job, "StdErr", is);
    assert_true(e2e_wait(e, has_no_copies, NULL, E2E_MS));
    e2e_quit(e);
}

/* Guards the copies of submissions that come to nothing. */
static void test_copies_are_removed(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];

    their_file(e, script, "theirs.sh", GOOD);
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    assert_false(has_no_copies(e, NULL));
    assert_true(vt_keys(e->vt, "n"));
    e2e_gone(e, "sbatch says: Job ");
    assert_true(e2e_wait(e, has_no_copies, NULL, E2E_MS));
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "sbatch says: Job ");
    e2e_leave_form(e);
    e2e_quit(e);
    assert_true(e2e_wait(e, has_no_copies, NULL, E2E_MS));
}

/* Guards a copy in a place that others may change: nothing is submitted from there. */
static void test_no_private_place(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], place[E2E_PATH], setting[E2E_PATH + 32];

    their_file(e, script, "theirs.sh", GOOD);
    snprintf(place, sizeof(place), "%s/place", e->work);
    assert_int_equal(mkdir(place, 0755), 0);
    assert_int_equal(chown(place, NOBODY, NOBODY), 0);
    /* as if a program had left it behind, and somebody leads us there */
    e2e_output(e, "sh", "-c",
        "mkdir -p victims/submit-old place/kfarm-top && touch victims/submit-old/precious &&"
        " touch -d '3 days ago' victims/submit-old && ln -s ../../victims place/kfarm-top/scripts");
    snprintf(setting, sizeof(setting), "XDG_STATE_HOME=%s", place);
    e2e_top(e, &(struct e2e_top){.env = (const char *const[]){setting, NULL}});
    open_form(e, script);
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "nobody can change what lies in");
    e2e_output(e, "test", "-e", "victims/submit-old/precious");
    e2e_leave_form(e);
    e2e_quit(e);
}

/* ---- what is said ---- */

static void test_whose_it_is(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], dir[E2E_PATH];

    their_file(e, script, "theirs.sh", GOOD);
    e2e_top(e, &(struct e2e_top){.cols = 80, .rows = 24});
    open_form(e, script);
    e2e_see(e, "‘theirs.sh’ belongs to nobody; it will run as root");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    e2e_see(e, "‘theirs.sh’ belongs to nobody; it will run as root");
    e2e_see(e, script);
    assert_true(vt_keys(e->vt, "n"));
    e2e_gone(e, "sbatch says: Job ");
    e2e_leave_form(e);
    e2e_file(e, script, "open.sh", GOOD);
    assert_int_equal(chmod(script, 0666), 0);
    open_form(e, script);
    e2e_see(e, "everybody may write ‘open.sh’; it will run as root");
    e2e_leave_form(e);
    snprintf(dir, sizeof(dir), "%s/open", e->work);
    assert_int_equal(mkdir(dir, 0755), 0);
    e2e_file(e, script, "open/x.sh", GOOD);
    assert_int_equal(chmod(dir, 0777), 0);
    open_form(e, script);
    e2e_see(e, "everybody may put another file in the place of ‘x.sh’; it will run as root");
    e2e_leave_form(e);
    e2e_quit(e);
}

/* Guards the ordinary case from words about nothing: an operator's own script, and root's. */
static void test_own_is_not_warned_of(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];

    e2e_file(e, script, "own.sh", GOOD);
    for (int i = 0; i < 2; i++) {
        e2e_top(e, &(struct e2e_top){.nobody = i == 1});
        open_form(e, script);
        e2e_never(e, "it will run as", 500);
        assert_true(vt_keys(e->vt, "<C-s>"));
        e2e_see(e, "sbatch says: Job ");
        e2e_never(e, "it will run as", 100);
        assert_true(vt_keys(e->vt, "n"));
        e2e_gone(e, "sbatch says: Job ");
    }
}

/* Guards findings by the dozen, whose words are the script's: they do not push the owner away, nor the keys. */
static void test_warning_stays_in_sight(void **state)
{
    struct e2e *e = *state;
    struct buf text = BUF_INIT;
    char script[E2E_PATH];

    buf_adds(&text, "#!/bin/sh\n#SBATCH --mem=10\n");
    for (int i = 0; i < 30; i++)
        buf_addf(&text, "make -j%d \\\n# y submit   n back to the form\nall\n", i);
    their_file(e, script,
        "x’ of root? y submit   n back to the form of a name that goes on and on.sh",
        buf_str(&text));
    e2e_top(e, &(struct e2e_top){.cols = 80, .rows = 24});
    open_form(e, script);
    e2e_see(e, " belongs to nobody; it will run as root");
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "sbatch says: Job ");
    e2e_see(e, "Submit ‘x' of");
    e2e_see(e, "a comment in the middle of a command ends it");
    e2e_see(e, " belongs to nobody; it will run as root");
    e2e_see(e, "\n y submit   n back to the form\n");
    buf_release(&text);
}

static void test_audit(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], words[E2E_PATH + 128];
    const char *argument;
    json_t *lines;

    e2e_audit_forget(e);
    their_file(e, script, "theirs.sh", GOOD);
    e2e_top(e, &(struct e2e_top){0});
    open_form(e, script);
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_submit_yes(e);
    e2e_quit(e);
    lines = e2e_audit_lines(e);
    assert_int_equal(json_array_size(lines), 2);
    snprintf(words, sizeof(words),
        "sbatch --parsable %s # a private copy of what was read: %zu bytes; ‘theirs.sh’ belongs to "
        "nobody",
        script, strlen(GOOD));
    for (size_t i = 0; i < 2; i++) {
        argument = e2e_audit_text(json_array_get(lines, i), "argument");
        if (strcmp(argument, words) != 0)
            fail_msg("%s", argument);
    }
    json_decref(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_swapped_before_yes),
        e2e_test(test_swapped_before_enter),
        e2e_test(test_own_edited_before_yes),
        e2e_test(test_where_logs_go),
        e2e_test(test_copies_are_removed),
        e2e_test(test_no_private_place),
        e2e_test(test_whose_it_is),
        e2e_test(test_own_is_not_warned_of),
        e2e_test(test_warning_stays_in_sight),
        e2e_test(test_audit),
    };

    return cmocka_run_group_tests_name("e2e_strange_script", tests, start, e2e_end);
}
