/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run has a task for each of its targets; pump() starts the next ones when others have ended. The
 * outcome of a task is that of its result: ACTION_OUTCOME_COUNT while it waits for its turn,
 * ACTION_SENDING while its srun lives. A run ends, and is freed, with its last task.
 *
 * Marks stay on what was run on: nothing about the nodes has changed, and the next command is often
 * for the same ones.
 */
#include "tui/noderun.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "base/words.h"
#include "tui/app.h"
#include "tui/srun.h"

#define KILL_MS   35000 /* srun itself gives its step 32 s to end */
#define LEAVE_MS  3000 /* at the end of the program */
#define PAINT_MS  50 /* between two drawings of what comes in */
#define TOLD_EACH 50 /* up to so many, a message for each in a dry run */

struct node_task {
    struct node_run *run;
    uint32_t target;
    struct process *process; /* NULL: does not run */
    int64_t started_us;
    char words[200]; /* srun's last ones */
};

struct node_run {
    struct node_run *next;
    struct app *app;
    struct act_ask ask;
    struct action_result *results;
    struct node_task *tasks; /* of the targets */
    uint32_t begun, ended;
    unsigned long number;
    int64_t kill_at_ms; /* 0: it was not stopped; or killed already */
    bool stopped;
    bool recording; /* it begins once the line of its request is in the audit file */
};

static uint32_t count_of(const struct node_run *run)
{
    return run->ask.targets.count;
}

static const char *node_of(const struct node_task *t)
{
    return t->run->ask.targets.v[t->target].id;
}

/* A command may write without end: it is drawn a few times a second. */
static void paint_soon(struct app *a)
{
    struct noderuns *runs = &a->runs;

    if (runs->paint_at_ms == 0)
        runs->paint_at_ms = KF_MAX(app_steady_ms(a), runs->last_paint_ms + PAINT_MS);
}

/* ---- the end of a run ---- */

static void free_run(struct app *a, struct node_run *run)
{
    struct node_run **at = &a->runs.first;

    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    audit_forget(&a->audit, run);
    targets_release(&run->ask.targets);
    free(run->results);
    free(run->tasks);
    free(run);
}

static void finish(struct app *a, struct node_run *run)
{
    const struct action_result *first = &run->results[0];
    uint32_t done = 0, total = count_of(run);

    for (uint32_t i = 0; i < total; i++)
        done += run->results[i].outcome == ACTION_DONE;
    act_audit(a, "result", run->number, &run->ask, run->results);
    if (total == 1)
        messages_add(&a->messages, app_now_ms(a), done ? MESSAGE_DONE : MESSAGE_FAILED,
            "node %s: %s — %s", run->ask.targets.v[0].id, first->words, run->ask.argument);
    else
        messages_add(&a->messages, app_now_ms(a), done == total ? MESSAGE_DONE : MESSAGE_WARNING,
            "%u nodes: %u ended with exit 0, %u did not — %s", total, done, total - done,
            run->ask.argument);
    a->actions.ended_ms = app_steady_ms(a);
    refresh_now(&a->refresh, app_steady_ms(a)); /* srun's jobs are in the queue */
    a->reactions |= REACT_PAINT;
    free_run(a, run);
}

/* The task is over: what became of it. */
static void settle(struct node_task *t, enum action_outcome outcome, const char *words)
{
    struct action_result *r = &t->run->results[t->target];

    r->target = t->target;
    r->outcome = outcome;
    snprintf(r->words, sizeof(r->words), "%s", words);
    output_addf(&t->run->app->output, outcome == ACTION_DONE ? ROLE_GOOD : ROLE_BAD, node_of(t),
        "%s", words);
    t->run->ended++;
    paint_soon(t->run->app);
}

/* ---- events of srun ---- */

static void add_line(struct node_task *t, enum role role, const char *line, size_t len)
{
    struct app *a = t->run->app;

    output_add(&a->output, role, node_of(t), line, len);
    if (len >= PROCESS_LINE_MAX)
        output_addf(&a->output, ROLE_WARN, node_of(t),
            "(the line above was longer: the rest of "
            "it is left out)");
    paint_soon(a);
}

static void on_output_line(void *user, const char *line, size_t len)
{
    add_line(user, ROLE_TEXT, line, len);
}

/* srun's own words are mixed with the command's, which could forge them: they are shown, and decide
   nothing. */
static void on_error_line(void *user, const char *line)
{
    static const char error[] = "srun: error: ";
    struct node_task *t = user;
    char ended[160];

    snprintf(ended, sizeof(ended), "%s%s: task 0: Exited with exit code ", error, node_of(t));
    if (strncmp(line, ended, strlen(ended)) == 0)
        return; /* the last line of the node says it */
    if (strncmp(line, error, strlen(error)) == 0)
        snprintf(t->words, sizeof(t->words), "%s", line + strlen(error));
    add_line(t, ROLE_WARN, line, strlen(line));
}

static void pump(struct app *a);

static void on_ended(void *user, const struct process_end *end)
{
    struct node_task *t = user;
    struct node_run *run = t->run;
    struct app *a = run->app;
    double seconds = (double)(clock_monotonic_us() - t->started_us) / 1e6;
    char words[256];
    bool well;

    if (end->signal == SIGKILL)
        snprintf(words, sizeof(words),
            "srun was killed after %.1f s: its step may still be there (squeue -s)", seconds);
    else if (run->stopped)
        snprintf(words, sizeof(words), "stopped after %.1f s", seconds);
    else if (end->signal)
        snprintf(
            words, sizeof(words), "srun was ended by signal %d after %.1f s", end->signal, seconds);
    else if (end->exit_status && t->words[0])
        snprintf(
            words, sizeof(words), "exit %d in %.1f s: %s", end->exit_status, seconds, t->words);
    else
        snprintf(words, sizeof(words), "exit %d in %.1f s", end->exit_status, seconds);
    well = end->exit_status == 0 && end->signal == 0 && !run->stopped;
    settle(t, well ? ACTION_DONE : ACTION_REFUSED, words);
    t->process = process_free(t->process); /* `end` lies in it */
    a->runs.active--;
    if (run->ended == count_of(run))
        finish(a, run);
    pump(a);
}

/* ---- starting ---- */

static void start_task(struct node_task *t)
{
    static const struct process_events events = {
        .output_line = on_output_line, .error_line = on_error_line, .ended = on_ended};
    struct node_run *run = t->run;
    struct app *a = run->app;
    char **env = srun_environment(), **argv = NULL;
    struct buf line = BUF_INIT;
    struct diag d = DIAG_INIT;

    srun_run(a, node_of(t), run->ask.argument, &line);
    t->started_us = clock_monotonic_us();
    if (words_split(buf_str(&line), &argv, &d) > 0)
        t->process =
            process_command_env(a->loop, (const char *const *)argv, env, NULL, 0, &events, t, &d);
    if (t->process) {
        run->results[t->target].outcome = ACTION_SENDING;
        a->runs.active++;
    } else {
        settle(t, ACTION_NOT_SENT, d.text);
    }
    buf_release(&line);
    free(argv);
    free(env);
}

static void pump(struct app *a)
{
    struct node_run *next;

    for (struct node_run *run = a->runs.first; run; run = next) {
        next = run->next;
        if (run->recording)
            continue;
        while (run->begun < count_of(run) && a->runs.active < NODERUN_AT_ONCE)
            start_task(&run->tasks[run->begun++]);
        if (run->ended == count_of(run)) /* not one could be started */
            finish(a, run);
    }
}

static void add_title(struct app *a, const struct act_ask *ask)
{
    time_t now = (time_t)app_now_s(a);
    char at[16] = "?";
    struct tm tm;

    if (localtime_r(&now, &tm))
        strftime(at, sizeof(at), "%H:%M:%S", &tm);
    if (a->output.end > a->output.first)
        output_add(&a->output, ROLE_TEXT, NULL, "", 0);
    if (ask->targets.count == 1)
        output_addf(
            &a->output, ROLE_TITLE, NULL, "%s on %s: %s", at, ask->targets.v[0].id, ask->argument);
    else
        output_addf(&a->output, ROLE_TITLE, NULL, "%s on %u nodes: %s", at, ask->targets.count,
            ask->argument);
}

/* Settles those that have not begun. */
static void settle_rest(struct node_run *run, enum action_outcome outcome, const char *words)
{
    while (run->begun < count_of(run))
        settle(&run->tasks[run->begun++], outcome, words);
}

static void on_recorded(void *user, const char *why)
{
    struct node_run *run = user;
    struct app *a = run->app;

    run->recording = false;
    if (why) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED,
            "node-run not started, as it cannot be written down ([audit] required): %s", why);
        settle_rest(run, ACTION_NOT_SENT, "not started: it cannot be written down");
        act_audit(a, "result", run->number, &run->ask, run->results);
        free_run(a, run);
    }
    pump(a);
    a->reactions |= REACT_PAINT;
}

void noderun_start(struct app *a, struct act_ask *ask)
{
    struct node_run *run = xcalloc(1, sizeof(*run)), **last = &a->runs.first;

    run->app = a;
    run->ask = *ask;
    *ask = (struct act_ask){.verb = ask->verb};
    run->number = ++a->actions.number;
    run->results = xcalloc(count_of(run), sizeof(*run->results));
    run->tasks = xcalloc(count_of(run), sizeof(*run->tasks));
    for (uint32_t i = 0; i < count_of(run); i++) {
        run->results[i] = (struct action_result){.target = i, .outcome = ACTION_OUTCOME_COUNT};
        run->tasks[i] = (struct node_task){.run = run, .target = i};
    }
    while (*last)
        last = &(*last)->next;
    *last = run;
    run->recording = !act_audit_request(a, run->number, &run->ask, on_recorded, run);
    add_title(a, &run->ask);
    a->output_view.following = true;
    app_show_view(a, VIEW_OUTPUT);
    pump(a);
}

void noderun_say_dry(struct app *a, const struct act_ask *ask)
{
    const struct targets *t = &ask->targets;

    for (uint32_t i = 0; i < KF_MIN(t->count, (uint32_t)TOLD_EACH); i++) {
        struct buf line = BUF_INIT;

        srun_run(a, t->v[i].id, ask->argument, &line);
        messages_add(
            &a->messages, app_now_ms(a), MESSAGE_NOTE, "dry run, not done: %s", buf_str(&line));
        buf_release(&line);
    }
    if (t->count > TOLD_EACH)
        messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE,
            "dry run, not done: %u more of these", t->count - TOLD_EACH);
}

/* ---- stopping, time ---- */

bool noderun_under_way(const struct app *a)
{
    return a->runs.first != NULL;
}

static void signal_run(struct node_run *run, int signum)
{
    for (uint32_t i = 0; i < count_of(run); i++)
        if (run->tasks[i].process)
            process_signal(run->tasks[i].process, signum);
}

void noderun_stop(struct app *a)
{
    struct node_run *next;

    for (struct node_run *run = a->runs.first; run; run = next) {
        next = run->next;
        if (run->stopped)
            continue;
        run->stopped = true;
        run->kill_at_ms = app_steady_ms(a) + KILL_MS;
        signal_run(run, SIGTERM);
        settle_rest(run, ACTION_STOPPED, "not started: stopped before");
        if (run->ended == count_of(run))
            finish(a, run);
    }
}

void noderun_tick(struct app *a)
{
    int64_t now_ms = app_steady_ms(a);

    if (a->runs.paint_at_ms && now_ms >= a->runs.paint_at_ms) {
        a->runs.paint_at_ms = 0;
        a->runs.last_paint_ms = now_ms;
        a->reactions |= REACT_PAINT;
    }
    for (struct node_run *run = a->runs.first; run; run = run->next)
        if (run->kill_at_ms && now_ms >= run->kill_at_ms) {
            run->kill_at_ms = 0;
            signal_run(run, SIGKILL);
        }
}

int64_t noderun_due_ms(const struct app *a)
{
    int64_t due = a->runs.paint_at_ms;

    for (const struct node_run *run = a->runs.first; run; run = run->next)
        if (run->kill_at_ms && (due == 0 || run->kill_at_ms < due))
            due = run->kill_at_ms;
    return due;
}

void noderun_status(const struct app *a, char *out, size_t size)
{
    uint32_t ended = 0, total = 0;
    bool stopped = true;

    out[0] = '\0';
    for (const struct node_run *run = a->runs.first; run; run = run->next) {
        ended += run->ended;
        total += count_of(run);
        stopped = stopped && run->stopped;
    }
    if (total > 0)
        snprintf(out, size, "node-run: %u of %u %s done%s", ended, total,
            total == 1 ? "node" : "nodes", stopped ? ", stopping" : "");
}

/* ---- the end of the program ---- */

void noderun_release(struct app *a)
{
    int64_t until_us = clock_monotonic_us() + LEAVE_MS * 1000ll;

    noderun_stop(a);
    while (a->runs.first && clock_monotonic_us() < until_us) {
        uv_run(a->loop, UV_RUN_NOWAIT);
        usleep(5000);
    }
    for (struct node_run *run = a->runs.first, *next; run; run = next) { /* they go on ending */
        next = run->next;
        for (uint32_t i = 0; i < count_of(run); i++)
            if (run->tasks[i].process) {
                run->tasks[i].process = process_abandon(run->tasks[i].process);
                settle(&run->tasks[i], ACTION_UNKNOWN, "kfarm-top was left before it ended");
            }
        act_audit(a, "result", run->number, &run->ask, run->results);
        free_run(a, run);
    }
    output_release(&a->output);
}
