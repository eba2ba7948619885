/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kfarm-top writes for the operator: the recording, and the audit file. What another user of the machine
 * may have put in their place is left alone, and that is said; so is what could not be written down.
 */
#include "tests/e2e_audit.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

static int start(void **state)
{
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("only root can have files of another user\n");
        skip();
    }
}

/* ---- recordings ---- */

/* The screen and --once refuse to record there, before anything else comes of it. */
static void must_not_record(struct e2e *e, const char *path, const char *words)
{
    for (int once = 0; once < 2; once++) {
        const char *const screen[] = {e->top, "--record", path, NULL};
        const char *const print[] = {e->top, "--once", "jobs", "--record", path, NULL};
        struct e2e_result r = e2e_command(
            e, &(struct e2e_command){.argv = once ? print : screen, .deadline_ms = 10000});

        assert_int_equal(r.status, 2);
        assert_string_equal(r.out, "");
        if (strstr(r.err, "kfarm-top: --record: ") == NULL || strstr(r.err, words) == NULL)
            fail_msg("%s", r.err);
    }
}

/* Guards --record against what others have put in its place, and against its user's own mistakes. */
static void test_record(void **state)
{
    struct e2e *e = *state;
    char victim[E2E_PATH], own[E2E_PATH];
    struct stat st;

    need_root();
    e2e_file(e, victim, "victim", "precious\n");
    e2e_output(e, E2E_NOBODY, "ln", "-s", victim, "link");
    must_not_record(e, "link", "/link is a symbolic link; name the file itself\n");
    e2e_output(e, E2E_NOBODY, "touch", "theirs");
    must_not_record(e, "theirs", "/theirs belongs to user 65534; it must belong to user 0\n");
    e2e_output(e, E2E_NOBODY, "mkfifo", "fifo");
    must_not_record(e, "fifo", "/fifo is a FIFO; it must be a regular file\n");
    must_not_record(e, ".", "/jobs is a directory; it must be a regular file\n");
    must_not_record(e, "/dev/full", "/dev/full is a device; it must be a regular file\n");
    e2e_output(e, "mkdir", "-m", "777", "shared");
    must_not_record(e, "shared/recording", "/shared (mode 0777); chmod go-w ");
    e2e_output(e, "test", "!", "-e", "shared/recording");
    assert_string_equal(e2e_output(e, "cat", victim), "precious\n");
    e2e_file(e, own, "recording", "an old one, which is longer than the new one can be said to be");
    e2e_output(e, e->top, "--once", "jobs", "--record", own);
    assert_int_equal(stat(own, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_null(strstr(e2e_output(e, "cat", own), "an old one"));
    e2e_output(e, "rm", "-r", "link", "theirs", "fifo", "shared", "victim", "recording");
}

/* ---- the audit file ---- */

#define STATE  ".local/state/kfarm-top"
#define AUDIT  STATE "/audit.jsonl"
#define SOON   1500 /* ms: long enough for what should not happen */
#define NOBODY 65534

static void path_of(const struct e2e *e, const char *name, char out[E2E_PATH + 64])
{
    snprintf(out, E2E_PATH + 64, "%s/%s", e->work, name);
}

static void forget(struct e2e *e)
{
    e2e_audit_forget(e);
    e2e_output(e, "mkdir", "-p", STATE);
}

/* The program with its audit file required or not. */
static void top(struct e2e *e, bool required)
{
    char conf[E2E_PATH];
    const char *const args[] = {"--config", conf, NULL};

    e2e_file(e, conf, "audit.conf", required ? "[audit]\nrequired = yes\n" : "");
    e2e_top(e, &(struct e2e_top){.cols = 220, .args = args});
}

/* Presses h for a job that waits, and Enter. */
static void hold(struct e2e *e, uint32_t job)
{
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "h"));
    e2e_see(e, "Who may release it?");
    assert_true(vt_keys(e->vt, "<Enter>"));
}

/* By another operator, while the screen looks on. */
static void release(struct e2e *e, uint32_t job)
{
    char id[16];

    snprintf(id, sizeof(id), "%u", job);
    e2e_see(e, "held by ");
    e2e_output(e, "scontrol", "release", id);
    e2e_gone(e, "held by ");
}

/* It stands among the messages, too, whatever came behind it. */
static void messages_have(struct e2e *e, const char *text)
{
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "1"));
    e2e_see(e, "Nodes ─");
}

/* What may stand in the place of the audit file, made by root or by another user, and what is said of it. */
static const struct obstacle {
    const char *make[4]; /* the command, with the path behind it */
    bool nobody;
    const char *words;
} obstacles[] = {
    {{"mkfifo"}, false, "/audit.jsonl is a FIFO; it must be a regular file"},
    {{"mkdir"}, false, "/audit.jsonl is a directory; it must be a regular file"},
    {{"mknod", "--mode=600"}, false, "/audit.jsonl is a device; it must be a regular file"},
    {{"ln", "-s", "../../../victim"}, false,
        "/audit.jsonl is a symbolic link; name the file itself"},
    {{"touch"}, true, "/audit.jsonl belongs to user 65534; it must belong to user 0"},
};

static void put_obstacle(struct e2e *e, const struct obstacle *o)
{
    const char *argv[12] = {NULL};
    size_t n = 0;

    forget(e);
    if (o->nobody) {
        e2e_output(e, "touch", AUDIT);
        e2e_output(e, "chown", "65534:65534", AUDIT);
        return;
    }
    for (int i = 0; o->make[i]; i++)
        argv[n++] = o->make[i];
    argv[n++] = AUDIT;
    if (strcmp(argv[0], "mknod") == 0) { /* as /dev/full */
        argv[n++] = "c";
        argv[n++] = "1";
        argv[n++] = "7";
    }
    e2e_output_list(e, argv);
}

/* Guards that each verb that is sent leaves its line or a message, whatever is in the place of the file. */
static void test_obstacles(void **state)
{
    struct e2e *e = *state;
    uint32_t job;
    char victim[E2E_PATH], text[128];

    need_root();
    e2e_file(e, victim, "victim", "precious\n");
    job = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    for (size_t i = 0; i < KF_LEN(obstacles); i++) {
        put_obstacle(e, &obstacles[i]);
        top(e, false);
        for (int again = 0; again < 2; again++) { /* it is said of each of them */
            hold(e, job);
            e2e_wait_job(e, job, "Reason=JobHeld", E2E_MS);
            snprintf(text, sizeof(text), "job %u held", job);
            e2e_see(e, text);
            release(e, job);
        }
        snprintf(text, sizeof(text), "job-hold %u is not in the audit file: ", job);
        messages_have(e, text);
        messages_have(e, obstacles[i].words);
        e2e_quit(e);
    }
    assert_string_equal(e2e_output(e, "cat", victim), "precious\n");
    forget(e);
    e2e_output(e, "rm", victim);
}

/* Guards that it is said, once, if there is no place for the file; and that who wants none is left in peace. */
static void test_no_home(void **state)
{
    static const char *const env[] = {"HOME", NULL};
    struct e2e *e = *state;
    char conf[E2E_PATH];
    const char *const args[] = {"--config", conf, NULL};
    uint32_t job = e2e_submit(e, "--begin=now+1hour", "--wrap=true");

    for (int wanted = 1; wanted >= 0; wanted--) {
        e2e_file(e, conf, "audit.conf", wanted ? "" : "[audit]\nfile = none\n");
        e2e_top(e, &(struct e2e_top){.cols = 220, .args = args, .env = env});
        hold(e, job);
        e2e_wait_job(e, job, "Reason=JobHeld", E2E_MS);
        e2e_see(e, " held");
        if (wanted)
            messages_have(e, "what you do is not written down: there is no home directory");
        else
            e2e_never(e, "not written down", SOON);
        release(e, job);
        e2e_quit(e);
    }
}

/* Another user who may read the file holds its lock until he is killed. */
static pid_t hold_lock(const char *path)
{
    int ready[2], fd;
    pid_t pid;
    char c;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fd = setuid(NOBODY) == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        (void)!write(ready[1], "", fd >= 0 && flock(fd, LOCK_EX) == 0);
        pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return pid;
}

/* Guards a lock that a reader never gives back: verbs are sent, required or not, their lines are in the file, and
   --once messages reads them. */
static void test_lock_held(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH + 64];
    uint32_t job;
    pid_t pid;

    need_root();
    forget(e);
    job = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    e2e_output(e, "touch", AUDIT);
    e2e_output(e, "chmod", "-R", "go+rX", ".local");
    path_of(e, AUDIT, path);
    pid = hold_lock(path);
    for (int required = 0; required < 2; required++) {
        top(e, required);
        hold(e, job);
        e2e_wait_job(e, job, "Reason=JobHeld", E2E_MS);
        e2e_see(e, " held");
        json_decref(e2e_audit_line(e, "result", "job-hold", 1));
        release(e, job);
        e2e_quit(e);
        assert_non_null(strstr(e2e_output(e, e->top, "--once", "messages"), "job-hold"));
        e2e_output(e, "truncate", "--size=0", AUDIT);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    forget(e);
}

/* The disk goes, whatever became of the test. */
static int end_full_disk(void **state)
{
    struct e2e *e = *state;
    char path[E2E_PATH + 64];
    int err = e2e_end_test(state);

    path_of(e, STATE, path);
    umount2(path, MNT_DETACH);
    return err;
}

/* Guards a full disk. */
static void test_full_disk(void **state)
{
    struct e2e *e = *state;
    uint32_t job;
    char path[E2E_PATH + 64];

    need_root();
    forget(e);
    job = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    path_of(e, STATE, path);
    assert_int_equal(mount("tmpfs", path, "tmpfs", MS_NODEV | MS_NOSUID, "size=64k,mode=700"), 0);
    e2e_run(e, "dd", "if=/dev/zero", "of=" STATE "/filler", "bs=4k");
    top(e, false);
    hold(e, job);
    e2e_wait_job(e, job, "Reason=JobHeld", E2E_MS);
    messages_have(e, "/audit.jsonl: No space left on device");
    release(e, job);
    e2e_output(e, "rm", STATE "/filler");
    hold(e, job);
    json_decref(e2e_audit_line(e, "result", "job-hold", 1));
    e2e_quit(e);
}

/* ---- required ---- */

/* What was done is there, in this order: the line of the request before all. */
static void must_be_recorded(struct e2e *e, const char *verb)
{
    json_decref(e2e_audit_line(e, "request", verb, 1));
    json_decref(e2e_audit_line(e, "result", verb, 1));
}

static void open_form(struct e2e *e, const char *script)
{
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "Ctrl-S submit");
    vt_type(e->vt, script);
    e2e_see(e, "fits now on");
}

/* Guards that all that is sent goes on being sent if its line can be written. */
static void test_required(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t job;

    forget(e);
    job = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    e2e_file(e, script, "required.sh", "#!/bin/sh\nexec true\n");
    top(e, true);
    hold(e, job);
    e2e_wait_job(e, job, "Reason=JobHeld", E2E_MS);
    must_be_recorded(e, "job-hold");
    open_form(e, script);
    assert_true(vt_keys(e->vt, "<C-s>"));
    assert_true(e2e_submit_yes(e) > job);
    must_be_recorded(e, "job-submit");
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "Run a command on node ");
    assert_true(vt_keys(e->vt, "hostname -s<Enter>"));
    e2e_see(e, "node1: exit 0 in ");
    must_be_recorded(e, "node-run");
    assert_true(vt_keys(e->vt, "1"));
    e2e_select_node(e, "node1");
    vt_type(e->vt, "!echo he''re; exit\r"); /* the keys behind the ! are for the shell */
    e2e_see(e, "Nodes ─");
    e2e_see(e, "shell on node1: srun ended with exit 0");
    must_be_recorded(e, "node-shell");
    e2e_quit(e);
    forget(e);
}

static void must_not_send(struct e2e *e, const char *words)
{
    messages_have(e, words);
    messages_have(e, "([audit] required): ");
    messages_have(e, "/audit.jsonl is a FIFO; it must be a regular file");
}

/* Guards that nothing is sent, in any way there is, if its line cannot be written. */
static void test_required_refuses(void **state)
{
    struct e2e *e = *state;
    char script[E2E_PATH];
    uint32_t jobs[2];

    put_obstacle(e, &obstacles[0]);
    for (int i = 0; i < 2; i++)
        jobs[i] = e2e_submit(e, "--begin=now+1hour", "--job-name=safe", "--wrap=true");
    e2e_file(e, script, "refused.sh", "#!/bin/sh\nexec true\n");
    top(e, true);
    hold(e, jobs[0]);
    must_not_send(e, "job-hold not sent, as it cannot be written down");
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    assert_true(vt_keys(e->vt, "/name=safe<Enter><C-a>"));
    e2e_see(e, "2 marked");
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 2 jobs?");
    assert_true(vt_keys(e->vt, "2<Enter>"));
    e2e_see(e, "job-cancel: 2 jobs in ");
    assert_true(vt_keys(e->vt, "<Enter>"));
    must_not_send(e, "job-cancel not sent, as it cannot be written down");
    assert_true(vt_keys(e->vt, "3"));
    e2e_see(e, "2 marked");
    assert_true(vt_keys(e->vt, "1"));
    open_form(e, script);
    assert_true(vt_keys(e->vt, "<C-s>"));
    e2e_see(e, "Submit ‘refused.sh’?");
    assert_true(vt_keys(e->vt, "y"));
    e2e_see(e, "not submitted: ");
    e2e_leave_form(e);
    must_not_send(e, "not submitted, as it cannot be written down");
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "x"));
    e2e_see(e, "Run a command on node ");
    assert_true(vt_keys(e->vt, "hostname<Enter>"));
    e2e_see(e, "node1: not started: it cannot be written down");
    must_not_send(e, "node-run not started, as it cannot be written down");
    e2e_select_node(e, "node1");
    assert_true(vt_keys(e->vt, "!"));
    must_not_send(e, "node-shell not opened, as it cannot be written down");
    e2e_quit(e);
    for (int i = 0; i < 2; i++)
        assert_null(strstr(e2e_job(e, jobs[i]), "Priority=0 "));
    assert_null(
        strstr(e2e_output(e, "squeue", "--noheader", "--states=all", "--format=%j"), "refused"));
    assert_string_equal(e2e_output(e, "squeue", "--noheader", "--steps"), "");
    forget(e);
}

/* Guards what is said at the end, when the screen is closed. */
static void test_left(void **state)
{
    struct e2e *e = *state;
    int status;

    put_obstacle(e, &obstacles[0]);
    for (int i = 0; i < 2; i++)
        e2e_submit(e, "--begin=now+1hour", "--job-name=left", "--wrap=true");
    top(e, false);
    assert_true(vt_keys(e->vt, "3"));
    e2e_gone(e, "─ Nodes ");
    assert_true(vt_keys(e->vt, "/name=left<Enter><C-a>"));
    e2e_see(e, "2 marked");
    assert_true(vt_keys(e->vt, "c"));
    e2e_see(e, "Cancel 2 jobs?");
    assert_true(vt_keys(e->vt, "2<Enter>"));
    e2e_see(e, "job-cancel: 2 jobs in ");
    vt_kill(e->vt, SIGTERM);
    assert_true(vt_wait_exit(e->vt, E2E_MS, &status));
    e2e_see(e, "kfarm-top: taken back, nothing was sent: job-cancel, 2 jobs");
    e2e_see(e, " and 1 more is not in the audit file: ");
    e2e_see(e, "/audit.jsonl is a FIFO");
    forget(e);
}

/* ---- earlier builds ---- */

/* Guards the file of earlier builds where others may write its directory: the program goes on without it, and says so. */
static void test_builds(void **state)
{
    struct e2e *e = *state;

    forget(e);
    e2e_output(e, "chmod", "777", STATE);
    e2e_submit(e, "--job-name=builds", "--wrap=echo '  CC      kernel/fork.o'; sleep 1000");
    e2e_top(e, &(struct e2e_top){.cols = 220});
    assert_true(vt_keys(e->vt, "5"));
    e2e_see(e, "builds");
    messages_have(e, "/kfarm-top (mode 0777); chmod go-w ");
    messages_have(e, "nothing is learned from builds");
    e2e_output(e, "test", "!", "-e", STATE "/builds.sqlite");
    e2e_quit(e);
    forget(e);
}

/* ---- reading ---- */

/* Guards --once messages against what crashes leave in the file: half lines, at the end, too, zeros, nothing. */
static void test_read_halves(void **state)
{
    static const char line[] =
        "{\"time\":\"2026-11-27T10:00:00Z\",\"id\":\"1-1\",\"event\":\"taken-back\","
        "\"user\":\"eve\",\"verb\":\"job-hold\",\"argument\":\"\",\"targets\":[{"
        "\"id\":\"7\",\"name\":\"x\"}]}\n";
    struct e2e *e = *state;
    struct e2e_result r;
    char path[E2E_PATH + 64];
    int whole = 0;
    FILE *f;

    forget(e);
    path_of(e, AUDIT, path);
    f = fopen(path, "we");
    assert_non_null(f);
    for (int i = 0; i < 3; i++) {
        fputs(line, f);
        fwrite(i == 0 ? line : "\0\0\0\0", i == 0 ? 40 : 4, 1, f);
        fputs(i == 2 ? "" : "\n", f);
    }
    fwrite(line, 90, 1, f);
    fclose(f);
    r = e2e_run(e, e->top, "--once", "messages");
    assert_int_equal(r.status, 0);
    for (const char *at = r.out; (at = strstr(at, "eve")); at++)
        whole++;
    assert_int_equal(whole, 3);
    assert_non_null(strstr(r.err, "/audit.jsonl:2: no line of an audit file"));
    assert_non_null(strstr(r.err, "/audit.jsonl:6: no line of an audit file"));
    forget(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_record),
        e2e_test(test_obstacles),
        e2e_test(test_no_home),
        e2e_test(test_lock_held),
        cmocka_unit_test_teardown(test_full_disk, end_full_disk),
        e2e_test(test_required),
        e2e_test(test_required_refuses),
        e2e_test(test_left),
        e2e_test(test_builds),
        e2e_test(test_read_halves),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
