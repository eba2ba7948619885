/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The paths of a job's logs, against what slurmstepd 22.05 … 26.05 makes of the same patterns. */
#include "backend/logpath.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static const struct logpath_job plain = {
    .job_id = 42,
    .array_task_id = LOGPATH_NO_TASK,
    .restarts = 3,
    .name = "kernel_build",
    .user = "ana",
    .work_dir = "/srv/farm",
    .batch_host = "node2",
};

static const struct logpath_job task = {
    .job_id = 107,
    .array_job_id = 100,
    .array_task_id = 23,
    .name = "matrix",
    .user = "ana",
    .work_dir = "/srv/farm/",
    .batch_host = "node1",
};

static const struct logpath_job pending_array = {
    .job_id = 100,
    .array_job_id = 100,
    .array_task_id = LOGPATH_NO_TASK,
    .name = "matrix",
    .user = "ana",
    .work_dir = "/srv/farm",
};

static const struct {
    const struct logpath_job *job;
    const char *pattern;
    const char *path; /* NULL: an error */
    int err;
} rows[] = {
    /* defaults, joining */
    {&plain, "", "/srv/farm/slurm-42.out", 0},
    {&plain, NULL, "/srv/farm/slurm-42.out", 0},
    {&task, NULL, "/srv/farm/slurm-100_23.out", 0},
    {&plain, "a.out", "/srv/farm/a.out", 0},
    {&task, "a.out", "/srv/farm/a.out", 0},
    {&plain, "/tmp/a.out", "/tmp/a.out", 0},
    /* each specifier, in a job and in a task of an array */
    {&plain, "/%A", "/42", 0},
    {&task, "/%A", "/100", 0},
    {&task, "/%a", "/23", 0},
    {&task, "/%b", "/3", 0},
    {&plain, "/%a", "/4294967294", 0},
    {&plain, "/%j", "/42", 0},
    {&plain, "/%J", "/42", 0},
    {&task, "/%j", "/107", 0},
    {&plain, "/%N", "/node2", 0},
    {&plain, "/%n%t", "/00", 0},
    {&plain, "/%r", "/3", 0},
    {&plain, "/%s", "/batch", 0},
    {&plain, "/%u", "/ana", 0},
    {&plain, "/%x", "/kernel_build", 0},
    {&plain, "/%%", "/%", 0},
    {&plain, "/%%j", "/%j", 0},
    {&plain, "/%%%j", "/%42", 0},
    {&plain, "kernel_build_%j.out", "/srv/farm/kernel_build_42.out", 0},
    {&plain, "/b-%x-%4j-%N-%u.log", "/b-kernel_build-0042-node2-ana.log", 0},
    /* widths */
    {&plain, "/%0j", "/42", 0},
    {&plain, "/%1j", "/42", 0},
    {&plain, "/%04j", "/0042", 0},
    {&plain, "/%10j", "/0000000042", 0},
    {&plain, "/%11j", "/0000000042", 0},
    {&plain, "/%99999999999999999999j", "/0000000042", 0},
    {&task, "/%3a-%4A-%2b", "/023-0100-03", 0},
    {&plain, "/%2t%3n", "/00000", 0},
    {&plain, "/%4x%4u%4N%4s", "/kernel_buildananode2batch", 0},
    /* what is no specifier */
    {&plain, "/%z", "/%z", 0},
    {&plain, "/%", "/%", 0},
    {&plain, "/a%", "/a%", 0},
    {&plain, "/% j", "/% j", 0},
    {&plain, "/%12z", "/2z", 0},
    {&plain, "/%4", "/4", 0},
    {&plain, "/%4%j", "/442", 0},
    {&plain, "/%z%j", "/%z42", 0},
    /* a backslash turns expansion off */
    {&plain, "/a\\%j", "/a%j", 0},
    {&plain, "/%j\\", "/%j", 0},
    {&plain, "/\\\\%j", "/\\%j", 0},
    {&plain, "\\a%j", "/srv/farm/a%j", 0},
    /* names that break tools which use a shell or split at blanks */
    {&plain, "/a b|c=d,e;$(f)", "/a b|c=d,e;$(f)", 0},
    {&plain, "/\xff\xfe%j",
        "/\xff\xfe"
        "42",
        0},
    /* not known yet */
    {&pending_array, "", NULL, -ENODATA},
    {&pending_array, "/%a", NULL, -ENODATA},
    {&pending_array, "/%b", NULL, -ENODATA},
    {&pending_array, "/%j", NULL, -ENODATA},
    {&pending_array, "/%J", NULL, -ENODATA},
    {&pending_array, "/%N", NULL, -ENODATA},
    {&pending_array, "/%A-%x", "/100-matrix", 0},
    {&plain, "/%S", NULL, -ENODATA},
};

static void test_rows(void **state)
{
    char out[256];

    (void)state;
    for (size_t i = 0; i < KF_LEN(rows); i++) {
        struct logpath_job job = *rows[i].job;

        job.std_out = rows[i].pattern;
        assert_int_equal(logpath_expand(&job, LOGPATH_STDOUT, out, sizeof(out)), rows[i].err);
        assert_string_equal(out, rows[i].path ? rows[i].path : "");
    }
}

static void test_stderr(void **state)
{
    struct logpath_job job = plain;
    char out[64];

    (void)state;
    assert_int_equal(logpath_expand(&job, LOGPATH_STDERR, out, sizeof(out)), 0);
    assert_string_equal(out, "/srv/farm/slurm-42.out");
    job.std_out = "o-%j";
    job.std_err = "";
    assert_int_equal(logpath_expand(&job, LOGPATH_STDERR, out, sizeof(out)), 0);
    assert_string_equal(out, "/srv/farm/o-42");
    job.std_err = "e-%j";
    assert_int_equal(logpath_expand(&job, LOGPATH_STDERR, out, sizeof(out)), 0);
    assert_string_equal(out, "/srv/farm/e-42");
    assert_int_equal(logpath_expand(&job, LOGPATH_STDOUT, out, sizeof(out)), 0);
    assert_string_equal(out, "/srv/farm/o-42");
}

static void test_missing(void **state)
{
    struct logpath_job job = {.job_id = 1, .array_task_id = LOGPATH_NO_TASK};
    char out[64] = "x";

    (void)state;
    assert_int_equal(logpath_expand(&job, LOGPATH_STDOUT, out, sizeof(out)), -EINVAL);
    assert_string_equal(out, "");
    job.work_dir = "";
    assert_int_equal(logpath_expand(&job, LOGPATH_STDOUT, out, sizeof(out)), -EINVAL);
    job.std_out = "/%u";
    assert_int_equal(logpath_expand(&job, LOGPATH_STDOUT, out, sizeof(out)), -ENODATA);
    job.std_out = "/%x";
    job.name = "";
    assert_int_equal(logpath_expand(&job, LOGPATH_STDOUT, out, sizeof(out)), -ENODATA);
}

/* Any user may set the directory of his own job: `scontrol update jobid=N WorkDir='+!id>' StdOut=x`. An editor takes
   "+!id>/x" for a command, so it must not come out as a path. */
static void test_relative_directory(void **state)
{
    static const char *const directories[] = {"+!id>", "-o/etc/passwd", ".", "tmp", " /tmp", "~"};
    struct logpath_job job = {.job_id = 1, .array_task_id = LOGPATH_NO_TASK, .std_out = "tmp/x"};
    char out[64];

    (void)state;
    for (size_t i = 0; i < KF_LEN(directories); i++) {
        job.work_dir = directories[i];
        assert_int_equal(logpath_expand(&job, LOGPATH_STDOUT, out, sizeof(out)), -EINVAL);
        assert_string_equal(out, "");
        job.std_err = "\\+x";
        assert_int_equal(logpath_expand(&job, LOGPATH_STDERR, out, sizeof(out)), -EINVAL);
    }
}

/* Every size that is too small is refused, and nothing beyond it is written. */
static void test_sizes(void **state)
{
    const char *whole = "/srv/farm/slurm-42.out";
    size_t fits = strlen(whole) + 1;

    (void)state;
    for (size_t size = 0; size < fits + 2; size++) {
        char *out = test_malloc(size ? size : 1);
        int err = logpath_expand(&plain, LOGPATH_STDOUT, out, size);

        if (size > 0)
            assert_string_equal(out, size < fits ? "" : whole);
        assert_int_equal(err, size < fits ? -ENAMETOOLONG : 0);
        test_free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_stderr),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_relative_directory),
        cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
