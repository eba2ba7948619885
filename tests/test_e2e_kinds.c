/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each file that the open screen reads or writes by itself, and each directory on its way, with every kind of thing in its
 * place that is no such file (tests/kinds.h): while it is in use, and when it is opened. Nothing hangs, nothing that has
 * effects is opened, memory stays bounded, the screen says which file it is and what is wrong with it, and once the file is
 * back all goes on. What is read before there is a screen is in test_given, what one parser does in its unit test.
 */
#include "tests/e2e.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/e2e_audit.h"
#include "tests/kinds.h"

#define BUILDS    SOURCE_DIR "/tests/builds/"
#define STATE     ".local/state/kfarm-top"
#define KEY_MS    1000
#define MEMORY_MB 150
#define PATH_SIZE (E2E_PATH * 2)

static int start(void **state)
{
    if (geteuid() != 0) {
        print_message("SKIPPED: only root can make devices, mounts and files of another user\n");
        return -1;
    }
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static const char *path_of(const struct e2e *e, const char *name, char out[PATH_SIZE])
{
    snprintf(out, PATH_SIZE, "%s/%s", e->work, name);
    return out;
}

static void keys_are_answered(struct e2e *e)
{
    double there = e2e_key_ms(e, "4", "─ Partitions "), back = e2e_key_ms(e, "1", "─ Nodes ");

    if (there > KEY_MS || back > KEY_MS)
        fail_msg("keys took %.0f and %.0f ms", there, back);
}

static void memory_is_bounded(struct e2e *e)
{
    char pid[16];
    double mb;

    snprintf(pid, sizeof(pid), "%d", (int)vt_pid(e->vt));
    mb =
        strtod(e2e_output(e, "sh", "-c",
                   "all() { echo $1; for c in $(cat /proc/$1/task/*/children); do all $c; done; }\n"
                   "for p in $(all $1); do cat /proc/$p/smaps_rollup; done |"
                   " awk '/^Pss:/ { n += $2 } END { print n / 1024 }'",
                   "sh", pid),
            NULL);
    print_message("memory of all processes: %.0f MB\n", mb);
    assert_true(mb < MEMORY_MB);
}

/* It stands among the messages, whatever came behind it. */
static void messages_have(struct e2e *e, const char *text)
{
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "1"));
    e2e_see(e, "Nodes ─");
}

/* A job of nobody's that runs this until it is cancelled. */
static uint32_t submit_as_nobody(
    struct e2e *e, const char *name, const char *out, const char *err, const char *script)
{
    const char *id = e2e_output(
        e, E2E_NOBODY, "sbatch", "--parsable", "-J", name, "-o", out, "-e", err, "--wrap", script);
    uint32_t job = (uint32_t)strtoul(id, NULL, 10);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    return job;
}

/* ---- logs ---- */

/* What is said of a log, or of the directory it lies in; NULL: nothing but that the keys are answered. */
struct odd {
    enum kind kind;
    const char *words;
};

#define NO_FILE "this is a pipe, a socket or a device; a regular file is needed"

static const struct odd odd_logs[] = {
    {KIND_ABSENT, "waiting for "},
    {KIND_DIRECTORY, "this is a directory; a regular file is needed"},
    {KIND_FIFO, NO_FILE},
    {KIND_FED_FIFO, NO_FILE},
    {KIND_SOCKET, NO_FILE},
    {KIND_ZERO, NO_FILE},
    {KIND_FULL, NO_FILE},
    {KIND_PTMX, NO_FILE},
    {KIND_TTY, NO_FILE},
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
        assert_true(e2e_key_ms(e, "4", "─ Partitions ") < KEY_MS);
        assert_true(vt_keys(e->vt, "6"));
        e2e_see(e, odd[i].words);
        if (odd[i].kind == KIND_SPARSE)
            memory_is_bounded(e);
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
    char dir[PATH_SIZE], out[PATH_SIZE], err[PATH_SIZE];
    uint32_t job;

    e2e_output(e, E2E_NOBODY, "mkdir", path_of(e, "logs", dir));
    path_of(e, "logs/out", out);
    path_of(e, "logs/err", err);
    job = submit_as_nobody(e, "kinds", out, err, "echo well; echo ill >&2; sleep 600");
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

/* ---- trees, scripts and sources ---- */

/* What stands in the place of all that is read of a build beside its log: nothing at all is said of it. */
static const enum kind silent[] = {KIND_FIFO, KIND_FED_FIFO, KIND_SOCKET, KIND_ZERO, KIND_FULL,
    KIND_PTMX, KIND_TTY, KIND_DIRECTORY, KIND_LOOP, KIND_SECRET, KIND_CLOSED, KIND_SPARSE};

struct tree {
    char dir[PATH_SIZE], config[PATH_SIZE + 16], script[PATH_SIZE + 16];
    struct kind_place places[2];
};

static void make_tree(struct e2e *e, struct tree *t, int i)
{
    char name[32], text[PATH_SIZE * 2], path[E2E_PATH];

    snprintf(name, sizeof(name), "tree%d", i);
    path_of(e, name, t->dir);
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
    keys_are_answered(e);
    memory_is_bounded(e);
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
    {KIND_FIFO, NO_FILE},
    {KIND_FED_FIFO, NO_FILE},
    {KIND_SOCKET, NO_FILE},
    {KIND_ZERO, NO_FILE},
    {KIND_FULL, NO_FILE},
    {KIND_PTMX, NO_FILE},
    {KIND_TTY, NO_FILE},
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
    char dir[PATH_SIZE], log[PATH_SIZE], script[PATH_SIZE * 2], path[E2E_PATH];
    struct kind_place *places = xcalloc(KF_LEN(odd_sources), sizeof(*places));
    uint32_t job;

    e2e_output(e, E2E_NOBODY, "mkdir", path_of(e, "source", dir));
    snprintf(script, sizeof(script),
        "echo \"make: Entering directory '%s'\"; for i in $(seq 0 %zu);"
        "do echo \"f$i.c:1:1: error: odd $i\"; done; sleep 600",
        dir, KF_LEN(odd_sources) - 1);
    job = submit_as_nobody(e, "sources", path_of(e, "sources.log", log), log, script);
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
    memory_is_bounded(e);
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
    char path[PATH_SIZE], setting[PATH_SIZE + 16], words[PATH_SIZE + 32];
    const char *const argv[] = {e->top, "--once", "jobs", NULL}, *const env[] = {setting, NULL};

    snprintf(setting, sizeof(setting), "SLURM_CONF=%s", path_of(e, "other.conf", path));
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
    keys_are_answered(e);
    e2e_output(e, "cp", e->conf, path); /* and then it is there */
    e2e_see(e, "ms/refresh");
    e2e_quit(e);
}

/* ---- what is written ---- */

/* The home directory is a file system of its own: the state and configuration directories, and what a person names. */
static struct {
    char path[PATH_SIZE];
    bool mounted;
} home;

static void mount_home(struct e2e *e)
{
    path_of(e, "home", home.path);
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

static const char *in_home(const char *name, char out[PATH_SIZE])
{
    snprintf(out, PATH_SIZE, "%.400s/%s", home.path, name);
    return out;
}

/* The program with that home; `before` is what the shell does first. */
static void top_at_home(struct e2e *e, const char *before, const char *record)
{
    char setting[PATH_SIZE + 8], command[PATH_SIZE * 2];
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
    char text[PATH_SIZE + 64], copy[PATH_SIZE], name[32];

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
    keys_are_answered(e);
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
    char path[PATH_SIZE];

    return e2e_run(e, "sh", "-c", "test $(grep -c '\"result\"' $1) = $2", "sh",
               in_home(STATE "/audit.jsonl", path), user)
               .status == 0;
}

static bool is_there(struct e2e *e, void *user)
{
    (void)e;
    return access(user, F_OK) == 0;
}

static uint32_t ended_job(struct e2e *e)
{
    char script[E2E_PATH];
    uint32_t job = e2e_submit(e, "-o", "ended.out",
        e2e_file(e, script, "ended.sh", "#!/bin/sh\necho a line of it\nexit 3\n"));

    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    return job;
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
    uint32_t ended = ended_job(e), waiting = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    char record[PATH_SIZE], filler[PATH_SIZE + 8];

    mount_home(e);
    top_at_home(e, "", in_home("recording", record));
    write_all(e, waiting, ended, NULL);
    assert_true(e2e_wait(e, results_are, (char *)"1", E2E_MS));
    pad(in_home(STATE "/audit.jsonl", filler));
    snprintf(filler, sizeof(filler), "of=%.400s/filler", home.path);
    e2e_run(e, "dd", "if=/dev/zero", filler, "bs=4k");
    write_all(e, waiting, ended, "No space left on device");
    messages_have(e, "/recording: No space left on device");
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
    uint32_t ended = ended_job(e), waiting = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    char record[PATH_SIZE], builds[PATH_SIZE], script[E2E_PATH];
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
    messages_have(e, "/home/.local: Read-only file system; nothing is learned from builds");
    write_all(e, waiting, ended, "Read-only file system");
    assert_int_equal(mount(NULL, home.path, NULL, MS_REMOUNT | MS_NODEV | MS_NOSUID, NULL), 0);
    write_all(e, waiting, ended, NULL);
    assert_true(e2e_wait(e, results_are, (char *)"1", E2E_MS));
    e2e_submit(e, "--job-name=clean",
        e2e_file(
            e, script, "clean.sh", "#!/bin/sh\nhead -n 200 " BUILDS "good-tiny/out; sleep 1000\n"));
    assert_true(vt_keys(e->vt, "5"));
    assert_true(
        e2e_wait(e, is_there, (char *)(uintptr_t)in_home(STATE "/builds.sqlite", builds), E2E_MS));
    e2e_quit(e);
}

/* Guards `ulimit -f`: no signal ends the program. */
static void test_no_file_may_grow(void **state)
{
    struct e2e *e = *state;
    uint32_t ended = ended_job(e), waiting = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    char record[PATH_SIZE];

    mount_home(e);
    e2e_submit(e, "--job-name=builds", "--wrap=echo '  CC      kernel/fork.o'; sleep 1000");
    top_at_home(e, "ulimit -f 0;", in_home("recording", record));
    messages_have(e, "/recording: File too large");
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "compile");
    messages_have(e, "/builds.sqlite: ");
    write_all(e, waiting, ended, "File too large");
    e2e_quit(e);
}

/* What the form says of a script, and what is said of the places of files that are written. */
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
    char typed[PATH_SIZE];

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
        assert_true(vt_keys(e->vt, "<Esc>"));
        e2e_gone(e, "Submit a batch script");
    }
}

/* Guards the script in the form, and the directory it lies in. */
static void test_scripts(void **state)
{
    struct e2e *e = *state;
    char dir[PATH_SIZE], script[E2E_PATH];

    e2e_output(e, "mkdir", path_of(e, "scripts", dir));
    e2e_file(e, script, "scripts/right.sh", "#!/bin/sh\n#SBATCH --output=/dev/null\nexec true\n");
    e2e_top(e, &(struct e2e_top){.cols = 240});
    try_script(e, script, script, odd_scripts, KF_LEN(odd_scripts));
    try_script(e, dir, script, odd_script_directories, KF_LEN(odd_script_directories));
    keys_are_answered(e);
    e2e_quit(e);
}

/* In the place of the file, its directory and the one above. */
static const struct odd odd_views[] = {
    {KIND_DIRECTORY, "this is a directory"},
    {KIND_FIFO, NO_FILE},
    {KIND_FED_FIFO, NO_FILE},
    {KIND_SOCKET, NO_FILE},
    {KIND_ZERO, NO_FILE},
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

static void save_view(struct e2e *e)
{
    assert_true(vt_keys(e->vt, "S"));
    e2e_see(e, "Save this view under which name?");
    assert_true(vt_keys(e->vt, "<C-u>again<Enter>"));
}

static void forget_dialog(struct e2e *e)
{
    if (vt_find(e->vt, "Replace it by what is shown?", NULL, NULL))
        assert_true(vt_keys(e->vt, "y"));
}

static bool is_answered(struct vt *vt, void *words)
{
    return vt_find(vt, words, NULL, NULL) || vt_find(vt, "Replace it by what", NULL, NULL);
}

static void try_views(struct e2e *e, const char *place, const struct odd *odd, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct kind_place p;

        kind_put(&p, odd[i].kind, place);
        save_view(e);
        vt_wait_match(e->vt, is_answered, (char *)(uintptr_t)odd[i].words, E2E_MS);
        forget_dialog(e);
        e2e_see(e, odd[i].words);
        kind_take(&p);
        save_view(e);
        vt_wait_match(e->vt, is_answered, (char *)"\"again\" saved in ", E2E_MS);
        forget_dialog(e);
        e2e_see(e, "\"again\" saved in ");
    }
}

/* Guards the file of saved views, and its directories, under the open screen. */
static void test_views(void **state)
{
    struct e2e *e = *state;
    char path[PATH_SIZE];

    e2e_top(e, &(struct e2e_top){.cols = 220});
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    save_view(e);
    e2e_see(e, "\"again\" saved in ");
    try_views(e, path_of(e, ".config/kfarm-top/views", path), odd_views, KF_LEN(odd_views));
    try_views(e, path_of(e, ".config/kfarm-top", path), odd_above, KF_LEN(odd_above));
    try_views(e, path_of(e, ".config", path), odd_above, KF_LEN(odd_above));
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
    }
}

/* Guards the script that is fetched from Slurm, and its directories. */
static void test_kept_scripts(void **state)
{
    struct e2e *e = *state;
    char path[PATH_SIZE], name[64];
    uint32_t job = ended_job(e);

    e2e_top(e, &(struct e2e_top){.cols = 220});
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "b"));
    e2e_see(e, "Submit the script of job");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Submit the script of job");
    snprintf(name, sizeof(name), STATE "/scripts/job-%u.sh", job);
    try_kept(e, path_of(e, name, path), odd_kept, KF_LEN(odd_kept));
    try_kept(e, path_of(e, STATE "/scripts", path), odd_above, KF_LEN(odd_above));
    try_kept(e, path_of(e, STATE, path), odd_above, KF_LEN(odd_above));
    e2e_quit(e);
}

/* ---- a file server that hangs ---- */

static struct {
    char below[PATH_SIZE], above[PATH_SIZE];
    pid_t pid; /* of bindfs; 0: nothing is mounted */
} server;

static bool is_mounted(struct e2e *e, void *user)
{
    (void)user;
    return e2e_run(e, "mountpoint", "-q", server.above).status == 0;
}

/* Stops it, so that it is opened but nothing comes. False where there is no FUSE: that is told. */
static bool mount_server(struct e2e *e)
{
    char *argv[] = {
        "setpriv", "--pdeathsig", "KILL", "bindfs", "-f", server.below, server.above, NULL};

    e2e_output(
        e, "mkdir", "-p", path_of(e, "below", server.below), path_of(e, "above", server.above));
    if (access("/dev/fuse", R_OK | W_OK) != 0 ||
        posix_spawnp(&server.pid, argv[0], NULL, NULL, argv, environ) != 0) {
        print_message(
            "SKIPPED: bindfs cannot be mounted here: NOTHING TESTED ON A SERVER THAT HANGS\n");
        server.pid = 0;
        return false;
    }
    if (!e2e_wait(e, is_mounted, NULL, E2E_MS))
        fail_msg("bindfs did not mount %s", server.above);
    return true;
}

/* Also of a test that failed. */
static int end_server(void **state)
{
    int err;

    if (server.pid)
        kill(server.pid, SIGCONT);
    err = e2e_end_test(state);
    if (server.pid) {
        e2e_run(*state, "fusermount", "-u", "-z", server.above);
        kill(server.pid, SIGTERM);
        waitpid(server.pid, NULL, 0);
    }
    server.pid = 0;
    return err;
}

/* Guards what is written while all that the form reads hangs: scripts one after the other, and the directory that their
   names are looked for in. */
static void test_form_hangs(void **state)
{
    struct e2e *e = *state;
    uint32_t waiting = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    char typed[PATH_SIZE + 32];

    if (!mount_server(e))
        skip();
    e2e_output(e, "rm", "-rf", STATE);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_int_equal(kill(server.pid, SIGSTOP), 0);
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "Submit a batch script");
    for (int i = 0; i < 6; i++) {
        snprintf(typed, sizeof(typed), "<C-u>%.400s/%d.sh", server.above, i);
        assert_true(vt_keys(e->vt, typed));
        snprintf(typed, sizeof(typed), "/%d.sh", i);
        e2e_see(e, typed);
        e2e_pause(e, 200); /* it is read when nothing more is typed */
    }
    assert_true(vt_keys(e->vt, "<Tab>"));
    e2e_pause(e, 200);
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Submit a batch script");
    e2e_select_job(e, waiting);
    assert_true(vt_keys(e->vt, "h"));
    e2e_see(e, "Who may release it?");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "held by ");
    json_decref(e2e_audit_line(e, "result", "job-hold", 1));
    assert_true(vt_keys(e->vt, "S"));
    e2e_see(e, "Save this view under which name?");
    assert_true(vt_keys(e->vt, "<C-u>hung<Enter>"));
    e2e_see(e, "\"hung\" saved in ");
    keys_are_answered(e);
    assert_int_equal(kill(server.pid, SIGCONT), 0);
    e2e_quit(e);
}

/* Guards the screen from a recording whose file server hangs: it is said that it is not complete, and keys are answered. */
static void test_recording_hangs(void **state)
{
    struct e2e *e = *state;
    char record[PATH_SIZE + 16];
    const char *const args[] = {"--record", record, NULL};

    if (!mount_server(e))
        skip();
    snprintf(record, sizeof(record), "%.400s/recording", server.above);
    e2e_top(e, &(struct e2e_top){.cols = 160, .args = args});
    assert_int_equal(kill(server.pid, SIGSTOP), 0);
    e2e_submit(e, "--begin=now+1hour", "--job-name=behind", "--wrap=true");
    e2e_see(e, "behind"); /* which comes in frames that are recorded */
    e2e_submit(e, "--begin=now+1hour", "--job-name=farther", "--wrap=true");
    e2e_see(e, "farther");
    keys_are_answered(e);
    assert_int_equal(kill(server.pid, SIGCONT), 0);
    e2e_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_logs),
        e2e_test(test_trees),
        e2e_test(test_sources),
        e2e_test(test_slurm_conf),
        e2e_test(test_scripts),
        e2e_test(test_views),
        e2e_test(test_kept_scripts),
        cmocka_unit_test_teardown(test_full_disk, end_home),
        cmocka_unit_test_teardown(test_read_only_disk, end_home),
        cmocka_unit_test_teardown(test_no_file_may_grow, end_home),
        cmocka_unit_test_teardown(test_form_hangs, end_server),
        cmocka_unit_test_teardown(test_recording_hangs, end_server),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
