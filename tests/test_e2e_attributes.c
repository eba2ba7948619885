/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that the open screen writes, and their directories, immutable or append-only (chattr(1)): the screen names the
 * file and the attribute, which no mode shows, nothing half-made stays, and once the attribute is gone all goes on.
 */
#include "tests/e2e_odd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"

#define BUILDS SOURCE_DIR "/tests/builds/"

#define IMMUTABLE   "Operation not permitted; it is immutable, see lsattr(1)"
#define APPEND_ONLY "Operation not permitted; it is append-only, see lsattr(1)"
#define ABOVE       "Operation not permitted; its directory is "

static void set_attribute(struct e2e *e, const char *attribute, const char *path)
{
    e2e_output(e, "chattr", attribute, path);
}

/* Where the file system has no such attributes, or we may not set them, that is said by name. */
static void need_attributes(struct e2e *e)
{
    static const char *const each[] = {"+i", "-i", "+a", "-a"};

    e2e_output(e, "touch", "attributes");
    for (size_t i = 0; i < KF_LEN(each); i++)
        if (e2e_run(e, "chattr", each[i], "attributes").status != 0) {
            print_message("SKIPPED: chattr %s fails here: NOTHING TESTED ON IMMUTABLE AND "
                          "APPEND-ONLY FILES\n",
                each[i]);
            skip();
        }
}

/* Also of a test that failed: else nobody could remove the farm. */
static int end_attributes(void **state)
{
    struct e2e *e = *state;

    e2e_run(e, "chattr", "-R", "-f", "-ia", e->work);
    return e2e_end_test(state);
}

static void hold_and_release(struct e2e *e, uint32_t job)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", job);
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "h"));
    e2e_see(e, "Who may release it?");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "held by ");
    e2e_output(e, "scontrol", "release", id);
    e2e_gone(e, "held by ");
}

static bool audit_has(struct e2e *e, void *user)
{
    return e2e_run(e, "sh", "-c", "test $(grep -c '\"result\"' " ODD_STATE "/audit.jsonl) = $1",
               "sh", user)
               .status == 0;
}

/* Guards the audit file: one that can only be appended to is written, which is why an operator would set that; of
   one that cannot be it is said. */
static void test_attributes_of_audit(void **state)
{
    struct e2e *e = *state;
    uint32_t job;
    char text[128];

    need_attributes(e);
    e2e_output(e, "rm", "-rf", ODD_STATE);
    job = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    e2e_top(e, &(struct e2e_top){.cols = 220});
    hold_and_release(e, job);
    assert_true(e2e_wait(e, audit_has, (char *)"1", E2E_MS));
    set_attribute(e, "+a", ODD_STATE "/audit.jsonl");
    hold_and_release(e, job);
    assert_true(e2e_wait(e, audit_has, (char *)"2", E2E_MS));
    set_attribute(e, "-a", ODD_STATE "/audit.jsonl");
    set_attribute(e, "+i", ODD_STATE);
    hold_and_release(e, job); /* the file is there already */
    assert_true(e2e_wait(e, audit_has, (char *)"3", E2E_MS));
    set_attribute(e, "-i", ODD_STATE);
    set_attribute(e, "+i", ODD_STATE "/audit.jsonl");
    hold_and_release(e, job);
    snprintf(text, sizeof(text), "job-hold %u is not in the audit file: ", job);
    odd_messages_have(e, text);
    odd_messages_have(e, "/audit.jsonl: " IMMUTABLE);
    set_attribute(e, "-i", ODD_STATE "/audit.jsonl");
    hold_and_release(e, job);
    assert_true(e2e_wait(e, audit_has, (char *)"4", E2E_MS));
    e2e_quit(e);
}

/* So many entries are in the directory. */
static long entries(struct e2e *e, const char *path)
{
    return strtol(e2e_output(e, "sh", "-c", "ls -A \"$1\" | wc -l", "sh", path), NULL, 10);
}

/* Saves a view of its own name: the words are those of this one. */
static void save_named(struct e2e *e, int number, const char *words)
{
    char text[256];

    assert_true(vt_keys(e->vt, "S"));
    e2e_see(e, "Save this view under which name?");
    snprintf(text, sizeof(text), "<C-u>with %d<Enter>", number);
    assert_true(vt_keys(e->vt, text));
    snprintf(text, sizeof(text), "\"with %d\" %s", number, words);
    e2e_see(e, text);
}

/* Guards what is replaced as a whole, views: by nothing half-made that stays, either. */
static void test_attributes_of_views(void **state)
{
    static const struct {
        const char *set, *unset, *path, *words;
    } rows[] = {
        {"+i", "-i", ".config/kfarm-top/views", "/views: " IMMUTABLE},
        {"+a", "-a", ".config/kfarm-top/views", "/views: " APPEND_ONLY},
        {"+i", "-i", ".config/kfarm-top", "/views: " ABOVE "immutable"},
        {"+a", "-a", ".config/kfarm-top", "/views: " ABOVE "append-only"},
    };
    struct e2e *e = *state;
    int number = 0;

    need_attributes(e);
    e2e_top(e, &(struct e2e_top){.cols = 220});
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    save_named(e, ++number, "saved in ");
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        long before = entries(e, ".config/kfarm-top");

        set_attribute(e, rows[i].set, rows[i].path);
        save_named(e, ++number, "is not saved: ");
        e2e_see(e, rows[i].words);
        set_attribute(e, rows[i].unset, rows[i].path);
        assert_int_equal(entries(e, ".config/kfarm-top"), before);
        save_named(e, ++number, "saved in ");
    }
    e2e_quit(e);
}

/* Guards a kept script, its directory, and the one above, in which that is to be made. */
static void test_attributes_of_scripts(void **state)
{
    struct e2e *e = *state;
    uint32_t job;
    char file[64];
    const char *const paths[] = {file, ODD_STATE "/scripts", ODD_STATE};

    need_attributes(e);
    job = odd_ended_job(e);
    snprintf(file, sizeof(file), ODD_STATE "/scripts/job-%u.sh", job);
    e2e_output(e, "mkdir", "-p", ODD_STATE "/scripts");
    e2e_output(e, "touch", file);
    e2e_top(e, &(struct e2e_top){.cols = 220});
    e2e_select_job(e, job);
    for (int i = 0; i < 6; i++) {
        const char *path = paths[i / 2];

        if (path == paths[2])
            e2e_output(e, "rm", "-rf", ODD_STATE "/scripts");
        set_attribute(e, i % 2 ? "+a" : "+i", path);
        assert_true(vt_keys(e->vt, "b"));
        if (path == paths[2] && i % 2) { /* directories can be made there */
            e2e_see(e, "Submit the script of job");
            assert_true(vt_keys(e->vt, "<Esc>"));
            e2e_gone(e, "Submit the script of job");
        } else {
            e2e_see(e, path != file ? (i % 2 ? ABOVE "append-only" : ABOVE "immutable")
                                    : (i % 2 ? APPEND_ONLY : IMMUTABLE));
            assert_true(vt_find(e->vt, "job-resubmit: /", NULL, NULL));
        }
        set_attribute(e, i % 2 ? "-a" : "-i", path);
    }
    e2e_quit(e);
}

/* Guards copies and recordings. */
static void test_attributes_of_new_files(void **state)
{
    struct e2e *e = *state;
    char dir[ODD_PATH], path[ODD_PATH];
    uint32_t job;

    need_attributes(e);
    job = odd_ended_job(e);
    e2e_output(e, "mkdir", odd_path(e, "attributed", dir));
    for (int i = 0; i < 2; i++) {
        const char *const argv[] = {e->top, "--once", "jobs", "--record", "recorded", NULL};
        struct e2e_result r;

        e2e_output(e, "touch", "recorded");
        set_attribute(e, i ? "+a" : "+i", "recorded");
        r = e2e_command(e, &(struct e2e_command){.argv = argv});
        set_attribute(e, i ? "-a" : "-i", "recorded");
        if (r.status != 2 || strstr(r.err, i ? APPEND_ONLY : IMMUTABLE) == NULL)
            fail_msg("--record: %d: %s", r.status, r.err);
    }
    e2e_top(e, &(struct e2e_top){.cols = 240});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "a line of it");
    set_attribute(e, "+i", dir);
    snprintf(path, sizeof(path), "%.400s/one", dir);
    odd_refuses_copy(e, path, ABOVE "immutable");
    set_attribute(e, "-i", dir);
    odd_copies(e, path);
    set_attribute(e, "+i", path);
    odd_refuses_copy(e, path, "File exists");
    set_attribute(e, "-i", path);
    set_attribute(e, "+a", dir);
    snprintf(path, sizeof(path), "%.400s/two", dir);
    odd_copies(e, path);
    set_attribute(e, "-a", dir);
    e2e_quit(e);
}

/* A clean build that went well: what it took is kept. */
static void build_well(struct e2e *e)
{
    char script[E2E_PATH];
    uint32_t job = e2e_submit(e, "--job-name=clean",
        e2e_file(e, script, "clean.sh", "#!/bin/sh\ncat " BUILDS "good-tiny/out\nsleep 1\n"));

    e2e_wait_job(e, job, "JobState=COMPLETED", E2E_MS);
}

/* Something was written to the file since. */
static bool is_written(struct e2e *e, void *user)
{
    const struct timespec *since = user;
    char path[ODD_PATH];
    struct stat st;

    return stat(odd_path(e, ODD_STATE "/builds.sqlite", path), &st) == 0 &&
           (st.st_mtim.tv_sec != since->tv_sec || st.st_mtim.tv_nsec != since->tv_nsec);
}

static struct timespec written_at(struct e2e *e)
{
    char path[ODD_PATH];
    struct stat st;

    assert_int_equal(stat(odd_path(e, ODD_STATE "/builds.sqlite", path), &st), 0);
    return st.st_mtim;
}

/* Guards the earlier builds: that the next one is not kept is said, and the one behind it is. */
static void test_attributes_of_builds(void **state)
{
    struct e2e *e = *state;
    struct timespec at = {0};

    need_attributes(e);
    e2e_output(e, "rm", "-rf", ODD_STATE);
    e2e_top(e, &(struct e2e_top){.cols = 220});
    assert_true(vt_keys(e->vt, "5"));
    build_well(e);
    assert_true(e2e_wait(e, is_written, &at, E2E_MS));
    set_attribute(e, "+i", ODD_STATE "/builds.sqlite");
    build_well(e);
    odd_messages_have(e, "/builds.sqlite: ");
    assert_true(vt_keys(e->vt, "5"));
    set_attribute(e, "-i", ODD_STATE "/builds.sqlite");
    at = written_at(e);
    build_well(e);
    assert_true(e2e_wait(e, is_written, &at, E2E_MS));
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_attributes_of_audit, end_attributes),
        cmocka_unit_test_teardown(test_attributes_of_views, end_attributes),
        cmocka_unit_test_teardown(test_attributes_of_scripts, end_attributes),
        cmocka_unit_test_teardown(test_attributes_of_new_files, end_attributes),
        cmocka_unit_test_teardown(test_attributes_of_builds, end_attributes),
    };

    return cmocka_run_group_tests(tests, odd_start, e2e_end);
}
