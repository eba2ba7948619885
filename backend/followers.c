/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/followers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/buildinfo.h"
#include "backend/fileserver.h"
#include "backend/follower.h"
#include "backend/process.h"
#include "base/alloc.h"
#include "base/clock.h"

#define PAUSE_FIRST_MS 500
#define PAUSE_LAST_MS  30000
#define SILENT_MS      (3 * LOG_ALIVE_MS) /* three words of WIRE_LOG_ALIVE did not come */

struct one {
    char server[FILESERVER_MAX];
    int fd; /* -1: it is to be started at start_ms */
    int64_t start_ms, pause_ms;
    int64_t started_ms, heard_ms; /* its last word, or its start */
    struct wire_stream in;
    struct buf out; /* what it has not taken yet, … */
    bool stale; /* … and when it has, there is another set of builds for it */
    bool silent; /* as told */
};

struct shared_out {
    struct buildinfo_job *jobs;
    int *to; /* the index of each job's follower */
    uint32_t count;
};

struct followers {
    const struct logrule_set *rules;
    struct one v[FOLLOWERS_MAX];
    int count;
    struct shared_out set;
    int64_t now_ms;
    struct buf *told;
    struct one *from; /* whose frames are taken */
};

struct followers *followers_new(const struct logrule_set *rules)
{
    struct followers *f = xcalloc(1, sizeof(*f));

    f->rules = rules;
    signal(SIGCHLD, SIG_IGN); /* the end of one shows on its socket */
    return f;
}

static void release_set(struct shared_out *set)
{
    buildinfo_free_jobs(set->jobs, set->count);
    free(set->to);
}

static void close_one(struct one *o)
{
    if (o->fd >= 0)
        close(o->fd);
    o->fd = -1;
    wire_stream_release(&o->in);
    buf_release(&o->out);
}

struct followers *followers_free(struct followers *f)
{
    if (f == NULL)
        return NULL;
    for (int i = 0; i < f->count; i++)
        close_one(&f->v[i]);
    release_set(&f->set);
    free(f);
    return NULL;
}

/* ---- who gets which ---- */

static int follower_of_server(struct followers *f, const char *server)
{
    for (int i = 0; i < f->count; i++)
        if (strcmp(f->v[i].server, server) == 0)
            return i;
    if (f->count == FOLLOWERS_MAX)
        return FOLLOWERS_MAX - 1;
    f->v[f->count] = (struct one){.fd = -1, .pause_ms = PAUSE_FIRST_MS};
    snprintf(f->v[f->count].server, FILESERVER_MAX, "%s", server);
    return f->count++;
}

static bool is_same_run(const struct buildinfo_job *a, const struct buildinfo_job *b)
{
    return a->job_id == b->job_id && a->restarts == b->restarts && strcmp(a->out, b->out) == 0 &&
           strcmp(a->err, b->err) == 0;
}

/* Mounts come and go; what has begun to read a log has what it has learned from it. */
static int follower_of(
    struct followers *f, const struct buildinfo_job *j, const struct fileservers *servers)
{
    char server[FILESERVER_MAX];

    for (uint32_t i = 0; i < f->set.count; i++)
        if (is_same_run(&f->set.jobs[i], j))
            return f->set.to[i];
    fileserver_of(servers, j->out, server);
    if (server[0] == '\0')
        fileserver_of(servers, j->err, server);
    return follower_of_server(f, server);
}

int followers_set(struct followers *f, const struct wire_frame *frame)
{
    struct fileservers *servers;
    struct shared_out next;
    int err = buildinfo_get_jobs(frame, &next.jobs, &next.count);

    if (err < 0)
        return err;
    servers = fileservers_read(NULL);
    next.to = xcalloc(KF_MAX(next.count, 1u), sizeof(*next.to));
    for (uint32_t i = 0; i < next.count; i++)
        next.to[i] = follower_of(f, &next.jobs[i], servers);
    fileservers_free(servers);
    release_set(&f->set);
    f->set = next;
    for (int i = 0; i < f->count; i++)
        f->v[i].stale = true;
    return 0;
}

/* The builds of one follower, for it to follow. */
static void put_set(struct followers *f, struct one *o)
{
    struct buildinfo_job *jobs = xcalloc(KF_MAX(f->set.count, 1u), sizeof(*jobs));
    uint32_t count = 0;

    for (uint32_t i = 0; i < f->set.count; i++)
        if (&f->v[f->set.to[i]] == o)
            jobs[count++] = f->set.jobs[i]; /* the strings are lent */
    buildinfo_put_jobs(&o->out, jobs, count);
    free(jobs);
    o->stale = false;
}

/* ---- processes ---- */

static _Noreturn void be_follower(struct followers *f, int fd)
{
    process_bind_to_parent();
    for (int i = 0; i < f->count; i++)
        close_one(&f->v[i]);
    exit(follower_main(fd, f->rules));
}

static void plan_start(struct followers *f, struct one *o)
{
    close_one(o);
    o->start_ms = f->now_ms + o->pause_ms;
    o->pause_ms = KF_MIN(o->pause_ms * 2, (int64_t)PAUSE_LAST_MS);
}

static void start(struct followers *f, struct one *o)
{
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        plan_start(f, o);
        return;
    }
    fflush(NULL); /* or the child's exit(3) would write it once more */
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_follower(f, ends[1]);
    }
    close(ends[1]);
    o->fd = ends[0];
    o->started_ms = o->heard_ms = f->now_ms;
    o->stale = true;
    if (pid < 0) {
        fprintf(stderr, "no process to follow builds: %s\n", strerror(errno));
        plan_start(f, o);
    }
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct followers *f = user;

    f->from->heard_ms = f->now_ms;
    if (f->now_ms - f->from->started_ms > PAUSE_LAST_MS) /* it works */
        f->from->pause_ms = PAUSE_FIRST_MS;
    if (frame->head.type == WIRE_LOG_BUILD) {
        buf_add(f->told, &frame->head, sizeof(frame->head));
        buf_add(f->told, frame->payload, frame->head.length);
    }
    return 0;
}

static void take(struct followers *f, struct one *o)
{
    f->from = o;
    if (wire_read(o->fd, &o->in, on_frame, f) == 0)
        return;
    fprintf(stderr, "the process that follows builds on %s ended; again in %.1f s\n",
        o->server[0] ? o->server : "this machine", (double)o->pause_ms / 1000);
    plan_start(f, o);
}

/* It never waits for one that hangs. */
static void give(struct followers *f, struct one *o)
{
    ssize_t n;

    if (o->out.len == 0 && o->stale)
        put_set(f, o);
    if (o->out.len == 0)
        return;
    n = send(o->fd, o->out.p, o->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        buf_drop(&o->out, (size_t)n);
}

/* ---- who is silent ---- */

static void put_silent(struct followers *f)
{
    const struct clock clock = {0};
    int64_t wall_ms = clock_ms(&clock);
    size_t frame = wire_begin(f->told, WIRE_LOG_SILENT, 0, wall_ms);
    uint32_t count = 0;

    for (int i = 0; i < f->count; i++)
        count += f->v[i].silent;
    wire_put_u32(f->told, count);
    for (int i = 0; i < f->count; i++) {
        if (!f->v[i].silent)
            continue;
        wire_put_str(f->told, f->v[i].server);
        wire_put_i64(f->told, wall_ms - (f->now_ms - f->v[i].heard_ms));
    }
    wire_end(f->told, frame);
}

static bool is_silent(const struct followers *f, const struct one *o)
{
    return o->fd >= 0 && f->now_ms - o->heard_ms > SILENT_MS;
}

static void tell_silent(struct followers *f)
{
    bool changed = false;

    for (int i = 0; i < f->count; i++) {
        struct one *o = &f->v[i];

        changed |= o->silent != is_silent(f, o);
        o->silent = is_silent(f, o);
    }
    if (changed)
        put_silent(f);
}

/* ---- work ---- */

int followers_fds(const struct followers *f, struct pollfd fds[FOLLOWERS_MAX])
{
    for (int i = 0; i < f->count; i++) /* poll(2) passes over negative ones */
        fds[i] = (struct pollfd){.fd = f->v[i].fd,
            .events = (short)(POLLIN | (f->v[i].out.len || f->v[i].stale ? POLLOUT : 0))};
    return f->count;
}

int64_t followers_due(const struct followers *f)
{
    int64_t due = INT64_MAX;

    for (int i = 0; i < f->count; i++) {
        const struct one *o = &f->v[i];

        if (o->fd < 0)
            due = KF_MIN(due, o->start_ms);
        else if (!o->silent)
            due = KF_MIN(due, o->heard_ms + SILENT_MS + 1);
    }
    return due;
}

void followers_work(
    struct followers *f, const struct pollfd *fds, int count, int64_t now_ms, struct buf *out)
{
    f->now_ms = now_ms;
    f->told = out;
    for (int i = 0; i < f->count; i++) {
        struct one *o = &f->v[i];

        if (o->fd >= 0 && i < count && (fds[i].revents & (POLLIN | POLLHUP | POLLERR)))
            take(f, o);
        if (o->fd < 0 && now_ms >= o->start_ms)
            start(f, o);
        if (o->fd >= 0)
            give(f, o);
    }
    tell_silent(f);
}
