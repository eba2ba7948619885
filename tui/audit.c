/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "tui/json_text.h"

#define AGAIN_MS    60000 /* the same complaint is told once in this time */
#define PENDING_MAX (16u << 20) /* while the file server hangs */
#define SIZE_MAX_   (10ll << 20)
#define KEEP        5
#define TRIES       100 /* to get hold of the file between two that rotate it */

/* Lines on their way into the file; all of it is the thread's while it works. */
struct audit_write {
    uv_work_t work;
    struct audit *audit; /* NULL: nobody listens any more */
    char path[4096];
    int64_t size_max;
    int keep;
    struct buf lines;
    char words[512]; /* what went wrong */
};

void audit_default_path(char *out, size_t size)
{
    path_xdg("XDG_STATE_HOME", ".local/state", "kfarm-top/audit.jsonl", out, size);
}

void audit_path(const char *configured, char *out, size_t size)
{
    if (configured)
        snprintf(out, size, "%s", configured);
    else
        audit_default_path(out, size);
}

void audit_init(struct audit *a, uv_loop_t *loop)
{
    *a = (struct audit){.loop = loop, .size_max = SIZE_MAX_, .keep = KEEP};
    a->pending.max = PENDING_MAX;
}

/* ---- in the thread ---- */

/* FILE.4 becomes FILE.5, …, FILE becomes FILE.1. */
static void rotate(const struct audit_write *w)
{
    char from[4160], to[4160];

    for (int i = w->keep - 1; i >= 0; i--) {
        if (i == 0)
            snprintf(from, sizeof(from), "%s", w->path);
        else
            snprintf(from, sizeof(from), "%s.%d", w->path, i);
        snprintf(to, sizeof(to), "%s.%d", w->path, i + 1);
        rename(from, to);
    }
}

/* Opens the file and keeps others from writing and rotating until it is closed again. The one that was
   waited for may have become FILE.1 meanwhile: then it is the next one's turn. A negative errno. */
static int open_locked(const char *path)
{
    struct stat here, there;

    for (int i = 0; i < TRIES; i++) {
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
        int err;

        if (fd < 0)
            return -errno;
        if (fstat(fd, &here) == 0 && !S_ISREG(here.st_mode)) {
            close(fd);
            return -EINVAL;
        }
        while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
            continue; /* without locks it is written all the same: O_APPEND keeps lines whole */
        if (stat(path, &there) == 0 && there.st_dev == here.st_dev && there.st_ino == here.st_ino)
            return fd;
        err = errno;
        close(fd);
        if (i + 1 == TRIES)
            return err ? -err : -EAGAIN;
    }
    return -EAGAIN;
}

static int append(int fd, const struct buf *lines)
{
    size_t done = 0;

    while (done < lines->len) {
        ssize_t n = write(fd, lines->p + done, lines->len - done);

        if (n < 0 && errno != EINTR)
            return -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Two that rotate at once would put one's new file over the other's old one; so whoever rotates holds
   the file, and looks at its size only then. */
static int write_lines(const struct audit_write *w)
{
    int fd = open_locked(w->path), err;
    struct stat st;

    if (fd >= 0 && w->keep > 0 && fstat(fd, &st) == 0 && st.st_size > 0 &&
        st.st_size + (int64_t)w->lines.len > w->size_max) {
        rotate(w);
        close(fd);
        fd = open_locked(w->path);
    }
    if (fd < 0)
        return fd;
    err = append(fd, &w->lines);
    if (close(fd) < 0 && !err)
        err = -errno;
    return err;
}

static void in_thread(uv_work_t *work)
{
    struct audit_write *w = work->data;
    int err;

    path_make_parents(w->path);
    err = write_lines(w);
    if (err)
        snprintf(w->words, sizeof(w->words), "the audit file %.300s is not written: %s", w->path,
            err == -EINVAL ? "it is no file" : strerror(-err));
}

/* ---- in the loop ---- */

static void start(struct audit *a);

static void complain(struct audit *a, const char *words)
{
    bool again = strcmp(a->told, words) == 0 && uv_now(a->loop) - a->told_ms < AGAIN_MS;

    if (again || a->failed == NULL)
        return;
    snprintf(a->told, sizeof(a->told), "%s", words);
    a->told_ms = uv_now(a->loop);
    a->failed(a->user, words);
}

static void on_written(uv_work_t *work, int status)
{
    struct audit_write *w = work->data;
    struct audit *a = w->audit;

    (void)status;
    if (a) {
        a->under_way = NULL;
        if (w->words[0])
            complain(a, w->words);
        start(a);
    }
    buf_release(&w->lines);
    free(w);
}

static void start(struct audit *a)
{
    struct audit_write *w;

    if (a->under_way || a->pending.len == 0 || a->path[0] == '\0')
        return;
    w = xcalloc(1, sizeof(*w));
    w->audit = a;
    w->work.data = w;
    w->size_max = a->size_max;
    w->keep = a->keep;
    snprintf(w->path, sizeof(w->path), "%s", a->path);
    w->lines = a->pending;
    a->pending = (struct buf){.max = PENDING_MAX};
    a->under_way = w;
    uv_queue_work(a->loop, &w->work, in_thread, on_written);
}

bool audit_busy(const struct audit *a)
{
    return a->under_way != NULL;
}

void audit_release(struct audit *a)
{
    if (a->under_way)
        a->under_way->audit = NULL;
    buf_release(&a->pending);
    *a = (struct audit){0};
}

/* ---- lines ---- */

static json_t *text(const char *s)
{
    return json_text(s, strlen(s));
}

static const char *const outcome_names[] = {
    [ACTION_SENDING] = "sent",
    [ACTION_DONE] = "done",
    [ACTION_REFUSED] = "refused",
    [ACTION_CHANGED] = "changed",
    [ACTION_GONE] = "gone",
    [ACTION_NOT_SENT] = "not-sent",
    [ACTION_UNKNOWN] = "unknown",
    [ACTION_STOPPED] = "stopped",
    [ACTION_SENSELESS] = "senseless",
};
_Static_assert(KF_LEN(outcome_names) == ACTION_OUTCOME_COUNT, "a name for every outcome");

static json_t *targets(const struct audit_entry *e)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < e->count; i++) {
        json_t *t = json_object();

        json_object_set_new(t, "id", text(e->targets[i].id));
        json_object_set_new(t, "name", text(e->targets[i].name));
        if (e->results) {
            json_object_set_new(t, "outcome", json_string(outcome_names[e->results[i].outcome]));
            json_object_set_new(t, "words", text(e->results[i].words));
        }
        json_array_append_new(list, t);
    }
    return list;
}

static void put_time(json_t *o, int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    char stamp[64] = "";
    struct tm tm;

    if (gmtime_r(&t, &tm))
        strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
    json_object_set_new(o, "time", json_string(stamp));
}

static void put_operator(json_t *o, const char *user)
{
    char login[256];
    const char *sudo = getenv("SUDO_USER"), *tty = ttyname(STDIN_FILENO);

    json_object_set_new(o, "user", text(user));
    json_object_set_new(o, "uid", json_integer(getuid()));
    if (sudo && sudo[0])
        json_object_set_new(o, "login", text(sudo));
    else
        json_object_set_new(
            o, "login", getlogin_r(login, sizeof(login)) == 0 ? text(login) : json_null());
    json_object_set_new(o, "tty", tty ? text(tty) : json_null());
}

void audit_add(struct audit *a, const struct audit_entry *e)
{
    json_t *o = json_object();
    char id[48], *line;

    if (a->path[0] == '\0') {
        json_decref(o);
        return;
    }
    snprintf(id, sizeof(id), "%ld-%lu", (long)getpid(), e->number);
    put_time(o, e->time_ms);
    json_object_set_new(o, "id", json_string(id));
    json_object_set_new(o, "event", json_string(e->event));
    put_operator(o, e->user);
    json_object_set_new(o, "cluster", text(e->cluster));
    json_object_set_new(o, "verb", text(e->verb));
    json_object_set_new(o, "argument", text(e->argument));
    json_object_set_new(o, "targets", targets(e));
    line = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (line == NULL || !buf_reserve(&a->pending, strlen(line) + 1)) {
        if (a->failed)
            a->failed(a->user, "the audit file is not written: too much waits for it already");
    } else {
        buf_adds(&a->pending, line);
        buf_addc(&a->pending, '\n');
    }
    free(line);
    json_decref(o);
    start(a);
}
