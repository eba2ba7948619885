/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes that follow builds, as the builds helper sees them. The clock they are told is this test's: it
 * stands, unless a test moves it; a wait is for what comes, and ends after DEADLINE_MS.
 */
#include "backend/followers.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/buildinfo.h"
#include "backend/fileserver.h"
#include "base/alloc.h"
#include "base/clock.h"

#define DEADLINE_MS 20000

struct world {
    struct logrule_set *rules;
    struct followers *followers;
    char dir[64], out[96];
    int64_t now_ms;
    struct buf told;
    struct wire_stream in;
    struct buildinfo last; /* of WIRE_LOG_BUILD */
    bool heard;
    uint32_t silent; /* of WIRE_LOG_SILENT */
    char server[FILESERVER_MAX];
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct diag d = DIAG_INIT;

    *state = w;
    w->rules = logrule_set_builtin(&d);
    snprintf(w->dir, sizeof(w->dir), "/tmp/kfarm-followers.XXXXXX");
    if (w->rules == NULL || mkdtemp(w->dir) == NULL)
        return -1;
    setenv("XDG_STATE_HOME", w->dir, 1);
    snprintf(w->out, sizeof(w->out), "%s/1.out", w->dir);
    w->followers = followers_new(w->rules);
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    char path[128];

    followers_free(w->followers);
    logrule_set_free(w->rules);
    buf_release(&w->told);
    wire_stream_release(&w->in);
    for (int i = 0; i < 4; i++) {
        static const char *const left[] = {"kfarm-top/builds.sqlite-wal",
            "kfarm-top/builds.sqlite-shm", "kfarm-top/builds.sqlite", "1.out"};

        snprintf(path, sizeof(path), "%s/%s", w->dir, left[i]);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/kfarm-top", w->dir);
    rmdir(path);
    rmdir(w->dir);
    free(w);
    return 0;
}

static void append(const struct world *w, const char *text)
{
    FILE *f = fopen(w->out, "ae");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct world *w = user;
    struct wire_reader r = wire_reader(frame);

    switch (frame->head.type) {
    case WIRE_LOG_BUILD:
        assert_int_equal(buildinfo_get(frame, &w->last), 0);
        w->heard = true;
        break;
    case WIRE_LOG_SILENT:
        w->silent = wire_get_u32(&r);
        if (w->silent) {
            wire_get_text(&r, w->server, sizeof(w->server));
            wire_get_i64(&r);
        }
        assert_false(r.bad);
        break;
    default:
        fail_msg("frame %d is passed on", frame->head.type);
    }
    return 0;
}

static int give_frame(void *user, const struct wire_frame *frame)
{
    return followers_set(user, frame);
}

/* So many builds of the one log. */
static void set_builds(struct world *w, uint32_t count)
{
    struct buildinfo_job *jobs = xcalloc(count + 1, sizeof(*jobs));
    static char none[] = "", key[] = "key", command[] = "/no/script";
    struct wire_stream s = {0};
    struct buf b = BUF_INIT;
    char *room;

    for (uint32_t i = 0; i < count; i++)
        jobs[i] = (struct buildinfo_job){.job_id = i + 1,
            .running = true,
            .start_s = 1,
            .command = command,
            .key = key,
            .out = w->out,
            .err = none};
    buildinfo_put_jobs(&b, jobs, count);
    for (size_t at = 0; at < b.len;) {
        size_t n = KF_MIN(wire_stream_room(&s, &room), b.len - at);

        memcpy(room, b.p + at, n);
        assert_int_equal(wire_stream_fed(&s, n, give_frame, w->followers), 0);
        at += n;
    }
    wire_stream_release(&s);
    buf_release(&b);
    free(jobs);
}

/* One turn of the helper's loop that waits no longer than this. */
static void turn(struct world *w, int wait_ms)
{
    struct pollfd fds[FOLLOWERS_MAX];
    int count = followers_fds(w->followers, fds);
    char *room;

    assert_true(poll(fds, (nfds_t)count, wait_ms) >= 0);
    followers_work(w->followers, fds, count, w->now_ms, &w->told);
    for (size_t at = 0; at < w->told.len;) {
        size_t n = KF_MIN(wire_stream_room(&w->in, &room), w->told.len - at);

        memcpy(room, w->told.p + at, n);
        assert_int_equal(wire_stream_fed(&w->in, n, on_frame, w), 0);
        at += n;
    }
    buf_clear(&w->told);
}

static void wait_steps(struct world *w, int64_t steps)
{
    int64_t until = clock_monotonic_us() + DEADLINE_MS * 1000;

    while (!w->heard || w->last.steps != steps) {
        if (clock_monotonic_us() > until)
            fail_msg("waited in vain for %d steps, there are %d", (int)steps, (int)w->last.steps);
        turn(w, 100);
    }
}

/* The one follower there is. */
static pid_t follower_pid(void)
{
    char path[64], list[64] = "";
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
    f = fopen(path, "re");
    assert_non_null(f);
    (void)!fgets(list, sizeof(list), f);
    fclose(f);
    assert_true(atol(list) > 0);
    return (pid_t)atol(list);
}

static void test_passed_on(void **state)
{
    struct world *w = *state;

    append(w, "  CC      init/main.o\n");
    set_builds(w, 1);
    wait_steps(w, 1);
    append(w, "  CC      init/version.o\n  CC      init/mounts.o\n");
    wait_steps(w, 3);
    assert_int_equal(w->last.job_id, 1);
    assert_int_equal(w->silent, 0);
}

/* Guards a follower that dies: it is started anew after its pause, and tells all again. */
static void test_dies(void **state)
{
    struct world *w = *state;
    pid_t first;

    append(w, "  CC      init/main.o\n");
    set_builds(w, 1);
    wait_steps(w, 1);
    first = follower_pid();
    assert_int_equal(kill(first, SIGKILL), 0);
    while (followers_due(w->followers) != w->now_ms + 500) /* its end has shown */
        turn(w, DEADLINE_MS);
    w->heard = false;
    turn(w, 0);
    assert_int_equal(followers_due(w->followers), w->now_ms + 500); /* not before */
    w->now_ms += 500;
    wait_steps(w, 1);
    assert_int_not_equal(follower_pid(), first);
    assert_int_equal(kill(follower_pid(), SIGKILL), 0);
    while (followers_due(w->followers) != w->now_ms + 1000) /* the pause grows */
        turn(w, DEADLINE_MS);
}

/* Guards one that does not answer: that is told once, it takes nobody's time however much there is for it, and when
   it answers again it has the last set. */
static void test_hangs(void **state)
{
    struct world *w = *state;
    struct fileservers *servers = fileservers_read(NULL);
    char server[FILESERVER_MAX];

    append(w, "  CC      init/main.o\n");
    set_builds(w, 1);
    wait_steps(w, 1);
    assert_int_equal(kill(follower_pid(), SIGSTOP), 0);
    for (uint32_t i = 0; i < 100; i++) { /* 5 MB */
        set_builds(w, 400 + i);
        turn(w, 0);
    }
    assert_int_equal(w->silent, 0);
    w->now_ms = followers_due(w->followers);
    turn(w, 0);
    assert_int_equal(w->silent, 1);
    fileserver_of(servers, w->out, server);
    assert_string_equal(w->server, server);
    fileservers_free(servers);
    assert_int_equal(followers_due(w->followers), INT64_MAX);
    set_builds(w, 2);
    append(w, "  CC      init/version.o\n");
    turn(w, 0);
    assert_int_equal(kill(follower_pid(), SIGCONT), 0);
    while (w->silent || w->last.job_id != 2 || w->last.steps != 2)
        turn(w, DEADLINE_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_passed_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hangs, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
