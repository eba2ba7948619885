/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/e2e_audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OLD_FILES 5

static void read_lines(const char *path, json_t *lines)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    while (f && (n = getline(&line, &size, f)) > 0) {
        json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

        if (o == NULL && line[n - 1] != '\n') /* it is being written just now */
            break;
        if (o == NULL)
            fail_msg("no JSON in the audit file: %s", line);
        json_array_append_new(lines, o);
    }
    free(line);
    if (f)
        fclose(f);
}

json_t *e2e_audit_lines(struct e2e *e)
{
    char path[E2E_PATH + 64];
    json_t *lines = json_array();

    for (int i = OLD_FILES; i >= 0; i--) {
        snprintf(path, sizeof(path),
            i ? "%s/.local/state/kfarm-top/audit.jsonl.%d"
              : "%s/.local/state/kfarm-top/audit.jsonl",
            e->work, i);
        read_lines(path, lines);
    }
    return lines;
}

const char *e2e_audit_text(json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

struct wanted {
    const char *event, *verb;
    size_t targets;
    json_t *found;
};

static bool is_wanted(const struct wanted *w, json_t *o)
{
    return strcmp(e2e_audit_text(o, "event"), w->event) == 0 &&
           strcmp(e2e_audit_text(o, "verb"), w->verb) == 0 &&
           json_array_size(json_object_get(o, "targets")) == w->targets;
}

static bool has_come(struct e2e *e, void *user)
{
    struct wanted *w = user;
    json_t *lines = e2e_audit_lines(e);

    for (size_t i = 0; i < json_array_size(lines); i++)
        if (is_wanted(w, json_array_get(lines, i))) {
            json_decref(w->found);
            w->found = json_incref(json_array_get(lines, i));
        }
    json_decref(lines);
    return w->found != NULL;
}

json_t *e2e_audit_line(struct e2e *e, const char *event, const char *verb, size_t targets)
{
    struct wanted w = {event, verb, targets, NULL};

    if (!e2e_wait(e, has_come, &w, E2E_MS))
        fail_msg("no line \"%s\" of %s on %zu in the audit file", event, verb, targets);
    return w.found;
}

int e2e_audit_count(json_t *line, const char *outcome)
{
    json_t *targets = json_object_get(line, "targets");
    int count = 0;

    for (size_t i = 0; i < json_array_size(targets); i++)
        count += strcmp(e2e_audit_text(json_array_get(targets, i), "outcome"), outcome) == 0;
    return count;
}

void e2e_audit_forget(struct e2e *e)
{
    e2e_output(e, "rm", "-rf", ".local");
}
