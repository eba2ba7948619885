/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The submit form on the screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "tui/app.h"
#include "tui/check.h"
#include "tui/edit.h"
#include "tui/keys.h"

#define LABEL_COLS  11
#define NODES_TOLD  12 /* groups of nodes below the verdict */
#define WIDE_COLS   140 /* from here on the verdict stands beside the fields */
#define FIELDS_COLS 76

/* ---- keys ---- */

static void go(struct app *a, int by)
{
    struct submit *s = &a->submit;

    submit_forget_choices(s);
    s->focus = (enum submit_field)(((int)s->focus + by + FIELD_SEND + 1) % (FIELD_SEND + 1));
}

static void type(struct app *a, uint32_t key)
{
    struct submit *s = &a->submit;
    char before[LINEEDIT_BYTES];

    if (s->focus == FIELD_SEND)
        return;
    snprintf(before, sizeof(before), "%s", submit_text(a, s->focus));
    submit_suggest(a, key);
    if (edit_key(&s->fields[s->focus], key) == EDIT_NONE)
        return;
    submit_narrow(a);
    s->touched = true;
    if (strcmp(before, submit_text(a, s->focus)) != 0)
        submit_changed(a, s->focus);
}

static const char *accept_leaving(struct app *a, const char *text)
{
    (void)text;
    submit_close(a);
    return NULL;
}

/* What was typed is not dropped without a question: whoever types on in the belief to be in a field gives commands. */
static void leave(struct app *a)
{
    if (submit_close_list(a))
        return;
    if (a->submit.touched)
        a->dialog = (struct dialog){.kind = DIALOG_CONFIRM,
            .place = DIALOG_AT_BOTTOM,
            .question = "Leave the form? What was typed in it is lost.",
            .yes = "leave it",
            .no = "back to the form",
            .accept = accept_leaving};
    else
        submit_close(a);
}

/* Enter: takes what is chosen, or goes on; behind the last field it sends. */
static void enter(struct app *a)
{
    struct submit *s = &a->submit;

    if (s->focus == FIELD_SEND)
        submit_send(a);
    else if (s->choices.shown_count > 0 && s->choices.chosen == 0 &&
             submit_text(a, FIELD_SCRIPT)[0] == '\0')
        submit_choose(a, 1);
    else {
        submit_take_chosen(a);
        go(a, 1);
    }
}

void submit_key(struct app *a, uint32_t key)
{
    struct submit *s = &a->submit;

    a->reactions |= REACT_PAINT;
    s->send_when_read = false;
    switch (key) {
    case KEYCODE_ESCAPE:
    case KEYCODE_CTRL('C'):
        leave(a);
        return;
    case KEYCODE_ENTER:
        enter(a);
        return;
    case KEYCODE_CTRL('S'):
        submit_send(a);
        return;
    case KEYCODE_TAB:
        submit_complete(a);
        return;
    case KEYCODE_BACKTAB:
        if (s->choices.shown_count > 0)
            submit_choose(a, -1);
        return;
    case KEYCODE_DOWN:
        if (submit_in_list(a))
            submit_choose(a, 1);
        else
            go(a, 1);
        return;
    case KEYCODE_UP:
        if (submit_in_list(a))
            submit_choose(a, -1);
        else
            go(a, -1);
        return;
    case KEYCODE_PAGE_DOWN:
    case KEYCODE_PAGE_UP:
        s->scroll = KF_MAX(0, s->scroll + (key == KEYCODE_PAGE_DOWN ? 5 : -5));
        return;
    default:
        type(a, key);
    }
}

/* ---- the fields ---- */

/* Where a field stands: half of a row, or all of it. */
static const struct place {
    int row, half; /* half 0 left, 1 right, 2 the whole row */
} places[] = {
    [FIELD_SCRIPT] = {0, 2},
    [FIELD_PRESET] = {1, 0},
    [FIELD_PARTITION] = {1, 1},
    [FIELD_CPUS] = {2, 0},
    [FIELD_MEMORY] = {2, 1},
    [FIELD_TIME] = {3, 0},
    [FIELD_ARRAY] = {3, 1},
    [FIELD_NODES] = {4, 0},
    [FIELD_CONFIG] = {4, 1},
    [FIELD_SOURCE] = {5, 2},
    [FIELD_OUTPUT] = {6, 2},
    [FIELD_DIRECTORY] = {7, 2},
    [FIELD_OPTIONS] = {8, 2},
    [FIELD_ARGUMENTS] = {9, 2},
};
_Static_assert(KF_LEN(places) == FIELD_COUNT, "a place for every field");
#define SEND_ROW  10 /* behind the fields */
#define FORM_ROWS 11

/* Where the job works while no directory is given, and the one that Tab offers first. */
static void describe_directory(const struct app *a, char *out, size_t size)
{
    const struct submit *s = &a->submit;
    const struct history *h = &s->directories;

    snprintf(out, size, "%s%s%s%s", s->directory[0] ? s->directory : "beside the script",
        s->directory[0] ? " (the job's)" : "", h->count ? " · Tab: " : "",
        h->count ? h->lines[h->count - 1] : "");
}

/* What counts while the field is empty: "8 (line 18)". */
static void describe_given(const struct app *a, enum submit_field field, char *out, size_t size)
{
    const struct submit *s = &a->submit;
    const struct config *c = a->options.config;
    enum request_key key = submit_label(field)->key;
    const struct request_option *o = NULL;
    const char *variable = field == FIELD_SOURCE   ? c->source_variable
                           : field == FIELD_OUTPUT ? c->output_variable
                                                   : c->config_variable;
    uint32_t line;
    size_t n;

    out[0] = '\0';
    if (field == FIELD_PRESET) {
        for (int i = 0; i < c->preset_count; i++) {
            n = strlen(out);
            snprintf(out + n, size - n, "%s%s", n ? ", " : "Tab: ", c->presets[i].name);
        }
        return;
    }
    if (!s->judged)
        return;
    if (field == FIELD_SOURCE || field == FIELD_OUTPUT || field == FIELD_CONFIG) {
        line = verdict_assigned(buf_str(&s->text), s->text.len, variable, out, size);
        n = strlen(out);
        if (line)
            snprintf(out + n, size - n, " (line %u)", line);
        else
            snprintf(out, size, "%s", variable);
        return;
    }
    if (key != REQUEST_OTHER)
        o = request_option(&s->verdict.request, key);
    if (key == REQUEST_MEM && o == NULL)
        o = request_option(&s->verdict.request, REQUEST_MEM_PER_CPU);
    if (o && o->line)
        snprintf(out, size, "%s%s (line %u)", o->value,
            o->key == REQUEST_MEM_PER_CPU ? " for each CPU" : "", o->line);
    else if (o)
        snprintf(out, size, "%s (%s)", o->value,
            o->source == REQUEST_FROM_ENVIRONMENT ? "environment" : "options");
    else if (field == FIELD_MEMORY && (s->verdict.fit.cpu_mb || s->verdict.fit.node_mb))
        snprintf(out, size, "%lluM%s (default)",
            (unsigned long long)(s->verdict.fit.cpu_mb ? s->verdict.fit.cpu_mb
                                                       : s->verdict.fit.node_mb),
            s->verdict.fit.cpu_mb ? " for each CPU" : "");
    else if (field == FIELD_PARTITION && s->verdict.fit.partition)
        snprintf(
            out, size, "%s (default)", partition_str(a->snapshot, s->verdict.fit.partition->name));
    else if (field == FIELD_DIRECTORY)
        describe_directory(a, out, size);
}

static struct rect field_place(enum submit_field field, struct rect r)
{
    const struct place *p = &places[field];
    int half = r.w / 2;

    return (struct rect){r.x + (p->half == 1 ? half : 0), r.y + p->row,
        p->half == 2   ? r.w
        : p->half == 1 ? r.w - half
                       : half - 1,
        1};
}

static void draw_field(struct app *a, enum submit_field field, struct canvas *c, struct rect r)
{
    struct submit *s = &a->submit;
    bool focused = s->focus == field && a->dialog.kind == DIALOG_NONE;
    char given[300];

    canvas_str(c, r.x + 1, r.y, LABEL_COLS - 1, focused ? ROLE_BRIGHT : ROLE_HEADER,
        submit_label(field)->name);
    r = (struct rect){r.x + 1 + LABEL_COLS, r.y, KF_MAX(r.w - LABEL_COLS - 2, 1), 1};
    if (submit_text(a, field)[0] == '\0') {
        describe_given(a, field, given, sizeof(given));
        canvas_str(c, r.x + focused, r.y, r.w - 1, ROLE_DIM, given);
    }
    if (focused) {
        lineedit_draw(&s->fields[field], c, r, ROLE_TEXT);
        canvas_under(c, r, UNDER_SELECTED);
    } else {
        canvas_str(c, r.x, r.y, r.w, ROLE_TEXT, submit_text(a, field));
    }
}

static void draw_send(const struct app *a, struct canvas *c, struct rect r)
{
    bool focused = a->submit.focus == FIELD_SEND && a->dialog.kind == DIALOG_NONE;
    struct rect place = {r.x + 1 + LABEL_COLS, r.y + SEND_ROW, KF_MIN(r.w - LABEL_COLS - 2, 10), 1};

    canvas_str(c, place.x, place.y, place.w, focused ? ROLE_BRIGHT : ROLE_DIM, "[ submit ]");
    if (focused)
        canvas_under(c, place, UNDER_SELECTED);
}

/* ---- the verdict ---- */

/* Lines that are drawn one below the other, those above `skip` left out. */
struct page {
    struct canvas *c;
    struct rect r;
    int skip, lines;
    enum role role;
};

/* As many bytes of text as fit into `width` columns, cut between words where there is one. */
static size_t fitting(const char *text, int width)
{
    size_t n = strlen(text), used = 0, word = 0;

    while (used < n) {
        uint32_t cp;
        size_t step = utf8_decode(text + used, n - used, &cp);

        if (utf8_columns(text, used + step) > width)
            return word ? word : KF_MAX(used, (size_t)1);
        used += step;
        if (text[used] == ' ')
            word = used;
    }
    return n;
}

static void put(struct page *p, enum role role, const char *head, const char *text)
{
    int indent = KF_MIN(utf8_columns(head, strlen(head)), p->r.w / 2), x = p->r.x + 1;
    int width = KF_MAX(p->r.w - 2 - indent, 8);

    do {
        size_t n = fitting(text, width);

        p->lines++;
        if (p->lines > p->skip && p->r.h > 0) {
            canvas_str(p->c, x, p->r.y, indent, role, head);
            canvas_text(p->c, x + indent, p->r.y, width, p->role, text, n);
            rect_top(&p->r, 1);
        }
        text += n + strspn(text + n, " ");
        head = "";
    } while (*text);
}

static void put_node(void *user, const char *line)
{
    struct page *p = user;
    const char *answer = strstr(line, "  ");

    answer = answer ? answer + strspn(answer, " ") : "";
    put(p,
        strncmp(answer, "yes", 3) != 0         ? ROLE_DIM
        : strncmp(answer, "yes, when", 9) == 0 ? ROLE_WARN
                                               : ROLE_GOOD,
        "  ", line);
}

static void put_findings(const struct verdict *v, struct page *p)
{
    static const struct {
        const char *sign;
        enum role role;
    } looks[] = {
        [FINDING_REFUSED] = {"✗ ", ROLE_BAD},
        [FINDING_FAULT] = {"✗ ", ROLE_BAD},
        [FINDING_WARNING] = {"▲ ", ROLE_WARN},
        [FINDING_NOTE] = {"· ", ROLE_DIM},
    };
    _Static_assert(KF_LEN(looks) == FINDING_LEVEL_COUNT, "a look for every level");

    for (uint32_t i = 0; i < v->findings.count; i++) {
        const struct finding *f = &v->findings.v[i];
        char head[48];

        snprintf(head, sizeof(head), f->line ? "%sline %u: " : "%s", looks[f->level].sign, f->line);
        put(p, looks[f->level].role, head, f->text);
    }
}

/* The options as sbatch will read them, with the line each is from. */
static void put_options(const struct verdict *v, struct page *p)
{
    char head[32], text[300];

    for (uint32_t i = 0; i < v->request.count; i++) {
        const struct request_option *o = &v->request.options[i];

        if (o->source == REQUEST_FROM_SCRIPT)
            snprintf(head, sizeof(head), "  line %-4u ", o->line);
        else
            snprintf(head, sizeof(head), "  %-9s ",
                o->source == REQUEST_FROM_ENVIRONMENT ? "variable" : "form");
        snprintf(text, sizeof(text), "--%s%s%s%s", o->name, o->value[0] ? "=" : "", o->value,
            o->overruled ? "   (another one counts)" : "");
        p->role = o->overruled ? ROLE_DIM : ROLE_TEXT;
        put(p, ROLE_DIM, head, text);
    }
    p->role = ROLE_TEXT;
}

/* Whose the script is, or was, if it will run as somebody else than that. */
static void put_stranger(const struct app *a, struct page *p)
{
    const struct submit *s = &a->submit;
    const char *user = a->snapshot->cluster.user;
    char words[400];

    stranger_words(&s->stranger, s->read_path, words, sizeof(words));
    if (words[0]) {
        size_t n = strlen(words);

        snprintf(words + n, sizeof(words) - n, "; it will run as %s", user);
        put(p, ROLE_WARN, "▲ ", words);
    }
    if (s->resubmits && strcmp(s->job.user, user) != 0) {
        snprintf(words, sizeof(words), "job %s was %s's: this one will be %s's", s->job.label,
            s->job.user, user);
        put(p, ROLE_WARN, "▲ ", words);
    }
}

/* What of the job is not known: that is not silently another build. */
static void put_unknown(const struct submit *s, struct page *p)
{
    for (const char *at = buf_str(&s->unknown); s->resubmits && *at;) {
        size_t n = strcspn(at, "\n");
        char *line = xmemdup0(at, n);

        put(p, ROLE_WARN, "▲ ", line);
        free(line);
        at += n + (at[n] == '\n');
    }
}

static void put_verdict(struct app *a, struct page *p)
{
    const struct submit *s = &a->submit;
    const struct verdict *v = &s->verdict;
    char words[320];
    enum role head;

    if (s->error[0])
        put(p, ROLE_BAD, "✗ ", s->error);
    if (submit_text(a, FIELD_SCRIPT)[0] == '\0') {
        put(p, ROLE_DIM, "",
            "Which script? Tab lists those of the queue and of this directory, and completes "
            "paths.");
        return;
    }
    if (s->judged)
        put_stranger(a, p);
    if (s->judged)
        put_unknown(s, p);
    if (!s->judged && s->error[0]) /* the options cannot be read: nothing can be said */
        return;
    if (!s->judged) {
        put(p, s->read_error[0] && !submit_is_reading(a) ? ROLE_BAD : ROLE_DIM, "",
            s->read_error[0] && !submit_is_reading(a) ? s->read_error : "reading the script …");
        return;
    }
    head = v->fit.answer == FIT_NO || !v->runs ? ROLE_BAD
           : v->fit.answer == FIT_LATER        ? ROLE_WARN
                                               : ROLE_GOOD;
    p->role = head == ROLE_WARN ? ROLE_TEXT : head;
    snprintf(words, sizeof(words), "%s%s", v->fit.words, verdict_but(v));
    put(p, head, head == ROLE_BAD ? "✗ " : head == ROLE_WARN ? "◷ " : "● ", words);
    p->role = ROLE_TEXT;
    put_findings(v, p);
    check_node_lines(v, a->snapshot, NODES_TOLD, put_node, p);
}

/* Draws the verdict, and the options below it or, on a wide screen, in a place of their own. */
static void draw_verdict(
    struct app *a, struct canvas *c, struct rect line, struct rect r, const struct rect *options)
{
    struct submit *s = &a->submit;
    struct page p;

    for (int again = 0; again < 2; again++) {
        p = (struct page){.c = c, .r = r, .skip = s->scroll, .role = ROLE_TEXT};
        canvas_fill(c, r, ROLE_TEXT, " ");
        put_verdict(a, &p);
        if (s->judged && options == NULL)
            put_options(&s->verdict, &p);
        if (p.lines - p.skip >= r.h || s->scroll == 0)
            break;
        s->scroll = KF_MAX(0, p.lines - r.h); /* scrolled beyond the end */
    }
    if (p.lines - p.skip > r.h)
        canvas_printf(
            c, line.x + line.w - 14, line.y, 13, ROLE_DIM, " %d more ", p.lines - p.skip - r.h);
    if (s->judged && options) {
        p = (struct page){.c = c, .r = *options, .role = ROLE_TEXT};
        put(&p, ROLE_HEADER, "as sbatch reads it:", "");
        put_options(&s->verdict, &p);
    }
}

void submit_draw_keys(const struct app *a, struct canvas *c, struct rect r)
{
    static const char *const form[] = {"Ctrl-S", "submit", "Enter", "next", "Tab", "choose", "↑↓",
        "field", "PgDn", "more", "Esc", "leave", NULL};
    static const char *const send[] = {
        "Enter", "ask sbatch, then submit", "↑↓", "field", "PgDn", "more", "Esc", "leave", NULL};
    static const char *const list[] = {
        "Enter", "take it", "Tab", "next", "↑↓", "choose", "Esc", "close the list", NULL};
    const char *const *at = a->submit.choices.chosen        ? list
                            : a->submit.focus == FIELD_SEND ? send
                                                            : form;
    int x = r.x + 1;

    for (; *at; at += 2) {
        x += canvas_printf(c, x, r.y, r.x + r.w - x, ROLE_KEY, "%s", at[0]);
        x += canvas_printf(c, x, r.y, r.x + r.w - x, ROLE_HINT, " %s   ", at[1]);
    }
}

void submit_draw(struct app *a, struct canvas *c, struct rect r)
{
    struct submit *s = &a->submit;
    struct rect whole = r, title = rect_top(&r, 1), fields, line, options = r, verdict;
    bool wide = r.w >= WIDE_COLS;

    canvas_fill(c, whole, ROLE_TEXT, " ");
    canvas_fill(c, title, ROLE_BORDER, "─");
    if (s->resubmits)
        canvas_printf(c, title.x + 2, title.y, title.w - 3, ROLE_TITLE_FOCUS,
            " Submit the script of job %s again ", s->job.label);
    else
        canvas_str(
            c, title.x + 2, title.y, title.w - 3, ROLE_TITLE_FOCUS, " Submit a batch script ");
    if (wide) { /* fields and options left, the verdict right */
        options = rect_left(&r, FIELDS_COLS);
        fields = rect_top(&options, FORM_ROWS);
        rect_top(&options, 1);
        line = rect_left(&r, 1);
        canvas_fill(c, line, ROLE_BORDER, "│");
        verdict = r;
        line = title;
    } else {
        fields = rect_top(&r, FORM_ROWS);
        line = rect_top(&r, 1);
        canvas_fill(c, line, ROLE_BORDER, "─");
        verdict = r;
    }
    for (int i = 0; i < FIELD_COUNT; i++)
        draw_field(a, (enum submit_field)i, c, field_place((enum submit_field)i, fields));
    draw_send(a, c, fields);
    draw_verdict(a, c, line, verdict, wide ? &options : NULL);
    if (a->dialog.kind == DIALOG_NONE && s->focus != FIELD_SEND) {
        line = field_place(s->focus, fields);
        line = (struct rect){line.x + 1 + LABEL_COLS, line.y + 1, whole.w, whole.h};
        submit_draw_choices(a, c, line, whole);
    }
}
