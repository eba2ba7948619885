/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_HARMLESS_H
#define KFARM_BASE_HARMLESS_H
/*
 * All that the program writes to standard output and standard error outside its screen. Names of files, words of
 * Slurm and lines of a log are text of strangers: what would do something to a terminal becomes a sign, as on the
 * screen (utf8_harmless()). Tabs stay. More than four combining marks on one character are left out. On a terminal
 * without UTF-8 every character beyond ASCII becomes "?", since such a terminal takes some of the bytes for control
 * characters.
 *
 * No other file may print (tests/layers).
 */
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"

/* Appends n bytes of text as a part of one line: a newline in it becomes a sign, too. */
void harmless_add(struct buf *out, const char *text, size_t n);

/* Writes text whose newlines are ours, to standard output or error. 0, or a negative errno if not all was written. */
int harmless_write(const struct buf *text, FILE *f);

/* Writes what programs read (CSV, JSON): to a terminal as harmless_write(), elsewhere byte by byte. */
int harmless_data(const struct buf *data, FILE *f);

/* Writes one line, with its newline; a newline in an argument becomes a sign. Beyond 8 KiB it is cut. */
int harmless_line(FILE *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same on standard error. */
void harmless_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
