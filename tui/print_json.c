/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/print_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tui/json_text.h"
#include "tui/refresh.h"
#include "tui/summary.h"

#define SCHEMA 1

static json_t *list_value(const char *text)
{
    json_t *list = json_array();

    while (*text) {
        size_t n = strcspn(text, ",");

        json_array_append_new(list, json_text(text, n));
        text += n + (text[n] == ',');
    }
    return list;
}

static json_t *value_of(const struct column *c, const struct row *r)
{
    struct value v;

    column_value(c, r, &v);
    if (c->kind == COLUMN_LIST)
        return list_value(v.text);
    if (!v.present)
        return json_null();
    if (column_is_text(c))
        return json_text(v.text, strlen(v.text));
    if (c->kind == COLUMN_HUNDREDTHS)
        return json_real((double)v.number / 100);
    return json_integer(v.number);
}

static json_t *section(const struct print *p, const struct column_list *l, enum column_set_id set,
    const struct snapshot *s, const struct order *o, int64_t now_s)
{
    uint32_t count, *rows = print_rows(p, s, set, now_s, &count);
    json_t *list = json_array();

    for (uint32_t i = 0; i < count; i++) {
        struct row r = column_row(set, s, o, now_s, rows[i]);
        json_t *object = json_object();

        for (int k = 0; k < l->count; k++) {
            const struct column *c = &l->set->columns[l->at[k]];

            json_object_set_new(object, c->name, value_of(c, &r));
        }
        json_array_append_new(list, object);
    }
    free(rows);
    return list;
}

static json_t *default_section(const struct print *p, enum column_set_id set,
    const struct snapshot *s, const struct order *o, int64_t now_s)
{
    struct column_list l;

    column_list_parse(&l, column_set(set), column_set(set)->json, NULL);
    return section(p, &l, set, s, o, now_s);
}

static json_t *summary_value(const struct snapshot *s)
{
    struct summary sum = summary_of(s);

    return json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}",
        "nodes", (json_int_t)sum.nodes, "nodes_busy", (json_int_t)sum.busy, "nodes_idle",
        (json_int_t)sum.idle, "nodes_draining", (json_int_t)sum.draining, "nodes_down",
        (json_int_t)sum.down, "nodes_off", (json_int_t)sum.off, "nodes_not_responding",
        (json_int_t)sum.silent, "nodes_rebooting", (json_int_t)sum.rebooting, "jobs",
        (json_int_t)sum.jobs, "jobs_running", (json_int_t)sum.running, "jobs_completing",
        (json_int_t)sum.completing, "jobs_pending", (json_int_t)sum.pending, "jobs_held",
        (json_int_t)sum.held, "jobs_done", (json_int_t)sum.done, "jobs_failed",
        (json_int_t)sum.failed, "cpus_alloc", (json_int_t)sum.cpus_alloc, "cpus_usable",
        (json_int_t)sum.cpus_usable, "cpus_total", (json_int_t)sum.cpus_total, "mem_alloc_mb",
        (json_int_t)sum.mem_alloc_mb, "mem_total_mb", (json_int_t)sum.mem_total_mb);
}

void print_json(const struct print *p, const struct snapshot *s, const struct order *o,
    int64_t now_ms, struct buf *out)
{
    int64_t fresh = refresh_fresh_ms(s);
    json_t *root = json_object();

    json_object_set_new(root, "schema", json_integer(SCHEMA));
    json_object_set_new(root, "cluster", json_text(s->cluster.name, strlen(s->cluster.name)));
    json_object_set_new(root, "controller",
        json_pack("{s:s,s:o,s:f}", "state", "up", "version",
            json_text(s->cluster.version, strlen(s->cluster.version)), "age_s",
            (double)(now_ms > fresh ? now_ms - fresh : 0) / 1000));
    if (p->farm) {
        json_object_set_new(root, "summary", summary_value(s));
        json_object_set_new(root, "nodes", default_section(p, COLUMNS_NODES, s, o, now_ms / 1000));
        json_object_set_new(root, "jobs", default_section(p, COLUMNS_JOBS, s, o, now_ms / 1000));
    } else {
        json_object_set_new(root, p->name, section(p, &p->columns, p->set, s, o, now_ms / 1000));
    }
    json_text_dump(root, JSON_INDENT(1) | JSON_REAL_PRECISION(6), out);
    json_decref(root);
}
