/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/words.h"
#include "tui/app.h"
#include "tui/joblog.h"
#include "tui/srun.h"

#define AT_ONCE_US 2000000 /* a failure that comes sooner was no session */

static bool uses_srun(const struct app *a)
{
    const struct config *c = a->options.config;

    return c->shell_count > 0 && strcmp(c->shell[0], "srun") == 0;
}

/* The command that the configuration has for it, as a line. */
static void add_template(const struct app *a, struct buf *out)
{
    const struct config *c = a->options.config;

    for (int i = 0; i < c->shell_count; i++)
        words_add(out, c->shell[i]);
}

const char *shell_blocked(const struct app *a)
{
    const struct node *n = app_node(a);
    const char *why = act_forbidden(a);

    if (why)
        return why;
    if (n == NULL)
        return "no node is selected";
    /* ssh may get onto a node that Slurm cannot reach */
    return uses_srun(a) ? action_blocked_node(ACTION_NODE_SHELL, n, &a->snapshot->cluster) : NULL;
}

/* A pager or an editor. */
static bool is_local(const struct shell *s)
{
    return s->node[0] == '\0';
}

static struct audit_entry entry(
    const struct app *a, const char *event, const struct action_target *target)
{
    return (struct audit_entry){.time_ms = app_now_ms(a),
        .event = event,
        .verb = action_info(ACTION_NODE_SHELL)->name,
        .argument = buf_str(&a->shell.line),
        .cluster = a->snapshot->cluster.name,
        .user = a->snapshot->cluster.user,
        .number = a->shell.number,
        .targets = target,
        .count = 1};
}

static struct action_target node_target(const struct shell *s)
{
    struct action_target target = {0};

    snprintf(target.id, sizeof(target.id), "%s", s->node);
    snprintf(target.name, sizeof(target.name), "%s", s->node);
    return target;
}

static void audit_result(struct app *a, enum action_outcome outcome, const char *words)
{
    struct action_target target = node_target(&a->shell);
    struct audit_entry e = entry(a, "result", &target);
    struct action_result result = {.outcome = outcome};

    if (is_local(&a->shell)) /* it changes nothing */
        return;
    snprintf(result.words, sizeof(result.words), "%s", words);
    e.results = &result;
    audit_add(&a->audit, &e);
}

static void on_recorded(void *user, const char *why)
{
    struct app *a = user;
    struct shell *s = &a->shell;

    s->recording = false;
    s->started_us = clock_monotonic_us();
    a->reactions |= why ? REACT_PAINT : REACT_SHELL;
    if (why == NULL)
        return;
    audit_result(a, ACTION_NOT_SENT, why);
    s->open = false;
    messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED,
        "node-shell not opened, as it cannot be written down ([audit] required): %s", why);
}

/* Writes down that it is asked for: may it be opened at once? */
static bool audit_opening(struct app *a)
{
    struct action_target target = node_target(&a->shell);
    struct audit_entry e = entry(a, "request", &target);

    return audit_request(&a->audit, &e, on_recorded, a);
}

unsigned shell_open(struct app *a)
{
    struct shell *s = &a->shell;
    struct buf template = BUF_INIT;
    struct diag d = DIAG_INIT;
    int count;

    if (shell_blocked(a) || s->open)
        return REACT_NONE;
    shell_release(a);
    snprintf(s->node, sizeof(s->node), "%s", node_str(a->snapshot, app_node(a)->name));
    add_template(a, &template);
    srun_shell(a, s->node, buf_str(&template), &s->line);
    buf_release(&template);
    if (a->options.dry_run) {
        messages_add(
            &a->messages, app_now_ms(a), MESSAGE_NOTE, "dry run, not done: %s", buf_str(&s->line));
        return REACT_PAINT;
    }
    count = words_split(buf_str(&s->line), &s->argv, &d);
    if (count <= 0) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "node-shell: no command: %s",
            d.text[0] ? d.text : "the configuration has none");
        return REACT_PAINT;
    }
    s->open = true;
    s->number = ++a->actions.number;
    s->started_us = clock_monotonic_us();
    s->recording = !audit_opening(a);
    return s->recording ? REACT_PAINT : REACT_SHELL;
}

/* ---- files of the job's user ---- */

/* An operator's own job names files as the operator would. */
static const char *place_blocked(const struct app *a, const struct log_place *place)
{
    const struct job *j = joblog_job(a);

    if (source_is_replay(a->source))
        return "this is a recording, and the files that it names may be anybody's";
    if (place->path[0] == '\0' || j == NULL)
        return "the file is not there, or not readable for the job's user";
    if (place->uid != j->uid && j->uid != geteuid())
        return "the file belongs to another user than the job";
    return NULL;
}

/* The selection has moved, or the reader has only begun. */
static bool is_waiting(const struct app *a)
{
    return !source_is_replay(a->source) && (a->log_settle_ms || !a->log_places_known);
}

static const char *files_blocked(const struct app *a)
{
    const char *why = place_blocked(a, &a->log_places[LOG_STDOUT]);

    return why && place_blocked(a, &a->log_places[LOG_STDERR]) ? why : NULL;
}

/* What the editor goes to, and the line, 0 if none is known. */
static struct log_place editor_place(const struct app *a, int64_t *ret_line)
{
    const struct diaglist_row *r = diaglist_selected(a);
    struct log_place place;
    enum log_stream stream;

    if (r == NULL || a->diags.source_path[0] == '\0') {
        stream = loglook_line(a, ret_line);
        return a->log_places[stream];
    }
    place.uid = a->diags.source_uid;
    snprintf(place.path, sizeof(place.path), "%s", a->diags.source_path);
    *ret_line = r->source_line;
    return place;
}

static const char *edited_blocked(const struct app *a)
{
    int64_t line;
    struct log_place place = editor_place(a, &line);

    return place_blocked(a, &place);
}

const char *shell_pager_blocked(const struct app *a)
{
    return is_waiting(a) ? NULL : files_blocked(a);
}

const char *shell_editor_blocked(const struct app *a)
{
    return is_waiting(a) ? NULL : edited_blocked(a);
}

/* The file with the first error comes first, and less goes to it there. */
static void add_files(const struct app *a, bool less, struct buf *line)
{
    const struct job *j = joblog_job(a);
    const struct buildinfo *i = j ? progress_of(a->snapshot, j) : NULL;
    int first = i && i->first_line && i->first_stream == LOG_STDERR ? LOG_STDERR : LOG_STDOUT;
    const struct log_place *places[] = {&a->log_places[first], &a->log_places[!first]};
    char at[32];

    if (less && i && i->first_line) {
        snprintf(at, sizeof(at), "+%lld", (long long)i->first_line);
        words_add(line, at);
    } else if (less) {
        words_add(line, "+G");
    }
    for (int k = 0; k < 2; k++)
        if (place_blocked(a, places[k]) == NULL &&
            (k == 0 || strcmp(places[0]->path, places[1]->path) != 0))
            words_add(line, places[k]->path);
}

/* Starts the command line that stands in `line`, as `what` has it. */
static unsigned open_program(struct app *a, const char *what)
{
    struct shell *s = &a->shell;
    struct diag d = DIAG_INIT;

    if (words_split(buf_str(&s->line), &s->argv, &d) <= 0) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "%s: %s", what, d.text);
        return REACT_PAINT;
    }
    s->open = true;
    s->started_us = clock_monotonic_us();
    return REACT_SHELL;
}

static unsigned open_pager(struct app *a)
{
    const char *pager = getenv("PAGER");

    pager = pager && *pager ? pager : "less";
    buf_adds(&a->shell.line, pager);
    add_files(a, strncmp(pager, "less", 4) == 0, &a->shell.line);
    return open_program(a, "PAGER");
}

static unsigned open_editor(struct app *a)
{
    const char *editor = getenv("VISUAL");
    struct log_place place;
    char at[32];
    int64_t line;

    if (editor == NULL || *editor == '\0')
        editor = getenv("EDITOR");
    buf_adds(&a->shell.line, editor && *editor ? editor : "vi");
    place = editor_place(a, &line);
    if (line > 0) {
        snprintf(at, sizeof(at), "+%lld", (long long)line);
        words_add(&a->shell.line, at);
    }
    words_add(&a->shell.line, place.path);
    return open_program(a, "EDITOR");
}

static const struct {
    const char *command;
    const char *(*blocked)(const struct app *a);
    unsigned (*open)(struct app *a);
} programs[] = {
    [SHELL_NONE] = {0},
    [SHELL_PAGER] = {"log-pager", files_blocked, open_pager},
    [SHELL_EDITOR] = {"log-edit", edited_blocked, open_editor},
};
_Static_assert(KF_LEN(programs) == SHELL_PROGRAM_COUNT, "a row for every program");

/* On the files of the job that is selected, not of the one before. */
static unsigned open_files(struct app *a, enum shell_program program)
{
    const char *why;

    joblog_open(a);
    if (a->shell.open || a->log_paths[0][0] == '\0')
        return REACT_NONE;
    if (is_waiting(a)) {
        a->shell.wanted = program;
        return REACT_NONE;
    }
    why = programs[program].blocked(a);
    if (why) {
        messages_add(
            &a->messages, app_now_ms(a), MESSAGE_FAILED, "%s: %s", programs[program].command, why);
        return REACT_PAINT;
    }
    shell_release(a);
    return programs[program].open(a);
}

unsigned shell_open_pager(struct app *a)
{
    return open_files(a, SHELL_PAGER);
}

unsigned shell_open_editor(struct app *a)
{
    return open_files(a, SHELL_EDITOR);
}

void shell_places_known(struct app *a)
{
    enum shell_program wanted = a->shell.wanted;

    a->shell.wanted = SHELL_NONE;
    if (wanted != SHELL_NONE)
        a->reactions |= open_files(a, wanted);
}

char **shell_environment(const struct app *a)
{
    static char *const secure[] = {(char *)"LESSSECURE=1", (char *)"PAGERSECURE=1"};
    char **env = srun_environment();
    size_t n = 0;

    while (env[n])
        n++;
    if (!is_local(&a->shell))
        return env;
    env = xreallocarray(env, n + KF_LEN(secure) + 1, sizeof(*env));
    memmove(env + KF_LEN(secure), env, (n + 1) * sizeof(*env));
    memcpy(env, secure, sizeof(secure)); /* of two that set the same the first one counts */
    return env;
}

bool shell_ended(struct app *a, int status, const char *failed, char *words, size_t size)
{
    struct shell *s = &a->shell;
    int64_t took_us = clock_monotonic_us() - s->started_us;
    bool well = !failed && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    bool at_once = !well && !failed && took_us < AT_ONCE_US;

    if (!s->open)
        return false;
    if (failed)
        snprintf(words, size, "%s", failed);
    else if (WIFSIGNALED(status))
        snprintf(words, size, "%s was ended by signal %d", s->argv[0], WTERMSIG(status));
    else
        snprintf(words, size, "%s ended with exit %d", s->argv[0], WEXITSTATUS(status));
    audit_result(a, s->recording ? ACTION_NOT_SENT : well ? ACTION_DONE : ACTION_REFUSED, words);
    s->open = false;
    if (is_local(s)) {
        if (!well)
            messages_add(
                &a->messages, app_now_ms(a), MESSAGE_FAILED, "%s — %s", words, buf_str(&s->line));
        return at_once;
    }
    /* the status of a session is that of the last command in it, and says nothing */
    messages_add(&a->messages, app_now_ms(a), failed || at_once ? MESSAGE_FAILED : MESSAGE_NOTE,
        "shell on %s: %s — %s", s->node, words, buf_str(&s->line));
    refresh_now(&a->refresh, app_steady_ms(a)); /* srun's job is in the queue */
    return at_once;
}

void shell_release(struct app *a)
{
    struct shell *s = &a->shell;
    char words[128];

    shell_ended(a, 0, "kfarm-top was left before it ended", words, sizeof(words));
    audit_forget(&a->audit, a);
    buf_release(&s->line);
    free(s->argv);
    *s = (struct shell){0};
}
