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

#include "backend/builddb.h"
#include "backend/buildinfo.h"
#include "backend/buildpast.h"
#include "backend/fileserver.h"
#include "backend/follower.h"
#include "backend/reader.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/harmless.h"

#define PAUSE_FIRST_MS 500
#define PAUSE_LAST_MS  30000
#define NOBODY         (-1)
#define UNREAD_MAX     (256u << 10) /* one that asks and does not read is answered no more */

struct one {
    bool used; /* else the place is free */
    uid_t owner; /* whose builds … */
    char server[FILESERVER_MAX]; /* … where it follows */
    uint32_t builds;
    struct reader reader; /* if none runs, it is to be started at start_ms */
    int64_t start_ms, pause_ms;
    int64_t started_ms, heard_ms; /* its last word, or its start */
    struct buf out; /* what it has not taken yet, … */
    bool stale; /* … and when it has, there is another set of builds for it */
    bool silent; /* as told */
};

struct shared_out {
    struct buildinfo_job *jobs;
    struct share {
        int to; /* the index of its follower; NOBODY */
        bool settled; /* else an automounter may still tell whose it is */
    } * shares; /* of each job */
    uint32_t count;
};

struct followers {
    const struct logrule_set *rules;
    const char *builds; /* the file of earlier ones; NULL: there is no place for it */
    struct builddb *db; /* NULL if it cannot be used, … */
    struct diag why; /* … and why not, as told last */
    struct one v[FOLLOWERS_MAX];
    struct shared_out set;
    int64_t now_ms;
    struct buf *told;
    struct one *from; /* whose frames are taken */
    uint32_t told_silent; /* so many, last */
    bool told_full;
};

/* It is opened anew after whatever became of it: its file was replaced, or its disk was full. NULL if it cannot be. */
static struct builddb *renew(struct followers *f)
{
    struct diag d = DIAG_INIT;

    if (f->builds == NULL)
        return NULL;
    f->db = builddb_renew(f->db, f->builds, &d);
    if (f->db == NULL && strcmp(d.text, f->why.text) != 0)
        harmless_error("%s; nothing is learned from builds", d.text);
    f->why = d;
    return f->db;
}

struct followers *followers_new(const struct logrule_set *rules, const char *builds)
{
    struct followers *f = xcalloc(1, sizeof(*f));

    f->rules = rules;
    f->builds = builds;
    renew(f);
    for (int i = 0; i < FOLLOWERS_MAX; i++)
        f->v[i].reader = READER_NONE;
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
    reader_close(&o->reader);
    buf_release(&o->out);
}

struct followers *followers_free(struct followers *f)
{
    if (f == NULL)
        return NULL;
    for (int i = 0; i < FOLLOWERS_MAX; i++)
        close_one(&f->v[i]);
    release_set(&f->set);
    builddb_close(f->db);
    free(f);
    return NULL;
}

/* ---- who gets which ---- */

static void use(struct one *o, uid_t owner, const char *server)
{
    *o = (struct one){
        .used = true, .owner = owner, .reader = READER_NONE, .pause_ms = PAUSE_FIRST_MS};
    snprintf(o->server, sizeof(o->server), "%s", server);
}

static void tell_full(struct followers *f)
{
    if (!f->told_full)
        harmless_error("builds of more users than %d processes can follow: the last ones are not",
            FOLLOWERS_MAX);
    f->told_full = true;
}

/* Who follows this user's builds on that server: NOBODY if all places are other users'. */
static int follower_of(struct followers *f, uid_t owner, const char *server)
{
    int last = NOBODY, free = NOBODY, servers = 0;

    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        const struct one *o = &f->v[i];
        bool own = o->used && o->owner == owner;

        if (own && strcmp(o->server, server) == 0)
            return i;
        if (own && o->server[0]) {
            last = i;
            servers++;
        }
        if (!o->used && free == NOBODY)
            free = i;
    }
    if (server[0] && last != NOBODY && (servers >= FOLLOWERS_SERVERS || free == NOBODY)) {
        snprintf(f->v[last].server, FILESERVER_MAX, "other servers");
        return last;
    }
    if (free == NOBODY)
        tell_full(f);
    else
        use(&f->v[free], owner, server);
    return free;
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
    return (struct share){follower_of(f, j->uid, server), settled};
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
        if (next.shares[i].to != NOBODY)
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
        if (f->set.shares[i].to == (int)(o - f->v))
            jobs[count++] = f->set.jobs[i]; /* the strings are lent */
    buildinfo_put_jobs(&o->out, jobs, count);
    free(jobs);
    o->stale = false;
}

/* ---- processes ---- */

static void plan_start(struct followers *f, struct one *o)
{
    close_one(o);
    o->start_ms = f->now_ms + o->pause_ms;
    o->pause_ms = KF_MIN(o->pause_ms * 2, (int64_t)PAUSE_LAST_MS);
}

static void start(struct followers *f, struct one *o)
{
    int err;

    o->started_ms = o->heard_ms = f->now_ms;
    o->stale = true;
    err = reader_start(&o->reader, o->owner, follower_main, f->rules);
    if (err == 0)
        return;
    harmless_error("no process to follow builds: %s", strerror(-err));
    plan_start(f, o);
}

/* The build of this number, if it is one of those that the follower follows. */
static const struct buildinfo_job *build_of(
    const struct followers *f, const struct one *o, uint32_t job_id)
{
    for (uint32_t i = 0; i < f->set.count; i++)
        if (f->set.jobs[i].job_id == job_id)
            return f->set.shares[i].to == (int)(o - f->v) ? &f->set.jobs[i] : NULL;
    return NULL;
}

/* ---- earlier builds ---- */

static int answer_ask(struct followers *f, struct one *o, const struct wire_frame *frame)
{
    struct buildpast_ask ask;
    struct buildpast_answer answer;
    int err = buildpast_get_ask(frame, &ask);
    const struct buildinfo_job *job = err ? NULL : build_of(f, o, ask.job_id);

    if (job == NULL || o->out.len > UNREAD_MAX || renew(f) == NULL)
        return err;
    answer = (struct buildpast_answer){.job_id = ask.job_id, .restarts = ask.restarts};
    builddb_past(f->db, &(struct builddb_whose){job->owner, job->key}, &ask.kind, &answer.past);
    buildpast_put_answer(&o->out, &answer);
    return 0;
}

static int take_lesson(struct followers *f, struct one *o, const struct wire_frame *frame)
{
    struct buildpast_lesson lesson;
    struct diag d = DIAG_INIT;
    int err = buildpast_get_lesson(frame, &lesson);
    const struct buildinfo_job *job = err ? NULL : build_of(f, o, lesson.job_id);

    if (job == NULL || job->restarts != lesson.restarts)
        return err;
    for (int tries = 2; tries > 0 && renew(f); tries--) { /* its file may have been emptied since */
        d = (struct diag)DIAG_INIT;
        if (builddb_add(f->db, &(struct builddb_whose){job->owner, job->key}, &lesson.kind,
                job->job_id, job->start_s, &lesson.build, &d) == 0)
            return 0;
    }
    if (f->db)
        harmless_error("%s", d.text);
    return 0;
}

/* ---- what they say ---- */

/* Whom a person asks why nothing is heard. This machine's own disks do not hang: who is silent there was stopped, and
   only its user, and root, can do that. */
static void name_place(const struct one *o, char out[FILESERVER_MAX])
{
    if (o->server[0])
        snprintf(out, FILESERVER_MAX, "%s", o->server);
    else
        snprintf(out, FILESERVER_MAX, "this machine (of user %u)", (unsigned)o->owner);
}

static int on_frame(void *user, const struct wire_frame *frame)
{
    struct followers *f = user;
    struct one *o = f->from;
    struct buildinfo build;

    o->heard_ms = f->now_ms;
    if (f->now_ms - o->started_ms > PAUSE_LAST_MS) /* it works */
        o->pause_ms = PAUSE_FIRST_MS;
    if (frame->head.type == WIRE_BUILD_ASK)
        return answer_ask(f, o, frame);
    if (frame->head.type == WIRE_BUILD_LESSON)
        return take_lesson(f, o, frame);
    /* what the screen does not understand would end this helper, and with it all builds */
    if (frame->head.type == WIRE_LOG_BUILD && buildinfo_get(frame, &build) < 0)
        return -EBADMSG;
    /* one that hung may still tell of what is another's by now */
    if (frame->head.type == WIRE_LOG_BUILD && build_of(f, o, build.job_id))
        buildinfo_put(f->told, &build);
    return 0;
}

static void take(struct followers *f, struct one *o)
{
    char place[FILESERVER_MAX];

    f->from = o;
    if (wire_read(o->reader.fd, &o->reader.in, on_frame, f) == 0)
        return;
    reader_pass_words(&o->reader); /* its last ones */
    name_place(o, place);
    harmless_error("the process that follows builds on %s ended; again in %.1f s", place,
        (double)o->pause_ms / 1000);
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
    n = send(o->reader.fd, o->out.p, o->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        buf_drop(&o->out, (size_t)n);
}

/* ---- who is silent ---- */

static void put_silent(struct followers *f)
{
    const struct clock clock = {0};
    int64_t wall_ms = clock_ms(&clock);
    size_t frame = wire_begin(f->told, WIRE_LOG_SILENT, 0, wall_ms);
    char place[FILESERVER_MAX];
    uint32_t count = 0;

    for (int i = 0; i < FOLLOWERS_MAX; i++)
        count += f->v[i].silent && f->v[i].builds;
    wire_put_u32(f->told, count);
    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        if (!f->v[i].silent || f->v[i].builds == 0)
            continue;
        name_place(&f->v[i], place);
        wire_put_str(f->told, place);
        wire_put_i64(f->told, wall_ms - (f->now_ms - f->v[i].heard_ms));
    }
    wire_end(f->told, frame);
}

static bool is_silent(const struct followers *f, const struct one *o)
{
    return o->reader.fd >= 0 && f->now_ms - o->heard_ms > LOG_SILENT_MS;
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
            .fd = o->reader.fd, .events = (short)(POLLIN | (o->out.len || o->stale ? POLLOUT : 0))};
        fds[FOLLOWERS_MAX + i] = (struct pollfd){.fd = o->reader.words, .events = POLLIN};
    }
}

int64_t followers_due(const struct followers *f)
{
    int64_t due = INT64_MAX;

    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        const struct one *o = &f->v[i];

        if (!o->used)
            continue;
        if (o->reader.fd < 0)
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

        if (is_ready(&fds[FOLLOWERS_MAX + i], o->reader.words))
            reader_pass_words(&o->reader);
        if (is_ready(&fds[i], o->reader.fd))
            take(f, o);
        if (o->used && o->reader.fd < 0 && now_ms >= o->start_ms)
            start(f, o);
        if (o->reader.fd >= 0)
            give(f, o);
    }
    tell_silent(f);
    retire_idle(f);
}
