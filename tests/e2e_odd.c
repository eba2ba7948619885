/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/e2e_odd.h"

#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MEMORY_MB 150

int odd_start(void **state)
{
    if (geteuid() != 0) {
        print_message("SKIPPED: only root can make devices, mounts and files of another user\n");
        return -1;
    }
    return e2e_start(state, SOURCE_DIR, KFARM_TOP);
}

const char *odd_path(const struct e2e *e, const char *name, char out[ODD_PATH])
{
    snprintf(out, ODD_PATH, "%s/%s", e->work, name);
    return out;
}

void odd_keys(struct e2e *e)
{
    double there = e2e_key_ms(e, "4", "─ Partitions "), back = e2e_key_ms(e, "1", "─ Nodes ");

    if (there > ODD_KEY_MS || back > ODD_KEY_MS)
        fail_msg("keys took %.0f and %.0f ms", there, back);
}

void odd_memory(struct e2e *e)
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

void odd_messages_have(struct e2e *e, const char *text)
{
    assert_true(vt_keys(e->vt, "m"));
    e2e_see(e, text);
    assert_true(vt_keys(e->vt, "1"));
    e2e_see(e, "Nodes ─");
}

uint32_t odd_submit(
    struct e2e *e, const char *name, const char *out, const char *err, const char *script)
{
    const char *id = e2e_output(
        e, E2E_NOBODY, "sbatch", "--parsable", "-J", name, "-o", out, "-e", err, "--wrap", script);
    uint32_t job = (uint32_t)strtoul(id, NULL, 10);

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    return job;
}

uint32_t odd_ended_job(struct e2e *e)
{
    char script[E2E_PATH];
    uint32_t job = e2e_submit(e, "-o", "ended.out",
        e2e_file(e, script, "ended.sh", "#!/bin/sh\necho a line of it\nexit 3\n"));

    e2e_wait_job(e, job, "JobState=FAILED", E2E_MS);
    return job;
}

void odd_save_view(struct e2e *e)
{
    assert_true(vt_keys(e->vt, "S"));
    e2e_see(e, "Save this view under which name?");
    assert_true(vt_keys(e->vt, "<C-u>again<Enter>"));
}

void odd_forget_dialog(struct e2e *e)
{
    if (vt_find(e->vt, "Replace it by what is shown?", NULL, NULL))
        assert_true(vt_keys(e->vt, "y"));
}

void odd_save_log(struct e2e *e, const char *path)
{
    char typed[ODD_PATH + 16];

    assert_true(vt_keys(e->vt, ">"));
    e2e_see(e, "save standard output to: ");
    snprintf(typed, sizeof(typed), "%s<Enter>", path);
    assert_true(vt_keys(e->vt, typed));
}

void odd_refuses_copy(struct e2e *e, const char *path, const char *words)
{
    char text[ODD_PATH * 2];

    odd_save_log(e, path);
    snprintf(text, sizeof(text), "not saved: %s: %s", path, words);
    e2e_see(e, text);
}

void odd_copies(struct e2e *e, const char *path)
{
    char text[ODD_PATH + 32];
    struct stat st;

    odd_save_log(e, path);
    snprintf(text, sizeof(text), "saved %s: 13 bytes", path);
    e2e_see(e, text);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_string_equal(e2e_output(e, "cat", path), "a line of it\n");
}

/* ---- a file server that hangs ---- */

static struct odd_server server;

static bool is_mounted(struct e2e *e, void *user)
{
    (void)user;
    return e2e_run(e, "mountpoint", "-q", server.above).status == 0;
}

const struct odd_server *odd_mount(struct e2e *e)
{
    char *argv[] = {
        "setpriv", "--pdeathsig", "KILL", "bindfs", "-f", server.below, server.above, NULL};

    e2e_output(
        e, "mkdir", "-p", odd_path(e, "below", server.below), odd_path(e, "above", server.above));
    if (access("/dev/fuse", R_OK | W_OK) != 0 ||
        posix_spawnp(&server.pid, argv[0], NULL, NULL, argv, environ) != 0) {
        print_message(
            "SKIPPED: bindfs cannot be mounted here: NOTHING TESTED ON A SERVER THAT HANGS\n");
        server.pid = 0;
        return NULL;
    }
    if (!e2e_wait(e, is_mounted, NULL, E2E_MS))
        fail_msg("bindfs did not mount %s", server.above);
    return &server;
}

int odd_end_server(void **state)
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
