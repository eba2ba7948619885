/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <jansson.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/json_text.h"
#include "tui/log.h"

#define SCHEMA 1

static json_t *text(const char *s)
{
    return s && s[0] ? json_text(s, strlen(s)) : json_null();
}

static json_t *number(int64_t n)
{
    return n ? json_integer(n) : json_null();
}

static json_t *diagnostic(const struct options *o, const struct build_diag *d)
{
    json_t *v = json_object();

    json_object_set_new(v, "file", text(o->logs[d->file]));
    json_object_set_new(v, "line", json_integer(d->line));
    json_object_set_new(v, "tool", text(d->tool));
    json_object_set_new(v, "severity", json_string(log_level_name(d->level)));
    json_object_set_new(v, "source", text(d->source));
    json_object_set_new(v, "source_line", number(d->source_line));
    json_object_set_new(v, "column", number(d->column));
    json_object_set_new(v, "message", text(d->message));
    json_object_set_new(v, "flag", text(d->flag));
    json_object_set_new(v, "target", text(d->target));
    json_object_set_new(v, "count", json_integer((json_int_t)d->count));
    json_object_set_new(v, "context", text(d->context));
    return v;
}

static json_t *steps(struct build *b, int64_t *ret_total)
{
    struct logcount *all = xcalloc(1, sizeof(*all));
    json_t *o = json_object();

    build_steps(b, all);
    for (int i = 0; i < all->tags; i++) {
        json_t *name = json_text(all->tag[i].name, strlen(all->tag[i].name));

        json_object_set_new(o, json_string_value(name), json_integer(all->tag[i].n));
        json_decref(name);
    }
    *ret_total = all->level[LOG_STEP];
    free(all);
    return o;
}

static json_t *diagnostics(const struct options *o, const struct build *b)
{
    json_t *list = json_array();

    for (size_t i = 0; i < build_diag_count(b); i++)
        if (build_diag(b, i)->level != LOG_MAKE)
            json_array_append_new(list, diagnostic(o, build_diag(b, i)));
    return list;
}

void log_json(
    const struct options *o, struct build *b, const struct build_report *r, struct buf *out)
{
    json_t *root = json_object(), *files = json_array(), *first = json_null();
    int64_t total;

    for (int i = 0; o->logs[i]; i++)
        json_array_append_new(files, text(o->logs[i]));
    if (r->first) {
        first = diagnostic(o, r->first);
        json_object_set_new(first, "basis", json_string(build_basis_name(r->basis)));
    }
    json_object_set_new(root, "schema", json_integer(SCHEMA));
    json_object_set_new(root, "files", files);
    json_object_set_new(root, "result", json_string(build_result_name(r->result)));
    json_object_set_new(
        root, "cause", r->cause ? json_string(log_cause_name(r->cause)) : json_null());
    json_object_set_new(root, "phase", json_string(build_phase_name(r->phase)));
    json_object_set_new(root, "steps", steps(b, &total));
    json_object_set_new(root, "steps_total", json_integer(total));
    json_object_set_new(root, "warnings", json_integer((json_int_t)r->warnings));
    json_object_set_new(root, "errors", json_integer((json_int_t)r->errors));
    json_object_set_new(root, "image", text(r->image));
    json_object_set_new(root, "first_error", first);
    json_object_set_new(root, "diagnostics", diagnostics(o, b));
    json_text_dump(root, JSON_INDENT(1), out);
    json_decref(root);
}
