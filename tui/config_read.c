/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a configuration. A table of keys says in which section each may stand, what it takes and
 * where it goes. First all lines are collected, since a value may go on in the next one and a view's
 * filter can only be understood once its rows are known; then each value is set in a copy of the
 * configuration, which takes the place of the old one if all went well.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/action_argument.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/conf.h"
#include "base/parse.h"
#include "base/path.h"
#include "tui/config_impl.h"
#include "tui/filter.h"
#include "tui/find.h"
#include "tui/theme.h"

#define VALUES_MAX  1000 /* in a file */
#define VALUE_BYTES 4000

static const struct {
    const char *name, *shown;
    bool named; /* there are several, each with a name behind the word */
} sections[] = {
    [PART_GENERAL] = {"general", "general", false},
    [PART_AUDIT] = {"audit", "audit", false},
    [PART_SUBMIT] = {"submit", "submit", false},
    [PART_BUILDS] = {"builds", "builds", false},
    [PART_NODE] = {"node", "node", false},
    [PART_PRESET] = {"preset", "preset NAME", true},
    [PART_VIEW] = {"view", "view NAME", true},
};
_Static_assert(KF_LEN(sections) == PART_COUNT, "a row for every section");

/* What is to be set. */
struct given {
    const char *text;
    enum column_set_id rows; /* of the view it stands in */
    int64_t min, max; /* of numbers */
};

/* ---- setting one value ---- */

/* Each sets the field `at`, or returns -EINVAL: with words in d where it knows more than what the key
   takes. */

static void put(char **at, const char *text)
{
    free(*at);
    *at = xstrdup(text);
}

static int set_seconds(void *at, const struct given *g, struct diag *d)
{
    double seconds;

    (void)d;
    if (parse_double(g->text, (double)g->min / 1000, (double)g->max / 1000, &seconds) < 0)
        return -EINVAL;
    *(int64_t *)at = (int64_t)(seconds * 1000 + 0.5);
    return 0;
}

static int set_number(void *at, const struct given *g, struct diag *d)
{
    int64_t number;

    (void)d;
    if (parse_i64(g->text, g->min, g->max, &number) < 0)
        return -EINVAL;
    *(int *)at = (int)number;
    return 0;
}

static int set_size(void *at, const struct given *g, struct diag *d)
{
    (void)d;
    return parse_size(g->text, g->min, g->max, at) < 0 ? -EINVAL : 0;
}

static int set_switch(void *at, const struct given *g, struct diag *d)
{
    static const struct {
        const char *word;
        bool on;
    } words[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}, {"on", true},
        {"off", false}};

    (void)d;
    for (size_t i = 0; i < KF_LEN(words); i++)
        if (strcmp(g->text, words[i].word) == 0) {
            *(bool *)at = words[i].on;
            return 0;
        }
    return -EINVAL;
}

static int expand(const char *text, char *out, size_t size, struct diag *d)
{
    int err = path_expand(text, out, size);

    if (err == -ENOENT)
        return diag_set(d, -EINVAL, "~ stands for the home directory, and HOME does not name one");
    return err ? diag_set(d, -EINVAL, "the path is too long") : 0;
}

static int set_theme(void *at, const struct given *g, struct diag *d)
{
    struct theme theme;
    char path[VALUE_BYTES + 4096];

    if (expand(g->text, path, sizeof(path), d) < 0 || theme_load(&theme, path, d) < 0)
        return -EINVAL;
    put(at, path);
    return 0;
}

static int set_audit_file(void *at, const struct given *g, struct diag *d)
{
    char path[4096];

    if (strcmp(g->text, "none") == 0) {
        put(at, "");
        return 0;
    }
    if (expand(g->text, path, sizeof(path), d) < 0 || path[0] != '/' ||
        path[strlen(path) - 1] == '/')
        return -EINVAL;
    put(at, path);
    return 0;
}

static int set_directories(void *at, const struct given *g, struct diag *d)
{
    struct config *c = at;
    char path[4096];
    int count, err = 0;
    char **words = config_words(g->text, CONFIG_BLANKS ",", &count);

    for (int i = 0; i < count && !err; i++) {
        err = expand(words[i], path, sizeof(path), d);
        if (!err && path[0] != '/')
            err = diag_set(d, -EINVAL, "\"%s\" is no absolute path", words[i]);
        if (!err)
            put(&words[i], path);
    }
    if (err) {
        config_free_words(words);
        return err;
    }
    config_free_words(c->directories);
    c->directories = words;
    c->directory_count = count;
    return 0;
}

static int set_names(void *at, const struct given *g, struct diag *d)
{
    struct config *c = at;

    (void)d;
    config_free_words(c->build_names);
    c->build_names = config_words(g->text, CONFIG_BLANKS ",", &c->build_name_count);
    return 0;
}

static int set_variable(void *at, const struct given *g, struct diag *d)
{
    (void)d;
    if (g->text[0] == '\0' || ascii_is_digit(g->text[0]))
        return -EINVAL;
    for (const char *p = g->text; *p; p++)
        if (!ascii_is_alnum(*p) && *p != '_')
            return -EINVAL;
    put(at, g->text);
    return 0;
}

static int set_shell(void *at, const struct given *g, struct diag *d)
{
    struct config *c = at;

    if (g->text[0] == '\0')
        return -EINVAL;
    if (strstr(g->text, "{}") == NULL)
        return diag_set(d, -EINVAL, "the node's name, {}, is missing in it");
    config_free_words(c->shell);
    c->shell = config_words(g->text, CONFIG_BLANKS, &c->shell_count);
    return 0;
}

static int set_text(void *at, const struct given *g, struct diag *d)
{
    (void)d;
    if (g->text[0] == '\0')
        return -EINVAL;
    put(at, g->text);
    return 0;
}

/* One word that sbatch cannot take for an option. */
static int set_word(void *at, const struct given *g, struct diag *d)
{
    if (g->text[0] == '-' || strpbrk(g->text, CONFIG_BLANKS))
        return -EINVAL;
    return set_text(at, g, d);
}

static int set_path(void *at, const struct given *g, struct diag *d)
{
    char path[VALUE_BYTES + 4096];

    if (g->text[0] == '\0' || expand(g->text, path, sizeof(path), d) < 0)
        return -EINVAL;
    put(at, path);
    return 0;
}

static int set_count(void *at, const struct given *g, struct diag *d)
{
    int64_t count;

    if (parse_i64(g->text, g->min, g->max, &count) < 0)
        return -EINVAL;
    return set_text(at, g, d);
}

static int set_memory(void *at, const struct given *g, struct diag *d)
{
    int64_t bytes;

    /* a bare number is megabytes: sbatch(1) */
    if (parse_size(g->text, 0, INT64_MAX, &bytes) < 0)
        return -EINVAL;
    return set_text(at, g, d);
}

static int set_time(void *at, const struct given *g, struct diag *d)
{
    char minutes[64];

    if (g->text[0] == '+' || g->text[0] == '-' ||
        action_argument_read(ARGUMENT_TIME_LIMIT, g->text, minutes, sizeof(minutes)))
        return -EINVAL;
    return set_text(at, g, d);
}

static int set_array(void *at, const struct given *g, struct diag *d)
{
    if (!ascii_is_digit(g->text[0]) || g->text[strspn(g->text, "0123456789,-:%")])
        return -EINVAL;
    return set_text(at, g, d);
}

static int set_rows(void *at, const struct given *g, struct diag *d)
{
    (void)d;
    if (strcmp(g->text, "jobs") != 0 && strcmp(g->text, "nodes") != 0)
        return -EINVAL;
    *(enum column_set_id *)at = g->rows;
    return 0;
}

static int set_filter(void *at, const struct given *g, struct diag *d)
{
    struct diag why = DIAG_INIT;

    if (strlen(g->text) >= FIND_TEXT)
        return diag_set(d, -EINVAL, "it is longer than %d bytes", FIND_TEXT - 1);
    filter_free(filter_new(g->rows, g->text, &why));
    if (why.text[0])
        return diag_set(d, -EINVAL, "%s", why.text);
    put(at, g->text);
    return 0;
}

static int set_columns(void *at, const struct given *g, struct diag *d)
{
    struct column_list list;
    char names[FIND_TEXT];
    size_t n = 0;

    for (const char *p = g->text; *p; p++) { /* where the line went on there is a blank */
        if (strchr(CONFIG_BLANKS, *p))
            continue;
        if (n + 1 == sizeof(names))
            return diag_set(d, -EINVAL, "it is longer than %d bytes", FIND_TEXT - 1);
        names[n++] = *p;
    }
    names[n] = '\0';
    if (n && column_list_parse(&list, column_set(g->rows), names, d) < 0)
        return -EINVAL;
    put(at, names);
    return 0;
}

static int set_sort(void *at, const struct given *g, struct diag *d)
{
    const char *name = g->text + (g->text[0] == '-');

    /* a - alone is our own order, turned round */
    if (g->text[0] && strcmp(g->text, "-") != 0 &&
        column_find(column_set(g->rows), name, strlen(name)) < 0)
        return diag_set(d, -EINVAL,
            "there is no column \"%s\" of %s; kfarm-top --list-columns names them all", name,
            column_set(g->rows)->name);
    put(at, g->text);
    return 0;
}

/* ---- the table ---- */

#define IN(field)        offsetof(struct config, field)
#define IN_PRESET(field) offsetof(struct preset, values[field])
#define IN_VIEW(field)   offsetof(struct saved_view, field)
#define PATH             "a path; ~/ is the home directory"

static const struct key {
    enum part section;
    bool goes_on; /* in the next line, if that is indented */
    const char *name, *takes;
    int (*set)(void *at, const struct given *g, struct diag *d);
    size_t at; /* in the configuration, the preset or the view */
    int64_t min, max;
} keys[] = {
    {PART_GENERAL, false, "refresh", "a number of seconds from 0.2 to 3600", set_seconds,
        IN(refresh_ms), 200, 3600000},
    {PART_GENERAL, false, "theme", "the name of a theme, or a path with a slash in it", set_theme,
        IN(theme), 0, 0},
    {PART_GENERAL, false, "ascii", "yes or no", set_switch, IN(ascii), 0, 0},
    {PART_GENERAL, false, "read-only", "yes or no", set_switch, IN(read_only), 0, 0},
    {PART_GENERAL, false, "grace", "a number of seconds from 0 to 60", set_seconds, IN(grace_ms), 0,
        60000},
    {PART_AUDIT, false, "file", "an absolute path of a file (~/ is the home directory), or none",
        set_audit_file, IN(audit_file), 0, 0},
    {PART_AUDIT, false, "size", "a size from 1K to 1T, as 10M", set_size, IN(audit_size), 1024,
        INT64_C(1) << 40},
    {PART_AUDIT, false, "keep", "a whole number from 0 to 100", set_number, IN(audit_keep), 0, 100},
    {PART_AUDIT, false, "required", "yes or no", set_switch, IN(audit_required), 0, 0},
    {PART_SUBMIT, true, "directories", "absolute paths, parted by blanks or commas",
        set_directories, 0, 0, 0},
    {PART_SUBMIT, false, "source-variable", "the name of an environment variable", set_variable,
        IN(source_variable), 0, 0},
    {PART_SUBMIT, false, "output-variable", "the name of an environment variable", set_variable,
        IN(output_variable), 0, 0},
    {PART_SUBMIT, false, "config-variable", "the name of an environment variable", set_variable,
        IN(config_variable), 0, 0},
    {PART_BUILDS, true, "names", "names of jobs, with * and ?, parted by blanks or commas",
        set_names, 0, 0, 0},
    {PART_NODE, true, "shell", "a command, its words parted by blanks", set_shell, 0, 0, 0},
    {PART_PRESET, false, "partition", "one word", set_word, IN_PRESET(PRESET_PARTITION), 0, 0},
    {PART_PRESET, false, "cpus", "a whole number from 1 to 65535", set_count,
        IN_PRESET(PRESET_CPUS), 1, 65535},
    {PART_PRESET, false, "mem", "a size as sbatch takes it: 3500M, 7G", set_memory,
        IN_PRESET(PRESET_MEMORY), 0, 0},
    {PART_PRESET, false, "time", "minutes, H:MM:SS, D-HH:MM or unlimited", set_time,
        IN_PRESET(PRESET_TIME), 0, 0},
    {PART_PRESET, false, "nodes", "a node list without blanks: node1, node[1-4]", set_word,
        IN_PRESET(PRESET_NODES), 0, 0},
    {PART_PRESET, false, "array", "task numbers as sbatch takes them: 0-9, 1,3,5, 0-99%4",
        set_array, IN_PRESET(PRESET_ARRAY), 0, 0},
    {PART_PRESET, true, "options", "options of sbatch", set_text, IN_PRESET(PRESET_OPTIONS), 0, 0},
    {PART_PRESET, false, "source", PATH, set_path, IN_PRESET(PRESET_SOURCE), 0, 0},
    {PART_PRESET, false, "output", PATH, set_path, IN_PRESET(PRESET_OUTPUT), 0, 0},
    {PART_PRESET, false, "directory", PATH, set_path, IN_PRESET(PRESET_DIRECTORY), 0, 0},
    {PART_PRESET, false, "config", "a configuration target, or " PATH, set_path,
        IN_PRESET(PRESET_CONFIG), 0, 0},
    {PART_VIEW, false, "rows", "jobs or nodes", set_rows, IN_VIEW(rows), 0, 0},
    {PART_VIEW, true, "filter", "an expression as state:pend age>1h", set_filter, IN_VIEW(filter),
        0, 0},
    {PART_VIEW, true, "columns", "names of columns, parted by commas", set_columns,
        IN_VIEW(columns), 0, 0},
    {PART_VIEW, false, "sort", "COLUMN, or -COLUMN for the other way round", set_sort,
        IN_VIEW(sort), 0, 0},
};

bool config_key(unsigned i, struct config_key *ret_key)
{
    if (i >= KF_LEN(keys))
        return false;
    *ret_key = (struct config_key){sections[keys[i].section].shown, keys[i].name, keys[i].takes};
    return true;
}

/* ---- collecting what a file says ---- */

static int no_section(const char *text, struct diag *d)
{
    struct buf known = BUF_INIT;

    for (int i = 0; i < PART_COUNT; i++)
        buf_addf(&known, "%s[%s]", i ? ", " : "", sections[i].shown);
    if (text[0])
        diag_set(d, 0, "there is no section [%s]; the sections are %s", text, buf_str(&known));
    else
        diag_set(d, 0, "no section comes before it; the sections are %s", buf_str(&known));
    buf_release(&known);
    return -EINVAL;
}

/* Which section this is, and the name behind its word. */
int config_find_section(
    const char *text, enum part *ret_section, char name[CONFIG_NAME + 1], struct diag *d)
{
    char trimmed[80]; /* inih cuts at 49 */
    const char *rest;
    size_t word, n;

    n = (size_t)snprintf(trimmed, sizeof(trimmed), "%s", text + strspn(text, CONFIG_BLANKS));
    for (n = KF_MIN(n, sizeof(trimmed) - 1); n > 0 && strchr(CONFIG_BLANKS, trimmed[n - 1]); n--)
        trimmed[n - 1] = '\0';
    word = strcspn(trimmed, CONFIG_BLANKS);
    rest = trimmed + word + strspn(trimmed + word, CONFIG_BLANKS);
    for (int i = 0; i < PART_COUNT; i++) {
        if (strlen(sections[i].name) != word || strncmp(trimmed, sections[i].name, word) != 0 ||
            (!sections[i].named && rest[0]))
            continue;
        if (sections[i].named && !config_name_ok(rest))
            return diag_set(d, -EINVAL,
                "[%s]: behind the word %s comes a name: letters, digits, blanks and _ - . , at "
                "most %d",
                trimmed, sections[i].name, CONFIG_NAME);
        snprintf(name, CONFIG_NAME + 1, "%s", rest);
        *ret_section = (enum part)i;
        return 0;
    }
    return no_section(trimmed, d);
}

static const struct key *find_key(enum part section, const char *name, struct diag *d)
{
    struct buf known = BUF_INIT;

    for (size_t i = 0; i < KF_LEN(keys); i++)
        if (keys[i].section == section && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    for (size_t i = 0; i < KF_LEN(keys); i++)
        if (keys[i].section == section)
            buf_addf(&known, "%s%s", known.len ? ", " : "", keys[i].name);
    diag_set(d, 0, "\"%s\" is no key of [%s]; its keys are %s", name, sections[section].shown,
        buf_str(&known));
    buf_release(&known);
    return NULL;
}

static int go_on(struct entry *e, const char *value, struct diag *d)
{
    struct buf whole = {.max = VALUE_BYTES};
    bool fits = buf_addf(&whole, "%s%s%s", e->value, e->value[0] ? " " : "", value);

    if (fits)
        put(&e->value, buf_str(&whole));
    buf_release(&whole);
    return fits ? 0 : diag_set(d, -E2BIG, "the value is longer than %d bytes", VALUE_BYTES);
}

int config_collect(
    void *user, const char *section, const char *key, const char *value, int line, struct diag *d)
{
    struct reader *r = user;
    char name[CONFIG_NAME + 1];
    enum part where = PART_COUNT;
    const struct key *k;

    if (config_find_section(section, &where, name, d) < 0)
        return -EINVAL;
    if (r->only_views && where != PART_VIEW)
        return diag_set(d, -EINVAL, "[%s]: here only sections [view NAME] may stand", section);
    k = find_key(where, key, d);
    if (k == NULL)
        return -EINVAL;
    for (const char *p = value; *p; p++)
        if (ascii_is_cntrl(*p) && *p != '\t')
            return diag_set(d, -EINVAL, "%s: there is a control character in its value", key);
    for (int i = 0; i < r->count; i++)
        if (r->entries[i].key == k && strcmp(r->entries[i].name, name) == 0) {
            if (k->goes_on && i + 1 == r->count)
                return go_on(&r->entries[i], value, d);
            return diag_set(d, -EINVAL, "%s = %s: it has a value already, of line %d", key, value,
                r->entries[i].line);
        }
    if (r->count == VALUES_MAX)
        return diag_set(d, -E2BIG, "more than %d values", VALUES_MAX);
    r->entries = xreallocarray(r->entries, (size_t)r->count + 1, sizeof(*r->entries));
    r->entries[r->count++] = (struct entry){k, xstrdup(name), xstrdup(value), line};
    return 0;
}

/* ---- setting what was collected ---- */

static bool same_section(const struct entry *a, const struct entry *b)
{
    return a->key->section == b->key->section && strcmp(a->name, b->name) == 0;
}

static enum column_set_id rows_of(const struct reader *r, const struct entry *e)
{
    for (int i = 0; i < r->count; i++)
        if (same_section(&r->entries[i], e) && r->entries[i].key->set == set_rows)
            return strcmp(r->entries[i].value, "nodes") == 0 ? COLUMNS_NODES : COLUMNS_JOBS;
    return COLUMNS_JOBS;
}

/* What the entry is about: the whole configuration, or a preset or view, which begins anew with the
   first entry that this file has for it. */
static void *subject(struct config *c, const struct reader *r, const struct entry *e)
{
    bool anew = true;

    for (const struct entry *before = r->entries; before < e && anew; before++)
        anew = !same_section(before, e);
    switch (e->key->section) {
    case PART_PRESET:
        return config_make_preset(c, e->name, anew);
    case PART_VIEW:
        return config_make_view(c, e->name, anew);
    case PART_GENERAL:
    case PART_AUDIT:
    case PART_SUBMIT:
    case PART_BUILDS:
    case PART_NODE:
    case PART_COUNT:
        break;
    }
    return c;
}

int config_set_entry(struct config *c, const struct reader *r, const struct entry *e,
    const char *file, struct diag *d)
{
    const struct key *k = e->key;
    struct given g = {e->value, rows_of(r, e), k->min, k->max};
    char *at = subject(c, r, e);
    struct diag why = DIAG_INIT;

    if (at == NULL)
        return diag_at(d, -E2BIG, file, e->line, "more than %d sections [%s]",
            k->section == PART_PRESET ? CONFIG_PRESETS_MAX : CONFIG_VIEWS_MAX,
            sections[k->section].shown);
    if (k->set(at + k->at, &g, &why) == 0)
        return 0;
    return diag_at(d, -EINVAL, file, e->line, "%s = %.200s: %s%s", k->name, e->value,
        why.text[0] ? "" : "it is ", why.text[0] ? why.text : k->takes);
}

void config_release(struct reader *r)
{
    for (int i = 0; i < r->count; i++) {
        free(r->entries[i].name);
        free(r->entries[i].value);
    }
    free(r->entries);
}

/* `err` is that of collecting: then nothing is set. */
static int finish(struct config *c, struct reader *r, const char *file, int err, struct diag *d)
{
    struct config *next = config_copy(c), was;

    for (int i = 0; i < r->count && !err; i++)
        err = config_set_entry(next, r, &r->entries[i], file, d);
    if (!err) {
        was = *c;
        *c = *next;
        *next = was;
    }
    config_free(next);
    config_release(r);
    return err;
}

int config_read(struct config *c, const char *name, const char *text, size_t len, struct diag *d)
{
    struct reader r = {0};

    return finish(c, &r, name, conf_parse(name, text, len, config_collect, &r, d), d);
}

int config_read_file(struct config *c, const char *path, struct diag *d)
{
    struct reader r = {0};

    return finish(c, &r, path, conf_parse_file(path, config_collect, &r, d), d);
}

int config_read_views(struct config *c, const char *path, struct diag *d)
{
    struct reader r = {.only_views = true};

    return finish(c, &r, path, conf_parse_file(path, config_collect, &r, d), d);
}
