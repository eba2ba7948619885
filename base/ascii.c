/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ascii.h"

#include <stdint.h>
#include <string.h>

int ascii_ncasecmp(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)ascii_lower(a[i]), y = (unsigned char)ascii_lower(b[i]);

        if (x != y)
            return x < y ? -1 : 1;
        if (x == '\0')
            return 0;
    }
    return 0;
}

int ascii_casecmp(const char *a, const char *b)
{
    return ascii_ncasecmp(a, b, SIZE_MAX);
}

const char *ascii_casestr(const char *text, const char *word)
{
    const char begins[] = {ascii_lower(word[0]), ascii_upper(word[0]), '\0'};
    size_t n = strlen(word);

    if (n == 0)
        return text;
    for (text += strcspn(text, begins); *text; text += 1 + strcspn(text + 1, begins))
        if (ascii_ncasecmp(text, word, n) == 0)
            return text;
    return NULL;
}
