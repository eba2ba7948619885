/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kfarm-top writes for the operator: the recording, and the audit file. What another user of the machine
 * may have put in their place is left alone, and that is said; so is what could not be written down.
 */
#include "tests/e2e_audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        e2e_test(test_record),
    };

    return cmocka_run_group_tests(tests, start, e2e_end);
}
