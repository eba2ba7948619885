/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration holds, and where it comes from. config_read.c reads it. */
#include "tui/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "tui/builtin.h"

/* ---- holding ---- */

void config_free_words(char **words)
{
    for (char **w = words; w && *w; w++)
        free(*w);
    free(words);
}

char **config_words(const char *text, const char *separators, int *ret_count)
{
    char **words = xcalloc(1, sizeof(*words));
    int count = 0;

    while (text += strspn(text, separators), *text) {
        size_t n = strcspn(text, separators);

        words = xreallocarray(words, (size_t)count + 2, sizeof(*words));
        words[count++] = xmemdup0(text, n);
        words[count] = NULL;
        text += n;
    }
    *ret_count = count;
    return words;
}

static void clear_preset(struct preset *p)
{
    free(p->name);
    for (int i = 0; i < PRESET_FIELD_COUNT; i++)
        free(p->values[i]);
    *p = (struct preset){0};
}

static void clear_view(struct saved_view *v)
{
    free(v->name);
    free(v->filter);
    free(v->columns);
    free(v->sort);
    *v = (struct saved_view){0};
}

struct config *config_new(void)
{
    return xcalloc(1, sizeof(struct config));
}

struct config *config_free(struct config *c)
{
    if (c) {
        free(c->theme);
        free(c->audit_file);
        config_free_words(c->directories);
        free(c->source_variable);
        free(c->output_variable);
        free(c->config_variable);
        for (int i = 0; i < c->preset_count; i++)
            clear_preset(&c->presets[i]);
        free(c->presets);
        config_free_words(c->shell);
        for (int i = 0; i < c->view_count; i++)
            clear_view(&c->views[i]);
        free(c->views);
    }
    free(c);
    return NULL;
}

static char *copy(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

static char **copy_words(char *const *words, int count)
{
    char **copies = words ? xcalloc((size_t)count + 1, sizeof(*copies)) : NULL;

    for (int i = 0; words && i < count; i++)
        copies[i] = xstrdup(words[i]);
    return copies;
}

struct config *config_copy(const struct config *c)
{
    struct config *n = config_new();

    *n = *c;
    n->theme = copy(c->theme);
    n->audit_file = copy(c->audit_file);
    n->directories = copy_words(c->directories, c->directory_count);
    n->source_variable = copy(c->source_variable);
    n->output_variable = copy(c->output_variable);
    n->config_variable = copy(c->config_variable);
    n->shell = copy_words(c->shell, c->shell_count);
    n->presets = NULL;
    n->preset_count = 0;
    for (int i = 0; i < c->preset_count; i++) {
        struct preset *p = config_make_preset(n, c->presets[i].name, true);

        for (int k = 0; k < PRESET_FIELD_COUNT; k++)
            p->values[k] = copy(c->presets[i].values[k]);
    }
    n->views = NULL;
    n->view_count = 0;
    for (int i = 0; i < c->view_count; i++)
        config_put_view(n, &c->views[i]);
    return n;
}

const struct preset *config_preset(const struct config *c, const char *name)
{
    for (int i = 0; i < c->preset_count; i++)
        if (strcmp(c->presets[i].name, name) == 0)
            return &c->presets[i];
    return NULL;
}

const struct saved_view *config_view(const struct config *c, const char *name)
{
    for (int i = 0; i < c->view_count; i++)
        if (strcmp(c->views[i].name, name) == 0)
            return &c->views[i];
    return NULL;
}

struct preset *config_make_preset(struct config *c, const char *name, bool anew)
{
    struct preset *p = NULL;

    for (int i = 0; i < c->preset_count && p == NULL; i++)
        if (strcmp(c->presets[i].name, name) == 0)
            p = &c->presets[i];
    if (p && !anew)
        return p;
    if (p == NULL && c->preset_count == CONFIG_PRESETS_MAX)
        return NULL;
    if (p == NULL) {
        c->presets = xreallocarray(c->presets, (size_t)c->preset_count + 1, sizeof(*c->presets));
        p = &c->presets[c->preset_count++];
    } else {
        clear_preset(p);
    }
    *p = (struct preset){.name = xstrdup(name)};
    return p;
}

struct saved_view *config_make_view(struct config *c, const char *name, bool anew)
{
    struct saved_view *v = NULL;

    for (int i = 0; i < c->view_count && v == NULL; i++)
        if (strcmp(c->views[i].name, name) == 0)
            v = &c->views[i];
    if (v && !anew)
        return v;
    if (v == NULL && c->view_count == CONFIG_VIEWS_MAX)
        return NULL;
    if (v == NULL) {
        c->views = xreallocarray(c->views, (size_t)c->view_count + 1, sizeof(*c->views));
        v = &c->views[c->view_count++];
    } else {
        clear_view(v);
    }
    *v = (struct saved_view){.name = xstrdup(name),
        .rows = COLUMNS_JOBS,
        .filter = xstrdup(""),
        .columns = xstrdup(""),
        .sort = xstrdup("")};
    return v;
}

static void put(char **at, const char *text)
{
    free(*at);
    *at = xstrdup(text);
}

int config_put_view(struct config *c, const struct saved_view *v)
{
    struct saved_view *to = config_make_view(c, v->name, true);

    if (to == NULL)
        return -E2BIG;
    to->rows = v->rows;
    put(&to->filter, v->filter);
    put(&to->columns, v->columns);
    put(&to->sort, v->sort);
    return 0;
}

bool config_name_ok(const char *name)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _-.";
    size_t n = strlen(name);

    return n > 0 && n <= CONFIG_NAME && name[strspn(name, good)] == '\0' && name[0] != ' ' &&
           name[n - 1] != ' ';
}

/* ---- where it comes from ---- */

void config_path(char *out, size_t size)
{
    path_xdg("XDG_CONFIG_HOME", ".config", "kfarm-top/config", out, size);
}

bool config_is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

struct config *config_default(void)
{
    const struct builtin *b = &builtin_config;
    struct config *c = config_new();

    if (config_read(c, b->name, b->text, b->size, NULL) < 0)
        abort(); /* a test reads it */
    return c;
}

int config_load(struct config **ret_config, const char *path, struct diag *d)
{
    struct config *c = config_default();
    char usual[4096];
    int err = 0;

    config_path(usual, sizeof(usual));
    if (path || config_is_there(usual))
        err = config_read_file(c, path ? path : usual, d);
    if (err < 0) {
        config_free(c);
        return err;
    }
    *ret_config = c;
    return 0;
}
