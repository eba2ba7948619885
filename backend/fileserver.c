/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backend/fileserver.h"

#include <limits.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

#define LINE_BYTES 8192
#define LINKS_MAX  40 /* as the kernel has it, path_resolution(7) */

struct mount {
    char *dir;
    char server[FILESERVER_MAX]; /* "": none */
    bool automounts; /* others, below it, when somebody looks there */
};

struct fileservers {
    struct mount *v; /* a later one lies over an earlier one */
    size_t count;
};

/* What is asked of nobody else. Whatever is not known may hang. */
static bool is_local(const char *type)
{
    static const char *const types[] = {"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "ramfs",
        "rootfs", "devtmpfs", "zfs", "f2fs", "bcachefs", "jfs", "erofs", "squashfs", "iso9660",
        "vfat", "overlay", "proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2"};

    for (size_t i = 0; i < KF_LEN(types); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

static void name_server(const struct mntent *m, char out[FILESERVER_MAX])
{
    const char *from = m->mnt_fsname, *end = strstr(from, ":/");

    if (is_local(m->mnt_type))
        return;
    snprintf(out, FILESERVER_MAX, "%s", m->mnt_dir);
    if (strncmp(m->mnt_type, "fuse", 4) == 0) /* its server is the process behind this mount */
        return;
    if (strncmp(from, "//", 2) == 0)
        snprintf(out, FILESERVER_MAX, "%.*s", (int)strcspn(from + 2, "/"), from + 2);
    else if (end && end > from)
        snprintf(out, FILESERVER_MAX, "%.*s", (int)(end - from), from);
}

struct fileservers *fileservers_read(FILE *mounts)
{
    struct fileservers *f = xcalloc(1, sizeof(*f));
    FILE *own = mounts ? NULL : setmntent("/proc/self/mounts", "re");
    char line[LINE_BYTES];
    struct mntent m;

    mounts = mounts ? mounts : own;
    while (mounts && getmntent_r(mounts, &m, line, sizeof(line))) {
        f->v = xreallocarray(f->v, f->count + 1, sizeof(*f->v));
        f->v[f->count] = (struct mount){
            .dir = xstrdup(m.mnt_dir), .automounts = strcmp(m.mnt_type, "autofs") == 0};
        name_server(&m, f->v[f->count++].server);
    }
    if (own)
        endmntent(own);
    return f;
}

struct fileservers *fileservers_free(struct fileservers *f)
{
    if (f == NULL)
        return NULL;
    for (size_t i = 0; i < f->count; i++)
        free(f->v[i].dir);
    free(f->v);
    free(f);
    return NULL;
}

static bool is_below(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    if (n == 1) /* "/" */
        return true;
    return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* Where a path without links lies. */
static const struct mount *mounted(const struct fileservers *f, const char *path)
{
    static char root[] = "/";
    static const struct mount none = {.dir = root};
    const struct mount *best = &none;

    for (size_t i = 0; i < f->count; i++)
        if (is_below(path, f->v[i].dir) && strlen(f->v[i].dir) >= strlen(best->dir))
            best = &f->v[i];
    return best;
}

/* Takes the first component of `rest` away. */
static size_t next_component(const char **rest, const char **ret)
{
    size_t n;

    *rest += strspn(*rest, "/");
    n = strcspn(*rest, "/");
    *ret = *rest;
    *rest += n;
    return n;
}

static void leave_last(struct buf *path)
{
    while (path->len > 0 && path->p[path->len - 1] != '/')
        path->len--;
    if (path->len > 0)
        path->len--;
    if (path->p)
        path->p[path->len] = '\0';
}

/* As the kernel walks it: `done` has no links, `todo` is what is left. */
struct walk {
    struct buf done, todo;
    const char *rest; /* of todo */
    int links;
};

/* If the end of `done` is a link, that is walked next. */
static void take_link(struct walk *w)
{
    char target[PATH_MAX];
    struct buf todo = BUF_INIT;
    ssize_t n = readlink(buf_str(&w->done), target, sizeof(target));

    if (n <= 0 || w->links++ >= LINKS_MAX)
        return;
    buf_add(&todo, target, (size_t)n);
    buf_addc(&todo, '/');
    buf_adds(&todo, w->rest);
    buf_release(&w->todo);
    w->todo = todo;
    w->rest = buf_str(&w->todo);
    if (target[0] == '/')
        buf_clear(&w->done);
    else
        leave_last(&w->done);
}

/* One component further. */
static void step(struct walk *w)
{
    const char *name;
    size_t n = next_component(&w->rest, &name);

    if (n == 0 || (n == 1 && name[0] == '.'))
        return;
    if (n == 2 && strncmp(name, "..", 2) == 0) {
        leave_last(&w->done);
        return;
    }
    buf_addc(&w->done, '/');
    buf_add(&w->done, name, n);
}

bool fileserver_of(const struct fileservers *f, const char *path, char out[FILESERVER_MAX])
{
    struct walk w = {0};
    const struct mount *m = mounted(f, "/");

    buf_adds(&w.todo, path);
    w.rest = buf_str(&w.todo);
    while (*w.rest && (m->server[0] == '\0' || m->automounts)) {
        step(&w);
        m = mounted(f, w.done.len ? buf_str(&w.done) : "/");
        if (m->server[0] == '\0' && w.done.len)
            take_link(&w);
    }
    snprintf(out, FILESERVER_MAX, "%s", m->server);
    buf_release(&w.done);
    buf_release(&w.todo);
    return !m->automounts;
}
