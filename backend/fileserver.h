/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BACKEND_FILESERVER_H
#define KFARM_BACKEND_FILESERVER_H
/*
 * Whose file server a path lies on, told without a question to any: mounts come from the kernel
 * (proc(5), /proc/self/mounts; getmntent(3)), and symbolic links are only read on this machine's own
 * file systems.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define FILESERVER_MAX 256 /* bytes of a name, with its NUL; a longer one is cut */

struct fileservers;

/* The mounts as of now, from an open file in the format of fstab(5); NULL reads those of this process. */
struct fileservers *fileservers_read(FILE *mounts);
/* Takes NULL; returns NULL. */
struct fileservers *fileservers_free(struct fileservers *f);

/*
 * The server of an absolute path, of as much of it as there is: "nfs1" for what is mounted from
 * "nfs1:/export" or "//nfs1/share", so that mounts of one server are one; where it was mounted for FUSE
 * and everything else that may hang; "" for this machine's own. False: nothing is mounted there yet, `out` is
 * where autofs will do so when somebody looks.
 */
bool fileserver_of(const struct fileservers *f, const char *path, char out[FILESERVER_MAX]);

#endif
