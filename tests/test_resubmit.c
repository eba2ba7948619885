/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The copy that is kept of a submitted script. */
#include "tui/submit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "tui/app.h"
#include "tui/loop.h"

#define SLOW_US 400000

static char dir[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/kfarm-resubmit.XXXXXX");
    return mkdtemp(dir) && setenv("XDG_STATE_HOME", dir, 1) == 0 &&
                   setenv("UV_THREADPOOL_SIZE", "1", 1) == 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts/7.sh", dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts", dir);
    rmdir(path);
    snprintf(path, sizeof(path), "%s/kfarm-top", dir);
    rmdir(path);
    return rmdir(dir);
}

static void take_time(uv_work_t *work)
{
    (void)work;
    usleep(SLOW_US);
}

static void nothing(uv_work_t *work, int status)
{
    (void)work;
    (void)status;
}

/* Guards an operator who leaves right after a submission while the disk is slow: the script was not kept then, nor its
   memory freed. */
static void test_kept_when_left_at_once(void **state)
{
    const struct app_options options = {0};
    struct buf text = BUF_INIT;
    uv_work_t slow;
    uv_loop_t loop;
    struct app *a;
    char path[128], is[64] = "";
    FILE *f;

    (void)state;
    uv_loop_init(&loop);
    a = app_new(&loop, &options);
    assert_int_equal(uv_queue_work(&loop, &slow, take_time, nothing), 0);
    buf_adds(&text, "#!/bin/sh\ntrue\n");
    resubmit_keep(a, 7, &text);
    loop_finish(a, &loop);
    snprintf(path, sizeof(path), "%s/kfarm-top/scripts/7.sh", dir);
    f = fopen(path, "re");
    assert_non_null(f);
    is[fread(is, 1, sizeof(is) - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(is, buf_str(&text));
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept_when_left_at_once, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
