/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/cmdline.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parse.h"
#include "tui/app.h"
#include "tui/command.h"

#define COMMAND_WORD 64 /* a longer one is no command */

/* What people type who know Slurm's own commands, or other programs. Of a word with several commands the first counts that
   can be given now. */
static const struct word {
    const char *word, *command;
} usual[] = {
    {"cancel", "job-cancel"},
    {"scancel", "job-cancel"},
    {"kill", "job-cancel"},
    {"requeue", "job-requeue"},
    {"hold", "job-hold"},
    {"release", "job-release"},
    {"submit", "job-submit"},
    {"sbatch", "job-submit"},
    {"resubmit", "job-resubmit"},
    {"priority", "job-priority"},
    {"nice", "job-nice"},
    {"top", "job-top"},
    {"limit", "job-time-limit"},
    {"signal", "job-signal"},
    {"suspend", "job-suspend"},
    {"resume", "job-resume"},
    {"resume", "node-resume"},
    {"drain", "node-drain"},
    {"undrain", "node-undrain"},
    {"reboot", "node-reboot"},
    {"run", "node-run"},
    {"srun", "node-run"},
    {"shell", "node-shell"},
    {"ssh", "node-shell"},
    {"jobs", "view-queue"},
    {"squeue", "view-queue"},
    {"sinfo", "view-nodes"},
    {"tail", "log-follow"},
    {"less", "log-pager"},
    {"pager", "log-pager"},
    {"vi", "log-edit"},
    {"edit", "log-edit"},
    {"errors", "log-diagnostics"},
    {"grep", "log-search"},
    {"save", "view-save"},
    {"unmark", "unmark-all"},
    {"exit", "quit"},
};

static const struct command *named(const char *name)
{
    for (int i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static const struct command *find_word(const struct app *a, const char *name, size_t n)
{
    const struct command *found = NULL;
    char why[COMMAND_WHY];

    for (size_t i = 0; i < KF_LEN(usual); i++) {
        if (strlen(usual[i].word) != n || memcmp(usual[i].word, name, n) != 0)
            continue;
        found = named(usual[i].command);
        if (found && !command_blocked(a, found, why))
            break;
    }
    return found;
}

/* The command that the n letters mean: its name, "farm" for view-farm, a usual word, or the beginning of one name alone.
   NULL, with how many begin so in *ret_count. */
static const struct command *find_command(
    const struct app *a, const char *name, size_t n, int *ret_count)
{
    const struct command *found;

    *ret_count = 0;
    for (int i = 0; i < command_count; i++) {
        const char *own = commands[i].name;

        if (strlen(own) == n && memcmp(own, name, n) == 0)
            return &commands[i];
        if (strncmp(own, "view-", 5) == 0 && strlen(own + 5) == n && memcmp(own + 5, name, n) == 0)
            return &commands[i];
    }
    found = find_word(a, name, n);
    if (found)
        return found;
    for (int i = 0; i < command_count; i++)
        if (strncmp(commands[i].name, name, n) == 0) {
            found = &commands[i];
            ++*ret_count;
        }
    return *ret_count == 1 ? found : NULL;
}

/* "42", or "44_3", a task of an array; false if it is neither. */
static bool read_job(const char *text, int64_t *ret_id, int64_t *ret_task)
{
    size_t n = strcspn(text, "_");
    char id[16];

    *ret_task = -1;
    if (n >= sizeof(id))
        return false;
    snprintf(id, sizeof(id), "%.*s", (int)n, text);
    return parse_i64(id, 1, UINT32_MAX, ret_id) == 0 &&
           (text[n] == '\0' || parse_i64(text + n + 1, 0, UINT32_MAX - 1, ret_task) == 0);
}

static bool has_task(const struct snapshot *s, const struct job *j, uint32_t task)
{
    struct taskset tasks = {0};
    bool has;

    if (j->has & JOB_HAS_TASK)
        return j->array_task_id == task;
    arrays_tasks(s, j, &tasks);
    has = taskset_has(&tasks, task);
    taskset_release(&tasks);
    return has;
}

/* The record of a task: its own, or that of all that wait. */
static const struct job *task_of(const struct app *a, uint32_t array, uint32_t task)
{
    const struct array *of = arrays_find(&a->order.arrays, array);

    for (uint32_t i = 0; of && i < of->count; i++) {
        const struct job *j = &a->snapshot->jobs[a->order.arrays.rows[of->first + i]];

        if (has_task(a->snapshot, j, task))
            return j;
    }
    return NULL;
}

/* The job, or the array, that a number without a task means. */
static const struct job *numbered(const struct app *a, uint32_t id)
{
    const struct job *j = snapshot_job(a->snapshot, id);
    const struct array *of = j ? NULL : arrays_find(&a->order.arrays, id);

    return of ? &a->snapshot->jobs[of->head]
              : j; /* the record that had the array's number is gone */
}

/* Goes to its row among those that are shown; false if it has none. */
static bool go_to_row(struct app *a, const struct job *j, bool whole_array)
{
    uint32_t row = (uint32_t)(j - a->snapshot->jobs);
    const struct array *of = arrays_of(&a->order.arrays, row);
    bool shown = of && arrays_shown(&a->order.arrays, row);

    /* a folded array has one row; and an array is there if any of its tasks is */
    if (of && ((of->folded && shown) || (whole_array && !shown && of->shown > 0)))
        j = &a->snapshot->jobs[of->head];
    return app_go_to_job(a, j->job_id);
}

/* Another view, with its rows. */
static void change_view(struct app *a, enum view_id view)
{
    app_show_view(a, view);
    app_apply(a);
}

static const char *go_to_job(struct app *a, int64_t id, int64_t task)
{
    const struct job *j =
        task < 0 ? numbered(a, (uint32_t)id) : task_of(a, (uint32_t)id, (uint32_t)task);
    bool whole_array = task < 0 && j && (j->has & JOB_HAS_ARRAY) && j->array_job_id == id;

    if (j == NULL)
        return task < 0 ? "Slurm knows no job of this number"
                        : "Slurm knows no such task of an array";
    if (!app_shows(a, PANE_QUEUE))
        change_view(a, VIEW_QUEUE);
    if (go_to_row(a, j, whole_array))
        return NULL;
    if (a->view == VIEW_BUILDS && job_is_build(a->snapshot, j) == IS_NO_BUILD) {
        change_view(a, VIEW_QUEUE);
        if (go_to_row(a, j, whole_array)) {
            messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
                job_has_log(j)
                    ? "this job's log has no build in it: here is the queue"
                    : "this job has no log, so it is not among the builds: here is the queue");
            return NULL;
        }
        change_view(a, VIEW_BUILDS);
    }
    return "the filter hides this job";
}

static const char *go_to_node(struct app *a, const char *name)
{
    if (!app_shows(a, PANE_NODES))
        app_show_view(a, VIEW_NODES);
    return app_go_to_node(a, name) ? NULL : "the filter hides this node";
}

static const char *wrong(struct app *a, const char *format, int n, const char *name, int count)
{
    struct cmdline *c = &a->cmdline;

    snprintf(c->wrong, sizeof(c->wrong), format, n, name, count);
    return c->wrong;
}

/* How many letters must be put in, left out, replaced, or swapped with the next one, to make one word of the other. */
static size_t distance(const char *from, size_t n, const char *to)
{
    size_t rows[3][COMMAND_WORD + 1] = {0}, m = strlen(to);

    if (n > COMMAND_WORD || m > COMMAND_WORD)
        return SIZE_MAX;
    for (size_t k = 0; k <= m; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t k = 1; k <= m; k++) {
            now[k] =
                KF_MIN(KF_MIN(last[k], now[k - 1]) + 1, last[k - 1] + (from[i - 1] != to[k - 1]));
            if (i > 1 && k > 1 && from[i - 1] == to[k - 2] && from[i - 2] == to[k - 1])
                now[k] = KF_MIN(now[k], before[k - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

/* The command, or usual word, that was most likely meant; NULL: none is near. */
static const char *nearest(const char *name, size_t n)
{
    size_t best = n < 4 ? 2 : 3; /* of a short word every letter counts */
    const char *found = NULL;

    for (size_t i = 0; i < (size_t)command_count + KF_LEN(usual); i++) {
        const char *word =
            i < (size_t)command_count ? commands[i].name : usual[i - (size_t)command_count].word;
        size_t d = distance(name, n, word);

        if (d < best) {
            best = d;
            found = word;
        }
    }
    return found;
}

static const char *no_command(struct app *a, int n, const char *name)
{
    const char *meant = nearest(name, (size_t)n);
    struct cmdline *c = &a->cmdline;

    if (meant == NULL)
        return wrong(a, "there is no command \"%.*s\"; Tab shows those there are", n, name, 0);
    snprintf(c->wrong, sizeof(c->wrong), "there is no command \"%.*s\"; did you mean %s?", n, name,
        meant);
    return c->wrong;
}

const char *cmdline_run(struct app *a, const char *line)
{
    const char *name = line + strspn(line, " :"), *text;
    size_t n = strcspn(name, " ");
    const struct command *c;
    int64_t id, task;
    int count;

    text = name + n + strspn(name + n, " ");
    if (n == 0)
        return NULL;
    if (*text == '\0' && read_job(name, &id, &task))
        return go_to_job(a, id, task);
    c = find_command(a, name, n, &count);
    if (c == NULL && *text == '\0' && snapshot_node(a->snapshot, name))
        return go_to_node(a, name);
    if (c == NULL)
        return count ? wrong(a, "\"%.*s\" could mean %d commands: Tab shows them", (int)n, name,
                           count)
                     : no_command(a, (int)n, name);
    if (c->active && !c->active(a))
        return "that only means something while it is under way";
    if (*text && c->take == NULL)
        return wrong(a, "%.*s takes nothing behind it", (int)strlen(c->name), c->name, 0);
    if (command_blocked(a, c, a->cmdline.wrong))
        return a->cmdline.wrong;
    if (*text)
        return c->take(a, c->argument, text);
    a->reactions |= c->run(a, c->argument);
    return NULL;
}

/* ---- completion ---- */

static void offer_names(struct app *a, const char *text)
{
    size_t n = strlen(text);
    char whole[64];

    for (int i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];

        if (strncmp(c->name, text, n) != 0 || (c->active && !c->active(a)))
            continue;
        snprintf(whole, sizeof(whole), "%s%s", c->name, c->take ? " " : "");
        choices_add(&a->dialog.choices, whole);
    }
    for (size_t i = 0; i < KF_LEN(usual) && n > 0; i++)
        if (strncmp(usual[i].word, text, n) == 0)
            choices_add(&a->dialog.choices, usual[i].word);
}

void cmdline_offer_whole(struct app *a, const char *words)
{
    char whole[2 * LINEEDIT_BYTES];

    snprintf(whole, sizeof(whole), "%s%s", a->cmdline.before, words);
    choices_add(&a->dialog.choices, whole);
}

void cmdline_offer(struct app *a, const char *candidate)
{
    if (strncmp(candidate, a->cmdline.word, strlen(a->cmdline.word)) == 0)
        cmdline_offer_whole(a, candidate);
}

static void complete(struct app *a, const char *text)
{
    struct cmdline *line = &a->cmdline;
    size_t n = strcspn(text, " "), start;
    const struct command *c;
    int count;

    if (text[n] == '\0') {
        offer_names(a, text);
        return;
    }
    c = find_command(a, text, n, &count);
    if (c == NULL || c->offer == NULL)
        return;
    /* the word before the cursor, and what stands in front of it */
    n += strspn(text + n, " ");
    start = strlen(text);
    while (start > n && strchr(c->separators ? c->separators : "", text[start - 1]) == NULL)
        start--;
    snprintf(line->before, sizeof(line->before), "%.*s", (int)start, text);
    snprintf(line->word, sizeof(line->word), "%s", text + start);
    c->offer(a, c->argument);
}

void cmdline_ask(struct app *a)
{
    a->dialog = (struct dialog){.kind = DIALOG_LINE,
        .question = ":",
        .yes = "Tab completes",
        .example = "job-priority 100, filter state:pend, sort-by time, 42, 44_3",
        .accept = cmdline_run,
        .complete = complete,
        .history = &a->cmdline.history};
}
