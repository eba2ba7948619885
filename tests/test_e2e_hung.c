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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_form_hangs, odd_end_server),
        cmocka_unit_test_teardown(test_recording_hangs, odd_end_server),
    };

    return cmocka_run_group_tests(tests, odd_start, e2e_end);
}
