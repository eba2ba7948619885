/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BLANKS " \t\r\n"

/* Copies the word at *at to out, without its quotes and with a NUL behind it, and moves both on. */
static int take_word(const char **at, char **out, struct diag *d)
{
    const char *p = *at;
    char *to = *out, quote = '\0';

    for (; *p && (quote || strchr(BLANKS, *p) == NULL); p++) {
        if (quote ? *p == quote : *p == '"' || *p == '\'') {
            quote = quote ? '\0' : *p;
            continue;
        }
        if (*p == '\\' && quote != '\'') {
            if (p[1] == '\0')
                return diag_set(d, -EINVAL, "a backslash at the end: write \\\\ if it is meant so");
            if (quote == '\0' || strchr("\"\\$`", p[1]))
                p++;
        }
        *to++ = *p;
    }
    if (quote)
        return diag_set(d, -EINVAL, "the quote %c is not closed", quote);
    *to++ = '\0';
    *at = p;
    *out = to;
    return 0;
}

int words_split(const char *text, char ***ret_argv, struct diag *d)
{
    /* every word but the last one is followed by a blank, so there are at most half as many words as
       bytes, and their bytes with a NUL each are no more than the text's */
    size_t len = strlen(text), slots = len / 2 + 2;
    char **argv = xcalloc(slots * sizeof(char *) + len + 1, 1), *out = (char *)(argv + slots);
    int count = 0, err = 0;

    for (const char *at = text + strspn(text, BLANKS); *at && !err; at += strspn(at, BLANKS)) {
        argv[count++] = out;
        err = take_word(&at, &out, d);
    }
    if (err) {
        free(argv);
        return err;
    }
    *ret_argv = argv;
    return count;
}

void words_add(struct buf *b, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./:,@%^";

    if (b->len > 0)
        buf_addc(b, ' ');
    if (word[0] && word[strspn(word, plain)] == '\0') {
        buf_adds(b, word);
        return;
    }
    buf_addc(b, '\'');
    for (; *word; word++)
        if (*word == '\'')
            buf_adds(b, "'\\''");
        else
            buf_addc(b, *word);
    buf_addc(b, '\'');
}
