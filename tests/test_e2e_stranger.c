/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ordinary user of the farm against the operator who looks at his job: with Slurm's own commands and files of his
 * own. The operator is root, and once a user without rights; what must never be seen stands in a file that only the
 * operator may read.
 */
#include "tests/e2e.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET "the operator's secret"
#define NOBODY 65534
#define GAMES  5 /* a user of every Debian */

/* The words before a command of another ordinary user. */
#define E2E_GAMES "setpriv", "--reuid=5", "--regid=60", "--clear-groups"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* A path below the directory that all may write to. */
static const char *path_of(struct e2e *e, char out[E2E_PATH * 2], const char *name)
{
    snprintf(out, E2E_PATH * 2, "%s/%s", e->work, name);
    return out;
}

static void write_secret(const char *path, uid_t owner)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(SECRET "\nkernel: line two of " SECRET "\n", f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chown(path, owner, owner), 0);
}

/* A job of nobody's that runs this script until it is cancelled; `out` is its -o. */
static uint32_t submit_as_nobody(struct e2e *e, const char *out, const char *script)
{
    const char *id = e2e_output(
        e, E2E_NOBODY, "sbatch", "--parsable", "-J", "kernel_build", "-o", out, "--wrap", script);

    return (uint32_t)strtoul(id, NULL, 10);
}

static void open_log(struct e2e *e, uint32_t job)
{
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
}

/* ---- arguments ---- */

/* What would be run by an editor or a pager that takes "+!…" for a command leaves a file. */
static void test_path_is_no_command(void **state)
{
    static const char *const env[] = {"EDITOR=vi", "PAGER=less", "VISUAL", NULL};
    struct e2e *e = *state;
    char id[32], pwned[E2E_PATH * 2], directory[E2E_PATH * 3];
    const char *held = e2e_output(
        e, E2E_NOBODY, "sbatch", "--parsable", "-H", "-J", "kernel_build", "--wrap", "sleep 300");
    uint32_t job = (uint32_t)strtoul(held, NULL, 10);

    snprintf(id, sizeof(id), "jobid=%u", job);
    snprintf(directory, sizeof(directory), "WorkDir=+!id>%s", path_of(e, pwned, "pwned"));
    e2e_output(e, E2E_NOBODY, "scontrol", "update", id, directory, "StdOut=x");
    e2e_output(e, E2E_NOBODY, "scontrol", "release", id + strlen("jobid="));
    e2e_wait_job(e, job, "StartTime=20", E2E_MS);
    e2e_wait_job(e, job, "BatchHost=", E2E_MS);
    e2e_top(e, &(struct e2e_top){.env = env});
    open_log(e, job);
    e2e_see(e, "The path of its log is not known");
    assert_true(vt_keys(e->vt, "v"));
    e2e_see(e, "log-edit: ");
    assert_true(vt_keys(e->vt, "L"));
    e2e_see(e, "log-pager: ");
    e2e_quit(e);
    assert_int_equal(access(pwned, F_OK), -1);
}

/* An editor that shows how it was called. */
static void make_programs(struct e2e *e, char editor[E2E_PATH * 2], char pager[E2E_PATH * 2])
{
    char path[E2E_PATH];

    snprintf(editor, E2E_PATH * 2, "EDITOR=%s",
        e2e_file(e, path, "editor", "#!/bin/sh\necho EDITOR: \"$@\" :END\nread answer\n"));
    snprintf(pager, E2E_PATH * 2, "PAGER=%s",
        e2e_file(
            e, path, "pager", "#!/bin/sh\necho PAGER: \"$LESSSECURE\" \"$@\" :END\nread answer\n"));
}

/* Guards the program with the operator's rights: it gets the real path of a file of the job's user, and no other. */
static void test_opens_own_files_only(void **state)
{
    struct e2e *e = *state;
    char editor[E2E_PATH * 2], pager[E2E_PATH * 2], own[E2E_PATH * 2], link[E2E_PATH * 2];
    char roots[E2E_PATH * 2], words[E2E_PATH * 3];
    const char *const env[] = {editor, pager, "VISUAL", NULL};
    uint32_t job, other;

    make_programs(e, editor, pager);
    path_of(e, own, "-own.out"); /* a name like an option */
    path_of(e, link, "link.out");
    path_of(e, roots, "roots.out");
    assert_int_equal(symlink(own, link), 0);
    job = submit_as_nobody(e, link, "echo well; sleep 300");
    e2e_output(e, "sh", "-c", "echo made by root > roots.out; chmod 644 roots.out");
    other = submit_as_nobody(e, roots, "sleep 300"); /* which he cannot write */
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160, .env = env});
    open_log(e, job);
    e2e_see(e, "well");
    assert_true(vt_keys(e->vt, "v"));
    snprintf(words, sizeof(words), "EDITOR: %s :END", own);
    e2e_see(e, words);
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_gone(e, "EDITOR: ");
    assert_true(vt_keys(e->vt, "L"));
    snprintf(words, sizeof(words), "PAGER: 1 %s :END", own);
    e2e_see(e, words);
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_gone(e, "PAGER: ");
    assert_true(vt_keys(e->vt, "<Esc>"));
    open_log(e, other);
    e2e_see(e, "made by root"); /* everybody may read it */
    assert_true(vt_keys(e->vt, "v"));
    e2e_see(e, "log-edit: the file belongs to another user than the job");
    assert_true(vt_keys(e->vt, "L"));
    e2e_see(e, "log-pager: the file belongs to another user than the job");
    e2e_quit(e);
    remove(link);
    remove(own);
    remove(roots);
}

/* Guards the key that is pressed before the reader has said where the file is: the pager opens once it is known, and does
   not after another key. */
static void test_pager_waits(void **state)
{
    struct e2e *e = *state;
    char editor[E2E_PATH * 2], pager[E2E_PATH * 2], first[E2E_PATH * 2], second[E2E_PATH * 2];
    const char *const env[] = {editor, pager, NULL};
    uint32_t jobs[2];
    pid_t helper;

    make_programs(e, editor, pager);
    jobs[0] = submit_as_nobody(e, path_of(e, first, "first.out"), "echo one; sleep 300");
    jobs[1] = submit_as_nobody(e, path_of(e, second, "second.out"), "echo two; sleep 300");
    e2e_wait_job(e, jobs[1], "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 160, .env = env});
    open_log(e, jobs[0]);
    e2e_see(e, "one");
    helper = e2e_helper(e, "logs", E2E_MS);
    assert_true(vt_keys(e->vt, "<Esc>"));
    assert_int_equal(kill(helper, SIGSTOP), 0);
    open_log(e, jobs[1]);
    e2e_see(e, "opening /"); /* it is asked and does not answer */
    assert_true(vt_keys(e->vt, "L"));
    e2e_never(e, "log-pager: ", 300);
    assert_int_equal(kill(helper, SIGCONT), 0);
    e2e_see(e, "PAGER: 1 /");
    e2e_see(e, "/second.out :END");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "two");
    assert_true(vt_keys(e->vt, "<Esc>"));
    assert_int_equal(kill(helper, SIGSTOP), 0);
    open_log(e, jobs[0]);
    e2e_see(e, "opening /");
    assert_true(vt_keys(e->vt, "L"));
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "─ Messages ");
    assert_int_equal(kill(helper, SIGCONT), 0);
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_see(e, "one");
    e2e_never(e, "PAGER: ", 500);
    e2e_quit(e);
    remove(first);
    remove(second);
}

/* ---- files ---- */

/* Guards the log that leads elsewhere: shown is what the job's user may read. */
static void test_link_to_secret(void **state)
{
    struct e2e *e = *state;
    char secret[E2E_PATH * 2], link[E2E_PATH * 2];
    uint32_t job;

    write_secret(path_of(e, secret, "secret"), 0);
    job = submit_as_nobody(e, path_of(e, link, "of-nobody"), "echo well; sleep 300");
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 120});
    open_log(e, job);
    e2e_see(e, "well");
    /* followed already, and then it leads elsewhere */
    e2e_output(e, E2E_NOBODY, "ln", "-sfn", secret, link);
    e2e_see(e, "Permission denied");
    assert_true(vt_keys(e->vt, "g")); /* the whole file */
    e2e_never(e, SECRET, 1500);
    assert_true(vt_keys(e->vt, "5")); /* and all builds */
    e2e_see(e, "─ Builds ");
    e2e_never(e, SECRET, 2500);
    e2e_quit(e);
    remove(link);
    remove(secret);
}

/* A device does things when it is opened: so is a FIFO here, of which it can be seen. */
static void test_replaced_by_device(void **state)
{
    struct e2e *e = *state;
    char fifo[E2E_PATH * 2], log[E2E_PATH * 2], event[4096];
    int events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    uint32_t job;

    assert_int_equal(mkfifo(path_of(e, fifo, "fifo"), 0666), 0);
    assert_true(inotify_add_watch(events, fifo, IN_OPEN) >= 0);
    job = submit_as_nobody(e, path_of(e, log, "of-nobody"), "echo well; sleep 300");
    e2e_top(e, &(struct e2e_top){.cols = 120});
    open_log(e, job);
    e2e_see(e, "well");
    e2e_output(e, E2E_NOBODY, "ln", "-sfn", fifo, log);
    e2e_see(e, "this is a pipe, a socket or a device");
    e2e_never(e, "well\n", 2500); /* it is looked at again and again */
    assert_int_equal(read(events, event, sizeof(event)), -1);
    assert_int_equal(errno, EAGAIN);
    close(events);
    e2e_quit(e);
    remove(log);
    remove(fifo);
}

/* Guards the source pane: a log names any file. */
static void test_source_elsewhere(void **state)
{
    struct e2e *e = *state;
    char secret[E2E_PATH * 2], tree[E2E_PATH * 2], script[E2E_PATH * 8], link[E2E_PATH * 2];
    uint32_t job;

    write_secret(path_of(e, secret, "secret"), 0);
    assert_int_equal(mkdir(path_of(e, tree, "tree"), 0777), 0);
    assert_int_equal(chmod(tree, 0777), 0);
    snprintf(link, sizeof(link), "%s/link.c", tree);
    e2e_output(e, E2E_NOBODY, "ln", "-s", secret, link);
    e2e_output(e, "sh", "-c", "echo 'int made_by_root;' > tree/roots.c; chmod 644 tree/roots.c");
    snprintf(script, sizeof(script),
        "echo \"make: Entering directory '%s'\"; echo '%s:1:1: error: absolute';"
        "echo '/etc/passwd:1:1: error: everybody may read it';"
        "echo 'link.c:1:1: error: a link'; echo '../secret:1:1: error: above';"
        "echo 'roots.c:1:1: error: root made it'; sleep 300",
        tree, secret);
    job = submit_as_nobody(e, path_of(e, link, "of-nobody"), script);
    e2e_top(e, &(struct e2e_top){.cols = 140, .rows = 44});
    open_log(e, job);
    e2e_see(e, "error: root made it");
    assert_true(vt_keys(e->vt, "D"));
    e2e_see(e, " 5 errors");
    e2e_see(e, "secret: Permission denied ");
    assert_true(vt_keys(e->vt, "j"));
    e2e_see(e, " /etc/passwd: is outside the tree that the log names ");
    e2e_never(e, SECRET, 500);
    assert_true(vt_keys(e->vt, "j"));
    e2e_see(e, " link.c: Permission denied ");
    assert_true(vt_keys(e->vt, "j"));
    e2e_see(e, " ../secret: Permission denied ");
    e2e_never(e, SECRET, 500);
    assert_true(vt_keys(e->vt, "j"));
    e2e_see(e,
        "     1  int made_by_root;"); /* what everybody may read is shown, but not edited for him */
    assert_true(vt_keys(e->vt, "v"));
    e2e_see(e, "log-edit: the file belongs to another user than the job");
    e2e_quit(e);
    remove(link);
    e2e_output(e, "rm", "-rf", tree);
    remove(secret);
}

/* Guards the copy of a log that only its owner may read, and a link in its place. */
static void test_copy_is_private(void **state)
{
    struct e2e *e = *state;
    char log[E2E_PATH * 2], copy[E2E_PATH * 2], keys[E2E_PATH * 3], trap[E2E_PATH * 2];
    struct stat st;
    uint32_t job;

    path_of(e, log, "of-nobody");
    job = submit_as_nobody(e, log, "chmod 600 of-nobody; echo well; sleep 300");
    e2e_top(e, &(struct e2e_top){.cols = 160});
    open_log(e, job);
    e2e_see(e, "well");
    snprintf(keys, sizeof(keys), ":log-save %s<Enter>", path_of(e, copy, "copy"));
    assert_true(vt_keys(e->vt, keys));
    e2e_see(e, "/copy: 5 bytes");
    assert_int_equal(stat(copy, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_uid, 0);
    assert_string_equal(e2e_output(e, "cat", copy), "well\n");
    /* a link that leads to a file which is not there would have it made */
    path_of(e, trap, "trap");
    e2e_output(e, E2E_NOBODY, "ln", "-s", path_of(e, keys, "made"), trap);
    snprintf(keys, sizeof(keys), ":log-save %s<Enter>", trap);
    assert_true(vt_keys(e->vt, keys));
    e2e_see(e, "/trap: File exists");
    assert_int_equal(access(path_of(e, keys, "made"), F_OK), -1);
    e2e_quit(e);
    remove(copy);
    remove(trap);
    remove(log);
}

/* Guards every directory: where the copy is made is not for the log's owner to choose, by a link on the way. */
static void test_copy_is_not_led_elsewhere(void **state)
{
    struct e2e *e = *state;
    char trap[E2E_PATH * 2], keys[E2E_PATH * 3], roots[E2E_PATH * 2];
    uint32_t job = submit_as_nobody(e, path_of(e, keys, "of-nobody"), "echo well; sleep 300");

    assert_int_equal(mkdir(path_of(e, roots, "roots.d"), 0755), 0); /* as /etc/cron.d is */
    e2e_output(e, E2E_NOBODY, "ln", "-s", roots, path_of(e, trap, "logs"));
    e2e_top(e, &(struct e2e_top){.cols = 160});
    open_log(e, job);
    e2e_see(e, "well");
    snprintf(keys, sizeof(keys), ":log-save %s/update<Enter>", trap);
    assert_true(vt_keys(e->vt, keys));
    e2e_see(e, "not saved: the symbolic link ");
    e2e_see(e, "belongs to user 65534");
    assert_int_equal(remove(trap), 0);
    e2e_output(e, E2E_NOBODY, "mkdir", trap);
    assert_true(vt_keys(e->vt, keys));
    e2e_see(e, "not saved: the directory ");
    e2e_quit(e);
    assert_int_equal(rmdir(roots), 0);
    assert_int_equal(rmdir(trap), 0);
    remove(path_of(e, keys, "of-nobody"));
}

/* ---- an operator who is not root ---- */

/* Guards nobody, who looks at another user's job: his own files are not opened for that user. */
static void test_operator_without_root(void **state)
{
    struct e2e *e = *state;
    char secret[E2E_PATH * 2], link[E2E_PATH * 2], well[E2E_PATH * 2];
    uint32_t job, good;

    write_secret(path_of(e, secret, "secret"), NOBODY);
    path_of(e, link, "of-games");
    path_of(e, well, "well-of-games");
    job = (uint32_t)strtoul(e2e_output(e, E2E_GAMES, "sbatch", "--parsable", "-J", "kernel_build",
                                "-o", link, "--wrap", "sleep 300"),
        NULL, 10);
    good = (uint32_t)strtoul(e2e_output(e, E2E_GAMES, "sbatch", "--parsable", "-J", "kernel_build",
                                 "-o", well, "--wrap", "echo well; sleep 300"),
        NULL, 10);
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_wait_job(e, good, "JobState=RUNNING", E2E_MS);
    e2e_output(e, E2E_GAMES, "ln", "-sfn", secret, link);
    e2e_top(e, &(struct e2e_top){.cols = 120, .nobody = true});
    open_log(e, good);
    e2e_see(e, "well"); /* it is readable for all */
    assert_true(vt_keys(e->vt, "<Esc>"));
    open_log(e, job);
    e2e_see(e, "standard output: another user's file, not readable for games: ");
    e2e_never(e, SECRET, 1500);
    assert_true(vt_keys(e->vt, "L"));
    e2e_see(e, "log-pager: ");
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, "not run as root: of another user's logs");
    e2e_quit(e);
    remove(link);
    remove(well);
    remove(secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_path_is_no_command),
        e2e_test(test_opens_own_files_only),
        e2e_test(test_pager_waits),
        e2e_test(test_link_to_secret),
        e2e_test(test_replaced_by_device),
        e2e_test(test_source_elsewhere),
        e2e_test(test_copy_is_private),
        e2e_test(test_copy_is_not_led_elsewhere),
        e2e_test(test_operator_without_root),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
