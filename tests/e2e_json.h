/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_E2E_JSON_H
#define KFARM_TESTS_E2E_JSON_H
/*
 * What --once prints as JSON, held against what Slurm's own commands print. A difference is said
 * and counted; e2e_agree() fails the test if there were any, so that one run shows all of them.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/e2e.h"

/* kfarm-top --once VIEW --format json (--columns …, may be NULL); for json_decref(). */
json_t *e2e_once(struct e2e *e, const char *view, const char *columns);
/* The object of a list whose `key` is this number or text; NULL if there is none. Borrowed. */
json_t *e2e_with_number(json_t *list, const char *key, int64_t value);
json_t *e2e_with_text(json_t *list, const char *key, const char *value);

struct e2e_compare {
    json_t *object; /* what the program said */
    const char *truth; /* what scontrol printed of the same thing */
    const char *what; /* for the report: "job 3" */
    int wrong;
};

/* The value of the key is … (a NULL text, an absent number: null). */
void e2e_is_text(struct e2e_compare *c, const char *key, const char *expected);
void e2e_is_number(struct e2e_compare *c, const char *key, bool present, int64_t expected);
/* The value of the key is that of scontrol's field, which is a number, … */
void e2e_same_number(struct e2e_compare *c, const char *key, const char *field);
/* … a time as Slurm prints it (Unknown, None, N/A: null), … */
void e2e_same_time(struct e2e_compare *c, const char *key, const char *field);
/* … or a text ("(null)", "N/A", nothing: null). */
void e2e_same_text(struct e2e_compare *c, const char *key, const char *field);
/* … or a list parted by commas ("(null)": the empty list). */
void e2e_same_list(struct e2e_compare *c, const char *key, const char *field);

/* "1-02:03:04" in seconds; -1 for what is no span. */
int64_t e2e_span(const char *text);
/* The part of `scontrol show KIND` (blocks parted by empty lines) that begins with "HEAD " or
   "HEAD\n"; copied to out. False if there is none. */
bool e2e_block(const char *shown, const char *head, struct buf *out);
void e2e_agree(const struct e2e_compare *c);

#endif
