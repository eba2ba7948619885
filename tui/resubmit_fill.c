/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes into the form of a job that is submitted once more: what Slurm still knows of it, and what was kept when it was
 * submitted here. What neither tells is named in the form, before anything is sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/request.h"
#include "base/alloc.h"
#include "base/words.h"
#include "tui/app.h"

static void fill(
    struct app *a, enum submit_field field, bool differs, const char *format, uint64_t n)
{
    char text[64];

    if (!differs)
        return;
    snprintf(text, sizeof(text), format, (unsigned long long)n);
    lineedit_set(&a->submit.fields[field], text);
}

/* The value of an option in the script or the environment; NULL: neither gives it. */
static const char *given(const struct submit *s, enum request_key key)
{
    const struct request_option *o = request_option(&s->verdict.request, key);

    return o ? o->value : NULL;
}

/* An option of the job's, if there is room for it in the form. */
static void add_option(struct app *a, struct buf *options, const char *name, const char *value)
{
    struct submit *s = &a->submit;
    char option[1200];
    size_t before = options->len;

    if (value[0] == '\0')
        return;
    snprintf(option, sizeof(option), "--%s%s%s", name, value[0] == ',' ? "" : "=", value);
    words_add(options, option);
    if (options->len < LINEEDIT_BYTES)
        return;
    options->len = before;
    options->p[before] = '\0';
    snprintf(s->error, sizeof(s->error),
        "there is no room for the job's --%s=%.100s…: add it to the script", name, value);
}

/* A word of the command line: "--name=value". */
static void add_word(struct buf *options, const struct request_option *o)
{
    char *word = xcalloc(1, strlen(o->name) + strlen(o->value) + 4);

    snprintf(word, strlen(o->name) + strlen(o->value) + 4, "--%s%s%s", o->name,
        o->value[0] ? "=" : "", o->value);
    words_add(options, word);
    free(word);
}

/* Does the form have a field for it? That takes what the job has now. */
static bool has_field(enum request_key key)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (submit_label((enum submit_field)i)->option &&
            submit_label((enum submit_field)i)->key == key)
            return true;
    return false;
}

/* The options that the job was submitted with, as far as no field has them; false if they cannot be read. */
static bool take_options(struct app *a, struct buf *options)
{
    struct submit *s = &a->submit;

    lineedit_set(&s->fields[FIELD_OPTIONS], submitted_text(&s->submitted, "options"));
    submit_judge(a);
    for (uint32_t i = 0; s->judged && i < s->verdict.request.count; i++) {
        const struct request_option *o = &s->verdict.request.options[i];

        if (o->source == REQUEST_FROM_COMMAND_LINE && !has_field(o->key))
            add_word(options, o);
    }
    lineedit_set(&s->fields[FIELD_OPTIONS], s->judged ? buf_str(options) : "");
    submit_judge(a);
    return s->judged;
}

/* ---- the environment ---- */

static void add_unknown(struct submit *s, const char *words)
{
    buf_addf(&s->unknown, "%s%s", s->unknown.len ? "\n" : "", words);
}

/* The variables that the form has fields for. */
static size_t form_variables(const struct app *a, struct submit_variable out[3])
{
    const struct config *c = a->options.config;
    const struct submit_variable all[] = {{c->source_variable, FIELD_SOURCE},
        {c->output_variable, FIELD_OUTPUT}, {c->config_variable, FIELD_CONFIG}};
    size_t n = 0;

    for (size_t i = 0; i < KF_LEN(all); i++)
        if (all[i].name && all[i].name[0])
            out[n++] = all[i];
    return n;
}

/* A value may be handed over in --export=ALL,NAME=VALUE: there a comma ends it. */
static bool may_be_exported(const char *value)
{
    return value[strcspn(value, ",'\"\\")] == '\0';
}

/* One variable as it was then: into its field, or into --export; what neither can do is named. */
static void take_variable(struct app *a, const struct submitted_item *v,
    const struct submit_variable *fields, size_t count, struct buf *export)
{
    struct submit *s = &a->submit;
    const char *now = getenv(v->name);
    bool set = strcmp(v->kind, "set") == 0, differs = now ? strcmp(v->value, now) != 0 : true;
    char words[400];

    for (size_t i = 0; set && i < count; i++)
        if (strcmp(fields[i].name, v->name) == 0 && strlen(v->value) < LINEEDIT_BYTES) {
            lineedit_set(&s->fields[fields[i].field], v->value);
            return;
        }
    if (set && differs && may_be_exported(v->value)) {
        buf_addf(export, ",%s=%s", v->name, v->value);
    } else if (set && differs) {
        snprintf(words, sizeof(words), "%s was %.200s; it is not filled in", v->name, v->value);
        add_unknown(s, words);
    } else if (!set && now && strcmp(v->kind, "unset") == 0) {
        snprintf(words, sizeof(words),
            "%s was not set then; in kfarm-top's environment it is %.200s", v->name, now);
        add_unknown(s, words);
    } else if (strcmp(v->kind, "lost") == 0) {
        snprintf(words, sizeof(words), "%s had a line break in it; it is not filled in", v->name);
        add_unknown(s, words);
    }
}

/* What the job found in its environment, of what its script uses. */
static void take_environment(struct app *a, struct buf *options)
{
    struct submit *s = &a->submit;
    struct submit_variable fields[3];
    size_t count = form_variables(a, fields);
    bool exports = false;
    struct buf export = BUF_INIT;

    for (uint32_t i = 0; i < s->verdict.request.count; i++)
        exports |= strcmp(s->verdict.request.options[i].name, "export") == 0;
    for (size_t i = 0; i < s->submitted.count; i++)
        if (s->submitted.items[i].name[0])
            take_variable(a, &s->submitted.items[i], fields, count, &export);
    if (export.len && !exports)
        add_option(a, options, "export=ALL", buf_str(&export));
    else if (export.len)
        add_unknown(
            s, "its variables are not those of kfarm-top now, and --export is given already");
    buf_release(&export);
}

/* Of a job that was submitted elsewhere. */
static void name_unknown(struct app *a)
{
    struct submit *s = &a->submit;
    struct submit_variable fields[3];
    size_t count = form_variables(a, fields), n;
    char words[600];

    n = (size_t)snprintf(
        words, sizeof(words), "how job %s was submitted is not recorded here: ", s->job.label);
    for (size_t i = 0; i < count && n < sizeof(words); i++)
        n += (size_t)snprintf(
            words + n, sizeof(words) - n, "%s%s", fields[i].name, i + 1 < count ? ", " : " and ");
    if (n < sizeof(words))
        n += (size_t)snprintf(words + n, sizeof(words) - n,
            "all else in its environment are not known; the script's own values count unless you "
            "fill "
            "them in");
    for (size_t i = 0; i < count && n < sizeof(words); i++)
        if (getenv(fields[i].name))
            n += (size_t)snprintf(words + n, sizeof(words) - n,
                "; kfarm-top itself was started with %s=%s", fields[i].name,
                getenv(fields[i].name));
    add_unknown(s, words);
    add_unknown(s, "other options that sbatch was given beside the script (--exclusive, --gres, "
                   "--export …) are "
                   "not known either");
}

/* ---- all of it ---- */

static void fill_fields(struct app *a)
{
    struct submit *s = &a->submit;
    const struct submit_job *j = &s->job;
    const struct request *r = &s->verdict.request;
    const struct partition *p = s->verdict.fit.partition;
    const char *partition = p ? partition_str(a->snapshot, p->name) : "";

    if (j->partition[0] && strcmp(partition, j->partition) != 0)
        lineedit_set(&s->fields[FIELD_PARTITION], j->partition);
    fill(a, FIELD_CPUS, j->cpus > 1 && r->ntasks <= 1 && r->cpus_per_task != j->cpus, "%llu",
        j->cpus);
    fill(a, FIELD_MEMORY,
        j->mem_mb && !r->mem_per_cpu_mb && r->mem_mb != j->mem_mb &&
            s->verdict.fit.cpu_mb * j->cpus != j->mem_mb,
        "%lluM", j->mem_mb);
    fill(a, FIELD_TIME, j->time_limit_min && r->time_min != j->time_limit_min, "%llu",
        j->time_limit_min);
    if (j->array[0] &&
        (given(s, REQUEST_ARRAY) == NULL || strcmp(given(s, REQUEST_ARRAY), j->array) != 0))
        lineedit_set(&s->fields[FIELD_ARRAY], j->array);
    if (j->nodes[0] &&
        (given(s, REQUEST_NODELIST) == NULL || strcmp(given(s, REQUEST_NODELIST), j->nodes) != 0))
        lineedit_set(&s->fields[FIELD_NODES], j->nodes);
    if (j->work_dir[0] == '/' && strlen(j->work_dir) < LINEEDIT_BYTES)
        lineedit_set(&s->fields[FIELD_DIRECTORY], j->work_dir);
    else if (j->work_dir[0])
        snprintf(s->error, sizeof(s->error),
            "there is no room for the job's directory %.100s…: it is not filled in", j->work_dir);
    lineedit_set(&s->fields[FIELD_ARGUMENTS],
        s->submitted.text ? submitted_text(&s->submitted, "arguments") : j->arguments);
}

static void fill_options(struct app *a, struct buf *options)
{
    struct submit *s = &a->submit;
    const struct submit_job *j = &s->job;

    /* Without its name the job would be called as the file that its script is in now. */
    if (given(s, REQUEST_JOB_NAME) == NULL || strcmp(given(s, REQUEST_JOB_NAME), j->name) != 0)
        add_option(a, options, "job-name", j->name);
    if (j->constraint[0] && (given(s, REQUEST_CONSTRAINT) == NULL ||
                                strcmp(given(s, REQUEST_CONSTRAINT), j->constraint) != 0))
        add_option(a, options, "constraint", j->constraint);
    /* these are patterns in the script, and paths in the job: they cannot be held against each other */
    if (given(s, REQUEST_OUTPUT) == NULL)
        add_option(a, options, "output", j->output);
    if (given(s, REQUEST_ERROR) == NULL)
        add_option(a, options, "error", j->error);
}

void resubmit_fill_in(struct app *a)
{
    struct submit *s = &a->submit;
    struct buf options = BUF_INIT;
    char error[sizeof(s->error)];

    s->fill_in = false;
    buf_clear(&s->unknown);
    if (s->submitted.text && !take_options(a, &options)) {
        buf_clear(&options);
        submitted_release(&s->submitted);
    }
    fill_fields(a);
    fill_options(a, &options);
    if (s->submitted.text)
        take_environment(a, &options);
    else
        name_unknown(a);
    lineedit_set(&s->fields[FIELD_OPTIONS], buf_str(&options));
    buf_release(&options);
    snprintf(error, sizeof(error), "%s", s->error);
    submit_changed(a, FIELD_OPTIONS);
    snprintf(s->error, sizeof(s->error), "%s", error);
}
