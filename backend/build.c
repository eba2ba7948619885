/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines in, diagnostics out. A line of a rule with `part = next` waits for its diagnostic, one with
 * `part = last` goes to the one before, each within its own file; kbuild's steps in between are others'
 * and separate nothing. What all of it means is worked out when somebody asks, in build_judge.c.
 */
#include <stdlib.h>
#include <string.h>

#include "backend/build_impl.h"
#include "base/alloc.h"
#include "base/fnv.h"

#define LOOK_BACK 1000 /* diagnostics that a line of make's may be about */

struct build *build_new(const struct logrule_set *rules)
{
    struct build *b = xcalloc(1, sizeof(*b));

    b->rules = rules;
    build_set_room(b, BUILD_DIAGS_MAX, BUILD_CONTEXT_MAX);
    return b;
}

static void release_diag(struct build_diag *d)
{
    free(d->source);
    free(d->message);
    free(d->flag);
    free(d->target);
    free(d->tool);
    free(d->context);
    free(d->unit);
}

struct build *build_free(struct build *b)
{
    if (b == NULL)
        return NULL;
    for (size_t i = 0; i < b->count; i++)
        release_diag(&b->diags[i].d);
    for (int i = 0; i < b->files; i++) {
        buf_release(&b->file[i].pending);
        free(b->file[i].unit);
        free(b->file[i].last_text);
        free(b->file[i].image);
    }
    for (int i = 0; i < b->place_count; i++)
        free(b->places[i]);
    free(b->targets);
    release_diag(&b->made_up);
    free(b->diags);
    free(b);
    return NULL;
}

void build_set_room(struct build *b, size_t diags, size_t context)
{
    b->diags_max = KF_MIN(diags, (size_t)BUILD_DIAGS_MAX);
    b->context_max = KF_MIN(context, (size_t)BUILD_CONTEXT_MAX);
}

int build_add_file(struct build *b)
{
    if (b->files == BUILD_FILES_MAX)
        return -1;
    b->file[b->files] = (struct build_file){.pending = {.max = b->context_max}, .last = -1};
    return b->files++;
}

/* ---- where a diagnostic points to ---- */

/* "kernel/fork.c:133:15", "x.dts:12.3-20", "slurm_script: line 40": how much of it is the path; line and
   column, 0 if it has none. */
static size_t split_source(const char *p, size_t n, int64_t *ret_line, int64_t *ret_column)
{
    static const char word[] = ": line ";
    size_t at = n, number;

    *ret_line = *ret_column = 0;
    while (at > 0 && memchr("0123456789.:-", p[at - 1], 13))
        at--;
    while (at < n && (p[at] != ':' || at + 1 == n || p[at + 1] < '0' || p[at + 1] > '9'))
        at++;
    number = at + 1;
    if (at == n) {
        const char *w = memmem(p, n, word, strlen(word));

        if (w == NULL)
            return n;
        at = (size_t)(w - p);
        number = at + strlen(word);
    }
    for (; number < n && p[number] >= '0' && p[number] <= '9' && *ret_line < INT32_MAX; number++)
        *ret_line = *ret_line * 10 + (p[number] - '0');
    for (number++; number < n && p[number] >= '0' && p[number] <= '9' && *ret_column < INT32_MAX;
         number++)
        *ret_column = *ret_column * 10 + (p[number] - '0');
    return at;
}

static char *copy_span(const char *text, const struct log_match *m, enum log_span kind)
{
    const struct log_match_span *s = log_match_span(m, kind);

    return s ? xmemdup0(text + s->start, s->len) : xstrdup("");
}

/* ---- diagnostics ---- */

static uint64_t hash_of(const struct build_diag *d)
{
    uint64_t h = fnv_add(FNV_START, &d->level, sizeof(d->level));

    h = fnv_add(h, d->source, strlen(d->source) + 1);
    h = fnv_add(h, &d->source_line, sizeof(d->source_line));
    h = fnv_add(h, &d->column, sizeof(d->column));
    h = fnv_add(h, d->target, strlen(d->target) + 1);
    return fnv_add(h, d->message, strlen(d->message));
}

static bool is_same(const struct build_diag *a, const struct build_diag *b)
{
    return a->level == b->level && a->source_line == b->source_line && a->column == b->column &&
           strcmp(a->source, b->source) == 0 && strcmp(a->message, b->message) == 0;
}

/* The slot of one that is the same, or the free one where it belongs. */
static size_t find_slot(const struct build *b, const struct kept_diag *k)
{
    size_t at = k->hash % KF_LEN(b->slots);

    while (b->slots[at]) {
        const struct kept_diag *other = &b->diags[b->slots[at] - 1];

        if (other->hash == k->hash && is_same(&other->d, &k->d))
            break;
        at = (at + 1) % KF_LEN(b->slots);
    }
    return at;
}

static void add_context(const struct build *b, struct build_diag *d, const char *text, size_t len)
{
    size_t have = strlen(d->context), room = b->context_max - have;

    if (have && room < 2)
        return;
    len = KF_MIN(len, room - (have ? 1 : 0));
    d->context = xreallocarray(d->context, have + len + 2, 1);
    if (have)
        d->context[have++] = '\n';
    memcpy(d->context + have, text, len);
    d->context[have + len] = '\0';
}

/* Takes a diagnostic that is not attached to anything yet. */
static void add_diag(struct build *b, struct build_file *f, struct build_diag *d)
{
    struct kept_diag k = {.d = *d, .hash = hash_of(d)};
    size_t slot = find_slot(b, &k);

    f->last = -1;
    if (b->slots[slot]) {
        b->diags[b->slots[slot] - 1].d.count++;
        release_diag(d);
        return;
    }
    if (b->count >= (d->level == LOG_WARNING ? b->diags_max / 4 * 3 : b->diags_max)) {
        b->full = true;
        b->lost[1] += d->level == LOG_WARNING;
        b->lost[0] += d->level == LOG_ERROR && !d->echo;
        release_diag(d);
        return;
    }
    if (b->count == b->room) {
        b->room = KF_MAX(2 * b->room, (size_t)16);
        b->diags = xreallocarray(b->diags, b->room, sizeof(*b->diags));
    }
    f->last = (int)b->count;
    b->diags[b->count++] = k;
    b->slots[slot] = (uint16_t)b->count;
}

static void take_diag(struct build *b, int file, const char *text, size_t len,
    const struct log_match *m, const struct logrule_info *info)
{
    struct build_file *f = &b->file[file];
    const struct log_match_span *s = log_match_span(m, LOG_SPAN_SOURCE);
    struct build_diag d = {.level = m->level,
        .cause = info->cause,
        .echo = info->part == PART_ECHO,
        .file = file,
        .line = f->lines,
        .target = copy_span(text, m, LOG_SPAN_TARGET),
        .flag = copy_span(text, m, LOG_SPAN_FLAG),
        .message = copy_span(text, m, LOG_SPAN_MESSAGE),
        .tool = xstrdup(info->tool),
        .unit = xstrdup(f->unit ? f->unit : ""),
        .context = xmemdup0(buf_str(&f->pending), f->pending.len),
        .count = 1};

    d.source = s ? xmemdup0(text + s->start,
                       split_source(text + s->start, s->len, &d.source_line, &d.column))
                 : xstrdup("");
    if (d.message[0] == '\0') {
        free(d.message);
        d.message = xmemdup0(text, len);
    }
    add_context(b, &d, text, len);
    buf_clear(&f->pending);
    free(f->unit);
    f->unit = NULL;
    add_diag(b, f, &d);
}

/* A line that explains the diagnostic after it. */
static void take_next(struct build_file *f, const char *text, size_t len, const struct log_match *m)
{
    const struct log_match_span *s = log_match_span(m, LOG_SPAN_SOURCE);
    int64_t line, column;

    if (f->pending.len)
        buf_addc(&f->pending, '\n');
    buf_add(&f->pending, text, len);
    if (s == NULL)
        return;
    free(f->unit);
    f->unit = xmemdup0(text + s->start, split_source(text + s->start, s->len, &line, &column));
}

/* A line that belongs to the one before. rustc names the place there. */
static void take_last(
    struct build *b, struct build_file *f, const char *text, size_t len, const struct log_match *m)
{
    struct build_diag *d = f->last >= 0 ? &b->diags[f->last].d : NULL;
    const struct log_match_span *s = log_match_span(m, LOG_SPAN_SOURCE);

    if (d && f->pending.len)
        add_context(b, d, buf_str(&f->pending), f->pending.len);
    buf_clear(&f->pending);
    if (d == NULL)
        return;
    add_context(b, d, text, len);
    if (s && d->source[0] == '\0' && strcmp(d->tool, "rustc") == 0) {
        free(d->source);
        d->source = xmemdup0(
            text + s->start, split_source(text + s->start, s->len, &d->source_line, &d->column));
    }
}

/* ---- make ---- */

/* "make[3]: …": 3; "make: …": 0. */
static int make_depth(const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len), *open;
    int depth = 0;

    if (colon == NULL)
        return 0;
    open = memchr(text, '[', (size_t)(colon - text));
    for (; open && ++open < colon && *open >= '0' && *open <= '9' && depth < 1000;)
        depth = depth * 10 + (*open - '0');
    return depth;
}

/* Without the directories above, and without what follows the last dot of the name. */
static size_t stem(const char **p, size_t n)
{
    const char *s = *p;
    size_t end = n;

    while (n >= 2 && memcmp(s, "./", 2) == 0)
        s += 2, n -= 2;
    while (n >= 3 && memcmp(s, "../", 3) == 0)
        s += 3, n -= 3;
    for (end = n; end > 0 && s[end - 1] != '/' && s[end - 1] != '.'; end--)
        continue;
    *p = s;
    return end > 0 && s[end - 1] == '.' ? end - 1 : n;
}

/* Whether a source, "../kernel/fork.c", is what a target, "kernel/fork.o", is made of. */
static bool is_made_of(const char *target, const char *source)
{
    size_t nt = stem(&target, strlen(target)), ns = stem(&source, strlen(source)),
           n = KF_MIN(nt, ns);
    bool end = n == nt ? ns == n || source[ns - n - 1] == '/' : target[nt - n - 1] == '/';

    return n > 0 && end && memcmp(target + nt - n, source + ns - n, n) == 0;
}

static void set_target(struct build_diag *d, const char *target)
{
    free(d->target);
    d->target = xstrdup(target);
    d->fatal = true;
}

/* Make gives up on a target: what diagnostics are about it? */
static void attach(struct build *b, struct build_file *f, int file, const char *target)
{
    size_t from = b->count > LOOK_BACK ? b->count - LOOK_BACK : 0;
    bool found = false;

    for (size_t i = from; i < b->count; i++) {
        struct build_diag *d = &b->diags[i].d;

        if (d->level != LOG_ERROR || d->fatal || d->file != file)
            continue;
        if (is_made_of(target, d->source) || (d->unit[0] && is_made_of(target, d->unit))) {
            set_target(d, target);
            found = true;
        }
    }
    for (size_t i = KF_MAX(from, f->after_make); i < b->count && !found; i++) {
        struct build_diag *d = &b->diags[i].d;

        if (d->level == LOG_ERROR && !d->fatal && d->file == file &&
            (d->source[0] == '\0' || strcmp(d->tool, "cc") != 0))
            set_target(d, target);
    }
}

static void take_make_failure(struct build *b, int file, const char *text, size_t len)
{
    struct build_file *f = &b->file[file];
    struct build_diag *d = f->last >= 0 ? &b->diags[f->last].d : NULL;
    int depth = make_depth(text, len);

    if (d == NULL)
        return;
    /* what is above gives up because of what is below */
    d->echo = strncmp(d->message, "Error 2", 7) == 0 && depth < f->depth;
    f->depth = KF_MAX(f->depth, depth);
    if (!d->echo && d->level == LOG_MAKE)
        attach(b, f, file, d->target);
    else if (d->level == LOG_ERROR)
        d->fatal = true;
    f->after_make = b->count;
    f->last = -1;
}

/* ---- lines ---- */

static void take_event(struct build_file *f, const char *text, const struct log_match *m,
    const struct logrule_info *info)
{
    if (info->part == PART_SUCCESS || info->part == PART_FAILURE)
        f->event = info->part;
    if (info->part == PART_SUCCESS && log_match_span(m, LOG_SPAN_TARGET)) {
        free(f->image);
        f->image = copy_span(text, m, LOG_SPAN_TARGET);
    } else if (info->part == PART_SUCCESS) {
        f->praised = true;
    }
    if (info->part == PART_STOPPED)
        f->stopped = info->cause;
    f->ended |= info->part == PART_ENDED;
}

static void keep_last_text(struct build_file *f, const char *text, size_t len)
{
    size_t blank = 0;

    while (blank < len && (text[blank] == ' ' || text[blank] == '\t'))
        blank++;
    if (blank == len)
        return;
    free(f->last_text);
    f->last_text = xmemdup0(text, KF_MIN(len, (size_t)BUILD_CONTEXT_MAX));
    f->last_text_line = f->lines;
}

static void forget(struct build *b, int file)
{
    struct build_file *f = &b->file[file];
    size_t kept = 0;

    b->forgotten++;
    memset(b->slots, 0, sizeof(b->slots));
    for (size_t i = 0; i < b->count; i++) {
        if (b->diags[i].d.file == file) {
            release_diag(&b->diags[i].d);
            continue;
        }
        b->diags[kept] = b->diags[i];
        b->slots[find_slot(b, &b->diags[kept])] = (uint16_t)(kept + 1);
        kept++;
    }
    b->count = kept;
    for (int i = 0; i < b->files; i++) {
        b->file[i].last = -1;
        b->file[i].after_make = KF_MIN(b->file[i].after_make, kept);
    }
    for (int i = 0; i < b->place_count; i++)
        free(b->places[i]);
    b->place_count = 0;
    free(b->targets);
    b->targets = NULL;
    buf_clear(&f->pending);
    free(f->unit);
    free(f->last_text);
    free(f->image);
    *f = (struct build_file){.pending = f->pending, .last = -1, .lines = f->lines};
}

static void forget_stops(struct build *b)
{
    for (int i = 0; i < b->files; i++)
        b->file[i].stopped = CAUSE_NONE;
}

void build_restart(struct build *b, int file)
{
    forget(b, file);
    b->file[file].lines = 0;
}

static void keep_place(struct build *b, const char *text, const struct log_match *m)
{
    const struct log_match_span *s = log_match_span(m, LOG_SPAN_SOURCE);
    char *place;

    if (s == NULL || b->place_count == BUILD_PLACES_MAX)
        return;
    place = xmemdup0(text + s->start, s->len);
    for (int i = 0; i < b->place_count; i++)
        if (strcmp(b->places[i], place) == 0) {
            free(place);
            return;
        }
    b->places[b->place_count++] = place;
}

void build_line(struct build *b, int file, const char *text, size_t len, const struct log_match *m)
{
    struct build_file *f = &b->file[file];
    struct logrule_info info = logrule_info(b->rules, m->rule);

    if (info.part == PART_REQUEUED || info.part == PART_BEGINS)
        forget(b, file);
    if (info.part == PART_BEGINS ||
        info.part == PART_SUCCESS) /* what Slurm stopped was an earlier run */
        forget_stops(b);
    f->lines++;
    /* the makes of a run that Slurm has ended still say what that did to them */
    if (f->dying && (m->level == LOG_TEXT || m->level == LOG_MAKE || info.cause == CAUSE_CANCELLED))
        return;
    f->dying = info.part == PART_REQUEUED;
    if (f->dying)
        return;
    logcount_add(&f->count, text, m);
    if (m->level == LOG_STEP) {
        build_step(b, file, text, m, &info);
        return;
    }
    if (info.part == PART_NEXT)
        take_next(f, text, len, m);
    else if (info.part == PART_LAST)
        take_last(b, f, text, len, m);
    else if (m->level >= LOG_WARNING)
        take_diag(b, file, text, len, m, &info);
    if (info.part == PART_FAILURE && m->level >= LOG_WARNING)
        take_make_failure(b, file, text, len);
    take_event(f, text, m, &info);
    if (info.part == PART_TARGETS && b->targets == NULL)
        b->targets = copy_span(text, m, LOG_SPAN_TARGET);
    if (info.part == PART_PLACE)
        keep_place(b, text, m);
    else if (m->level == LOG_TEXT)
        keep_last_text(f, text, len);
}

/* ---- what is there ---- */

size_t build_diag_count(const struct build *b)
{
    return b->count;
}

const struct build_diag *build_diag(const struct build *b, size_t i)
{
    return &b->diags[i].d;
}

const char *build_place(const struct build *b, size_t i)
{
    return i < (size_t)b->place_count ? b->places[i] : NULL;
}

/* How many bytes of a source stand in front of what its target is called; 0: it is not made of it, or by the same name. */
static size_t before_target(const char *target, const char *source)
{
    const char *t = target, *s = source;
    size_t nt = stem(&t, strlen(t)), ns = stem(&s, strlen(s));

    return target[0] && is_made_of(target, source) && nt <= ns ? (size_t)(s - source) + ns - nt : 0;
}

const char *build_source(const struct build *b, const struct build_diag *d)
{
    const char *made = d->unit[0] ? d->unit : d->source, *place;
    size_t before = before_target(d->target, made);

    if (before && strncmp(d->source, made, before) == 0 && d->source[before])
        return d->source + before;
    before = 0;
    for (size_t i = 0; (place = build_place(b, i)) != NULL; i++) {
        size_t n = strlen(place);

        if (strncmp(d->source, place, n) == 0 && d->source[n] == '/' && d->source[n + 1])
            before = KF_MAX(before, n + 1);
    }
    while (strncmp(d->source + before, "./", 2) == 0 && d->source[before + 2])
        before += 2;
    return d->source + before;
}

const char *build_targets(const struct build *b)
{
    return b->targets;
}

int64_t build_step_count(struct build *b)
{
    int64_t n = 0;

    build_settle(b);
    for (int i = 0; i < b->files; i++)
        n += b->file[i].count.level[LOG_STEP];
    return n;
}

void build_steps(struct build *b, struct logcount *out)
{
    *out = (struct logcount){0};
    build_settle(b);
    for (int i = 0; i < b->files; i++)
        logcount_merge(out, &b->file[i].count);
    logcount_sort(out);
}
