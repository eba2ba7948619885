/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/followers.h"

#include <errno.h>
#include <fcntl.h>
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

struct one {
    bool used; /* else the place is free */
    char server[FILESERVER_MAX];
    uint32_t builds;
    int fd; /* -1: it is to be started at start_ms */
    int words; /* its standard error; -1 */
    int64_t start_ms, pause_ms;
    int64_t started_ms, heard_ms; /* its last word, or its start */
    struct wire_stream in;
    struct buf out; /* what it has not taken yet, … */
    bool stale; /* … and when it has, there is another set of builds for it */
    bool silent; /* as told */
};

struct shared_out {
    struct buildinfo_job *jobs;
    struct share {
        int to; /* the index of its follower */
        bool settled; /* else an automounter may still tell whose it is */
    } * shares; /* of each job */
    uint32_t count;
};

struct followers {
    const struct logrule_set *rules;
    struct one v[FOLLOWERS_MAX]; /* the first is this machine's own */
    struct shared_out set;
    int64_t now_ms;
    struct buf *told;
    struct one *from; /* whose frames are taken */
    uint32_t told_silent; /* so many, last */
};

struct followers *followers_new(const struct logrule_set *rules)
{
    struct followers *f = xcalloc(1, sizeof(*f));

    f->rules = rules;
    for (int i = 0; i < FOLLOWERS_MAX; i++)
        f->v[i].fd = f->v[i].words = -1;
    signal(SIGCHLD, SIG_IGN); /* the end of one shows on its socket */
    return f;
}

static void release_set(struct shared_out *set)
{
    buildinfo_free_jobs(set->jobs, set->count);
    free(set->shares);
}

static void close_one(struct one *o)
{
    if (o->fd >= 0)
        close(o->fd);
    if (o->words >= 0)
        close(o->words);
    o->fd = o->words = -1;
    wire_stream_release(&o->in);
    buf_release(&o->out);
}

struct followers *followers_free(struct followers *f)
{
    if (f == NULL)
        return NULL;
    for (int i = 0; i < FOLLOWERS_MAX; i++)
        close_one(&f->v[i]);
    release_set(&f->set);
    free(f);
    return NULL;
}

/* ---- who gets which ---- */

static void use(struct one *o, const char *server)
{
    *o = (struct one){.used = true, .fd = -1, .words = -1, .pause_ms = PAUSE_FIRST_MS};
    snprintf(o->server, sizeof(o->server), "%s", server);
}

static int follower_of_server(struct followers *f, const char *server)
{
    int place = FOLLOWERS_MAX;

    for (int i = 0; i < FOLLOWERS_MAX; i++)
        if (f->v[i].used && strcmp(f->v[i].server, server) == 0)
            return i;
    if (server[0] == '\0')
        place = 0;
    for (int i = FOLLOWERS_MAX; place > 0 && i-- > 1;)
        if (!f->v[i].used)
            place = i;
    if (place < FOLLOWERS_MAX) {
        use(&f->v[place], server);
        return place;
    }
    snprintf(f->v[FOLLOWERS_MAX - 1].server, FILESERVER_MAX, "other servers");
    return FOLLOWERS_MAX - 1;
}

/* Mounts come and go; what has begun to read a log has what it has learned from it. */
static struct share share_of(
    struct followers *f, const struct buildinfo_job *j, const struct fileservers *servers)
{
    char server[FILESERVER_MAX];
    bool settled;

    for (uint32_t i = 0; i < f->set.count; i++)
        if (f->set.shares[i].settled && buildinfo_same_run(&f->set.jobs[i], j))
            return f->set.shares[i];
    settled = fileserver_of(servers, j->out, server);
    if (server[0] == '\0')
        settled = fileserver_of(servers, j->err, server);
    return (struct share){follower_of_server(f, server), settled};
}

/* One that has no builds any more is ended; one that does not answer would only be left behind, and waits here for
   the next ones of its server. */
static void retire_idle(struct followers *f)
{
    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        struct one *o = &f->v[i];

        if (!o->used || o->builds || o->silent)
            continue;
        close_one(o);
        o->used = false;
    }
}

int followers_set(struct followers *f, const struct wire_frame *frame, FILE *mounts)
{
    struct fileservers *servers;
    struct shared_out next;
    int err = buildinfo_get_jobs(frame, &next.jobs, &next.count);

    if (err < 0)
        return err;
    servers = fileservers_read(mounts);
    next.shares = xcalloc(KF_MAX(next.count, 1u), sizeof(*next.shares));
    for (uint32_t i = 0; i < next.count; i++)
        next.shares[i] = share_of(f, &next.jobs[i], servers);
    fileservers_free(servers);
    release_set(&f->set);
    f->set = next;
    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        f->v[i].builds = 0;
        f->v[i].stale = f->v[i].used;
    }
    for (uint32_t i = 0; i < next.count; i++)
        f->v[next.shares[i].to].builds++;
    retire_idle(f);
    return 0;
}

/* The builds of one follower, for it to follow. */
static void put_set(struct followers *f, struct one *o)
{
    struct buildinfo_job *jobs = xcalloc(KF_MAX(f->set.count, 1u), sizeof(*jobs));
    uint32_t count = 0;

    for (uint32_t i = 0; i < f->set.count; i++)
        if (&f->v[f->set.shares[i].to] == o)
            jobs[count++] = f->set.jobs[i]; /* the strings are lent */
    buildinfo_put_jobs(&o->out, jobs, count);
    free(jobs);
    o->stale = false;
}

/* ---- processes ---- */

/* It keeps nothing of ours open: what hangs in a file server holds that for as long. */
static _Noreturn void be_follower(struct followers *f, int fd, int words)
{
    process_bind_to_parent();
    if (dup2(words, STDERR_FILENO) < 0 || dup2(fd, PROCESS_HELPER_FD) < 0)
        _exit(1);
    close_range(PROCESS_HELPER_FD + 1, ~0u, 0);
    exit(follower_main(PROCESS_HELPER_FD, f->rules));
}

static void plan_start(struct followers *f, struct one *o)
{
    close_one(o);
    o->start_ms = f->now_ms + o->pause_ms;
    o->pause_ms = KF_MIN(o->pause_ms * 2, (int64_t)PAUSE_LAST_MS);
}

static int fork_one(struct followers *f, struct one *o, const int fds[2], const int words[2])
{
    pid_t pid;

    fflush(NULL); /* or the child's exit(3) would write it once more */
    pid = fork();
    if (pid == 0)
        be_follower(f, fds[1], words[1]);
    close(fds[1]);
    close(words[1]);
    o->fd = fds[0];
    o->words = words[0];
    return pid < 0 ? -errno : 0;
}

static void start(struct followers *f, struct one *o)
{
    int fds[2], words[2], err;

    o->started_ms = o->heard_ms = f->now_ms;
    o->stale = true;
    err = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0 ? -errno : 0;
    if (err == 0 && pipe2(words, O_CLOEXEC) < 0) {
        err = -errno;
        close(fds[0]);
        close(fds[1]);
    }
    if (err == 0) {
        fcntl(words[0], F_SETFL, O_NONBLOCK);
        err = fork_one(f, o, fds, words);
    }
    if (err == 0)
        return;
    fprintf(stderr, "no process to follow builds: %s\n", strerror(-err));
    plan_start(f, o);
}

static bool is_builds_of(const struct followers *f, const struct one *o, uint32_t job_id)
{
    for (uint32_t i = 0; i < f->set.count; i++)
        if (f->set.jobs[i].job_id == job_id)
            return &f->v[f->set.shares[i].to] == o;
    return false;
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct wire_reader r = wire_reader(frame);
    struct followers *f = user;

    f->from->heard_ms = f->now_ms;
    if (f->now_ms - f->from->started_ms > PAUSE_LAST_MS) /* it works */
        f->from->pause_ms = PAUSE_FIRST_MS;
    /* one that hung may still tell of what is another's by now */
    if (frame->head.type == WIRE_LOG_BUILD && is_builds_of(f, f->from, wire_get_u32(&r))) {
        buf_add(f->told, &frame->head, sizeof(frame->head));
        buf_add(f->told, frame->payload, frame->head.length);
    }
    return 0;
}

/* What it wrote to standard error. */
static void take_words(struct one *o)
{
    char text[4096];
    ssize_t n;

    while ((n = read(o->words, text, sizeof(text))) > 0)
        (void)!write(STDERR_FILENO, text, (size_t)n);
    if (n == 0) {
        close(o->words);
        o->words = -1;
    }
}

static void take(struct followers *f, struct one *o)
{
    f->from = o;
    if (wire_read(o->fd, &o->in, on_frame, f) == 0)
        return;
    take_words(o); /* its last ones */
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

    for (int i = 0; i < FOLLOWERS_MAX; i++)
        count += f->v[i].silent && f->v[i].builds;
    wire_put_u32(f->told, count);
    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        if (!f->v[i].silent || f->v[i].builds == 0)
            continue;
        wire_put_str(f->told, f->v[i].server);
        wire_put_i64(f->told, wall_ms - (f->now_ms - f->v[i].heard_ms));
    }
    wire_end(f->told, frame);
}

static bool is_silent(const struct followers *f, const struct one *o)
{
    return o->fd >= 0 && f->now_ms - o->heard_ms > LOG_SILENT_MS;
}

static void tell_silent(struct followers *f)
{
    uint32_t silent = 0;
    bool changed = false;

    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        struct one *o = &f->v[i];

        changed |= o->silent != is_silent(f, o);
        o->silent = is_silent(f, o);
        silent += o->silent && o->builds;
    }
    if (changed || silent != f->told_silent)
        put_silent(f);
    f->told_silent = silent;
}

/* ---- work ---- */

void followers_fds(const struct followers *f, struct pollfd fds[FOLLOWERS_FDS])
{
    for (int i = 0; i < FOLLOWERS_MAX; i++) { /* poll(2) passes over negative ones */
        const struct one *o = &f->v[i];

        fds[i] = (struct pollfd){
            .fd = o->fd, .events = (short)(POLLIN | (o->out.len || o->stale ? POLLOUT : 0))};
        fds[FOLLOWERS_MAX + i] = (struct pollfd){.fd = o->words, .events = POLLIN};
    }
}

int64_t followers_due(const struct followers *f)
{
    int64_t due = INT64_MAX;

    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        const struct one *o = &f->v[i];

        if (!o->used)
            continue;
        if (o->fd < 0)
            due = KF_MIN(due, o->start_ms);
        else if (!o->silent)
            due = KF_MIN(due, o->heard_ms + LOG_SILENT_MS + 1);
    }
    return due;
}

static bool is_ready(const struct pollfd *p, int fd)
{
    return fd >= 0 && p->fd == fd && (p->revents & (POLLIN | POLLHUP | POLLERR));
}

void followers_work(
    struct followers *f, const struct pollfd fds[FOLLOWERS_FDS], int64_t now_ms, struct buf *out)
{
    f->now_ms = now_ms;
    f->told = out;
    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        struct one *o = &f->v[i];

        if (is_ready(&fds[FOLLOWERS_MAX + i], o->words))
            take_words(o);
        if (is_ready(&fds[i], o->fd))
            take(f, o);
        if (o->used && o->fd < 0 && now_ms >= o->start_ms)
            start(f, o);
        if (o->fd >= 0)
            give(f, o);
    }
    tell_silent(f);
    retire_idle(f);
}
