/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TESTS_E2E_AUDIT_H
#define KFARM_TESTS_E2E_AUDIT_H
/* The audit file of the programs that a test runs. */
#include <jansson.h>

#include "tests/e2e.h"

/* All its lines, those of FILE.n … FILE.1 before; a line that is no JSON fails the test. For
   json_decref(). */
json_t *e2e_audit_lines(struct e2e *e);
/* The last line of this event and verb on so many targets, which must come; for json_decref(). */
json_t *e2e_audit_line(struct e2e *e, const char *event, const char *verb, size_t targets);
/* A text in a line or in a target; "" if there is none. */
const char *e2e_audit_text(json_t *o, const char *key);
/* Targets of a line with this outcome. */
int e2e_audit_count(json_t *line, const char *outcome);
/* Removes it. */
void e2e_audit_forget(struct e2e *e);

#endif
