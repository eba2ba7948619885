/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_FILTER_H
#define KFARM_TUI_FILTER_H
/*
 * Which rows are shown: an expression of terms separated by blanks, all of which must hold.
 *
 *   word            the text is somewhere in the row (number, name, user, partition, state, node, reason)
 *   COLUMN:text     begins with it: state:pend, user:ana; text,text: with one of them
 *   COLUMN=text     is it
 *   COLUMN~pattern  a regular expression (pcre2) matches
 *   COLUMN>value    also >= < <= and, for numbers, =: age>1h mem>=4G load<0.5 submit_time<14:30
 *   !term           the term does not hold; COLUMN!=text is the same as !COLUMN=text
 *
 * COLUMN is a name of --list-columns, or node, state, id, part. "…" keeps blanks together. Letters match
 * either case, except in a pattern with a capital. What a row has no value for holds in no term.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "tui/column.h"

struct filter;

/* NULL and what is wrong in d; NULL with "" in d for an expression without a term. */
struct filter *filter_new(enum column_set_id set, const char *text, struct diag *d);
/* What a plain word would be looked for in, by a pattern. */
struct filter *filter_of_pattern(enum column_set_id set, const char *pattern, struct diag *d);
/* Takes NULL; returns NULL. */
struct filter *filter_free(struct filter *f);

/* The rows of a snapshot's section that hold: their numbers are moved to the front of rows, in the
   order they had. Returns how many. f may be NULL: all of them. */
uint32_t filter_rows(
    struct filter *f, const struct snapshot *s, int64_t now_s, uint32_t *rows, uint32_t count);
enum column_set_id filter_set(const struct filter *f);
/* The sections that it asks about, enum refresh_want. */
uint32_t filter_needs(const struct filter *f);
/* It asks for something that logs say. */
bool filter_of_log(const struct filter *f);
/* The same question about one row; filter_begin() comes before the first of several. */
void filter_begin(struct filter *f);
bool filter_holds(struct filter *f, const struct row *r);
/* A pattern of it took too many steps on some row since filter_begin() or in the last filter_rows(),
   or too long for all of them: no such row held, negated or not, and it was not tried on any after the
   first few. */
bool filter_gave_up(const struct filter *f);

/* ---- completion ---- */

/* Where the word begins that is being typed at the end of an expression. */
size_t filter_last_word(const char *text);
/* What that word could go on as, each candidate whole: names of columns; behind : and = values that rows of this snapshot
   have there. A value that needs quotes gets them. Of many values the first 100 of the alphabet are offered, and the
   last, so that what all candidates begin with is what all values begin with. */
void filter_offer(enum column_set_id set, const char *word, const struct snapshot *s, int64_t now_s,
    void (*offer)(void *user, const char *candidate), void *user);

/* ---- between filter.c and filter_offer.c ---- */

#define FILTER_COLUMNS_MAX 8 /* that one name of an expression stands for */

/* The columns that a name stands for, "" for a plain word; how many they are, 0 if there is none of that name. */
int filter_columns(
    enum column_set_id set, const char *name, const struct column *out[FILTER_COLUMNS_MAX]);
/* Is it a name for the nodes of a job? */
bool filter_of_node(enum column_set_id set, const char *name);

#endif
