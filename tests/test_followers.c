/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes that follow builds, as the builds helper sees them. The clock they are told is this test's: it
 * stands, unless a test moves it; a wait is for what comes, and ends after DEADLINE_MS.
 */
#include "backend/followers.h"

#include <errno.h>
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
#include "backend/logproto.h"
#include "base/alloc.h"
#include "base/clock.h"

#define DEADLINE_MS 20000

struct world {
    struct logrule_set *rules;
    struct followers *followers;
    char dir[64], out[96], far[96]; /* far: on nfs1, by the table of mounts */
    char mounts[1024];
    int64_t now_ms;
    struct buf told;
    struct wire_stream in;
    int64_t steps[FOLLOWERS_MAX + 2]; /* of WIRE_LOG_BUILD, the last of each build, by its number */
    int error[FOLLOWERS_MAX + 2]; /* likewise */
    uint32_t silent; /* of WIRE_LOG_SILENT */
    char server[FILESERVER_MAX];
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct diag d = DIAG_INIT;
    char path[128];

    *state = w;
    w->rules = logrule_set_builtin(&d);
    snprintf(w->dir, sizeof(w->dir), "/tmp/kfarm-followers.XXXXXX");
    if (w->rules == NULL || mkdtemp(w->dir) == NULL)
        return -1;
    setenv("XDG_STATE_HOME", w->dir, 1);
    snprintf(w->out, sizeof(w->out), "%s/1.out", w->dir);
    snprintf(w->far, sizeof(w->far), "%s/far/1.out", w->dir);
    snprintf(w->mounts, sizeof(w->mounts), "/dev/sda1 / ext4 rw 0 0\nnfs1:/ %s/far nfs rw 0 0\n",
        w->dir);
    snprintf(path, sizeof(path), "%s/far", w->dir);
    if (mkdir(path, 0700) < 0)
        return -1;
    w->followers = followers_new(w->rules, NULL);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const left[] = {"kfarm-top/builds.sqlite-wal", "kfarm-top/builds.sqlite-shm",
        "kfarm-top/builds.sqlite", "kfarm-top", "1.out", "far/1.out", "far"};
    struct world *w = *state;
    char path[128];

    followers_free(w->followers);
    logrule_set_free(w->rules);
    buf_release(&w->told);
    wire_stream_release(&w->in);
    for (size_t i = 0; i < KF_LEN(left); i++) {
        snprintf(path, sizeof(path), "%s/%s", w->dir, left[i]);
        remove(path);
    }
    rmdir(w->dir);
    free(w);
    return 0;
}

static void append(const char *path, const char *text)
{
    FILE *f = fopen(path, "ae");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct world *w = user;
    struct wire_reader r = wire_reader(frame);
    struct buildinfo build;

    switch (frame->head.type) {
    case WIRE_LOG_BUILD:
        assert_int_equal(buildinfo_get(frame, &build), 0);
        if (build.job_id < KF_LEN(w->steps)) {
            w->steps[build.job_id] = build.steps;
            w->error[build.job_id] = build.error;
        }
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
    struct world *w = user;
    FILE *mounts = fmemopen(w->mounts, strlen(w->mounts), "r");
    int err;

    assert_non_null(mounts);
    err = followers_set(w->followers, frame, mounts);
    fclose(mounts);
    return err;
}

static struct buildinfo_job build_of(uint32_t job_id, char *out)
{
    static char none[] = "", owner[] = "owner", key[] = "key", command[] = "/no/script";

    return (struct buildinfo_job){.job_id = job_id,
        .uid = geteuid(),
        .running = true,
        .start_s = 1,
        .command = command,
        .owner = owner,
        .key = key,
        .out = out,
        .err = none};
}

static void give(struct world *w, const struct buildinfo_job *jobs, uint32_t count)
{
    struct wire_stream s = {0};
    struct buf b = BUF_INIT;
    char *room;

    buildinfo_put_jobs(&b, jobs, count);
    for (size_t at = 0; at < b.len;) {
        size_t n = KF_MIN(wire_stream_room(&s, &room), b.len - at);

        memcpy(room, b.p + at, n);
        assert_int_equal(wire_stream_fed(&s, n, give_frame, w), 0);
        at += n;
    }
    wire_stream_release(&s);
    buf_release(&b);
}

/* So many builds of the one log. */
static void set_builds(struct world *w, uint32_t count)
{
    struct buildinfo_job *jobs = xcalloc(count + 1, sizeof(*jobs));

    for (uint32_t i = 0; i < count; i++)
        jobs[i] = build_of(i + 1, w->out);
    give(w, jobs, count);
    free(jobs);
}

/* One turn of the helper's loop that waits no longer than this. */
static void turn(struct world *w, int wait_ms)
{
    struct pollfd fds[FOLLOWERS_FDS];
    char *room;

    followers_fds(w->followers, fds);
    assert_true(poll(fds, FOLLOWERS_FDS, wait_ms) >= 0);
    followers_work(w->followers, fds, w->now_ms, &w->told);
    for (size_t at = 0; at < w->told.len;) {
        size_t n = KF_MIN(wire_stream_room(&w->in, &room), w->told.len - at);

        memcpy(room, w->told.p + at, n);
        assert_int_equal(wire_stream_fed(&w->in, n, on_frame, w), 0);
        at += n;
    }
    buf_clear(&w->told);
}

static void wait_build(struct world *w, uint32_t job_id, int64_t steps)
{
    int64_t until = clock_monotonic_us() + DEADLINE_MS * 1000;

    while (w->steps[job_id] != steps) {
        if (clock_monotonic_us() > until)
            fail_msg("waited in vain for %d steps of %u", (int)steps, job_id);
        turn(w, 50);
    }
}

static void wait_error(struct world *w, uint32_t job_id, int error)
{
    int64_t until = clock_monotonic_us() + DEADLINE_MS * 1000;

    while (w->error[job_id] != error) {
        if (clock_monotonic_us() > until)
            fail_msg("waited in vain for error %d of %u", error, job_id);
        turn(w, 50);
    }
}

/* The followers there are, in the order of their start; how many. */
static int follower_pids(pid_t *ret, int most)
{
    char path[64], list[16 * (FOLLOWERS_MAX + 1)] = "", *end;
    FILE *f;
    int count = 0;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
    f = fopen(path, "re");
    assert_non_null(f);
    (void)!fgets(list, sizeof(list), f);
    fclose(f);
    for (char *at = list; count < most; at = end) {
        ret[count] = (pid_t)strtol(at, &end, 10);
        if (end == at)
            break;
        count++;
    }
    return count;
}

static void wait_followers(struct world *w, int count)
{
    int64_t until = clock_monotonic_us() + DEADLINE_MS * 1000;
    pid_t pids[FOLLOWERS_MAX + 1];

    while (follower_pids(pids, FOLLOWERS_MAX + 1) != count) {
        if (clock_monotonic_us() > until)
            fail_msg("waited in vain for %d followers", count);
        turn(w, 50);
    }
}

/* The one follower there is. */
static pid_t follower_pid(void)
{
    pid_t pid;

    assert_int_equal(follower_pids(&pid, 1), 1);
    return pid;
}

static void test_passed_on(void **state)
{
    struct world *w = *state;

    append(w->out, "  CC      init/main.o\n");
    set_builds(w, 1);
    wait_build(w, 1, 1);
    append(w->out, "  CC      init/version.o\n  CC      init/mounts.o\n");
    wait_build(w, 1, 3);
    assert_int_equal(w->silent, 0);
}

/* Guards a follower that dies: it is started anew after its pause, and tells all again. */
static void test_dies(void **state)
{
    struct world *w = *state;
    pid_t first;

    append(w->out, "  CC      init/main.o\n");
    set_builds(w, 1);
    wait_build(w, 1, 1);
    first = follower_pid();
    assert_int_equal(kill(first, SIGKILL), 0);
    while (followers_due(w->followers) != w->now_ms + 500) /* its end has shown */
        turn(w, DEADLINE_MS);
    w->steps[1] = 0;
    turn(w, 0);
    assert_int_equal(followers_due(w->followers), w->now_ms + 500); /* not before */
    w->now_ms += 500;
    wait_build(w, 1, 1);
    wait_followers(w, 1);
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

    append(w->out, "  CC      init/main.o\n");
    set_builds(w, 1);
    wait_build(w, 1, 1);
    assert_int_equal(kill(follower_pid(), SIGSTOP), 0);
    for (uint32_t i = 0; i < 100; i++) { /* 5 MB */
        set_builds(w, 400 + i);
        turn(w, 0);
    }
    assert_int_equal(w->silent, 0);
    w->now_ms = followers_due(w->followers);
    turn(w, 0);
    assert_int_equal(w->silent, 1);
    assert_non_null(strstr(w->server, "this machine (of user "));
    assert_int_equal(followers_due(w->followers), INT64_MAX);
    set_builds(w, 2);
    append(w->out, "  CC      init/version.o\n");
    turn(w, 0);
    assert_int_equal(kill(follower_pid(), SIGCONT), 0);
    wait_build(w, 2, 2);
    assert_int_equal(w->silent, 0);
}

/* Guards the builds of others while the server of some hangs, and the warning, which ends with the last of its builds;
   its process stays, for the next ones, and goes when it can. */
static void test_each_its_own(void **state)
{
    struct world *w = *state;
    const struct buildinfo_job both[] = {build_of(1, w->out), build_of(2, w->far)};
    pid_t pids[2];

    append(w->out, "  CC      init/main.o\n");
    append(w->far, "  CC      init/main.o\n  CC      init/version.o\n");
    give(w, both + 1, 1);
    wait_build(w, 2, 2);
    give(w, both, 2);
    wait_build(w, 1, 1);
    assert_int_equal(follower_pids(pids, 2), 2);
    assert_int_equal(kill(pids[0], SIGSTOP), 0); /* that of nfs1 */
    append(w->out, "  CC      init/version.o\n");
    wait_build(w, 1, 2);
    w->now_ms += LOG_SILENT_MS + 1;
    append(w->out, "  CC      init/mounts.o\n");
    wait_build(w, 1, 3);
    assert_int_equal(w->silent, 1);
    assert_string_equal(w->server, "nfs1");
    give(w, both, 1);
    turn(w, 0);
    assert_int_equal(w->silent, 0);
    wait_followers(w, 2);
    give(w, both, 2);
    turn(w, 0);
    assert_int_equal(w->silent, 1); /* it is the same one still */
    give(w, both, 1);
    assert_int_equal(kill(pids[0], SIGCONT), 0);
    wait_followers(w, 1);
    assert_int_equal(follower_pid(), pids[1]);
}

/* Guards more servers than there may be processes: this machine's own has one for itself, the last is shared. */
static void test_many_servers(void **state)
{
    struct world *w = *state;
    char paths[2 * FOLLOWERS_SERVERS][64];
    struct buildinfo_job jobs[2 * FOLLOWERS_SERVERS + 1];
    size_t n;

    for (int i = 0; i < 2 * FOLLOWERS_SERVERS; i++) {
        n = strlen(w->mounts);
        snprintf(w->mounts + n, sizeof(w->mounts) - n, "s%d:/ /no/%d nfs rw 0 0\n", i, i);
        snprintf(paths[i], sizeof(paths[i]), "/no/%d/1.out", i);
        jobs[1 + i] = build_of((uint32_t)i + 10, paths[i]);
    }
    jobs[0] = build_of(1, w->out);
    give(w, jobs + 1, KF_LEN(jobs) - 1);
    wait_followers(w, FOLLOWERS_SERVERS);
    append(w->out, "  CC      init/main.o\n");
    give(w, jobs, KF_LEN(jobs));
    wait_build(w, 1, 1);
    wait_followers(w, FOLLOWERS_SERVERS + 1);
    give(w, jobs, 1);
    wait_followers(w, 1);
}

static uid_t uid_of(pid_t pid)
{
    char path[64], line[256];
    unsigned uid = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    f = fopen(path, "re");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) && sscanf(line, "Uid: %u", &uid) != 1)
        ;
    fclose(f);
    return (uid_t)uid;
}

/* Guards who may read what: a link of a user's to a file of the operator's is followed as that user. */
static void test_each_as_its_user(void **state)
{
    struct world *w = *state;
    char mine[96], link[96];
    struct buildinfo_job jobs[2];
    pid_t pids[2];

    if (geteuid() != 0)
        skip();
    snprintf(mine, sizeof(mine), "%s/far/1.out", w->dir);
    snprintf(link, sizeof(link), "%s/far/link", w->dir);
    snprintf(w->mounts, sizeof(w->mounts), "/dev/sda1 / ext4 rw 0 0\n");
    append(mine, "  CC      init/main.o\n");
    append(w->out, "  CC      init/main.o\n");
    assert_int_equal(chmod(mine, 0600), 0);
    assert_int_equal(symlink(mine, link), 0);
    jobs[0] = build_of(1, w->out);
    jobs[1] = build_of(2, link);
    jobs[1].uid = 54321;
    assert_int_equal(chmod(w->dir, 0755), 0);
    give(w, jobs, 2);
    wait_build(w, 1, 1);
    wait_followers(w, 2);
    assert_int_equal(follower_pids(pids, 2), 2);
    wait_error(w, 2, EACCES);
    assert_int_equal(uid_of(pids[0]), 0);
    assert_int_equal(uid_of(pids[1]), 54321);
    assert_int_equal(w->steps[2], 0);
    remove(link);
}

/* Guards more users than there may be processes: the first ones are followed. */
static void test_many_users(void **state)
{
    struct world *w = *state;
    struct buildinfo_job jobs[FOLLOWERS_MAX + 1];

    if (geteuid() != 0)
        skip();
    append(w->out, "  CC      init/main.o\n");
    for (size_t i = 0; i < KF_LEN(jobs); i++) {
        jobs[i] = build_of((uint32_t)i + 1, w->out);
        jobs[i].uid = (uint32_t)i;
    }
    give(w, jobs, KF_LEN(jobs));
    wait_build(w, 1, 1);
    wait_followers(w, FOLLOWERS_MAX);
    assert_int_equal(w->steps[FOLLOWERS_MAX + 1], 0);
}

/* Guards a log below an automounter: once it is mounted it is its server's, and nobody else's word of it counts. */
static void test_automounted(void **state)
{
    struct world *w = *state;
    const struct buildinfo_job job = build_of(1, w->far);
    pid_t pid;

    snprintf(
        w->mounts, sizeof(w->mounts), "/dev/sda1 / ext4 rw 0 0\nauto %s autofs rw 0 0\n", w->dir);
    append(w->far, "  CC      init/main.o\n");
    give(w, &job, 1);
    wait_build(w, 1, 1);
    pid = follower_pid();
    snprintf(w->mounts + strlen(w->mounts), sizeof(w->mounts) - strlen(w->mounts),
        "nfs1:/ %s/far nfs rw 0 0\n", w->dir);
    w->steps[1] = 0;
    give(w, &job, 1);
    wait_build(w, 1, 1);
    wait_followers(w, 1);
    assert_int_not_equal(follower_pid(), pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_passed_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hangs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_servers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_as_its_user, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_users, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_automounted, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
