/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_JSON_TEXT_H
#define KFARM_TUI_JSON_TEXT_H
#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"

/* The n bytes as a JSON string. JSON is UTF-8 (RFC 8259, 8.1): what is not becomes U+FFFD. */
json_t *json_text(const char *text, size_t n);

/* Appends `root` as JSON (flags of json_dumpf()) and a newline. What would do something to a terminal (DEL, C1 and
   bidi controls, invisible characters, very many combining marks on one character) is written as \uXXXX, which means the same to whoever reads JSON. */
void json_text_dump(const json_t *root, size_t flags, struct buf *out);

#endif
