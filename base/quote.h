/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_QUOTE_H
#define KFARM_BASE_QUOTE_H
/*
 * Names that strangers chose (of jobs, files, reasons) within a sentence: a question names what it is about, and nothing
 * in a name may pass for the words, the numbers or the keys around it, nor push them off the screen. Such a name stands
 * between ‘ and ’, is cut in its middle to a number of columns, and has no such marks of its own: they become '.
 * Control characters become signs, as on the canvas, and a character keeps two of its combining marks.
 */
#include <stddef.h>

#define QUOTE_BYTES 192 /* room for a name of QUOTE_NAME columns; one of more bytes is cut */
#define QUOTE_NAME  32 /* columns of a name, its marks included */

/* Writes ‘text’, at most `columns` wide, into the `size` (at least 16) bytes at out; returns out. */
const char *quote(const char *text, int columns, char *out, size_t size);
/* The same without marks: for what no stranger can choose freely, but make long (a list of tasks or nodes). */
const char *quote_cut(const char *text, int columns, char *out, size_t size);

#endif
