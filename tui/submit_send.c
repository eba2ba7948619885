/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the form to the queue: sbatch --test-only for a second opinion, the question, sbatch --parsable. What
 * is sent is captured when Enter is pressed; the form is as it was until the job is in the queue.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "base/words.h"
#include "tui/app.h"

#define ANSWER_MS 60000

/* One sbatch under way, or waiting for the operator's answer. */
struct submission {
    struct app *app; /* NULL: nobody listens any more */
    struct process *process;
    char script[PATH_MAX], directory[PATH_MAX];
    struct submit_vectors vectors;
    struct buf request; /* what is run, as one would type it */
    unsigned long number; /* in the audit file */
};

static void free_submission(struct submission *sub)
{
    if (sub->app)
        sub->app->submit.under_way = NULL;
    process_free(sub->process);
    submit_vectors_release(&sub->vectors);
    buf_release(&sub->request);
    free(sub);
}

/* ---- words ---- */

/* "KERNEL_CONFIG=tinyconfig sbatch --parsable --mem=7G script.sh" */
static void write_request(struct submission *sub, const char *mode)
{
    buf_clear(&sub->request);
    for (int i = 0; i < sub->vectors.own; i++)
        words_add(&sub->request, sub->vectors.environment[i]);
    words_add(&sub->request, "sbatch");
    words_add(&sub->request, mode);
    for (char **word = sub->vectors.argv; *word; word++)
        words_add(&sub->request, *word);
    words_add(&sub->request, sub->script);
}

static void audit(struct submission *sub, const char *event, enum action_outcome outcome,
    uint32_t job_id, const char *words)
{
    struct app *a = sub->app;
    struct action_target target = {0};
    struct action_result result = {.outcome = outcome};

    if (job_id)
        snprintf(target.id, sizeof(target.id), "%u", job_id);
    snprintf(target.name, sizeof(target.name), "%s", strrchr(sub->script, '/') + 1);
    snprintf(result.words, sizeof(result.words), "%s", words);
    audit_add(&a->audit, &(struct audit_entry){.time_ms = app_now_ms(a),
                             .event = event,
                             .verb = "job-submit",
                             .argument = buf_str(&sub->request),
                             .cluster = a->snapshot->cluster.name,
                             .user = a->snapshot->cluster.user,
                             .number = sub->number,
                             .targets = &target,
                             .results = strcmp(event, "result") == 0 ? &result : NULL,
                             .count = 1});
}

/* sbatch's last words, without its name. */
static const char *last_words(const struct process_end *end)
{
    static const char *const prefixes[] = {"sbatch: error: ", "sbatch: "};
    const char *words = strrchr(end->errors, '\n');

    words = words ? words + 1 : end->errors;
    for (size_t i = 0; i < KF_LEN(prefixes); i++)
        if (strncmp(words, prefixes[i], strlen(prefixes[i])) == 0)
            words += strlen(prefixes[i]);
    return words;
}

/* ---- submitting ---- */

static void on_submitted(void *user, const struct process_end *end)
{
    struct submission *sub = user;
    struct app *a = sub->app;
    unsigned long id = strtoul(end->output, NULL, 10); /* "42" or "42;cluster" */
    const char *request = buf_str(&sub->request);

    if (a == NULL) {
        free_submission(sub);
        return;
    }
    if (end->timed_out) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED,
            "sent, outcome unknown: sbatch did not end within %d s — %s", ANSWER_MS / 1000,
            request);
        audit(sub, "result", ACTION_UNKNOWN, 0, "sbatch did not end in time");
    } else if (end->exit_status || end->signal || id == 0) {
        const char *words = end->errors[0] ? end->errors : "sbatch failed without a word";

        messages_add(
            &a->messages, app_now_ms(a), MESSAGE_FAILED, "not submitted: %s — %s", words, request);
        snprintf(a->submit.error, sizeof(a->submit.error), "sbatch: %s", last_words(end));
        audit(sub, "result", ACTION_REFUSED, 0, words);
    } else {
        messages_add(
            &a->messages, app_now_ms(a), MESSAGE_DONE, "submitted as job %lu — %s", id, request);
        audit(sub, "result", ACTION_DONE, (uint32_t)id, "");
        history_add(&a->submit.scripts, sub->script);
        resubmit_keep(a, (uint32_t)id);
        app_select_job(a, (uint32_t)id);
        submit_close(a);
    }
    refresh_now(&a->refresh, app_now_ms(a));
    a->reactions |= REACT_PAINT;
    free_submission(sub); /* last: `end` lies in it */
}

/* sbatch MODE OPTION… SCRIPT in the script's directory. */
static bool run(struct submission *sub, const char *mode, const struct process_events *events)
{
    const char **argv;
    struct diag d = DIAG_INIT;
    size_t n = 0;

    while (sub->vectors.argv[n])
        n++;
    argv = xcalloc(n + 4, sizeof(*argv));
    argv[0] = "sbatch";
    argv[1] = mode;
    memcpy(argv + 2, sub->vectors.argv, n * sizeof(*argv));
    argv[n + 2] = sub->script;
    write_request(sub, mode);
    sub->process = process_command_env(
        sub->app->loop, argv, sub->vectors.environment, sub->directory, ANSWER_MS, events, sub, &d);
    if (sub->process == NULL)
        snprintf(
            sub->app->submit.error, sizeof(sub->app->submit.error), "not submitted: %s", d.text);
    free(argv);
    return sub->process != NULL;
}

static const char *send_confirmed(struct app *a, const char *text)
{
    static const struct process_events events = {.ended = on_submitted};
    struct submission *sub = a->submit.under_way;

    (void)text;
    if (sub == NULL || act_forbidden(a))
        return NULL;
    sub->process = process_free(sub->process);
    sub->number = ++a->actions.number;
    write_request(sub, "--parsable");
    audit(sub, "request", ACTION_SENDING, 0, "");
    if (!run(sub, "--parsable", &events)) {
        audit(sub, "result", ACTION_NOT_SENT, 0, a->submit.error);
        free_submission(sub);
    }
    return NULL;
}

static void cancelled(struct app *a)
{
    if (a->submit.under_way)
        free_submission(a->submit.under_way);
}

/* ---- the second opinion, and the question ---- */

static void ask(struct submission *sub, const char *words)
{
    struct app *a = sub->app;
    const struct verdict *v = &a->submit.verdict;
    struct dialog d = {.kind = DIALOG_CONFIRM,
        .place = DIALOG_AT_BOTTOM,
        .accept = send_confirmed,
        .cancelled = cancelled,
        .yes = "submit",
        .no = "back to the form"};
    uint32_t told = 0;

    snprintf(d.question, sizeof(d.question), "Submit %s? It %s.", strrchr(sub->script, '/') + 1,
        a->submit.judged ? v->fit.words : "was not looked at");
    d.grave = a->submit.judged && v->findings.levels[FINDING_FAULT] > 0;
    dialog_note(&d, "sbatch says: %s", words);
    for (uint32_t i = 0; a->submit.judged && i < v->findings.count && told < 4; i++)
        if (v->findings.v[i].level <= FINDING_WARNING) {
            dialog_note(
                &d, "%s: %s", finding_level_name(v->findings.v[i].level), v->findings.v[i].text);
            told++;
        }
    a->dialog = d;
}

static void on_tested(void *user, const struct process_end *end)
{
    struct submission *sub = user;
    struct app *a = sub->app;
    char words[512];

    if (a == NULL || !a->submit.open) { /* the form was left meanwhile */
        free_submission(sub);
        return;
    }
    a->reactions |= REACT_PAINT;
    snprintf(words, sizeof(words), "%s", last_words(end));
    if (end->timed_out || end->exit_status || end->signal) {
        snprintf(a->submit.error, sizeof(a->submit.error), "sbatch says no: %s",
            end->timed_out ? "it did not answer in time"
            : words[0]     ? words
                           : "it ended without a word");
        free_submission(sub);
        return;
    }
    sub->process = process_free(sub->process);
    ask(sub, words);
}

static void say_dry(struct app *a, struct submission *sub)
{
    write_request(sub, "--parsable");
    messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE, "dry run, not done: (in %s) %s",
        sub->directory, buf_str(&sub->request));
    free_submission(sub);
    submit_close(a);
}

void submit_send(struct app *a)
{
    static const struct process_events events = {.ended = on_tested};
    struct submit *s = &a->submit;
    struct submission *sub;
    struct diag d = DIAG_INIT;

    s->error[0] = '\0';
    if (act_forbidden(a))
        return;
    if (s->under_way) {
        snprintf(s->error, sizeof(s->error), "sbatch has not answered yet");
        return;
    }
    if (submit_text(a, FIELD_SCRIPT)[0] == '\0') {
        snprintf(
            s->error, sizeof(s->error), "type the path of a batch script, or choose one with Tab");
        s->focus = FIELD_SCRIPT;
        return;
    }
    sub = xcalloc(1, sizeof(*sub));
    sub->app = a;
    submit_script(a, sub->script, sizeof(sub->script));
    submit_directory(a, sub->directory, sizeof(sub->directory));
    if (submit_vectors(a, &sub->vectors, &d) < 0) {
        snprintf(s->error, sizeof(s->error), "options: %s", d.text);
        free(sub);
        return;
    }
    s->under_way = sub;
    if (a->options.dry_run)
        say_dry(a, sub);
    else if (!run(sub, "--test-only", &events))
        free_submission(sub);
}

void submit_release_sending(struct submit *s)
{
    if (s->under_way == NULL)
        return;
    s->under_way->process = process_abandon(s->under_way->process);
    free_submission(s->under_way);
}
