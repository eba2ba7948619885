/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_STRANGER_H
#define KFARM_BASE_STRANGER_H
/*
 * Who else decides what a file holds. A file is the user's own if nobody but the user and root can change it, or put
 * another one in its place: all of these belong to one of the two, and others may not write them:
 *
 *   - the file
 *   - every directory on the way to it, also on that of each symbolic link; in a sticky one, such as /tmp, others may
 *     make files, but not replace this one
 *   - each symbolic link that lies in a sticky directory
 *
 * A group counts as others, but for the one that distributions make for each user: it bears the user's name and has no
 * other members. Access control lists count, since their mask is what stat(2) shows as the group's rights.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum stranger_way {
    STRANGER_NONE, /* it is the user's own */
    STRANGER_OWNS, /* the file belongs to somebody else */
    STRANGER_WRITES, /* others may write it */
    STRANGER_REPLACES, /* others may put another file in its place */
    STRANGER_WAY_COUNT
};

struct stranger {
    enum stranger_way way;
    char who
        [64]; /* "eve", "uid 1007", "group devs", "everybody"; "somebody" if that cannot be told */
};

/* Whether others may write what this is of; who, as above, goes into `who`. Asks the system's list of groups. */
bool stranger_writes(const struct stat *st, char who[64]);

/* The answer for an absolute path and what fstat(2) says of the file that was opened there, for the user that this
   process runs as. Blocks: it asks the file system, and the system who has which number. */
struct stranger stranger_of(const char *path, const struct stat *file);

/* The answer in words, with the last part of the path: "‘x.sh’ belongs to eve"; "" for STRANGER_NONE. */
void stranger_words(const struct stranger *s, const char *path, char *out, size_t size);

#endif
