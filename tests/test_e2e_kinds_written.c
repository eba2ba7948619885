/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each file that the open screen writes, and each directory on its way, with every kind of thing in its place
 * (tests/kinds.h): nothing hangs, nothing is written through a link or over what is there,
 * the screen names the file and what is wrong with it, and once that is mended all goes on.
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

/* ---- views and kept scripts ---- */

/* In the place of the file, its directory and the one above. */
static const struct odd odd_views[] = {
    {KIND_DIRECTORY, "this is a directory"},
    {KIND_FIFO, ODD_NO_FILE},
    {KIND_FED_FIFO, ODD_NO_FILE},
    {KIND_SOCKET, ODD_NO_FILE},
    {KIND_ZERO, ODD_NO_FILE},
    {KIND_LOOP, "Too many levels of symbolic links"},
    {KIND_SPARSE, "larger than "},
};
static const struct odd odd_kept[] = {
    {KIND_DIRECTORY, "is a directory; it must be a regular file"},
    {KIND_FIFO, "is a FIFO; it must be a regular file"},
    {KIND_FED_FIFO, "is a FIFO; it must be a regular file"},
    {KIND_SOCKET, "is a socket; it must be a regular file"},
    {KIND_FULL, "is a device; it must be a regular file"},
    {KIND_LOOP, "is a symbolic link; name the file itself"},
    {KIND_DANGLING, "is a symbolic link; name the file itself"},
};
static const struct odd odd_above[] = {
    {KIND_FILE, "Not a directory"},
    {KIND_FIFO, "Not a directory"},
    {KIND_SOCKET, "Not a directory"},
    {KIND_LOOP, "Too many levels of symbolic links"},
    {KIND_DANGLING, "No such file or directory"},
};

static bool is_answered(struct vt *vt, void *words)
{
    return vt_find(vt, words, NULL, NULL) || vt_find(vt, "Replace it by what", NULL, NULL);
}

static void try_views(struct e2e *e, const char *place, const struct odd *odd, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct kind_place p;

        kind_put(&p, odd[i].kind, place);
        odd_save_view(e);
        vt_wait_match(e->vt, is_answered, (char *)(uintptr_t)odd[i].words, E2E_MS);
        odd_forget_dialog(e);
        e2e_see(e, odd[i].words);
        kind_take(&p);
        odd_save_view(e);
        vt_wait_match(e->vt, is_answered, (char *)"\"again\" saved in ", E2E_MS);
        odd_forget_dialog(e);
        e2e_see(e, "\"again\" saved in ");
    }
}

/* Guards the file of saved views, and its directories, under the open screen. */
static void test_views(void **state)
{
    struct e2e *e = *state;
    char path[ODD_PATH];

    e2e_top(e, &(struct e2e_top){.cols = 220});
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    odd_save_view(e);
    e2e_see(e, "\"again\" saved in ");
    try_views(e, odd_path(e, ".config/kfarm-top/views", path), odd_views, KF_LEN(odd_views));
    try_views(e, odd_path(e, ".config/kfarm-top", path), odd_above, KF_LEN(odd_above));
    try_views(e, odd_path(e, ".config", path), odd_above, KF_LEN(odd_above));
    e2e_quit(e);
}

static void try_kept(struct e2e *e, const char *place, const struct odd *odd, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct kind_place p;

        kind_put(&p, odd[i].kind, place);
        assert_true(vt_keys(e->vt, "b"));
        e2e_see(e, odd[i].words);
        assert_true(vt_find(e->vt, "job-resubmit: /", NULL, NULL));
        kind_take(&p);
        assert_true(vt_keys(e->vt, "b"));
        e2e_see(e, "Submit the script of job");
        assert_true(vt_keys(e->vt, "<Esc>"));
        e2e_gone(e, "Submit the script of job");
        assert_true(vt_keys(e->vt, "h")); /* the next refusal may be in the same words */
        e2e_see(e, "job-hold: ");
        e2e_gone(e, odd[i].words);
    }
}

/* Guards the script that is fetched from Slurm, and its directories. */
static void test_kept_scripts(void **state)
{
    struct e2e *e = *state;
    char path[ODD_PATH], name[64];
    uint32_t job = odd_ended_job(e);

    e2e_top(e, &(struct e2e_top){.cols = 220});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "b"));
    e2e_see(e, "Submit the script of job");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Submit the script of job");
    snprintf(name, sizeof(name), ODD_STATE "/scripts/job-%u.sh", job);
    try_kept(e, odd_path(e, name, path), odd_kept, KF_LEN(odd_kept));
    try_kept(e, odd_path(e, ODD_STATE "/scripts", path), odd_above, KF_LEN(odd_above));
    try_kept(e, odd_path(e, ODD_STATE, path), odd_above, KF_LEN(odd_above));
    e2e_quit(e);
}

/* ---- copies of a log ---- */

/* In the place of the copy, whatever it is, and of its directory. */
static const enum kind in_place[] = {KIND_FILE, KIND_DIRECTORY, KIND_FIFO, KIND_FED_FIFO,
    KIND_SOCKET, KIND_ZERO, KIND_FULL, KIND_PTMX, KIND_TTY, KIND_LOOP, KIND_DANGLING, KIND_SECRET,
    KIND_SPARSE};
static const struct odd odd_copy_directories[] = {
    {KIND_ABSENT, "No such file or directory"},
    {KIND_FILE, "Not a directory"},
    {KIND_FIFO, "Not a directory"},
    {KIND_FED_FIFO, "Not a directory"},
    {KIND_SOCKET, "Not a directory"},
    {KIND_ZERO, "Not a directory"},
    {KIND_FULL, "Not a directory"},
    {KIND_PTMX, "Not a directory"},
    {KIND_TTY, "Not a directory"},
    {KIND_LOOP, "Too many levels of symbolic links"},
    {KIND_DANGLING, "No such file or directory"},
    {KIND_SECRET, "Not a directory"},
    {KIND_SPARSE, "Not a directory"},
};

/* What was there has not been written to. */
static void must_be_untouched(const char *path, const struct stat *before)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_ino, before->st_ino);
    assert_int_equal(st.st_mode, before->st_mode);
    assert_int_equal(st.st_size, before->st_size);
    assert_int_equal(st.st_mtim.tv_sec, before->st_mtim.tv_sec);
    assert_int_equal(st.st_mtim.tv_nsec, before->st_mtim.tv_nsec);
}

/* Guards what stands where a copy is to be made: it stays as it is, nothing is made through a link, and the copy is
   made once there is nothing. */
static void test_copies(void **state)
{
    struct e2e *e = *state;
    char name[64], path[ODD_PATH], dir[ODD_PATH], at[ODD_PATH + 64];
    struct kind_place p;
    struct stat before;
    uint32_t job = odd_ended_job(e);

    e2e_top(e, &(struct e2e_top){.cols = 240});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "a line of it");
    for (size_t i = 0; i < KF_LEN(in_place); i++) {
        snprintf(name, sizeof(name), "copy%zu", i);
        kind_put(&p, in_place[i], odd_path(e, name, path));
        assert_int_equal(lstat(path, &before), 0);
        odd_refuses_copy(e, path, "File exists");
        must_be_untouched(path, &before);
        kind_take(&p);
        odd_copies(e, path);
    }
    for (size_t i = 0; i < KF_LEN(odd_copy_directories); i++) {
        snprintf(name, sizeof(name), "copies%zu", i);
        e2e_output(e, "mkdir", odd_path(e, name, dir));
        snprintf(path, sizeof(path), "%.400s/copy", dir);
        kind_put(&p, odd_copy_directories[i].kind, dir);
        /* a link is followed: what it leads to is named */
        snprintf(at, sizeof(at), "not saved: %s: %s",
            odd_copy_directories[i].kind == KIND_SECRET ? "/etc/shadow" : dir,
            odd_copy_directories[i].words);
        odd_save_log(e, path);
        e2e_see(e, odd_copy_directories[i].kind == KIND_DANGLING
                       ? "/nonexistent: No such file or directory"
                       : at);
        kind_take(&p);
        odd_copies(e, path);
    }
    assert_true(vt_keys(e->vt, "<Esc>"));
    odd_keys(e);
    odd_memory(e);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_views),
        e2e_test(test_kept_scripts),
        e2e_test(test_copies),
    };

    return cmocka_run_group_tests(tests, odd_start, e2e_end);
}
