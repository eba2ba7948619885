/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the word being typed in a filter could go on as. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "tui/filter.h"

#define VALUES_MAX  100 /* that are offered */
#define VALUE_BYTES 256 /* longer ones are not */

/* A word in its parts: "!user:ana,bo" is "!user:ana,", "user", ':' and "bo". */
struct typed {
    const char *before;
    size_t before_len;
    char column[64], op;
    bool quoted; /* a quote was begun, and is not closed */
    const char *value;
};

/* Different ones, whatever their case. */
struct offer {
    const struct typed *typed;
    char *values[VALUES_MAX]; /* the first of the alphabet */
    int count;
    char *beyond; /* the last of those left out: what it and the first begin with, all begin with */
    const char *looked_at; /* rows next to each other are often alike, and share their text */
};

size_t filter_last_word(const char *text)
{
    size_t start = 0;
    bool quoted = false;

    for (size_t i = 0; text[i]; i++) {
        if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && ascii_is_space(text[i]))
            start = i + 1;
    }
    return start;
}

/* False: it has no operator yet, or one that takes no value of a row, or quotes that cannot be gone on behind. */
static bool read_typed(const char *word, struct typed *ret)
{
    const char *name = word + (word[0] == '!'), *op = name + strcspn(name, ":=~<>\""), *comma;

    if ((*op != ':' && *op != '=') || (size_t)(op - name) >= sizeof(ret->column))
        return false;
    snprintf(ret->column, sizeof(ret->column), "%.*s",
        (int)(op - name) - (op > name && op[-1] == '!'), name);
    ret->op = *op;
    ret->quoted = op[1] == '"';
    comma = strrchr(op, ',');
    ret->before = word;
    ret->value = comma ? comma + 1 : op + 1 + ret->quoted;
    ret->before_len = (size_t)(ret->value - word);
    return strchr(op + 1 + ret->quoted, '"') == NULL;
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

static int compare(const char *value, const char *text, size_t n)
{
    int order = ascii_ncasecmp(value, text, n);

    return order ? order : value[n] != '\0';
}

static bool can_be_typed(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ascii_is_cntrl(text[i]) || text[i] == '"')
            return false;
    return n > 0 && n < VALUE_BYTES;
}

/* Of this one and the one before the last of the alphabet is kept; it is owned. */
static void leave_out(struct offer *o, char *value)
{
    if (o->beyond == NULL || ascii_casecmp(o->beyond, value) < 0) {
        free(o->beyond);
        o->beyond = value;
    } else {
        free(value);
    }
}

static void add(struct offer *o, const char *text, size_t n)
{
    size_t typed = strlen(o->typed->value);
    int lo = 0, hi = o->count;

    if (n < typed || ascii_ncasecmp(text, o->typed->value, typed) != 0 || !can_be_typed(text, n))
        return;
    while (lo < hi) {
        int mid = (lo + hi) / 2, order = compare(o->values[mid], text, n);

        if (order == 0)
            return;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == VALUES_MAX) {
        if (o->beyond == NULL || compare(o->beyond, text, n) < 0)
            leave_out(o, xmemdup0(text, n));
        return;
    }
    if (o->count == VALUES_MAX)
        leave_out(o, o->values[--o->count]);
    memmove(o->values + lo + 1, o->values + lo, (size_t)(o->count++ - lo) * sizeof(*o->values));
    o->values[lo] = xmemdup0(text, n);
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

    o->looked_at = NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct row r = column_row(set, s, NULL, now_s, i);

        column_value(c, &r, &v);
        if (!v.present || (v.text == o->looked_at && v.text != v.scratch))
            continue;
        o->looked_at = v.text;
        if (c->kind == COLUMN_LIST)
            add_parts(o, v.text);
        else
            add_text(o, v.text);
    }
}

/* What is typed stays as it is, and goes on in the same case: the filter takes either. */
static void write_candidate(const struct typed *t, const char *value, struct buf *out)
{
    size_t n = strlen(t->value);
    bool lower = n && ascii_is_lower(t->value[0]) && ascii_is_upper(value[0]);
    bool quotes = t->quoted || value[strcspn(value, " ")];

    buf_clear(out);
    buf_add(out, t->before, t->before_len);
    if (quotes && !t->quoted)
        buf_addc(out, '"');
    buf_adds(out, t->value);
    for (const char *p = value + n; *p; p++)
        buf_addc(out, lower ? ascii_lower(*p) : *p);
    if (quotes)
        buf_addc(out, '"');
}

void filter_offer(enum column_set_id set, const char *word, const struct snapshot *s, int64_t now_s,
    void (*offer)(void *user, const char *candidate), void *user)
{
    const struct column *columns[FILTER_COLUMNS_MAX];
    struct typed typed;
    struct offer o = {.typed = &typed};
    struct buf candidate = BUF_INIT;
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
    for (int i = 0; i <= o.count; i++) {
        char *value = i < o.count ? o.values[i] : o.beyond;

        if (value) {
            write_candidate(&typed, value, &candidate);
            offer(user, buf_str(&candidate));
        }
        free(value);
    }
    buf_release(&candidate);
}
