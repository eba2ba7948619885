/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/submit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/request.h"
#include "base/alloc.h"
#include "base/quote.h"
#include "base/words.h"
#include "tui/app.h"

#define NO_PATH                                                                                    \
    "the path is too long, or kfarm-top's directory is gone: type one that begins with /"

extern char **environ;

static const struct submit_label labels[] = {
    [FIELD_SCRIPT] = {"script", NULL, REQUEST_OTHER, -1},
    [FIELD_PRESET] = {"preset", NULL, REQUEST_OTHER, -1},
    [FIELD_PARTITION] = {"partition", "partition", REQUEST_PARTITION, PRESET_PARTITION},
    [FIELD_CPUS] = {"CPUs", "cpus-per-task", REQUEST_CPUS_PER_TASK, PRESET_CPUS},
    [FIELD_MEMORY] = {"memory", "mem", REQUEST_MEM, PRESET_MEMORY},
    [FIELD_TIME] = {"time limit", "time", REQUEST_TIME, PRESET_TIME},
    [FIELD_ARRAY] = {"array", "array", REQUEST_ARRAY, PRESET_ARRAY},
    [FIELD_NODES] = {"nodes", "nodelist", REQUEST_NODELIST, PRESET_NODES},
    [FIELD_CONFIG] = {"config", NULL, REQUEST_OTHER, PRESET_CONFIG},
    [FIELD_SOURCE] = {"source", NULL, REQUEST_OTHER, PRESET_SOURCE},
    [FIELD_OUTPUT] = {"output", NULL, REQUEST_OTHER, PRESET_OUTPUT},
    [FIELD_DIRECTORY] = {"directory", "chdir", REQUEST_CHDIR, PRESET_DIRECTORY},
    [FIELD_OPTIONS] = {"options", NULL, REQUEST_OTHER, PRESET_OPTIONS},
    [FIELD_ARGUMENTS] = {"arguments", NULL, REQUEST_OTHER, -1},
};
_Static_assert(KF_LEN(labels) == FIELD_COUNT, "a label for every field");

const struct submit_label *submit_label(enum submit_field field)
{
    return &labels[field];
}

const char *submit_text(const struct app *a, enum submit_field field)
{
    return a->submit.fields[field].text;
}

/* ---- paths ---- */

/* A field's path, absolute; "" if there is none. */
static void absolute(const struct app *a, enum submit_field field, char *out, size_t size)
{
    const char *text = submit_text(a, field);
    char here[PATH_MAX];

    int n = 0;

    if (text[0] == '/')
        n = snprintf(out, size, "%s", text);
    else if (text[0] && getcwd(here, sizeof(here)) && here[0] == '/')
        n = snprintf(out, size, "%s/%s", here, text);
    if (n <= 0 || (size_t)n >= size) /* the beginning of a path is another one */
        out[0] = '\0';
}

void submit_script(const struct app *a, char *out, size_t size)
{
    absolute(a, FIELD_SCRIPT, out, size);
}

void submit_work_dir(const struct app *a, char *out, size_t size)
{
    size_t n;

    absolute(a, FIELD_DIRECTORY, out, size);
    n = strlen(out);
    while (n > 1 && out[n - 1] == '/') /* as Tab leaves it */
        out[--n] = '\0';
}

void submit_directory(const struct app *a, char *out, size_t size)
{
    char *slash;

    if (a->submit.directory[0]) {
        submit_work_dir(a, out, size);
        if (out[0] == '\0')
            snprintf(out, size, "%s", a->submit.directory);
        return;
    }
    submit_script(a, out, size);
    slash = strrchr(out, '/');
    if (slash)
        slash[slash == out] = '\0';
}

/* ---- what sbatch gets ---- */

static char *joined(const char *before, const char *name, const char *value)
{
    struct buf b = BUF_INIT;

    buf_addf(&b, "%s%s=%s", before, name, value);
    return b.p;
}

/* Our environment, and in front of it what the form says; that of the same name is left out. */
static char **make_environment(const struct app *a, int *ret_own)
{
    const struct config *c = a->options.config;
    const struct {
        const char *name;
        enum submit_field field;
    } own[] = {{c->source_variable, FIELD_SOURCE}, {c->output_variable, FIELD_OUTPUT},
        {c->config_variable, FIELD_CONFIG}};
    size_t n = 0, count = 0;
    char **out;

    while (environ[n])
        n++;
    out = xcalloc(n + KF_LEN(own) + 1, sizeof(*out));
    for (size_t i = 0; i < KF_LEN(own); i++)
        if (own[i].name && own[i].name[0] && submit_text(a, own[i].field)[0])
            out[count++] = joined("", own[i].name, submit_text(a, own[i].field));
    *ret_own = (int)count;
    for (size_t i = 0; i < n; i++) {
        size_t len = strcspn(environ[i], "=") + 1, k = 0;

        while (k < (size_t)*ret_own && strncmp(out[k], environ[i], len) != 0)
            k++;
        if (k == (size_t)*ret_own)
            out[count++] = xstrdup(environ[i]);
    }
    return out;
}

/* The words of a field, each owned by the vector; a negative errno and why in d. */
static int split_field(
    const struct app *a, enum submit_field field, char ***ret_words, struct diag *d)
{
    struct diag why = DIAG_INIT;
    char **words = NULL;
    int n = words_split(submit_text(a, field), &words, &why);

    if (n < 0)
        return diag_set(d, n, "%s: %s", labels[field].name, why.text);
    *ret_words = xcalloc((size_t)n + 1, sizeof(**ret_words));
    for (int i = 0; i < n; i++)
        (*ret_words)[i] = xstrdup(words[i]);
    free(words);
    return n;
}

static void free_vector(char **v)
{
    for (size_t i = 0; v && v[i]; i++)
        free(v[i]);
    free(v);
}

/* The options that the fields stand for; how many. */
static int add_fields(const struct app *a, const char *work_dir, char **argv)
{
    int count = 0;

    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *text = submit_text(a, (enum submit_field)i);

        if (labels[i].option && text[0])
            argv[count++] = joined("--", labels[i].option, i == FIELD_DIRECTORY ? work_dir : text);
    }
    return count;
}

int submit_vectors(const struct app *a, struct submit_vectors *ret_vectors, struct diag *d)
{
    char **words = NULL, **arguments = NULL, **argv, work_dir[PATH_MAX];
    int n = split_field(a, FIELD_OPTIONS, &words, d), count;
    int err = n < 0 ? n : split_field(a, FIELD_ARGUMENTS, &arguments, d);

    for (int i = 0, taken; i < n && err >= 0; i += taken) {
        taken = request_words((const char *const *)words + i);
        if (taken == 0) /* sbatch would take it for the script */
            err = diag_set(d, -EINVAL, "options: \"%s\" is no option of sbatch", words[i]);
    }
    submit_work_dir(a, work_dir, sizeof(work_dir));
    if (err >= 0 && submit_text(a, FIELD_DIRECTORY)[0] && work_dir[0] == '\0')
        err = diag_set(d, -ENAMETOOLONG, "directory: " NO_PATH);
    if (err < 0) {
        free_vector(words);
        free_vector(arguments);
        return err;
    }
    argv = xcalloc((size_t)n + FIELD_COUNT + 1, sizeof(*argv));
    count = add_fields(a, work_dir, argv);
    for (int i = 0; i < n; i++)
        argv[count++] = words[i];
    free(words); /* its words are in argv now */
    ret_vectors->argv = argv;
    ret_vectors->arguments = arguments;
    ret_vectors->environment = make_environment(a, &ret_vectors->own);
    return 0;
}

void submit_vectors_release(struct submit_vectors *v)
{
    free_vector(v->argv);
    free_vector(v->arguments);
    free_vector(v->environment);
    *v = (struct submit_vectors){0};
}

/* ---- judging ---- */

void submit_judge(struct app *a)
{
    struct submit *s = &a->submit;
    struct submit_vectors v;
    char script[PATH_MAX], directory[PATH_MAX];
    struct diag d = DIAG_INIT;

    if (!s->open)
        return;
    if (s->judged)
        verdict_release(&s->verdict);
    s->judged = false;
    submit_script(a, script, sizeof(script));
    if (script[0] == '\0' && submit_text(a, FIELD_SCRIPT)[0])
        snprintf(s->error, sizeof(s->error), NO_PATH);
    if (strcmp(script, s->read_path) != 0 || s->read_error[0] || script[0] == '\0' ||
        submit_vectors(a, &v, &d) < 0) {
        if (d.text[0])
            snprintf(s->error, sizeof(s->error), "%s", d.text);
        return;
    }
    submit_directory(a, directory, sizeof(directory));
    verdict_judge(&s->verdict,
        &(struct verdict_job){.script = script,
            .cwd = directory,
            .argv = (const char *const *)v.argv,
            .environment = v.environment,
            .variables = {a->options.config->source_variable, a->options.config->output_variable,
                a->options.config->config_variable}},
        buf_str(&s->text), s->text.len, a->snapshot, &s->files);
    submit_vectors_release(&v);
    s->judged = true;
}

/* The form is not about a job's script any more. */
static void forget_job(struct submit *s)
{
    s->resubmits = 0;
    s->fill_in = false;
    submitted_release(&s->submitted);
    buf_release(&s->unknown);
}

void submit_changed(struct app *a, enum submit_field field)
{
    struct submit *s = &a->submit;

    s->error[0] = '\0';
    s->scroll = 0;
    submit_ask_anew(s);
    if (field == FIELD_PRESET) {
        submit_use_preset(a, submit_text(a, FIELD_PRESET));
    } else if (field == FIELD_SCRIPT) { /* another one: not that of the job any more */
        s->directory[0] = '\0';
        forget_job(s);
    } else if (labels[field].preset >=
               0) { /* typed by hand: that stays, whatever preset comes next */
        memcpy(s->before[field], s->fields[field].text, sizeof(s->before[field]));
    }
    submit_judge(a); /* at once, by what is known of the files */
    submit_read(a);
    a->reactions |= REACT_PAINT;
}

/* What the fields held before a preset came into them. */
static void take_preset_back(struct submit *s)
{
    for (int i = 0; i < FIELD_COUNT && s->has_preset; i++)
        if (labels[i].preset >= 0)
            lineedit_set(&s->fields[i], s->before[i]);
    s->has_preset = false;
}

bool submit_use_preset(struct app *a, const char *name)
{
    const struct preset *p = config_preset(a->options.config, name);
    struct submit *s = &a->submit;

    take_preset_back(s);
    if (p == NULL)
        return false;
    for (int i = 0; i < FIELD_COUNT; i++)
        memcpy(s->before[i], s->fields[i].text, sizeof(s->before[i]));
    s->has_preset = true;
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *value = labels[i].preset >= 0 ? p->values[labels[i].preset] : NULL;

        if (value)
            lineedit_set(&s->fields[i], value);
    }
    return true;
}

/* ---- opening and closing ---- */

void submit_forget_choices(struct submit *s)
{
    s->scan_unwanted = s->scan != NULL;
    s->scan_again = s->choose_first = false;
    choices_release(&s->choices);
}

void submit_open(struct app *a, const char *script, const char *directory)
{
    struct submit *s = &a->submit;

    submit_close(a);
    s->open = true;
    s->touched = false;
    s->opened++;
    s->focus = FIELD_SCRIPT;
    for (int i = 0; i < FIELD_COUNT; i++)
        lineedit_set(&s->fields[i], "");
    snprintf(s->directory, sizeof(s->directory), "%s", directory ? directory : "");
    lineedit_set(&s->fields[FIELD_SCRIPT], script ? script : "");
    submit_read(a);
    if (script == NULL)
        submit_offer_all(a);
    a->reactions |= REACT_PAINT;
}

void submit_close(struct app *a)
{
    struct submit *s = &a->submit;

    s->open = false;
    submit_forget_opinion(s);
    submit_forget_reading(s);
    s->has_preset = s->send_when_read = false;
    forget_job(s);
    s->error[0] = '\0';
    submit_forget_choices(s);
    if (s->judged)
        verdict_release(&s->verdict);
    s->judged = false;
    buf_release(&s->text);
    s->read_path[0] = s->read_error[0] = '\0';
    s->stranger = (struct stranger){0};
    findings_release(&s->files);
    a->reactions |= REACT_PAINT;
}

void submit_release(struct submit *s)
{
    submit_release_reading(s);
    submit_release_sending(s);
    resubmit_release(s);
    submitted_release(&s->submitted);
    buf_release(&s->unknown);
    submit_forget_choices(s);
    if (s->judged)
        verdict_release(&s->verdict);
    buf_release(&s->text);
    findings_release(&s->files);
    history_release(&s->scripts);
    history_release(&s->directories);
}
