/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_WORDS_H
#define KFARM_BASE_WORDS_H
/*
 * A command line as words, without a shell: quotes and backslash are honoured as sh honours them,
 * and nothing else means anything. `|`, `>`, `;`, `$`, `*` and a newline in quotes are text.
 */
#include "base/buf.h"
#include "base/diag.h"

/*
 * Splits text at blanks, tabs and newlines. Within '…' everything is itself; within "…" a backslash
 * takes the meaning of `"`, `\`, `$` and "`" away and is itself before anything else; outside, it does
 * so before any character. An empty pair of quotes is an empty word. Returns the number of words
 * (0: there is none), or -EINVAL with the reason in d for a quote that is not closed or a backslash at
 * the end. *ret_argv ends with a NULL; it and its words are one block for free().
 */
int words_split(const char *text, char ***ret_argv, struct diag *d);

/* Appends one word, behind a blank if the buf is not empty, quoted if it needs it: what words_split()
   and a shell take apart into the same words. */
void words_add(struct buf *b, const char *word);

#endif
