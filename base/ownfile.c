/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ownfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/stranger.h"

#define LINKS_MAX 40 /* as the kernel */
#define TRIES     100 /* with a file that is replaced while it is opened */

#define OPEN_FLAGS (O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK)

/* ---- what may be ---- */

static bool is_trusted(uid_t owner)
{
    return owner == geteuid() || owner == 0;
}

static int refuse_owner(
    const char *what, const char *path, uid_t owner, bool or_root, struct diag *d)
{
    return diag_set(d, -EPERM, "%s%.300s belongs to user %u; it must belong to user %u%s", what,
        path, (unsigned)owner, (unsigned)geteuid(), or_root && geteuid() != 0 ? " or to root" : "");
}

static int check_directory(const struct stat *st, const char *path, bool alone, struct diag *d)
{
    bool sticky = st->st_mode & S_ISVTX;
    char who[64];

    if (!is_trusted(st->st_uid))
        return refuse_owner("the directory ", path, st->st_uid, true, d);
    if ((sticky && !alone) || !stranger_writes(st, who))
        return 0;
    return diag_set(d, -EPERM,
        "%s can replace files in the directory %.300s (mode %04o); chmod go-w it, or choose "
        "another "
        "one",
        who, path, (unsigned)st->st_mode & 07777);
}

static const char *kind_of(mode_t mode)
{
    return S_ISFIFO(mode)   ? "FIFO"
           : S_ISSOCK(mode) ? "socket"
           : S_ISDIR(mode)  ? "directory"
                            : "device";
}

/* `root`: it may be root's, too. */
static int check_file(const struct stat *st, const char *path, bool root, struct diag *d)
{
    if (S_ISLNK(st->st_mode))
        return diag_set(d, -ELOOP, "%.300s is a symbolic link; name the file itself", path);
    if (!S_ISREG(st->st_mode))
        return diag_set(d, S_ISDIR(st->st_mode) ? -EISDIR : -ENOTSUP,
            "%.300s is a %s; it must be a regular file", path, kind_of(st->st_mode));
    if (st->st_uid != geteuid() && !(root && st->st_uid == 0))
        return refuse_owner("", path, st->st_uid, root, d);
    if (st->st_nlink > 1 && !root) /* else it is only replaced */
        return diag_set(d, -EMLINK, "%.300s has %lu names (hard links); it must have one", path,
            (unsigned long)st->st_nlink);
    return 0;
}

static int fail(const char *path, int error, struct diag *d)
{
    return diag_set(d, -error, "%.300s: %s", path, strerror(error));
}

/* Operation not permitted puzzles root: what chattr(1) set, if it did, is said with it. `name` is in the directory; "" is
   the directory itself. */
static const char *attribute_of(int directory, const char *name)
{
    struct statx st;

    if (statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, 0, &st) < 0)
        return NULL;
    return st.stx_attributes & STATX_ATTR_IMMUTABLE ? "immutable"
           : st.stx_attributes & STATX_ATTR_APPEND  ? "append-only"
                                                    : NULL;
}

static int fail_in(int directory, const char *name, const char *path, int error, struct diag *d)
{
    const char *own = error == EPERM && name[0] ? attribute_of(directory, name) : NULL;
    const char *above = error == EPERM && own == NULL ? attribute_of(directory, "") : NULL;

    if (own == NULL && above == NULL)
        return fail(path, error, d);
    return diag_set(d, -error, "%.300s: %s; %s is %s, see lsattr(1)", path, strerror(error),
        own ? "it" : "its directory", own ? own : above);
}

/* ---- the way to the directory ---- */

struct walk {
    int fd; /* of the directory that was reached, … */
    char at[PATH_MAX]; /* … and its path without links; "" for / */
    char rest[PATH_MAX]; /* of the way */
    char name[NAME_MAX + 1]; /* the next step */
    int links;
    unsigned flags;
    struct diag *d;
};

static const char *shown(const struct walk *w)
{
    return w->at[0] ? w->at : "/";
}

/* Steps into the directory, whose descriptor it takes over. */
static int enter(struct walk *w, int fd)
{
    size_t n = strlen(w->at);
    char *slash = strrchr(w->at, '/');
    struct stat st;

    if (w->fd >= 0)
        close(w->fd);
    w->fd = fd;
    if (strcmp(w->name, "..") == 0) {
        if (slash)
            *slash = '\0';
    } else if (w->name[0] && (size_t)snprintf(w->at + n, sizeof(w->at) - n, "/%s", w->name) >=
                                 sizeof(w->at) - n) {
        return fail(shown(w), ENAMETOOLONG, w->d);
    }
    if (fstat(fd, &st) < 0)
        return fail(shown(w), errno, w->d);
    return check_directory(&st, shown(w), false, w->d);
}

static int enter_root(struct walk *w)
{
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    w->at[0] = w->name[0] = '\0';
    return fd < 0 ? fail("/", errno, w->d) : enter(w, fd);
}

/* Takes the next step off the rest; false if there is none. */
static bool next_step(struct walk *w)
{
    char *from = w->rest + strspn(w->rest, "/");
    size_t n = strcspn(from, "/");

    snprintf(w->name, sizeof(w->name), "%.*s", (int)n, from);
    memmove(w->rest, from + n, strlen(from + n) + 1);
    return n > 0;
}

/* The step is a link, open as fd, which it takes over: its target is the way now. */
static int follow(struct walk *w, int fd, const struct stat *st)
{
    char target[PATH_MAX], rest[PATH_MAX], path[2 * PATH_MAX];
    ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);
    int error = n < 0 ? errno : 0;

    close(fd);
    snprintf(path, sizeof(path), "%s/%s", w->at, w->name);
    if (error || ++w->links > LINKS_MAX)
        return fail(path, error ? error : ELOOP, w->d);
    if (!is_trusted(st->st_uid))
        return refuse_owner("the symbolic link ", path, st->st_uid, true, w->d);
    target[n] = '\0';
    if ((size_t)snprintf(rest, sizeof(rest), "%s%s", target, w->rest) >= sizeof(rest))
        return fail(path, ENAMETOOLONG, w->d);
    snprintf(w->rest, sizeof(w->rest), "%s", rest);
    return target[0] == '/' ? enter_root(w) : 0;
}

static int step_failed(const struct walk *w, int error)
{
    char path[2 * PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", w->at, w->name);
    return fail_in(w->fd, w->name, path, error, w->d);
}

/* O_DIRECTORY mounts what is mounted when somebody comes (autofs), and does not open a link. */
static int step(struct walk *w)
{
    int fd = openat(w->fd, w->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 && errno == ENOENT && w->flags & OWNFILE_PARENTS) {
        if (mkdirat(w->fd, w->name, 0700) < 0 && errno != EEXIST)
            return step_failed(w, errno);
        fd = openat(w->fd, w->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd >= 0)
        return enter(w, fd);
    if (errno != ENOTDIR && errno != ELOOP)
        return step_failed(w, errno);
    fd = openat(w->fd, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return step_failed(w, errno);
    if (fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode)) {
        close(fd);
        return step_failed(w, ENOTDIR);
    }
    return follow(w, fd, &st);
}

/* The last step is a link that is to be followed: 1 if it was. */
static int follow_last(struct walk *w)
{
    int fd =
        w->flags & OWNFILE_FOLLOW ? openat(w->fd, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
    struct stat st;
    int err;

    if (fd < 0)
        return 0;
    if (fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode)) {
        close(fd);
        return 0;
    }
    err = follow(w, fd, &st);
    return err ? err : 1;
}

/* Walks until the last step is left. */
static int walk(struct walk *w)
{
    int err = enter_root(w);

    while (!err) {
        bool directory;

        if (!next_step(w))
            return diag_set(
                w->d, -EISDIR, "%.300s is a directory; it must be a regular file", shown(w));
        directory = w->rest[0] != '\0' || strcmp(w->name, ".") == 0 || strcmp(w->name, "..") == 0;
        if (strcmp(w->name, ".") == 0)
            continue;
        if (directory) {
            err = step(w);
            continue;
        }
        err = follow_last(w);
        if (err == 0)
            return 0;
        err = KF_MIN(err, 0);
    }
    return err;
}

static int begin(struct walk *w, const char *path)
{
    char here[PATH_MAX] = "";

    if (path[0] == '\0')
        return diag_set(w->d, -ENOENT, "there is no name of a file");
    if (path[0] != '/' && getcwd(here, sizeof(here)) == NULL)
        return fail(path, errno, w->d);
    if ((size_t)snprintf(w->rest, sizeof(w->rest), "%s/%s", here, path) >= sizeof(w->rest))
        return fail(path, ENAMETOOLONG, w->d);
    return 0;
}

int ownfile_init(struct ownfile *f, const char *path, unsigned flags, struct diag *d)
{
    struct walk w = {.fd = -1, .flags = flags, .d = d};
    struct stat st;
    int err = begin(&w, path);

    if (!err)
        err = walk(&w);
    if (!err && flags & OWNFILE_ALONE)
        err = fstat(w.fd, &st) < 0 ? fail(shown(&w), errno, d)
                                   : check_directory(&st, shown(&w), true, d);
    if (!err &&
        (size_t)snprintf(f->path, sizeof(f->path), "%s/%s", w.at, w.name) >= sizeof(f->path))
        err = fail(path, ENAMETOOLONG, d);
    f->directory = err ? -1 : w.fd;
    if (err)
        f->path[0] = '\0';
    f->name = err ? f->path : strrchr(f->path, '/') + 1;
    if (err && w.fd >= 0)
        close(w.fd);
    return err;
}

void ownfile_release(struct ownfile *f)
{
    if (f->directory >= 0)
        close(f->directory);
    f->directory = -1;
}

/* ---- the file ---- */

static int fail_file(const struct ownfile *f, int error, struct diag *d)
{
    return fail_in(f->directory, f->name, f->path, error, d);
}

/* What has the place: 0, -ENOENT without words, or why it may not be opened. */
static int look(const struct ownfile *f, bool root, struct stat *st, struct diag *d)
{
    if (fstatat(f->directory, f->name, st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? -ENOENT : fail_file(f, errno, d);
    return check_file(st, f->path, root, d);
}

/* Makes it ready to be written by us alone. */
static int prepare(int fd, const struct ownfile *f, enum ownfile_use use, struct diag *d)
{
    struct stat st;
    int err, flags;

    if (fstat(fd, &st) < 0)
        return fail_file(f, errno, d);
    err = st.st_nlink == 0 ? -ENOENT : check_file(&st, f->path, false, d);
    if (err)
        return err;
    if (use == OWNFILE_ANEW && st.st_mode & 077 && fchmod(fd, 0600) < 0)
        return fail_file(f, errno, d);
    if (use == OWNFILE_APPEND && st.st_mode & (S_IWGRP | S_IWOTH) &&
        fchmod(fd, st.st_mode & 0755) < 0)
        return fail_file(f, errno, d);
    if (use == OWNFILE_ANEW && ftruncate(fd, 0) < 0)
        return fail_file(f, errno, d);
    flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? fail_file(f, errno, d) : 0;
}

/* -ENOENT without words: it is not there, or has just been replaced. */
static int open_old(const struct ownfile *f, enum ownfile_use use, struct diag *d)
{
    int fd, access = use == OWNFILE_APPEND ? O_RDWR | O_APPEND : O_WRONLY, err;
    struct stat st;

    err = look(f, false, &st, d);
    if (err)
        return err;
    fd = openat(f->directory, f->name, access | OPEN_FLAGS);
    if (fd < 0)
        return errno == ENOENT ? -ENOENT : fail_file(f, errno, d);
    err = prepare(fd, f, use, d);
    if (err)
        close(fd);
    return err ? err : fd;
}

/* -EEXIST without words: somebody was faster. */
static int open_new(const struct ownfile *f, enum ownfile_use use, struct diag *d)
{
    int access = use == OWNFILE_APPEND ? O_RDWR | O_APPEND : O_WRONLY;
    int fd =
        openat(f->directory, f->name, (access | OPEN_FLAGS | O_CREAT | O_EXCL) & ~O_NONBLOCK, 0600);

    if (fd < 0)
        return errno == EEXIST ? -EEXIST : fail_file(f, errno, d);
    return fd;
}

int ownfile_open(const struct ownfile *f, enum ownfile_use use, struct diag *d)
{
    for (int i = 0; i < TRIES; i++) {
        int fd;

        if (use == OWNFILE_NEW) {
            fd = open_new(f, use, d);
            return fd == -EEXIST ? fail_file(f, EEXIST, d) : fd;
        }
        fd = open_old(f, use, d);

        if (fd == -ENOENT)
            fd = open_new(f, use, d);
        if (fd != -ENOENT && fd != -EEXIST)
            return fd;
    }
    return diag_set(d, -EAGAIN, "%.300s is being replaced again and again", f->path);
}

int ownfile_make(const struct ownfile *f, struct diag *d)
{
    struct stat st;
    int err = look(f, false, &st, d), fd;

    if (err == -ENOENT) {
        fd = open_new(f, OWNFILE_APPEND, d);
        if (fd >= 0)
            close(fd);
        err = fd >= 0 ? 0 : fd == -EEXIST ? look(f, false, &st, d) : fd;
        return err == -ENOENT ? fail_file(f, ENOENT, d) : err;
    }
    if (!err && st.st_mode & (S_IWGRP | S_IWOTH) &&
        fchmodat(f->directory, f->name, st.st_mode & 0755, 0) < 0)
        return fail_file(f, errno, d);
    return err;
}

int ownfile_check_beside(const struct ownfile *f, const char *suffix, struct diag *d)
{
    char name[NAME_MAX + 1], path[PATH_MAX + NAME_MAX];
    struct stat st;

    if ((size_t)snprintf(name, sizeof(name), "%s%s", f->name, suffix) >= sizeof(name))
        return fail_file(f, ENAMETOOLONG, d);
    snprintf(path, sizeof(path), "%s%s", f->path, suffix);
    if (fstatat(f->directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail(path, errno, d);
    return check_file(&st, path, false, d);
}

int ownfile_write(int fd, const void *p, size_t n)
{
    const char *at = p;

    while (n > 0) {
        ssize_t done = write(fd, at, n);

        if (done < 0 && errno != EINTR)
            return -errno;
        at += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

/* A new file beside it, of a name that nobody has; its descriptor. */
static int open_beside(const struct ownfile *f, char *name, size_t size, struct diag *d)
{
    for (int i = 0; i < TRIES; i++) {
        uint32_t number;
        int fd;

        if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
            return fail_file(f, errno, d);
        if ((size_t)snprintf(name, size, "%s.%08x", f->name, number) >= size)
            return fail_file(f, ENAMETOOLONG, d);
        fd = openat(f->directory, name,
            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);
        if (fd >= 0 || errno != EEXIST)
            return fd >= 0 ? fd : fail_file(f, errno, d);
    }
    return fail_file(f, EEXIST, d);
}

static bool is_append_only(int directory)
{
    const char *attribute = attribute_of(directory, "");

    return attribute && strcmp(attribute, "append-only") == 0;
}

int ownfile_replace(const struct ownfile *f, const struct buf *text, unsigned mode, struct diag *d)
{
    char name[NAME_MAX + 1];
    struct stat st;
    int err = look(f, true, &st, d), fd;

    if (err && err != -ENOENT)
        return err;
    if (is_append_only(f->directory)) /* the new file could neither get its name nor be removed */
        return fail_file(f, EPERM, d);
    fd = open_beside(f, name, sizeof(name), d);
    if (fd < 0)
        return fd;
    err = ownfile_write(fd, buf_str(text), text->len);
    if (!err &&
        (fchmod(fd, mode) < 0 || fsync(fd) < 0)) /* else a crash may leave an empty file there */
        err = -errno;
    if (close(fd) < 0 && !err)
        err = -errno;
    if (!err && renameat(f->directory, name, f->directory, f->name) < 0)
        err = -errno;
    if (!err)
        return 0;
    unlinkat(f->directory, name, 0);
    return fail_file(f, -err, d);
}

int ownfile_open_path(const char *path, unsigned flags, enum ownfile_use use, struct diag *d)
{
    struct ownfile f;
    int err = ownfile_init(&f, path, flags, d);

    if (!err)
        err = ownfile_open(&f, use, d);
    ownfile_release(&f);
    return err;
}

int ownfile_replace_path(
    const char *path, unsigned flags, const struct buf *text, unsigned mode, struct diag *d)
{
    struct ownfile f;
    int err = ownfile_init(&f, path, flags, d);

    if (!err)
        err = ownfile_replace(&f, text, mode, d);
    ownfile_release(&f);
    return err;
}
