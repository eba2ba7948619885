/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that find rows, and choose how they are shown. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "tui/app.h"
#include "tui/cmd.h"
#include "tui/joblog.h"
#include "tui/logfind.h"

unsigned cmd_filter(struct app *a, int unused)
{
    (void)unused;
    find_ask_filter(a);
    return REACT_PAINT;
}

unsigned cmd_search(struct app *a, int unused)
{
    (void)unused;
    find_ask_search(a);
    return REACT_PAINT;
}

unsigned cmd_log_search(struct app *a, int unused)
{
    (void)unused;
    logfind_ask(a);
    return REACT_PAINT;
}

bool cmd_searching(const struct app *a)
{
    return find_searching(a) || logfind_searching(a);
}

unsigned cmd_log_find(struct app *a, int what)
{
    static const char *const names[] = {
        [LOGFIND_ERROR] = "error", [LOGFIND_WARNING] = "warning", [LOGFIND_PATTERN] = "match"};
    int by = what < 0 ? -1 : 1;
    enum logfind_what kind = (enum logfind_what)((what < 0 ? -what : what) - 1);

    if (!logfind_go(a, kind, by))
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE, "no %s %s%s", names[kind],
            by > 0 ? "below" : "above",
            logbuf_starts_late(&a->log) ? " among the lines that are held" : "");
    return REACT_PAINT;
}

unsigned cmd_log_first(struct app *a, int unused)
{
    const struct job *j = joblog_job(a);
    const struct buildinfo *i = j ? progress_of(a->snapshot, j) : NULL;

    (void)unused;
    if (i == NULL || i->first[0] == '\0')
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE, "%s",
            i == NULL         ? "its log has not been read yet"
            : job_finished(j) ? "nothing broke in it"
                              : "nothing broke so far");
    else if (!logfind_first(a))
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "the first error is before the lines that are held: %s", i->first);
    return REACT_PAINT;
}

unsigned cmd_search_next(struct app *a, int by)
{
    if (logfind_searching(a))
        return cmd_log_find(a, by * (LOGFIND_PATTERN + 1));
    if (!find_next(a, by))
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE, "%s \"%s\"",
            filter_gave_up(a->find.wanted) ? "too many ways are tried on some rows by"
                                           : "no row has",
            a->find.wanted_text);
    return REACT_PAINT;
}

unsigned cmd_columns(struct app *a, int unused)
{
    (void)unused;
    find_ask_columns(a);
    return REACT_PAINT;
}

unsigned cmd_views(struct app *a, int unused)
{
    (void)unused;
    views_ask(a);
    return REACT_PAINT;
}

const char *cmd_view_save_blocked(const struct app *a, int unused)
{
    (void)unused;
    return views_blocked(a);
}

unsigned cmd_view_save(struct app *a, int unused)
{
    (void)unused;
    views_ask_save(a);
    return REACT_PAINT;
}

/* ---- sorting by a column of a list ---- */

#define OWN_ORDER "-" /* in the list: Slurm's own order, or ours */

static const char *accept_column(struct app *a, const char *text)
{
    bool nodes = find_focus(a) == COLUMNS_NODES;
    int column = column_find_typed(column_set(find_focus(a)), text, strcspn(text, " "));

    if (column < 0 && strncmp(text, OWN_ORDER, strcspn(text, " ")) != 0)
        return "no column, or more than one, begins with that";
    *(nodes ? &a->order_by.nodes : &a->order_by.jobs) = column;
    *(nodes ? &a->order_by.nodes_descending : &a->order_by.jobs_descending) = false;
    a->reactions |= REACT_PAINT | (nodes ? REACT_REBUILD_NODES : REACT_REBUILD_JOBS);
    return NULL;
}

unsigned cmd_sort_by(struct app *a, int unused)
{
    const struct column_set *set = column_set(find_focus(a));
    int by = find_focus(a) == COLUMNS_NODES ? a->order_by.nodes : a->order_by.jobs;
    struct dialog d = {.kind = DIALOG_PICK,
        .place = find_focus(a) == COLUMNS_NODES ? DIALOG_AT_NODE : DIALOG_AT_JOB,
        .question = "Sort by which column? O turns the order round.",
        .yes = "sort",
        .no = "as it was",
        .accept = accept_column};
    char line[128];

    (void)unused;
    choices_add(&d.choices, find_focus(a) == COLUMNS_NODES ? OWN_ORDER
                                "  what needs a person comes first"
                                                           : OWN_ORDER "  running, waiting, ended");
    for (int i = 0; i < set->count; i++) {
        snprintf(line, sizeof(line), "%-14s %s", set->columns[i].name, set->columns[i].help);
        choices_add(&d.choices, line);
    }
    choices_choose(&d.choices, by + 1);
    a->dialog = d;
    return REACT_PAINT;
}

/* ---- from the command line ---- */

/* What went wrong, kept until the next line. */
static const char *say(struct app *a, int err, const struct diag *d)
{
    snprintf(a->cmdline.wrong, sizeof(a->cmdline.wrong), "%s", d->text);
    return err < 0 ? a->cmdline.wrong : NULL;
}

const char *cmd_filter_take(struct app *a, int unused, const char *text)
{
    struct diag d = DIAG_INIT;

    (void)unused;
    return say(a, find_filter(a, find_focus(a), text, &d), &d);
}

const char *cmd_search_take(struct app *a, int unused, const char *text)
{
    struct diag d = DIAG_INIT;
    int err = find_search(a, text, &d);

    (void)unused;
    if (err == 0)
        a->reactions |= cmd_search_next(a, 1);
    return say(a, err, &d);
}

const char *cmd_log_search_take(struct app *a, int unused, const char *text)
{
    struct diag d = DIAG_INIT;
    int err = logfind_search(a, text, &d);

    (void)unused;
    if (err == 0)
        a->reactions |= cmd_log_find(a, LOGFIND_PATTERN + 1);
    return say(a, err, &d);
}

const char *cmd_columns_take(struct app *a, int unused, const char *text)
{
    struct diag d = DIAG_INIT;

    (void)unused;
    return say(a, find_columns(a, find_focus(a), find_alone(a), text, &d), &d);
}

const char *cmd_sort_by_take(struct app *a, int unused, const char *text)
{
    (void)unused;
    return accept_column(a, text);
}

/* The command takes an expression of several words: the last one is being typed. */
static void offer_word(void *user, const char *candidate)
{
    struct app *a = user;
    const char *text = a->cmdline.word;
    char whole[2 * LINEEDIT_BYTES];

    snprintf(whole, sizeof(whole), "%.*s%s", (int)filter_last_word(text), text, candidate);
    cmdline_offer_whole(a, whole);
}

void cmd_filter_offer(struct app *a, int unused)
{
    const char *text = a->cmdline.word;

    (void)unused;
    if (find_focus(a) != COLUMNS_COUNT)
        filter_offer(
            find_focus(a), text + filter_last_word(text), a->snapshot, app_now_s(a), offer_word, a);
}

void cmd_columns_offer(struct app *a, int unused)
{
    const struct column_set *set =
        find_focus(a) == COLUMNS_COUNT ? NULL : column_set(find_focus(a));

    (void)unused;
    for (int i = 0; set && i < set->count; i++)
        cmdline_offer(a, set->columns[i].name);
}

const char *cmd_views_take(struct app *a, int unused, const char *text)
{
    const struct saved_view *v = views_find(a, text);

    (void)unused;
    if (v == NULL)
        return "there is no view of this name; Tab shows those there are";
    views_show(a, v);
    return NULL;
}

void cmd_views_offer(struct app *a, int unused)
{
    const struct saved_view *v;

    (void)unused;
    for (int i = 0; (v = views_at(a, i)) != NULL; i++)
        cmdline_offer(a, v->name);
}

const char *cmd_view_save_take(struct app *a, int unused, const char *text)
{
    (void)unused;
    return views_take_name(a, text);
}
