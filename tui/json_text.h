/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KFARM_TUI_JSON_TEXT_H
#define KFARM_TUI_JSON_TEXT_H
#include <jansson.h>
#include <stddef.h>

/* The n bytes as a JSON string. JSON is UTF-8 (RFC 8259, 8.1): what is not becomes U+FFFD. */
json_t *json_text(const char *text, size_t n);

#endif
