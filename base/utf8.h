/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_UTF8_H
#define KFARM_BASE_UTF8_H
/*
 * UTF-8 as the screen needs it, independent of the locale (utf8proc). Source for the treatment of
 * bad input: The Unicode Standard, chapter 3.9, "maximal subpart": every invalid run becomes one
 * U+FFFD, and the next byte that can start a character does.
 */
#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xFFFDu

/*
 * Decodes the first character of the n >= 1 bytes at p. Returns how many bytes it takes (1..4) and
 * sets *ret_cp; invalid bytes give UTF8_REPLACEMENT.
 */
size_t utf8_decode(const char *p, size_t n, uint32_t *ret_cp);

/* Encodes cp into out (4 bytes of room); returns the bytes written. */
size_t utf8_encode(uint32_t cp, char out[4]);

/* Columns a code point takes on a terminal: 0 (combining), 1 or 2. Control characters: -1. */
int utf8_width(uint32_t cp);

/* How many of the last bytes of p (0..3) are the unfinished start of a character: keep them for the
   next read, so that a character split between two reads is not spoiled. */
size_t utf8_partial(const char *p, size_t n);

/* What the screen shows for a code point: itself, or a sign for what would do harm there: control
   characters (U+2400 …), C1 controls, and the invisible characters that turn text around or pass
   for blanks (U+FFFD). 0: nothing at all, for other invisible ones and variation selectors. */
uint32_t utf8_harmless(uint32_t cp);

/* Columns of n bytes of text as the canvas would show them, control characters escaped. */
int utf8_columns(const char *p, size_t n);

#endif
