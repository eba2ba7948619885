/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/pattern.h"

#define TERMS_MAX  32
#define GIVE_UP    8 /* rows on which a pattern took too many steps, and is not tried any more */
#define BUDGET_US  40000 /* CPU time of all patterns in one look at all rows; 20 000 take 5 ms */
#define LOOK_EVERY 16 /* matches between two looks at the clock */

enum op { OP_WORD, OP_BEGINS, OP_IS, OP_PATTERN, OP_LESS, OP_LESS_EQUAL, OP_MORE, OP_MORE_EQUAL };

struct term {
    bool negated;
    enum op op;
    const struct column *columns[FILTER_COLUMNS_MAX]; /* one of them must do */
    int column_count;
    bool of_node; /* the nodes of a job: any of them */
    char *text; /* what it is compared with; owned */
    double number; /* the same as a number in the column's unit */
    bool of_today; /* it is this minute of the present day, which depends on when is asked: */
    int minute;
    int64_t asked_s; /* number is right for this time */
    struct pattern *pattern;
    int gave_up; /* rows of this look */
    bool undecided; /* on the row that was asked about last */
    uint32_t matches; /* tried in this look */
    int64_t until_us; /* CPU time at which it ends */
    const char *seen[FILTER_COLUMNS_MAX]; /* texts asked about last, by column, in this look */
    bool seen_holds[FILTER_COLUMNS_MAX];
    uint8_t *nodes; /* of_node: by place in Slurm's table, whether the node holds */
    uint32_t node_places;
};

struct filter {
    enum column_set_id set;
    struct term terms[TERMS_MAX];
    int count;
};

/* Words that stand for more than the column of that name, or for none. */
static const struct {
    enum column_set_id set;
    const char *name, *columns;
} aliases[] = {
    {COLUMNS_JOBS, "", "job,name,user,partition,state,st,node_list,reason"}, /* a plain word */
    {COLUMNS_JOBS, "state", "state,st"},
    {COLUMNS_JOBS, "st", "state,st"},
    {COLUMNS_JOBS, "node", "node_list"},
    {COLUMNS_JOBS, "id", "job"},
    {COLUMNS_JOBS, "part", "partition"},
    {COLUMNS_NODES, "", "name,sinfo,flags,partitions,features,reason"},
    {COLUMNS_NODES, "state", "state,sinfo,flags"},
    {COLUMNS_NODES, "st", "state,sinfo,flags"},
    {COLUMNS_NODES, "node", "name"},
    {COLUMNS_NODES, "id", "name"},
    {COLUMNS_NODES, "part", "partitions"},
    {COLUMNS_NODES, "partition", "partitions"},
    {COLUMNS_PARTITIONS, "", "name,state,node_list,qos"},
    {COLUMNS_PARTITIONS, "part", "name"},
    {COLUMNS_PARTITIONS, "partition", "name"},
};

/* ---- values ---- */

/* "1h", "90m", "1:30:00", "2-00:00:00": seconds. A bare number could be anything. */
static int read_span(const char *text, double *out, struct diag *d)
{
    static const struct {
        char letter;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    int days = 0, h, m, s = 0, end = 0;
    double n;

    if (sscanf(text, "%lf%n", &n, &end) == 1 && end > 0 && text[end] && text[end + 1] == '\0')
        for (size_t i = 0; i < KF_LEN(units); i++)
            if (ascii_lower(text[end]) == units[i].letter) {
                *out = n * units[i].seconds;
                return 0;
            }
    end = 0;
    if (sscanf(text, "%6d-%n", &days, &end) != 1 || end == 0)
        days = end = 0;
    text += end;
    end = 0;
    if (sscanf(text, "%6d:%2d:%2d%n", &h, &m, &s, &end) == 3 && text[end] == '\0') {
        *out = ((days * 24.0 + h) * 60 + m) * 60 + s;
        return 0;
    }
    return diag_set(d, -EINVAL, "\"%s\" is no span of time: 90s, 30m, 1h, 2d, 1:30:00", text);
}

/* "4G", "500M", "1.5T"; a bare number is what the screen shows: GiB. */
static int read_mib(const char *text, double *out, struct diag *d)
{
    static const struct {
        char letter;
        double mib;
    } units[] = {{'k', 1.0 / 1024}, {'m', 1}, {'g', 1024}, {'t', 1048576}};
    int end = 0;
    double n;

    if (sscanf(text, "%lf%n", &n, &end) == 1 && n >= 0) {
        char letter = text[end] ? ascii_lower(text[end]) : 'g';

        for (size_t i = 0; i < KF_LEN(units); i++)
            if (letter == units[i].letter && (text[end] == '\0' || text[end + 1] == '\0')) {
                *out = n * units[i].mib;
                return 0;
            }
    }
    return diag_set(d, -EINVAL, "\"%s\" is no size: 512M, 4G, 1.5T", text);
}

/* "14:30" of today, "2026-11-24", "2026-11-24T14:30". */
static int read_time(struct term *t, struct diag *d)
{
    static const char *const forms[] = {"%H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"};
    const char *text = t->text;

    for (size_t i = 0; i < KF_LEN(forms); i++) {
        struct tm tm = {0};
        const char *end = strptime(text, forms[i], &tm);

        if (end == NULL || *end)
            continue;
        t->of_today = i == 0;
        t->minute = tm.tm_hour * 60 + tm.tm_min;
        t->asked_s = -1;
        tm.tm_isdst = -1;
        t->number = (double)mktime(&tm);
        return 0;
    }
    return diag_set(d, -EINVAL, "\"%s\" is no time: 14:30, 2026-11-24, 2026-11-24T14:30", text);
}

/* Which time the minute of today is, at now_s: the day of the clock that the rows are shown by, which in a recording is
   its own, and after midnight the next one. */
static void set_today(struct term *t, int64_t now_s)
{
    time_t now = (time_t)now_s;
    struct tm tm;

    if (!t->of_today || t->asked_s == now_s || localtime_r(&now, &tm) == NULL)
        return;
    tm.tm_hour = t->minute / 60;
    tm.tm_min = t->minute % 60;
    tm.tm_sec = 0;
    tm.tm_isdst = -1;
    t->number = (double)mktime(&tm);
    t->asked_s = now_s;
}

static int read_number(struct term *t, struct diag *d)
{
    const struct column *c = t->columns[0];
    const char *text = t->text;
    double *out = &t->number;

    switch (c->kind) {
    case COLUMN_SPAN:
        return read_span(text, out, d);
    case COLUMN_MIB:
        return read_mib(text, out, d);
    case COLUMN_TIME:
        return read_time(t, d);
    default:
        if (parse_double(text, -1e18, 1e18, out) < 0)
            return diag_set(d, -EINVAL, "\"%s\" is no number", text);
        *out *= c->kind == COLUMN_HUNDREDTHS ? 100 : 1;
        return 0;
    }
}

/* ---- reading an expression ---- */

/* Columns by their names, parted by commas. */
static int columns_named(
    const struct column_set *set, const char *names, const struct column *out[FILTER_COLUMNS_MAX])
{
    int count = 0;

    while (*names) {
        size_t n = strcspn(names, ",");
        int k = column_find(set, names, n);

        if (k < 0 || count == FILTER_COLUMNS_MAX)
            return 0;
        out[count++] = &set->columns[k];
        names += n + (names[n] == ',');
    }
    return count;
}

int filter_columns(
    enum column_set_id set, const char *name, const struct column *out[FILTER_COLUMNS_MAX])
{
    for (size_t i = 0; i < KF_LEN(aliases); i++)
        if (aliases[i].set == set && strcmp(aliases[i].name, name) == 0)
            return columns_named(column_set(set), aliases[i].columns, out);
    return strchr(name, ',') ? 0 : columns_named(column_set(set), name, out);
}

bool filter_of_node(enum column_set_id set, const char *name)
{
    return set == COLUMNS_JOBS && (strcmp(name, "node") == 0 || strcmp(name, "node_list") == 0);
}

static int find_columns(struct term *t, enum column_set_id set, const char *name, struct diag *d)
{
    t->of_node = filter_of_node(set, name);
    t->column_count = filter_columns(set, name, t->columns);
    if (t->column_count)
        return 0;
    return diag_set(d, -EINVAL,
        "there is no column \"%s\" of %s; some are state user name node age mem cpus", name,
        column_set(set)->name);
}

/* One word of an expression, quotes taken off; the first operator outside of quotes. */
struct word {
    char text[512];
    size_t n;
    int op_at; /* -1: none */
};

static const char *next_word(const char *at, struct word *w, struct diag *d)
{
    bool quoted = false;

    *w = (struct word){.op_at = -1};
    for (; *at && (quoted || !ascii_is_space(*at)); at++) {
        if (*at == '"') {
            quoted = !quoted;
            continue;
        }
        if (!quoted && w->op_at < 0 && strchr(":=~<>", *at))
            w->op_at = (int)w->n;
        if (w->n + 1 == sizeof(w->text)) {
            diag_set(d, -E2BIG, "a word of more than %zu bytes", sizeof(w->text) - 1);
            return NULL;
        }
        w->text[w->n++] = *at;
    }
    if (quoted) {
        diag_set(d, -EINVAL, "the second \" is missing");
        return NULL;
    }
    return at;
}

static enum op read_op(const char *at, size_t *ret_len)
{
    *ret_len = 1 + ((at[0] == '<' || at[0] == '>') && at[1] == '=');
    switch (at[0]) {
    case ':':
        return OP_BEGINS;
    case '=':
        return OP_IS;
    case '~':
        return OP_PATTERN;
    case '<':
        return *ret_len == 2 ? OP_LESS_EQUAL : OP_LESS;
    default:
        return *ret_len == 2 ? OP_MORE_EQUAL : OP_MORE;
    }
}

static int read_operand(struct term *t, const char *name, struct diag *d)
{
    const struct column *c = t->columns[0];
    bool number = !column_is_text(c);

    if (t->text[0] == '\0')
        return diag_set(d, -EINVAL, "%s is compared with nothing", name);
    if (t->op == OP_PATTERN)
        return (t->pattern = pattern_new(t->text, d)) ? 0 : -EINVAL;
    if (!number && t->op > OP_PATTERN)
        return diag_set(d, -EINVAL, "%s is text: it takes : = or ~, not < and >", name);
    if (number && t->op == OP_BEGINS)
        t->op = OP_IS;
    return number ? read_number(t, d) : 0;
}

static int add_term(struct filter *f, const struct word *w, struct diag *d)
{
    struct term *t = &f->terms[f->count];
    const char *text = w->text;
    char name[sizeof(w->text)];
    int op_at = w->op_at;
    size_t op_len = 0;
    bool negated_here;

    if (f->count == TERMS_MAX)
        return diag_set(d, -E2BIG, "more than %d terms", TERMS_MAX);
    *t = (struct term){.op = OP_WORD};
    f->count++; /* also if it fails: it is freed with the others */
    if (text[0] == '!') {
        t->negated = true;
        text++;
        op_at--;
    }
    if (op_at < 0 || w->op_at < 0) {
        t->text = xstrdup(text);
        return text[0] ? find_columns(t, f->set, "", d)
                       : diag_set(d, -EINVAL, "! wants a term behind it");
    }
    t->op = read_op(text + op_at, &op_len);
    negated_here = op_at > 0 && text[op_at - 1] == '!'; /* user!=ana */
    t->negated ^= negated_here;
    snprintf(name, sizeof(name), "%.*s", op_at - negated_here, text);
    t->text = xstrdup(text + op_at + op_len);
    if (name[0] == '\0' && t->op != OP_PATTERN)
        return diag_set(d, -EINVAL, "\"%s\": a column's name is missing before it", text);
    if (find_columns(t, f->set, name, d) < 0)
        return -EINVAL;
    return read_operand(t, name, d);
}

struct filter *filter_new(enum column_set_id set, const char *text, struct diag *d)
{
    struct filter *f = xcalloc(1, sizeof(*f));
    struct word w;

    f->set = set;
    for (const char *at = text;;) {
        at += strspn(at, " \t\r\n\v\f");
        if (*at == '\0')
            return f->count ? f : filter_free(f);
        at = next_word(at, &w, d);
        if (at == NULL || add_term(f, &w, d) < 0)
            return filter_free(f);
    }
}

struct filter *filter_of_pattern(enum column_set_id set, const char *pattern, struct diag *d)
{
    struct filter *f = xcalloc(1, sizeof(*f));
    struct term *t = &f->terms[f->count++];

    f->set = set;
    t->op = OP_PATTERN;
    t->text = xstrdup(pattern);
    if (find_columns(t, set, "", d) < 0 || read_operand(t, "the row", d) < 0)
        return filter_free(f);
    return f;
}

struct filter *filter_free(struct filter *f)
{
    for (int i = 0; f && i < f->count; i++) {
        pattern_free(f->terms[i].pattern);
        free(f->terms[i].text);
        free(f->terms[i].nodes);
    }
    free(f);
    return NULL;
}

uint32_t filter_needs(const struct filter *f)
{
    const struct column_set *set = column_set(f->set);
    uint32_t sections = set->section;

    for (int i = 0; i < f->count; i++) {
        if (f->terms[i].of_node)
            sections |= REFRESH_NODES;
        for (int k = 0; k < f->terms[i].column_count; k++)
            sections |= column_needs(set, (int)(f->terms[i].columns[k] - set->columns));
    }
    return sections;
}

bool filter_of_log(const struct filter *f)
{
    for (int i = 0; i < f->count; i++)
        for (int k = 0; k < f->terms[i].column_count; k++)
            if (column_of_log(f->terms[i].columns[k]))
                return true;
    return false;
}

enum column_set_id filter_set(const struct filter *f)
{
    return f->set;
}

/* ---- on rows ---- */

static bool contains(const char *text, const char *word)
{
    return ascii_casestr(text, word) != NULL;
}

/* Compares one piece of text with one of the words in t->text, which are separated by commas. */
static bool one_of(const struct term *t, const char *text, size_t len)
{
    const char *at = t->text;

    for (;;) {
        size_t n = strcspn(at, ",");

        if ((t->op == OP_IS ? len == n : len >= n) && ascii_ncasecmp(text, at, n) == 0 && n > 0)
            return true;
        if (at[n] == '\0')
            return false;
        at += n + 1;
    }
}

static bool holds_pattern(struct term *t, const char *text, size_t len)
{
    int found;

    /* one that is only just not given up on any row would take seconds for all of them */
    if (t->matches++ % LOOK_EVERY == LOOK_EVERY - 1 && clock_cpu_us() > t->until_us)
        t->gave_up = GIVE_UP;
    found = t->gave_up < GIVE_UP ? pattern_find(t->pattern, text, len, 0, NULL, NULL) : -ELOOP;
    t->gave_up += found < 0;
    t->undecided = t->undecided || found < 0;
    return found > 0;
}

static bool holds_text(struct term *t, const struct column *c, const char *text)
{
    if (t->op == OP_WORD)
        return contains(text, t->text);
    if (t->op == OP_PATTERN)
        return holds_pattern(t, text, strlen(text));
    if (c->kind != COLUMN_LIST)
        return one_of(t, text, strlen(text));
    while (*text) { /* any of its parts */
        size_t n = strcspn(text, ",");

        if (one_of(t, text, n))
            return true;
        text += n + (text[n] == ',');
    }
    return false;
}

static bool holds_number(const struct term *t, double number)
{
    switch (t->op) {
    case OP_IS:
        return number == t->number;
    case OP_LESS:
        return number < t->number;
    case OP_LESS_EQUAL:
        return number <= t->number;
    case OP_MORE:
        return number > t->number;
    case OP_MORE_EQUAL:
        return number >= t->number;
    default:
        return false;
    }
}

/* Any node of the job, by their places: "0-1,4". */
static bool holds_node(const struct term *t, const struct row *r)
{
    const char *at = job_str(r->snapshot, r->job->node_index);

    while (*at) {
        char *end;
        unsigned long from = strtoul(at, &end, 10), to = from;

        if (*end == '-')
            to = strtoul(end + 1, &end, 10);
        for (; from <= to && from < t->node_places; from++)
            if (t->nodes[from])
                return true;
        at = *end == ',' ? end + 1 : "";
    }
    return false;
}

/* Partition, state, user, reason: mostly one text in the snapshot for many rows behind one another, about
   which the same question was just answered. */
static bool holds_text_of(struct term *t, int column, const struct value *v)
{
    bool shared = v->text < v->scratch || v->text >= v->scratch + sizeof(v->scratch);
    bool does;

    if (shared && v->text == t->seen[column])
        return t->seen_holds[column];
    does = holds_text(t, t->columns[column], v->text);
    if (shared && !t->undecided) {
        t->seen[column] = v->text;
        t->seen_holds[column] = does;
    }
    return does;
}

static bool holds(struct term *t, const struct row *r)
{
    struct value v;
    char text[TABLE_CELL_BYTES];

    set_today(t, r->now_s);
    if (t->of_node && holds_node(t, r))
        return true;
    for (int i = 0; i < t->column_count; i++) {
        const struct column *c = t->columns[i];

        column_value(c, r, &v);
        if (!v.present)
            continue;
        if (column_is_text(c) ? holds_text_of(t, i, &v)
                              : t->op != OP_PATTERN && holds_number(t, (double)v.number))
            return true;
        if (!column_is_text(c) && t->op == OP_PATTERN) {
            column_text(c, r, text, sizeof(text));
            if (holds_pattern(t, text, strlen(text)))
                return true;
        }
    }
    return false;
}

/* Which nodes the term holds for, so that a job's list of places is enough to know. */
static void look_at_nodes(struct term *t, const struct snapshot *s)
{
    t->node_places = s->node_count ? s->nodes[s->node_count - 1].index + 1 : 0;
    free(t->nodes);
    t->nodes = xcalloc(t->node_places, 1);
    for (uint32_t i = 0; i < s->node_count; i++) {
        const char *name = node_str(s, s->nodes[i].name);

        if (s->nodes[i].index < t->node_places)
            t->nodes[s->nodes[i].index] = t->op == OP_PATTERN ? holds_pattern(t, name, strlen(name))
                                                              : one_of(t, name, strlen(name));
    }
}

bool filter_holds(struct filter *f, const struct row *r)
{
    bool all = true;

    for (int i = 0; all && i < f->count; i++) {
        struct term *t = &f->terms[i];
        bool does;

        t->undecided = false;
        does = holds(t, r);
        all = does != t->negated && (does || !t->undecided);
    }
    return all;
}

void filter_begin(struct filter *f)
{
    for (int i = 0; i < f->count; i++) {
        f->terms[i].gave_up = 0;
        f->terms[i].matches = 0;
        memset(f->terms[i].seen, 0, sizeof(f->terms[i].seen));
        f->terms[i].until_us = clock_cpu_us() + BUDGET_US;
    }
}

uint32_t filter_rows(
    struct filter *f, const struct snapshot *s, int64_t now_s, uint32_t *rows, uint32_t count)
{
    uint32_t kept = 0;

    if (f == NULL)
        return count;
    filter_begin(f);
    for (int i = 0; i < f->count; i++) {
        if (f->terms[i].of_node && f->terms[i].op != OP_WORD)
            look_at_nodes(&f->terms[i], s);
    }
    for (uint32_t k = 0; k < count; k++) {
        struct row r = column_row(f->set, s, NULL, now_s, rows[k]);

        if (filter_holds(f, &r))
            rows[kept++] = rows[k];
    }
    return kept;
}

bool filter_gave_up(const struct filter *f)
{
    for (int i = 0; f && i < f->count; i++)
        if (f->terms[i].gave_up)
            return true;
    return false;
}
