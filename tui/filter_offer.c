/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the word being typed in a filter could go on as. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "tui/filter.h"

#define VALUES_MAX  100 /* that are offered */
#define VALUE_BYTES 256 /* longer ones are not */

/* A word in its parts: "!user:ana,bo" is "!user:ana,", "user", ':' and "bo". */
struct typed {
    const char *before;
    size_t before_len;
    char column[64], op;
    const char *value;
};

struct offer {
    const struct typed *typed;
    char *values[VALUES_MAX]; /* different ones, whatever their case */
    int count;
    const char *last; /* looked at: rows next to each other are often alike, and share their text */
};

size_t filter_last_word(const char *text)
{
    size_t start = 0;
    bool quoted = false;

    for (size_t i = 0; text[i]; i++) {
        if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && isspace((unsigned char)text[i]))
            start = i + 1;
    }
    return start;
}

/* False: it has no operator yet, or one that takes no value of a row. */
static bool read_typed(const char *word, struct typed *ret)
{
    const char *name = word + (word[0] == '!'), *op = name + strcspn(name, ":=~<>\""),
               *comma = strrchr(op, ',');

    if ((*op != ':' && *op != '=') || (size_t)(op - name) >= sizeof(ret->column))
        return false;
    snprintf(ret->column, sizeof(ret->column), "%.*s", (int)(op - name), name);
    ret->op = *op;
    ret->before = word;
    ret->value = (comma ? comma : op) + 1;
    ret->before_len = (size_t)(ret->value - word);
    return strchr(ret->value, '"') == NULL;
}

static void offer_names(enum column_set_id set, const char *word,
    void (*offer)(void *user, const char *candidate), void *user)
{
    const struct column_set *columns = column_set(set);
    const char *name = word + (word[0] == '!');
    char candidate[96];

    for (int i = 0; i < columns->count; i++) {
        if (strncmp(columns->columns[i].name, name, strlen(name)) != 0)
            continue;
        snprintf(candidate, sizeof(candidate), "%s%s:", name > word ? "!" : "",
            columns->columns[i].name);
        offer(user, candidate);
    }
}

/* ---- values ---- */

static void add(struct offer *o, const char *text, size_t n)
{
    size_t typed = strlen(o->typed->value);

    if (o->count == VALUES_MAX || n == 0 || n >= VALUE_BYTES || n < typed ||
        strncasecmp(text, o->typed->value, typed) != 0 || memchr(text, '"', n))
        return;
    for (int i = 0; i < o->count; i++)
        if (strncasecmp(o->values[i], text, n) == 0 && o->values[i][n] == '\0')
            return;
    o->values[o->count++] = xmemdup0(text, n);
}

/* The parts of a list; not those of a list in brackets. */
static void add_parts(struct offer *o, const char *text)
{
    for (size_t n; *text; text += n + (text[n] == ',')) {
        n = strcspn(text, ",");
        if (memchr(text, '[', n) == NULL && memchr(text, ']', n) == NULL)
            add(o, text, n);
    }
}

/* A comma in an expression means "or": a text that has one can only be asked for by what stands before it. */
static void add_text(struct offer *o, const char *text)
{
    size_t n = strcspn(text, ",");

    if (text[n] == '\0' || o->typed->op == ':')
        add(o, text, n);
}

static void add_column(struct offer *o, const struct column *c, enum column_set_id set,
    const struct snapshot *s, int64_t now_s)
{
    uint32_t count = column_rows(set, s);
    struct value v;

    o->last = NULL;
    for (uint32_t i = 0; i < count && o->count < VALUES_MAX; i++) {
        struct row r = column_row(set, s, NULL, now_s, i);

        column_value(c, &r, &v);
        if (!v.present || (v.text == o->last && v.text != v.scratch))
            continue;
        o->last = v.text;
        if (c->kind == COLUMN_LIST)
            add_parts(o, v.text);
        else
            add_text(o, v.text);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcasecmp(*(char *const *)a, *(char *const *)b);
}

/* What is typed stays as it is, and goes on in the same case: the filter takes either. */
static void write_candidate(const struct typed *t, const char *value, char *out, size_t size)
{
    size_t n = strlen(t->value);
    bool lower = n && islower((unsigned char)t->value[0]) && isupper((unsigned char)value[0]);
    int at;

    if (strpbrk(value, " ,:=~<>")) {
        snprintf(out, size, "%.*s\"%s\"", (int)t->before_len, t->before, value);
        return;
    }
    at = snprintf(out, size, "%.*s%s", (int)t->before_len, t->before, t->value);
    for (const char *p = value + n; *p && at + 1 < (int)size; p++)
        out[at++] = (char)(lower ? tolower((unsigned char)*p) : *p);
    out[at] = '\0';
}

void filter_offer(enum column_set_id set, const char *word, const struct snapshot *s, int64_t now_s,
    void (*offer)(void *user, const char *candidate), void *user)
{
    const struct column *columns[FILTER_COLUMNS_MAX];
    struct typed typed;
    struct offer o = {.typed = &typed};
    char candidate[512 + VALUE_BYTES];
    int count;

    if (!read_typed(word, &typed)) {
        offer_names(set, word, offer, user);
        return;
    }
    if (filter_of_node(set, typed.column)) { /* each of them, not as Slurm writes several */
        set = COLUMNS_NODES;
        snprintf(typed.column, sizeof(typed.column), "name");
    }
    count = filter_columns(set, typed.column, columns);
    for (int i = 0; i < count; i++) /* its own short form of the state need not be offered, too */
        if (column_is_text(columns[i]) && (count == 1 || strcmp(columns[i]->name, "st") != 0))
            add_column(&o, columns[i], set, s, now_s);
    qsort(o.values, (size_t)o.count, sizeof(*o.values), by_text);
    for (int i = 0; i < o.count; i++) {
        write_candidate(&typed, o.values[i], candidate, sizeof(candidate));
        offer(user, candidate);
        free(o.values[i]);
    }
}
