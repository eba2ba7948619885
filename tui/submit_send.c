/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the form to the queue: sbatch --test-only for a second opinion, the question, sbatch --parsable. What
 * is sent is captured when Enter is pressed; the form is as it was until the job is in the queue. Both times sbatch
 * reads what was captured, or is not started: see scriptcopy.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/process.h"
#include "base/alloc.h"
#include "base/harmless.h"
#include "base/path.h"
#include "base/quote.h"
#include "base/words.h"
#include "tui/app.h"
#include "tui/scriptcopy.h"

#define ANSWER_MS 60000

#define FOUND_TOLD 4 /* findings that the question repeats */
#define PATH_COLS  140 /* of the script's path in the question: two lines */

/*
 * One sbatch under way, or waiting for the operator's answer. All that it is about is captured when
 * Enter is pressed: the form may be left, or hold something else, when sbatch answers.
 */
struct submission {
    struct app *app; /* NULL: nobody listens any more */
    uv_loop_t *loop;
    struct process *process;
    struct scriptcopy *checking; /* the script, before sbatch is started */
    unsigned form; /* the opening of the form that it is from */
    bool confirmed; /* by the operator */
    bool recording; /* it is submitted once the line of its request is in the audit file */
    char script[PATH_MAX], directory[PATH_MAX];
    char work_dir[PATH_MAX]; /* that the form gives; "": none */
    char copy[PATH_MAX]; /* what sbatch reads in its place; "": none */
    struct stranger stranger;
    struct buf text; /* of the script */
    struct submit_vectors vectors;
    char options[LINEEDIT_BYTES],
        arguments[LINEEDIT_BYTES]; /* as in the form, for the record of it */
    char unknown[400]; /* what of the job whose script it is is not known; "" */
    char verdict[256]; /* ours, in words */
    char *found[FOUND_TOLD]; /* owned */
    char owner[64]; /* of the job whose script it is, if that is another user; "" */
    char job[64]; /* its number */
    bool grave;
    bool tested; /* sbatch has no objection: the question may be asked */
    char opinion[448]; /* what it said */
    struct buf request; /* what is run, as one would type it */
    unsigned long number; /* in the audit file */
};

static void remove_copy(struct submission *sub)
{
    if (sub->copy[0])
        scriptcopy_remove(sub->loop, sub->copy);
    sub->copy[0] = '\0';
}

static void free_submission(struct submission *sub)
{
    if (sub->app && sub->app->submit.under_way == sub)
        sub->app->submit.under_way = NULL;
    if (sub->app)
        audit_forget(&sub->app->audit, sub);
    process_free(sub->process);
    scriptcopy_forget(sub->checking);
    remove_copy(sub);
    submit_vectors_release(&sub->vectors);
    buf_release(&sub->request);
    buf_release(&sub->text);
    for (int i = 0; i < FOUND_TOLD; i++)
        free(sub->found[i]);
    free(sub);
}

/* The form that it is from is still open. */
static bool has_form(const struct submission *sub)
{
    return sub->app->submit.open && sub->app->submit.opened == sub->form;
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
    for (char **word = sub->vectors.arguments; *word; word++)
        words_add(&sub->request, *word);
}

/* The request, and as a comment what it does not say: that sbatch read a copy, and whose script it is. The bytes are
   kept, under the job's number (resubmit_keep()). */
static void add_argument(const struct submission *sub, struct buf *out)
{
    char words[400];

    buf_adds(out, buf_str(&sub->request));
    stranger_words(&sub->stranger, sub->script, words, sizeof(words));
    if (words[0])
        buf_addf(out, " # a private copy of what was read: %zu bytes; %s", sub->text.len, words);
    if (sub->owner[0])
        buf_addf(out, " # job %s was %s's", sub->job, sub->owner);
}

/* Writes it down; of a "request", may it be sent at once? Else `written` is called. */
static bool audit(struct submission *sub, const char *event, enum action_outcome outcome,
    uint32_t job_id, const char *words, audit_written_fn *written)
{
    struct app *a = sub->app;
    struct action_target target = {0};
    struct action_result result = {.outcome = outcome};
    struct buf argument = BUF_INIT;
    struct audit_entry e;
    bool at_once = true;

    add_argument(sub, &argument);
    if (job_id)
        snprintf(target.id, sizeof(target.id), "%u", job_id);
    snprintf(target.name, sizeof(target.name), "%s", path_last(sub->script));
    snprintf(result.words, sizeof(result.words), "%s", words);
    e = (struct audit_entry){.time_ms = app_now_ms(a),
        .event = event,
        .verb = "job-submit",
        .argument = buf_str(&argument),
        .cluster = a->snapshot->cluster.name,
        .user = a->snapshot->cluster.user,
        .number = sub->number,
        .targets = &target,
        .results = strcmp(event, "result") == 0 ? &result : NULL,
        .count = 1};
    if (written)
        at_once = audit_request(&a->audit, &e, written, sub);
    else
        audit_add(&a->audit, &e);
    buf_release(&argument);
    return at_once;
}

/* What sbatch said, in one line and without its name. */
static void all_words(const struct process_end *end, char *out, size_t size)
{
    static const char *const prefixes[] = {"sbatch: error: ", "sbatch: fatal: ", "sbatch: "};
    size_t used = 0;

    out[0] = '\0';
    for (const char *at = end->errors; *at && used < size - 1;) {
        size_t n = strcspn(at, "\n"), skip = 0;

        for (size_t i = 0; i < KF_LEN(prefixes) && !skip; i++)
            if (strncmp(at, prefixes[i], strlen(prefixes[i])) == 0)
                skip = strlen(prefixes[i]);
        if (strncmp(at, "Try \"sbatch --help\"", 19) != 0 && n > skip)
            used += (size_t)snprintf(
                out + used, size - used, "%s%.*s", used ? " " : "", (int)(n - skip), at + skip);
        at += n + (at[n] == '\n');
    }
}

/* ---- submitting ---- */

/* What the job had beside its script, for one who submits it again. */
static void keep(struct submission *sub, uint32_t id)
{
    struct app *a = sub->app;
    const struct config *c = a->options.config;
    const char *const variables[] = {c->source_variable ? c->source_variable : "",
        c->output_variable ? c->output_variable : "", c->config_variable ? c->config_variable : "",
        NULL};
    struct buf record = BUF_INIT;

    submitted_write(&(struct submitted_facts){.cluster = a->snapshot->cluster.name,
                        .time_s = app_now_ms(a) / 1000,
                        .options = sub->options,
                        .arguments = sub->arguments,
                        .script = buf_str(&sub->text),
                        .environment = sub->vectors.environment,
                        .variables = variables},
        &record);
    resubmit_keep(a, id, &sub->text, &record);
    buf_release(&record);
}

/* The job is there. An sbatch that waits for its end (--wait) is left to itself. */
static void on_submitted(struct submission *sub, uint32_t id)
{
    struct app *a = sub->app;

    messages_add(&a->messages, app_now_ms(a), MESSAGE_DONE, "submitted as job %u — %s", id,
        buf_str(&sub->request));
    audit(sub, "result", ACTION_DONE, id, "", NULL);
    history_add(&a->submit.scripts, sub->script);
    history_add(&a->submit.directories, sub->work_dir);
    keep(sub, id);
    remove_copy(sub);
    app_select_job(a, id);
    if (has_form(sub)) {
        submit_close(a);
        unasked_change(a);
    }
    refresh_now(&a->refresh, app_steady_ms(a));
    a->reactions |= REACT_PAINT;
    a->submit.under_way = NULL;
    sub->app = NULL;
}

/* "42", or "42;cluster". */
static void on_output_line(void *user, const char *line, size_t len)
{
    struct submission *sub = user;
    unsigned long id = strtoul(line, NULL, 10);

    (void)len;
    if (sub->app && id > 0 && id < UINT32_MAX)
        on_submitted(sub, (uint32_t)id);
}

static void on_sbatch_ended(void *user, const struct process_end *end)
{
    struct submission *sub = user;
    struct app *a = sub->app;
    const char *words = end->errors[0] ? end->errors : "sbatch failed without a word";
    char said[448];

    if (a == NULL) { /* it told the job's number, or the program ends */
        free_submission(sub);
        return;
    }
    if (end->timed_out) {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED,
            "sent, outcome unknown: sbatch did not end within %d s — %s", ANSWER_MS / 1000,
            buf_str(&sub->request));
        audit(sub, "result", ACTION_UNKNOWN, 0, "sbatch did not end in time", NULL);
    } else {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "not submitted: %s — %s", words,
            buf_str(&sub->request));
        audit(sub, "result", ACTION_REFUSED, 0, words, NULL);
        all_words(end, said, sizeof(said));
        if (has_form(sub))
            snprintf(a->submit.error, sizeof(a->submit.error), "sbatch: %s", said);
    }
    refresh_now(&a->refresh, app_steady_ms(a));
    a->reactions |= REACT_PAINT;
    free_submission(sub); /* last: `end` lies in it */
}

/* sbatch MODE OPTION… SCRIPT ARGUMENT… in the script's directory, which may lie on a file server that is gone: so
   the child changes to it by env(1), and not on its way into it, for which libuv would wait. */
static bool run(struct submission *sub, const char *mode, const struct process_events *events)
{
    const char *const head[] = {"env", "-C", sub->directory, "sbatch", mode};
    const char **argv;
    struct diag d = DIAG_INIT;
    size_t n = 0, behind = 0;

    while (sub->vectors.argv[n])
        n++;
    while (sub->vectors.arguments[behind])
        behind++;
    argv = xcalloc(KF_LEN(head) + n + behind + 2, sizeof(*argv));
    memcpy(argv, head, sizeof(head));
    memcpy(argv + KF_LEN(head), sub->vectors.argv, n * sizeof(*argv));
    argv[KF_LEN(head) + n] = sub->copy[0] ? sub->copy : sub->script; /* both begin with / */
    memcpy(argv + KF_LEN(head) + n + 1, sub->vectors.arguments, behind * sizeof(*argv));
    write_request(sub, mode);
    sub->process = process_command_env(
        sub->app->loop, argv, sub->vectors.environment, "/", ANSWER_MS, events, sub, &d);
    if (sub->process == NULL)
        snprintf(
            sub->app->submit.error, sizeof(sub->app->submit.error), "not submitted: %s", d.text);
    free(argv);
    return sub->process != NULL;
}

/* The script is not what was judged, or cannot be handed over: nothing is sent. */
static void take_back(struct submission *sub, const struct scriptcopy_answer *answer)
{
    struct app *a = sub->app;
    char name[QUOTE_BYTES], words[512];

    quote(path_last(sub->script), QUOTE_NAME, name, sizeof(name));
    if (answer->changed)
        snprintf(words, sizeof(words),
            "%s changed since it was read, and is read again: Ctrl-S submits it as it is now",
            name);
    else
        snprintf(words, sizeof(words), "not submitted: %s", answer->wrong);
    if (has_form(sub)) {
        snprintf(a->submit.error, sizeof(a->submit.error), "%s", words);
        submit_read(a);
    } else {
        messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED, "%s", words);
    }
    a->reactions |= REACT_PAINT;
    free_submission(sub);
}

static void start_sbatch(struct submission *sub)
{
    static const struct process_events events = {
        .output_line = on_output_line, .ended = on_sbatch_ended};

    if (!run(sub, "--parsable", &events)) {
        audit(sub, "result", ACTION_NOT_SENT, 0, sub->app->submit.error, NULL);
        free_submission(sub);
    }
}

static void on_recorded(void *user, const char *why)
{
    struct submission *sub = user;
    struct app *a = sub->app;

    sub->recording = false;
    a->reactions |= REACT_PAINT;
    if (why == NULL) {
        start_sbatch(sub);
        return;
    }
    messages_add(&a->messages, app_now_ms(a), MESSAGE_FAILED,
        "not submitted, as it cannot be written down ([audit] required): %s — %s", why,
        buf_str(&sub->request));
    if (has_form(sub))
        snprintf(a->submit.error, sizeof(a->submit.error), "not submitted: %s", why);
    audit(sub, "result", ACTION_NOT_SENT, 0, why, NULL);
    free_submission(sub);
}

static void submit(struct submission *sub)
{
    sub->number = ++sub->app->actions.number;
    write_request(sub, "--parsable");
    sub->recording = !audit(sub, "request", ACTION_SENDING, 0, "", on_recorded);
    if (!sub->recording)
        start_sbatch(sub);
}

/* The operator's own script was compared with what was judged once more. */
static void on_compared(void *user, const struct scriptcopy_answer *answer)
{
    struct submission *sub = user;

    sub->checking = NULL;
    if (answer->path)
        submit(sub);
    else
        take_back(sub, answer);
}

static const char *send_confirmed(struct app *a, const char *text)
{
    struct submission *sub = a->submit.under_way;

    (void)text;
    if (sub == NULL || act_forbidden(a))
        return NULL;
    sub->confirmed = true;
    if (sub->copy[0]) {
        submit(sub);
        return NULL;
    }
    sub->checking = scriptcopy_start(a->loop, sub->script, &sub->text, false, on_compared, sub);
    if (sub->checking == NULL)
        take_back(sub, &(struct scriptcopy_answer){.wrong = "no thread can be started"});
    return NULL;
}

static void cancelled(struct app *a)
{
    if (a->submit.under_way)
        free_submission(a->submit.under_way);
}

/* ---- the second opinion, and the question ---- */

static void ask(struct submission *sub)
{
    struct dialog d = {.kind = DIALOG_CONFIRM,
        .place = DIALOG_AT_BOTTOM,
        .accept = send_confirmed,
        .cancelled = cancelled,
        .grave = sub->grave,
        .yes = "submit",
        .no = "back to the form"};
    const char *user = sub->app->snapshot->cluster.user;
    char name[QUOTE_BYTES], whose[400], path[4 * QUOTE_BYTES];

    quote(path_last(sub->script), QUOTE_NAME, name, sizeof(name));
    stranger_words(&sub->stranger, sub->script, whose, sizeof(whose));
    snprintf(d.question, sizeof(d.question), "Submit %s%s%s? It %s.", name, whose[0] ? " as " : "",
        whose[0] ? user : "", sub->verdict);
    if (whose[0]) {
        dialog_note(&d, "%s; it will run as %s", whose, user);
        dialog_note(&d, "%s", quote(sub->script, PATH_COLS, path, sizeof(path)));
    }
    if (sub->owner[0])
        dialog_note(&d, "job %s was %s's: this one will be %s's", sub->job, sub->owner, user);
    if (sub->unknown[0])
        dialog_note(&d, "%s", sub->unknown);
    dialog_note(&d, "sbatch says: %s", sub->opinion);
    for (int i = 0; i < FOUND_TOLD && sub->found[i]; i++)
        dialog_note(&d, "%s", sub->found[i]);
    sub->app->dialog = d;
}

static void on_tested(void *user, const struct process_end *end)
{
    struct submission *sub = user;
    struct app *a = sub->app;
    char words[448];

    if (a == NULL) {
        free_submission(sub);
        return;
    }
    a->reactions |= REACT_PAINT;
    all_words(end, words, sizeof(words));
    if (end->timed_out || end->exit_status || end->signal) {
        snprintf(a->submit.error, sizeof(a->submit.error), "sbatch says no: %s",
            end->timed_out ? "it did not answer in time"
            : words[0]     ? words
                           : "it ended without a word");
        free_submission(sub);
        return;
    }
    sub->process = process_free(sub->process);
    snprintf(sub->opinion, sizeof(sub->opinion), "%s", words);
    sub->tested = true;
    submit_ask(a);
}

void submit_ask(struct app *a)
{
    struct submission *sub = a->submit.under_way;

    if (sub == NULL || !sub->tested || a->dialog.kind != DIALOG_NONE)
        return;
    sub->tested = false;
    ask(sub);
    unasked_change(a);
}

/* The script is what was judged, or a copy of that is there. */
static void on_checked(void *user, const struct scriptcopy_answer *answer)
{
    static const struct process_events events = {.ended = on_tested};
    struct submission *sub = user;

    sub->checking = NULL;
    if (answer->path == NULL) {
        take_back(sub, answer);
        return;
    }
    if (sub->stranger.way != STRANGER_NONE)
        snprintf(sub->copy, sizeof(sub->copy), "%s", answer->path);
    sub->app->reactions |= REACT_PAINT;
    if (!run(sub, "--test-only", &events))
        free_submission(sub);
}

static void say_dry(struct app *a, struct submission *sub)
{
    write_request(sub, "--parsable");
    messages_add(&a->messages, app_now_ms(a), MESSAGE_NOTE, "dry run, not done: (in %s) %s",
        sub->directory, buf_str(&sub->request));
    free_submission(sub);
    submit_close(a);
}

/* What is known of it now. */
static void capture(struct submission *sub, const struct app *a)
{
    const struct submit *s = &a->submit;
    const struct verdict *v = &s->verdict;
    int told = 0;

    buf_add(&sub->text, buf_str(&s->text), s->text.len);
    snprintf(sub->options, sizeof(sub->options), "%s", submit_text(a, FIELD_OPTIONS));
    snprintf(sub->arguments, sizeof(sub->arguments), "%s", submit_text(a, FIELD_ARGUMENTS));
    if (s->resubmits)
        snprintf(sub->unknown, sizeof(sub->unknown), "%.*s",
            (int)strcspn(buf_str(&s->unknown), "\n"), buf_str(&s->unknown));
    sub->form = s->opened;
    if (s->resubmits && strcmp(s->job.user, a->snapshot->cluster.user) != 0)
        snprintf(sub->owner, sizeof(sub->owner), "%s", s->job.user);
    snprintf(sub->job, sizeof(sub->job), "%s", s->job.label);
    snprintf(sub->verdict, sizeof(sub->verdict), "%s%s", v->fit.words, verdict_but(v));
    sub->stranger = s->stranger;
    sub->grave = v->findings.levels[FINDING_FAULT] > 0 || sub->stranger.way != STRANGER_NONE;
    for (uint32_t i = 0; i < v->findings.count && told < FOUND_TOLD; i++)
        if (v->findings.v[i].level <= FINDING_WARNING) {
            const struct finding *f = &v->findings.v[i];
            struct buf b = BUF_INIT;

            buf_adds(&b, finding_level_name(f->level));
            if (f->line)
                buf_addf(&b, ", line %u", f->line);
            buf_addf(&b, ": %s", f->text);
            sub->found[told++] = b.p;
        }
}

/* Why nothing can be sent yet; false if it can. */
static bool is_not_ready(struct app *a)
{
    struct submit *s = &a->submit;
    const char *why = NULL;

    if (s->under_way) {
        why = "sbatch has not answered yet";
    } else if (submit_text(a, FIELD_SCRIPT)[0] == '\0') {
        why = "type the path of a batch script, or choose one with Tab";
        s->focus = FIELD_SCRIPT;
    } else if (!s->judged && submit_is_reading(a)) {
        why = "the script is still being read: it is sent then";
        s->send_when_read = true;
    } else if (s->read_error[0]) {
        why = s->read_error;
    } else if (!s->judged) {
        return true; /* the options cannot be read: that is said already */
    }
    if (why)
        snprintf(s->error, sizeof(s->error), "%s", why);
    return why != NULL;
}

void submit_send(struct app *a)
{
    struct submit *s = &a->submit;
    struct submission *sub;

    if (s->judged)
        s->error[0] = '\0';
    if (act_forbidden(a) || is_not_ready(a))
        return;
    sub = xcalloc(1, sizeof(*sub));
    sub->app = a;
    sub->loop = a->loop;
    submit_script(a, sub->script, sizeof(sub->script));
    submit_directory(a, sub->directory, sizeof(sub->directory));
    submit_work_dir(a, sub->work_dir, sizeof(sub->work_dir));
    submit_vectors(a, &sub->vectors, NULL); /* it was judged: they can be read */
    capture(sub, a);
    s->under_way = sub;
    if (a->options.dry_run) {
        say_dry(a, sub);
        return;
    }
    sub->checking = scriptcopy_start(
        a->loop, sub->script, &sub->text, sub->stranger.way != STRANGER_NONE, on_checked, sub);
    if (sub->checking == NULL)
        take_back(sub, &(struct scriptcopy_answer){.wrong = "no thread can be started"});
}

void submit_forget_opinion(struct submit *s)
{
    struct submission *sub = s->under_way;

    if (sub == NULL || (sub->confirmed && sub->checking == NULL))
        return;
    if (sub->confirmed)
        messages_add(&sub->app->messages, app_now_ms(sub->app), MESSAGE_WARNING,
            "not submitted: the form was left before the script had been read again — %s",
            buf_str(&sub->request));
    free_submission(sub);
}

void submit_ask_anew(struct submit *s)
{
    if (s->under_way && !s->under_way->confirmed)
        free_submission(s->under_way);
}

void submit_leave(struct app *a)
{
    struct submission *sub = a->submit.under_way;

    if (sub == NULL || sub->number == 0) /* no request was written down */
        return;
    if (!sub->recording) {
        harmless_error("kfarm-top: left before the answer came: job-submit");
        audit(sub, "result", ACTION_UNKNOWN, 0, "kfarm-top was left before sbatch answered", NULL);
        submit_release_sending(&a->submit);
        return;
    }
    harmless_error("kfarm-top: taken back, nothing was sent: job-submit");
    audit(sub, "taken-back", ACTION_NOT_SENT, 0, "", NULL);
    free_submission(sub);
}

void submit_release_sending(struct submit *s)
{
    if (s->under_way == NULL)
        return;
    if (s->under_way
            ->confirmed) /* that sbatch goes on, and may not have read it yet: the next copy removes it */
        s->under_way->copy[0] = '\0';
    s->under_way->process = process_abandon(s->under_way->process);
    free_submission(s->under_way);
}
