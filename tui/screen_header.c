/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two lines on top (is the farm well?) and the last one (what can be done?). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/fmt.h"
#include "tui/command.h"
#include "tui/keys.h"
#include "tui/screen.h"
#include "tui/summary.h"
#include "widgets/pieces.h"

#define FOOTER_MAX 40 /* hints */
#define METER      20 /* columns of a bar */

/* Writes pieces of a line one behind the other. */
struct pen {
    struct canvas *c;
    int x, y, end;
};

static void pen_put(struct pen *p, enum role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void pen_put(struct pen *p, enum role role, const char *format, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    p->x += canvas_str(p->c, p->x, p->y, p->end - p->x, role, text);
}

/* "3 down" if there are any, in its role. */
static void add_count(struct pieces *p, int priority, uint32_t n, const char *word, enum role role)
{
    if (n)
        pieces_add(p, priority, role, " %u %s", n, word);
}

static void add_link(const struct app *a, bool narrow, struct pieces *p)
{
    int64_t now = app_steady_ms(a), fresh = refresh_fresh_ms(a->snapshot);
    enum link_state link = refresh_link(&a->refresh, a->snapshot, now);
    char age[FMT_SIZE] = "", waited[FMT_SIZE];

    if (fresh)
        fmt_age_ms(age, refresh_age_ms(&a->refresh, now));
    if (fresh && link != LINK_OK) /* in front: Slurm's words may be long */
        pieces_add(p, 2, ROLE_WARN, "data %s old  ", age);
    switch (link) {
    case LINK_STARTING:
        pieces_add(p, 1, ROLE_WARN, "◐ asking Slurm");
        break;
    case LINK_OK:
        pieces_add(p, 1, ROLE_GOOD, "●");
        pieces_add(p, 1, ROLE_DIM, " %s ago", age);
        if (!narrow)
            pieces_add(p, 9, ROLE_DIM, "  %.0f ms/refresh",
                (double)(a->snapshot->cpu_us + a->apply_us) / 1000);
        break;
    case LINK_SLOW:
        pieces_add(p, 1, ROLE_WARN, "▲ no answer for %s",
            fmt_age_ms(
                waited, now - (a->refresh.asked_ms ? a->refresh.asked_ms : a->refresh.due_ms)));
        break;
    case LINK_DOWN:
    case LINK_LOST:
        pieces_text(p, 4, 20, ROLE_BAD, "✗ %s", a->refresh.words);
        break;
    }
}

static void put_time(const struct app *a, struct canvas *c, struct rect r)
{
    time_t t = (time_t)app_now_s(a);
    char text[16] = "";
    struct tm tm;

    if (localtime_r(&t, &tm))
        strftime(text, sizeof(text), "%H:%M:%S", &tm);
    canvas_right(c, r.x, r.y, r.w - 1, ROLE_DIM, text);
}

/* Where there is no room for all, first goes what needs nobody. */
static void add_counts(const struct summary *s, bool stale, struct pieces *p)
{
    int first = p->count;

    pieces_add(p, 1, ROLE_DIM, "nodes");
    pieces_add(p, 1, ROLE_BRIGHT, " %u", s->nodes);
    add_count(p, 1, s->down, "down", ROLE_BAD);
    add_count(p, 2, s->draining, "drain", ROLE_WARN);
    add_count(p, 2, s->silent, "not responding", ROLE_WARN);
    add_count(p, 3, s->rebooting, "rebooting", ROLE_WARN);
    add_count(p, 4, s->busy, "busy", ROLE_BUSY);
    add_count(p, 5, s->idle, "idle", ROLE_GOOD);
    add_count(p, 6, s->off, "off", ROLE_DIM);
    pieces_add(p, 1, ROLE_DIM, "   jobs");
    pieces_add(p, 1, ROLE_BRIGHT, " %u", s->jobs);
    add_count(p, 2, s->failed, "F", ROLE_BAD);
    add_count(p, 2, s->running, "R", ROLE_BUSY);
    add_count(p, 4, s->completing, "CG", ROLE_WARN);
    add_count(p, 4, s->suspended, "S", ROLE_WARN);
    add_count(p, 3, s->pending, "PD", ROLE_TEXT);
    add_count(p, 5, s->held, "held", ROLE_WARN);
    add_count(p, 6, s->done, "done", ROLE_DIM);
    for (int i = first; i < p->count && stale; i++)
        p->v[i].role = ROLE_DIM;
}

static void draw_first_line(struct app *a, const struct summary *s, struct canvas *c, struct rect r)
{
    const struct cluster *cluster = &a->snapshot->cluster;
    struct pieces p = {0};

    pieces_add(&p, 1, ROLE_BRIGHT, "%s", cluster->name[0] ? cluster->name : "kfarm-top");
    if (cluster->controller[0] && r.w >= 100)
        pieces_add(&p, 7, ROLE_DIM, " %s", cluster->controller);
    if (cluster->version[0] && r.w >= 60)
        pieces_add(&p, 8, ROLE_DIM, " %s", cluster->version);
    if (a->options.read_only)
        pieces_add(&p, 1, ROLE_WARN, " read-only");
    if (a->options.dry_run)
        pieces_add(&p, 1, ROLE_WARN, " dry run");
    if (a->source && source_is_replay(a->source))
        pieces_add(&p, 1, ROLE_WARN, " recording");
    pieces_add(&p, 1, ROLE_TEXT, "  ");
    add_link(a, r.w <= 70, &p);
    if (r.w >= 120 && refresh_fresh_ms(a->snapshot)) {
        pieces_add(&p, 1, ROLE_TEXT, "   ");
        add_counts(s, app_stale(a), &p);
    }
    pieces_draw(&p, c, (struct rect){r.x + 1, r.y, r.w - 11, 1});
    put_time(a, c, r);
}

static void put_meter(
    struct pen *p, const char *name, uint64_t part, uint64_t whole, const char *text)
{
    pen_put(p, ROLE_DIM, "%s ", name);
    canvas_meter(p->c, p->x, p->y, METER, whole ? (double)part / (double)whole : 0, ROLE_METER);
    p->x += METER;
    pen_put(p, ROLE_TEXT, " %s   ", text);
}

/* "waiting 12 ▁▂▃▅": how many jobs wait, and how that went over the last refreshes. */
static void draw_waiting(
    const struct app *a, const struct summary *s, struct canvas *c, struct rect r, int from)
{
    int width = KF_MIN(30, r.x + r.w - 1 - from - 16), columns = KF_MIN(a->spark_count, width);
    char text[32];

    if (r.w < 120 || columns < 2)
        return;
    canvas_spark(c, r.x + r.w - 1 - width, r.y, width, a->spark + a->spark_count - columns, columns,
        ROLE_DIM);
    snprintf(text, sizeof(text), "waiting %u", s->pending);
    canvas_right(c, r.x, r.y, r.w - 2 - width, ROLE_DIM, text);
}

/* The second line of a narrow screen: the counts, and the sums without bars. */
static void draw_counts(
    const struct summary *s, const char *cpus, const char *memory, struct canvas *c, struct rect r)
{
    struct pieces p = {0};

    add_counts(s, false, &p);
    if (r.w >= 100) {
        pieces_add(&p, 3, ROLE_DIM, "   CPU");
        pieces_add(&p, 3, ROLE_TEXT, " %s", cpus);
        pieces_add(&p, 3, ROLE_DIM, "   MEM");
        pieces_add(&p, 3, ROLE_TEXT, " %s", memory);
    }
    pieces_draw(&p, c, (struct rect){r.x + 1, r.y, r.w - 2, 1});
}

/* CPUs and memory: what jobs have, of what they have or could have (struct summary). */
static void draw_second_line(
    struct app *a, const struct summary *s, struct canvas *c, struct rect r)
{
    struct pen p = {c, r.x + 1, r.y, r.x + r.w - 1};
    char cpus[48], memory[2 * FMT_SIZE + 4], alloc[FMT_SIZE], usable[FMT_SIZE];

    if (s->nodes == 0 && s->jobs == 0)
        return;
    snprintf(cpus, sizeof(cpus), "%llu/%llu", (unsigned long long)s->cpus_alloc,
        (unsigned long long)s->cpus_usable);
    snprintf(memory, sizeof(memory), "%s/%s G", fmt_gib(alloc, s->mem_alloc_mb),
        fmt_gib(usable, s->mem_usable_mb));
    if (r.w < 120) {
        draw_counts(s, cpus, memory, c, r);
        return;
    }
    put_meter(&p, "CPU", s->cpus_alloc, s->cpus_usable, cpus);
    put_meter(&p, "MEM", s->mem_alloc_mb, s->mem_usable_mb, memory);
    if (s->load_known) {
        pen_put(&p, ROLE_DIM, "LOAD ");
        pen_put(&p, ROLE_TEXT, "%.1f", s->load);
    }
    draw_waiting(a, s, c, r, p.x);
}

void header_draw(struct app *a, struct canvas *c, struct rect r)
{
    struct rect second;

    draw_first_line(a, &a->summary, c, rect_top(&r, 1));
    second = rect_top(&r, 1);
    draw_second_line(a, &a->summary, c, second);
    if (app_stale(a))
        canvas_tint(c, second, ROLE_DIM);
}

/* The footer shows a message for a few seconds, then the keys again. */
static bool draw_message(const struct app *a, struct canvas *c, struct rect r)
{
    const struct message *m = messages_shown(&a->messages);

    if (m == NULL || a->view == VIEW_MESSAGES)
        return false;
    pieces_cut(
        c, r.x + 1, r.y, r.w - 2, message_role(m->kind), m->text); /* the messages have all of it */
    return true;
}

/* What is being done to many, and the keys that can still change it. */
static bool draw_status(const struct app *a, struct canvas *c, struct rect r)
{
    struct pen p = {c, r.x + 1, r.y, r.x + r.w - 1};
    char status[160], key[32];

    act_status(a, status, sizeof(status));
    if (status[0] == '\0')
        return false;
    pen_put(&p, ROLE_WARN, "%s", status);
    for (int i = 0; i < command_count; i++) {
        const struct command *k = &commands[i];

        if (k->active == NULL || !k->active(a) || (k->flags & COMMAND_QUIET))
            continue;
        command_first_key(k, key, sizeof(key));
        if (p.x + (int)(strlen(key) + strlen(k->hint)) + 4 > p.end)
            break;
        pen_put(&p, ROLE_KEY, "   %s", key);
        pen_put(&p, ROLE_HINT, " %s", k->hint);
    }
    return true;
}

struct hint {
    const struct command *command;
    char key[32];
    bool can;
    int width;
};

/* Leaves out what there is no room for: what cannot be done now first, then from the end on; what is there for the list
   of errors, the way to help and the way out always stay. */
static int fit_hints(struct hint *hints, int count, int room)
{
    int total = 0;

    for (int i = 0; i < count; i++)
        total += hints[i].width;
    while (total > room) {
        int drop = -1;

        for (int i = 0; i < count; i++)
            if ((hints[i].command->flags & COMMAND_MUTATES) &&
                (drop < 0 || !hints[i].can || hints[drop].can))
                drop = i;
        /* nothing but what only looks: help and quit are the last two */
        for (int i = count - 3; i >= 0 && drop < 0; i--)
            if (!(hints[i].command->flags & COMMAND_LISTS))
                drop = i;
        if (drop < 0)
            break;
        total -= hints[drop].width;
        memmove(&hints[drop], &hints[drop + 1], (size_t)(--count - drop) * sizeof(*hints));
    }
    return count;
}

/* Is a command worth a place in the footer now? */
static bool is_hinted(const struct app *a, const struct command *k)
{
    bool list = a->view == VIEW_LOG && a->diags.open;
    char key[32];

    if (k->views && !(k->views & 1u << a->view))
        return false;
    command_first_key(k, key, sizeof(key));
    if (command_for_key(a, keys_parse(key, strlen(key))) != k) /* it means another one here */
        return false;
    if ((k->flags & COMMAND_QUIET) && !(list && (k->flags & COMMAND_LISTS)))
        return false;
    return k->active == NULL || k->active(a);
}

void footer_draw(struct app *a, struct canvas *c, struct rect r)
{
    struct pen p = {c, r.x + 1, r.y, r.x + r.w - 1};
    struct hint hints[FOOTER_MAX];
    char why[COMMAND_WHY];
    int count = 0;

    if (draw_status(a, c, r) || draw_message(a, c, r))
        return;
    if (a->dialog.kind != DIALOG_NONE) /* it has the keys, and says which */
        return;
    for (int i = 0; i < command_count && count < FOOTER_MAX; i++) {
        const struct command *k = &commands[i];
        struct hint *h = &hints[count];

        if (!is_hinted(a, k))
            continue;
        *h = (struct hint){.command = k, .can = !command_blocked(a, k, why)};
        command_first_key(k, h->key, sizeof(h->key));
        h->width = (int)(strlen(h->key) + strlen(k->hint)) + 3;
        count++;
    }
    count = fit_hints(hints, count, r.w + 1); /* the last one's blanks need no room */
    p.end++;
    for (int i = 0; i < count; i++) {
        pen_put(&p, hints[i].can ? ROLE_KEY : ROLE_BLOCKED, "%s", hints[i].key);
        pen_put(&p, hints[i].can ? ROLE_HINT : ROLE_BLOCKED, " %s  ", hints[i].command->hint);
    }
}
