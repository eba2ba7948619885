/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_ASCII_H
#define KFARM_BASE_ASCII_H
/*
 * Letters, digits and blanks of keywords, numbers and names of columns, whatever the locale. The functions of <ctype.h>
 * and strcasecmp() follow it: in a Turkish one the small letter of I is not i, and "pending" is not "PENDING". Bytes
 * above 127, which are parts of other letters, are none of these and are compared as they are.
 */
#include <stdbool.h>
#include <stddef.h>

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_alpha(char c)
{
    return ascii_is_lower(c) || ascii_is_upper(c);
}

static inline bool ascii_is_alnum(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

static inline bool ascii_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool ascii_is_cntrl(char c)
{
    return ((unsigned char)c < ' ') || c == '\x7f';
}

static inline char ascii_lower(char c)
{
    return (char)(ascii_is_upper(c) ? c - 'A' + 'a' : c);
}

static inline char ascii_upper(char c)
{
    return (char)(ascii_is_lower(c) ? c - 'a' + 'A' : c);
}

/* As strcasecmp(), strncasecmp() and strcasestr(). */
int ascii_casecmp(const char *a, const char *b);
int ascii_ncasecmp(const char *a, const char *b, size_t n);
const char *ascii_casestr(const char *text, const char *word);

#endif
