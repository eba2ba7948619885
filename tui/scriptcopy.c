/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/scriptcopy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backend/verdict.h"
#include "base/alloc.h"
#include "base/path.h"
#include "base/stranger.h"

#define COPY_IN "submit-" /* begins the name of a copy's directory */
#define STALE_S 86400 /* a copy so old was left behind by a program that was killed */

/* Belongs to the thread until on_done(). */
struct scriptcopy {
    uv_work_t work;
    uv_loop_t *loop;
    scriptcopy_fn *fn; /* NULL: nobody waits for it */
    void *user;
    char script[PATH_MAX];
    struct buf text;
    bool copy; /* is wanted */
    char path[PATH_MAX]; /* of the copy, once it is there */
    bool changed;
    struct diag diag;
    int err;
};

int scriptcopy_fill(int fd, const struct buf *text)
{
    int err = 0;

    for (size_t done = 0; !err && done < text->len;) {
        ssize_t n = write(fd, text->p + done, text->len - done);

        if (n < 0 && errno != EINTR)
            err = -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    if (close(fd) < 0 && !err)
        err = -errno;
    return err;
}

/* ---- in the thread ---- */

/* The directory of the path into out. */
static void parent_of(const char *path, char *out, size_t size)
{
    snprintf(out, size, "%.*s", (int)(strrchr(path, '/') - path), path);
}

/* A file and its directory. */
static void remove_now(const char *path)
{
    char directory[PATH_MAX];

    parent_of(path, directory, sizeof(directory));
    unlink(path);
    rmdir(directory);
}

/* Removes what programs left behind that were killed: the one file of a directory, and that. */
static void remove_stale(const char *scripts)
{
    DIR *all = opendir(scripts);
    struct dirent *entry, *file;

    while (all && (entry = readdir(all)) != NULL) {
        struct stat st;
        DIR *one;
        int fd;

        if (strncmp(entry->d_name, COPY_IN, strlen(COPY_IN)) != 0 ||
            fstatat(dirfd(all), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            st.st_mtime > time(NULL) - STALE_S)
            continue;
        fd = openat(dirfd(all), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        one = fd < 0 ? NULL : fdopendir(fd);
        while (one && (file = readdir(one)) != NULL)
            unlinkat(dirfd(one), file->d_name, 0);
        if (one)
            closedir(one);
        unlinkat(dirfd(all), entry->d_name, AT_REMOVEDIR);
    }
    if (all)
        closedir(all);
}

/* A new directory that only the user may enter, made into out. */
static int make_directory(char *out, size_t size, struct diag *d)
{
    char scripts[PATH_MAX];

    path_xdg("XDG_STATE_HOME", ".local/state", SCRIPTCOPY_IN COPY_IN "XXXXXX", out, size);
    if (out[0] == '\0')
        return diag_set(d, -ENOENT, "no place for a private copy of it: HOME is not set");
    path_make_parents(out);
    parent_of(out, scripts, sizeof(scripts));
    return mkdtemp(out)
               ? 0
               : diag_set(d, -errno, "no private copy in %s: %s", scripts, strerror(errno));
}

/* It would be of no use where others can replace it. */
static int check_place(const char *path, const struct stat *file, struct diag *d)
{
    struct stranger s = stranger_of(path, file);
    char directory[PATH_MAX];

    if (s.way == STRANGER_NONE)
        return 0;
    parent_of(path, directory, sizeof(directory));
    return diag_set(d, -EPERM,
        "no private copy of it: %s can change what lies in %s; set XDG_STATE_HOME to a directory "
        "of "
        "your own",
        s.who, directory);
}

static int make_copy(struct scriptcopy *c)
{
    char directory[PATH_MAX], scripts[PATH_MAX];
    struct stat st;
    int fd, err = make_directory(directory, sizeof(directory), &c->diag);

    if (err)
        return err;
    if (snprintf(c->path, sizeof(c->path), "%s%s", directory, strrchr(c->script, '/')) >=
        (int)sizeof(c->path)) {
        c->path[0] = '\0';
        rmdir(directory);
        return diag_set(&c->diag, -ENAMETOOLONG, "the path of a private copy would be too long");
    }
    fd = open(c->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &st) < 0)
        err = -errno;
    if (fd >= 0) {
        int written = scriptcopy_fill(fd, &c->text);

        err = err ? err : written;
    }
    if (err)
        return diag_set(&c->diag, err, "%s: %s", c->path, strerror(-err));
    err = check_place(c->path, &st, &c->diag);
    if (!err) { /* elsewhere what bears such a name may be anybody's */
        parent_of(directory, scripts, sizeof(scripts));
        remove_stale(scripts);
    }
    return err;
}

static void in_thread(uv_work_t *work)
{
    struct scriptcopy *c = work->data;
    struct buf now = BUF_INIT;

    c->err = verdict_read(c->script, &now, &c->diag);
    if (!c->err &&
        (now.len != c->text.len || memcmp(buf_str(&now), buf_str(&c->text), now.len) != 0)) {
        c->changed = true;
        c->err = -ESTALE;
    }
    buf_release(&now);
    if (!c->err && c->copy)
        c->err = make_copy(c);
    if (c->err && c->path[0]) {
        remove_now(c->path);
        c->path[0] = '\0';
    }
}

/* ---- in the loop ---- */

static void on_done(uv_work_t *work, int status)
{
    struct scriptcopy *c = work->data;

    if (status < 0 && !c->err)
        c->err = diag_set(&c->diag, status, "%s was not read: %s", c->script, uv_strerror(status));
    if (c->fn)
        c->fn(c->user, &(struct scriptcopy_answer){.path = c->err    ? NULL
                                                           : c->copy ? c->path
                                                                     : c->script,
                           .wrong = c->err && !c->changed ? c->diag.text : "",
                           .changed = c->changed});
    else if (c->path[0])
        scriptcopy_remove(c->loop, c->path);
    buf_release(&c->text);
    free(c);
}

struct scriptcopy *scriptcopy_start(uv_loop_t *loop, const char *script, const struct buf *text,
    bool copy, scriptcopy_fn *fn, void *user)
{
    struct scriptcopy *c = xcalloc(1, sizeof(*c));

    c->work.data = c;
    c->loop = loop;
    c->fn = fn;
    c->user = user;
    c->copy = copy;
    snprintf(c->script, sizeof(c->script), "%s", script);
    buf_add(&c->text, buf_str(text), text->len);
    if (uv_queue_work(loop, &c->work, in_thread, on_done) == 0)
        return c;
    buf_release(&c->text);
    free(c);
    return NULL;
}

struct scriptcopy *scriptcopy_forget(struct scriptcopy *c)
{
    if (c)
        c->fn = NULL;
    return NULL;
}

struct removal {
    uv_work_t work;
    char path[PATH_MAX];
};

static void remove_in_thread(uv_work_t *work)
{
    struct removal *r = work->data;

    remove_now(r->path);
}

static void on_removed(uv_work_t *work, int status)
{
    (void)status;
    free(work->data);
}

void scriptcopy_remove(uv_loop_t *loop, const char *path)
{
    struct removal *r = xcalloc(1, sizeof(*r));

    r->work.data = r;
    snprintf(r->path, sizeof(r->path), "%s", path);
    if (uv_queue_work(loop, &r->work, remove_in_thread, on_removed) < 0)
        free(r);
}
