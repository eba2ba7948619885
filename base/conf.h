/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_BASE_CONF_H
#define KFARM_BASE_CONF_H
/*
 * INI files (inih) for configuration, themes and log rules: `[section]`, `key = value`, `#` or `;`
 * starts a comment line. A value may go on in the next line if that line is indented; conf_parse()
 * hands the pieces over one by one under the same key. inih cuts a value at " ;".
 */
#include <stddef.h>

#include "base/diag.h"

/*
 * One `key = value`. Returns 0, or a negative errno after filling d without file and line: those
 * are added by conf_parse(), which stops there.
 */
typedef int conf_fn(
    void *user, const char *section, const char *key, const char *value, int line, struct diag *d);

/*
 * Reads the len bytes of text, called `name` in errors. Returns 0, or a negative errno with
 * "NAME:LINE: what, and what would be right" in d.
 */
int conf_parse(
    const char *name, const char *text, size_t len, conf_fn *fn, void *user, struct diag *d);

#define CONF_FILE_MAX (1u << 20) /* bytes of a file */

/* The same from a file that a person named: given_read() with its errors, -EFBIG beyond CONF_FILE_MAX. */
int conf_parse_file(const char *path, conf_fn *fn, void *user, struct diag *d);

#endif
