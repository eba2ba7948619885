/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration holds, where it comes from, and views written back. config_read.c reads it. */
#include "tui/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "tui/builtin.h"

#define LINE_BYTES 160 /* lines of views are broken before this: inih reads no more than 198 */

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
        config_free_words(c->build_names);
        config_free_words(c->shell);
        for (int i = 0; i < c->view_count; i++)
            clear_view(&c->views[i]);
        free(c->views);
        free(c->views_wrong);
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
    n->build_names = copy_words(c->build_names, c->build_name_count);
    n->shell = copy_words(c->shell, c->shell_count);
    n->views_wrong = copy(c->views_wrong);
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

void config_views_path(char *out, size_t size)
{
    path_xdg("XDG_CONFIG_HOME", ".config", "kfarm-top/views", out, size);
}

/* The last part of the path that is there is a link that leads nowhere, or stands in the place of a directory. */
static bool is_way_broken(const char *path)
{
    char part[4096];
    struct stat st;
    char *slash;

    snprintf(part, sizeof(part), "%s", path);
    while (lstat(part, &st) < 0) {
        slash = strrchr(part, '/');
        if (slash == NULL || slash == part)
            return false;
        *slash = '\0';
    }
    return !S_ISDIR(st.st_mode) && !S_ISCHR(st.st_mode); /* /dev/null is no home by convention */
}

bool config_is_there(const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0)
        return true;
    return errno == ENOENT || errno == ENOTDIR ? is_way_broken(path) : errno != EACCES;
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
    struct diag why = DIAG_INIT;
    char usual[4096];
    int err = 0;

    config_path(usual, sizeof(usual));
    if (path || config_is_there(usual))
        err = config_read_file(c, path ? path : usual, d);
    if (err < 0) {
        config_free(c);
        return err;
    }
    /* the program writes that one: what is wrong with it is no reason not to show the farm */
    config_views_path(usual, sizeof(usual));
    if (config_is_there(usual) && config_read_views(c, usual, &why) < 0)
        put(&c->views_wrong, why.text);
    *ret_config = c;
    return 0;
}

/* ---- views written back ---- */

/* "key = value"; a value goes on in the next line, behind one of its blanks (which stands for the end
   of the line then) or, of columns, commas. */
static void write_value(struct buf *out, const char *key, const char *value, char comma)
{
    size_t used;

    if (value[0] == '\0')
        return;
    buf_addf(out, "%s =", key);
    used = strlen(key) + 2;
    for (const char *at = value; *at;) {
        size_t n = strcspn(at, comma ? "," : " ");

        n += comma && at[n] == comma;
        if (used + n + 1 > LINE_BYTES) {
            buf_addc(out, '\n');
            used = 0;
        }
        if (!comma || at == value || used == 0)
            buf_addc(out, ' ');
        buf_add(out, at, n);
        used += n + 1;
        at += n + (at[n] == ' ');
    }
    buf_addc(out, '\n');
}

static bool same_view(const struct saved_view *a, const struct saved_view *b)
{
    return b && a->rows == b->rows && strcmp(a->filter, b->filter) == 0 &&
           strcmp(a->columns, b->columns) == 0 && strcmp(a->sort, b->sort) == 0;
}

static int write_view(const struct saved_view *v, struct buf *out, struct diag *d)
{
    struct diag why = DIAG_INIT;
    struct config *back = config_new();
    size_t start = out->len;
    int err;

    buf_addf(out, "\n[view %s]\nrows = %s\n", v->name, column_set(v->rows)->name);
    write_value(out, "filter", v->filter, 0);
    write_value(out, "columns", v->columns, ',');
    write_value(out, "sort", v->sort, 0);
    err = config_read(back, "what would be written", out->p + start, out->len - start, &why);
    if (err < 0)
        diag_set(d, err, "%s: %.400s", v->name, why.text);
    else if (!same_view(v, config_view(back, v->name)))
        err = diag_set(d, -EINVAL,
            "%s: its filter cannot be written to a file: \" ;\" starts a comment there, and runs "
            "of "
            "blanks are lost",
            v->name);
    config_free(back);
    return err;
}

int config_write_views(const struct config *c, struct buf *out, struct diag *d)
{
    size_t start = out->len;
    int err = 0;

    buf_adds(out, "# Views saved by kfarm-top, which writes this file anew each time.\n");
    for (int i = 0; i < c->view_count && !err; i++)
        err = write_view(&c->views[i], out, d);
    if (err < 0) {
        out->len = start;
        out->p[start] = '\0';
    }
    return err;
}
