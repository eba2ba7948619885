/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <jansson.h>
#include <string.h>

#include "tui/check.h"
#include "tui/json_text.h"

#define SCHEMA 1

static json_t *text(const char *s)
{
    return json_text(s, strlen(s));
}

/* 0 is "not asked for". */
static json_t *number(uint64_t n)
{
    return n && n != REQUEST_UNLIMITED ? json_integer((json_int_t)n) : json_null();
}

static json_t *request_value_of(const struct verdict *v)
{
    const struct request *r = &v->request;
    json_t *o = json_object();

    json_object_set_new(o, "ntasks", number(v->fit.want_tasks));
    json_object_set_new(o, "cpus_per_task", number(v->fit.want_cpus));
    json_object_set_new(o, "nodes_min", number(v->fit.want_nodes));
    json_object_set_new(o, "nodes_max", number(v->fit.most_nodes));
    json_object_set_new(o, "mem_mb", number(v->fit.node_mb));
    json_object_set_new(o, "mem_per_cpu_mb", number(v->fit.cpu_mb));
    json_object_set_new(o, "time_limit_min", number(r->time_min));
    json_object_set_new(
        o, "array", r->has_array ? text(request_value(r, REQUEST_ARRAY)) : json_null());
    return o;
}

static const char *fits(bool now, bool later)
{
    return now ? "now" : later ? "later" : "no";
}

static json_t *nodes(const struct verdict *v, const struct snapshot *s)
{
    json_t *list = json_array();
    char why[256];

    for (uint32_t i = 0; i < v->fit.count; i++) {
        const struct fit_node *n = &v->fit.nodes[i];
        json_t *o = json_object();

        fit_node_text(&v->fit, s, &v->request, i, why, sizeof(why));
        json_object_set_new(o, "name", text(node_str(s, s->nodes[i].name)));
        json_object_set_new(o, "fits", json_string(fits(n->tasks_now, n->tasks)));
        json_object_set_new(o, "why", strchr(why, ':') ? text(strchr(why, ':') + 2) : json_null());
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *findings(const struct verdict *v)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < v->findings.count; i++) {
        const struct finding *f = &v->findings.v[i];
        json_t *o = json_object();

        json_object_set_new(o, "level", json_string(finding_level_name(f->level)));
        json_object_set_new(o, "line", number(f->line));
        json_object_set_new(o, "text", text(f->text));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *options(const struct verdict *v)
{
    static const char *const sources[] = {[REQUEST_FROM_SCRIPT] = "script",
        [REQUEST_FROM_ENVIRONMENT] = "environment",
        [REQUEST_FROM_COMMAND_LINE] = "command line"};
    json_t *list = json_array();

    for (uint32_t i = 0; i < v->request.count; i++) {
        const struct request_option *option = &v->request.options[i];
        json_t *o = json_object();

        if (option->overruled) {
            json_decref(o);
            continue;
        }
        json_object_set_new(o, "name", json_string(option->name));
        json_object_set_new(o, "value", text(option->value));
        json_object_set_new(o, "from", json_string(sources[option->source]));
        json_object_set_new(o, "line", number(option->line));
        json_array_append_new(list, o);
    }
    return list;
}

void check_json(const struct options *o, const struct verdict *v, const struct snapshot *s,
    const struct check_opinion *opinion, struct buf *out)
{
    json_t *root = json_object(), *slurm = json_null();
    bool runs = v->runs && (!opinion->asked || opinion->accepted);
    const struct partition *p = v->fit.partition;

    if (opinion->asked) {
        slurm = json_object();
        json_object_set_new(slurm, "accepted", json_boolean(opinion->accepted));
        json_object_set_new(slurm, "words", text(opinion->words));
    }
    json_object_set_new(root, "schema", json_integer(SCHEMA));
    json_object_set_new(root, "script", text(o->batch));
    json_object_set_new(root, "verdict", json_string(runs ? "yes" : "no"));
    json_object_set_new(root, "accepted", json_boolean(v->accepted));
    json_object_set_new(
        root, "fits", json_string(fits(v->fit.answer == FIT_NOW, v->fit.answer == FIT_LATER)));
    json_object_set_new(root, "words", text(v->fit.words));
    json_object_set_new(root, "partition", p ? text(partition_str(s, p->name)) : json_null());
    json_object_set_new(root, "request", request_value_of(v));
    json_object_set_new(root, "nodes", nodes(v, s));
    json_object_set_new(root, "findings", findings(v));
    json_object_set_new(root, "options", options(v));
    json_object_set_new(root, "slurm", slurm);
    json_text_dump(root, JSON_INDENT(1), out);
    json_decref(root);
}
