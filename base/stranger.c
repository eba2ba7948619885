/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/stranger.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "base/quote.h"

#define LINKS_MAX 40 /* as the kernel */
#define NAMES_MAX 65536 /* bytes of an entry of the group file */

static bool is_trusted(uid_t uid)
{
    return uid == 0 || uid == geteuid();
}

/* The user's name into out; false if the system knows none. */
static bool name_user(uid_t uid, char *out, size_t size)
{
    char *names = xcalloc(NAMES_MAX, 1);
    struct passwd entry, *found = NULL;
    bool known = getpwuid_r(uid, &entry, names, NAMES_MAX, &found) == 0 && found;

    if (known)
        snprintf(out, size, "%s", found->pw_name);
    free(names);
    return known;
}

/* The group of one user alone: it bears the owner's name and has no other member. Else its name into out. */
static bool is_private_group(gid_t gid, uid_t owner, char *out, size_t size)
{
    char *names = xcalloc(NAMES_MAX, 1), user[64];
    struct group entry, *found = NULL;
    bool is_private = false;

    snprintf(out, size, "group %u", (unsigned)gid);
    if (getgrgid_r(gid, &entry, names, NAMES_MAX, &found) == 0 && found) {
        is_private = name_user(owner, user, sizeof(user)) && strcmp(user, found->gr_name) == 0;
        for (char **member = found->gr_mem; is_private && *member; member++)
            is_private = strcmp(*member, user) == 0;
        snprintf(out, size, "group %s", found->gr_name);
    }
    free(names);
    return is_private;
}

static struct stranger owner_is(enum stranger_way way, uid_t uid)
{
    struct stranger s = {.way = way};

    if (!name_user(uid, s.who, sizeof(s.who)))
        snprintf(s.who, sizeof(s.who), "uid %u", (unsigned)uid);
    return s;
}

bool stranger_writes(const struct stat *st, char who[64])
{
    if (st->st_mode & S_IWOTH) {
        snprintf(who, 64, "everybody");
        return true;
    }
    return st->st_mode & S_IWGRP && !is_private_group(st->st_gid, st->st_uid, who, 64);
}

static struct stranger writer_is(enum stranger_way way, const struct stat *st)
{
    struct stranger s = {.way = way};

    return stranger_writes(st, s.who) ? s : (struct stranger){0};
}

/* What lies in a directory: may others put something else in its place? */
static struct stranger look_at_entry(const struct stat *directory, const struct stat *entry)
{
    if (!is_trusted(directory->st_uid))
        return owner_is(STRANGER_REPLACES, directory->st_uid);
    if (!(directory->st_mode & S_ISVTX))
        return writer_is(STRANGER_REPLACES, directory);
    return is_trusted(entry->st_uid) ? (struct stranger){0}
                                     : owner_is(STRANGER_REPLACES, entry->st_uid);
}

/* What is left to walk, with the target of the link in front of it. -ENAMETOOLONG if that is too much. */
static int put_link(const char *link, char rest[PATH_MAX])
{
    char target[PATH_MAX], both[2 * PATH_MAX];
    ssize_t n = readlink(link, target, sizeof(target) - 1);

    if (n < 0)
        return -errno;
    target[n] = '\0';
    snprintf(both, sizeof(both), "%s/%s", target, rest);
    if (strlen(both) >= PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(rest, both, strlen(both) + 1);
    return 0;
}

/* Takes the first name of what is left, and puts it behind the directory. False: there is none. */
static bool step(const char *directory, char rest[PATH_MAX], char out[PATH_MAX])
{
    size_t slashes = strspn(rest, "/"), n = strcspn(rest + slashes, "/");
    int len = snprintf(out, PATH_MAX, "%s%s%.*s", directory, strcmp(directory, "/") == 0 ? "" : "/",
        (int)n, rest + slashes);

    memmove(rest, rest + slashes + n, strlen(rest + slashes + n) + 1);
    return n > 0 && len < PATH_MAX;
}

/* Walks the path as the kernel does. The first on it that others may change; a negative errno if it cannot be walked. */
static int walk(const char *path, struct stranger *ret)
{
    char at[PATH_MAX] = "/", next[PATH_MAX], rest[PATH_MAX];
    struct stat here, entry;
    int links = 0, err;

    if (path[0] != '/' || strlen(path) >= sizeof(rest))
        return -EINVAL;
    memcpy(rest, path, strlen(path) + 1);
    while (step(at, rest, next)) {
        if (stat(at, &here) < 0 || lstat(next, &entry) < 0)
            return -errno;
        *ret = look_at_entry(&here, &entry);
        if (ret->way)
            return 0;
        if (!S_ISLNK(entry.st_mode)) {
            memcpy(at, next, strlen(next) + 1);
            continue;
        }
        err = ++links > LINKS_MAX ? -ELOOP : put_link(next, rest);
        if (err)
            return err;
        if (rest[0] == '/')
            memcpy(at, "/", 2);
    }
    return 0;
}

struct stranger stranger_of(const char *path, const struct stat *file)
{
    struct stranger s = {0};
    struct stat now;

    if (!is_trusted(file->st_uid))
        return owner_is(STRANGER_OWNS, file->st_uid);
    s = writer_is(STRANGER_WRITES, file);
    if (s.way)
        return s;
    /* the way was walked after the file was opened: it must still lead there */
    if (walk(path, &s) < 0 ||
        (s.way == STRANGER_NONE &&
            (stat(path, &now) < 0 || now.st_dev != file->st_dev || now.st_ino != file->st_ino)))
        s = (struct stranger){STRANGER_REPLACES, "somebody"};
    return s;
}

void stranger_words(const struct stranger *s, const char *path, char *out, size_t size)
{
    char name[QUOTE_BYTES], who[sizeof(s->who)];

    quote(path_last(path), QUOTE_NAME, name, sizeof(name));
    quote_cut(s->who, QUOTE_NAME, who, sizeof(who));
    out[0] = '\0';
    switch (s->way) {
    case STRANGER_NONE:
    case STRANGER_WAY_COUNT:
        break;
    case STRANGER_OWNS:
        snprintf(out, size, "%s belongs to %s", name, who);
        break;
    case STRANGER_WRITES:
        snprintf(out, size, "%s may write %s", who, name);
        break;
    case STRANGER_REPLACES:
        snprintf(out, size, "%s may put another file in the place of %s", who, name);
        break;
    }
}
