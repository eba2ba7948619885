/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the form reads: the script and what it writes to, and directories to choose from. Either can lie
 * on a file server that does not answer, so libuv's threads do it; one that does not come back is left
 * to itself when the form is closed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tui/app.h"

#define READINGS_MAX 3 /* under way, those that hang too */

/* ---- the script ---- */

/* Belongs to the thread until on_read(). */
struct submit_reading {
    uv_work_t work;
    struct submit_reading *next;
    struct app *app; /* NULL: the program ends */
    bool wanted; /* else it is for a script that is not in the form any more */
    char script[PATH_MAX], directory[PATH_MAX];
    struct submit_vectors vectors;
    char variables[3][128]; /* their names: source, output, config */
    bool recorded; /* the farm is: nothing is submitted, whoever the script is of */
    struct buf text;
    struct stranger stranger;
    struct findings files;
    struct diag diag;
    int err;
};

static void read_script(uv_work_t *work)
{
    struct submit_reading *r = work->data;
    struct verdict_job job = {.script = r->script,
        .cwd = r->directory,
        .argv = (const char *const *)r->vectors.argv,
        .environment = r->vectors.environment,
        .variables = {r->variables[0], r->variables[1], r->variables[2]}};
    struct stat file;

    r->err = verdict_read_file(r->script, &r->text, &file, &r->diag);
    if (r->err == 0 && !r->recorded)
        r->stranger = stranger_of(r->script, &file);
    if (r->err == 0)
        verdict_files(&job, buf_str(&r->text), r->text.len, &r->files);
}

static void take_script(struct app *a, struct submit_reading *r)
{
    struct submit *s = &a->submit;

    buf_release(&s->text);
    findings_release(&s->files);
    s->text = r->text;
    s->files = r->files;
    s->stranger = r->stranger;
    r->text = BUF_INIT;
    r->files = (struct findings){0};
    snprintf(s->read_path, sizeof(s->read_path), "%s", r->script);
    snprintf(s->read_error, sizeof(s->read_error), "%s", r->err ? r->diag.text : "");
    submit_judge(a);
    if (s->fill_in && s->judged)
        resubmit_fill_in(a);
}

static struct submit_reading *wanted_reading(const struct submit *s)
{
    struct submit_reading *r = s->readings;

    while (r && !r->wanted)
        r = r->next;
    return r;
}

static void on_read(uv_work_t *work, int status)
{
    struct submit_reading *r = work->data, **at;
    struct app *a = r->app;

    if (a) {
        bool wanted = r->wanted;

        for (at = &a->submit.readings; *at != r;)
            at = &(*at)->next;
        *at = r->next;
        if (wanted && a->submit.open && status == 0)
            take_script(a, r);
        if (a->submit.open && a->submit.read_again)
            submit_read(a);
        if (a->submit.open && a->submit.send_when_read && !submit_is_reading(a)) {
            a->submit.send_when_read = false;
            submit_send(a);
        }
        a->reactions |= REACT_PAINT;
    }
    submit_vectors_release(&r->vectors);
    buf_release(&r->text);
    findings_release(&r->files);
    free(r);
}

void submit_forget_reading(struct submit *s)
{
    struct submit_reading *r = wanted_reading(s);

    if (r)
        r->wanted = false;
    s->read_again = false;
}

/* One for another script is left to itself: it may hang in a file server for ever. */
static void forget_others(struct submit *s, const char *script)
{
    struct submit_reading *r = wanted_reading(s);

    if (r && strcmp(r->script, script) != 0)
        r->wanted = false;
}

/* May one more be started? Each has a thread of libuv's, and there are few. */
static bool has_room(const struct submit *s)
{
    int count = 0;

    for (const struct submit_reading *r = s->readings; r; r = r->next)
        count++;
    return wanted_reading(s) == NULL && count < READINGS_MAX;
}

void submit_read(struct app *a)
{
    const struct config *c = a->options.config;
    struct submit *s = &a->submit;
    struct submit_reading *r;
    char script[PATH_MAX];

    submit_script(a, script, sizeof(script));
    forget_others(s, script);
    s->read_again = script[0] && !has_room(s);
    if (s->read_again || script[0] == '\0')
        return;
    r = xcalloc(1, sizeof(*r));
    memcpy(r->script, script, sizeof(r->script));
    submit_directory(a, r->directory, sizeof(r->directory));
    if (submit_vectors(a, &r->vectors, NULL) < 0) {
        free(r);
        return;
    }
    snprintf(r->variables[0], sizeof(r->variables[0]), "%s", c->source_variable);
    snprintf(r->variables[1], sizeof(r->variables[1]), "%s", c->output_variable);
    snprintf(r->variables[2], sizeof(r->variables[2]), "%s", c->config_variable);
    r->recorded = a->source && source_is_replay(a->source);
    r->wanted = true;
    r->app = a;
    r->work.data = r;
    r->next = s->readings;
    s->readings = r;
    if (uv_queue_work(a->loop, &r->work, read_script, on_read) < 0)
        on_read(&r->work, UV_ECANCELED);
}

/* ---- files to choose from ---- */

struct submit_scan {
    uv_fs_t request;
    struct app *app;
    char directory[PATH_MAX]; /* that is read */
    char shown[PATH_MAX]; /* what stands before a name in the field: "", "scripts/", "/etc/" */
    char begins[256]; /* what the names begin with */
    bool directories_only, scripts_only;
    int next; /* of the configured directories, the one to be read behind this; -1: none */
};

static void scan(struct app *a, const char *directory, const char *shown, const char *begins,
    bool directories_only, bool scripts_only, int next);

/* The directory `i` of those where the site keeps its scripts. */
static void scan_configured(struct app *a, int i)
{
    const struct config *c = a->options.config;
    char shown[PATH_MAX];

    snprintf(shown, sizeof(shown), "%s/", c->directories[i]);
    scan(a, c->directories[i], shown, "", false, true, i + 1 < c->directory_count ? i + 1 : -1);
}

static void on_scanned(uv_fs_t *request)
{
    struct submit_scan *scan = request->data;
    struct app *a = scan->app;
    size_t n = strlen(scan->begins);
    uv_dirent_t entry;
    char path[PATH_MAX + 256];

    while (a && a->submit.open && !a->submit.scan_unwanted &&
           uv_fs_scandir_next(request, &entry) == 0) {
        /* some file servers do not say, and a link may lead to one */
        bool directory = entry.type == UV_DIRENT_DIR;
        bool perhaps = entry.type == UV_DIRENT_LINK || entry.type == UV_DIRENT_UNKNOWN;
        size_t len = strlen(entry.name);

        if (strncmp(entry.name, scan->begins, n) != 0 || (n == 0 && entry.name[0] == '.') ||
            (scan->directories_only && !directory && !perhaps))
            continue;
        /* with nothing typed yet, only what looks like a script */
        if (scan->scripts_only &&
            (directory || len < 4 || strcmp(entry.name + len - 3, ".sh") != 0))
            continue;
        snprintf(path, sizeof(path), "%s%s%s", scan->shown, entry.name, directory ? "/" : "");
        choices_add(&a->submit.choices, path);
    }
    if (a) {
        a->submit.scan = NULL;
        if (a->submit.open && a->submit.scan_again)
            submit_offer_all(a);
        else if (a->submit.open && !a->submit.scan_unwanted && scan->next >= 0)
            scan_configured(a, scan->next);
        else if (a->submit.open && !a->submit.scan_unwanted)
            submit_choices_came(a);
        a->reactions |= REACT_PAINT;
    }
    uv_fs_req_cleanup(request);
    free(scan);
}

static void scan(struct app *a, const char *directory, const char *shown, const char *begins,
    bool directories_only, bool scripts_only, int next)
{
    struct submit_scan *s;

    if (a->submit.scan) { /* one that does not end is enough */
        a->submit.scan_again = a->submit.scan_unwanted = true;
        return;
    }
    a->submit.scan_again = a->submit.scan_unwanted = false;
    s = xcalloc(1, sizeof(*s));
    s->app = a;
    s->request.data = s;
    s->directories_only = directories_only;
    s->scripts_only = scripts_only;
    s->next = next;
    snprintf(s->directory, sizeof(s->directory), "%s", directory);
    snprintf(s->shown, sizeof(s->shown), "%s", shown);
    snprintf(s->begins, sizeof(s->begins), "%s", begins);
    if (uv_fs_scandir(a->loop, &s->request, s->directory, 0, on_scanned) < 0)
        free(s);
    else
        a->submit.scan = s;
}

void submit_offer_files(struct app *a, const char *text, bool directories_only)
{
    const char *slash = strrchr(text, '/');
    char shown[PATH_MAX], directory[PATH_MAX];
    const struct config *c = a->options.config;

    snprintf(shown, sizeof(shown), "%.*s", slash ? (int)(slash - text) + 1 : 0, text);
    if (shown[0] == '/')
        snprintf(directory, sizeof(directory), "%s", shown);
    else if (getcwd(directory, sizeof(directory)) == NULL)
        directory[0] = '\0'; /* it was removed: nothing lies in it */
    else if (shown[0])
        snprintf(
            directory + strlen(directory), sizeof(directory) - strlen(directory), "/%s", shown);
    scan(a, directory, shown, slash ? slash + 1 : text, directories_only,
        text[0] == '\0' && !directories_only, text[0] == '\0' && c->directory_count ? 0 : -1);
}

bool submit_is_reading(const struct app *a)
{
    return wanted_reading(&a->submit) || a->submit.read_again;
}

bool submit_is_settled(const struct app *a)
{
    return !submit_is_reading(a) && a->submit.scan == NULL;
}

void submit_release_reading(struct submit *s)
{
    for (struct submit_reading *r = s->readings; r; r = r->next)
        r->app = NULL;
    s->readings = NULL;
    if (s->scan)
        s->scan->app = NULL;
}
