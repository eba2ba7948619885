/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disk of all that the open screen writes is full, read-only, or of no room for this user: a message names each file,
 * and once there is room all goes on.
 */
#include "tests/e2e_odd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

#define BUILDS SOURCE_DIR "/tests/builds/"

/* The home directory is a file system of its own: the state and configuration directories, and what a person names. */
static struct {
    char path[ODD_PATH];
    bool mounted;
} home;

static void mount_home(struct e2e *e)
{
    odd_path(e, "home", home.path);
    e2e_output(e, "mkdir", "-p", home.path);
    assert_int_equal(
        mount("tmpfs", home.path, "tmpfs", MS_NODEV | MS_NOSUID, "size=256k,mode=700"), 0);
    home.mounted = true;
}

/* Also of a test that failed. */
static int end_home(void **state)
{
    int err = e2e_end_test(state);

    if (home.mounted)
        umount2(home.path, MNT_DETACH);
    home.mounted = false;
    return err;
}

static const char *in_home(const char *name, char out[ODD_PATH])
{
    snprintf(out, ODD_PATH, "%.400s/%s", home.path, name);
    return out;
}

/* The program with that home; `before` is what the shell does first. */
static void top_at_home(struct e2e *e, const char *before, const char *record)
{
    char setting[ODD_PATH + 8], command[ODD_PATH * 2];
    const char *const env[] = {setting, NULL};
    const char *const argv[] = {"sh", "-c", command, NULL};

    snprintf(setting, sizeof(setting), "HOME=%.400s", home.path);
    snprintf(command, sizeof(command), "%s exec %s %s%s", before, e->top, record ? "--record " : "",
        record ? record : "");
    vt_free(e->vt);
    e->vt = vt_spawn(
        &(struct vt_options){.argv = argv, .env = env, .cwd = e->work, .cols = 200, .rows = 60});
    assert_non_null(e->vt);
    e2e_see(e, "ms/refresh");
}

/* A row that has both. */
static void see_with(struct e2e *e, const char *text, const char *words)
{
    const char *at;

    e2e_see(e, text);
    at = strstr(vt_screen_text(e->vt), text);
    assert_non_null(at);
    if (!memmem(at, strcspn(at, "\n"), words, strlen(words)))
        fail_msg("%.*s", (int)strcspn(at, "\n"), at);
}

/* Holds a job, saves a view, fetches a script and copies a log: each as its `words`, or, if they are NULL, with success. */
static void write_all(struct e2e *e, uint32_t waiting, uint32_t ended, const char *words)
{
    static int number;
    char text[ODD_PATH + 64], copy[ODD_PATH], name[32];

    number++;
    e2e_select_job(e, waiting);
    assert_true(vt_keys(e->vt, "h"));
    e2e_see(e, "Who may release it?");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "held by ");
    snprintf(text, sizeof(text), "%u", waiting);
    e2e_output(e, "scontrol", "release", text);
    e2e_gone(e, "held by ");

    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    assert_true(vt_keys(e->vt, "S"));
    e2e_see(e, "Save this view under which name?");
    snprintf(text, sizeof(text), "<C-u>view %d<Enter>", number);
    assert_true(vt_keys(e->vt, text));
    snprintf(text, sizeof(text), "\"view %d\" %s", number, words ? "is not saved: " : "saved in ");
    e2e_see(e, text);

    assert_true(vt_keys(e->vt, "1"));
    e2e_see(e, "Nodes ─");
    e2e_select_job(e, ended);
    assert_true(vt_keys(e->vt, "b"));
    e2e_see(e, words ? "job-resubmit: " : "Submit the script of job");
    if (words == NULL)
        assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Submit the script of job");

    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "─ Log of ");
    e2e_see(e, "a line of it");
    snprintf(name, sizeof(name), "copy%d", number);
    snprintf(text, sizeof(text), ":log-save %s<Enter>", in_home(name, copy));
    assert_true(vt_keys(e->vt, text));
    snprintf(
        text, sizeof(text), "%s %s: %s", words ? "not saved:" : "saved", copy, words ? words : "");
    e2e_see(e, text);
    assert_int_equal(access(copy, F_OK), words ? -1 : 0);
    assert_true(vt_keys(e->vt, "1"));
    e2e_see(e, "Nodes ─");
    odd_keys(e);
    if (words == NULL)
        return;
    assert_true(vt_keys(e->vt, "m"));
    snprintf(text, sizeof(text), "job-hold %u is not in the audit file: /", waiting);
    see_with(e, text, words);
    snprintf(text, sizeof(text), "\"view %d\" is not saved: /", number);
    see_with(e, text, words);
    see_with(e, "job-resubmit: /", words);
    assert_true(vt_keys(e->vt, "1"));
    e2e_see(e, "Nodes ─");
}

static bool results_are(struct e2e *e, void *user)
{
    char path[ODD_PATH];

    return e2e_run(e, "sh", "-c", "test $(grep -c '\"result\"' $1) = $2", "sh",
               in_home(ODD_STATE "/audit.jsonl", path), user)
               .status == 0;
}

static bool is_there(struct e2e *e, void *user)
{
    (void)e;
    return access(user, F_OK) == 0;
}

/* Fills the last page of a file: it would take a line more on a full disk. */
static void pad(const char *path)
{
    static const char blanks[4096] = "";
    struct stat st;
    FILE *f = fopen(path, "ae");

    assert_non_null(f);
    assert_int_equal(stat(path, &st), 0);
    fwrite(blanks, 4095 - (size_t)st.st_size % 4096, 1, f);
    fputc('\n', f);
    assert_int_equal(fclose(f), 0);
}

/* Guards a full disk, in the middle of it all, and that all goes on once there is room. */
static void test_full_disk(void **state)
{
    struct e2e *e = *state;
    uint32_t ended = odd_ended_job(e), waiting = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    char record[ODD_PATH], filler[ODD_PATH + 8];

    mount_home(e);
    top_at_home(e, "", in_home("recording", record));
    write_all(e, waiting, ended, NULL);
    assert_true(e2e_wait(e, results_are, (char *)"1", E2E_MS));
    pad(in_home(ODD_STATE "/audit.jsonl", filler));
    snprintf(filler, sizeof(filler), "of=%.400s/filler", home.path);
    e2e_run(e, "dd", "if=/dev/zero", filler, "bs=4k");
    write_all(e, waiting, ended, "No space left on device");
    odd_messages_have(e, "/recording: No space left on device");
    in_home("filler", filler);
    assert_int_equal(unlink(filler), 0);
    write_all(e, waiting, ended, NULL);
    assert_true(e2e_wait(e, results_are, (char *)"2", E2E_MS));
    e2e_quit(e);
}

/* Guards a file system that is read-only, and becomes writable. */
static void test_read_only_disk(void **state)
{
    struct e2e *e = *state;
    uint32_t ended = odd_ended_job(e), waiting = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    char record[ODD_PATH], builds[ODD_PATH], script[E2E_PATH];
    const char *const argv[] = {e->top, "--record", in_home("recording", record), NULL};

    mount_home(e);
    in_home("recording", record);
    assert_int_equal(
        mount(NULL, home.path, NULL, MS_REMOUNT | MS_RDONLY | MS_NODEV | MS_NOSUID, NULL), 0);
    assert_non_null(strstr(e2e_command(e, &(struct e2e_command){.argv = argv}).err,
        "/recording: Read-only file system"));
    e2e_submit(e, "--job-name=builds", "--wrap=echo '  CC      kernel/fork.o'; sleep 1000");
    top_at_home(e, "", NULL);
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "compile");
    odd_messages_have(e, "/home/.local: Read-only file system; nothing is learned from builds");
    write_all(e, waiting, ended, "Read-only file system");
    assert_int_equal(mount(NULL, home.path, NULL, MS_REMOUNT | MS_NODEV | MS_NOSUID, NULL), 0);
    write_all(e, waiting, ended, NULL);
    assert_true(e2e_wait(e, results_are, (char *)"1", E2E_MS));
    e2e_submit(e, "--job-name=clean",
        e2e_file(
            e, script, "clean.sh", "#!/bin/sh\nhead -n 200 " BUILDS "good-tiny/out; sleep 1000\n"));
    assert_true(vt_keys(e->vt, "5"));
    assert_true(e2e_wait(
        e, is_there, (char *)(uintptr_t)in_home(ODD_STATE "/builds.sqlite", builds), E2E_MS));
    e2e_quit(e);
}

/* Guards `ulimit -f`: no signal ends the program. */
static void test_no_file_may_grow(void **state)
{
    struct e2e *e = *state;
    uint32_t ended = odd_ended_job(e), waiting = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    char record[ODD_PATH];

    mount_home(e);
    e2e_submit(e, "--job-name=builds", "--wrap=echo '  CC      kernel/fork.o'; sleep 1000");
    top_at_home(e, "ulimit -f 0;", in_home("recording", record));
    odd_messages_have(e, "/recording: File too large");
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "compile");
    odd_messages_have(e, "/builds.sqlite: ");
    write_all(e, waiting, ended, "File too large");
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_full_disk, end_home),
        cmocka_unit_test_teardown(test_read_only_disk, end_home),
        cmocka_unit_test_teardown(test_no_file_may_grow, end_home),
    };

    return cmocka_run_group_tests(tests, odd_start, e2e_end);
}
