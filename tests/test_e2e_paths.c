/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paths of a job's standard output and error, against the files that slurmstepd really opens:
 * each job writes its own number there, and the file that `--once jobs` names must hold it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/e2e_json.h"

#define WORDS                                                                                      \
    "#!/bin/sh\necho \"out of $SLURM_JOB_ID $SLURM_ARRAY_TASK_ID\"\n"                              \
    "echo \"err of $SLURM_JOB_ID $SLURM_ARRAY_TASK_ID\" >&2\n"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

/* The patterns are meant from e->work, in which an "x" beside the case makes names unique. */
static const struct {
    const char *out, *err, *name, *array;
} cases[] = {
    {NULL, NULL, "plain", NULL},
    {NULL, NULL, "plain-array", "--array=3,7"},
    {"a-%j.out", NULL, "one-file", NULL},
    {"b-%j.out", "b-%j.err", "two-files", NULL},
    {"c-%x-%u-%j", NULL, "named", NULL},
    {"d-%A_%a.out", "d-%A_%a.err", "array", "--array=1-2"},
    {"e-%j.out", "e-%A-%a.err", "array-j", "--array=5"},
    {"f-%N-%j", NULL, "node", NULL},
    {"g-%n-%t-%s-%j", NULL, "step", NULL},
    {"h-%6j-%8j.out", NULL, "padded", NULL},
    {"i-%5A_%3a-%j", NULL, "padded-array", "--array=4"},
    {"k-%%-%j", NULL, "percent", NULL},
    {"l-%J", NULL, "step-id", NULL},
    {"m-\\%j-literal", NULL, "backslash", NULL},
    {"n-%q-%j-%", NULL, "unknown", NULL},
    {"o dir/with blank %j", NULL, "blank", NULL},
    {"p-%x-%j", NULL, "two words", NULL},
    {"q-%j-%A-%a", NULL, "no-array", NULL},
    {"%j/r.out", "%j/r.err", "own-directory", NULL},
    {"./s//%j.out", NULL, "dots", NULL},
};

static uint32_t submit(struct e2e *e, size_t i, const char *script)
{
    char name[128], out[E2E_PATH], err[E2E_PATH];
    const char *words[8] = {name, "--hold"}; /* until its directory is there */
    int n = 2;

    snprintf(name, sizeof(name), "--job-name=%s", cases[i].name);
    snprintf(out, sizeof(out), "--output=%s", cases[i].out ? cases[i].out : "");
    snprintf(err, sizeof(err), "--error=%s", cases[i].err ? cases[i].err : "");
    if (cases[i].array)
        words[n++] = cases[i].array;
    if (cases[i].out)
        words[n++] = out;
    if (cases[i].err)
        words[n++] = err;
    words[n] = script;
    return e2e_submit_list(e, words);
}

static bool all_ended(struct e2e *e, void *user)
{
    (void)user;
    return e2e_output(e, "squeue", "-h", "-a", "-t", "PD,R,CG,CF", "-o", "%i")[0] == '\0';
}

/* Is this a file with this line? */
static bool holds(const char *path, const char *line)
{
    char text[4096];
    FILE *f = path ? fopen(path, "re") : NULL;
    size_t n = 0;

    if (f) {
        n = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
    }
    text[n] = '\0';
    return n > 0 && strstr(text, line) != NULL;
}

static int compare_path(json_t *job, const char *key, const char *word)
{
    json_t *task = json_object_get(job, "array_task_id");
    const char *path = json_string_value(json_object_get(job, key));
    char line[96], number[24] = "";

    if (json_is_integer(task))
        snprintf(number, sizeof(number), "%d", (int)json_integer_value(task));
    snprintf(line, sizeof(line), "%s of %d %s\n", word,
        (int)json_integer_value(json_object_get(job, "job_id")), number);
    if (holds(path, line))
        return 0;
    print_error("job \"%s\": %s is \"%s\", which does not hold \"%s\"\n",
        json_string_value(json_object_get(job, "name")), key, path ? path : "null", line);
    return 1;
}

/* Guards the expansion of %-patterns for every form that sbatch takes. */
static void test_patterns(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH], directory[E2E_PATH];
    json_t *root, *job;
    size_t i, ended = 0;
    int wrong = 0;

    e2e_file(e, script, "words.sh", WORDS);
    snprintf(directory, sizeof(directory), "%s/o dir", e->work);
    assert_int_equal(mkdir(directory, 0777), 0);
    snprintf(directory, sizeof(directory), "%s/s", e->work);
    assert_int_equal(mkdir(directory, 0777), 0);
    for (i = 0; i < KF_LEN(cases); i++) {
        uint32_t id = submit(e, i, script);

        if (cases[i].out && strncmp(cases[i].out, "%j/", 3) == 0) {
            snprintf(directory, sizeof(directory), "%s/%u", e->work, id);
            mkdir(directory, 0777);
        }
        snprintf(directory, sizeof(directory), "%u", id);
        e2e_output(e, "scontrol", "release", directory);
    }
    assert_true(e2e_wait(e, all_ended, NULL, 60000));
    root = e2e_once(e, "jobs", NULL);
    json_array_foreach(json_object_get(root, "jobs"), i, job)
    {
        assert_string_equal(json_string_value(json_object_get(job, "state")), "COMPLETED");
        wrong += compare_path(job, "stdout", "out") + compare_path(job, "stderr", "err");
        ended++;
    }
    assert_true(ended > KF_LEN(cases));
    json_decref(root);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {e2e_test(test_patterns)};

    return cmocka_run_group_tests(tests, start, e2e_end);
}
