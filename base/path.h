/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_PATH_H
#define KFARM_BASE_PATH_H
/* Places of files: paths that people write, and where a user's own files lie. */
#include <stddef.h>

/* "~" and "~/…" as in a shell (HOME), everything else as it is. -ENOENT if HOME names no absolute
   path, -ENAMETOOLONG if it does not fit; nothing is written then. */
int path_expand(const char *text, char *out, size_t size);
/* The file `below` in the directory that the variable names, else in `usual` below the home directory
   (XDG Base Directory Specification: a relative path counts for nothing); "" if there is no home. */
void path_xdg(const char *variable, const char *usual, const char *below, char *out, size_t size);
/* Makes a text with a path in it (in front, or behind "words: " or " /") fit so many columns: directories give way from the left,
   as many as must, never the name nor what stands behind it: "…/inode.c:231: expected …". If all of them are not enough,
   what comes is too wide. Returns out, which gets at most size bytes. */
const char *path_fit(const char *text, int columns, char *out, size_t size);
/* Makes the directories above a file, for its owner only. What fails is told by opening the file. */
void path_make_parents(const char *path);

/* The last part of a path: "x.sh" of "/srv/x.sh"; it lies in the path. */
const char *path_last(const char *path);

#endif
