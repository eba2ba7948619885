/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each file that the open screen reads by itself, and each directory on its way, with every kind of thing in its
 * place that is no such file (tests/kinds.h): while it is in use, and when it is opened. Nothing hangs, nothing that has
 * effects is opened, memory stays bounded, the screen says which file it is and what is wrong with it, and once the file is
 * back all goes on. What is written is in test_e2e_kinds_written, what is read before there is a screen is in test_given, what one parser does in its unit test.
 */
#include "tests/e2e_odd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"

#define BUILDS SOURCE_DIR "/tests/builds/"

/* ---- logs ---- */

static const struct odd odd_logs[] = {
    {KIND_ABSENT, "waiting for "},
    {KIND_DIRECTORY, "this is a directory; a regular file is needed"},
    {KIND_FIFO, ODD_NO_FILE},
    {KIND_FED_FIFO, ODD_NO_FILE},
    {KIND_SOCKET, ODD_NO_FILE},
    {KIND_ZERO, ODD_NO_FILE},
    {KIND_FULL, ODD_NO_FILE},
    {KIND_PTMX, ODD_NO_FILE},
    {KIND_TTY, ODD_NO_FILE},
    {KIND_LOOP, "Too many levels of symbolic links"},
    {KIND_DANGLING, "waiting for "},
    {KIND_SECRET, "Permission denied"},
    {KIND_CLOSED, "Permission denied"},
    {KIND_SPARSE, "the end of it"},
};
static const struct odd odd_directories[] = {
    {KIND_ABSENT, "waiting for "},
    {KIND_FILE, "Not a directory"},
    {KIND_FIFO, "Not a directory"},
    {KIND_SOCKET, "Not a directory"},
    {KIND_ZERO, "Not a directory"},
    {KIND_LOOP, "Too many levels of symbolic links"},
    {KIND_DANGLING, "waiting for "},
    {KIND_CLOSED, "Permission denied"},
};

static void append(const char *path, const char *text)
{
    FILE *f = fopen(path, "ae");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* Puts each in the place of `place` under the open log, and waits for the words; then what is added to `log` must come. */
static void try_log(
    struct e2e *e, const char *place, const char *log, const struct odd *odd, size_t n)
{
    static int number;

    for (size_t i = 0; i < n; i++) {
        struct kind_place p;
        char back[32];

        kind_put(&p, odd[i].kind, place);
        print_message("%s: %s\n", place, kind_name(odd[i].kind));
        e2e_see(e, odd[i].words);
        assert_true(e2e_key_ms(e, "4", "─ Partitions ") < ODD_KEY_MS);
        assert_true(vt_keys(e->vt, "6"));
        e2e_see(e, odd[i].words);
        if (odd[i].kind == KIND_SPARSE)
            odd_memory(e);
        kind_take(&p);
        snprintf(back, sizeof(back), "it is back %d\n", ++number);
        append(log, back);
        back[strlen(back) - 1] = '\0';
        e2e_see(e, back);
    }
}

static void test_logs(void **state)
{
    struct e2e *e = *state;
    char dir[ODD_PATH], out[ODD_PATH], err[ODD_PATH];
    uint32_t job;

    e2e_output(e, E2E_NOBODY, "mkdir", odd_path(e, "logs", dir));
    odd_path(e, "logs/out", out);
    odd_path(e, "logs/err", err);
    job = odd_submit(e, "kinds", out, err, "echo well; echo ill >&2; sleep 600");
    e2e_top(e, &(struct e2e_top){.cols = 220});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "well");
    e2e_see(e, "ill");
    try_log(e, out, out, odd_logs, KF_LEN(odd_logs));
    try_log(e, err, err, odd_logs, KF_LEN(odd_logs));
    try_log(e, dir, out, odd_directories, KF_LEN(odd_directories));
    e2e_quit(e);
}

/* ---- a log that is exchanged again and again ---- */

#define EXCHANGES_MS 4000
#define LINES        3000 /* of each; several reads' worth */

/* The lines of one file bear its number at both ends: "g7 0001 of g7". */
static void write_lines(const char *path, unsigned number, int flags)
{
    struct buf text = BUF_INIT;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

    for (unsigned i = 0; i < LINES - number % 2 * LINES / 2; i++)
        buf_addf(&text, "g%u %04u of g%u\n", number, i, number);
    if (fd < 0 || write(fd, buf_str(&text), text.len) < 0)
        _exit(1);
    close(fd);
    buf_release(&text);
}

/* In a process of its own, until it is killed: puts another thing in the place of the log, or other bytes into it. */
static _Noreturn void exchange(const char *log, const char *fresh)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (unsigned number = 1;; number++) {
        remove(log); /* a directory of the last round, too */
        if (number % 4 == 1 && mkfifo(log, 0644) < 0)
            _exit(1);
        if (number % 4 == 2 && mkdir(log, 0755) < 0)
            _exit(1);
        if (number % 4 == 2)
            rmdir(log);
        write_lines(fresh, number, O_TRUNC);
        if (rename(fresh, log) < 0)
            _exit(1);
        usleep(number % 7 * 1000); /* it may be seen for a while, or never */
        if (number % 3 == 0)
            write_lines(log, number + 1000000, O_TRUNC);
    }
}

/* Rows of the screen that have lines of such a file: each of one only. Returns how many. */
static int rows_of_one_file(struct e2e *e)
{
    int rows = 0;

    for (int row = 0; row < vt_rows(e->vt); row++) {
        const char *text = vt_row_text(e->vt, row), *at = strstr(text, "g");
        unsigned first, line, second;

        while (at && sscanf(at, "g%u %u of g%u", &first, &line, &second) != 3)
            at = strstr(at + 1, "g");
        if (at && first != second)
            fail_msg("a line of two files: %s", text);
        rows += at != NULL;
    }
    return rows;
}

/* Guards the log on the screen, and the whole of its file, from a file that is exchanged while it is read: keys are
   answered all the time, no line is of two files, and what stands there in the end is what is shown. */
static void test_exchanged_log(void **state)
{
    struct e2e *e = *state;
    char log[ODD_PATH], fresh[ODD_PATH], words[64];
    int64_t until_us;
    int rows = 0;
    uint32_t job;
    pid_t pid;

    odd_path(e, "fresh", fresh);
    job = e2e_submit(e, "-J", "exchanged", "-o", odd_path(e, "exchanged", log), "--wrap=sleep 600");
    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    e2e_top(e, &(struct e2e_top){.cols = 120});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "─ Log of ");
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        exchange(log, fresh);
    until_us = clock_monotonic_us() + EXCHANGES_MS * 1000;
    for (int round = 0; clock_monotonic_us() < until_us; round++) {
        odd_keys(e);
        assert_true(vt_keys(e->vt, "6", round % 2 ? "g" : "G"));
        e2e_see(e, "─ Log of ");
        e2e_pause(e, 200);
        rows += rows_of_one_file(e);
    }
    assert_int_equal(kill(pid, SIGKILL), 0); /* SIGKILL found it alive: it did not end by itself */
    waitpid(pid, NULL, 0);
    remove(fresh);
    remove(log);
    assert_true(rows > 0);
    write_lines(fresh, 2, O_TRUNC);
    assert_int_equal(rename(fresh, log), 0);
    assert_true(vt_keys(e->vt, "6gG"));
    snprintf(words, sizeof(words), "g2 %04d of g2", LINES - 1);
    e2e_see(e, words);
    assert_true(vt_keys(e->vt, "J1<Enter>"));
    e2e_see(e, "1   g2 0000 of g2");
    e2e_see(e, " 1 of 3000 ");
    odd_memory(e);
    e2e_quit(e);
}

/* ---- trees, scripts and sources ---- */

/* What stands in the place of all that is read of a build beside its log: nothing at all is said of it. */
static const enum kind silent[] = {KIND_FIFO, KIND_FED_FIFO, KIND_SOCKET, KIND_ZERO, KIND_FULL,
    KIND_PTMX, KIND_TTY, KIND_DIRECTORY, KIND_LOOP, KIND_SECRET, KIND_CLOSED, KIND_SPARSE};

struct tree {
    char dir[ODD_PATH], config[ODD_PATH + 16], script[ODD_PATH + 16];
    struct kind_place places[2];
};

static void make_tree(struct e2e *e, struct tree *t, int i)
{
    char name[32], text[ODD_PATH * 2], path[E2E_PATH];

    snprintf(name, sizeof(name), "tree%d", i);
    odd_path(e, name, t->dir);
    e2e_output(e, "mkdir", t->dir);
    snprintf(t->config, sizeof(t->config), "%s/.config", t->dir);
    snprintf(text, sizeof(text), "tree%d/.config", i);
    e2e_file(e, path, text, "CONFIG_X86=y\n");
    snprintf(name, sizeof(name), "tree%d/build.sh", i);
    snprintf(text, sizeof(text),
        "#!/bin/sh\nsed 's|/tmp/ksrc/linux|%s|' " BUILDS "good-tiny/out\nsleep 1000\n", t->dir);
    snprintf(t->script, sizeof(t->script), "%s", e2e_file(e, path, name, text));
}

/* So many rows have all steps of that log. */
static bool all_have_steps(struct vt *vt, void *user)
{
    uintptr_t n = 0;

    for (int row = 0; row < vt_rows(vt); row++)
        n += strstr(vt_row_text(vt, row), " 902 ") != NULL;
    return n == (uintptr_t)user;
}

/* Guards the thread that finds out what kind of build it is: it reads the configuration in a tree of the user's, and his
   script. All builds are followed, whatever stands there. */
static void test_trees(void **state)
{
    struct e2e *e = *state;
    struct tree *trees = xcalloc(KF_LEN(silent), sizeof(*trees));
    char row[64];

    for (size_t i = 0; i < KF_LEN(silent); i++) {
        uint32_t job;

        make_tree(e, &trees[i], (int)i);
        job = e2e_submit(e, "--job-name", kind_name(silent[i]), "--mem=10M", trees[i].script);
        e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
        kind_put(&trees[i].places[0], silent[i], trees[i].config);
        kind_put(&trees[i].places[1], silent[i], trees[i].script);
    }
    e2e_top(e, &(struct e2e_top){.cols = 160, .rows = 44});
    assert_true(vt_keys(e->vt, "5"));
    for (size_t i = 0; i < KF_LEN(silent); i++) {
        snprintf(row, sizeof(row), "%.6s", kind_name(silent[i]));
        e2e_see(e, row);
    }
    assert_true(vt_wait_match(e->vt, all_have_steps, (void *)(uintptr_t)KF_LEN(silent), E2E_MS));
    odd_keys(e);
    odd_memory(e);
    e2e_quit(e);
    for (size_t i = 0; i < KF_LEN(silent); i++)
        for (int k = 0; k < 2; k++)
            kind_take(&trees[i].places[k]);
    free(trees);
}

/* What is said of a source that a log names. */
static const struct odd odd_sources[] = {
    {KIND_ABSENT, "No such file or directory"},
    {KIND_DIRECTORY, "this is a directory; a regular file is needed"},
    {KIND_FIFO, ODD_NO_FILE},
    {KIND_FED_FIFO, ODD_NO_FILE},
    {KIND_SOCKET, ODD_NO_FILE},
    {KIND_ZERO, ODD_NO_FILE},
    {KIND_FULL, ODD_NO_FILE},
    {KIND_PTMX, ODD_NO_FILE},
    {KIND_TTY, ODD_NO_FILE},
    {KIND_LOOP, "Too many levels of symbolic links"},
    {KIND_DANGLING, "No such file or directory"},
    {KIND_SECRET, "Permission denied"},
    {KIND_CLOSED, "Permission denied"},
    {KIND_SPARSE, "File too large"},
};

/* Guards the source of a diagnostic, and the directory it lies in. */
static void test_sources(void **state)
{
    struct e2e *e = *state;
    char dir[ODD_PATH], log[ODD_PATH], script[ODD_PATH * 2], path[E2E_PATH];
    struct kind_place *places = xcalloc(KF_LEN(odd_sources), sizeof(*places));
    uint32_t job;

    e2e_output(e, E2E_NOBODY, "mkdir", odd_path(e, "source", dir));
    snprintf(script, sizeof(script),
        "echo \"make: Entering directory '%s'\"; for i in $(seq 0 %zu);"
        "do echo \"f$i.c:1:1: error: odd $i\"; done; sleep 600",
        dir, KF_LEN(odd_sources) - 1);
    job = odd_submit(e, "sources", odd_path(e, "sources.log", log), log, script);
    for (size_t i = 0; i < KF_LEN(odd_sources); i++) {
        snprintf(script, sizeof(script), "source/f%zu.c", i);
        e2e_file(e, path, script, "int right;\n");
        e2e_output(e, "chown", "65534", path);
        kind_put(&places[i], odd_sources[i].kind, path);
    }
    e2e_top(e, &(struct e2e_top){.cols = 160, .rows = 60});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "error: odd 13");
    assert_true(vt_keys(e->vt, "D"));
    for (size_t i = 0; i < KF_LEN(odd_sources); i++) {
        char words[128];

        snprintf(words, sizeof(words), " f%zu.c: %s ", i, odd_sources[i].words);
        e2e_see(e, words);
        kind_take(&places[i]);
        assert_true(vt_keys(e->vt, "j"));
    }
    odd_memory(e);
    for (size_t i = KF_LEN(odd_sources) - 1; i-- > 0;) { /* they are back */
        assert_true(vt_keys(e->vt, "k"));
        e2e_see(e, "     1  int right;");
    }
    free(places);
    e2e_quit(e);
}

/* ---- Slurm's own configuration ---- */

/* Guards what libslurm would open and read without a look: said at once, with the file's name and what would be right. */
static void test_slurm_conf(void **state)
{
    static const enum kind kinds[] = {KIND_ABSENT, KIND_DIRECTORY, KIND_FIFO, KIND_FED_FIFO,
        KIND_SOCKET, KIND_ZERO, KIND_FULL, KIND_PTMX, KIND_TTY, KIND_LOOP, KIND_DANGLING,
        KIND_SPARSE};
    struct e2e *e = *state;
    char path[ODD_PATH], setting[ODD_PATH + 16], words[ODD_PATH + 32];
    const char *const argv[] = {e->top, "--once", "jobs", NULL}, *const env[] = {setting, NULL};

    snprintf(setting, sizeof(setting), "SLURM_CONF=%s", odd_path(e, "other.conf", path));
    snprintf(words, sizeof(words), "SLURM_CONF names %s", path);
    for (size_t i = 0; i < KF_LEN(kinds); i++) {
        struct kind_place p;
        struct e2e_result r;

        kind_put(&p, kinds[i], path);
        r = e2e_command(e, &(struct e2e_command){.argv = argv, .env = env});
        if (r.status != 3 || r.took_ms > 3000 || strstr(r.err, words) == NULL ||
            strstr(r.err, "; set it to the farm's slurm.conf, or unset it") == NULL)
            fail_msg("%s: %d ms, %s", kind_name(kinds[i]), (int)r.took_ms, r.err);
        kind_take(&p);
    }
    e2e_top(e, &(struct e2e_top){.cols = 200, .env = env, .quiet = true});
    e2e_see(e, words);
    odd_keys(e);
    e2e_output(e, "cp", e->conf, path); /* and then it is there */
    e2e_see(e, "ms/refresh");
    e2e_quit(e);
}

/* ---- scripts of the form ---- */

/* What the form says of a script, and of its directory. */
static const struct odd odd_scripts[] = {
    {KIND_ABSENT, "/right.sh: No such file or directory"},
    {KIND_DIRECTORY, "/right.sh is a directory; a batch script is wanted"},
    {KIND_FIFO, "/right.sh is no file; a batch script is wanted"},
    {KIND_FED_FIFO, "/right.sh is no file; a batch script is wanted"},
    {KIND_SOCKET, "/right.sh is no file; a batch script is wanted"},
    {KIND_ZERO, "/right.sh is no file; a batch script is wanted"},
    {KIND_PTMX, "/right.sh is no file; a batch script is wanted"},
    {KIND_TTY, "/right.sh is no file; a batch script is wanted"},
    {KIND_LOOP, "/right.sh: Too many levels of symbolic links"},
    {KIND_DANGLING, "/right.sh: No such file or directory"},
    {KIND_SPARSE, "/right.sh has 107374182415 bytes"},
};
static const struct odd odd_script_directories[] = {
    {KIND_ABSENT, "/right.sh: No such file or directory"},
    {KIND_FILE, "/right.sh: Not a directory"},
    {KIND_FIFO, "/right.sh: Not a directory"},
    {KIND_SOCKET, "/right.sh: Not a directory"},
    {KIND_LOOP, "/right.sh: Too many levels of symbolic links"},
    {KIND_DANGLING, "/right.sh: No such file or directory"},
};

/* With names looked for in the directory, too, and once more when it is right. */
static void try_script(
    struct e2e *e, const char *place, const char *script, const struct odd *odd, size_t n)
{
    char typed[ODD_PATH];

    snprintf(typed, sizeof(typed), "<C-u>%s", script);
    for (size_t i = 0; i < n; i++) {
        struct kind_place p;

        kind_put(&p, odd[i].kind, place);
        assert_true(vt_keys(e->vt, "s"));
        e2e_see(e, "Submit a batch script");
        assert_true(vt_keys(e->vt, typed));
        e2e_see(e, odd[i].words);
        if (odd[i].kind != KIND_DIRECTORY) { /* which would be gone into */
            assert_true(vt_keys(e->vt, "<Tab>"));
            e2e_see(e, odd[i].words);
        }
        kind_take(&p);
        assert_true(vt_keys(e->vt, "<Space><BS>")); /* it is read again */
        e2e_see(e, "fits now on");
        e2e_leave_form(e);
    }
}

/* Guards the script in the form, and the directory it lies in. */
static void test_scripts(void **state)
{
    struct e2e *e = *state;
    char dir[ODD_PATH], script[E2E_PATH];

    e2e_output(e, "mkdir", odd_path(e, "scripts", dir));
    e2e_file(e, script, "scripts/right.sh", "#!/bin/sh\n#SBATCH --output=/dev/null\nexec true\n");
    e2e_top(e, &(struct e2e_top){.cols = 240});
    try_script(e, script, script, odd_scripts, KF_LEN(odd_scripts));
    try_script(e, dir, script, odd_script_directories, KF_LEN(odd_script_directories));
    odd_keys(e);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_logs),
        e2e_test(test_exchanged_log),
        e2e_test(test_trees),
        e2e_test(test_sources),
        e2e_test(test_slurm_conf),
        e2e_test(test_scripts),
    };

    return cmocka_run_group_tests(tests, odd_start, e2e_end);
}
