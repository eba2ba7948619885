/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the open screen reads and writes lies on a file server that hangs (bindfs, stopped): keys are answered, a message
 * says of what does not answer, the program can be left, and once the server answers all goes on. Logs are in
 * test_e2e_files.
 */
#include "tests/e2e_odd.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tests/e2e_audit.h"

/* Guards what is written while all that the form reads hangs: scripts one after the other, and the directory that their
   names are looked for in. */
static void test_form_hangs(void **state)
{
    struct e2e *e = *state;
    const struct odd_server *server = odd_mount(e);
    uint32_t waiting = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    char typed[ODD_PATH + 32];

    if (!server)
        skip();
    e2e_output(e, "rm", "-rf", ODD_STATE);
    e2e_top(e, &(struct e2e_top){.cols = 160});
    assert_int_equal(kill(server->pid, SIGSTOP), 0);
    assert_true(vt_keys(e->vt, "s"));
    e2e_see(e, "Submit a batch script");
    for (int i = 0; i < 6; i++) {
        snprintf(typed, sizeof(typed), "<C-u>%.400s/%d.sh", server->above, i);
        assert_true(vt_keys(e->vt, typed));
        snprintf(typed, sizeof(typed), "/%d.sh", i);
        e2e_see(e, typed);
        e2e_pause(e, 200); /* it is read when nothing more is typed */
    }
    assert_true(vt_keys(e->vt, "<Tab>"));
    e2e_pause(e, 200);
    e2e_leave_form(e);
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
    odd_keys(e);
    assert_int_equal(kill(server->pid, SIGCONT), 0);
    e2e_quit(e);
}

/* Guards the screen from a recording whose file server hangs: it is said that it is not complete, and keys are answered. */
static void test_recording_hangs(void **state)
{
    struct e2e *e = *state;
    const struct odd_server *server = odd_mount(e);
    char record[ODD_PATH + 16];
    const char *const args[] = {"--record", record, NULL};

    if (!server)
        skip();
    snprintf(record, sizeof(record), "%.400s/recording", server->above);
    e2e_top(e, &(struct e2e_top){.cols = 160, .args = args});
    assert_int_equal(kill(server->pid, SIGSTOP), 0);
    e2e_submit(e, "--begin=now+1hour", "--job-name=behind", "--wrap=true");
    e2e_see(e, "behind"); /* which comes in frames that are recorded */
    e2e_submit(e, "--begin=now+1hour", "--job-name=farther", "--wrap=true");
    e2e_see(e, "farther");
    odd_keys(e);
    assert_int_equal(kill(server->pid, SIGCONT), 0);
    e2e_quit(e);
}

/* ---- copies of a log ---- */

static void open_log(struct e2e *e, uint32_t job, const char *line)
{
    e2e_select_job(e, job);
    assert_true(vt_keys(e->vt, "l"));
    e2e_see(e, "─ Log of ");
    e2e_see(e, line);
}

/* Saves the log to a name on the server. */
static void save_log(struct e2e *e, const char *name)
{
    char typed[ODD_PATH + 64], path[ODD_PATH];

    snprintf(typed, sizeof(typed), ":log-save %s/%s<Enter>", odd_path(e, "above", path), name);
    assert_true(vt_keys(e->vt, typed));
}

static void see_of(struct e2e *e, const char *before, const char *name, const char *behind)
{
    char text[ODD_PATH + 128], path[ODD_PATH];

    snprintf(text, sizeof(text), "%s%s/%s: %s", before, odd_path(e, "above", path), name, behind);
    e2e_see(e, text);
}

static void add_line(struct e2e *e, const char *line)
{
    e2e_output(e, "sh", "-c", "echo \"$1\" >> near.log", "sh", line);
}

static uint32_t near_job(struct e2e *e)
{
    char script[E2E_PATH];
    uint32_t job = e2e_submit(e, "-o", "near.log", "-J", "near",
        e2e_file(e, script, "near.sh", "#!/bin/sh\necho nearby\nsleep 300\n"));

    e2e_wait_job(e, job, "JobState=RUNNING", E2E_MS);
    return job;
}

/* No process of the program is left. */
static bool all_have_ended(struct e2e *e, void *user)
{
    (void)user;
    return e2e_run(e, "sh", "-c",
               "for p in /proc/[0-9]*; do test \"$(readlink $p/exe)\" != \"$1\" || exit 1; done",
               "sh", e->top)
               .status == 0;
}

/* Guards a copy whose file server hangs when it is to be made: it is said, the log goes on, so do other copies' words,
   and it is made once the server answers. If the program is left before that, nothing half-made stays. */
static void test_copy_hangs(void **state)
{
    struct e2e *e = *state;
    const struct odd_server *server = odd_mount(e);
    uint32_t job = near_job(e);
    char path[ODD_PATH];

    if (!server)
        skip();
    e2e_top(e, &(struct e2e_top){.cols = 200});
    open_log(e, job, "nearby");
    assert_int_equal(kill(server->pid, SIGSTOP), 0);
    save_log(e, "first");
    see_of(e, "not saved yet: ", "first", "its file server does not answer");
    add_line(e, "it goes on");
    e2e_see(e, "it goes on");
    save_log(e, "second");
    e2e_see(e, "not saved: another copy is still being written");
    odd_keys(e);
    assert_int_equal(kill(server->pid, SIGCONT), 0);
    see_of(e, "saved ", "first", "");
    assert_string_equal(e2e_output(e, "cat", "below/first"), "nearby\nit goes on\n");

    open_log(e, job, "it goes on");
    assert_int_equal(kill(server->pid, SIGSTOP), 0);
    save_log(e, "third");
    see_of(e, "not saved yet: ", "third", "its file server does not answer");
    e2e_quit(e);
    assert_int_equal(kill(server->pid, SIGCONT), 0);
    assert_true(e2e_wait(e, all_have_ended, NULL, E2E_MS));
    assert_int_equal(access(odd_path(e, "below/third", path), F_OK), -1);
}

/* Some of it is there. */
static bool has_begun(struct e2e *e, void *user)
{
    struct stat st;

    (void)e;
    return stat(user, &st) == 0 && st.st_size > 0;
}

static bool is_gone(struct e2e *e, void *user)
{
    (void)e;
    return access(user, F_OK) != 0;
}

/* Guards a copy whose file server hangs in the middle of it: the log goes on; who then looks at another log gives the
   copy up, and what there is of it goes once the server answers. */
static void test_copy_hangs_midway(void **state)
{
    struct e2e *e = *state;
    const struct odd_server *server = odd_mount(e);
    uint32_t ended = odd_ended_job(e), job = near_job(e);
    char path[ODD_PATH];

    if (!server)
        skip();
    e2e_top(e, &(struct e2e_top){.cols = 200});
    open_log(e, job, "nearby");
    e2e_output(e, "truncate", "--size=300M", "near.log");
    add_line(e, "");
    add_line(e, "behind it all");
    e2e_see(e, "behind it all");
    save_log(e, "large");
    assert_true(
        e2e_wait(e, has_begun, (char *)(uintptr_t)odd_path(e, "below/large", path), E2E_MS));
    assert_int_equal(kill(server->pid, SIGSTOP), 0);
    see_of(e, "not saved yet: ", "large", "its file server does not answer");
    add_line(e, "it goes on");
    e2e_see(e, "it goes on");
    odd_keys(e);
    open_log(e, ended, "a line of it");
    see_of(e, "not saved: ", "large", "Operation canceled");
    assert_true(vt_keys(e->vt, "1"));
    odd_keys(e);
    assert_int_equal(kill(server->pid, SIGCONT), 0);
    assert_true(e2e_wait(e, is_gone, path, E2E_MS));
    open_log(e, ended, "a line of it");
    save_log(e, "small");
    see_of(e, "saved ", "small", "13 bytes");
    e2e_quit(e);
}

/* ---- views and kept scripts ---- */

/* Saves a view, fetches the script of a job, and holds another one: each by keys, while nothing is answered. */
static void write_at_home(struct e2e *e, uint32_t ended, uint32_t waiting)
{
    char text[64];

    odd_save_view(e);
    e2e_select_job(e, ended);
    assert_true(vt_keys(e->vt, "bb"));
    snprintf(text, sizeof(text), "the script of job %u is still being fetched", ended);
    e2e_see(e, text);
    e2e_select_job(e, waiting);
    assert_true(vt_keys(e->vt, "h"));
    e2e_see(e, "Who may release it?");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "held by ");
    snprintf(text, sizeof(text), "%u", waiting);
    e2e_output(e, "scontrol", "release", text);
    e2e_gone(e, "held by ");
    odd_keys(e);
}

/* Guards the home directory: of a view, a script that is fetched, and the audit file it is said that they wait, and they
   are written once the server answers; and the program can be left while it does not. */
static void test_home_hangs(void **state)
{
    struct e2e *e = *state;
    const struct odd_server *server = odd_mount(e);
    uint32_t ended = odd_ended_job(e), waiting = e2e_submit(e, "--begin=now+1hour", "--wrap=true");
    char config[ODD_PATH + 32], home[ODD_PATH + 32], text[ODD_PATH];
    const char *const env[] = {config, home, NULL};

    if (!server)
        skip();
    snprintf(config, sizeof(config), "XDG_CONFIG_HOME=%.400s/config", server->above);
    snprintf(home, sizeof(home), "XDG_STATE_HOME=%.400s/state", server->above);
    e2e_top(e, &(struct e2e_top){.cols = 200, .env = env});
    assert_int_equal(kill(server->pid, SIGSTOP), 0);
    write_at_home(e, ended, waiting);
    odd_messages_have(e, "view \"again\" is not saved yet: /");
    odd_messages_have(e, "/config/kfarm-top/views: its file server does not answer");
    snprintf(text, sizeof(text), "the script of job %u is not there yet: /", ended);
    odd_messages_have(e, text);
    snprintf(text, sizeof(text), "/job-%u.sh: its file server does not answer", ended);
    odd_messages_have(e, text);
    odd_messages_have(e, "/state/kfarm-top/audit.jsonl does not answer");
    assert_int_equal(kill(server->pid, SIGCONT), 0);
    e2e_see(e, "Submit the script of job");
    assert_true(vt_keys(e->vt, "<Esc>"));
    e2e_gone(e, "Submit the script of job");
    odd_messages_have(e, "\"again\" saved in ");
    e2e_output(e, "grep", "job-hold", "below/state/kfarm-top/audit.jsonl");

    e2e_output(e, "rm", "-r", "below/config");
    e2e_quit(e);
    e2e_top(e, &(struct e2e_top){.cols = 200, .env = env});
    assert_int_equal(kill(server->pid, SIGSTOP), 0);
    odd_save_view(e);
    e2e_select_job(e, waiting);
    assert_true(vt_keys(e->vt, "h"));
    e2e_see(e, "Who may release it?");
    assert_true(vt_keys(e->vt, "<Enter>"));
    e2e_see(e, "held by ");
    e2e_quit(e);
    e2e_see(e, "is not in the audit file");
    assert_int_equal(kill(server->pid, SIGCONT), 0);
    assert_true(e2e_wait(e, all_have_ended, NULL, E2E_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_form_hangs, odd_end_server),
        cmocka_unit_test_teardown(test_recording_hangs, odd_end_server),
        cmocka_unit_test_teardown(test_copy_hangs, odd_end_server),
        cmocka_unit_test_teardown(test_copy_hangs_midway, odd_end_server),
        cmocka_unit_test_teardown(test_home_hangs, odd_end_server),
    };

    return cmocka_run_group_tests(tests, odd_start, e2e_end);
}
